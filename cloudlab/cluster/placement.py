"""Placement: which host gets the next container. Read `place` first, then `candidates` and `Strategy.sort_key`.

Three questions in this order (CT-10): which hosts have enough CPU and memory left; which of them the constraints allow;
which of those the strategies like best. CPU that is free is not enough: a host is full when either of the two is, and
that is why `bound` looks at both.

Numbers such as CT-10 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from random import Random
from typing import Annotated, NamedTuple

from cloudlab.cluster.errors import InvalidParameterException
from cloudlab.kernel.limits import Limit, checked, takes

MOST_STRATEGIES = 5
"""So many a service may have (CT-11)."""


class Need(NamedTuple):
    """What one container reserves: `cpu` in units, 1,024 for a vCPU (CT-6), `memory` (MB). `family` is its kind."""

    name: str
    cpu: int
    memory: int
    family: str = ""


@dataclass
class Space:
    """What a host has: `cpu` units and `memory` (MB), its zone, and the containers on it."""

    name: str
    cpu: int
    memory: int
    zone: str = "us-east-1a"
    holds: list[Need] = field(default_factory=list)
    free_cpu: int = -1
    free_memory: int = -1

    families: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        if not (_amount(self.cpu) and _amount(self.memory)):
            rule = "both must be numbers of at least 0"
            raise InvalidParameterException(
                f"{self.name} has {self.cpu!r:.40} CPU units and {self.memory!r:.40} MB, but {rule}."
            )
        self.free_cpu, self.free_memory = self.cpu, self.memory
        held, self.holds = self.holds, []
        for one in held:
            self.add(one)

    def fits(self, need: Need) -> bool:
        """Whether there is room for one more of this size."""
        return need.cpu <= self.free_cpu and need.memory <= self.free_memory

    def add(self, need: Need) -> None:
        """A container begins here."""
        self.holds.append(need)
        self.free_cpu -= need.cpu
        self.free_memory -= need.memory
        self.families[need.family] = self.families.get(need.family, 0) + 1

    def remove(self, need: Need) -> None:
        """A container is gone."""
        if need not in self.holds:
            raise InvalidParameterException(f"need is {need.name!r:.60}, but it is not on {self.name}.")
        self.holds.remove(need)
        self.free_cpu += need.cpu
        self.free_memory += need.memory
        self.families[need.family] -= 1

    def count(self, family: str) -> int:
        """How many of a kind are here."""
        return self.families.get(family, 0)


@dataclass(frozen=True)
class Strategy:
    """One of CT-11: `binpack` by 'cpu' or 'memory' (least left first), `spread` over hosts or zones, `random`."""

    type: str
    field: str = ""

    def sort_key(self, spaces: Sequence[Space], need: Need, dice: Random) -> Callable[[Space], float]:
        """The smaller, the better."""
        if self.type == "binpack":
            return (lambda one: one.free_cpu) if self.field == "cpu" else (lambda one: one.free_memory)
        if self.type == "random":
            return lambda one: dice.random()
        if self.field == "instanceId":
            return lambda one: one.count(need.family)
        zones: dict[str, int] = {}
        for one in spaces:
            zones[one.zone] = zones.get(one.zone, 0) + one.count(need.family)
        return lambda one: zones[one.zone]


ZONES = Strategy("spread", "attribute:ecs.availability-zone")
"""What a service does unless told otherwise (CT-11)."""

FIELDS = {
    "binpack": ("cpu", "memory"),
    "spread": ("instanceId", "host", "attribute:ecs.availability-zone"),
    "random": ("",),
}


@checked(InvalidParameterException)
def strategy(
    type: Annotated[str, Limit(choices=("binpack", "spread", "random"), label="Placement")],  # noqa: A002 - the API's name
    field: str = "",
) -> Strategy:
    """A strategy that has this type and field (CT-11). Raises InvalidParameterException."""
    if field not in FIELDS[type]:
        rule = (
            f"must be one of {', '.join(FIELDS[type])} for {type}" if type != "random" else "must be left out"
        )
        raise InvalidParameterException(f"field is {field!r:.60}, but {rule} (CT-11).")
    return Strategy(type, "instanceId" if field == "host" else field)


class Shortage(NamedTuple):
    """Why a container found no host: by how much the best one was short of CPU units and MB, and what forbade it."""

    need: Need
    cpu: int
    memory: int
    constrained: bool

    def __str__(self) -> str:
        if self.constrained:
            return f"{self.need.name} found no host: those with room are ruled out by its constraints."
        short = [f"{self.cpu:,} CPU units"] if self.cpu > 0 else []
        short += [f"{self.memory:,} MB of memory"] if self.memory > 0 else []
        told = " and ".join(short) or "room in one and the same host"
        return f"{self.need.name} found no host: the nearest one is short of {told}."


@dataclass
class Placed:
    """What came of a placement: `hosts` by container, and `waiting`, those that found none."""

    hosts: dict[str, str] = field(default_factory=dict)
    waiting: list[Shortage] = field(default_factory=list)

    @property
    def used(self) -> int:
        """How many hosts have something to do."""
        return len(set(self.hosts.values()))


Rule = Callable[[Need, list[Space]], object]
"""A rule of one's own: of the hosts that have room, the one that gets the container (or its place in the list)."""


