"""Scaling policies: rules that move a group's wish when the load changes.

A policy never looks at the load itself. It looks at a metric, through an alarm, and so it is late: by the
period of the metric times the datapoints that the alarm wants, and then by launch, boot and warm-up. Read
`TargetTracking._out` first; the others differ only in how they compute the new capacity.

    scaling = ScalingPolicies(world, group)
    TargetTracking(scaling, target_value=60)
    Scheduled(scaling, recurrence="50 8 * * 1-5", min_size=6)

Several may want something at the same moment: the one that gives the largest capacity wins (AS-31).
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil, inf
from typing import Annotated

from cloudlab.alarms import Alarm
from cloudlab.limits import InvalidParameter, Limit, checked

ADJUSTMENTS = ("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")

OUT_DATAPOINTS, IN_DATAPOINTS, IN_SHARE = 3, 15, 0.7
"""Target tracking's alarms as practitioners see them (AS-34); the provider does not publish them."""

START = datetime(2026, 6, 1)
"""The beginning of a run for a schedule: a Monday."""

Period = Annotated[int, Limit(10, 300, "s", choices=(10, 60, 300), label="Metric period")]


class ValidationError(InvalidParameter):
    """Auto Scaling's error code for a parameter that its rule forbids."""


class CPUUtilization:
    """The busy share (%) of the slots of all warmed instances since the last look; None without any (AS-19)."""

    def __init__(self, group):
        self.group, self._before, self._seen = group, group.world.now, {}

    def __call__(self) -> float | None:
        """The value of the period that ends now. The world must have been advanced."""
        now, busy, slots = self.group.world.now, 0.0, 0
        seen = {instance.part: instance.server.busy_time(now) for instance in self.group.targets()}
        for instance in self.group.warmed():
            if instance.part in self._seen and now > self._before:
                busy += seen[instance.part] - self._seen[instance.part]
                slots += instance.server.slots
        length, self._before, self._seen = now - self._before, now, seen
        value = 100 * busy / (slots * length) if slots else None
        if value is not None:
            self.group.world.record.set(self.group.part, "CPUUtilization", now, value)
        return value


class RequestCountPerTarget:
    """Requests a minute and healthy target of a balancer since the last look; None without a target."""

    def __init__(self, balancer):
        self.balancer, self._before, self._rows = balancer, balancer.world.now, 0

    def __call__(self) -> float | None:
        """The value of the period that ends now. The world must have been advanced."""
        world, record = self.balancer.world, self.balancer.world.record
        links = {index for index, (_, to) in enumerate(record.links) if to == self.balancer.part}
        rows = range(self._rows, len(record.requests))
        count = sum(record.requests.client[row] in links for row in rows)
        minutes, self._before, self._rows = (world.now - self._before) / 60, world.now, rows.stop
        healthy = sum(target.state == "healthy" for target in self.balancer.targets.values())
        value = count / minutes / healthy if healthy and minutes else None
        if value is not None:
            record.set(self.balancer.part, "RequestCountPerTarget", world.now, value)
        return value


class ScalingPolicies:
    """The policies of one group. It collects what they want at one moment and lets the largest win."""

    def __init__(self, group):
        self.group, self.world = group, group.world
        self.policies: list = []
        self._wishes: list[tuple[int, str]] = []

    def wish(self, capacity: int, by: str) -> None:
        """A policy wants `capacity`. What wins is asked of the group when all have spoken."""
        if not self._wishes:
            self.world.process(self._settle())
        self._wishes.append((capacity, by))

    def may_scale_in(self, policy) -> bool:
        """Whether all target tracking policies with scale-in agree to it, and nothing warms up (AS-20, AS-31)."""
        others = [
            other
            for other in self.policies
            if isinstance(other, TargetTracking) and not other.disable_scale_in
        ]
        return not self.warming() and all(other is policy or other.low.state == "ALARM" for other in others)

    def warming(self) -> int:
        """Instances that count as capacity but not in the metric yet: pending or warming up (AS-19)."""
        return self.capacity() - len(self.group.warmed())

    def capacity(self) -> int:
        """Instances that are pending or in service."""
        return sum(member.state in ("Pending", "InService") for member in self.group.members.values())

    def _settle(self):
        """Ask the group for the largest of this moment's wishes. A SimPy process."""
        yield self.world.timeout(0)
        capacity, by = max(self._wishes, key=lambda wish: wish[0])
        self._wishes = []
        if capacity != self.group.desired_capacity:
            self.group.ask(capacity, by)


