"""The ways of messages, made from the tables of a record: what a stage plays.

Read `sorted_ways` first. A message has one number wherever it is: copies in queues have the number of what was
published, and a dead letter has the number of the message that it was.

Most moves are of a few sorts, each many times: sent, taken, deleted. They stay in columns, as `Hops`, which cost a
tenth of what a `Move` each costs. All else is rare and told one by one.
"""

from array import array
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from itertools import chain, compress, repeat
from math import inf
from operator import itemgetter
from typing import NamedTuple

from cloudlab.kernel.messages import Copies, Fate, Outcome, QueueTable, TopicTable
from cloudlab.kernel.once import once
from cloudlab.kernel.record import Move, Note, Record

TIME = itemgetter(0)

DELETED = Fate.DELETED.value


class Hops(NamedTuple):
    """Moves of one sort, in columns of `time` ("d", s), `message` ("I") and so on: see `Move`.

    What is the same for all is no column. They need not be in order of time, and may lie behind the end of the run.
    """

    time: array
    message: array
    source: array | int
    target: array | int | None
    until: array | float = inf
    received: array | int = 0

    def moves(self) -> list[Move]:
        """The same, one by one."""
        columns = [column if isinstance(column, array) else repeat(column) for column in self]
        return list(map(Move._make, zip(*columns, strict=False)))

    def by(self, end: float) -> Iterable[int]:
        """The messages that moved by then (s)."""
        if max(self.time, default=0.0) <= end:
            return self.message
        return compress(self.message, [time <= end for time in self.time])

    def of(self, messages: Container[int], there: bool = True) -> "Hops":
        """Those of a few messages; of all others, where they are not to be there."""
        chosen = bytearray((message in messages) == there for message in self.message)
        return Hops._make(_chosen(one, chosen) if isinstance(one, array) else one for one in self)


class Ways(NamedTuple):
    """All moves of a run. Where times are equal, a message comes before anything else befalls it, and is taken last."""

    came: tuple[Hops, ...]
    others: tuple[Move, ...]
    taken: tuple[Hops, ...]


def sorted_ways(record: Record) -> Ways:
    """All moves of a run: those of topics and queues, and what was entered one by one."""
    return once(record, ("ways",), lambda: _sorted_ways(record))


def ways(record: Record) -> tuple[Move, ...]:
    """The same one by one, in order of time."""
    return tuple(sorted(_one_by_one(sorted_ways(record), record.end), key=TIME))


def _one_by_one(ways: Ways, end: float) -> Iterator[Move]:
    """All moves up to the end of the run (s), in the order in which they stand."""
    came, others, taken = ways
    found = chain(
        (m for hops in came for m in hops.moves()), others, (m for hops in taken for m in hops.moves())
    )
    return (move for move in found if move.time <= end)


class Ends(NamedTuple):
    """What became of messages by the end of a run: how many `moved`, are `gone` for good, were received `again`."""

    moved: int
    gone: int
    again: int


def ends(record: Record) -> Ends:
    """What became of messages. Those that went the usual way are counted; the others are followed one by one.

    Who was received again is one of these, since its first receive did not end as usual.
    """
    came, others, taken = sorted_ways(record)
    odd = {move.message for move in others}
    usual: set[int] = set()
    heard: set[int] = set()
    for hops in came:
        usual.update(hops.message)
        if hops.source in record.topics:
            odd |= heard.intersection(hops.message)  # of several copies all must be gone
            heard.update(hops.message)
    gone = {message for hops in taken if hops.target is None for message in hops.by(record.end)}
    if not odd:
        return Ends(len(usual), len(gone), 0)
    few = Ways(tuple(h.of(odd) for h in came), others, tuple(h.of(odd) for h in taken))
    where: dict[int, Counter[int | None]] = {number: Counter() for number in odd}
    again = 0
    for _, message, source, target, _, times in sorted(_one_by_one(few, record.end), key=TIME):
        copies = where[message]
        copies[source] -= copies[source] > 0
        copies[target] += 1
        again += times > 1
    lost = sum(copies[None] == copies.total() for copies in where.values())
    return Ends(len(usual | odd), len(gone - odd) + lost, again)


