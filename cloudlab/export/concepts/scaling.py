"""Groups, their policies, schedules and alarms (CF-1, CF-2, CF-6 to CF-8).

Numbers such as CF-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.export.concepts.instances import properties
from cloudlab.export.template import Draft, attribute, ref

PREDEFINED = {
    "CPUUtilization": "ASGAverageCPUUtilization",
    "RequestCountPerTarget": "ALBRequestCountPerTarget",
}
"""The metrics that target tracking knows by name."""

OWN = "cloudlab"
"""The namespace of a metric that the provider doesn't measure: your application would report it."""


def group(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A launch template, and the group that makes instances of it."""
    made_of, name = draft.name(part, "launch template"), draft.name(part)
    data = properties(draft, wired["launch_template"])
    draft.add(made_of, "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": data})
    fronts = [
        ref(draft.name(front, "targets"))
        for (front, kind, _), settings in draft.record.wiring.items()
        if kind == "balancer" and settings["group"] == part
    ]
    draft.add(
        name,
        "AWS::AutoScaling::AutoScalingGroup",
        {
            "MinSize": str(wired["min_size"]),
            "MaxSize": str(wired["max_size"]),
            "DesiredCapacity": str(wired["desired_capacity"]),
            "LaunchTemplate": {
                "LaunchTemplateId": ref(made_of),
                "Version": attribute(made_of, "LatestVersionNumber"),
            },
            "VPCZoneIdentifier": draft.subnets(),
            "HealthCheckType": wired["health_check_type"],
            "HealthCheckGracePeriod": wired["health_check_grace_period"],
            "Cooldown": str(wired["default_cooldown"]),
            "DefaultInstanceWarmup": wired["default_instance_warmup"],
            "NewInstancesProtectedFromScaleIn": wired["new_instances_protected_from_scale_in"],
            "TargetGroupARNs": fronts or None,
        },
    )


def target_tracking(draft: Draft, part: int, name: str, wired: dict) -> None:
    """A policy that brings its own alarms."""
    configuration = {"TargetValue": wired["target_value"], "DisableScaleIn": wired["disable_scale_in"]}
    tasks = draft.wired(part, "service") is not None
    if wired["metric_name"] in PREDEFINED and wired["of"] is not None and wired["statistic"] == "Average":
        metrics = PREDEFINED | ({"CPUUtilization": "ECSServiceAverageCPUUtilization"} if tasks else {})
        known: dict = {"PredefinedMetricType": metrics[wired["metric_name"]]}
        if wired["metric_name"] == "RequestCountPerTarget":
            known["ResourceLabel"] = _label(draft, wired["of"])
        configuration["PredefinedMetricSpecification"] = known
    else:
        configuration["CustomizedMetricSpecification"] = metric(draft, wired)
    if tasks:
        cool = {"ScaleOutCooldown": wired["cooldown"], "ScaleInCooldown": wired["cooldown"]}
        _policy_of_tasks(
            draft,
            part,
            name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=configuration | cool,
        )
        return
    if wired["period"] != 60:
        draft.only_here("period of target tracking: the provider's alarms choose theirs")
    _policy(
        draft,
        part,
        name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=configuration,
        EstimatedInstanceWarmup=wired["estimated_instance_warmup"],
    )


def _label(draft: Draft, balancer: int) -> dict:
    """How target tracking names a balancer and its targets."""
    names = attribute(draft.name(balancer), "LoadBalancerFullName")
    return {"Fn::Join": ["/", [names, attribute(draft.name(balancer, "targets"), "TargetGroupFullName")]]}


def step_scaling(draft: Draft, part: int, name: str, wired: dict) -> None:
    """A policy that takes a larger step the further the metric is beyond the threshold."""
    if draft.wired(part, "service"):
        draft.only_here("step scaling of a service: this template has target tracking for tasks")
        return
    steps = [
        {
            **({} if low is None else {"MetricIntervalLowerBound": low}),
            **({} if high is None else {"MetricIntervalUpperBound": high}),
            "ScalingAdjustment": size,
        }
        for low, high, size in wired["step_adjustments"]
    ]
    _policy(
        draft,
        part,
        name,
        PolicyType="StepScaling",
        AdjustmentType=wired["adjustment_type"],
        MinAdjustmentMagnitude=wired["min_adjustment_magnitude"] or None,
        StepAdjustments=steps,
        EstimatedInstanceWarmup=wired["estimated_instance_warmup"],
    )


def simple_scaling(draft: Draft, part: int, name: str, wired: dict) -> None:
    """A policy that takes one step, and then waits."""
    if draft.wired(part, "service"):
        draft.only_here("simple scaling of a service: tasks know steps and targets only")
        return
    cooldown = wired["cooldown"]
    _policy(
        draft,
        part,
        name,
        PolicyType="SimpleScaling",
        AdjustmentType=wired["adjustment_type"],
        ScalingAdjustment=wired["scaling_adjustment"],
        MinAdjustmentMagnitude=wired["min_adjustment_magnitude"] or None,
        Cooldown=None if cooldown is None else str(cooldown),
    )


def _policy_of_tasks(draft: Draft, part: int, name: str, **properties) -> None:
    """A policy of a service, which has a range of its own."""
    given = {"PolicyName": name, "ScalingTargetId": ref(draft.name(part, "range"))} | properties
    draft.add(draft.name(part, name), "AWS::ApplicationAutoScaling::ScalingPolicy", given)


def _policy(draft: Draft, part: int, name: str, **properties) -> None:
    of = {"AutoScalingGroupName": ref(draft.name(part))}
    draft.add(draft.name(part, name), "AWS::AutoScaling::ScalingPolicy", of | properties)


def scheduled_action(draft: Draft, part: int, name: str, wired: dict) -> None:
    """What the clock changes."""
    draft.add(
        draft.name(part, name),
        "AWS::AutoScaling::ScheduledAction",
        {
            "AutoScalingGroupName": ref(draft.name(part)),
            "Recurrence": wired["recurrence"],
            "TimeZone": wired["time_zone"],
            "MinSize": wired["min_size"],
            "MaxSize": wired["max_size"],
            "DesiredCapacity": wired["desired_capacity"],
        },
    )


def alarm(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """An alarm of your own, and whom it calls; target tracking brings its own ones."""
    called = [policy for policy in wired["actions"] if policy is not None]
    if any(kind == "target_tracking" for _, kind, _ in called):
        return
    if None in wired["actions"]:
        draft.only_here("functions of your own that an alarm calls: there it would be a topic")
    draft.add(
        draft.name(part),
        "AWS::CloudWatch::Alarm",
        metric(draft, wired)
        | {
            "Threshold": wired["threshold"],
            "ComparisonOperator": wired["comparison_operator"],
            "Period": wired["period"],
            "EvaluationPeriods": wired["evaluation_periods"],
            "DatapointsToAlarm": wired["datapoints_to_alarm"],
            "TreatMissingData": wired["treat_missing_data"],
            "AlarmActions": [ref(draft.name(of, name)) for of, _, name in called] or None,
        },
    )


def metric(draft: Draft, wired: dict) -> dict:
    """Which series of numbers is looked at."""
    named = {"MetricName": wired["metric_name"], "Statistic": wired["statistic"]}
    known = None if wired["of"] is None else wired["metric_name"]
    if known == "CPUUtilization":
        dimension = {"Name": "AutoScalingGroupName", "Value": ref(draft.name(wired["of"]))}
        return {"Namespace": "AWS/EC2", "Dimensions": [dimension], **named}
    if known == "RequestCountPerTarget":
        value = attribute(draft.name(wired["of"], "targets"), "TargetGroupFullName")
        dimension = {"Name": "TargetGroup", "Value": value}
        return {"Namespace": "AWS/ApplicationELB", "Dimensions": [dimension], **named, "Statistic": "Sum"}
    name = "".join(letter for letter in wired["metric_name"] if letter.isalnum() or letter in "_-") or "value"
    draft.only_here(f"the metric {name}: there your application reports it, here a function does")
    return {"Namespace": OWN, **named, "MetricName": name}


MAKERS = {
    "group": group,
    "target_tracking": target_tracking,
    "step_scaling": step_scaling,
    "simple_scaling": simple_scaling,
    "scheduled_action": scheduled_action,
    "alarm": alarm,
}
