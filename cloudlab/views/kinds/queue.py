"""A queue: messages lie in it until somebody takes them."""

from cloudlab.kernel.moves import ways
from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import Kind


class QueueKind(Kind):
    """Messages that wait to be pulled."""

    def level(self, record: Record, parts: list[int]) -> Series | None:
        """How many messages lie in the queues, for anyone to take; None where none ever moved."""
        found = ways(record)
        if not found:
            return None
        lying: set[tuple[int, int]] = set()
        level = Series()
        for move in found:
            lying.discard((move.source, move.message))
            if move.target is not None and move.target in parts:
                lying.add((move.target, move.message))
            level.times.append(move.time)
            level.values.append(len(lying))
        return level
