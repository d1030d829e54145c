"""A consumer of your own: a program that says which calls it wants made, and goes on with what they bring.

    def consume(queue):
        while True:
            messages = yield queue.receive_message(wait_time_seconds=20)
            for message in messages:
                yield queue.work(20)
                yield queue.delete_message(message["receipt_handle"])

    Consumer(world, "printer", queue=queue, program=consume)

Each method of `Client` only makes a `Call`, plain data; `yield` hands it over, and is what comes back. So the same
program runs in a notebook and behind a pipe. Read `Consumer._carry_out` first. A consumer takes its place at the
queue beside `Workers`, and dies as they do: with all that its program had in its variables.

Numbers such as SQS-10 are facts of the provider: docs/facts.md lists them with their sources.
"""

import inspect
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import simpy

from cloudlab.kernel.closing import close
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, takes
from cloudlab.kernel.world import World, microseconds
from cloudlab.sqs.batch import delete_message_batch
from cloudlab.sqs.message import Message
from cloudlab.sqs.queue import Queue

WORK = Limit(0, 43_200, "s", label="Work")

CALL, EMPTY = 0.01, 1.0
"""Seconds that a call takes, and a receive that brings nothing: so a program that never pauses gets on, too."""


@dataclass(frozen=True)
class Call:
    """One call that a program wants made: its name, and what it is given."""

    name: str
    given: dict = field(default_factory=dict)


Program = Callable[..., Generator[Call, Any, None]]
"""A function that takes a client, and whatever else it is handed, and yields calls."""


class Client:
    """What a program says to its queue, with the names that boto3 has. Each method makes a call, no more."""

    def receive_message(self, *, max_number_of_messages=1, wait_time_seconds=None) -> Call:
        """Brings a list of messages, perhaps an empty one. Each is a dict, see `plain`."""
        return Call(
            "receive_message",
            {"max_number_of_messages": max_number_of_messages, "wait_time_seconds": wait_time_seconds},
        )

    def delete_message(self, receipt_handle) -> Call:
        """Says that the message of this receive is done with."""
        return Call("delete_message", {"receipt_handle": receipt_handle})

    def delete_message_batch(self, entries) -> Call:
        """Up to ten deletes in one call, each a dict of `id` and `receipt_handle`; brings {"successful", "failed"}."""
        return Call("delete_message_batch", {"entries": entries})

    def change_message_visibility(self, receipt_handle, visibility_timeout) -> Call:
        """Hides the message for so many seconds from now on; 0 gives it back."""
        given = {"receipt_handle": receipt_handle, "visibility_timeout": visibility_timeout}
        return Call("change_message_visibility", given)

    def work(self, seconds) -> Call:
        """The work itself: it takes so many seconds."""
        return Call("work", {"seconds": seconds})


CALLS = frozenset(name for name in vars(Client) if not name.startswith("_"))
"""What a client can ask for."""

SILENT = frozenset(("delete_message", "change_message_visibility", "work"))
"""Of these the calls that bring None."""


def plain(message: Message) -> dict:
    """A message as a program gets it."""
    return {
        "message_id": message.message_id,
        "receipt_handle": message.receipt_handle,
        "body": message.body,
        "approximate_receive_count": message.approximate_receive_count,
    }


Making = Generator[Any, Any, Any]
"""A SimPy process that carries out a call, and ends with what the call brings."""


class Died(Exception):
    """The consumer dies at this point of its program."""


