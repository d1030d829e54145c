"""The learner's folder: the course lays its lessons there and never takes the learner's work away.

Read `lay_out` first. For each lesson the folder remembers the fingerprints of every original it was given
(`.cloudlab/lessons.json`). A lesson whose fingerprint is among them is untouched, so a newer original
replaces it; any other was worked in, so it stays and the newer original is laid beside it.
A notebook's fingerprint is that of its cells' text: running a notebook changes outputs and is not work, nor is the
empty cell that JupyterLab adds behind the last one; writing in it is.
"""

import errno
import hashlib
import json
import os
import sys
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from itertools import count
from pathlib import Path

from cloudlab.grading.plainly import bytes_of
from cloudlab.shell import Fault, lock, read_json, say
from cloudlab.shell.stale import gone

PACKAGE = Path(__file__).resolve().parents[1]
MANIFEST = Path(".cloudlab") / "lessons.json"
LOCK = Path(".cloudlab") / "start.lock"


@dataclass
class Report:
    """What `lay_out` did, by the names of files: new, replaced, and kept with the newer twin beside it.

    `stale` holds (lesson, a module that it imports and that is gone, the copy to go on in), `blocked` what stands
    in the place of a lesson or of its folder, and what it is.
    """

    first_time: bool = False
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    stale: list[tuple[str, str, str]] = field(default_factory=list)
    blocked: dict[str, str] = field(default_factory=dict)

    def sentences(self, folder: Path) -> list[str]:
        """The report for the learner, one sentence each."""
        lines = [f"your lessons are in {folder}."]
        if self.new and not self.first_time:
            lines.append(f"new: {', '.join(_notebooks(self.new))}.")
        if self.replaced:
            lines.append(f"updated, since you had not changed them: {', '.join(_notebooks(self.replaced))}.")
        lines += [
            f"you worked in {mine}, so it stays; the new version lies beside it as {new}."
            for mine, new in self.kept
        ]
        lines += [
            f"{mine} uses {module}, which is no longer there under that name: go on in {new}."
            for mine, module, new in self.stale
        ]
        lines += [
            f"{name} is {kind}, so what the course lays there is missing: give it another name, and start again."
            for name, kind in self.blocked.items()
        ]
        return lines


def _notebooks(names: list[str]) -> list[str]:
    """Those that a learner opens; a picture in their text is told only where nothing else is new."""
    return [name for name in names if name.endswith(".ipynb")] or names


def default_folder() -> Path:
    """The folder that `cloudlab start` uses when none is named: `cloudlab-lessons` in the home folder."""
    try:
        return Path.home() / "cloudlab-lessons"
    except RuntimeError:
        raise Fault(
            "your home folder can't be found: name a folder, as in `cloudlab start lessons`."
        ) from None


def originals(package: Path = PACKAGE) -> Path:
    """The folder of the shipped lessons: inside the wheel `cloudlab/_notebooks`, in a clone `notebooks`."""
    for folder in (package / "_notebooks", package.parent / "notebooks"):
        if folder.is_dir():
            return folder
    raise Fault(f"the lessons are missing beside {package}: install the course again.")


def lessons(source: Path) -> list[str]:
    """The shipped files by their names inside `source`, with `/`, in the order of the course."""
    files = (path.relative_to(source) for path in source.rglob("*") if path.is_file())
    return sorted(name.as_posix() for name in files if not any(_is_litter(part) for part in name.parts))


def lay_out(source: Path, folder: Path) -> Report:
    """Copy or update every lesson of `source` in `folder`; raises Fault when the folder can't be used."""
    folder = checked(source, folder)
    known = _read_manifest(folder)
    report = Report(first_time=not known)
    try:
        for name in lessons(source):
            _sweep(folder / name)
            if not _is_blocked(folder, name, report):
                _lay_one(source / name, folder / name, name, known.setdefault(name, []), report)
        _sweep(folder / MANIFEST)
        if not _is_blocked(folder, MANIFEST.as_posix(), report):
            _write(folder / MANIFEST, json.dumps({"originals": known}, indent=1).encode("utf-8"))
    except OSError as error:
        raise unwritable(folder, error) from None
    return report


