"""A design: components, and arrows that say who calls whom.

Read `Component`, `Arrow` and `Design`: they are plain data. The same design is put together in two ways, as a
`Monolith` or as `Microservices`; what an arrow says of the network counts for the second only.

A component does its own work first, and then follows its arrows in order. While it waits for an answer it keeps its
slot. Where something that it needs does not work, it answers with an error.
"""

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked

DEFAULT = "default"
"""The fallback that is a ready-made answer."""


@dataclass(frozen=True)
class Component:
    """A part of the application: so much work a call, so many calls side by side.

    `work` is the mean (s at speed 1); each of `instances` has `slots`. `availability` is the share of time in which
    one instance of it works. The first component of a design gets its work from the orders themselves, so it has None.
    """

    name: str
    work: float | None = None
    slots: int = 4
    instances: int = 1
    availability: float = 1.0

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.isprintable() or not self.name:
            raise InvalidParameter(f"name is {self.name!r:.60}, but must be a text that can be printed.")
        if self.name == DEFAULT:
            raise InvalidParameter(f"name is {DEFAULT!r}, but that means a ready-made answer.")
        _check_component(**{name: value for name, value in vars(self).items() if name != "name"})


@checked()
def _check_component(
    *,
    work: Annotated[float | None, Limit(0.0001, 3600, "s", label="Work per call")],
    slots: Annotated[int, Limit(1, 256, "slots", label="Calls side by side")],
    instances: Annotated[int, Limit(1, 100, "instances", label="Instances")],
    availability: Annotated[float, Limit(0, 1, label="Availability")],
) -> None:
    """The limits of a component's values."""


@dataclass(frozen=True)
class Arrow:
    """Who calls whom: `caller` calls `callee`, and waits for the answer.

    Unless it is `asynchronous`: then the caller only leaves a message, and the callee works on it when it can.

    Arrows that stand one after another and are `side_by_side` are followed at once; the caller waits for all of
    them. One that is not answered within `timeout` seconds counts as failed, though the callee works on. What failed
    is tried again, up to `max_attempts` times in all, after `backoff` seconds, which double with each further
    attempt; `jitter` is the share of that wait that is left to chance, so that not all callers come back at once.
    After `breaker_failures` failures in a row the circuit breaker opens: for `breaker_reset` seconds no call is made,
    then one is tried. When all is in vain, the caller asks the component `fallback`, or goes on with a ready-made
    answer where that is 'default', or else fails too.
    """

    caller: str
    callee: str
    side_by_side: bool = False
    asynchronous: bool = False
    timeout: float | None = None
    max_attempts: int = 1
    backoff: float = 0.1
    jitter: float = 1.0
    breaker_failures: int | None = None
    breaker_reset: float = 10.0
    fallback: str | None = None

    def __post_init__(self):
        _check_arrow(**vars(self))
        if self.asynchronous and (self.fallback is not None or self.timeout is not None):
            raise InvalidParameter(
                f"asynchronous is True for {self}, but nobody waits there: leave out timeout and fallback."
            )

    def __str__(self) -> str:
        return f"{self.caller} → {self.callee}"


@checked()
def _check_arrow(
    *,
    caller: str,
    callee: str,
    side_by_side: bool,
    asynchronous: bool,
    timeout: Annotated[float | None, Limit(0.001, 3600, "s", label="Time limit")],
    max_attempts: Annotated[int, Limit(1, 10, "attempts", label="Attempts")],
    backoff: Annotated[float, Limit(0.001, 3600, "s", label="Wait before a retry")],
    jitter: Annotated[float, Limit(0, 1, label="Share of the wait by chance")],
    breaker_failures: Annotated[int | None, Limit(1, 1000, "failures", label="Breaker opens after")],
    breaker_reset: Annotated[float, Limit(0.001, 3600, "s", label="Breaker stays open for")],
    fallback: str | None,
) -> None:
    """The limits of an arrow's values."""


@dataclass(frozen=True)
class Design:
    """Components and arrows. Orders come to the first component, which nobody else calls.

    Raises InvalidParameter: names stand for one component each, all are called by somebody, and no way along the
    arrows comes back to where it was.
    """

    components: tuple[Component, ...] | list[Component]
    arrows: tuple[Arrow, ...] | list[Arrow] = ()

    def __post_init__(self):
        for name, kind in (("components", Component), ("arrows", Arrow)):
            given = getattr(self, name)
            if not isinstance(given, (tuple, list)) or not all(isinstance(one, kind) for one in given):
                raise InvalidParameter(
                    f"{name} is {given!r:.60}, but must be a tuple of {kind.__name__} objects."
                )
            object.__setattr__(self, name, tuple(given))
        self._check_components()
        self._check_arrows()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all components, the first one first."""
        return tuple(component.name for component in self.components)

    def component(self, name: str) -> Component:
        """The component with this name. Raises InvalidParameter where there is none."""
        for component in self.components:
            if component.name == name:
                return component
        raise InvalidParameter(f"name is {name!r:.60}, but must be one of {', '.join(self.names)}.")

    def arrows_from(self, name: str) -> tuple[Arrow, ...]:
        """The arrows along which this component calls others, in order."""
        return tuple(arrow for arrow in self.arrows if arrow.caller == name)

    def reached(self, name: str) -> tuple[str, ...]:
        """Who is called by this component, be it as a fallback."""
        arrows = self.arrows_from(name)
        instead = [arrow.fallback for arrow in arrows if arrow.fallback not in (None, DEFAULT)]
        return tuple(dict.fromkeys([*(arrow.callee for arrow in arrows), *instead]))

    def _check_components(self) -> None:
        names = self.names
        if not names:
            raise InvalidParameter("components is empty, but must hold one at least.")
        if double := next((name for name in names if names.count(name) > 1), None):
            raise InvalidParameter(f"components holds {double!r:.60} twice, but each must have its own name.")
        first, *others = self.components
        if first.work is not None:
            raise InvalidParameter(
                f"work of {first.name} is {first.work:g} s, but must be left out: the orders bring it."
            )
        if idle := next((one.name for one in others if one.work is None), None):
            raise InvalidParameter(f"work of {idle} is None, but must be a number between 0.0001 and 3600 s.")

    def _check_arrows(self) -> None:
        names, pairs = self.names, [(arrow.caller, arrow.callee) for arrow in self.arrows]
        for arrow in self.arrows:
            for role, name in (
                ("caller", arrow.caller),
                ("callee", arrow.callee),
                ("fallback", arrow.fallback),
            ):
                known = name in names or (role == "fallback" and name in (None, DEFAULT))
                if not known:
                    raise InvalidParameter(f"{role} is {name!r:.60}, but must be one of {', '.join(names)}.")
            if pairs.count((arrow.caller, arrow.callee)) > 1:
                raise InvalidParameter(f"arrows holds {arrow} twice, but must hold it once.")
            if arrow.fallback == arrow.callee:
                raise InvalidParameter(
                    f"fallback of {arrow} is {arrow.callee}, but must be another component."
                )
        ways = {name: self.reached(name) for name in names}
        try:
            tuple(TopologicalSorter(ways).static_order())
        except CycleError as error:
            circle = " → ".join(reversed(error.args[1]))
            raise InvalidParameter(
                f"arrows hold the circle {circle}, but no way may come back to where it was."
            ) from None
        called = {name for each in ways.values() for name in each}
        if names[0] in called:
            raise InvalidParameter(
                f"callee is {names[0]}, but nobody may call the first component: orders come to it."
            )
        if alone := next((name for name in names[1:] if name not in called), None):
            raise InvalidParameter(f"components holds {alone}, but no arrow leads to it.")
