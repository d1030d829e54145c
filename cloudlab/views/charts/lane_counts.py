"""What each server behind a balancer got up to a moment, read from the record in one pass.

Standard library only: the same numbers as `measures` gives, a server at a time and up to any moment.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import compress
from math import inf, nan

from cloudlab.kernel import summary
from cloudlab.kernel.ranks import Sieve, rank_of, stride
from cloudlab.kernel.record import Record, Status
from cloudlab.kernel.summary import Block

SHARES, TOGETHER = (50, 95), 32
"""The shares (%) whose times are shown, and how many blocks are sifted together."""


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
    """What is added up for each server while its requests are read, by the part's index.

    `times` are the response times that did not go through the sieve yet, of `good` requests: those above `low`.
    """

    def __init__(self, record: Record, sieves: dict[int, Sieve]):
        parts, self.sieves = range(len(record.parts)), sieves
        self.sent, self.waiting, self.failed, self.good = ([0 for _ in parts] for _ in range(4))
        self.worked = [0.0 for _ in parts]
        self.at_work: list[list[float]] = [[] for _ in parts]
        self.times: list[list[float]] = [[] for _ in parts]
        self.keep = [times.append for times in self.times]
        self.low = [sieves[part].low if part in sieves else inf for part in parts]

    def sift(self) -> None:
        """Let the times that have come together through the sieves."""
        for part, sieve in self.sieves.items():
            sieve.take(self.good[part], self.times[part])
            self.good[part] = 0
            self.times[part].clear()


def read_lanes(record: Record, now: float, *, timed: bool = True) -> Lanes:
    """The servers of the record's first balancer at `now` (s), in the order in which they were registered.

    Who needs counts alone wants no lane `timed`: then its share of work and its times are left out.
    """
    balancer = record.parts_of("balancer")[0]
    method = record.parts[balancer].attributes.get("load_balancing_algorithm_type", "")
    shared, arrived = method == "one_line", record.requests.before(now)
    parts = [target for source, target in record.links if source == balancer]
    mine, sums = frozenset(parts), _Sums(record, _sieves(record, parts, arrived, now))
    waiting = others = 0
    for number, block in enumerate(summary.within(record, 0, arrived)):
        if block.latest > now or not summary.went_to(record, block, mine):
            here, there = _by_row(record, block, now, sums, shared)
            waiting, others = waiting + here, others + there
        elif block.work is not None:
            _ended(record, block, sums, timed)
        elif shared:
            _by_row(record, block, now, sums, shared)
        else:
            _answered(record, block, now, sums)
        if number % TOGETHER == 0:
            sums.sift()
    sums.sift()
    rows = tuple(_lane(record, part, sums, now, timed) for part in parts)
    together = _ranks(record, parts, now) if others else summary.ranks(record, SHARES, 0, arrived, now)
    return Lanes(now, method, rows, waiting, shared, arrived / now if now else 0.0, *together)


def _sieves(record: Record, parts: list[int], arrived: int, now: float) -> dict[int, Sieve]:
    """A sieve for the response times of each part, from a sample of all rows that came by `now`."""
    rows, step = record.requests, stride(arrived)
    columns = (column[:arrived:step] for column in (rows.target, rows.arrived, rows.answered, rows.status))
    samples: dict[int, list[float]] = {part: [] for part in parts}
    for target, came, end, how in zip(*columns, strict=True) if step > 1 else ():
        if not how and end <= now and target in samples:
            samples[target].append(end - came)
    return {part: Sieve.around(sorted(sample), SHARES) for part, sample in samples.items()}


def _ended(record: Record, block: Block, sums: _Sums, timed: bool) -> None:
    """Add up a block of requests that were all answered well."""
    for part, amount in summary.sent(record, block.first, block.last).items():
        sums.sent[part] += amount
        sums.good[part] += amount
    if not timed:
        return
    rows, worked, low, keep = record.requests, sums.worked, sums.low, sums.keep
    names = rows.target, rows.arrived, rows.started, rows.answered
    columns = (column[block.first : block.last] for column in names)
    for part, came, start, end in zip(*columns, strict=True):
        worked[part] += end - start
        if (took := end - came) > low[part]:
            keep[part](took)


def _answered(record: Record, block: Block, now: float, sums: _Sums) -> None:
    """Add up a block of requests that were all answered, not all of them well; their work may last longer."""
    rows, worked, low, keep = record.requests, sums.worked, sums.low, sums.keep
    names = (rows.target, rows.status, rows.arrived, rows.started, rows.finished, rows.answered)
    targets, status, *times = (column[block.first : block.last] for column in names)
    for part, amount in Counter(targets).items():
        sums.sent[part] += amount
        sums.good[part] += amount
    for part, amount in Counter(compress(targets, status)).items():
        sums.failed[part] += amount
        sums.good[part] -= amount
    for part, how, came, start, finish, end in zip(targets, status, *times, strict=True):
        if start <= now:
            stop = end if finish == inf else finish
            if stop > now:
                sums.at_work[part].append((now - start) / (stop - start))
                stop = now
            if stop > start:
                worked[part] += stop - start
        if not how and (took := end - came) > low[part]:
            keep[part](took)


def _by_row(record: Record, block: Block, now: float, sums: _Sums, shared: bool) -> tuple[int, int]:
    """Add up a block; returns how many wait, and how many were answered well by other parts."""
    rows, waiting, others = record.requests, 0, 0
    names = (rows.target, rows.arrived, rows.started, rows.finished, rows.answered, rows.status)
    columns = (column[block.first : block.last] for column in names)
    for target, arrived, started, finished, answered, status in zip(*columns, strict=True):
        here = started > now and answered > now
        waiting += here
        others += target not in sums.sieves and answered <= now and not status
        if target not in sums.sieves or (shared and started > now):
            continue
        sums.sent[target] += 1
        sums.waiting[target] += here
        if started <= now:
            end = answered if finished == inf else finished
            sums.worked[target] += max(0.0, min(end, now) - started)
            if end > now:
                sums.at_work[target].append((now - started) / (end - started))
        if answered <= now and status != Status.OK:
            sums.failed[target] += 1
        elif answered <= now:
            sums.good[target] += 1
            if (took := answered - arrived) > sums.low[target]:
                sums.keep[target](took)
    return waiting, others


def _lane(record: Record, part: int, sums: _Sums, now: float, timed: bool) -> Lane:
    made = record.parts[part]
    slots = made.attributes.get("slots", 1)
    there = slots * (min(now, made.gone) - made.born)
    usual, changes = made.attributes.get("speed", 1.0), record.series.get((part, "Speed"))
    speed = usual if changes is None else changes.at(now, usual)
    p50, p95 = (sums.sieves[part].all() or _ranks(record, [part], now)) if timed else (nan, nan)
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
        sent=sums.sent[part],
        waiting=sums.waiting[part],
        failed=sums.failed[part],
        at_work=tuple(sums.at_work[part]),
        busy=min(1.0, sums.worked[part] / there) if there > 0 else 0.0,
        p50=p50,
        p95=p95,
        state=state if routed else ", ".join(filter(None, (state, target.state if target else "unused"))),
        routed=routed,
    )


def _ranks(record: Record, parts: list[int], now: float) -> list[float]:
    """The same of all that these parts answered well by `now`, from each of their requests."""
    rows = record.requests
    columns = zip(rows.target, rows.arrived, rows.answered, rows.status, strict=True)
    times = sorted(end - came for part, came, end, how in columns if part in parts and not how and end <= now)
    return [times[rank_of(share, len(times)) - 1] if times else nan for share in SHARES]
