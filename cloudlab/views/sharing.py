"""What a class sees of a learner who said yes to it: predictions, answers, and whether they wait for help.

`cloudlab start --class FOLDER` asked, and keeps the answer in `.cloudlab/class.json`: under which name, and to which
file. That file is made anew from the learner's own answers after each change, in a thread, so that a slow, full or
missing folder costs a lesson nothing: it is said once, and tried again. Without that answer nothing is written
anywhere. Read `Sharing.changed` first.
"""

import atexit
import errno
import json
import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cloudlab.kernel.state import membership, own_folder, read_kept

FORM = 1
"""The form of a learner's file, as it says itself."""

HELP = "help.json"
"""What is kept in the learner's own folder: since when help is waited for."""

MOST = 400
"""Predictions, and answers, that are shared: more than the course has."""

LONGEST = 200
"""Characters of an answer."""

REST, AGAIN = 0.05, 15.0
"""Seconds to wait for more before something is written, and before it is tried again."""


class Sharing:
    """What is shared of the answers in the folder `state`. `sharing()` gives the one of this notebook."""

    def __init__(self, state: Path):
        self.state = state
        self.lesson = ""
        self.trouble = ""
        self.hear: Callable[[], object] = lambda: None
        self._due, self._idle = threading.Event(), threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None

    def changed(self) -> None:
        """Something was answered, predicted or taken back: the file of the class is written anew, soon."""
        if self.member() is None:
            return
        self._idle.clear()
        self._due.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="cloudlab-class")
            try:
                self._thread.start()
                atexit.register(self._idle.wait, 2.0)
            except RuntimeError:  # a browser kernel has no threads
                self._thread = None
                self._write()
                self._idle.set()

    def settled(self, patience: float = 60.0) -> bool:
        """Whether all that is due was written, or was tried, before `patience` seconds are over."""
        return self._idle.wait(patience)

    def member(self) -> dict | None:
        """{folder, name, file} of the class that the learner is in, or None."""
        return membership(self.state)

    def waits_since(self) -> str:
        """The moment since which the learner waits for help, or ''."""
        since = read_kept(self.state / HELP).get("since")
        return since if isinstance(since, str) else ""

    def call(self, waits: bool) -> None:
        """Begin to wait for help, or end it."""
        path = self.state / HELP
        try:
            if not waits:
                path.unlink(missing_ok=True)
            elif not self.waits_since():
                told = {"since": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "lesson": self.lesson}
                _put(path, json.dumps(told))
        except OSError as error:
            self.trouble = f"Your call for help can't be kept in {path} ({_reason(error)}): wave your hand."
            self.hear()
            return
        self.changed()

    def content(self, name: str) -> dict:
        """What the class sees."""
        kept = {
            path.stem: read_kept(path) for path in sorted((self.state / "answers").glob("*.json"))[: 3 * MOST]
        }
        predicted = {key: said.get("value") for key, said in _of("prediction", kept)}
        answered = {key: said.get("answer") for key, said in _of("quiz", kept)}
        since, waiting = self.waits_since(), read_kept(self.state / HELP).get("lesson")
        return {
            "cloudlab": FORM,
            "name": name,
            "lesson": self.lesson,
            "help": {"since": since, "lesson": waiting if isinstance(waiting, str) else ""} if since else None,
            "predictions": {key: value for key, value in predicted.items() if _is_plain(value)},
            "answers": {key: value for key, value in answered.items() if isinstance(value, str) and _is_plain(value)},
            "written": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip

    # How it works

    def _work(self) -> None:
        while True:
            self._due.wait(AGAIN if self.trouble else None)
            time.sleep(REST)
            self._due.clear()
            self._write()
            if not self._due.is_set():
                self._idle.set()

    def _write(self) -> None:
        """Write the file of the class; what keeps that from being done is remembered, and heard of once."""
        member, before = self.member(), self.trouble
        if member is None:
            return
        try:
            path = Path(member["file"])
            if not path.parent.parent.is_dir():
                raise FileNotFoundError(2, "it is not there", str(path.parent.parent))
            if path.parent.is_symlink():
                raise OSError(errno.ELOOP, "there is a link in it, and none is followed", str(path.parent))
            path.parent.mkdir(exist_ok=True)
            seen = self._seen()
            content = json.dumps(self.content(member["name"]), ensure_ascii=False, allow_nan=False)
            _put(path, content, path.parent.stat().st_mode)
            self.trouble = ""
            if (
                self._seen() != seen
            ):  # another notebook answered meanwhile, and may have written before this one
                self._due.set()
        except (OSError, ValueError) as error:
            said = _reason(error) if isinstance(error, OSError) else type(error).__name__
            self.trouble = (
                f"Your class's folder {member['folder']} can't be written to ({said}). Your lesson goes on, nothing "
                "of yours is lost, and it is tried again."
            )
        if self.trouble != before:
            self.hear()

    def _seen(self) -> list[tuple[str, int]]:
        """By what it is seen that an answer was kept or taken back."""
        with os.scandir(self.state) as found:
            parts = [(one.name, one.stat().st_mtime_ns) for one in found if one.name in ("answers", HELP)]
        return sorted(parts)


def sharing() -> Sharing:
    """What is shared of this notebook's answers."""
    return _sharing(own_folder())


@cache
def _sharing(folder: Path) -> Sharing:
    return Sharing(folder)


def _of(kind: str, kept: dict[str, dict]) -> list[tuple[str, dict]]:
    """The keys of answers of one kind, and what was kept: those of the course's lessons."""
    found = ((re.fullmatch(rf"{kind}-(\d\d-[a-z0-9-]+)", stem), said) for stem, said in kept.items())
    return [(match[1], said) for match, said in found if match][:MOST]


def _is_plain(value) -> bool:
    """Whether this is a number or a short text."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15
    return number or (isinstance(value, str) and len(value) <= LONGEST)


def _put(path: Path, text: str, readers: int = 0) -> None:
    """Write the whole file or nothing, without following a link that lies there.

    Who may read the folder, by its mode `readers`, may read the file, whatever the learner's umask is.
    """
    part = path.with_name(f".{path.stem}-{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with open(part, "x", encoding="utf-8", newline="\n") as file:
            file.write(text + "\n")
            if readers and hasattr(os, "fchmod"):
                with suppress(OSError):  # a file system without such rights has its own
                    os.fchmod(file.fileno(), 0o600 | readers & 0o044)
        _insist(part, path)
    except OSError:
        with suppress(OSError):  # what was told first says more
            part.unlink(missing_ok=True)
        raise


def _insist(part: Path, path: Path) -> None:
    """Put the file in its place; on Windows somebody who reads it at that moment keeps it for an instant."""
    for _ in range(20):
        try:
            os.replace(part, path)
            return
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(0.05)
    os.replace(part, path)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
