"""The clone's own `.venv`: made with uv, or with venv and pip, at pinned versions; repaired if broken.

Read `prepare` first. A stamp written last says that `.venv` is whole; with it the second start takes no time.
Each function that depends on the system takes its name (`os_name`), so that all systems are tested on any.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from cloudlab.shell import Fault, lock, read_json, requirements, say

STAMP = "cloudlab-stamp.json"
UNFINISHED = "cloudlab-unfinished"
LOCK = ".venv.lock"


# --- the state of .venv -----------------------------------------------------------------------------------


def venv_python(root: Path, os_name: str = os.name) -> Path:
    """Where the Python of the clone's `.venv` lies on the system `os_name` ("nt" is Windows)."""
    return root / ".venv" / ("Scripts/python.exe" if os_name == "nt" else "bin/python")


def inputs(root: Path) -> str:
    """A hash of what decides the packages: tables of `pyproject.toml`, and `constraints.txt`."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    decisive = {
        key: project["project"].get(key) for key in ("dependencies", "optional-dependencies", "scripts")
    }
    text = json.dumps(decisive, sort_keys=True) + (root / "constraints.txt").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def is_whole(root: Path, extras: tuple[str, ...]) -> bool:
    """Whether `.venv` was made to the end, for the clone in this folder, for these packages and extras."""
    stamp = _stamp(root)
    return (
        venv_python(root).exists()
        and _base_python_is_there(root)
        and stamp.get("root") == str(root)
        and stamp.get("inputs") == inputs(root)
        and set(extras) <= _extras(root)
    )


def _base_python_is_there(root: Path) -> bool:
    """Whether the Python that `.venv` was made from still exists; on Windows `.venv` holds no link to it."""
    try:
        home = re.search(
            r"^home\s*=\s*(.+)$", (root / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8"), re.M
        )
    except (OSError, ValueError):
        return False
    return home is not None and Path(home[1].strip()).is_dir()


def _stamp(root: Path) -> dict:
    return read_json(root / ".venv" / STAMP)


def _extras(root: Path) -> set[str]:
    """The extras that `.venv` was made with."""
    extras = _stamp(root).get("extras")
    return {extra for extra in extras if isinstance(extra, str)} if isinstance(extras, list) else set()


def is_usable(root: Path) -> bool:
    """Whether `.venv` can be built on: nobody broke off making it, it wasn't moved, and its Python runs.

    One that someone else made (`uv`, an editor) has no stamp and can be built on too.
    """
    venv, stamp = root / ".venv", _stamp(root)
    if (venv / UNFINISHED).exists() or stamp.get("root", str(root)) != str(root):
        return False
    return is_new_enough(str(venv_python(root)))


def is_new_enough(python: str) -> bool:
    """Whether the command `python` starts a Python that the course runs on."""
    return _works([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])


def in_the_way(root: Path) -> str | None:
    """The sentence for a file or folder called `.venv` that the course did not make and won't remove."""
    venv = root / ".venv"
    if not venv.exists() or any((venv / name).exists() for name in ("pyvenv.cfg", UNFINISHED)):
        return None
    return f"{venv} is in the way and is no virtual environment: move it elsewhere."


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


# --- making it --------------------------------------------------------------------------------------------


def prepare(root: Path, extras: tuple[str, ...]) -> None:
    """Make or repair `.venv` unless it is whole; raises Fault with the cure when that fails."""
    if is_whole(root, extras):
        return

    def refused(error: OSError) -> Fault:
        return Fault(f"{root} can't be written to ({error.strerror}): put the clone where you may write.")

    wait = "another command sets .venv up already: waiting for it."
    with lock.held(root / LOCK, lambda: say(wait), refused):
        _prepare(root, extras)


def _prepare(root: Path, extras: tuple[str, ...]) -> None:
    """As `prepare`, while no other process does the same."""
    if is_whole(root, extras):
        return
    extras = tuple(sorted({*extras, *_extras(root)}))
    began = time.monotonic()
    uv = working_uv()
    if is_usable(root):
        say("the list of packages is new or longer; bringing .venv up to date.")
        done = _install(root, extras, uv)
    else:
        clear(root)
        done = bool(uv) and _make(root, extras, uv)
        if not done:
            if uv:
                say("uv did not get through (its lines above say why); trying without it.")
            _check_venv_module()
            done = _make(root, extras, None)
    if not done:
        raise Fault(
            "the packages could not be installed (the lines above say why): check the network connection and "
            "run the same command again; if it still fails, delete the folder .venv and run it once more."
        )
    write_stamp(root, extras)
    say(f"ready after {time.monotonic() - began:.0f} s.")


