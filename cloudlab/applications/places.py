"""Where calls are served: a service with slots and a line, the places of components in it, and the links to them.

Read `LiveService.enter` and `LiveService.leave` first: a call gets a slot or waits in line, and keeps its slot until
it is over, also while it waits for others. Who only works needs no task: see `plan`.

Nobody keeps track of which slot is in which instance. When an instance dies, the calls at work are dealt out to the
instances that were alive, in order of their start, and the share of the dead one is broken off.
"""

from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappush
from math import inf
from random import Random
from typing import Protocol

from cloudlab.applications.breaker import Breaker
from cloudlab.applications.design import DEFAULT, Arrow
from cloudlab.applications.loop import END, LIMIT, Call, Loop, Sent, Steps, Task
from cloudlab.kernel.calls import NOBODY, CallStatus
from cloudlab.kernel.draws import draws
from cloudlab.kernel.world import World, microseconds

BLOCK = 1024
"""So many orders' works are drawn at once."""

KEPT = 4
"""So many blocks of works are kept; an older one is drawn again."""


class Mailbox(Protocol):
    """Where messages are left: a queue or a topic."""

    part: int

    @property
    def world(self) -> World:
        """The world that it is in."""

    def advance(self, now: float) -> None:
        """As `contracts.Stage.advance`."""

    def next_time(self) -> float:
        """As `contracts.Stage.next_time`."""

    def deliver(self, times: list[float], paths: list[int]) -> None:
        """Take these messages, in order of time (s)."""


class Works:
    """The work that each order means along one link: the same, however often and whenever it is asked for."""

    def __init__(self, seed: int, name: str, kind: str, mean: float, spread: float):
        self._name, self._kind, self._mean, self._spread = f"{seed} {name}", kind, mean, spread
        self._blocks: dict[int, list[float]] = {}
        self._block: list[float] = []
        self._first = 0
        self._more = draws(kind, mean, spread, Random(self._name))

    def of(self, order: int) -> float:
        """The work (s at speed 1) of an order; that of a call for no order is drawn anew."""
        place = order - self._first
        if 0 <= place < len(self._block):
            return self._block[place]
        if order == NOBODY:
            return self._more(1)[0]
        number, place = divmod(order, BLOCK)
        if number not in self._blocks:
            if len(self._blocks) == KEPT:
                del self._blocks[min(self._blocks)]
            dice = Random(f"{self._name} {number}")
            self._blocks[number] = draws(self._kind, self._mean, self._spread, dice)(BLOCK)
        self._block, self._first = self._blocks[number], number * BLOCK
        return self._block[place]


class Link:
    """An arrow as it is followed: where it leads, what it knows of failures, and what is done instead."""

    def __init__(self, arrow: Arrow, place: "Place", work: Callable[[int], float], dice: Random):
        self.arrow, self.place, self.work, self._dice = arrow, place, work, dice
        self.timeout, self.max_attempts = arrow.timeout, arrow.max_attempts
        self.ready_made = arrow.fallback == DEFAULT
        self.instead: Link | None = None
        self.mailbox: Mailbox | None = None
        self.breaker: Breaker | None = None
        if arrow.breaker_failures is not None:
            self.breaker = Breaker(arrow.breaker_failures, arrow.breaker_reset)
        self.plain = arrow.max_attempts == 1 and arrow.fallback is None and self.breaker is None

    def pause(self, failures: int) -> float:
        """The wait (s) before the next attempt after so many failures."""
        wait = self.arrow.backoff * 2.0 ** (failures - 1)
        if self.arrow.jitter:
            wait *= 1 - self.arrow.jitter * self._dice.random()
        return microseconds(wait)


class Place:
    """A component at work: in which service, at what `speed`; `groups` are its links, side by side or alone."""

    def __init__(self, loop: Loop, name: str, part: int, service: "Service"):
        self.loop, self.name, self.part, self.service = loop, name, part, service
        self.speed = 1.0
        self.groups: list[list[Link]] = []
        self.serve: Callable[[Task], Steps]
        self.arrive: Callable[[Call], None] = self._arrive

    def begin(self, task: Task, work: float, now: float) -> None:
        """A task works here from now on (s at speed 1)."""
        task.at = self
        if self.speed:
            task.due = end = now + work / self.speed
            heappush(self.loop.heap, (end, END + task.call.row, self.loop.on_end, task))
        else:
            task.left = work

    def set_speed(self, now: float, speed: float) -> None:
        """Work at `speed` from now on, 0 for not at all: what is begun goes on with the work that is left."""
        self.loop.now = now
        old, self.speed = self.speed, speed
        for task in self.service.tasks():
            if task.at is self:
                left = (task.due - now) * old if old else task.left
                task.left = left
                task.due = now + left / speed if speed else inf
                if speed:
                    heappush(self.loop.heap, (task.due, END + task.call.row, self.loop.on_end, task))
        self.service.speed_changed(now, old)

    def _arrive(self, call: Call) -> None:
        loop = self.loop
        if call.limit < inf:
            call.due = call.limit
            heappush(loop.heap, (call.limit, LIMIT + call.row, loop.on_answer, call))
        if not self.service.capacity and not call.durable:
            loop.table.ended[call.row], loop.table.status[call.row] = loop.now, CallStatus.REFUSED
            loop.answer(call, loop.now, False)
            return
        task = Task()
        task.call = call
        task.steps = self.serve(task)
        self.service.enter(task, loop.now)


