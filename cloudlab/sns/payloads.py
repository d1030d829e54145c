"""What an endpoint receives: the same message looks different to a queue, a web server, a mailbox and a function.

Read `notification` first: it is the envelope in which a message comes unless the subscription asks for it raw.
Who reads it from a queue parses twice: the body is a JSON text whose `Message` is what was published.

The signature is a sample that no one can check; so is the account's number. Times are of the simulated clock,
which begins with the year 1970.

Numbers such as SNS-21 are facts of the provider: docs/facts.md lists them with their sources.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cloudlab.kernel.contracts import Letter
from cloudlab.sns.publication import Publication
from cloudlab.sns.sms import segments

REGION, ACCOUNT = "us-east-1", "123456789012"
SIGNATURE = "SAMPLE+of+a+signature+that+nobody+can+check=="
HOST = f"https://sns.{REGION}.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-sample.pem"

MOST_QUEUE_ATTRIBUTES = 10
"""Attributes with which a raw message still reaches a queue (SNS-24)."""


@dataclass(frozen=True)
class Notice:
    """One copy of a publication on its way: what, from where, for whom, when (s)."""

    publication: Publication
    protocol: str
    message_id: str
    topic_arn: str
    subscription_arn: str
    time: float

    @property
    def text(self) -> str:
        """What this kind of endpoint gets to read."""
        return self.publication.text_for(self.protocol)

    @property
    def timestamp(self) -> str:
        """When it was published, as the provider writes it."""
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(self.time * 1000))
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def unsubscribe_url(self) -> str:
        """Where a subscriber gets rid of the topic."""
        return f"{HOST}/?Action=Unsubscribe&SubscriptionArn={self.subscription_arn}"


def identifier(text: str) -> str:
    """A text that looks like a random id, the same one for the same `text`."""
    found = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return "-".join([found[:8], found[8:12], found[12:16], found[16:20], found[20:]])


def quoted(text: str) -> str:
    """A text as it stands in a link."""
    plain = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in text.encode())


def arn(topic: str) -> str:
    """The name of a topic, unique in the whole cloud."""
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic}"


def notification(notice: Notice) -> dict:
    """The envelope of a message (SNS-21). Without a subject there is no key for it."""
    subject = notice.publication.subject
    attributes = notice.publication.attributes
    return {
        "Type": "Notification",
        "MessageId": notice.message_id,
        "TopicArn": notice.topic_arn,
        **({} if subject is None else {"Subject": subject}),
        "Message": notice.text,
        "Timestamp": notice.timestamp,
        "SignatureVersion": "1",
        "Signature": SIGNATURE,
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": notice.unsubscribe_url,
        **({"MessageAttributes": typed(attributes)} if attributes else {}),
    }


def typed(attributes: dict) -> dict:
    """Attributes as an endpoint sees them: Type and Value (SNS-21)."""
    return {name: {"Type": one["DataType"], "Value": one["StringValue"]} for name, one in attributes.items()}


def confirmation(topic_arn: str, message_id: str, token: str, time: float) -> dict:
    """What asks an endpoint whether it wants to be subscribed (SNS-22): whoever opens SubscribeURL says yes."""
    notice = Notice(Publication("-"), "http", message_id, topic_arn, "", time)
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic_arn,
        "Message": f"You have chosen to subscribe to the topic {topic_arn}. To confirm, visit the SubscribeURL.",
        "SubscribeURL": f"{HOST}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}",
        "Timestamp": notice.timestamp,
        "SignatureVersion": "1",
        "Signature": SIGNATURE,
        "SigningCertURL": CERTIFICATE,
    }


def queue_letter(notice: Notice, *, raw: bool) -> Letter:
    """What lies in a queue: the envelope as a text and no attributes (SNS-26), or raw, with them (SNS-24)."""
    publication = notice.publication
    ids = publication.group_id, publication.deduplication_id
    if raw:
        return Letter(notice.text, publication.attributes, *ids)
    return Letter(json.dumps(notification(notice), ensure_ascii=False), {}, *ids)


def refused_by_queue(publication: Publication) -> bool:
    """Whether a queue can't take this raw, for it has too many attributes: a fault of the client (SNS-24)."""
    return len(publication.attributes) > MOST_QUEUE_ATTRIBUTES


def http_headers(notice: Notice, *, raw: bool, kind: str = "Notification") -> dict[str, str]:
    """The headers of a request to a web server (SNS-23). A retry has the same message id."""
    subscription = {"x-amz-sns-subscription-arn": notice.subscription_arn}
    return {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": notice.message_id,
        "x-amz-sns-topic-arn": notice.topic_arn,
        **(subscription if kind == "Notification" else {}),
        **({"x-amz-sns-rawdelivery": "true"} if raw else {}),
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }


def web_body(notice: Notice, *, raw: bool) -> str:
    """The body of a request to a web server, or of a record in a stream. Raw, the attributes are lost (SNS-24)."""
    return notice.text if raw else json.dumps(notification(notice), ensure_ascii=False)


def mail(notice: Notice, address: str) -> str:
    """The text of a mail: the message, and below a line how to get no more of them (SNS-25)."""
    link = f"{HOST}/unsubscribe.html?SubscriptionArn={notice.subscription_arn}&Endpoint={quoted(address)}"
    rest = "If you wish to stop receiving notifications from this topic, please click or visit the link below"
    return f"{notice.text}\n\n--\n{rest} to unsubscribe:\n{link}\n"


def function_event(notice: Notice) -> dict:
    """What a function is called with (SNS-27): here it is Url, not URL, and a missing subject is None."""
    envelope = notification(notice)
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": notice.subscription_arn,
                "EventSource": "aws:sns",
                "Sns": {
                    "SignatureVersion": envelope["SignatureVersion"],
                    "Timestamp": envelope["Timestamp"],
                    "Signature": envelope["Signature"],
                    "SigningCertUrl": envelope["SigningCertURL"],
                    "MessageId": envelope["MessageId"],
                    "Message": envelope["Message"],
                    "MessageAttributes": envelope.get("MessageAttributes", {}),
                    "Type": envelope["Type"],
                    "UnsubscribeUrl": envelope["UnsubscribeURL"],
                    "TopicArn": envelope["TopicArn"],
                    "Subject": envelope.get("Subject"),
                },
            }
        ]
    }


def payload(notice: Notice, *, raw: bool, address: str):
    """What the endpoint of a subscription receives.

    A `Letter` (sqs), (headers, body) (http, https), a dict (lambda), a list of texts (sms), else a text.
    """
    protocol = notice.protocol
    if protocol == "sqs":
        return queue_letter(notice, raw=raw)
    if protocol in ("http", "https"):
        return http_headers(notice, raw=raw), web_body(notice, raw=raw)
    if protocol == "lambda":
        return function_event(notice)
    if protocol == "sms":
        return segments(notice.text)
    if protocol == "email":
        return mail(notice, address)
    if protocol == "application":
        return notice.text
    return web_body(notice, raw=raw)  # email-json, firehose
