"""Clusters: many containers on many hosts. Read `placement.place` first."""

from cloudlab.cluster.errors import InvalidParameterException
from cloudlab.cluster.placement import ZONES, Need, Placed, Shortage, Space, Strategy, bound, place, strategy

__all__ = [
    "ZONES",
    "InvalidParameterException",
    "Need",
    "Placed",
    "Shortage",
    "Space",
    "Strategy",
    "bound",
    "place",
    "strategy",
]
