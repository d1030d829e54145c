"""An alarm: it watches a metric. What it makes others do is told of those."""

from cloudlab.views.kinds import Kind


class AlarmKind(Kind):
    """A metric, a threshold and a state."""

    told = False
    station = False
