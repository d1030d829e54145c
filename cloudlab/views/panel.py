"""The panel: a scenario's controls, drawn from its signature, above pictures of its latest run.

    panel = explore(scenario, levels, latency, presets={"A calm day": {"max_size": 4}})

Turn a control, and the model runs again with the same luck; the pictures show the new run over the last
one. Everything works without a browser too: `panel.controls["min_size"].value = 4` runs the model, and
`panel.summary()` tells what came of it. Read `Panel.set` first.
"""

from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature

from ipywidgets import VBox

from cloudlab.kernel.limits import InvalidParameter, checked, parameters, takes
from cloudlab.kernel.printed import wrapped
from cloudlab.kernel.record import Record
from cloudlab.views import snapshot
from cloudlab.views.controls import Control, Controls, field
from cloudlab.views.describe import answers, describe, left_out
from cloudlab.views.experiment import Experiment, Seeds, check_names
from cloudlab.views.form import bundle
from cloudlab.views.gallery import Gallery
from cloudlab.views.helping import helping
from cloudlab.views.luck import SEEDS, Sample, describe_luck
from cloudlab.views.messages import obey
from cloudlab.views.panel_page import panel_page
from cloudlab.views.picture import Picture
from cloudlab.views.progress import progress
from cloudlab.views.stage import Stage, stage
from cloudlab.views.table import table
from cloudlab.views.theme import settings
from cloudlab.views.words import clock


@checked()
def explore(
    scenario: Callable[..., Record],
    *views: Callable[..., Picture],
    presets: dict[str, dict] | None = None,
    ghost: bool = True,
    label: str = "",
    visible: int = 3,
    prediction=None,
    start: dict | None = None,
    opening: float | tuple[float, float] | None = None,
    question: str = "",
    **fixed,
) -> "Panel":
    """A panel with a control for each limited parameter of `scenario`, and its first run.

    `views` are charts. `presets` maps a name to some values, and `start` holds values in place of defaults.
    `ghost` shows the run before, `label` is the title, `visible` how many controls stand in front. `prediction`
    goes to every chart that takes one; as {key: function} the function tells from a record what came of it, and a
    stage shows at its end how far off the prediction was. As {key: (function, moment)} the function takes record
    and moment, and the stage answers when the moment is reached; of several in order, charts take the last. With the
    name of a part behind the moment it is about that part's line, which is drawn too. Such
    a prediction is about the first run, and stands at no other.

    `opening` is the moment of suspense (s): the stage plays up to it by itself when it comes into view, in less
    than five seconds, and asks `question`; of two moments it begins at the first. Other keywords are given to
    `scenario` as they are, and get no control. Raises what the scenario raises when its defaults are wrong, and
    TypeError for a keyword that it does not have.
    """
    _check_views(views)
    if isinstance(prediction, dict) and not (prediction and all(map(_tells, prediction.values()))):
        rule = "must be a key, or map keys to functions of a record, or to (function, moment) or (…, …, part)"
        raise InvalidParameter(f"prediction is {prediction!r:.60}, but {rule}.")
    check_names("explore", fixed, parameters(scenario))
    panel = Panel(Experiment(scenario, presets, start, **fixed), views, prediction, label)
    panel.bar.visible, panel.bar.ghost = visible, ghost
    if opening is not None:
        since, until = _opening(opening, panel.record.end)
        panel.opening = float(until), question
        panel.bar.spoken = ""  # what comes is not told yet
        for one in panel.stages:
            one.opening = {"since": float(since), "until": float(until), "answered": panel.answered}
        panel.ask()
    return panel


def _tells(outcome) -> bool:
    """Whether this says what came of a prediction: a function, or one with the moment that it is asked about."""
    if not isinstance(outcome, tuple):
        return callable(outcome)
    if len(outcome) not in (2, 3):
        return False
    function, at, *about = outcome
    timed = callable(function) and type(at) in (int, float) and at >= 0
    return timed and all(isinstance(part, str) for part in about)


def _check_views(views) -> None:
    """Raise InvalidParameter unless each draws a record into a picture, as each chart and the stage does."""
    for view in views:
        if not takes(view, 1) or "picture" not in signature(view).parameters:
            raise InvalidParameter(f"views holds {view!r:.60}, but must be charts, such as charts.levels.")


