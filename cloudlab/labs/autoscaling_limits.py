"""The scenarios of lesson 01: a group alone, and a photo shop behind a balancer for a day.

Read `scenario` first: ten lines that build a group, let things happen to it, and return the record.
"""

from math import ceil, inf
from typing import Annotated

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import bill
from cloudlab.traffic import Customers, daily, known_work, lesson_day

ROOM = 0.7
"""Share of its slots that the plan wants an instance to have at work."""

READY = 120.0
"""Seconds from a launch until the balancer has checked the new instance, or a little more."""

Minimum = Annotated[int, Limit(0, 12, "instances", choices=(0, 2, 4), label="Minimum")]
Desired = Annotated[int | None, Limit(0, 12, "instances", choices=(None, 4, 6), label="Desired")]
Maximum = Annotated[int, Limit(0, 12, "instances", choices=(6, 9, 12), label="Maximum")]


@checked()
def scenario(
    seed: int = 1,
    *,
    min_size: Minimum = 2,
    desired_capacity: Desired = 6,
    max_size: Maximum = 9,
    kill_one: Annotated[tuple[float, ...], Action("Kill one")] = (),
    ask_for_20: Annotated[tuple[float, ...], Action("Ask for 20")] = (),
    ask_for_0: Annotated[tuple[float, ...], Action("Ask for 0")] = (),
) -> Record:
    """Eight minutes of a group alone. A new instance is in service 90 s after its launch."""
    world = World(seed)
    group = AutoScalingGroup(
        world,
        "web",
        min_size=min_size,
        desired_capacity=desired_capacity,
        max_size=max_size,
        launch_template=LaunchTemplate(launch_time=90, boot_time=0),
    )
    _at(world, kill_one, lambda: _try_to_kill(world, group))
    _at(world, ask_for_20, lambda: group.ask(20, "a policy"))
    _at(world, ask_for_0, lambda: group.ask(0, "a policy"))
    return bill(world.run(until=480))


@checked()
def day(
    seed: int = 1,
    *,
    min_size: Annotated[int, Limit(0, 12, "instances", label="Minimum")] = 1,
    desired_capacity: Annotated[int | None, Limit(0, 12, "instances", label="Desired at the start")] = None,
    max_size: Annotated[int, Limit(0, 12, "instances", label="Maximum")] = 12,
    losses: Annotated[bool, Limit(choices=(True, False), label="Lose one instance an hour")] = True,
    mean_work: Annotated[float, Limit(0.01, 60, "s", label="Work per request")] = 2.0,
    traffic=None,
) -> Record:
    """A day of a photo shop: a balancer, a group, customers with 20 s of patience, and a plan.

    `traffic` is a day with two peaks unless given: any shape, or what was read from a file. The plan
    knows the traffic, and asks every 5 minutes for as many instances as leave each at 70 % of its
    slots. Whatever it asks, the group clips. The doors open two minutes after the first launch. Of a longer
    traffic the first day is played, and the record's setting says so; where a file tells the work of its
    requests, their mean stands for `mean_work`.
    """
    traffic = daily(night=0.4, peak=4.0) if traffic is None else traffic
    if not hasattr(traffic, "duration"):
        rule = "must be a shape such as daily(0.4, 4.0), or what was read from a file"
        raise InvalidParameter(f"traffic is {traffic!r:.60}, but {rule}.")
    length, left_out = lesson_day(traffic)
    mean_work = known_work(traffic, mean_work)
    world = World(seed)
    if left_out:
        world.record.setting["left_out"] = left_out
    group = AutoScalingGroup(
        world,
        "web",
        min_size=min_size,
        desired_capacity=desired_capacity,
        max_size=max_size,
        launch_template=LaunchTemplate(launch_time=30, boot_time=60),
    )
    shop = LoadBalancer(
        world,
        "shop",
        targets=group,
        health_check_timeout_seconds=20,
        healthy_threshold_count=2,
        deregistration_delay_timeout_seconds=60,
    )
    world.process(_plan(world, group, traffic, length, mean_work))
    if losses:
        world.process(_lose_one_an_hour(world, group))
    world.run(until=READY)
    Customers(world, "customers", traffic=traffic, to=shop, mean_work=mean_work, patience=20)
    return bill(world.run(until=length if traffic.duration == inf else READY + length))


def wanted(traffic, start: float, end: float, mean_work: float = 2.0, slots: int = 2) -> int:
    """Instances whose slots are at work for 70 % of the time from `start` to `end` (s of the traffic)."""
    return ceil(traffic.count(start, end) / (end - start) * mean_work / (slots * ROOM))


def _plan(world, group, traffic, length, mean_work):
    """Ask for what the traffic needs while a new instance gets ready and after. A SimPy process.

    The doors open at `READY`, so the traffic of now + READY is known as that of `world.now`.
    """
    every = min(300.0, length / 12)
    while world.now < length:
        soon = world.now, min(world.now + every, length)
        until_then = max(0.0, world.now - READY), max(1.0, world.now)
        group.ask(max(wanted(traffic, *moments, mean_work) for moments in (soon, until_then)), "the plan")
        yield world.timeout(every)


def _lose_one_an_hour(world, group):
    """Kill one instance at a random moment of each hour. A SimPy process."""
    fate = world.dice("fate")
    while True:
        moment = fate.random() * 3600
        yield world.timeout(moment)
        _kill_one(world, group)
        yield world.timeout(3600 - moment)


def _kill_one(world, group) -> bool:
    """Kill one of those in service, and say whether there was one."""
    in_service = group.targets()
    if in_service:
        world.dice("victim").choice(in_service).kill()
    return bool(in_service)


def _try_to_kill(world, group) -> None:
    """Kill one, or say why nobody died."""
    if _kill_one(world, group):
        return
    had = any(entry.state == "InService" for entry in world.record.states)
    when = "any more" if had else "yet"
    world.record.note(world.now, group.part, "•", f"Nothing is in service {when}: there is none to kill.")


def _at(world, moments, act) -> None:
    """Let `act` happen at each of `moments` (s)."""

    def wait(moment):
        yield world.timeout(moment)
        act()

    for moment in moments:
        world.process(wait(moment))


BAD_DAY: dict = {
    "label": "The elastic band",
    "prediction": {"01-kill": (measures.in_service, 240), "01-ask": (measures.in_service, 480)},
    "start": {"kill_one": (118.0,), "ask_for_20": (300.0,)},
    "opening": (90, 119),
    "question": "Nobody is awake. How many servers work at 4:00 min, two minutes later?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
