"""A circuit breaker: who fails again and again is left alone for a while.

Read `Breaker.lets`: closed, it lets all calls through and counts failures in a row; open, none; and when its time is
over, one, which decides (half-open).
"""

from math import inf


class Breaker:
    """It opens after `failures` in a row, and tries one call after `reset` seconds."""

    def __init__(self, failures: int, reset: float):
        self.failures, self.reset = failures, reset
        self.count = 0
        self.open_until = -inf
        self.trying = False

    @property
    def state(self) -> str:
        """'closed', 'open' or 'half-open'."""
        return "closed" if self.open_until == -inf else "half-open" if self.trying else "open"

    def lets(self, now: float) -> bool:
        """Whether a call may be made now (s)."""
        if self.open_until == -inf:
            return True
        if now < self.open_until or self.trying:
            return False
        self.trying = True
        return True

    def heard(self, good: bool, now: float) -> None:
        """A call that was let through ended now (s), well or not."""
        if good:
            self.count, self.open_until, self.trying = 0, -inf, False
            return
        self.count += 1
        if self.count >= self.failures:  # as it is still, when one that was tried has failed
            self.open_until, self.trying = now + self.reset, False

    def lost(self) -> None:
        """Nobody will hear how a call ended: another one may be tried."""
        self.trying = False
