"""The arrows between the rooms of the house, as DESIGN.md draws them, read from the source of every module.

Nothing is listed here but the rooms and the exceptions: any other module or folder in `cloudlab` is a concept.
So a new one is covered from its first commit.
"""

import ast
import importlib.util
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from cloudlab.views import kinds
from cloudlab.views.sheet import Sheet

PACKAGE = Path(importlib.util.find_spec("cloudlab").origin).parent
ROOMS = {"kernel", "judge", "labs", "exercises", "views", "grading", "shell"}
DOOR = {"__init__", "__main__"}
ALLOWED_PAIRS = {("autoscaling", "ec2"), ("autoscaling", "alarms"), ("cluster", "containers")}
"""Concepts may import the kernel only, but for these: a group makes instances, a policy its own alarms."""
BUTTON = ("exercises", "views.helping")
"""What a notebook opens an exercise with shows a learner of a class the button for help, too."""
MAY_IMPORT = {
    "kernel": {"kernel"},
    "concept": {"kernel"},
    "labs": {"kernel", "concept", "labs"},
    "judge": {"kernel", "judge"},
    "exercises": {"kernel", "concept", "labs", "judge", "exercises"},
    "views": {"kernel", "views"},
    "grading": {"kernel", "judge", "exercises", "grading"},
    "shell": {"shell", "door", "grading"},
    "door": {"shell", "door"},
}
VIEWS_MAY_READ = {
    f"kernel.{name}"
    for name in (
        "measures",
        "summary",
        "ranks",
        "work",
        "record",
        "moves",
        "messages",
        "series",
        "printed",
        "standing",
        "once",
        "calls",
        "invocations",
        "tallies",
        "orders",
        "limits",
        "state",
        "printed",
        "misconceptions",
    )
}
CLOSED_DOORS = {
    "threading", "_thread", "socket", "ssl", "select", "selectors", "subprocess", "asyncio",
    "multiprocessing", "concurrent", "http", "urllib", "ftplib", "smtplib", "socketserver", "ctypes", "mmap",
}  # fmt: skip
"""What a browser kernel lacks, or what a simulation has no business with."""


@cache
def modules():
    """{dotted name below cloudlab: syntax tree} of every module of the package, read once a process."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts if parts[-1] != "__init__" or len(parts) == 1 else parts[:-1])
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def rule(chosen):
    """Make one test of a rule that a module of this name keeps: it goes through all of `chosen()`.

    So it names every module that breaks the rule, and a test for each of hundreds costs more than the rule does.
    """

    def make(keeps):
        def test():
            assert chosen()
            broken = [f"{name}: {error}" for name in chosen() if (error := complaint(keeps, name))]
            assert not broken, "\n".join(broken)

        test.__name__, test.__doc__ = keeps.__name__, keeps.__doc__
        return test

    return make


def complaint(keeps, name):
    """What a module does not keep, or None."""
    try:
        keeps(name)
    except AssertionError as error:
        return str(error)
    return None


def room(name):
    """The room of a module: the name of its folder, 'door' for the package's own two files, else 'concept'."""
    first = stem(name)
    return "door" if first in DOOR else first if first in ROOMS else "concept"


def stem(name):
    return name.split(".")[0]


def below_views():
    return [name for name in modules() if room(name) in ("kernel", "concept", "labs", "judge", "exercises")]


def views():
    return [name for name in modules() if room(name) == "views"]


def imports(name, tree=None):
    """The modules that `name` imports, anywhere or only in the statements `tree`: (dotted name, line)."""
    found = []
    nodes = ast.walk(modules()[name]) if tree is None else tree
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}, line {node.lineno}: a relative import hides where it goes"
            inner = node.module.removeprefix("cloudlab").lstrip(".")
            for alias in node.names:
                deeper = f"{inner}.{alias.name}".lstrip(".")
                is_module = node.module.split(".")[0] == "cloudlab" and deeper in modules()
                found.append((f"cloudlab.{deeper}" if is_module else node.module, node.lineno))
    return found


@cache
def inside(name):
    """The modules of the package that `name` imports, by their dotted names below cloudlab."""
    return sorted(
        {full.removeprefix("cloudlab.") for full, _ in imports(name) if full.startswith("cloudlab.")}
    )


