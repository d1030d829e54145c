"""A prediction, locked in before the run and compared with it afterwards.

    predict("01-after-kill", "How many instances are in service after the kill?", high=12, unit="instances")

Choose and press *Lock in*, or write `.lock(6)` behind it. Charts draw `prediction("01-after-kill")` over the
result, and `compare_prediction("01-after-kill", 9)` says how it went. Without a prediction all goes on.
A locked prediction stays as it is until `.reset()` takes it back. Read `Prediction.lock` first.
"""

import re
from decimal import Decimal
from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING

from cloudlab.kernel.limits import LARGEST, InvalidParameter, Limit, checked
from cloudlab.views.progress import file_name, progress
from cloudlab.views.words import plain

if TYPE_CHECKING:
    from cloudlab.views.form import Form


@checked()
def predict(
    key: str,
    question: str,
    *,
    options: list[str] | tuple[str, ...] = (),
    low: float = 0,
    high: float | None = None,
    step: float = 1,
    unit: str = "",
    answer=None,
) -> "Prediction":
    """Ask for a prediction: one of `options`, or a number from `low` to `high` in `unit`.

    With a `step` of 1 the number must be whole. `answer` locks that one in at once. Raises InvalidParameter
    when `key` can't name a file or the options are fewer than two.
    """
    file_name("prediction", key)
    if options and (len(options) < 2 or len(set(options)) < len(options)):
        raise InvalidParameter(f"options is {list(options)!r:.60}, but must be at least two different texts.")
    limit = Limit(choices=tuple(options)) if options else Limit(low, high, unit, step=step)
    made = Prediction(key, question, limit)
    return made if answer is None else made.lock(answer)


@checked()
def prediction(key: str):
    """The number or text that was locked in under `key`, or None."""
    kept = progress().recall("prediction", key)
    value = kept.get("value") if kept else None
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST
    return value if number or isinstance(value, str) else None


def unit_of(key: str) -> str:
    """The unit of the number that was locked in under `key`, or ''."""
    return (progress().recall("prediction", key) or {}).get("unit") or ""


@checked()
def compare_prediction(key: str, actual) -> str:
    """One sentence that sets the prediction beside what happened, a number or a text. Raises InvalidParameter."""
    if not isinstance(actual, (str, Real, Decimal)):
        raise InvalidParameter(f"actual is {actual!r:.60}, but must be a number or a text.")
    value = prediction(key)
    if value is None:
        return f"No prediction yet. It was {_said(actual)}."
    unit = unit_of(key)
    if value == actual:
        return f"You predicted {_said(value, unit)}, and so it was."
    return f"You predicted {_said(value, unit)}, it was {_said(actual, unit)}."