class SimpleScaling:
    """One adjustment when its alarm goes off; then it waits for the activity and the cooldown (AS-17, AS-25).

    `act` is the action for an alarm. `cooldown` is the group's unless given. Raises ValidationError.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "the simple policy",
        *,
        scaling_adjustment: Annotated[int, Limit(-1000, 1000, label="Adjustment")],
        adjustment_type: Annotated[
            str, Limit(choices=ADJUSTMENTS, label="Adjustment type")
        ] = "ChangeInCapacity",
        min_adjustment_magnitude: Annotated[int, Limit(0, 1000, "instances")] = 0,
        cooldown: Annotated[int | None, Limit(0, 86_400, "s", label="Cooldown")] = None,
    ):
        self.scaling, self.name = scaling, name
        self.scaling_adjustment, self.adjustment_type = scaling_adjustment, adjustment_type
        self.min_adjustment_magnitude = min_adjustment_magnitude
        self.cooldown = scaling.group.default_cooldown if cooldown is None else cooldown
        scaling.policies.append(self)

    def act(self, value: float | None) -> None:
        """Adjust, unless an activity or the cooldown still runs."""
        group = self.scaling.group
        if group.busy() or self.scaling.world.now < group.active_until + self.cooldown:
            return
        capacity = self.scaling.capacity()
        wish = adjusted(
            capacity, self.adjustment_type, self.scaling_adjustment, self.min_adjustment_magnitude
        )
        self.scaling.wish(wish, self.name)


class StepScaling:
    """The further the metric is beyond the threshold, the larger the step (AS-26, AS-27).

    `step_adjustments` are (lower, upper, adjustment): bounds relative to the alarm's threshold, None for no
    bound. It reacts at once, also during an activity; instances that warm up count as already there.
    Raises ValidationError when steps overlap, leave a gap, or have two open ends on one side.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "the step policy",
        *,
        threshold: float,
        step_adjustments: list,
        adjustment_type: Annotated[
            str, Limit(choices=ADJUSTMENTS, label="Adjustment type")
        ] = "ChangeInCapacity",
        min_adjustment_magnitude: Annotated[int, Limit(0, 1000, "instances")] = 0,
    ):
        self.steps = _checked_steps(step_adjustments)
        self.scaling, self.name, self.threshold = scaling, name, threshold
        self.adjustment_type, self.min_adjustment_magnitude = adjustment_type, min_adjustment_magnitude
        scaling.policies.append(self)

    def act(self, value: float | None) -> None:
        """Take the step that holds `value`. A step in waits until nothing warms up any more (AS-20)."""
        step = None if value is None else self.step_for(value)
        if step is None:
            return
        group = self.scaling.group
        there = len(group.warmed()) if self.scaling.warming() else self.scaling.capacity()
        wish = adjusted(there, self.adjustment_type, step, self.min_adjustment_magnitude)
        if wish > group.desired_capacity or (wish < group.desired_capacity and not self.scaling.warming()):
            self.scaling.wish(wish, self.name)

    def step_for(self, value: float) -> int | None:
        """The adjustment for a metric's value, or None when no step holds it.

        Above the threshold the lower bound belongs to a step, below it the upper one does (AS-26).
        """
        beyond = value - self.threshold
        for lower, upper, adjustment in self.steps:
            if (lower <= beyond < upper) if beyond >= 0 else (lower < beyond <= upper):
                return adjustment
        return None


