"""What is published: a message, perhaps with a subject, attributes, and a text of its own for each kind of endpoint.

Numbers such as SNS-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from dataclasses import dataclass, field

from cloudlab.kernel.limits import InvalidParameter

USUAL = 262_144
"""Bytes of a message at most, its attributes included, unless the topic says otherwise: 256 KiB (SNS-5)."""

LARGEST = 1_048_576
"""Bytes that a topic may allow: 1 MiB (SNS-5)."""

LONGEST_SUBJECT = 99
"""Characters of a subject: fewer than 100 (SNS-5)."""

TYPES = ("String", "String.Array", "Number", "Binary")
"""The types of an attribute."""


@dataclass(frozen=True)
class Publication:
    """What was published in one call.

    `texts` are the texts for each protocol where the message was a JSON structure. Attributes are
    {name: {"DataType": …, "StringValue": …}}; group and id belong to topics that keep order.
    """

    message: str
    subject: str | None = None
    texts: dict[str, str] | None = None
    attributes: dict = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None

    def text_for(self, protocol: str) -> str:
        """What an endpoint of this kind gets to read (SNS-5)."""
        return self.message if self.texts is None else self.texts.get(protocol, self.texts["default"])

    @property
    def size(self) -> int:
        """The bytes that count: the message, and name, type and value of each attribute."""
        own = sum(
            len(f"{name}{one['DataType']}{one['StringValue']}".encode())
            for name, one in self.attributes.items()
        )
        return len(self.message.encode()) + own


def checked_publication(
    message,
    *,
    subject=None,
    message_structure=None,
    message_attributes=None,
    message_group_id=None,
    message_deduplication_id=None,
    largest: int = USUAL,
) -> Publication:
    """The publication of these values, or InvalidParameter for what can't be published."""
    if not isinstance(message, str) or not message or not _utf8(message):
        raise InvalidParameter(f"message is {message!r:.60}, but must be a text of at least one character.")
    ids = {"message_group_id": message_group_id, "message_deduplication_id": message_deduplication_id}
    for name, value in ids.items():
        whole = isinstance(value, str) and 1 <= len(value) <= 128 and value.isprintable() and value.isascii()
        if value is not None and not whole:
            raise InvalidParameter(f"{name} is {value!r:.60}, but must be a text of 1 to 128 characters.")
    made = Publication(
        message,
        _checked_subject(subject),
        _checked_texts(message, message_structure),
        checked_attributes(message_attributes),
        message_group_id,
        message_deduplication_id,
    )
    if made.size > largest:
        rule = f"must be at most {largest} bytes"
        raise InvalidParameter(f"message and its attributes are {made.size} bytes, but {rule}.")
    return made


def _checked_subject(subject) -> str | None:
    if subject is None:
        return None
    rule = f"must be a line of 1 to {LONGEST_SUBJECT} ASCII characters and not begin with a space"
    whole = isinstance(subject, str) and 1 <= len(subject) <= LONGEST_SUBJECT
    if not whole or not subject.isascii() or not subject.isprintable() or subject[0] == " ":
        raise InvalidParameter(f"subject is {subject!r:.60}, but {rule}.")
    return subject


def _checked_texts(message: str, structure) -> dict[str, str] | None:
    if structure is None:
        return None
    if structure != "json":
        raise InvalidParameter(f"message_structure is {structure!r:.60}, but must be 'json' or None.")
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        raise InvalidParameter(
            f"message is {message!r:.60}, but message_structure says that it is JSON."
        ) from None
    if not isinstance(found, dict) or not isinstance(found.get("default"), str):
        rule = "must be an object with the key 'default', which holds a text"
        raise InvalidParameter(f"message is {message!r:.60}, but with message_structure 'json' it {rule}.")
    return {key: text for key, text in found.items() if isinstance(text, str)}


def checked_attributes(attributes) -> dict:
    """Attributes of a message, or InvalidParameter for what are none."""
    if attributes is None:
        return {}
    rule = "must be a dict such as {'kind': {'DataType': 'String', 'StringValue': 'print'}}"
    if not isinstance(attributes, dict):
        raise InvalidParameter(f"message_attributes is {attributes!r:.60}, but {rule}.")
    for name, one in attributes.items():
        plain = isinstance(name, str) and name.replace("_", "").replace("-", "").replace(".", "")
        if not (plain and plain.isascii() and plain.isalnum() and len(name) <= 256):
            words = "must have 1 to 256 letters, digits, underscores, hyphens and points"
            raise InvalidParameter(f"message_attributes holds the name {name!r:.60}, but it {words}.")
        if not isinstance(one, dict) or not isinstance(one.get("StringValue"), str) or not one["StringValue"]:
            raise InvalidParameter(f"message_attributes[{name!r}] is {one!r:.60}, but the whole {rule}.")
        if not _utf8(one["StringValue"]):
            raise InvalidParameter(f"message_attributes[{name!r}] holds a character that can't be sent.")
        if one.get("DataType") not in TYPES:
            kinds = f"must be one of {', '.join(TYPES)}"
            raise InvalidParameter(f"DataType of {name!r:.60} is {one.get('DataType')!r:.60}, but {kinds}.")
    return {
        name: {"DataType": one["DataType"], "StringValue": one["StringValue"]}
        for name, one in attributes.items()
    }


def _utf8(text: str) -> bool:
    return not any(0xD800 <= ord(one) <= 0xDFFF for one in text)
