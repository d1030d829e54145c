"""The command: `python -m benchmarks [--quick] [names…]`."""

import argparse
import sys

from benchmarks import (
    autograde,
    browser,
    chains,
    checks,
    first,
    functions,
    grading,
    growth,
    learner,
    messages,
    placement,
    scaling_day,
    shop,
    sidebyside,
    stage,
    users,
    views,
)
from benchmarks.table import GOALS, Report, machine, table, versions


def requests(quick: bool) -> Report:
    """Requests per CPU second, side by side on W1 and W2."""
    return sidebyside.report(10_000 if quick else 200_000)


def memory(quick: bool) -> Report:
    """Time and memory from 10⁵ to 10⁷ requests."""
    return growth.report((10_000, 100_000)) if quick else growth.report()


def waiting(quick: bool) -> Report:
    """A run, a day, and the imports."""
    return learner.report(3, 0.02) if quick else learner.report()


def picture(quick: bool) -> Report:
    """From a key press to the new picture in the browser."""
    return browser.report(5) if quick else browser.report()


def beginning(quick: bool) -> Report:
    """The first stage, from a cold kernel."""
    return first.report(1) if quick else first.report()


def scenes(quick: bool) -> Report:
    """The stage: a run on its way to the browser, frames, memory."""
    return stage.report(5, 2, 2) if quick else stage.report()


def looking(quick: bool) -> Report:
    """Views of a run of a million requests, beside its model."""
    return views.report(100_000, 1) if quick else views.report()


def judging(quick: bool) -> Report:
    """A check of each exercise."""
    return checks.report(1 if quick else 3)


def tracking(quick: bool) -> Report:
    """Requests per CPU second, side by side on W4."""
    return scaling_day.report(0.02, 1) if quick else scaling_day.report()


def letters(quick: bool) -> Report:
    """Messages per CPU second, beside textbook SimPy."""
    return messages.report(3000, 1, 9000) if quick else messages.report()


def calling(quick: bool) -> Report:
    """Calls per CPU second, beside textbook SimPy."""
    return chains.report(500, 1, 2000) if quick else chains.report()


def invoking(quick: bool) -> Report:
    """Invocations per CPU second, beside textbook SimPy and SimFaaS."""
    return functions.report(3000, 1, 9000) if quick else functions.report()


def opening(quick: bool) -> Report:
    """A day of the whole shop, beside textbook SimPy."""
    return shop.report(3000, 1) if quick else shop.report()


def placing(quick: bool) -> Report:
    """Containers placed a CPU second, beside a bare loop and textbook SimPy."""
    return placement.report(300, 1) if quick else placement.report()


def classes(quick: bool) -> Report:
    """A class that is graded: seconds, what is not the check itself, memory; and beside nbgrader's autograde."""
    own = grading.report(6, 1, 6) if quick else grading.report()
    beside = autograde.report(14) if quick else autograde.report()
    return Report(f"{own.text}\n\n{beside.text}", [*own.goals, *beside.goals])


def labs(quick: bool) -> Report:
    """A learner's lab: memory of JupyterLab, of a kernel, and of one that has run a lesson."""
    return users.report(("01_autoscaling_limits.ipynb",)) if quick else users.report()


MEASURES = {
    "first": beginning,
    "picture": picture,
    "stage": scenes,
    "waiting": waiting,
    "checks": judging,
    "growth": memory,
    "views": looking,
    "requests": requests,
    "day": tracking,
    "messages": letters,
    "chains": calling,
    "functions": invoking,
    "shop": opening,
    "placement": placing,
    "grading": classes,
    "users": labs,
}


def main(arguments: list[str]) -> None:
    """Run the named measures, or all, print each as soon as it is there, and the goals of all at the end."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure cloudlab beside others."
    )
    parser.add_argument("names", nargs="*", help=f"what to measure: {', '.join(MEASURES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small sizes: a first look, no judgement")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in MEASURES:
            parser.error(f"names has {name!r}, but each must be one of {', '.join(MEASURES)}.")
    print(f"{machine()}; {versions()}", flush=True)
    goals = []
    for name in options.names or MEASURES:
        report = MEASURES[name](options.quick)
        print(f"\n### {name}\n\n{report.text}", flush=True)
        goals += report.goals
    notes = f"\n\n{' '.join(sidebyside.missing())}" if "requests" in (options.names or MEASURES) else ""
    print(f"\n### goals\n\n{table(GOALS, goals)}\n\n{machine()}; {versions()}.{notes}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
