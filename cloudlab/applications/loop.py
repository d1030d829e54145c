"""The loop that serves calls: tasks that read like SimPy processes, at a fraction of the price.

Read `Loop.go` first. A task is a generator, one for each call at a component that calls others. It begins when the
call has got its slot and done the component's own work (`places.LiveService`). It yields what it wants, and the loop
lets it go on when it has that:

    yield place, 0.2            0.2 s of work at this place, at whatever speed it has
    yield 0.5                   wake me in 0.5 s
    good = yield link           make a call along it: whether it was answered well, and in time
    good = yield [task, task]   all of these at once: whether all went well

What comes lies on a heap of (time, number, what to do, with what). The number decides at one moment: ends of work,
then answers, then time limits, then who wakes, then calls that arrive, and of each the older call first; new orders
come last. So the order of things depends on nothing but the calls. What is overtaken stays on the heap and is
passed over when its turn comes. What is on its way over the network is in order by itself, since each way takes as
long: it waits in a queue, which costs less than the heap.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from heapq import heappop, heappush
from math import inf, nextafter
from typing import Any

from cloudlab.kernel.calls import CallStatus, CallTable
from cloudlab.kernel.contracts import Caller

OK, FAILED, LATE = CallStatus.OK, CallStatus.FAILED, CallStatus.LATE

Steps = Generator[Any, bool, bool]
"""What a task does; it returns whether it went well."""

END, ANSWER, LIMIT, WAKE, ARRIVE, FLOOD = (kind << 32 for kind in range(6))
"""The order of what happens at one moment; the row of the call is added."""

NEVER: tuple[float, int, Any, Any] = (inf, 0, None, None)
"""The last thing on the heap, so that there is always one."""

OVER = -1.0
"""`Call.due` of a call for which nobody waits any more."""


class Call:
    """A call along `link` (a `places.Link`), for an `order`, out of the call `parent`.

    `task` waits for it, until `limit` (s); where none does, `ended` is told of its end. `due` is when the task will
    go on, as far as is known. `customers` sent it where it is an order. A `durable` one is a message: it waits until
    somebody has worked on it.
    """

    task: "Task | None" = None
    due = limit = inf
    good = False
    customers: Caller | None = None
    ended: "Callable[[Call, float, bool], None] | None" = None
    durable = False
    link: Any
    order: int
    parent: int
    row: int
    work: float


class Sent(Call):
    """A call for which no task waits: an order, a message, or one of somebody else."""

    def __init__(self, link: Any, order: int, parent: int):
        self.link, self.order, self.parent = link, order, parent

    def again(self, table: CallTable, arrives: float) -> "Sent":
        """The same call once more, as a new row."""
        call = Sent(self.link, self.order, self.parent)
        call.ended, call.durable, call.work = self.ended, self.durable, self.work
        call.row = table.add(call.order, call.parent, call.link.place.part, arrives)
        return call


class Task:
    """A generator on its way: it serves `call`, or is a branch of the task `trunk`.

    While it works, it does so at the place `at` until `due` (s); where that stands still, `left` is the work that is
    left (s at speed 1). `last` is the newest call that it made, `rows` are calls inside of it that are open.
    """

    alive = good = True
    at: Any = None
    due, left = inf, 0.0
    pending = last = 0
    branches: "Sequence[Task]" = ()
    rows: Sequence[int] = ()
    trunk: "Task | None" = None
    call: Call
    steps: Steps


class Loop:
    """All that goes on between calls. `latency` (s) is the way of a call, and that of its answer."""

    def __init__(self, table: CallTable, latency: float):
        self.table, self.latency = table, latency
        self.now = 0.0
        self.on_answer, self.on_end, self.on_wake = (
            self.heard,
            self.worked,
            self.go,
        )  # made once, not for each call
        self.adds = tuple(column.append for column in table.columns())
        self.heap: list[tuple[float, int, Callable, Any]] = [NEVER]
        self.ways: deque[tuple[float, int, Callable, Any]] = deque()
        self.orders: deque[tuple[float, Callable, Caller, int, float]] = deque()

    def run(self, until: float) -> None:
        """Let all happen that comes before `until` (s)."""
        heap, ways, orders, last = self.heap, self.ways, self.orders, nextafter(until, -inf)
        while True:
            order = orders[0][0] if orders else inf
            upto = order if order < until else last
            while True:
                if ways and ways[0] < heap[0]:
                    if ways[0][0] > upto:
                        break
                    self.now, _, act, subject = ways.popleft()
                elif heap[0][0] > upto:
                    break
                else:
                    self.now, _, act, subject = heappop(heap)
                act(subject)
            if order >= until:
                return
            self.now, begin, customers, row, work = orders.popleft()
            begin(customers, row, work)

    def next_time(self) -> float:
        """When the next thing comes, as far as is known (s)."""
        first = min(self.heap[0][0], self.ways[0][0] if self.ways else inf)
        return min(first, self.orders[0][0] if self.orders else inf)

    def go(self, task: Task, good: bool | None = None) -> None:
        """Let a task go on, with how its last wish ended, until it wants something that takes time."""
        if not task.alive:
            return
        try:
            wish = task.steps.send(good)  # type: ignore[arg-type] # None begins it
        except StopIteration as end:
            self._over(task, end.value)
            return
        kind = type(wish)
        if kind is tuple:
            wish[0].begin(task, wish[1], self.now)
        elif kind is float:
            heappush(self.heap, (self.now + wish, WAKE + task.last, self.on_wake, task))
        elif kind is list:
            self._spread(task, wish)
        else:
            call, served = Call(), task.call
            call.link, call.task, call.order, call.parent = wish, task, served.order, served.row
            task.last = self.send(call)

    def send(self, call: Call) -> int:
        """Make a call now: it arrives when it has come over the network. Returns its row."""
        now, link, table, order = self.now, call.link, self.table, call.order
        arrives, place = now + self.latency, link.place
        call.row = row = len(table.order)
        orders, parents, services, arrivals, starts, ends, statuses = (
            self.adds
        )  # as `table.add`, without its call
        orders(order)
        parents(call.parent)
        services(place.part)
        arrivals(arrives)
        starts(inf)
        ends(inf)
        statuses(0)
        call.work = link.work(order)
        if link.timeout is not None:
            call.limit = now + link.timeout
        what, ways = (arrives, ARRIVE + row, place.arrive, call), self.ways
        if ways and what < ways[-1]:  # several at one moment, of which this one goes first
            heappush(self.heap, what)
        else:
            ways.append(what)
        return row

    def answer(self, call: Call, now: float, good: bool) -> None:
        """The callee has ended its part of a call now: its caller hears of that, if it still waits."""
        if call.task is None:
            if call.ended is not None:
                call.ended(call, now, good)
            return
        comes = now + self.latency
        if comes <= call.limit and call.due != OVER:
            call.good, call.due = good, comes
            what, ways = (comes, ANSWER + call.row, self.on_answer, call), self.ways  # as in `send`
            if ways and what < ways[-1]:
                heappush(self.heap, what)
            else:
                ways.append(what)

    def heard(self, call: Call) -> None:
        """An answer has come, or the time of the caller is over."""
        if call.due == self.now and call.task is not None:
            call.due = OVER
            self.go(call.task, call.good)

    def worked(self, task: Task) -> None:
        """A task has done its work, unless its end was moved meanwhile."""
        if task.due == self.now:
            task.due, task.at = inf, None
            self.go(task)

    def _over(self, task: Task, good: bool) -> None:
        """A task has ended, and with it the call that it served, unless it is a branch."""
        if task.trunk is not None:
            self._joins(task.trunk, good)
            return
        call, now, table = task.call, self.now, self.table
        call.link.place.service.leave(task, now)
        late = call.task is not None and now + self.latency > call.limit
        table.ended[call.row], table.status[call.row] = now, LATE if late else OK if good else FAILED
        self.answer(call, now, good)

    def _joins(self, trunk: Task, good: bool) -> None:
        trunk.good = trunk.good and good
        trunk.pending -= 1
        if not trunk.pending:
            trunk.branches = ()
            self.go(trunk, trunk.good)

    def _spread(self, task: Task, several: list[Steps]) -> None:
        task.good, task.pending = True, len(several)
        task.branches = branches = [Task() for _ in several]
        for branch, steps in zip(branches, several, strict=True):
            branch.call, branch.trunk, branch.steps = task.call, task, steps
        for branch in branches:
            self.go(branch)
