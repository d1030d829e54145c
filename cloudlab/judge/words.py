"""The words of the exercises: title, task, hints, and what each feedback code says.

They stand in one `words.toml` for each lesson, in the folder of its exercises, so that they can be read in
one go, as somebody who has just failed. The number in braces is filled in by the check.
"""

import tomllib
from functools import cache
from importlib.resources import files

from cloudlab.judge.feedback import Feedback


@cache
def lessons() -> dict[str, str]:
    """The lesson of each exercise, found by the words in the folders of `cloudlab.exercises`."""
    folders = files("cloudlab.exercises").iterdir()
    found = sorted(folder.name for folder in folders if (folder / "words.toml").is_file())
    return {name: lesson for lesson in found for name in of_lesson(lesson)}


@cache
def of_lesson(lesson: str) -> dict[str, dict]:
    """The words of each exercise of a lesson."""
    return tomllib.loads((files("cloudlab.exercises") / lesson / "words.toml").read_text(encoding="utf-8"))


def of(name: str) -> dict:
    """The words of exercise `name`."""
    return of_lesson(lessons()[name])[name]


def feedback(name: str, code: str, numbers: dict) -> Feedback:
    """What exercise `name` says about `code`, with its numbers; a measured half may begin with a small letter."""
    said = of(name)["feedback"][code]
    large = {key: f"{one:,}" for key, one in numbers.items() if isinstance(one, int) and one >= 1000}
    happened, why, look = (
        said[part].format(**numbers | large).strip() for part in ("happened", "why", "look")
    )
    return Feedback(code, happened[:1].upper() + happened[1:], why, look)
