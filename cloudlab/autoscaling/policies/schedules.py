"""Scheduled actions: changes of a group at times that come again.

A time is written as five fields: minute, hour, day of the month, month, day of the week. `50 8 * * 1-5` is ten
minutes before nine on each working day. What you know beforehand needs no metric. Read `Scheduled._keep` first.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

import re
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from math import ceil
from typing import Annotated

from cloudlab.autoscaling.policies.scaling import ScalingPolicies
from cloudlab.autoscaling.sizes import ValidationError
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Limit, checked

START = datetime(2026, 6, 1, tzinfo=UTC)
"""The beginning of a run: a Monday, the first of June, at 0:00 UTC."""

FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
"""Name, lowest and highest number of each field. As a day of the week, 0 and 7 are both Sunday."""

PART = re.compile(r"(\*|[0-9]+(?:-[0-9]+)?)(?:/([0-9]+))?")
"""What may stand between two commas: *, 5, 1-5, and each of them with a distance, such as */20."""


Size = Annotated[int | None, Limit(0, 1000, "instances")]


class Scheduled:
    """Changes minimum, maximum or desired at the times of `recurrence` (UTC), as cron does (AS-36).

    It waits for no cooldown. An action whose sizes don't fit the group at its time fails: a note says so, and the
    group and the schedule go on. Raises ValidationError when no size is given, or the recurrence can't be read.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "the schedule",
        *,
        recurrence: str,
        min_size: Size = None,
        max_size: Size = None,
        desired_capacity: Size = None,
    ):
        self.sizes = {"min_size": min_size, "desired_capacity": desired_capacity, "max_size": max_size}
        given = [(key, size) for key, size in self.sizes.items() if size is not None]
        if not given:
            raise ValidationError("min_size, max_size and desired_capacity are None, but one must be given.")
        for (low, less), (high, more) in pairwise(given):
            if less > more:
                raise ValidationError(f"{low} is {less} instances, but must be at most {high} ({more}).")
        self.fields = cron(recurrence)
        self.scaling, self.name = scaling, name
        scaling.world.process(self._keep())

    def _keep(self) -> Process:
        """Change the group at the beginning of each minute that the fields hold. A SimPy process."""
        world = self.scaling.world
        for minute in count(ceil(world.now / 60)):
            yield world.timeout(max(0, 60 * minute - world.now))
            if due(self.fields, minute):
                self._act()

    def _act(self) -> None:
        """Change the group, or say why that fails."""
        group, world = self.scaling.group, self.scaling.world
        try:
            group.update_auto_scaling_group(by=self.name, **self.sizes)
        except ValidationError as error:
            failed = f"{self.name[:1].upper()}{self.name[1:]} fails and changes nothing: {error}"
            world.record.note(world.now, group.part, "✕", failed)


def due(fields: list[set[int]], minute: int) -> bool:
    """Whether the fields hold the minute of the run with this number (0 is its first).

    As cron has it: when both days are restricted, either is enough.
    """
    time = START + timedelta(minutes=minute)
    minutes, hours, days, months, weekdays = fields
    if time.minute not in minutes or time.hour not in hours or time.month not in months:
        return False
    by_day = time.day in days
    by_weekday = time.isoweekday() % 7 in {number % 7 for number in weekdays}
    if len(days) < 31 and len(weekdays) < 8:
        return by_day or by_weekday
    return by_day and by_weekday


def cron(recurrence: str) -> list[set[int]]:
    """The five fields of a recurrence as sets of numbers. Raises ValidationError, which names the field.

    >>> [sorted(field)[:3] for field in cron("*/20 9 * * 1-5")][:2]
    [[0, 20, 40], [9]]
    """
    texts = recurrence.split() if isinstance(recurrence, str) else []
    if len(texts) != len(FIELDS):
        rule = "must be a text of five fields: minute, hour, day, month, day of the week"
        raise ValidationError(f"recurrence is {recurrence!r:.60}, but {rule}.")
    found = []
    for text, (name, low, high) in zip(texts, FIELDS, strict=True):
        numbers = _numbers(text, low, high)
        if not numbers:
            rule = f"must be numbers from {low} to {high}, such as {low}, {low}-{high}, */5 or *"
            raise ValidationError(f"recurrence is {recurrence!r:.60}, but its {name}, {text!r:.20}, {rule}.")
        found.append(numbers)
    return found


def _numbers(text: str, low: int, high: int) -> set[int]:
    """The numbers that a field holds; none when it can't be read."""
    numbers: set[int] = set()
    for part in text.split(","):
        read = PART.fullmatch(part)
        if not read:
            return set()
        span, every = read.groups()
        first, _, last = f"{low}-{high}".partition("-") if span == "*" else span.partition("-")
        start, distance = int(first), int(every or 1)
        end = int(last or (high if every else first))
        if not low <= start <= end <= high or not distance:
            return set()
        numbers |= set(range(start, end + 1, distance))
    return numbers
