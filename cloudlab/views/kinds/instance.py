"""An instance: it is launched, boots, answers, fails and ends, alone or in a group.

Read `InstanceKind.counts` first: what is said of instances when a run is over.

Numbers such as AS-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter

from cloudlab.kernel import measures
from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind, Row, Use, kinds_in
from cloudlab.views.words import count, listed, number

ENDS = (
    ("killed", "killed"),
    ("crashed", "crashed"),
    ("failing", "answered with errors"),
    ("terminated", "given back"),
)
"""What can become of an instance, and how it is told."""


class InstanceKind(Kind):
    """A rented machine with an application on it."""

    serves = True

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Those that stand alone; a group's are told with it."""
        alone = [record.parts[part].name for part in parts if record.parts[part].parent is None]
        names = alone if len(alone) <= 4 else [*alone[:3], f"{len(alone) - 3} more"]
        return [f"{self.one if len(alone) == 1 else self.many} {listed(names)}"] if alone else []

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many came, and what became of them."""
        launched = count(len(parts), "instance was", "instances were") if parts else "No instance was"
        befell = _befell(record, parts)
        return [f"{launched} launched", *(f"{number(befell[s])} {verb}" for s, verb in ENDS if befell[s])]

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """'6 are in service', '1 pending'; or how many answer where there is no group."""
        now = _now(record, parts)
        first = "in service" if record.parts_of("group") else "answering"
        head = f"{number(now[first]) if now[first] else 'none'} {'is' if now[first] <= 1 else 'are'} {first}"
        others = [state for state in ("pending", "booting", "terminating") if now[state]]
        return [head, *(f"{number(now[state])} {state}" for state in others)]

    def used(self, record: Record, parts: list[int]) -> Use:
        """Hours from launch to end (AS-5)."""
        return Use(measures.instance_hours(record), "instance-hours")

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """How many were launched and killed."""
        rows = [("instances launched", f"{len(parts):,}", "instances")]
        if parts:
            rows.append(("instances killed", f"{_befell(record, parts)['killed']:,}", "instances"))
        return rows

    def rows_of_use(self, record: Record, parts: list[int]) -> list[Row]:
        """How busy they were, where anybody came, and their hours."""
        rows = []
        if parts and record.end > 0 and any(kind.sends for kind, _ in kinds_in(record)):
            busy = measures.utilisation(record, record.end)[0]
            rows.append(("slots at work, on average", f"{100 * busy:.1f}", "%"))
        return [*rows, ("instance-hours", f"{measures.instance_hours(record):.2f}", "h")] if parts else []


def _befell(record: Record, parts: list[int]) -> Counter[str]:
    """How often applications on these parts entered each state."""
    mine = set(parts)
    return Counter(e.state for e in record.states if e.aspect == "application" and e.part in mine)


def _now(record: Record, parts: list[int]) -> Counter[str]:
    """How many are in each state at the end; one in service that boots counts in both."""
    mine = set(parts)
    lifecycle: dict[int, str] = {}
    application: dict[int, str] = {}
    for entry in record.states:
        if entry.time <= record.end and entry.part in mine:
            if entry.aspect == "lifecycle":
                lifecycle[entry.part] = entry.state
            elif entry.aspect == "application":
                application[entry.part] = entry.state
    names = {"InService": "in service", "Pending": "pending", "Terminating": "terminating"}
    now = Counter(names[state] for state in lifecycle.values() if state in names)
    for part, state in application.items():
        alone = part not in lifecycle
        if state in ("answering", "booting") or (alone and state == "pending"):
            now[state] += 1
        if alone and state == "answering":
            now["in service"] += 1
    return now
