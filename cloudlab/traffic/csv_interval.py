"""How long an interval of a table is: told, or found in the distances between its rows.

CloudWatch leaves out minutes without requests, so most distances may be longer than an interval. Read
`interval_of` first.
"""

from itertools import pairwise

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.traffic.window import SECOND


def interval_of(stamps: list[int], given: float | None, period: float) -> int:
    """The interval (µs) of rows at `stamps` (µs, ascending): `given` (s), or the `period` (s) of the head, if any.

    A period that is longer than the rows lie apart is none. Otherwise it is the smallest distance where that
    divides all others, and the median where rows come a little early or late. Raises InvalidParameter where it
    could be more than one.
    """
    distances = sorted(later - earlier for earlier, later in pairwise(stamps))
    if told := given or (period if not distances or period * SECOND <= distances[0] else 0.0):
        return round(told * SECOND)
    smallest, median = distances[0], distances[len(distances) // 2]
    if median <= 60 * smallest and not any(distance % smallest for distance in distances):
        return smallest
    late = sum(abs(distance / median - max(1, round(distance / median))) > 0.25 for distance in distances)
    if late * 20 <= len(distances):
        return median
    some = list(dict.fromkeys(distances))[:3]
    raise InvalidParameter(
        "interval is not given, but the distances between rows do not tell it: "
        f"{', '.join(f'{distance / SECOND:g} s' for distance in some)}{' and more' if len(some) > 2 else ''}; "
        "it must be the seconds that each row counts."
    )
