"""Make docs/clauses.md: where each clause of the notes is taught, shown and tested.

.venv/bin/python tests/clauses_page.py
"""

import tomllib
from pathlib import Path

from places import ROOT, TESTS

PAGE = ROOT / "docs" / "clauses.md"
CLAUSES = tomllib.loads((TESTS / "clauses.toml").read_text(encoding="utf-8"))["clause"]


def notebook_of(lesson: str) -> Path:
    """The notebook of a lesson, by its stem without the number."""
    (path,) = (ROOT / "notebooks").glob(f"[0-9][0-9]_{lesson}.ipynb")
    return path


def page() -> str:
    """The page as a text."""
    lines = [
        "# What the course teaches, clause by clause",
        "",
        "The course grew from one learner's notes. Each clause of them is taught by a lesson, shown by a picture",
        "there, and tested by an exercise. `tests/clauses.toml` holds this table, `tests/test_clauses.py` looks",
        "whether it is true.",
        "",
        "| the notes say | lesson | in its words | picture | exercise |",
        "|---|---|---|---|---|",
    ]
    for one in CLAUSES:
        path = notebook_of(one["lesson"])
        words = one["words"].replace("|", "→").replace("**", "").replace("`", "")
        name = path.stem.replace("_", " ")
        lines.append(
            f"| {one['says']} | [{name}](../notebooks/{path.name}) | {words} | `{one['picture']}` | {one['exercise']} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
