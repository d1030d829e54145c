"""A message, as it is sent and as it is received.

Numbers such as SQS-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Annotated

from cloudlab.kernel.limits import Limit
from cloudlab.sqs.errors import InvalidMessageContents, InvalidParameterValue

LARGEST = 1_048_576
"""Bytes of a message at most, its attributes included: 1 MiB (SQS-5; the older figure is 262,144)."""

MOST_ATTRIBUTES = 10
"""Attributes of a message at most."""

Delay = Annotated[float, Limit(0, 900, "s", label="Delay")]
Timeout = Annotated[float, Limit(0, 43_200, "s", choices=(10, 30, 60, 120), label="Visibility timeout")]
Wait = Annotated[float, Limit(0, 20, "s", label="Wait for messages")]
Batch = Annotated[int, Limit(1, 10, "messages", label="Messages at once")]


@dataclass(frozen=True)
class Content:
    """What a message holds: body, attributes {name: {"DataType": …, "StringValue": …}}, the ids of a FIFO queue."""

    body: str
    attributes: dict = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None

    @property
    def size(self) -> int:
        """The bytes that count (SQS-5)."""
        return size_of(self.body, self.attributes)


@dataclass(frozen=True)
class Sent:
    """What a send gives back. `sequence_number` is a FIFO queue's."""

    message_id: str
    md5_of_message_body: str
    sequence_number: str | None = None


@dataclass(frozen=True)
class Message:
    """A message in somebody's hand (SQS-27).

    `receipt_handle` is the key of this receive, with which it is deleted; `attributes` are the system's
    (SQS-15), as texts, times in milliseconds of simulated time.
    """

    message_id: str
    receipt_handle: str
    body: str
    md5_of_body: str
    attributes: dict[str, str]
    message_attributes: dict = field(default_factory=dict)

    @property
    def approximate_receive_count(self) -> int:
        """How often this message was received, this time included."""
        return int(self.attributes["ApproximateReceiveCount"])


def md5(text: str) -> str:
    """The check sum that SQS gives of a body."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def checked_content(
    body, attributes, group_id=None, deduplication_id=None, *, largest: int = LARGEST
) -> Content:
    """The content of a message.

    Raises InvalidMessageContents or InvalidParameterValue for what no message may hold.
    """
    if not isinstance(body, str) or not body:
        raise InvalidMessageContents(
            f"message_body is {body!r:.60}, but must be a text of at least one character."
        )
    if odd := next((one for one in body if not _allowed(ord(one))), None):
        raise InvalidMessageContents(f"message_body holds the character {odd!r}, which no message may hold.")
    attributes = _checked_attributes(attributes)
    size = size_of(body, attributes)
    if size > largest:
        raise InvalidMessageContents(
            f"message_body and its attributes are {size} bytes, but must be at most {largest} bytes."
        )
    for name, value in (("message_group_id", group_id), ("message_deduplication_id", deduplication_id)):
        if value is not None and not (
            isinstance(value, str) and 1 <= len(value) <= 128 and value.isprintable()
        ):
            raise InvalidParameterValue(
                f"{name} is {value!r:.60}, but must be a text of 1 to 128 characters."
            )
    return Content(body, attributes, group_id, deduplication_id)


def size_of(body: str, attributes: dict) -> int:
    """The bytes that count: the body, and name, type and value of each attribute."""
    own = sum(
        len(f"{name}{one['DataType']}{one['StringValue']}".encode()) for name, one in attributes.items()
    )
    return len(body.encode()) + own


def _allowed(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _checked_attributes(attributes) -> dict:
    if attributes is None:
        return {}
    rule = "must be a dict such as {'kind': {'DataType': 'String', 'StringValue': 'print'}}"
    if not isinstance(attributes, dict) or len(attributes) > MOST_ATTRIBUTES:
        raise InvalidParameterValue(
            f"message_attributes is {attributes!r:.60}, but {rule}, with at most {MOST_ATTRIBUTES}."
        )
    for name, one in attributes.items():
        whole = (
            isinstance(one, dict)
            and isinstance(one.get("StringValue"), str)
            and isinstance(one.get("DataType"), str)
        )
        if not isinstance(name, str) or not name or not whole:
            raise InvalidParameterValue(f"message_attributes holds {name!r:.30}: {one!r:.60}, but {rule}.")
        if one["DataType"].split(".")[0] not in ("String", "Number", "Binary"):
            kinds = "must begin with String, Number or Binary"
            raise InvalidParameterValue(f"DataType of {name!r:.30} is {one['DataType']!r:.30}, but {kinds}.")
    return {
        name: {"DataType": one["DataType"], "StringValue": one["StringValue"]}
        for name, one in attributes.items()
    }
