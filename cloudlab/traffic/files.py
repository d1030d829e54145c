"""Files that a learner brings: found, opened, unpacked, and read line by line.

Whatever is wrong with a file (missing, a folder, empty, damaged, no text) is one sentence. A file that
takes more than some seconds shows how far it is. Read `opened` first.
"""

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.containers import MARKS, UTF_8, refusal

LONGEST = 65_536
"""Bytes of a line that are looked at. Whoever reads more of a line may have to load a whole file."""

MOST = 100_000
"""So many files a folder may hold: a month of a large balancer."""

PATIENCE = 2.0
"""Seconds before it is shown how much has been read."""

Name = str | os.PathLike


class Reading:
    """How much of some files has been read: shown, from `PATIENCE` on, in a line that is erased at the end."""

    def __init__(self, name: str, size: int):
        self.name, self.size, self.done = name, size, 0
        self._next, self._shown = monotonic() + PATIENCE, ""

    def add(self, amount: int) -> None:
        """So many bytes more have been read."""
        self.done += amount
        if monotonic() >= self._next:
            self._next = monotonic() + 0.5
            self._shown = f"reading {self.name}: {min(99, 100 * self.done // max(1, self.size))} %"
            print(f"\r{self._shown}", end="", flush=True)

    def end(self) -> None:
        """Erase the line, if there is one."""
        if self._shown:
            print(f"\r{' ' * len(self._shown)}\r", end="", flush=True)


@contextmanager
def reading(files: list[Name], name: str) -> Iterator[Reading]:
    """Shows how much of `files` has been read, under one name."""
    shown = Reading(name, sum(_size(file) for file in files))
    try:
        yield shown
    finally:
        shown.end()


@contextmanager
def opened(path: Name, shown: Reading, json: bool = False) -> Iterator[Any]:
    """A file open for reading bytes, unpacked if it begins as gzip does; with `json` it may hold that.

    Raises InvalidParameter, with one sentence that names `path`, also for what goes wrong while the
    file is read.
    """
    try:
        with io.BufferedReader(_Watched(_open(path), shown), LONGEST) as file:
            start = file.peek(2)[:2]
            if not start:
                raise wrong(path, "that file is empty")
            inner = io.BufferedReader(gzip.GzipFile(fileobj=file)) if start == b"\x1f\x8b" else file
            if words := refusal(inner.peek(4096)[:4096], json):
                raise wrong(path, words)
            yield inner
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise wrong(path, "that gzip file is damaged or ends too early; pack it again") from None
    except OSError as error:
        raise wrong(path, f"that file can't be read ({error.strerror or error})") from None


class _Watched(io.RawIOBase):
    """A file that tells how much of it is read."""

    def __init__(self, raw: io.RawIOBase, shown: Reading):
        self._raw, self._shown = raw, shown

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        amount = self._raw.readinto(buffer)
        self._shown.add(amount or 0)
        return amount

    def close(self) -> None:
        self._raw.close()
        super().close()


def _open(path: Name) -> io.RawIOBase:
    name = named(path)
    if name.is_dir():
        raise wrong(path, "that is a folder; name a file in it")
    try:
        return open(name, "rb", buffering=0)
    except FileNotFoundError:
        raise wrong(path, "there is no such file; a name is seen from the folder of the notebook") from None
    except ValueError:
        raise wrong(path, "no file can have such a name") from None


def named(path: Name) -> Path:
    """The file or folder that is called `path`, where '~' is the home folder."""
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise InvalidParameter(f"path is {path!r:.60}, but must be the name of a file: a text or a Path.")
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise wrong(path, "that home folder can't be found") from None


def readable(path: Name) -> str:
    """The name of a file as it can be shown, also where it holds what is no text."""
    return named(path).name.encode("utf-8", "replace").decode("utf-8")


def inside(folder: Path) -> list[Path]:
    """The files in a folder and its folders, in the order of their names.

    Hidden ones are left out. Of a file and the same one packed beside it, only the first is there. Raises
    InvalidParameter for a folder that holds more than `MOST` of them.
    """
    found = sorted(islice((path for path in folder.rglob("*") if path.is_file()), MOST + 1))
    if len(found) > MOST:
        raise wrong(folder, f"that folder holds more than {MOST:,} files; name one inside it")
    shown = [path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts)]
    return [path for path in shown if path.suffix != ".gz" or path.with_suffix("") not in shown]


class WrongFile(InvalidParameter):
    """A file that can't be read as what it is taken for."""


def wrong(path: Name, rule: str) -> WrongFile:
    """The error that says what is wrong with the file at `path`."""
    return WrongFile(f"path is {os.fspath(path)!r:.200}, but {rule}.")


def lines(file: io.BufferedReader) -> Iterator[bytes]:
    """The lines of a file in UTF-8, one at a time, each cut after `LONGEST` bytes. UTF-16 becomes UTF-8.

    Lines may also end as on old Macs, with a carriage return alone.
    """
    start = file.peek(4096)[:4096]
    if start[:2] in MARKS:
        text = io.TextIOWrapper(file, encoding=MARKS[start[:2]], errors="replace", newline="\n")
        for cut in iter(partial(text.readline, LONGEST), ""):
            yield cut.encode("utf-8", "replace")
        return
    if start[:3] == UTF_8:
        file.read(3)
    if b"\r" in start and b"\n" not in start:
        text = io.TextIOWrapper(file, encoding="latin-1", newline="\r")
        for cut in iter(partial(text.readline, LONGEST), ""):
            yield cut.encode("latin-1")
        return
    while line := file.readline(LONGEST):
        yield line
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line = file.readline(LONGEST)


def _size(path: Name) -> int:
    try:
        return named(path).stat().st_size
    except (OSError, ValueError):
        return 0
