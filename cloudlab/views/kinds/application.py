"""An application: orders come to it, and its components serve them, in one process or as a service each.

Read `stands` first: a monolith is one box that holds its components, microservices are a box each.
"""

from cloudlab.kernel import measures
from cloudlab.kernel.calls import NOBODY, CallStatus
from cloudlab.kernel.record import Record, Series
from cloudlab.views.kinds import Kind, Row
from cloudlab.views.words import number

LATE = 10.0
"""What a message brings about is late when it isn't done so long (s) after its order came."""


class ApplicationKind(Kind):
    """Orders come to it."""

    serves = True
    laned = False
    request = "order"
    servers = "slots"
    metrics = ("Instances",)

    def stands(self, record: Record, part: int) -> bool:
        """Whether it is one process: else each component is a station, and the application is none."""
        return record.parts[part].attributes.get("shape") != "microservices"

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Each with how it is built: 'shop, one process'."""
        shapes = {"monolith": "one process", "microservices": "a service for each component"}
        made = [record.parts[part] for part in parts]
        return [
            f"application {one.name} ({shapes.get(one.attributes.get('shape', ''), 'built in its own way')})"
            for one in made
        ]

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many orders were lost, and how many are late."""
        late = late_times(record)
        lost = measures.outcomes(record).failed
        told = [f"{number(lost)} {'order was' if lost == 1 else 'orders were'} lost"]
        return [*told, f"{number(len(late))} late"] if _messages(record) else told

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """How many orders were lost, and how many are late."""
        lost = {"lost orders": float(measures.outcomes(record).failed)}
        return {**lost, "late orders": float(len(late_times(record)))} if _messages(record) else lost

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """Orders that were lost, and those that are late."""
        lost = measures.outcomes(record).failed
        return [
            ("orders lost", f"{lost:,}", "orders"),
            ("orders late", f"{len(late_times(record)):,}", "orders"),
        ]

    def level(self, record: Record, parts: list[int]) -> Series | None:
        """How many orders were lost so far; where none is lost, how many are late."""
        rows = record.requests
        ends = zip(rows.answered, rows.status, strict=True)
        times = sorted(end for end, status in ends if status and end <= record.end) or late_times(record)
        level = Series()
        for count, time in enumerate(times, start=1):
            level.times.append(time)
            level.values.append(count)
        return level

    def picture(self, record: Record, parts: list[int]) -> str:
        """What became of its orders."""
        return "orders"


def late_times(record: Record) -> list[float]:
    """The moments (s) from which on an order was late: nobody had done by then what a message is for."""
    calls, messages = record.calls, _messages(record)
    done: dict[tuple[int, int], float] = {}
    columns = zip(calls.order, calls.parent, calls.service, calls.ended, calls.status, strict=True)
    for order, parent, service, ended, status in columns:
        if NOBODY in (order, parent) or (calls.service[parent], service) not in messages:
            continue
        end = ended if status in (CallStatus.OK, CallStatus.LATE) else float("inf")
        done[order, service] = min(end, done.get((order, service), end))
    arrived = record.requests.arrived
    due = {order: arrived[order] + LATE for (order, _), end in done.items() if end > arrived[order] + LATE}
    return sorted(time for time in due.values() if time < record.end)


def _messages(record: Record) -> set[tuple[int, int]]:
    """The pairs of parts of which the first leaves messages for the second."""
    ways = [
        way.split(" → ")
        for part in record.parts
        for way in str(part.attributes.get("asynchronous", "")).split(", ")
        if way
    ]
    return {
        (record.part(caller), record.part(callee))
        for caller, callee in ways
        if record.has_part(caller) and record.has_part(callee)
    }
