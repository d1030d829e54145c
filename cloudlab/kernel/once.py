"""What is made of a record's messages and calls of functions, once for as long as they stay as they are.

A picture of a run, its words and its table all want the same ways and sums. Who alters one needn't say so: the
columns themselves are summed up each time, which costs a thousandth of what is made of them. Read `once` first.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import TypeVar

from cloudlab.kernel.columns import feed
from cloudlab.kernel.record import Record

Made = TypeVar("Made")


def once(record: Record, name: tuple, make: Callable[[], Made]) -> Made:
    """What `make` gives under `name`, made anew where any of the record's messages, or calls of functions, has changed.

    All who ask get the same one: a tuple where it can be one, and nobody alters the rest.
    """
    state = _state(record)
    if record.derived.get("state") != state:
        record.derived = {"state": state}
    if name not in record.derived:
        record.derived[name] = make()
    return record.derived[name]


def _state(record: Record) -> tuple:
    """What stands for all that is known of messages; what they hold is not."""
    digest = blake2b()
    for table in (*record.queues.values(), *record.topics.values()):
        feed(digest, table, but=("content",))
    for function in record.functions.values():
        for column in (function.began, function.ended):
            feed(digest, column)
    return record.end, len(record.parts), tuple(record.links), tuple(record.moves), digest.digest()
