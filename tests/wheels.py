"""Wheels of what is installed here, so that a folder of wheels can be made and used without any network.

    repacked(folder, names)      a wheel of each of these distributions, and of all that they need

A wheel is a zip of the files that its own RECORD lists; what was laid outside of the packages' folder goes back into
the part of the wheel that holds such files.
"""

import importlib.metadata
import os
import sys
import sysconfig
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PLACES = {name: Path(sysconfig.get_path(name)).resolve() for name in ("data", "scripts")}


def needed(names):
    """The distributions of these names, and all that they need here."""
    todo, found = [Requirement(name) for name in names], {}
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        if (name, str(sorted(wanted.extras))) in found:
            continue
        one = importlib.metadata.distribution(name)
        found[name, str(sorted(wanted.extras))] = one
        for line in one.requires or []:
            more = Requirement(line)
            extras = ["", *wanted.extras]
            if more.marker is None or any(more.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(more)
    return {name: one for (name, _), one in found.items()}


def repacked(folder, names):
    """Write the wheels into `folder`; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in needed(names).values():
        _pack(folder, one)
    return sorted(path.name for path in folder.glob("*.whl"))


def _pack(folder, one):
    stem = f"{one.metadata['Name'].replace('-', '_')}-{one.version}"
    tags = [line.split()[1] for line in one.read_text("WHEEL").splitlines() if line.startswith("Tag:")]
    kinds = [sorted({tag.split("-")[place] for tag in tags}) for place in range(3)]
    name = f"{stem}-{'-'.join('.'.join(kind) for kind in kinds)}.whl"
    info = next(file.parts[0] for file in one.files if file.name == "METADATA")
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_STORED) as packed:
        record = []
        for file in one.files:
            place = _place(file, f"{info.removesuffix('.dist-info')}.data")
            path = Path(str(file.locate()))
            if place and path.is_file():
                packed.write(path, place)
                record.append(f"{place},,\n")
        packed.writestr(f"{info}/RECORD", "".join([*record, f"{info}/RECORD,,\n"]))


def _place(file, data):
    """Where a file of an installed distribution stands in its wheel; None for what an installer makes."""
    words = file.as_posix()
    if file.suffix == ".pyc" or file.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
        return None
    if not words.startswith(".."):
        return words
    path = Path(os.path.abspath(str(file.locate())))
    for name in ("scripts", "data"):
        base = Path(os.path.abspath(PLACES[name]))
        if path.is_relative_to(base):
            inner = path.relative_to(base).as_posix()
            return None if name == "scripts" else f"{data}/data/{inner}"
    raise ValueError(f"{words} lies in no place that is known: {sys.prefix}")
