"""Up to ten messages in one call, which is billed as one request.

What is wrong with one entry is told for that entry, and the others succeed (SQS-27): so read `failed`.

Numbers such as SQS-7 are facts of the provider: docs/facts.md lists them with their sources.
"""

from itertools import islice

from cloudlab.kernel.batches import BatchResult, check_entries, check_length, each
from cloudlab.kernel.limits import checked
from cloudlab.kernel.messages import Fate
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
    table, before = queue.table, len(queue.table.content)
    done = each(entries, queue.send_message, InvalidParameterValue)
    new = [row for row in islice(table.content, before, None) if row not in table.was]
    table.sent_with.update(dict.fromkeys(new, new[0]) if new else {})
    return done


@checked(InvalidParameterValue)
def delete_message_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Delete up to ten messages.

    An entry is a dict with an `id` and a `receipt_handle`. Errors as of a batch to send.
    """
    check_entries(entries, InvalidParameterValue)
    done = each(entries, queue.delete_message, InvalidParameterValue)
    told = (queue.handout_of(one["receipt_handle"]) for one in entries if one["id"] in done.successful)
    gone = [handout for handout in told if queue.table.fate[handout] != Fate.IN_HAND]
    queue.table.deleted_with.update(dict.fromkeys(gone, gone[0]) if gone else {})
    return done


@checked(InvalidParameterValue)
def change_message_visibility_batch(queue: Queue, entries: list[dict]) -> BatchResult:
    """Hide up to ten messages for another time.

    An entry is a dict with an `id`, a `receipt_handle`, a `visibility_timeout`.
    """
    check_entries(entries, InvalidParameterValue)
    return each(entries, queue.change_message_visibility, InvalidParameterValue)