def _sorted_ways(record: Record) -> Ways:
    numbers = Numbers(record)
    came: list[Hops] = []
    others = list(record.moves)
    taken: list[Hops] = []
    for part, topic in record.topics.items():
        delivered, rest = topic_ways(topic, part, _sender(record, part), numbers.of_publish(part, 0))
        came += delivered
        others += rest
    for part, queue in _dead_letters_last(record):
        told = numbers.of_messages(part)
        sender, origin = _sender(record, part), queue.origin
        late = {told[row] for row in queue.due if row < len(origin) and origin[row]}
        if late:
            came = [hops.of(late, False) if hops.target == part else hops for hops in came]
        came += _sent(queue, part, sender, told)
        others += _sent_apart(queue, part, sender, told)
        until = queue.all_visible_again()
        unusual = queue.not_deleted_in_time(until)
        others += _unusual(queue, part, told, until, unusual)
        taken += _usual(queue, part, told, until, unusual)
    return Ways(tuple(came), tuple(move for move in others if move.time <= record.end), tuple(taken))


def _dead_letters_last(record: Record) -> list[tuple[int, QueueTable]]:
    """The queues of a run with their tables; those that hold what was moved there come last."""
    return sorted(record.queues.items(), key=lambda pair: bool(pair[1].was))


class Numbers:
    """One number for each message of a run, from 1 on: first what was published, then what was sent to queues.

    Dead letters bring their number along, so the queues where they lie come last: a message is called the same
    whether some others ended there or not.
    """

    def __init__(self, record: Record):
        self.record, count = record, 1
        self._first: dict[int, int] = {}
        sizes = {part: len(table.published) for part, table in record.topics.items()}
        sizes |= {part: len(table.sent) for part, table in _dead_letters_last(record)}
        for part, size in sizes.items():
            self._first[part] = count
            count += size

    def of_publish(self, topic: int, row: int) -> int:
        """The number of what was published to a topic in that row."""
        return self._first[topic] + row

    def of_message(self, queue: int, row: int) -> int:
        """The number of a message of a queue."""
        table = self.record.queues[queue]
        if row in table.was:
            return self.of_message(*table.was[row])
        if row < len(table.origin) and table.origin[row]:
            topic = table.sources[table.origin[row] - 1]
            return self.of_publish(topic, table.publish[row])
        return self._first[queue] + row

    def of_messages(self, queue: int) -> array:
        """The numbers of all messages of a queue, in the order of its rows."""
        table, first = self.record.queues[queue], self._first[queue]
        found = array("I", range(first, first + len(table.sent)))
        firsts = [0, *(self._first[source] for source in table.sources)]
        columns = zip(
            table.origin, table.publish, found, strict=False
        )  # of those that a topic sent, and before them
        told = [firsts[origin] + row if origin else own for origin, row, own in columns]
        found[: len(told)] = array("I", told)
        for row in table.was:
            found[row] = self.of_message(queue, row)
        return found

    def told(self, note: Note) -> str:
        """The text of a note. Who wrote it knew the row only; here the message has its one number."""
        if note.row is None:
            return note.text
        if note.part in self.record.topics:
            number = self.of_publish(note.part, note.row)
        elif note.part in self.record.queues:
            number = self.of_message(note.part, note.row)
        else:
            return note.text
        return note.text.replace(f"Message {note.row + 1} ", f"Message {number} ", 1)


def _sender(record: Record, part: int) -> int:
    """Who sends to a part: the first of those who aren't sent to from there; the part itself where nobody is known."""
    pulls = {target for source, target in record.links if source == part}
    return next((source for source, target in record.links if target == part and source not in pulls), part)


def _chosen(column: array, chosen: bytearray | None) -> array:
    """Those rows of a column that are marked; None: all."""
    return column if chosen is None else array(column.typecode, compress(column, chosen))


def _sent(table: QueueTable, queue: int, sender: int, numbers: array) -> list[Hops]:
    """What was sent to a queue. Of copies their topic tells; dead letters, and what is delayed, are told apart."""
    own = None
    apart = table.was.keys() | table.due.keys()
    if any(table.origin) or apart:
        own = bytearray(not origin for origin in table.origin)
        own.extend(b"\1" * (len(table.sent) - len(own)))
        for row in apart:
            own[row] = 0
    sent = Hops(_chosen(table.sent, own), _chosen(numbers, own), sender, queue)
    return [sent] if sent.time else []


