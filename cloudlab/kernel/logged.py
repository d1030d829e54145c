"""Calls of a function as its log tells them, in columns. Whoever reads a log fills it, whoever counts reads it."""

from array import array
from dataclasses import dataclass, field

LOGGED_STATUS = ("success", "error", "timeout", "failure")
"""What a log may say of the end of a call; `LoggedCalls.status` holds a place in it."""


@dataclass
class LoggedCalls:
    """One row a call, in order of time.

    `began` (µs after the beginning of the log's time) is when it came, its INIT included; `duration` and `init` are
    whole microseconds, `init` -1 for a warm call; `billed` is what the log says is billed (ms); `memory_size` and
    `max_memory_used` in MB, 0 for one that is not told; `status` is a place in `LOGGED_STATUS`.
    """

    began: array = field(default_factory=lambda: array("q"))
    duration: array = field(default_factory=lambda: array("q"))
    init: array = field(default_factory=lambda: array("q"))
    billed: array = field(default_factory=lambda: array("q"))
    memory_size: array = field(default_factory=lambda: array("H"))
    max_memory_used: array = field(default_factory=lambda: array("H"))
    status: array = field(default_factory=lambda: array("B"))

    def __len__(self) -> int:
        return len(self.began)

    def cold_starts(self) -> int:
        """How many calls waited for an INIT."""
        return sum(init >= 0 for init in self.init)
