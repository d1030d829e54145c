"""The exercises of lesson 04: which arrows become queues (E9), how often a shop works (E10)."""

from cloudlab.exercises.monolith_and_microservices.tasks import E9, E10

__all__ = ["E9", "E10"]
