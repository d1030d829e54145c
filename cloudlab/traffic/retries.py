"""Callers who try again: which requests may have to be sent once more, and when.

A retry is planned the moment its request is sent, since the end of a request is known then. Where a server
makes a new plan, the retry is planned anew. Read `Retries.sent` first.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from math import inf
from typing import NamedTuple

from cloudlab.kernel.record import Requests


class Retry(NamedTuple):
    """At `time` (s) the request in `row`, of so much `work` (s at speed 1), is sent for the `number`th time."""

    time: float
    row: int
    work: float
    number: int


class Retries:
    """What one group of customers may have to send again: up to `max_attempts` times in all.

    The wait is `delay` (s) after the failure, and doubles with each further attempt.
    """

    def __init__(self, requests: Requests, max_attempts: int, delay: float):
        self.requests, self.max_attempts, self.delay = requests, max_attempts, delay
        self._works: dict[int, float] = {}  # of each open row
        self._order: deque[int] = deque()  # open rows in the order in which they were sent
        self._numbers: dict[int, int] = {}  # of open rows that are retries themselves: 2, 3, …
        self._planned: list[Retry] = []  # a heap

    def sent(self, rows: range, works: Sequence[float], number: int = 1) -> None:
        """Remember requests that were sent for the `number`th time, and plan retries of those that will fail."""
        self._works.update(zip(rows, works, strict=True))
        self._order.extend(rows)
        if number > 1:
            self._numbers.update(dict.fromkeys(rows, number))
        statuses = self.requests.status
        for row in rows:
            if statuses[row]:
                self._plan(row)

    def plan_changed(self, row: int) -> None:
        """The request in `row` ends otherwise than was known: plan its retry anew."""
        if row in self._works:
            self._planned = [retry for retry in self._planned if retry.row != row]
            heapify(self._planned)
            if self.requests.status[row]:
                self._plan(row)

    def next_time(self) -> float:
        """The time of the next retry (s); plans that a changed row has overtaken are dropped."""
        while self._planned:
            time, row, _, number = self._planned[0]
            if self.requests.status[row] and time == self._due(row, number - 1):
                return time
            heappop(self._planned)
        return inf

    def pop(self) -> Retry:
        """Take the next retry out."""
        return heappop(self._planned)

    def forget(self, time: float) -> None:
        """Drop requests that were answered by `time` (s): no plan can change them any more."""
        answered = self.requests.answered
        while self._order and answered[self._order[0]] <= time:
            row = self._order.popleft()
            del self._works[row]
            self._numbers.pop(row, None)

    def _plan(self, row: int) -> None:
        number = self._numbers.get(row, 1)
        if number < self.max_attempts:
            heappush(self._planned, Retry(self._due(row, number), row, self._works[row], number + 1))

    def _due(self, row: int, number: int) -> float:
        """When a request that fails for the `number`th time is sent again (s)."""
        return self.requests.answered[row] + self.delay * 2 ** (number - 1)
