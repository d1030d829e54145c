"""A line of another year: a wrong clock or a slip, which would stretch a day of traffic to years.

Read `main_part` first.
"""

from collections.abc import Sequence
from itertools import pairwise

FAR = 90 * 86_400
"""Seconds without anything, from which on few lines beyond them are taken for strays."""


def main_part(moments: Sequence[int], amounts: Sequence[int], second: int = 1) -> tuple[int, int]:
    """The first and the last of `moments` (ascending, `second` to a second) that belong together.

    `amounts` says how many lines each moment has. Strays are one line, or one in a hundred, that lie further
    off than `FAR`, and than the rest is long; otherwise all belong together.
    """
    borders = [place for place, (a, b) in enumerate(pairwise(moments), 1) if b - a > FAR * second]
    if not borders:
        return moments[0], moments[-1]
    pieces = list(pairwise([0, *borders, len(moments)]))
    sizes = [sum(amounts[start:end]) for start, end in pieces]
    most = max(range(len(pieces)), key=sizes.__getitem__)
    start, end = pieces[most]
    length, outside = moments[end - 1] - moments[start], sum(sizes) - sizes[most]
    gaps = [moments[place] - moments[place - 1] for place in (start, end) if 0 < place < len(moments)]
    if outside <= max(1, sum(sizes) // 100) and outside < sizes[most] and min(gaps) > length:
        return moments[start], moments[end - 1]
    return moments[0], moments[-1]


def told(names: list[str], amount: int, of: str, lines: str) -> str:
    """The sentence about strays: so many `lines` ('line' or 'row'), the first of them called `names`."""
    who = f"1 {lines} lies" if amount == 1 else f"{amount:,} {lines}s lie"
    more = ", …" if amount > len(names) else ""
    verb = "is" if amount == 1 else "are"
    return f"{who} far from {of} and {verb} left out: {', '.join(names)}{more}."
