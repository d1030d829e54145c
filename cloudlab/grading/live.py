"""What learners of a class have put into its shared folder: read with suspicion, and counted.

Anybody in the class may write there, so a file is small, regular, no link and of one form, or it is left out and
named. Of what it says only its name is ever shown: predictions and answers count where they are such that the lesson
asks for. Read `learners` first.
"""

import errno
import json
import math
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from cloudlab.grading.asked import Asked, Foreseen, Posed
from cloudlab.grading.plainly import NoFile, unlinked

FOLDER = "cloudlab-live"
"""The folder of the class's own, inside the shared folder."""

LARGEST, MOST, LONGEST = 64_000, 500, 60
"""Bytes of a file, learners that are read, and characters of a name."""

LOOKED_AT = 10 * MOST
"""Files that are looked at: as many others hide no learner."""

FORGOTTEN = 12 * 3600.0
"""Seconds after which a call for help is one of another day."""


class Skipped(Exception):
    """A file is none of a learner's; the text is the end of a sentence that says why."""


@dataclass(frozen=True)
class Learner:
    """What one learner's file says: the times are seconds since 1970, `waits` is None where no help is called for."""

    name: str
    lesson: str = ""
    waits: float | None = None
    waits_in: str = ""
    predictions: dict = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    changed: float = 0.0

    def is_in(self, lesson: Asked) -> bool:
        """Whether they are in a lesson now, or have answered something of it."""
        keys = {*(one.key for one in lesson.foreseen), *(one.key for one in lesson.posed)}
        return self.lesson == lesson.name or not keys.isdisjoint({*self.predictions, *self.answers})


def learners(folder: Path, now: float) -> tuple[list[Learner], list[str]]:
    """The learners whose files lie in `folder`, by name, and a sentence for each file that was left out.

    A folder that isn't there holds nobody. Raises OSError for one that can't be read.
    """
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "it is a link, and none is followed there", str(folder))
    if not folder.exists():
        return [], []
    with os.scandir(folder) as there:
        names = sorted(one.name for one in there if one.name.endswith(".json"))
    found: list[Learner] = []
    skipped: list[str] = []
    for place, name in enumerate(names):
        if len(found) == MOST or place == LOOKED_AT:
            skipped.append(f"{len(names) - place} more files are left out: at most {MOST} learners are read.")
            break
        try:
            found.append(learner(folder / name, now))
        except Skipped as reason:
            skipped.append(f"{name} is left out: {reason}.")
    return _told_apart(sorted(found, key=lambda one: (one.name.casefold(), one.changed))), skipped


def _told_apart(found: list[Learner]) -> list[Learner]:
    """The same learners; of several who call themselves alike each gets a number behind the name."""
    seen: dict[str, int] = {}
    told = []
    for one in found:
        alike = " ".join(one.name.casefold().split())
        seen[alike] = seen.get(alike, 0) + 1
        told.append(one if seen[alike] == 1 else _called(one, f"{one.name} ({seen[alike]})"))
    return told


def _called(one: Learner, name: str) -> Learner:
    return Learner(name, one.lesson, one.waits, one.waits_in, one.predictions, one.answers, one.changed)


