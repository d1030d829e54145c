"""The stage: a run that plays, pauses, steps back and answers why.

    Stage(record)                                            one run
    Stage(one, other, names=("Round robin", "Least outstanding"))   two with the same luck
    explore(scenario, stage, charts.waiting)                 with controls

A `Stage` is one widget with one JavaScript module (`stage.js`, joined with all that it imports) and one
stylesheet. It knows nothing of the cloud: it plays what `scene.scene_of` makes of a record.
Read `Stage.show` first.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from math import isfinite, isnan
from pathlib import Path
from time import sleep

import anywidget
import traitlets

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.printed import wrapped
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.describe import describe
from cloudlab.views.form import bundle
from cloudlab.views.javascript import joined
from cloudlab.views.kinds import kinds_in, picture_of
from cloudlab.views.luck import Sample, named_first, told_by, used_by
from cloudlab.views.predict import unit_of
from cloudlab.views.stage.page import save
from cloudlab.views.stage.recorded import recorded_cell
from cloudlab.views.stage.scene import level_of, scene_of
from cloudlab.views.theme import settings, stylesheet
from cloudlab.views.words import span

HERE = Path(__file__).parent


@cache
def script() -> str:
    """The module's text."""
    return joined(HERE / "stage.js")


@cache
def styles() -> str:
    """The stylesheet's text, with both palettes."""
    shared = [HERE.parent / name for name in ("picture.css", "controls.css")]
    rules = [path.read_text(encoding="utf-8") for path in (*shared, HERE / "stage.css")]
    return stylesheet("\n".join(rules))


def _sent(runs: list[dict], _widget) -> list[dict]:
    """Scenes as they go to the browser: one text and one block, since a widget looks at each number of a list."""
    plain = [{name: value for name, value in run.items() if name != "columns"} for run in runs]
    return [
        {"told": json.dumps(told, allow_nan=False), "columns": run["columns"]}
        for told, run in zip(plain, runs, strict=True)
    ]


class Stage(anywidget.AnyWidget):
    """One run, or two of the same luck with their `names`, played on a clock of its own.

    `time` (s) is the play-head; setting it moves it. `title` stands above.
    """

    _esm = script()
    _css = styles()

    runs: traitlets.List[dict] = traitlets.List().tag(sync=True, to_json=_sent)
    names: traitlets.List[str] = traitlets.List().tag(sync=True)
    time = traitlets.Float(0.0).tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    actions: traitlets.List[dict] = traitlets.List().tag(sync=True)
    todo: traitlets.List[dict] = traitlets.List().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    fault = traitlets.Bool(False).tag(sync=True)
    prediction = traitlets.Instance(dict, allow_none=True).tag(sync=True)
    later: traitlets.List[dict] = traitlets.List().tag(sync=True)
    before = traitlets.Instance(dict, allow_none=True).tag(sync=True)
    luck = traitlets.Instance(dict, allow_none=True).tag(sync=True)
    pictures: traitlets.List[str] = traitlets.List().tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)
    motion = traitlets.Bool(True).tag(sync=True)
    revision = traitlets.Int(0).tag(sync=True)
    details = traitlets.Bool(True).tag(sync=True)
    live = traitlets.Bool(True).tag(sync=True)
    opening = traitlets.Instance(dict, allow_none=True).tag(sync=True)
    finding = traitlets.Unicode().tag(sync=True)

    plot = None
    """A stage has no time axis that a panel draws: it has its own."""

    @checked()
    def __init__(
        self,
        record: Record | None = None,
        other: Record | None = None,
        *,
        names: list[str] | tuple[str, ...] = (),
        title: str = "",
    ):
        super().__init__(title=title)
        self._level: tuple = (None, None)
        self._records: list[Record] = []
        if record is not None:
            self.show(record, other, names=names)

    caption = ""
    """What came of the run, in one line: a panel prints it."""

    def show(
        self, record: Record, other: Record | None = None, *,
        names=(), prediction=None, outcome=None, ghost=None, luck: Sequence[Sample] = (), alone=True,
    ):  # fmt: skip
        """Play `record` (and `other`, with the same luck) instead; the play-head stays. Returns the stage.

        `outcome` tells from a record what came of what was predicted; as {key: function}, or {key: (function of
        a record and a moment, moment)}, it holds several, each answered at its moment. `ghost` is an earlier
        run, whose level is dashed on the timeline. `luck` holds runs with other seeds, each a diamond below the
        bar. A stage that is not `alone` leaves the long description to its panel.
        """
        if not all(isinstance(one, Record) for one in (record, other) if one is not None):
            raise InvalidParameter("record and other must be records of runs, as world.run gives them.")
        if not all(isinstance(name, str) for name in names):
            raise InvalidParameter(f"names is {names!r:.60}, but must be a list of texts.")
        records = [one for one in (record, other) if one is not None]
        names = [*names, "", ""][: len(records)]
        with self.hold_sync():
            self.runs = [scene_of(one) for one in records]
            self.names = list(names)
            self.time = min(self.time, max(one.end for one in records))
            self.details = alone
            before, level = self._level
            self.before = None if ghost is None else level if before is ghost else level_of(ghost)
            pairs = [*outcome.items()] if isinstance(outcome, dict) else [(prediction, outcome)]
            self.tell_guesses(pairs, records[-1])
            self.scale, self.motion = settings().scale, settings().motion
            self.luck = luck_of(luck) or (None if self.luck is None else {**self.luck, "old": True})
            self.revision += 1
        sleep(0.003)  # lets the thread that sends have its turn; a busy kernel would keep it waiting
        # The run is on its way to the browser: what follows are words, and what the next run will need.
        self.caption = finding(records[-1])
        self.finding = f"{self.caption}." if len(records) == 1 else ""
        self.description = _told(records, names) if alone else f"{self.caption}."
        self._level, self._records = (records[-1], level_of(records[-1])), records
        return self

    def tell_guesses(self, pairs: Sequence[tuple], record: Record | None) -> None:
        """Show what was predicted: of each key, beside what tells what came of it in `record`; without one none."""
        found = [guess_of(key, *_came(outcome, record)) for key, outcome in pairs] if record else []
        there = [guess for guess in found if guess is not None]
        with self.hold_sync():
            self.prediction, self.later = (there[0] if there else None), there[1:]

    def tell_luck(self, answer: str, now: Sequence[Sample], before: Sequence[Sample] = ()) -> None:
        """Show what came of *Is it luck?*: the answer, the runs, and those `before` it was changed. It stays."""
        held = luck_of(now, before) or {"words": "", "unit": "", "values": []}
        self.luck = {**held, "answer": answer, "old": False}

    def __repr__(self) -> str:
        head = self.title or (f"{self.caption}." if self.caption else "")
        return "\n".join(wrapped(line) for line in (head, self.description) if line) or "Stage()"

    def save_html(self, path) -> Path:
        """Write one file that plays the same run in any browser, without Python and without a network.

        Raises InvalidParameter when the file can't be written.
        """
        return save(self, path, script=script(), styles=styles())

    def _repr_mimebundle_(self, **kwargs):
        return bundle(super(), repr(self), kwargs, lambda: recorded_cell(self, self._records))


