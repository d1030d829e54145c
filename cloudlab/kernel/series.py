"""A number over time."""

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass
class Series:
    """A number over time, as the moments at which it changed and the values from then on."""

    times: array = field(default_factory=lambda: array("d"))
    values: array = field(default_factory=lambda: array("d"))

    def at(self, time: float, default: float = 0.0) -> float:
        """The value at `time`, a change at exactly `time` included."""
        place = bisect_right(self.times, time)
        return self.values[place - 1] if place else default
