"""FIFO queues: strict order in a group, and nothing twice within five minutes.

Read `FifoLine.next` first: while a message of a group is in somebody's hand, no other of that group is given
out. So each group goes on alone, one after the other, and many groups go on side by side. What is sent again
with the same deduplication id within five minutes is accepted and not delivered.

Numbers such as SQS-20 are facts of the provider: docs/facts.md lists them with their sources.
"""

import hashlib
from bisect import insort
from collections.abc import Callable
from dataclasses import replace
from heapq import heappush
from math import inf, nextafter
from typing import Annotated

from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.messages import Fate, QueueTable
from cloudlab.kernel.world import World
from cloudlab.sqs.errors import InvalidAttributeValue, InvalidParameterValue, ReceiptHandleIsInvalid
from cloudlab.sqs.line import DELETES, FREE, TAKEN, WORKER, Line
from cloudlab.sqs.message import LARGEST, Content, Delay, Sent, Timeout, Wait, md5
from cloudlab.sqs.queue import DeadLetterTarget, Queue

WINDOW = 300.0
"""Seconds in which a message with the same deduplication id is no new one (SQS-21)."""


class FifoLine(Line):
    """As `Line`, with a line for each group. `group_of` gives the group of a message."""

    usual = False

    def __init__(
        self, table: QueueTable, *, retention: float, timeout: float, group_of: Callable[[int], str]
    ):
        super().__init__(table, retention=retention, timeout=timeout)
        self.group_of = group_of
        self._groups: dict[str, list[int]] = {}
        self._in_hand: dict[str, set[int]] = {}

    def put(self, row: int) -> None:
        """A message is visible: it stands at its place in its group, also when it comes back."""
        insort(self._groups.setdefault(self.group_of(row), []), row)

    def next(self, time: float, seen: Callable[[int], bool] | None, mine: list[int]) -> int:
        """The oldest message of the groups in nobody's hand; before it, more of those that this receive began."""
        self._shelve(nextafter(time, inf))
        begun = [self.group_of(row) for row in mine]
        heads = []
        for group, rows in self._groups.items():
            while rows and self.state[rows[0]] != FREE:
                rows.pop(0)
            if rows and (group in begun or not self._in_hand.get(group)):
                heads.append((group not in begun, rows[0], group))
        if not heads:
            return -1
        _, row, group = min(heads)
        self._groups[group].pop(0)
        if not self._groups[group]:
            del self._groups[group]
        self._in_hand.setdefault(group, set()).add(row)
        return row

    def visible_at(self, now: float) -> int:
        """As `Line.visible_at`: those that wait in their groups too."""
        grouped = sum(self.state[row] == FREE for rows in self._groups.values() for row in rows)
        return super().visible_at(now) + grouped

    def released(self, row: int) -> None:
        """A message is in nobody's hand any more: perhaps its group can go on."""
        self._in_hand.get(self.group_of(row), set()).discard(row)

    def planned(self, number: int, handout: int, end: float) -> None:
        """A delete in time is an event here, since it lets the group go on."""
        heappush(self._events, (end, WORKER, number, DELETES, handout))

    def delete(self, time: float, handout: int) -> bool:
        """As `Line.delete`; once the visibility timeout is over it has no effect at all (SQS-10)."""
        table, row = self.table, self.table.message[handout]
        if table.fate[handout] == Fate.IN_HAND and self.state[row] != TAKEN:
            table.fate[handout], table.ended[handout] = Fate.STALE, time
            return False
        deleted = super().delete(time, handout)
        if deleted and self.newest.get(row, handout) == handout:
            self.released(row)
            if self.waiting:
                self.serve(time)
        return deleted


class FifoQueue(Queue):
    """A queue that keeps the order of each group, and takes nothing twice within five minutes (SQS-20, SQS-21).

    Its name ends with `.fifo`. With `content_based_deduplication` the body stands for the id that is not given.
    Raises InvalidAttributeValue.
    """

    ending = ".fifo"

    @checked(InvalidAttributeValue)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        content_based_deduplication: bool = False,
        visibility_timeout: Timeout = 30,
        delay_seconds: Delay = 0,
        message_retention_period: Annotated[float, Limit(60, 1_209_600, "s", label="Retention")] = 345_600,
        receive_message_wait_time_seconds: Wait = 0,
        maximum_message_size: Annotated[
            int, Limit(1024, LARGEST, "bytes", label="Largest message")
        ] = LARGEST,
        dead_letter_target: DeadLetterTarget | None = None,
        max_receive_count: Annotated[int, Limit(1, 1000, "receives", label="Receives at most")] = 10,
    ):
        self.content_based_deduplication = content_based_deduplication
        self._known: dict[str, tuple[float, Sent]] = {}
        super().__init__(
            world,
            name,
            visibility_timeout=visibility_timeout,
            delay_seconds=delay_seconds,
            message_retention_period=message_retention_period,
            receive_message_wait_time_seconds=receive_message_wait_time_seconds,
            maximum_message_size=maximum_message_size,
            dead_letter_target=dead_letter_target,
            max_receive_count=max_receive_count,
        )

    def _new_line(self, retention: float, timeout: float) -> Line:
        return FifoLine(self.table, retention=retention, timeout=timeout, group_of=self._group)

    def _group(self, row: int) -> str:
        """The group of a message; those that a stream sent are in the group of their class."""
        source = self.source_of(row)
        group = source.group_of(self.table.publish[row]) if source else self.content(row).group_id
        return group or self.world.record.paths[self.table.path[row]]

    def _accept(self, content: Content, delay: float | None) -> Sent:
        if content.group_id is None:
            raise InvalidParameterValue(
                "message_group_id is None, but a FIFO queue needs one: the order holds within a group."
            )
        if delay is not None:
            rule = "but a FIFO queue has one delay for all messages (delay_seconds of the queue)"
            raise InvalidParameterValue(f"delay_seconds is {delay:g} s, {rule} (SQS-2).")
        key = content.deduplication_id
        if key is None and self.content_based_deduplication:
            key = hashlib.sha256(content.body.encode()).hexdigest()
        if key is None:
            rule = "but a FIFO queue needs one, or content_based_deduplication"
            raise InvalidParameterValue(f"message_deduplication_id is None, {rule}.")
        since, before = self._known.get(key, (-inf, None))
        if before is not None and self.world.now < since + WINDOW:
            self._note(
                "•",
                f"A message with the deduplication id {key[:20]} was sent before: it is not delivered again.",
            )
            return before
        sent = self._sent(replace(content, deduplication_id=key), self.delay_seconds)
        sent = replace(sent, sequence_number=f"{len(self.table.sent):020d}")
        self._known[key] = (self.world.now, sent)
        return sent

    def _own_attributes(self, row: int, content: Content) -> dict[str, str]:
        return {
            "SequenceNumber": f"{row + 1:020d}",
            "MessageGroupId": self._group(row),
            "MessageDeduplicationId": content.deduplication_id or md5(content.body),
        }

    def _came_dead(self, row: int, born: float) -> None:
        """In a FIFO queue the age of a dead letter begins anew (SQS-18)."""

    def _delete_late(self, row: int) -> None:
        rule = f"but the visibility timeout of message {row + 1} was over"
        raise ReceiptHandleIsInvalid(
            f"receipt_handle has expired, {rule}: in a FIFO queue that can't be made good (SQS-10)."
        )
