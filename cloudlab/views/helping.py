"""For a learner who is in a class: one button that calls for help.

    helping().above(box, "sqs.scenario.", "sqs")    the box of a lesson's first panel with the button above it
    helping().under("E13", "sqs")                   under the cell that makes the first exercise of a notebook

Outside of a class nothing is there.

Pressed it waits, pressed again it is done; the teacher's view shows who waits, and since when. Read `HelpButton.press`
first.
"""

from datetime import datetime
from functools import cache
from pathlib import Path

import anywidget
import traitlets
from IPython import get_ipython
from IPython.display import display
from ipywidgets import VBox

from cloudlab.views.sharing import Sharing, sharing
from cloudlab.views.theme import module, settings, stylesheet

HERE = Path(__file__).parent

HOW = "They see your predictions, your answers and this button. To leave: cloudlab start --class none"


class HelpButton(anywidget.AnyWidget):
    """The button, and beside it the class that the learner is in. `helping` gives the one of this notebook."""

    _esm = module("helping.js")
    _css = stylesheet(
        "".join((HERE / name).read_text(encoding="utf-8") for name in ("form.css", "helping.css"))
    )

    place = traitlets.Unicode().tag(sync=True)
    how = traitlets.Unicode(HOW).tag(sync=True)
    waits = traitlets.Bool(False).tag(sync=True)
    told = traitlets.Unicode().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)

    def __init__(self, shared: Sharing):
        super().__init__()
        self._shared = shared
        shared.hear = self.show
        self.on_msg(lambda _widget, _message, _buffers: self.press())
        self.show()

    def press(self) -> None:
        """Begin to wait for help, or be done with it. What another notebook did meanwhile counts."""
        if self._shared.member() is not None:
            self._shared.call(not self._shared.waits_since())
        self.show()

    def show(self) -> None:
        """Show what is kept now."""
        member, since = self._shared.member(), self._shared.waits_since()
        with self.hold_sync():
            self.scale = settings().scale
            if member is None:
                self.place, self.waits, self.told = "", False, "You are in no class any more."
            else:
                self.place = f"Your class sees you as {member['name']}."
                self.waits = bool(since)
                self.told = (
                    f"You wait for help since {_clock(since)}. Press again when help has come."
                    if since
                    else ""
                )
            self.trouble = self._shared.trouble

    def __repr__(self) -> str:
        return " ".join(filter(None, (self.place, self.told, self.trouble)))


class Helping:
    """Where the button of a notebook is: at the first panel or exercise that was shown."""

    def __init__(self) -> None:
        self.first = ""
        self.button: HelpButton | None = None

    def above(self, box, panel: str, lesson: str):
        """The box with the button above it, where the learner is in a class and `panel` is the first one."""
        button = self._at(panel, lesson)
        return VBox([button, box]) if button else box

    def under(self, exercise: str, lesson: str) -> None:
        """Show the button under the cell that runs, where the learner is in a class and `exercise` is the first one."""
        if get_ipython() is not None and (button := self._at(exercise, lesson)):
            display(button)

    def _at(self, place: str, lesson: str) -> HelpButton | None:
        """The button, where it is to be at this place of a notebook."""
        shared = sharing()
        if shared.member() is None or (self.first and self.first != place):
            return None
        self.first, shared.lesson = place, lesson
        self.button = self.button or HelpButton(shared)
        self.button.show()
        shared.changed()  # the class sees that somebody is there
        return self.button


@cache
def helping() -> Helping:
    """Where the button of this notebook stands."""
    return Helping()


def _clock(since: str) -> str:
    """The time of day of a moment that is kept in UTC, by this machine's clock."""
    try:
        return f"{datetime.fromisoformat(since).astimezone():%H:%M}"
    except ValueError:
        return "a while ago"
