"""For maintainers: the course's glossary, made of the terms of its lessons.

    python tests/glossary.py

It writes `notebooks/glossary.ipynb`, a text that needs no kernel: each term with its chip, what it means, and where the
lesson explains it. Read `entries` first.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from itertools import groupby

from places import NOTEBOOKS, ROOT

from cloudlab.shell import execute

TARGET = NOTEBOOKS / "glossary.ipynb"
HEAD = """# Glossary

The words of the course, and where each is explained.
Look for one with Ctrl+F (on a Mac with Cmd+F), or go by its letter: {letters}.

[Home](index.ipynb)
"""


@dataclass(frozen=True)
class Entry:
    """A term, what it means, its chip's file or '', and the link to the section that explains it."""

    term: str
    meaning: str
    chip: str
    lesson: str
    link: str

    @property
    def letter(self) -> str:
        """Where it stands."""
        return self.term[0].upper()

    def line(self) -> str:
        """The entry as Markdown."""
        chip = f"![]({self.chip}) " if self.chip else ""
        return f"- {chip}**{self.term}**: {self.meaning} [{self.lesson}]({self.link})"


def entries() -> list[Entry]:
    """All terms of the lessons that are there, in the order of the alphabet."""
    found = []
    for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        number, _, name = path.stem.partition("_")
        words = tomllib.loads((ROOT / "cloudlab" / "labs" / f"{name}.toml").read_text(encoding="utf-8"))
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        for term, meaning in words["terms"].items():
            chip, heading = place(term, "\n".join(texts))
            lesson = f"Lesson {number}, {heading}"
            found.append(Entry(term, meaning, chip, lesson, f"{path.name}#{anchor(heading)}"))
    return sorted(found, key=lambda one: (one.term.casefold(), one.link))


def place(term: str, text: str) -> tuple[str, str]:
    """The chip beside a term where the text explains it, and the heading above."""
    found = re.search(rf"(?:!\[\]\((\S+)\) )?\*\*{re.escape(term)}\*\*", text, re.IGNORECASE)
    if found is None:
        raise ValueError(f"{term!r} is bold nowhere in its lesson.")
    headings = re.findall(r"^#+ (.+)$", text[: found.start()], re.MULTILINE)
    return found[1] or "", headings[-1]


def anchor(heading: str) -> str:
    """The end of a link to a heading, as Jupyter makes it."""
    return re.sub(r"[()]", lambda sign: f"%{ord(sign[0]):X}", heading.replace(" ", "-"))


def text() -> str:
    """The notebook's file."""
    letters = [(letter, list(group)) for letter, group in groupby(entries(), lambda one: one.letter)]
    links = " ".join(f"[{letter}](#{letter})" for letter, _ in letters)
    cells = [cell("title", HEAD.format(letters=links))]
    for letter, group in letters:
        cells.append(
            cell(f"letter-{letter.lower()}", f"## {letter}\n\n" + "\n".join(one.line() for one in group))
        )
    return execute.written({"cells": cells})


def cell(name: str, source: str) -> dict:
    """A text cell."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source.strip()}


def main() -> None:
    """Write the glossary."""
    TARGET.write_text(text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
