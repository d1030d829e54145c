"""Moments in words, and a line of corners: what the worlds of this lesson share."""

from bisect import bisect_right
from collections.abc import Callable, Sequence


def clock(time: float) -> str:
    """A moment: '0:47:20'.

    >>> clock(2840)
    '0:47:20'
    """
    seconds = max(0, round(time))
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def line(corners: Sequence) -> Callable[[float], float]:
    """Orders a minute at a minute: straight lines between the corners [minute, orders a minute].

    >>> line([[0, 6], [10, 6], [20, 18]])(15)
    12.0
    """
    minutes = [minute for minute, _ in corners]

    def at(minute: float) -> float:
        right = min(max(1, bisect_right(minutes, minute)), len(corners) - 1)
        (start, low), (end, high) = corners[right - 1], corners[right]
        return low + (high - low) * min(1.0, max(0.0, (minute - start) / (end - start)))

    return at
