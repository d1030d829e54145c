"""What a check of each exercise takes: its worked solution, judged as at a learner's desk.

The solutions are the ones that `q.solution()` shows; each leaves its answer under the name `answer`.
"""

import time
from statistics import median

from benchmarks.table import Report, goal, table
from cloudlab.exercises import exercise
from cloudlab.judge.question import exercises

MOST = 3.0
"""The goal: CPU seconds of the slowest check."""


def report(rounds: int = 3, names: list[str] | None = None) -> Report:
    """Check each exercise so many times."""
    found = {name: measure(name, rounds) for name in names or exercises()}
    rows = [[name, code, f"{seconds:.2f}"] for name, (seconds, code) in found.items()]
    text = f"20 seeds each, median of {rounds}\n\n{table(['exercise', 'verdict', 'CPU s'], rows)}"
    slowest = max(found, key=lambda name: found[name][0])
    label = f"a check of an exercise, the slowest ({slowest})"
    return Report(text, [goal(label, found[slowest][0], "{:.2f} CPU s", at_most=MOST)])


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
