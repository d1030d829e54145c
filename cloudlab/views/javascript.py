"""A widget's JavaScript: real modules that an editor can follow, joined to the one text that the browser gets.

There is no build step and nothing is fetched at run time. Read `joined` first. The files keep four rules, so
that joining is putting one text after the other; `tests/test_javascript.py` holds them:

* an import names what it takes, as it is named there: `import { x, y } from "./file.js"`;
* `export` stands before what is exported; an `export default` is for a widget's own file, and for a table's entries;
* no two files of a widget give the same name to something, and none imports what imports it;
* a table, such as `kinds.js`, is filled from the folder beside it: the default of `kinds/queue.js` becomes
  `KINDS["queue"]`. What else such a file declares is its own.
"""

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async |const |let |function |class ))", re.MULTILINE)
DEFAULT = re.compile(r"^export default ", re.MULTILINE)
TYPES = re.compile(r"^/\*\* @import .*\*/\n", re.MULTILINE)


def imports(path: Path) -> dict[Path, list[str]]:
    """The files that a file imports, and the names that it takes from each."""
    found = IMPORT.findall(path.read_text(encoding="utf-8"))
    return {
        (path.parent / target).resolve(): [name.strip() for name in names.split(",") if name.strip()]
        for names, target in found
    }


def entries(path: Path) -> list[Path]:
    """The files that fill the table of `path`, by name: those of the folder beside it that is named as it is."""
    return sorted(path.with_suffix("").glob("*.js"))


def files(widget: Path) -> list[Path]:
    """All files of the module of `widget`, each after those that it imports; `widget` itself is the last.

    Raises ValueError where files import each other in a circle.
    """
    order: list[Path] = []
    under_way: list[Path] = []

    def visit(path: Path) -> None:
        if path in order:
            return
        if path in under_way:
            circle = [*under_way[under_way.index(path) :], path]
            raise ValueError(f"files import each other: {' → '.join(step.name for step in circle)}.")
        under_way.append(path)
        for needed in imports(path):
            visit(needed)
        order.append(under_way.pop())

    visit(widget.resolve())
    for table in order[:-1]:
        for path in entries(table):
            visit(path)
    order.remove(widget.resolve())
    return [*order, widget.resolve()]


def joined(widget: Path) -> str:
    """The text of the module of `widget`: it imports nothing, and exports what `widget` exports."""
    order = files(widget)
    tables = {path: table for table in order for path in entries(table)}
    return "\n".join(_inside(path, tables.get(path)) for path in order)


def _inside(path: Path, table: Path | None) -> str:
    """A file as it stands in the joined text; an entry of a table in a block, so that its names are its own."""
    text = path.read_text(encoding="utf-8")
    for words in (IMPORT, EXPORT, TYPES):
        text = words.sub("", text)
    if table is None:
        return text
    return "{\n" + DEFAULT.sub(f'{table.stem.upper()}["{path.stem}"] = ', text) + "}\n"
