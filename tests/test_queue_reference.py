"""The queue's line against one that walks through each moment (`queue_reference`), row by row.

Times stand on a coarse grid, so that ties are the rule; there are lulls longer than a poll, workers that die, stop and
come back, batches, poison, dead letters, delays, and messages that grow too old.
"""

from dataclasses import dataclass
from math import inf
from random import Random

import pytest
from queue_reference import Hand, SlowQueue
from samples import some

from cloudlab.kernel.messages import QueueTable, counts
from cloudlab.sqs.fifo import FifoLine
from cloudlab.sqs.line import Line

FATES = ("in hand", "deleted", "failed", "stale", "broken", "missed")


@dataclass
class Scene:
    sent: list
    poison: list
    delays: list
    groups: list | None
    timeout: float
    retention: float
    most_receives: float
    most: list
    wait: list
    controls: list
    end: float
    seed: int
    grid: int

    def work(self, row: int, count: int) -> float:
        dice = Random(f"{self.seed} {row} {count}")
        return float(self.grid * dice.randint(1, dice.choice([3, 3, 12])))


def scene(seed: int, fifo: bool) -> Scene:
    dice = Random(f"{seed} {fifo}")
    grid = dice.choice([1, 5])

    def time(low, high):
        return float(grid * dice.randint(low, high))

    workers, now, sent = dice.randint(1, 5), 0.0, []
    for _ in range(dice.randint(1, 40)):
        now += time(0, 3) + (time(9, 30) if dice.random() < 0.08 else 0)
        sent.append(now)
    controls, alive = [], [True] * workers
    moment = 0.0
    for _ in range(dice.choice([0, 0, 2, 8])):
        moment, worker = moment + time(1, 15), dice.randrange(workers)
        controls.append((moment, dice.choice(["kill", "stop"]) if alive[worker] else "start", worker))
        alive[worker] = not alive[worker]
    wait = time(1, 6)
    return Scene(
        sent=sent,
        poison=[dice.random() < 0.1 for _ in sent],
        delays=[time(1, 6) if dice.random() < 0.15 and not fifo else 0.0 for _ in sent],
        groups=[dice.choice("abc") for _ in sent] if fifo else None,
        timeout=time(2, 8),
        retention=dice.choice([inf, inf, time(12, 30)]),
        most_receives=dice.choice([inf, 1, 2, 3]),
        most=[dice.choice([1, 1, 1, 2, 3]) for _ in range(workers)],
        wait=[wait if dice.random() < 0.7 else time(1, 6) for _ in range(workers)],
        controls=controls,
        end=max(now, moment) + 300.0 * grid,
        seed=seed,
        grid=grid,
    )


class Taker:
    pause = 1.0

    def __init__(self, scene: Scene, number: int):
        self.scene, self.part = scene, number
        self.most, self.wait = scene.most[number], scene.wait[number]

    def take(self, time, row, count):
        return time + self.scene.work(row, count), not self.scene.poison[row]


class Fast:
    """A line that is brought forward to each moment at which something is done to it, and to a few others."""

    def __init__(self, scene: Scene):
        self.table, self.dead, self.empty = QueueTable(), [], []
        self.table.timeout.times.append(0.0)
        self.table.timeout.values.append(scene.timeout)
        kept = {"retention": scene.retention, "timeout": scene.timeout}
        groups = scene.groups
        self.line = (
            Line(self.table, **kept)
            if groups is None
            else FifoLine(self.table, group_of=groups.__getitem__, **kept)
        )
        self.line.polled_in_vain = self.empty.append
        if scene.most_receives < inf:
            self.line.max_receive_count = scene.most_receives
            self.line.move = lambda time, rows: self.dead.extend((time, row) for row in rows)
        for number in range(len(scene.most)):
            self.line.ready(self.line.join(Taker(scene, number)), 0.0)

    def run(self, scene: Scene) -> None:
        over, next_row = [0.0] * len(scene.most), 0
        dice = Random(f"{scene.seed} marks")
        marks = {time for time, _, _ in scene.controls} | {dice.uniform(0, scene.end) for _ in range(4)}
        for mark in sorted(marks | {scene.end}):
            last = next((row for row, time in enumerate(scene.sent) if time >= mark), len(scene.sent))
            for row in self.line.send(scene.sent[next_row:last], 0):
                if scene.delays[row]:
                    self.line.delay(row, scene.delays[row])
            next_row = last
            self.line.advance(mark)
            for _, what, number in (one for one in scene.controls if one[0] == mark):
                if what == "start":
                    self.line.ready(number, max(mark, over[number]))
                else:
                    over[number] = self.line.leave(number, mark, dies=what == "kill")

    def rows(self) -> list[tuple]:
        t = self.table
        columns = zip(t.message, t.handed, t.poller, t.ended, t.count, t.fate, strict=True)
        return [(*row[:5], FATES[row[5]]) for row in columns]


def by(end: float, rows: list[tuple]) -> list[tuple]:
    """The rows as they stand at `end`: a work that ends later isn't over."""
    return [row if row[3] < end else (*row[:3], inf, row[4], "in hand") for row in rows]


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
@pytest.mark.parametrize("seed", some(range(6000), 150))
def test_the_line_does_the_same_as_one_that_walks_through_each_moment(seed, fifo):
    it = scene(seed, fifo)
    letters = [
        (time, poison, delay, time) for time, poison, delay in zip(it.sent, it.poison, it.delays, strict=True)
    ]
    hands = [Hand(number, *pair, it.work) for number, pair in enumerate(zip(it.most, it.wait, strict=True))]
    slow = SlowQueue(
        letters,
        hands,
        it.controls,
        timeout=it.timeout,
        retention=it.retention,
        most_receives=it.most_receives,
        groups=it.groups,
    )
    slow.run(it.end)
    fast = Fast(it)
    fast.run(it)
    assert by(it.end, fast.rows()) == by(it.end, slow.rows())
    assert fast.dead == [(time, letter.number) for time, letter in slow.dead]
    assert sorted(fast.empty) == sorted(slow.empty)
    old = {letter.number: letter.gone_at for letter in slow.letters if letter.where == "expired"}
    assert {row: time for row, (time, how) in fast.table.left.items() if how == "expired"} == old
    before = Random(seed).uniform(0, it.end)
    at_the_end = counts(fast.table, it.end - 0.001)
    where = [letter.where for letter in slow.letters]
    assert (at_the_end.deleted, at_the_end.dead, at_the_end.expired) == tuple(
        where.count(name) for name in ("deleted", "dead", "expired")
    )
    assert sum(counts(fast.table, before)) == sum(time <= before for time in it.sent)
    assert min(counts(fast.table, before)) >= 0
