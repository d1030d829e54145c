"""What a learner has answered, kept in the learner's own folder.

Each answer is a file of its own in `.cloudlab/answers/`, written beside and then put in place in one step.
So two open notebooks can't spoil each other's answers, a crash leaves the old answer or the new one, and a
person can read, copy or delete them. Read `Progress.keep` first.

The folder is the nearest `.cloudlab` from the notebook's folder upwards; without one it is made beside the
notebook. The environment variable CLOUDLAB_STATE names another. An answer is read once and then held in memory, and
what is written goes to both: so a control that is turned asks the file system nothing. Before an answer is written it
is read anew, since another notebook may have kept one. Where nothing can be written, answers last until the
notebook's kernel ends, and the notebook says so once.
"""

import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from weakref import WeakMethod

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.state import own_folder
from cloudlab.views.sharing import sharing

KINDS = ("quiz", "prediction", "task")
LEFT = 3600.0
"""Seconds after which the file of a write that never ended is taken away."""

PATIENCE = 2.0
"""Seconds to try again while another program holds a file, as Windows allows one to."""


class Progress:
    """The answers in one folder. `progress()` gives the one of this notebook."""

    def __init__(self, folder: Path):
        self.folder = folder / "answers"
        self._memory: dict[str, dict | None] = {}
        self._unwritten: set[str] = set()
        self._said: set[str] = set()
        self._unsaid: list[str] = []
        self._hearers: list[WeakMethod] = []

    def keep(self, kind: str, key: str, answer: dict) -> None:
        """Keep `answer` (of what JSON can hold) under `key`, instead of an earlier one."""
        name = file_name(kind, key)
        text = json.dumps(answer, ensure_ascii=False, allow_nan=False)
        part = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            self._read(name, key)  # puts a file that can't be read aside before it is written over
            handle, part = tempfile.mkstemp(prefix=f"{name}-", suffix=".part", dir=self.folder)
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            _insist(lambda: os.replace(part, self.folder / name))
            self._unwritten.discard(name)
        except OSError as error:
            if part:
                Path(part).unlink(missing_ok=True)
            self._unwritten.add(name)
            self._say(
                f"Your answers can't be kept in {self.folder} ({_reason(error)}): "
                "they last until this notebook's kernel ends."
            )
        self._memory[name] = json.loads(text)
        self._tell(kind, key)

    def on_change(self, hear: Callable[[str, str], object]) -> None:
        """Call the method `hear` with kind and key after each answer that is kept or taken back, while it lives."""
        self._hearers.append(WeakMethod(hear))

    def _tell(self, kind: str, key: str) -> None:
        """Tell those who listen, and the class of a learner who is in one."""
        sharing().changed()
        for reference in list(self._hearers):
            hear = reference()
            if hear is None:
                self._hearers.remove(reference)
            else:
                hear(kind, key)

    def recall(self, kind: str, key: str, *, anew: bool = False) -> dict | None:
        """The kept answer to `key`, or None; `anew` looks whether another notebook has kept one since.

        A file that can't be read is not thrown away: it is put aside under another name.
        """
        name = file_name(kind, key)
        if name not in self._memory or (anew and name not in self._unwritten):
            self._memory[name] = self._read(name, key)
        return self._memory[name]

    def _read(self, name: str, key: str) -> dict | None:
        path = self.folder / name
        try:
            if path.exists() and not path.is_file():  # a pipe would be waited for
                raise ValueError("no file")
            answer = json.loads(_insist(lambda: path.read_text(encoding="utf-8")))
            if not isinstance(answer, dict):
                raise ValueError("no answer, though it is JSON")
            return answer
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError):  # what is no UTF-8 or no JSON is a ValueError
            self._put_aside(path, key)
            return None

    def forget(self, kind: str, key: str) -> None:
        """Take the answer to `key` back."""
        name = file_name(kind, key)
        self._memory[name] = None
        self._unwritten.discard(name)
        try:
            _insist(lambda: (self.folder / name).unlink(missing_ok=True))
        except NotADirectoryError:
            pass
        except OSError as error:
            self._unwritten.add(name)
            self._say(
                f"Your answer to {key} can't be taken back in {self.folder} ({_reason(error)}): "
                "it is gone until this notebook's kernel ends."
            )
        self._tell(kind, key)

    def troubles(self) -> str:
        """What the learner should know about the folder and hasn't been told yet, or ''."""
        told, self._unsaid = " ".join(self._unsaid), []
        return told

    def _sweep(self) -> None:
        """Take away what writes left behind that were killed."""
        for part in self.folder.glob("*.part"):
            try:
                if part.stat().st_mtime < time.time() - LEFT:
                    part.unlink()
            except OSError:
                pass  # another notebook has just done it, or it is kept from us; it disturbs nothing

    def _put_aside(self, path: Path, key: str) -> None:
        number = 1
        while (aside := path.with_name(f"{path.stem}.unreadable-{number}.json")).exists():
            number += 1
        try:
            _insist(lambda: os.replace(path, aside))
        except FileNotFoundError:
            return  # another notebook has just put it aside
        except OSError as error:
            self._say(f"The kept answer to {key} in {path} can't be read ({_reason(error)}).")
            return
        self._say(f"The kept answer to {key} can't be read. It lies in {aside}; please answer once more.")

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._unsaid.append(sentence)


def progress() -> Progress:
    """The answers of the notebook that runs."""
    return _progress(own_folder())


def file_name(kind: str, key: str) -> str:
    """The name of an answer's file, the same and allowed on every system.

    Raises InvalidParameter unless `key` is made of a-z, 0-9 and hyphens, and short.

    >>> file_name("quiz", "01-after-kill")
    'quiz-01-after-kill.json'
    """
    if kind not in KINDS:
        raise InvalidParameter(f"kind is {kind!r:.60}, but must be one of {', '.join(KINDS)}.")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) or len(key) > 60:
        raise InvalidParameter(
            f"key is {key!r:.60}, but must be words of a-z and 0-9 joined by hyphens, at most 60 characters, "
            "such as '01-after-kill'."
        )
    return f"{kind}-{key}.json"


@cache
def _progress(folder: Path) -> Progress:
    """One for each folder, so that what was read and what can't be written is remembered, and said once."""
    return Progress(folder)


def _insist(action):
    """What `action` gives; while another program holds the file, try again for a while."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return action()
        except PermissionError:
            if os.name != "nt" or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
