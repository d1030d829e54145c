"""Up to ten messages in one call (SNS-5).

What is wrong with one entry is told for that entry, and the others succeed: so read `failed`.

Numbers such as SNS-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from itertools import islice

from cloudlab.kernel.batches import BatchResult, check_entries, check_length, each
from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.sns.topic import Topic


@checked()
def publish_batch(topic: Topic, entries: list[dict]) -> BatchResult:
    """Publish up to ten messages. An entry is a dict with an `id` and what `Topic.publish` takes.

    Raises TooManyEntriesInBatchRequest, EmptyBatchRequest, BatchEntryIdsNotDistinct, InvalidBatchEntryId,
    BatchRequestTooLong or InvalidParameter for the batch as a whole; then nothing is published.
    """
    check_entries(entries, InvalidParameter)
    check_length(entries, "message", topic.maximum_message_size)
    table, before = topic.table, len(topic.table.content)
    done = each(entries, topic.publish, InvalidParameter)
    new = list(islice(table.content, before, None))
    table.published_with.update(dict.fromkeys(new, new[0]) if new else {})
    return done
