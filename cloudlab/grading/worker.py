"""The program in the jail. A stranger's cells run in a child of it, never in it itself. Read `main` first.

    trusted process ──orders, each with a socket for one run──▶ this process ──forks──▶ a child
                    ──questions, over that socket─────────────────────────────────────▶
                    ◀─────────────────────────────────────answers, each a line of JSON──

This process runs nothing of the submission: it forks a child for each run of an answer, so that what an answer writes
into a class, a module or a global in one run is gone in the next, as in a process that died. A child has the socket of
its own run and no other, so it can't answer for another one; and in a jail it can neither see nor reach another process
(see `fence`). What it prints goes nowhere but into a short memory.
"""

import builtins
import contextlib
import gc
import importlib
import io
import json
import linecache
import marshal
import os
import re
import signal
import socket
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType

from cloudlab.grading import fence, landlock, standins, stateless
from cloudlab.judge import feedback
from cloudlab.judge.calling import Here, checked_function, seed_dice
from cloudlab.judge.plain import NotPlain, called, plain
from cloudlab.judge.programs import Runs

try:
    import resource
except ImportError:  # Windows, where no process can be forked
    resource = None  # type: ignore[assignment]

ENCODE, SCAN = json.JSONEncoder(allow_nan=False).encode, json.JSONDecoder().scan_once  # type: ignore[attr-defined]

MARSHAL = 2
"""The version of marshal that each Python reads: the one in a container may be another."""

PIECE = 1 << 13
"""Bytes that are read at once."""

AHEAD = 8
"""So many calls a program says at once, while none of them but the last can bring anything."""

OPEN = 256
"""Files that a child may have open."""

SHOWN = 2000
"""Characters of what cells print that are kept."""

DYING, DEAF = 5.0, 2
"""Seconds that a process may take to end whose socket is closed; and seconds of CPU for one that is told to end."""

SHARE = 0.7
"""Of its time of CPU, at least so much was used by what ends because it is over: clocks differ a little."""

MADE_BY_IPYTHON = r"\b(get_ipython|display|In|Out|exit|quit|_+i*[0-9]+|_i+|__+|_(?!\s*(in\b|,|=)))\b"
"""Names that are there without being made: where one stands in a cell, IPython runs all of them."""

WARM = """def double(x: int) -> dict:
    \"\"\"Twice.\"\"\"
    return {f"{x}": [2 * x]}

double(2)"""
"""A cell of our own."""

QUESTIONS = 30
"""So often answers of our own are asked before there is a child."""

HEAVY = ("numpy", "matplotlib", "matplotlib.pyplot", "pandas", "statistics", "datetime")
"""What takes long to load: it is loaded once for all runs, where a cell names it."""


def main(number: int) -> None:
    """Take one order after the other from the socket with this number, until it ends."""
    boss = socket.socket(fileno=number)
    start, _ = receive(boss)
    if start is None:
        return
    try:
        run_cell = _made_ready(start)
        _limited(number, start["limits"])
    except OSError:
        send(boss, {"ready": False})
        return
    send(boss, {"ready": True, "stateless": list(start["stateless"])})
    children: dict[int, tuple[int, int]] = {}
    left = 0.0
    while True:
        order, wires = receive(boss)
        if order is None:
            os._exit(0)  # nothing is to be cleared up: in a jail all others end with this process
        if order["op"] == "exercise":
            left = float(start["limits"]["together"])
            continue
        run = order["run"]
        if order["op"] == "begin":
            order["clients"] = [client(ENCODE(kind)) for kind in order.get("clients", ())]
            most = max(1, min(start["limits"]["cpu"], round(left)))
            children[run] = _forked(boss, wires[0], run_cell, start, order | {"cpu": most}), most
            os.close(wires[0])
        else:
            child, most = children.pop(run, (0, 0))
            ended, used = _end(child, order["gone"])
            left -= used
            told = "timeout" if ended == "memory" and used >= SHARE * most else ended
            send(boss, {"run": run, "ended": told})
            if not children and not start["fenced"]:
                _nobody_else()


def send(wire: socket.socket, told: dict, given: tuple[int, ...] = ()) -> None:
    """Send plain data, and perhaps open files, over a socket: its length first."""
    content = json.dumps(told).encode("ascii")
    socket.send_fds(wire, [len(content).to_bytes(4, "big")], list(given))
    wire.sendall(content)


def receive(wire: socket.socket) -> tuple[dict, list[int]] | tuple[None, list[int]]:
    """What `send` sent: plain data and open files; None at the end."""
    head, given, _, _ = socket.recv_fds(wire, 4, 4)
    while 0 < len(head) < 4:
        head += wire.recv(4 - len(head)) or b"\0" * 4
    content, left = b"", int.from_bytes(head[:4], "big")
    while left and (got := wire.recv(left)):
        content, left = content + got, left - len(got)
    return (None, given) if not head or left else (json.loads(content), given)


