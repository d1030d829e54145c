"""The exercises of lesson 02: settings for a sale (E3), a policy of your own (E4), a schedule for a rush (E5)."""

from cloudlab.exercises.autoscaling_policies.tasks import E3, E4, E5

__all__ = ["E3", "E4", "E5"]
