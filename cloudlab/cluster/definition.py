"""What a task is made of: its containers, what they reserve, and how they behave when they run.

Read `ContainerDefinition` first. A task definition is a family; each change of it is a new revision, and a running
copy of one is a task (CT-5). What the cloud doesn't know of a program, and a model must (how long it starts, whether
it crashes), stands in the same place, below what the API has.

Numbers such as CT-6 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass, replace
from math import inf
from typing import Annotated

from cloudlab.cluster.errors import ClientException, InvalidParameterException
from cloudlab.kernel.limits import Limit, checked

MOST_CONTAINERS = 10
"""So many a task may have (CT-5)."""

FAMILY_LONGEST = 255
"""So many characters a family's name may have."""

KILLED, ASKED, FAILED = 137, 143, 1
"""Exit codes: ended by SIGKILL, as over the memory limit (CT-6); by SIGTERM (CT-7); by an error of its own."""


@dataclass(frozen=True)
class HealthCheck:
    """How a container is asked whether it is well (CT-8): times in s. Raises InvalidParameterException.

    The first answer counts; `retries` failures in a row make it unhealthy, those within `start_period` left out.
    """

    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0

    def __post_init__(self):
        _check_health(**vars(self))


@checked(InvalidParameterException)
def _check_health(
    *,
    interval: Annotated[int, Limit(5, 300, "s", label="Check every")],
    timeout: Annotated[int, Limit(2, 60, "s", label="Check timeout")],
    retries: Annotated[int, Limit(1, 10, "checks", label="Unhealthy after")],
    start_period: Annotated[int, Limit(0, 300, "s", label="Start period")],
) -> None:
    """The limits of a health check's values (CT-8)."""