def question(number: int, given) -> bytes:
    """A question on its way to an answer: its length, and plain data as `marshal` writes it, in a third of JSON's time.

    Only the trusted process asks. What comes back is JSON, since a stranger writes it.
    """
    content = marshal.dumps([number, given], MARSHAL)
    return len(content).to_bytes(4, "big") + content


def _made_ready(start: dict) -> Callable:
    """Give up what no child may have, and load what each needs; returns what runs a cell. Raises OSError."""
    if start["fenced"] and not fence.possible():
        raise OSError("calls can't be closed")
    if start.get("user"):
        landlock.become(start["user"])
    run_cell = _prepare(start)
    if start.get("readable"):
        landlock.close(start["readable"])
    if start["fenced"]:
        fence.close(unwritten=start.get("unwritten", False))
    return run_cell


def _limited(wire: int, limits: dict) -> None:
    """Close all files but the socket with this number, and take the limits that are the same for each child."""
    os.closerange(3, wire)
    os.closerange(wire + 1, OPEN)
    for what, most in (("AS", limits["memory"]), ("FSIZE", 1 << 20), ("CORE", 0), ("NOFILE", OPEN)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{what}"), (most, most))


def _prepare(start: dict) -> Callable:
    """Load what each child needs, once; returns what runs a cell. No child looks in here, and nobody hears of it."""
    cells = start["cells"]
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    fence.hide()
    if os.name == "posix":
        tempfile.mkdtemp = lambda *given, **named: "/tmp"  # type: ignore[assignment] # nothing is written there
        tempfile.tempdir = "/tmp"
    for name in HEAVY:
        if any(name.partition(".")[0] in source for source in cells):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    sys.modules["cloudlab.exercises"] = standins.exercises(start["scenarios"])
    codes = _compiled(cells)
    start["stateless"] = {}
    if codes is None or _needs_ipython(cells):
        run = _as_ipython()
    else:
        run = _as_python(cells, codes)
        start["stateless"] = stateless.functions(cells)
    _warm_up()
    gc.collect()
    gc.freeze()
    return run


def _compiled(cells: list[str]) -> list[CodeType] | None:
    """The code of each cell, so that no child has to make it anew; None where one isn't Python."""
    try:
        return [
            compile(source, f"<cell {number}>", "exec", dont_inherit=True)
            for number, source in enumerate(cells, 1)
        ]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _needs_ipython(cells: list[str]) -> bool:
    """Whether a name stands in the cells that IPython makes."""
    return any(re.search(MADE_BY_IPYTHON, source) for source in cells)


def _as_python(cells: list[str], codes: list[CodeType]) -> Callable:
    """What runs a cell that is only Python, as IPython would, in a tenth of the time."""
    home = types.ModuleType("__main__")
    home.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = home

    for source, code in zip(cells, codes, strict=True):
        name = code.co_filename
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)

    def run(source: str, number: int) -> BaseException | None:
        try:
            exec(codes[number - 1], home.__dict__)
        except BaseException as raised:
            return raised
        return None

    return run


