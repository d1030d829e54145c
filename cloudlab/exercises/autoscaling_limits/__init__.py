"""The exercises of lesson 01: three numbers for a day (E1), and what a group does at each look (E2)."""

from cloudlab.exercises.autoscaling_limits.tasks import E1, E2

__all__ = ["E1", "E2"]
