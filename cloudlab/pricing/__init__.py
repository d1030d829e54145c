"""Money with units: prices, each with its date and source, and a bill that adds up by hand.

billing      the lines of a run's bill, and what it has cost so far
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
from cloudlab.pricing.prices import Price, price_list

__all__ = [
    "Price",
    "bill",
    "charge",
    "cost_per_thousand",
    "dollars",
    "lcu_dimensions",
    "price_list",
    "total",
    "write_bill",
]
