"""All that the views say of one kind of part, a file for each kind: what a group is stands in `group.py`.

A view asks, and a kind answers: how are you told in the first sentence, what moved you, what do you count at
the end? The answers of a kind without a file are those of `Kind`: "queue orders" in the first sentence, and a
station of its own on the stage. So the views work for a new part on the day on which it is written, and its
file says what they can't know. Nothing is registered: the file's name is the kind, and the class in it has
the same name (`GroupKind`; for a target_group it is `TargetGroupKind`). Read `Kind` first.

Standard library and kernel only, as in every file of this folder.
"""

import pkgutil
from array import array
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import NamedTuple

from cloudlab.kernel.record import Note, Record, Series
from cloudlab.views.line import Waiting
from cloudlab.views.words import listed

Row = tuple[str, str, str]
"""A row of the table of key numbers: what, value, unit."""


@dataclass(frozen=True)
class Happening:
    """A cause: when (s), of what kind, to which parts, and as the end of a sentence with 'when'."""

    time: float
    kind: str
    parts: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Fleet:
    """How many of something a part holds over time, and how many it is to hold.

    `of` is what it holds, as a kind; `ready` is the state in which one counts, as in '6 are in service'.
    """

    have: Series
    wish: Series
    of: str
    ready: str


@dataclass(frozen=True)
class Use:
    """What parts used up: an amount, and its unit as it stands in a sentence and below a diamond."""

    amount: float
    unit: str


class Works(NamedTuple):
    """Work on messages, in columns: a row for each time that a `worker` (a part) has one in hand, in order of time.

    From `start` to `until` (s), as it was planned; `tries` says how often somebody had the message by then.
    """

    start: array
    worker: array
    until: array
    tries: array


@dataclass(frozen=True)
class Followed:
    """Work, notes and series {(part, metric): series} that follow from what a record holds."""

    works: tuple[Works, ...] = ()
    notes: tuple[Note, ...] = ()
    series: dict[tuple[int, str], Series] = field(default_factory=dict)


class Kind:
    """The answers of a kind; here those of any kind. `parts` are the indices of all parts of the kind.

    A kind's own class overrides what it knows better. `record` is always the whole record.
    """

    one, many = "", ""
    """What one is called, and several; the kind's name, and with an s, unless given."""

    told = True
    """Whether the first sentence says that the run holds it."""

    station = True
    """Whether it has a place of its own on a request's way. What is drawn inside another part has none."""

    for_another = False
    """Whether it is but a hand of the part that it belongs to, and is called by that one's name."""

    sends = False
    """Whether it sends requests, so that a run with it tells when none came."""

    serves = False
    """Whether it is what answers requests."""

    there_at_once = False
    """Whether it answers from its first moment on, without a state that says so."""

    laned = True
    """Whether one with slots is a server with a lane of its own, and is counted as busy."""

    servers = "servers"
    """What those are called in whose slots it answers, several of them."""

    request = "request"
    """What a request to it is called."""

    front = False
    """Whether it stands in front of the other parts, in words too."""

    makes: tuple[str, ...] = ()
    """Kinds that it makes: it is told before them, and they are asked even while it has made none."""

    counts_messages = False
    """Whether it tells itself what became of messages."""

    metrics: tuple[str, ...] = ()
    """Its series that a stage draws."""

    def __init__(self, name: str):
        self.name = name
        self.one = self.one or name
        self.many = self.many or f"{self.one}s"

    def stands(self, record: Record, part: int) -> bool:
        """Whether this one has a place of its own on a request's way; as `station` says, unless it depends."""
        return self.station

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """How the first sentence names them; [] where there is nothing to say."""
        names = [record.parts[part].name for part in parts if record.parts[part].parent is None]
        if len(names) < 2:
            return [f"{self.one} {name}" for name in names]
        shown = names if len(names) <= 5 else [*names[:4], f"{len(names) - 4} more"]
        return [f"{len(names)} {self.many} ({listed(shown)})"]

    def causes(self, record: Record, parts: list[int]) -> list[Happening]:
        """What happened to it from outside, beside what can happen to any part (see `happenings`)."""
        return []

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """What is counted when the run is over: '7 instances were launched', '1 killed'."""
        return []

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """How many are in which state at the end: '6 are in service', '1 booting'."""
        return []

    def mark(self, record: Record, parts: list[int]) -> float | None:
        """The busy share (0 to 1) that something holds its servers to, or None."""
        return None

    def used(self, record: Record, parts: list[int]) -> Use | None:
        """What it used up, or None where nobody counts that."""
        return None

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """Numbers of a run that may be luck, by name: {'lost copies': 8}. What the run is about comes first."""
        return {}

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """Its rows of the table: what came of it."""
        return []

    def rows_of_use(self, record: Record, parts: list[int]) -> list[Row]:
        """Its rows at the end of the table: how busy it was, and what it used up."""
        return []

    def fleet(self, record: Record, part: int) -> Fleet | None:
        """How many `part` holds and is to hold, or None where it holds nothing that can be counted."""
        return None

    def cells(self, record: Record, part: int) -> dict[int, int]:
        """The place of each part that is drawn inside `part`, from 0 on."""
        return {}

    def one_line(self, record: Record, part: int) -> bool:
        """Whether requests wait at `part` in one line for all servers."""
        return False

    def tales(self, record: Record, parts: list[int]) -> dict[int, list[tuple[float, str]]]:
        """What happened to messages, by their number in `moves.ways`: (when in s, a sentence) in order of time."""
        return {}

    def became(self, record: Record, parts: list[int]) -> dict[int, int]:
        """The number (see `moves.ways`) of the message that a request became, by the request's row."""
        return {}

    def level(self, record: Record, parts: list[int]) -> Series | Waiting | None:
        """The level that a stage's timeline shows, or None: then it is how many requests wait."""
        return None

    def follows(self, record: Record, parts: list[int]) -> "Followed":
        """What follows from its tables, and is entered nowhere since there may be much of it: a stage shows it."""
        return Followed()

    def cost(self, record: Record, parts: list[int]) -> Series | None:
        """Dollars so far, from the part that keeps the account."""
        return None

    def finding(self, record: Record, parts: list[int]) -> str:
        """What came of a run in which nobody waits for an answer, in one line; '' leaves that to others."""
        return ""

    def picture(self, record: Record, parts: list[int]) -> str:
        """The name of the chart that shows the end of a run with it best; '' leaves that to others."""
        return ""


