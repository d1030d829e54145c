"""The life of messages at one queue, in order of time: the data plane of SQS.

Read `Line.advance` first, then `Line.give`. What will happen anyway is no event: when a worker takes a message,
the end of its work is known, and if that comes before the visibility timeout the message is as good as deleted.
An event is only what may still change something: a message that comes back, a worker that is ready again, a
delete that comes too late, a message that is sent while somebody waits.

At one moment, messages come back; then those that were sent appear; then who waits is served, the longest
first; then the workers that become ready go on in the order of their numbers, each with its late deletes before
its next receive; then a poll whose time is over begins anew, behind all others that wait. So all that becomes
visible at one moment is visible before anyone takes.

Numbers such as SQS-10 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush, heapreplace
from math import inf, nextafter
from operator import itemgetter
from typing import Protocol

from cloudlab.kernel.columns import packed
from cloudlab.kernel.messages import Fate, QueueTable
from cloudlab.kernel.world import microseconds

COMES_BACK, EXPIRES, APPEARS, WORKER = 0, 1, 2, 3
"""What an event is, in the order in which they go at one moment."""

DELETES, WAKES, READY = 0, 1, 2
"""What an event of a worker is, in that order."""

FREE, TAKEN, GONE = 0, 1, 2
"""Where a message is: in nobody's hand, in a hand (or deleted there), or gone otherwise."""

BLOCK = 4096
"""So many hand-outs at most are written down at once."""

_end = itemgetter(0)  # of a poll


class Taker(Protocol):
    """Who receives messages. `part` is its index in the record.

    It asks for at most `most` messages, and waits for the first one up to `wait` seconds; where that is 0, it
    asks again after `pause` seconds.
    """

    part: int
    most: int
    wait: float
    pause: float

    def take(self, time: float, row: int, count: int) -> tuple[float, bool]:
        """It begins with a message, received so often, at `time`: when that work is over (s), and whether well.

        `inf`: it will tell.
        """


class BatchTaker(Taker, Protocol):
    """Who works on all that one receive brings at once, or holds it for a while."""

    def take_all(self, time: float, rows: list[int], counts: list[int]) -> list[tuple[float, bool]]:
        """As `take`, for each of them; who says `inf` tells `Line.done` later."""

    def woken(self, time: float) -> None:
        """The time for which it asked `Line.wake` has come."""


