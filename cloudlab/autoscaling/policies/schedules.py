"""Scheduled actions: changes of a group at times that come again.

A time is written as five fields: minute, hour, day of the month, month, day of the week. `50 8 * * 1-5` is ten
minutes before nine on each working day, and so is `50 8 * * MON-FRI`. What you know beforehand needs no metric.
Read `Scheduled._keep` first.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count, pairwise
from math import ceil
from typing import Annotated

from cloudlab.autoscaling.group import AutoScalingGroup
from cloudlab.autoscaling.policies.scaling import ScalingPolicies
from cloudlab.autoscaling.sizes import ValidationError
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Limit, checked

START = datetime(2026, 6, 1, tzinfo=UTC)
"""The beginning of a run: a Monday, the first of June, at 0:00 UTC."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
"""Names for numbers, taken as crontab does. The provider refers to it, but no page of its own shows them."""

FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, DAYS),
)
"""Name, lowest and highest number of each field, names. As a day of the week, 0 and 7 are both Sunday."""

WORD = "([0-9]{1,4}|[A-Za-z]{3})"
PART = re.compile(rf"(?:(\*)|{WORD}(?:-{WORD})?)(?:/([0-9]{{1,4}}))?")
"""What may stand between two commas: *, 5, 1-5, MON-FRI, and each of them with a distance, such as */20."""


Size = Annotated[int | None, Limit(0, 1000, "instances")]


@dataclass(frozen=True)
class Recurrence:
    """The five fields as sets of numbers. `either`: one of the two days is enough, as neither field has a star."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool = False

    def __iter__(self) -> Iterator[frozenset[int]]:
        """The fields in order."""
        return iter(astuple(self)[:-1])


class Scheduled:
    """Changes minimum, maximum or desired at the times of `recurrence`, as cron does (AS-36, AS-52).

    `time_zone` is the IANA name of the zone whose clock the recurrence means, UTC unless given. It waits for
    no cooldown. An action whose sizes don't fit the group at its time fails: a note says so, and the group and
    the schedule go on. Raises ValidationError when no size is given, or the times can't be read.
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
        time_zone: str = "Etc/UTC",
    ):
        self.sizes = {"min_size": min_size, "desired_capacity": desired_capacity, "max_size": max_size}
        given = [(key, size) for key, size in self.sizes.items() if size is not None]
        group = scaling.group
        if not isinstance(group, AutoScalingGroup):
            raise ValidationError(
                f"scaling is of {group.name}, but a schedule needs those of an Auto Scaling group."
            )
        if not given:
            raise ValidationError("min_size, max_size and desired_capacity are None, but one must be given.")
        for (low, less), (high, more) in pairwise(given):
            if less > more:
                raise ValidationError(f"{low} is {less} instances, but must be at most {high} ({more}).")
        self.recurrence, self.zone = cron(recurrence), _zone(time_zone)
        self.scaling, self.name, self.group = scaling, name, group
        scaling.wire(self, "scheduled_action", recurrence=recurrence, time_zone=time_zone, **self.sizes)
        scaling.world.process(self._keep())

    def _keep(self) -> Process:
        """Change the group at the beginning of each minute that the fields hold. A SimPy process."""
        world = self.scaling.world
        for minute in count(ceil(world.now / 60)):
            yield world.timeout(max(0, 60 * minute - world.now))
            if due(self.recurrence, minute, self.zone):
                self._act()

    def _act(self) -> None:
        """Change the group, or say why that fails."""
        group, world = self.group, self.scaling.world
        try:
            group.update_auto_scaling_group(by=self.name, **self.sizes)
        except ValidationError as error:
            failed = f"{self.name[:1].upper()}{self.name[1:]} fails and changes nothing: {error}"
            world.record.note(world.now, group.part, "✕", failed)


def due(recurrence: Recurrence, minute: int, zone: tzinfo = UTC) -> bool:
    """Whether a recurrence holds the minute of the run with this number (0 is its first), by the clock of `zone`.

    An hour that this clock shows twice holds the action twice, one that it skips never.
    """
    time = (START + timedelta(minutes=minute)).astimezone(zone)
    if not (time.minute in recurrence.minutes and time.hour in recurrence.hours):
        return False
    days = time.day in recurrence.days, time.isoweekday() % 7 in {day % 7 for day in recurrence.weekdays}
    return time.month in recurrence.months and (any(days) if recurrence.either else all(days))


def cron(recurrence: str) -> Recurrence:
    """The five fields of a recurrence, as crontab has them. Raises ValidationError, which names the field.

    >>> [sorted(field)[:3] for field in cron("*/20 9 * JUN MON-FRI")]
    [[0, 20, 40], [9], [1, 2, 3], [6], [1, 2, 3]]
    """
    texts = recurrence.split() if isinstance(recurrence, str) else []
    if len(texts) != len(FIELDS):
        rule = "must be a text of five fields: minute, hour, day, month, day of the week"
        raise ValidationError(f"recurrence is {recurrence!r:.60}, but {rule}.")
    found = []
    for text, (name, low, high, names) in zip(texts, FIELDS, strict=True):
        numbers = _numbers(text, low, high, names)
        if not numbers:
            rule = f"must be numbers from {low} to {high}, such as {low}, {low}-{high}, */5 or *"
            rule += f", or names such as {names[1]}-{names[5]}" if names else ""
            raise ValidationError(f"recurrence is {recurrence!r:.60}, but its {name}, {text!r:.20}, {rule}.")
        found.append(frozenset(numbers))
    minutes, hours, days, months, weekdays = found
    return Recurrence(minutes, hours, days, months, weekdays, either="*" not in texts[2] + texts[4])


def _zone(time_zone: str) -> tzinfo:
    """The zone of this name, or ValidationError. Where there is no list of zones, there is UTC."""
    if time_zone == "Etc/UTC":
        return UTC
    from zoneinfo import ZoneInfo  # reads the system's settings: only who names a zone needs it

    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as error:
        rule = "must be the IANA name of a time zone, such as Etc/UTC or America/New_York"
        raise ValidationError(f"time_zone is {time_zone!r:.60}, but {rule}.") from error


def _numbers(text: str, low: int, high: int, names: tuple[str, ...]) -> set[int]:
    """The numbers that a field holds; none when it can't be read."""
    numbers: set[int] = set()
    for part in text.split(","):
        read = PART.fullmatch(part)
        if not read:
            return set()
        star, first, last, every = read.groups()
        start = low if star else min(_meant(first, low, names), default=-1)
        ends = [high] if star or (every and not last) else _meant(last or first, low, names)
        end = min((number for number in ends if number >= start), default=-1)
        distance = int(every or 1)
        if not low <= start <= end <= high or not distance:
            return set()
        numbers |= set(range(start, end + 1, distance))
    return numbers


def _meant(word: str, low: int, names: tuple[str, ...]) -> list[int]:
    """The numbers that a word may stand for: SUN is 0 or 7, and what is no name of the field is none."""
    if word.isdigit():
        return [int(word)]
    return [low + place for place, name in enumerate(names) if name == word.upper()]