def _is_blocked(folder: Path, name: str, report: Report) -> bool:
    """Whether a file stands where the folder of the file `name` should be, or in its own place what can't be read."""
    mine = folder / name
    for place in reversed(mine.relative_to(folder).parents):
        if os.path.lexists(folder / place) and not (folder / place).is_dir():
            report.blocked[place.as_posix()] = "a file"
            return True
    if mine.exists() and not (mine.is_file() and os.access(mine, os.R_OK)):
        report.blocked[name] = "a folder" if mine.is_dir() else "nothing that you may read"
        return True
    return False


def _sweep(mine: Path) -> None:
    """Take away what a write left behind that was killed, beside a lesson and its newer twins."""
    patterns = (f"{mine.name}.part", f"{mine.name}[0-9].part", f"{mine.stem}.*{mine.suffix}.part")
    for part in [part for pattern in patterns for part in mine.parent.glob(pattern)]:
        if part.is_file():
            part.unlink()


def _lay_one(original: Path, mine: Path, name: str, known: list[str], report: Report) -> None:
    new = fingerprint(original)
    current = fingerprint(mine) if mine.exists() else None
    if current is None:
        _write(mine, original.read_bytes())
        report.new.append(name)
    elif current != new and current in known:
        _write(mine, original.read_bytes())
        report.replaced.append(name)
    elif current != new and new not in known:
        beside = _beside(mine, "new", lambda path: fingerprint(path) in known)
        _write(beside, original.read_bytes())
        report.kept.append((name, beside.name))
    if new not in known:
        known.append(new)
    if name.endswith(".ipynb") and fingerprint(mine) != new and (missing := gone(mine)):
        beside = _newest(mine)
        if not beside.exists():  # put away, or the lesson was changed after it had been laid
            _write(beside, original.read_bytes())
        report.stale.append((name, missing[0], (Path(name).parent / beside.name).as_posix()))


def restore(source: Path, folder: Path, which: str) -> str:
    """Bring back the original of one lesson and keep the learner's copy under another name.

    `which` is a number such as `01`, a name, or `exercises/01`. Returns the sentence that says what was done.
    """
    name = found(lessons(source), which, "restore")
    folder = checked(source, folder)
    mine, original = folder / name, source / name
    try:
        known = _read_manifest(folder)
        if not os.path.lexists(mine) or _holds(mine, original.read_bytes()):
            kept = None
        else:
            kept = _beside(mine, "mine", lambda path: False)
            os.replace(mine, kept)
        _write(mine, original.read_bytes())
        known[name] = sorted({*known.get(name, []), fingerprint(original)})
        _write(folder / MANIFEST, json.dumps({"originals": known}, indent=1).encode("utf-8"))
    except OSError as error:
        raise unwritable(folder, error) from None
    return f"{name} is the original again" + (f"; your copy is kept as {kept.name}." if kept else ".")


def _holds(mine: Path, content: bytes) -> bool:
    """Whether a file holds this; what can't be read holds something else."""
    try:
        return bytes_of(mine) == content
    except OSError:
        return False


def found(names: list[str], which: str, wish: str) -> str:
    """The shipped file that is meant by a number such as `01`, a name, or `exercises/01`; raises Fault for another."""
    wanted = which.replace("\\", "/")
    for matches in (
        [name for name in names if wanted in (name, name.removesuffix(".ipynb"))],
        [name for name in names if name.endswith(".ipynb") and name.startswith(wanted + "_")],
    ):
        if len(matches) == 1:
            return matches[0]
    notebooks = [name.removesuffix(".ipynb") for name in names if name.endswith(".ipynb")]
    raise Fault(f"there is no lesson {which!r} to {wish}; there are: {', '.join(notebooks)}.")


def fingerprint(path: Path) -> str:
    """What the file says, hashed: a notebook's cells that are not empty, by kind and source, else its bytes."""
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(content)["cells"]
            said = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
            content = json.dumps([(kind, text) for kind, text in said if text.strip()]).encode("utf-8")
        except (ValueError, KeyError, TypeError, RecursionError):
            pass  # no notebook (any more): its bytes are what it says
    return hashlib.sha256(content).hexdigest()