def _opening(opening, end: float) -> tuple[float, float]:
    """Where an opening begins and stops (s). Raises InvalidParameter where no run can be played so."""
    moments = opening if isinstance(opening, tuple) else (0.0, opening)
    real = all(isinstance(moment, (int, float)) and not isinstance(moment, bool) for moment in moments)
    if len(moments) != 2 or not real or not 0 <= moments[0] < moments[1] <= end:
        rule = f"must be a moment of the run, or two in order, from 0 to {end:g} s"
        raise InvalidParameter(f"opening is {opening!r:.60}, but {rule}.")
    return moments[0], moments[1]


class More:
    """Some pictures of a panel, below each other. `untold` says whether its first run wasn't played on yet."""

    def __init__(self, pictures: list[Picture | Stage], untold: Callable[[], bool]):
        self.pictures, self._untold = pictures, untold
        self.box = VBox(pictures)

    def __repr__(self) -> str:
        if self._untold():  # what comes is not told yet
            return "The same run as a chart, as far as it was played: run this cell."
        return "\n".join(f"{picture.caption}." for picture in self.pictures)

    def _repr_mimebundle_(self, **kwargs):
        return bundle(
            self.box, repr(self), kwargs, lambda: snapshot.box(*map(snapshot.figure, self.pictures))
        )


