"""What SNS says when something can't be done, by its own error codes; `InvalidParameter` is the kernel's.

Numbers such as SNS-9 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.limits import InvalidParameter


class NotFound(InvalidParameter):
    """There is no such subscription, or no such token."""


class SubscriptionLimitExceeded(InvalidParameter):
    """A FIFO topic has as many subscriptions as it may have (SNS-17)."""


class FilterPolicyLimitExceeded(InvalidParameter):
    """A topic has as many filter policies as it may have (SNS-9)."""


class TooManyEntriesInBatchRequest(InvalidParameter):
    """A batch holds more than ten entries (SNS-5)."""


class EmptyBatchRequest(InvalidParameter):
    """A batch holds no entry."""


class BatchEntryIdsNotDistinct(InvalidParameter):
    """Two entries of a batch have the same id."""


class InvalidBatchEntryId(InvalidParameter):
    """The id of an entry holds more than letters, digits, hyphens and underscores, or more than 80 of them."""


class BatchRequestTooLong(InvalidParameter):
    """The messages of a batch are larger than the limit, taken together."""
