"""A poller: Lambda's own, it takes batches from a queue for a function, and is drawn nowhere."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind


class PollerKind(Kind):
    """Who pulls messages for a function."""

    told = False
    station = False
    for_another = True

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Nothing: the function is told, and its mapping's pollers are many."""
        return []
