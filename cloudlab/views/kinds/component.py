"""A component of an application: a box in it, or a service of its own."""

from collections.abc import Iterator

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Happening, Kind
from cloudlab.views.words import listed

TROUBLE = {
    "hanging": ("hangs", "hang"),
    "slow": ("works slowly", "work slowly"),
    "deploying": ("is deployed", "are deployed"),
}
"""States that stop or delay others, beside a crash, of one and of several."""


class ComponentKind(Kind):
    """A part of an application."""

    laned = False
    serves = True
    servers = "components"
    metrics = ("Instances",)

    def stands(self, record: Record, part: int) -> bool:
        """Whether it is a service of its own; in one process it is drawn inside of that."""
        parent = record.parts[part].parent
        return parent is None or record.parts[parent].attributes.get("shape") == "microservices"

    def cells(self, record: Record, part: int) -> dict[int, int]:
        """Nothing is drawn inside of it."""
        return {}

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """All by name."""
        return [f"the components {listed([record.parts[part].name for part in parts])}"] if parts else []

    def causes(self, record: Record, parts: list[int]) -> list[Happening]:
        """When some begin to hang, are slow, or are deployed."""
        return list(_troubles(record, set(parts)))

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """How many work."""
        states = {
            entry.part: entry.state
            for entry in record.states
            if entry.aspect == "application" and entry.part in parts
        }
        well = sum(state == "answering" for state in states.values())
        return [f"{well} of {len(parts)} components work"]


def _troubles(record: Record, mine: set[int]) -> Iterator[Happening]:
    together: dict[tuple[float, str], list[int]] = {}
    for entry in record.states:
        if entry.aspect == "application" and entry.state in TROUBLE and entry.part in mine:
            together.setdefault((entry.time, entry.state), []).append(entry.part)
    for (time, state), parts in together.items():
        who = listed([record.parts[part].name for part in parts]) if len(parts) < 4 else "all components"
        yield Happening(time, "slowed", tuple(parts), f"{who} {TROUBLE[state][len(parts) > 1]}")
