"""A topic: what is published to it is delivered to all who have subscribed, a copy for each.

Read `Topic.publish` first, then `Topic.advance`. Who publishes doesn't know who listens, and waits for nobody. A
topic keeps nothing: who subscribes later gets nothing of what was before, and without any subscriber a message is
gone. What is wrong at one endpoint is tried again there (see `delivery`), and holds up no other.

Numbers such as SNS-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated, NamedTuple

from cloudlab.kernel.contracts import Inbox, Paths
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.kernel.messages import TopicTable
from cloudlab.kernel.world import World
from cloudlab.sns.delivery import Delivery
from cloudlab.sns.endpoints import Endpoint, QueueEndpoint
from cloudlab.sns.errors import FilterPolicyLimitExceeded, NotFound
from cloudlab.sns.filters import ATTRIBUTES, Scope
from cloudlab.sns.payloads import arn, identifier
from cloudlab.sns.publication import LARGEST, USUAL, Publication, checked_publication
from cloudlab.sns.retries import PROTOCOLS, Retries
from cloudlab.sns.subscription import CONFIRMS, Settings, Subscription, checked_settings

TOKEN_LIFE = 172_800.0
"""Seconds for which a token confirms: two days (SNS-2)."""

MOST_FILTERS = 200
"""Filter policies of one topic at most (SNS-9)."""

LARGE_TO, LARGE_MOST = ("sqs", "firehose", "lambda"), 100
"""More than 256 KiB reach these only, and with so many subscriptions at most (SNS-5)."""

Protocol = Annotated[str, Limit(choices=tuple(PROTOCOLS), label="Kind of endpoint")]
Size = Annotated[int, Limit(1024, LARGEST, "bytes", label="Largest message")]


class Unset(NamedTuple):
    """Stands for an attribute that is not to be changed."""


UNSET = Unset()


@dataclass(frozen=True)
class Published:
    """What a publish gives back. `sequence_number` is a FIFO topic's."""

    message_id: str
    sequence_number: str | None = None


