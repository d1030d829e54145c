"""A service whose calls only work: the end of each is known when it arrives.

Read `PlannedService.arrive` first. The call that arrives gets the slot that is free first, as at any server
(`kernel.server`); when its answer comes, or the time of its caller is over, is known then. So it needs no task, and one
thing on the heap in place of three. When the service changes, what is open is planned anew.
"""

from collections.abc import Callable
from heapq import heappush, heapreplace
from math import inf

from cloudlab.applications.loop import ANSWER, LIMIT, OVER, Call, Loop
from cloudlab.applications.places import Place, Service
from cloudlab.kernel.calls import CallStatus

FEW = 16
"""So many calls are kept at least, before those that are over are forgotten. With many, their number goes up and down
so far that Python's garbage collection sets in again and again (256: a tenth of the time)."""


class PlannedService(Service):
    """A service with one place, that calls nobody. `recent` holds all calls that are not over, and some that are."""

    def __init__(self, loop: Loop, name: str, part: int, slots: int, instances: int):
        super().__init__(loop, name, part, slots, instances)
        self.free = [0.0] * self.capacity
        self.place: Place
        self.recent: list[Call] = []
        self.left: dict[int, float] = {}
        self._most = FEW

    def arrive(self, call: Call) -> None:
        """Take a call: it gets the slot that is free first."""
        now = self.loop.now
        if not self.capacity:
            self._tell(call, now, CallStatus.REFUSED)
            return
        self.recent.append(call)
        if len(self.recent) > self._most:
            ended = self.loop.table.ended
            self.recent = [one for one in self.recent if ended[one.row] >= now]
            self._most = 2 * len(self.recent) + FEW
        self._take(call, now)

    def speed_changed(self, now: float, old: float) -> None:
        """What is open is planned anew."""
        self._plan_anew(now, old, lambda place: False)

    def _changed(self, now: float, dies: Callable[[int], bool]) -> None:
        self._plan_anew(now, self.place.speed, dies)

    def _take(self, call: Call, now: float) -> None:
        free, speed, row, loop = self.free, self.place.speed, call.row, self.loop
        start = free[0]
        if start < now:
            start = now
        if speed:
            end = start + call.work / speed
        else:
            end = inf
            self.left[row] = call.work
        heapreplace(free, end)
        loop.table.started[row] = start
        comes = end + loop.latency
        if comes > call.limit or comes == inf or call.task is None or call.due != inf:
            self._tell(call, end, CallStatus.OK)
            return
        loop.table.ended[row] = end
        call.good, call.due = True, comes
        heappush(loop.heap, (comes, ANSWER + row, loop.on_answer, call))

    def _tell(self, call: Call, end: float, status: CallStatus) -> None:
        """Write how a call ends, and when its caller hears of that."""
        loop, row = self.loop, call.row
        loop.table.ended[row] = end
        comes = end + loop.latency
        late = comes > call.limit
        if late and status is CallStatus.OK:
            status = CallStatus.LATE
        loop.table.status[row] = status
        if call.task is None or call.due == OVER:
            return
        if late:
            call.good, call.due = False, call.limit
            heappush(loop.heap, (call.limit, LIMIT + row, loop.on_answer, call))
        else:
            call.good, call.due = status is CallStatus.OK, comes
            if comes < inf:
                heappush(loop.heap, (comes, ANSWER + row, loop.on_answer, call))

    def _plan_anew(self, now: float, old: float, dies: Callable[[int], bool]) -> None:
        table, speed = self.loop.table, self.place.speed
        open_rows = (
            call for call in self.recent if table.ended[call.row] >= now
        )  # what ends now is broken off
        calls = [call for call in open_rows if table.status[call.row] != CallStatus.BROKEN]
        at_work = [call for call in calls if table.started[call.row] < now]
        in_line = [call for call in calls if table.started[call.row] >= now]
        ends = []
        for number, call in enumerate(at_work):
            if dies(number):
                self._tell(call, now, CallStatus.BROKEN)
                continue
            end = table.ended[call.row]
            if old != speed:
                left = (end - now) * old if old else self.left.pop(call.row)
                self.left[call.row] = left
                end = now + left / speed if speed else inf
                self._tell(call, end, CallStatus.OK)
            ends.append(end)
        if speed:
            self.left.clear()
        self.free = sorted([now] * self.capacity + ends)[len(ends) :]
        for call in in_line:
            table.started[call.row] = inf
            if self.capacity:
                self._take(call, now)
            else:
                self._tell(call, now, CallStatus.BROKEN)
