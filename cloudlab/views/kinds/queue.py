"""A queue: messages lie in it until somebody takes them, and come back unless somebody says that they are done.

Read `QueueKind.follows` first: it tells of each message that came back why it did.
"""

from array import array
from bisect import bisect_right
from itertools import compress
from math import inf

from cloudlab.kernel.messages import Counts, Fate, QueueTable, counts, done_again
from cloudlab.kernel.moves import Numbers, ways
from cloudlab.kernel.once import once
from cloudlab.kernel.record import Note, Record, Series
from cloudlab.kernel.standing import visible
from cloudlab.views.kinds import Followed, Kind, Row, Works, kind_of, name_of
from cloudlab.views.words import clock, count, number, span

DONE = (Fate.DELETED, Fate.STALE, Fate.MISSED)
"""The work was done to its end."""

GONE = {"dead": "it lies among the dead letters", "purged": "the queue was purged"}
"""How a message left whose delete came too late, as the end of a sentence; it may also have been visible again."""


class QueueKind(Kind):
    """Messages that wait to be pulled."""

    metrics = ("WorkDoneTwice",)

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """'queue orders', and what lies where others give up."""
        dead = dead_ends(record, parts)
        lying = super().opening(record, [part for part in parts if part not in dead])
        return [*lying, *(f"dead-letter queue {record.parts[part].name}" for part in dead)]

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How often work was done that had been done before, and what went to the dead letters."""
        tables = [record.queues[part] for part in parts if part in record.queues]
        twice = sum(done_again(table, record.end) for table in tables)
        dead = sum(one.dead for one in _counts(record, parts))
        done = [f"work was done {count(twice, 'time')} too often"] if twice else []
        return [*done, f"{count(dead, 'message')} went to the dead letters"] if dead else done

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """How many are visible and how many in somebody's hand."""
        dead = dead_ends(record, parts)
        found = _counts(record, [part for part in parts if part not in dead])
        if not found:
            return []
        lying, flying = (sum(one.visible for one in found), sum(one.in_flight for one in found))
        return [
            f"{number(lying)} {'is' if lying == 1 else 'are'} visible",
            f"{number(flying)} in flight",
        ]

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """How often work was done again, and the longest line; where a topic fills the queues, it answers alone."""
        tables = [record.queues[part] for part in parts if part in record.queues]
        if not tables or record.topics:
            return {}
        level = self.level(record, parts)
        longest = max(level.values, default=0) if level else 0
        twice = sum(done_again(table, record.end) for table in tables)
        return {"repeats": float(twice), "the longest line": float(longest)}

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """What became of the messages, and how much work was done twice."""
        tables = [record.queues[part] for part in parts if part in record.queues]
        if not tables:
            return []
        twice = sum(done_again(table, record.end) for table in tables)
        deleted = sum(one.deleted for one in _counts(record, parts))
        return [
            ("messages deleted", f"{deleted:,}", "messages"),
            ("work done twice", f"{twice:,}", "times"),
        ]

    def finding(self, record: Record, parts: list[int]) -> str:
        """How many messages are gone, and how much work was done twice."""
        dead = dead_ends(record, parts)
        tables = [record.queues[part] for part in parts if part in record.queues and part not in dead]
        if not tables:
            return ""
        gone = sum(one.deleted for one in _counts(record, [part for part in parts if part not in dead]))
        twice = sum(done_again(table, record.end) for table in tables)
        sent = sum(bisect_right(table.sent, record.end) for table in tables)
        again = f", and work was done {count(twice, 'time')} too often" if twice else ""
        return f"{number(gone)} of {count(sent, 'message')} {'is' if gone == 1 else 'are'} gone{again}"

    def level(self, record: Record, parts: list[int]) -> Series | None:
        """How many messages lie in the queues, for anyone to take; None where none ever moved."""
        if record.queues and not record.moves:
            return visible(record)
        found = ways(record)
        if not found:
            return None
        shelves = set(parts) - set(dead_ends(record, parts))
        lying: set[tuple[int, int]] = set()
        level = Series()
        for move in found:
            lying.discard((move.source, move.message))
            if move.target is not None and move.target in shelves:
                lying.add((move.target, move.message))
            level.times.append(move.time)
            level.values.append(len(lying))
        return level

    def follows(self, record: Record, parts: list[int]) -> Followed:
        """Of each message that came back, why; of work that was done in vain, that it was; and how often so far."""
        known = [part for part in parts if part in record.queues]
        numbers = Numbers(record)
        notes = [note for part in known for note in _returns(record, part, numbers)]
        series = {(part, "WorkDoneTwice"): _done_twice(record.queues[part], record.end) for part in known}
        works = tuple(_works(record.queues[part], record.end) for part in known)
        return Followed(works, tuple(notes), series)


