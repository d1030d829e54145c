"""`cloudlab doctor`: what keeps the course from working here, one line per fault, each with its cure.

Each check yields the sentences of its faults and changes nothing.
"""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cloudlab.shell import (
    Fault,
    bootstrap,
    bundle,
    environment,
    quiet,
    read_json,
    requirements,
    serve,
    workfolder,
)

WIDGETS = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}


def report(offline: str | None = None) -> int:
    """Print the faults; returns 1 if there are any, else 0.

    `offline` asks whether all works without a network too; it names the folder of wheels, or is ''.
    """
    checks = (packages, python_on_the_path, widgets, browser, write_access, hidden, distribution)
    faults = [fault for check in checks for fault in check()]
    said: list[str] = []
    if offline is not None:
        more, said = without_network(Path(offline) if offline else None)
        faults += more
    for fault in faults:
        print(f"- {fault}")
    if not faults:
        print(f"No fault found (Python {platform.python_version()} at {sys.executable}).")
        print(isolation())
        for sentence in said:
            print(sentence)
    return 1 if faults else 0


def without_network(folder: Path | None) -> tuple[list[str], list[str]]:
    """(faults, what is well) of a machine without a network; the network isn't touched.

    All packages are there, `folder` would install them on a machine like this one, and the first lesson asks no
    address for anything.
    """
    faults, said = list(bundle.installed()), []
    if folder is not None:
        faults += bundle.faults(folder)
        said.append(f"{folder} holds all {bundle.packages(folder)} packages for {bundle.here()}.")
    if importlib.util.find_spec("IPython") is None:
        return faults, said  # told above
    source = workfolder.originals()
    first = next(name for name in workfolder.lessons(source) if name.endswith(".ipynb"))
    addresses, fault = quiet.asked(source / first)
    if addresses:
        faults.append(f"{first} asks the network for {', '.join(addresses)}: install the course again.")
    elif fault:
        faults.append(f"{first} can't be run ({fault}): install the course again.")
    said.append(f"{first} ran to its end, and asked no network for anything.")
    return faults, said


def isolation() -> str:
    """What keeps strangers' notebooks from this machine when they are graded here: it is tried."""
    from cloudlab.grading import jail

    level = jail.best()
    if not level:
        return f"Others' notebooks can't be graded here: {jail.cure()}"
    said = f"Grading others' notebooks here: isolation {level}, {jail.LEVELS[level]}."
    return said if level == "L1" else f"{said} For L1, {jail.cure()}"


def packages() -> Iterator[str]:
    """Packages that are missing or outside their bounds."""
    root = bootstrap.clone()
    wanted = requirements.of_clone(root) if root else requirements.of_installed()
    troubles = requirements.troubles(wanted)
    if root and len(troubles) == len(wanted):
        in_the_way = environment.in_the_way(root)
        here = f"for this Python ({sys.executable})"
        yield (
            in_the_way
            or f"The packages are not set up {here}: run `{environment.python_command()} -m cloudlab`."
        )
        return
    for requirement, trouble in troubles:
        yield environment.cured(requirement.name, trouble, requirement)
    if not troubles:
        yield from needed_by_those()


def needed_by_those() -> Iterator[str]:
    """Packages that those of the course need, directly or not, and that are missing."""
    if importlib.util.find_spec("packaging") is None:  # what reads who needs what
        anew = environment.installing("packaging", "--force-reinstall", "--no-deps")
        yield f"packaging is not installed: run {anew}."
    elif requirements.installed_version(requirements.DISTRIBUTION) is not None:
        for package, trouble in bundle.lost():
            version = requirements.installed_version(package)
            yield environment.cured(package, trouble, f"{package}=={version}" if version else package)


def python_on_the_path() -> Iterator[str]:
    """In a clone, a `python3` that is too old for what the README says to type."""
    usual = "py" if os.name == "nt" else "python3"
    if bootstrap.clone() and shutil.which(usual) and environment.python_command() != usual:
        newer = f"start the course with `{environment.python_command()} -m cloudlab`"
        yield f"{usual} starts a Python that is too old (the course needs 3.11 or newer): {newer}."


