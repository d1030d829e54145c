"""Customers: who sends the requests. What became of those is told of any run, so there is little to say here."""

from cloudlab.views.kinds import Kind


class CustomersKind(Kind):
    """Who sends requests."""

    one, many = "customer", "customers"
    told = False
    sends = True
