"""A worker: it takes messages from a queue, works on them, and says that they are done."""

from collections import Counter

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind
from cloudlab.views.words import count, number


class WorkerKind(Kind):
    """Who pulls messages."""

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many died."""
        mine = set(parts)
        died = Counter(entry.state for entry in record.states if entry.part in mine)["killed"]
        return [f"{count(died, 'worker was', 'workers were')} killed"] if died else []

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """How many still ask for messages."""
        now = [record.state(part, record.end, "application") for part in parts]
        asking = sum(state is not None and state.state == "answering" for state in now)
        return [f"{number(asking)} of {count(len(parts), 'worker')} at work"] if parts else []
