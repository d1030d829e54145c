"""A load balancer: the contact, the port it listens on, and its targets (CF-3 to CF-5).

Numbers such as CF-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.export.template import Draft, ref

PORT = {"Port": 80, "Protocol": "HTTP"}


def balancer(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """The balancer, its listener, and its targets: a group's, or machines of their own."""
    name, targets = draft.name(part), draft.name(part, "targets")
    method = wired["load_balancing_algorithm_type"]
    if method == "one_line":
        draft.only_here("one_line: a balancer there has no line of its own; this template takes turns")
        method = "round_robin"
    idle = {"Key": "idle_timeout.timeout_seconds", "Value": str(wired["idle_timeout_timeout_seconds"])}
    draft.add(
        name,
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"Type": "application", "Subnets": draft.subnets(), "LoadBalancerAttributes": [idle]},
    )
    machines = [
        {"Id": ref(draft.name(to))}
        for source, to in draft.record.links
        if source == part and wired["group"] is None and draft.wired(to, "instance")
    ]
    draft.add(
        targets,
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        PORT
        | {
            "VpcId": draft.network(),
            "TargetType": "ip" if _of_tasks(draft, part) else "instance",
            "Targets": machines or None,
            "HealthCheckIntervalSeconds": wired["health_check_interval_seconds"],
            "HealthCheckTimeoutSeconds": wired["health_check_timeout_seconds"],
            "HealthyThresholdCount": wired["healthy_threshold_count"],
            "UnhealthyThresholdCount": wired["unhealthy_threshold_count"],
            "TargetGroupAttributes": [
                {"Key": "load_balancing.algorithm.type", "Value": method},
                {
                    "Key": "deregistration_delay.timeout_seconds",
                    "Value": str(wired["deregistration_delay_timeout_seconds"]),
                },
            ],
        },
    )
    draft.add(
        draft.name(part, "listener"),
        "AWS::ElasticLoadBalancingV2::Listener",
        PORT
        | {
            "LoadBalancerArn": ref(name),
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": ref(targets)}],
        },
    )


def _of_tasks(draft: Draft, part: int) -> bool:
    """Whether the targets are tasks, which have addresses of their own."""
    return any(
        kind == "service" and part in one["balancers"] for (_, kind, _), one in draft.record.wiring.items()
    )


MAKERS = {"balancer": balancer}
