"""A picture with its finding above it and its description in words, in light and dark, at any width.

JupyterLab passes no alternative text on for a plot, so a picture is a small widget that shows an image
with one. The browser tells how wide the picture may be and whether the theme is dark, and the picture is
drawn again for that, so that its type is never scaled down. Read `Picture.show` first.

Nothing is drawn before the browser says that it is about to be seen, or somebody asks for `image`: the drawing
library takes a second to import, and a stage that stands above is not to wait for it.

Where there is no browser nothing is missing: the finding and the description are there as text.
"""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from cloudlab.kernel.printed import wrapped
from cloudlab.views import snapshot
from cloudlab.views.theme import DARK, LIGHT, module, settings, stylesheet

HERE = Path(__file__).parent

WIDTH = 1000
"""Width in pixels before a browser has told its own."""

Paint = Callable[["object"], None]
"""A function that draws on a `sheet.Sheet`."""


class Picture(anywidget.AnyWidget):
    """An image with `caption` (the finding) and `description` (what it shows, in sentences).

    `time` (s) is where the cursor stands, or None. `plot` tells the browser where the time axis lies:
    left, right, top, bottom as shares of the image, the times at its ends, and `veils`, from where to where it is
    covered until it was played (without: from top to bottom), from the play-head on or from a third share on. `table`
    holds rows of cells, a heading first. `image` is empty where matplotlib is missing: then the words stand alone. What
    the browser shows of it is `svg`; it is `awaited` until it was drawn for the first time, and `seen` from when the
    browser has come near it on. `played` is the share of its run that the stage above has shown so far; None: there
    is no such stage, and all of it is shown.
    """

    _esm = module("picture.js")
    _css = stylesheet((HERE / "picture.css").read_text(encoding="utf-8"))

    svg = traitlets.Unicode().tag(sync=True)
    awaited = traitlets.Bool(False).tag(sync=True)
    seen = traitlets.Bool(False).tag(sync=True)
    played = traitlets.Float(None, allow_none=True).tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    table: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    details = traitlets.Bool(True).tag(sync=True)
    plot = traitlets.Instance(dict, allow_none=True).tag(sync=True)
    time = traitlets.Float(None, allow_none=True).tag(sync=True)
    revision = traitlets.Int(0).tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)
    width = traitlets.Int(WIDTH).tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **state):
        super().__init__(**state)
        self._paint: Paint | None = None
        self._sheet = None
        self._drawn: tuple = ()
        self.observe(self._redraw, names=["width", "dark", "seen"])

    @property
    def image(self) -> str:
        """The picture as SVG text, drawn now if it wasn't before; '' where there is none."""
        if self._paint is not None and not self._drawn:
            self._draw()
        return self.svg

    def show(
        self, paint: Paint | None, *, caption: str, description: str, table=(), details: bool = True
    ) -> "Picture":
        """Draw anew with `paint`, and say what it shows. Returns the picture itself.

        `paint` calls `sheet.size(height)` first, and may return a `plot` (see the class). Without it
        there are only words.
        """
        self._paint, self._drawn = paint, ()
        with self.hold_sync():
            self.caption, self.description, self.details = caption, description, details
            self.table = [list(row) for row in table]
            self.scale = settings().scale
            self.awaited = paint is not None and not self.svg
            if paint is not None and self.seen:
                self._draw()
            self.revision += 1  # the same picture twice is still an event
        return self

    def _draw(self) -> None:
        assert self._paint is not None
        self._drawn = (self.width, self.dark)
        self.awaited = False
        try:
            from cloudlab.views.sheet import Sheet

            self._sheet = self._sheet or Sheet()
        except ImportError:
            return
        self._sheet.begin(self.width / self.scale, DARK if self.dark else LIGHT)
        self.plot = self._paint(self._sheet)
        self.svg = self._sheet.svg()

    def _redraw(self, _change) -> None:
        wanted = self.seen or self._drawn
        if self._paint is not None and wanted and self._drawn != (self.width, self.dark):
            with self.hold_sync():
                self._draw()
                self.revision += 1

    def __repr__(self) -> str:
        return "\n".join(wrapped(line) for line in (self.caption, self.description) if line)

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and beside it the finding and the description as text."""
        if snapshot.wanted():
            return {"text/html": snapshot.box(snapshot.figure(self)), "text/plain": repr(self)}, {}
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/plain": repr(self)}, metadata
