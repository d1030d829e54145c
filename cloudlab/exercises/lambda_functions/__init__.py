"""The exercise of lesson 07: cap a burst, and let it wait before a database that takes few (E19)."""

from cloudlab.exercises.lambda_functions.tasks import E19

__all__ = ["E19"]
