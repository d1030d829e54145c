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
    """The call is turned away: HTTP 429 (FN-18). `reason` says why."""

    def __init__(self, throttle: Throttle, function: str):
        self.reason = throttle.code
        super().__init__(
            f"{function} turns the call away: {throttle.code}. A caller must try again itself (FN-18)."
        )
