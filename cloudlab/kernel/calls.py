"""What happened to calls between components, in columns: 35 bytes a call.

Read `CallTable` first. An order is a request of the record; the calls that it sets off stand here, each with the
call out of which it was made. `amplification` tells how many calls an order made, which a storm of retries shows in.
"""

from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf

NOBODY = 2**32 - 1
"""The order, or the parent, of a call that has none."""


class CallStatus(IntEnum):
    """How a call ended, at `CallTable.ended`; before that it says nothing."""

    OK = 0
    FAILED = 1
    LATE = 2
    REFUSED = 3
    BROKEN = 4
    CUT = 5

    @property
    def reason(self) -> str:
        """What happened, as the end of a sentence."""
        return (
            "it was answered",
            "something that it needed did not work, so it answered with an error",
            "it was answered when its caller waited no longer",
            "nobody was there to take it",
            "whoever had it crashed",
            "the circuit breaker was open, so it was not made",
        )[self]


@dataclass
class CallTable:
    """A row for each call, in the order in which they were made. Times in seconds; `inf`: not (yet).

    `order` is a row of the record's requests, `parent` the call out of which this one was made, `service` the part
    that it went to. It `arrived` there, was `started` when it got a slot, and `ended` when that slot was free again;
    an end may lie in the future. `status` is a `CallStatus`. Of two applications in one world, each has its own rows
    in order.
    """

    order: array = field(default_factory=lambda: array("I"))
    parent: array = field(default_factory=lambda: array("I"))
    service: array = field(default_factory=lambda: array("H"))
    arrived: array = field(default_factory=lambda: array("d"))
    started: array = field(default_factory=lambda: array("d"))
    ended: array = field(default_factory=lambda: array("d"))
    status: array = field(default_factory=lambda: array("B"))

    def __len__(self) -> int:
        return len(self.order)

    def add(self, order: int, parent: int, service: int, arrived: float) -> int:
        """A new call; returns its row."""
        self.order.append(order)
        self.parent.append(parent)
        self.service.append(service)
        self.arrived.append(arrived)
        self.started.append(inf)
        self.ended.append(inf)
        self.status.append(0)
        return len(self.order) - 1

    def columns(self) -> tuple[array, ...]:
        """All columns, in the order in which they stand above."""
        return self.order, self.parent, self.service, self.arrived, self.started, self.ended, self.status


def waiting(table: CallTable, part: int, time: float) -> int:
    """How many calls stand in line at `part` at `time` (s)."""
    columns = zip(table.service, table.arrived, table.started, table.ended, strict=True)
    return sum(of == part and came <= time < min(start, end) for of, came, start, end in columns)


def held(table: CallTable, part: int, time: float) -> int:
    """How many slots of `part` are taken at `time` (s), by calls that work or wait for others."""
    columns = zip(table.service, table.started, table.ended, strict=True)
    return sum(of == part and start <= time < end for of, start, end in columns)


def amplification(table: CallTable, part: int, since: float = 0.0, until: float = inf) -> float:
    """The calls that reach `part` for each order that reaches it at all, of those that arrive in a period (s)."""
    calls, orders = 0, set()
    for of, came, order, status in zip(table.service, table.arrived, table.order, table.status, strict=True):
        if of == part and since <= came < until and order != NOBODY and status != CallStatus.CUT:
            calls += 1
            orders.add(order)
    return calls / len(orders) if orders else 0.0
