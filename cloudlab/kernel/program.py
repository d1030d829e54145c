"""A program that is made of files and really runs: the code of a function, or what lies in an image.

Read `Program.load` first. The files are the program's whole world: an import finds them and the standard library,
and nothing else, whatever is installed here. Each `Program` is a process of its own: its modules are loaded anew,
so what one keeps in a global no other one sees.

It is real Python, and a loop may never end. So it is compiled with a counter at the top of each loop and function,
and where the budget is used up, `OutOfSteps` comes at each further step. (Code in C, such as `list(iter(int, 1))`,
has no steps: that is ended with the interrupt button.) Nothing is locked in: the course trusts the learner's own code,
and a classroom's grader has its jail.
"""

import ast
import builtins
import io
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from types import ModuleType

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.logs import logs_to

STEPS = 1_000_000
"""Turns of loops and calls of functions that a program may make in one go."""

PRINTED = 4000
"""Characters that it may print in one go; the rest is left out."""

COUNTER = "__step__"


class OutOfSteps(BaseException):
    """The program used up its budget of steps. No `except Exception` holds it."""


class Program:
    """Files {path: text} that can be loaded and called. `names` are known in all modules, as builtins are.

    `printed` is what the newest `run` printed.
    """

    def __init__(
        self, files: Mapping[str, str], names: Mapping[str, object] | None = None, called: str = "program"
    ):
        self.files, self.called = dict(files), called
        self.modules: dict[str, ModuleType] = {}
        self.left = STEPS
        self.printed = ""
        self._logs = any("logging" in text for text in self.files.values())
        own = {"__import__": self._import, COUNTER: self._step, **(names or {})}
        self._builtins = {**vars(builtins), **own}

    def load(self, name: str) -> ModuleType:
        """The module of that name, run if it wasn't yet. Raises ModuleNotFoundError, or whatever it raises itself."""
        if name in self.modules:
            return self.modules[name]
        path, package = self._path_of(name)
        if path is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = ModuleType(name)
        module.__file__ = path
        module.__dict__["__builtins__"] = self._builtins
        module.__package__ = name if package else name.rpartition(".")[0]
        if package:
            module.__path__ = [path.rpartition("/")[0]]
        self.modules[name] = module
        try:
            exec(compiled(self.files[path], f"{self.called}/{path}"), module.__dict__)
        except BaseException:
            del self.modules[name]
            raise
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(self.load(parent), child, module)
        return module

    def run(self, function: Callable, *values):
        """What `function(*values)` gives back, a full budget of steps at hand. What is printed is kept."""
        self.left = STEPS
        out = _Printed()
        try:
            with logs_to(out if self._logs else None), redirect_stdout(out), redirect_stderr(out):
                given = function(*values)
        except KeyboardInterrupt:
            raise
        except BaseException:
            if self.left < 0:
                raise OutOfSteps from None
            raise
        finally:
            self.printed = out.getvalue()
        if self.left < 0:  # the program held what was to end it
            raise OutOfSteps
        return given

    def _step(self) -> bool:
        self.left -= 1
        if self.left < 0:
            raise OutOfSteps
        return True

    def _path_of(self, name: str) -> tuple[str | None, bool]:
        """The file of a module, and whether it is a package."""
        path = name.replace(".", "/")
        for file, package in ((f"{path}/__init__.py", True), (f"{path}.py", False)):
            if file in self.files:
                return file, package
        return None, False

    def _import(self, name: str, names=None, local=None, wanted=(), level: int = 0):
        """As `__import__`: the program's own files first, then the standard library."""
        if level:
            package = (names or {}).get("__package__") or ""
            parts = package.split(".")[: package.count(".") + 2 - level] if package else []
            if not parts:
                raise ImportError("attempted relative import beyond the program's own packages")
            name = ".".join([*parts, name] if name else parts)
        top = name.partition(".")[0]
        if self._path_of(top)[0] is None:
            if level or top not in sys.stdlib_module_names:
                raise ModuleNotFoundError(f"No module named {top!r}", name=top)
            return builtins.__import__(name, None, None, wanted, 0)
        module = self.load(top)
        for depth in range(2, name.count(".") + 2):
            module = self.load(".".join(name.split(".")[:depth]))
        if not wanted:
            return self.modules[top]
        for child in wanted:
            if not hasattr(module, child) and self._path_of(f"{name}.{child}")[0] is not None:
                self.load(f"{name}.{child}")
        return module


class _Printed(io.StringIO):
    """What is printed: the beginning is kept, and no more, however much it is."""

    def write(self, text: str) -> int:
        """Take a text."""
        super().write(text[: max(0, PRINTED - self.tell())])
        return len(text)


def described(error: BaseException) -> tuple[str, str]:
    """(the name of its class, its text) of an error whose class may do anything when it is asked."""
    name = type.__dict__["__name__"].__get__(type(error))
    try:
        return name, str(error)[:1000]
    except KeyboardInterrupt:
        raise
    except BaseException:
        return name, ""


def compiled(source: str, called: str):
    """The code of a module with a counter in each loop and function. Raises SyntaxError."""
    tree = ast.parse(source.removeprefix("\ufeff"), called)  # some editors write this mark
    return compile(ast.fix_missing_locations(_Counted().visit(tree)), called, "exec")


class _Counted(ast.NodeTransformer):
    """Puts a step at the top of each loop, function and comprehension."""

    def _first(self, node):
        self.generic_visit(node)
        step = ast.Expr(_call())
        ast.copy_location(step, node)
        docstring = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
        place = int(docstring and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
        node.body.insert(place, step)
        return node

    def visit(self, node):
        """As `NodeTransformer.visit`."""
        if isinstance(node, (ast.For, ast.While, ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef)):
            return self._first(node)
        if isinstance(node, ast.Lambda):
            return self._lambda(node)
        return super().visit(node)

    def _lambda(self, node):
        self.generic_visit(node)
        node.body = ast.copy_location(ast.IfExp(_call(), node.body, ast.Constant(None)), node.body)
        return node

    def visit_comprehension(self, node):
        self.generic_visit(node)
        node.ifs.insert(0, _call())
        return node


def _call() -> ast.Call:
    return ast.Call(ast.Name(COUNTER, ast.Load()), [], [])


def content_of(name: str, path: str, held: object, error: type[InvalidParameter]) -> bytes:
    """What a file holds that was given as a text or as bytes. Raises `error`, which names `name` and the path."""
    if isinstance(held, str):
        try:
            return held.encode()
        except UnicodeEncodeError:
            rule = "which can't be written in UTF-8"
            raise error(f"{name}[{path!r:.60}] holds a character, {rule}.") from None
    if isinstance(held, (bytes, bytearray)):
        return bytes(held)
    raise error(f"{name}[{path!r:.60}] is {held!r:.60}, but must be a text or bytes.")