class Topic:
    """A standard topic (or a FIFO topic, see `fifo`).

    `messages` says what the messages of a stream hold: {class: what `publish` takes}. A class that isn't there has
    its name and number as the text, and its name as the attribute `class`. Raises InvalidParameter.
    """

    delivers: type[Delivery] = Delivery
    """How the copies of a subscription are delivered."""

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        maximum_message_size: Size = USUAL,
        messages: dict | None = None,
    ):
        check_name(name, fifo=self.keeps_order)
        described = {
            path: self._described(path, one, maximum_message_size) for path, one in (messages or {}).items()
        }
        self.world, self.name, self.arn = world, name, arn(name)
        self.maximum_message_size = maximum_message_size
        self.part = world.record.add_part(name, "topic", time=world.now)
        world.record.wire(self.part, "topic", fifo_topic=self.keeps_order)
        self.table = world.record.topics[self.part] = TopicTable()
        self.subscriptions: list[Subscription] = []
        """All there ever were."""
        self._messages = described
        self._incoming: list[tuple[Sequence[float], Paths]] = []
        self._done = 0  # the first publish of which no copies were made yet
        self._told = False  # that nobody hears
        world.add_stage(self)

    @property
    def keeps_order(self) -> bool:
        """Whether this is a FIFO topic."""
        return False

    # Publish

    @checked()
    def publish(
        self,
        message: str,
        *,
        subject: str | None = None,
        message_structure: str | None = None,
        message_attributes: dict | None = None,
        message_group_id: str | None = None,
        message_deduplication_id: str | None = None,
    ) -> Published:
        """Send a message to all who have subscribed (SNS-5). Raises InvalidParameter; then nothing is sent."""
        publication = checked_publication(
            message,
            subject=subject,
            message_structure=message_structure,
            message_attributes=message_attributes,
            message_group_id=message_group_id,
            message_deduplication_id=message_deduplication_id,
            largest=self.maximum_message_size,
        )
        self._check_large(publication.size)
        return self._accept(publication)

    def deliver(self, times: Sequence[float], paths: Paths) -> None:
        """Take messages of a stream, in order of time: they are published when the topic goes on."""
        if times:
            self._incoming.append((times, paths))

    # Subscribe

    @checked()
    def subscribe(
        self,
        protocol: Protocol,
        endpoint: object,
        *,
        filter_policy: dict | None = None,
        filter_policy_scope: Scope = ATTRIBUTES,
        raw_message_delivery: bool = False,
        dead_letter_target: Inbox | None = None,
        delivery_policy: Retries | None = None,
    ) -> Subscription:
        """From now on `endpoint` gets a copy of what the filter lets pass.

        It is a queue where the protocol is sqs, else an `Endpoint`. Where it must confirm first, it gets nothing
        until `confirm_subscription` is called with the token (SNS-2). Who is subscribed already keeps that
        subscription. Raises InvalidParameter, SubscriptionLimitExceeded or FilterPolicyLimitExceeded.
        """
        settings = Settings(
            filter_policy, filter_policy_scope, raw_message_delivery, dead_letter_target, delivery_policy
        )
        self._check_endpoint(protocol, endpoint)
        settings = checked_settings(self, protocol, settings)
        if (known := self._known(protocol, endpoint)) is not None:
            if known.settings != settings:
                rule = (
                    "is subscribed already, with other attributes: set_subscription_attributes changes them"
                )
                raise InvalidParameter(f"endpoint {known.endpoint.name} {rule}.")
            return known
        self._check_room(settings)
        self.world.advance()
        place = endpoint if isinstance(endpoint, Endpoint) else QueueEndpoint(endpoint)  # type: ignore[arg-type]
        made = Subscription(self, len(self.subscriptions), protocol, place, settings, self.delivers)
        if place.inbox is not None:
            self.world.add_way(self, place.inbox)
        self._add_dead_letters(dead_letter_target)
        self.world.record.add_link(self.part, place.part)
        self.subscriptions.append(made)
        self.table.copies.append(made.copies)
        if protocol in CONFIRMS or place.other_account:
            made.enter("pending")
            self._note(
                "•",
                f"{place.name} is asked whether it wants {self.name}: until it confirms, it gets nothing.",
            )
        else:
            self._begin(made)
        return made

    @checked()
    def confirm_subscription(self, token: str) -> Subscription:
        """Say yes to a subscription (SNS-2). Raises NotFound for a token that is unknown, or older than two days."""
        found = next((one for one in self.subscriptions if one.token == token), None)
        if found is None or found.copies.last is not None:
            raise NotFound(f"token is {token!r:.60}, but no subscription of {self.name} has it.")
        if self.world.now > found.asked_at + TOKEN_LIFE and found.pending:
            age = self.world.now - found.asked_at
            raise NotFound(f"token is {age:g} s old, but must be at most {TOKEN_LIFE:g} s: subscribe again.")
        if found.pending:
            self.world.advance()
            self._begin(found)
        return found

    def unsubscribe(self, subscription: Subscription) -> None:
        """From now on it gets nothing; what is still tried is lost. Raises NotFound."""
        self._check_mine(subscription)
        self.world.advance()
        copies = subscription.copies
        copies.last = self._done if copies.first is None else max(self._done, copies.first)
        copies.first = copies.last if copies.first is None else copies.first
        subscription.delivery.stop(self.world.now)
        subscription.enter("ended")
        self._note("○", f"{subscription.endpoint.name} is no longer subscribed to {self.name}.")

    @checked()
    def set_subscription_attributes(
        self,
        subscription: Subscription,
        *,
        filter_policy: dict | Unset | None = UNSET,
        filter_policy_scope: Annotated[
            str | None, Limit(choices=("MessageAttributes", "MessageBody"))
        ] = None,
        raw_message_delivery: bool | None = None,
        dead_letter_target: Inbox | Unset | None = UNSET,
        delivery_policy: Retries | Unset | None = UNSET,
    ) -> None:
        """Change attributes of a subscription, for messages that are published from now on. Raises NotFound too.

        Simplified: a filter policy acts at once; the provider needs up to 15 minutes (SNS-9).
        """
        self._check_mine(subscription)
        given = {
            "filter_policy": filter_policy,
            "filter_policy_scope": UNSET if filter_policy_scope is None else filter_policy_scope,
            "raw_message_delivery": UNSET if raw_message_delivery is None else raw_message_delivery,
            "dead_letter_target": dead_letter_target,
            "delivery_policy": delivery_policy,
        }
        changes = {name: value for name, value in given.items() if value is not UNSET}
        changed = replace(subscription.settings, **changes)  # type: ignore[arg-type] # names and types stand above
        settings = checked_settings(self, subscription.protocol, changed)
        if subscription.settings.filter_policy is None:
            self._check_filters(settings)
        self.world.advance()
        self._add_dead_letters(settings.dead_letter_target)
        subscription.set(settings)

    @checked()
    def set_topic_attributes(self, *, maximum_message_size: Size) -> None:
        """Change how large a message may be, from now on."""
        self.world.advance()
        self.maximum_message_size = maximum_message_size

    # As a stage

    def advance(self, now: float) -> None:
        """Make and deliver the copies of all that is published before `now` (s), and try again what failed."""
        if self._incoming:
            self._take_in()
        first = self._done
        self._done = bisect_left(self.table.published, now, first)
        self._find_unheard(range(first, self._done))
        for subscription in self.subscriptions:
            rows = self._rows_for(subscription, first)
            subscription.delivery.go_on(subscription.wants(rows), now)

    def next_time(self) -> float:
        """The earliest moment at which something may happen here, as far as is known (s)."""
        times = [subscription.delivery.next_time() for subscription in self.subscriptions]
        times += [block[0] for block, _ in self._incoming]
        times += self.table.published[self._done : self._done + 1]
        return min(times, default=float("inf"))

    # What others ask of the topic

    def publication(self, row: int) -> Publication:
        """What was published in that row: of a stream's message what its class holds."""
        found = self.table.content.get(row)
        if isinstance(found, Publication):
            return found
        path = self.world.record.paths[self.table.path[row]]
        kind = {"class": {"DataType": "String", "StringValue": path}}
        return self._messages.get(path) or Publication(f"{path} {row + 1}", attributes=kind)

    def group_of(self, row: int) -> str | None:
        """The group of what was published in that row."""
        found = self.table.content.get(row)
        return found.group_id if isinstance(found, Publication) else None

    def message_id(self, row: int) -> str:
        """The id of a message, the same one in each copy and at each attempt."""
        return identifier(f"{self.world.seed} {self.name} {row}")

    def check_queue(self, name: str, queue, *, same_kind: bool = False) -> None:
        """Raise InvalidParameter unless copies can be laid into this queue, or its dead letters (SNS-16, SNS-17)."""
        if not fits(queue, "add_source", "deliver", "part", "tell", "world"):
            raise InvalidParameter(f"{name} is {queue!r:.60}, but must be a queue.")
        if queue.world is not self.world:
            raise InvalidParameter(f"{name} is a queue of another world, but must be of the topic's own.")
        ordered = queue.name.endswith(".fifo")
        if ordered and not self.keeps_order:
            raise InvalidParameter(f"{name} is {queue.name}, but only a FIFO topic delivers to a FIFO queue.")
        if same_kind and self.keeps_order and not ordered:
            raise InvalidParameter(f"{name} is {queue.name}, but a FIFO topic needs a FIFO queue (SNS-16).")

    # What a FIFO topic does in its own way

    def _accept(self, publication: Publication) -> Published:
        """Write down what is published now."""
        if publication.deduplication_id is not None:
            rule = "but a standard topic takes none: it may deliver a message twice"
            raise InvalidParameter(
                f"message_deduplication_id is {publication.deduplication_id!r:.60}, {rule}."
            )
        return Published(self.message_id(self._write(publication)))

    def _described(self, path, values, largest: int) -> Publication:
        """What a message of a class holds."""
        rule = "must be a dict of what publish takes, such as {'message': 'a text'}"
        if not isinstance(path, str) or not isinstance(values, dict) or "message" not in values:
            raise InvalidParameter(f"messages holds {path!r:.60}: {values!r:.60}, but each {rule}.")
        try:
            return checked_publication(**values, largest=largest)
        except TypeError:
            raise InvalidParameter(f"messages[{path!r:.60}] is {values!r:.100}, but {rule}.") from None

    # Helpers

    def _write(self, publication: Publication) -> int:
        self.world.advance()
        table, row = self.table, len(self.table.published)
        table.published.append(float(self.world.now))
        table.path.append(self.world.record.add_path("message"))
        table.content[row] = publication
        for subscription in self.subscriptions:
            if subscription.active and subscription.endpoint.inbox is not None:
                subscription.endpoint.inbox.tell()
        return row

    def _take_in(self) -> None:
        """Messages of streams, those of several in order of time."""
        blocks, self._incoming, table = self._incoming, [], self.table
        if any(later[0][0] < block[0][-1] for block, later in pairwise(blocks)):
            found: list[tuple[float, int]] = []
            for times, paths in blocks:
                found += zip(times, [paths] * len(times) if isinstance(paths, int) else paths, strict=True)
            found.sort(key=lambda one: one[0])
            blocks = [tuple(zip(*found, strict=True))]  # type: ignore[list-item] # two columns again
        for times, paths in blocks:
            table.published.extend(times)
            table.path.extend(array("B", (paths,)) * len(times) if isinstance(paths, int) else paths)

    def _rows_for(self, subscription: Subscription, first: int) -> range:
        """The new publishes that a subscription was there for."""
        copies = subscription.copies
        if copies.first is None or copies.last is not None:
            return range(0)
        return range(min(max(first, copies.first), self._done), self._done)

    def _find_unheard(self, rows: range) -> None:
        """What nobody was there for is gone: a topic keeps nothing (SNS-4)."""
        begins = [
            one.copies.first for one in self.subscriptions if one.active and one.copies.first is not None
        ]
        gone = range(rows.start, min([rows.stop, *begins]))
        if not gone:
            return
        self.table.unheard.extend(gone)
        for row in gone:
            if row in self.table.content or not self._told:
                self._told = True
                text = f"Message {row + 1} is published, but nobody is subscribed: it is gone."
                self.world.record.note(self.table.published[row], self.part, "✕", text, row)

    def _begin(self, subscription: Subscription) -> None:
        """A subscription is confirmed: it gets what is published from now on."""
        subscription.copies.first = len(self.table.published)
        subscription.enter("confirmed")
        self._told = False
        if subscription.endpoint.inbox is not None:
            subscription.endpoint.inbox.tell()
        self._note("✓", f"{subscription.endpoint.name} is subscribed to {self.name}.")

    def _known(self, protocol: str, endpoint) -> Subscription | None:
        for one in self.subscriptions:
            there = one.endpoint if one.endpoint.inbox is None else one.endpoint.inbox
            if one.copies.last is None and one.protocol == protocol and there is endpoint:
                return one
        return None

    def _add_dead_letters(self, target: Inbox | None) -> None:
        if target is not None and (self.part, target.part) not in self.world.record.links:
            self.world.add_way(self, target)

    def _check_endpoint(self, protocol: str, endpoint) -> None:
        if protocol == "sqs":
            self.check_queue("endpoint", endpoint)
            return
        function = protocol == "lambda" and fits(endpoint, "deliver", "add_source", "invoke", "world", "part")
        if not function and not isinstance(endpoint, Endpoint):
            wanted = "a function or an Endpoint" if protocol == "lambda" else f"an Endpoint for {protocol}"
            raise InvalidParameter(f"endpoint is {endpoint!r:.60}, but must be {wanted}.")
        if endpoint.world is not self.world:
            raise InvalidParameter("endpoint is of another world, but must be of the topic's own.")

    def _check_room(self, settings: Settings) -> None:
        """Raise where the topic can't have one more subscription."""
        self._check_filters(settings)

    def _check_filters(self, settings: Settings) -> None:
        there = sum(
            one.settings.filter_policy is not None for one in self.subscriptions if one.copies.last is None
        )
        if settings.filter_policy is not None and there >= MOST_FILTERS:
            rule = f"a topic has at most {MOST_FILTERS} filter policies"
            raise FilterPolicyLimitExceeded(f"filter_policy is given, but {rule} (SNS-9).")

    def _check_large(self, size: int) -> None:
        if size <= USUAL:
            return
        there = [one for one in self.subscriptions if one.copies.last is None]
        odd = next((one for one in there if one.protocol not in LARGE_TO), None)
        if odd is not None or len(there) > LARGE_MOST:
            rule = f"more than {USUAL} bytes reach {', '.join(LARGE_TO)} only, and {LARGE_MOST} subscriptions"
            raise InvalidParameter(f"message and its attributes are {size} bytes, but {rule}.")

    def _check_mine(self, subscription) -> None:
        mine = isinstance(subscription, Subscription) and subscription in self.subscriptions
        if not mine or subscription.copies.last is not None:
            raise NotFound(f"subscription is {subscription!r:.60}, but {self.name} has no such subscription.")

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, text)


def check_name(name, *, fifo: bool = False) -> None:
    """Raise InvalidParameter unless `name` is a topic's; that of a FIFO topic ends with `.fifo`."""
    plain = name.removesuffix(".fifo") if isinstance(name, str) and fifo else name
    whole = isinstance(plain, str) and plain.isascii() and plain.replace("-", "").replace("_", "").isalnum()
    if not whole or len(name) > 256:
        rule = "must have 1 to 256 letters, digits, hyphens and underscores"
        raise InvalidParameter(f"name is {name!r:.90}, but {rule}.")
    if fifo and not name.endswith(".fifo"):
        raise InvalidParameter(
            f"name is {name!r:.90}, but the name of a FIFO topic must end with .fifo (SNS-17)."
        )
