"""A sheet: one matplotlib figure that is drawn again and again, in pixels from the top left corner.

Drawing code calls `rectangle`, `line`, `area`, `text` in the order from back to front; `svg()` gives the
picture as text. Charts speak these verbs only, and no other file knows matplotlib, so that another way to draw can
stand behind the same verbs where matplotlib isn't. The figure and its artists are made once and updated after that.
There are no matplotlib axes: their ticks alone cost more time than a whole picture may take.

SVG and not PNG, because it takes half the time to draw, is sharp on every screen and in print, and
leaves the fonts to the browser. It is still an image to the page: it has an alternative text.
"""

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from math import cos, pi, sin

from cloudlab.views.theme import FONTS, LIGHT, TEXT, Palette

CURVE = 0.5522847498
"""How far a Bézier handle lies from the end of a quarter circle of radius 1."""


class Sheet:
    """A figure of `width` × `height` pixels, and `colours` to draw with. Needs matplotlib (ImportError)."""

    def __init__(self):
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
        from matplotlib.patches import PathPatch
        from matplotlib.text import Text
        from matplotlib.transforms import Affine2D

        self._figure = Figure(dpi=72)  # so that a point of matplotlib is a pixel
        self._figure.patch.set_visible(False)
        self.width, self.height, self.colours = 1000.0, 300.0, LIGHT
        self._canvas = FigureCanvasSVG(self._figure)
        self._kinds = {"patch": PathPatch, "text": Text}
        self._made: dict[str, list] = {"patch": [], "text": []}
        self._used = {"patch": 0, "text": 0}
        self._flip = Affine2D()

    def begin(self, width: float, colours: Palette) -> None:
        """Start a new picture on the same figure."""
        self.width, self.colours = float(width), colours
        self._used = {"patch": 0, "text": 0}

    def size(self, height: float) -> None:
        """Set the height; the first thing that drawing code does."""
        self.height = float(height)
        self._figure.set_size_inches(self.width / 72, self.height / 72, forward=False)
        self._flip.clear().scale(1, -1).translate(0, self.height)

    def rectangle(self, x, y, width, height, *, radius=0.0, turn=0.0, **style) -> None:
        """A box with its top left corner at (x, y), turned by `turn` degrees around its middle.

        `radius` rounds its corners; a pair is (the upper two, the lower two).
        """
        upper, lower = (
            min(r, width / 2, height / 2) for r in (radius if isinstance(radius, tuple) else (radius,) * 2)
        )
        self._shape(_box(x, y, width, height, upper, lower, turn), **style)

    def disc(self, x, y, radius, **style) -> None:
        """A disc around (x, y)."""
        self._shape(_box(x - radius, y - radius, 2 * radius, 2 * radius, radius, radius, 0), **style)

    def polygon(self, points: Sequence[tuple[float, float]], **style) -> None:
        """A closed shape with straight edges."""
        self._shape(_polygon(tuple(points)), **style)

    def line(
        self, xs, ys, colour: str, width: float = 2.0, dash: tuple | None = None, cap: str = "round"
    ) -> None:
        """A line through the points (x, y); with fewer than two there is none."""
        if len(xs) > 1:
            self._shape(_open(xs, ys), edge=colour, line=width, dash=dash, cap=cap)

    def area(self, xs, tops, bottoms, **style) -> None:
        """The ground between two lines with the same xs."""
        across = list(zip(xs, tops, strict=True)) + list(zip(xs, bottoms, strict=True))[::-1]
        if len(xs) > 1:
            self._shape(_polygon(tuple(across)), **style)

    def arc(self, x, y, radius, share: float, colour: str, width: float) -> None:
        """The part `share` (0 to 1) of a ring around (x, y), clockwise from the top."""
        angles = [2 * pi * share * step / 24 for step in range(25)]
        xs, ys = [x + radius * sin(a) for a in angles], [y - radius * cos(a) for a in angles]
        if share > 0:
            self.line(xs, ys, colour, width, cap="butt")

    def cross(self, x, y, half: float = 5.0, width: float = 2.6) -> None:
        """The mark of what failed or was lost."""
        self.line((x - half, x + half), (y - half, y + half), self.colours.fail, width)
        self.line((x - half, x + half), (y + half, y - half), self.colours.fail, width)

    def _shape(
        self, path, *, fill=None, edge=None, line=1.5, dash=None, cap="round", hatch=None, alpha=1.0
    ) -> None:
        """A matplotlib path, filled, outlined, or hatched with the colour `hatch`."""
        patch = self._next("patch", path)
        patch.set_path(path)
        patch.set_alpha(alpha)
        patch.set_facecolor(fill or "none")
        patch.set_edgecolor(edge or "none")
        patch.set_linewidth(line if edge else 0)
        patch.set_linestyle((0, [part / line for part in dash]) if dash else "-")
        patch.set_capstyle("butt" if dash and cap == "round" else cap)
        patch.set_joinstyle("round")
        patch.set_hatch("//" if hatch else None)
        if hatch:
            patch.set_hatchcolor(hatch)
            patch.set_hatch_linewidth(3.4)

    def text(
        self, x, y, words: str, colour: str | None = None, *, size=TEXT, bold=False, anchor="left"
    ) -> None:
        """Words on the base line y, at their left, center or right."""
        text = self._next("text", None)
        text.set_text(words)
        text.set_position((x, y))
        text.set_color(colour or self.colours.ink)
        text.set_fontproperties(_font(size, bold))
        text.set_horizontalalignment(anchor)

    def width_of(self, words: str, size: float = TEXT, bold: bool = False) -> float:
        """How wide `words` are with the widest of the fonts, in pixels."""
        return _width(words, size, bold)

    def svg(self) -> str:
        """The picture as SVG text, the same for the same drawing."""
        import matplotlib as mpl

        for kind, made in self._made.items():
            for artist in made[self._used[kind] :]:
                artist.set_visible(False)
        out = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "cloudlab"}):
            self._canvas.print_svg(
                out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
            )
        return _for_browsers(out.getvalue())

    def _next(self, kind: str, path):
        """The next artist of its kind: one that was made before, if there is one."""
        made, place = self._made[kind], self._used[kind]
        if place == len(made):
            new = self._kinds[kind](path) if kind == "patch" else self._kinds[kind](parse_math=False)
            new.set_transform(self._flip)
            self._figure.add_artist(new)
            made.append(new)
        self._used[kind] = place + 1
        artist = made[place]
        artist.set_visible(True)
        artist.set_zorder(sum(self._used.values()))
        return artist