class Prediction:
    """A question whose answer is locked in before the run. `value` is the prediction, or None."""

    def __init__(self, key: str, question: str, limit: Limit):
        self.key, self.question, self.limit = key, question, limit
        self._message = self._trouble = ""
        self._form: Form | None = None
        self._locked = self.value is not None

    @property
    def value(self):
        """What was locked in, as far as the question allows it, or None."""
        value = prediction(self.key)
        return None if value is None or self._objection(value) else value

    def lock(self, value) -> "Prediction":
        """Lock `value` in. What is locked already stays, and a value that can't be gets one sentence."""
        progress().recall("prediction", self.key, anew=True)  # another notebook may have locked in
        before = self.value
        if objection := self._objection(value):
            self._message = objection
        elif before is None:
            value = int(value) if isinstance(value, float) and value == int(value) else value
            answer = {"question": self.question, "value": value, "unit": self.limit.unit}
            progress().keep("prediction", self.key, answer)
            self._message = ""
        elif before == value:
            self._message = ""
        else:
            locked, wish = _said(before, self.limit.unit), _said(value, self.limit.unit)
            self._message = f"Too late for {wish}: you locked in {locked}. Predict again (.reset()) first."
        return self._shown()

    def reset(self) -> "Prediction":
        """Take the prediction back, to predict again."""
        progress().forget("prediction", self.key)
        self._message = ""
        return self._shown()

    def _objection(self, value) -> str:
        """Why `value` is no answer to the question, or ''."""
        limit = self.limit
        if limit.choices:
            return "" if value in limit.choices else f"prediction is {value!r:.60}, but {limit.rule()}."
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or (isinstance(value, float) and not isfinite(value)):
            return f"{value!r:.60} is no number{_in_two_ways(value)}."
        shown = _said(value).replace("-", "−")
        if limit.step == 1 and value != int(value):
            return f"{shown} is no whole number."
        if limit.low is not None and value < limit.low:
            return f"{shown} is below {_said(limit.low, limit.unit)}."
        if limit.high is not None and value > limit.high:
            return f"{shown} is above {_said(limit.high, limit.unit)}."
        return ""

    def _shown(self) -> "Prediction":
        self._trouble = progress().troubles() or self._trouble
        self._locked = self.value is not None
        if self._form:
            self._form.show(self.content())
        return self

    def press(self, value) -> None:
        """What the button does: lock in, or, where it says so, predict again.

        Another notebook may have locked in since this one was shown: then it is too late here.
        """
        if self._locked:
            self.reset()
        elif value is None:
            self._message = "Choose one first." if self.limit.choices else "Type a number first, in digits."
            self._shown()
        else:
            self.lock(self.limit.choices[value] if self.limit.choices else typed_number(value))

    def _status(self) -> str:
        value = self.value
        if self._message and value is not None:
            return self._message
        locked = f"Locked in: {_said(value, self.limit.unit)}." if value is not None else "No prediction yet."
        return f"{self._message} {locked}".strip()

    def content(self) -> dict:
        """What the form shows (see `form.Form`)."""
        value, limit = self.value, self.limit
        locked = value is not None
        tone, glyph = ("wrong", "!") if self._message else ("kept", "⚑") if locked else ("plain", "○")
        content = {
            "question": self.question,
            "locked": locked,
            "button": "Predict again" if locked else "Lock in",
            "tone": tone,
            "glyph": glyph,
            "word": "",
            "text": self._status(),
            "trouble": self._trouble,
        }
        if limit.choices:
            chosen = limit.choices.index(value) if locked else None
            return {**content, "options": list(limit.choices), "chosen": chosen}
        step = limit.step or "any"
        return {
            **content,
            "number": {
                "low": limit.low,
                "high": limit.high,
                "step": step,
                "unit": limit.unit,
                "value": value,
            },
        }

    def _repr_mimebundle_(self, **kwargs):
        from cloudlab.views.form import Form, bundle
        from cloudlab.views.snapshot import forms

        self._form = self._form or Form(self.content(), self.press)
        text = repr(self) if self.value is not None else "A prediction to lock in here: run this cell."
        return bundle(self._form, text, kwargs, lambda: forms([self.content()]))

    def __repr__(self) -> str:
        limit = self.limit
        if limit.choices:
            lines = [f"  ( ) {option}" for option in limit.choices]
        else:
            whole = "whole number" if limit.step == 1 else "number"
            lines = [f"  a {whole} that {limit.rule()}"]
        return "\n".join(
            [f"Predict: {self.question}", *lines, *filter(None, [self._status(), self._trouble])]
        )


THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:[,\s]\d{3})+(?:\.\d+)?")
"""A number in groups of three digits, as the course writes it: 5,000."""

EITHER = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")
"""5.000 is 5 to some and 5,000 to others."""


def typed_number(text):
    """The number that was typed, or the text itself when it is none or can be read in two ways.

    >>> [typed_number(text) for text in ("5,000", "0,5", "5.000", "many")]
    [5000, 0.5, '5.000', 'many']
    """
    typed = str(text).strip()
    if EITHER.fullmatch(typed):
        return text
    typed = re.sub(r"[,\s]", "", typed) if THOUSANDS.fullmatch(typed) else typed.replace(",", ".")
    try:
        value = float(typed)
    except ValueError:
        return text
    return int(value) if isfinite(value) and value == int(value) else value


def _in_two_ways(value) -> str:
    """What a text such as 5.000 may mean, as the end of a sentence; else ''."""
    if not isinstance(value, str) or not EITHER.fullmatch(value.strip()):
        return ""
    digits = value.strip().lstrip("+-")
    return f": it may be {plain(float(digits))} or {plain(int(digits.replace('.', '')))}"


def _said(value, unit: str = "") -> str:
    """A value in a sentence: 6 instances, 0.18 s, or a text in quotes."""
    if isinstance(value, str):
        return f"“{value}”"
    unit = unit[:-1] if value == 1 and len(unit) > 2 and unit.endswith("s") else unit
    return f"{plain(value)} {unit}".strip()
