"""Simple and step scaling: you say what to do when an alarm of yours goes off.

    policy = StepScaling(scaling, step_adjustments=[(0, 20, 1), (20, None, 3)])
    Alarm(world, "busy", metric=CPUUtilization(group), threshold=60, actions=[policy.execute_policy])

Read `StepScaling.execute_policy` first: how far the metric is beyond the threshold picks the step.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Sequence
from typing import Annotated

from cloudlab.autoscaling.policies.adjustments import AdjustmentType, Magnitude, adjusted, step_for, steps
from cloudlab.autoscaling.policies.scaling import ScalingPolicies
from cloudlab.autoscaling.sizes import ValidationError
from cloudlab.kernel.limits import Limit, checked


class SimpleScaling:
    """One adjustment when its alarm goes off; then it waits for the activity and the cooldown (AS-17, AS-25).

    `cooldown` (s) is the group's unless given. Raises ValidationError.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "the simple policy",
        *,
        scaling_adjustment: Annotated[int, Limit(-1000, 1000, label="Adjustment")],
        adjustment_type: AdjustmentType = "ChangeInCapacity",
        min_adjustment_magnitude: Magnitude = 0,
        cooldown: Annotated[int | None, Limit(0, 86_400, "s", label="Cooldown")] = None,
    ):
        self.world, self.scaling, self.name = scaling.world, scaling, name
        self.adjustment = adjustment_type, scaling_adjustment, min_adjustment_magnitude
        self.cooldown = scaling.group.default_cooldown if cooldown is None else cooldown
        scaling.wire(
            self,
            "simple_scaling",
            scaling_adjustment=scaling_adjustment,
            adjustment_type=adjustment_type,
            min_adjustment_magnitude=min_adjustment_magnitude,
            cooldown=cooldown,
        )
        scaling.add(self)

    @checked(ValidationError)
    def execute_policy(
        self, metric_value: float | None = None, breach_threshold: float | None = None
    ) -> None:
        """Adjust, unless an activity or the cooldown still runs. How far the metric went doesn't matter."""
        group = self.scaling.group
        if not group.busy() and self.scaling.world.now >= group.active_until + self.cooldown:
            self.scaling.wish(adjusted(group.desired_capacity, *self.adjustment), self)

    def may_scale_in(self) -> bool:
        """Its cooldown is all that holds it back."""
        return True


class StepScaling:
    """The further the metric is beyond the threshold, the larger the step (AS-26, AS-27).

    `step_adjustments` are (lower, upper, adjustment): bounds relative to the alarm's threshold, None for no
    bound. It reacts at once, also during an activity; instances that warm up count as already there.
    `estimated_instance_warmup` (s) is the group's warm-up, else its cooldown, unless given (AS-18).
    Raises ValidationError when steps overlap, leave a gap, or end where one more is needed.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "the step policy",
        *,
        step_adjustments: Sequence,
        adjustment_type: AdjustmentType = "ChangeInCapacity",
        min_adjustment_magnitude: Magnitude = 0,
        estimated_instance_warmup: Annotated[int | None, Limit(0, 86_400, "s", label="Warm-up")] = None,
    ):
        self.steps = steps(step_adjustments)
        self.world, self.scaling, self.name = scaling.world, scaling, name
        self.adjustment_type, self.min_adjustment_magnitude = adjustment_type, min_adjustment_magnitude
        self.warmup = scaling.warmup(estimated_instance_warmup)
        scaling.wire(
            self,
            "step_scaling",
            step_adjustments=tuple(tuple(step) for step in step_adjustments),
            adjustment_type=adjustment_type,
            min_adjustment_magnitude=min_adjustment_magnitude,
            estimated_instance_warmup=estimated_instance_warmup,
        )
        scaling.add(self)

    @checked(ValidationError)
    def execute_policy(self, metric_value: float | None, breach_threshold: float) -> None:
        """Take the step that holds the value: out from what is there without those that warm up.

        So the same breach again adds nothing while they do, and a higher one adds the difference. In from
        what is there with those that are ending (AS-50).
        """
        step = None if metric_value is None else step_for(self.steps, metric_value - breach_threshold)
        if step is None:
            return
        desired = self.scaling.group.desired_capacity
        settled = max(0, desired - self.scaling.warming(self.warmup))
        there = settled + (self.scaling.terminating() if step < 0 else 0)
        wish = adjusted(there, self.adjustment_type, step, self.min_adjustment_magnitude)
        if wish < settled or (wish > desired and step > 0):
            self.scaling.wish(wish, self)

    def may_scale_in(self) -> bool:
        """Not while instances warm up (AS-20)."""
        return not self.scaling.warming(self.warmup)
