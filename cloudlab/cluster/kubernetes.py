"""Kubernetes, for comparison: it filters the nodes, gives each a score, and takes the highest. Read `schedule` first.

It looks at what pods request, never at what they use now (CT-22): a node that idles can be full.

Numbers such as CT-22 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Annotated

from cloudlab.cluster.definition import KILLED
from cloudlab.cluster.errors import InvalidParameterException
from cloudlab.cluster.placement import Need, Placed, Space, checked_needs, checked_spaces, shortage
from cloudlab.kernel.limits import Limit, checked, takes

Score = Callable[[Need, Space], float]
"""How much a node is liked for a pod, from 0 to 100."""


def least_allocated(need: Need, node: Space) -> float:
    """The more is left over, the better: it spreads."""
    cpu, memory = _left(need, node)
    return 50 * (cpu + memory)


def most_allocated(need: Need, node: Space) -> float:
    """The less is left over, the better: it packs."""
    return 100 - least_allocated(need, node)


def balanced_allocation(need: Need, node: Space) -> float:
    """The more alike the shares of CPU and memory in use are, the better."""
    cpu, memory = _left(need, node)
    return 100 - 50 * abs(cpu - memory)


SCORES: dict[str, Score] = {
    "LeastAllocated": least_allocated,
    "MostAllocated": most_allocated,
    "BalancedAllocation": balanced_allocation,
}


@checked(InvalidParameterException)
def schedule(
    pods: Iterable[Need],
    nodes: Sequence[Space],
    *,
    score: Annotated[str, Limit(choices=tuple(SCORES), label="Score")] = "LeastAllocated",
    own_score: Score | None = None,
    taints: dict[str, tuple[str, ...]] | None = None,
    dice: Random | None = None,
) -> Placed:
    """Give each pod a node, one after the other: filter, then score, ties at random; none left: Pending (CT-22).

    `taints` names, for a node, the families that it keeps out all others but. `own_score` takes the place of `score`:
    a function of a pod and a node. Raises InvalidParameterException, also where it gives no number.
    """
    if own_score is not None and not takes(own_score, 2):
        raise InvalidParameterException(
            f"own_score is {own_score!r:.60}, but must be a function of a pod and a node."
        )
    pods, nodes = checked_needs(pods), checked_spaces(nodes)
    judge, dice, placed = own_score or SCORES[score], dice or Random(0), Placed()
    for pod in pods:
        fitting = [node for node in nodes if node.fits(pod)]
        found = [node for node in fitting if not taints or pod.family in taints.get(node.name, (pod.family,))]
        if not found:
            placed.waiting.append(shortage(pod, nodes, bool(fitting)))
            continue
        scores = [_number(judge(pod, node), pod, node) for node in found]
        best = [node for node, value in zip(found, scores, strict=True) if value == max(scores)]
        chosen = best[0] if len(best) == 1 else dice.choice(best)
        chosen.add(pod)
        placed.hosts[pod.name] = chosen.name
    return placed


@checked(InvalidParameterException)
def over_limits(
    *,
    cpu_used: Annotated[float, Limit(0, 1e6, "CPU units", label="CPU wanted")],
    cpu_limit: Annotated[float, Limit(1, 1e6, "CPU units", label="CPU limit")],
    memory_used: Annotated[float, Limit(0, 1e9, "MB", label="Memory in use")],
    memory_limit: Annotated[float, Limit(1, 1e9, "MB", label="Memory limit")],
) -> tuple[float, int | None]:
    """(speed, exit code) of a container: over its CPU limit it is slowed, over its memory limit killed (CT-23)."""
    if memory_used > memory_limit:
        return 0.0, KILLED
    return min(1.0, cpu_limit / cpu_used if cpu_used else 1.0), None


def _left(need: Need, node: Space) -> tuple[float, float]:
    """Shares of a node's CPU and memory that are left with this one on it."""
    cpu = (node.free_cpu - need.cpu) / node.cpu if node.cpu else 0.0
    return cpu, (node.free_memory - need.memory) / node.memory if node.memory else 0.0


def _number(value, pod: Need, node: Space) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise InvalidParameterException(
            f"own_score gave {value!r:.60} for {pod.name} on {node.name}, but must give a number."
        )
    return value
