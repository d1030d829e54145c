"""How the copies for one subscription are delivered, in order of time: the data plane of SNS.

Read `Delivery.go_on` first, then `Delivery._follow`. Between two control events an endpoint gives each attempt
the same answer, so what becomes of a copy is planned, attempt by attempt, up to now; no event is needed. While
all is well a whole column of copies is delivered in one step.

At one moment, endpoints change first, then attempts are made, in the order of the publishes.

Numbers such as SNS-12 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import inf

from cloudlab.kernel.contracts import Inbox
from cloudlab.kernel.messages import Copies, Outcome, TopicTable
from cloudlab.kernel.world import microseconds
from cloudlab.sns.endpoints import FAILED, TAKEN, Endpoint
from cloudlab.sns.retries import Retries

Failure = Callable[[float, int, int, Outcome], None]
"""Hears that a copy was not delivered: when (s), its publish, its attempts, and what became of it."""

Target = tuple[Inbox, int]
"""A queue, and the number of the subscription there."""


class Delivery:
    """The copies of one subscription. `told` hears of each that could not be delivered."""

    def __init__(
        self,
        table: TopicTable,
        copies: Copies,
        endpoint: Endpoint,
        protocol: str,
        retries: Retries,
        told: Failure,
    ):
        self.table, self.copies, self.endpoint, self.protocol = table, copies, endpoint, protocol
        self.retries, self.told = retries, told
        self.refuses: Callable[[int], bool] | None = None
        """Whether an endpoint can't take what was published in that row."""
        self.to: Target | None = None
        """The queue that it delivers to, if it is one."""
        self.dead: Target | None = None
        """The queue for dead letters, likewise (SNS-16)."""
        self.trying: list[tuple[float, int, int]] = []
        """(next attempt in s, copy, attempts so far) of those that are not over."""
        self.leaving: list[tuple[float, int, Target | None]] = []
        """(when in s, copy, where to) of those that are over then, and are to be handed on."""

    def next_time(self) -> float:
        """The earliest moment at which something may happen (s)."""
        first = min(self.trying)[0] if self.trying else inf
        return min(first, min(time for time, _, _ in self.leaving)) if self.leaving else first

    def go_on(self, rows: Sequence[int], now: float) -> None:
        """Copies of these publishes, and all attempts that begin before `now` (s)."""
        self._follow_all(now)
        apart = self._apart(rows)
        for row in rows[:apart]:
            self._begin(row)
        self._follow_all(now)
        self._hand_on(now)
        self._at_once(rows[apart:])

    def _follow_all(self, now: float) -> None:
        trying, self.trying = sorted(self.trying), []
        for time, copy, attempts in trying:
            self._follow(time, copy, attempts, now)

    def _apart(self, rows: Sequence[int]) -> int:
        """How many of these publishes are to be followed one by one; the others are delivered in one step.

        Those are all while the endpoint is not well, else those before the last retry.
        """
        answer, seconds = self.endpoint.answer(self.protocol)
        picky = self.refuses is not None and self.table.content
        if answer != TAKEN or seconds or picky or self.held:
            return len(rows)
        last = max((time for time, _, _ in self.leaving), default=-inf)
        return bisect_right(rows, last, key=self.table.published.__getitem__)

    @property
    def held(self) -> bool:
        """Whether a copy that is still tried holds up others."""
        return False

    def stop(self, now: float) -> None:
        """The subscription ends: what is still tried is lost."""
        for _, copy, attempts in sorted(self.trying):
            self._over(now, copy, attempts, Outcome.LOST)
        self.trying.clear()

    def _at_once(self, rows: Sequence[int]) -> None:
        """The usual: each copy is delivered when it is published."""
        if not rows:
            return
        table, copies, count = self.table, self.copies, len(rows)
        if isinstance(rows, range):
            times: Sequence[float] = table.published[rows.start : rows.stop]
            paths: Sequence[int] = table.path[rows.start : rows.stop]
        else:
            times = [table.published[row] for row in rows]
            paths = [table.path[row] for row in rows]
        copies.publish.extend(rows)
        copies.attempts.extend(array("I", (1,)) * count)
        copies.ended.extend(times)
        copies.outcome.extend(array("B", (Outcome.DELIVERED,)) * count)
        if self.to is not None:
            inbox, source = self.to
            inbox.deliver(times, paths, rows, source)

    def _begin(self, row: int) -> None:
        """A new copy: its first attempt is made when it is published."""
        self.trying.append((self.table.published[row], self._write(row), 0))

    def _write(self, row: int) -> int:
        copies = self.copies
        copies.publish.append(row)
        copies.attempts.append(0)
        copies.ended.append(inf)
        copies.outcome.append(Outcome.TRYING)
        return len(copies.publish) - 1

    def _follow(self, time: float, copy: int, attempts: int, now: float) -> None:
        """One copy: its attempts from `time` on and before `now`, until it is delivered, dead or lost."""
        answer, seconds = self.endpoint.answer(self.protocol)
        refused = self.refuses is not None and self.refuses(self.copies.publish[copy])
        while time < now:
            attempts += 1
            end = microseconds(time + seconds) if seconds else time
            if answer == TAKEN and not refused:
                self._over(end, copy, attempts, Outcome.DELIVERED)
                return
            if answer != FAILED or attempts > self.retries.count:
                self._over(end, copy, attempts, Outcome.LOST if self.dead is None else Outcome.DEAD)
                return
            time = microseconds(end + self.retries.delay(attempts))
            if attempts > self.retries.growing:
                time, attempts = self._skip(time, attempts, seconds, now)
        self.copies.attempts[copy] = attempts
        self.trying.append((time, copy, attempts))

    def _skip(self, time: float, attempts: int, seconds: float, now: float) -> tuple[float, int]:
        """Equal delays to come: pass over the attempts that fail like this one, but for the last of all."""
        step = seconds + self.retries.max_delay
        many = min(int((now - time) / step), self.retries.count - attempts)
        return (microseconds(time + many * step), attempts + many) if many > 0 else (time, attempts)

    def _over(self, time: float, copy: int, attempts: int, outcome: Outcome) -> None:
        """A copy is delivered, dead or lost at `time` (s)."""
        copies = self.copies
        copies.attempts[copy], copies.ended[copy], copies.outcome[copy] = attempts, time, outcome
        target = {Outcome.DELIVERED: self.to, Outcome.DEAD: self.dead}.get(outcome)
        if outcome != Outcome.DELIVERED or target is not None:
            self.leaving.append((time, copy, target))

    def _hand_on(self, now: float) -> None:
        """What is over before `now` goes to its queue, in order of time."""
        over = sorted(one for one in self.leaving if one[0] < now)
        self.leaving = [one for one in self.leaving if one[0] >= now]
        copies = self.copies
        ways: dict[Target, list[tuple[float, int]]] = {}
        for time, copy, target in over:
            row, outcome = copies.publish[copy], Outcome(copies.outcome[copy])
            if target is not None:
                ways.setdefault(target, []).append((time, row))
            if outcome != Outcome.DELIVERED:
                self.told(time, row, copies.attempts[copy], outcome)
        for (inbox, source), chosen in ways.items():
            rows = [row for _, row in chosen]
            inbox.deliver([time for time, _ in chosen], [self.table.path[row] for row in rows], rows, source)
