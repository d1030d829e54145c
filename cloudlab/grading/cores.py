"""A grader and its jail take turns: one asks, the other answers. So both live on one core. Read `one_core`.

What the one has just read and written is near for the other, and nobody wakes a core that sleeps: for an answer that is
asked thousands of times this is a third of what grading costs.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cloudlab.grading import fence


@contextmanager
def one_core() -> Iterator[None]:
    """Stay on the core on which this process is now, with all that it starts, for as long as this lasts."""
    before: set[int] = set()
    with suppress(AttributeError, OSError):  # not Linux: nothing is chosen
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {fence.libc().sched_getcpu()} & before or before)
    try:
        yield
    finally:
        if before:
            with suppress(OSError):  # a core that is there no more
                os.sched_setaffinity(0, before)


def take(place: int) -> None:
    """Stay on one core for good, as one of several processes that do the same, of which each has its `place`."""
    with suppress(AttributeError, OSError):
        known = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {known[place % len(known)]})
