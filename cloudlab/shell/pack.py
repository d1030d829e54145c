"""`cloudlab pack 06`: the one file that a learner hands in, and a receipt for it. Read `pack` first.

The file is the learner's own notebook of exercises without what it printed. The receipt is made of its bytes, so
whoever holds the file can make it anew, and a teacher's report shows the same one.
"""

import hashlib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from cloudlab.grading.plainly import NoFile, bytes_of, text_of
from cloudlab.shell import Fault, workfolder

FOLDER = "handed-in"
"""Where the file goes, below the learner's folder."""

SHARED = "CLOUDLAB_HAND_IN"
"""The variable in which whoever runs a hub names a learner's own folder for it: its group may read what is there."""

CHECK = re.compile(r"^\s*q(\d+)\.check\(", re.MULTILINE)


def pack(
    which: str, folder: Path, name: str = "", to: Path | None = None, now: datetime | None = None
) -> list[str]:
    """Write the file to hand in for the lesson `which` of the learner's `folder`; returns what is to be said.

    `name` goes into the file's name, for a class whose files lie in one folder. Raises Fault.
    """
    source = workfolder.originals()
    original = workfolder.found(
        [
            one
            for one in workfolder.lessons(source)
            if one.startswith("exercises/") and one.endswith(".ipynb")
        ],
        f"exercises/{which.removeprefix('exercises/')}",
        "pack",
    )
    mine = folder / original
    found, saved = _notebook(mine)
    packed = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = json.dumps(_bare(found, packed), indent=1, ensure_ascii=False) + "\n"
    content = text.encode("utf-8", "replace")  # half a character, as a broken paste leaves it, becomes a "?"
    stem = Path(original).stem + (f"_{_plain(name)}" if name else "")
    shared = os.environ.get(SHARED) if to is None else None
    target = (to or Path(shared or folder / FOLDER)) / f"{stem}.ipynb"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        with open(
            part, "xb"
        ) as file:  # in a folder of many a link or a pipe may lie there: it isn't followed
            file.write(content)
        if shared:
            part.chmod(0o640)  # whatever the learner's umask is: for the teacher's group, and nobody else
        part.replace(target)
    except OSError as error:
        raise Fault(f"{target} can't be written ({(error.strerror or str(error)).lower()}).") from None
    said = [f"packed {mine.name}, as it was saved at {saved:%H:%M} on {saved:%Y-%m-%d}."]
    if untouched := _untouched(found, source / original):
        said.append(f"nothing was written yet for {' and '.join(untouched)}.")
    return [
        *said,
        f"handed in: {target}" if shared else f"hand in this file: {target}",
        f"receipt {receipt_of(content)}, packed {packed}: keep this line.",
    ]


def receipt(path: Path) -> str:
    """The sentence with the receipt of a file. Raises Fault."""
    try:
        return f"{path.name} has the receipt {receipt_of(bytes_of(path))}."
    except OSError as error:
        raise Fault(f"{path} can't be read ({(error.strerror or str(error)).lower()}).") from None


def receipt_of(content: bytes) -> str:
    """The receipt of a file with these bytes, as `grading.report.receipt` writes it."""
    from cloudlab.grading.report import receipt

    return receipt(hashlib.sha256(content).hexdigest())


def _notebook(path: Path) -> tuple[dict, datetime]:
    """A notebook, and when it was saved. Raises Fault."""
    try:
        found = json.loads(text_of(path))
        saved = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except FileNotFoundError:
        raise Fault(
            f"there is no {path}: name the folder with your lessons, as in `--from lessons`."
        ) from None
    except NoFile:
        raise Fault(
            f"{path} is no file: give it another name, and `cloudlab start` lays the exercises there."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise Fault(
            f"{path} can't be read as a notebook ({type(error).__name__}): open and save it once more."
        ) from None
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise Fault(f"{path} is no notebook: it has no cells. Open and save it once more.")
    return found, saved


def _bare(found: dict, packed: str) -> dict:
    """The notebook without what it printed, with the time at which it was packed."""
    cells = []
    for cell in found["cells"]:
        if isinstance(cell, dict):
            emptied: dict = (
                {"outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else {}
            )
            cells.append({**cell, **emptied})
    about = found.get("metadata")
    kept: dict = about if isinstance(about, dict) else {}
    plain = {name: kept[name] for name in ("kernelspec", "language_info") if name in kept}
    return {**found, "cells": cells, "metadata": {**plain, "cloudlab": {"packed": packed}}}


def _untouched(found: dict, original: Path) -> list[str]:
    """The exercises whose answer still is as it was given, by the cell with the dots before each check."""
    given = _answers(json.loads(original.read_text(encoding="utf-8")))
    now = {_text(cell).strip() for cell in found["cells"] if isinstance(cell, dict)}
    return [name for name, text in given.items() if text.strip() in now]


def _answers(notebook: dict) -> dict[str, str]:
    """{exercise: the text of the cell before its check}."""
    answers, last = {}, ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            if check := CHECK.search(_text(cell)):
                answers[f"E{check[1]}"] = last
            last = _text(cell)
    return {name: text for name, text in answers.items() if "..." in text}


def _text(cell: dict) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(map(str, source))
    return source if isinstance(source, str) else ""


def _plain(name: str) -> str:
    """A name as a part of a file's name: letters and digits, with dots between them."""
    plain = ".".join(re.findall(r"[^\W_]+", name))
    if not plain:
        raise Fault(f"--as is {name!r:.40}, but must hold a letter or a digit.")
    return plain[:60]
