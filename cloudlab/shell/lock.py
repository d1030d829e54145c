"""One at a time: a file that one process holds, and that the system lets go of when the process ends.

So no lock stays behind after a crash, and none has to be removed by hand. Read `held` first.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cloudlab.grading.plainly import plainly

LOOK_EVERY = 0.1
"""Seconds between two tries to take a lock that another process holds."""


@contextmanager
def held(
    path: Path,
    waiting: Callable[[], None] = lambda: None,
    refused: Callable[[OSError], Exception] = lambda error: error,
) -> Iterator[None]:
    """Hold the lock file `path` during the block, after whoever holds it; `waiting` is called once if so.

    What `refused` makes of the system's error is raised where the file can't be opened. A file system that knows
    no locks gives none: then the block runs without.
    """
    try:
        path.parent.mkdir(exist_ok=True)
        file = open(path, "ab", opener=plainly)  # noqa: SIM115 - the block that follows closes it
    except OSError as error:
        raise refused(error) from None
    with file:
        if not _taken(file):
            waiting()
            while not _taken(file):
                time.sleep(LOOK_EVERY)
        try:
            yield
        finally:
            _let_go(file)


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[bytes]) -> bool:
        """Whether the lock is ours now."""
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True
        return True

    def _let_go(file: IO[bytes]) -> None:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        except OSError:
            pass  # it was never ours

else:
    import fcntl

    def _taken(file: IO[bytes]) -> bool:
        """Whether the lock is ours now."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def _let_go(file: IO[bytes]) -> None:
        """Nothing to do: the lock goes with the file."""
