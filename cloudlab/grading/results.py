"""The result files: one for each submission, written whole or not at all; its name is a hash of all that decides it.

So a run that was broken off goes on where it stopped, and doing it again changes nothing. All else (the CSV, the
pages) is made anew from these files, by one writer. Read `Results.write` first.
"""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeGuard

import cloudlab
from cloudlab.grading.plainly import text_of

FOLDER = "results"
FORMAT = 1

VERDICTS = {
    "graded": "graded",
    "not_attempted": "nothing was handed in for it",
    "timeout": "it took more time than a run may take",
    "memory": "it took more memory than a run may take",
    "output": "it gave out more than is read",
    "crash": "its process ended in the middle",
    "tamper": "what came from it was no answer to what was asked",
    "invalid": "the file can't be graded",
    "grader_error": "the grader failed; it is tried again next time, and is no zero",
}
"""All that can be said of an exercise in a submission, in words."""


SHAPE = {
    **dict.fromkeys(("key", "student", "file", "digest", "packed", "isolation", "verdict"), str),
    "format": int,
    "changed": int,
    "exercises": dict,
    "notes": list,
}
"""What stands in a result, and of which type."""

ENTRY = {
    **dict.fromkeys(("verdict", "code", "stage", "told"), str),
    "points": float,
    "variant": int,
}
"""What stands in it of each exercise."""


class NoRoom(Exception):
    """A result can't be written; the text is one sentence."""


@cache
def version() -> str:
    """A hash of the course's own code and data: another version may grade otherwise."""
    package, digest = Path(cloudlab.__file__).parent, hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".toml", ".json") and "__pycache__" not in path.parts:
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def key(digest: str, student: str, salt: str, limits: dict, names: tuple[str, ...]) -> str:
    """What decides a result, as a short text: the same key, the same result."""
    fingerprint = hashlib.sha256(f"fingerprint of {salt}".encode()).hexdigest()
    parts = [FORMAT, digest, student, fingerprint, version(), sorted(limits.items()), names]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


class Results:
    """The result files in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder / FOLDER

    def path(self, name: str) -> Path:
        """The file with this key."""
        return self.folder / f"{name}.json"

    def read(self, name: str) -> dict | None:
        """The result with this key; None where there is none, or only one that is to be tried again."""
        try:
            found = json.loads(text_of(self.path(name)))
        except (OSError, ValueError, RecursionError):
            return None
        return found if is_whole(found) and found["key"] == name and not again(found) else None

    def write(self, result: dict) -> None:
        """Write a result under its key: to another name first, flushed, then renamed. Raises NoRoom."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            number, part = tempfile.mkstemp(prefix=".part-", dir=self.folder)
            try:
                with os.fdopen(number, "w", encoding="utf-8") as file:
                    json.dump(result, file, indent=1, sort_keys=True)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, self.path(result["key"]))
            except BaseException:
                with suppress(OSError):
                    Path(part).unlink()
                raise
        except OSError as error:
            said = (error.strerror or str(error)).lower()
            raise NoRoom(
                f"a result can't be written to {self.folder} ({said}): make room, and run it again."
            ) from None

    def forget(self) -> None:
        """Remove all results, so that everything is graded anew."""
        with suppress(OSError):
            for path in self.folder.glob("*.json"):
                path.unlink()

    def sweep(self) -> None:
        """Remove what a run that was killed left half written."""
        with suppress(OSError):
            for path in self.folder.glob(".part-*"):
                path.unlink()


def is_whole(found: object) -> bool:
    """Whether all that a report reads stands in a result, as `grader.grade_one` makes it."""
    if not _fits(found, SHAPE) or found["verdict"] not in VERDICTS:
        return False
    return all(type(note) is str for note in found["notes"]) and all(
        _fits(one, ENTRY) and one["verdict"] in VERDICTS and 0 <= one["points"] <= 10
        for one in found["exercises"].values()
    )


def _fits(found, shape: dict[str, type]) -> TypeGuard[dict]:
    """Whether it is a dict that holds all of a shape."""
    return type(found) is dict and all(type(found.get(name)) is kind for name, kind in shape.items())


def again(result: dict) -> bool:
    """Whether a result is no result yet: the grader failed."""
    return any(one["verdict"] == "grader_error" for one in result["exercises"].values()) or (
        result.get("verdict") == "grader_error"
    )
