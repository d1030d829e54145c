"""A topic: what is published to it goes to all who have subscribed, a copy for each."""

from bisect import bisect_left
from collections.abc import Callable
from operator import itemgetter

from cloudlab.kernel.messages import Copies, Fate, Outcome, QueueTable
from cloudlab.kernel.moves import Numbers
from cloudlab.kernel.record import Record, Series
from cloudlab.kernel.series import summed
from cloudlab.kernel.tallies import (
    DELIVERED,
    FILTERED,
    LOST,
    WAITING,
    WORDS,
    published,
    rows_of,
    tallies,
    tally_at,
)
from cloudlab.views.kinds import Followed, Kind, Row, name_of
from cloudlab.views.words import count, number

MOST_TALES = 2000
"""So many messages are told of."""

Line = tuple[float, str]
"""When (s), and a sentence."""


class TopicKind(Kind):
    """Who calls out."""

    counts_messages = True

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How much was published, and what became of the copies."""
        said = []
        for part in (part for part in parts if part in record.topics):
            out, amounts = len(record.topics[part].published), _summed(record, part)
            said.append(f"{count(out, 'message')} {'was' if out == 1 else 'were'} published")
            said.append(f"{count(amounts[DELIVERED], 'copy', 'copies')} delivered")
            said += [f"{number(amounts[word])} {word}" for word in WORDS[1:] if amounts[word]]
        return said

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """How many copies were lost, and how many waited when most did."""
        found = [_summed(record, part)[LOST] for part in parts if part in record.topics]
        if not found:
            return {}
        level = self.level(record, parts)
        most = max(level.values, default=0) if level else 0
        return {"lost copies": float(sum(found)), "the longest line": float(most)}

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """What was published, and what became of the copies."""
        found: list[Row] = []
        for part in (part for part in parts if part in record.topics):
            name = record.parts[part].name
            found.append((f"published to {name}", number(len(record.topics[part].published)), "messages"))
            found += [
                (f"{word}, of {name}", number(amount), "copies")
                for word, amount in _summed(record, part).items()
            ]
        return found

    def follows(self, record: Record, parts: list[int]) -> Followed:
        """What was published, and for each who listens what became of its copies."""
        found: dict[tuple[int, str], Series] = {}
        for part in (part for part in parts if part in record.topics):
            found[part, "published"] = published(record.topics[part])
            for listener, words in tallies(record, part).items():
                found |= {(listener, word): series for word, series in words.items()}
        return Followed(series=found)

    def finding(self, record: Record, parts: list[int]) -> str:
        """How many copies were lost, or that none was."""
        summed = [_summed(record, part) for part in parts if part in record.topics]
        if not summed:
            return ""
        gone = sum(one[LOST] for one in summed)
        made = count(sum(sum(one.values()) - one[FILTERED] for one in summed), "copy", "copies")
        return f"{number(gone) if gone else 'None'} of {made} {'are' if gone > 1 else 'is'} lost"

    def level(self, record: Record, parts: list[int]) -> Series | None:
        """How many copies wait."""
        found = [
            words[WAITING]
            for part in parts
            if part in record.topics
            for words in tallies(record, part).values()
        ]
        return summed(found) if found else None

    def tales(self, record: Record, parts: list[int]) -> dict[int, list[tuple[float, str]]]:
        """What happened to each of the first messages, and to its copies."""
        numbers, found = Numbers(record), {}
        for part in (part for part in parts if part in record.topics):
            table = record.topics[part]
            readers = [_reader(record, part, copies) for copies in table.copies]
            for row, out in enumerate(table.published[:MOST_TALES]):
                lines = [line for reader in readers for line in reader(row, out)]
                told = sorted([(out, "it is published."), *lines], key=itemgetter(0))
                found[numbers.of_publish(part, row)] = told
        return found


def _summed(record: Record, part: int) -> dict[str, int]:
    found = tally_at(record, part, record.end).values()
    return {word: sum(words[word] for words in found) for word in WORDS}


def _reader(record: Record, topic: int, copies: Copies) -> Callable[[int, float], list[Line]]:
    """What tells of the copy of what was published in a row at a moment (s), for one who listens."""
    told = bisect_left(copies.publish, MOST_TALES)
    name, places = (
        record.parts[copies.subscriber].name,
        {row: p for p, row in enumerate(copies.publish[:told])},
    )
    queue = record.queues.get(copies.subscriber)
    later = _handed_on(record, topic, queue) if queue is not None else {}

    def tell(row: int, out: float) -> list[Line]:
        if row in places:
            place = places[row]
            outcome, ended = Outcome(copies.outcome[place]), copies.ended[place]
            return [*_delivery(name, outcome, ended, copies.attempts[place], out, queue), *later.get(row, [])]
        if copies.first is None or row < copies.first:
            return [(out, f"{name} is not subscribed yet: there is no copy for it, nor will there be.")]
        if copies.last is None or row < copies.last:
            return [(out, f"the filter of {name} keeps it away.")]
        return []

    return tell


def _delivery(name: str, outcome: Outcome, ended: float, attempts: int, out: float, queue) -> list[Line]:
    """How a copy was delivered, tried again, or given up."""
    again = [(out, f"{name} doesn't take it: it is tried again.")] if attempts > 1 and ended > out else []
    if outcome == Outcome.TRYING:
        return again
    tries = f", at attempt {number(attempts)}" if attempts > 1 else ""
    if outcome == Outcome.DELIVERED:
        return [
            *again,
            (ended, f"it lies in {name}{tries}." if queue is not None else f"{name} has it{tries}."),
        ]
    end = "it is lost" if outcome == Outcome.LOST else "it goes to the dead letters"
    return [*again, (ended, f"attempt {number(attempts)} for {name} fails{' too' if again else ''}: {end}.")]


def _handed_on(record: Record, topic: int, queue: QueueTable) -> dict[int, list[Line]]:
    """Who took copies from a queue, and when they were deleted, by the row of their publish."""
    found: dict[int, list[Line]] = {}
    told = {row for row in rows_of(queue, topic) if queue.publish[row] < MOST_TALES}
    for handout in [handout for handout, row in enumerate(queue.message) if row in told]:
        row = queue.message[handout]
        taker = name_of(record, queue.poller[handout])
        lines = found.setdefault(queue.publish[row], [])
        lines.append((queue.handed[handout], f"{taker} takes it from the queue."))
        if queue.fate[handout] == Fate.DELETED:
            lines.append((queue.ended[handout], f"{taker} is done and deletes it."))
    return found
