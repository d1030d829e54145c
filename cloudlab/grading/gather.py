"""Whose each submitted file is: a folder or a zip in any usual arrangement, with or without a roster. Read `gather`.

    one file for each student          ann.ipynb, 06_sqs_ann.ipynb
    one folder for each student        ann/06_sqs.ipynb
    a download of a learning platform  "Lee Ann_12345_assignsubmission_file/06_sqs.ipynb", "leeann_67_06_sqs.ipynb"

A roster is a CSV with a column `student` and, if names in files are others, `name` or `email`.
"""

import csv
import errno
import io
import lzma
import os
import re
import shutil
import time
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from cloudlab.grading.plainly import text_of
from cloudlab.grading.submission import LARGEST, is_link
from cloudlab.judge import words

MOST_FILES, LARGEST_ZIP = 5000, 2_000_000_000
"""Files that a hand-in may hold, and bytes that a zip may unfold to."""

SMALL, MOST_TIMES = 1_000_000, 200
"""A file of a zip that has more bytes unfolds to at most so many times what it has there."""

ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz")

SKIPPED = (".ipynb_checkpoints", "__MACOSX", ".cloudlab", ".git")

PLATFORM = re.compile(r"_\d+_assignsubmission_(file|onlinetext).*$|_assignsubmission_file.*$", re.IGNORECASE)
LATE = re.compile(r"_(late|\d{2,})(?=_|$)", re.IGNORECASE)


class Ungathered(Exception):
    """What was handed in can't be read at all; the text is one sentence."""


@dataclass(frozen=True)
class Found:
    """A file of a student. `student` is as the roster calls them, or as the file's own name does.

    `wrong` says why it isn't there to be graded, and what to do.
    """

    student: str
    path: Path
    known: bool = True
    wrong: str = ""


@dataclass(frozen=True)
class Roster:
    """Who is in a class: {a name in any writing: the student}."""

    students: tuple[str, ...]
    names: dict[str, str]

    def find(self, text: str) -> str | None:
        """The only student whose name, e-mail or key stands in a text; None where there is none, or several."""
        flat = plain_name(text)
        for key, student in self.names.items():
            if key == flat:
                return student
        inside = {
            student for key, student in self.names.items() if re.search(rf"(^|_){re.escape(key)}(_|$)", flat)
        }
        return next(iter(inside)) if len(inside) == 1 else None


def plain_name(text: str) -> str:
    """A name in small letters and digits, with _ between its parts: 'Lee, Ann' and 'lee_ann' are alike.

    So is a letter with its accent beside it, as a Mac writes it, to the one with its accent on it.
    """
    return "_".join(re.findall(r"[^\W_]+", normalize("NFC", text).casefold()))


