"""The topic against one that walks through each moment (`topic_reference`), row by row; and no copy is lost sight of.

Times stand on a coarse grid, so that ties are the rule; there are outages, slow answers, time-outs, refusals,
subscriptions that begin and end, filters, dead letters, and groups that keep their order.
"""

from dataclasses import dataclass
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import some
from topic_reference import Listener, SlowTopic

from cloudlab.kernel.messages import copy_counts
from cloudlab.kernel.world import World
from cloudlab.sns import Endpoint, FifoTopic, Topic
from cloudlab.sns.retries import Retries
from cloudlab.sqs import Queue
from cloudlab.sqs.fifo import FifoQueue

OUTCOMES = ("trying", "delivered", "dead", "lost")
KINDS = ("a", "b", "c")


@dataclass
class Scene:
    letters: list  # (time, class, feed)
    listeners: list  # dicts
    controls: list  # (time, listener, what, seconds)
    ordered: bool
    end: float


def scene(seed: int, ordered: bool) -> Scene:
    dice = Random(f"{seed} {ordered}")
    grid = dice.choice([5, 5, 15])

    def time(low, high):
        return float(grid * dice.randint(low, high))

    now, letters = 0.0, []
    for _ in range(dice.randint(1, 30)):
        now += time(0, 3) + (time(10, 40) if dice.random() < 0.1 else 0)
        letters.append((now, dice.choice(KINDS), dice.randrange(2)))
    listeners, controls = [], []
    for number in range(dice.randint(1, 4)):
        least, steps = dice.choice([5.0, 10.0]), dice.choice([1, 2, 3])
        listeners.append(
            {
                "queue": ordered or dice.random() < 0.5,
                "wants": set(KINDS) if dice.random() < 0.5 else set(dice.sample(KINDS, dice.randint(1, 2))),
                "phases": (*tuple(dice.choice([0, 0, 1, 2]) for _ in range(3)), dice.choice([0, 3, 500])),
                "delays": (least, least * steps),
                "dead": dice.random() < 0.5,
            }
        )
        if dice.random() < 0.8:
            controls.append((0.0, number, "begin", 0))
        else:
            controls.append((time(0, 20), number, "begin", 0))
        moment = controls[-1][0]
        for _ in range(dice.choice([0, 1, 3, 8])):
            moment += time(1, 12)
            what = dice.choice(["up", "down", "down", "away", "slow"])
            controls.append(
                (moment, number, what, dice.choice([5.0, 10.0, 15.0, 20.0]) if what == "slow" else 0)
            )
        if dice.random() < 0.2:
            controls.append((moment + time(1, 12), number, "end", 0))
    controls.sort(key=lambda one: one[0])
    last = max([now, *(time for time, *_ in controls)])
    return Scene(letters, listeners, controls, ordered, last + grid * dice.choice([1.0, 20.0, 100.0]))


def delays(listener: dict) -> list[float]:
    """The delays of all retries, written down: the back-off grows by equal steps."""
    (none, least, growing, most), (low, high) = listener["phases"], listener["delays"]
    steps = [low + (high - low) * place / max(1, growing - 1) for place in range(growing)]
    return [0.0] * none + [low] * least + steps + [high] * most


class Feed:
    """A stage that sends messages to a topic."""

    def __init__(self, world, name, topic, letters):
        self.world, self.topic, self.letters = world, topic, letters
        self.part = world.record.add_part(name, "customers")
        world.add_stage(self)
        world.add_way(self, topic)

    def advance(self, now):
        sent = [one for one in self.letters if one[0] < now]
        self.letters = self.letters[len(sent) :]
        paths = [self.world.record.add_path(kind) for _, kind in sent]
        self.topic.deliver([time for time, _ in sent], paths)

    def next_time(self):
        return self.letters[0][0] if self.letters else inf