def _beside(mine: Path, word: str, may_replace) -> Path:
    """The first free name of the form `01_title.new.ipynb`, `01_title.new-2.ipynb` and so on."""
    number = 1
    while True:
        path = mine.with_name(f"{mine.stem}.{word}{f'-{number}' if number > 1 else ''}{mine.suffix}")
        if not path.exists() or (path.is_file() and may_replace(path)):
            return path
        number += 1


def _newest(mine: Path) -> Path:
    """The copy of a lesson that was laid beside it last."""
    last = mine.with_name(f"{mine.stem}.new{mine.suffix}")
    number = 2
    while (following := mine.with_name(f"{mine.stem}.new-{number}{mine.suffix}")).exists():
        last, number = following, number + 1
    return last


def checked(source: Path, folder: Path) -> Path:
    """The folder, made where it is missing; raises Fault when lessons can't be laid there."""
    folder = Path(os.path.abspath(folder.expanduser()))
    if folder.resolve() == source.resolve() or source.resolve() in folder.resolve().parents:
        raise Fault(f"{folder} holds the course's own lessons: name another folder for your copy.")
    if folder.exists() and not folder.is_dir():
        raise Fault(f"{folder} is a file, but the lessons need a folder: name another one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from None
    return folder


def hiding(folder: Path) -> list[str]:
    """A sentence for each file or package beside the lessons that hides a module of the same name from them."""
    files = [*folder.glob("*.py"), *folder.glob("exercises/*.py")]
    packages = [*folder.glob("*/__init__.py"), *folder.glob("exercises/*/__init__.py")]
    beside = [(file, "file") for file in files] + [(file.parent, "folder") for file in packages]
    return [
        f"{path} hides the module {path.stem} from your notebooks: rename the {kind}."
        for path, kind in sorted(beside)
        if _is_module(path.stem, folder)
    ]


def _is_module(name: str, folder: Path) -> bool:
    """Whether this Python, which is the notebooks' too, finds a module of that name elsewhere than in `folder`."""
    if name in sys.stdlib_module_names or name == "cloudlab":
        return True
    if not name.isidentifier():
        return False  # nothing that can be imported
    elsewhere = [
        place for place in sys.path if not Path(place or ".").resolve().is_relative_to(folder.resolve())
    ]
    found = PathFinder.find_spec(name, elsewhere)
    return found is not None and found.origin is not None  # a folder that only happens to lie there has none


def alone(folder: Path) -> AbstractContextManager[None]:
    """Work in `folder` while no other start does; raises Fault where it can't be written to."""
    wait = f"another start is at work in {folder}: waiting for it."
    return lock.held(folder / LOCK, lambda: say(wait), lambda error: unwritable(folder, error))


STANDS, LEADS_NOWHERE = {errno.EEXIST, errno.EISDIR}, {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
"""What the system says of a thing that should be of another kind, and of one on the way there that is no folder."""


def unwritable(folder: Path, error: OSError) -> Fault:
    """The one sentence for a folder that the system refuses, or for what stands in the way in it."""
    wanted = Path(error.filename2 or error.filename or folder)
    place = next((path for path in (wanted, *wanted.parents) if os.path.lexists(path)), folder)
    numbers = STANDS if place.is_dir() else STANDS | LEADS_NOWHERE
    if folder in place.parents and error.errno in numbers:
        return Fault(f"{place} is in the way of the lessons: give it another name, and start again.")
    what = place if folder in place.parents else folder
    return Fault(
        f"{what} can't be written to ({error.strerror}): name another folder, as in `cloudlab start lessons`."
    )


def _is_litter(part: str) -> bool:
    return part.startswith(".") or part == "__pycache__"


def _read_manifest(folder: Path) -> dict[str, list[str]]:
    """The known fingerprints by file name. An unreadable manifest counts as none: then every file is kept."""
    known = read_json(folder / MANIFEST).get("originals")
    if not isinstance(known, dict) or not all(isinstance(prints, list) for prints in known.values()):
        return {}
    return {name: [one for one in prints if isinstance(one, str)] for name, prints in known.items()}


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or nothing: beside it first, then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = (path.with_name(f"{path.name}{number or ''}.part") for number in count())
    part = next(free for free in parts if not os.path.lexists(free))
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError:
        if part.is_file():
            part.unlink()
        raise
