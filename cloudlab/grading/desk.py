"""The trusted end of the pipe: what `judge` gets in place of a function, a dict or a program. Read `Run.ask` first.

Only plain values come from the jail, each checked; what comes with another number than was asked for, or is no line of
JSON, or too much of it, breaks the run off and is told as such (`Broken`).
"""

import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import Parameter, getmembers, isfunction, signature
from itertools import count
from typing import Any, NoReturn

from cloudlab.grading import faults
from cloudlab.grading.jail import Jail, Limits
from cloudlab.grading.worker import AHEAD, SCAN, question, receive, send
from cloudlab.judge import feedback
from cloudlab.judge.definition import Exercise, Program
from cloudlab.judge.plain import NotPlain, plain
from cloudlab.judge.programs import refused
from cloudlab.kernel.limits import InvalidParameter

LINE = 4_100_000
"""The longest line that is read (bytes)."""

PIECE = 1 << 16
"""Bytes that are read at once: room for more has to be fetched from the system, each time anew."""

STARTS, ENDS = 120.0, 2.0
"""Seconds that a jail may take to start, or to say that a run has ended; and to end by itself."""


def numbers() -> Iterator[int]:
    """Numbers of 48 bits that nobody can guess, many of which the system gives at once: of all questions, in turn."""
    while True:
        for (number,) in struct.iter_unpack("=Q", os.urandom(1 << 11)):
            yield number >> 16


NUMBERS = numbers()


class Broken(BaseException):
    """The jail's side broke off: `verdict` is timeout, memory, output, crash, tamper or grader_error.

    It is no Exception, so that nothing on its way takes it for one.
    """

    def __init__(self, verdict: str, told: str = ""):
        super().__init__(verdict, told)
        self.verdict, self.told = verdict, told


class Run:
    """One run of an answer in the jail, in a process of its own, over a socket of its own."""

    def __init__(self, worker: "Worker", order: dict):
        self.worker, self.number, self._buffer = worker, worker.new_run(), bytearray()
        self.name = order.get("name", "")
        self.wire, its = socket.socketpair()
        worker.wires.append(self.wire)
        self._patience = 0.0
        self._wait_for(worker.limits.wall)
        with its:
            worker.order({"op": "begin", "run": self.number} | order, (its.fileno(),))
        self.began = self.answer()

    def ask(self, given: Any) -> Any:
        """What the answer says to that: a plain value. Raises Fault for what is wrong with it, else Broken."""
        number = next(NUMBERS)
        try:
            self.wire.sendall(question(number, given))
        except BlockingIOError:
            raise Broken("timeout") from None
        except OSError:
            self._gone()
        return self.answer(number)

    def answer(self, number: int = 0) -> Any:
        """The next line of the jail's."""
        try:
            line = self._line()
            told, end = SCAN(line.decode("ascii"), 0)
        except (ValueError, RecursionError, StopIteration):
            raise Broken("tamper") from None
        if end != len(line) - 1:
            raise Broken("tamper")
        if type(told) is not list or len(told) != 3 or type(told[0]) is not int or told[0] != number:
            raise Broken("tamper")
        _, kind, value = told
        if kind == "fault":
            try:
                raise faults.harmless(value, self.name, self.worker.cells, knows=number != 0)
            except faults.Untold:
                raise Broken("tamper") from None
        if kind != "reply":
            raise Broken("tamper")
        try:
            return plain(value)
        except NotPlain:
            raise Broken("tamper") from None

    def end(self, *, gone: bool = False) -> str:
        """End it; says how it had ended by itself, if it had. `gone`: it has let go of its socket."""
        self.wire.close()
        if self.wire in self.worker.wires:
            self.worker.wires.remove(self.wire)
        self.worker.order({"op": "end", "run": self.number, "gone": gone})
        return str(self.worker.told().get("ended", ""))

    def _wait_for(self, seconds: float) -> None:
        """How long the socket waits for the other side: told to the system once, not at each question."""
        if seconds != self._patience:
            self._patience = seconds
            given = struct.pack("ll", *divmod(max(1, int(seconds * 1e6)), 1_000_000))
            for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                self.wire.setsockopt(socket.SOL_SOCKET, way, given)

    def _line(self) -> bytes:
        """One line. Raises Broken where it takes too long, is too long, is more than one, or ends."""
        worker, began = self.worker, time.monotonic()
        most = min(worker.limits.wall, worker.limits.waiting - worker.waited)
        self._wait_for(most)
        try:
            while True:
                if time.monotonic() - began >= most:
                    raise Broken("timeout")
                try:
                    got = self.wire.recv(PIECE)
                except BlockingIOError:
                    raise Broken("timeout") from None
                except OSError:
                    got = b""
                if not got:
                    self._gone()
                self._buffer += got
                if len(self._buffer) > LINE:
                    raise Broken("output")
                if b"\n" in got:
                    break
        finally:
            worker.waited += time.monotonic() - began
        line, self._buffer = self._buffer, bytearray()
        if line.index(b"\n") != len(line) - 1:
            raise Broken("tamper")
        return bytes(line)

    def _gone(self) -> NoReturn:
        how = self.end(gone=True)
        raise Broken(how if how in ("timeout", "memory") else "crash")


