"""A queue: messages lie in it until somebody pulls them, works on them, and deletes them.

Read `Queue.receive_message` first, then `Queue.delete_message`. To receive isn't to delete: a message in
somebody's hand is hidden for the visibility timeout, and whoever has it says that it is done with the receipt
handle of that receive. If nobody says so in time, the message comes back. That is the whole idea; `line` lets
it happen for many at once.

Numbers such as SQS-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable, Generator, Sequence
from itertools import pairwise
from math import inf, nextafter
from typing import Annotated, Protocol

from simpy.events import Event

from cloudlab.kernel.blocks import Block, Piece
from cloudlab.kernel.contracts import LetterSource, Paths
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.messages import Counts, QueueTable, age_of_oldest, counts
from cloudlab.kernel.world import World, microseconds
from cloudlab.sqs.errors import (
    InvalidAttributeValue,
    InvalidParameterValue,
    MessageNotInflight,
    OverLimit,
    PurgeQueueInProgress,
    ReceiptHandleIsInvalid,
)
from cloudlab.sqs.line import Line
from cloudlab.sqs.message import (
    LARGEST,
    Batch,
    Content,
    Delay,
    Message,
    Sent,
    Timeout,
    Wait,
    checked_content,
    md5,
)
from cloudlab.sqs.servers import FEW, Servers

MOST_IN_FLIGHT = 120_000
"""Messages in flight at most (SQS-13)."""

PURGE = 60.0
"""Seconds between two purges (SQS-16)."""


Receiving = Generator[Event, object, list[Message]]
"""What `receive_message` gives back: a SimPy process that ends with a list of messages."""


class Hand:
    """A receive that is called by name: it says later what becomes of what it got."""

    pause = 1.0

    def __init__(self, part: int, most: int, wait: float, hides: float | None):
        self.part, self.most, self.wait, self.hides = part, most, wait, hides

    def take(self, time: float, row: int, count: int) -> tuple[float, bool]:
        """Nobody knows when the work will be over."""
        return inf, True


class DeadLetterTarget(Protocol):
    """Where messages go that were received too often: another queue."""

    part: int

    def take_dead(self, time: float, row: int, source: "Queue") -> None:
        """Message `row` of queue `source` comes here at `time` (s)."""


class Queue:
    """A standard queue (or a FIFO queue, see `fifo`): sent messages wait here until they are received and deleted.

    Attributes are the service's, in seconds and bytes (SQS-1 to SQS-5); `servers` and `missed_deletes` are the
    laboratory's (see `servers`). What was received `max_receive_count` times without being deleted goes to
    `dead_letter_target` at the next receive (SQS-17). Raises InvalidAttributeValue.
    """

    ending = ""
    """How its name must end."""

    @checked(InvalidAttributeValue)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        visibility_timeout: Timeout = 30,
        delay_seconds: Delay = 0,
        message_retention_period: Annotated[float, Limit(60, 1_209_600, "s", label="Retention")] = 345_600,
        receive_message_wait_time_seconds: Wait = 0,
        maximum_message_size: Annotated[
            int, Limit(1024, LARGEST, "bytes", label="Largest message")
        ] = LARGEST,
        dead_letter_target: DeadLetterTarget | None = None,
        max_receive_count: Annotated[int, Limit(1, 1000, "receives", label="Receives at most")] = 10,
        servers: Annotated[int, Limit(1, 100, "servers", label="Servers")] = 1,
        missed_deletes: Annotated[float, Limit(0, 0.5, label="Share of deletes that a server misses")] = 0,
    ):
        check_name(name, ending=self.ending)
        if dead_letter_target is not None and not isinstance(dead_letter_target, Queue):
            raise InvalidAttributeValue(
                f"dead_letter_target is {dead_letter_target!r:.60}, but must be a queue."
            )
        if dead_letter_target is not None and dead_letter_target.world is not world:
            raise InvalidAttributeValue(
                "dead_letter_target is a queue of another world, but must be of the queue's own."
            )
        self.world, self.name = world, name
        self.part = world.record.add_part(
            name, "queue", time=world.now, visibility_timeout=visibility_timeout
        )
        self.table = world.record.queues[self.part] = QueueTable()
        self.line = self._new_line(message_retention_period, visibility_timeout)
        self.line.polled_in_vain = self._polled_in_vain
        if servers > 1 or missed_deletes:
            self._hold_on(Servers(servers, missed_deletes, world.dice(f"{name} servers")))
        self.delay_seconds = delay_seconds
        self.receive_message_wait_time_seconds = receive_message_wait_time_seconds
        self.maximum_message_size = maximum_message_size
        self.dead_letter_target: Queue | None = None
        self.max_receive_count = max_receive_count
        self.changed = world.event()
        self.most_in_flight = MOST_IN_FLIGHT
        self.together: Callable[[float], None] | None = None
        """Who lets this queue go on (`go_on`), where it must go on together with others."""
        self._incoming: list[Block] = []
        self._sources: list[LetterSource] = []
        self._dead: list[tuple[float, int, Queue]] = []
        self._purged_at = -inf
        self._empty = 0
        self._write_timeout(visibility_timeout)
        world.add_stage(self)
        if dead_letter_target is not None:
            self._send_dead_letters_to(dead_letter_target, max_receive_count)
        self._wire()

    # Calls of the API

    @checked(InvalidParameterValue)
    def send_message(
        self,
        message_body: str,
        *,
        delay_seconds: Annotated[float | None, Limit(0, 900, "s")] = None,
        message_attributes: dict | None = None,
        message_group_id: str | None = None,
        message_deduplication_id: str | None = None,
    ) -> Sent:
        """Put a message into the queue now.

        Raises InvalidMessageContents or InvalidParameterValue; then nothing is sent.
        """
        content = checked_content(
            message_body,
            message_attributes,
            message_group_id,
            message_deduplication_id,
            largest=self.maximum_message_size,
        )
        self.world.advance()
        return self._accept(content, delay_seconds)

    @checked(InvalidParameterValue)
    def receive_message(
        self,
        *,
        max_number_of_messages: Batch = 1,
        wait_time_seconds: Annotated[float | None, Limit(0, 20, "s")] = None,
        visibility_timeout: Annotated[float | None, Limit(0, 43_200, "s")] = None,
        by: int | None = None,
    ) -> Receiving:
        """Take visible messages, or none after waiting: a list of `Message`. A SimPy process.

        The messages are hidden from now on, for the queue's visibility timeout or the one given here. `by` is
        the part that receives. Raises OverLimit where too many messages are in flight (SQS-13).
        """
        wait = self.receive_message_wait_time_seconds if wait_time_seconds is None else wait_time_seconds
        world, line = self.world, self.line
        yield world.at_last(world.now)
        world.reach(self)
        if len(self.table.message) >= self.most_in_flight <= self.counts().in_flight:
            if not wait:
                raise OverLimit(f"{self.most_in_flight} messages are in flight, so no more are handed out.")
            yield world.timeout(wait)
            self._polled_in_vain(world.now)
            return []
        hand = Hand(self.part if by is None else by, max_number_of_messages, wait, visibility_timeout)
        number = line.join(hand)
        deadline = microseconds(world.now + wait)
        try:
            if not line.give(world.now, number) and wait:
                line.wait(inf, number)
                while not line.newest_of(number) and world.now < deadline:
                    yield world.at_last(min(world.next_time(self), deadline)) | self.changed
                    world.reach(self)
        finally:
            line.leave(number, world.now, dies=False)
        handouts = line.newest_of(number)
        if not handouts:
            self._polled_in_vain(world.now)
        elif self._same_receive(handouts[0]):
            self.table.begins.append(handouts[0])
        return [self.message(handout) for handout in handouts]

    def delete_message(self, receipt_handle: str) -> None:
        """Say that a message is done with: it is gone.

        The handle must be that of its newest receive. With an older one the call succeeds and deletes nothing,
        and a note says so (SQS-10). Raises ReceiptHandleIsInvalid for a handle that this queue never gave.
        """
        handout = self.handout_of(receipt_handle)
        self.world.reach(self)
        if not self.line.delete(self.world.now, handout):
            self._delete_late(self.table.message[handout])

    @checked(InvalidParameterValue)
    def change_message_visibility(self, receipt_handle: str, visibility_timeout: Timeout) -> None:
        """Hide a message that is in somebody's hand for so many seconds from now on; 0 gives it back at once (SQS-12).

        Raises ReceiptHandleIsInvalid, MessageNotInflight where it is in nobody's hand any more, and
        InvalidParameterValue where it would be hidden for more than 12 hours from its receive on.
        """
        handout = self.handout_of(receipt_handle)
        world, table = self.world, self.table
        world.reach(self)
        if not self.line.in_hand(handout, world.now):
            row = table.message[handout]
            raise MessageNotInflight(
                f"receipt_handle belongs to message {row + 1}, which is in nobody's hand any more."
            )
        total = world.now + visibility_timeout - table.handed[handout]
        if total > 43_200:
            rule = "but must be at most 43200 s from the receive on"
            raise InvalidParameterValue(
                f"visibility_timeout is {visibility_timeout:g} s, which makes {total:g} s, {rule}."
            )
        self.line.hide(handout, world.now, microseconds(world.now + visibility_timeout))

    def purge_queue(self) -> None:
        """Throw away all messages, those in flight included (SQS-16).

        Raises PurgeQueueInProgress within 60 s of the last time.

        Simplified: it takes no time, and what a worker is about to delete it still deletes.
        """
        now = self.world.now
        if now < self._purged_at + PURGE:
            raise PurgeQueueInProgress(
                f"{self.name} was purged {now - self._purged_at:g} s ago: wait until 60 s have passed."
            )
        self.world.reach(self)
        self._purged_at = now
        gone = self.line.purge(now)
        self._note("✕", f"{self.name} is purged: {gone} messages are gone.")

    @checked(InvalidAttributeValue)
    def set_queue_attributes(
        self,
        *,
        visibility_timeout: Annotated[float | None, Limit(0, 43_200, "s")] = None,
        delay_seconds: Annotated[float | None, Limit(0, 900, "s")] = None,
        message_retention_period: Annotated[float | None, Limit(60, 1_209_600, "s")] = None,
        receive_message_wait_time_seconds: Annotated[float | None, Limit(0, 20, "s")] = None,
        maximum_message_size: Annotated[int | None, Limit(1024, LARGEST, "bytes")] = None,
        max_receive_count: Annotated[int | None, Limit(1, 1000, "receives")] = None,
    ) -> None:
        """Change attributes. A visibility timeout holds for later receives, a delay for later messages."""
        self.world.advance()
        if visibility_timeout is not None:
            self._write_timeout(visibility_timeout)
        if delay_seconds is not None:
            self.delay_seconds = delay_seconds
        if message_retention_period is not None:
            self.line.keep_for(message_retention_period, self.world.now)
        if receive_message_wait_time_seconds is not None:
            self.receive_message_wait_time_seconds = receive_message_wait_time_seconds
        if maximum_message_size is not None:
            self.maximum_message_size = maximum_message_size
        if max_receive_count is not None:
            self.max_receive_count = max_receive_count
            if self.dead_letter_target is not None:
                self.line.max_receive_count = max_receive_count
        self._wire()

    def _wire(self) -> None:
        """Enter its attributes, for `export`."""
        dead = self.dead_letter_target
        self.world.record.wire(
            self.part,
            "queue",
            fifo_queue=bool(self.ending),
            content_based_deduplication=getattr(self, "content_based_deduplication", False),
            visibility_timeout=self.line.timeout,
            delay_seconds=self.delay_seconds,
            message_retention_period=self.line.retention,
            receive_message_wait_time_seconds=self.receive_message_wait_time_seconds,
            maximum_message_size=self.maximum_message_size,
            dead_letter_target=None if dead is None else dead.part,
            max_receive_count=self.max_receive_count,
        )

    # What others ask of the queue

    def counts(self) -> Counts:
        """Where all messages are now (SQS-9)."""
        self._come_to_now()
        return counts(self.table, self.world.now)

    def approximate_number_of_messages(self) -> int:
        """How many messages are visible now, without a look at all that was: what a scaling policy asks for."""
        self._come_to_now()
        return self.line.visible_at(self.world.now)

    def approximate_age_of_oldest_message(self) -> float:
        """How old the oldest message is that was not deleted (s)."""
        self._come_to_now()
        return age_of_oldest(self.table, self.world.now)

    def deliver(
        self, times: Sequence[float], paths: Paths, publishes: Sequence[int] = (), source: int = 0
    ) -> None:
        """Take messages from a stage before this one, in order of time: they are in the queue when it goes on.

        `publishes` are the rows of their source, which has that number here (`add_source`).
        """
        if times:
            self._incoming.append(Block(times, paths, publishes, source))

    def add_source(self, source: LetterSource) -> int:
        """Messages come whose content `source` knows; returns its number here. Raises InvalidParameterValue."""
        if len(self._sources) == 255:
            raise InvalidParameterValue(f"{self.name} has 255 sources of messages, and room for no more.")
        self._sources.append(source)
        self.table.sources.append(source.part)
        return len(self._sources)

    def tell(self) -> None:
        """Whoever waits for a message here looks again."""
        changed, self.changed = self.changed, self.world.event()
        changed.succeed()

    def advance(self, now: float) -> None:
        """Let all happen here that comes before `now` (s)."""
        if self.together is None:
            self.go_on(now)
        else:
            self.together(now)

    def go_on(self, before: float) -> None:
        """Let all happen at the queue itself that comes before that moment (s)."""
        self.take_in(before)
        self.line.advance(before)

    def next_time(self) -> float:
        """The earliest moment at which something may happen here, as far as is known (s)."""
        time = self.line.next_time()
        if self._incoming or self._dead:
            time = min(time, *(block.next_time for block in self._incoming), *(one[0] for one in self._dead))
        return time

    def message(self, handout: int) -> Message:
        """What whoever received it has in hand (SQS-15, SQS-27)."""
        table = self.table
        return self.message_in(table.message[handout], handout, table.count[handout], table.handed[handout])

    def message_in(self, row: int, handout: int, count: int, handed: float) -> Message:
        """As `message`, of a hand-out that is just being made: which message, received how often, when (s)."""
        table, content = self.table, self.content(row)
        first = handed if count == 1 else table.handed[table.message.index(row)]
        attributes = {
            "SentTimestamp": _milliseconds(table.born.get(row, table.sent[row])),
            "ApproximateReceiveCount": str(count),
            "ApproximateFirstReceiveTimestamp": _milliseconds(first),
            **self._own_attributes(row, content),
        }
        body = content.body
        handle = f"{self.name}:{row}:{handout}"
        return Message(self.message_id(row), handle, body, md5(body), attributes, content.attributes)

    def message_id(self, row: int) -> str:
        """The id of a message, the same for each of its receives, and still when it is a dead letter."""
        part = self.part
        while row in self.world.record.queues[part].was:
            part, row = self.world.record.queues[part].was[row]
        text = md5(f"{self.world.seed} {self.world.record.parts[part].name} {row}")
        return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])

    def content(self, row: int) -> Content:
        """What a message holds: of one that a stream sent its class and its number, of a copy what its topic says."""
        found = self.table.content.get(row)
        if isinstance(found, Content):
            return found
        if source := self.source_of(row):
            return Content(*source.letter(self.table.publish[row]))
        return Content(f"{self.world.record.paths[self.table.path[row]]} {row + 1}")

    def source_of(self, row: int) -> LetterSource | None:
        """Who knows what a message holds, if it came from a topic."""
        origin = self.table.origin[row] if row < len(self.table.origin) else 0
        return self._sources[origin - 1] if origin else None

    def _hold_on(self, servers: Servers) -> None:
        """The messages lie on several servers."""
        if servers.count > 1:
            line = self.line
            line.asked = lambda time: servers.asked() if line.visible_at(time) < FEW else None
        if servers.away:
            self.line.misses = servers.misses

    # What a FIFO queue does in its own way

    def _new_line(self, retention: float, timeout: float) -> Line:
        return Line(self.table, retention=retention, timeout=timeout)

    def _accept(self, content: Content, delay: float | None) -> Sent:
        """Write a message down that is sent now."""
        if content.deduplication_id is not None:
            rule = "but a standard queue takes none: it may hand out a message twice"
            raise InvalidParameterValue(
                f"message_deduplication_id is {content.deduplication_id!r:.60}, {rule}."
            )
        return self._sent(content, self.delay_seconds if delay is None else delay)

    def _delete_late(self, row: int) -> None:
        """A delete had no effect."""
        text = f"Message {row + 1} is not deleted: the receipt handle is old, somebody else has received it since."
        self._note("!", text, row)

    def _own_attributes(self, row: int, content: Content) -> dict[str, str]:
        return {} if content.group_id is None else {"MessageGroupId": content.group_id}

    def _sent(self, content: Content, delay: float) -> Sent:
        now, path = self.world.now, self.world.record.add_path("message")
        (row,) = self.line.send([float(now)], path)
        self.table.content[row] = content
        if delay:
            self.line.delay(row, delay)
        self.tell()
        return Sent(self.message_id(row), md5(content.body))

    # Helpers

    def _come_to_now(self) -> None:
        """All that was handed to this queue by now is in it."""
        self.world.advance()
        self.take_in(nextafter(self.world.now, inf))

    def take_in(self, before: float) -> None:
        """Messages of several stages, and dead letters, in order of time, if they come before that moment."""
        if not self._incoming and not self._dead:
            return
        first = len(self.table.sent)
        pieces = [block.take(before) for block in self._incoming if block.next_time < before]
        self._incoming = [block for block in self._incoming if not block.is_over]
        dead = [one for one in self._dead if one[0] < before]
        self._dead = [one for one in self._dead if one[0] >= before]
        if dead or any(later.times[0] < piece.times[-1] for piece, later in pairwise(pieces)):
            self._merge(pieces, dead)
        else:
            for piece in pieces:
                self.line.send(*piece)
        rows = range(first, len(self.table.sent))
        if self.delay_seconds:
            for row in rows:
                self.line.delay(row, self.delay_seconds)

    def _merge(self, pieces: list[Piece], dead_letters: list[tuple[float, int, "Queue"]]) -> None:
        found: list[tuple] = []
        for times, paths, publishes, source in pieces:
            count = len(times)
            each = [paths] * count if isinstance(paths, int) else paths
            found += zip(times, each, publishes or [0] * count, [source] * count, [None] * count, strict=True)
        found += [(time, queue.table.path[row], 0, 0, (queue, row)) for time, row, queue in dead_letters]
        found.sort(key=lambda one: one[0])
        times, paths, publishes, origins, dead = zip(*found, strict=True)
        rows = self.line.send(times, paths, publishes if any(origins) else (), origins)
        for row, origin in zip(rows, dead, strict=True):
            if origin is not None:
                source, old = origin
                self.table.content[row] = source.content(old)
                self.table.was[row] = source.part, old
                self._came_dead(row, source.table.born.get(old, source.table.sent[old]))

    def _came_dead(self, row: int, born: float) -> None:
        """The age of a dead letter counts from where it was first sent (SQS-18)."""
        self.line.born(row, born)

    def _send_dead_letters_to(self, target: "Queue", most: int) -> None:
        if type(target) is not type(self):
            rule = "but must be of the same kind: both standard, or both FIFO"
            raise InvalidAttributeValue(f"dead_letter_target is {target.name}, {rule} (SQS-18).")
        self.world.add_way(self, target)
        self.dead_letter_target = target
        self.line.max_receive_count = most

        def move(time: float, rows: list[int]) -> None:
            for row in rows:
                target.take_dead(time, row, self)
                times = self.line.received[row]
                often = "once" if times == 1 else f"{times} times"
                text = f"Message {row + 1} was received {often} and never deleted: it goes to {target.name}."
                self.world.record.note(time, self.part, "✕", text, row)

        self.line.move = move

    def take_moved(self, content: Content) -> None:
        """A dead letter comes back, as a new message."""
        self._sent(content, self.delay_seconds)

    def take_dead(self, time: float, row: int, source: "Queue") -> None:
        """A dead letter of another queue comes here."""
        self._dead.append((time, row, source))

    def _same_receive(self, handout: int) -> bool:
        """Whether the hand-out before looks as if it were of the same receive: same moment, same poller."""
        table, before = self.table, handout - 1
        return before >= 0 and all(
            column[before] == column[handout] for column in (table.handed, table.poller)
        )

    def handout_of(self, handle: str) -> int:
        """The hand-out of a receipt handle."""
        name, _, numbers = (
            handle.rpartition(":")[0].rpartition(":") if isinstance(handle, str) else ("", "", "")
        )
        handout = handle.rpartition(":")[2] if isinstance(handle, str) else ""
        known = len(self.table.message)
        if (
            name == self.name
            and handout.isdecimal()
            and int(handout) < known
            and self.table.message[int(handout)] == int(numbers)
        ):
            return int(handout)
        raise ReceiptHandleIsInvalid(
            f"receipt_handle is {handle!r:.60}, but {self.name} never gave such a handle."
        )

    def _write_timeout(self, timeout: float) -> None:
        self.visibility_timeout = self.line.timeout = timeout
        series = self.table.timeout
        if series.times and series.times[-1] == self.world.now:
            series.values[-1] = timeout
        else:
            series.times.append(self.world.now)
            series.values.append(timeout)

    def _polled_in_vain(self, time: float) -> None:
        self._empty += 1
        self.world.record.set(self.part, "NumberOfEmptyReceives", time, self._empty)

    def _note(self, glyph: str, text: str, row: int | None = None) -> None:
        self.world.record.note(self.world.now, self.part, glyph, text, row)


def check_name(name, *, ending: str = "") -> None:
    """Raise InvalidParameterValue unless `name` is a queue's: 80 letters, digits, hyphens, underscores (SQS-8)."""
    rule = "must have 1 to 80 letters, digits, hyphens and underscores"
    plain = name.removesuffix(".fifo") if isinstance(name, str) and ending else name
    if not isinstance(name, str) or not 1 <= len(name) <= 80 or not plain.isascii():
        raise InvalidParameterValue(f"name is {name!r:.90}, but {rule}.")
    if not plain.replace("-", "").replace("_", "").isalnum():
        raise InvalidParameterValue(f"name is {name!r:.90}, but {rule}.")
    if ending and not name.endswith(ending):
        raise InvalidParameterValue(
            f"name is {name!r:.90}, but the name of a FIFO queue must end with {ending}."
        )


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
