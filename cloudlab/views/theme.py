"""Colours and sizes of everything on the screen, and the settings for a room or a person.

Structure is slate, state is colour, load is blue; nothing else has colour. Text is ink, muted or blue
only. Every colour has its shape, letter or word beside it, in both palettes. Read `Palette` first.
"""

from dataclasses import dataclass, fields
from pathlib import Path

from cloudlab.kernel.limits import checked
from cloudlab.kernel.printed import WHOLE
from cloudlab.views.javascript import joined

DARK_PAGE = "screen and (prefers-color-scheme: dark)"
"""When a page that is only read is dark."""

FONTS = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
"""Fonts that people have; none is fetched. The last one is the widest, so labels are fitted with it."""

TEXT, COUNT, LETTER = 16, 20, 14
"""Sizes in pixels: all text, counts and letters on parts, letters inside small badges."""


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, named for what they mean."""

    paper: str
    ground: str
    raised: str
    ink: str
    muted: str
    hair: str
    edge: str
    wire: str
    slate: str
    on_slate: str
    request: str
    request_text: str
    request_tint: str
    wait: str
    wait_edge: str
    ok: str
    on_ok: str
    ok_tint: str
    boot: str
    boot_edge: str
    boot_tint: str
    fail: str
    fail_tint: str
    money: str


LIGHT = Palette(
    paper="#FFFFFF",
    ground="#F5F7FA",
    raised="#FFFFFF",
    ink="#17202A",
    muted="#4B5967",
    hair="#D5DCE3",
    edge="#6B7885",
    wire="#828D99",
    slate="#2B3A4A",
    on_slate="#FFFFFF",
    request="#0072B2",
    request_text="#0072B2",
    request_tint="#E3F1FA",
    wait="#56B4E9",
    wait_edge="#0072B2",
    ok="#007F5C",
    on_ok="#FFFFFF",
    ok_tint="#DDF1EA",
    boot="#E69F00",
    boot_edge="#8A5A00",
    boot_tint="#FFF4DB",
    fail="#D55E00",
    fail_tint="#FCEBDD",
    money="#B0568A",
)

DARK = Palette(
    paper="#111418",
    ground="#181D24",
    raised="#222933",
    ink="#E9EDF2",
    muted="#A9B4C0",
    hair="#323B46",
    edge="#8592A0",
    wire="#707C8A",
    slate="#C3CDD8",
    on_slate="#111418",
    request="#56B4E9",
    request_text="#7CC6F0",
    request_tint="#16303F",
    wait="#1F4E6E",
    wait_edge="#56B4E9",
    ok="#2DBE93",
    on_ok="#0B1016",
    ok_tint="#143229",
    boot="#E69F00",
    boot_edge="#E69F00",
    boot_tint="#332813",
    fail="#EF6A3A",
    fail_tint="#3A2015",
    money="#D991BA",
)


@dataclass
class Settings:
    """What a room or a person needs: type for a projector, and no motion."""

    projector: bool = False
    motion: bool = True

    @property
    def scale(self) -> float:
        """How much larger than usual everything is: 12 pt become 18."""
        return 1.5 if self.projector else 1.0


_settings = Settings()


@checked()
def settings(*, projector: bool | None = None, motion: bool | None = None) -> Settings:
    """The settings of this notebook, changed as given. They hold for every picture drawn from now on."""
    if projector is not None:
        _settings.projector = bool(projector)
    if motion is not None:
        _settings.motion = bool(motion)
    return _settings


def module(name: str) -> str:
    """The JavaScript of a widget: the file `name` of this folder, joined with all that it imports."""
    return joined(Path(__file__).parent / name)


def stylesheet(rules: str) -> str:
    """`rules` (CSS) with both palettes as variables before it, such as `--ok-tint`.

    The dark palette holds where JupyterLab or an editor says that its theme is dark. `--dark` tells a
    script which one it is.
    """
    dark = '[data-jp-theme-light="false"] .cloudlab, .vscode-dark .cloudlab'
    palettes = f".cloudlab {{{_variables(LIGHT, 0)}}}\n{dark} {{{_variables(DARK, 1)}}}"
    return f"{palettes}\n{SEEN}\n{LINES}\n{UNBROKEN}\n{rules}"


SEEN = ".jp-Cell:has(.cloudlab) { content-visibility: visible !important; contain: none !important; }"
"""JupyterLab lets the browser leave out what is out of view. In Chromium texts that are written there meanwhile may
stay invisible for good, when all cells are run and the learner scrolls back. So cells with a picture or a form are
always laid out.
"""

LINES = f"""{WHOLE}
.jp-Notebook:has(.cloudlab) .jp-MarkdownOutput pre {{ overflow-x: auto; }}
.jp-Notebook:has(.cloudlab) .jp-MarkdownOutput :is(pre, pre code) {{ white-space: pre; }}
"""
"""JupyterLab breaks what is printed in the middle of a word, and drawings and code of a lesson's text anywhere. On a
narrow screen nobody can read either: a long line is broken between words, and a drawing is scrolled.
"""

UNBROKEN = ".cloudlab .cloudlab-unbroken { white-space: nowrap; }"
"""What stays in one line: see `unbroken` in nodes.js."""


def page_stylesheet(rules: str) -> str:
    """As `stylesheet`, for a page by itself: dark where the reader's system says so, and light on paper."""
    dark = f"@media {DARK_PAGE} {{.cloudlab {{{_variables(DARK, 1)}}}}}"
    return f".cloudlab {{{_variables(LIGHT, 0)}}}\n{dark}\n{rules}"


def _variables(palette: Palette, dark: int) -> str:
    names = [(field.name.replace("_", "-"), getattr(palette, field.name)) for field in fields(palette)]
    return "".join(f"--{name}: {value}; " for name, value in names) + f"--dark: {dark}; --fonts: {FONTS};"
