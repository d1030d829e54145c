"""What the jail says went wrong in a run, cut to what it may say. Read `harmless` first.

A student reads this, and the code that says it knows what a hidden run was called with. So nothing of its own words
gets through: each sentence is one of the engine's, and what it names is a kind that Python knows or stands in a cell.
"""

import builtins
import inspect
import re
from collections.abc import Sequence
from functools import cache

from cloudlab.judge import calling, feedback, plain, programs
from cloudlab.judge.feedback import Fault, Feedback

CODES = ("wrong_shape", "raised", "endless", "not_attempted", "over_budget", "check_inside")
"""Faults that an answer can have before it is judged: no other code is believed."""

LONGEST = 300
"""Characters of a sentence."""

SENTENCES = (
    r"{name} raised (?P<kind>.+) in (?P<where>.+)\.",
    r"What you handed over raised (?P<kind>.+) when it was looked at\.",
    r"{name} returned something that is no plain value: it is (?P<what>.+)\.",
    r"{name} yielded (?P<what>.+), but must yield a call\.",
    r"The call (?P<call>\w+) was given something that is no plain value: it is (?P<what>.+)\.",
    r"{name} has no yield in it, so none of its calls is made\.",
    r"{name} went on with a call that was never made\.",
    r"{name} calls itself, or collects things, without end\.",
)
"""All that an answer's run can be told of."""


class Untold(Exception):
    """What came from the jail is no fault at all."""


def harmless(told, name: str, cells: Sequence[str], *, knows: bool) -> Fault:
    """The fault that the jail tells of the function `name` in these `cells`. Raises Untold.

    Before it `knows` anything of a hidden run, its own words may stand.
    """
    parts = ("code", "happened", "why", "look")
    if type(told) is not dict or any(type(told.get(part)) is not str for part in parts):
        raise Untold
    code, *texts = (told[part] for part in parts)
    if code not in CODES:
        raise Untold
    if not knows:
        return Fault(Feedback(code, *(feedback.shortened(text, LONGEST) for text in texts)))
    happened, why, look = texts
    return Fault(Feedback(code, _happened(happened, name, "\n".join(cells)), _own(why), _own(look)))


def _happened(said: str, name: str, cells: str) -> str:
    """The sentence that it is, with what it names put in anew."""
    for sentence in SENTENCES:
        if found := re.fullmatch(sentence.replace("{name}", re.escape(name)), said):
            holes = {hole: _HOLES[hole](text, name, cells) for hole, text in found.groupdict().items()}
            start = {found.start(hole): (found.end(hole), text) for hole, text in holes.items()}
            shown, at = "", 0
            for place in sorted(start):
                end, text = start[place]
                shown, at = shown + said[at:place] + text, end
            return shown + said[at:]
    return f"{name} went wrong."


def _kind(text: str, name: str, cells: str) -> str:
    """An exception of Python's own."""
    known = vars(builtins).get(text)
    good = isinstance(known, type) and issubclass(known, BaseException)
    return text if good else "an exception of its own"


def _where(text: str, name: str, cells: str) -> str:
    """A line that the cells have, of a function that stands in them."""
    found = re.fullmatch(r"line (\d{1,4}) of (\w{1,60}|<lambda>)", text, re.ASCII)
    if found and int(found[1]) <= cells.count("\n") + 1:
        written = "lambda" if found[2] == "<lambda>" else rf"def\s+{found[2]}"
        if re.search(rf"\b{written}\b", cells):
            return text
    return f"the function {name}"


def _what(text: str, name: str, cells: str) -> str:
    """Something that `plain` has a word for, or one of Python's own types."""
    if text in plain.KINDS.values() or text in _source():
        return text
    article, _, kind = text.partition(" ")
    known = article in ("a", "an") and isinstance(vars(builtins).get(kind), type)
    return text if known else "something else"


def _call(text: str, name: str, cells: str) -> str:
    return text if re.search(rf"\.{text}\b", cells) else "of yours"


_HOLES = {"kind": _kind, "where": _where, "what": _what, "call": _call}


def _own(text: str) -> str:
    """A sentence that stands in the engine's own files, or nothing."""
    return text if text in _source() else ""


@cache
def _source() -> str:
    """The engine's own files, in which its sentences stand."""
    return "\n".join(inspect.getsource(one) for one in (calling, feedback, plain, programs))