def _make(root: Path, extras: tuple[str, ...], uv: str | None) -> bool:
    venv = root / ".venv"
    way, pace = ("uv", "some seconds") if uv else ("venv and pip", "about a minute")
    say(f"setting up in {venv} with {way}; the first time this takes {pace}, more on a slow network.")
    try:
        venv.mkdir(exist_ok=True)
        (venv / UNFINISHED).touch()
    except OSError as error:
        raise Fault(f"{venv} can't be made ({error.strerror}): put the clone where you may write.") from None
    if uv:
        making = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(venv)]
    else:
        making = [sys.executable, "-m", "venv", "--clear", str(venv)]
    if subprocess.call(making) != 0:
        return False
    (venv / UNFINISHED).touch()
    if not _install(root, extras, uv):
        return False
    (venv / UNFINISHED).unlink()
    return True


def _install(root: Path, extras: tuple[str, ...], uv: str | None) -> bool:
    python = str(venv_python(root))
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python", python]
    elif _works([python, "-m", "pip", "--version"]) or _works([python, "-m", "ensurepip"]):
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    else:
        return False
    what = f".[{','.join(extras)}]" if extras else "."
    # The clone is the current folder, so no path with a space or a comma has to be spelled.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    return subprocess.call([*command, "-c", "constraints.txt", "-e", what], cwd=root, env=environment) == 0


def clear(root: Path) -> None:
    """Remove what is left of a `.venv` that can't be used; anything that is not one stays and is a Fault."""
    venv = root / ".venv"
    if venv.is_symlink():
        venv.unlink()
    if not venv.exists():
        return
    if sentence := in_the_way(root):
        raise Fault(sentence)
    say(".venv is unfinished, broken or was moved; making it anew.")
    try:
        shutil.rmtree(venv)
    except OSError as error:
        raise Fault(
            f"{venv} can't be removed ({error.strerror}): close JupyterLab and all that runs from it."
        ) from None


def write_stamp(root: Path, extras: tuple[str, ...]) -> None:
    """Say that `.venv` is whole, in a file that is there with its whole content or not at all."""
    stamp = {"root": str(root), "inputs": inputs(root), "extras": list(extras)}
    part = root / ".venv" / (STAMP + ".part")
    part.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    os.replace(part, root / ".venv" / STAMP)


def working_uv() -> str | None:
    """The path of a `uv` that runs, or None. A launcher on the path may stand for a `uv` that isn't there."""
    uv = shutil.which("uv")
    return uv if uv and _works([uv, "--version"]) else None


def _check_venv_module() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Fault(venv_cure(sys.platform, _os_release(), sys.version_info[:2]))


def venv_cure(platform: str, os_release: str, version: tuple[int, int]) -> str:
    """The sentence for a Python without `venv`, with the one command that cures it on that system.

    >>> print(venv_cure("linux", "ID=debian", (3, 13)))
    this Python lacks its venv module: run `sudo apt install python3.13-venv`, then the same command again.
    """
    python = f"python{version[0]}.{version[1]}"
    if platform == "linux" and ("debian" in os_release or "ubuntu" in os_release):
        cure = f"run `sudo apt install {python}-venv`"
    else:
        cure = "install a complete Python (3.11 or newer), for example the one from python.org"
    return f"this Python lacks its venv module: {cure}, then the same command again."


def _os_release() -> str:
    try:
        return Path("/etc/os-release").read_text(encoding="utf-8").lower()
    except OSError:
        return ""


# --- what a user types ------------------------------------------------------------------------------------


def cured(name: str, trouble: str, wanted: requirements.Requirement | str) -> str:
    """The sentence for a package that is missing, or outside its bounds; `wanted` is what is to be installed."""
    anew = ("--force-reinstall", "--no-deps") if requirements.lost_files(name) else ()
    return f"{trouble}: run {installing(wanted, *anew)}."


def installing(requirement: requirements.Requirement | str, *options: str) -> str:
    """The command that installs a package here, as it is typed."""
    return pip(" ".join(("install", *options, f'"{requirement}"')))


def pip(words: str) -> str:
    """The command that does what `pip` does with these words: an environment of uv's has no pip."""
    python = f'"{sys.executable}"'
    if importlib.util.find_spec("pip"):
        return f"`{python} -m pip {words}`"
    if working_uv():
        words = words.replace("--force-reinstall", "--reinstall")  # uv's word for it
        return f"`uv pip {words} --python {python}`"
    return f"`{python} -m ensurepip`, then `{python} -m pip {words}`"


def python_command(os_name: str = os.name) -> str:
    """What a user types to start a Python that is new enough: the usual name, or else this one's path."""
    usual = "py" if os_name == "nt" else "python3"
    found = shutil.which(usual)
    if not found or is_new_enough(found):
        return usual
    return f'"{getattr(sys, "_base_executable", sys.executable)}"'
