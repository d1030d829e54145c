"""Money with units: prices, each with its date and source, and a bill that adds up by hand.

billing      the lines of a run's bill, and what it has cost so far
messages     what queues and topics are charged for: requests, and copies by kind of endpoint
functions    what functions are charged for: requests, and GB-seconds
fargate      what containers without a host of one's own are charged for; tasks: their sizes, and what is counted
month        what a month of messages or functions costs, after that which is free
crossing     where a function and a group of servers cost the same
log_bill     the bill of a real function, from its log, and what other settings would have cost
prices       a list of prices, the course's own or one that is written like it
prices.toml  the figures; earlier.toml those that held before
"""

from cloudlab.pricing.billing import (
    bill,
    charge,
    charges,
    cost_per_thousand,
    dollars,
    lcu_dimensions,
    total,
    write_bill,
)
from cloudlab.pricing.crossing import Crossing, CrossingPoint, crossing_point, crossings
from cloudlab.pricing.fargate import fargate
from cloudlab.pricing.functions import billed_ms, event_requests, function_counts, millisecond_price
from cloudlab.pricing.log_bill import bill_of_log
from cloudlab.pricing.messages import chunks, message_counts
from cloudlab.pricing.month import month_of_functions, month_of_messages
from cloudlab.pricing.prices import Price, price_list, prices_on

__all__ = [
    "Crossing",
    "CrossingPoint",
    "Price",
    "bill",
    "bill_of_log",
    "billed_ms",
    "charge",
    "charges",
    "chunks",
    "cost_per_thousand",
    "crossing_point",
    "crossings",
    "dollars",
    "event_requests",
    "fargate",
    "function_counts",
    "lcu_dimensions",
    "message_counts",
    "millisecond_price",
    "month_of_functions",
    "month_of_messages",
    "price_list",
    "prices_on",
    "total",
    "write_bill",
]