class TargetTracking:
    """Holds a metric at a target by changing the capacity in proportion (AS-29, AS-30).

    Out when the metric is above `target_value` for 3 datapoints, in when it is below 70 % of it for 15: as
    practitioners observe it, not as the provider promises (AS-34). `metric` is the group's CPU unless given.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "target tracking",
        *,
        target_value: Annotated[float, Limit(1, 100_000, label="Target")],
        metric: Callable | None = None,
        period: Period = 60,
        disable_scale_in: bool = False,
    ):
        self.scaling, self.name, self.target_value = scaling, name, target_value
        self.disable_scale_in = disable_scale_in
        self.metric, self.value = metric or CPUUtilization(scaling.group), None
        world = scaling.world
        self.high = Alarm(
            world,
            f"{name}, high",
            metric=self._look,
            threshold=target_value,
            period=period,
            evaluation_periods=OUT_DATAPOINTS,
            actions=(self._out,),
        )
        self.low = Alarm(
            world,
            f"{name}, low",
            metric=lambda: self.value,
            threshold=IN_SHARE * target_value,
            comparison_operator="LessThanThreshold",
            period=period,
            evaluation_periods=IN_DATAPOINTS,
            actions=() if disable_scale_in else (self._in,),
        )
        scaling.policies.append(self)

    def _look(self) -> float | None:
        self.value = self.metric()
        return self.value

    def _needed(self) -> int:
        """The capacity at which the metric would be at its target, rounded up."""
        return ceil(len(self.scaling.group.warmed()) * self.value / self.target_value)

    def _out(self, value: float) -> None:
        """Ask for what is needed, if that is more than is wanted already."""
        if self._needed() > self.scaling.group.desired_capacity:
            self.scaling.wish(self._needed(), self.name)

    def _in(self, value: float) -> None:
        """Ask for less, if all agree; rounded up, so that the target isn't broken by it (AS-30)."""
        if self._needed() < self.scaling.group.desired_capacity and self.scaling.may_scale_in(self):
            self.scaling.wish(self._needed(), self.name)


