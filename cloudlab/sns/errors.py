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