def outside(name):
    """The packages that `name` imports and that are neither cloudlab nor of the standard library."""
    roots = {full.split(".")[0] for full, _ in imports(name)} - {"cloudlab"}
    return {root for root in roots if root not in sys.stdlib_module_names}


def test_modules_of_every_room_are_found():
    rooms = {"kernel", "concept", "labs", "judge", "exercises", "views", "shell", "door"}
    assert {room(name) for name in modules()} >= rooms


@rule(modules)
def test_arrows_point_one_way(name):
    for target in inside(name):
        here, there = room(name), room(target)
        if here == there == "concept":
            pair = stem(name), stem(target)
            known = pair in ALLOWED_PAIRS or pair[0] == pair[1]
            assert known, f"{name} imports {target}: concepts don't know each other"
        else:
            assert there in MAY_IMPORT[here] or (name, target) == BUTTON, (
                f"{name} ({here}) imports {target} ({there})"
            )
        if here == "views" and there == "kernel":
            assert target in VIEWS_MAY_READ, f"{name} imports {target}: views read {VIEWS_MAY_READ}"
        if here == there == "exercises" and "." in name:
            assert name.split(".")[:2] == target.split(".")[:2], f"{name} imports another lesson's {target}"


@rule(below_views)
def test_below_the_views_there_is_simpy_and_the_standard_library(name):
    assert outside(name) <= {"simpy"}


@rule(below_views)
def test_below_the_views_there_is_no_thread_no_socket_and_no_other_process(name):
    assert {full.split(".")[0] for full, _ in imports(name)} & CLOSED_DOORS == set()


@cache
def reached_from(name):
    """`name` and all modules of the package that it needs, directly or not."""
    known, todo = set(), [name]
    while todo:
        name = todo.pop()
        if name not in known:
            known.add(name)
            todo += inside(name)
    return known


def kinds_of_parts():
    return [name for name in modules() if name.startswith("views.kinds.")]


def told():
    """What is said of a run, wherever a model runs."""
    general = ["describe", "happenings", "table", "words", "kinds"]
    return [f"views.{name}" for name in general] + kinds_of_parts()


@rule(told)
def test_descriptions_need_no_picture(name):
    needed = {root for reached in reached_from(name) for root in outside(reached)}
    assert needed <= {"simpy"}


def general():
    """Views that know no kind; misconceptions are what learners say."""
    apart = ("views.kinds.", "views.charts", "views.misconceptions")
    return [name for name in views() if not name.startswith(apart)]


def words_of(name):
    """The texts in a module, docstrings left out, as {line: words}; GroupMinSize is three words."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = [node.body for node in ast.walk(modules()[name]) if isinstance(node, documented)]
    strings = [line.value for body in bodies for line in body if isinstance(line, ast.Expr)]
    texts = [n for n in ast.walk(modules()[name]) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    for text in texts:
        if text not in strings:
            yield text.lineno, [word.lower() for word in re.findall(r"[A-Z]?[a-z_]+|[A-Z]+", text.value)]


ANYBODYS = {
    ("views.describe", "bill"),
    ("views.javascript", "function"),
    ("views.panel", "function"),
    ("views.tasks", "function"),
}
"""What a general file may say: a bill is a table of the record, which any part may fill; Python and JavaScript have
functions too."""

ASPECTS = ("views.kinds.application",)
"""Kinds that are called as an aspect of states is: what runs on a part of any kind works, crashes or hangs."""


@rule(general)
def test_of_the_views_only_kinds_and_charts_name_a_kind(name):
    """All that is said of one kind of part stands in one file, so that a new kind is a new file."""
    own = [kind.rpartition(".")[2] for kind in kinds_of_parts() if kind not in ASPECTS]
    for line, words in words_of(name):
        for kind in own:
            said = words != [kind] and (name, kind) in ANYBODYS
            assert said or not {kind, f"{kind}s"}.intersection(words), (
                f"line {line}: ask the kind (see views/kinds)"
            )


@rule(kinds_of_parts)
def test_a_kind_is_found_by_the_name_of_its_file(name):
    kind = name.rpartition(".")[2]
    assert type(kinds.kind_named(kind)).__module__ == f"cloudlab.{name}"
    assert kinds.kind_named(kind).name == kind


def test_nothing_imports_in_a_circle():
    for name in modules():
        for target in inside(name):
            assert name == target or name not in reached_from(target), (
                f"{name} imports {target}, and that comes back"
            )


@rule(modules)
def test_matplotlib_is_imported_inside_functions_and_never_pyplot(name):
    for full, line in imports(name):
        assert "pyplot" not in full, f"line {line}"
        assert (
            room(name) == "views"
            or not full.startswith(("matplotlib", "ipywidgets", "anywidget", "IPython"))
            or room(name) in ("shell", "grading")
        )
    top = [node for node in modules()[name].body if isinstance(node, (ast.Import, ast.ImportFrom))]
    for full, line in imports(name, top):
        assert not full.startswith(("matplotlib", "numpy")), f"line {line}"


@rule(views)
def test_only_the_sheet_knows_matplotlib_and_no_view_numpy(name):
    """So that a second way to draw can stand behind the sheet's verbs, where there is neither."""
    roots = {full.split(".")[0] for full, _ in imports(name)}
    assert not roots & ({"numpy"} if name == "views.sheet" else {"matplotlib", "mpl_toolkits", "numpy"})


