"""All that a lesson needs on the screen, in one import line.

    from cloudlab.views.lesson import *

A lesson's questions and terms are words, not code: they stand in a file beside its labs module.
"""

import tomllib
from importlib.resources import files

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.measures import availability, in_service, instance_hours
from cloudlab.kernel.printed import wrapped
from cloudlab.views import charts
from cloudlab.views.describe import describe, table
from cloudlab.views.panel import explore
from cloudlab.views.predict import compare_prediction, predict, prediction
from cloudlab.views.quiz import Option, Question, Quiz, quiz
from cloudlab.views.stage import Stage, stage
from cloudlab.views.tasks import Task, clipped, in_service_at_end, replaced, tasks
from cloudlab.views.theme import settings

__all__ = [
    "Option",
    "Question",
    "Stage",
    "Task",
    "availability",
    "charts",
    "clipped",
    "compare_prediction",
    "describe",
    "explore",
    "in_service",
    "in_service_at_end",
    "instance_hours",
    "predict",
    "prediction",
    "questions",
    "quiz",
    "replaced",
    "settings",
    "stage",
    "table",
    "tasks",
    "terms",
    "wrapped",
]


@checked()
def questions(lesson: str, section: str) -> Quiz:
    """The questions of a lesson's section: 'warm-up', 'check' or 'exit'.

    `lesson` is the name of its labs module. Raises InvalidParameter when there are none.
    """
    sections = {name: told for name, told in _words(lesson).items() if _are_questions(told)}
    if section not in sections:
        raise InvalidParameter(f"section is {section!r:.60}, but must be one of {', '.join(sections)}.")
    made = [
        Question(q["key"], q["text"], tuple(Option(**option) for option in q["options"]), q["objective"])
        for q in sections[section]
    ]
    return quiz(*made)


@checked()
def terms(lesson: str) -> dict[str, str]:
    """The new terms of a lesson and what they mean."""
    return _words(lesson)["terms"]


def _are_questions(told) -> bool:
    return isinstance(told, list) and all(isinstance(one, dict) for one in told)


def _words(lesson: str) -> dict:
    there = {path.name: path for path in files("cloudlab.labs").iterdir()}
    if (path := there.get(f"{lesson}.toml")) is None:
        raise InvalidParameter(
            f"lesson is {lesson!r:.60}, but must be the name of a labs module with questions."
        )
    return tomllib.loads(path.read_text(encoding="utf-8"))
