"""The exercises of lesson 06: a consumer that is safe (E13), settings of a queue (E14), workers by backlog (E15)."""

from cloudlab.exercises.sqs.tasks import E13, E14, E15

__all__ = ["E13", "E14", "E15"]