def drawing():
    return [name for name in views() if name != "views.sheet"]


VERBS = {name for name in vars(Sheet) if not name.startswith("_")} | {"width", "height", "colours"}
"""What drawing code may ask of a sheet."""


@rule(drawing)
def test_charts_speak_the_verbs_of_the_sheet_only(name):
    """Neither its figure nor a path of matplotlib's."""
    nodes = [node for node in ast.walk(modules()[name]) if isinstance(node, ast.Attribute)]
    asked = {node.attr: node.lineno for node in nodes if ast.unparse(node.value) in SHEETS}
    assert {attr: line for attr, line in asked.items() if attr not in VERBS} == {}


SHEETS = ("sheet", "self.sheet", "self._sheet")
"""How a sheet is called."""


def test_a_sheet_is_called_a_sheet_and_these_are_its_verbs():
    trees = [modules()[name] for name in drawing()]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    own = {"rectangle", "disc", "polygon", "area", "arc", "cross", "width_of"}
    called = [ast.unparse(node.value) for node in nodes if node.attr in own]
    assert len(called) > 50 and set(called) == {"sheet"}
    assert own | {"line", "text", "begin", "size", "svg", "width", "height", "colours"} == VERBS


def fresh(code, *modules):
    """What a new Python process prints as JSON after `code`; `modules` are given to it as `names`."""
    program = f"import importlib, json, sys\nnames = {list(modules)!r}\nbefore = set(sys.modules)\n{code}"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, encoding="utf-8", check=True)
    return json.loads(done.stdout)


def test_the_package_by_itself_imports_nothing():
    assert imports("__init__") == []
    assert fresh("import cloudlab\nprint(json.dumps(sorted(set(sys.modules) - before)))") == ["cloudlab"]


LOADED = """
for name in names:
    importlib.import_module(name)
new = set(sys.modules) - before
print(json.dumps(sorted({name.split('.')[0] for name in new} - set(sys.stdlib_module_names))))
"""


def test_all_models_in_a_fresh_process_load_nothing_but_simpy():
    below = [f"cloudlab.{name}" for name in below_views()]
    assert len(below) > 10
    assert fresh(LOADED, *below) == ["cloudlab", "simpy"]


def test_a_description_in_a_fresh_process_loads_nothing_but_simpy():
    assert len(kinds_of_parts()) > 5
    assert set(fresh(LOADED, *(f"cloudlab.{name}" for name in told()))) <= {"cloudlab", "simpy"}


def test_an_experiment_needs_no_widget():
    assert set(fresh(LOADED, "cloudlab.views.experiment")) <= {"cloudlab", "simpy"}


@pytest.mark.nightly
def test_each_model_can_be_imported_first():
    """No module relies on another one that was imported before it: in a usual run, no circle is enough."""
    below = [f"cloudlab.{name}" for name in below_views()]
    code = """
def import_alone(name):
    for known in [known for known in sys.modules if known.split('.')[0] == 'cloudlab']:
        del sys.modules[known]
    importlib.import_module(name)
for name in names:
    import_alone(name)
print(json.dumps(len(names)))
"""
    assert fresh(code, *below) == len(below)


