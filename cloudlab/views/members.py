"""The members of a group: in which cell of its row each instance stands.

A stand-in takes the cell of the one it replaces, so a row shows at a glance who has gone and who has come.
Standard library and kernel only.
"""

from math import inf

from cloudlab.record import Record

GONE = ("Terminating", "Terminated")
"""Words of a group for an instance that no longer counts."""


def cells(record: Record, group: int) -> dict[int, int]:
    """Which cell each instance of a group has: the first one free when it was launched."""
    left = {}
    for entry in record.states:
        if entry.aspect == "lifecycle" and entry.state in GONE:
            left.setdefault(entry.part, entry.time)
    found: dict[int, int] = {}
    for part in record.parts_of("instance"):
        made = record.parts[part]
        if made.parent == group:
            taken = {found[other] for other in found if left.get(other, inf) > made.born}
            found[part] = next(cell for cell in range(len(taken) + 1) if cell not in taken)
    return found
