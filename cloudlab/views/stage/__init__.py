"""The stage: a run that plays, pauses, steps back and answers why.

    stage(record)                                   one run
    Stage(record, other, names=("Random", "…"))     two with the same luck, one below the other
    explore(scenario, stage, charts.waiting)        with controls

The stage knows nothing of the cloud: it plays what a record holds. All that moves is a function of the
moment, in the browser, so any moment can be shown again. Where there is no browser the description stands
as text. Read `Stage.show` first, then `scene.scene_of`.
"""

from pathlib import Path

import anywidget
import traitlets

from cloudlab.record import Record
from cloudlab.views import axes
from cloudlab.views.describe import describe
from cloudlab.views.progress import progress
from cloudlab.views.stage.scene import scene_of
from cloudlab.views.stage.title import title_of
from cloudlab.views.theme import settings, stylesheet

HERE = Path(__file__).parent

SCRIPTS = ("words.js", "run.js", "told.js", "pen.js", "scene.js", "timeline.js", "stage.js")
"""The files of the one JavaScript module, in order."""


def script() -> str:
    """The JavaScript of the stage, as one module."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)


def rules() -> str:
    """The stage's stylesheet, without the palettes."""
    return (HERE / "stage.css").read_text(encoding="utf-8")


class Stage(anywidget.AnyWidget):
    """A player of one run, or of two under each other.

    `time` (s) is the play-head, both ways. `title` is the finding, `description` the run in words. `actions`
    are buttons that act at the play-head, `todo` tasks and whether they are done, `code` restores this run,
    `message` is one sentence under the bar. Raises InvalidParameter for what is no record.
    """

    _esm = script()
    _css = stylesheet(rules())

    runs = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    time = traitlets.Float(0.0).tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    lesson = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    actions = traitlets.List().tag(sync=True)
    todo = traitlets.List().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    fault = traitlets.Bool(False).tag(sync=True)
    prediction = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    before = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    pictures = traitlets.List().tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)
    motion = traitlets.Bool(True).tag(sync=True)
    revision = traitlets.Int(0).tag(sync=True)
    live = traitlets.Bool(True).tag(sync=True)

    plot = None
    """A stage is no image, so it has no axis on one."""

    moves = True
    """The moment is a trait: to show another one, nothing is drawn again."""

    def __init__(
        self, record: Record, other: Record | None = None, *, names=(), title: str = "", lesson: str = ""
    ):
        super().__init__()
        self.show(record, other, names=names, title=title, lesson=lesson)

    @property
    def caption(self) -> str:
        """The finding, as a picture has one."""
        return self.title

    def show(
        self,
        record: Record,
        other: Record | None = None,
        *,
        names=(),
        title: str = "",
        lesson: str = "",
        prediction=None,
    ) -> "Stage":
        """Play `record`, and perhaps `other` below it, from now on. The play-head stays. Returns the stage.

        `names` are the heads of two runs. Without a `title` the finding is read from the record.
        `prediction` is what `predict` locked in: its key, a pair (words, number) or a number.
        """
        records = [record] if other is None else [record, other]
        scenes = [scene_of(one) for one in records]
        names = [str(name) for name in names] or [""] * len(records)
        if other is not None and not any(names):
            names = ["First run", "Second run"]
        with self.hold_sync():
            self.runs, self.names = scenes, names
            self.title = title or title_of(record)
            self.lesson = lesson or self.lesson
            self.description = " ".join(
                f"{name}: {scene['description']}" if name else scene["description"]
                for name, scene in zip(names, scenes, strict=True)
            )
            self.prediction = _predicted(prediction)
            self.scale, self.motion = settings().scale, settings().motion
            self.time = max(0.0, min(self.time, *(one.end for one in records))) if self.time else 0.0
            self.revision += 1
        return self

    def tell(self, message: str, *, fault: bool = False) -> None:
        """Show one sentence under the bar."""
        with self.hold_sync():
            self.message, self.fault = message, fault

    def save_html(self, path) -> None:
        """Write the stage into one file that plays the same without Python (see `page.save`)."""
        from cloudlab.views.stage.page import save

        save(self, path)

    def __repr__(self) -> str:
        return f"{self.title}\n{self.description}".strip()

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and beside it the finding and the description as text."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self)}, metadata


def stage(record: Record, *, picture=None, ghost=None, prediction=None, at=None, alone=True) -> Stage:
    """A run that plays; returns a `Stage`. A view for `explore`: it takes what charts take.

    The play-head of a `picture` that is there already stays where it is; a new one stands at the beginning,
    or at `at` (s).
    """
    made = Stage(record) if picture is None else picture
    if picture is not None or prediction is not None:
        made.show(record, prediction=prediction)
    if at is not None:
        made.time = max(0.0, min(float(at), record.end))
    return made


def _predicted(given) -> dict | None:
    """What was predicted, for the browser: words, value and unit; None without a number."""
    found = axes.predicted(given)
    if found is None:
        return None
    kept = progress().recall("prediction", given) if isinstance(given, str) else None
    return {"words": found[0], "value": found[1], "unit": (kept or {}).get("unit") or ""}
