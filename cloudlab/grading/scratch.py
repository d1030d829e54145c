"""Folders that are gone when they are no more needed, also after a process that was killed. Read `sweep` first.

Whoever made one holds a lock on it, which the system opens when the process ends, however that comes about. So the
next one knows which are left over.
"""

import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where nothing is graded
    fcntl = None  # type: ignore[assignment]

NAME = re.compile(r"cloudlab-(jail|hand-in|collect)-\w+")
YOUNG = 60.0
"""Seconds for which a folder is left alone, in case that its maker has no lock on it yet."""


class Scratch:
    """A new folder for `what`, as 'jail', which only its maker writes to. It is gone after `close`."""

    def __init__(self, what: str):
        self.path = Path(tempfile.mkdtemp(prefix=f"cloudlab-{what}-"))
        self._lock = -1
        if fcntl is not None:
            self._lock = os.open(self.path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_SH)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Remove it, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def sweep() -> list[Path]:
    """Remove the folders of processes that are gone; returns them. Links, others' folders and young ones stay."""
    found: list[Path] = []
    if fcntl is None:
        return found
    for path in Path(tempfile.gettempdir()).iterdir():
        if NAME.fullmatch(path.name):
            with suppress(OSError):
                _remove(path)
                found.append(path)
    return found


def _remove(path: Path) -> None:
    """Remove a folder of our own that nobody has a lock on. Raises OSError where it is none."""
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        about = os.fstat(number)
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
            raise PermissionError(path)
        if time.time() - about.st_mtime < YOUNG:
            raise BlockingIOError(path)
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path)
    finally:
        os.close(number)
