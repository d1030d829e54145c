"""The environments of one function, and which call gets which: the data plane of Lambda.

Read `Fleet.begin` first. An environment serves one call at a time (FN-9). A call takes one that is idle, the one
that was used last; where none is, a new one is made, and the call waits for its INIT: a cold start (FN-8). Where as
many run as may, or environments would be made faster than they can be, the call is turned away. One that was idle
for `lifetime` is gone. Nothing of this is an event: the end of a call is known when it begins.

At one moment, who ends makes room for who begins; what was idle for its whole lifetime at that moment is gone.

Numbers such as FN-9 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from math import inf

from cloudlab.kernel.invocations import Ending, FunctionTable, Throttle
from cloudlab.kernel.world import microseconds

SCALE, SCALE_PERIOD = 1000, 10.0
"""So many environments a function can get within so many seconds, given out evenly (FN-15)."""

RATE = 10
"""Calls a second, for each call that may run at once (FN-14)."""

HAIR = 5e-7
"""Times are whole microseconds; what a float adds (s) is no further one."""


class Pool:
    """Environments of one version: on demand, or provisioned.

    `idle` holds (end of its last call, number), the newest at the end. `current` says whether environments come
    back here; those of a version that was replaced are gone after their last call.
    """

    def __init__(self, version: int, *, lifetime: float, provisioned: bool = False):
        self.version, self.lifetime, self.provisioned = version, lifetime, provisioned
        self.idle: list[tuple[float, int]] = []
        self.current = True


class Fleet:
    """The environments of one function, whose history is `table`. Times in seconds.

    `limit` calls may run at once. `others` tells how many calls of other functions share that limit at a moment.
    `init` gives the seconds of INIT of a new environment with that number, `forget` is told of each that is gone.
    """

    def __init__(
        self,
        table: FunctionTable,
        limit: float,
        init: Callable[[Pool, int], float],
        forget: Callable[[int], None],
    ):
        self.table, self.limit, self.init, self.forget = table, limit, init, forget
        self.reserved = False
        self.others: Callable[[float], int] | None = None
        self.running: list[tuple[float, int]] = []
        """(end, environment) of each call under way, a heap."""
        self.home: list[Pool] = []
        """Where each environment belongs."""
        self.made = 0
        self._pools: list[Pool] = []
        self._tokens, self._filled = float(SCALE), 0.0

    def add(self, pool: Pool) -> Pool:
        """A new pool."""
        self.made += 1
        self._pools.append(pool)
        return pool

    def retire(self, pool: Pool, now: float) -> None:
        """Environments of this pool serve no new call from `now` on; those that are idle are gone."""
        self.settle(now)
        pool.current = False
        for _, number in pool.idle:
            self._end(number, now)
        pool.idle.clear()
        self._pools.remove(pool)

    # One call

    def begin(self, time: float, pools: Sequence[Pool]) -> int | Throttle:
        """The environment for a call at `time`, of the first of `pools` that has one; a new one is of the last.

        The end of the call must follow (`ends`). A `Throttle` says why there is none.
        """
        self.settle(time)
        why = self._full(time)
        if why is not None:
            return why
        for pool in pools:
            if pool.idle:
                return pool.idle.pop()[1]
        if not self._may_grow(time):
            return Throttle.CONCURRENT
        return self.make(pools[-1], time)

    def make(self, pool: Pool, time: float) -> int:
        """A new environment, whose INIT begins at `time`; returns its number."""
        table, number = self.table, len(self.home)
        self.home.append(pool)
        table.born.append(time)
        table.ready.append(microseconds(time + self.init(pool, number)))
        table.gone.append(inf)
        table.version.append(pool.version)
        table.provisioned.append(pool.provisioned)
        return number

    def ends(self, origin: int, source: int, time: float, number: int, end: float, ending: Ending) -> int:
        """Write down a call that began at `time` in an environment, and when and how it ends; returns its row."""
        table, row = self.table, len(self.table.began)
        table.origin.append(origin)
        table.source.append(source)
        table.began.append(time)
        table.ended.append(end)
        table.environment.append(number)
        table.ending.append(ending)
        heappush(self.running, (end, number))
        if ending.resets:
            self._end(number, end)
        return row

    def drop(self, number: int, time: float) -> None:
        """An environment whose INIT failed is gone at `time`."""
        self._end(number, time)

    def turned_away(self, time: float, why: Throttle) -> None:
        """Write down a call that was turned away."""
        self.table.throttled.append(time)
        self.table.why.append(why)

    # Many calls

    @property
    def plain(self) -> bool:
        """Whether all environments there ever were belong to one pool, and share their limit with nobody."""
        return len(self._pools) == 1 and self.made == 1 and self.others is None

    def serve(
        self, origin: int, source: int, times: Sequence[float], durations: Sequence[float]
    ) -> tuple[list[float], dict[int, float]]:
        """Calls at these times, numbered from `source` on, all of which go well, where `plain` holds.

        Returns their ends, `inf` for who was turned away, and when the cold ones began to be worked on, by their place.
        As `begin` and `ends` for each, written out since it carries the load.
        """
        table, running, gone = self.table, self.running, self.table.gone
        (pool,) = self._pools
        idle, lifetime, limit = pool.idle, pool.lifetime, self.limit
        most = RATE * limit if limit < inf else inf
        began, ended = table.began, table.ended
        origins, sources, environment, ending = table.origin, table.source, table.environment, table.ending
        ends: list[float] = []
        cold: dict[int, float] = {}
        count = len(began)
        for time, duration in zip(times, durations, strict=True):
            while running and running[0][0] <= time:
                entry = heappop(running)
                if gone[entry[1]] == inf:
                    idle.append(entry)
            if idle and idle[-1][0] + lifetime <= time:
                self._expire(pool, time)
            if len(running) >= limit or (count >= most and began[count - int(most)] - (time - 1.0) > HAIR):
                why = self._full(time)
            elif idle:
                why = None
                number = idle.pop()[1]
                end = microseconds(time + duration)
            elif self._may_grow(time):
                why = None
                number = self.make(pool, time)
                ready = cold[len(ends)] = table.ready[number]
                end = microseconds(ready + duration)
            else:
                why = Throttle.CONCURRENT
            if why is None:
                heappush(running, (end, number))
                began.append(time)
                ended.append(end)
                environment.append(number)
                sources.append(source)
                count += 1
                ends.append(end)
            else:
                self.turned_away(time, why)
                ends.append(inf)
            source += 1
        new = count - len(ending)
        origins.extend(bytes((origin,)) * new)
        ending.extend(bytes(new))
        return ends, cold

    # What holds at a moment

    def in_use(self, time: float) -> int:
        """How many calls run at `time`: those that end then do not."""
        self.settle(time)
        return len(self.running)

    def settle(self, time: float) -> None:
        """Calls that ended by `time` are over: their environments are idle, or gone."""
        running, home = self.running, self.home
        while running and running[0][0] <= time:
            entry = heappop(running)
            pool = home[entry[1]]
            if self.table.gone[entry[1]] < inf:
                continue
            if pool.current:
                pool.idle.append(entry)
            else:
                self._end(entry[1], entry[0])
        for pool in self._pools:
            if pool.idle and pool.idle[0][0] + pool.lifetime <= time:
                self._expire(pool, time)

    def _expire(self, pool: Pool, time: float) -> None:
        over = 0
        while over < len(pool.idle) and pool.idle[over][0] + pool.lifetime <= time:
            self._end(pool.idle[over][1], pool.idle[over][0] + pool.lifetime)
            over += 1
        del pool.idle[:over]

    def _end(self, number: int, time: float) -> None:
        self.table.gone[number] = time
        self.forget(number)

    def _full(self, time: float) -> Throttle | None:
        """Why one more call can't run now, if it can't."""
        count, most = len(self.table.began), RATE * self.limit
        if (
            self.limit < inf
            and count >= most
            and (not most or self.table.began[count - int(most)] - (time - 1.0) > HAIR)
        ):
            if self.reserved:
                return Throttle.RESERVED_RATE if most else Throttle.RESERVED
            return Throttle.RATE
        running = len(self.running) + (0 if self.others is None else self.others(time))
        if running >= self.limit:
            return Throttle.RESERVED if self.reserved else Throttle.CONCURRENT
        return None

    def _may_grow(self, time: float) -> bool:
        """Whether one more environment can be made at `time`; then it counts."""
        step = SCALE / SCALE_PERIOD
        tokens = min(float(SCALE), self._tokens + (time - self._filled) * step)
        if tokens < 1.0:
            return False
        self._tokens, self._filled = tokens - 1.0, time
        return True
