"""What is simulated: W1 and W2, and the dice that all implementations share.

W1 is one machine with four slots and one line (M/M/4). W2 is a balancer in front of ten machines with a
line each, once round robin, once least outstanding requests. The load is 0.8 everywhere, a request
is one second of work on average, and gaps and work are exponential.

An implementation is a function `run(workload, count, draws) -> Run`. All of them take the gap to the
next request and its work from `draws`, in order of arrival, so that the same draws must give the same
mean wait.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

LOAD = 0.8


@dataclass(frozen=True)
class Workload:
    """`servers` machines with `slots` each; `method` is how a balancer chooses among several.

    `mean_wait` is the wait (s) to expect: Erlang C for W1, E10/M/1 for round robin, and a simulation
    of 20 million requests for least outstanding.
    """

    name: str
    title: str
    servers: int
    slots: int
    method: str
    mean_wait: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return LOAD * self.servers * self.slots


WORKLOADS = (
    Workload("W1", "one machine with 4 slots", 1, 4, "", 0.7455),
    Workload("W2 round robin", "balancer, 10 machines", 10, 1, "round_robin", 1.9223),
    Workload("W2 least outstanding", "balancer, 10 machines", 10, 1, "least_outstanding_requests", 0.3549),
)


@dataclass(frozen=True)
class Draws:
    """`gap()` and `work()` give the next request's seconds after the last one, and its seconds of work.

    `gaps` and `works` are the columns when both are known beforehand, else empty. A simulator that rolls
    its own dice starts them from `seed`.
    """

    gap: Callable[[], float]
    work: Callable[[], float]
    gaps: tuple[float, ...] = ()
    works: tuple[float, ...] = ()
    seed: int = 1


@dataclass(frozen=True)
class Run:
    """What one run counted: requests, and their mean wait in line (s)."""

    requests: int
    mean_wait: float


def dice(workload: Workload, seed: int) -> Draws:
    """Exponential gaps and works from `seed`."""
    gap = partial(Random(f"{seed} gaps").expovariate, workload.rate)
    return Draws(gap, partial(Random(f"{seed} works").expovariate, 1.0), seed=seed)


def given(gaps, works) -> Draws:
    """The same gaps and works for everybody."""
    return Draws(iter(gaps).__next__, iter(works).__next__, tuple(gaps), tuple(works))