@cache
def kind_named(name: str) -> Kind:
    """The kind called `name`: the one of its file, or else any kind."""
    if name not in kinds_with_a_file():
        return Kind(name)
    words = "".join(word.capitalize() for word in name.split("_"))
    return getattr(import_module(f"{__name__}.{name}"), f"{words}Kind")(name)


@cache
def kinds_with_a_file() -> tuple[str, ...]:
    """The names of the files in this folder."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def kind_of(record: Record, part: int) -> Kind:
    """The kind of a part."""
    return kind_named(record.parts[part].kind)


def name_of(record: Record, part: int) -> str:
    """What a part is called: by the name of the part that it belongs to, where it is only that one's hand."""
    owner = record.parts[part].parent
    if owner is not None and kind_of(record, part).for_another:
        return record.parts[owner].name
    return record.parts[part].name


def kinds_in(record: Record) -> list[tuple[Kind, list[int]]]:
    """The kinds of a record, each with its parts, in the order of the record; what is made before its maker."""
    names = dict.fromkeys(part.kind for part in record.parts)
    order = dict.fromkeys(each for name in names for each in (*kind_named(name).makes, name))
    return [(kind_named(name), record.parts_of(name)) for name in order]


def request_word(record: Record) -> str:
    """What a request of this run is called: as the first kind calls it that has a word of its own."""
    words = (kind.request for kind, _ in kinds_in(record))
    return next((word for word in words if word != Kind.request), Kind.request)


def fleets(record: Record) -> dict[int, Fleet]:
    """The parts that hold several of something, with what they hold."""
    found = {part: kind_of(record, part).fleet(record, part) for part in range(len(record.parts))}
    return {part: fleet for part, fleet in found.items() if fleet is not None}


def picture_of(record: Record) -> str:
    """The name of the chart that shows the end of a run best; '' where no kind knows one."""
    makers_first = sorted(kinds_in(record), key=lambda entry: not entry[0].makes)
    found = (kind.picture(record, parts) for kind, parts in makers_first)
    return next(filter(None, found), "")
