"""Requests per CPU second of cloudlab and the others on W1 and W2, taking turns in one process.

The implementations run one after the other, and that three times; a ratio is the median of the three
rounds' ratios, so that a machine that gets slower in the middle changes little. The slow peers get
fewer requests: the rate doesn't depend on their number.
"""

import gc
import importlib.util
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from benchmarks import cloudlab_models, peers, simpy_models
from benchmarks.table import Report, earlier, goal, table
from benchmarks.workloads import WORKLOADS, Run, Workload, dice

OURS, BASE, LIMIT = "cloudlab", "SimPy, a process per request", "plain recursion, no events"
CIW, HAPPYSIM = "Ciw", "happysim"
GOALS = {"W1": 10.0, "W2 round robin": 10.0, "W2 least outstanding": 6.0}
OTHER_GOALS = {CIW: 16.0, HAPPYSIM: 40.0, LIMIT: 0.4}
EARLIER = {
    HAPPYSIM: {"W1": 57.56, "W2 round robin": 82.18, "W2 least outstanding": 47.88},
    CIW: {"W1": 19.67, "W2 round robin": 68.54, "W2 least outstanding": 37.16},
}
"""Ratios to peers in an earlier run (CPython 3.13.0, happysim 0.2.5, ciw 3.2.7), for where one can't run."""


@dataclass
class Contender:
    """An implementation with its share of the requests, and what it did: CPU seconds and runs, by round."""

    run: object
    share: float = 1.0
    seconds: list[float] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def rates(self) -> list[float]:
        """Requests per CPU second in each round."""
        return [run.requests / seconds for run, seconds in zip(self.runs, self.seconds, strict=True)]

    def mean_wait(self) -> float:
        """Mean wait (s) over all rounds."""
        return sum(run.mean_wait for run in self.runs) / len(self.runs)


def contenders() -> dict[str, Contender]:
    """Everything that can run here, by name."""
    found = {
        OURS: Contender(cloudlab_models.run),
        "cloudlab, callers try again": Contender(partial(cloudlab_models.run, max_attempts=3)),
        BASE: Contender(simpy_models.idiomatic),
        "SimPy, timeouts with callbacks": Contender(simpy_models.callbacks),
        LIMIT: Contender(simpy_models.recursion),
    }
    for name, (module, run) in PEERS.items():
        if importlib.util.find_spec(module):
            found[name] = Contender(run, share=0.2)
    return found


PEERS = {CIW: ("ciw", peers.ciw), HAPPYSIM: ("happysimulator", peers.happysim)}


def missing() -> list[str]:
    """A sentence for each peer that can't run here."""
    sentences = []
    for name, (module, _) in PEERS.items():
        if not importlib.util.find_spec(module):
            old = name == HAPPYSIM and sys.version_info < (3, 13)
            cure = "it needs Python 3.13" if old else "install the `benchmarks` extra"
            sentences.append(
                f"{name} did not run, because it is not installed: {cure}. Its rows show the figures of an earlier run."
            )
    return sentences


def measure(workload: Workload, count: int, rounds: int = 3) -> dict[str, Contender]:
    """Let everybody simulate `count` requests (the slow ones fewer) `rounds` times, taking turns."""
    racers = contenders()
    gc.freeze()  # what is loaded already is no garbage of theirs: nobody looks through it again
    try:
        for number in range(rounds):
            for contender in racers.values():
                gc.collect()
                start = time.process_time()
                result = contender.run(workload, int(count * contender.share), dice(workload, number + 1))
                contender.seconds.append(time.process_time() - start)
                contender.runs.append(result)
    finally:
        gc.unfreeze()
    return racers


def ratio(one: Contender, other: Contender) -> float:
    """How many times as many requests a second `one` does, median over the rounds."""
    return median(a / b for a, b in zip(one.rates(), other.rates(), strict=True))


def report(count: int, rounds: int = 3) -> Report:
    """Measure all workloads and give a table for each."""
    parts, goals = [], []
    for workload in WORKLOADS:
        results = measure(workload, count, rounds)
        parts.append(f"**{workload.name}**: {workload.title}, load 0.8, expected wait {workload.mean_wait} s")
        rows = [
            [
                name,
                f"{median(contender.rates()):,.0f}",
                f"{ratio(contender, results[BASE]):.2f}",
                f"{contender.mean_wait():.3f}",
                f"{contender.runs[0].requests:,}",
            ]
            for name, contender in results.items()
        ]
        parts.append(table(["", "requests per CPU s", "× SimPy", "mean wait, s", "requests"], rows))
        goals += _goals(workload, results)
    return Report("\n\n".join([*parts, *missing()]), goals)


def _goals(workload: Workload, results: dict[str, Contender]) -> list[list[str]]:
    rows = []
    for name, least in ({BASE: GOALS[workload.name]} | OTHER_GOALS).items():
        label = f"{workload.name}: cloudlab / {name}"
        if name in results:
            rows.append(goal(label, ratio(results[OURS], results[name]), "{:.2f}", at_least=least))
        else:
            rows.append(earlier(label, EARLIER[name][workload.name], at_least=least))
    return rows
