"""The style that a tool can see: rules and format of ruff, types of mypy, both set in pyproject.toml."""

import subprocess
import sys

import pytest
from places import ROOT


@pytest.mark.parametrize(
    "tool", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)], ids=lambda tool: " ".join(tool)
)
def test_it_finds_nothing(tool):
    done = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace"
    )
    assert done.returncode == 0, done.stdout + done.stderr