def _as_ipython() -> Callable:
    """What runs a cell as Jupyter does."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.profiledir import ProfileDir
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False  # which would be written
    config.InteractiveShell.colors = "nocolor"
    profile = ProfileDir(location=str(Path(__file__).parents[2] / "profile"))
    shell = InteractiveShell.instance(config=config, profile_dir=profile)
    with contextlib.redirect_stdout(io.StringIO()):
        shell.run_cell(WARM, store_history=False)  # what it makes at its first cell, no child makes anew
    shell.reset()

    def run(source: str, number: int) -> BaseException | None:
        try:
            ran = shell.run_cell(source, store_history=False, silent=False)
            return ran.error_before_exec or ran.error_in_exec
        except BaseException as raised:
            return raised

    return run


def _forked(boss: socket.socket, wire: int, run_cell: Callable, start: dict, order: dict) -> int:
    """The number of a child that lives with this socket."""
    child = os.fork()
    if not child:
        boss.close()
        _live(wire, run_cell, start, order)
    return child


def _end(child: int, gone: bool) -> tuple[str, float]:
    """End a child and all of its group; (how it had ended: 'timeout', 'memory', 'crash' or '', its seconds of CPU).

    Where its socket is `gone`, it is about to end by itself, which takes a moment.
    """
    if not child:
        return "", 0.0
    told, used = "", 0.0
    until = time.monotonic() + (DYING if gone else 0.0)
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, status, usage = os.wait4(child, os.WNOHANG)
            if ended:
                by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
                told = {int(signal.SIGXCPU): "timeout", int(signal.SIGKILL): "memory"}.get(by, "crash")
                used = usage.ru_utime + usage.ru_stime
            if ended or time.monotonic() >= until:
                break
            time.sleep(0.002)
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    if not told:
        with contextlib.suppress(ChildProcessError):
            usage = os.wait4(child, 0)[2]
            used = usage.ru_utime + usage.ru_stime
    return told, used


def _nobody_else() -> None:
    """End whatever a child left running: all that is in this jail and isn't this process."""
    if os.getpid() < 50:  # in a namespace of processes of its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _warm_up() -> None:
    """Serve answers of our own: what Python learns of the way that a question goes, no child has to learn anew."""
    clients = [client('["Client", {"write": [["text", [], false], ["count", [1], true]]}]')]
    for kind, answer, first in (("function", _double, [1]), ("program", _writes, None)):
        told = {"name": answer.__name__, "parameters": ["given"], "decisions": QUESTIONS, "clients": clients}
        ours, its = socket.socketpair()
        with ours, its:
            asked = [1, first, *[[1]] * (QUESTIONS - 1)]
            ours.sendall(b"".join(question(0, given) for given in asked))
            ours.shutdown(socket.SHUT_WR)
            serving = Serving(its.fileno(), lambda source, number: None, {}, told | {"kind": kind})
            serving.answers["E0"] = answer, None
            serving.serve_one("E0")
    standins.HANDED_IN.clear()


def _double(given: float) -> dict:
    """A function of our own."""
    return {"twice": [2 * given]}


def _writes(given):
    """A program of our own."""
    while True:
        yield given.write("a text", count=2)


# In a child


def _live(wire: int, run_cell: Callable, start: dict, order: dict) -> None:
    """Take the limits that nobody can take for it, run the cells, serve. Never returns."""
    try:
        os.setpgid(0, 0)
        _die_with(os.getppid())
        resource.setrlimit(resource.RLIMIT_CPU, (order["cpu"], order["cpu"] + DEAF))
        if start.get("counted", True):
            resource.setrlimit(resource.RLIMIT_NPROC, (start["limits"]["processes"],) * 2)
        if start["fenced"]:
            fence.close_child()
        Serving(wire, run_cell, start, order).serve()
    finally:
        os._exit(0)


def _die_with(parent: int) -> None:
    """End when the process ends that forked this one: elsewhere than in a jail nobody else sees to that."""
    if sys.platform == "linux":
        fence.libc().prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(0)


