"""The pictures of a panel: each view draws into its own picture, again and again.

A view is any function that takes a record and `picture`, the one to draw into, and returns a `Picture`.
Of what a panel offers beside it (the run before, other seeds, a prediction, a moment) it is given what it
has a parameter for.
"""

import inspect
from collections.abc import Callable, Sequence

from cloudlab.kernel.record import Record
from cloudlab.views.picture import Picture


class Gallery:
    """Views and their `pictures`. `timed` says whether any of them shows a moment."""

    def __init__(self, views: Sequence[Callable[..., Picture]]):
        self._views = [(view, set(inspect.signature(view).parameters)) for view in views]
        self.pictures: list[Picture | None] = [None] * len(views)
        self.timed = any("at" in takes for _, takes in self._views)

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
        """What the pictures show, a sentence each."""
        return [f"{picture.caption}." for picture in self.pictures]

    def _draw(self, place: int, record: Record, offered: dict) -> None:
        view, takes = self._views[place]
        given = {name: value for name, value in offered.items() if name in takes and value is not None}
        self.pictures[place] = view(record, picture=self.pictures[place], **given)
