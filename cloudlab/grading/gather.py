"""Whose each submitted file is: a folder or a zip in any usual arrangement, with or without a roster. Read `gather`.

    one file for each student          ann.ipynb, 06_sqs_ann.ipynb
    one folder for each student        ann/06_sqs.ipynb
    a download of a learning platform  "Lee Ann_12345_assignsubmission_file/06_sqs.ipynb", "leeann_67_06_sqs.ipynb"

A roster is a CSV with a column `student` and, if names in files are others, `name` or `email`.
"""

import csv
import io
import lzma
import os
import re
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MOST_FILES, LARGEST_ZIP = 5000, 2_000_000_000
"""Files that a hand-in may hold, and bytes that a zip may unfold to."""

SKIPPED = (".ipynb_checkpoints", "__MACOSX", ".cloudlab", ".git")

PLATFORM = re.compile(r"_\d+_assignsubmission_(file|onlinetext).*$|_assignsubmission_file.*$", re.IGNORECASE)
LATE = re.compile(r"_(late|\d{2,})(?=_|$)", re.IGNORECASE)


class Ungathered(Exception):
    """What was handed in can't be read at all; the text is one sentence."""


@dataclass(frozen=True)
class Found:
    """A file of a student. `student` is as the roster calls them, or as the file's own name does."""

    student: str
    path: Path
    known: bool = True


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
    """A name in small letters and digits, with _ between its parts: 'Lee, Ann' and 'lee_ann' are alike."""
    return "_".join(re.findall(r"[^\W_]+", text.casefold()))


def roster_of(path: Path) -> Roster:
    """The roster in a CSV file. Raises Ungathered with what is wrong and in which line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Ungathered(
            f"roster {path} can't be read ({type(error).__name__}): save it as CSV in UTF-8."
        ) from None
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
        place = _unfolded(place, unfold)
    elif not place.is_dir():
        what = "is no folder and no zip" if place.exists() else "isn't there"
        raise Ungathered(f"{place} {what}: name the folder, or the zip, that holds the notebooks.")
    files = [
        path for path in sorted(place.rglob("*")) if path.suffix.lower() == ".ipynb" or path.is_symlink()
    ]
    files = [path for path in files if not any(part in SKIPPED for part in path.relative_to(place).parts)]
    if len(files) > MOST_FILES:
        raise Ungathered(
            f"{place} holds {len(files)} notebooks, but at most {MOST_FILES} are graded in one go."
        )
    if not files:
        raise Ungathered(f"{place} holds no notebook (.ipynb).")
    return [_whose(path, path.relative_to(place), roster) for path in files]


def _whose(path: Path, inside: Path, roster: Roster | None) -> Found:
    """By the innermost folder that names somebody, else by the file's own name."""
    folders = [PLATFORM.sub("", part) for part in inside.parts[:-1]]
    texts = [*reversed(folders), inside.stem]
    if roster is not None:
        for text in texts:
            if student := roster.find(text):
                return Found(student, path)
        return Found(plain_name(texts[0]) or "unnamed", path, known=False)
    if folders and folders[-1] == inside.stem:
        folders = folders[:-1]  # nbgrader has a folder for each assignment in that of its student
    named = folders[-1] if folders else _without_lesson(inside.stem)
    return Found(named or inside.stem, path)


def _without_lesson(stem: str) -> str:
    """The name that is left of a file's name without the lesson in it."""
    stem = re.sub(r"^\d{2}[_-][a-z_]+?(?=[_-][^_-]*$)", "", stem) if re.match(r"^\d{2}[_-]", stem) else stem
    return LATE.sub("", stem).strip("_- ") or stem


def _unfolded(place: Path, unfold: Path) -> Path:
    """The notebooks of a zip, each below `unfold`; names that would leave it are refused. Done once."""
    unfold.mkdir(parents=True, exist_ok=True)
    try:
        packed = zipfile.ZipFile(place)
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Ungathered(f"{place} can't be unfolded ({type(error).__name__}): download it again.") from None
    with packed:
        entries = [one for one in packed.infolist() if not one.is_dir()]
        if len(entries) > 20 * MOST_FILES or sum(one.file_size for one in entries) > LARGEST_ZIP:
            raise Ungathered(f"{place} unfolds to more than is graded in one go: {len(entries)} files.")
        for one in entries:
            inside = PurePosixPath(one.filename.replace("\\", "/"))
            if inside.suffix.lower() != ".ipynb":
                continue
            if (
                inside.is_absolute()
                or ".." in inside.parts
                or (one.external_attr >> 16) & 0o170000 == 0o120000
            ):
                continue  # never outside, and no links
            target = unfold.joinpath(*(_safe(part) for part in inside.parts))
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(one) as source, open(target, "wb") as file:
                    shutil.copyfileobj(source, file)
                when = time.mktime((*one.date_time, 0, 0, -1))  # of the file in it: a deadline looks at it
                os.utime(target, (when, when))
            except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError):
                target.write_bytes(b"damaged in the zip")  # and told as no notebook
            except (OSError, RuntimeError, NotImplementedError) as error:
                why = "is kept by a password" if "password" in str(error) else f"stops at {inside.name!r:.60}"
                raise Ungathered(
                    f"{place} {why}: unfold it yourself, and name the folder that comes of it."
                ) from None
    return unfold


def _safe(part: str) -> str:
    return re.sub(r'[<>:"|?*\x00-\x1f]', "_", part)[:120]


def by_student(found: Iterable[Found]) -> dict[str, list[Found]]:
    """The files of each student, in order of their names."""
    files: dict[str, list[Found]] = {}
    for one in found:
        files.setdefault(one.student, []).append(one)
    return dict(sorted(files.items()))
