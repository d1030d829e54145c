"""Target tracking: you name a target, and the policy brings its own two alarms.

It reads no load. It reads a metric, three datapoints late, and a busy share ends at 100 %: when four times as
many customers come, the metric says 100 and not 240, and the first step is too small. Read
`TargetTracking.execute_policy` first.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from math import ceil, inf
from typing import Annotated

from cloudlab.alarms import Alarm, of_servers, told_of
from cloudlab.autoscaling.policies.metrics import CPUUtilization
from cloudlab.autoscaling.policies.scaling import ScalingPolicies
from cloudlab.autoscaling.sizes import ValidationError
from cloudlab.kernel.limits import Limit, checked, takes
from cloudlab.kernel.world import at_home

OUT_DATAPOINTS, IN_DATAPOINTS, IN_SHARE = 3, 15, 0.7
"""The two alarms as practitioners observe them (AS-34). The provider does not promise them."""


class TargetTracking:
    """Holds a metric at `target_value` by changing the capacity in proportion (AS-29, AS-30).

    Out when the metric is above the target for 3 datapoints, in when it is below 70 % of it for 15: as
    observed, not as promised (AS-34). `metric` is a function as `Alarm` takes it, the average CPU of the
    warmed instances unless given. `estimated_instance_warmup` (s) is the group's warm-up, else its cooldown,
    unless given (AS-18). Raises ValidationError.
    """

    @checked(ValidationError)
    def __init__(
        self,
        scaling: ScalingPolicies,
        name: str = "target tracking",
        *,
        target_value: Annotated[float, Limit(0.001, 1e9, label="Target")],
        metric=None,
        period: Annotated[int, Limit(10, 300, "s", choices=(10, 60, 300), label="Metric period")] = 60,
        estimated_instance_warmup: Annotated[int | None, Limit(0, 86_400, "s", label="Warm-up")] = None,
        disable_scale_in: bool = False,
    ):
        if metric is not None and not takes(metric, 0):
            raise ValidationError(
                f"metric is {metric!r:.60}, but must be a function such as CPUUtilization(group)."
            )
        if not at_home(scaling.world, metric):
            raise ValidationError("metric is of another world, but must be of the policy's own.")
        self.world = scaling.world
        self.scaling, self.name, self.target_value = scaling, name, target_value
        self.disable_scale_in = disable_scale_in
        self.warmup = scaling.warmup(estimated_instance_warmup)
        self.metric = metric or CPUUtilization(scaling.group, lambda: scaling.group.warmed(self.warmup))
        self.of_servers = of_servers(self.metric)
        self._looked_at, self.value = -inf, None
        scaling.wire(
            self,
            "target_tracking",
            **told_of(self.metric),
            target_value=target_value,
            period=period,
            estimated_instance_warmup=estimated_instance_warmup,
            disable_scale_in=disable_scale_in,
            cooldown=self.warmup,
        )
        self.high = Alarm(
            scaling.world,
            f"{name}, high",
            metric=self._datapoint,
            threshold=target_value,
            period=period,
            evaluation_periods=OUT_DATAPOINTS,
            actions=[self.execute_policy],
        )
        self.low = Alarm(
            scaling.world,
            f"{name}, low",
            metric=self._datapoint,
            threshold=IN_SHARE * target_value,
            comparison_operator="LessThanThreshold",
            period=period,
            evaluation_periods=IN_DATAPOINTS,
            actions=[self.execute_policy],
        )
        scaling.add(self)

    @checked(ValidationError)
    def execute_policy(self, metric_value: float | None, breach_threshold: float) -> None:
        """Ask for the capacity at which the metric would be at its target; without a value for nothing.

        It is rounded up, both out and in, so that the target isn't broken by it (AS-30). In from what is
        there with those that are ending (AS-50).
        """
        if metric_value is None:
            return
        out = metric_value > self.target_value
        there = len(self.scaling.group.warmed(self.warmup)) + (0 if out else self.scaling.terminating())
        needed = ceil(round(there * metric_value / self.target_value, 6))
        desired = self.scaling.group.desired_capacity
        if needed > desired if out else needed < desired:
            self.scaling.wish(needed, self)

    def may_scale_in(self) -> bool:
        """When nothing warms up (AS-20) and all such policies that may scale in agree (AS-31)."""
        others = [one for one in self.scaling.policies if isinstance(one, TargetTracking)]
        agreed = all(one.disable_scale_in or one.low.state == "ALARM" for one in others)
        return agreed and not self.disable_scale_in and not self.scaling.warming(self.warmup)

    def _datapoint(self) -> float | None:
        """The value of this moment. Both alarms ask for it, and a metric counts from one look to the next."""
        now = self.scaling.world.now
        if now > self._looked_at:
            self._looked_at, self.value = now, self.metric()
        return self.value
