"""Customers: who sends the requests. What became of those is told of any run, so there is little to say here."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind


class CustomersKind(Kind):
    """Who sends requests."""

    one, many = "customer", "customers"
    sends = True

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Left to the sentence about their requests."""
        return []
