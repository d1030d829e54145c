"""Where a learner's answers are kept: in the nearest folder `.cloudlab`."""

import json
import os
from functools import cache
from pathlib import Path

CLASS = "class.json"
"""What is kept there of the class that a learner is in."""


def state_folder(start: Path) -> Path:
    """The folder for what is kept: CLOUDLAB_STATE, or the nearest `.cloudlab` from `start` upwards."""
    if named := os.environ.get("CLOUDLAB_STATE"):
        return Path(named)
    for folder in (start, *start.parents):
        if (folder / ".cloudlab").is_dir():
            return folder / ".cloudlab"
    return start / ".cloudlab"


def own_folder() -> Path:
    """The folder of the notebook that runs. It is looked for once: a cell that goes elsewhere changes nothing."""
    return _own(os.environ.get("CLOUDLAB_STATE"))


@cache
def _own(_named: str | None) -> Path:
    return state_folder(Path.cwd())


def read_kept(path: Path) -> dict:
    """What a file of that folder holds; empty where it can't be read, since only who asked puts it aside."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def membership(state: Path) -> dict | None:
    """{folder, name, file} of the class that the learner with this folder is in, or None."""
    kept = read_kept(state / CLASS)
    texts = all(isinstance(kept.get(name), str) for name in ("folder", "name", "file"))
    return kept if texts and kept.get("agreed") is True and kept["file"] else None


def attempts_in(path: Path) -> tuple[list[dict], int]:
    """The attempts at an exercise that the file `path` holds, oldest first, and how many lines can't be read."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return [], 0
    read = [_attempt(line) for line in text.splitlines() if line.strip()]
    return [one for one in read if one], read.count(None)


def _attempt(line: str) -> dict | None:
    """A line as an attempt, or None when it is none."""
    try:
        found = json.loads(line)
        points, good = found["points"], isinstance(found["time"], str) and isinstance(found["verdict"], str)
        if good and isinstance(points, (int, float)) and 0 <= points <= 10 and type(found["variant"]) is int:
            return found
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return None
