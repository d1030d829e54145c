"""Shared by the tests: a small world, an empty state, a browser."""

import os
import shutil
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def empty_state(tmp_path, monkeypatch):
    """Answers and predictions of other tests, or of the person at this machine, are not seen."""
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / ".cloudlab"))


@pytest.fixture
def world():
    """A world with seed 1."""
    from cloudlab.world import World

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


def find_browser(platform: str, environ) -> str | None:
    """The first browser that exists: the one named, on the path, or where the system's installers put it."""
    if named := environ.get("CLOUDLAB_BROWSER"):
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"):
        if found := shutil.which(name):
            return found
    return next((str(path) for path in standard_paths(platform, environ) if path.is_file()), None)


def standard_paths(platform: str, environ) -> list[Path]:
    """Where installers put a browser on the system `platform` (a value of `sys.platform`)."""
    if platform == "darwin":
        programs = ("Google Chrome", "Chromium", "Microsoft Edge")
        return [Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in programs]
    if platform == "win32":
        folders = [
            environ[name] for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA") if name in environ
        ]
        ends = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
        return [Path(folder) / end for folder in folders for end in ends]
    return [Path("/usr/bin/chromium"), Path("/usr/bin/google-chrome"), Path("/opt/google/chrome/chrome")]
