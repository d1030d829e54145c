"""What happened, in columns.

Parts write here and nowhere else; charts, descriptions, bills, checks and tests read here and
nowhere else. Read `Record` first. Time is in seconds from the start of the run, and `inf` stands
for what has not happened: a request that was never finished has `finished == inf`.

The table of requests is the only large one. Its columns are plain `array`s, 38 bytes a row, so
that ten million requests fit in a laptop's memory; `summary` reads them a block at a time.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

import hashlib
from array import array
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from itertools import chain
from math import inf
from typing import NamedTuple

from cloudlab.kernel.calls import CallTable
from cloudlab.kernel.columns import feed, packed
from cloudlab.kernel.invocations import FunctionTable
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.messages import QueueTable, TopicTable
from cloudlab.kernel.orders import OrderTable
from cloudlab.kernel.series import Series


class Status(IntEnum):
    """How a request ended, by HTTP code, and so whose fault it was (LB-19)."""

    OK = 0
    GAVE_UP = 1
    TARGET_ERROR = 2
    BAD_GATEWAY = 3
    UNAVAILABLE = 4
    GATEWAY_TIMEOUT = 5
    THROTTLED = 6

    @property
    def code(self) -> int:
        """The HTTP code that the balancer writes in its log."""
        return (200, 460, 500, 502, 503, 504, 429)[self]

    @property
    def reason(self) -> str:
        """What happened, and whose fault it was, as the end of a sentence."""
        return (
            "answered",
            "the caller waited no longer: the target was too slow for its patience",
            "the application on the target answered with an error",
            "the target closed the connection: it crashed, died or was cut off while draining",
            "the balancer had no target registered",
            "the target was unreachable or slower than the balancer's idle timeout",
            "the function turned the call away: as many as may run at once were running (FN-18)",
        )[self]


MOST_PARTS, MOST_PATHS = 65_536, 256
"""So many parts and classes of requests the columns of a record can name."""

PIECES = 384
"""So many pieces of the table wait at most (see `Requests`)."""


def _column(place: int, words: str) -> property:
    return property(lambda requests: requests.columns()[place], doc=words)


class Requests:
    """One row a request, in order of arrival.

    Ends may lie in the future: a reader compares them with the time that it asks about.

    An array that grows may be copied whole, and a long run would copy it a hundred times. So new pieces
    wait in a list until they are a quarter of what is there, or until somebody reads: who holds a column
    takes it anew after rows were added.

    `kept` is what readers found in these rows and need again (see `summary`). Who alters a row of many that were
    read already says `kept.clear()`.
    """

    def __init__(self):
        self._columns = tuple(array(kind) for kind in "ddddBBHH")
        self._waiting: list[tuple[array, ...]] = []
        self._rows = 0
        self.kept: dict = {}

    arrived = _column(0, "When it came (s).")
    started = _column(1, "When a server began to work on it (s).")
    finished = _column(2, "When that work ended (s).")
    answered = _column(3, "The caller's end (s), with an answer or an error.")
    path = _column(4, "Its class, as an index in `Record.paths`.")
    status = _column(5, "A `Status`; it holds from `answered` on.")
    client = _column(6, "The link on which it came in, as an index in `Record.links`.")
    target = _column(7, "The part that served it, or that it reached last.")

    def __len__(self) -> int:
        return self._rows

    def columns(self) -> tuple[array, ...]:
        """All columns, in the order in which they stand above."""
        if self._waiting:
            new = [b"".join(pieces) for pieces in zip(*self._waiting, strict=True)]
            before = min(map(len, self._columns))
            try:
                for column, rows in zip(self._columns, new, strict=True):
                    del column[before:]  # of an earlier try that came to a column which couldn't grow
                    column.frombytes(rows)
            except BufferError:
                raise BufferError(
                    "a view of a column of requests is held: let it go before more are added."
                ) from None
            self._waiting.clear()
        return self._columns

    def extend(self, client, arrived, started, finished, answered, paths, targets, statuses) -> int:
        """Add rows that came in on link `client`; returns the first new row. Columns are lists or arrays.

        `paths`, `targets` and `statuses` may be one number that holds for all rows.
        """
        first, count = self._rows, len(arrived)
        came, ended = packed("d", arrived), packed("d", finished)
        piece = (
            came,
            came if started is arrived else packed("d", started),
            ended,
            ended if answered is finished else packed("d", answered),
            array("B", (paths,)) * count if isinstance(paths, int) else packed("B", paths),
            array("B", (statuses,)) * count if isinstance(statuses, int) else packed("B", statuses),
            array("H", (client,)) * count,
            array("H", (targets,)) * count if isinstance(targets, int) else packed("H", targets),
        )
        self._rows += count
        self.kept.clear()
        self._waiting.append(piece)
        if len(self._waiting) >= PIECES or 4 * (self._rows - len(self._columns[0])) > len(self._columns[0]):
            with suppress(BufferError):  # somebody holds a view of a column: the rows wait on
                self.columns()
        return first

    def open_on(self, target: int, now: float, at_work: int) -> list[int]:
        """Rows that part `target` has not finished at `now`, in order of arrival.

        `at_work` is the number of them in service: with first come, first served nothing before
        the oldest of those is open, so the search back through the table ends there.
        """
        rows, left = [], at_work
        targets, started, finished = self.target, self.started, self.finished
        # A row that was broken off has finished == inf, so it isn't open.
        for row in range(len(targets) - 1, -1, -1):
            if not left:
                break
            if targets[row] == target and now < finished[row] < inf:
                rows.append(row)
                left -= started[row] <= now
        rows.reverse()
        return rows

    def before(self, now: float) -> int:
        """The number of rows that had arrived by `now`."""
        return bisect_right(self.arrived, now)


@dataclass
class Part:
    """A thing of the cloud: name, kind, the part it belongs to, what it is made of, its life."""

    name: str
    kind: str
    parent: int | None
    attributes: dict
    born: float
    gone: float = inf


class State(NamedTuple):
    """From `time` on, `part` is in `state`. `until` is when that should end, `inf` if unknown.

    `aspect` tells whose word it is: 'lifecycle' (the group's), 'target' (the balancer's),
    'application' (how the instance really is), 'alarm' (the alarm's own), or 'delivery' and 'subscription'
    (a topic's, of who listens).
    """

    time: float
    part: int
    aspect: str
    state: str
    until: float = inf


@dataclass(frozen=True)
class Ask:
    """A wish for capacity: `by` asked group `part` for `asked` and was `granted`."""

    time: float
    part: int
    asked: int
    granted: int
    by: str


class Move(NamedTuple):
    """At `time` message number `message` reaches part `target` from part `source`.

    `target` is None when it is gone for good: deleted, or given up. `until` is when it would become visible
    to others again, `inf` where no such ring runs; `received` is how often it was received so far.
    A copy for each of several targets is one move each.
    """

    time: float
    message: int
    source: int
    target: int | None
    until: float = inf
    received: int = 0


class Note(NamedTuple):
    """A sentence worth reading about `part`, and perhaps about one request (`row`)."""

    time: float
    part: int
    glyph: str
    text: str
    row: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of a bill. `amount` is in dollars, rounded to cents (half up) as the provider does."""

    item: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal


class Record:
    """Everything that happened in one run of a `World`."""

    def __init__(self, seed: int):
        self.seed = seed
        self.end = 0.0
        self.setting: dict = {}
        self.wiring: dict[tuple[int, str, str], dict] = {}
        self.parts: list[Part] = []
        self._index: dict[str, int] = {}
        self.links: list[tuple[int, int]] = []
        self._links: dict[tuple[int, int], int] = {}
        self.paths: list[str] = []
        self.requests = Requests()
        self.retries: dict[int, tuple[int, int]] = {}
        self.series: dict[tuple[int, str], Series] = {}
        self.states: list[State] = []
        self.asks: list[Ask] = []
        self.moves: list[Move] = []
        self.queues: dict[int, QueueTable] = {}
        self.topics: dict[int, TopicTable] = {}
        self.functions: dict[int, FunctionTable] = {}
        self.calls = CallTable()
        self.orders: dict[int, OrderTable] = {}
        self.derived: dict = {}  # what readers made of the messages, see `once`
        self.notes: list[Note] = []
        self.bill: list[Line] = []

    def add_part(self, name, kind, *, time=0.0, parent=None, **attributes) -> int:
        """Enter a new part and return its index.

        Raises InvalidParameter when the name is taken or no text that can be written, or where 65,536 parts are there.
        """
        if not isinstance(name, str) or not name.isprintable() or not name:
            raise InvalidParameter(f"name is {name!r:.60}, but must be a text that can be printed.")
        if len(self.parts) == MOST_PARTS:
            raise InvalidParameter(
                f"name is {name!r:.60}, but a record has room for {MOST_PARTS} parts only."
            )
        if name in self._index:
            raise InvalidParameter(
                f"name is {name!r:.60}, but another part already has that name: choose a new one."
            )
        self._index[name] = len(self.parts)
        self.parts.append(Part(name, kind, parent, attributes, time))
        return self._index[name]

    def wire(self, part: int, kind: str, name: str = "", **settings) -> None:
        """Enter how `part` was set up, in the names of the API, for `export`.

        `kind` is what was set up there, such as 'group' or 'target_tracking', and `name` which of several. Who is set
        up anew replaces what stood there.
        """
        self.wiring[part, kind, name] = settings

    def add_link(self, source: int, target: int) -> int:
        """The index of the link from part `source` to part `target`, entered if it is new."""
        if (source, target) not in self._links:
            self._links[source, target] = len(self.links)
            self.links.append((source, target))
        return self._links[source, target]

    def add_path(self, name: str) -> int:
        """The index of a class of requests, such as '/cart'. Raises InvalidParameter where 256 are there."""
        if name not in self.paths:
            if len(self.paths) == MOST_PATHS:
                rule = f"a record has room for {MOST_PATHS} classes of requests only"
                raise InvalidParameter(f"path is {name!r:.60}, but {rule}.")
            self.paths.append(name)
        return self.paths.index(name)

    def set(self, part: int, metric: str, time: float, value: float) -> None:
        """From `time` on, `metric` of `part` is `value`. A value that changes nothing is not kept."""
        series = self.series.setdefault((part, metric), Series())
        if series.times and series.times[-1] == time:
            series.values[-1] = value
        elif not series.values or series.values[-1] != value:
            series.times.append(time)
            series.values.append(value)

    def enter(self, time: float, part: int, aspect: str, state: str, until: float = inf) -> None:
        """From `time` on, `part` is in `state`, probably `until` then (see `State`)."""
        self.states.append(State(float(time), part, aspect, state, float(until)))

    def note(self, time: float, part: int, glyph: str, text: str, row: int | None = None) -> None:
        """Add a sentence worth reading (see `Note`)."""
        self.notes.append(Note(float(time), part, glyph, text, row))

    def ask(self, time: float, part: int, asked: int, granted: int, by: str) -> None:
        """Enter a wish for capacity (see `Ask`)."""
        self.asks.append(Ask(float(time), part, asked, granted, by))

    def move(self, time: float, message: int, source: int, target: int | None, until=inf, count=0) -> None:
        """Enter that a message went from one part to another, or is gone (see `Move`)."""
        self.moves.append(Move(float(time), message, source, target, float(until), count))

    def part(self, name: str) -> int:
        """The index of the part called `name`. Raises KeyError, which names the parts there are."""
        if name in self._index:
            return self._index[name]
        raise KeyError(f"no part is called {name!r}; the parts are " + ", ".join(p.name for p in self.parts))

    def has_part(self, name: str) -> bool:
        """Whether a part has that name."""
        return name in self._index

    def parts_of(self, kind: str) -> list[int]:
        """The indices of all parts of a kind ('instance', 'group', 'balancer', 'customers', …)."""
        return [index for index, part in enumerate(self.parts) if part.kind == kind]

    def state(self, part: int, time: float, aspect: str = "lifecycle") -> State | None:
        """The state that `part` was in at `time`, or None before its first."""
        found = None
        for entry in self.states:
            if entry.time > time:
                break
            if entry.part == part and entry.aspect == aspect:
                found = entry
        return found

    def fingerprint(self) -> str:
        """A short text that is the same for two records exactly when all in them is the same."""
        digest = hashlib.sha256()
        for column in self.requests.columns():
            digest.update(column.tobytes())
        for key in sorted(self.series):
            series = self.series[key]
            digest.update(repr((key, series.times, series.values)).encode())
        rest = (self.end, self.parts, self.links, self.paths, sorted(self.retries.items()))
        moves = (self.moves,) if self.moves else ()
        tables = (self.queues, self.topics, self.functions, self.orders)
        for part, table in chain.from_iterable(one.items() for one in tables):
            digest.update(f"{part}:".encode())
            feed(digest, table)
        for column in self.calls.columns():
            digest.update(column.tobytes())
        digest.update(repr((rest, self.states, self.asks, self.notes, self.bill, *moves)).encode())
        return digest.hexdigest()[:16]