def _sent_apart(table: QueueTable, queue: int, sender: int, numbers: array) -> Iterator[Move]:
    """Dead letters, and what is delayed: nobody sees that until it is due."""
    for row in sorted(table.was.keys() | table.due.keys()):
        origin = table.origin[row] if row < len(table.origin) else 0
        source = table.sources[origin - 1] if origin else sender
        source, _ = table.was.get(row, (source, row))
        yield Move(table.sent[row], numbers[row], source, queue, table.due.get(row, inf))


def _usual(table: QueueTable, queue: int, numbers: array, until: array, unusual: list[int]) -> Iterator[Hops]:
    """What was taken and deleted in time."""
    if len(unusual) == len(table.message):
        return
    chosen = None
    if unusual:
        chosen = bytearray(b"\1") * len(table.message)
        for handout in unusual:
            chosen[handout] = 0
    handed, ended, poller, count = (
        _chosen(column, chosen) for column in (table.handed, table.ended, table.poller, table.count)
    )
    taken = array("I", [numbers[row] for row in _chosen(table.message, chosen)])
    received = 1 if count.count(1) == len(count) else count
    yield Hops(handed, taken, queue, poller, _chosen(until, chosen), received)
    yield Hops(ended, taken, poller, None)


def _unusual(
    table: QueueTable, queue: int, numbers: array, until: array, unusual: list[int]
) -> Iterator[Move]:
    """What was taken and became visible again, and what left without being deleted. A dead letter is not gone."""
    purged = table.purged_in_hand(until)
    for handout in unusual:
        number, poller, again = numbers[table.message[handout]], table.poller[handout], until[handout]
        yield Move(table.handed[handout], number, queue, poller, again, table.count[handout])
        if handout in purged:
            yield Move(purged[handout], number, poller, None)
            continue
        yield Move(again, number, poller, queue)
        if table.fate[handout] == DELETED:
            yield Move(table.ended[handout], number, queue, None)
    in_hand = {table.message[handout] for handout in purged}
    for row, (left, how) in table.left.items():
        if how != "dead" and row not in in_hand:
            yield Move(left, numbers[row], queue, None)


def topic_ways(table: TopicTable, topic: int, source: int, first: int = 0) -> tuple[list[Hops], list[Move]]:
    """What was published to a topic and delivered, and the other ways of copies: to the dead letters, or lost.

    `topic` is the topic's part, `source` the part that published, `first` the number of the first message. What
    nobody gets leaves at once. A queue behind the topic counts its messages by itself: its column `publish` tells
    which row each of them is.
    """
    many = len(table.published)
    usual = [Hops(table.published, array("I", range(first, first + many)), source, topic)]
    others: list[Move] = []
    for copies in table.copies:
        delivered, rest = _copies(copies, topic, first)
        usual.append(delivered)
        others += rest
    if all(len(copies.publish) < many for copies in table.copies):
        heard = {row for copies in table.copies for row in copies.publish}
        unheard = (row for row in range(many) if row not in heard)
        others += [Move(table.published[row], first + row, topic, None) for row in unheard]
    return [hops for hops in usual if hops.time], others


def _copies(copies: Copies, topic: int, first: int) -> tuple[Hops, list[Move]]:
    """The copies of one subscription that were delivered, and those that were not; who is still tried is on no way."""
    delivered = Outcome.DELIVERED.value
    chosen, others = None, []
    if copies.outcome.count(delivered) < len(copies.outcome):
        chosen = bytearray(outcome == delivered for outcome in copies.outcome)
        targets = {Outcome.DEAD: copies.dead_letters, Outcome.LOST: None}
        ends = zip(copies.publish, copies.ended, copies.outcome, strict=True)
        others = [
            Move(ended, first + row, topic, targets[outcome])
            for row, ended, outcome in ends
            if outcome in targets
        ]
    told = _chosen(copies.publish, chosen)
    numbers = array("I", [first + row for row in told]) if first else told
    return Hops(_chosen(copies.ended, chosen), numbers, topic, copies.subscriber), others
