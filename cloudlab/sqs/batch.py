"""Up to ten messages in one call, which is billed as one request.

What is wrong with one entry is told for that entry, and the others succeed (SQS-27): so read `failed`.

Numbers such as SQS-7 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.batches import BatchResult, check_entries, check_length, each
from cloudlab.kernel.limits import checked
from cloudlab.sqs.errors import InvalidParameterValue
from cloudlab.sqs.message import LARGEST
from cloudlab.sqs.queue import Queue


@checked(InvalidParameterValue)
def send_message_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Send up to ten messages. An entry is a dict with an `id` and what `Queue.send_message` takes.

    Raises TooManyEntriesInBatchRequest, EmptyBatchRequest, BatchEntryIdsNotDistinct, InvalidBatchEntryId,
    BatchRequestTooLong or InvalidParameterValue for the batch as a whole; then nothing is sent.
    """
    check_entries(entries, InvalidParameterValue)
    check_length(entries, "message_body", LARGEST)
    return each(entries, queue.send_message, InvalidParameterValue)


@checked(InvalidParameterValue)
def delete_message_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Delete up to ten messages.

    An entry is a dict with an `id` and a `receipt_handle`. Errors as of a batch to send.
    """
    check_entries(entries, InvalidParameterValue)
    return each(entries, queue.delete_message, InvalidParameterValue)


@checked(InvalidParameterValue)
def change_message_visibility_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Hide up to ten messages for another time.

    An entry is a dict with an `id`, a `receipt_handle`, a `visibility_timeout`.
    """
    check_entries(entries, InvalidParameterValue)
    return each(entries, queue.change_message_visibility, InvalidParameterValue)
