"""Up to ten messages in one call (SNS-5).

A batch fails as a whole only for what is wrong with the batch. What is wrong with one entry is told for that
entry, and the others succeed: so read `failed`.

Numbers such as SNS-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.sns.errors import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
)
from cloudlab.sns.topic import Published, Topic

MOST = 10
"""Entries of a batch at most (SNS-5)."""


@dataclass(frozen=True)
class Failed:
    """An entry that failed: its id, whose fault it was, the error's code and its sentence."""

    id: str
    sender_fault: bool
    code: str
    message: str


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch: {id: what `Topic.publish` gives back} of those that succeeded, and those that failed."""

    successful: dict[str, Published]
    failed: tuple[Failed, ...]


@checked()
def publish_batch(topic: Topic, entries: list[dict]) -> BatchResult:
    """Publish up to ten messages. An entry is a dict with an `id` and what `Topic.publish` takes.

    Raises TooManyEntriesInBatchRequest, EmptyBatchRequest, BatchEntryIdsNotDistinct, InvalidBatchEntryId,
    BatchRequestTooLong or InvalidParameter for the batch as a whole; then nothing is published.
    """
    _check(entries)
    size = sum(len(str(entry.get("message", "")).encode(errors="replace")) for entry in entries)
    if size > topic.maximum_message_size:
        rule = f"must hold at most {topic.maximum_message_size} bytes together"
        raise BatchRequestTooLong(f"entries hold {size} bytes, but {rule}.")
    done: dict[str, Published] = {}
    failed = []
    for entry in entries:
        values = {name: value for name, value in entry.items() if name != "id"}
        try:
            done[entry["id"]] = topic.publish(**values)
        except InvalidParameter as error:
            failed.append(Failed(entry["id"], True, type(error).__name__, str(error)))
        except TypeError:
            text = f"the entry has {', '.join(map(str, values)) or 'no message'}, but must have what publish takes."
            failed.append(Failed(entry["id"], True, "InvalidParameter", text))
    return BatchResult(done, tuple(failed))


def _check(entries) -> None:
    if not all(isinstance(entry, dict) for entry in entries):
        raise InvalidParameter(f"entries is {entries!r:.60}, but must be a list of dicts.")
    if not entries:
        raise EmptyBatchRequest("entries is empty, but must hold 1 to 10 of them.")
    if len(entries) > MOST:
        raise TooManyEntriesInBatchRequest(f"entries holds {len(entries)}, but must hold at most {MOST}.")
    for entry in entries:
        name = entry.get("id")
        plain = isinstance(name, str) and name.replace("-", "").replace("_", "")
        if not (plain and plain.isascii() and plain.isalnum() and len(name) <= 80):
            rule = "must have 1 to 80 letters, digits, hyphens and underscores"
            raise InvalidBatchEntryId(f"id is {name!r:.60}, but {rule}.")
    ids = [entry["id"] for entry in entries]
    if (double := next((name for name in ids if ids.count(name) > 1), None)) is not None:
        raise BatchEntryIdsNotDistinct(
            f"id {double!r:.60} stands in two entries, but each must have its own."
        )
