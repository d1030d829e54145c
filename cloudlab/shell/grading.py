"""`cloudlab grade` and `cloudlab variants`: what a teacher types, and what is said while it runs."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from cloudlab.grading import gather, jail
from cloudlab.grading.classes import (
    Done,
    Order,
    Refused,
    grade_class,
    moment_of,
    names_of,
    salt_of,
    variants_of,
)
from cloudlab.shell import Fault, say

MOST_JOBS = 64


def grade(options: argparse.Namespace) -> int:
    """Grade a folder or zip; 1 where the grader failed at something, which is tried again next time."""
    try:
        salt = salt_of(Path(options.salt_file) if options.salt_file else None)
        roster = Path(options.roster) if options.roster else None
        order = ordered(options, Path(options.folder), Path(options.to), salt, roster)
        say(f"isolation {order.level}: {jail.LEVELS.get(order.level, 'unknown')}.")
        done = grade_class(order, progress)
    except Refused as error:
        raise Fault(str(error)) from None
    tell(order, done)
    return 1 if done.failed else 0


def ordered(options: argparse.Namespace, place: Path, to: Path, salt: str, roster: Path | None) -> Order:
    """What a teacher asks for, of what was handed in at `place`. Raises Refused."""
    if not 0 <= options.jobs <= MOST_JOBS:
        raise Refused(f"--jobs is {options.jobs}, but must be between 1 and {MOST_JOBS}.")
    if options.jobs and options.cluster:
        raise Refused(
            "--jobs is for this machine, and a cluster has its own workers: leave it out, and start as many workers "
            "as are to grade side by side (`dask worker ADDRESS --nthreads 1 --nworkers 4`)."
        )
    deadline = moment_of(options.deadline) if options.deadline else None
    only = names_of(options.only)
    order = Order(place, to, salt, roster, options.isolation, options.jobs, deadline, only, options.regrade)
    return replace(order, cluster=options.cluster)


def tell(order: Order, done: Done) -> None:
    """Say what came of it, and where it is."""
    say(f"{done.files} files of {done.students} students in {done.seconds:.0f} s; {done.new} of them new.")
    say(f"points: {order.to / 'grades.csv'}; the class: {order.to / 'class.html'}.")
    if done.failed:
        say(
            f"the grader failed at {done.failed}: run the same command again, and only those are graded anew."
        )


def variants(options: argparse.Namespace) -> int:
    """Write the table of variants."""
    try:
        salt = salt_of(Path(options.salt_file) if options.salt_file else None)
        table = variants_of(gather.roster_of(Path(options.roster)), salt, names_of(options.only))
    except (Refused, gather.Ungathered) as error:
        raise Fault(str(error)) from None
    if not options.to:
        print(table, end="")
        return 0
    try:
        Path(options.to).write_text(table, encoding="utf-8")
    except OSError as error:
        raise Fault(f"{options.to} can't be written ({(error.strerror or str(error)).lower()}).") from None
    say(f"{options.to} holds the variants of {table.count(chr(10)) - 1} students.")
    return 0


def progress(done: int, of: int, who: str) -> None:
    """A bar that goes on in its line; where nobody looks, a line for each tenth."""
    if sys.stderr.isatty():
        width = 30
        bar = "█" * (width * done // of) + "·" * (width - width * done // of)
        print(
            f"\r{bar} {done} of {of} {who:.20}\033[K",
            end="\n" if done == of else "",
            file=sys.stderr,
            flush=True,
        )
    elif done == of or done % max(1, of // 10) == 0:
        print(f"{done} of {of}", file=sys.stderr, flush=True)
