"""`python3 -m cloudlab execute`: run the notebooks from the top and store what they print, as text.

Stored outputs are what nbval compares and what a reader sees on a page without widgets.
They hold no picture and no widget state, nothing that differs from one run to the next or one system to
another, and each code cell has its number, since nbval compares no cell without one. In its texts a number and its
unit are kept in one line.
"""

import json
import os
import re
import tempfile
from pathlib import Path

from cloudlab.shell import Fault, say
from cloudlab.shell.bootstrap import clone
from cloudlab.shell.serve import can_encrypt
from cloudlab.shell.testing import sanitized

KEPT = ("text/plain", "text/html", "text/markdown")
CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
AMOUNT = re.compile(r"\d[\d.,:]* (?:s|ms|min|h|%|cm|[KMG]i?B|vCPUs?)(?!\w)")
"""A number with its unit, as kernel/printed.py has it, which is not there before the course is set up."""
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def execute_all(names: list[str]) -> int:
    """Run the named notebooks, or all in `notebooks/`, in place; returns the exit code."""
    root = clone()
    if names:
        paths = [Path(name) for name in names]
    elif root is not None:
        paths = sorted((root / "notebooks").rglob("*.ipynb"))
    else:
        raise Fault(
            "an installed copy does not keep the course's notebooks: run this in a clone, or name a notebook."
        )
    for path in paths:
        if not path.is_file():
            raise Fault(f"there is no notebook {path}.")
    for path in paths:
        if ".ipynb_checkpoints" not in path.parts:
            changed = execute(path)
            say(f"{path.name}: {'stored new outputs' if changed else 'outputs are as stored'}.")
    return 0


def execute(path: Path) -> bool:
    """Run one notebook with an empty state and store its outputs; returns whether the file changed.

    A cell that fails is a Fault that names it, and the file stays as it was.
    """
    from nbclient.exceptions import CellExecutionError

    before, notebook = read(path)
    try:
        run(notebook, path.parent)
    except CellExecutionError as error:
        raise Fault(f"{path.name} fails, so nothing was stored. {error}") from None
    after = written(notebook)
    if after == before:
        return False
    store(path, after)
    return True


def read(path: Path) -> tuple:
    """The text of a notebook's file, and the notebook in it; raises Fault when it holds none."""
    import nbformat

    try:
        text = path.read_text(encoding="utf-8")
        return text, nbformat.reads(text, as_version=4)
    except OSError as error:
        raise Fault(f"{path} can't be read: {error.strerror or error}.") from None
    except (ValueError, nbformat.ValidationError, AttributeError):  # no JSON, or of something else
        raise Fault(f"{path.name} is no notebook: it can't be read as JSON of one.") from None


def run(notebook: dict, folder: Path, **variables: str) -> None:
    """Run `notebook` from the top in `folder`, with an empty state, and put the outputs in it.

    `variables` go to its environment. Raises nbclient's CellExecutionError when a cell fails.
    """
    from nbclient import NotebookClient
    from traitlets.config import Config

    encryption = {"KernelManager": {"transport_encryption": "auto" if can_encrypt() else "disabled"}}
    options = {"timeout": 300, "kernel_name": "python3", "store_widget_state": False}
    client = NotebookClient(
        notebook, resources={"metadata": {"path": str(folder)}}, config=Config(encryption), **options
    )
    with tempfile.TemporaryDirectory() as state:
        client.execute(env={**os.environ, **variables, "CLOUDLAB_STATE": state})


def store(path: Path, text: str) -> None:
    """Put `text` in the file `path` in one step, so that there is the old file or the whole new one."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


def written(notebook: dict) -> str:
    """The text of the file that holds `notebook`, tidied."""
    return json.dumps(tidy(notebook), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def tidy(notebook: dict) -> dict:
    """`notebook` with text outputs and steady metadata only; cells, their ids and their tags stay."""
    return {
        "cells": [_tidy_cell(cell) for cell in notebook["cells"]],
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _tidy_cell(cell: dict) -> dict:
    source = "".join(cell["source"])
    source = unparted(source) if cell["cell_type"] == "markdown" else source
    kept = {"cell_type": cell["cell_type"], "id": cell["id"], "source": _lines(source)}
    tags = cell["metadata"].get("tags")
    kept["metadata"] = {"tags": tags} if tags else {}
    if cell["cell_type"] == "code":
        kept["execution_count"] = cell["execution_count"]
        kept["outputs"] = [_tidy_output(output) for output in _joined(cell["outputs"])]
    elif cell.get("attachments"):
        kept["attachments"] = cell["attachments"]
    return kept


def _joined(outputs: list[dict]) -> list[dict]:
    """Neighbouring pieces of one stream as one piece: where they break is chance."""
    joined: list[dict] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            joined[-1] = {**last, "text": "".join(last["text"]) + "".join(output["text"])}
        else:
            joined.append(dict(output))
    return joined


def _tidy_output(output: dict) -> dict:
    if output["output_type"] == "stream":
        return {"name": output["name"], "output_type": "stream", "text": _lines(output["text"])}
    if output["output_type"] == "error":
        return {key: output[key] for key in ("ename", "evalue", "output_type", "traceback")}
    data = {kind: _lines(sanitized("".join(text))) for kind, text in output["data"].items() if kind in KEPT}
    kept = {"data": data, "metadata": {}, "output_type": output["output_type"]}
    if output["output_type"] == "execute_result":
        kept["execution_count"] = output["execution_count"]
    return kept


def _lines(text: str | list[str]) -> list[str]:
    return "".join(text).splitlines(keepends=True)


def unparted(markdown: str) -> str:
    """Markdown in which a no-break space keeps each number and its unit in one line; code stays as it is.

    >>> unparted("After 30 s: `sleep 30 s`.")
    'After 30\\xa0s: `sleep 30 s`.'
    """
    pieces = CODE.split(markdown)
    pieces[::2] = (
        AMOUNT.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), piece) for piece in pieces[::2]
    )
    return "".join(pieces)
