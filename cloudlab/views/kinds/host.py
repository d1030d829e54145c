"""A host: a machine that holds containers. It tells how many of them run, on how many hosts.

Read `HostKind.finding` first.
"""

from itertools import accumulate
from math import inf

from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import Kind, Row
from cloudlab.views.words import count, number

GOING = ("DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")
"""States from which on a container runs no more."""


class HostKind(Kind):
    """A machine with room for containers."""

    laned = False
    there_at_once = True

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """'40 hosts (2 vCPU and 8,192 MB each)', or their names where they are few."""
        born = [part for part in parts if record.parts[part].born == 0]
        if len(born) <= 5:
            return super().opening(record, parts)
        one = record.parts[born[0]].attributes
        return [
            f"{count(len(born), self.one)} ({number(one['cpu'] / 1024)} vCPU and {one['memory']:,} MB each)"
        ]

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many were lost."""
        lost = sum(entry.state == "killed" and entry.part in parts for entry in record.states)
        return [f"{count(lost, 'host was', 'hosts were')} lost"] if lost else []

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """How many containers run, on how many hosts, and how many find no room."""
        run = f"{count(_running(record), 'container')} on {count(in_use(record, parts), self.one)}"
        waiting = _waiting(record)
        return [run, *([f"{number(waiting)} without room"] if waiting else [])]

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """Containers that wait for room at the end."""
        return {"containers without room": float(_waiting(record))}

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """What runs, what waits, and on how many hosts."""
        least = _last(record, "FewestHosts")
        return [
            ("containers that run", f"{_running(record):,}", "containers"),
            ("containers without room", f"{_waiting(record):,}", "containers"),
            ("hosts in use", f"{in_use(record, parts):,}", "hosts"),
            *([("hosts needed at least", f"{least:,.0f}", "hosts")] if least else []),
        ]

    def finding(self, record: Record, parts: list[int]) -> str:
        """How many find no room, or on how many hosts all run."""
        waiting, running = _waiting(record), _running(record)
        if waiting:
            verb = "container finds" if waiting == 1 else "containers find"
            return f"{number(waiting)} {verb} no room on {count(len(_living(record, parts)), self.one)}"
        least = _last(record, "FewestHosts")
        beside = f"; at least {number(least)} {'is' if least == 1 else 'are'} needed" if least else ""
        return (
            f"{count(running, 'container')} on {count(in_use(record, parts), self.one)}{beside}"
            if running
            else ""
        )

    def level(self, record: Record, parts: list[int]) -> Series | None:
        """How many containers run."""
        steps = sorted(step for span in _spans(record) for step in ((span[0], 1), (span[1], -1)))
        steps = [step for step in steps if step[0] <= record.end]
        level = Series()
        level.times.extend([0.0, *(time for time, _ in steps)])
        level.values.extend(accumulate([0, *(step for _, step in steps)]))
        return level


def in_use(record: Record, parts: list[int]) -> int:
    """How many of these hosts hold a container at the end."""
    living = set(_living(record, parts))
    ends = (one for one in record.parts if one.kind == "container" and one.gone > record.end)
    return len({one.parent for one in ends if one.parent in living})


def _living(record: Record, parts: list[int]) -> list[int]:
    """Those that live at the end."""
    ended = {entry.part for entry in record.states if entry.state in ("killed", "terminated")}
    return [part for part in parts if part not in ended and record.parts[part].born <= record.end]


def _spans(record: Record) -> list[tuple[float, float]]:
    """(from, to) of each container that ran, in seconds."""
    began: dict[int, float] = {}
    ended: dict[int, float] = {}
    for entry in record.states:
        if entry.aspect == "lifecycle" and record.parts[entry.part].kind == "container":
            if entry.state == "RUNNING":
                began.setdefault(entry.part, entry.time)
            elif entry.state in GOING:
                ended.setdefault(entry.part, entry.time)
    return [(time, min(ended.get(part, inf), record.parts[part].gone)) for part, time in began.items()]


def _running(record: Record) -> int:
    return sum(began <= record.end < ended for began, ended in _spans(record))


def _waiting(record: Record) -> int:
    """What services want and have no host for."""
    return int(
        sum(
            series.values[-1] for (_, metric), series in record.series.items() if metric == "WaitingTaskCount"
        )
    )


def _last(record: Record, metric: str) -> float:
    """The last value of a metric of the cluster, 0 where nobody has entered it."""
    found = (series.values[-1] for (_, name), series in record.series.items() if name == metric)
    return next(found, 0.0)
