"""The exercises of lesson 09: a recipe that gives the same everywhere (E23), and one that sends little again (E24)."""

from cloudlab.exercises.containers.tasks import E23, E24

__all__ = ["E23", "E24"]
