"""Lambda: functions that run only while they are called. Read `function.Function` first."""

from cloudlab.kernel.vcpu import share
from cloudlab.lambda_function.account import Account
from cloudlab.lambda_function.errors import (
    CodeStorageExceededException,
    InvalidParameterValueException,
    InvalidRequestContentException,
    InvalidZipFileException,
    RequestTooLargeException,
    ResourceConflictException,
    ResourceNotFoundException,
    TooManyRequestsException,
)
from cloudlab.lambda_function.function import Function, Response
from cloudlab.lambda_function.log import log_lines
from cloudlab.lambda_function.mapping import EventSourceMapping
from cloudlab.lambda_function.metrics import Reading, metrics
from cloudlab.lambda_function.runtimes import runtime, runtimes
from cloudlab.lambda_function.versions import Alias
from cloudlab.lambda_function.zipped import package

__all__ = [
    "Account",
    "Alias",
    "CodeStorageExceededException",
    "EventSourceMapping",
    "Function",
    "InvalidParameterValueException",
    "InvalidRequestContentException",
    "InvalidZipFileException",
    "Reading",
    "RequestTooLargeException",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "Response",
    "TooManyRequestsException",
    "log_lines",
    "metrics",
    "package",
    "runtime",
    "runtimes",
    "share",
]
