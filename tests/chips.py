"""For maintainers: the small shapes that stand beside terms in the lessons' text, made from the stage's own glyphs.

    python tests/chips.py

A lesson writes `![](chips/waiting.svg) **queue**`: the picture is the legend of the word. A file in the text
can't know the theme, so a chip has the colours that stand out on white and on the dark ground alike.
"""

import re
import tomllib
from dataclasses import asdict

from places import ROOT

from cloudlab.views import theme

FOLDER = ROOT / "notebooks" / "chips"
STAGE = ROOT / "cloudlab" / "views" / "stage"
LABS = ROOT / "cloudlab" / "labs"

WORDS = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(LABS.glob("*.toml"))]
CHIPS: dict[str, str] = {name: glyph for words in WORDS for name, glyph in words.get("chips", {}).items()}
"""Each chip's file and the glyph that it shows, as the words of the lessons say."""

BOTH = asdict(theme.LIGHT) | {"slate": theme.LIGHT.edge, "ink": theme.LIGHT.edge, "hair": "#A9B4C0"}
"""Colours that are seen on white and on dark."""


def glyphs() -> dict[str, str]:
    """The stage's glyphs by name, those of its kinds too, as the inside of an SVG of 16 × 16."""
    found = {}
    for path in (STAGE / "glyphs.js", *sorted((STAGE / "kinds").glob("*.js"))):
        listed = re.findall(r"(\w+): \[\s*('<.*?)\]", path.read_text(encoding="utf-8"), re.DOTALL)
        found |= {name: "".join(re.findall(r"'([^']*)'", pieces)) for name, pieces in listed}
    return found


def chip(glyph: str) -> str:
    """The file of a chip, as text."""
    inside = re.sub(r"var\(--([a-z-]+)\)", lambda found: BOTH[found[1].replace("-", "_")], glyph)
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="15" viewBox="0 0 19 16">'
    return f"{head}{inside}</svg>\n"


def main() -> None:
    """Write all chips."""
    FOLDER.mkdir(exist_ok=True)
    known = glyphs()
    for name, glyph in CHIPS.items():
        (FOLDER / f"{name}.svg").write_text(chip(known[glyph]), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
