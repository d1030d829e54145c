"""Shared by the tests: a small world, an empty state, a browser."""

import os
import sys

import pytest
from browsers import find_browser


@pytest.fixture(autouse=True)
def empty_state(tmp_path, monkeypatch):
    """Answers and predictions of other tests, or of the person at this machine, are not seen."""
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / ".cloudlab"))


@pytest.fixture
def world():
    """A world with seed 1."""
    from cloudlab.kernel.world import World

    return World(seed=1)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, Chrome or Edge on this machine."""
    if path := find_browser(sys.platform, os.environ):
        return path
    reason = "no Chromium, Chrome or Edge was found; install one or name its program in CLOUDLAB_BROWSER"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