class Serving:
    """What a child does: `answers` are what was handed to check, by exercise; the last one counts.

    `wire` is the number of its socket: what stands around a number in Python costs each child pages of its own.
    """

    def __init__(self, wire: int, run_cell: Callable, start: dict, order: dict):
        self.wire, self.run, self.start, self.order = wire, run_cell, start, order
        self.answers = standins.HANDED_IN
        self.faults: list[str] = []
        self.stream = Short()

    def serve(self) -> None:
        """Run the cells, say what was handed in, or serve one answer. What is printed is kept, and not shown."""
        sys.stdout = sys.stderr = self.stream
        name, place = self.order.get("exercise"), self.order.get("place")
        if name and place:
            self.answers[name] = stateless.made(self.start["stateless"][tuple(place)]), None
        else:
            self._cells()
        if name is None:
            self._tell(0, "reply", self._overview())
            return
        sys.stdout = sys.stderr = Short()  # whatever the cells put there, and as in a notebook's check
        warnings.simplefilter("default")
        self.serve_one(name)

    def _tell(self, number: int, kind: str, value) -> None:
        told = ENCODE([number, kind, value]).encode("ascii") + b"\n"
        while told:
            told = told[os.write(self.wire, told) :]

    def _asked(self) -> Iterator[list]:
        """Question after question, as `question` writes them, until the other end is gone."""
        left = b""
        while got := os.read(self.wire, PIECE):
            left += got
            while len(left) >= 4 and len(left) >= (end := 4 + int.from_bytes(left[:4], "big")):
                asked, left = marshal.loads(left[4:end]), left[end:]
                yield asked

    def _cells(self) -> None:
        """Run all cells, one after the other, as Jupyter would; one that fails is left behind, and told.

        It isn't told where it asked for what no jail holds: the course's own cells do so, to draw what is given.
        """
        seed_dice(1)  # the same for everybody, each time
        for number, source in enumerate(self.start["cells"], 1):
            before = standins.StandIn.calls
            error = self.run(source, number)
            if error is not None and standins.StandIn.calls == before:
                self.faults.append(f"cell {number}: {type(error).__name__}"[:80])

    def _overview(self) -> dict:
        """Which exercises were handed in, and each plain answer; what isn't plain is served when it is asked for."""
        found = {}
        for name, (answer, variant) in list(self.answers.items())[:200]:
            try:
                found[name] = {"plain": plain(answer), "variant": variant}
            except NotPlain:
                place = stateless.place(answer, self.start["stateless"])
                found[name] = {"other": called(answer)[:60], "variant": variant, "place": place}
            except BaseException:
                found[name] = {"other": "an object", "variant": variant}
        return {"answers": found, "faults": self.faults[:50], "printed": self.stream.text}

    def serve_one(self, name: str) -> None:
        """Answer question after question, as what was handed in for this exercise says."""
        order = self.order
        try:
            answer = self.answers[name][0] if name in self.answers else None
            function = checked_function(answer, order["name"], tuple(order["parameters"]))
        except feedback.Fault as fault:
            self._tell(0, "fault", vars(fault.feedback))
            return
        except (
            BaseException
        ) as error:  # an object with a mind of its own may do anything when it is looked at
            self._tell(0, "fault", vars(feedback.odd(error).feedback))
            return
        self._tell(0, "reply", None)
        kinds = {
            "function": self._function,
            "functions": shared(self._function),
            "program": self._program,
            "programs": shared(self._program),
        }
        begin, step = kinds[order["kind"]], None
        for number, given in self._asked():
            try:
                if step is None:
                    step, reply = begin(function, order, given), None
                else:
                    reply = step(given)
                self._tell(number, "reply", reply)
            except feedback.Fault as fault:
                self._tell(number, "fault", vars(fault.feedback))

    def _function(self, function, order: dict, luck: int):
        here = Here(function, order["name"], order["decisions"])
        here.alone = True
        call = here.start(luck)
        return lambda given: call(*given)

    def _program(self, function, order: dict, luck: int):
        """A program, begun once. Each step gives what a call brought, None at first, and returns the next calls.

        They are all up to one that brings something; none is the end. What goes wrong after some is told when the
        next are asked for, as it may never come to that.
        """
        runs = Runs(function, order["name"], order["decisions"], Call)
        runs.alone = True
        begin = runs.start(luck)
        run, silent = begin(*(made() for made in order["clients"])), frozenset(order.get("silent", ()))
        wrong: list[feedback.Fault] = []

        def step(given):
            if wrong:
                raise wrong.pop()
            calls = []
            try:
                call = run.send(given)
                calls.append([call.name, call.given])
                while call.name in silent and len(calls) < AHEAD:
                    call = run.send(None)
                    calls.append([call.name, call.given])
            except StopIteration:
                pass
            except feedback.Fault as fault:
                if not calls:
                    raise
                wrong.append(fault)
            return calls

        return step


def shared(begin: Callable) -> Callable:
    """As `begin` for an answer that keeps nothing, begun as often as a new number comes with a question."""

    def begin_all(function, order: dict, luck: int):
        steps: dict = {}

        def step(given):
            number, told = given
            if number not in steps:
                steps[number] = begin(function, order, luck)
            return steps[number](told)

        return step

    return begin_all


class Call:
    """One call that a program wants made: its name, and what it is given."""

    def __init__(self, name: str, given: dict):
        self.name, self.given = name, given


@cache
def client(told: str) -> type:
    """The class of objects with these methods, each of which makes a `Call`, made before there is a child.

    What is told is JSON: [the class's name, {method: [[parameter, its default in a list, by name only], …]}]. They are
    functions with just these parameters, so that what is given wrongly is told in the same words as in a notebook.
    """
    kind, methods = SCAN(told, 0)[0]

    def method(name: str, parameters: list):
        heads, made = ["self"], {"Call": Call}
        for one, default, by_name_only in parameters:
            if by_name_only and "*" not in heads:
                heads.append("*")
            heads.append(f"{one}=_{one}" if default else one)
            made |= {f"_{one}": value for value in default}
        given = ", ".join(f"{one!r}: {one}" for one, _, _ in parameters)
        source = f"def {name}({', '.join(heads)}): return Call({name!r}, {{{given}}})"
        exec(source, made)
        made[name].__qualname__ = f"{kind}.{name}"
        return made[name]

    return type(kind, (), {name: method(name, known) for name, known in methods.items()})


class Short(io.TextIOBase):
    """Keeps the beginning of what is written."""

    text = ""

    def write(self, text: str) -> int:
        """Keep the beginning."""
        self.text += str(text)[: SHOWN - len(self.text)]
        return len(text)
