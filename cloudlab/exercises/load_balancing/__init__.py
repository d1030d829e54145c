"""The exercises of lesson 03: choose a server (E6), set health checks (E7), routing or capacity (E8)."""

from cloudlab.exercises.load_balancing.tasks import E6, E7, E8

__all__ = ["E6", "E7", "E8"]
