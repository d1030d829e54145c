"""A widget's JavaScript: real modules that an editor can follow, joined to the one text that the browser gets.

There is no build step and nothing is fetched at run time. Read `joined` first. The files keep four rules, so
that joining is putting one text after the other:

* an import names what it takes: `import { x, y as written } from "./file.js"`, never under another name;
* an export stands before what it exports, or is the `export default` of a widget's own file or of a table's file;
* no two files of a widget give the same name to something, and none imports what imports it;
* a table, such as `kinds.js`, is filled from the folder of its name: `kinds/queue.js` becomes `KINDS["queue"]`.
"""

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async |const |let |function |class ))", re.MULTILINE)
DEFAULT = re.compile(r"^export default ", re.MULTILINE)
TYPES = re.compile(r"^/\*\*(?:(?!\*/).)*?@(?:typedef|import)\b.*?\*/\n", re.MULTILINE | re.DOTALL)


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


def files(entry: Path) -> list[Path]:
    """All files of the module that begins with `entry`, each after those that it needs.

    Raises ValueError where files import each other in a circle.
    """
    order: list[Path] = []
    under_way: list[Path] = []

    def visit(path: Path) -> None:
        if path in order:
            return
        if path in under_way:
            circle = " → ".join(step.name for step in [*under_way[under_way.index(path) :], path])
            raise ValueError(f"files import each other: {circle}.")
        under_way.append(path)
        for needed in imports(path):
            visit(needed)
        order.append(under_way.pop())

    visit(entry.resolve())
    for table in [path for path in order if path != entry.resolve()]:
        for path in entries(table):
            visit(path)
    order.remove(entry.resolve())
    return [*order, entry.resolve()]


def joined(entry: Path) -> str:
    """The text of the module that begins with `entry`: it imports nothing, and exports what `entry` exports."""
    order = files(entry)
    tables = {path: table for table in order for path in entries(table)}
    return "\n".join(_inside(path, tables.get(path), path == order[-1]) for path in order)


def _inside(path: Path, table: Path | None, last: bool) -> str:
    """A file as it stands in the joined text."""
    text = EXPORT.sub("", IMPORT.sub("", path.read_text(encoding="utf-8")))
    if table is not None:
        return DEFAULT.sub(f'{table.stem.upper()}["{path.stem}"] = ', text)
    return text if last else DEFAULT.sub("", text)
