"""Plain values: what may go to an answer and come back from it.

None, True, False, whole numbers, numbers, texts, lists, and dicts with texts as keys: exactly what JSON
holds, and nothing that only looks like it. So the same answer can be judged in the notebook and in another
process behind a pipe, and no object with a mind of its own (one that says it equals everything) is judged.
"""

import sys
from math import isfinite
from typing import Any

DEPTH, ITEMS, DIGITS = 20, 100_000, 2**63
KINDS = {type(None): "nothing", str: "a text", bool: "True or False", int: "a number", float: "a number"}
KINDS |= {list: "a list", dict: "a dict", tuple: "a tuple", type(...): "still …"}


class NotPlain(ValueError):
    """A value is not plain; the text says what it is instead, as the end of 'it is …'."""


def plain(value: Any) -> Any:
    """A copy of `value` made of plain types; tuples become lists, what is numpy's becomes plain too.

    Raises NotPlain, which says what was found instead.
    """
    return _copy(value, 0, [ITEMS])


def _copy(value, depth: int, left: list[int]):  # noqa: C901 - one case after the other, the most frequent first
    """A copy of what lies so deep; so many items and characters are still `left`."""
    kind = type(value)
    left[0] -= len(value) if kind is str else 1
    if depth > DEPTH or left[0] < 0:
        raise NotPlain("too large or too deep")
    if kind is str or value is None or kind is bool:
        return value
    if kind is int:
        if not -DIGITS < value < DIGITS:
            raise NotPlain("a number of more than 18 digits")
        return value
    if kind is dict:
        for key in value:
            if type(key) is not str:
                raise NotPlain("a dict with a key that is no text")
        return {key: _copy(item, depth + 1, left) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_copy(item, depth + 1, left) for item in value]
    if kind is float:
        if not isfinite(value):
            raise NotPlain(f"{value}, which is no number to work with")
        return value
    if kind is _numpys(kind):
        if value.size > ITEMS:
            raise NotPlain("too large or too deep")
        return _copy(value.tolist(), depth + 1, left)
    raise NotPlain(called(value))


def called(value: Any) -> str:
    """What a person calls a value of this kind: 'a list', 'a function', 'a set'."""
    kind = type(value)
    if kind in KINDS:
        return KINDS[kind]
    name = _name_of(kind)[:40]
    if name == "generator":
        return "a generator (there is a yield in the function)"
    if name == "coroutine":
        return "a coroutine (there is an async before the def)"
    if issubclass(kind, type):
        return "a class"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _numpys(kind: type):
    """What numpy, where it is there, has under the name of this class, so that no other can pass for it."""
    return vars(sys.modules["numpy"]).get(_name_of(kind)) if "numpy" in sys.modules else None


# A class may say anything about its own name: this asks Python itself.
_name_of = type.__dict__["__name__"].__get__