def widgets(folders: list[Path] | None = None) -> Iterator[str]:
    """Parts of the widgets that JupyterLab does not find in its folders, or that are switched off."""
    if folders is None:
        try:
            from jupyter_core.paths import jupyter_path
        except ImportError:
            return  # told by `packages`
        folders = [Path(folder) for folder in jupyter_path("labextensions")]
    off = disabled(_settings(folders))
    for package, extension in WIDGETS.items():
        requirement = package + "==" + (requirements.installed_version(package) or "*")
        if not any((folder / extension / "package.json").is_file() for folder in folders):
            yield (
                f"JupyterLab does not find the part of {package} that draws controls ({extension}): "
                f"run {environment.installing(requirement, '--force-reinstall', '--no-deps')}."
            )
        elif extension in off:
            yield f"The extension {extension} is disabled: run `jupyter labextension enable {extension}`."


def _settings(folders: list[Path]) -> list[Path]:
    from jupyter_core.paths import jupyter_config_path

    beside = [
        folder.parents[2] / "etc" / "jupyter" for folder in folders
    ]  # PREFIX/share/jupyter/labextensions
    return [*beside, *map(Path, jupyter_config_path())]


def disabled(folders: list[Path]) -> set[str]:
    """The JupyterLab extensions that a `labconfig/page_config.json` in one of the folders switches off."""
    names: set[str] = set()
    for folder in folders:
        listed = read_json(folder / "labconfig" / "page_config.json").get("disabledExtensions")
        if isinstance(listed, dict):
            listed = [name for name in listed if listed[name]]
        names |= {name for name in listed if isinstance(name, str)} if isinstance(listed, list) else set()
    return names


def browser() -> Iterator[str]:
    """No browser that Python can open."""
    if not serve.has_browser():
        yield "No browser was found: install one, or open the address that `cloudlab start` prints elsewhere."


def write_access() -> Iterator[str]:
    """A folder for the lessons that can't be made or written to."""
    try:
        folder = workfolder.default_folder()
    except Fault as fault:
        yield f"{str(fault)[0].upper()}{str(fault)[1:]}"
        return
    place = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        yield str(workfolder.unwritable(folder, error))


def hidden() -> Iterator[str]:
    """Files of the learner's that notebooks would import in place of a module of that name."""
    try:
        yield from workfolder.hiding(workfolder.default_folder())
    except Fault:
        return  # told by `write_access`


def distribution() -> Iterator[str]:
    """The unrelated distribution called `cloudlab`, or a `cloudlab` that notebooks import from elsewhere."""
    try:
        other = importlib.metadata.version("cloudlab")
    except importlib.metadata.PackageNotFoundError:
        pass
    else:
        yield (
            f"The distribution cloudlab {other} is another project that uses the same import name: "
            f"run {environment.pip('uninstall cloudlab')}, then install the course again."
        )
    if requirements.installed_version(requirements.DISTRIBUTION) is None:
        return  # told by `packages` in a clone; nothing to compare with
    mine, found = Path(__file__).resolve().parents[1], imported_elsewhere()
    if found != mine:
        where = found or "a file that ends in an error"
        yield (
            f"Notebooks would import cloudlab from {where} and not from {mine}: "
            "remove or rename it, and look at the variable PYTHONPATH."
        )


def imported_elsewhere() -> Path | None:
    """The folder of the `cloudlab` that a notebook in the learner's folder imports."""
    code = "import cloudlab; print(cloudlab.__file__ or '')"
    with tempfile.TemporaryDirectory() as away:
        folder = workfolder.default_folder()
        where = folder if folder.is_dir() else away
        environment = {**os.environ, "PYTHONUTF8": "1"}
        found = subprocess.run(
            [sys.executable, "-c", code], cwd=where, env=environment, capture_output=True, encoding="utf-8"
        )
    return Path(found.stdout.strip()).resolve().parent if found.stdout.strip() else None
