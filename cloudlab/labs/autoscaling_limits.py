"""The scenarios of lesson 01: a group alone, and a photo shop behind a balancer for a day.

Read `scenario` first: ten lines that build a group, let things happen to it, and return the record.
"""

from math import ceil
from typing import Annotated

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.limits import Action, InvalidParameter, Limit, checked
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import bill
from cloudlab.record import Record
from cloudlab.traffic import Customers, daily
from cloudlab.world import World

ROOM = 0.7
"""Share of its slots that the plan wants an instance to have at work."""

WORK = 2.0
"""Mean seconds of work that one order is (a photo to print)."""

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
    ask_for_20: Annotated[tuple[float, ...], Action("A policy asks for 20")] = (),
    ask_for_0: Annotated[tuple[float, ...], Action("A policy asks for 0")] = (),
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
    _at(world, kill_one, lambda: _kill_one(world, group))
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
    traffic=None,
) -> Record:
    """A day of a photo shop: a balancer, a group, customers with 20 s of patience, and a plan.

    `traffic` is a day with two peaks unless given: any shape, or what was read from a file. The plan
    knows the traffic, and asks every 5 minutes for as many instances as leave each at 70 % of its
    slots. Whatever it asks, the group clips.
    """
    traffic = daily(night=0.4, peak=4.0) if traffic is None else traffic
    length = min(traffic.duration, 86_400.0)
    world = World(seed)
    template = LaunchTemplate(launch_time=30, boot_time=60)
    group = AutoScalingGroup(
        world,
        "web",
        min_size=min_size,
        desired_capacity=desired_capacity,
        max_size=max_size,
        launch_template=template,
    )
    shop = LoadBalancer(
        world,
        "shop",
        targets=group,
        health_check_interval_seconds=30,
        health_check_timeout_seconds=20,
        healthy_threshold_count=2,
        deregistration_delay_timeout_seconds=60,
    )
    Customers(world, "customers", traffic=traffic, to=shop, mean_work=WORK, patience=20)
    world.process(_plan(world, group, traffic, length, template))
    if losses:
        world.process(_lose_one_an_hour(world, group))
    return bill(world.run(until=length))


def wanted(traffic, start: float, end: float, slots: int = 2) -> int:
    """Instances whose slots would be at work for 70 % of the time from `start` to `end` (s)."""
    return ceil(traffic.count(start, end) / (end - start) * WORK / (slots * ROOM))


def _plan(world, group, traffic, length, template):
    """Ask for what the traffic needs, early enough for a new instance to be ready. A SimPy process."""
    every = min(300.0, length / 12)
    ready = template.launch_time + template.boot_time + 30
    while world.now < length:
        start = min(world.now + ready, length - every)
        ask = max(wanted(traffic, max(0.0, start - ready), start), wanted(traffic, start, start + every))
        group.ask(ask, "the plan")
        yield world.timeout(every)


def _lose_one_an_hour(world, group):
    """Kill one instance at a random moment of each hour. A SimPy process."""
    fate = world.dice("fate")
    while True:
        moment = fate.random() * 3600
        yield world.timeout(moment)
        _kill_one(world, group)
        yield world.timeout(3600 - moment)


def _kill_one(world, group) -> None:
    in_service = group.targets()
    if in_service:
        world.dice("victim").choice(in_service).kill()


def _at(world, moments, act) -> None:
    """Let `act` happen at each of `moments` (s)."""

    def wait(moment):
        yield world.timeout(moment)
        act()

    for moment in moments:
        world.process(wait(moment))
