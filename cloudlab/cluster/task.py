"""A task: a running copy of a task definition, on a host or on Fargate. Read `Task._live` first.

PROVISIONING → PENDING (images are pulled) → ACTIVATING → RUNNING → DEACTIVATING → STOPPING → DEPROVISIONING → STOPPED
(CT-9). Who is asked to stop takes nothing new, ends what it has, and is killed when its time is over (CT-7). A balancer
or a pool of workers takes a task as it takes an instance: it has a server, and answers health checks.

Numbers such as CT-9 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable, Generator
from math import inf

from simpy import Event, Interrupt

from cloudlab.cluster.definition import ASKED, KILLED, TaskDefinition
from cloudlab.cluster.hosts import ContainerInstance
from cloudlab.cluster.placement import Need
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.server import Server
from cloudlab.kernel.world import World

GOING = ("DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")
"""The states from which a task counts no more."""

HEALTHY_AFTER = 40.0
"""A task that nobody asks whether it is well counts as healthy after so many seconds of running (CT-13)."""


class Task:
    """One task of the service whose part is `service`. `host` is None on Fargate.

    `state` is CT-9's. `health` is UNKNOWN until a check of its main container has answered, then HEALTHY or
    UNHEALTHY (CT-8). `exit_code` and `reason` tell how it ended. `changed` is called with it when it runs, is well
    or unwell, or is over.
    """

    def __init__(
        self,
        world: World,
        name: str,
        definition: TaskDefinition,
        *,
        service: int,
        host: ContainerInstance | None,
        zone: str,
        pull: float,
        changed: Callable[["Task"], None],
    ):
        main = definition.main
        self.world, self.name, self.definition, self.host, self.availability_zone = (
            world,
            name,
            definition,
            host,
            zone,
        )
        self.need = Need(name, definition.cpu, definition.memory, world.record.parts[service].name)
        self.state, self.health, self.reason = "", "UNKNOWN", ""
        self.exit_code: int | None = None
        self.running_since, self.stopped_at = inf, inf
        self.by_itself = False
        self._changed, self._pull, self._begun = changed, pull, world.now
        self.part = world.record.add_part(
            name,
            "container",
            time=world.now,
            parent=service if host is None else host.part,
            service=world.record.parts[service].name,
            cpu=definition.cpu,
            memory=definition.memory,
            image=main.image,
            revision=definition.revision,
            availability_zone=zone,
            launch_type="FARGATE" if host is None else "EC2",
            slots=main.slots,
            speed=main.speed,
        )
        self.server = Server(world, self.part, slots=main.slots, speed=main.speed)
        self.server.alive, self.server.refuses = False, True
        self._life = world.process(self._live())

    # What others ask of it

    @property
    def going(self) -> bool:
        """Whether it is on its way out, or gone."""
        return self.state in GOING

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.state == "RUNNING"

    def health_check(self, within: float) -> Generator[Event, object, bool]:
        """Whether a check that arrives now gets a good answer `within` so many seconds. A SimPy process."""
        self.world.serve()
        if not self.definition.main.answers_checks:
            yield self.world.timeout(0)
            return False
        return (yield from self.server.check(within))

    def kill(self, exit_code: int = KILLED, reason: str = "is killed", *, quiet: bool = False) -> None:
        """It ends at once, with all requests on it. `quiet`: its service doesn't hear of it before `tell`."""
        if self.exit_code is None:
            self._end(exit_code, reason, quiet)

    def tell(self) -> None:
        """Its service hears that it is over."""
        if self.state != "STOPPED":
            self.state = "STOPPED"
            self._changed(self)

    def stop(self, leaves: Callable[["Task"], Event]) -> None:
        """Ask it to stop: it is let go by `leaves` (a drain), and ends what it has within its time (CT-7).

        One whose host is gone is over, though its service doesn't know it yet.
        """
        if self.exit_code is not None:
            self.state = "DEACTIVATING"
        elif not self.going:
            self._enter("DEACTIVATING")
            self.world.process(self._leave(leaves))

    # What it does

    @property
    def _here(self) -> bool:
        """Whether it runs and can be asked: nobody asks who went with a host, also if its service knows nothing."""
        return self.running and self.exit_code is None

    def _live(self) -> Process:
        """Be provided, pull the images, start, run, and end by itself where the program does. A SimPy process."""
        world, main = self.world, self.definition.main
        self._application("pending")
        self._enter("PROVISIONING")
        self._enter("PENDING", until=world.now + self._pull)
        try:
            if self._pull:
                yield world.timeout(self._pull)
            self._enter("ACTIVATING", until=world.now + main.start_time)
            self._application("booting", until=world.now + main.start_time)
            if main.start_time:
                yield world.timeout(main.start_time)
            self._run()
            length, code, container = self.definition.end()
            if length < inf:
                yield world.timeout(length)
                ended = next(one for one in self.definition.containers if one.name == container)
                over = f": {container} needs more than its {ended.memory:,} MB"
                self.by_itself = not self.going  # who was asked to stop already doesn't fail any more
                why = over if ended.memory_used > ended.memory else ""
                self._end(code, f"stops with exit code {code}{why}")
        except Interrupt:
            return

    def _run(self) -> None:
        self.world.advance()
        self.server.restart(self.world.now)
        self.running_since = self.world.now
        self._application("answering")
        self._enter("RUNNING")
        if self.definition.main.health_check is not None:
            self.world.process(self._watch())
        self._changed(self)

    def _watch(self) -> Process:
        """Ask its main container again and again whether it is well (CT-8). A SimPy process."""
        check, failed = self.definition.main.health_check, 0
        assert check is not None
        while self._here:
            due = self.world.now + check.interval
            yield self.world.timeout(check.interval)
            if not self._here:
                return
            passed = yield from self.health_check(check.timeout)
            if not self._here:
                return
            early = self.world.now - self.running_since <= check.start_period
            failed = 0 if passed else failed + (not early)
            judged = "HEALTHY" if passed else "UNHEALTHY" if failed >= check.retries else self.health
            if judged != self.health:
                self.health = judged
                self._changed(self)
            while self.world.now < due:
                yield self.world.until(due)

    def _leave(self, leaves: Callable[["Task"], Event]) -> Process:
        """Leave the registries, be asked to end, and be killed when the time is over (CT-7). A SimPy process."""
        yield leaves(self)
        if self.exit_code is not None:
            return
        self.world.advance()
        self._enter("STOPPING")
        limit = self.world.now + self.definition.main.stop_timeout
        while (
            self.exit_code is None and (left := max(self.server.free)) > self.world.now and self.server.alive
        ):
            if self.world.now >= limit:
                break
            yield self.server.changed | self.world.until(min(limit, left))
        if self.exit_code is None:
            killed = self.server.alive and max(self.server.free) > self.world.now
            self._end(
                KILLED if killed else ASKED, "is killed: its time to stop is over" if killed else "is stopped"
            )

    def _end(self, exit_code: int, reason: str, quiet: bool = False) -> None:
        self.world.advance()
        if self._life.is_alive and self.world.active_process is not self._life:
            self._life.interrupt()
        self.exit_code, self.reason, self.stopped_at = exit_code, reason, self.world.now
        self.server.stop(self.world.now)
        self.world.record.parts[self.part].gone = float(self.world.now)
        self._application("terminated" if exit_code == ASKED else "killed")
        for state in ("DEPROVISIONING", "STOPPED"):
            self.world.record.enter(self.world.now, self.part, "lifecycle", state)
        if not quiet:
            self.tell()

    def _enter(self, state: str, until: float = inf) -> None:
        self.state = state
        self.world.record.enter(self.world.now, self.part, "lifecycle", state, until)

    def _application(self, state: str, until: float = inf) -> None:
        self.world.record.enter(self.world.now, self.part, "application", state, until)

    def __repr__(self) -> str:
        where = "Fargate" if self.host is None else self.host.name
        return f"Task {self.name} on {where}: {self.state}"
