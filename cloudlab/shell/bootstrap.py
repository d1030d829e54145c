"""From a fresh clone to a Python that has every package: the first half of `python3 -m cloudlab`.

Read `enter` first. When the Python that runs lacks the packages, `.venv` is made in the clone (see
`environment`), and the same command goes on inside.
"""

import importlib.metadata
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from cloudlab.shell import Fault, environment, process, requirements

ROOT = Path(__file__).resolve().parents[2]
INSIDE = "CLOUDLAB_INSIDE"


def clone(root: Path = ROOT) -> Path | None:
    """The clone that this code runs from, or None when it is an installed copy."""
    return root if (root / "pyproject.toml").is_file() and (root / "constraints.txt").is_file() else None


def enter(extras: tuple[str, ...], argv: list[str]) -> int | None:
    """Make sure that a Python with all packages runs `argv`.

    Returns None when this Python is the one, else the exit code of the one that was made and did the work.
    """
    root = clone()
    inside = bool(os.environ.pop(INSIDE, None))
    if root is None or inside or complete(root, extras):
        _check(requirements.of_clone(root, extras) if root else requirements.of_installed())
        return None
    environment.prepare(root, extras)
    return go_on(root, argv)


def enter_if_made(argv: list[str]) -> int | None:
    """As `enter`, but sets nothing up: for a command that reports on what is there."""
    root = clone()
    if os.environ.pop(INSIDE, None) or root is None or complete(root, ()):
        return None
    return go_on(root, argv) if environment.is_whole(root, ()) else None


def _check(wanted: list[requirements.Requirement]) -> None:
    """Raise Fault for the first package that is missing; what was made once may have lost some since."""
    for requirement, trouble in requirements.troubles(wanted):
        raise Fault(environment.cured(requirement.name, trouble, requirement))


def doctor_command() -> str:
    """What a user types to hear what is wrong."""
    return f"`{environment.python_command()} -m cloudlab doctor`" if clone() else "`cloudlab doctor`"


def go_on(root: Path, argv: list[str]) -> int:
    """Run the same command with the Python of `.venv`; returns its exit code."""
    # -P: a file of the user's that is called like a module of the standard library does no harm.
    command = [str(environment.venv_python(root)), "-P", "-m", "cloudlab", *argv]
    return process.run(command, env={**os.environ, INSIDE: "1"})


def complete(root: Path, extras: tuple[str, ...]) -> bool:
    """Whether the Python that runs has this clone installed, and all packages within their bounds."""
    venv = root / ".venv"
    if Path(sys.prefix).resolve() == venv.resolve() and (venv / environment.STAMP).exists():
        return environment.is_whole(root, extras)
    return _installed_from(root) and not requirements.troubles(requirements.of_clone(root, extras))


def _installed_from(root: Path) -> bool:
    try:
        text = importlib.metadata.distribution(requirements.DISTRIBUTION).read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return False
    origin = json.loads(text or "{}")
    editable = origin.get("dir_info", {}).get("editable", False)
    return editable and Path(url2pathname(urlparse(origin["url"]).path)).resolve() == root.resolve()
