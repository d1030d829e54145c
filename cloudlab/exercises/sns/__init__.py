"""The exercises of lesson 05: wire a topic for five services (E11), count deliveries (E12)."""

from cloudlab.exercises.sns.tasks import E11, E12

__all__ = ["E11", "E12"]
