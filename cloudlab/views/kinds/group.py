"""A group of instances: it holds as many as it is told to, between a minimum and a maximum.

Read `GroupKind.causes` first: what moves a group is what others ask of it.
"""

from math import inf

from cloudlab.kernel.record import Ask, Record
from cloudlab.views.kinds import Fleet, Happening, Kind
from cloudlab.views.words import count, number

LOW, HIGH = "GroupMinSize", "GroupMaxSize"
WISH, HAVE, PENDING = "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances"


class GroupKind(Kind):
    """An Auto Scaling group."""

    station = False
    makes = ("instance",)
    metrics = (LOW, HIGH, WISH, HAVE, PENDING)

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Each with its sizes: 'group web (2 to 9 instances, 6 desired at the start)'."""
        return [f"group {record.parts[part].name} ({_sizes(record, part)})" for part in parts]

    def causes(self, record: Record, parts: list[int]) -> list[Happening]:
        """Asks that changed what a group wants, or that it clipped."""
        wish = {part: fleet.wish.values[0] for part in parts if (fleet := self.fleet(record, part))}
        found = []
        for ask in record.asks:
            if ask.part in parts:
                if ask.asked != ask.granted:
                    found.append(Happening(ask.time, "clipped", (ask.part,), _clipped(ask)))
                elif ask.granted != wish.get(ask.part):
                    found.append(Happening(ask.time, "asked", (ask.part,), _asks(ask)))
                wish[ask.part] = ask.granted
        return found

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many asks were clipped."""
        clipped = sum(ask.asked != ask.granted for ask in record.asks if ask.part in parts)
        return [f"{count(clipped, 'ask')} clipped"] if clipped else []

    def fleet(self, record: Record, part: int) -> Fleet | None:
        """Its instances in service, and its desired capacity; None before it wrote them."""
        have, wish = (record.series.get((part, metric)) for metric in (HAVE, WISH))
        return Fleet(have, wish, "instance", "in service") if have and wish else None

    def mark(self, record: Record, parts: list[int]) -> float | None:
        """The target of the first policy that tracks how busy a group is."""
        targets = (
            float(settings["target_value"]) / 100
            for (part, kind, _), settings in record.wiring.items()
            if part in parts and kind == "target_tracking" and settings["metric_name"] == "CPUUtilization"
        )
        return next(targets, None)

    def cells(self, record: Record, part: int) -> dict[int, int]:
        """The places of its instances on the ruler."""
        return places(record, part)

    def picture(self, record: Record, parts: list[int]) -> str:
        """Who waits; or, where nobody comes, the band."""
        if not any(self.fleet(record, part) for part in parts):
            return ""
        return "waiting" if len(record.requests) else "band"


def places(record: Record, group: int) -> dict[int, int]:
    """Which place each instance has in the row: the first one free when it was launched."""
    left: dict[int, float] = {}
    for entry in record.states:
        if entry.aspect == "lifecycle" and entry.state in ("Terminating", "Terminated"):
            left.setdefault(entry.part, entry.time)
    found: dict[int, int] = {}
    for part in record.parts_of("instance"):
        made = record.parts[part]
        if made.parent == group:
            taken = {found[other] for other in found if left.get(other, inf) > made.born}
            found[part] = next(place for place in range(len(taken) + 1) if place not in taken)
    return found


def _sizes(record: Record, part: int) -> str:
    series = [record.series.get((part, metric)) for metric in (LOW, HIGH, WISH)]
    low, high, wish = (found.values[0] if found else 0 for found in series)
    size = (
        f"{number(low)} to {count(high, 'instance')}" if low < high else f"exactly {count(low, 'instance')}"
    )
    return f"{size}, {number(wish)} desired at the start"


def _asks(ask: Ask) -> str:
    return f"{ask.by} {'ask' if ask.by == 'you' else 'asks'} for {count(ask.asked, 'instance')}"


def _clipped(ask: Ask) -> str:
    limit = "maximum" if ask.asked > ask.granted else "minimum"
    gets = "get" if ask.by == "you" else "gets"
    return f"{_asks(ask)} and {gets} {ask.granted}, the {limit}"
