"""Topics, subscriptions and queues (CF-9 to CF-12).

Numbers such as CF-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from math import ceil

from cloudlab.export.concepts.functions import let_call
from cloudlab.export.template import Draft, attribute, ref

EXAMPLES = {
    "http": "http://example.com/",
    "https": "https://example.com/",
    "email": "someone@example.com",
    "email-json": "someone@example.com",
    "sms": "+12025550100",
}
"""Addresses that belong to nobody, so that a template can be read: whoever deploys it gives real ones."""


def topic(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A topic."""
    fifo = wired["fifo_topic"] or None
    draft.add(
        draft.name(part),
        "AWS::SNS::Topic",
        {
            "TopicName": draft.record.parts[part].name,
            "FifoTopic": fifo,
            "ContentBasedDeduplication": fifo and wired.get("content_based_deduplication", False),
        },
    )


def subscription(draft: Draft, part: int, name: str, wired: dict) -> None:
    """One endpoint's place at a topic; a queue must let the topic in."""
    protocol, dead = wired["protocol"], wired["dead_letter_target"]
    filters = wired["filter_policy"]
    if protocol == "sqs":
        endpoint = attribute(draft.name(wired["endpoint"]), "Arn")
        _let_in(draft, wired["endpoint"], part)
    elif protocol == "lambda" and draft.wired(wired["endpoint"], "function"):
        endpoint = let_call(draft, wired["endpoint"], part)
    else:
        words = f"Address of {draft.record.parts[wired['endpoint']].name}, for {protocol}"
        more = {"Default": EXAMPLES[protocol]} if protocol in EXAMPLES else {}
        known = draft.name(wired["endpoint"], "address")
        if (
            draft.parameters.get(known, {}).get("Description", words) != words
        ):  # it listens in another way, too
            known = draft.name(wired["endpoint"], f"{protocol} address")
        endpoint = draft.parameter(known, "String", words, **more)
    if dead is not None:
        _let_in(draft, dead, part)
    role = None
    if protocol == "firehose":
        role = draft.parameter("FirehoseRole", "String", "Arn of a role that may put records into the stream")
    draft.add(
        draft.name(part, f"to {draft.record.parts[wired['endpoint']].name} {name}"),
        "AWS::SNS::Subscription",
        {
            "TopicArn": ref(draft.name(part)),
            "Protocol": protocol,
            "Endpoint": endpoint,
            "FilterPolicy": filters,
            "FilterPolicyScope": None if filters is None else wired["filter_policy_scope"],
            "RawMessageDelivery": wired["raw_message_delivery"] or None,
            "RedrivePolicy": None
            if dead is None
            else {"deadLetterTargetArn": attribute(draft.name(dead), "Arn")},
            "DeliveryPolicy": _delivery(wired["delivery_policy"]) if protocol in ("http", "https") else None,
            "SubscriptionRoleArn": role,
        },
    )


def _delivery(retries: dict | None) -> dict | None:
    """The phases of tries after a failure, as SNS names them."""
    if retries is None:
        return None
    count = sum(retries[phase] for phase in ("no_delay", "least", "backoff", "largest"))
    return {
        "healthyRetryPolicy": {
            "numRetries": count,
            "numNoDelayRetries": retries["no_delay"],
            "numMinDelayRetries": retries["least"],
            "numMaxDelayRetries": retries["largest"],
            "minDelayTarget": ceil(retries["min_delay"]),
            "maxDelayTarget": ceil(retries["max_delay"]),
            "backoffFunction": retries["function"],
        }
    }


def _let_in(draft: Draft, queue: int, topic: int) -> None:
    """The queue's policy lets this topic send (CF-12)."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": attribute(draft.name(queue), "Arn"),
        "Condition": {"ArnEquals": {"aws:SourceArn": ref(draft.name(topic))}},
    }
    name = draft.name(queue, "policy")
    known = draft.resources.get(name, {}).get("Properties", {}).get("PolicyDocument", {}).get("Statement", [])
    statements = known if statement in known else [*known, statement]
    document = {"Version": "2012-10-17", "Statement": statements}
    draft.add(name, "AWS::SQS::QueuePolicy", {"Queues": [ref(draft.name(queue))], "PolicyDocument": document})


def queue(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A queue, and where its dead letters go. Seconds are whole there."""
    dead, fifo = wired["dead_letter_target"], wired["fifo_queue"] or None
    draft.only_here("servers and missed_deletes of a queue: how it is built, which nobody tells")
    letters = {"deadLetterTargetArn": attribute(draft.name(dead), "Arn")} if dead is not None else None
    draft.add(
        draft.name(part),
        "AWS::SQS::Queue",
        {
            "QueueName": draft.record.parts[part].name,
            "FifoQueue": fifo,
            "ContentBasedDeduplication": fifo and wired["content_based_deduplication"],
            "VisibilityTimeout": ceil(wired["visibility_timeout"]),
            "DelaySeconds": ceil(wired["delay_seconds"]),
            "MessageRetentionPeriod": ceil(wired["message_retention_period"]),
            "ReceiveMessageWaitTimeSeconds": ceil(wired["receive_message_wait_time_seconds"]),
            "MaximumMessageSize": wired["maximum_message_size"],
            "RedrivePolicy": letters and letters | {"maxReceiveCount": wired["max_receive_count"]},
        },
    )


def worker(draft: Draft, _part: int, _name: str, _wired: dict) -> None:
    """Who takes messages is a program of yours: the template says nothing of it."""
    draft.only_here("workers: there they are your program, on machines or as functions that you choose")


def orders(draft: Draft, _part: int, _name: str, _wired: dict) -> None:
    """Who answers requests publishes a message for each: that is a program too."""
    draft.only_here("how a request becomes a message: there your program publishes it when it has answered")


MAKERS = {"topic": topic, "subscription": subscription, "queue": queue, "worker": worker, "orders": orders}