def _for_browsers(svg: str) -> str:
    """The SVG with the fonts of the theme, figures of one width, and the semi-bold that they have."""
    svg = svg.replace("'DejaVu Sans'", FONTS.replace('"', "'")).replace("font: 700", "font: 600")
    style = "<style>text{font-variant-numeric:tabular-nums}</style>"
    return re.sub(r"<defs>", style + "<defs>", svg[svg.index("<svg") :], count=1)


@lru_cache(maxsize=64)
def _font(size: float, bold: bool):
    from matplotlib.font_manager import FontProperties

    return FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=4096)
def _width(words: str, size: float, bold: bool) -> float:
    from matplotlib.textpath import text_to_path

    return text_to_path.get_text_width_height_descent(words, _font(size, bold), False)[0]


def _open(xs, ys):
    from matplotlib.path import Path

    return Path(list(zip(xs, ys, strict=True)))


def _polygon(points):
    from matplotlib.path import Path

    return Path([*points, points[0]], closed=True)


@lru_cache(maxsize=512)
def _box(x, y, width, height, upper, lower, turn):
    """A rectangle with round corners, as a matplotlib path."""
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    right, bottom, up, low = x + width, y + height, upper * (1 - CURVE), lower * (1 - CURVE)
    points, codes = [(x + upper, y)], [Path.MOVETO]
    corners = (
        ((right - upper, y), (right - up, y), (right, y + up), (right, y + upper)),
        ((right, bottom - lower), (right, bottom - low), (right - low, bottom), (right - lower, bottom)),
        ((x + lower, bottom), (x + low, bottom), (x, bottom - low), (x, bottom - lower)),
        ((x, y + upper), (x, y + up), (x + up, y), (x + upper, y)),
    )
    for corner in corners:
        points.extend(corner)
        codes.extend((Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4))
    path = Path([*points, points[0]], [*codes, Path.CLOSEPOLY])
    if turn:
        path = path.transformed(Affine2D().rotate_deg_around(x + width / 2, y + height / 2, turn))
    return path
