"""Columns of many numbers at once.

An array looks at each number that it is given; what is packed goes in as one block, which is faster.
"""

from array import array
from collections.abc import Sequence
from struct import pack

FEW = 16
"""So few numbers (or fewer) are given alone."""


def packed(kind: str, values: Sequence) -> array:
    """An array of that kind ('d', 'I', 'H' or 'B') with these numbers."""
    if isinstance(values, (array, bytes)) or len(values) <= FEW:
        return array(kind, values)
    return array(kind, pack(f"{len(values)}{kind}", *values))
