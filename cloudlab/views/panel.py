"""The panel: a scenario's controls, drawn from its signature, above pictures of its latest run.

    panel = explore(scenario, levels, latency, presets={"A calm day": {"max_size": 4}})

Turn a control, and the model runs again with the same luck; the pictures show the new run over the last
one. Everything works without a browser too: `panel.controls["min_size"].value = 4` runs the model, and
`panel.summary()` tells what came of it. Read `Panel.set` first.
"""

from collections.abc import Callable

from ipywidgets import VBox

from cloudlab.kernel.limits import Action, InvalidParameter, Limit, check, parameters
from cloudlab.kernel.record import Record
from cloudlab.views.controls import Control, Controls, field, place_error
from cloudlab.views.describe import answers, describe
from cloudlab.views.form import bundle
from cloudlab.views.gallery import Gallery
from cloudlab.views.luck import SEEDS, Sample, describe_luck, sample
from cloudlab.views.panel_page import panel_page
from cloudlab.views.picture import Picture
from cloudlab.views.share import decode, encode
from cloudlab.views.stage import Stage
from cloudlab.views.table import table
from cloudlab.views.theme import settings


def explore(
    scenario: Callable[..., Record],
    *views: Callable[..., Picture],
    presets: dict[str, dict] | None = None,
    ghost: bool = True,
    label: str = "",
    visible: int = 3,
    prediction=None,
    **fixed,
) -> "Panel":
    """A panel with a control for each limited parameter of `scenario`, and its first run.

    `views` are charts. `presets` maps a name to some values. `ghost` shows the run before, `label` is
    the title, `visible` how many controls stand in front. `prediction` goes to every chart that takes
    one. Other keywords are given to `scenario` as they are, and get no control. Raises what the
    scenario raises when its defaults are wrong, and TypeError for a keyword that it does not have.
    """
    known = parameters(scenario)
    _check_names("explore", fixed, known)
    for name, values in (presets or {}).items():
        _check_names(f"preset {name!r}", values, known)
    panel = Panel(scenario, views, presets or {}, fixed, prediction, label)
    panel.bar.visible, panel.bar.ghost = visible, ghost
    return panel