class Fast:
    def __init__(self, it: Scene, seed: int):
        self.it, self.world = it, World(seed)
        self.ending = ".fifo" if it.ordered else ""
        self.topic = (FifoTopic if it.ordered else Topic)(self.world, f"topic{self.ending}")
        for feed in (0, 1):
            letters = [(time, kind) for time, kind, which in it.letters if which == feed]
            Feed(self.world, f"feed {feed}", self.topic, letters)
        kind = FifoQueue if it.ordered else Queue
        self.queues, self.dead, self.subscriptions = [], [], []
        for number, one in enumerate(it.listeners):
            queue = kind(self.world, f"queue{number}{self.ending}") if one["queue"] else None
            self.queues.append(queue)
            self.dead.append(kind(self.world, f"dead{number}{self.ending}") if one["dead"] else None)
            self.subscriptions.append(None)
        self.world.process(self.control())
        self.world.process(self.look(Random(seed)))

    def control(self):
        for time, number, what, seconds in self.it.controls:
            if time > self.world.now:
                yield self.world.timeout(time - self.world.now)
            if what == "begin":
                self.begin(number)
            elif what == "end":
                self.topic.unsubscribe(self.subscriptions[number])
            else:
                endpoint = self.subscriptions[number].endpoint
                done = {"up": endpoint.restore, "down": endpoint.fail, "away": endpoint.forbid}
                done[what]() if what != "slow" else endpoint.slow_down(seconds)

    def begin(self, number):
        one, queue = self.it.listeners[number], self.queues[number]
        policy = {"filter_policy": {"class": sorted(one["wants"])}} if len(one["wants"]) < 3 else {}
        where = ("sqs", queue) if queue else ("https", Endpoint(self.world, f"shop{number}"))
        made = self.topic.subscribe(*where, dead_letter_target=self.dead[number], **policy)
        none, least, growing, most = one["phases"]
        made.delivery.retries = Retries(none, least, growing, most, *one["delays"], "linear")
        self.topic.confirm_subscription(made.token)
        self.subscriptions[number] = made

    def look(self, dice):
        """Somebody looks now and then, between the moments of the grid: that changes nothing."""
        while True:
            yield self.world.timeout(dice.choice([1.0, 7.0, 33.0]) + 0.5)
            self.world.advance()


def kept(end: float, rows: list[tuple]) -> list[tuple]:
    """The rows (publish, attempts, ended, outcome) as they stand at `end`."""
    return [row if row[2] < end else (*row[:2], inf, "trying") for row in rows]


def arrived(queue) -> list[tuple]:
    return list(zip(queue.table.sent, queue.table.publish, strict=True))


@pytest.mark.parametrize("ordered", [False, True], ids=["standard", "fifo"])
@pytest.mark.parametrize("seed", some(range(4000), 150))
def test_the_topic_does_the_same_as_one_that_walks_through_each_moment(seed, ordered):
    it = scene(seed, ordered)
    listeners = [
        Listener(one["wants"], delays(one), inf if one["queue"] else 15.0, one["dead"], ordered)
        for one in it.listeners
    ]
    letters = sorted(it.letters, key=lambda one: (one[0], one[2]))
    slow = SlowTopic([(time, kind) for time, kind, _ in letters], listeners, it.controls)
    slow.run(it.end)
    fast = Fast(it, seed)
    fast.world.run(it.end)
    assert list(fast.topic.table.unheard) == slow.unheard
    for number, listener in enumerate(listeners):
        copies = fast.subscriptions[number].copies
        columns = zip(copies.publish, copies.attempts, copies.ended, copies.outcome, strict=True)
        rows = [(row, attempts, ended, OUTCOMES[outcome]) for row, attempts, ended, outcome in columns]
        slow_rows = [(copy.row, copy.attempts, copy.ended, copy.outcome) for copy in listener.copies]
        assert kept(it.end, rows) == kept(it.end, slow_rows), number
        if fast.queues[number] is not None:
            assert arrived(fast.queues[number]) == sorted(listener.got)
        if fast.dead[number] is not None:
            assert arrived(fast.dead[number]) == sorted(listener.buried)


@given(seed=st.integers(0, 10**6), ordered=st.booleans(), share=st.floats(0, 1))
def test_each_copy_is_somewhere_at_any_moment(seed, ordered, share):
    """Published × matching subscriptions = delivered + retrying + dead + lost."""
    it = scene(seed, ordered)
    fast = Fast(it, seed)
    fast.world.run(it.end)
    moment = share * it.end
    for number, subscription in enumerate(fast.subscriptions):
        if subscription is None:
            continue
        one = it.listeners[number]
        ends = [time for time, who, what, _ in it.controls if (who, what) == (number, "end")]
        (begin,) = (time for time, who, what, _ in it.controls if (who, what) == (number, "begin"))
        there = [kind for time, kind, _ in it.letters if begin <= time < min([inf, *ends]) and time <= moment]
        found = copy_counts(fast.topic.table, subscription.copies, moment)
        wanted = sum(kind in one["wants"] for kind in there)
        assert found.delivered + found.trying + found.dead + found.lost == wanted
        assert found.filtered == len(there) - wanted and min(found) >= 0
        queue, dead = fast.queues[number], fast.dead[number]
        if queue is not None:
            assert sum(time <= moment for time in queue.table.sent) == found.delivered
        if dead is not None:
            assert sum(time <= moment for time in dead.table.sent) == found.dead
