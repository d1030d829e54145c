"""Applications: the same components in one process, or as services that call each other. Read `design` first."""

from cloudlab.applications.availability import availability, monolith_availability
from cloudlab.applications.design import DEFAULT, Arrow, Component, Design
from cloudlab.applications.late import late
from cloudlab.applications.microservices import Microservices
from cloudlab.applications.monolith import Monolith
from cloudlab.applications.outages import Outages

__all__ = [
    "DEFAULT",
    "Arrow",
    "Component",
    "Design",
    "Microservices",
    "Monolith",
    "Outages",
    "availability",
    "late",
    "monolith_availability",
]
