"""Workers: they pull messages from a queue, work on them, and delete them.

Read `Worker.take` first: it is all that a worker does. Who dies, stops or is new is told to the queue's line,
which lets happen the rest. As a registry (`register`, `deregister`) the pool puts a worker on each instance of
a group.

Numbers such as SQS-10 are facts of the provider: docs/facts.md lists them with their sources.
"""

from math import inf
from typing import Annotated

import simpy

from cloudlab.kernel.contracts import Process, Target
from cloudlab.kernel.draws import Work, draws
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.kernel.world import World
from cloudlab.sqs.message import Batch, Wait
from cloudlab.sqs.queue import Queue

BLOCK = 1000
"""Works that are drawn at once."""

HAIR = 1e-6
"""A timeout may end so much (s) before its moment: whoever is done then had nothing left in hand."""


class Worker:
    """One of a pool.

    It receives up to `most` messages, works on one after the other, and deletes each that went well.
    """

    def __init__(self, pool: "Workers", name: str, part: int):
        self.pool, self.name, self.part = pool, name, part
        self.most, self.wait, self.pause = pool.max_number_of_messages, pool.wait_time_seconds, pool.pause
        self.works, self.fails = pool.works, pool.fails
        self.number = pool.queue.line.join(self)
        self.alive, self.busy_until = True, 0.0

    def take(self, time: float, row: int, count: int) -> tuple[float, bool]:
        """It works on a message from `time` on: when that is over (s), and whether well."""
        if count > 1:
            return time + self.pool.again(), not self.fails or self._good(row)
        try:
            work = self.works[row]
        except IndexError:  # seldom, so this is faster than to ask first
            work = self.pool.draw(row)
        return time + work, not self.fails or self._good(row)

    def at_work(self, now: float) -> bool:
        """Whether it has a message in hand that it is not done with at `now` (s)."""
        line = self.pool.queue.line
        return any(line.table.ended[handout] > now for handout in line.newest_of(self.number))

    def _good(self, row: int) -> bool:
        return self.pool.queue.table.path[row] not in self.fails


