"""Which files a stranger's code may see where there is no namespace of its own: Linux's Landlock. Read `close` first.

What is named may be read, and nothing may be written. That a file is there can still be found out, with its size and
its time: Landlock doesn't hide them.
"""

import ctypes
import os
import stat
import struct
import sys
from contextlib import suppress
from pathlib import Path

CREATE, ADD, RESTRICT = 444, 445, 446
"""The numbers of its calls, the same on all machines."""

WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
FIRST, SINCE = (1 << 13) - 1, {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""What the first version can forbid, as bits, and what later ones can."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
"""Files that may be read, and written to."""

READ_SEARCH = 2
"""The one capability that is left to who was root: Python may lie where only root may look."""


def version() -> int:
    """The version of Landlock that the kernel has; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, ctypes.CDLL(None).syscall(CREATE, None, 0, 1))


def close(readable: list[list]) -> None:
    """From here on this process, and each that it forks, may read what lies below these places. Raises OSError.

    Each is [path, whole]: of one that isn't whole only the names in it are read.
    """
    now = version()
    handled = FIRST | sum(bit for since, bit in SINCE.items() if now >= since)
    network, scoped = (3 if now >= 4 else 0), (3 if now >= 6 else 0)
    about = struct.pack("QQQ", handled, network, scoped)[: 24 if now >= 6 else 16 if now >= 4 else 8]
    rules = _call(CREATE, about, len(about), 0)
    for path, whole in readable:
        with suppress(FileNotFoundError):
            _allow(rules, path, READ_DIR | READ_FILE if whole else READ_DIR)
    for path in DEVICES:
        with suppress(FileNotFoundError):
            _allow(rules, path, READ_FILE | WRITE_FILE)
    _call_plain(ctypes.CDLL(None, use_errno=True).prctl(38, 1, 0, 0, 0))  # no new rights
    _call(RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= ~READ_DIR
        _call(ADD, rules, 1, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _call(number: int, *given) -> int:
    return _call_plain(ctypes.CDLL(None, use_errno=True).syscall(number, *given))


def _call_plain(told: int) -> int:
    if told < 0:
        raise OSError(ctypes.get_errno(), "files can't be closed")
    return told


def without(path: Path, hidden: Path) -> list[list]:
    """What makes all below a folder readable but `hidden`, as `close` takes it."""
    if not hidden.is_relative_to(path):
        return [[str(path), True]]
    found: list[list] = [[str(path), False]]
    if path != hidden:
        for one in sorted(path.iterdir()):
            if one != hidden:
                found += without(one, hidden) if one.is_dir() and not one.is_symlink() else [[str(one), True]]
    return found


def become(user: int) -> None:
    """Be this user from here on, without any right of root's but that to read. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.setgroups([])
    os.setresgid(user, user, user)
    _call_plain(libc.prctl(8, 1, 0, 0, 0))  # PR_SET_KEEPCAPS
    os.setresuid(user, user, user)
    kept = 1 << READ_SEARCH
    header, data = struct.pack("Ii", 0x20080522, 0), struct.pack("IIIIII", kept, kept, 0, 0, 0, 0)
    _call_plain(libc.capset(header, data))