# Inside the modules


def classes():
    """{class name: [(module, names of its bases)]} of the package."""
    found = {}
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases = [
                    ast.unparse(base) if isinstance(base, ast.Attribute) else getattr(base, "id", "")
                    for base in node.bases
                ]
                found.setdefault(node.name, []).append((name, bases))
    return found


def of_ours(name, base, known):
    """The bases of the class that a module calls `base`, wherever in the package it is; [] for a foreign one."""
    homes = {home for home, _ in known.get(base, [])}
    froms = [
        node.module.removeprefix("cloudlab").lstrip(".")
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.ImportFrom) and any(base in (one.name, one.asname) for one in node.names)
    ]
    near = [home for home in homes if home == name or any(home.startswith(one) for one in froms)]
    return [above for home, bases in known.get(base, []) if home in near for above in bases]


def test_no_class_inherits_from_a_class_that_inherits_from_a_class_of_ours():
    known = classes()
    for child, entries in known.items():
        for module, bases in entries:
            for base in bases:
                grandparents = {above for above in of_ours(module, base, known) if above in known}
                assert not grandparents, (
                    f"{module}.{child} inherits from {base}, which inherits from {grandparents}"
                )


@rule(modules)
def test_no_module_keeps_a_state_and_no_class_has_a_metaclass(name):
    for node in ast.walk(modules()[name]):
        assert not isinstance(node, ast.Global), f"line {node.lineno}: a module has no state"
        if isinstance(node, ast.ClassDef):
            assert not node.keywords, f"line {node.lineno}: a class has no metaclass"


@rule(modules)
def test_a_module_begins_with_a_docstring(name):
    words = ast.get_docstring(modules()[name])
    assert words, "it has none"
    assert words.split("\n\n")[0].rstrip().endswith((".", ":"))


@rule(below_views)
def test_nothing_loops_over_a_set(name):
    """Its order differs from run to run."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, (ast.For, ast.comprehension)):
            source = node.iter
            is_set = isinstance(source, (ast.Set, ast.SetComp)) or (
                isinstance(source, ast.Call) and getattr(source.func, "id", "") in ("set", "frozenset")
            )
            assert not is_set, f"line {source.lineno}"


WIDGETS = {
    "home": (["home.css"], ["home.py", "home.js", "conceptmap.py"]),
    "form": (["form.css", "helping.css"], ["form.py", "form.js", "helping.py", "helping.js"]),
    "panel": (
        ["picture.css", "controls.css", "stage/stage.css"],
        ["picture.js", "controls.js", "stage/**/*.js"],
    ),
}
"""Which stylesheets a widget brings, and which files make its elements."""

FOR_ALL = {"cloudlab", "cloudlab-still", "cloudlab-felt"}
"""Classes that mean the same in each widget: the colours, no motion, just changed."""


def test_the_rules_of_a_widget_leave_the_others_alone():
    """All widgets of JupyterLab stand in one page, the home page and an open lesson too."""
    files = {
        name: [path for glob in globs for path in (PACKAGE / "views").glob(glob)]
        for name, (_, globs) in WIDGETS.items()
    }
    made = {
        name: {
            word
            for path in paths
            for word in re.findall(r"cloudlab-[\w-]+", path.read_text(encoding="utf-8"))
        }
        for name, paths in files.items()
    }
    for name, (sheets, _) in WIDGETS.items():
        for rule in (rule for sheet in sheets for rule in selectors(PACKAGE / "views" / sheet)):
            classes = set(re.findall(r"\.(cloudlab[\w-]*)", rule)) - FOR_ALL
            reached = [other for other in made if other != name and classes and classes <= made[other]]
            assert not reached, f"{rule} of {name} also dresses {reached}"


def selectors(sheet):
    """What stands before each brace of a stylesheet, but for the words that begin with @ and their frames."""
    text = re.sub(
        r"/\*.*?\*/|@keyframes[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}",
        "",
        sheet.read_text(encoding="utf-8"),
        flags=re.S,
    )
    found = (one for before in re.findall(r"([^{};]+)\{", text) for one in re.split(r",(?![^(]*\))", before))
    return [one.strip() for one in found if not one.strip().startswith("@")]
