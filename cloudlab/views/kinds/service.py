"""A service: it keeps as many containers as are wanted. It is drawn by them, on their hosts."""

from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import Followed, Kind, Row


class ServiceKind(Kind):
    """So many containers of one kind, wherever there is room."""

    station = False
    metrics = ("DesiredTaskCount", "RunningTaskCount", "PendingTaskCount", "WaitingTaskCount")

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """How many containers each wants, where there are few."""
        wanted = [(record.parts[part].name, record.series.get((part, "DesiredTaskCount"))) for part in parts]
        return [
            (f"{name} wants", f"{series.values[-1]:,.0f}", "containers")
            for name, series in wanted[:8]
            if series is not None
        ]

    def follows(self, record: Record, parts: list[int]) -> Followed:
        """What one of its containers needs, which a stage shows while it waits for room."""
        found: dict[tuple[int, str], Series] = {}
        for part in parts:
            wired = record.wiring.get((part, "service", ""))
            if wired is None:
                continue
            memory = sum(
                one["memory"] if one.get("memory_reservation") is None else one["memory_reservation"]
                for one in wired["containers"]
            )
            cpu = sum(one["cpu"] for one in wired["containers"])
            for metric, value in (("NeedCPU", cpu), ("NeedMemory", memory)):
                series = found[part, metric] = Series()
                series.times.append(0.0)
                series.values.append(float(value))
        return Followed(series=found)
