"""Callers who try again: which requests may have to be sent once more, and when.

A retry is planned the moment its request is sent, since the end of a request is known then. Where a server
makes a new plan, the retry is planned anew. Read `Retries.sent` first.
"""

from heapq import heapify, heappop, heappush
from math import inf
from typing import NamedTuple

from cloudlab.kernel.record import Requests, Status


class Attempt(NamedTuple):
    """A request that was sent: its work (s at speed 1), its class, and the how manieth time this was."""

    work: float
    path: int
    number: int = 1


class Retry(NamedTuple):
    """At `time` (s) the request in `row` is sent again, as `attempt`."""

    time: float
    row: int
    attempt: Attempt


class Retries:
    """What one group of customers may have to send again: up to `max_attempts` times in all.

    The wait is `delay` (s) after the failure, and doubles with each further attempt.
    """

    def __init__(self, requests: Requests, max_attempts: int, delay: float):
        self.requests, self.max_attempts, self.delay = requests, max_attempts, delay
        self._open: dict[int, Attempt] = {}  # by row, in the order in which they were sent
        self._planned: list[Retry] = []  # a heap

    def sent(self, row: int, attempt: Attempt) -> None:
        """Remember a request, and plan its retry if it will fail."""
        self._open[row] = attempt
        self._plan(row, attempt)

    def plan_changed(self, row: int) -> None:
        """The request in `row` ends otherwise than was known: plan its retry anew."""
        if row in self._open:
            self._planned = [retry for retry in self._planned if retry.row != row]
            heapify(self._planned)
            self._plan(row, self._open[row])

    def next_time(self) -> float:
        """The time of the next retry (s); plans that a changed row has overtaken are dropped."""
        while self._planned:
            time, row, attempt = self._planned[0]
            if self._fails(row) and time == self._due(row, attempt.number - 1):
                return time
            heappop(self._planned)
        return inf

    def pop(self) -> Retry:
        """Take the next retry out."""
        return heappop(self._planned)

    def forget(self, time: float) -> None:
        """Drop requests that were answered by `time` (s): no plan can change them any more."""
        answered = self.requests.answered
        while self._open and answered[first := next(iter(self._open))] <= time:
            del self._open[first]

    def _plan(self, row: int, attempt: Attempt) -> None:
        if self._fails(row) and attempt.number < self.max_attempts:
            again = attempt._replace(number=attempt.number + 1)
            heappush(self._planned, Retry(self._due(row, attempt.number), row, again))

    def _due(self, row: int, number: int) -> float:
        """When a request that fails for the `number`th time is sent again (s)."""
        return self.requests.answered[row] + self.delay * 2 ** (number - 1)

    def _fails(self, row: int) -> bool:
        return self.requests.status[row] != Status.OK
