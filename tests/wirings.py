"""Worlds that are wired in all ways that a template knows: what is tested of templates stands on these."""

from cloudlab.alarms import Alarm
from cloudlab.applications import Arrow, Component, Design
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import (
    CPUUtilization,
    ScalingPolicies,
    Scheduled,
    SimpleScaling,
    StepScaling,
    TargetTracking,
)
from cloudlab.autoscaling.policies.metrics import RequestCountPerTarget
from cloudlab.cluster import Cluster, ContainerDefinition, HealthCheck, Service, TaskDefinition, strategy
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.world import World
from cloudlab.lambda_function import EventSourceMapping, Function, package
from cloudlab.load_balancer import LoadBalancer
from cloudlab.sns import Endpoint, FifoTopic, Topic, healthy_retry_policy
from cloudlab.sqs import Queue
from cloudlab.sqs.fifo import FifoQueue

PRINTS = {"kind": ["print"], "price": [{"numeric": [">", 3]}]}


def messages():
    """Topics with all kinds of endpoints, and queues with dead letters."""
    world = World(1)
    dead, lost = Queue(world, "dead"), Queue(world, "lost")
    prints = Queue(
        world,
        "prints",
        dead_letter_target=dead,
        max_receive_count=3,
        visibility_timeout=90.5,
        delay_seconds=5,
    )
    topic = Topic(world, "orders")
    topic.subscribe("sqs", prints, filter_policy=PRINTS, raw_message_delivery=True)
    topic.subscribe("sqs", lost, filter_policy={"kind": ["late"]}, filter_policy_scope="MessageBody")
    topic.subscribe(
        "https",
        Endpoint(world, "parcel service"),
        dead_letter_target=lost,
        delivery_policy=healthy_retry_policy(num_retries=10),
    )
    for protocol in ("http", "email", "email-json", "lambda", "sms", "firehose", "application"):
        topic.subscribe(protocol, Endpoint(world, f"the {protocol}"))
    order = FifoTopic(world, "o.fifo", content_based_deduplication=True)
    order.subscribe("sqs", FifoQueue(world, "q.fifo", content_based_deduplication=True))
    return world


def fleet():
    """A group behind a balancer, with policies of all kinds."""
    world = World(1)
    group = AutoScalingGroup(
        world,
        "web",
        min_size=1,
        desired_capacity=2,
        max_size=5,
        health_check_type="ELB",
        health_check_grace_period=60,
        launch_template=LaunchTemplate(instance_type="c7g.large"),
    )
    front = LoadBalancer(
        world, "front", targets=group, health_check_interval_seconds=10, idle_timeout_timeout_seconds=120
    )
    policies = ScalingPolicies(world, group)
    TargetTracking(policies, "requests", target_value=100, metric=RequestCountPerTarget(front), period=10)
    TargetTracking(policies, "backlog", target_value=10, metric=lambda: 5.0, estimated_instance_warmup=90)
    steps = StepScaling(policies, step_adjustments=[(0, 20, 1), (20, None, 3)])
    simple = SimpleScaling(policies, scaling_adjustment=-1, cooldown=60)
    Alarm(
        world, "busy", metric=CPUUtilization(group), threshold=60, evaluation_periods=3, datapoints_to_alarm=2,
        actions=[steps.execute_policy],
    )  # fmt: skip
    Alarm(
        world, "idle", metric=RequestCountPerTarget(front), threshold=10,
        comparison_operator="LessThanThreshold", actions=[simple.execute_policy],
    )  # fmt: skip
    Alarm(world, "told", metric=lambda: 1.0, threshold=10, actions=[lambda value, threshold: None])
    Scheduled(policies, recurrence="50 8 * * 1-5", min_size=3, time_zone="Europe/Berlin")
    return world


def machines():
    """Two machines of their own behind one line, which no real balancer has."""
    world = World(1)
    two = [Instance(world, name) for name in ("Server A", "server a")]
    LoadBalancer(world, "shop", targets=two, load_balancing_algorithm_type="one_line")
    return world


def shop(kind):
    """Two components, the second one with two instances: as services, or in one box."""
    world = World(1)
    design = Design([Component("cart"), Component("payment", 1.0, instances=2)], [Arrow("cart", "payment")])
    kind(world, "shop", design=design)
    return world


def tasks():
    """Services on hosts and on Fargate, behind a balancer and without, one on each host, one that scales."""
    world = World(1)
    cluster, nowhere = Cluster(world, "hosts", count=3), Cluster(world, "no hosts")
    check = HealthCheck(interval=10, timeout=4, retries=2, start_period=20)
    page = ContainerDefinition("page", "shop:1", cpu=512, memory=1024, health_check=check)
    log = ContainerDefinition(
        "log", "log:1", memory=512, memory_reservation=256, essential=False, stop_timeout=60
    )
    web = Service(
        world,
        "web",
        cluster=cluster,
        task_definition=TaskDefinition("shop", [page, log]),
        desired_count=2,
        placement_strategy=(strategy("spread", "instanceId"), strategy("random")),
        distinct_instance=True,
        minimum_healthy_percent=50,
        maximum_percent=150,
        deployment_circuit_breaker=True,
        rollback=True,
        health_check_grace_period_seconds=30,
    )
    LoadBalancer(world, "front", targets=web)
    web.register_scalable_target(min_capacity=2, max_capacity=6)
    TargetTracking(ScalingPolicies(world, web), "busy", target_value=60)
    agent = TaskDefinition("agent", [small("agent")])
    Service(world, "agent", cluster=cluster, task_definition=agent, scheduling_strategy="DAEMON")
    pack = TaskDefinition("pack", [small("pack")])
    Service(world, "packers", cluster=nowhere, task_definition=pack, desired_count=2, launch_type="FARGATE")
    return world


def small(name):
    """A container of a size that Fargate has."""
    return ContainerDefinition(name, f"{name}:1", cpu=256, memory=512)


HANDLER = """
def handler(event, context):
    compute(0.2)
    wait(0.1)
    return event
"""


def functions():
    """A function that a topic and a queue call, with places for what fails; one of two files; and one without code."""
    world = World(1)
    orders, failed, dead, good = (
        Queue(world, name, visibility_timeout=60) for name in ("orders", "failed", "dead", "good")
    )
    resize = Function(
        world, "resize", code=package(HANDLER), memory_size=512, timeout=10, reserved_concurrent_executions=20,
    )  # fmt: skip
    Topic(world, "photos").subscribe("lambda", resize)
    EventSourceMapping(
        resize, orders, batch_size=5, function_response_types=["ReportBatchItemFailures"], maximum_concurrency=7,
    )  # fmt: skip
    resize.put_function_event_invoke_config(
        maximum_retry_attempts=1, on_failure=failed, dead_letter_target=dead, on_success=good
    )
    resize.publish_version()
    resize.put_provisioned_concurrency_config("1", 3)
    Function(world, "two", code=package({"app.py": HANDLER, "lib.py": "x = 1"}), architecture="arm64")
    Function(world, "bare", runtime="java21", ephemeral_storage=1024)
    return world
