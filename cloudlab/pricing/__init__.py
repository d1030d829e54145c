"""Money with units: prices, each with its date and source, and a bill that adds up by hand.

billing      the lines of a run's bill, and what it has cost so far
messages     what queues and topics are charged for: requests, and copies by kind of endpoint
month        what a month of messages costs, after that which is free
prices       a list of prices, the course's own or one that is written like it
prices.toml  the figures
"""

from cloudlab.pricing.billing import (
    bill,
    charge,
    cost_per_thousand,
    dollars,
    lcu_dimensions,
    total,
    write_bill,
)
from cloudlab.pricing.messages import chunks, message_counts
from cloudlab.pricing.month import month_of_messages
from cloudlab.pricing.prices import Price, price_list

__all__ = [
    "Price",
    "bill",
    "charge",
    "chunks",
    "cost_per_thousand",
    "dollars",
    "lcu_dimensions",
    "message_counts",
    "month_of_messages",
    "price_list",
    "total",
    "write_bill",
]
