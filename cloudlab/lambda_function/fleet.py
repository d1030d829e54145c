"""The environments of one function, and which call gets which: the data plane of Lambda.

Read `Fleet.begin` first. An environment serves one call at a time (FN-9). A call takes one that is idle, the one
that was used last; where none is, a new one is made, and the call waits for its INIT: a cold start (FN-8). Where as
many run as may, or environments would be made faster than they can be, the call is turned away. One that was idle
for `lifetime` is gone. Nothing of this is an event: the end of a call is known when it begins.

At one moment, who ends makes room for who begins; what was idle for its whole lifetime at that moment is gone.

Numbers such as FN-9 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import Protocol

from cloudlab.kernel.invocations import Ending, FunctionTable, Throttle
from cloudlab.kernel.world import WHOLE, microseconds

SCALE, SCALE_PERIOD = 1000, 10.0
"""So many environments a function can get within so many seconds, given out evenly (FN-15)."""

RATE = 10
"""Calls a second, for each call that may run at once (FN-14)."""

HAIR = 5e-7
"""Times are whole microseconds; what a float adds (s) is no further one."""


RESETS = frozenset(one for one in Ending if one.resets)
"""Endings with which an environment is gone (FN-12)."""

Call = tuple[int, int, float, float, int]
"""Origin, number there, moment (s), work (s on one vCPU), class."""

AWAY = -1
"""In place of the row of a call that was turned away."""


Over = tuple[float, int]
"""The end of a call (s), and its environment."""


class Pool:
    """Environments of one version: on demand, or provisioned.

    `idle` holds (end of its last call, number), the newest at the end. `current` says whether environments come
    back here; those of a version that was replaced are gone after their last call.
    """

    def __init__(self, version: int, *, lifetime: float, provisioned: bool = False):
        self.version, self.lifetime, self.provisioned = version, lifetime, provisioned
        self.idle: list[Over] = []
        self.take = self.idle.append
        self.current = True
        self.made = 0
        """How many environments it has had."""


@dataclass(frozen=True)
class Luck:
    """What the laboratory lets go wrong in a function without code: a share of all calls, and whole classes."""

    error_rate: float
    fails: frozenset[int]
    dice: Random


class Plain(Protocol):
    """A release without code, as its fleet sees it."""

    pools: list[Pool]
    speed: float
    timeout: float
    chancy: bool
    luck: Luck

    def ending(self, path: int) -> int:
        """How a call of that class ends, if it is not too long."""


class Fleet:
    """The environments of one function, whose history is `table`. Times in seconds.

    `init` gives the seconds of INIT of a new environment with that number, and those that its first call must do
    again; `forget` is told of each that is gone.
    """

    def __init__(
        self,
        table: FunctionTable,
        init: Callable[[Pool, int], tuple[float, float]],
        forget: Callable[[int], None],
    ):
        self.table, self.init, self.forget = table, init, forget
        self._columns = tuple(
            column.append
            for column in (
                table.origin,
                table.source,
                table.began,
                table.ended,
                table.environment,
                table.ending,
            )
        )
        """What writes a row into the table."""
        self.share(inf, reserved=False, others=None)
        self.running: list[Over] = []
        """Of each call under way, a heap."""
        self.home: list[Callable[[Over], None]] = []
        """What takes each environment when its call is over: its pool, unless that serves nothing new."""
        self.again: dict[int, float] = {}
        """INIT (s) that was broken off, and is done again in the first call of an environment (FN-8)."""
        self._pools: list[Pool] = []
        self._tokens, self._filled = float(SCALE), 0.0

    def share(self, limit: float, *, reserved: bool, others: Callable[[float], int] | None) -> None:
        """From now on `limit` calls may run at once, with those of other functions that `others` tells at a moment."""
        self.limit, self.reserved, self.others = limit, reserved, others
        self._most = RATE * int(limit) if limit < inf else 2**62
        """Calls in a second, at most."""
        self._surely = 0
        """As long as the table has fewer rows than that, there are not too many calls in a second."""

    def add(self, pool: Pool) -> Pool:
        """A new pool."""
        self._pools.append(pool)
        return pool

    def retire(self, pool: Pool, now: float) -> None:
        """Environments of this pool serve no new call from `now` on; those that are idle are gone."""
        self.settle(now)
        pool.current = False
        for _, number in pool.idle:
            self._end(number, now)
        pool.idle.clear()
        self.home[:] = [self._leave if home is pool.take else home for home in self.home]
        self._pools.remove(pool)

    # One call

    def begin(self, time: float, pools: Sequence[Pool]) -> int:
        """The environment for a call at `time`, of the first of `pools` that has one; a new one is of the last.

        The end of the call must follow (`ends`). AWAY where there is none: that is written down.
        """
        running, began, most, home = self.running, self.table.began, self._most, self.home
        while running and running[0][0] <= time:
            over = heappop(running)
            home[over[1]](over)
        busy = len(running) if self.others is None else len(running) + self.others(time)
        if busy >= self.limit or (len(began) >= most and (not most or began[-most] - (time - 1.0) > HAIR)):
            return self._turned_away(time, self._why(time))
        for pool in pools:
            idle = pool.idle
            if idle and idle[-1][0] + pool.lifetime <= time:
                self._expire(pool, time)
            if idle:
                return idle.pop()[1]
        if self._may_grow(time):
            return self.make(pools[-1], time)
        return self._turned_away(time, Throttle.CONCURRENT)

    def call(self, release: Plain, origin: int, source: int, time: float, work: float, path: int) -> int:
        """One call of a release without code: its row, or AWAY. As `serve` for one."""
        running, pool = self.running, release.pools[0]
        while running and running[0][0] <= time:
            over = heappop(running)
            self.home[over[1]](over)
        idle, row = pool.idle, len(self.table.began)
        usual = (
            idle
            and idle[-1][0] + pool.lifetime > time
            and self.others is None
            and len(running) < self.limit
            and (row < self._surely or row < self._sure(time))
        )
        number = idle.pop()[1] if usual else self.begin(time, release.pools)
        if number < 0:
            return AWAY
        ending = release.ending(path) if release.chancy else 0  # Ending.OK
        seconds = work / release.speed
        if not usual or seconds > release.timeout:
            return self.ends(origin, source, time, number, seconds, release.timeout, ending)
        end = ((time + seconds) * 1e6 + WHOLE - WHOLE) / 1e6  # as `microseconds`
        heappush(running, (end, number))
        origins, sources, begins, ends, environments, endings = self._columns
        origins(origin)
        sources(source)
        begins(time)
        ends(end)
        environments(number)
        endings(ending)
        return row

    def make(self, pool: Pool, time: float) -> int:
        """A new environment, whose INIT begins at `time`; returns its number."""
        table, number = self.table, len(self.home)
        self.home.append(pool.take)
        pool.made += 1
        init, again = self.init(pool, number)
        if again:
            self.again[number] = again
        table.born.append(time)
        table.ready.append(microseconds(time + init))
        table.gone.append(inf)
        table.version.append(pool.version)
        table.provisioned.append(pool.provisioned)
        return number

    def ends(
        self, origin: int, source: int, time: float, number: int, seconds: float, limit: float, ending: int
    ) -> int:
        """Write down a call that began at `time` in an environment, where its handler takes `seconds`; returns its row.

        After `limit` seconds it is broken off: that is the timeout of the function.
        """
        table, row = self.table, len(self.table.began)
        if self.again:
            seconds += self.again.pop(number, 0.0)
        if seconds > limit:
            seconds, ending = limit, Ending.TIMEOUT
        ready = table.ready[number]
        end = (((time if time > ready else ready) + seconds) * 1e6 + WHOLE - WHOLE) / 1e6  # as `microseconds`
        origins, sources, begins, ends, environments, endings = self._columns
        origins(origin)
        sources(source)
        begins(time)
        ends(end)
        environments(number)
        endings(ending)
        heappush(self.running, (end, number))
        if ending and ending in RESETS:
            self._end(number, end)
        return row

    def drop(self, number: int, time: float) -> None:
        """An environment whose INIT failed, or that is needed no more, is gone at `time`."""
        self._end(number, time)

    # Many calls

    def serve(self, release: Plain, calls: Iterable[Call]) -> None:
        """Calls of a release without code, in order of time: each gets a row, or is turned away.

        As `begin` and `ends` for each, with what is usual written out: an environment is idle, and the call ends in
        time. While `calls` is asked for the next one, others may begin.
        """
        running, home, pools = self.running, self.home, release.pools
        began, chancy = self.table.began, release.chancy
        idle, lifetime = pools[0].idle, pools[0].lifetime
        limit, sure = self.limit if self.others is None else 0, self._surely
        speed, timeout = release.speed, release.timeout
        fails, error_rate, chance = release.luck.fails, release.luck.error_rate, release.luck.dice.random
        origins, sources, begins, ends, environments, endings = self._columns
        throttled, whys = self.table.throttled.append, self.table.why.append
        crowded = Throttle.RESERVED if self.reserved else Throttle.CONCURRENT
        ending = 0  # Ending.OK
        for origin, source, time, work, path in calls:
            while running and running[0][0] <= time:
                over = heappop(running)
                home[over[1]](over)
            if len(running) < limit:
                rarely = len(began) < sure or len(began) < (sure := self._sure(time))
                usual = idle and rarely and idle[-1][0] + lifetime > time
            elif limit and len(began) < sure:
                throttled(time)
                whys(crowded)
                continue
            else:
                usual = False
            number = idle.pop()[1] if usual else self.begin(time, pools)
            if number < 0:
                continue
            if chancy:  # as `Release.ending`
                ending = 1 if path in fails or (error_rate and chance() < error_rate) else 0
            seconds = work / speed
            if not usual or seconds > timeout:
                self.ends(origin, source, time, number, seconds, timeout, ending)
                continue
            end = ((time + seconds) * 1e6 + WHOLE - WHOLE) / 1e6  # as `microseconds`
            heappush(running, (end, number))
            origins(origin)
            sources(source)
            begins(time)
            ends(end)
            environments(number)
            endings(ending)

    # What holds at a moment

    def in_use(self, time: float) -> int:
        """How many calls run at `time`: those that end then do not."""
        self.settle(time)
        return len(self.running)

    def settle(self, time: float) -> None:
        """Calls that ended by `time` are over: their environments are idle, or gone."""
        while self.running and self.running[0][0] <= time:
            over = heappop(self.running)
            self.home[over[1]](over)
        for pool in self._pools:
            if pool.idle and pool.idle[0][0] + pool.lifetime <= time:
                self._expire(pool, time)

    def _leave(self, over: Over) -> None:
        """The last call of an environment is over."""
        end, number = over
        self._end(number, end)

    def _expire(self, pool: Pool, time: float) -> None:
        over = 0
        while over < len(pool.idle) and pool.idle[over][0] + pool.lifetime <= time:
            self._end(pool.idle[over][1], pool.idle[over][0] + pool.lifetime)
            over += 1
        del pool.idle[:over]

    def _end(self, number: int, time: float) -> None:
        self.table.gone[number] = time
        self.home[number] = _is_gone
        self.again.pop(number, None)
        self.forget(number)

    def _turned_away(self, time: float, why: Throttle) -> int:
        self.table.throttled.append(time)
        self.table.why.append(why)
        return AWAY

    def _why(self, time: float) -> Throttle:
        """Why no more calls run now, where as many run as may, or came within a second."""
        began, most = self.table.began, self._most
        if len(began) >= most and (not most or began[-most] - (time - 1.0) > HAIR):
            if self.reserved:
                return Throttle.RESERVED_RATE if most else Throttle.RESERVED
            return Throttle.RATE
        return Throttle.RESERVED if self.reserved else Throttle.CONCURRENT

    def _sure(self, time: float) -> int:
        """What `_surely` is from `time` on."""
        began, most = self.table.began, self._most
        known, half = len(began), (most + 1) // 2
        if known < most:
            self._surely = most
        elif not most or began[-most] - (time - 1.0) > HAIR:
            self._surely = 0
        else:
            self._surely = known + (1 if began[-half] - (time - 1.0) > HAIR else 1 + most - half)
        return self._surely

    def _may_grow(self, time: float) -> bool:
        """Whether one more environment can be made at `time`; then it counts."""
        step = SCALE / SCALE_PERIOD
        tokens = min(float(SCALE), self._tokens + (time - self._filled) * step)
        if tokens < 1.0 - HAIR:
            return False
        self._tokens, self._filled = tokens - 1.0, time
        return True


def _is_gone(over: Over) -> None:
    """In place of the home of an environment that is gone."""
