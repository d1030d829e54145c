"""Up to ten messages in one call, which is billed as one request.

A batch fails as a whole only for what is wrong with the batch. What is wrong with one entry is told for that
entry, and the others succeed (SQS-27): so read `failed`.

Numbers such as SQS-7 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.sqs.errors import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    InvalidParameterValue,
    TooManyEntriesInBatchRequest,
)
from cloudlab.sqs.message import LARGEST
from cloudlab.sqs.queue import Queue

MOST = 10
"""Entries of a batch at most (SQS-7)."""


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


@checked(InvalidParameterValue)
def send_message_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Send up to ten messages. An entry is a dict with an `id` and what `Queue.send_message` takes.

    Raises TooManyEntriesInBatchRequest, EmptyBatchRequest, BatchEntryIdsNotDistinct, InvalidBatchEntryId,
    BatchRequestTooLong or InvalidParameterValue for the batch as a whole; then nothing is sent.
    """
    _check(entries, "message_body")
    if (size := sum(len(str(entry["message_body"]).encode()) for entry in entries)) > LARGEST:
        raise BatchRequestTooLong(
            f"entries hold {size} bytes, but must hold at most {LARGEST} bytes together."
        )
    return _each(entries, queue.send_message)


@checked(InvalidParameterValue)
def delete_message_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Delete up to ten messages.

    An entry is a dict with an `id` and a `receipt_handle`. Errors as of a batch to send.
    """
    _check(entries, "receipt_handle")
    return _each(entries, queue.delete_message)


@checked(InvalidParameterValue)
def change_message_visibility_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Hide up to ten messages for another time.

    An entry is a dict with an `id`, a `receipt_handle`, a `visibility_timeout`.
    """
    _check(entries, "receipt_handle")
    return _each(entries, queue.change_message_visibility)


def _each(entries: list[dict], call: Callable) -> BatchResult:
    done: dict[str, object] = {}
    failed = []
    for entry in entries:
        try:
            done[entry["id"]] = call(**{name: value for name, value in entry.items() if name != "id"})
        except (InvalidParameter, TypeError) as error:
            code = type(error).__name__ if isinstance(error, InvalidParameter) else "InvalidParameterValue"
            failed.append(Failed(entry["id"], True, code, str(error)))
    return BatchResult(done, tuple(failed))


def _check(entries, needed: str) -> None:
    if not isinstance(entries, (list, tuple)) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidParameterValue(f"entries is {entries!r:.60}, but must be a list of dicts.")
    if not entries:
        raise EmptyBatchRequest("entries is empty, but must hold 1 to 10 of them.")
    if len(entries) > MOST:
        raise TooManyEntriesInBatchRequest(f"entries holds {len(entries)}, but must hold at most {MOST}.")
    for entry in entries:
        if not {"id", needed} <= entry.keys():
            raise InvalidParameterValue(
                f"entries holds {entry!r:.60}, but each must have an id and a {needed}."
            )
        name = entry["id"]
        plain = isinstance(name, str) and name.replace("-", "").replace("_", "")
        if not (plain and plain.isascii() and plain.isalnum() and len(name) <= 80):
            rule = "must have 1 to 80 letters, digits, hyphens and underscores"
            raise InvalidBatchEntryId(f"id is {name!r:.60}, but {rule}.")
    ids = [entry["id"] for entry in entries]
    if double := next((name for name in ids if ids.count(name) > 1), None):
        raise BatchEntryIdsNotDistinct(
            f"id {double!r:.60} stands in two entries, but each must have its own."
        )
