"""How a file is opened where something else may lie under its name: a pipe is not waited for.

    open(path, "rb", opener=plainly)

Nothing but the standard library is imported: the shell uses it before anything is installed.
"""

import errno
import os
import stat
from pathlib import Path

AT_ONCE, NO_LINK = (getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_NOFOLLOW"))


class NoFile(FileExistsError):
    """What lies there is no regular file: a folder, a pipe, a device."""


def plainly(path: str, flags: int) -> int:
    """An opener for `open` that opens regular files only. Raises NoFile, or what the system says."""
    try:
        number = os.open(path, flags | AT_ONCE, 0o666)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EISDIR):  # a pipe that nobody reads, a folder to write to
            raise _none(path) from None
        raise
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise _none(path)
    return number


def unlinked(path: str, flags: int) -> int:
    """The same for a stranger's file: a link isn't followed either."""
    return plainly(path, flags | NO_LINK)


def bytes_of(path: Path) -> bytes:
    """What a regular file holds. Raises OSError."""
    with open(path, "rb", opener=plainly) as file:
        return file.read()


def text_of(path: Path, encoding: str = "utf-8") -> str:
    """The text of a regular file. Raises OSError, or UnicodeDecodeError."""
    with open(path, encoding=encoding, opener=plainly) as file:
        return file.read()


def _none(path: str) -> NoFile:
    return NoFile(errno.EEXIST, "it is no regular file", str(path))
