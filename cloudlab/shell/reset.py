"""`cloudlab start --reset 01`: one lesson as on its first day, for whoever sits at this machine next.

Its answers, predictions, ticked tasks and attempts are forgotten, and its notebooks are the originals again.
Nothing else is touched. Read `reset` first.
"""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from cloudlab.shell import Fault, workfolder
from cloudlab.shell.workfolder import PACKAGE

NUMBER = re.compile(r"(?:exercises/)?(\d\d)_(\w+)\.ipynb")


def reset(source: Path, folder: Path, which: str, agreed: Callable[[str], bool]) -> str:
    """Forget the lesson `which` (its number, or its name) in `folder`, once `agreed` has said yes to the question.

    Returns the sentence that says what was done; raises Fault where there is no such lesson, or the answer is no.
    """
    number, stem = _lesson(source, which)
    notebooks = [name for name in workfolder.lessons(source) if _belongs(name, number)]
    try:
        kept = kept_of(folder / ".cloudlab", number, stem)
    except OSError as error:
        raise workfolder.unwritable(folder, error) from None
    question = (
        f"forget lesson {number} in {folder}: {_count(len(kept), 'kept answer')}, "
        f"and whatever was written in {' and '.join(notebooks)}?"
    )
    if not agreed(question):
        raise Fault("nothing was changed.")
    try:
        for path in kept:
            path.unlink(missing_ok=True)
        for name in notebooks:
            mine = folder / name
            (mine.parent / ".ipynb_checkpoints" / f"{mine.stem}-checkpoint.ipynb").unlink(missing_ok=True)
            if mine.is_file():
                mine.unlink()
            workfolder.restore(source, folder, name)
    except OSError as error:
        raise workfolder.unwritable(folder, error) from None
    return f"lesson {number} is as on its first day."


def kept_of(state: Path, number: str, stem: str) -> list[Path]:
    """The files of a lesson's answers, predictions, tasks and attempts in the folder `state`."""
    answers = [path for path in (state / "answers").glob(f"*-{number}-*") if _is_answer(path.name, number)]
    words = PACKAGE / "exercises" / stem / "words.toml"
    names = tomllib.loads(words.read_text(encoding="utf-8")) if words.is_file() else {}
    attempts = [state / "attempts" / f"{name}.jsonl" for name in names]
    return [path for path in (*sorted(answers), *attempts) if path.is_file()]


def _is_answer(name: str, number: str) -> bool:
    """Whether it is a file of this lesson's, also one that could not be read or was never written to its end."""
    return bool(re.match(rf"(quiz|prediction|task)-{number}-", name))


def _belongs(name: str, number: str) -> bool:
    found = NUMBER.fullmatch(name)
    return found is not None and found[1] == number


def _lesson(source: Path, which: str) -> tuple[str, str]:
    """The number and the stem of the lesson that is meant."""
    matches = map(NUMBER.fullmatch, workfolder.lessons(source))
    lessons = [found.groups() for found in matches if found]
    wanted = which.replace("\\", "/").removesuffix(".ipynb").removeprefix("exercises/")
    for number, stem in lessons:
        if wanted in (number, f"{number}_{stem}"):
            return number, stem
    there = ", ".join(sorted({number for number, _ in lessons}))
    raise Fault(f"there is no lesson {which!r} to forget; there are: {there}.")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
