"""One instance: a virtual machine that boots, serves requests, and can fail in several ways.

Read `Instance._start` first: an instance is pending while the provider launches it, then running
while its application boots, then it answers. What can go wrong differs in who notices:

    kill       the machine is gone: nobody answers, EC2 sees it
    crash      the machine runs, the application doesn't: connections are refused at once
    fail       the application answers quickly, with errors
    slow_down  everything works, slowly

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated

from simpy import Event

from cloudlab.kernel.contracts import AnswerChange, Caller, Paths
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.printed import at_speed
from cloudlab.kernel.server import Server
from cloudlab.kernel.serving import Alone, serve
from cloudlab.kernel.world import World


class InvalidParameterValue(InvalidParameter):
    """EC2's error code for a parameter that its rule forbids."""


INSTANCE_TYPES = ("t3.micro", "t3.medium", "m5.large", "m7i.large", "c7g.large")
"""The types whose prices are known (PR-33); each has two vCPUs (PR-34)."""


@dataclass(frozen=True)
class LaunchTemplate:
    """What each new instance of a group looks like.

    `launch_time` (s) is what the provider needs until the machine runs, `boot_time` (s) what the
    application needs after that. `slots` requests are worked on side by side, each at `speed`.
    Raises InvalidParameterValue, which names the parameter.
    """

    instance_type: str = "m5.large"
    launch_time: float = 30.0
    boot_time: float = 60.0
    slots: int = 2
    speed: float = 1.0

    def __post_init__(self):
        _check_template(**vars(self))


@checked(InvalidParameterValue)
def _check_template(
    *,
    instance_type: Annotated[str, Limit(choices=INSTANCE_TYPES, label="Instance type")],
    launch_time: Annotated[float, Limit(0, 3600, "s", label="Launch time")],
    boot_time: Annotated[float, Limit(0, 3600, "s", label="Boot time")],
    slots: Annotated[int, Limit(1, 256, "slots", label="Requests side by side")],
    speed: Annotated[float, Limit(0.01, 100, label="Speed")],
) -> None:
    """The limits of a launch template's values."""


class Instance:
    """A machine with a server on it, built from a launch template in an Availability Zone.

    `state` is EC2's: pending, running, terminated. `health_check` asks the application.
    """

    idle_timeout = float("inf")

    @checked(InvalidParameterValue)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        launch_template: LaunchTemplate | None = None,
        availability_zone: str = "us-east-1a",
        group: int | None = None,
    ):
        template = launch_template or LaunchTemplate()
        self.world, self.name, self.template = world, name, template
        self.availability_zone = availability_zone
        self.state = self.application = "pending"
        self.part = world.record.add_part(
            name,
            "instance",
            time=world.now,
            parent=group,
            availability_zone=availability_zone,
            **vars(template),
        )
        if group is None:
            world.record.wire(self.part, "instance", **vars(template))
        self.born = world.now
        self.server = Server(world, self.part, slots=template.slots, speed=template.speed)
        self.server.alive = False
        if template.launch_time + template.boot_time > 0:
            self.running = world.process(self._start())
        else:
            self._run()
            self._answer()

    def _start(self):
        """Be launched, then boot, then answer. A SimPy process; a kill ends it."""
        template = self.template
        if self.state == "pending":
            self._enter("pending", until=self.born + template.launch_time)
            yield self.world.timeout(template.launch_time)
        if self.state == "pending":
            self._run()
            if template.boot_time:
                yield self.world.timeout(template.boot_time)
        if self.state == "running":
            self.world.advance()
            self._answer()

    def health_check(self, within: float) -> Generator[Event, object, bool]:
        """Whether a check that arrives now gets a good answer `within` so many seconds. A SimPy process.

        It stands in line like any other request, so an overloaded instance fails it too, and ends with the answer
        or when the time is over. It costs no work.
        """
        self.world.serve()
        return (yield from self.server.check(within))

    def kill(self) -> None:
        """The machine is gone, with all requests on it (EC2 reports it as no longer running)."""
        self._end("killed", "is killed.", "✕")

    def terminate(self) -> None:
        """The machine is given back to the provider; what is still open on it is broken off."""
        self._end("terminated", "is terminated.", "○")

    def crash(self) -> None:
        """The application dies, the machine runs on: connections are refused."""
        self.world.advance()
        if self.server.alive:
            self.server.stop(self.world.now, refuses=True)
            self._enter("crashed")
            self._note("✕", "crashes: it refuses connections.")

    @checked(InvalidParameterValue)
    def fail(self, error_work: Annotated[float, Limit(0.0001, 3600, "s")] = 0.01) -> None:
        """Answer each request with an error after `error_work` seconds of work (at speed 1)."""
        self.world.advance()
        if self.server.alive:
            self.server.fail(self.world.now, error_work)
            self._enter("failing")
            self._note("✕", "answers with errors.")

    @checked(InvalidParameterValue)
    def slow_down(self, speed: Annotated[float, Limit(0.01, 100)]) -> None:
        """Work at `speed` (the template's is 1 by default) from now on."""
        if self.state != "terminated":
            self.world.advance()
            self.server.set_speed(self.world.now, speed)
            self.world.record.set(self.part, "Speed", self.world.now, speed)
            self._note("◔", f"{at_speed(speed)}.")

    def recover(self) -> None:
        """A crashed or failing application works again, with an empty line if it had crashed."""
        if self.application in ("crashed", "failing"):
            self.world.advance()
            if not self.server.alive:
                self.server.restart(self.world.now)
            self.server.error_work = None
            self._enter("answering")
            self._note("✓", "works again.")

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Serve a column of requests that come straight here; returns the first new row."""
        return serve(customers, [self.server], Alone, arrived, works, paths)

    def time_passed(self, now: float) -> bool:
        """Nothing waits outside the server's own line."""
        return False

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """Nobody here chooses by what is open."""

    def _run(self) -> None:
        self.world.advance()
        self.state = "running"
        self.server.refuses = True
        self._enter("booting", until=self.world.now + self.template.boot_time)

    def _answer(self) -> None:
        self.server.restart(self.world.now)
        self._enter("answering")

    def _end(self, state: str, sentence: str, glyph: str) -> None:
        if self.state == "terminated":
            return
        self.world.advance()
        self.state = "terminated"
        self.server.stop(self.world.now)
        self.world.record.parts[self.part].gone = float(self.world.now)
        self._enter(state)
        self._note(glyph, sentence)

    def _enter(self, state: str, until: float = float("inf")) -> None:
        self.application = state
        self.world.record.enter(self.world.now, self.part, "application", state, until)

    def _note(self, glyph: str, sentence: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, f"{self.name} {sentence}")
