"""One submission, one result; and those of a whole class, in parallel. Read `grade_one` first.

The simulation, the seeds and the verdict are here; what a stranger wrote runs in a jail and is asked through a pipe.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cloudlab.exercises import definition
from cloudlab.grading import jail, results
from cloudlab.grading.cores import one_core
from cloudlab.grading.desk import Bench, Broken
from cloudlab.grading.jail import Limits
from cloudlab.grading.submission import Submission, Unreadable, read
from cloudlab.judge import feedback, variants, words
from cloudlab.judge.definition import Config, Exercise
from cloudlab.judge.judging import Verdict, judge
from cloudlab.judge.telling import reached

TRIES = {"timeout": 2, "crash": 2, "grader_error": 3}
"""How often an exercise is begun anew, alone, before such a verdict is final."""

NAMED = re.compile(r"\bE\d{1,2}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Work:
    """What is to be graded, and how: a file of a student. All of it can be sent to another process.

    `wrong` says why the file isn't there.
    """

    path: Path
    student: str
    salt: str
    level: str = "L1"
    wrong: str = ""
    limits: Limits = field(default_factory=Limits)
    only: tuple[str, ...] = ()


def exercises_in(cells: Iterable[str], only: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The exercises that are named in code, in order; of those in `only`, where it names some."""
    known = words.lessons()
    found = {name.upper() for source in cells for name in NAMED.findall(source)} & known.keys()
    wanted = set(only) or found
    return tuple(sorted(wanted, key=lambda name: int(name[1:])))


Plan = tuple[str, Submission | None, tuple[str, ...], str]


def plan(work: Work) -> Plan:
    """(key, submission, exercises, why it can't be read): what decides a result, before anything is run."""
    try:
        if work.wrong:
            raise Unreadable(work.wrong)
        found = read(work.path)
        names, why, digest = exercises_in(found.cells, work.only), "", found.digest
    except Unreadable as error:
        found, names, why, digest = None, work.only, str(error), f"unreadable {work.path.name} {error}"
    limits = work.limits.plain() | {"level": work.level}
    return results.key(digest, work.student, work.salt, limits, names), found, names, why


def _begun(work: Work, key: str, found: Submission | None) -> dict:
    """A result of which nothing but the submission is known yet."""
    return {
        "format": results.FORMAT,
        "key": key,
        "student": work.student,
        "file": work.path.name,
        "digest": found.digest if found else "",
        "changed": round(found.changed) if found else 0,
        "packed": found.packed if found else "",
        "isolation": work.level,
        "version": results.version(),
        "verdict": "graded",
        "exercises": {},
        "notes": [],
    }


def grade_one(work: Work) -> dict:
    """The result of one submission, as plain data: one entry for each exercise, whatever happens."""
    return grade_planned(work, plan(work))


def grade_planned(work: Work, planned: Plan) -> dict:
    """The same of what was read already, perhaps on another machine: nothing of its file is needed any more."""
    begun = time.monotonic()
    key, found, names, why = planned
    result = _begun(work, key, found)
    if found is None:
        result |= {"verdict": "invalid", "notes": [why]}
        result["exercises"] = {name: _entry("invalid", told=why) for name in names}
    elif not names:
        result |= {"verdict": "invalid", "notes": ['No exercise is named in it, such as exercise("E1").']}
    else:
        try:
            result["exercises"], result["notes"] = _graded(work, found, names)
        except jail.NoJail as error:
            result |= {"verdict": "grader_error", "notes": [str(error)]}
        if result["exercises"]:
            one = {entry["verdict"] for entry in result["exercises"].values()}
            result["verdict"] = "graded" if one & {"graded", "not_attempted"} else sorted(one)[0]
    result["seconds"] = round(time.monotonic() - begun, 2)
    return result


def _graded(work: Work, found: Submission, names: tuple[str, ...]) -> tuple[dict, list[str]]:
    """An entry for each exercise, and notes for the teacher."""
    place = jail.made(work.level)
    draws = {name: variants.draw(work.salt, name, work.student, len(variants.pool(name))) for name in names}
    scenarios = {
        name: definition(name).scenario(variants.variant(name, draws[name].variant)) for name in names
    }
    with one_core(), closing(Bench(place, found.cells, scenarios, work.limits)) as bench:
        overview = _tried(lambda: _overview(bench))
        if isinstance(overview, Broken):
            return {name: _entry(overview.verdict, draws[name].variant) for name in names}, [
                f"Its cells were not run to their end: {results.VERDICTS[overview.verdict]}."
            ]
        notes = [f"A cell raised: {fault}." for fault in overview["faults"]]
        entries = {}
        for name in names:
            own, handed = draws[name].variant, overview["answers"].get(name)
            if handed is None:
                entries[name] = _entry("not_attempted", own, told="No check of it was called.")
                continue
            asked = handed.get("variant")
            if type(asked) is not int:
                asked = "an unknown one"
            if asked != own:
                notes.append(
                    f"{name} was worked on as variant {asked}, but is {work.student}'s variant {own}."
                )
            entries[name] = _one(bench, definition(name), draws[name], handed)
    return entries, notes


