"""A browser for the browser tests is found on each system."""

import os
from pathlib import Path

import pytest
from browsers import find_browser, standard_paths


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.chmod(0o755)
    return path


def test_the_named_browser_comes_first(tmp_path):
    named = program(tmp_path / "my browser")
    assert find_browser("linux", {"CLOUDLAB_BROWSER": str(named)}) == str(named)


def test_a_named_browser_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="CLOUDLAB_BROWSER names .*, but there is no such file"):
        find_browser("linux", {"CLOUDLAB_BROWSER": str(tmp_path / "none")})


def test_then_one_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    name = "msedge.exe" if os.name == "nt" else "google-chrome"
    found = program(tmp_path / name)
    assert find_browser("win32", {}).lower() == str(found).lower()


def test_then_where_windows_puts_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    edge = program(tmp_path / "Program Files (x86)" / "Microsoft/Edge/Application/msedge.exe")
    folders = {
        "PROGRAMFILES": str(tmp_path / "Program Files"),
        "PROGRAMFILES(X86)": str(tmp_path / "Program Files (x86)"),
    }
    assert find_browser("win32", folders) == str(edge)


def test_where_nothing_is_nothing_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser("win32", {}) is None


@pytest.mark.parametrize(
    "platform, place",
    [
        ("darwin", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("darwin", "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
        ("linux", "/usr/bin/chromium"),
    ],
)
def test_the_places_of_installers_are_known(platform, place):
    assert place in [path.as_posix() for path in standard_paths(platform, {})]
