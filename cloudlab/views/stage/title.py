"""The finding of a run, in one line: what the chart that fits its parts would say."""

from cloudlab.record import Record
from cloudlab.views import axes
from cloudlab.views.charts import lanes, levels, waiting
from cloudlab.views.charts.lane_counts import read_lanes


def title_of(record: Record) -> str:
    """What the run shows: of a group its sizes, of servers behind a balancer their lines, else who waits."""
