"""What is kept of an access log: a few bytes for each request, and how often each path was asked for.

Read `Rows.add` first; `in_order` and `classes` turn what was kept into columns of a traffic.
"""

from array import array
from collections import Counter
from itertools import accumulate, pairwise
from math import isnan

from cloudlab.traffic.strays import main_part
from cloudlab.traffic.window import SECOND

CLASSES = 10
"""So many of the commonest paths have their own class; the rest is 'other'."""

DIFFERENT = 65_535
"""So many different paths are told apart while reading: more don't fit in two bytes."""


class Rows:
    """Of each request its second (after 1970), the number of its path, and its work (s; nan for unknown).

    `paths` numbers the paths: 0 is none. Without works, none is known.
    """

    def __init__(self, with_works: bool):
        self.seconds, self.requests = array("I"), array("H")
        self.works = array("d") if with_works else None
        self.paths: dict[bytes, int] = {b"": 0}

    def add(self, second: int, path: bytes, work: float) -> None:
        """Keep one request."""
        number = self.paths.get(path)
        if number is None:
            number = 0
            if len(self.paths) <= DIFFERENT:
                number = self.paths[path] = len(self.paths)
        self.seconds.append(second)
        self.requests.append(number)
        if self.works is not None:
            self.works.append(work)

    def leave_out_strays(self) -> list[int]:
        """Forget the lines that lie years from all others; returns their seconds."""
        counts = Counter(self.seconds)
        ordered = sorted(counts)
        low, high = main_part(ordered, [counts[second] for second in ordered])
        strays = [second for second in ordered if not low <= second <= high for _ in range(counts[second])]
        if strays:
            kept = [place for place, second in enumerate(self.seconds) if low <= second <= high]
            self.seconds, self.requests = _taken(self.seconds, kept), _taken(self.requests, kept)
            self.works = None if self.works is None else _taken(self.works, kept)
        return strays

    def unknown(self) -> int:
        """Of how many requests no work is known, though of others it is."""
        return 0 if self.works is None else sum(map(isnan, self.works))

    def in_order(self, start: int) -> tuple[array, array]:
        """(beginnings in µs after `start`, counts) of the seconds in which something came.

        Where lines are out of order, the columns are sorted too: each row goes to the next free place
        of its second, so that rows of one second keep their order.
        """
        counts = Counter(self.seconds)
        ordered = sorted(counts)
        if any(before > after for before, after in pairwise(self.seconds)):
            before = accumulate((counts[second] for second in ordered), initial=0)
            free = dict(zip(ordered, before, strict=False))
            places = array("I")
            for second in self.seconds:
                places.append(free[second])
                free[second] += 1
            self.requests = _placed(self.requests, places)
            self.works = None if self.works is None else _placed(self.works, places)
        starts = array("q", (second * SECOND - start for second in ordered))
        return starts, array("I", (counts[second] for second in ordered))

    def classes(self) -> tuple[tuple[str, ...], array]:
        """(names of the classes, the class of each row): the commonest paths first, then 'other'."""
        asked = [0] * len(self.paths)
        for path in self.requests:
            asked[path] += 1
        by_count = sorted((-asked[number], path, number) for path, number in self.paths.items() if number)
        common = [(path, number) for count, path, number in by_count[:CLASSES] if count]
        class_of = array("B", [len(common)]) * len(self.paths)
        for place, (_, number) in enumerate(common):
            class_of[number] = place
        column = array("B", (class_of[path] for path in self.requests))
        names = [path.decode("utf-8", "replace") for path, _ in common]
        return tuple([*names, "other"] if len(common) in column else names), column


def _placed(column: array, places: array) -> array:
    placed = array(column.typecode, bytes(len(column) * column.itemsize))
    for place, value in zip(places, column, strict=True):
        placed[place] = value
    return placed


def _taken(column: array, places: list[int]) -> array:
    return array(column.typecode, (column[place] for place in places))
