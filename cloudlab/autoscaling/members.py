"""The instances of a group: what each is to the group, where the next one goes, and which one has to go.

Read `surplus` first: it is the provider's Default termination policy.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from random import Random

from cloudlab.ec2 import Instance

SERVING, STARTING, ENDING, ENDED = "InService", "Pending", "Terminating", "Terminated"
"""The states of an instance's life in its group that the model knows (AS-9)."""


@dataclass
class Member:
    """An instance in the group: its state, since when it serves (s), and its template's version.

    `unhealthy` says why somebody called it so, or nothing.
    """

    instance: Instance
    version: int
    protected: bool
    state: str = STARTING
    in_service_at: float = inf
    unhealthy: str = ""


def holding(members: Iterable[Member]) -> list[Member]:
    """Those that count as capacity: on their way in, or in service (AS-16)."""
    return [member for member in members if member.state in (STARTING, SERVING)]


def zone_for_next(held: Sequence[Member], zones: Sequence[str]) -> str:
    """The zone that has the fewest instances, the first of several (AS-3)."""
    taken = [member.instance.availability_zone for member in held]
    return min(zones, key=taken.count)


def surplus(held: Sequence[Member], now: float, dice: Random) -> Member | None:
    """Which member to end: the fullest zone first (AS-38), then the Default policy (AS-39).

    Oldest version of the template, closest to the next full hour, then dice. Protected ones stay, so it
    may be none.
    """
    free = [member for member in held if not member.protected]
    if not free:
        return None
    zones = [member.instance.availability_zone for member in held]
    fullest = max(zones.count(member.instance.availability_zone) for member in free)
    free = [member for member in free if zones.count(member.instance.availability_zone) == fullest]
    order = [(member.version, -((now - member.instance.born) % 3600)) for member in free]
    return dice.choice([member for member, rank in zip(free, order, strict=True) if rank == min(order)])
