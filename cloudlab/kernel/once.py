"""What is made of a record's messages, once for as long as they stay as they are.

A picture of a run, its words and its table all want the same ways and sums. Who alters a message needn't say so: the
columns themselves are summed up each time, which costs a thousandth of what is made of them. Read `once` first.
"""

from array import array
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import TypeVar
from zlib import crc32

from cloudlab.kernel.record import Record

Made = TypeVar("Made")


def once(record: Record, name: tuple, make: Callable[[], Made]) -> Made:
    """What `make` gives under `name`, made anew where anything of the record's messages has changed."""
    state = _state(record)
    if record.derived.get("state") != state:
        record.derived = {"state": state}
    if name not in record.derived:
        record.derived[name] = make()
    return record.derived[name]


def _state(record: Record) -> tuple:
    """What stands for all that is known of messages; what they hold is not."""
    tables = (*record.queues.items(), *record.topics.items())
    return record.end, len(record.parts), len(record.links), len(record.moves), *map(_sum, tables)


def _sum(value, found: int = 0) -> int:
    """One number for a table, or for one of its columns."""
    if isinstance(value, array):
        return crc32(value, found & 0xFFFFFFFF)
    if isinstance(value, dict):
        return hash((found, *value.items()))
    if isinstance(value, (list, tuple)):
        inner = value
    elif is_dataclass(value):
        inner = [one for name, one in vars(value).items() if name != "content"]
    else:
        return hash((found, value))
    for one in inner:
        found = _sum(one, found)
    return found
