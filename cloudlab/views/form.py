"""A question or a list of tasks as native form elements: radio buttons, a number field, one button.

They can be used by keyboard and with a screen reader: the question is the group's name, and what is said
after a press is announced. `Form` shows what `content` holds and reports presses; it knows no answers.
"""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from cloudlab.views import snapshot
from cloudlab.views.theme import module, settings, stylesheet

HERE = Path(__file__).parent


class Form(anywidget.AnyWidget):
    """Native form elements for one question.

    `content` holds: question; options (texts) with chosen (an index or None), or number (low, high, step,
    unit, value), or items (done, text); locked; button; tone, glyph, word and text of the status; trouble.
    `Backquotes` in a text mark code, *asterisks* what is stressed. `pressed` is called with what the learner
    chose or typed, or None.
    """

    _esm = module("form.js")
    _css = stylesheet((HERE / "form.css").read_text(encoding="utf-8"))

    content = traitlets.Dict().tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)
    motion = traitlets.Bool(True).tag(sync=True)

    def __init__(self, content: dict, pressed: Callable[[object], None] | None = None):
        super().__init__(content={**content, "revision": 0}, scale=settings().scale, motion=settings().motion)
        if pressed:
            self.on_msg(lambda _widget, message, _buffers: pressed(message.get("value")))

    def show(self, content: dict) -> None:
        """Show `content` instead; the same content again is announced again."""
        self.scale, self.motion = settings().scale, settings().motion
        self.content = {**content, "revision": self.content["revision"] + 1}

    def __repr__(self) -> str:
        return f"Form({self.content.get('question', '')!r})"


def bundle(widget, text: str, kwargs: dict, page: Callable[[], str]):
    """What Jupyter shows: `widget`, and `text` where there are no widgets; on a page to read, `page()`."""
    if snapshot.wanted():
        return {"text/html": page(), "text/plain": text}, {}
    given = widget._repr_mimebundle_(**kwargs)
    data, metadata = given if isinstance(given, tuple) else (given, _metadata(widget))
    return {**data, "text/plain": text}, metadata


def _metadata(box) -> dict:
    """What a custom widget's output carries: where custom widgets are handed on only with it, a plain box lacks it."""
    if not hasattr(box, "children"):
        return (box._repr_mimebundle_() or ({}, {}))[1]
    return next(filter(None, map(_metadata, box.children)), {})