@checked(InvalidParameterException)
def place(
    needs: Iterable[Need],
    spaces: Sequence[Space],
    *,
    strategies: Sequence[Strategy] = (),
    distinct: bool = False,
    allowed: Callable[[Space], bool] | None = None,
    rule: Rule | None = None,
    dice: Random | None = None,
) -> Placed:
    """Give each container a host, one after the other; what finds none waits (CT-10).

    `distinct` is the constraint `distinctInstance`, `allowed` stands for `memberOf` (CT-12). A `rule` of one's own
    takes the place of strategies. Raises InvalidParameterException for what is no need or no host, before anything
    is placed, and for a rule that chooses what it can't.
    """
    if len(strategies) > MOST_STRATEGIES:
        raise InvalidParameterException(
            f"strategies are {len(strategies)}, but at most {MOST_STRATEGIES} (CT-11)."
        )
    if not all(isinstance(one, Strategy) for one in strategies):
        raise InvalidParameterException(
            f"strategies are {strategies!r:.60}, but must be a list of what strategy() gives."
        )
    if rule is not None and not takes(rule, 2):
        raise InvalidParameterException(
            f"rule is {rule!r:.60}, but must be a function of a need and a list of hosts."
        )
    needs, spaces = checked_needs(needs), checked_spaces(spaces)
    dice, placed = dice or Random(0), Placed()
    for need in needs:
        fitting = [one for one in spaces if one.fits(need)]
        found = candidates(need, fitting, distinct, allowed)
        if not found:
            placed.waiting.append(shortage(need, spaces, bool(fitting)))
            continue
        host = chosen(rule, need, found) if rule is not None else best(need, found, spaces, strategies, dice)
        host.add(need)
        placed.hosts[need.name] = host.name
    return placed


def candidates(
    need: Need, fitting: list[Space], distinct: bool, allowed: Callable[[Space], bool] | None
) -> list[Space]:
    """Of the hosts that have room, those that the constraints allow (CT-12)."""
    found = [one for one in fitting if not one.count(need.family)] if distinct else fitting
    return found if allowed is None else [one for one in found if allowed(one)]


def best(
    need: Need, found: list[Space], spaces: Sequence[Space], strategies: Sequence[Strategy], dice: Random
) -> Space:
    """The host that the strategies like best, the first one deciding; of equal ones the first (CT-11)."""
    for one in strategies:
        if len(found) == 1:
            break
        key = one.sort_key(spaces, need, dice)
        ranked = [(key(space), space) for space in found]
        least = min(value for value, _ in ranked)
        found = [space for value, space in ranked if value == least]
    return found[0]


def chosen(rule: Rule, need: Need, found: list[Space]) -> Space:
    """What a rule of one's own chooses among the hosts that have room."""
    answer = rule(need, list(found))
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(found):
        return found[answer]
    if any(answer is one for one in found):
        return answer  # type: ignore[return-value]
    names = ", ".join(one.name for one in found)
    rule_ = f"must choose one of the hosts that have room, or its place: {names:.120}"
    raise InvalidParameterException(f"rule gave {answer!r:.60} for {need.name}, but {rule_}.")


def shortage(need: Need, spaces: Sequence[Space], constrained: bool) -> Shortage:
    """By how much the nearest host is short of what a container needs."""
    gaps = [(max(0, need.cpu - one.free_cpu), max(0, need.memory - one.free_memory)) for one in spaces]
    cpu, memory = min(
        gaps,
        key=lambda gap: gap[0] / max(1, need.cpu) + gap[1] / max(1, need.memory),
        default=(need.cpu, need.memory),
    )
    return Shortage(need, cpu, memory, constrained)


@checked(InvalidParameterException)
def bound(
    needs: list,
    cpu: Annotated[int, Limit(1, 10_000_000, "CPU units", label="CPU of a host")],
    memory: Annotated[int, Limit(1, 100_000_000, "MB", label="Memory of a host")],
) -> int:
    """So many hosts of one size are needed at least: the larger of the two bounds by CPU and by memory.

    Each is the bound L2 of Martello and Toth (Knapsack Problems, 1990, section 8.3), which also sees that two large
    ones never share a host.
    """
    for one in checked_needs(needs):
        if one.cpu > cpu or one.memory > memory:
            rule = f"a host has {cpu:,} CPU units and {memory:,} MB, and none of them is enough"
            raise InvalidParameterException(
                f"{one.name} needs {one.cpu:,} CPU units and {one.memory:,} MB, but {rule}."
            )
    return max(_l2([one.cpu for one in needs], cpu), _l2([one.memory for one in needs], memory))


def checked_needs(needs: Iterable[Need]) -> list[Need]:
    """The needs as a list. Raises InvalidParameterException for what is none, before anything is placed."""
    found = _listed(needs)
    for one in found:
        if not isinstance(one, Need) or not (_amount(one.cpu) and _amount(one.memory)):
            rule = "must be a Need, whose CPU units and MB are numbers of at least 0"
            raise InvalidParameterException(f"need is {one!r:.80}, but {rule}.")
    return found


def checked_spaces(spaces: Iterable[Space]) -> list[Space]:
    """The hosts as a list. Raises InvalidParameterException for what is none."""
    found = _listed(spaces)
    for one in found:
        if not isinstance(one, Space):
            raise InvalidParameterException(f"host is {one!r:.80}, but must be a Space.")
    return found


def _listed(things: Iterable) -> list:
    """What can be gone through as a list; what can't (an array of no dimension), as a list of itself."""
    try:
        return list(things)
    except TypeError:
        return [things]


def _amount(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < inf


def _l2(sizes: list[int], room: int) -> int:
    """For each k: those above room − k are alone; those of more than half stand one a host; the rest fills up."""
    best_ = ceil(sum(sizes) / room) if sizes else 0
    for k in sorted({size for size in sizes if size <= room // 2} | {0}):
        alone = [size for size in sizes if size > room - k]
        large = [size for size in sizes if room / 2 < size <= room - k]
        small = [size for size in sizes if k <= size <= room / 2]
        left = len(large) * room - sum(large)
        more = max(0, ceil((sum(small) - left) / room))
        best_ = max(best_, len(alone) + len(large) + more)
    return best_