@dataclass(frozen=True)
class ContainerDefinition:
    """One container of a task. Raises InvalidParameterException.

    `cpu` is a share in units, 1,024 for a vCPU; `memory` (MB) the limit over which it is killed, and
    `memory_reservation` (MB), where it is given, what is set aside for it in place of that (CT-6). The stop of an
    `essential` container stops its task; who is asked to stop has `stop_timeout` (s) until it is killed (CT-7).

    How the program behaves: it works on `slots` requests side by side, at `speed`; `start_time` (s) is what it needs
    until it answers; it takes up to `memory_used` (MB); it ends by itself `exits_after` seconds after it began to
    run, with `exit_code`; `answers_checks` is whether it answers its health check well.
    """

    name: str
    image: str
    cpu: int = 256
    memory: int = 512
    memory_reservation: int | None = None
    essential: bool = True
    stop_timeout: int = 30
    health_check: HealthCheck | None = None
    slots: int = 1
    speed: float = 1.0
    start_time: float = 5.0
    memory_used: int = 0
    exits_after: float = inf
    exit_code: int = FAILED
    answers_checks: bool = True

    def __post_init__(self):
        for name in ("name", "image"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip() or not value.isprintable():
                raise InvalidParameterException(f"{name} is {value!r:.60}, but must be a text.")
        if self.health_check is not None and not isinstance(self.health_check, HealthCheck):
            raise InvalidParameterException(
                f"health_check is {self.health_check!r:.60}, but must be a HealthCheck."
            )
        numbers = vars(self) | {
            "exits_after": min(self.exits_after, 1e9) if _number(self.exits_after) else self.exits_after
        }
        _check_container(
            **{
                name: value
                for name, value in numbers.items()
                if name not in ("name", "image", "health_check")
            }
        )
        if self.memory_reservation is not None and self.memory_reservation > self.memory:
            raise InvalidParameterException(
                f"memory_reservation is {self.memory_reservation} MB, but must be at most memory ({self.memory} MB)."
            )

    @property
    def reserved(self) -> int:
        """The memory (MB) that is set aside for it on a host (CT-6)."""
        return self.memory if self.memory_reservation is None else self.memory_reservation

    @property
    def ends(self) -> tuple[float, int]:
        """(how long it runs in s, its exit code): over its memory limit it is killed as soon as it answers (CT-6)."""
        return (0.0, KILLED) if self.memory_used > self.memory else (self.exits_after, self.exit_code)


def _number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@checked(InvalidParameterException)
def _check_container(
    *,
    cpu: Annotated[int, Limit(0, 262_144, "CPU units", label="CPU")],
    memory: Annotated[int, Limit(6, 1_048_576, "MB", label="Memory")],
    memory_reservation: Annotated[int | None, Limit(6, 1_048_576, "MB", label="Memory set aside")],
    essential: bool,
    stop_timeout: Annotated[int, Limit(0, 1200, "s", label="Stop timeout")],
    slots: Annotated[int, Limit(1, 256, "slots", label="Requests side by side")],
    speed: Annotated[float, Limit(0.01, 100, label="Speed")],
    start_time: Annotated[float, Limit(0, 3600, "s", label="Start time")],
    memory_used: Annotated[int, Limit(0, 10_485_760, "MB", label="Memory in use")],
    exits_after: Annotated[float, Limit(0, 1e9, "s", label="Ends after")],
    exit_code: Annotated[int, Limit(0, 255, label="Exit code")],
    answers_checks: bool,
) -> None:
    """The limits of a container's values."""


class TaskDefinition:
    """Up to ten containers that run together on one host: `family`, and which `revision` of it (CT-5).

    `pull_time` (s) is how long a host takes to fetch an image that it doesn't have yet (CT-2). Raises
    InvalidParameterException.
    """

    @checked(InvalidParameterException)
    def __init__(
        self,
        family: str,
        containers: tuple | list,
        *,
        revision: Annotated[int, Limit(1, 1_000_000, label="Revision")] = 1,
        pull_time: Annotated[float, Limit(0, 3600, "s", label="Time to pull")] = 10.0,
    ):
        allowed = isinstance(family, str) and family and len(family) <= FAMILY_LONGEST
        if not allowed or not all(letter.isalnum() or letter in "-_" for letter in family):
            rule = f"must be up to {FAMILY_LONGEST} letters, digits, hyphens and underscores"
            raise InvalidParameterException(f"family is {family!r:.60}, but {rule}.")
        if not containers or not all(isinstance(one, ContainerDefinition) for one in containers):
            raise InvalidParameterException(
                f"containers is {containers!r:.60}, but must be a list of one ContainerDefinition or more."
            )
        if len(containers) > MOST_CONTAINERS:
            rule = f"a task has at most {MOST_CONTAINERS}"
            raise InvalidParameterException(
                f"containers holds {len(containers)} containers, but {rule} (CT-5)."
            )
        names = [one.name for one in containers]
        if len(set(names)) < len(names):
            raise InvalidParameterException(
                f"containers holds a name twice ({', '.join(names):.80}), but each must be once."
            )
        if not any(one.essential for one in containers):
            raise ClientException(
                "containers holds no essential container, but a task needs one at least (CT-7)."
            )
        self.family, self.revision, self.pull_time = family, revision, pull_time
        self.containers = tuple(containers)

    @property
    def name(self) -> str:
        """As it is called: 'shop:3'."""
        return f"{self.family}:{self.revision}"

    @property
    def cpu(self) -> int:
        """What all its containers reserve, in CPU units."""
        return sum(one.cpu for one in self.containers)

    @property
    def memory(self) -> int:
        """What is set aside for all its containers (MB)."""
        return sum(one.reserved for one in self.containers)

    @property
    def images(self) -> tuple[str, ...]:
        """The images that a host needs for it, each once."""
        return tuple(dict.fromkeys(one.image for one in self.containers))

    @property
    def main(self) -> ContainerDefinition:
        """The first essential container: it answers requests."""
        return next(one for one in self.containers if one.essential)

    def end(self) -> tuple[float, int, str]:
        """(how long it runs in s, exit code, container) of the essential container that ends first (CT-7)."""
        ends = [(*one.ends, one.name) for one in self.containers if one.essential]
        return min(ends, key=lambda end: end[0])

    def revise(self, **changes) -> "TaskDefinition":
        """The next revision, in which the main container differs so. Raises InvalidParameterException."""
        known = [name for name in vars(self.main) if name != "name"]
        for name in changes:
            if name not in known:
                raise InvalidParameterException(
                    f"{name} is no part of a container: it must be one of {', '.join(known)}."
                )
        new = [replace(one, **changes) if one is self.main else one for one in self.containers]
        return TaskDefinition(self.family, new, revision=self.revision + 1, pull_time=self.pull_time)

    def __repr__(self) -> str:
        return f"TaskDefinition {self.name}: {self.cpu:,} CPU units, {self.memory:,} MB"
