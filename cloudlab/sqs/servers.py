"""The servers behind a standard queue: why a short poll may miss a message, and why one may come twice.

A queue is held by many servers. A short poll asks some of them, so that with few messages it may bring less
than there is, or nothing (SQS-14); a long poll asks all. And a server that was away when a message was deleted
may hand it out once more (SQS-11). Read `Servers.asked` first. How many servers there are, and how often one is
away, is the laboratory's; the provider tells neither.

Numbers such as SQS-11 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable
from random import Random

FEW = 1000
"""With fewer messages than these, a short poll may miss some (SQS-14)."""


class Servers:
    """`count` servers, each of which a short poll asks or not, and which are away for a share `away` of all deletes."""

    def __init__(self, count: int, away: float, dice: Random):
        self.count, self.away, self._dice = count, away, dice
        self._places: list[int] = []

    def asked(self) -> Callable[[int], bool]:
        """Draws the servers that a short poll asks, half of them; tells whether a message lies on one of these."""
        servers = set(self._dice.sample(range(self.count), (self.count + 1) // 2))
        return lambda row: self._place(row) in servers

    def misses(self) -> bool:
        """Whether a server is away now, so that a message that is deleted comes back."""
        return self._dice.random() < self.away

    def _place(self, row: int) -> int:
        while len(self._places) <= row:
            self._places.append(self._dice.randrange(self.count))
        return self._places[row]