class Consumer:
    """One consumer, whose `program` gets a client, and then the objects in `handed`.

    Their calls are carried out by the function of the same name in `others`, a SimPy process whose value comes back.
    Raises InvalidParameter where the program yields something that is no call.
    """

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        queue: Queue,
        program: Callable,
        handed: tuple = (),
        others: Mapping | None = None,
    ):
        if queue.world is not world:
            raise InvalidParameter("queue is of another world, but must be of the consumer's own.")
        if not takes(program, 1 + len(handed)):
            rule = f"must be a function that takes a client and {len(handed)} more"
            raise InvalidParameter(f"program is {program!r:.60}, but {rule}.")
        self.world, self.name, self.queue = world, name, queue
        self.program, self.handed, self.others = program, handed, dict(others or {})
        begun = self._called()  # first, since one that is no program must leave the world as it was
        self.part = world.record.add_part(name, "worker", time=world.now)
        world.record.wire(self.part, "worker")
        for way in ((queue.part, self.part), (self.part, queue.part)):
            world.record.add_link(*way)
        self.alive = False
        self._process: simpy.Process | None = None
        self._run: Generator[Call, Any, None] | None = None
        self._takes: dict[str, inspect.Signature] = {}
        self._begin(begun)

    @checked()
    def kill(self) -> None:
        """It dies now: what it had received comes back when its visibility timeout is over (SQS-9)."""
        if self.alive and self._process is not None and self._process.is_alive:
            self._process.interrupt()
        self._over()

    @checked()
    def restart(self) -> None:
        """Its program begins anew, and knows nothing of what it did before."""
        if not self.alive:
            self._begin(self._called())
            self.world.record.note(self.world.now, self.part, "✓", f"{self.name} begins anew.")

    @checked()
    def end(self) -> None:
        """After a run: its program is closed, so that nothing of it is heard later."""
        if self._run is not None:
            close(self._run)

    def _called(self) -> Generator[Call, Any, None]:
        run = self.program(Client(), *self.handed)
        if not (hasattr(run, "send") and hasattr(run, "throw")):
            rule = "must be a function with a yield in it"
            raise InvalidParameter(f"program is {self.program!r:.60}, but {rule}.")
        return run

    def _begin(self, run: Generator[Call, Any, None]) -> None:
        self.alive, self._run = True, run
        self.world.record.enter(self.world.now, self.part, "application", "answering")
        self._process = self.world.process(self._carry_out(run))

    def _carry_out(self, run: Generator[Call, Any, None]) -> Process:
        """Make the calls of a program, one after the other. A SimPy process."""
        try:
            call = next(run)
            while True:
                try:
                    brought = yield from self._made(call)
                except InvalidParameter as error:
                    call = run.throw(error)
                else:
                    call = run.send(brought)
        except StopIteration:
            self._over(
                "terminated", "○", "has come to the end of its program, and asks for no more messages."
            )
        except Died:
            close(run)
            self._over()
        except simpy.Interrupt:
            close(run)

    def _made(self, call: Call) -> Making:
        """Make one call; its value is what the call brings. A SimPy process."""
        if not isinstance(call, Call):
            rule = "must yield a call, such as queue.receive_message()"
            raise InvalidParameter(f"the program yielded {call!r:.60}, but {rule}.")
        self._check(call)
        given, queue = call.given, self.queue
        if call.name == "work":
            return (yield from self._work(**given))
        if call.name in self.others:
            return (yield from self.others[call.name](**given))
        if call.name == "receive_message":
            messages = yield from queue.receive_message(**given, by=self.part)
            yield self.world.timeout(CALL if messages else EMPTY)
            return [plain(one) for one in messages]
        yield self.world.timeout(CALL)
        if call.name == "delete_message_batch":
            found = delete_message_batch(queue, **given)
            failed = [{"id": one.id, "message": one.message} for one in found.failed]
            return {"successful": list(found.successful), "failed": failed}
        return getattr(queue, call.name)(**given)

    def _check(self, call: Call) -> None:
        """Raise InvalidParameter unless it is a call of a client or of `others`, with what that takes."""
        if not isinstance(call.name, str) or call.name not in CALLS | self.others.keys():
            rule = "must be made by a method, such as queue.receive_message()"
            raise InvalidParameter(f"the program yielded the call {call.name!r:.60}, but it {rule}.")
        if call.name not in self._takes:
            made = self.others.get(call.name) or getattr(Client(), call.name)
            self._takes[call.name] = inspect.signature(made)
        try:
            self._takes[call.name].bind(**call.given)
        except TypeError:
            rule = "must have what its method takes"
            raise InvalidParameter(f"the call {call.name} has {call.given!r:.60}, but {rule}.") from None

    @checked()
    def _work(self, seconds: Annotated[float, WORK]) -> Making:
        now = self.world.now
        end = microseconds(now + seconds)
        self.world.record.enter(now, self.part, "work", "working", end)
        yield self.world.timeout(end - now)
        self.world.advance()

    def _over(self, state: str = "killed", glyph: str = "✕", text: str = "is killed.") -> None:
        if self.alive:
            self.world.advance()
            self.alive = False
            self.world.record.enter(self.world.now, self.part, "application", state)
            self.world.record.note(self.world.now, self.part, glyph, f"{self.name} {text}")
