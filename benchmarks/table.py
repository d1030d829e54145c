"""What the benchmarks print: markdown tables, so that README can show a run as it is.

Each measure gives a `Report`; the goals of all of them stand in one table at the end.
"""

import importlib.metadata
import os
import platform
from dataclasses import dataclass, field

PACKAGES = ("simpy", "ciw", "happysim", "ipywidgets", "anywidget", "matplotlib", "jupyterlab", "playwright")


@dataclass(frozen=True)
class Report:
    """What one measure found: text, and rows for the table of goals (what, measured, goal, met?)."""

    text: str
    goals: list[list[str]] = field(default_factory=list)


GOALS = ["", "measured", "goal", "met?"]
"""The head of the table of goals."""


def goal(
    what: str, measured: float, shown: str, *, at_least: float | None = None, at_most: float | None = None
) -> list[str]:
    """A row of the table of goals. `shown` is the format of `measured`, such as '{:.2f} × (71 ms)'.

    A goal is a ratio measured in one run, or bytes: so it holds on a machine half as fast, too. What stands in
    brackets is information.
    """
    limit = f"≥ {at_least:g}" if at_least is not None else f"≤ {at_most:g}"
    return [what, shown.format(measured), limit, verdict(measured, at_least=at_least, at_most=at_most)]


def earlier(what: str, measured: float, *, at_least: float) -> list[str]:
    """A row for a peer that can't be installed here: its figure of an earlier run."""
    return [what, f"{measured:.2f} (earlier)", f"≥ {at_least:g}", verdict(measured, at_least=at_least)]


def not_measured(what: str, limit: str) -> list[str]:
    """A row of the table of goals for what could not be measured here."""
    return [what, "not measured", limit, "?"]


def table(head: list[str], rows: list[list[str]]) -> str:
    """A markdown table. All columns but the first are numbers and stand to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [_line(head, widths), _line(rule, widths), *(_line(row, widths) for row in rows)]
    return "\n".join(lines)


def _line(cells: list[str], widths: list[int]) -> str:
    first = f"{cells[0]:<{widths[0]}}"
    return (
        "| " + " | ".join([first, *(f"{c:>{w}}" for c, w in zip(cells[1:], widths[1:], strict=True))]) + " |"
    )


def verdict(measured: float, *, at_least: float | None = None, at_most: float | None = None) -> str:
    """'yes' or 'no': is the goal met?"""
    good = measured >= at_least if at_least is not None else measured <= at_most
    return "yes" if good else "**no**"


def machine() -> str:
    """One line: Python, system, processor, cores."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()}, {processor()}, {os.cpu_count()} cores"


def processor() -> str:
    """The name of the processor, as far as the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions() -> str:
    """One line: the versions of cloudlab and of the packages that are compared or needed, or 'no …'."""
    from cloudlab import __version__

    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join([f"cloudlab {__version__}", *found])
