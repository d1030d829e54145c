"""The room behind the `cloudlab` command: set up, lay out the lessons, open JupyterLab, check, test.

Nothing here is about the cloud, and no model, lab or view imports it.
Only the standard library is imported at the top of these modules: they run before anything is installed.
"""

import json
from pathlib import Path

from cloudlab.grading.plainly import text_of


class Fault(Exception):
    """Something that the user can put right; its text is one sentence that names the trouble and the cure."""


def say(sentence: str) -> None:
    """Print one line about what the command does."""
    print(f"cloudlab: {shown(sentence)}", flush=True)


def shown(text: str) -> str:
    """A text without what would steer the terminal, as in the name of a file that somebody else made."""
    return "".join(c if c.isprintable() or c == "\n" or "\udc80" <= c <= "\udcff" else "\ufffd" for c in text)


def read_json(path: Path) -> dict:
    """What a JSON file holds; empty when the file can't be read, is broken, or holds no object."""
    try:
        found = json.loads(text_of(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
