"""The morning of E13: two consumers charge customers for their orders, crash now and then, and must charge each once.

Read `morning` first, then `Clerk`. Both run the learner's program. A clerk may die right after a call was carried out,
before the answer has reached the program; it begins anew with nothing remembered. The table lives on. Now and then it
is too busy, and does nothing. A customer who presses twice makes two messages of one order.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cloudlab.judge.definition import BoundedWorld, needs
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.messages import Fate
from cloudlab.kernel.record import Record
from cloudlab.sqs import Queue
from cloudlab.sqs.consumer import Call, Consumer, Died, Making

ORDERS, EVERY = 40, 6.0
"""Orders of a morning, and seconds between them."""

LENGTH, CALM = 900.0, 420.0
"""Seconds of a morning, and from when on nothing goes wrong any more."""

TIMEOUT = 30
"""Seconds for which a message is hidden."""

TAKES = {"charge": 2.0, "charge_once": 2.0, "seen": 0.1, "remember": 0.1}
"""Seconds that a call of the table takes."""

DIES = {"receive_message": 0.05, "charge": 0.05, "charge_once": 0.05, "seen": 0.02, "remember": 0.02}
DIES |= {"delete_message": 0.03, "delete_message_batch": 0.05}
"""How likely it is that a clerk dies right after such a call was carried out."""

TOO_BUSY, TWICE, BACK = 0.12, 0.15, 10.0
"""How often the table is too busy and a customer presses twice, and seconds until a dead clerk begins anew."""


class Table:
    """What a program says to the table. Each method makes a call, no more."""

    def charge(self, order) -> Call:
        """Charges the customer of this order. Brings True, or False where the table was too busy and did nothing."""
        return Call("charge", {"order": order})

    def charge_once(self, key, order) -> Call:
        """Charges and remembers `key` in one step, nothing more where it is known. True: it is done, now or before."""
        return Call("charge_once", {"key": key, "order": order})

    def seen(self, key) -> Call:
        """Brings whether this key is remembered."""
        return Call("seen", {"key": key})

    def remember(self, key) -> Call:
        """Remembers this key."""
        return Call("remember", {"key": key})


@dataclass
class Step:
    """A call that was carried out: when (s), by whom, with what, what came of it, whether the clerk then died."""

    time: float
    who: str
    name: str
    given: dict
    brought: Any
    died: bool = False


@dataclass
class Books:
    """The table itself, which outlives all: the keys that it knows, how often each order was charged; and all steps."""

    world: BoundedWorld
    dice: Random
    easy: bool
    keys: set[str] = field(default_factory=set)
    charged: Counter = field(default_factory=Counter)
    steps: list[Step] = field(default_factory=list)

    def calls(self) -> dict:
        """What carries out each call of a `Table`."""
        return {
            "charge": self._charge,
            "charge_once": self._once,
            "seen": self._seen,
            "remember": self._remember,
        }

    def _busy(self) -> bool:
        return not self.easy and self.world.now < CALM and self.dice.random() < TOO_BUSY

    def _charge(self, order) -> Making:
        yield self.world.timeout(TAKES["charge"])
        return not self._busy() and self._do(order)

    def _once(self, key, order) -> Making:
        yield self.world.timeout(TAKES["charge_once"])
        if self._text(key) in self.keys:
            return True
        if self._busy():
            return False
        self.keys.add(key)
        return self._do(order)

    def _seen(self, key) -> Making:
        yield self.world.timeout(TAKES["seen"])
        return self._text(key) in self.keys

    def _remember(self, key) -> Process:
        yield self.world.timeout(TAKES["remember"])
        self.keys.add(self._text(key))

    def _do(self, order) -> bool:
        self.charged[self._text(order)] += 1
        return True

    def _text(self, value) -> str:
        look = 'An order is what stands in message["body"], and a key is a text too.'
        needs(
            type(value) is str,
            "The table was given something that is no text.",
            look,
            f"It was {value!r:.60}.",
        )
        return value


class Clerk(Consumer):
    """A consumer that may die after each call."""

    def __init__(self, books: Books, name: str, queue: Queue, program):
        self.books = books
        super().__init__(
            books.world, name, queue=queue, program=program, handed=(Table(),), others=books.calls()
        )

    def _made(self, call: Call) -> Making:
        """Make a call, write it down, and perhaps die before its answer is read."""
        books, world = self.books, self.world
        brought = yield from super()._made(call)
        step = Step(world.now, self.name, call.name, call.given, brought)
        books.steps.append(step)
        if call.name == "receive_message" and not brought:
            return brought
        if not books.easy and world.now < CALM and books.dice.random() < DIES.get(call.name, 0.0):
            step.died = True
            world.process(self._come_back())
            raise Died
        return brought

    def _come_back(self) -> Process:
        yield self.world.timeout(BACK)
        self.restart()


@dataclass
class Morning:
    """What is left at the end: the record, the books, the orders as they came, and those that are not gone."""

    record: Record
    books: Books
    orders: list[str]
    left: set[str]
    ended: bool


def morning(begin, seed: int, *, easy: bool = False) -> Morning:
    """A morning in which two clerks run the program that `begin` begins; `easy`: nothing goes wrong."""
    world = BoundedWorld(seed)
    queue = Queue(world, "orders", visibility_timeout=TIMEOUT)
    fate = world.dice("orders")
    orders = [f"order {number}" for number in fate.sample(range(100, 1000), ORDERS)]
    world.process(_sells(world, queue, orders, fate, easy))
    books = Books(world, world.dice("table"), easy)
    clerks = [Clerk(books, f"Clerk {letter}", queue, begin) for letter in "AB"]
    try:
        record = world.run(until=LENGTH)
    finally:
        for clerk in clerks:
            clerk.end()
    left = {queue.content(row).body for row in _not_gone(queue)}
    return Morning(record, books, orders, left, not any(clerk.alive for clerk in clerks))


def _sells(world: BoundedWorld, queue: Queue, orders: list[str], fate: Random, easy: bool) -> Process:
    """An order comes every few seconds, some twice. A SimPy process."""
    for order in orders:
        yield world.timeout(round(EVERY * (0.5 + fate.random()), 3))
        for _ in range(1 if easy or fate.random() >= TWICE else 2):
            queue.send_message(order)


def _not_gone(queue: Queue) -> list[int]:
    """The messages that nobody deleted."""
    table = queue.table
    deleted = {row for row, fate in zip(table.message, table.fate, strict=True) if fate == Fate.DELETED}
    return [row for row in range(len(table.sent)) if row not in deleted]


# What went wrong


def mistakes(found: Morning) -> list[dict]:
    """Each order that was charged never or twice, or is left in the queue, with the idea that explains it."""
    steps = found.books.steps
    calls = Counter(step.name for step in steps)
    wrong = []
    for order in found.orders:
        times = found.books.charged[order]
        if times != 1 or order in found.left:
            if order in found.left and found.ended:
                code = "stops"
            elif not calls["delete_message"] + calls["delete_message_batch"]:
                code = "no_delete"
            elif times > 1:
                code = _twice(calls)
            elif order in found.left:
                code = "keeps_repeats"
            else:
                code = _lost(found, order)
            wrong.append({"order": order, "times": times, "code": code})
    return wrong


def _lost(found: Morning, order: str) -> str:
    """Why an order that is gone was never charged: deleted before it was tried, or after a try that failed."""
    names = [step.name for step in story(found, order)]
    if "remember" in names:
        return "remembers_first"
    deleted = next(place for place, name in enumerate(names) if name.startswith("delete"))
    tried = any(name.startswith("charge") for name in names[:deleted])
    return "ignores_batch_partial_failure" if tried else "delete_first_loses"


def _twice(calls: Counter) -> str:
    """Why an order was charged twice."""
    if calls["charge_once"] and not calls["charge"]:
        return "wrong_key"
    return "not_atomic" if calls["seen"] else "not_idempotent"


def story(found: Morning, order: str) -> list[Step]:
    """The steps that have to do with an order, in order of time."""
    handles: set[str] = set()
    own = []
    for step in found.books.steps:
        given = step.given
        if step.name == "receive_message":
            mine = {one["receipt_handle"] for one in step.brought if one["body"] == order}
            handles |= mine
            if mine:
                own.append(step)
            continue
        named = [one.get("receipt_handle") for one in (given, *given.get("entries", ()))]
        held = any(type(one) is str and one in handles for one in named)
        if held or order in (given.get("order"), given.get("key")):
            own.append(step)
    return own
