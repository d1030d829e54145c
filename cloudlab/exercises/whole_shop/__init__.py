"""The exercise of lesson 11: design the whole shop for four limits, at least cost (E22)."""

from cloudlab.exercises.whole_shop.tasks import E22

__all__ = ["E22"]
