"""Where a Chromium, Chrome or Edge lies on each system."""

import shutil
from pathlib import Path


def find_browser(platform: str, environ) -> str | None:
    """The first browser that exists: the one named, on the path, or where the system's installers put it."""
    if named := environ.get("CLOUDLAB_BROWSER"):
        if not Path(named).is_file():
            raise FileNotFoundError(f"CLOUDLAB_BROWSER names {named}, but there is no such file.")
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
