"""How an answer that is a function is called. Read `Here` first.

A check never touches the learner's function: it asks a caller for a fresh run, and calls what it gets, with
plain values in and plain values out (see `plain`). `Here` is the caller of a notebook. Another one, with the
same `start` and `printed`, can send the same calls to another process; the check does not know the
difference.

Each run begins anew: the function sees copies of its globals as they were before the check, and `random` is
seeded for it, as numpy's dice are where numpy is there. What it wrote into a global in one run is gone in the
next, as it would be in a process that died. (A class keeps what is written into the class itself.)
"""

import ast
import builtins
import contextlib
import copy
import dis
import inspect
import io
import json
import random
import sys
import textwrap
import warnings
from collections.abc import Callable
from types import CellType, CodeType, CoroutineType, FunctionType, ModuleType

from cloudlab.judge import feedback
from cloudlab.judge.plain import NotPlain, called, plain

NOT_KEPT = contextlib.nullcontext()
PRINTED = 2000
"""Characters of what a function prints that are kept."""


class Here(io.TextIOBase):
    """A caller that runs `function`, which the task calls `name`, in this process, and takes what it prints.

    A run may call it `decisions` times. `handed` is what it was called with last, `printed` is the beginning
    of what it printed. Where the process is there for one run `alone`, nobody has to be shielded from it.
    """

    alone = False

    def __init__(self, function: Callable, name: str, decisions: int):
        self.function, self.name, self.decisions = function, name, decisions
        self.printed = ""
        self.handed: list | None = None

    def start(self, luck: int) -> Callable:
        """A fresh run: a callable of plain values, which raises Fault for what goes wrong."""
        function = fresh(self.function)
        seed_dice(luck)
        left = [self.decisions]

        def call(*arguments):
            left[0] -= 1
            if left[0] < 0:
                raise feedback.over_budget("decisions", self.decisions)
            self.handed = list(arguments)
            try:
                with self._kept():
                    reply = function(*self.copied(arguments))
            except (RecursionError, MemoryError):
                raise feedback.endless(self.name) from None
            except (KeyboardInterrupt, feedback.Fault):
                raise
            except BaseException as error:
                raise feedback.raised(error, where(error, self.function, self.name), self.name) from None
            if type(reply) is CoroutineType:
                reply.close()  # so that nobody waits for it
            try:
                return plain(reply)
            except NotPlain as odd:
                raise self._odd_reply(odd) from None
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # what only looks plain may do anything
                raise feedback.odd(error) from None

        return call

    def copied(self, given):
        """A copy of plain data, for the function to do with as it likes."""
        return given if self.alone else json.loads(json.dumps(given))

    def _kept(self):
        return NOT_KEPT if self.alone else self._keeping()

    @contextlib.contextmanager
    def _keeping(self):
        """What is printed, on either stream, and what is warned of, is kept and not shown."""
        with (
            contextlib.redirect_stdout(self),
            contextlib.redirect_stderr(self),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("default")
            warnings.showwarning = self._warned
            yield

    def _warned(self, message, category, filename, lineno, file=None, line=None) -> None:
        self.write(f"{category.__name__}: {message}\n")

    def _odd_reply(self, odd: NotPlain) -> feedback.Fault:
        happened = f"{self.name} returned something that is no plain value: it is {odd}."
        return feedback.wrong_shape(happened, "Return numbers, texts, lists and dicts only.")

    def write(self, text: str) -> int:
        """Take what the function prints, and keep the beginning."""
        self.printed += text[: PRINTED - len(self.printed)]
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""


def seed_dice(luck: int) -> None:
    """Seed the dice that everybody shares: `random`'s, and numpy's where it is there."""
    random.seed(luck)
    with contextlib.suppress(Exception):
        sys.modules["numpy"].random.seed(luck % 2**32)


@contextlib.contextmanager
def own_dice():
    """The learner's dice are afterwards as they were before."""
    state, other = random.getstate(), None
    with contextlib.suppress(Exception):
        other = sys.modules["numpy"].random.get_state()
    try:
        yield
    finally:
        random.setstate(state)
        with contextlib.suppress(Exception):
            sys.modules["numpy"].random.set_state(other)


def checked_function(answer, name: str, parameters: tuple[str, ...]) -> Callable:
    """`answer`, when it is a function that takes so many parameters; raises Fault otherwise."""
    asked = f"the function {name}({', '.join(parameters)})"
    if answer is None or answer is ... or (inspect.isfunction(answer) and untouched(answer)):
        raise feedback.not_attempted(asked)
    look = f"Hand over the function itself, without parentheses after its name: q.check({name})."
    if not callable(answer) or isinstance(answer, type):
        raise feedback.wrong_shape(f"Your answer is {called(answer)}, but must be {asked}.", look)
    if inspect.isfunction(answer) and takes(answer.__code__, len(parameters)):
        return answer  # as nearly all are: a signature takes its time
    try:
        signature = inspect.signature(answer)
    except Exception:
        return answer
    try:
        signature.bind(*parameters)
    except TypeError:
        named = [p.kind is p.KEYWORD_ONLY for p in signature.parameters.values()]
        given = ", ".join(signature.parameters) or "nothing"
        given = f"{given} by name only" if named and all(named) else given
        happened = (
            f"Your function takes {feedback.shortened(given)}, but is called with {', '.join(parameters)}."
        )
        raise feedback.wrong_shape(happened, f"Write def {name}({', '.join(parameters)}):") from None
    return answer


def takes(code: CodeType, count: int) -> bool:
    """Whether a function with this code takes just so many values by place, and needs nothing else."""
    return code.co_argcount == count and not code.co_kwonlyargcount


def untouched(function: FunctionType) -> bool:
    """Whether the body is still the template's: nothing but `...`, `pass` and a docstring, and no `return`."""
    if not set(function.__code__.co_code[::2]) <= _IDLE_CODES:
        return False
    steps = list(dis.get_instructions(function))
    consts = [step.argval for step in steps if "CONST" in step.opname]
    return all(const in (None, ...) for const in consts) and not _says_return(function)


def _says_return(function: FunctionType) -> bool:
    """Whether a `return` is written in it, even one of nothing, but for `return ...`; False where it can't be read."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return False
    returns = [one.value for one in ast.walk(tree) if isinstance(one, ast.Return)]
    return any(not isinstance(value, ast.Constant) or value.value is not ... for value in returns)


_IDLE = ("RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE")
_IDLE_CODES = {dis.opmap[name] for name in _IDLE if name in dis.opmap}
"""What Python does in a function that does nothing."""


def where(error: BaseException, function, name: str) -> str:
    """The place in the learner's code at which `error` was raised: 'line 3 of decide'."""
    home = getattr(getattr(function, "__code__", None), "co_filename", None)
    found, step = f"the function {name}", error.__traceback__
    while step:
        code = step.tb_frame.f_code
        if code.co_filename == home and step.tb_lineno:
            found = f"line {step.tb_lineno - code.co_firstlineno + 1} of {code.co_name}"
        step = step.tb_next
    return found


def fresh(function: Callable) -> Callable:
    """A copy of `function` that sees copies of the globals it uses, of its defaults and of its closure."""
    if not inspect.isfunction(function):
        return _copied(function)
    made: dict[FunctionType, FunctionType] = {}
    home, new_globals = function.__globals__, {"__builtins__": builtins, "input": _no_input}
    new_globals |= {name: home[name] for name in ("__name__", "__file__") if name in home}

    def again(old: FunctionType) -> FunctionType:
        if old in made:
            return made[old]
        cells = tuple(CellType() for _ in old.__closure__ or ())
        new = FunctionType(old.__code__, new_globals, old.__name__, None, cells)
        made[old] = new
        new.__defaults__, new.__kwdefaults__ = _copied(old.__defaults__), _copied(old.__kwdefaults__)
        if old.__dict__:
            new.__dict__.update(_copied(old.__dict__))
        for cell, old_cell in zip(cells, old.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # a variable that was not set yet
                cell.cell_contents = value(old_cell.cell_contents)
        for name in _names(old.__code__):
            if name in home and name not in new_globals:
                new_globals[name] = None
                new_globals[name] = value(home[name])
        return new

    def value(old):
        if inspect.isfunction(old):
            return again(old) if old.__globals__ is home else old
        return _copied(old)

    return again(function)


def _no_input(*_):
    raise RuntimeError("a check can't ask anybody: use what the function is called with")


def _names(code: CodeType) -> set[str]:
    """The names that a function's code, and that of functions inside it, may look up."""
    inside = (const for const in code.co_consts if inspect.iscode(const))
    return set(code.co_names).union(*map(_names, inside))


def _copied(value):
    if value is None or isinstance(value, (ModuleType, type)):
        return value
    try:
        return copy.deepcopy(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # an object may do anything when it is copied
        return value
