"""The widgets' JavaScript: modules that join without a build step, views that name no kind of part, and its tools.

The tools (TypeScript for the types, eslint, prettier) are only for those who change it; `tools/js` pins them.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cloudlab.views.javascript import entries, files, imports, joined

ROOT = Path(__file__).resolve().parents[1]
VIEWS = ROOT / "cloudlab" / "views"
KINDS = VIEWS / "stage" / "kinds"
TOOLS = ROOT / "tools" / "js"

WIDGETS = [VIEWS / f"{name}.js" for name in ("controls", "form", "helping", "home", "picture", "stage/stage")]
"""The files that a widget's module begins with."""

DECLARED = re.compile(r"^(export )?(?:async )?(?:const|let|function|class) (\w+|\[[^\]]*\])", re.MULTILINE)
TYPES = re.compile(r'@import \{[^}]*\} from "([^"]+)"')
ARIA = '("role", "group")'
"""A role that a screen reader knows: the same word as a kind of part."""


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def names(path: Path, *, exported: bool = False) -> list[str]:
    """What a file declares for all of it, or exports."""
    found = [name for export, name in DECLARED.findall(text_of(path)) if export or not exported]
    return [word for name in found for word in re.findall(r"\w+", name)]


# Modules


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda path: path.stem)
def test_what_a_file_imports_is_exported_there(widget):
    for path in files(widget):
        for target, wanted in imports(path).items():
            assert wanted and set(wanted) <= set(names(target, exported=True)), (path.name, target.name)


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda path: path.stem)
def test_no_two_files_of_a_widget_give_the_same_name(widget):
    owned = [path for path in files(widget) if path.parent != KINDS]  # a kind's names are its own
    counted = Counter(name for path in owned for name in names(path))
    assert [name for name, times in counted.items() if times > 1] == []


def test_every_file_is_reached_from_a_widget_or_holds_its_types():
    reached = {path for widget in WIDGETS for path in files(widget)}
    typed = {(path.parent / target).resolve() for path in reached for target in TYPES.findall(text_of(path))}
    assert set(VIEWS.rglob("*.js")) == reached | typed
    assert {path.name for path in typed - reached} == {"contract.js"}


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda path: path.stem)
def test_a_joined_module_imports_nothing_and_has_one_export(widget):
    text = joined(widget)
    assert re.findall(r"^(?:import|export)\b.*", text, re.MULTILINE) == ["export default { render };"]
    assert "@import" not in text and "://" not in text


def test_who_watches_whether_it_is_in_sight_goes_by_what_was_seen_last():
    """A busy page is told of several moments at once."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in VIEWS.rglob("*.js")}
    watching = {name: text.split("new IntersectionObserver(")[1:] for name, text in texts.items()}
    found = [(name, piece) for name, pieces in watching.items() for piece in pieces]
    assert len(found) > 3
    assert [name for name, piece in found if "lastSeen(entries)" not in piece.split("});")[0]] == []


def test_files_are_joined_after_those_that_they_import(tmp_path):
    (tmp_path / "kinds").mkdir()
    written = {
        "widget.js": 'import { KINDS } from "./kinds.js";\nimport { add } from "./add.js";\nadd(KINDS);\n',
        "kinds.js": "export const KINDS = {};\n",
        "add.js": "export function add() {}\n",
        "kinds/tree.js": 'import { add } from "../add.js";\nconst own = add;\nexport default { own };\n',
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert joined(tmp_path / "widget.js").splitlines() == [
        *("const KINDS = {};", "", "function add() {}", ""),
        *("{", "const own = add;", 'KINDS["tree"] = { own };', "}", ""),
        "add(KINDS);",
    ]


def test_a_circle_of_imports_is_named(tmp_path):
    for name, other in (("one", "two"), ("two", "one")):
        text = f'import {{ {other} }} from "./{other}.js";\nexport const {name} = 1;\n'
        (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"one\.js → two\.js → one\.js"):
        files(tmp_path / "one.js")


# Kinds


NAMELESS = sorted(path for path in VIEWS.rglob("*.js") if path.parent != KINDS)


def kinds() -> list[str]:
    return [path.stem for path in entries(VIEWS / "stage" / "kinds.js")]


ASPECTS = ("application",)
"""Kinds that are called as an aspect of states is: what runs on a part of any kind works, crashes or hangs."""

COLUMNS = ("service",)
"""Kinds that are called as a column of calls is: the service that is called."""


def named_kinds(text: str) -> list[str]:
    """The kinds that JavaScript names: as a text of its own, or as a property."""
    words = "|".join(kind for kind in kinds() if kind not in (*ASPECTS, *COLUMNS))
    return re.findall(rf"""["'`](?:{words})["'`]|\.(?:{words})\b""", text.replace(ARIA, ""))


def test_a_kind_is_found_where_it_is_named():
    assert {"balancer", "customers", "group", "instance", "queue", "topic", "host"} <= set(kinds())
    assert named_kinds('if (kind === "queue" || run.group)') == ['"queue"', ".group"]
    assert named_kinds('// a group\nnode.setAttribute("role", "group"); run.queues;') == []


@pytest.mark.parametrize("path", NAMELESS, ids=lambda path: path.name)
def test_no_file_but_its_own_names_a_kind(path):
    assert named_kinds(text_of(path)) == []


# Tools


CHECKS = {
    "types": ["typescript/bin/tsc", "--project", str(TOOLS / "tsconfig.json")],
    "rules": ["eslint/bin/eslint.js", "--config", str(TOOLS / "eslint.config.js"), "cloudlab/views"],
    "format": [
        *("prettier/bin/prettier.cjs", "--config", str(TOOLS / ".prettierrc.json")),
        *("--check", "cloudlab/views/**/*.js"),
    ],
}
"""What is run with Node, from the repository's root."""


@pytest.mark.parametrize("check", CHECKS)
def test_the_tools_find_nothing(check):
    program, *arguments = CHECKS[check]
    node, tool = shutil.which("node"), TOOLS / "node_modules" / program
    if node is None or not tool.is_file():
        needed = os.environ.get("CI") == "true" and sys.platform == "linux"
        assert not needed, f"Node, or what tools/js/package.json asks for, is missing: no {tool}"
        pytest.skip("Only on machines with Node and the tools of tools/js: see CONTRIBUTING, JavaScript.")
    done = subprocess.run([node, tool, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