class Worker:
    """A worker in a jail, with the cells of one submission and what is given in each exercise."""

    def __init__(self, jail: Jail, cells: tuple[str, ...], scenarios: dict, limits: Limits):
        self.cells, self.limits, self._runs, self.waited = cells, limits, 0, 0.0
        self.wires: list[socket.socket] = []
        self._boss, its = socket.socketpair()
        self._boss.settimeout(STARTS)
        try:
            with its:
                self.process = jail.start(its.fileno())
        except OSError as error:
            self._boss.close()
            raise Broken("grader_error", f"the jail did not start ({error.strerror})") from None
        try:
            self.order({"cells": cells, "scenarios": scenarios, "limits": limits.plain()} | jail.told())
            told = self.told()
        except Broken:
            told = {}
        self.stateless = told.get("stateless", [])
        if told.get("ready") is not True:
            self.close()
            raise Broken("grader_error", "the jail did not start")

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def begin_exercise(self) -> None:
        """From here on the time of all runs together is counted anew."""
        self.waited = 0.0
        self.order({"op": "exercise"})

    def close(self) -> None:
        """End the jail, and all that is in it."""
        for wire in (self._boss, *self.wires):
            wire.close()  # which ends it, and the jail with it
        try:
            self.process.wait(ENDS)
        except subprocess.TimeoutExpired:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self.process.kill()
            self.process.wait()

    def new_run(self) -> int:
        """The number of a run that begins."""
        self._runs += 1
        return self._runs

    def order(self, order: dict, given: tuple[int, ...] = ()) -> None:
        """Tell the worker what to do, and perhaps hand it an open file."""
        try:
            send(self._boss, order, given)
        except OSError:
            raise Broken("crash") from None

    def told(self) -> dict:
        """What the worker says: its own words, not those of a submission."""
        try:
            found, _ = receive(self._boss)
        except (OSError, ValueError):
            found = None
        if type(found) is not dict:
            raise Broken("crash")
        return found


class Asked:
    """Stands where `calling.Here` stands: each run of a function is a process of its own in the jail.

    Those of a function that can keep nothing (see `stateless`) share one.
    """

    def __init__(self, worker: Worker, exercise: Exercise, place: Any = None):
        self.worker, self.exercise = worker, exercise
        self.place = place if place in worker.stateless else None
        self._numbers = count()
        self.printed, self.handed = "", None
        self._open: list[Run] = []

    def start(self, luck: int) -> Callable:
        """A fresh run: a callable of plain values."""
        if self.place is None:
            self.end()
            ask = self._begin(luck, "function").ask
        else:
            ask = self._shared("functions")
        left = [self._answer.decisions]

        def call(*arguments):
            left[0] -= 1
            if left[0] < 0:
                raise feedback.over_budget("decisions", self._answer.decisions)
            return ask(list(arguments))

        return call

    def end(self) -> None:
        """End the runs that are open."""
        while self._open:
            self._open.pop().end()

    @property
    def _answer(self) -> Any:
        return self.exercise.answer

    def _begin(self, luck: int, kind: str, **more) -> Run:
        answer = self._answer
        order = {"exercise": self.exercise.name, "kind": kind}
        told = {"name": answer.name, "parameters": answer.parameters, "decisions": answer.decisions}
        run = Run(self.worker, order | told | more)
        self._open.append(run)
        if run.ask(luck) is not None:  # only now, and with the cells behind it, does it hear of its luck
            raise Broken("tamper")
        return run

    def _shared(self, kind: str, **more) -> Callable:
        """What asks one more run of an answer that can keep nothing, in the process that all of them share."""
        if not self._open:
            self._begin(0, kind, place=self.place, **more)
        (run,), number = self._open, next(self._numbers)
        return lambda given: run.ask([number, given])


