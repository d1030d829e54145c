"""What Lambda says when something can't be done, by its own error codes.

Numbers such as FN-18 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.invocations import Throttle
from cloudlab.kernel.limits import InvalidParameter


class InvalidParameterValueException(InvalidParameter):
    """A parameter of a call has a value that its rule forbids."""


class InvalidZipFileException(InvalidParameter):
    """The package is no zip that can be opened."""


class CodeStorageExceededException(InvalidParameter):
    """The package is larger than a function's may be (FN-1)."""


class InvalidRequestContentException(InvalidParameter):
    """The event is no JSON."""


class RequestTooLargeException(InvalidParameter):
    """The event, or what the handler returned, is larger than it may be (FN-1)."""


class ResourceNotFoundException(InvalidParameter):
    """There is no such version or alias."""


class ResourceConflictException(InvalidParameter):
    """It is there already."""


class TooManyRequestsException(InvalidParameter):
    """The call is turned away: HTTP 429, with one of the reasons of `Throttle` (FN-18)."""


def turned_away(why: Throttle, function: str) -> TooManyRequestsException:
    """The error for a call that a function turned away."""
    return TooManyRequestsException(
        f"{function} turns the call away: {why.code}. Who calls must try again (FN-18)."
    )
