"""Somebody else who calls a component too: what overloads it from outside."""

from heapq import heappush

from cloudlab.applications.loop import FLOOD, Loop, Sent
from cloudlab.applications.places import Link
from cloudlab.kernel.calls import NOBODY


class Others:
    """Calls for no order, `gap` seconds apart, from `now` until `until` (s). `number` tells which others these are."""

    def __init__(self, loop: Loop, link: Link, number: int, now: float, gap: float, until: float):
        self.loop, self.link, self.gap, self.until = loop, link, gap, until
        self._rank = FLOOD + number
        self._next(now + gap)

    def call(self, time: float) -> None:
        """Call now, and plan the next one."""
        loop, link = self.loop, self.link
        call = Sent(link, NOBODY, NOBODY)
        call.row = loop.table.add(NOBODY, NOBODY, link.place.part, time)
        call.work = link.work(NOBODY)
        link.place.arrive(call)
        if time + self.gap < self.until:
            self._next(time + self.gap)

    def _next(self, time: float) -> None:
        heappush(self.loop.heap, (time, self._rank, self.call, time))
