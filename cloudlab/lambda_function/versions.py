"""Versions and aliases: what stands behind a name. Read `Versions.choose` first.

$LATEST is what was deployed last. A version keeps that for ever under a number, and an alias is a name for one, or for
two, of which the second gets a share of the calls: so that a new one can be tried on a few (FN-5).

Numbers such as FN-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from cloudlab.kernel.contracts import AnswerChange, Caller, Paths
from cloudlab.kernel.world import World
from cloudlab.lambda_function.errors import (
    InvalidParameterValueException,
    ResourceConflictException,
    ResourceNotFoundException,
)
from cloudlab.lambda_function.release import Release
from cloudlab.lambda_function.zipped import Code

LATEST = "$LATEST"


@dataclass(frozen=True)
class Settings:
    """What a release is made of. Sizes in MB, times in seconds; `init_seconds` is what the runtime alone takes."""

    code: Code | None
    handler: str
    runtime: str
    memory_size: int
    timeout: float
    architecture: str
    ephemeral_storage: int
    init_seconds: float


class Served(Protocol):
    """A function, as its aliases see it."""

    part: int

    @property
    def world(self) -> World:
        """The world that it is in."""

    def handled(self, choose: Callable, customers: Caller, arrived, works, paths: Paths) -> int:
        """Take a column of requests, each of which goes to the release that `choose()` gives."""


class Alias:
    """A name for a version of a function, with which customers can be wired as with the function itself."""

    idle_timeout = float("inf")

    def __init__(self, function: Served, name: str, versions: "Versions"):
        self.function, self.name, self.versions, self.part = function, name, versions, function.part

    @property
    def world(self):
        """The world that it is in."""
        return self.function.world

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Take a column of requests in order of time, and record each; returns the first new row."""
        return self.function.handled(
            lambda: self.versions.choose(self.name), customers, arrived, works, paths
        )

    def time_passed(self, now: float) -> bool:
        """Nothing waits here."""
        return False

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """No server works here."""


class Versions:
    """The releases of one function. `make(settings, qualifier)` makes one; `dice` shares calls out by weight."""

    def __init__(self, make: Callable[[Settings, str], Release], settings: Settings, dice: Random):
        self.make, self.settings, self.dice = make, settings, dice
        self.latest = make(settings, LATEST)
        self.published: list[Release] = []
        self.aliases: dict[str, list[tuple[float, str]]] = {}
        """Shares and the numbers of versions (or $LATEST) behind each alias, the usual one last."""

    def deploy(self, **changes) -> Release:
        """Another release stands behind $LATEST; returns the one before."""
        before = self.latest
        self.settings = replace(self.settings, **changes)
        self.latest = self.make(self.settings, LATEST)
        return before

    def publish(self) -> str:
        """Keep what stands behind $LATEST under the next number."""
        number = str(len(self.published) + 1)
        self.published.append(self.make(self.settings, number))
        return number

    def alias(self, function: Served, name: str, function_version: str, routing_config) -> Alias:
        """A new alias. Raises ResourceConflictException, ResourceNotFoundException, InvalidParameterValueException."""
        if not name or name in self.aliases or name == LATEST or name.isdigit():
            taken = (
                "is there already"
                if name in self.aliases
                else "must be a name that is no number and not $LATEST"
            )
            error = ResourceConflictException if name in self.aliases else InvalidParameterValueException
            raise error(f"name is {name!r:.60}, but {taken}.")
        self.aliases[name] = self._weighed(function_version, routing_config)
        return Alias(function, name, self)

    def update_alias(self, name: str, function_version: str, routing_config) -> None:
        """Another version, or other shares, behind an alias."""
        if name not in self.aliases:
            raise ResourceNotFoundException(f"name is {name!r:.60}, but there is no such alias.")
        self.aliases[name] = self._weighed(function_version, routing_config)

    def choose(self, qualifier: str = LATEST) -> Release:
        """The release for the next call."""
        if qualifier == LATEST:
            return self.latest
        ways = self.aliases.get(qualifier) or [(1.0, qualifier)]
        if len(ways) == 1:
            return self.one(ways[0][1])
        (share, other), (_, usual) = ways
        return self.one(other if self.dice.random() < share else usual)

    def one(self, qualifier: str) -> Release:
        """The release behind a number, an alias (its first version) or $LATEST. Raises ResourceNotFoundException."""
        if qualifier == LATEST:
            return self.latest
        if qualifier in self.aliases:
            return self.one(self.aliases[qualifier][-1][1])
        numbers = [str(place + 1) for place in range(len(self.published))]
        if qualifier in numbers:
            return self.published[numbers.index(qualifier)]
        known = ", ".join([LATEST, *numbers, *self.aliases])
        raise ResourceNotFoundException(f"qualifier is {qualifier!r:.60}, but must be one of {known}.")

    def _weighed(self, function_version: str, routing_config) -> list[tuple[float, str]]:
        """Shares and numbers of versions, the usual one last."""
        if function_version in self.aliases:
            rule = "must be the number of a version, or $LATEST"
            raise InvalidParameterValueException(f"function_version is {function_version!r:.60}, but {rule}.")
        self.one(function_version)
        usual = (1.0, function_version)
        if not routing_config:
            return [usual]
        rule = "must name one other version and its share from 0 to 1, such as {'2': 0.1}"
        if not isinstance(routing_config, dict) or len(routing_config) != 1:
            raise InvalidParameterValueException(f"routing_config is {routing_config!r:.60}, but {rule}.")
        ((other, share),) = routing_config.items()
        number = isinstance(share, (int, float)) and not isinstance(share, bool)
        if (
            not number
            or not isinstance(other, str)
            or other in self.aliases
            or not 0 <= share <= 1
            or other in (function_version, LATEST)
            or function_version == LATEST
        ):
            raise InvalidParameterValueException(f"routing_config is {routing_config!r:.60}, but {rule}.")
        self.one(other)
        return [(float(share), other), usual]


def check_code(settings: Settings) -> None:
    """Raise InvalidParameterValueException where the code can't be called in these settings."""
    module, _, name = settings.handler.rpartition(".")
    if not module or not name.isidentifier():
        rule = "must be a file and a function with a point between them, such as 'app.handler' (FN-2)"
        raise InvalidParameterValueException(f"handler is {settings.handler!r:.60}, but {rule}.")
    if settings.code is not None and not settings.runtime.startswith("python"):
        rule = "must be one of Python where there is code, since the laboratory really runs it"
        raise InvalidParameterValueException(f"runtime is {settings.runtime!r}, but {rule}.")