def _told(records: list[Record], names: list[str]) -> str:
    """The description of each run, after its name where it has one."""
    pairs = zip(names, map(describe, records), strict=True)
    return " ".join(f"{name}: {words}" if name else words for name, words in pairs)


def _came(outcome, record: Record) -> tuple[float | None, float | None, int | None]:
    """What came of a prediction in a run, and the moment (s) and the part that it is about.

    The moment is None for the end of the run, the part where it is about all.
    """
    if isinstance(outcome, tuple):
        function, at, *about = outcome
        return function(record, at), float(at), record.part(about[0]) if about else None
    return (outcome(record) if outcome else None), None, None


def guess_of(prediction, came: float | None, at: float | None = None, part: int | None = None) -> dict | None:
    """What was predicted, and what `came` of it `at` a moment at a `part`, for the stage; None where nothing was."""
    guess = axes.predicted(prediction)
    if guess is None:
        return None
    unit = unit_of(prediction) if isinstance(prediction, str) else ""
    known = (
        None if came is None or not isfinite(came) else float(came)
    )  # what has not come by the end has no size
    told = {"words": guess[0], "value": guess[1], "unit": unit, "came": known}
    told |= {} if at is None else {"at": at}
    return told if part is None else {**told, "part": part}


def luck_of(samples: Sequence[Sample], before: Sequence[Sample] = ()) -> dict | None:
    """The diamonds, and those of the setting `before`; None where there is nothing to count.

    It is the number that the answer names first. Where none differs, it is what the kinds count, else p95 (s), else
    what was used. Of an availability what is missing from 100 % is shown, which is what differs.
    """
    if not samples:
        return None
    name, told = named_first(samples, before), told_by([*samples, *before])
    times, old = ([one.p95 for one in runs if not isnan(one.p95)] for runs in (samples, before))
    if name is None:
        name = next(iter(told), "p95" if times else next(iter(used_by(samples)), None))
    if name is None:
        return None
    if name == "p95":
        return {"words": "p95", "unit": "s", "values": times, "before": old}
    unit, words = ("%", "failed requests") if name == "availability" else ("", name)
    now, then = ([_number(name, one) for one in runs] for runs in (samples, before))
    return {"words": words, "unit": unit, "values": now, "before": then}


def _number(name: str, one: Sample) -> float:
    """The number of a run with that name."""
    if name == "availability":
        return 100 * (1 - one.availability)
    if name == "cost":
        return float(one.cost or 0)
    return one.used.get(name, one.told.get(name, 0.0))


def finding(record: Record) -> str:
    """What came of a run, in one line, as the chart that shows it best says it."""
    name = picture_of(record) or ("waiting" if len(record.requests) else "")
    if not name:
        said = (kind.finding(record, parts) for kind, parts in kinds_in(record))
        return next(filter(None, said), f"A run of {span(record.end)}")
    return import_module(f"cloudlab.views.charts.{name}").at_end(record)


@checked()
def stage(
    record: Record, *, picture=None, prediction=None, outcome=None, ghost=None, luck=(), alone=True
) -> Stage:
    """The stage as a view of a panel: `explore(scenario, stage)`."""
    shown = Stage() if picture is None else picture
    return shown.show(record, prediction=prediction, outcome=outcome, ghost=ghost, luck=luck, alone=alone)
