"""Columns of many numbers at once.

An array looks at each number that it is given; what is packed goes in as one block, which is faster.
"""

from array import array
from collections.abc import Collection, Sequence
from dataclasses import is_dataclass
from struct import pack

FEW = 16
"""So few numbers (or fewer) are given alone."""


def packed(kind: str, values: Sequence) -> array:
    """An array of that kind ('d', 'I', 'H' or 'B') with these numbers."""
    if isinstance(values, (array, bytes)) or len(values) <= FEW:
        return array(kind, values)
    return array(kind, pack(f"{len(values)}{kind}", *values))


def feed(digest, value, but: Collection[str] = ()) -> None:
    """Let a digest (of `hashlib`) read a table, column by column; of a table in it, too. Columns in `but` are left out.

    A column is read as the bytes that it is, since to write down many numbers is dear.
    """
    if isinstance(value, array):
        digest.update(f"{value.typecode}{len(value)}:".encode())
        digest.update(value)
    elif is_dataclass(value) and not isinstance(value, type):
        for name, one in vars(value).items():
            if name not in but:
                digest.update(f"{name}:".encode())
                feed(digest, one, but)
    elif isinstance(value, list) and value and is_dataclass(value[0]):
        for one in value:
            feed(digest, one, but)
    else:
        digest.update(f"{value!r};".encode())
