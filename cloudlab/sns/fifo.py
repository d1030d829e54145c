"""FIFO topics: strict order in a group, and nothing twice within five minutes.

Read `InGroups._follow` first: a copy is tried only when the one before it in its group is over, be it delivered,
dead or lost. So one that can't be delivered holds up its own group, and no other. What is published again with
the same deduplication id within five minutes is accepted and not delivered.

Simplified: the rate of 3,000 messages/s is not enforced, and dead letters don't stop their group.

Numbers such as SNS-17 are facts of the provider: docs/facts.md lists them with their sources.
"""

import hashlib
from collections import deque
from dataclasses import replace
from math import inf

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.messages import Copies, TopicTable
from cloudlab.kernel.world import World
from cloudlab.sns.delivery import Delivery, Failure
from cloudlab.sns.endpoints import Endpoint
from cloudlab.sns.errors import SubscriptionLimitExceeded
from cloudlab.sns.publication import USUAL, Publication
from cloudlab.sns.retries import Retries
from cloudlab.sns.subscription import Settings
from cloudlab.sns.topic import Published, Size, Topic

WINDOW = 300.0
"""Seconds in which a message with the same deduplication id is no new one (SNS-17)."""

MOST_SUBSCRIPTIONS = 100
"""Subscriptions of a FIFO topic at most (SNS-17)."""


class InGroups(Delivery):
    """As `Delivery`, one copy of a group after the other."""

    def __init__(
        self,
        table: TopicTable,
        copies: Copies,
        endpoint: Endpoint,
        protocol: str,
        retries: Retries,
        told: Failure,
    ):
        super().__init__(table, copies, endpoint, protocol, retries, told)
        self._behind: dict[object, deque[int]] = {}  # copies that wait for the one that is tried, by group
        self._free_at: dict[object, float] = {}  # when the newest one of a group was over

    @property
    def held(self) -> bool:
        """Those of its group wait for a copy that is still tried."""
        return bool(self.trying)

    def stop(self, now: float) -> None:
        """As `Delivery.stop`; those that wait are lost too."""
        waiting = [(now, copy, 0) for behind in self._behind.values() for copy in behind]
        self._behind.clear()
        self.trying += waiting
        super().stop(now)

    def _group(self, copy: int):
        """The group of a copy; a stream's messages are in the group of their class."""
        row = self.copies.publish[copy]
        found = self.table.content.get(row)
        return found.group_id if isinstance(found, Publication) else self.table.path[row]

    def _begin(self, row: int) -> None:
        copy = self._write(row)
        group = self._group(copy)
        if group in self._behind:
            self._behind[group].append(copy)
            return
        self._behind[group] = deque()
        self.trying.append((max(self.table.published[row], self._free_at.get(group, 0.0)), copy, 0))

    def _follow(self, time: float, copy: int, attempts: int, now: float) -> None:
        """One copy, and when it is over those that waited for it."""
        group = self._group(copy)
        while True:
            super()._follow(time, copy, attempts, now)
            if (ended := self.copies.ended[copy]) == inf:
                return
            self._free_at[group] = ended
            if not self._behind[group]:
                del self._behind[group]
                return
            copy, attempts = self._behind[group].popleft(), 0
            time = max(ended, self.table.published[self.copies.publish[copy]])


class FifoTopic(Topic):
    """A topic that keeps the order of each group, and takes nothing twice within five minutes (SNS-17).

    Its name ends with `.fifo`, and queues alone subscribe to it. With `content_based_deduplication` the message
    stands for the id that is not given. Raises InvalidParameter.
    """

    delivers = InGroups

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        content_based_deduplication: bool = False,
        maximum_message_size: Size = USUAL,
        messages: dict | None = None,
    ):
        super().__init__(world, name, maximum_message_size=maximum_message_size, messages=messages)
        self.content_based_deduplication = content_based_deduplication
        world.record.wire(
            self.part, "topic", fifo_topic=True, content_based_deduplication=content_based_deduplication
        )
        self._ids: dict[str, tuple[float, Published]] = {}

    @property
    def keeps_order(self) -> bool:
        """Whether this is a FIFO topic."""
        return True

    def group_of(self, row: int) -> str | None:
        """The group of what was published in that row; a stream's messages are in the group of their class."""
        return super().group_of(row) or self.world.record.paths[self.table.path[row]]

    def _accept(self, publication: Publication) -> Published:
        if publication.group_id is None:
            rule = "but a FIFO topic needs one: the order holds within a group"
            raise InvalidParameter(f"message_group_id is None, {rule}.")
        key = publication.deduplication_id
        if key is None and self.content_based_deduplication:
            key = hashlib.sha256(publication.message.encode()).hexdigest()
        if key is None:
            rule = "but a FIFO topic needs one, or content_based_deduplication"
            raise InvalidParameter(f"message_deduplication_id is None, {rule}.")
        since, before = self._ids.get(key, (-inf, None))
        if before is not None and self.world.now < since + WINDOW:
            text = f"A message with the deduplication id {key[:20]} was published before: it is not delivered again."
            self._note("•", text)
            return before
        row = self._write(replace(publication, deduplication_id=key))
        made = Published(self.message_id(row), f"{row + 1:020d}")
        self._ids[key] = (self.world.now, made)
        return made

    def _check_endpoint(self, protocol: str, endpoint) -> None:
        if protocol != "sqs":
            raise InvalidParameter(
                f"protocol is {protocol!r:.60}, but a FIFO topic delivers to queues only (SNS-17)."
            )
        super()._check_endpoint(protocol, endpoint)

    def _check_room(self, settings: Settings) -> None:
        super()._check_room(settings)
        if sum(one.copies.last is None for one in self.subscriptions) >= MOST_SUBSCRIPTIONS:
            rule = f"has at most {MOST_SUBSCRIPTIONS} subscriptions"
            raise SubscriptionLimitExceeded(f"endpoint would be one too many: a FIFO topic {rule} (SNS-17).")
