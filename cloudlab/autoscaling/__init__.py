"""EC2 Auto Scaling: a group that keeps as many instances as it wants, and policies that move that wish.

group     minimum, desired, maximum; what fails is replaced
policies  simple and step scaling, target tracking, scheduled actions
"""

from cloudlab.autoscaling.group import LOOK_EVERY, AutoScalingGroup
from cloudlab.autoscaling.sizes import ScalingActivityInProgress, ValidationError

__all__ = ["LOOK_EVERY", "AutoScalingGroup", "ScalingActivityInProgress", "ValidationError"]
