"""SQS: queues from which receivers pull. Read `queue.Queue` first."""

from cloudlab.sqs.errors import (
    InvalidAttributeValue,
    InvalidMessageContents,
    InvalidParameterValue,
    MessageNotInflight,
    OverLimit,
    PurgeQueueInProgress,
    ReceiptHandleIsInvalid,
)
from cloudlab.sqs.message import Message
from cloudlab.sqs.queue import Queue
from cloudlab.sqs.workers import Workers

__all__ = [
    "InvalidAttributeValue",
    "InvalidMessageContents",
    "InvalidParameterValue",
    "Message",
    "MessageNotInflight",
    "OverLimit",
    "PurgeQueueInProgress",
    "Queue",
    "ReceiptHandleIsInvalid",
    "Workers",
]