class Service:
    """What is started, dies and is scaled as one: `instances` with so many `slots` each, of which some are `down`."""

    def __init__(self, loop: Loop, name: str, part: int, slots: int, instances: int):
        self.loop, self.name, self.part, self.slots = loop, name, part, slots
        self.instances, self.down = instances, 0
        self.capacity = slots * instances

    def crash(self, now: float, count: int) -> None:
        """So many of its instances die, with what they have in hand."""
        alive = self.instances - self.down
        self._resize(now, self.instances, self.down + count, lambda place: place % alive < count)

    def stop(self, now: float, count: int) -> None:
        """So many of its instances take nothing new and stop when they have finished what they have."""
        self._resize(now, self.instances, self.down + count, lambda place: False)

    def start(self, now: float, count: int) -> None:
        """So many of those that are down work again."""
        self._resize(now, self.instances, self.down - count, lambda place: False)

    def scale(self, now: float, instances: int) -> None:
        """Be so many instances; those that are too many finish what they have."""
        self._resize(now, instances, min(self.down, instances), lambda place: False)

    def enter(self, task: Task, now: float) -> None:
        """A task wants a slot, where calls are tasks."""
        raise NotImplementedError

    def tasks(self) -> Sequence[Task]:
        """What is at work here."""
        return ()

    def speed_changed(self, now: float, old: float) -> None:
        """The only place in it works at another speed now."""

    def _resize(self, now: float, instances: int, down: int, dies: Callable[[int], bool]) -> None:
        self.loop.now = now
        self.instances, self.down = instances, down
        self.capacity = self.slots * (instances - down)
        self._changed(now, dies)

    def _changed(self, now: float, dies: Callable[[int], bool]) -> None:
        raise NotImplementedError


class LiveService(Service):
    """A service whose calls keep their slots while they wait for others: each is a task."""

    def __init__(self, loop: Loop, name: str, part: int, slots: int, instances: int):
        super().__init__(loop, name, part, slots, instances)
        self.busy = 0
        self.at_work: dict[Task, None] = {}
        self.line: deque[Task] = deque()

    def enter(self, task: Task, now: float) -> None:
        """A task wants a slot: it gets one or waits in line."""
        if self.busy < self.capacity:
            self.busy += 1
            self._begin(task, now)
        else:
            self.line.append(task)

    def leave(self, task: Task, now: float) -> None:
        """A task gives its slot back: the next one in line gets it, unless an instance has gone meanwhile."""
        del self.at_work[task]
        if self.line and self.busy <= self.capacity:
            self._begin(self.line.popleft(), now)
        else:
            self.busy -= 1

    def tasks(self) -> Sequence[Task]:
        """What is at work here, in order of start."""
        return list(self.at_work)

    def _begin(self, task: Task, now: float) -> None:
        call = task.call
        self.at_work[task] = None
        loop, place = self.loop, call.link.place
        loop.table.started[call.row] = now
        if place.speed:  # as `Place.begin`, without its call
            task.at = place
            task.due = end = now + call.work / place.speed
            heappush(loop.heap, (end, END + call.row, loop.on_end, task))
        else:
            place.begin(task, call.work, now)

    def _changed(self, now: float, dies: Callable[[int], bool]) -> None:
        broken = [task for place, task in enumerate(self.at_work) if dies(place)]
        for task in broken:
            del self.at_work[task]
        self.busy -= len(broken)
        if not self.capacity:
            broken += [task for task in self.line if not task.call.durable]
            self.line = deque(task for task in self.line if task.call.durable)
        for task in broken:
            self._break(task, now)
        again = [self._again(task, now) for task in broken if task.call.durable]
        self.line.extendleft(reversed(again))
        while self.line and self.busy < self.capacity:
            self.busy += 1
            self._begin(self.line.popleft(), now)

    def _break(self, task: Task, now: float) -> None:
        for one in (task, *task.branches):
            one.alive = False
            one.steps.close()
        table = self.loop.table
        for row in (task.call.row, *task.rows):
            table.ended[row], table.status[row] = now, CallStatus.BROKEN
        if not task.call.durable:
            self.loop.answer(task.call, now, False)

    def _again(self, task: Task, now: float) -> Task:
        """A message whose work was broken off is there again."""
        assert isinstance(task.call, Sent)
        call = task.call.again(self.loop.table, now)
        task = Task()
        task.call = call
        task.steps = call.link.place.serve(task)
        return task
