"""Deployments: how many tasks there may be while a new revision replaces an old one, and when that has failed.

Read `room` first: two whole numbers decide all of it.

Numbers such as CT-13 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Annotated

from cloudlab.cluster.definition import TaskDefinition
from cloudlab.cluster.errors import InvalidParameterException
from cloudlab.kernel.limits import Limit, checked

FEWEST, MOST = 3, 200
"""A deployment fails after so many failed tasks at least, and at most (CT-14)."""

Desired = Annotated[int, Limit(0, 5000, "tasks", label="Desired")]


@checked(InvalidParameterException)
def room(
    desired_count: Desired,
    *,
    minimum_healthy_percent: Annotated[int, Limit(0, 100, "%", label="Minimum healthy")] = 100,
    maximum_percent: Annotated[int, Limit(100, 400, "%", label="Maximum")] = 200,
) -> tuple[int, int]:
    """(at least so many healthy, at most so many in all) during a deployment: up and down to whole tasks (CT-13)."""
    lower = ceil(desired_count * minimum_healthy_percent / 100)
    return lower, floor(desired_count * maximum_percent / 100)


@checked(InvalidParameterException)
def failure_threshold(desired_count: Desired) -> int:
    """After so many failed tasks a deployment has failed: half of the desired, but 3 to 200 (CT-14)."""
    return max(FEWEST, min(MOST, ceil(0.5 * desired_count)))


def back_off(first: float = 10.0, most: float = 300.0) -> Iterator[float]:
    """How long to wait before the next start of what crashes, each time (s): doubled, up to a limit (CT-24)."""
    wait = first
    while True:
        yield wait
        wait = min(most, 2 * wait)


def waited(failures: int) -> float:
    """How long to wait after so many failures in a row (s)."""
    waits = back_off()
    return [next(waits) for _ in range(failures)][-1] if failures else 0.0


@dataclass
class Deployment:
    """One rollout of a task definition: its state, and how many tasks of it have failed since one was healthy."""

    definition: TaskDefinition
    begun: float
    state: str = "IN_PROGRESS"
    failed: int = 0
    ended: float = field(default=float("inf"))
