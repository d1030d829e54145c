"""The half hour of E7: servers that crash, stumble back up, and now and then only stand still.

Read `half_hour` first. A crashed server refuses connections. Its restart fails a few times: it comes up, says
that it is well for a while, and crashes again, until it stays up. A server that stands still answers
nothing, and nothing of it is lost. A variant holds "rate" (requests a second), "still" (s), "up" (s of each
false start) and what is allowed: "failed" (requests) and "return" (s).
"""

from dataclasses import dataclass

from cloudlab.exercises.load_balancing.times import clock
from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.record import Record
from cloudlab.labs.load_balancing import SERVERS, server
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady

LENGTH, TROUBLES = 1800.0, 6
"""Seconds, and the spells of trouble in them: a crash, a pause, a crash …"""

FALSE_STARTS, DOWN = 2, 60.0
"""Times that a restart fails, and seconds that the application is down each time."""

WORK, TIMEOUT = 0.05, 4
"""Seconds of work for a request, on average, and that a check waits for its answer."""

REMOVALS = 1
"""Good servers that may be taken out."""

CATCH_UP = 5
"""Seconds after a pause in which the line may still be too long for a check."""


def half_hour(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """The half hour with these settings; `easy`: servers crash, and come back at once for good."""
    world = BoundedWorld(seed)
    servers = [server(world, name) for name in SERVERS]
    shop = LoadBalancer(world, "shop", targets=servers, health_check_timeout_seconds=TIMEOUT, **answer)
    world.process(_troubles(world, servers, variant, easy))
    Customers(world, "customers", traffic=steady(variant["rate"]), to=shop, mean_work=WORK, work="fixed")
    return world.run(until=LENGTH)


def _troubles(world, servers, variant, easy):
    """One spell of trouble after the other, each of some server at some moment. A SimPy process."""
    fate, each = world.dice("fate"), LENGTH / TROUBLES
    for number in range(TROUBLES):
        moment = (10 + fate.random() * 40) if number % 2 == 0 else (120 + fate.random() * 100)
        victim = servers[fate.randrange(len(servers))]
        yield world.timeout(number * each + moment - world.now)
        if number % 2 == 0:
            yield from _crash(world, victim, 0 if easy else FALSE_STARTS, variant["up"])
        elif not easy:
            victim.slow_down(0.01)
            yield world.timeout(variant["still"])
            victim.slow_down(1.0)


def _crash(world, victim, false_starts, up):
    """Crash, fail to come back so many times, then come back. A SimPy process."""
    for _ in range(false_starts):
        victim.crash()
        yield world.timeout(DOWN)
        victim.recover()
        yield world.timeout(up)
    victim.crash()
    yield world.timeout(DOWN)
    victim.recover()


# What the record says


@dataclass(frozen=True)
class Crash:
    """One crash: of which server, and when (s).

    `false_start` says that a restart had just failed, `returned` that the balancer had sent requests there
    again since that restart. `failed` are the moments (s) of the requests that failed because of it.
    """

    part: int
    time: float
    false_start: bool
    returned: bool
    failed: tuple[float, ...]


@dataclass(frozen=True)
class Return:
    """A server that stays up: when it works again (s), and for how long it still gets nothing (s)."""

    part: int
    time: float
    out: float


def crashes(record: Record, up: float) -> list[Crash]:
    """All crashes, in order of time, with what failed because of each."""
    rows, entries = record.requests, _application(record)
    failed: dict[int, list[float]] = {part: [] for part in record.parts_of("instance")}
    for target, time, status in zip(rows.target, rows.answered, rows.status, strict=True):
        if status:
            failed[target].append(time)
    found = []
    for entry, before, after in _with_neighbours(entries, "crashed", record):
        false_start = before.time > 0 and entry.time - before.time < up + 1
        turns = _healthy(record, entry.part)
        returned = false_start and any(before.time <= time <= entry.time for time in turns)
        until = after.time if after else record.end
        lost = tuple(sorted(time for time in failed[entry.part] if entry.time <= time < until))
        found.append(Crash(entry.part, entry.time, false_start, returned, lost))
    return found


def returns(record: Record, up: float) -> list[Return]:
    """Each time that a server came back for good, in order of time."""
    found = []
    for entry, before, after in _with_neighbours(_application(record), "answering", record):
        if before is None or (after and after.time - entry.time < up + 1):
            continue  # the beginning, or a false start
        until, state = after.time if after else record.end, record.state(entry.part, entry.time, "target")
        again = [time for time in _healthy(record, entry.part) if time >= entry.time]
        out = 0.0 if state and state.state == "healthy" else min([until, *again]) - entry.time
        found.append(Return(entry.part, entry.time, out))
    return found


def removals(record: Record) -> list[tuple[float, int]]:
    """(moment in s, part) of each time that a server was taken out whose application only stood still."""
    return [
        (entry.time, entry.part)
        for entry in record.states
        if entry.aspect == "target"
        and entry.state == "unhealthy"
        and (application := record.state(entry.part, entry.time, "application"))
        and application.state == "answering"
    ]


def parts(record: Record, variant: dict) -> dict[str, float]:
    """The three that are judged, each as a share of what is allowed."""
    back, up = returns(record, variant["up"]), variant["up"]
    return {
        "failed": sum(len(crash.failed) for crash in crashes(record, up)) / variant["failed"],
        "too_eager": len(removals(record)) / REMOVALS,
        "slow_to_return": sum(one.out for one in back) / max(1, len(back)) / variant["return"],
    }


def moment(record: Record, variant: dict, code: str) -> list[str]:
    """What the servers did, and what the balancer thought, around one trouble that shows `code`."""
    up = variant["up"]
    if code == "too_eager":
        time, part = removals(record)[0]
        start, end = time - 60, time + 120
        last = (
            f"It answers, and only stood still for {variant['still']} s: that was no reason to take it out."
        )
    elif code == "slow_to_return":
        back = max(returns(record, up), key=lambda one: one.out)
        part, start, end = back.part, back.time - 20, back.time + back.out
        last = f"It worked all that time, and got nothing for {back.out:.0f} s."
    else:
        found = [crash for crash in crashes(record, up) if crash.returned == (code == "returns_too_soon")]
        crash = max(found, key=lambda crash: len(crash.failed))
        part, start, end = crash.part, crash.time - up - 20, crash.time + DOWN
        last_failed = clock(max(crash.failed, default=crash.time))
        last = f"{len(crash.failed)} requests failed between {clock(crash.time)} and {last_failed}."
    lines = [
        f"  {clock(entry.time)}  {record.parts[part].name} {SAID[entry.aspect, entry.state]}"
        for entry in record.states
        if entry.part == part and start <= entry.time <= end and (entry.aspect, entry.state) in SAID
    ]
    speed = record.series.get((part, "Speed"))
    pauses = zip(speed.times, speed.values, strict=True) if speed else ()
    lines += [
        f"  {clock(time)}  {record.parts[part].name} {'stands still' if value < 1 else 'goes on'}"
        for time, value in pauses
        if start <= time <= end
    ]
    return [*sorted(lines, key=lambda line: [int(n) for n in line.split()[0].split(":")]), last]


SAID = {
    ("application", "crashed"): "crashes",
    ("application", "answering"): "answers again",
    ("target", "unhealthy"): "is taken out: it gets no more requests",
    ("target", "healthy"): "gets requests again",
}


def _application(record: Record) -> list:
    return [entry for entry in record.states if entry.aspect == "application" and entry.state != "booting"]


def _with_neighbours(entries: list, state: str, record: Record):
    """(entry, the one of the same server before it, the one after it) of each entry of a state, or None."""
    for place, entry in enumerate(entries):
        if entry.state == state:
            before = [one for one in entries[:place] if one.part == entry.part]
            after = [one for one in entries[place + 1 :] if one.part == entry.part]
            yield entry, before[-1] if before else None, after[0] if after else None


def _healthy(record: Record, part: int) -> list[float]:
    """The moments (s) from which on the balancer sent requests to a server."""
    return [
        entry.time
        for entry in record.states
        if entry.part == part and entry.aspect == "target" and entry.state == "healthy"
    ]
