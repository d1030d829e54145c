"""The scenarios of lesson 02: a ticket office when a sale opens, and a whole day of it or of your own traffic.

Read `scenario` first: a fleet behind a balancer, one target tracking policy, perhaps a schedule, and customers
who come twice or four times as often from one second to the next.
"""

from math import ceil, inf
from typing import Annotated

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import ScalingPolicies, Scheduled, TargetTracking
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import bill
from cloudlab.traffic import Customers, daily, known_work, lesson_day, step
from cloudlab.traffic.shapes import Shape

READY, JUMP, END = 120.0, 600.0, 1800.0
"""When the office opens, when the sale begins, and when the run ends (s)."""

RATE, WORK, SLOTS = 2.2, 2.0, 2
"""Customers a second before the sale, mean seconds of work for each, and how many an instance serves at once."""

LIFEBOAT = LaunchTemplate(launch_time=30, boot_time=50)
"""What a new instance needs: 30 s until it is in service, 50 s more until its application answers."""

NINE, TEN = 9 * 3600.0, 10 * 3600.0
"""The rush of the day: when it begins and ends (s)."""

Target = Annotated[int, Limit(10, 100, "%", choices=(40, 60, 80), label="Target CPU")]
Jump = Annotated[int, Limit(1, 6, "times", choices=(2, 4), label="Customers jump to")]
Period = Annotated[int, Limit(10, 300, "s", choices=(10, 60, 300), label="Metric period")]
WarmUp = Annotated[int, Limit(0, 600, "s", choices=(60, 120, 300), label="Warm-up")]


@checked()
def scenario(
    seed: int = 1,
    *,
    target_value: Target = 60,
    jump: Jump = 2,
    schedule_it: Annotated[bool, Limit(choices=(False, True), label="Schedule it")] = False,
    period: Period = 60,
    warm_up: WarmUp = 120,
) -> Record:
    """Half an hour of a ticket office: at 10:00 the sale begins, and customers come `jump` times as often.

    The fleet has the size that its target wants before the sale. Scheduled, its minimum is raised at 5:00 to
    what the target wants for the sale.
    """
    world = World(seed)
    before, after = (ceil(RATE * times * WORK / SLOTS / target_value * 100) for times in (1, jump))
    group, scaling = _fleet(world, before, max_size=60, warm_up=warm_up)
    office = _office(world, group)
    TargetTracking(scaling, target_value=target_value, period=period)
    if schedule_it:
        Scheduled(scaling, recurrence="5 0 * * *", min_size=after)
    world.run(until=READY)
    Customers(world, "customers", traffic=step(RATE, jump=jump, at=JUMP - READY), to=office, mean_work=WORK)
    world.record.setting["jump"] = JUMP
    return bill(world.run(until=END))


@checked()
def day(
    seed: int = 1,
    *,
    target_value: Annotated[int, Limit(10, 100, "%", choices=(40, 60, 80), label="Target CPU")] = 60,
    minimum_at_nine: Annotated[
        int, Limit(0, 20, "instances", choices=(0, 6, 9), label="Minimum from 8:50 to 10:00")
    ] = 0,
    warm_up: WarmUp = 120,
    mean_work: Annotated[float, Limit(0.01, 60, "s", label="Work per request")] = WORK,
    traffic=None,
) -> Record:
    """A day of the ticket office: two peaks, and a rush from 9:00 to 10:00, for which you may schedule.

    `traffic` is that day unless given: any shape, or what was read from a file. Without a minimum at nine
    (0) nothing is scheduled. The office opens two minutes after the first launch. Of a longer traffic the first
    day is played, and the record's setting says so; where a file tells the work of its requests, their mean
    stands for `mean_work`.
    """
    traffic = rush_at_nine() if traffic is None else traffic
    if not hasattr(traffic, "duration"):
        rule = "must be a shape such as daily(0.4, 4.0), or what was read from a file"
        raise InvalidParameter(f"traffic is {traffic!r:.60}, but {rule}.")
    length, left_out = lesson_day(traffic)
    mean_work = known_work(traffic, mean_work)
    world = World(seed)
    if left_out:
        world.record.setting["left_out"] = left_out
    group, scaling = _fleet(world, 2, max_size=20, warm_up=warm_up)
    office = _office(world, group)
    TargetTracking(scaling, target_value=target_value)
    if minimum_at_nine:
        Scheduled(scaling, "the schedule", recurrence="50 8 * * *", min_size=minimum_at_nine)
        Scheduled(scaling, "the schedule", recurrence="0 10 * * *", min_size=1)
    world.run(until=READY)
    Customers(world, "customers", traffic=traffic, to=office, mean_work=mean_work)
    return bill(world.run(until=length if traffic.duration == inf else READY + length))


def rush_at_nine() -> Shape:
    """Customers a second over a day with two peaks; from 9:00 to 10:00 there are three more."""
    calm = daily(night=0.2, peak=1.5)
    begin, end = NINE - READY, TEN - READY
    return Shape(lambda time: calm.rate(time) + (3.0 if begin <= time < end else 0.0), breaks=(begin, end))


def _fleet(world, size, *, max_size, warm_up):
    """A group of `size` instances, and the policies that may change it."""
    group = AutoScalingGroup(
        world,
        "web",
        min_size=1,
        desired_capacity=size,
        max_size=max_size,
        launch_template=LIFEBOAT,
        default_instance_warmup=warm_up,
    )
    return group, ScalingPolicies(world, group)


def _office(world, group):
    """A balancer whose checks are patient: a long line alone makes no target unhealthy for five minutes."""
    return LoadBalancer(
        world,
        "office",
        targets=group,
        load_balancing_algorithm_type="least_outstanding_requests",
        health_check_timeout_seconds=25,
        healthy_threshold_count=2,
        unhealthy_threshold_count=10,
        deregistration_delay_timeout_seconds=60,
        idle_timeout_timeout_seconds=4000,
    )


BAD_DAY: dict = {
    "label": "The wave that arrives before the lifeboat",
    "prediction": {"02-relief": (lambda run, _: measures.reaction(run, JUMP).relief - JUMP, 888)},
    "opening": (570, 660),
    "question": "A minute has passed. How many seconds after 10:00 does nobody wait longer than 10 s any more?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
