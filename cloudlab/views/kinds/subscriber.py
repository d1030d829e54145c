"""A subscriber: who gets a copy of all that a topic calls out, by HTTP, mail, short message, push or function."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Happening, Kind

FALLS = {
    "unavailable": "can't be reached",
    "forbidden": "refuses what comes",
    "gone": "is gone",
    "slow": "becomes slow",
}
"""What happened to it, as the end of a sentence."""


class SubscriberKind(Kind):
    """Who listens."""

    def causes(self, record: Record, parts: list[int]) -> list[Happening]:
        """When it stopped to take what is delivered."""
        return [
            Happening(
                entry.time,
                entry.state,
                (entry.part,),
                f"{record.parts[entry.part].name} {FALLS[entry.state]}",
            )
            for entry in record.states
            if entry.part in parts and entry.aspect == "application" and entry.state in FALLS
        ]
