"""Who sends requests, when, and how much work each of them is.

`shapes` holds the rates (steady, ramp, step, spike, sinusoid, daily, weekly), `csv_counts` and
`access_log` read your own, `lambda_report` the log of a function, `lesson_day` is what a lesson plays of it,
`Customers` is the part that sends them, and `Senders` the part that sends messages.
"""

from cloudlab.traffic.access_log import from_access_log, sample_access_log
from cloudlab.traffic.csv_counts import from_csv
from cloudlab.traffic.customers import Customers
from cloudlab.traffic.lambda_report import from_lambda_report, sample_lambda_report
from cloudlab.traffic.lesson_day import known_work, lesson_day
from cloudlab.traffic.senders import Senders
from cloudlab.traffic.shapes import Shape, daily, ramp, sinusoid, spike, steady, step, weekly

__all__ = [
    "Customers",
    "Senders",
    "Shape",
    "daily",
    "from_access_log",
    "from_csv",
    "from_lambda_report",
    "known_work",
    "lesson_day",
    "ramp",
    "sample_access_log",
    "sample_lambda_report",
    "sinusoid",
    "spike",
    "steady",
    "step",
    "weekly",
]
