"""A subscription: who gets a copy of what, in which form, and what happens where that fails.

Read `Subscription.wants` first, then `Subscription.letter`. Each subscription goes on by itself (see `delivery`):
one that fails holds up no other.

Numbers such as SNS-6 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import compress
from typing import Protocol

from cloudlab.kernel.contracts import Inbox, Letter
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.messages import Copies, CopyCounts, Outcome, TopicTable, copy_counts
from cloudlab.kernel.world import World
from cloudlab.sns.delivery import Delivery
from cloudlab.sns.endpoints import Endpoint
from cloudlab.sns.filters import ATTRIBUTES, BODY, check_policy, wants, wants_body
from cloudlab.sns.payloads import Notice, confirmation, identifier, payload, queue_letter, refused_by_queue
from cloudlab.sns.publication import Publication
from cloudlab.sns.retries import PROTOCOLS, Retries
from cloudlab.sns.sms import LONGEST

RAW = ("sqs", "http", "https", "firehose")
"""The kinds of endpoint that can have a message raw (SNS-6)."""

CONFIRMS = ("http", "https", "email", "email-json")
"""The kinds of endpoint that must say that they want the topic (SNS-2)."""


@dataclass(frozen=True)
class Settings:
    """The attributes of a subscription."""

    filter_policy: dict | None = None
    filter_policy_scope: str = ATTRIBUTES
    raw_message_delivery: bool = False
    dead_letter_target: Inbox | None = None
    delivery_policy: Retries | None = None


class Publisher(Protocol):
    """A topic, as its subscriptions see it."""

    part: int
    world: World
    name: str
    arn: str
    table: TopicTable

    def advance(self, now: float) -> None:
        """As `contracts.Stage.advance`."""

    def next_time(self) -> float:
        """As `contracts.Stage.next_time`."""

    def publication(self, row: int) -> Publication:
        """What was published in that row."""

    def group_of(self, row: int) -> str | None:
        """Its group."""

    def message_id(self, row: int) -> str:
        """Its id."""

    def check_queue(self, name: str, queue, *, same_kind: bool = False) -> None:
        """Raise InvalidParameter unless copies can be laid into this queue."""


class Subscription:
    """One endpoint's place at a topic. `Topic.subscribe` makes it; `settings` were checked."""

    def __init__(
        self,
        topic: Publisher,
        number: int,
        protocol: str,
        endpoint: Endpoint,
        settings: Settings,
        delivers: type[Delivery] = Delivery,
    ):
        self.topic, self.number, self.protocol, self.endpoint = topic, number, protocol, endpoint
        self.part = topic.part
        self.copies = Copies(endpoint.part, protocol=protocol)
        self.arn = f"{topic.arn}:{identifier(f'{topic.world.seed} {topic.name} subscription {number}')}"
        self.token = identifier(f"{topic.world.seed} {topic.name} token {number}").replace("-", "")
        self.asked_at = topic.world.now
        self.delivery = delivers(
            topic.table, self.copies, endpoint, protocol, PROTOCOLS[protocol], self._failed
        )
        self._number_at: dict[int, int] = {}  # the number as a source, by the part of the queue
        self._wanted: dict[int, bool] = {}
        if endpoint.inbox is not None:
            self.delivery.to = endpoint.inbox, self._source_at(endpoint.inbox)
        self.set(settings)

    @property
    def pending(self) -> bool:
        """Whether nobody has confirmed it yet: then it gets nothing (SNS-2)."""
        return self.copies.first is None

    @property
    def active(self) -> bool:
        """Whether it is confirmed, and not ended."""
        return self.copies.first is not None and self.copies.last is None

    def set(self, settings: Settings) -> None:
        """Other attributes, from now on."""
        target = settings.dead_letter_target
        self.delivery.dead = None if target is None else (target, self._source_at(target))
        self.settings, self._wanted = settings, {}
        retries = settings.delivery_policy
        self.topic.world.record.wire(
            self.part,
            "subscription",
            str(self.number),
            protocol=self.protocol,
            endpoint=self.endpoint.part,
            filter_policy=settings.filter_policy,
            filter_policy_scope=settings.filter_policy_scope,
            raw_message_delivery=settings.raw_message_delivery,
            dead_letter_target=None if target is None else target.part,
            delivery_policy=None if retries is None else vars(retries),
        )
        self.copies.dead_letters = None if target is None else target.part
        shown = self.topic.world.record.parts[self.endpoint.part].attributes
        shown["protocol"] = self.protocol
        shown.pop("filter_policy", None)
        if settings.filter_policy is not None:
            shown["filter_policy"] = json.dumps(settings.filter_policy)
        self.delivery.retries = settings.delivery_policy or PROTOCOLS[self.protocol]
        raw_to_queue = self.protocol == "sqs" and settings.raw_message_delivery
        self.delivery.refuses = self._refuses if raw_to_queue or self.protocol == "sms" else None

    def wants(self, rows: range) -> Sequence[int]:
        """Those publishes that the filter lets pass: asked once for each class of a stream's messages."""
        if self.settings.filter_policy is None:
            return rows
        table, wanted = self.topic.table, self._wanted
        paths = table.path[rows.start : rows.stop]
        passes: Iterable[bool]
        if table.content:
            passes = [
                self._passes(row) if row in table.content else self._passes_class(path, row)
                for row, path in zip(rows, paths, strict=True)
            ]
        else:
            for path in sorted(set(paths)):
                self._passes_class(path, rows.start + paths.index(path))
            passes = map(wanted.__getitem__, paths)
        return list(compress(rows, passes))

    def _passes_class(self, path: int, row: int) -> bool:
        if path not in self._wanted:
            self._wanted[path] = self._passes(row)
        return self._wanted[path]

    def _passes(self, row: int) -> bool:
        publication, policy = self.topic.publication(row), self.settings.filter_policy
        if self.settings.filter_policy_scope == BODY:
            return wants_body(policy, publication.message)
        return wants(policy, publication.attributes)

    def enter(self, state: str) -> None:
        """Write down that it is pending, confirmed or ended from now on."""
        self.topic.world.record.enter(self.topic.world.now, self.endpoint.part, "subscription", state)

    # What the endpoint gets

    def letter(self, publish: int) -> Letter:
        """What lies in a queue for the publish in that row (see `contracts.LetterSource`)."""
        letter = queue_letter(self.notice(publish), raw=self.settings.raw_message_delivery)
        return letter._replace(group_id=self.group_of(publish))

    def group_of(self, publish: int) -> str | None:
        """Its group, if it has one (see `contracts.LetterSource`)."""
        return self.topic.group_of(publish)

    def payload(self, publish: int):
        """What the endpoint receives for the publish in that row: see `payloads.payload`."""
        return payload(
            self.notice(publish), raw=self.settings.raw_message_delivery, address=self.endpoint.name
        )

    def notice(self, publish: int) -> Notice:
        """The publish in that row, on its way to this endpoint."""
        topic = self.topic
        time = topic.table.published[publish]
        return Notice(
            topic.publication(publish), self.protocol, topic.message_id(publish), topic.arn, self.arn, time
        )

    def confirmation(self) -> dict:
        """The message that asks the endpoint whether it wants the topic, with the token (SNS-22)."""
        message_id = identifier(f"{self.arn} confirmation")
        return confirmation(self.topic.arn, message_id, self.token, self.asked_at)

    def counts(self) -> CopyCounts:
        """Where its copies are now."""
        self.topic.world.reach(self.topic)
        return copy_counts(self.topic.table, self.copies, self.topic.world.now)

    # Helpers

    def _refuses(self, row: int) -> bool:
        """Whether the endpoint can't take what was published: a fault of the client."""
        publication = self.topic.publication(row)
        if self.protocol == "sms":
            return len(publication.text_for("sms")) > LONGEST
        return refused_by_queue(publication)

    def _source_at(self, inbox: Inbox) -> int:
        """The number under which a queue knows this subscription."""
        if inbox.part not in self._number_at:
            self._number_at[inbox.part] = inbox.add_source(self)
        return self._number_at[inbox.part]

    def _failed(self, time: float, publish: int, attempts: int, outcome: Outcome) -> None:
        tries = f"{attempts} attempt{'s' if attempts != 1 else ''}"
        target = self.settings.dead_letter_target
        end = f"it goes to {target.name}" if outcome == Outcome.DEAD and target is not None else "it is lost"
        text = f"Message {publish + 1} could not be delivered to {self.endpoint.name} ({tries}): {end}."
        self.topic.world.record.note(time, self.topic.part, "✕", text, publish)


def checked_settings(topic: Publisher, protocol: str, settings: Settings) -> Settings:
    """These settings, or InvalidParameter for what a subscription of this kind can't have."""
    if settings.filter_policy is not None:
        check_policy(settings.filter_policy, settings.filter_policy_scope)
        settings = replace(settings, filter_policy=deepcopy(settings.filter_policy))
    if settings.raw_message_delivery and protocol not in RAW:
        rule = f"only {', '.join(RAW)} can have a message raw"
        raise InvalidParameter(
            f"raw_message_delivery is True, but the protocol is {protocol}: {rule} (SNS-6)."
        )
    if settings.delivery_policy is not None:
        if not isinstance(settings.delivery_policy, Retries):
            rule = "must be made by healthy_retry_policy"
            raise InvalidParameter(f"delivery_policy is {settings.delivery_policy!r:.60}, but {rule}.")
        if protocol not in ("http", "https"):
            rule = "that of http and https alone can be changed"
            raise InvalidParameter(
                f"delivery_policy is given, but the protocol is {protocol}: {rule} (SNS-14)."
            )
    if settings.dead_letter_target is not None:
        topic.check_queue("dead_letter_target", settings.dead_letter_target, same_kind=True)
    return settings