def learner(path: Path, now: float) -> Learner:
    """What a file says. Raises Skipped."""
    content, changed = _bytes_of(path)
    try:
        said = json.loads(content.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Skipped("it can't be read as JSON") from None
    if not isinstance(said, dict) or said.get("cloudlab") != 1:
        raise Skipped("it is no file of a learner's, or one of another version of the course")
    name = said.get("name")
    if not isinstance(name, str) or not (plain := _plain(name)):
        raise Skipped("it has no name in it")
    lesson, predictions, answers = said.get("lesson"), said.get("predictions"), said.get("answers")
    since, where = _call_in(said.get("help"), now)
    return Learner(
        plain,
        lesson if isinstance(lesson, str) else "",
        since,
        where,
        _pairs(predictions, (int, float, str)),
        _pairs(answers, (str,)),
        min(changed, now),
    )


def _bytes_of(path: Path) -> tuple[bytes, float]:
    """The bytes of a small regular file that is no link, and when it was changed. Raises Skipped."""
    if path.is_symlink():
        raise Skipped("it is a link")
    try:
        file = open(path, "rb", opener=unlinked)  # noqa: SIM115 - the block that follows closes it
    except NoFile:
        raise Skipped("it is no regular file") from None
    except OSError as error:
        raise Skipped(f"it can't be opened ({(error.strerror or str(error)).lower()})") from None
    with file:
        about = os.fstat(file.fileno())
        if about.st_size > LARGEST:
            raise Skipped(f"it has {about.st_size:,} bytes, but must have at most {LARGEST:,}")
        try:
            return file.read(LARGEST), about.st_mtime
        except OSError as error:
            raise Skipped(f"it can't be read ({(error.strerror or str(error)).lower()})") from None


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _plain(name: str) -> str:
    """A name in one line, without characters that turn or hide a text, and not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in name[: 4 * LONGEST]).split())[:LONGEST]


def _pairs(said, kinds: tuple[type, ...]) -> dict:
    """What was answered, by key: numbers that are numbers, and texts."""
    if not isinstance(said, dict):
        return {}
    return {key: value for key, value in said.items() if isinstance(value, kinds) and _is_fine(value)}


def _is_fine(value) -> bool:
    if isinstance(value, str):
        return True
    return not isinstance(value, bool) and abs(value) < 1e15 and math.isfinite(value)


def _call_in(said, now: float) -> tuple[float | None, str]:
    """Since when somebody waits for help, and in which lesson; a clock that is fast counts as now."""
    if not isinstance(said, dict) or not isinstance(said.get("since"), str):
        return None, ""
    try:
        moment = datetime.fromisoformat(said["since"][:40])
        since = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        return None, ""
    if since < now - FORGOTTEN:
        return None, ""
    lesson = said.get("lesson")
    return min(since, now), lesson if isinstance(lesson, str) else ""


# --- counting ---------------------------------------------------------------------------------------------


def current(found: list[Learner], asked: list[Asked]) -> Asked:
    """The lesson in which most learners are now; of equal ones the later, and the first where nobody is in any."""
    here = [(sum(one.lesson == lesson.name for one in found), place) for place, lesson in enumerate(asked)]
    most, place = max(here)
    return asked[place] if most else asked[0]


def waiting(found: list[Learner]) -> list[Learner]:
    """Who waits for help, those first who have waited longest."""
    there = [(one.waits, one.name, one) for one in found if one.waits is not None]
    return [one for _, _, one in sorted(there, key=lambda entry: entry[:2])]


def predicted(found: list[Learner], asked: Foreseen) -> list:
    """What was predicted, where it is such that the lesson allows it."""
    values = (one.predictions.get(asked.key) for one in found)
    return [value for value in values if value is not None and asked.fits(value)]


def chosen(found: list[Learner], asked: Posed) -> list[int]:
    """How many have chosen each option of a question."""
    answers = [one.answers.get(asked.key) for one in found]
    return [sum(answer == choice.text for answer in answers) for choice in asked.choices]


def believed(found: list[Learner], lesson: Asked) -> list[tuple[str, int, list[str]]]:
    """(misconception, how many learners hold it, in which sections it showed) of a lesson, that of most first."""
    who: dict[str, dict[int, None]] = {}
    where: dict[str, dict[str, None]] = {}
    for posed in lesson.posed:
        for choice in posed.choices:
            holders = [place for place, one in enumerate(found) if one.answers.get(posed.key) == choice.text]
            if choice.misconception and not choice.right and holders:
                who.setdefault(choice.misconception, {}).update(dict.fromkeys(holders))
                where.setdefault(choice.misconception, {})[posed.section] = None
    ranked = [(name, len(holders), list(where[name])) for name, holders in who.items()]
    return sorted(ranked, key=lambda entry: (-entry[1], entry[0]))


@dataclass(frozen=True)
class Bin:
    """A row of a histogram: its words, how many fall into it, and the numbers from `low` to below `high`."""

    words: str
    number: int
    low: float
    high: float


ROWS = 10
"""Rows of a histogram at most, but for those at its two ends."""

NARROWEST = 1e-6
"""What a histogram spans at least: numbers nearer than that are told from one another by nobody."""


def histogram(values: list[float], came: float | None = None) -> list[Bin]:
    """Rows of equal width that hold most of the values, and one at each end for those far away.

    Where `came` lies outside, a row for it is added. Rows are of whole numbers where all values are.
    """
    if not values:
        return []
    ordered = sorted(values)
    whole = all(value == int(value) for value in ordered)
    narrow = whole and ordered[-1] - ordered[0] < ROWS
    cut = 0 if narrow or len(ordered) <= 5 else 1 + len(ordered) // 20
    inner = ordered[cut : len(ordered) - cut]
    low, high = inner[0], inner[-1]
    step = _step(high - low, whole)
    start = math.floor(low / step) * step
    rows = math.floor((high - start) / step + 1e-9) + 1
    edges = [round(start + place * step, 9) for place in range(rows + 1)]
    bins = [
        Bin(
            _words(left, right, whole, step),
            sum(left <= value < right for value in ordered),
            left,
            right,
        )
        for left, right in pairwise(edges)
    ]
    below = sum(value < edges[0] for value in ordered)
    above = sum(value >= edges[-1] for value in ordered)
    if below or (came is not None and came < edges[0]):
        bins.insert(0, Bin(f"less than {_said(edges[0])}", below, -math.inf, edges[0]))
    if above or (came is not None and came >= edges[-1]):
        bins.append(Bin(f"{_said(edges[-1])} or more", above, edges[-1], math.inf))
    return bins


def _step(width: float, whole: bool) -> float:
    """A round width of a row, so that `width` takes at most `ROWS` of them."""
    if whole and width < ROWS:
        return 1.0
    rough = max(width or 1.0, NARROWEST) / ROWS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough * (1 - 1e-9))
    return max(1.0, step) if whole else step


def _words(left: float, right: float, whole: bool, step: float) -> str:
    if whole and step == 1:
        return _said(left)
    return f"{_said(left)} to {_said(right - 1 if whole else right)}"


def _said(value: float) -> str:
    return f"{value:,.10g}"
