"""Who sends requests, when, and how much work each of them is.

`shapes` holds the rates (steady, ramp, step, spike, sinusoid, daily, weekly), `files` reads your own
(a CSV of counts, an access log), and `Customers` is the part that sends them.
"""

from cloudlab.traffic.customers import Customers
from cloudlab.traffic.shapes import Shape, daily, ramp, sinusoid, spike, steady, step, weekly

__all__ = ["Customers", "Shape", "daily", "ramp", "sinusoid", "spike", "steady", "step", "weekly"]
