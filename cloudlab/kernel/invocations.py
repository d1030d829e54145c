"""What happened at one function, in columns: its invocations, its environments, and the calls that it turned away.

Read `FunctionTable` first. An invocation takes 26 bytes; an environment, in which many may run one after the other,
26. Which of them is which is told by the moment: an invocation that began when its environment was born is a cold
start. Read `running` next.

Numbers such as FN-9 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import repeat
from math import inf
from operator import sub
from typing import NamedTuple


class Ending(IntEnum):
    """How an invocation ended, at `FunctionTable.ended`. Only OK is a success."""

    OK = 0
    ERROR = 1
    TIMEOUT = 2
    MEMORY = 3
    EXIT = 4
    RESPONSE = 5

    @property
    def error_type(self) -> str:
        """The name that a log and an answer give the error; empty where there is none."""
        return (
            "",
            "Unhandled",
            "Sandbox.Timedout",
            "Runtime.OutOfMemory",
            "Runtime.ExitError",
            "Runtime.MarshalError",
        )[self]

    @property
    def reason(self) -> str:
        """What happened, as the end of a sentence."""
        return (
            "it returned",
            "the handler raised an error",
            "it took longer than the timeout of the function",
            "it needed more memory than the function has",
            "the process ended before the handler returned",
            "what it returned is no JSON",
        )[self]

    @property
    def resets(self) -> bool:
        """Whether the environment is gone with it, so that the next call is cold (FN-12)."""
        return self in (Ending.TIMEOUT, Ending.MEMORY, Ending.EXIT)


class Throttle(IntEnum):
    """Why a call was turned away with 429 TooManyRequestsException (FN-18)."""

    CONCURRENT = 0
    RATE = 1
    RESERVED = 2
    RESERVED_RATE = 3

    @property
    def code(self) -> str:
        """The Reason in the answer."""
        return (
            "ConcurrentInvocationLimitExceeded",
            "FunctionInvocationRateLimitExceeded",
            "ReservedFunctionConcurrentInvocationLimitExceeded",
            "ReservedFunctionInvocationRateLimitExceeded",
        )[self]


class Origin(NamedTuple):
    """Who invoked: `how` is one of HOWS; `part` is the part that did, and what the numbers in `source` count."""

    how: str
    part: int


HOWS = ("request", "event", "batch", "hand")
"""A request that waits for the answer (`source`: its row in the record); an event that nobody waits for (its row in
`events`); a batch of messages that was pulled from a queue (its first hand-out there); a call by hand (its number)."""


class EventFate(IntEnum):
    """What became of an event that nobody waits for, at `Events.ended` (FN-20)."""

    WAITING = 0
    DONE = 1
    FAILED = 2
    TOO_OLD = 3


@dataclass
class Events:
    """What was invoked without waiting, in the order in which it came (s). 22 bytes each.

    `path` is an index in `Record.paths`, `attempts` counts the invocations that were made of it, throttles not
    counted; `publish` and `origin` tell what a topic sent (a row of its table, and the number of the source).
    """

    came: array = field(default_factory=lambda: array("d"))
    path: array = field(default_factory=lambda: array("B"))
    attempts: array = field(default_factory=lambda: array("B"))
    ended: array = field(default_factory=lambda: array("d"))
    fate: array = field(default_factory=lambda: array("B"))
    origin: array = field(default_factory=lambda: array("B"))
    publish: array = field(default_factory=lambda: array("I"))


@dataclass
class FunctionTable:
    """All that happened at one function. Times in seconds; `inf` stands for what has not happened.

    A row for each invocation, in the order in which they began: `origin` (a number in `origins`) and `source` (which
    of its calls), `began` (when an environment was chosen), `ended` (it may lie in the future), `environment`,
    `ending` (an `Ending`, from `ended` on). A cold one waits for its environment: the handler begins at
    `handler_began`. A row for each environment: `born`, `ready` (INIT is over), `gone`, `version` (a number in
    `versions`), `provisioned`.
    """

    origin: array = field(default_factory=lambda: array("B"))
    source: array = field(default_factory=lambda: array("I"))
    began: array = field(default_factory=lambda: array("d"))
    ended: array = field(default_factory=lambda: array("d"))
    environment: array = field(default_factory=lambda: array("I"))
    ending: array = field(default_factory=lambda: array("B"))

    born: array = field(default_factory=lambda: array("d"))
    ready: array = field(default_factory=lambda: array("d"))
    gone: array = field(default_factory=lambda: array("d"))
    version: array = field(default_factory=lambda: array("B"))
    provisioned: array = field(default_factory=lambda: array("B"))
    """Whether an environment was made ready beforehand (FN-17)."""

    throttled: array = field(default_factory=lambda: array("d"))
    """When a call was turned away (s)."""
    why: array = field(default_factory=lambda: array("B"))
    """The `Throttle` of each."""

    origins: list[Origin] = field(default_factory=list)
    events: Events = field(default_factory=Events)
    versions: list["Version"] = field(default_factory=list)
    memory_used: dict[int, int] = field(default_factory=dict)
    """How much memory an invocation needed (MB), where it needed more than the runtime itself."""
    said: dict[int, list[str]] = field(default_factory=dict)
    """The lines that a handler printed, and the error that ended it."""
    returned: dict[int, object] = field(default_factory=dict)
    """What an invocation by hand returned."""

    def is_cold(self, row: int) -> bool:
        """Whether an invocation had to wait for its environment."""
        return (
            self.handler_began(row) > self.began[row] or self.began[row] == self.born[self.environment[row]]
        )

    def cold(self) -> list[float]:
        """When each invocation began that had to wait for its environment (s)."""
        born, ready = self.born, self.ready
        pairs = zip(self.began, self.environment, strict=True)
        return [began for began, place in pairs if ready[place] > began or born[place] == began]

    def handler_began(self, row: int) -> float:
        """When the handler began (s): at once, or when INIT was over."""
        return max(self.began[row], self.ready[self.environment[row]])


@dataclass
class Version:
    """What environments are made of: code and settings that never change (FN-5). `qualifier` is $LATEST or a number.

    Sizes in MB, `timeout` in seconds.
    """

    qualifier: str
    memory_size: int
    timeout: float
    architecture: str
    ephemeral_storage: int
    runtime: str
    code_sha256: str
    runtime_memory: int = 40
    """What the runtime itself needs (MB)."""


def running(table: FunctionTable, time: float) -> int:
    """ConcurrentExecutions: how many invocations are under way at `time` (s), INIT included."""
    known = bisect_right(table.began, time)
    return sum(ended > time for ended in table.ended[:known])


class EnvironmentCounts(NamedTuple):
    """How many environments are where at one moment. They add up to all that were born by then."""

    init: int
    running: int
    idle: int
    gone: int


def environments(table: FunctionTable, time: float) -> EnvironmentCounts:
    """Where the environments are at `time` (s), what happens at exactly that moment included."""
    known = bisect_right(table.began, time)
    at_work = {table.environment[row] for row in range(known) if table.ended[row] > time}
    init = busy = idle = gone = 0
    for number, (born, ready, end) in enumerate(zip(table.born, table.ready, table.gone, strict=True)):
        if born > time:
            continue
        if end <= time:
            gone += 1
        elif ready > time:
            init += 1
        elif number in at_work:
            busy += 1
        else:
            idle += 1
    return EnvironmentCounts(init, busy, idle, gone)


def most_at_once(
    table: FunctionTable, since: float = 0.0, until: float = inf, ends: Sequence[float] | None = None
) -> int:
    """The largest ConcurrentExecutions in a period (s); who ends at a moment makes room for who begins then.

    Who asks of many periods gives the `ends` of all invocations in order.
    """
    ends = sorted(table.ended) if ends is None else ends
    first, last = bisect_right(table.began, since), bisect_left(table.began, until)
    over = map(bisect_right, repeat(ends), table.began[first:last])
    still = first - bisect_right(ends, since)
    return max(still, max(map(sub, range(first + 1, last + 1), over), default=0))


def cold_starts(table: FunctionTable, until: float = inf) -> int:
    """How many invocations that began by `until` (s) had to wait for an environment."""
    return bisect_right(table.cold(), until)