class Programs(Asked):
    """Stands where `programs.Runs` stands: each beginning of a program is a process of its own in the jail.

    Those of a program that can keep nothing (see `stateless`) share one.
    """

    def start(self, luck: int) -> Callable:
        """A fresh run: what begins the program, again and again."""
        if self.place is None:
            self.end()
        left = [self._answer.decisions]
        begun: list[int] = []

        def begin(*clients) -> Generator:
            begun.append(1)
            kinds = [[type(client).__name__, methods_of(client)] for client in clients]
            known = set().union(*(methods for _, methods in kinds))
            told = {"clients": kinds, "silent": sorted(self._answer.silent)}
            if self.place is not None:
                return self._steps(self._shared("programs", **told), known, left)
            run = self._begin(luck + len(begun) - 1, "program", **told)
            return self._until_it_ends(run, self._steps(run.ask, known, left))

        return begin

    def _until_it_ends(self, run: Run, steps: Generator) -> Generator:
        try:
            yield from steps
        finally:
            if run in self._open:
                self._open.remove(run)
                run.end()

    def _steps(self, ask: Callable, known: set[str], left: list[int]) -> Generator:
        """The calls of a program. It was asked for all up to one that brings something; they are made one by one."""
        answer, brought = self._answer, None
        calls: list = []
        while True:
            left[0] -= 1
            if left[0] < 0:
                raise feedback.over_budget("decisions", answer.decisions)
            if not calls:
                calls = self._sound(ask(brought), known)
                if not calls:
                    return
            call = answer.call(*calls.pop(0))
            try:
                brought = yield call
            except InvalidParameter as error:
                raise refused(call.name, error) from None
            if calls and brought is not None:
                raise AssertionError(f"{call.name} is silent, but brought {brought!r:.60}")

    def _sound(self, calls: Any, known: set[str]) -> list:
        """What a program said that it wants made next, where it can be that. Raises Broken."""
        if type(calls) is not list or len(calls) > AHEAD:
            raise Broken("tamper")
        for call in calls:
            if type(call) is not list or list(map(type, call)) != [str, dict] or call[0] not in known:
                raise Broken("tamper")
        if any(name not in self._answer.silent for name, _ in calls[:-1]):
            raise Broken("tamper")
        return calls


def methods_of(client: Any) -> dict[str, list]:
    """What an answer may call of what it is handed: {method: [[parameter, its default in a list, by name only]]}."""
    kind: Any = type(client)
    return _methods(kind)


@cache
def _methods(kind: type) -> dict[str, list]:
    found = {}
    for name, method in getmembers(kind, isfunction):
        if not name.startswith("_"):
            known = list(signature(method).parameters.values())[1:]
            found[name] = [
                [
                    one.name,
                    [] if one.default is Parameter.empty else [one.default],
                    one.kind is Parameter.KEYWORD_ONLY,
                ]
                for one in known
            ]
    return found


def caller(worker: Worker, exercise: Exercise, place: Any = None) -> Asked:
    """What calls an answer of this exercise, which is a function or a program; at this place of the cells, it says."""
    return (Programs if isinstance(exercise.answer, Program) else Asked)(worker, exercise, place)


class Bench:
    """Where one submission is tried: a worker that lasts for all of its exercises, while nothing breaks off in it.

    No run can leave anything behind for the next one, so neither can an exercise.
    """

    def __init__(self, jail: Jail, cells: tuple[str, ...], scenarios: dict, limits: Limits):
        self._given = (jail, cells, scenarios, limits)
        self._worker: Worker | None = None

    def overview(self) -> Any:
        """What the cells hand in. Raises Broken."""
        with self._at_work() as worker:
            run = Run(worker, {"exercise": None})
            run.end()
            return run.began

    @contextmanager
    def caller(self, exercise: Exercise, place: Any = None) -> Iterator[Asked]:
        """What calls an answer of this exercise."""
        with self._at_work() as worker:
            asked = caller(worker, exercise, place)
            yield asked
            try:
                asked.end()
            except Broken:
                self.close()  # it is judged by now

    @contextmanager
    def _at_work(self) -> Iterator[Worker]:
        """The worker; after anything that ends otherwise than as it should the next one is a new one."""
        try:
            if self._worker is None:
                self._worker = Worker(*self._given)
            self._worker.begin_exercise()
            yield self._worker
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
