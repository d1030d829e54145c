"""Which functions of a submission can keep nothing from one run to the next, whoever wrote them. Read `functions`.

All runs of such a function or program may share a process, which saves a fork for each. What proves it is the text, not
what its author says: it has names of its own, a few builtins and what only counts (`math`, `median`), and nothing that
could change what is there for the next run, find out where in memory something lies, or go on after an error. All else
is fair too, and has a process for each run.
"""

import ast
import builtins
import dis
import math
import statistics
from contextlib import suppress
from types import CodeType, FunctionType

_KINDS: tuple = (bool, dict, enumerate, float, int, list, range, reversed, tuple, zip)
_ACTS: tuple = (abs, all, any, len, max, min, round, sorted, sum)
BUILTINS = {one.__name__: one for one in (*_KINDS, *_ACTS)}
"""None of these keeps anything, and none says where something lies, as str, hash and a set's order do."""

_MEANS = ("fmean", "mean", "median", "median_high", "median_low", "pstdev", "pvariance", "stdev", "variance")
COUNTING: dict = {"math": math} | {name: getattr(statistics, name) for name in _MEANS}
COUNTING |= {name: one for name, one in vars(math).items() if not name.startswith("_") and callable(one)}
"""What a cell may have imported, by the names that these have themselves."""

KNOWN = COUNTING | BUILTINS
"""What may be looked up. A builtin goes before what has its name in `math`."""

TELLING = frozenset(("decode", "encode", "format", "format_map", "items", "keys"))
"""Methods that say where something lies, or load a module: what keys and items give makes a set, by a minus."""

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


def functions(cells: list[str]) -> dict[Place, CodeType]:
    """The code of each such function, by its place. The cells are Python."""
    found = {}
    for number, source in enumerate(cells, 1):
        with suppress(RecursionError, MemoryError):  # a cell that is too deep to be read
            for part in ast.parse(source).body:
                if isinstance(part, ast.FunctionDef) and _keeps_nothing(part):
                    code = _code(part, f"<cell {number}>")
                    if _looked_up(code) <= KNOWN.keys() - {part.name}:
                        found[number, part.lineno] = code
    return found


def made(code: CodeType) -> FunctionType:
    """The function with this code, and with nothing of the cells around it."""
    meets = {name: KNOWN[name] for name in _looked_up(code) if name not in BUILTINS}
    return FunctionType(code, {"__name__": "__main__"} | meets)


def place(answer: object, known: dict[Place, CodeType]) -> Place | None:
    """Where an answer stands in the cells, if it is one of those, and what it looks up is the real thing."""
    if type(answer) is not FunctionType:
        return None
    found = next((one for one, code in known.items() if _head(code) == _head(answer.__code__)), None)
    meets = vars(builtins) | answer.__globals__
    real = found and all(meets.get(name) is KNOWN[name] for name in _looked_up(known[found]))
    return found if real else None


def _head(code: CodeType) -> tuple[str, int, str]:
    """What tells a function of a cell from all others: two codes are not compared, which may take for ever."""
    return code.co_filename, code.co_firstlineno, code.co_name


def _code(function: ast.FunctionDef, cell: str) -> CodeType:
    """A function's code, alone."""
    makes = compile(ast.Module([function], []), cell, "exec", dont_inherit=True)
    return next(one for one in makes.co_consts if isinstance(one, CodeType))


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


def _looked_up(code: CodeType) -> set[str]:
    """The names that a function, and those inside it, look up outside of it."""
    names, codes = set(), [code]
    for one in codes:
        steps = dis.get_instructions(one)
        names |= {step.argval for step in steps if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
        codes += [inside for inside in one.co_consts if isinstance(inside, CodeType)]
    return names
