"""An alarm: it watches a metric, and what it makes others do is told of those."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind


class AlarmKind(Kind):
    """A metric, a threshold and a state."""

    station = False

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Left out: what is built is told, not who watches it."""
        return []
