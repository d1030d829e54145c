"""The home page where a kernel runs: it asks to be read anew whenever it is shown. Read `HomeWidget` first."""

from collections.abc import Callable

import anywidget
import traitlets

from cloudlab.views.theme import module, settings


class HomeWidget(anywidget.AnyWidget):
    """Shows the HTML that `make` gives, and asks for it anew when the browser says that it is shown again."""

    _esm = module("home.js")

    html = traitlets.Unicode().tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)
    looked = traitlets.Int(0).tag(sync=True)

    def __init__(self, make: Callable[[], str]):
        super().__init__(html=make(), scale=settings().scale)
        self._make = make
        self.on_msg(lambda _widget, _message, _buffers: self.look())

    def look(self) -> None:
        """Read anew, and show what has changed."""
        with self.hold_sync():
            self.html, self.scale = self._make(), settings().scale
            self.looked += 1

    def __repr__(self) -> str:
        return "HomeWidget()"
