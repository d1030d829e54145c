"""Lessons of an earlier edition: which modules of the course a learner's copy names that are no longer there.

A lesson that was worked in stays as it is when the course is updated. Where its cells import a module that has
moved since, they end in an error, so `start` says which copy to go on in. Read `gone` first.
"""

import ast
import json
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def gone(notebook: Path, package: Path = PACKAGE) -> list[str]:
    """The modules of the course that the cells of `notebook` import and that `package` doesn't hold."""
    named = [module for source in _sources(notebook) for module in _imported(source)]
    return [module for module in dict.fromkeys(named) if not _exists(module, package)]


def _sources(notebook: Path) -> list[str]:
    """The text of each code cell; none where the file is no notebook."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _imported(source: str) -> list[str]:
    """The modules of the course that a cell imports by name."""
    try:
        statements = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []  # half written, or a command of the notebook
    named = [alias.name for one in statements if isinstance(one, ast.Import) for alias in one.names]
    for one in statements:
        if isinstance(one, ast.ImportFrom) and one.module and not one.level:
            whole = one.module == "cloudlab"  # what is imported from the package itself are its modules
            named += [f"cloudlab.{alias.name}" for alias in one.names] if whole else [one.module]
    return [name for name in named if name.startswith("cloudlab.") and not name.startswith("cloudlab.__")]


def _exists(module: str, package: Path) -> bool:
    path = package.joinpath(*module.split(".")[1:])
    return path.is_dir() or path.with_name(f"{path.name}.py").is_file()
