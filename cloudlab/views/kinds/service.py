"""A service: it keeps as many containers as are wanted. It is drawn by them, on their hosts."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind, Row


class ServiceKind(Kind):
    """So many containers of one kind, wherever there is room."""

    station = False
    metrics = (
        "DesiredTaskCount",
        "RunningTaskCount",
        "PendingTaskCount",
        "WaitingTaskCount",
        "NeedCPU",
        "NeedMemory",
    )

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """How many containers each wants, where there are few."""
        wanted = [(record.parts[part].name, record.series.get((part, "DesiredTaskCount"))) for part in parts]
        return [
            (f"{name} wants", f"{series.values[-1]:,.0f}", "containers")
            for name, series in wanted[:8]
            if series is not None
        ]