def roster_of(path: Path) -> Roster:
    """The roster in a CSV file. Raises Ungathered with what is wrong and in which line."""
    try:
        text = text_of(path, "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or type(error).__name__
        raise Ungathered(f"roster {path} can't be read ({why}): save it as CSV in UTF-8.") from None
    try:
        rows = list(csv.DictReader(io.StringIO(text), dialect=dialect(text)))
    except csv.Error as error:
        raise Ungathered(f"roster {path} is no CSV ({error}): save it anew as CSV in UTF-8.") from None
    columns = [name.strip().lower() for name in (rows[0] if rows else {}) if name]
    if "student" not in columns:
        raise Ungathered(
            f"roster {path} has the columns {', '.join(columns) or 'of nothing'}, but needs one called student."
        )
    students: list[str] = []
    names: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        given = {
            (key or "").strip().lower(): (value or "").strip()
            for key, value in row.items()
            if isinstance(value, str)
        }
        student = given.get("student", "")
        if not student:
            continue
        if student in students:
            raise Ungathered(f"roster {path}, line {number}: student {student!r:.60} stands there twice.")
        students.append(student)
        email = given.get("email", "")
        for one in (student, given.get("name", ""), email, email.split("@")[0]):
            if (key := plain_name(one)) and names.setdefault(key, student) != student:
                raise Ungathered(f"roster {path}, line {number}: {one!r:.60} is the name of two students.")
    return Roster(tuple(students), names)


def dialect(text: str) -> type[csv.Dialect] | str:
    """How a CSV's columns are set apart, by its first line: commas, semicolons, or tabs."""
    try:
        return csv.Sniffer().sniff(text.splitlines()[0] if text else "", delimiters=",;\t")
    except csv.Error:
        return "excel"


def gather(place: Path, roster: Roster | None, unfold: Path) -> list[Found]:
    """All submitted notebooks in a folder or a zip, which is unfolded into `unfold`. Raises Ungathered."""
    if place.is_file() and zipfile.is_zipfile(place):
        files = _unfolded(place, unfold)
    elif place.is_dir():
        files = _below(place)
    else:
        what = "is no folder and no zip" if place.exists() else "isn't there"
        raise Ungathered(f"{place} {what}: name the folder, or the zip, that holds the notebooks.")
    if len(files) > MOST_FILES:
        raise Ungathered(
            f"{place} holds {len(files)} notebooks, but at most {MOST_FILES} are graded in one go."
        )
    if not files:
        raise Ungathered(f"{place} holds no notebook (.ipynb).")
    return [
        replace(_whose(path, inside, roster), wrong=wrong) for path, (inside, wrong) in sorted(files.items())
    ]


def _below(place: Path) -> dict[Path, tuple[Path, str]]:
    """The notebooks in a folder, and folders that can't be opened: {where each lies: (its name there, what is wrong)}.

    Raises Ungathered where it can't be opened itself.
    """
    found: dict[Path, str] = {}

    def shut(error: OSError) -> None:
        said = (error.strerror or str(error)).lower()
        if Path(error.filename) == place:
            raise Ungathered(f"{place} can't be opened ({said}): ask for the right to read it.")
        found[Path(error.filename)] = (
            f"It is a folder that can't be opened ({said}): ask for the right to read it."
        )

    for folder, folders, names in os.walk(place, onerror=shut):
        folders[:] = [name for name in folders if name not in SKIPPED]
        paths = (Path(folder, name) for name in [*folders, *names] if name not in SKIPPED)
        found |= {path: "" for path in paths if path.suffix.lower() == ".ipynb" or is_link(path)}
    return {path: (path.relative_to(place), wrong) for path, wrong in found.items()}


def _whose(path: Path, inside: Path, roster: Roster | None) -> Found:
    """By the innermost folder that names somebody, else by the file's own name.

    Where a platform has made a folder for each student, that one decides: what lies in it is its student's doing.
    """
    parts = inside.parts[:-1]
    made = [place for place, part in enumerate(parts, 1) if PLATFORM.search(part)]
    folders = [PLATFORM.sub("", part) for part in parts[: made[0] if made else None]]
    texts = [*reversed(folders), inside.stem]
    if roster is not None:
        for text in texts:
            if student := roster.find(text):
                return Found(student, path)
        return Found(plain_name(texts[0]) or "unnamed", path, known=False)
    if folders and folders[-1] == inside.stem:
        folders = folders[:-1]  # nbgrader has a folder for each assignment in that of its student
    named = folders[-1] if folders else _without_lesson(inside.stem)
    return Found(_in_one_line(named or inside.stem), path)


def _in_one_line(name: str) -> str:
    """A name as it can stand in a line: a character that ends, turns or hides it is another one."""
    return "".join(one if one.isprintable() else "�" for one in normalize("NFC", name))


def _without_lesson(stem: str) -> str:
    """The name that is left of a file's name without the lesson in it: 'ann_lee' of '06_sqs_ann_lee'."""
    for lesson in set(words.lessons().values()):
        if found := re.fullmatch(rf"\d{{2}}[_-]{lesson}[_-]+(.+)", stem):
            return LATE.sub("", found[1]).strip("_- ") or stem
    stem = re.sub(r"^\d{2}[_-][a-z_]+?(?=[_-][^_-]*$)", "", stem) if re.match(r"^\d{2}[_-]", stem) else stem
    return LATE.sub("", stem).strip("_- ") or stem


def _unfolded(place: Path, unfold: Path) -> dict[Path, tuple[Path, str]]:
    """Unfold the notebooks of a zip: {where each lies: (its name in the zip, what is wrong)}. Raises Ungathered.

    Nothing is written outside of `unfold`, and of two equal names both are kept. What can't be unfolded is not there.
    """
    unfold.mkdir(parents=True, exist_ok=True)
    try:
        packed = zipfile.ZipFile(place)
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Ungathered(f"{place} can't be unfolded ({type(error).__name__}): download it again.") from None
    found: dict[Path, tuple[Path, str]] = {}
    room = LARGEST_ZIP
    with packed:
        members = [one for one in packed.infolist() if not one.is_dir() and _looked_at(one.filename)]
        if len(members) > 20 * MOST_FILES:
            raise Ungathered(f"{place} holds {len(members)} notebooks: more than are graded in one go.")
        for one in members:
            inside = PurePosixPath(one.filename.replace("\\", "/"))
            parts = [_safe(part) for part in inside.parts if part not in ("..", "/")]
            named = Path(*parts)
            target = _free(unfold / named, found)
            wrong = _wrong(one, inside, room)
            room -= 0 if wrong else one.file_size
            found[target] = named, wrong or _unpacked(packed, one, target, place)
    return found


def _looked_at(name: str) -> bool:
    """Whether a file of a zip is told of: a notebook, or something that may hold one."""
    return name.lower().endswith((".ipynb", *ARCHIVES)) and not any(
        part in SKIPPED for part in name.split("/")
    )


def _free(wanted: Path, taken: dict) -> Path:
    """That path, or the first one like it that no other file has."""
    number, target = 1, wanted
    while target in taken:
        number += 1
        target = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    return target


def _wrong(one: zipfile.ZipInfo, inside: PurePosixPath, room: int) -> str:
    """Why a file of a zip isn't unfolded, in one sentence with what to do; '' where it is."""
    ask = "ask for the notebook itself"
    if inside.suffix.lower() != ".ipynb":
        return f"It is an archive in the archive, which isn't unfolded: {ask}."
    if inside.is_absolute() or ".." in inside.parts or re.match(r"[A-Za-z]:", one.filename):
        return f"Its path leads out of the zip, so it isn't unfolded: {ask}."
    if (one.external_attr >> 16) & 0o170000 == 0o120000:
        return f"It is a link to another file, which is not followed: {ask}."
    if one.flag_bits & 1:
        return "It is kept by a password: ask for it without one."
    size = f"{one.file_size / 1e6:.0f} MB"
    if one.file_size > LARGEST:
        return f"It has {size}, more than {LARGEST // 1_000_000} MB: ask for it without its outputs."
    if one.file_size > SMALL and one.file_size > MOST_TIMES * max(1, one.compress_size):
        return f"It unfolds to {size}, {one.file_size // max(1, one.compress_size)} times its size: {ask}."
    if one.file_size > room:
        return "The zip unfolds to more than is graded in one go: grade this file by itself."
    return ""


def _unpacked(packed: zipfile.ZipFile, one: zipfile.ZipInfo, target: Path, place: Path) -> str:
    """Unfold one file; why that can't be done, or ''. Raises Ungathered where nothing more can be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(one) as source, open(target, "wb") as file:
            shutil.copyfileobj(source, file)
        when = time.mktime((*one.date_time, 0, 0, -1))  # of the file in it: a deadline looks at it
        os.utime(target, (when, when))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError):
        return "It is damaged in the zip: download it again, or ask for the file itself."
    except (NotImplementedError, RuntimeError, ValueError, OverflowError):
        return "It is packed in a way that can't be unfolded here: unfold it yourself, or ask for it anew."
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            said = (error.strerror or "").lower()
            raise Ungathered(
                f"{place} can't be unfolded ({said}): make room in {target.parents[0]}."
            ) from None
        return (
            f"It can't be unfolded ({(error.strerror or str(error)).lower()}): ask for it under another name."
        )
    return ""


def _safe(part: str) -> str:
    return re.sub(r'[<>:"|?*\x00-\x1f]', "_", part)[:120]
