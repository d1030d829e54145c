"""What a parameter may be, written once as data and used everywhere.

A limit stands in the signature, beside the parameter that it limits:

    def start(*, boot_time: Annotated[float, Limit(0, 3600, "s")] = 60): ...

From that one line come the error message, the control on the screen, the text
of the documentation and the property test. Read `checked` first: it is the
decorator that turns a limit into an error, before the function does anything.
"""

import inspect
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints


class InvalidParameter(ValueError):
    """A parameter has a value that its rule forbids.

    The services' own error codes (`ValidationError`, `InvalidAttributeValue`, …)
    are kinds of it, so that one `except` catches them all. Its text is one line, whatever it shows.
    """

    def __init__(self, sentence: str):
        super().__init__(" ".join(sentence.split()))


@dataclass(frozen=True)
class Limit:
    """The values that one parameter may take.

    `low` and `high` are inclusive, in `unit`; `choices` names the only values allowed, or,
    together with a range, the ones that a control offers first. `step` is the distance between
    two neighbouring values of a control, `label` its name on the screen. `names` are shorter words for
    choices, in pairs of choice and word, where a row of them would be too long.
    """

    low: float | None = None
    high: float | None = None
    unit: str = ""
    step: float | None = None
    choices: tuple = ()
    label: str = ""
    names: tuple[tuple[Any, str], ...] = ()

    def rule(self, kind: str = "") -> str:
        """The rule in words: 'must be between 0 and 43200 s', or with a `kind` 'must be a number between …'."""
        unit = f" {self.unit}" if self.unit else ""
        of = f"{kind} of " if kind else ""
        if self.low is not None and self.high is not None:
            between = f"{kind} between" if kind else "between"
            return f"must be {between} {_number(self.low)} and {_number(self.high)}{unit}"
        if self.low is not None:
            return f"must be {of}at least {_number(self.low)}{unit}"
        if self.high is not None:
            return f"must be {of}at most {_number(self.high)}{unit}"
        return "must be one of " + ", ".join(map(str, self.choices))

    def allows(self, value: Any) -> bool:
        """Whether `value` obeys the rule."""
        if self.low is None and self.high is None:
            return not self.choices or (isinstance(value, (str, int, float)) and value in self.choices)
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Action:
    """Something a learner does at a moment, such as killing an instance.

    The parameter holds the moments (seconds of simulated time) at which it was done. `moments`
    are the ones that a control offers, one at a time, before there is a stage to press on.
    """

    label: str
    moments: tuple[float, ...] = (120.0, 300.0)
    unit: str = "s"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function: its name, plain type, limit or action, and default.

    `optional` says that None is a value too. `required` says that there is no default. `kinds` are the types of
    which one must fit where there is no limit; none of them means any.
    """

    name: str
    type: type
    limit: Limit | Action | None
    default: Any
    optional: bool
    required: bool
    kinds: tuple = ()


def parameters(function) -> dict[str, Parameter]:
    """The parameters of `function` in their order, with the limits from its signature."""
    written = {
        name: hint for name, hint in getattr(function, "__annotations__", {}).items() if name != "return"
    }
    names = getattr(inspect.unwrap(function), "__globals__", {})
    hints = get_type_hints(SimpleNamespace(__annotations__=written), names, include_extras=True)
    found = {}
    for name, given in inspect.signature(function).parameters.items():
        if name == "self":
            continue
        kinds, limit, optional = _take_apart(hints.get(name, object))
        kind = kinds[0] if len(kinds) == 1 else object
        required = given.default is inspect.Parameter.empty
        default = None if required else given.default
        found[name] = Parameter(name, kind, limit, default, optional, required, kinds)
    return found


def check(parameter: Parameter, value: Any, error: type[InvalidParameter] = InvalidParameter) -> None:
    """Raise `error` with one sentence unless `value` obeys the limit of `parameter`."""
    limit = parameter.limit
    if value is None and parameter.optional:
        return
    if limit is None:
        _check_kind(parameter, value, error)
        return
    if isinstance(limit, Action):
        _check_moments(parameter.name, value, error)
        return
    if parameter.type in (int, float):
        _check_number(parameter, limit, value, error)
    if not limit.allows(value):
        raise error(f"{parameter.name} is {_shown(value, limit.unit)}, but {limit.rule()}.")


BY_PLACE = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
"""Parameters that may be given without their name."""

COLLECTED = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
"""Parameters such as *views, whose limit is that of each value in them: their function looks at it."""


def checked(error: type[InvalidParameter] = InvalidParameter):
    """A decorator that checks the limit, or else the kind, of every parameter before the function runs.

    Raises `error`, which names the parameter, the value, the unit and the rule.
    """

    def decorate(function):
        signature = inspect.signature(function).parameters
        by_place = [name for name, one in signature.items() if one.kind in BY_PLACE]
        known = {
            name: one for name, one in parameters(function).items() if signature[name].kind not in COLLECTED
        }

        @wraps(function)
        def with_checks(*args, **kwargs):
            given = dict(zip(by_place, args, strict=False), **kwargs)
            for name, parameter in known.items():
                if name in given:
                    check(parameter, given[name], error)
            return function(*args, **kwargs)  # which says itself what it doesn't take

        return with_checks

    return decorate


def _take_apart(hint) -> tuple[tuple[type, ...], Limit | Action | None, bool]:
    """(plain types, limit, may it be None) of an annotation."""
    limit = None
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        limit = next((extra for extra in extras if isinstance(extra, (Limit, Action))), None)
    union = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [get_origin(kind) or kind for kind in union if kind is not type(None)]
    return tuple(kinds), limit, type(None) in union


def _check_number(parameter: Parameter, limit: Limit, value, error) -> None:
    shown = f"{parameter.name} is {_shown(value, limit.unit)}"
    finite = not isinstance(value, float) or math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not finite:
        raise error(f"{shown}, but {limit.rule('a number')}.")
    if parameter.type is int and not isinstance(value, int):
        shown = f"{parameter.name} is {value!r:.60} {limit.unit}".rstrip()
        raise error(f"{shown}, but {limit.rule('a whole number')}, written without a point.")


LARGEST = 1e300
"""What counts as a number where no limit is given."""

KINDS = {
    str: "a text",
    bool: "True or False",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
    int: "a whole number",
    float: "a number",
    Callable: "a function",
    Sequence: "a list",
    datetime: "a time",
    os.PathLike: "a Path",
}
"""How the kinds of value are called in an error; others by the name of their class."""


def _check_kind(parameter: Parameter, value, error) -> None:
    if parameter.kinds and not any(_is(value, kind) for kind in parameter.kinds):
        wanted = " or ".join(_called(kind) for kind in parameter.kinds)
        raise error(f"{parameter.name} is {_shown(value, '')}, but must be {wanted}.")


def _is(value, kind) -> bool:
    """Whether a value fits a type. What has to fit a protocol is checked by its part, which says what would fit."""
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        return True
    if kind in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return isinstance(value, int) if kind is int else -LARGEST <= value <= LARGEST
    if kind is Callable and isinstance(value, type):
        return False  # a class in place of what it makes
    return isinstance(value, kind)


def _called(kind) -> str:
    name = kind.__name__
    return KINDS.get(kind, f"{'an' if name[0] in 'AEIOU' else 'a'} {name}")


def takes(function, count: int) -> bool:
    """Whether this is a function, not a class, that can be called with so many values in order."""
    if not callable(function) or isinstance(function, type):
        return False
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # written in C, without a signature
        return True
    return True


def fits(value, *names: str) -> bool:
    """Whether a value is an object, not a class, with these attributes: what a protocol asks for (`contracts`)."""
    return not isinstance(value, type) and all(hasattr(value, name) for name in names)


def _check_moments(name: str, value, error) -> None:
    whole = isinstance(value, (tuple, list))
    if not whole or not all(
        isinstance(t, (int, float)) and not isinstance(t, bool) and 0 <= t < math.inf for t in value
    ):
        raise error(f"{name} is {value!r:.60}, but must be a tuple of moments in seconds, each at least 0.")


def _shown(value, unit: str) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    text = _number(value) if number else repr(value)
    text = text if len(text) <= 60 else text[:59] + "…"
    return f"{text} {unit}".rstrip() if number else text


def _number(value: float) -> str:
    """A number as a person writes it: 30, 0.5, 43200."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
