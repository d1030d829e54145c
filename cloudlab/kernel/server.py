"""A server: a few slots, first come, first served.

The whole idea is in `Server.take`. A server that takes requests in the order in which they arrive
knows the finish of each at the moment it is given: the slot that becomes free first is the one it
gets. No event is needed, and nothing is approximate, as long as nothing changes. When something
does (the server dies, slows down, is cut off), the plan is made again from that moment on, and
`World.amend` tells the callers whose requests it alters.

A health check stands in the same line without any work (`check`). It is answered when its turn comes, which is
when the requests before it have left a slot free; until then the plan may change for it too.

A server is used in one of two ways, never both: `take` for work that is done here, or `acquire` and
`release` for a caller that keeps its slot while it waits for others.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import fsum, inf

import simpy
from simpy.resources.resource import Request

from cloudlab.kernel.contracts import Amended
from cloudlab.kernel.world import World


@dataclass(eq=False)
class Check:
    """A health check in line: after the rows below `row`, it is answered at `turn` (s), well if `good`.

    `sleeps` is the process that waits for it, until it is woken.
    """

    row: int
    turn: float
    good: bool
    sleeps: simpy.Process | None = None


class Server:
    """`slots` places that work side by side at `speed` on one line of requests.

    `part` is its index in the record. A server that is not `alive` takes nothing: while it
    `refuses`, callers learn that at once, otherwise only from a timeout. While `error_work` is a
    number, each request costs that much work (s at speed 1) and ends with an error. `changed` comes
    when the plan was made anew; then another one stands there.
    """

    def __init__(self, world: World, part: int, *, slots: int = 1, speed: float = 1.0):
        self.world = world
        self.part = part
        self.slots = slots
        self.speed = speed
        self.alive = True
        self.refuses = False
        self.error_work: float | None = None
        self.free = [float(world.now)] * slots
        self.changed = world.event()
        self._given = 0.0
        self._checks: list[Check] = []
        self._calls: simpy.Resource | None = None

    def take(self, arrived: float, work: float) -> tuple[float, float]:
        """Give the next request in time order to the slot that is free first: (start, end) in s.

        `work` is in seconds at speed 1. A server that is not alive answers (inf, inf).
        """
        if self._calls is not None:
            raise RuntimeError(
                "a process holds slots of this server; it can't take requests in time order too."
            )
        if not self.alive:
            return inf, inf
        if self.error_work is not None:
            work = self.error_work
        free = self.free
        start = free[0]
        if start < arrived:
            start = arrived
        end = start + work / self.speed
        if self.slots == 1:
            free[0] = end
        else:
            heapreplace(free, end)
        self._given += end - start
        return start, end

    def busy_time(self, now: float) -> float:
        """Slot-seconds worked up to `now`: all that was given, less what is planned after `now`."""
        return self._given - fsum(end - now for end in self.free if end > now)

    def check(self, within: float) -> Generator[simpy.Event, object, bool]:
        """Stand in line from now on: whether a good answer came `within` so many seconds. A SimPy process.

        It ends with the answer, or when the time is over. Who refuses or breaks off says no at once; where nobody
        is any more, only the time tells.
        """
        world, now = self.world, self.world.now
        good, latest = self.alive and self.error_work is None, now + within
        turn = self.free[0] if self.alive else self._nobody(now)
        if turn <= now:
            return good
        check = Check(len(world.record.requests), turn, good)
        self._checks.append(check)
        while (end := min(check.turn, latest)) > world.now:
            check.sleeps = world.active_process
            with suppress(simpy.Interrupt):  # a new plan, see `_amend`
                yield world.until(end)
        self._checks.remove(check)
        return check.good and check.turn <= latest

    def stop(self, now: float, *, refuses: bool = False) -> None:
        """Die: what is in service or in line at `now` is broken off."""
        self.alive, self.refuses = False, refuses
        self.cut(now)

    def cut(self, now: float) -> int:
        """Break off what is open at `now`, and be ready for more; returns how many requests that were."""
        rows = self._open(now)
        started = self.world.record.requests.started
        self._forget(now)
        for check in self._in_line(now):
            check.turn, check.good = self._nobody(now), False
        self._amend([Amended(row, started[row] if started[row] < now else inf, inf) for row in rows])
        return len(rows)

    def restart(self, now: float) -> None:
        """Come back, empty, with all slots free."""
        self.alive, self.error_work = True, None
        self.free = [float(now)] * self.slots

    def set_speed(self, now: float, speed: float) -> None:
        """Work at `speed` from `now` on.

        What is in service goes on with the work that is left; the line behind it is planned anew.
        """
        rows = self._plan(now)
        old, self.speed = self.speed, speed
        self._forget(now)
        news = [self._again(now, row, start, end, (end - start) * old, old) for row, start, end in rows]
        self._queue_anew(now, news)
        self._amend(news)

    def fail(self, now: float, error_work: float) -> None:
        """Answer with errors from `now` on, each after `error_work` (s at speed 1).

        What is in service still ends well; who stands in line gets an error, even if the failure
        ends before its turn.
        """
        rows = self._plan(now)
        self._forget(now)
        self.error_work = error_work
        news = [
            self._again(now, row, start, end, error_work, self.speed, start >= now)
            for row, start, end in rows
        ]
        for check in self._in_line(now):
            check.good = False
        self._queue_anew(now, news)
        self._amend(news)

    def acquire(self) -> Request:
        """Wait for a slot and keep it: `slot = server.acquire(); yield slot`."""
        if self._calls is None:
            if self._given:
                raise RuntimeError(
                    "this server takes requests in time order; a process can't hold its slots too."
                )
            self._calls = simpy.Resource(self.world, self.slots)
        return self._calls.request()

    def release(self, slot: Request) -> None:
        """Give back a slot that `acquire` gave."""
        if self._calls is None:
            raise RuntimeError("no slot of this server was acquired, so none can be given back.")
        self._calls.release(slot)

    def _amend(self, rows: list[Amended]) -> None:
        """Tell the world which rows have a new plan, and whoever waits for that."""
        self.world.amend(self.part, rows)
        changed, self.changed = self.changed, self.world.event()
        changed.succeed()
        for check in self._checks:
            process, check.sleeps = check.sleeps, None
            if process is not None:
                process.interrupt()

    def _open(self, now: float) -> list[int]:
        at_work = sum(end > now for end in self.free)
        return self.world.record.requests.open_on(self.part, now, at_work)

    def _plan(self, now: float) -> list[tuple[int, float, float]]:
        """(row, started, finished) of all that is open, in order."""
        requests = self.world.record.requests
        return [(row, requests.started[row], requests.finished[row]) for row in self._open(now)]

    def _again(self, now, row, start, end, work, old_speed, error=False) -> Amended:
        """Plan one open row anew after `_forget`."""
        if start >= now:
            return Amended(row, *self.take(now, work), error)
        left = (end - now) * old_speed / self.speed
        self.free[self.free.index(now)] = now + left
        heapify(self.free)
        self._given += left
        return Amended(row, start, now + left)

    def _in_line(self, now: float) -> list[Check]:
        """The checks whose turn comes after `now`."""
        return [check for check in self._checks if now < check.turn < inf]

    def _queue_anew(self, now: float, news: list[Amended]) -> None:
        """A check's turn comes when all but `slots` - 1 of the rows before it are finished."""
        for check in self._in_line(now):
            ends = sorted(amended.finished for amended in news if amended.row < check.row)
            check.turn = ends[-self.slots] if len(ends) >= self.slots else now

    def _nobody(self, now: float) -> float:
        """When a check learns that nobody works on it: at once, or never where the machine is gone."""
        return now if self.alive or self.refuses else inf

    def _forget(self, now: float) -> None:
        """Take back all that was planned after `now`. A slot that is free stays free since its own time."""
        self._given = self.busy_time(now)
        self.free = sorted(min(end, float(now)) for end in self.free)