class Panel:
    """Controls, the latest `record`, the one before (`previous`), and pictures of them (see `explore`).

    `controls` maps names of parameters to `controls.Control`. `error` is the sentence that the model
    refused the latest values with, or ''. `luck` holds the runs with other seeds, `box` all widgets, and
    `bar` those of the controls.
    """

    def __init__(self, scenario, views, presets: dict[str, dict], fixed: dict, prediction, label: str = ""):
        known = parameters(scenario)
        self.scenario, self.presets, self.fixed = scenario, presets, fixed
        self.controls = {
            name: Control(parameter, self._change)
            for name, parameter in known.items()
            if isinstance(parameter.limit, (Limit, Action)) and name not in fixed
        }
        self.seed = known["seed"].default if "seed" in known else None
        self.record: Record | None = None
        self.previous: Record | None = None
        self.luck: list[Sample] = []
        self.error = ""
        self._gallery, self._prediction, self._callbacks = Gallery(views), prediction, []
        self._moment: float | None = None
        self._ran: dict = {}
        self._mark = ""
        self.bar = Controls(presets=list(presets), seeded=self.seed is not None)
        self._words = Picture()
        self._run()
        self._place(label)
        self.box = VBox([self.bar, *self.pictures, self._words])
        for widget in (self.bar, *self.stages):
            widget.on_msg(lambda _widget, message, _buffers: self.hear(message))

    # What a lesson or a learner asks of a panel

    def set(self, seed: int | None = None, **values) -> "Panel":
        """Change several parameters, and perhaps the seed, with one run. Returns the panel.

        What the model refuses is told beside the control and in `error`; record and pictures stay.
        """
        _check_names("set", values, self.controls)
        self._change(values, seed)
        return self

    def reset(self) -> None:
        """All controls back to their start, with one run."""
        self._change({name: control.default for name, control in self.controls.items()})

    def preset(self, name: str) -> None:
        """The values of a preset, and the defaults of all others, with one run."""
        if name not in self.presets:
            raise InvalidParameter(
                f"name is {name!r}, but must be one of {', '.join(self.presets) or 'no preset'}."
            )
        defaults = {name: control.default for name, control in self.controls.items()}
        self._change({**defaults, **self.presets[name]})
        self.bar.preset = name

    def new_seed(self) -> None:
        """The next seed: the same setting with other luck."""
        self._must_have_seed()
        self._change({}, seed=self.seed + 1)

    def is_it_luck(self, seeds: int = SEEDS) -> str:
        """Run the same setting with `seeds` seeds, show the band, and return it in words.

        Raises InvalidParameter when the scenario has no seed.
        """
        self._must_have_seed()
        found = []
        for number in range(self.seed, self.seed + seeds):
            self.bar.tell(f"Running seed {len(found) + 1} of {seeds} …", working=True)
            found.append(sample(self._simulate(number, self._ran)))
        self.luck = found
        self._draw()
        self.bar.tell(describe_luck(found))
        return self.bar.message

    @property
    def at(self) -> float:
        """The moment that the pictures show (s): the stage's, else the end of the run until it is set."""
        if self.stages:
            return min(self.stages[0].time, self.record.end)
        return self.record.end if self._moment is None else min(self._moment, self.record.end)

    @at.setter
    def at(self, moment: float | None) -> None:
        if self.stages:
            self.stages[0].time = (
                self.record.end if moment is None else min(max(0.0, moment), self.record.end)
            )
            return
        self._moment = None if moment is None or moment >= self.record.end else max(0.0, float(moment))
        self._gallery.move(self.record, **self._offered())
        self._show()

    @property
    def stages(self) -> list[Stage]:
        """The stages among the pictures; mostly none or one."""
        return [picture for picture in self._gallery.pictures if isinstance(picture, Stage)]

    @property
    def code(self) -> str:
        """A short text that restores this run in the same panel elsewhere, or '' where none is short enough."""
        try:
            return encode(self.scenario, self._shared(), self._ran, self.seed)
        except InvalidParameter:
            return ""

    def restore(self, code: str) -> "Panel":
        """Run what `code` says. Raises InvalidParameter when it can't be read; nothing is changed then."""
        values, seed = decode(self.scenario, self._shared(), code)
        for name, value in values.items():
            check(self.controls[name].parameter, value)
        self._change(values, None if self.seed is None else seed)
        return self

    def list_tasks(self, todo: list[dict]) -> None:
        """Show tasks ({"text", "done"}) beside the stage, where there is one."""
        for one in self.stages:
            one.todo = todo

    @property
    def pictures(self) -> list[Picture]:
        """The pictures, in the order of the views."""
        return list(self._gallery.pictures)

    def on_run(self, callback: Callable[[Record], None]) -> None:
        """Call `callback` with the record after each run from now on."""
        self._callbacks.append(callback)

    def hear(self, message: dict) -> None:
        """Do what the browser sends; whatever goes wrong is told in one sentence, and the panel stays usable.

        A message may hold: set (names and values), seed, act (reset, new_seed, luck), preset, ghost, moment;
        from a stage: press or unpress (an action) with its moment, code.
        """
        try:
            self._obey(message)
        except InvalidParameter as error:
            self._refuse(str(error), [])
            for one in self.stages if "code" in message else ():  # told where the code was typed, too
                one.message, one.fault = str(error), True
        except Exception as error:
            self.bar.tell(f"The run stopped with {type(error).__name__}: {error}", fault=True)
        finally:
            self._show()
            self.bar.done += 1

    def _shared(self) -> dict:
        """The parameters that a code holds."""
        return {name: control.parameter for name, control in self.controls.items()}

    def summary(self) -> str:
        """The settings, the findings of the pictures, and the run in words."""
        refused = [f"Not run: {self.error}"] if self.error else []
        told = [*refused, repr(self), describe(self.record), describe_luck(self.luck)]
        return "\n".join(line for line in told if line)

    def __repr__(self) -> str:
        values = [f"{name} {self.controls[name].shown(value)}" for name, value in self._ran.items()]
        setting = f"{self.scenario.__name__} with {', '.join([*values, f'seed {self.record.seed}'])}."
        return "\n".join([setting, *self._gallery.findings()])

    def _repr_mimebundle_(self, **kwargs):
        return bundle(self.box, repr(self), kwargs, lambda: panel_page(self, self._words))

    # How it works

    def _place(self, label: str) -> None:
        """With a stage, its buttons do what is done at a moment, and its timeline is the only one."""
        staged = bool(self.stages)
        fields = [c for c in self.controls.values() if not (staged and isinstance(c.parameter.limit, Action))]
        self.bar.fields = [field(control) for control in fields]
        self.bar.timed = self._gallery.timed and not staged
        self.bar.label = "" if staged else label
        charts = [picture for picture in self.pictures if picture not in self.stages]
        for one in self.stages:
            one.title = label
            one.pictures = [f"IPY_MODEL_{chart.model_id}" for chart in charts if chart.plot]
        for chart in charts if not staged else ():
            chart.observe(self._point, names="time")

    def _change(self, values: dict, seed: int | None = None) -> None:
        """Show the values, run, and keep the old record if the model refuses them."""
        for name, value in values.items():
            self.controls[name].take(value)
        self.bar.preset = ""
        before, self.seed = self.seed, self.seed if seed is None else seed
        try:
            self._run()
        except InvalidParameter as error:
            self.seed = before
            self._refuse(str(error), list(values))
        except Exception:
            self.seed = before
            raise

    def _run(self) -> None:
        values = {name: control.value for name, control in self.controls.items()}
        record = self._simulate(self.seed, values)
        mark = record.seed, record.fingerprint()
        if mark != self._mark:
            self.previous, self.record, self.luck, self._mark = self.record, record, [], mark
        self._ran, self.error = values, ""
        place_error(self.controls, "", [])
        self._draw()
        self.bar.tell("")
        self.bar.spoken = " ".join(self._gallery.findings())
        for one in self.stages:
            one.message, one.fault = "", False
        found = answers(record)
        rows = [("what", "value", "unit"), *table(record, found).rows]
        self._words.show(None, caption="", description=describe(record, found), table=rows)
        for callback in self._callbacks:
            callback(record)

    def _simulate(self, seed: int | None, values: dict) -> Record:
        for name, value in values.items():
            check(self.controls[name].parameter, value)
        lucky = {} if seed is None else {"seed": seed}
        return self.scenario(**lucky, **values, **self.fixed)

    def _offered(self) -> dict:
        """What views may ask for beside the record."""
        return {
            "ghost": self.previous if self.bar.ghost else None,
            "luck": self.luck,
            "prediction": self._prediction,
            "at": self.at,
            "alone": False,
        }

    def _draw(self) -> None:
        self._gallery.draw(self.record, **self._offered())
        self._show()

    def _refuse(self, sentence: str, changed: list[str]) -> None:
        """Tell what the model refused, beside the control that it is about where there is one."""
        self.error = sentence
        placed = place_error(self.controls, sentence, changed)
        self.bar.tell("" if placed else sentence, fault=not placed)
        self._show()

    def _show(self) -> None:
        """Send the browser what the panel holds."""
        bar = self.bar
        with bar.hold_sync():
            bar.values = {name: control.value for name, control in self.controls.items()}
            bar.errors = {name: control.error for name, control in self.controls.items() if control.error}
            bar.seed, bar.scale = self.seed or 0, settings().scale
            if self.record is not None:
                self._tell_stages()
                bar.end, bar.moment, bar.step = self.record.end, self.at, max(1.0, self.record.end / 480)

    def _tell_stages(self) -> None:
        """Actions, code and sentence of each stage. A sentence stands in the bar unless it came from a stage."""
        for one in self.stages:
            with one.hold_sync():
                one.code = self.code
                one.actions = [
                    {"name": name, "label": control.label, "moments": list(control.value)}
                    for name, control in self.controls.items()
                    if isinstance(control.parameter.limit, Action)
                ]

    def _obey(self, message: dict) -> None:
        if "press" in message or "unpress" in message:
            self._press(message)
            return
        if "code" in message:
            self.restore(message["code"])
            return
        acts = {"reset": self.reset, "new_seed": self.new_seed, "luck": self.is_it_luck}
        if "preset" in message:
            self.preset(message["preset"])
        if message.get("set") or message.get("seed") is not None:
            self._change(message.get("set", {}), message.get("seed"))
        if "act" in message:
            acts[message["act"]]()
        if "ghost" in message:
            self.bar.ghost = message["ghost"]
            self._draw()
        if "moment" in message:
            self.at = message["moment"]

    def _press(self, message: dict) -> None:
        """Do something at a moment, or take it back."""
        name, moment = message.get("press", message.get("unpress")), float(message["moment"])
        moments = [time for time in self.controls[name].value if time != moment]
        self._change({name: tuple(sorted([*moments, moment] if "press" in message else moments))})

    def _point(self, change) -> None:
        """The learner pointed at a moment in a picture."""
        if change.new is not None and abs(change.new - self.at) > 1e-6:
            self.at = change.new

    def _must_have_seed(self) -> None:
        if self.seed is None:
            raise InvalidParameter(
                f"{self.scenario.__name__} has no parameter seed, so there is no luck in it."
            )


def _check_names(where: str, given: dict, known: dict) -> None:
    for name in given:
        if name not in known:
            raise TypeError(f"{where} names {name!r}, but the scenario has only {', '.join(known)}.")
