"""Controls drawn from a signature: what a limit says is what the learner sees.

    choices            a row of choices, of which one is on
    a range            a number with its range and unit
    true or false      a box to tick
    an `Action`        the moments at which it may be done: never, 2:00, 5:00

They are native inputs in one widget, since the usual widgets give a slider no name and don't tell a
screen reader which of several buttons is on. Read `field` first.
"""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from cloudlab.kernel.limits import Action, Limit, Parameter
from cloudlab.views.experiment import Experiment, called, label_of, shown
from cloudlab.views.luck import SEEDS
from cloudlab.views.theme import module, stylesheet

HERE = Path(__file__).parent


class Controls(anywidget.AnyWidget):
    """The inputs of a panel, its bar and its messages. What a learner does arrives as a message."""

    _esm = module("controls.js")
    _css = stylesheet(
        "".join((HERE / name).read_text(encoding="utf-8") for name in ("picture.css", "controls.css"))
    )

    label = traitlets.Unicode().tag(sync=True)
    fields: traitlets.List[dict] = traitlets.List().tag(sync=True)
    visible = traitlets.Int(3).tag(sync=True)
    presets: traitlets.List[str] = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    errors = traitlets.Dict().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    fault = traitlets.Bool(False).tag(sync=True)
    spoken = traitlets.Unicode().tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    seeded = traitlets.Bool(True).tag(sync=True)
    seeds = traitlets.Int(SEEDS).tag(sync=True)
    ghost = traitlets.Bool(True).tag(sync=True)
    preset = traitlets.Unicode().tag(sync=True)
    timed = traitlets.Bool(False).tag(sync=True)
    moment = traitlets.Float(0.0).tag(sync=True)
    end = traitlets.Float(0.0).tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    working = traitlets.Bool(False).tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)
    done = traitlets.Int(0).tag(sync=True)

    def tell(self, message: str, *, fault: bool = False, working: bool = False) -> None:
        """Show one sentence below the controls; `working` while there is more to come."""
        with self.hold_sync():
            self.message, self.fault, self.working = message, fault, working


class Control:
    """One parameter of a panel. Setting `value` runs the model, with or without a browser."""

    def __init__(self, experiment: Experiment, name: str, change: Callable[[dict], None]):
        self.name, self.parameter = name, experiment.parameters[name]
        self.label, self.default = label_of(self.parameter), self.parameter.default
        self._experiment, self._change = experiment, change

    @property
    def value(self):
        """What the control shows."""
        return self._experiment.values[self.name]

    @value.setter
    def value(self, value) -> None:
        self._change({self.name: value})

    @property
    def acts(self) -> bool:
        """Whether it is something done at a moment: a stage has a button for it."""
        return isinstance(self.parameter.limit, Action)

    @property
    def changed(self) -> bool:
        """Whether the value is another one than at the start."""
        return self.value != self.default

    @property
    def error(self) -> str:
        """The sentence with which the model refused the value, or ''."""
        return self._experiment.error if self._experiment.blamed == self.name else ""

    def reset(self) -> None:
        """Back to the value of the start."""
        self.value = self.default

    def shown(self, value) -> str:
        """A value in the words of the control."""
        return shown(self.parameter, value)

    def __repr__(self) -> str:
        return f"{self.label}: {self.shown(self.value)}"


def field(control: Control) -> dict:
    """A control as the browser needs it."""
    made = {
        "name": control.name,
        "label": control.label,
        "default": control.default,
        "shown": control.shown(control.default),
        "optional": control.parameter.optional,
        "kind": kind(control.parameter),
        "action": control.acts,
    }
    return made | _offered(control)


def _offered(control: Control) -> dict:
    """The choices in words, or the range of a number."""
    parameter, limit = control.parameter, control.parameter.limit
    if limit is None or parameter.type is bool:
        return {}
    if isinstance(limit, Action):
        moments: list[tuple[float, ...]] = [(), *((moment,) for moment in limit.moments)]
        return {"options": [{"value": one, "text": control.shown(one)} for one in moments], "unit": ""}
    if limit.choices:
        options = [
            {"value": one, "text": called(parameter, one), "full": control.shown(one)}
            for one in limit.choices
        ]
        return {"options": options, "unit": limit.unit}
    step = limit.step or (1 if parameter.type is int else None)
    return {"low": limit.low, "high": limit.high, "step": step, "range": _range(limit)}


def kind(parameter: Parameter) -> str:
    """Which input a parameter gets: choice, check or number."""
    if parameter.type is bool:
        return "check"
    limit = parameter.limit
    return "choice" if isinstance(limit, Action) or (limit and limit.choices) else "number"


def _range(limit: Limit) -> str:
    """The range in words: 0 to 12 instances, at least 1 s."""
    low, high = ("" if value is None else f"{value:,.10g}" for value in (limit.low, limit.high))
    words = (
        f"{low} to {high}"
        if low and high
        else f"at least {low}"
        if low
        else f"at most {high}"
        if high
        else ""
    )
    return f"{words} {limit.unit}".strip()
