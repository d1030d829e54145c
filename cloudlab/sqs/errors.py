"""What SQS says when something can't be done, by its own error codes (SQS-28).

Numbers such as SQS-28 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.limits import InvalidParameter


class InvalidAttributeValue(InvalidParameter):
    """A queue's attribute has a value that its rule forbids."""


class InvalidParameterValue(InvalidParameter):
    """A parameter of a call has a value that its rule forbids."""


class InvalidMessageContents(InvalidParameter):
    """A message holds what no message may hold, or nothing, or too much."""


class ReceiptHandleIsInvalid(InvalidParameter):
    """A receipt handle that this queue never gave."""


class MessageNotInflight(InvalidParameter):
    """The message is in nobody's hand, so its visibility can't be changed."""


class OverLimit(InvalidParameter):
    """So many messages are in flight that no more are handed out (SQS-13)."""


class PurgeQueueInProgress(InvalidParameter):
    """A queue can be purged once in 60 seconds (SQS-16)."""


class UnsupportedOperation(InvalidParameter):
    """The kind of queue doesn't do this."""
