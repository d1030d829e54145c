"""`cloudlab start --class FOLDER`: a learner lets the class see what they predict and answer, and calls for help.

It is asked once, and the answer is kept in `.cloudlab/class.json` beside the lessons. Who said yes has one small file
in the folder `cloudlab-live` of the class's shared folder; `cloudlab.views.sharing` writes it while a lesson runs.
`--class none` forgets all of it, and takes the file away. Read `join` first.
"""

import errno
import json
import os
import re
import secrets
import stat
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from getpass import getuser
from pathlib import Path

from cloudlab.shell import Fault, read_json

LIVE = "cloudlab-live"
"""The folder of the class's own, inside the shared folder."""

KEPT = "class.json"
"""The file of the learner's own that remembers the answer."""

LONGEST = 60
"""Characters of a name."""

NONE = "none"
"""What is typed in place of a folder to leave the class."""


def join(
    state: Path, wish: str | None, name: str, agreed: Callable[[str], bool | None], ask: Callable[[str], str]
) -> list[str]:
    """Do what `--class` wishes (None: it was not typed); returns the sentences for the learner.

    `state` is the folder of the learner's answers. `agreed` asks a question and tells yes, no, or None where nobody
    answers; `ask` asks for a text. Raises Fault for a folder that isn't there and a name that can't be one.
    """
    kept = read_json(state / KEPT)
    if wish is None:
        return _said(kept)
    if wish.strip().lower() == NONE:
        return leave(state)
    folder = _named(wish)
    if not folder.is_dir():
        raise Fault(
            f"--class names {folder}, but there is no such folder: ask for the right one, or leave --class out."
        )
    if kept.get("folder") == str(folder) and (not name or checked(name) == kept.get("name")):
        if kept.get("agreed") is True:
            return _said(kept)
        if kept.get("agreed") is False:
            no = "you said no to it: nothing is shared with the class"
            return [f"{no} in {folder}; `cloudlab start --class none` forgets this answer."]
    name = checked(name or ask(f"under which name does the class know you [{_user()}]? ") or _user())
    file = folder / LIVE / f"{file_name(name)}-{secrets.token_hex(3)}.json"
    answer = agreed(
        "may the class see your predictions, your answers to questions, the lesson you are in, and whether you wait "
        f"for help? They would be written to {file}, under the name {name}, and nothing else. Agreed?"
    )
    if answer is None:
        return ["nobody answered, so nothing is shared with the class."]
    _take_away(kept)
    _keep(
        state / KEPT,
        {"folder": str(folder), "name": name, "agreed": answer, "file": str(file) if answer else ""},
    )
    if not answer:
        return ["nothing is shared with the class."]
    return [*_said(read_json(state / KEPT)), *_trouble(folder)]


def _named(wish: str) -> Path:
    """The folder that was typed, from the system's root on. Raises Fault."""
    try:
        folder = Path(os.path.abspath(Path(wish).expanduser()))
        str(folder).encode("utf-8")
    except RuntimeError:
        raise Fault(f"--class names {wish}, but there is no such user: type the whole folder.") from None
    except UnicodeEncodeError:
        raise Fault(f"--class names {wish!r}, which is no text in UTF-8: rename the folder.") from None
    return folder


def leave(state: Path) -> list[str]:
    """Forget the class, the answer and the call for help, and take the learner's file there away."""
    kept = read_json(state / KEPT)
    left = _take_away(kept)
    try:
        for name in (KEPT, "help.json"):
            (state / name).unlink(missing_ok=True)
    except OSError as error:
        raise Fault(f"{state / KEPT} can't be removed ({_reason(error)}): remove it yourself.") from None
    if not kept:
        return ["you are in no class."]
    if left:
        return [f"you have left the class; {kept['file']} can't be reached ({left}): ask for its removal."]
    return ["you have left the class, and what was shared is taken away."]


def checked(name: str) -> str:
    """A name that can be shown. Raises Fault."""
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST or not plain.isprintable():
        raise Fault(
            f"the name for the class is {name!r:.80}, but must have 1 to {LONGEST} characters that can be printed."
        )
    return plain


def file_name(name: str) -> str:
    """A name as the beginning of a file's name, allowed on every system: letters a to z, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].rstrip("-") or "learner"


def _said(kept: dict) -> list[str]:
    """Where a learner's answers are seen, in a sentence; nothing where they are in no class."""
    if kept.get("agreed") is not True:
        return []
    seen = f"the class in {kept.get('folder')} sees your predictions and answers as {kept.get('name')}"
    return [f"{seen}; `cloudlab start --class none` ends that."]


def _keep(path: Path, answer: dict) -> None:
    """Write the whole answer or nothing. Raises Fault."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(answer, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise Fault(
            f"{path} can't be written ({_reason(error)}), so nothing is shared with the class."
        ) from None


def _take_away(kept: dict) -> str:
    """Remove the learner's own file from the class; returns why that can't be done, or ''."""
    file = kept.get("file")
    if not isinstance(file, str) or not file:
        return ""
    path = Path(file)
    if path.parent.name != LIVE or path.suffix != ".json":
        return "it is no file of a class"
    try:
        if not path.parent.is_dir():
            return "its folder is gone"
        path.unlink(missing_ok=True)
    except OSError as error:
        return _reason(error)
    return ""


def _trouble(folder: Path) -> list[str]:
    """Make the class's own folder and try to write there; returns the sentence for a folder that refuses."""
    try:
        made(folder)
        with tempfile.TemporaryFile(dir=folder / LIVE):
            pass
    except OSError as error:
        return [
            f"{folder / LIVE} can't be written to yet ({_reason(error)}): your lesson goes on without it."
        ]
    return []


def made(folder: Path) -> Path:
    """The folder `cloudlab-live` in a shared folder, in which whoever may write to that may write. Raises OSError."""
    live = folder / LIVE
    if live.is_symlink():
        raise OSError(errno.ELOOP, f"{LIVE} is a link there, and none is followed", str(live))
    if not live.is_dir():
        live.mkdir(exist_ok=True)
        with suppress(OSError):  # a file system without such rights has its own
            _open_up(live, stat.S_IMODE(folder.stat().st_mode))
    return live


def _open_up(live: Path, mode: int) -> None:
    """Give the new folder these rights, and nothing else that somebody put in its place meanwhile."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # on Windows it has those of the folder that it lies in
    number = os.open(live, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(number, mode)
    finally:
        os.close(number)


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return "learner"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
