"""Up to ten calls in one: what queues and topics have in common there.

A batch fails as a whole only for what is wrong with the batch (`check_entries`). What is wrong with one entry is told
for that entry, and the others succeed (`each`): so read `failed`.

Numbers such as SQS-7 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cloudlab.kernel.limits import InvalidParameter

MOST = 10
"""Entries of a batch at most (SQS-7, SNS-5)."""


class TooManyEntriesInBatchRequest(InvalidParameter):
    """A batch holds more than ten entries."""


class EmptyBatchRequest(InvalidParameter):
    """A batch holds no entry."""


class BatchEntryIdsNotDistinct(InvalidParameter):
    """Two entries of a batch have the same id."""


class InvalidBatchEntryId(InvalidParameter):
    """The id of an entry holds more than letters, digits, hyphens and underscores, or more than 80 of them."""


class BatchRequestTooLong(InvalidParameter):
    """The messages of a batch are larger than the limit, taken together."""


@dataclass(frozen=True)
class Failed:
    """An entry that failed: its id, whose fault it was, the error's code and its sentence."""

    id: str
    sender_fault: bool
    code: str
    message: str


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch: {id: what the single call gives back} of those that succeeded, and those that failed."""

    successful: dict[str, object]
    failed: tuple[Failed, ...]


def each(entries: list[dict], call: Callable, error: type[InvalidParameter]) -> BatchResult:
    """Call `call` with all that an entry holds but its id, one after the other.

    `error` is the code of an entry that holds other names than the call takes.
    """
    done: dict[str, object] = {}
    failed = []
    for entry in entries:
        values = {name: value for name, value in entry.items() if name != "id"}
        try:
            done[entry["id"]] = call(**values)
        except InvalidParameter as found:
            failed.append(Failed(entry["id"], True, type(found).__name__, str(found)))
        except TypeError:
            held = ", ".join(map(str, values)) or "nothing but its id"
            text = f"the entry has {held}, but must have what {call.__name__} takes."
            failed.append(Failed(entry["id"], True, error.__name__, text))
    return BatchResult(done, tuple(failed))


def check_entries(entries, error: type[InvalidParameter]) -> None:
    """Raise where a batch is wrong as a whole; `error` where it is no list of dicts."""
    if not isinstance(entries, (list, tuple)) or not all(isinstance(entry, dict) for entry in entries):
        raise error(f"entries is {entries!r:.60}, but must be a list of dicts.")
    if not entries:
        raise EmptyBatchRequest(f"entries is empty, but must hold 1 to {MOST} of them.")
    if len(entries) > MOST:
        raise TooManyEntriesInBatchRequest(f"entries holds {len(entries)}, but must hold at most {MOST}.")
    for entry in entries:
        name = entry.get("id")
        plain = isinstance(name, str) and name.replace("-", "").replace("_", "")
        if not (plain and plain.isascii() and plain.isalnum() and len(name) <= 80):
            rule = "must have 1 to 80 letters, digits, hyphens and underscores"
            raise InvalidBatchEntryId(f"id is {name!r:.60}, but {rule}.")
    ids = [entry["id"] for entry in entries]
    if double := next((name for name in ids if ids.count(name) > 1), None):
        raise BatchEntryIdsNotDistinct(
            f"id {double!r:.60} stands in two entries, but each must have its own."
        )


def check_length(entries: list[dict], name: str, most: int) -> None:
    """Raise BatchRequestTooLong where the texts called `name` hold more than `most` bytes together."""
    size = sum(len(str(entry.get(name, "")).encode(errors="replace")) for entry in entries)
    if size > most:
        raise BatchRequestTooLong(f"entries hold {size} bytes, but must hold at most {most} bytes together.")
