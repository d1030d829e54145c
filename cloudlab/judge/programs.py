"""How an answer that is a program is run: a generator, which yields the calls that it wants made. Read `Runs.start`.

A run may begin the program several times, as a process does that died: each time it sees its globals as they were
before the check. What it yields goes to the exercise as plain data, and what a call brings goes back as plain data;
so the same program can be judged in another process.
"""

from collections.abc import Callable, Generator
from inspect import isgenerator
from typing import Any

from cloudlab.judge import feedback
from cloudlab.judge.calling import Here, fresh, seed_dice, where
from cloudlab.judge.plain import NotPlain, called, plain
from cloudlab.kernel.closing import close
from cloudlab.kernel.limits import InvalidParameter


class Runs(Here):
    """A caller that runs a program in this process."""

    def __init__(self, function: Callable, name: str, decisions: int, call: type):
        super().__init__(function, name, decisions)
        self.call = call

    def start(self, luck: int) -> Callable[..., Generator[Any, Any, None]]:
        """A fresh run: what begins the program, again and again, each time with nothing remembered."""
        seed_dice(luck)
        left = [self.decisions]

        def begin(*clients):
            run: Any = self._guarded(lambda: fresh(self.function)(*clients))
            if not isgenerator(run):
                happened = f"{self.name} has no yield in it, so none of its calls is made."
                look = "Write yield before each call: messages = yield queue.receive_message()."
                raise feedback.wrong_shape(happened, look)
            steps: Any = run
            return self._steps(steps, left)

        return begin

    def _steps(self, run: Generator, left: list[int]) -> Generator[Any, Any, None]:
        """The calls of a program, one after the other; in the end it is closed, and nothing of that is heard."""
        try:
            yield from self._calls(run, left)
        finally:
            with self._kept():
                close(run)

    def _calls(self, run: Generator, left: list[int]) -> Generator[Any, Any, None]:
        brought: Any = None
        while True:
            left[0] -= 1
            if left[0] < 0:
                raise feedback.over_budget("decisions", self.decisions)
            self.handed = [brought]
            over, call = self._guarded(_next, run, self.copied(brought))
            if over:
                return
            try:
                brought = yield self._checked(call)
            except InvalidParameter as error:
                raise refused(call.name, error) from None

    def _guarded(self, act: Callable, *given) -> Any:
        """Let the program go on; raises Fault for what goes wrong in it."""
        try:
            with self._kept():
                return act(*given)
        except (RecursionError, MemoryError):
            raise feedback.endless(self.name) from None
        except (KeyboardInterrupt, feedback.Fault):
            raise
        except BaseException as error:
            if f"'{self.call.__name__}' object" in str(error):
                happened = f"{self.name} went on with a call that was never made."
                look = "Write yield before each call: messages = yield queue.receive_message()."
                raise feedback.wrong_shape(happened, look, str(error)) from None
            raise feedback.raised(error, where(error, self.function, self.name), self.name) from None

    def _checked(self, call: Any) -> Any:
        """A call that was yielded, with plain data only."""
        kind: Any = self.call
        if type(call) is not kind:
            look = "Yield what a method of queue or table gives: yield queue.delete_message(handle)."
            raise feedback.wrong_shape(f"{self.name} yielded {called(call)}, but must yield a call.", look)
        try:
            return self.call(call.name, plain(call.given))
        except NotPlain as odd:
            name = feedback.shortened(str(call.name), 30)
            happened = f"The call {name} was given something that is no plain value: it is {odd}."
            raise feedback.wrong_shape(happened, "Give it numbers, texts, lists and dicts only.") from None


def refused(name: str, error: InvalidParameter) -> feedback.Fault:
    """A call that was carried out no further, since what it was given is not allowed."""
    look = "What a call is given must be what an earlier one brought, or a value in its limits."
    return feedback.wrong_shape(
        f"The call {feedback.shortened(str(name), 30)} was refused.", look, str(error)
    )


def _next(run: Generator, answer) -> tuple[bool, Any]:
    """(whether the program is over, its next call)."""
    try:
        return False, run.send(answer)
    except StopIteration:
        return True, None