class Workers:
    """`count` workers at one queue. Each message is `mean_work` seconds of work, spread as `work` says.

    The first try of a message takes the same time whatever else is changed; each further one is drawn anew.
    Messages of the classes in `fails` never go well: the work is done and fails. Where `wait_time_seconds` is 0
    a worker that got nothing asks again after `pause` seconds.
    """

    judges = False
    """A pool calls none of its machines unhealthy (see `contracts.Registry`)."""

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        queue: Queue,
        count: Annotated[int, Limit(0, 1000, "workers", label="Workers")] = 1,
        work: Work = "exponential",
        mean_work: Annotated[float, Limit(0.0001, 43_200, "s", label="Work per message")] = 1.0,
        work_spread: Annotated[float, Limit(0.05, 3, label="Spread of log-normal work")] = 1.0,
        max_number_of_messages: Batch = 1,
        wait_time_seconds: Wait = 20,
        pause: Annotated[float, Limit(0.01, 3600, "s", label="Pause after an empty receive")] = 1.0,
        fails: tuple[str, ...] | list[str] = (),
    ):
        if queue.world is not world:
            raise InvalidParameter("queue is of another world, but must be of the workers' own.")
        if not all(isinstance(path, str) for path in fails):
            raise InvalidParameter(
                f"fails is {fails!r:.60}, but must be a tuple of names of classes of messages."
            )
        self.world, self.name, self.queue = world, name, queue
        self.max_number_of_messages, self.wait_time_seconds, self.pause = (
            max_number_of_messages,
            wait_time_seconds,
            pause,
        )
        self.fails = {world.record.add_path(path) for path in fails}
        self.workers: list[Worker] = []
        self._first = draws(work, mean_work, work_spread, world.dice(f"{name} work"))
        self._more = draws(work, mean_work, work_spread, world.dice(f"{name} work again"))
        self.works: list[float] = []
        self._of: dict[int, Worker] = {}
        for _ in range(count):
            self.start()

    def start(self) -> Worker:
        """A new worker begins to ask for messages now."""
        self.world.advance()
        name = f"{self.name} {len(self.workers) + 1}"
        return self._begin(name, self.world.record.add_part(name, "worker", time=self.world.now))

    def _begin(self, name: str, part: int) -> Worker:
        world = self.world
        for way in ((self.queue.part, part), (part, self.queue.part)):
            world.record.add_link(*way)
        worker = Worker(self, name, part)
        world.record.wire(part, "worker")
        self.workers.append(worker)
        self.queue.line.ready(worker.number, world.now)
        world.record.enter(world.now, part, "application", "answering")
        return worker

    @checked()
    def kill(self, worker: Worker) -> None:
        """It dies now, with the messages in its hand: they come back when their visibility timeout is over (SQS-9)."""
        self._over(worker, "killed", f"{worker.name} is killed.", dies=True)

    @checked()
    def stop(self, worker: Worker) -> float:
        """It asks for no more messages; returns when it will have finished those in its hand (s)."""
        return self._over(worker, "terminated", f"{worker.name} takes no more messages.", dies=False)

    @checked()
    def restart(self, worker: Worker) -> None:
        """One that was killed or stopped asks for messages again, once it has finished what it had."""
        self._mine(worker)
        if not worker.alive:
            self.world.advance()
            worker.alive = True
            self.queue.line.ready(worker.number, max(self.world.now, worker.busy_until))
            self.world.record.enter(self.world.now, worker.part, "application", "answering")
            self._note(worker, "✓", f"{worker.name} works again.")

    def _over(self, worker: Worker, state: str, text: str, *, dies: bool) -> float:
        self._mine(worker)
        world = self.world
        world.advance()
        end = worker.busy_until = self.queue.line.leave(worker.number, world.now, dies=dies)
        if not worker.alive and end <= world.now:
            return world.now
        worker.alive = False
        world.record.enter(world.now, worker.part, "application", state)
        self._note(worker, "✕" if dies else "○", text)
        return end

    # A registry, as a group sees it: each instance in service gets a worker

    def register(self, target: Target) -> None:
        """An instance is in service: a worker on it begins."""
        self._check(target)
        self.world.advance()
        worker = self._of.get(target.part)
        if worker is None:
            worker = self._of[target.part] = self._begin(target.name, target.part)
            self.world.process(self._follow(worker, target))
        elif not worker.alive:
            self.restart(worker)

    def deregister(self, target: Target) -> simpy.Event:
        """An instance leaves: its worker takes no more messages; the event comes when it has finished what it had."""
        self._check(target)
        worker = self._of.get(target.part)
        if worker is None or not worker.alive:
            return self.world.timeout(0)
        end = self.stop(worker)
        return self.world.timeout(end - self.world.now) if end < inf else self.world.timeout(0)

    def target_health(self, target: Target) -> str:
        """Healthy while its worker asks for messages, else unused."""
        worker = self._of.get(getattr(target, "part", -1))
        if worker is None:
            self._check(target)
        return "healthy" if worker is not None and worker.alive else "unused"

    def _follow(self, worker: Worker, target: Target) -> Process:
        """A worker dies with its instance. A SimPy process."""
        yield target.server.changed
        while target.server.alive:
            yield target.server.changed
        if worker.alive or worker.busy_until > self.world.now + HAIR:
            self.kill(worker)

    # Work

    def draw(self, row: int) -> float:
        """The work (s) of the first try of a message; those of all before it are drawn too."""
        while len(self.works) <= row:
            self.works.extend(self._first(BLOCK))
        return self.works[row]

    def again(self) -> float:
        """The work (s) of one further try."""
        return self._more(1)[0]

    def _mine(self, worker: Worker) -> None:
        if worker not in self.workers:
            raise InvalidParameter(f"worker is {worker.name}, but must be one of {self.name}.")

    def _check(self, target) -> None:
        if not fits(target, "health_check", "server", "world", "part"):
            raise InvalidParameter(f"target is {target!r:.60}, but must be an instance.")
        if target.world is not self.world:
            raise InvalidParameter("target is an instance of another world, but must be of the workers' own.")

    def _note(self, worker: Worker, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, worker.part, glyph, text)
