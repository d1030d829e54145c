"""The three hours of E22: a shop of the learner's own design, in which something breaks every half hour.

Read `hours` first: it is the shop of lesson 11's lab, wired by the answer, with faults at their moments. A variant
holds "rate" (orders a second, usual), "page", "pack" and "write" (s of work for the page of an order, to pack it, and
for its receipt), and the four limits: "p95" (s), "lost" (orders), "oldest" (s) and "budget" (cents).

From one kind of variant to the next an order takes longer to pack, and more packers are needed; receipts cost less,
so that all weigh the same. What is enough for one is too little for the next, and hides a message for too long in
the one before.
"""

from collections.abc import Iterator
from functools import partial
from math import fsum
from random import Random

from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.record import Record
from cloudlab.labs import whole_shop as lab
from cloudlab.pricing import charges
from cloudlab.traffic.shapes import Shape

LENGTH = 3 * 3600.0
"""Seconds that are played, and billed."""

DARK_AT, LOST_AT, OFF_AT, PACKER_AT = 1200.0, 3900.0, 4000.0, 4700.0
"""When the first zone goes dark, a machine or container of the pages is lost, the receipts are switched off, a packer
is lost (s)."""

CROWD_AT, CROWD = 5400.0, 3.0
"""When a crowd comes (s), and how many times as many as usual that is."""

DARK, OFF, LASTS = 28, 8, 40
"""How long the zone is dark, the receipts are off, the crowd lasts, as multiples of the work to pack an order."""

BROKEN_AT, BROKEN_END, BROKEN = 3800.0, 4600.0, 0.06
"""From when to when (s) there are broken photos, and their share of the orders: nobody can print them."""


class Hours(Shape):
    """The usual rate, three times as much in the crowd, and broken photos for a while."""

    paths = ("order", "broken photo")

    def __init__(self, rate: float, lasts: float):
        ends = CROWD_AT + lasts
        super().__init__(
            lambda time: rate * (CROWD if CROWD_AT <= time < ends else 1.0), breaks=(CROWD_AT, ends)
        )

    def chunks(self, dice: Random, regular: bool = False) -> Iterator[tuple]:
        """As of any shape; for a while some of them can't be packed."""
        for covered, times, _, _ in super().chunks(dice, regular):
            broken = [BROKEN_AT <= time < BROKEN_END and dice.random() < BROKEN for time in times]
            yield covered, times, [int(one) for one in broken], None


def hours(answer: dict, variant: dict, seed: int = 1, *, easy: bool = False) -> Record:
    """The three hours with this design; `easy`: half the orders, no crowd, and nothing breaks."""
    world, pack = BoundedWorld(seed), variant["pack"]
    shop = lab.opened(
        lab.Shop(world, zones=answer["zones"], page=variant["page"], pack=pack, write=variant["write"]),
        traffic=Hours(variant["rate"] / 2, 0.0) if easy else Hours(variant["rate"], LASTS * pack),
        web=answer["web"],
        sizes=(answer["min_size"], answer["max_size"], answer["target_value"]),
        packing=answer["packing"],
        packers=answer["packers"],
        hosts=answer["hosts"],
        hidden=answer["visibility_timeout"],
        tries=answer["max_receive_count"],
    )
    trouble = (
        (DARK_AT, partial(lab.dark, length=DARK * pack)),
        (LOST_AT, lab.web_lost),
        (OFF_AT, partial(lab.receipts_off, length=OFF * pack)),
        (PACKER_AT, lab.packer_lost),
    )
    for moment, what in () if easy else trouble:
        world.process(lab.happens(shop, moment, what))
    return world.run(until=LENGTH)


# What the record says


def measured(record: Record) -> dict[str, float]:
    """The four numbers: p95 of the pages (s), orders lost, the oldest message (s), cost (cents)."""
    return {
        "p95": lab.slowest(record, [record.end])[0],
        "lost": float(len(lab.lost(record))),
        "oldest": lab.oldest(lab.ages(record), [record.end])[0],
        "budget": cents(record),
    }


def shares(found: dict[str, float], variant: dict) -> dict[str, float]:
    """Each number in percent of its limit."""
    return {name: 100 * value / variant[name] for name, value in found.items()}


def cents(record: Record) -> float:
    """What the hours cost, before rounding."""
    return 100 * fsum(float(line.quantity * line.unit_price) for line in charges(record))