def _overview(bench: Bench) -> dict:
    """What was handed in, by a first run of the cells."""
    told = bench.overview()
    if type(told) is not dict:
        raise Broken("tamper")
    answers, faults = told.get("answers"), told.get("faults")
    if type(answers) is not dict or type(faults) is not list or not all(type(one) is str for one in faults):
        raise Broken("tamper")
    if not all(
        type(one) is dict and ("plain" in one or type(one.get("other")) is str) for one in answers.values()
    ):
        raise Broken("tamper")
    return {"answers": answers, "faults": [feedback.shortened(fault) for fault in faults[:20]]}


def _one(bench: Bench, made: Exercise, draw, handed: dict) -> dict:
    """The entry of one exercise."""
    variant = variants.variant(made.name, draw.variant)

    def judged(place=None) -> Verdict:
        if isinstance(made.answer, Config):
            if "plain" in handed:
                return judge(made, handed["plain"], variant, draw.seeds)
            return _of_no_dict(handed["other"])
        with bench.caller(made, place) as caller:
            return judge(made, None, variant, draw.seeds, caller=caller)

    shared: Verdict | None = None
    if place := handed.get("place"):
        with suppress(Broken):
            shared = judged(place)
    # What fails where all runs share a process may do so only there: it has another one for each run.
    verdict = shared if shared and shared.stage != "shape" else _tried(judged)
    if isinstance(verdict, Broken):
        return _entry(verdict.verdict, draw.variant)
    return _entry(
        "not_attempted" if verdict.code == feedback.NOT_ATTEMPTED else "graded",
        draw.variant,
        points=verdict.points,
        code=verdict.code,
        stage=verdict.stage,
        told=_words(made, verdict),
    )


def _of_no_dict(what: str) -> Verdict:
    """The verdict on something that is no dict of plain values, where one is asked for."""
    happened = f"Your answer is {feedback.shortened(what, 60)}, but must be a dict of numbers and texts."
    fault = feedback.wrong_shape(
        happened, "Copy the template from the task, and put your numbers where the dots are."
    )
    return Verdict(fault.feedback.code, 0, "shape", fault.feedback)


def _words(made: Exercise, verdict: Verdict) -> str:
    """What a student reads: never what a hidden run was called with, nor what an exception said."""
    lines = [verdict.feedback.text] if verdict.feedback else []
    return "\n".join([*lines, *reached(made, verdict)])


def _tried(does: Callable):
    """What `does` returns, or the Broken that it ends with, after as many tries as that one allows."""
    for tries in range(1, 4):
        try:
            return does()
        except Broken as broken:
            if tries >= TRIES.get(broken.verdict, 1):
                return broken
    raise AssertionError("a try ends in one of two ways")


def _entry(
    verdict: str, variant: int = 0, *, points: float = 0.0, code: str = "", stage: str = "", told: str = ""
) -> dict:
    return {
        "verdict": verdict,
        "points": round(float(points), 1),
        "code": code or verdict,
        "stage": stage,
        "variant": variant,
        "told": told or results.VERDICTS[verdict].capitalize() + ".",
    }


def grade_all(
    works: Iterable[Work], kept: results.Results, pool: Executor, ahead: int = 64
) -> Iterator[tuple[Work, dict, bool]]:
    """(work, result, whether it is new) of each, as they are done; what is there isn't done again.

    At most so many as `ahead` says are read and wait for the pool.
    """
    kept.sweep()
    waiting: dict[Future, tuple[Work, Plan]] = {}
    for work in works:
        planned = plan(work)
        known = kept.read(planned[0])
        if known is not None:
            yield work, known, False
            continue
        if len(waiting) >= ahead:
            yield from _done(waiting, kept)
        try:
            waiting[pool.submit(grade_planned, work, planned)] = work, planned
        except (RuntimeError, OSError) as error:  # there is no pool, or none any more
            yield _written(failed(work, planned, error), work, kept)
    while waiting:
        yield from _done(waiting, kept)


def _done(waiting: dict, kept: results.Results) -> Iterator[tuple[Work, dict, bool]]:
    """Those of which the first to be done is one; they wait no more."""
    for done in wait(waiting, return_when=FIRST_COMPLETED).done:
        work, planned = waiting.pop(done)
        try:
            result = done.result()
        except Exception as error:
            result = failed(work, planned, error)
        yield _written(result, work, kept)


def _written(result: dict, work: Work, kept: results.Results) -> tuple[Work, dict, bool]:
    kept.write(result)
    return work, result, True


def failed(work: Work, planned: Plan, error: Exception) -> dict:
    """The result of a submission at which the grader itself failed: it is tried again next time."""
    key, found, names, _ = planned
    note = f"The grader failed ({type(error).__name__}): run it again, and tell its authors if that stays."
    entries = {name: _entry("grader_error") for name in names}
    return _begun(work, key, found) | {
        "verdict": "grader_error",
        "exercises": entries,
        "notes": [note],
        "seconds": 0.0,
    }
