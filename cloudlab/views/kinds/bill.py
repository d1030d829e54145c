"""The bill: the part that keeps the account of a run. Its lines are told in the sentence about money."""

from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import Kind


class BillKind(Kind):
    """What the run has cost so far."""

    told = False
    station = False

    def cost(self, record: Record, parts: list[int]) -> Series | None:
        """The running series that the prices wrote."""
        return next((record.series[part, "Cost"] for part in parts if (part, "Cost") in record.series), None)
