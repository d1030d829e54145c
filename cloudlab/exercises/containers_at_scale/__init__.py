"""The exercises of lesson 10: few hosts for many containers (E20), and any of them may be lost (E21)."""

from cloudlab.exercises.containers_at_scale.tasks import E20, E21

__all__ = ["E20", "E21"]
