"""What a stage sent at once, in order of time: whoever gets it takes it in piece by piece."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from cloudlab.kernel.contracts import Paths


class Piece(NamedTuple):
    """Columns: times (s), classes (one for all, or each), rows at the source (or none); the source's number."""

    times: Sequence[float]
    paths: Paths
    publishes: Sequence[int]
    source: int


class Block:
    """Messages or events of one source, as `contracts.Inbox.deliver` gets them."""

    def __init__(self, times: Sequence[float], paths: Paths, publishes: Sequence[int], source: int):
        self.whole = Piece(times, paths, publishes, source)
        self._next = 0

    @property
    def next_time(self) -> float:
        """When the first one comes that was not taken (s)."""
        return self.whole.times[self._next]

    def take(self, before: float) -> Piece:
        """Those that come before that moment (s) and were not taken yet."""
        times, paths, publishes, source = self.whole
        first, self._next = self._next, bisect_left(times, before, self._next)
        if not first and self._next == len(times):
            return self.whole
        part = slice(first, self._next)
        return Piece(times[part], paths if isinstance(paths, int) else paths[part], publishes[part], source)

    @property
    def is_over(self) -> bool:
        """Whether all were taken."""
        return self._next == len(self.whole.times)
