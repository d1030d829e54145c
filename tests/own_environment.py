"""An environment of its own for moto, an imitation of AWS, so that a learner's and the course's own stay small.

It lies beside the course's `.venv`, and is made anew when `moto.txt` has changed. Where it can't be made, tests skip,
but under CI they fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT, TESTS

WANTED = TESTS / "moto.txt"
FOLDER = ROOT / ".venv-moto"
STAMP = FOLDER / "made-of.txt"


def moto_python() -> Path:
    """The Python that has moto and boto3."""
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = WANTED.read_text(encoding="utf-8")
    if not STAMP.exists() or STAMP.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(FOLDER))
        _run(str(python), "-m", "pip", "install", "--quiet", "-r", str(WANTED))
        STAMP.write_text(wanted, encoding="utf-8")
    return python


def _run(*command: str) -> None:
    made = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if made.returncode:
        told = f"moto can't be installed: {made.stderr[-300:]}"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
