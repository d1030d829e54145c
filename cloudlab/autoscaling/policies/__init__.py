"""Scaling policies: rules that move a group's wish when the load changes.

A policy never looks at the load itself. It looks at a metric, through an alarm, and so it is late: by the
period of the metric times the datapoints that the alarm wants, and then by launch, boot and warm-up. Read
`target_tracking.TargetTracking.execute_policy` first; the others differ in how they compute the new capacity.

    scaling = ScalingPolicies(world, group)
    TargetTracking(scaling, target_value=60)
    Scheduled(scaling, recurrence="50 8 * * 1-5", min_size=6)

    scaling         the policies of one group; the largest wish of a moment wins
    by_alarm        simple and step scaling, set off by an alarm of your own
    target_tracking holds a metric at a target, with two alarms of its own
    schedules       changes of the group at given times
    adjustments     from "30 percent more" to a number of instances
    metrics         CPU and requests per target
"""

from cloudlab.autoscaling.policies.by_alarm import SimpleScaling, StepScaling
from cloudlab.autoscaling.policies.metrics import CPUUtilization, RequestCountPerTarget
from cloudlab.autoscaling.policies.scaling import ScalingPolicies
from cloudlab.autoscaling.policies.schedules import Scheduled
from cloudlab.autoscaling.policies.target_tracking import TargetTracking
from cloudlab.autoscaling.sizes import ValidationError

__all__ = [
    "CPUUtilization",
    "RequestCountPerTarget",
    "ScalingPolicies",
    "Scheduled",
    "SimpleScaling",
    "StepScaling",
    "TargetTracking",
    "ValidationError",
]
