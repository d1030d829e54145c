"""Which packages the course needs, and which of them this Python lacks.

The bounds in `pyproject.toml` all have the form `name>=low,<high`, and this module reads that form only; behind it may
stand that a browser kernel goes without the package.
The library `packaging` reads every form, but it's not there before the first set-up.
"""

import importlib.metadata
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

DISTRIBUTION = "cloudlab-course"
NOT_IN_A_BROWSER = re.compile(r"""\s*sys_platform\s*!=\s*["']emscripten["']\s*""")
"""What stands behind a package that a browser kernel goes without."""


@dataclass(frozen=True)
class Requirement:
    """A package by name, with its lowest version and the version that is already too high."""

    name: str
    low: str
    high: str

    def __str__(self) -> str:
        return f"{self.name}>={self.low},<{self.high}"

    def trouble(self, version: str | None) -> str | None:
        """What is wrong with the installed `version` (None: not installed), or None if all is well."""
        if version is None:
            return f"{self.name} is not installed"
        if number(self.low) <= number(version) < number(self.high):
            return None
        return f"{self.name} is version {version}, but must be {self.low} or newer and older than {self.high}"


def parse(text: str) -> Requirement:
    """The requirement in `text`; raises ValueError if it is not `name>=low,<high` in either order."""
    name = re.match(r"[A-Za-z0-9._-]+", text)
    low = re.search(r">=\s*([\d.]+)", text)
    high = re.search(r"<\s*([\d.]+)", text)
    if not (name and low and high):
        raise ValueError(f"{text!r} is not of the form name>=low,<high.")
    return Requirement(name[0], low[1], high[1])


def number(version: str) -> tuple[int, ...]:
    """The version's leading numbers, for comparing.

    >>> number("4.10.2") > number("4.9")
    True
    >>> number("9.0.0rc1")
    (9, 0, 0)
    """
    leading = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in leading[0].split(".")) if leading else ()


def of_clone(root: Path, extras: tuple[str, ...] = ()) -> list[Requirement]:
    """What `pyproject.toml` of the clone at `root` asks for, with the named extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return here(texts)


def of_installed() -> list[Requirement]:
    """What the installed distribution asks for, without extras; empty when it's not installed."""
    try:
        texts = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return here(texts)


def here(texts: list[str], platform: str = sys.platform) -> list[Requirement]:
    """Those of the requirements that hold on every system, and, but for a browser kernel, those that it lacks."""
    parts = [(text.partition(";")[0], text.partition(";")[2]) for text in texts]
    browser = platform == "emscripten"
    return [parse(one) for one, if_ in parts if not if_ or (not browser and NOT_IN_A_BROWSER.fullmatch(if_))]


def installed_version(name: str) -> str | None:
    """The version of the installed distribution `name`, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def troubles(requirements: list[Requirement]) -> list[tuple[Requirement, str]]:
    """Each requirement that this Python does not meet, with what is wrong."""
    found = ((one, one.trouble(installed_version(one.name)) or lost_files(one.name)) for one in requirements)
    return [(requirement, trouble) for requirement, trouble in found if trouble]


def lost_files(name: str) -> str | None:
    """What is wrong where the distribution `name` is listed as installed, but its package is gone."""
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    packages = {file.parts[0]: file for file in files if len(file.parts) == 2 and file.name == "__init__.py"}
    modules = {file.name: file for file in files if len(file.parts) == 1 and file.suffix == ".py"}
    for place, file in (packages | modules).items():
        if not Path(str(file.locate())).exists():
            what = "file" if place in modules else "folder"
            return f"{name} is installed, but its {what} {place} is gone"
    return None
