"""What each server behind a balancer got up to a moment, read from the record in one pass.

Standard library only: the same numbers as `measures` gives, a server at a time and up to any moment.
"""

from dataclasses import dataclass
from math import ceil, inf, nan

from cloudlab.kernel.record import Record, Status


@dataclass(frozen=True)
class Lane:
    """A server at a moment.

    `sent`, `waiting`, `failed` count requests; `at_work` holds the share done (0 to 1) of each in service;
    `busy` is the share (0 to 1) of its slots' time at work so far. p50 and p95 (s) are of the requests
    that were answered well so far, nan without any. `state` is a word where something is wrong, else ''.
    """

    name: str
    speed: float
    slots: int
    sent: int
    waiting: int
    failed: int
    at_work: tuple[float, ...]
    busy: float
    p50: float
    p95: float
    state: str
    routed: bool


@dataclass(frozen=True)
class Lanes:
    """A balancer at the moment `now` (s): its method, its servers, and all of their requests together.

    `shared` says that the requests wait in one line at the balancer; `rate` is requests a second so far.
    """

    now: float
    method: str
    lanes: tuple[Lane, ...]
    waiting: int
    shared: bool
    rate: float
    p50: float
    p95: float


class _Sums:
    """What is added up for one server while its requests are read."""

    def __init__(self):
        self.sent = self.waiting = self.failed = 0
        self.worked = 0.0
        self.at_work: list[float] = []
        self.times: list[float] = []


def read_lanes(record: Record, now: float) -> Lanes:
    """The servers of the record's first balancer at `now` (s), in the order in which they were registered."""
    balancer = record.parts_of("balancer")[0]
    method = record.parts[balancer].attributes.get("load_balancing_algorithm_type", "")
    shared, arrived = method == "one_line", record.requests.before(now)
    parts = [target for source, target in record.links if source == balancer]
    sums = {part: _Sums() for part in parts}
    waiting = _read(record, now, sums, shared)
    times = sorted(time for each in sums.values() for time in each.times)
    rows = tuple(_lane(record, part, sums[part], now) for part in parts)
    rate = arrived / now if now else 0.0
    return Lanes(now, method, rows, waiting, shared, rate, _rank(times, 50), _rank(times, 95))


def _read(record: Record, now: float, sums: dict[int, _Sums], shared: bool) -> int:
    """Add up all requests that came by `now`; returns how many of them wait."""
    rows, waiting = record.requests, 0
    columns = (rows.target, rows.arrived, rows.started, rows.finished, rows.answered, rows.status)
    for target, arrived, started, finished, answered, status in zip(*columns, strict=True):
        if arrived > now:
            break
        here = started > now and answered > now
        waiting += here
        if target not in sums or (shared and started > now):
            continue
        each = sums[target]
        each.sent += 1
        each.waiting += here
        if started <= now:
            end = answered if finished == inf else finished
            each.worked += max(0.0, min(end, now) - started)
            if end > now:
                each.at_work.append((now - started) / (end - started))
        if answered <= now:
            each.failed += status != Status.OK
            if status == Status.OK:
                each.times.append(answered - arrived)
    return waiting


def _lane(record: Record, part: int, each: _Sums, now: float) -> Lane:
    made = record.parts[part]
    slots = made.attributes.get("slots", 1)
    there = slots * (min(now, made.gone) - made.born)
    usual, changes = made.attributes.get("speed", 1.0), record.series.get((part, "Speed"))
    speed = usual if changes is None else changes.at(now, usual)
    times = sorted(each.times)
    application, target = (record.state(part, now, aspect) for aspect in ("application", "target"))
    dead = application is not None and application.state != "answering"
    routed = target is not None and target.state in ("healthy", "initial")
    state = "" if speed > 0.05 else "stands still"
    if application is not None and dead:
        state = application.state
    return Lane(
        name=made.name,
        speed=speed,
        slots=slots,
        sent=each.sent,
        waiting=each.waiting,
        failed=each.failed,
        at_work=tuple(each.at_work),
        busy=min(1.0, each.worked / there) if there > 0 else 0.0,
        p50=_rank(times, 50),
        p95=_rank(times, 95),
        state=state if routed else ", ".join(filter(None, (state, target.state if target else "unused"))),
        routed=routed,
    )


def _rank(times: list[float], share: float) -> float:
    """The time that `share` percent of sorted `times` do not exceed (nearest rank); nan without any."""
    return times[max(1, ceil(share / 100 * len(times))) - 1] if times else nan
