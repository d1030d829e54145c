"""The exercise of lesson 00."""

from cloudlab.exercises.start_here.tasks import E0

__all__ = ["E0"]
