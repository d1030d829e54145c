"""Senders: the part that sends messages, to a queue or to a topic, and waits for nobody.

Read `Senders.advance` first: it hands on all messages that were sent before a moment, as columns.
"""

from bisect import bisect_left
from math import inf
from typing import Annotated, Protocol

from cloudlab.kernel.contracts import Paths, Traffic
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.kernel.record import MOST_PATHS
from cloudlab.kernel.world import World, microseconds


class Mailbox(Protocol):
    """Where messages are sent to: a queue or a topic."""

    part: int
    world: World

    def advance(self, now: float) -> None:
        """As `contracts.Stage.advance`."""

    def next_time(self) -> float:
        """As `contracts.Stage.next_time`."""

    def deliver(self, times: list[float], paths: Paths) -> None:
        """Take these messages, in order of time (s)."""


class Senders:
    """People or programs that send messages to `to`. `traffic` says when, and of which class each is."""

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        traffic: Traffic,
        to: Mailbox,
        arrivals: Annotated[str, Limit(choices=("poisson", "regular"), label="Arrivals")] = "poisson",
    ):
        if not fits(traffic, "chunks", "paths"):
            rule = "must be a shape such as steady(5), or what from_csv or from_access_log reads"
            raise InvalidParameter(f"traffic is {traffic!r:.60}, but {rule}.")
        if not fits(to, "deliver", "part", "world"):
            raise InvalidParameter(f"to is {to!r:.60}, but must be a queue or a topic.")
        if to.world is not world:
            raise InvalidParameter("to is a part of another world, but must be of the senders' own.")
        if (classes := len({*world.record.paths, *traffic.paths})) > MOST_PATHS:
            rule = f"a record has room for {MOST_PATHS}"
            raise InvalidParameter(f"traffic brings the classes of messages to {classes}, but {rule}.")
        self.world, self.name, self.to = world, name, to
        self.part = world.record.add_part(name, "customers", time=world.now)
        self._paths = [world.record.add_path(path) for path in traffic.paths]
        self._start = microseconds(world.now)
        self._chunks = traffic.chunks(world.dice(f"{name} arrivals"), arrivals == "regular")
        self._covered, self._next = self._start, 0
        self._times: list[float] = []
        self._classes: Paths = 0
        world.add_stage(self)
        world.add_way(self, to)

    def advance(self, now: float) -> None:
        """Hand on all messages that are sent before `now` (s)."""
        while self._fetch(now):
            first, last = self._next, bisect_left(self._times, now, self._next)
            if first == last:
                return
            self._next = last
            classes = self._classes if isinstance(self._classes, int) else self._classes[first:last]
            self.to.deliver(self._times[first:last], classes)

    def next_time(self) -> float:
        """When the next message is sent (s); where that isn't known yet, up to when none is."""
        return self._times[self._next] if self._next < len(self._times) else self._covered

    def _fetch(self, now: float) -> bool:
        """Have messages that were not handed on yet; False when none are known before `now`."""
        while self._next >= len(self._times):
            chunk = next(self._chunks, None) if self._covered < now else None
            if chunk is None:
                if self._covered < now:
                    self._covered = inf  # the traffic is over
                return False
            covered, times, classes, _ = chunk
            self._covered = covered + self._start
            self._times = [microseconds(time + self._start) for time in times] if self._start else times
            self._classes = self._paths[0] if classes is None else [self._paths[path] for path in classes]
            self._next = 0
        return True