class Line:
    """The messages of one queue, whose history is `table`: a standard queue; `fifo` has another.

    `retention` and `timeout` are in seconds. Those that were received more often than `max_receive_count` are
    given to `move`; `polled_in_vain` hears of each empty receive.
    """

    usual = True
    """Whether messages go in the order in which they became visible, so that `_usual` is right."""

    def __init__(self, table: QueueTable, *, retention: float, timeout: float):
        self.table = table
        self.retention, self.timeout = retention, timeout
        self.max_receive_count: float = inf
        self.move: Callable[[float, list[int]], None] | None = None
        self.polled_in_vain: Callable[[float], None] = lambda time: None
        self.misses: Callable[[], bool] | None = None
        """Whether one of the servers misses a delete (SQS-11)."""
        self.asked: Callable[[float], Callable[[int], bool] | None] | None = None
        """Draws the servers that a short poll asks: whether a message lies on them (SQS-14)."""
        self.holds = False
        """Whether a taker may hold what it got for a while (see `BatchTaker`)."""
        self.state = bytearray()
        self.received: dict[int, int] = {}  # how often, of those that may come back
        self.newest: dict[int, int] = {}  # their newest hand-outs
        self.waiting: list[tuple[float, int]] = []
        """Receives that wait, the longest first: until when (s), and whose."""
        self._visible: deque[int] = deque()  # those that came back, and what had appeared before them
        self._fresh = 0  # the first message that nobody had and that isn't in `_visible`
        self._oldest = 0  # the first message that may still become too old
        self._period_since = 0.0  # from when on the retention period holds
        self._ends = inf  # no poll that waits ends before that
        self._takers: list[Taker] = []
        self._shifts: list[int] = []  # what a taker planned in an earlier one doesn't count
        self.latest: list[int] = []  # the first hand-out of each one's newest receive, done or under way,
        self._many: list[int] = []  # and how many it brought, of who asks for more than one
        self._events: list[
            tuple
        ] = []  # a heap of (time, kind, message or hand-out, 0, 0) or (time, WORKER, number, what, hand-out or shift)

    # What is sent

    def send(
        self,
        times: Sequence[float],
        paths: int | Sequence[int],
        publishes: Sequence[int] = (),
        origins: int | Sequence[int] = 0,
    ) -> range:
        """Messages arrive, in order of time (s); returns their rows. `paths` is one number where all have the same."""
        table, first, count = self.table, len(self.state), len(times)
        table.sent.extend(packed("d", times))
        table.path.extend(array("B", (paths,)) * count if isinstance(paths, int) else packed("B", paths))
        if publishes:
            before = first - len(table.publish)
            table.publish.extend(array("I", (0,)) * before)
            table.origin.extend(array("B", (0,)) * before)
            table.publish.extend(packed("I", publishes))
            table.origin.extend(
                array("B", (origins,)) * count if isinstance(origins, int) else packed("B", origins)
            )
        self.state.extend(bytes(count))
        return range(first, first + count)

    def delay(self, row: int, seconds: float) -> None:
        """A message that was just sent is visible only so many seconds later (SQS-2)."""
        self.table.due[row] = due = self.table.sent[row] + seconds
        self.state[row] = TAKEN
        heappush(self._events, (due, APPEARS, row, 0, 0))

    def born(self, row: int, time: float) -> None:
        """The age of a message that was just sent counts from `time` (s) on (SQS-18)."""
        self.table.born[row] = time
        heappush(self._events, (time + self.retention, EXPIRES, row, 0, 0))

    # Who takes

    def join(self, taker: Taker) -> int:
        """A new taker; returns its number."""
        self._takers.append(taker)
        self._shifts.append(0)
        self.latest.append(-1)
        self._many.append(0)
        return len(self._takers) - 1

    def ready(self, number: int, time: float) -> None:
        """A taker asks for messages at `time` (s)."""
        heappush(self._events, (time, WORKER, number, READY, self._shifts[number]))

    def leave(self, number: int, now: float, *, dies: bool) -> float:
        """A taker asks for no more from `now` on; returns when its work is over.

        Who `dies` breaks off what it has.
        """
        table, over = self.table, now
        self._shifts[number] += 1
        self.waiting[:] = [poll for poll in self.waiting if poll[1] != number]
        for handout in self.newest_of(number):
            if table.ended[handout] < now:
                continue
            if not dies:
                over = table.ended[handout]
                continue
            if table.fate[handout] == Fate.DELETED:
                row = table.message[handout]
                self.received[row] = table.count[handout]
                self._keep(row, handout, table.visible_again(handout))
            table.planned[handout] = table.ended[handout]
            table.fate[handout], table.ended[handout] = Fate.BROKEN, now
        return over

    def newest_of(self, number: int) -> range:
        """The hand-outs of the newest receive of a taker."""
        first = self.latest[number]
        many = self._many[number] if self._takers[number].most > 1 else first >= 0
        return range(first, first + many)

    # Time

    def next_time(self) -> float:
        """The earliest moment at which something may happen here, as far as is known (s)."""
        time: float = self._events[0][0] if self._events else inf
        if self.waiting and self._fresh < len(self.state):
            return min(time, self.table.sent[self._fresh])
        return time

    def advance(self, now: float) -> None:
        """Let all happen that comes before `now` (s)."""
        events = self._events
        while True:
            self._usual(now)
            time, kind = (events[0][0], events[0][1]) if events else (inf, WORKER)
            appears = self.table.sent[self._fresh] if self._fresh < len(self.state) else inf
            if self.waiting and (appears, APPEARS) < (time, kind):
                time, kind = appears, APPEARS
            if time >= now:
                break
            if kind != WORKER:
                self._appear(time)
                continue
            _, _, number, what, key = heappop(events)
            if what == DELETES:
                self.delete(time, key)
            elif what == WAKES:
                if key == self._shifts[number]:
                    self._takers[number].woken(time)
            elif key == self._shifts[number]:
                self.receive(time, number)
        self._renew(now)
        self._expire(now)

    def _usual(self, now: float) -> None:  # noqa: C901 - written out, since it carries the load
        """As `advance`, up to the first thing that is out of the usual; here is nearly all of the load.

        Usual is: nothing came back, and one message at a time goes to somebody who waits for it or is ready.
        The rules are those of `receive` and `serve`, written out.
        """
        if self._visible or not self.usual or self.holds or self.asked is not None or self.misses is not None:
            return
        events, waiting, state, sent = self._events, self.waiting, self.state, self.table.sent
        takers, shifts, latest = self._takers, self._shifts, self.latest
        timeout, retention, known, fresh = self.timeout, self.retention, len(state), self._fresh
        messages: list[int] = []  # not in the table yet
        handed: list[float] = []
        pollers: list[int] = []
        ended: list[float] = []
        columns = messages, handed, pollers, ended
        handout, appears = len(self.table.message), sent[fresh] if fresh < known else inf
        full = handout + BLOCK - 1
        while events or waiting:
            time, kind, number, what, key = events[0] if events else (inf, WORKER, 0, READY, 0)
            serves = waiting and (appears < time or (appears == time < inf and kind == WORKER))
            if serves:
                time, number = appears, waiting[0][1]
            elif kind != WORKER or what != READY or key != shifts[number]:
                break
            taker = takers[number]
            if time >= now or taker.most != 1 or (waiting and self._ends <= time):
                break
            if appears > time:
                if not taker.wait:
                    break
                heappop(events)
                self.wait(time + taker.wait, number)
                continue
            if state[fresh] or appears + retention <= time:
                break
            latest[number] = handout
            end, good = taker.take(time, fresh, 1)
            if good and end < time + timeout:
                state[fresh] = TAKEN
                messages.append(fresh)
                handed.append(time)
                pollers.append(taker.part)
                ended.append(end)
                if handout == full:
                    self._write_usual(columns)
                    full += BLOCK
                if serves:
                    del waiting[0]
                    heappush(events, (end, WORKER, number, READY, shifts[number]))
                else:
                    heapreplace(events, (end, WORKER, number, READY, key))
            else:
                if serves:
                    del waiting[0]
                else:
                    heappop(events)
                self._write_usual(columns)
                self._write(time, number, fresh, 1, end, good)
                full = handout + BLOCK
                if end < inf:
                    heappush(events, (end, WORKER, number, READY, shifts[number]))
            handout += 1
            fresh += 1
            appears = sent[fresh] if fresh < known else inf
        self._fresh = fresh
        self._write_usual(columns)

    def _write_usual(self, columns: Sequence[list]) -> None:
        """Write down those that are received once and deleted in time, and empty these columns."""
        if columns[0]:
            self.table.deleted_at_once(*columns)
            for one in columns:
                one.clear()

    def _appear(self, time: float) -> None:
        """All that becomes visible at `time` does; then who waits is served."""
        events = self._events
        while events and events[0][0] == time and events[0][1] != WORKER:
            _, kind, key, _, _ = heappop(events)
            if kind == COMES_BACK:
                self._come_back(time, key)
            elif kind == EXPIRES:
                if self.table.born[key] + self.retention <= time:  # or the period has become longer
                    self._age(key, time)
            else:
                self.show(key, time)
        if self.waiting:
            self.serve(time)

    def show(self, row: int, time: float) -> None:
        """A message that was hidden is free for anyone from `time` on, unless it is too old by then."""
        if self.state[row] == GONE:
            return
        self._shelve(time)
        self.state[row] = FREE
        if self.table.born.get(row, self.table.sent[row]) + self.retention <= time:
            self._age(row, time)
        else:
            self.put(row)

    def _shelve(self, before: float) -> None:
        """What was sent before `before` (s) stands before what is put on the shelf then."""
        sent, known = self.table.sent, len(self.state)
        while self._fresh < known and sent[self._fresh] < before:
            if self.state[self._fresh] == FREE:
                self.put(self._fresh)
            self._fresh += 1

    def _come_back(self, time: float, handout: int) -> None:
        """The visibility timeout of a hand-out is over, unless it was changed, or the message was deleted."""
        row = self.table.message[handout]
        due = self.table.until.get(handout, time) == time and self.state[row] == TAKEN
        if due and self.newest.get(row) == handout:
            self.released(row)
            self.show(row, time)

    def _age(self, row: int, time: float) -> None:
        """A message is as old as the retention period: if nobody has it in hand, it is gone (SQS-3)."""
        if self.state[row] == FREE:
            self.state[row] = GONE
            # A dead letter may be too old when it comes, and any message when the period becomes shorter.
            self.table.left[row] = max(time, self.table.sent[row], self._period_since), "expired"

    def _expire(self, time: float) -> None:
        """All that were too old by `time` are gone."""
        sent, born = self.table.sent, self.table.born
        while self._oldest < len(sent) and sent[self._oldest] + self.retention <= time:
            if self._oldest not in born:
                self._age(self._oldest, sent[self._oldest] + self.retention)
            self._oldest += 1

    def wait(self, end: float, number: int) -> None:
        """A taker waits for a message until `end` (s)."""
        if end < self._ends or not self.waiting:
            self._ends = end
        self.waiting.append((end, number))

    def _renew(self, before: float) -> None:
        """Polls that end before `before` (s) begin anew, each behind all others."""
        waiting = self.waiting
        while waiting and self._ends < before:
            self._ends, number = poll = min(waiting, key=_end)
            if self._ends < before:
                waiting.remove(poll)
                self.polled_in_vain(self._ends)
                waiting.append((self._ends + self._takers[number].wait, number))

    def wake(self, number: int, time: float) -> None:
        """`woken` of a taker is called at `time` (s), before others of that moment receive."""
        heappush(self._events, (time, WORKER, number, WAKES, self._shifts[number]))

    def not_asking(self, number: int) -> None:
        """A taker asks for nothing more just now, nor does it wait."""
        self._shifts[number] += 1
        self.waiting[:] = [poll for poll in self.waiting if poll[1] != number]

    def done(self, number: int, handouts: Sequence[int], time: float, good: Sequence[bool]) -> None:
        """A taker tells when it will be over with what it held, and whether well; then it asks again."""
        for handout, well in zip(handouts, good, strict=True):
            if well:
                heappush(self._events, (time, WORKER, number, DELETES, handout))
            else:
                self.table.fate[handout], self.table.ended[handout] = Fate.FAILED, time
        self.ready(number, time)

    # Receive and delete

    def serve(self, time: float) -> None:
        """Give what is visible to those who wait, the longest first."""
        self._renew(time)
        while self.waiting and self.give(time, self.waiting[0][1]):
            del self.waiting[0]

    def receive(self, time: float, number: int) -> bool:
        """A taker asks for messages; False if it got none. Then it waits, or asks again after its pause."""
        if self.give(time, number):
            return True
        taker = self._takers[number]
        if taker.wait:
            self._renew(nextafter(time, inf))
            self.wait(time + taker.wait, number)
        else:
            self._renew(time)
            self.polled_in_vain(time)
            self.ready(number, time + taker.pause)
        return False

    def give(self, time: float, number: int) -> bool:
        """Hand the next messages to a taker, and plan what becomes of them: the one place where they change hands."""
        if self._oldest < len(self.state) and self.table.sent[self._oldest] + self.retention <= time:
            self._expire(time)
        taker, table = self._takers[number], self.table
        first = len(table.message)
        seen = None if taker.wait or self.asked is None else self.asked(time)
        dead: list[int] = []
        mine: list[int] = []
        for _ in range(taker.most):
            row = self.next(time, seen, mine)
            while row >= 0 and self.received and self._too_often(row, time):
                dead.append(row)
                row = self.next(time, seen, mine)
            if row < 0:
                break
            mine.append(row)
        if dead and self.move is not None:
            self.move(time, dead)
        if not mine:
            return False
        counts = [self.received.get(row, 0) + 1 for row in mine] if self.received else [1] * len(mine)
        end, self.latest[number], self._many[number] = time, first, len(mine)
        for row, count, (end, good) in zip(mine, counts, self._plans(taker, time, mine, counts), strict=True):
            self._write(time, number, row, count, end, good)
        if end < inf:
            heappush(self._events, (end, WORKER, number, READY, self._shifts[number]))
        return True

    @staticmethod
    def _plans(taker: Taker, time: float, rows: list[int], counts: list[int]) -> list[tuple[float, bool]]:
        """When the work on each of these is over, and whether well: usually one after the other."""
        if hasattr(taker, "take_all"):
            return taker.take_all(time, rows, counts)
        plans = []
        for row, count in zip(rows, counts, strict=True):
            plan = taker.take(time, row, count)
            plans.append(plan)
            time = plan[0]
        return plans

    def _write(self, time: float, number: int, row: int, count: int, end: float, good: bool) -> None:
        """Write down that a taker has a message from `time` on, and plan what becomes of it."""
        table, handout, until = self.table, len(self.table.message), time + self.timeout
        hides = getattr(self._takers[number], "hides", None)
        if hides is not None:  # this receive has a timeout of its own
            table.until[handout] = until = max(time, microseconds(time + hides))
        fate = Fate.FAILED if not good else Fate.DELETED if end < until else Fate.IN_HAND
        if fate == Fate.DELETED and self.misses is not None and self.misses():
            fate = Fate.MISSED
        self.state[row] = TAKEN
        if fate != Fate.DELETED or count > 1:
            self.received[row], self.newest[row] = count, handout
        if fate != Fate.DELETED:
            self._keep(row, handout, until)
        if fate == Fate.IN_HAND and end < inf:
            heappush(self._events, (end, WORKER, number, DELETES, handout))
        if fate == Fate.DELETED:
            self.planned(number, handout, end)
        table.message.append(row)
        table.handed.append(time)
        table.poller.append(self._takers[number].part)
        table.ended.append(end)
        table.count.append(count)
        table.fate.append(fate)

    def _keep(self, row: int, handout: int, until: float) -> None:
        """The message of a hand-out comes back at `until`, unless something happens before."""
        self.newest[row] = handout
        heappush(self._events, (until, COMES_BACK, handout, 0, 0))

    def _too_often(self, row: int, time: float) -> bool:
        """Whether a message was received too often already, so that it is moved (SQS-17)."""
        if self.move is None or self.received.get(row, 0) < self.max_receive_count:
            return False
        self.state[row] = GONE
        self.table.left[row] = time, "dead"
        self.released(row)
        return True

    def put(self, row: int) -> None:
        """A message is visible."""
        self._visible.append(row)

    def next(self, time: float, seen: Callable[[int], bool] | None, mine: list[int]) -> int:
        """Take away the next free message that may be `seen` (None: all), -1 if there is none.

        `mine` are the messages that the same receive has got already.
        """
        visible, state = self._visible, self.state
        if seen is not None:
            self._shelve(nextafter(time, inf))
            found = next((row for row in visible if state[row] == FREE and seen(row)), -1)
            if found >= 0:
                visible.remove(found)
            return found
        while visible:
            if state[row := visible.popleft()] == FREE:
                return row
        sent, fresh, known = self.table.sent, self._fresh, len(state)
        while fresh < known and sent[fresh] <= time:
            self._fresh = fresh + 1
            if state[fresh] == FREE:
                return fresh
            fresh += 1
        return -1

    def released(self, row: int) -> None:
        """A message is in nobody's hand any more: that frees no other one."""

    def planned(self, number: int, handout: int, end: float) -> None:
        """A message will be deleted in time: that is no event here."""

    def delete(self, time: float, handout: int) -> bool:
        """Delete the message of a hand-out. False where that has no effect: it was received again (SQS-10)."""
        table, row = self.table, self.table.message[handout]
        if table.fate[handout] == Fate.DELETED and table.ended[handout] <= time:
            return True
        if table.fate[handout] == Fate.BROKEN:
            return False
        table.ended[handout] = time
        self._expire(time)
        if self.newest.get(row) != handout or self.state[row] == GONE:
            table.fate[handout] = Fate.STALE
            return False
        table.fate[handout] = Fate.DELETED
        self.state[row] = GONE
        return True

    def in_hand(self, handout: int, now: float) -> bool:
        """Whether the message of a hand-out is still hidden by it."""
        row = self.table.message[handout]
        return self.newest.get(row) == handout and self.state[row] == TAKEN

    def hide(self, handout: int, now: float, until: float) -> None:
        """The message of a hand-out is hidden until then (s), whatever was planned."""
        until = max(now, until)  # a whole microsecond may lie before now
        self.table.until[handout] = until
        self._keep(self.table.message[handout], handout, until)

    def purge(self, now: float) -> int:
        """All messages are gone, but for those that a worker is about to delete; returns how many those are."""
        self._shelve(nextafter(now, inf))
        gone = [
            row
            for row, state in enumerate(self.state)
            if state == FREE or (state == TAKEN and self._undeleted(row))
        ]
        for row in gone:
            self.state[row] = GONE
            self.table.left[row] = now, "purged"
            self.released(row)
        return len(gone)

    def free(self, now: float) -> list[int]:
        """The messages that anyone could take at `now`."""
        self._shelve(nextafter(now, inf))
        self._expire(now)
        return [row for row in range(self._fresh) if self.state[row] == FREE]

    def take_away(self, row: int, now: float) -> bool:
        """A message is moved to another queue; False where it is free no more."""
        if self.state[row] != FREE:
            return False
        self.state[row] = GONE
        self.table.left[row] = now, "moved"
        return True

    def _undeleted(self, row: int) -> bool:
        newest = self.newest.get(row)
        if newest is None:
            return row in self.table.due and row not in self.table.message
        return self.table.fate[newest] != Fate.DELETED

    def keep_for(self, retention: float, now: float) -> None:
        """Another retention period (s) from now on, for all messages that are there too."""
        self._expire(now)
        self.retention, self._oldest, self._period_since = retention, 0, now
        for row, time in self.table.born.items():
            heappush(self._events, (max(time + retention, now), EXPIRES, row, 0, 0))

    def visible_at(self, now: float) -> int:
        """How many messages are free at `now`."""
        sent, state = self.table.sent, self.state
        fresh = sum(state[row] == FREE for row in range(self._fresh, bisect_right(sent, now)))
        return sum(state[row] == FREE for row in self._visible) + fresh
