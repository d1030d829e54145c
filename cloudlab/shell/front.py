"""The home page as it is when the course is opened: what the learner has finished stands in it before anything is run.

A notebook shows stored outputs at once. So each start puts the page of the day into the learner's own `index.ipynb`,
and signs it, as Jupyter does with what it ran itself. Run the cell, and the page is live. Read `refresh` first.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from cloudlab.grading.plainly import text_of
from cloudlab.shell import serve

NAME = "index.ipynb"
"""The home page's file."""

CELL = "home"
"""The id of its cell."""


def refresh(folder: Path) -> bool:
    """Put the page of the day into the home page in `folder`; returns whether that could be done.

    Where it can't, the notebook stays as it is: it still holds the page in words, and its cell can be run.
    """
    path = folder / NAME
    command = [sys.executable, "-P", "-m", "cloudlab.views.home", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, check=True, encoding="utf-8", env=_utf8())
        page = json.loads(made.stdout)
        notebook = json.loads(text_of(path))
        (cell,) = (one for one in notebook["cells"] if one.get("id") == CELL and one["cell_type"] == "code")
        cell["execution_count"] = None
        cell["outputs"] = [
            {
                "data": {"text/html": page["html"], "text/plain": page["text"]},
                "metadata": {},
                "output_type": "display_data",
            }
        ]
        part = path.with_name(f"{path.name}.part")
        part.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8", newline="\n")
        os.replace(part, path)
    except (OSError, ValueError, KeyError, TypeError, subprocess.CalledProcessError):
        return False
    _sign(notebook, folder)
    return True


def _sign(notebook: dict, folder: Path) -> None:
    """Let JupyterLab trust what was put in; where that can't be, it shows a plainer page."""
    import nbformat
    from jupyter_core.paths import jupyter_data_dir
    from nbformat.sign import NotebookNotary

    data = serve.settings(folder).get("JUPYTER_DATA_DIR") or jupyter_data_dir()
    try:
        NotebookNotary(data_dir=data).sign(nbformat.from_dict(notebook))
    except Exception:  # a database that can't be opened, of whatever kind
        return


def _utf8() -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1"}
