"""Orders: what was answered well and is told on. It has no place of its own: who answers tells it."""

from cloudlab.kernel.moves import Numbers
from cloudlab.kernel.orders import rows_at
from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind, Row
from cloudlab.views.words import count


class OrdersKind(Kind):
    """Requests that become messages."""

    told = False
    station = False

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many were told on."""
        told = sum(len(record.orders[part].told) for part in parts if part in record.orders)
        return [f"{count(told, 'order was', 'orders were')} told on"] if told else []

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """How many were told on."""
        told = sum(len(record.orders[part].told) for part in parts if part in record.orders)
        return [("orders told on", f"{told:,}", "orders")]

    def became(self, record: Record, parts: list[int]) -> dict[int, int]:
        """The message of each order."""
        numbers = Numbers(record)
        found: dict[int, int] = {}
        for part in (part for part in parts if part in record.orders):
            table = record.orders[part]
            topic = record.topics.get(table.to)
            times = record.queues[table.to].sent if topic is None else topic.published
            number = numbers.of_message if topic is None else numbers.of_publish
            rows = zip(table.request, rows_at(times, table), strict=True)
            found |= {request: number(table.to, row) for request, row in rows if row >= 0}
        return found
