"""Clusters, task definitions and services (CF-16, CF-17).

The network of a task is its own (awsvpc), so that the same template fits hosts and Fargate; a balancer sends to
addresses then, not to machines.

Numbers such as CF-16 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.export.template import Draft, attribute, ref

EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
HOST = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
HOST_IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
ASKS = "curl -f http://localhost/ || exit 1"


def cluster(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """The cluster, and the group of hosts that belong to it, if it has any."""
    name = draft.name(part)
    draft.add(name, "AWS::ECS::Cluster", {"ClusterName": draft.record.parts[part].name})
    if not wired["count"]:
        return
    draft.only_here("CPU and memory of a host: there its instance type decides them")
    _role(draft, part, "host role", "ec2.amazonaws.com", HOST)
    profile, made_of = draft.name(part, "profile"), draft.name(part, "launch template")
    draft.add(profile, "AWS::IAM::InstanceProfile", {"Roles": [ref(draft.name(part, "host role"))]})
    image = draft.parameter(
        "HostImage",
        "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
        "The image of a host, with the agent that runs containers",
        Default=HOST_IMAGE,
    )
    joins = ["#!/bin/bash\necho ECS_CLUSTER=", ref(name), " >> /etc/ecs/ecs.config\n"]
    data = {
        "ImageId": image,
        "InstanceType": wired["instance_type"],
        "IamInstanceProfile": {"Arn": attribute(profile, "Arn")},
        "UserData": {"Fn::Base64": {"Fn::Join": ["", joins]}},
    }
    draft.add(made_of, "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": data})
    latest = {"LaunchTemplateId": ref(made_of), "Version": attribute(made_of, "LatestVersionNumber")}
    size = str(wired["count"])
    draft.add(
        draft.name(part, "hosts"),
        "AWS::AutoScaling::AutoScalingGroup",
        {
            "MinSize": size,
            "MaxSize": size,
            "LaunchTemplate": latest,
            "VPCZoneIdentifier": draft.subnets(),
        },
    )


def service(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A task definition, and the service that keeps its tasks."""
    fronts = [front for front in wired["balancers"] if front is not None and draft.wired(front, "balancer")]
    defined, containers = draft.name(part, "task"), wired["containers"]
    _role(draft, part, "execution role", "ecs-tasks.amazonaws.com", EXECUTION)
    draft.only_here("how long a container starts, and how it behaves: they are measured there")
    fargate = wired["launch_type"] == "FARGATE"
    draft.add(
        defined,
        "AWS::ECS::TaskDefinition",
        {
            "Family": wired["task_definition"],
            "RequiresCompatibilities": [wired["launch_type"]],
            "NetworkMode": "awsvpc",
            "ExecutionRoleArn": attribute(draft.name(part, "execution role"), "Arn"),
            "Cpu": str(sum(one["cpu"] for one in containers)) if fargate else None,
            "Memory": str(sum(one["memory"] for one in containers)) if fargate else None,
            "ContainerDefinitions": [_container(one, bool(fronts)) for one in containers],
        },
    )
    if wired["rule"]:
        draft.only_here("a placement rule of your own: there strategies and constraints choose")
    daemon, name = wired["scheduling_strategy"] == "DAEMON", containers[0]["name"]
    targets = [
        {"ContainerName": name, "ContainerPort": 80, "TargetGroupArn": ref(draft.name(front, "targets"))}
        for front in fronts
    ]
    breaker = {"Enable": wired["deployment_circuit_breaker"], "Rollback": wired["rollback"]}
    after = [draft.name(front, "listener") for front in fronts]
    draft.add(
        draft.name(part),
        "AWS::ECS::Service",
        {
            "ServiceName": draft.record.parts[part].name,
            "Cluster": ref(draft.name(wired["cluster"])),
            "TaskDefinition": ref(defined),
            "DesiredCount": None if daemon else wired["desired_count"],
            "LaunchType": wired["launch_type"],
            "SchedulingStrategy": wired["scheduling_strategy"],
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": draft.subnets()}},
            "LoadBalancers": targets or None,
            "HealthCheckGracePeriodSeconds": wired["health_check_grace_period_seconds"] if fronts else None,
            "PlacementStrategies": None if fargate or daemon else _strategies(wired) or None,
            "PlacementConstraints": [{"Type": "distinctInstance"}] if wired["distinct_instance"] else None,
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": wired["minimum_healthy_percent"],
                "MaximumPercent": wired["maximum_percent"],
                **({} if daemon else {"DeploymentCircuitBreaker": breaker}),
            },
        },
        **({"DependsOn": after} if after else {}),
    )
    if wired["max_capacity"] is not None:
        _scalable(draft, part, wired)


def _container(one: dict, serves: bool) -> dict:
    """One container of a task definition."""
    check = one["health_check"]
    given = {
        "Name": one["name"],
        "Image": one["image"],
        "Cpu": one["cpu"],
        "Memory": one["memory"],
        "MemoryReservation": one["memory_reservation"],
        "Essential": one["essential"],
        "StopTimeout": one["stop_timeout"],
        "PortMappings": [{"ContainerPort": 80}] if serves else None,
        "HealthCheck": check
        and {
            "Command": ["CMD-SHELL", ASKS],
            "Interval": check["interval"],
            "Timeout": check["timeout"],
            "Retries": check["retries"],
            "StartPeriod": check["start_period"],
        },
    }
    return {key: value for key, value in given.items() if value is not None}


def _strategies(wired: dict) -> list[dict]:
    return [
        {"Type": kind, **({"Field": field} if field else {})} for kind, field in wired["placement_strategy"]
    ]


def _scalable(draft: Draft, part: int, wired: dict) -> None:
    """The range in which policies may change the number of tasks."""
    names = ["service", ref(draft.name(wired["cluster"])), attribute(draft.name(part), "Name")]
    draft.add(
        draft.name(part, "range"),
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": {"Fn::Join": ["/", names]},
            "MinCapacity": wired["min_capacity"],
            "MaxCapacity": wired["max_capacity"],
        },
    )


def _role(draft: Draft, part: int, name: str, who: str, policy: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": who}, "Action": "sts:AssumeRole"}
    draft.add(
        draft.name(part, name),
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "ManagedPolicyArns": [policy],
        },
    )


MAKERS = {"cluster": cluster, "service": service}
