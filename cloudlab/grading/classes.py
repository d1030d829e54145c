"""A whole class: gather what was handed in, grade it in parallel, write the reports. Read `grade_class` first."""

import csv
import io
import os
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from threading import Thread

from cloudlab.grading import cluster, cores, gather, jail, report, results, scratch
from cloudlab.grading.grader import Work, grade_all
from cloudlab.grading.jail import Limits
from cloudlab.judge import variants, words
from cloudlab.kernel.limits import InvalidParameter

AHEAD = 4
"""Submissions that wait for each worker, so that none of them is idle."""

SHORTEST_SALT = 8
"""Characters of a salt at least."""


class Refused(Exception):
    """Grading can't begin, or go on; the text is one sentence with what to do."""


TOLD = (
    jail.NoJail,
    cluster.NoCluster,
    gather.Ungathered,
    results.NoRoom,
    report.Unwritten,
    InvalidParameter,
)
"""What keeps a class from being graded, each told in its one sentence."""


@dataclass(frozen=True)
class Order:
    """What a teacher asks for."""

    place: Path
    to: Path
    salt: str
    roster: Path | None = None
    level: str = "L1"
    jobs: int = 0
    deadline: float | None = None
    only: tuple[str, ...] = ()
    regrade: bool = False
    limits: Limits = field(default_factory=Limits)
    cluster: str = ""


@dataclass
class Done:
    """What came of it; `graded` holds the results of each student."""

    students: int
    files: int
    new: int
    failed: int
    seconds: float
    written: list[Path]
    graded: dict[str, list[dict]]


def salt_of(path: Path | None) -> str:
    """The secret text in a file. Raises Refused."""
    if path is None:
        raise Refused(
            "no --salt-file is given: write a secret text into a file and name it, so that nobody knows the seeds."
        )
    try:
        salt = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"--salt-file {path} can't be read ({type(error).__name__}).") from None
    if len(salt) < SHORTEST_SALT:
        raise Refused(
            f"--salt-file {path} holds {len(salt)} characters, but must hold at least {SHORTEST_SALT}."
        )
    return salt


def moment_of(text: str) -> float:
    """A deadline in seconds since 1970: '2026-12-01' (its end) or '2026-12-01 18:00', by this machine's clock."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(
            f"--deadline is {text!r:.40}, but must be written as 2026-12-01 or '2026-12-01 18:00'."
        ) from None
    if len(text.strip()) <= len("2026-12-01"):
        moment = moment.replace(hour=23, minute=59, second=59)
    return moment.timestamp()


def names_of(text: str) -> tuple[str, ...]:
    """Exercises from a text such as 'E13, E14'. Raises Refused."""
    names = tuple(one.strip().upper() for one in text.split(",") if one.strip())
    for name in names:
        if name not in words.lessons():
            known = ", ".join(sorted(words.lessons(), key=lambda one: (len(one), one)))
            raise Refused(f"--only names {name!r:.20}, but each must be one of {known}.")
    return names


def grade_class(order: Order, tell: Callable[[int, int, str], None]) -> Done:
    """Grade all, and write the reports; `tell` hears (how many are done, of how many, who). Raises Refused."""
    begun = time.monotonic()
    try:
        if not order.cluster:
            jail.made(order.level)  # a missing jail is told before anything is read
        roster = gather.roster_of(order.roster) if order.roster else None
        scratch.sweep()
        with scratch.Scratch("hand-in") as unfold:
            found = gather.gather(order.place, roster, unfold)
            return _graded(order, found, roster, tell, begun)
    except TOLD as error:
        raise Refused(str(error)) from None


def _graded(order: Order, found, roster, tell, begun: float) -> Done:
    notes = [] if roster else ["Without a roster, students are called as their files and folders are."]
    files: list[gather.Found] = []
    late: list[gather.Found] = []
    for one in found:
        (late if _is_late(one, order.deadline) else files).append(one)
    notes += [
        f"{one.student}, {one.path.name}: handed in after the deadline, and not graded." for one in late
    ]
    notes += [f"{one.path.name}: no student of the roster is named in it." for one in files if not one.known]
    works = [
        Work(one.path, one.student, order.salt, order.level, one.wrong, order.limits, order.only)
        for one in files
    ]
    kept = results.Results(order.to)
    if order.regrade:
        kept.forget()
    graded: dict[str, list[dict]] = {one: [] for one in roster.students} if roster else {}
    new = failed = 0
    with _workers(order) as (pool, jobs):
        for number, (work, result, is_new) in enumerate(grade_all(works, kept, pool, AHEAD * jobs), 1):
            graded.setdefault(work.student, []).append(result)
            new += is_new
            failed += results.again(result)
            tell(number, len(works), work.student)
    nobody = [student for student, handed in graded.items() if not handed]
    notes += [f"{student} handed in nothing." for student in nobody]
    for handed in graded.values():
        handed.sort(key=lambda result: (result["changed"], result["key"]))
    written = report.write(order.to, dict(sorted(graded.items())), notes)
    return Done(len(graded), len(works), new, failed, time.monotonic() - begun, written, graded)


def _is_late(one: gather.Found, deadline: float | None) -> bool:
    try:
        about = one.path.lstat()
    except OSError:
        return False  # it isn't there, or can't be looked at: its result says so
    return deadline is not None and about.st_mtime > deadline and not stat.S_ISLNK(about.st_mode)


@contextmanager
def _workers(order: Order) -> Iterator[tuple[Executor, int]]:
    """(what takes work, how many work at a time): processes here, or a cluster's."""
    if order.cluster:
        with cluster.joined(order.cluster, order.level) as found:
            yield found
        return
    jobs = order.jobs or os.cpu_count() or 1
    how = get_context("forkserver" if os.name == "posix" else "spawn")
    given = jail.course(), how.Value("i")
    pool = ProcessPoolExecutor(jobs, mp_context=how, initializer=begin_work, initargs=given)
    try:
        yield pool, jobs
    finally:
        pool.shutdown(cancel_futures=True)


def begin_work(course: Path, begun: Synchronized) -> None:
    """In a process of the pool: a core, of which `begun` counts those taken; what a jail holds is the parent's.

    It ends with its parent.
    """
    with begun.get_lock():
        cores.take(begun.value)
        begun.value += 1
    jail.lend(course)
    end_with_parent()


def end_with_parent() -> None:
    """Begin to watch the process that grades: when it is gone, this one ends too, and its jails with it."""
    parent = parent_process()

    def watch(number: int) -> None:
        wait([number])
        jail.forget()
        os._exit(1)

    if parent is not None:
        Thread(target=watch, args=(parent.sentinel,), daemon=True).start()


def variants_of(roster: gather.Roster, salt: str, only: tuple[str, ...] = ()) -> str:
    """A CSV with the variant of each exercise for each student: what they write into the first cell."""
    names = only or tuple(sorted(words.lessons(), key=lambda name: (len(name), name)))
    sizes = {name: len(variants.pool(name)) for name in names}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["student", *names])
    for student in roster.students:
        drawn = [variants.draw(salt, name, student, sizes[name]).variant for name in names]
        writer.writerow([student, *drawn])
    return out.getvalue()
