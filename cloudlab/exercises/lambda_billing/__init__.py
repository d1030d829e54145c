"""The exercises of lesson 08: server or function (E16), the bill of a log (E17), memory and timeout (E18)."""

from cloudlab.exercises.lambda_billing.tasks import E16, E17, E18

__all__ = ["E16", "E17", "E18"]
