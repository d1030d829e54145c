"""One folder with all that a machine without a network needs: made by `cloudlab class wheels`, checked by the doctor.

It holds the wheels of the course and of all packages that it needs, at the versions of `constraints.txt`, the sums by
which a broken copy is seen, and a README with the two lines to type. Read `make` and `faults` first.
"""

import hashlib
import importlib.metadata
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import HeaderParser
from pathlib import Path

from cloudlab.shell import Fault, bootstrap, say
from cloudlab.shell.requirements import DISTRIBUTION, lost_files

SUMS, CONSTRAINTS, README = "SHA256SUMS.txt", "constraints.txt", "README.txt"

TOLD = """\
The course cloudlab {version}, and all that it needs, for machines without a network.
Made for Python {python} on {system}: a machine with another system or another Python needs its own folder.

Copy this folder to the machine, and open a terminal in the folder in which it lies. Then type two lines.

On Linux and macOS:

  python3 -m venv cloudlab-env
  cloudlab-env/bin/python -m pip install --no-index --find-links {folder} cloudlab-course

On Windows:

  py -{python} -m venv cloudlab-env
  cloudlab-env\\Scripts\\python -m pip install --no-index --find-links {folder} cloudlab-course

From then on cloudlab-env/bin/cloudlab starts the course (Windows: cloudlab-env\\Scripts\\cloudlab). To look whether all
is well, and whether this copy is whole:

  cloudlab-env/bin/cloudlab doctor --offline {folder}

On Debian and Ubuntu the first line needs the package python{python}-venv of the system.
"""


def make(folder: Path) -> list[str]:
    """Make the folder; returns what is to be said. It is there whole, or not at all. Raises Fault."""
    root = bootstrap.clone()
    if root is None:
        raise Fault("an installed copy can't make the folder of wheels: run this in a clone, with a network.")
    if folder.name in ("", ".."):
        raise Fault(f"{folder} is no name of a new folder: name one, such as wheels.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Fault(f"{folder} is there already and not empty: name a new folder.")
    part = folder.with_name(
        f".{folder.name}.{secrets.token_hex(4)}.part"
    )  # another one may be made at this time
    try:
        part.mkdir(parents=True)
        say("collecting the wheels; this takes about a minute, more on a slow network.")
        with _pip() as pip:
            command = [*pip, "wheel", "--quiet", "--disable-pip-version-check"]
            command += ["-c", str(root / CONSTRAINTS), "-w", str(part.absolute()), "."]
            done = subprocess.run(command, cwd=root, env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"})
        if done.returncode:
            raise Fault("the wheels can't be collected (the lines above say why): look at the network.")
        shutil.copyfile(root / CONSTRAINTS, part / CONSTRAINTS)
        _tell(part, folder.name)
        if wrong := faults(part):
            raise Fault(f"the folder of wheels would not do: {wrong[0]}")
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except OSError as error:
        raise Fault(f"{folder} can't be made ({(error.strerror or str(error)).lower()}).") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    held = f"{folder} holds {packages(folder)} packages for {here()}, {size:.0f} MB"
    return [f"{held}; {folder / README} says what to type."]


def here() -> str:
    """This Python and system, in words."""
    return f"Python {_python()} on {platform.system()} {platform.machine()}"


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))


