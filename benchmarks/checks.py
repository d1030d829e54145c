"""What a check of each exercise takes: its worked solution, judged as at a learner's desk.

The solutions are the ones that `q.solution()` shows; each leaves its answer under the name `answer`. A check is
compared with so many requests in SimPy, a process each, as textbooks do it: what a learner could try by hand.
"""

import time
from statistics import median

from benchmarks import simpy_models
from benchmarks.table import Report, goal, table
from benchmarks.workloads import WORKLOADS, dice
from cloudlab.exercises import exercise
from cloudlab.judge.question import exercises

REQUESTS, MOST = 250_000, 1.0
"""The goal: the slowest check takes at most as long as so many requests of W1 in SimPy, a process each."""


def report(rounds: int = 3, names: list[str] | None = None) -> Report:
    """Check each exercise so many times."""
    found = {name: measure(name, rounds) for name in names or exercises()}
    plain = median(textbook() for _ in range(rounds))
    rows = [[name, code, f"{seconds:.2f}"] for name, (seconds, code) in found.items()]
    text = (
        f"20 seeds each, median of {rounds}; {REQUESTS:,} requests of W1 in SimPy, a process each, take {plain:.2f} "
        f"CPU s\n\n{table(['exercise', 'verdict', 'CPU s'], rows)}"
    )
    slowest = max(found, key=lambda name: found[name][0])
    seconds = found[slowest][0]
    label = f"the slowest check of an exercise ({slowest}) / {REQUESTS:,} requests in SimPy"
    return Report(text, [goal(label, seconds / plain, f"{{:.2f}} ({seconds:.2f} CPU s)", at_most=MOST)])


def textbook() -> float:
    """CPU seconds of `REQUESTS` requests of W1 in SimPy: a tenth of them, times ten."""
    start = time.process_time()
    simpy_models.idiomatic(WORKLOADS[0], REQUESTS // 10, dice(WORKLOADS[0], 1))
    return 10 * (time.process_time() - start)


def measure(name: str, rounds: int) -> tuple[float, str]:
    """(median CPU seconds, code) of checks of the worked solution of exercise `name`."""
    question, seconds = exercise(name), []
    space = {"q": question}
    exec(str(question.solution()), space)
    for _ in range(rounds):
        start = time.process_time()
        result = question.check(space["answer"])
        seconds.append(time.process_time() - start)
    return median(seconds), result.code