def _counts(record: Record, parts: list[int]) -> list[Counts]:
    """Where the messages of each of these queues are at the end of the run."""
    every = once(
        record,
        ("counts",),
        lambda: {part: counts(table, record.end) for part, table in record.queues.items()},
    )
    return [every[part] for part in parts if part in every]


def dead_ends(record: Record, parts: list[int]) -> list[int]:
    """The queues into which others lead: dead letters lie there."""
    led = {target for source, target in record.links if source in parts}
    return [part for part in parts if part in led]


def _works(table: QueueTable, end: float) -> Works:
    """The work on each message, at whoever took it, up to its end as it was planned."""
    over = table.ended[:]
    for handout, time in table.planned.items():
        over[handout] = time
    free: dict[int, float] = {}
    starts = []
    for poller, handed, until in zip(table.poller, table.handed, over, strict=True):
        start = free.get(poller, handed)
        start = start if start > handed else handed
        if until < inf and start <= end:
            free[poller] = until
            starts.append(start)
        else:
            starts.append(inf)
    columns = array("d", starts), table.poller, over, table.count
    if inf not in starts:
        return Works(*columns)
    begun = [start < inf for start in starts]
    return Works(*(array(column.typecode, compress(column, begun)) for column in columns))


def _returns(record: Record, part: int, numbers: Numbers) -> list[Note]:
    """A note for each time that a message of a queue is visible again, and for each delete that came too late."""
    table, notes = record.queues[part], []
    visible_again = table.all_visible_again()
    purged = table.purged_in_hand(visible_again)
    for handout in table.not_deleted_in_time(visible_again):
        fate, ended, until = table.fate[handout], table.ended[handout], visible_again[handout]
        message = f"Message {numbers.of_message(part, table.message[handout])}"
        who = name_of(record, table.poller[handout])
        if until <= record.end and handout not in purged:
            why = _why(table, handout, who, until, record.end)
            if fate == Fate.FAILED and kind_of(record, table.poller[handout]).for_another:
                why = f"{who} did not get it done, so nobody said delete."  # it failed, or had no room
            text = f"{message} is visible again: {why}"
            notes.append(Note(until, part, "↻", text))
        if fate == Fate.STALE and ended <= record.end:
            text = f"{who} is done with {message.lower()} too late: {_meanwhile(table, handout)}."
            notes.append(Note(ended, table.poller[handout], "!", text))
    return notes


def _meanwhile(table: QueueTable, handout: int) -> str:
    """What had become of a message whose delete came too late."""
    row, ended = table.message[handout], table.ended[handout]
    if any(
        table.handed[later] <= ended
        for later in range(handout + 1, len(table.message))
        if table.message[later] == row
    ):
        return "somebody else had taken it again"
    left, how = table.left.get(row, (inf, ""))
    return GONE.get(how if left <= ended else "", "it was no longer hidden")


def _why(table: QueueTable, handout: int, who: str, until: float, end: float) -> str:
    """Why nobody had said delete by then."""
    fate, handed, ended = table.fate[handout], table.handed[handout], table.ended[handout]
    hidden = f"it was hidden for {span(until - handed)}"
    if fate == Fate.BROKEN:
        return f"{who} died at {clock(ended, end)}, and nobody said delete."
    if fate == Fate.FAILED:
        return f"the work of {who} failed, so nobody said delete."
    if fate == Fate.MISSED:
        return "it was deleted, but one of the servers that hold it did not hear of that."
    if ended == inf:
        return f"{hidden}, and nobody said delete."
    return f"{who} needs {span(round(ended - handed))}, but {hidden}."


def _done_twice(table: QueueTable, end: float) -> Series:
    """How often work had been done before that was done again, over time."""
    series = Series()
    series.times.append(0.0)
    series.values.append(0.0)
    if max(table.count, default=0) < 2:
        return series
    ends = sorted(
        (ended, table.message[handout])
        for handout, ended in enumerate(table.ended)
        if table.fate[handout] in DONE and ended <= end
    )
    done: set[int] = set()
    for time, row in ends:
        if row in done:
            series.times.append(time)
            series.values.append(series.values[-1] + 1)
        done.add(row)
    return series
