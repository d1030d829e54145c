"""One submitted file, read with suspicion: a notebook's code cells in order, and nothing else of it.

Tags, ids, outputs and the copies of checks that a student's file holds are not looked at. Read `read` first.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cloudlab.grading.plainly import NoFile, unlinked

LARGEST = 20_000_000
"""Bytes that a notebook may have."""

MOST_CELLS, MOST_CODE = 2000, 1_000_000
"""Code cells, and characters in them, that are run."""


class Unreadable(Exception):
    """A file is no notebook that can be graded; the text is one sentence that says why, and what to do."""


@dataclass(frozen=True)
class Submission:
    """What was handed in: the file, the hash of its bytes, its code cells, and its time of change (s since 1970).

    `packed` is when it was packed, as the file itself says, or ''.
    """

    path: Path
    digest: str
    cells: tuple[str, ...]
    changed: float
    packed: str = ""


def read(path: Path) -> Submission:
    """The code cells of a notebook. Raises Unreadable."""
    content, changed = bytes_of(path)
    return Submission(
        path, hashlib.sha256(content).hexdigest(), cells_of(content), changed, packed_at(content)
    )


def is_link(path: Path) -> bool:
    """Whether a link lies there; False where that can't be told, as in a folder that can't be opened."""
    return os.path.islink(path)  # noqa: PTH114 - Path.is_symlink raises there


def bytes_of(path: Path) -> tuple[bytes, float]:
    """(bytes, time of change) of a regular file that is no link. Raises Unreadable."""
    try:
        file = open(path, "rb", opener=unlinked)  # noqa: SIM115 - the block that follows closes it
    except NoFile:
        raise Unreadable("It is no file: ask for the notebook itself.") from None
    except OSError as error:
        if is_link(path):
            raise Unreadable(
                "It is a link to another file, which is not followed: ask for the file itself."
            ) from None
        raise Unreadable(f"It can't be opened ({(error.strerror or str(error)).lower()}).") from None
    with file:
        about = os.fstat(file.fileno())
        if about.st_size > LARGEST:
            size = f"{about.st_size / 1e6:.0f} MB"
            raise Unreadable(
                f"It has {size}, more than {LARGEST // 1_000_000} MB: ask for it without its outputs."
            )
        return file.read(LARGEST + 1), about.st_mtime


def cells_of(content: bytes) -> tuple[str, ...]:
    """The code cells in a notebook's bytes. Raises Unreadable."""
    if not content.strip():
        raise Unreadable("It is empty: ask for the saved notebook.")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable("It is no notebook: its text is no JSON. Ask for the .ipynb file itself.") from None
    if type(found) is not dict or type(found.get("nbformat")) is not int:
        raise Unreadable("It is no notebook: it has no nbformat. Ask for the .ipynb file itself.")
    version = found["nbformat"]
    if version == 3:
        sheets = found.get("worksheets")
        cells = (
            [c for s in sheets if type(s) is dict and type(s.get("cells")) is list for c in s["cells"]]
            if type(sheets) is list
            else None
        )
    elif version == 4:
        cells = found.get("cells")
    else:
        raise Unreadable(f"Its format is {version}, but must be 3 or 4: save it anew in a present Jupyter.")
    if type(cells) is not list:
        raise Unreadable("It is no notebook: it has no list of cells.")
    code = [_source(cell) for cell in cells if type(cell) is dict and cell.get("cell_type") == "code"]
    code = [source for source in code if source.strip()]
    if not code:
        raise Unreadable("It has no code cell with anything in it.")
    if len(code) > MOST_CELLS or sum(map(len, code)) > MOST_CODE:
        raise Unreadable(
            f"It has {len(code)} code cells with {sum(map(len, code))} characters: more than are run."
        )
    return tuple(code)


PACKED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def packed_at(content: bytes) -> str:
    """When a notebook says that it was packed; '' where it says nothing of that form."""
    found = json.loads(content.decode("utf-8-sig"))
    for name in ("metadata", "cloudlab", "packed"):
        found = found.get(name) if type(found) is dict else None
    return found if type(found) is str and PACKED.fullmatch(found) else ""


def _source(cell: dict) -> str:
    """The text of a cell, which is a text or a list of texts."""
    source = cell.get("source", cell.get("input", ""))
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    return source if type(source) is str else ""
