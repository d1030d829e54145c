"""`python3 -m cloudlab execute`: run the notebooks from the top and store what they print, as text.

Stored outputs are what nbval compares and what a reader sees on a page without widgets.
They hold no picture and no widget state, nothing that differs from one run to the next or one system to
another, and each code cell has its number, since nbval compares no cell without one.
"""

import json
import os
import tempfile
from pathlib import Path

from cloudlab.shell import Fault, say
from cloudlab.shell.bootstrap import clone
from cloudlab.shell.serve import can_encrypt
from cloudlab.shell.testing import sanitized

KEPT = ("text/plain", "text/html", "text/markdown")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def execute_all(names: list[str]) -> int:
    """Run the named notebooks, or all in `notebooks/`, in place; returns the exit code."""
    root = clone()
    if root is None and not names:
        raise Fault(
            "an installed copy does not keep the course's notebooks: run this in a clone, or name a notebook."
        )
    paths = [Path(name) for name in names] or sorted((root / "notebooks").rglob("*.ipynb"))
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
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    before = path.read_text(encoding="utf-8")
    try:
        notebook = nbformat.reads(before, as_version=4)
    except nbformat.reader.NotJSONError:
        raise Fault(f"{path.name} is no notebook: it can't be read as JSON.") from None
    with tempfile.TemporaryDirectory() as state:
        os.environ["CLOUDLAB_STATE"] = state
        encryption = {"KernelManager": {"transport_encryption": "auto" if can_encrypt() else "disabled"}}
        options = {"timeout": 300, "kernel_name": "python3", "store_widget_state": False}
        client = NotebookClient(
            notebook, resources={"metadata": {"path": str(path.parent)}}, config=Config(encryption), **options
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise Fault(f"{path.name} fails, so nothing was stored. {error}") from None
        finally:
            del os.environ["CLOUDLAB_STATE"]
    after = written(notebook)
    if after == before:
        return False
    part = path.with_name(path.name + ".part")
    part.write_text(after, encoding="utf-8", newline="\n")
    os.replace(part, path)
    return True


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
    kept = {"cell_type": cell["cell_type"], "id": cell["id"], "source": _lines(cell["source"])}
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
