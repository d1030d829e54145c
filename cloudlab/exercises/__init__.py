"""Exercises: a task, a check that says what went wrong and why, and hints.

    from cloudlab.exercises import exercise
    q = exercise("E2")

One folder per lesson holds its exercises (`tasks`), the worlds they are tried in, their words (`words.toml`) and
their variants (`pools/`). The engine is `cloudlab.judge`.
"""

from importlib import import_module

from cloudlab.judge import words
from cloudlab.judge.definition import Exercise
from cloudlab.judge.question import Question, exercises
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.state import membership, own_folder

__all__ = ["exercise"]


def exercise(name: str, *, variant: int = 1) -> Question:
    """The exercise called `name`, such as "E2". `variant` is the number that your teacher gave you, if any.

    Raises InvalidParameter, which names the exercises there are. A learner who is in a class gets its button for help
    with the first one that a notebook asks for.
    """
    known = name.strip().upper() if isinstance(name, str) else ""
    if known not in words.lessons():
        raise InvalidParameter(f"name is {name!r:.40}, but must be one of {', '.join(exercises())}.")
    question = Question(definition(known), variant)
    if membership(own_folder()):
        from cloudlab.views.helping import helping  # here, since exercises are checked where no view is

        helping().under(known, words.lessons()[known])
    return question


def definition(name: str) -> Exercise:
    """What the exercise called `name`, one of `exercises()`, asks and how it is judged: from its lesson's `tasks`."""
    return getattr(import_module(f"{__name__}.{words.lessons()[name]}"), name)