class Scheduled:
    """Changes minimum, maximum or desired at times that `recurrence` gives, as cron does (AS-36).

    Five fields: minute, hour, day of the month, month, day of the week (0 or 7 is Sunday), UTC. The run
    begins on a Monday, the first of June, at 0:00. It doesn't wait for a cooldown. Raises ValidationError.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "the schedule",
        *,
        recurrence: str,
        min_size: Annotated[int | None, Limit(0, 1000, "instances")] = None,
        max_size: Annotated[int | None, Limit(0, 1000, "instances")] = None,
        desired_capacity: Annotated[int | None, Limit(0, 1000, "instances")] = None,
    ):
        if min_size is max_size is desired_capacity is None:
            raise ValidationError("min_size, max_size and desired_capacity are None, but one must be given.")
        self.fields = cron(recurrence)
        self.scaling, self.name = scaling, name
        self.sizes = {"min_size": min_size, "max_size": max_size, "desired_capacity": desired_capacity}
        scaling.policies.append(self)
        scaling.world.process(self._keep())

    def _keep(self):
        """Change the sizes at the beginning of each minute that the fields hold. A SimPy process."""
        world = self.scaling.world
        while True:
            if due(self.fields, world.now):
                self.scaling.group.update_auto_scaling_group(by=self.name, **self.sizes)
            yield world.timeout(60 - world.now % 60)


def adjusted(capacity: int, adjustment_type: str, adjustment: float, magnitude: int = 0) -> int:
    """The capacity after an adjustment (AS-22 to AS-24), never below 0.

    Percentages above 1 instance are rounded down, those below 1 up to 1, both away from zero alike.
    """
    if adjustment_type == "ExactCapacity":
        return max(0, int(adjustment))
    change = adjustment
    if adjustment_type == "PercentChangeInCapacity":
        exact = capacity * adjustment / 100
        sign = (exact > 0) - (exact < 0)
        change = sign * max(1, int(abs(exact)), magnitude) if sign else 0
    return max(0, capacity + int(change))


def cron(recurrence: str) -> list[set[int]]:
    """The five fields of a recurrence as sets of numbers. Raises ValidationError, which names the field.

    >>> [sorted(field)[:3] for field in cron("*/20 9 * * 1-5")][:2]
    [[0, 20, 40], [9]]
    """
    names = (
        ("minute", 0, 59),
        ("hour", 0, 23),
        ("day of the month", 1, 31),
        ("month", 1, 12),
        ("day of the week", 0, 7),
    )
    fields = recurrence.split()
    if len(fields) != len(names):
        raise ValidationError(
            f"recurrence is {recurrence!r}, but must have five fields: minute, hour, day, month, day of the week."
        )
    return [_field(text, *name, recurrence) for text, name in zip(fields, names, strict=True)]


def due(fields: list[set[int]], now: float) -> bool:
    """Whether the minute that begins at `now` (s) is one that the fields hold."""
    if now % 60:
        return False
    time = START + timedelta(seconds=now)
    minute, hour, day, month, weekday = fields
    if time.minute not in minute or time.hour not in hour or time.month not in month:
        return False
    by_day, by_weekday = time.day in day, time.isoweekday() % 7 in {number % 7 for number in weekday}
    if len(day) < 31 and len(weekday) < 8:  # cron's old rule: two restrictions mean either
        return by_day or by_weekday
    return by_day and by_weekday


def _field(text: str, name: str, low: int, high: int, recurrence: str) -> set[int]:
    numbers: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?", part)
        if found:
            first, last, every = found.groups()
            start = low if first == "*" else int(first)
            end = high if first == "*" else int(last or (high if every else first))
            found = low <= start <= end <= high and int(every or 1) > 0
        if not found:
            rule = f"must be numbers from {low} to {high}, such as {low}, {low}-{high}, */5 or *"
            raise ValidationError(f"recurrence is {recurrence!r}, but its {name}, {text!r}, {rule}.")
        numbers |= set(range(start, end + 1, int(every or 1)))
    return numbers


def _checked_steps(steps) -> list[tuple[float, float, int]]:
    """The steps in order, with infinite ends for None; ValidationError if they break AS-26."""
    shape = "step_adjustments must be a list of (lower, upper, adjustment), numbers or None for an open end"
    if not steps or not all(isinstance(step, (tuple, list)) and len(step) == 3 for step in steps):
        raise ValidationError(f"step_adjustments is {steps!r:.60}, but {shape}.")
    whole = [value for step in steps for value in step if value is not None]
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in whole):
        raise ValidationError(f"step_adjustments is {steps!r:.60}, but {shape}.")
    if any(step[2] is None or step[0] is step[1] is None for step in steps):
        raise ValidationError(
            f"step_adjustments is {steps!r:.60}, but a step needs an adjustment and one bound."
        )
    found = sorted(
        (-inf if low is None else low, inf if up is None else up, change) for low, up, change in steps
    )
    for (low, up, _), (following, _, _) in zip(found, found[1:], strict=False):
        if up != following:
            what = "overlap" if up > following else "leave a gap"
            raise ValidationError(
                f"step_adjustments {what} between {up:g} and {following:g} beyond the threshold."
            )
    if any(low >= up for low, up, _ in found):
        raise ValidationError(
            f"step_adjustments is {steps!r:.60}, but each lower bound must be below its upper one."
        )
    if found[0][0] < 0 and found[0][0] != -inf:
        raise ValidationError(
            "step_adjustments have a negative lower bound, so one step must have no lower bound."
        )
    if found[-1][1] > 0 and found[-1][1] != inf:
        raise ValidationError(
            "step_adjustments have a positive upper bound, so one step must have no upper bound."
        )
    return found
