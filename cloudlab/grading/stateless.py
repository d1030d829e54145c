"""Which functions of a submission can keep nothing from one run to the next, whoever wrote them. Read `functions`.

All runs of such a program may share a process, which saves a fork for each. What proves it is the text, not what its
author says: it has names of its own and a few builtins, and nothing that could change what is there for the next run,
find out where in memory something lies, or go on after an error. All else is fair too, and has a process for each run.
"""

import ast
import dis
import types
from collections.abc import Iterator
from inspect import CO_GENERATOR

BUILTINS = frozenset(
    [
        "abs",
        "all",
        "any",
        "bool",
        "dict",
        "enumerate",
        "float",
        "int",
        "len",
        "list",
        "max",
        "min",
        "range",
        "reversed",
        "round",
        "sorted",
        "sum",
        "tuple",
        "zip",
    ]
)
"""None of these keeps anything, and none says where something lies, as str, hash and a set's order do."""

TELLING = frozenset(("decode", "encode", "format", "format_map"))
"""Methods of a text that say where something lies, or load a module: all others of plain values only look or make."""

PARTS = (
    *(
        ast.FunctionDef,
        ast.Lambda,
        ast.arguments,
        ast.arg,
        ast.Return,
        ast.Nonlocal,
        ast.Yield,
        ast.YieldFrom,
    ),
    *(ast.Assign, ast.AugAssign, ast.NamedExpr, ast.Delete, ast.Expr, ast.Pass, ast.expr_context),
    *(ast.For, ast.While, ast.If, ast.Break, ast.Continue, ast.IfExp, ast.BoolOp, ast.boolop),
    *(ast.UnaryOp, ast.unaryop, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.Name, ast.Constant),
    *(ast.Dict, ast.List, ast.Tuple, ast.ListComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
)
"""What may stand in one. No class, import, global, try, f-string, set, % or `is`."""

Place = tuple[int, int]
"""A cell and a line of it, both from 1."""


def functions(cells: list[str]) -> dict[Place, types.CodeType]:
    """What makes each such generator function, by its place. The cells are Python."""
    found = {}
    for number, source in enumerate(cells, 1):
        for part in ast.parse(source).body:
            if isinstance(part, ast.FunctionDef) and _keeps_nothing(part):
                makes = compile(ast.Module([part], []), f"<cell {number}>", "exec", dont_inherit=True)
                code = next(one for one in makes.co_consts if isinstance(one, types.CodeType))
                if code.co_flags & CO_GENERATOR and _looked_up(code) <= BUILTINS:
                    found[number, part.lineno] = makes
    return found


def made(makes: types.CodeType) -> types.FunctionType:
    """The function: this runs its `def` and nothing else."""
    home: dict = {"__name__": "__main__"}
    exec(makes, home)
    return home[makes.co_names[0]]


def place(answer: object, known: dict[Place, types.CodeType]) -> Place | None:
    """Where an answer stands in the cells, if it is one of those, and its builtins are the real ones."""
    if type(answer) is not types.FunctionType:
        return None
    code = answer.__code__
    found = next(
        (one for one in known if (f"<cell {one[0]}>", one[1]) == (code.co_filename, code.co_firstlineno)),
        None,
    )
    return None if found is None or _looked_up(code) & answer.__globals__.keys() else found


def _keeps_nothing(function: ast.FunctionDef) -> bool:
    """Whether all that stands in it is allowed; a default would be kept, and a decorator could do anything."""
    given = function.args
    if function.decorator_list or given.defaults or any(given.kw_defaults):
        return False
    called = {id(part.func) for part in ast.walk(function) if isinstance(part, ast.Call)}
    return all(_allowed(part, id(part) in called) for part in ast.walk(function))


def _allowed(part: ast.AST, called: bool) -> bool:
    """Whether such a part may stand in a function; one of an object only where it is `called` at once."""
    if isinstance(part, ast.Attribute):
        return called and not part.attr.startswith("_") and part.attr not in TELLING
    if isinstance(part, ast.FunctionDef) and (part.decorator_list or part.returns):
        return False
    return isinstance(part, PARTS) and not getattr(part, "annotation", None)


def _looked_up(code: types.CodeType) -> set[str]:
    """The names that a function, and those inside it, look up outside of it."""
    names = {
        step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    return names.union(*map(_looked_up, _inside(code)))


def _inside(code: types.CodeType) -> Iterator[types.CodeType]:
    return (one for one in code.co_consts if isinstance(one, types.CodeType))
