"""Environments of their own, for moto, an imitation of AWS, and for nbgrader: so the course's own stays small.

Each lies beside the course's `.venv`, and is made anew when its list of packages has changed. Where one can't be made,
tests skip, but under CI they fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT, TESTS


def moto_python() -> Path:
    """The Python that has moto and boto3."""
    return _python_of("moto")


def nbgrader_python() -> Path:
    """The Python that has nbgrader and the course itself, whose programs stand beside it."""
    return _python_of("nbgrader", "-c", str(ROOT / "constraints.txt"), "-e", str(ROOT))


def _python_of(name: str, *more: str) -> Path:
    """The Python of an environment with the packages of `NAME.txt`, and what `more` says to pip."""
    folder, listed = ROOT / f".venv-{name}", TESTS / f"{name}.txt"
    stamp = folder / "made-of.txt"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = listed.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _run(name, sys.executable, "-m", "venv", str(folder))
        _run(name, str(python), "-m", "pip", "install", "--quiet", "--no-compile", "-r", str(listed), *more)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _run(name: str, *command: str) -> None:
    made = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if made.returncode:
        told = f"{name} can't be installed: {made.stderr[-300:]}"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