@contextmanager
def _pip() -> Iterator[list[str]]:
    """The command of a pip that runs on this Python: its own, or that of an environment made for this."""
    mine = [sys.executable, "-m", "pip"]
    if subprocess.run([*mine, "--version"], capture_output=True).returncode == 0:
        yield mine
        return
    with tempfile.TemporaryDirectory(prefix="cloudlab-pip-") as scratch:
        made = subprocess.run([sys.executable, "-m", "venv", scratch], capture_output=True)
        if made.returncode:
            raise Fault("this Python has no pip, and can't make an environment that has one: install pip.")
        yield [str(Path(scratch) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")), "-m", "pip"]


def _tell(folder: Path, name: str) -> None:
    """Write the sums and the README."""
    lines = [f"{_sum(path)}  {path.name}\n" for path in [*_wheels(folder), folder / CONSTRAINTS]]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")
    (course,) = folder.glob("cloudlab_course-*.whl")
    version, system = course.name.split("-")[1], f"{platform.system()} ({platform.machine()})"
    text = TOLD.format(version=version, python=_python(), system=system, folder=name)
    (folder / README).write_text(text, encoding="utf-8")


def _wheels(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.whl"))


def _sum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- checking ---------------------------------------------------------------------------------------------


def faults(folder: Path) -> list[str]:
    """What keeps the course from being installed on this machine from `folder` alone, a sentence each."""
    if not _wheels(folder):
        return [
            f"{folder} holds no wheel: make it with `cloudlab class wheels {folder.name}`, or copy it again."
        ]
    try:
        return [*_broken(folder)] or [*_lacking(folder)]
    except OSError as error:
        return [f"{error.filename or folder} can't be read ({(error.strerror or str(error)).lower()})."]


def packages(folder: Path) -> int:
    """How many wheels lie in the folder."""
    return len(_wheels(folder))


def _broken(folder: Path) -> Iterator[str]:
    """Files that are missing, or other than when the folder was made."""
    if not (folder / SUMS).is_file() or not (folder / CONSTRAINTS).is_file():
        yield f"{folder} has no {SUMS} or no {CONSTRAINTS}: make it with `cloudlab class wheels`, or copy it again."
        return
    lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    listed = [words for words in (line.split() for line in lines) if len(words) == 2]
    told = {name for _, name in listed}
    for path in [*_wheels(folder), folder / CONSTRAINTS]:
        if path.name not in told:  # a broken copy of the sums vouches for nothing
            yield f"{path.name} in {folder} isn't named in {SUMS}: copy the folder again."
    for digest, name in listed:
        path = folder / Path(name).name
        if not path.is_file():
            yield f"{name} is missing in {folder}: copy the folder again."
        elif _sum(path) != digest:
            yield f"{name} in {folder} is broken, or another file than at first: copy the folder again."


def _lacking(folder: Path) -> Iterator[str]:
    """Packages that are missing, for another Python or system, or of another version than `constraints.txt` says."""
    from packaging.tags import sys_tags
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

    fitting = set(sys_tags())
    found: dict[str, dict[str, Path]] = {}
    tags: dict[str, str] = {}
    for path in _wheels(folder):
        try:
            name, version, _, wanted = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            yield f"{path.name} in {folder} is no wheel's name: copy the folder again."
            continue
        if fitting.isdisjoint(wanted):
            tags[canonicalize_name(name)] = str(next(iter(sorted(map(str, wanted)))))
        else:
            found.setdefault(canonicalize_name(name), {})[str(version)] = path

    def asks(name: str) -> tuple[str, list[str]] | None:
        if name not in found:
            return None
        version = max(found[name], key=_order)
        return version, _requires(found[name][version])

    others = []
    for lacking, why in closure(asks, pins((folder / CONSTRAINTS).read_text(encoding="utf-8"))):
        if lacking in tags and not why:
            others.append(f"{lacking} ({tags[lacking]})")
        else:
            yield f"{lacking} {why or 'is missing'} in {folder}: make the folder anew with `cloudlab class wheels`."
    if others:
        shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        yield f"{folder} is for another Python or system than {here()}: {shown}. Make one on a machine like this one."


def installed() -> Iterator[str]:
    """Packages that the course needs, directly or not, and that this Python lacks or has in a wrong version."""
    for name, why in closure(_asked_here, {}):
        yield f"{name} {why or 'is not installed'}, but the course needs it: install the course again."


def lost() -> Iterator[tuple[str, str]]:
    """(package, what is wrong with it) of those that the course needs, directly or not, and that are missing here."""
    seen: dict[str, str | None] = {}

    def asks(name: str) -> tuple[str, list[str]] | None:
        seen[name] = lost_files(name)
        return _asked_here(name)

    for name, why in closure(asks, {}):
        if not why:
            yield name, f"{name} is not installed"
    yield from ((name, trouble) for name, trouble in seen.items() if trouble)


def _asked_here(name: str) -> tuple[str, list[str]] | None:
    """The version of a package that is installed, and what it requires."""
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    return found.version, found.requires or []


def closure(
    asks: Callable[[str], tuple[str, list[str]] | None], pinned: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """(package, what is wrong with its version or '' where it is missing) of all that the course needs here.

    `asks` tells the version of a package and what it requires, or None. `pinned` are the versions it must have.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    done: set[tuple[str, str]] = set()
    told: dict[str, None] = {}
    todo = [Requirement(DISTRIBUTION)]
    while todo:
        wanted = todo.pop(0)
        name = str(canonicalize_name(wanted.name))
        fresh = [extra for extra in ("", *sorted(wanted.extras)) if (name, extra) not in done]
        done |= {(name, extra) for extra in fresh}
        there = asks(name)
        if there is None or not wanted.specifier.contains(there[0], prereleases=True):
            if name not in told:
                told[name] = None
                yield name, "" if there is None else f"is version {there[0]}, but must be {wanted.specifier}"
            continue
        if pinned.get(name, there[0]) != there[0] and name not in told:
            told[name] = None
            yield name, f"is version {there[0]}, but {CONSTRAINTS} says {pinned[name]}"
        for line in there[1]:
            more = Requirement(line)
            if any(more.marker is None or more.marker.evaluate({"extra": extra}) for extra in fresh):
                todo.append(more)


def pins(text: str) -> dict[str, str]:
    """The versions that a text of constraints names for this Python and system, by package."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (line.strip() for line in text.splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {
        str(canonicalize_name(one.name)): next(iter(one.specifier)).version
        for one in found
        if one.marker is None or one.marker.evaluate()
    }


def _order(version: str):
    from packaging.version import Version

    return Version(version)


def _requires(wheel: Path) -> list[str]:
    """What a wheel says that it needs. Raises OSError for one that can't be read."""
    try:
        with zipfile.ZipFile(wheel) as packed:
            name = next(one for one in packed.namelist() if one.endswith(".dist-info/METADATA"))
            return HeaderParser().parsestr(packed.read(name).decode("utf-8")).get_all("Requires-Dist") or []
    except (zipfile.BadZipFile, StopIteration, UnicodeDecodeError) as error:
        raise OSError(0, f"it is no wheel: {type(error).__name__}", str(wheel)) from None
