"""Where the words of charts stand, noted as they are drawn.

texts = noted_texts(monkeypatch)
assert picture.image and not [one.words for one in texts if one.outside]
"""

from typing import NamedTuple

from cloudlab.views.sheet import Sheet


class Written(NamedTuple):
    """A text on a sheet: its words, its place (px) from `left` to `right`, and its letters from `top` to `base`."""

    words: str
    left: float
    right: float
    top: float
    base: float
    size: float
    outside: bool

    @property
    def bottom(self) -> float:
        """Below what most letters have below their base line."""
        return self.base + 0.06 * self.size


def noted_texts(monkeypatch) -> list[Written]:
    """A list to which each text is added that is drawn on any sheet from now on."""
    found: list[Written] = []
    write = Sheet.text

    def text(sheet, x, y, words, colour=None, *, size=16, bold=False, anchor="left"):
        wide = sheet.width_of(words, size, bold)
        left = x - {"left": 0, "center": wide / 2, "right": wide}[anchor]
        outside = left < 0 or left + wide > sheet.width + 1 or not 0 < y < sheet.height
        found.append(Written(words, left, left + wide, y - 0.74 * size, y, size, outside))
        write(sheet, x, y, words, colour, size=size, bold=bold, anchor=anchor)

    monkeypatch.setattr(Sheet, "text", text)
    return found
