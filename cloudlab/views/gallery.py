"""The pictures of a panel: each view draws into its own picture, again and again.

A view is any function that takes a record and `picture`, the one to draw into, and returns a `Picture`.
Of what a panel offers beside it (the run before, other seeds, a prediction, a moment) it is given what it
has a parameter for, but for what it was given already (`partial`): a chart's own keyword wins.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from cloudlab.kernel.record import Record
from cloudlab.views.controls import Control
from cloudlab.views.picture import Picture
from cloudlab.views.stage import Stage


class Gallery:
    """Views and their `pictures`. `timed` says whether any of them shows a moment."""

    def __init__(self, views: Sequence[Callable[..., Picture]]):
        self._views: list[tuple[Callable, set[str]]] = []
        self.pictures: list[Picture | Stage] = []
        self.add(views)

    def add(self, views: Sequence[Callable[..., Picture]]) -> None:
        """Take more views; they draw from the next `draw` on."""
        self._views += [(view, _takes(view)) for view in views]
        self.timed = any("at" in takes for _, takes in self._views)

    @property
    def stages(self) -> list[Stage]:
        """The stages among the pictures; mostly none or one."""
        return [picture for picture in self.pictures if isinstance(picture, Stage)]

    def link(self, title: str, point: Callable) -> None:
        """Give the stages a title, and the charts that follow them; without one, `point` hears where one points."""
        charts = [picture for picture in self.pictures if picture not in self.stages]
        for one in self.stages:
            one.title = title
            one.pictures = [f"IPY_MODEL_{chart.model_id}" for chart in charts]
            for chart in charts:
                chart.played = 0.0 if chart.played is None else chart.played  # the future isn't shown
        for chart in charts if not self.stages else ():
            chart.observe(point, names="time")

    def tell_stages(self, code: str, controls: Iterable[Control]) -> None:
        """Give the stages the code of the run, and what can be done at a moment."""
        acts = [{"name": c.name, "label": c.label, "moments": list(c.value)} for c in controls if c.acts]
        for one in self.stages:
            with one.hold_sync():
                one.code, one.actions = code, acts

    def draw(self, record: Record, **offered) -> None:
        """Let every view draw. What is offered as None is not given."""
        for place in range(len(self._views)):
            self._draw(place, record, offered)

    def move(self, record: Record, at: float, **offered) -> None:
        """Show the moment `at` (s): move the cursor of a picture that has one, draw the others again."""
        for place, (_, takes) in enumerate(self._views):
            if "at" in takes and self.pictures[place].plot:
                self.pictures[place].time = at
            elif "at" in takes:
                self._draw(place, record, {**offered, "at": at})

    def findings(self) -> list[str]:
        """What the pictures show, a sentence each; two that find the same say it once."""
        return list(dict.fromkeys(f"{picture.caption}." for picture in self.pictures))

    def _draw(self, place: int, record: Record, offered: dict) -> None:
        view, takes = self._views[place]
        given = {name: value for name, value in offered.items() if name in takes and value is not None}
        before = self.pictures[place] if place < len(self.pictures) else None
        self.pictures[place : place + 1] = [view(record, picture=before, **given)]


def _takes(view: Callable[..., Picture]) -> set[str]:
    """What a view may be offered: its parameters, but for those that it was given already."""
    given = view.keywords if isinstance(view, partial) else {}
    return set(inspect.signature(view).parameters) - set(given)
