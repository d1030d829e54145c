"""What moto, an imitation of AWS, makes of cases, in an environment of its own.

    python moto_cases.py filters < cases.json      [[policy, scope, attributes, body], …] → [true, …]
    python moto_cases.py queues < cases.json       [{"visibility_timeout", …, "acts"}, …] → what each receive brought

Time is a number here, as in the laboratory: what an act says is when it happens.
"""

import contextlib
import json
import os
import sys

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.sns.utils import FilterPolicyMatcher
from moto.sqs import models

KEYS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1"}
CLOCK = [1_000_000.0]


def main(what: str) -> None:
    """Answer the cases that stand in the standard input."""
    answer = {"filters": wanted, "queues": received}[what]
    print(json.dumps([answer(case) for case in json.load(sys.stdin)]))


def wanted(case) -> bool | None:
    """Whether a subscription with such a policy would get the message; None where moto itself fails."""
    policy, scope, attributes, body = case
    plain = {}
    for name, one in attributes.items():
        numbers = one["DataType"] == "Number"
        value = one["StringValue"]
        plain[name] = {"Type": one["DataType"], "Value": value if not numbers else float(value)}
    try:
        return bool(FilterPolicyMatcher(policy, scope).matches(plain, body))
    except (AttributeError, TypeError):
        return None


def received(case) -> list:
    """What each receive brings: [body, how often received], and at the end what lies among the dead letters."""
    with mock_aws():
        models.unix_time = lambda *_: CLOCK[0]
        models.unix_time_millis = lambda *_: CLOCK[0] * 1000
        return Run(case).all()


class Run:
    """One queue, and what is done to it."""

    def __init__(self, case: dict):
        self.sqs, self.case, self.held = boto3.client("sqs"), case, {}
        end = ".fifo" if case["fifo"] else ""
        fifo = {"FifoQueue": "true"} if case["fifo"] else {}
        self.dead = self.sqs.create_queue(QueueName=f"dead{end}", Attributes=fifo)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]
        letters = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": case["max_receive_count"]}
        attributes = fifo | {
            "VisibilityTimeout": str(case["visibility_timeout"]),
            "DelaySeconds": str(case["delay_seconds"]),
            "RedrivePolicy": json.dumps(letters),
        }
        self.url = self.sqs.create_queue(QueueName=f"q{end}", Attributes=attributes)["QueueUrl"]

    def all(self) -> list:
        """Do all acts, in order."""
        start, found = CLOCK[0], []
        for time, act, *rest in self.case["acts"]:
            CLOCK[0] = start + time
            told = getattr(self, act)(*rest)
            if act == "receive":
                found.append(told)
        CLOCK[0] += 100_000
        return [*found, sorted(one["Body"] for one in self.take(self.dead))]

    def send(self, body: str, group: str, identity: str) -> None:
        """Send one message."""
        names = {"MessageGroupId": group, "MessageDeduplicationId": identity} if self.case["fifo"] else {}
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **names)

    def receive(self) -> list:
        """Take messages without waiting."""
        found = self.take(self.url, self.case["most"])
        self.held |= {one["Body"]: one["ReceiptHandle"] for one in found}
        return [[one["Body"], int(one["Attributes"]["ApproximateReceiveCount"])] for one in found]

    def take(self, url: str, most: int = 10) -> list:
        """One receive."""
        names = {"MaxNumberOfMessages": most, "AttributeNames": ["All"], "WaitTimeSeconds": 0}
        return self.sqs.receive_message(QueueUrl=url, **names).get("Messages", [])

    def delete(self, body: str) -> None:
        """Delete a message that was received."""
        if body in self.held:
            with contextlib.suppress(ClientError):  # among the dead letters by now
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=self.held[body])

    def hide(self, body: str, seconds: int) -> None:
        """Hide a message that is in flight for so long from now on."""
        if body in self.held:
            names = {"ReceiptHandle": self.held[body], "VisibilityTimeout": seconds}
            with contextlib.suppress(ClientError):  # in nobody's hand any more
                self.sqs.change_message_visibility(QueueUrl=self.url, **names)


if __name__ == "__main__":
    os.environ.update(KEYS)
    main(sys.argv[1])
