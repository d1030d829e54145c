"""A goal: a number that must stay below a limit. Its series is `Value`, so far; its attributes `limit` and `unit`."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind, Row
from cloudlab.views.words import count, number


class GoalKind(Kind):
    """What a run is judged by."""

    told = False
    station = False
    metrics = ("Value",)

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many of the limits were kept, and which were not."""
        missed = [part for part in parts if value(record, part) > record.parts[part].attributes["limit"]]
        kept = f"{number(len(parts) - len(missed))} of {count(len(parts), 'objective')} met"
        return [kept, *(f"{record.parts[part].name.lower()} was {_told(record, part)}" for part in missed)]

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """Each number beside its limit."""
        return [
            (
                f"{record.parts[part].name.lower()} (limit {record.parts[part].attributes['limit']:g})",
                f"{value(record, part):.2f}",
                record.parts[part].attributes["unit"],
            )
            for part in parts
        ]

    def finding(self, record: Record, parts: list[int]) -> str:
        """How many limits were kept."""
        met = sum(value(record, part) <= record.parts[part].attributes["limit"] for part in parts)
        return f"{met} of {len(parts)} objectives are met" if parts else ""


def value(record: Record, part: int) -> float:
    """The number of a goal at the end."""
    series = record.series.get((part, "Value"))
    return series.values[-1] if series else 0.0


def _told(record: Record, part: int) -> str:
    """A number over its limit: '31 min (limit 20)'."""
    unit, limit = (record.parts[part].attributes[name] for name in ("unit", "limit"))
    if unit == "$":
        return f"${value(record, part):.2f} (limit ${limit:.2f})"
    return f"{number(round(value(record, part), 1))} {unit} (limit {limit:g})"