class Panel:
    """Controls of an experiment, and pictures of its latest run (see `explore`).

    `experiment` holds the values and the runs, `controls` maps names of parameters to `controls.Control`,
    `box` holds all widgets, and `bar` is the one of the controls.
    """

    def __init__(
        self,
        experiment: Experiment,
        views: Sequence[Callable],
        prediction=None,
        label: str = "",
    ):
        self.experiment = experiment
        self.controls = {name: Control(experiment, name, self._change) for name in experiment.parameters}
        self.bar = Controls(presets=list(experiment.presets), seeded=experiment.seed is not None)
        self._gallery, self._prediction = Gallery(views), prediction
        self._first = experiment.record.fingerprint()
        self._moment: float | None = None
        self.opening: tuple[float, str] | None = None
        self._more: dict[tuple, More] = {}
        self._words = Picture()
        self._tell_run(experiment.record)
        self._place(label)
        self.box = VBox([self.bar, *self.pictures, self._words])
        if not self.stages:
            self.box.add_class("cloudlab-charts")
        experiment.on_run(self._tell_run)
        self.bar.on_msg(self._receive)
        progress().on_change(self._hear_answer)
        for one in self.stages:
            one.on_msg(self._receive)

    # What the experiment holds

    @property
    def record(self) -> Record:
        """The latest run that the model didn't refuse."""
        return self.experiment.record

    @property
    def previous(self) -> Record | None:
        """The run before."""
        return self.experiment.previous

    @property
    def luck(self) -> list[Sample]:
        """The runs with other seeds."""
        return self.experiment.luck

    @property
    def seed(self) -> int | None:
        """The seed of the latest run, or None where the scenario has none."""
        return self.experiment.seed

    @property
    def error(self) -> str:
        """The sentence with which the model refused the latest values, or ''."""
        return self.experiment.error

    @property
    def code(self) -> str:
        """A short text that restores this run in the same panel elsewhere, or '' where none is short enough."""
        return self.experiment.code

    def also(self, *views: Callable[..., Picture], prediction=None) -> "More":
        """More pictures of the same runs, in a cell of their own: what was turned above is seen in them too.

        `prediction` goes to those that take one. A cell that is run again shows the same pictures. Raises
        InvalidParameter for what is no chart.
        """
        _check_views(views)
        if stage in views:
            raise InvalidParameter(
                "views holds stage, but must be charts: a panel has its stage from the start."
            )
        key = views, repr(prediction)
        if key in self._more:
            return self._more[key]
        if prediction is not None:
            views = tuple(
                partial(view, prediction=prediction) if "prediction" in signature(view).parameters else view
                for view in views
            )
        before = len(self.pictures)
        self._gallery.add(views)
        self.draw()
        self._gallery.link(self.bar.label, self._point)
        self._more[key] = More(self.pictures[before:], lambda: self._untold)
        return self._more[key]

    def on_run(self, callback: Callable[[Record], object]) -> None:
        """Call `callback` with the record after each run from now on."""
        self.experiment.on_run(callback)

    # What a lesson or a learner asks of a panel

    def set(self, seed: int | None = None, **values) -> "Panel":
        """Change several parameters, and perhaps the seed, with one run. Returns the panel.

        What the model refuses is told beside the control and in `error`, and printed where it was asked for; record
        and pictures stay.
        """
        check_names("set", values, self.controls)
        self._change(values, seed)
        if self.error:
            print(wrapped(f"Not run: {self.error}"))
        return self

    def reset(self) -> None:
        """All controls back to their start, with one run."""
        self.do(self.experiment.reset)

    def preset(self, name: str) -> None:
        """The values of a preset, and the defaults of all others, with one run."""
        self.do(lambda: self.experiment.preset(name))

    def new_seed(self) -> None:
        """The next seed: the same setting with other luck."""
        self.do(self.experiment.new_seed)

    def restore(self, code: str) -> "Panel":
        """Run what `code` says. Raises InvalidParameter when it can't be read; nothing is changed then."""
        self.do(lambda: self.experiment.restore(code))
        return self

    @checked()
    def is_it_luck(self, seeds: Seeds = SEEDS) -> str:
        """Run the same setting with `seeds` seeds, show the band, and return it in words.

        Raises InvalidParameter when the scenario has no seed.
        """
        words = self.experiment.is_it_luck(
            seeds, lambda run: self.bar.tell(f"Running seed {run} of {seeds} …", working=True)
        )
        self.draw()
        self.bar.tell("" if self.stages else words)
        for one in self.stages:
            one.tell_luck(words, self.experiment.luck, self.experiment.luck_before)
        return words

    @property
    def at(self) -> float:
        """The moment that the pictures show (s): the stage's, else the end of the run until it is set."""
        if self.stages:
            return min(self.stages[0].time, self.record.end)
        return self.record.end if self._moment is None else min(self._moment, self.record.end)

    @at.setter
    @checked()
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
        return self._gallery.stages

    def list_tasks(self, todo: list[dict]) -> None:
        """Show tasks ({"text", "done"}) beside the stage, where there is one."""
        for one in self.stages:
            one.todo = todo

    @property
    def pictures(self) -> list[Picture | Stage]:
        """The pictures, in the order of the views."""
        return list(self._gallery.pictures)

    def do(self, act: Callable[[], object]) -> None:
        """Let the experiment do something, and show what it holds then, or what was refused."""
        act()
        if self.error:
            self._tell_refusal()
        self._show()

    def draw(self) -> None:
        """Draw the latest run again."""
        self._gallery.draw(self.record, **self._offered())
        self._show()

    def _receive(self, _widget, message: dict, _buffers) -> None:
        self.hear(message)

    def hear(self, message: dict) -> None:
        """Do what the browser sends (see `messages`).

        Whatever goes wrong is told in one sentence, and the panel stays usable.
        """
        try:
            obey(self, message)
        except InvalidParameter as error:
            self.experiment.refuse(str(error), [])
            self._tell_refusal()
            for one in self.stages if "code" in message else ():  # told where the code was typed, too
                one.message, one.fault = str(error), True
        except Exception as error:
            self.bar.tell(f"The run stopped with {type(error).__name__}: {error}", fault=True)
        finally:
            self._show()
            self.bar.done += 1

    def summary(self) -> str:
        """The settings, the findings of the pictures, and the run in words."""
        refused = [f"Not run: {self.error}"] if self.error else []
        told = [*refused, repr(self.experiment), *self._gallery.findings()]
        told += [describe(self.record), describe_luck(self.luck)]
        return "\n".join(line for line in told if line)

    def __repr__(self) -> str:
        if self.opening and self._untold:  # what comes is not told yet
            moment, question = self.opening
            length = self.record.end
            now = f"It stands at {clock(moment, length)} of {clock(length)}. {question}".strip()
            return "\n".join(map(wrapped, [repr(self.experiment), now]))
        told = [repr(self.experiment), left_out(self.record), *self._gallery.findings()]
        return "\n".join(wrapped(line) for line in told if line)

    def _repr_mimebundle_(self, **kwargs):
        scenario = self.experiment.scenario
        lesson = scenario.__module__.rpartition(".")[2]
        name = f"{lesson}.{getattr(scenario, '__name__', '')}.{self.bar.label}"
        box = helping().above(self.box, name, lesson)
        return bundle(box, repr(self), kwargs, lambda: panel_page(self, self._words))

    # How it works

    def _place(self, label: str) -> None:
        """With a stage, its buttons do what is done at a moment, and its timeline is the only one."""
        staged = bool(self.stages)
        self.bar.fields = [field(one) for one in self.controls.values() if not (staged and one.acts)]
        self.bar.timed = self._gallery.timed and not staged
        self.bar.label = label
        self._gallery.link(label, self._point)

    def _change(self, values: dict, seed: int | None = None) -> None:
        self.do(lambda: self.experiment.change(values, seed))

    def _tell_run(self, record: Record) -> None:
        """Draw a run, and tell it in words."""
        self.draw()
        self.ask()
        self.bar.tell(left_out(record))
        self.bar.spoken = " ".join(self._gallery.findings())
        for one in self.stages:
            one.message, one.fault = "", False
        found = answers(record)
        rows = [("what", "value", "unit"), *table(record, found).rows]
        told = describe(record, found)
        if self.stages:  # it stands at a moment, and this is about all of it
            told = f"To its end: {told[:1].lower()}{told[1:]}"
        self._words.show(None, caption="", description=told, table=rows)

    def _tell_refusal(self) -> None:
        """What was refused stands beside the control that it is about, where there is one; else in the bar."""
        placed = bool(self.experiment.blamed)
        self.bar.tell("" if placed else self.error, fault=not placed)
        self._show()

    def _offered(self) -> dict:
        """What views may ask for beside the record."""
        told = isinstance(self._prediction, dict)
        one = [*self._prediction][-1] if told else self._prediction
        return {
            "ghost": self.previous if self.bar.ghost else None,
            "luck": self.luck,
            "prediction": one if self._as_it_began or not told else None,
            "outcome": self._prediction if self._as_it_began and told else None,
            "at": self.at,
            "alone": False,
        }

    @property
    def _untold(self) -> bool:
        """Whether the panel opens by itself, and no other run than the first was made."""
        return self.opening is not None and self.previous is None

    @property
    def _as_it_began(self) -> bool:
        """Whether the latest run is the first one: a prediction is about that."""
        return self.record.fingerprint() == self._first

    def _hear_answer(self, kind: str, key: str) -> None:
        """A prediction that was locked in, or taken back, stands in the stage at once."""
        told = isinstance(self._prediction, dict)
        pairs = [*self._prediction.items()] if told else [(self._prediction, None)]
        if kind == "prediction" and any(key == one for one, _ in pairs):
            for one in self.stages:
                one.tell_guesses(pairs, self.record if self._as_it_began or not told else None)

    @property
    def answered(self) -> float | None:
        """The moment (s) at which the first prediction is answered; None for the end of the run."""
        first = next(iter(self._prediction.values())) if isinstance(self._prediction, dict) else None
        return float(first[1]) if isinstance(first, tuple) else None

    def ask(self) -> None:
        """Under a stage stands what its opening asks, as long as the run is the first one."""
        question = self.opening[1] if self.opening and self._as_it_began else ""
        for one in self.stages:
            if one.opening is not None and one.opening.get("question") != question:
                one.opening = {**one.opening, "question": question}

    def _show(self) -> None:
        """Send the browser what the panel holds."""
        bar = self.bar
        with bar.hold_sync():
            bar.values, bar.preset = dict(self.experiment.values), self.experiment.chosen
            blamed = self.experiment.blamed
            bar.errors = {blamed: self.experiment.told} if blamed and self.error else {}
            bar.seed, bar.scale = self.seed or 0, settings().scale
            self._gallery.tell_stages(self.code, self.controls.values())
            bar.end, bar.moment, bar.step = self.record.end, self.at, max(1.0, self.record.end / 480)

    def _point(self, change) -> None:
        """The learner pointed at a moment in a picture."""
        if change.new is not None and abs(change.new - self.at) > 1e-6:
            self.at = change.new
