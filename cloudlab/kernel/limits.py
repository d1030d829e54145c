"""What a parameter may be, written once as data and used everywhere.

A limit stands in the signature, beside the parameter that it limits:

    def start(*, boot_time: Annotated[float, Limit(0, 3600, "s")] = 60): ...

From that one line come the error message, the control on the screen, the text
of the documentation and the property test. Read `checked` first: it is the
decorator that turns a limit into an error, before the function does anything.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints


class InvalidParameter(ValueError):
    """A parameter has a value that its rule forbids.

    The services' own error codes (`ValidationError`, `InvalidAttributeValue`, …)
    are kinds of it, so that one `except` catches them all.
    """


@dataclass(frozen=True)
class Limit:
    """The values that one parameter may take.

    `low` and `high` are inclusive, in `unit`; `choices` names the only values allowed, or,
    together with a range, the ones that a control offers first. `step` is the distance between
    two neighbouring values of a control, `label` its name on the screen.
    """

    low: float | None = None
    high: float | None = None
    unit: str = ""
    step: float | None = None
    choices: tuple = ()
    label: str = ""

    def rule(self) -> str:
        """The rule in words: 'must be between 0 and 43200 s'."""
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and self.high is not None:
            return f"must be between {_number(self.low)} and {_number(self.high)}{unit}"
        if self.low is not None:
            return f"must be at least {_number(self.low)}{unit}"
        if self.high is not None:
            return f"must be at most {_number(self.high)}{unit}"
        return "must be one of " + ", ".join(map(str, self.choices))

    def allows(self, value: Any) -> bool:
        """Whether `value` obeys the rule."""
        if self.low is None and self.high is None:
            return not self.choices or value in self.choices
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

    `optional` says that None is a value too. `required` says that there is no default.
    """

    name: str
    type: type
    limit: Limit | Action | None
    default: Any
    optional: bool
    required: bool


def parameters(function) -> dict[str, Parameter]:
    """The parameters of `function` in their order, with the limits from its signature."""
    hints = get_type_hints(function, include_extras=True)
    found = {}
    for name, given in inspect.signature(function).parameters.items():
        if name == "self":
            continue
        kind, limit, optional = _take_apart(hints.get(name, object))
        required = given.default is inspect.Parameter.empty
        found[name] = Parameter(name, kind, limit, None if required else given.default, optional, required)
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


def checked(error: type[InvalidParameter] = InvalidParameter):
    """A decorator that checks the limit, or else the kind, of every parameter before the function runs.

    Raises `error`, which names the parameter, the value, the unit and the rule.
    """

    def decorate(function):
        signature = inspect.signature(function)
        known = parameters(function)

        @wraps(function)
        def with_checks(*args, **kwargs):
            given = signature.bind(*args, **kwargs).arguments
            for name, parameter in known.items():
                if name in given:
                    check(parameter, given[name], error)
            return function(*args, **kwargs)

        return with_checks

    return decorate


def _take_apart(hint) -> tuple[type, Limit | Action | None, bool]:
    """(plain type, limit, may it be None) of an annotation."""
    limit = None
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        limit = next((extra for extra in extras if isinstance(extra, (Limit, Action))), None)
    optional = False
    if get_origin(hint) in (Union, UnionType):
        optional = type(None) in get_args(hint)
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        hint = kinds[0] if len(kinds) == 1 else object
    return get_origin(hint) or hint, limit, optional


def _check_number(parameter: Parameter, limit: Limit, value, error) -> None:
    shown = f"{parameter.name} is {_shown(value, limit.unit)}"
    finite = not isinstance(value, float) or math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not finite:
        unit = f" of {limit.unit}" if limit.unit else ""
        raise error(f"{shown}, but must be a number{unit}: it {limit.rule()}.")
    if parameter.type is int and not isinstance(value, int):
        shown = f"{parameter.name} is {value!r} {limit.unit}".rstrip()
        raise error(f"{shown}, but must be a whole number, written without a point: it {limit.rule()}.")


KINDS = {str: "a text", bool: "True or False", list: "a list", tuple: "a tuple", Callable: "a function"}
"""How the kinds of value are called in an error; others by the name of their class."""


def _check_kind(parameter: Parameter, value, error) -> None:
    kind = parameter.type
    if kind in (int, float) or not isinstance(kind, type):
        return
    if getattr(kind, "_is_protocol", False) or isinstance(value, kind):
        return  # what has to fit a protocol is checked by its part, which can say what would fit
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    wanted = KINDS.get(kind, f"{article} {kind.__name__}")
    raise error(f"{parameter.name} is {_shown(value, '')}, but must be {wanted}.")


def _check_moments(name: str, value, error) -> None:
    whole = isinstance(value, (tuple, list))
    if not whole or not all(
        isinstance(t, (int, float)) and not isinstance(t, bool) and t >= 0 for t in value
    ):
        raise error(f"{name} is {value!r}, but must be a tuple of moments in seconds, each at least 0.")


def _shown(value, unit: str) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    text = _number(value) if number else repr(value)
    text = text if len(text) <= 60 else text[:59] + "…"
    return f"{text} {unit}".rstrip() if number else text


def _number(value: float) -> str:
    """A number as a person writes it: 30, 0.5, 43200."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
