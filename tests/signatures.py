"""All that a learner can call, with values that fit and values that don't.

A `Scene` is a small world with one part of each kind. `CALLS` names what can be called in it, by group, each with
the arguments that fit; `cases` draws calls in which one or two of them are replaced by something from `odd`.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from pathlib import Path
from typing import Annotated, NamedTuple

from cloudlab.alarms import Alarm
from cloudlab.applications import (
    Arrow,
    Component,
    Design,
    Microservices,
    Monolith,
    Outages,
    availability,
    late,
    monolith_availability,
)
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import (
    CPUUtilization,
    RequestCountPerTarget,
    ScalingPolicies,
    Scheduled,
    SimpleScaling,
    StepScaling,
    TargetTracking,
)
from cloudlab.cluster import (
    CapacityProvider,
    Cluster,
    ContainerDefinition,
    Item,
    Need,
    Service,
    Space,
    TaskDefinition,
    bound,
    failure_threshold,
    hosts_wanted,
    over_limits,
    place,
    reservation,
    room,
    schedule,
    split,
    strategy,
)
from cloudlab.containers import (
    Cache,
    Host,
    Image,
    Library,
    Repository,
    Shelf,
    build,
    build_all,
    cpu_shares,
    opened,
    save,
)
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.exercises import exercise
from cloudlab.kernel import measures
from cloudlab.kernel.limits import Limit, parameters
from cloudlab.kernel.misconceptions import misconceptions
from cloudlab.kernel.world import World
from cloudlab.labs import (
    autoscaling_limits,
    autoscaling_policies,
    load_balancing,
    sns,
    start_here,
    whole_shop,
)
from cloudlab.labs import containers as machines
from cloudlab.labs import containers_at_scale as vans
from cloudlab.labs import lambda_billing as meters
from cloudlab.labs import lambda_functions as kitchens
from cloudlab.labs import monolith_and_microservices as pull_the_plug
from cloudlab.labs import sqs as coat_check
from cloudlab.lambda_function import (
    Account,
    EventSourceMapping,
    Function,
    log_lines,
    metrics,
    package,
    runtime,
)
from cloudlab.load_balancer import LoadBalancer
from cloudlab.orders import Orders
from cloudlab.pricing import (
    bill,
    bill_of_log,
    billed_ms,
    charge,
    charges,
    chunks,
    cost_per_thousand,
    crossing_point,
    crossings,
    dollars,
    event_requests,
    fargate,
    function_counts,
    lcu_dimensions,
    message_counts,
    millisecond_price,
    month_of_functions,
    month_of_messages,
    price_list,
    prices_on,
    total,
    write_bill,
)
from cloudlab.sns import (
    Endpoint,
    FifoTopic,
    Topic,
    healthy_retry_policy,
    matches,
    matches_body,
    publish_batch,
)
from cloudlab.sns.filters import check_policy
from cloudlab.sns.sms import cost, segments
from cloudlab.sqs import Queue, Workers
from cloudlab.sqs.batch import change_message_visibility_batch, delete_message_batch, send_message_batch
from cloudlab.sqs.consumer import Consumer
from cloudlab.sqs.fifo import FifoQueue
from cloudlab.sqs.redrive import start_message_move_task
from cloudlab.traffic import (
    Customers,
    Senders,
    daily,
    from_access_log,
    from_csv,
    from_lambda_report,
    ramp,
    sample_access_log,
    sample_lambda_report,
    sinusoid,
    spike,
    steady,
    step,
    weekly,
)
from cloudlab.views import charts, experiment, lesson, luck, panel, predict, stage, theme
from cloudlab.views.charts.walls import fit
from cloudlab.views.describe import describe
from cloudlab.views.quiz import Option, quiz
from cloudlab.views.quiz import Question as Asked
from cloudlab.views.table import answers, table
from cloudlab.views.tasks import Task, tasks

EIGHT = LaunchTemplate(launch_time=0, boot_time=0)
KIND = {"kind": {"DataType": "String", "StringValue": "print"}}


def a_design(name: str) -> Design:
    """A shop that calls one other component."""
    components = (Component(f"{name} shop"), Component(name, 0.1, availability=0.9))
    return Design(components, (Arrow(f"{name} shop", name, timeout=1.0),))


def reads(queue):
    """A consumer's program."""
    while True:
        yield queue.receive_message(wait_time_seconds=20)


def reads_shipped(queue, shipped):
    """A consumer's program, which is handed a list too."""
    yield from reads(queue)


class Scene:
    """A world at 130 s: customers, a balancer, a group, an instance, policies, queues, a topic with subscribers."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.world = World(3)
        self.group = AutoScalingGroup(self.world, "web", min_size=1, max_size=6, launch_template=EIGHT)
        self.instance = Instance(self.world, "alone", launch_template=EIGHT)
        self.balancer = LoadBalancer(self.world, "door", targets=self.group)
        self.scaling = ScalingPolicies(self.world, self.group)
        self.simple = SimpleScaling(self.scaling, scaling_adjustment=1)
        self.steps = StepScaling(self.scaling, step_adjustments=[(0, None, 1)])
        self.tracking = TargetTracking(self.scaling, target_value=50)
        self.people = Customers(self.world, "people", traffic=steady(0.5), to=self.balancer)
        self.cluster = Cluster(self.world, "hosts", count=2)
        web = TaskDefinition("web", [WEB])
        self.service = Service(self.world, "tasks", cluster=self.cluster, task_definition=web)
        self.dead, self.queue = Queue(self.world, "dead"), Queue(self.world, "orders")
        self.fifo = FifoQueue(self.world, "steps.fifo")
        self.queue.send_message("order 1")
        self.pool = Workers(self.world, "packer", queue=self.queue, wait_time_seconds=1)
        self.consumer = Consumer(self.world, "reader", queue=self.dead, program=reads)
        self.topic = Topic(self.world, "news")
        self.listener = self.topic.subscribe("sqs", self.queue, filter_policy={"kind": ["print"]})
        self.shop = self.topic.subscribe("https", Endpoint(self.world, "https shop"))
        self.topic.publish("old news")
        self.other_queue = Queue(self.world, "failures", visibility_timeout=60)
        self.function = Function(self.world, "resize", code=package(HANDLER), timeout=5)
        self.function.publish_version()
        self.live = self.function.create_alias("live", "1")
        self.mapping = EventSourceMapping(self.function, self.dead)
        Customers(self.world, "photographers", traffic=steady(0.2), to=self.function)
        self.application = Microservices(self.world, "app", design=a_design("cart"))
        Customers(self.world, "buyers", traffic=steady(0.2), to=self.application)
        self.record = bill(self.world.run(130))
        self.logged = from_lambda_report(sample_lambda_report())
        self.elsewhere = World(4)

    def state(self) -> tuple:
        """All of the world that a refused call must leave as it is."""
        world, group = self.world, self.group
        routed = [server.part for server in self.balancer._routed]
        counts = len(world._queue), len(world._streams), len(self.scaling.policies), world.now
        counts += tuple(len(queue.line._takers) for queue in (self.dead, self.queue, self.fifo))
        sizes = group.min_size, group.desired_capacity, group.max_size, group.version
        protected = [(name, one.protected, one.unhealthy) for name, one in group.members.items()]
        listeners = [(one.settings, one.active) for one in self.topic.subscriptions]
        deployed = self.function.versions
        functions = (
            deployed.settings,
            len(deployed.published),
            sorted(deployed.aliases),
            self.function.reserved,
        )
        functions += (
            self.function.events.config,
            len(self.function.account.functions),
            len(self.function.fleet.home),
        )
        spread = functions, listeners, self.topic.maximum_message_size, len(world._stages), len(world._ways)
        return (
            world.record.fingerprint(),
            counts,
            sizes,
            protected,
            routed,
            len(group.fleet.balancers),
            spread,
        )

    def file(self, name: str, text: str) -> Path:
        """A file with this text."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class Call(NamedTuple):
    """Something to call, with the arguments that fit, by place and by name."""

    function: Callable
    by_place: tuple
    by_name: dict


def one_metric() -> float:
    """A metric that a learner writes."""
    return 55.0


def small(*, seed: int = 1, rate: Annotated[int, Limit(1, 9, "requests/s")] = 2) -> object:
    """A scenario that a learner writes."""
    world = World(seed)
    Customers(world, "people", traffic=steady(rate), to=Instance(world, "one", launch_template=EIGHT))
    return world.run(30)


def a_policy(load, capacity, memory):
    """An answer to an exercise."""
    return capacity


WHY = "This is a long enough sentence that tells what happened, why it did, and where one should look for it."


def a_question() -> Asked:
    """A question that a teacher writes."""
    wrong = Option("b", WHY, misconception=next(iter(misconceptions())))
    return Asked("q", "text?", (Option("a", WHY, right=True), wrong), "an objective")


def _call(function, *by_place, **by_name) -> Call:
    return Call(function, by_place, by_name)


HANDLER = "def handler(event, context):\n    compute(0.1)\n    return event\n"

WEB = ContainerDefinition("web", "shop@1")

PROGRAM = "def main():\n    return 1\n"

RECIPE = "FROM scratch\nCOPY app.py app.py\nCMD app.main"


def an_image() -> Image:
    """An image of one file."""
    return build(RECIPE, {"app.py": PROGRAM})


SCENARIOS = (
    start_here.scenario,
    autoscaling_limits.scenario,
    autoscaling_policies.scenario,
    load_balancing.scenario,
    load_balancing.one_server,
    load_balancing.health,
    pull_the_plug.scenario,
    pull_the_plug.arrows,
    pull_the_plug.rush,
    pull_the_plug.row,
    sns.scenario,
    sns.outage,
    start_here.rush,
    autoscaling_limits.day,
    autoscaling_policies.day,
    coat_check.scenario,
    coat_check.poison,
    coat_check.quiet,
    coat_check.told,
    coat_check.rebuilt,
    machines.scenario,
    kitchens.scenario,
    kitchens.triggers,
    kitchens.kept_ready,
    kitchens.servers,
    kitchens.steadily,
    meters.scenario,
    meters.servers,
    meters.function,
    whole_shop.scenario,
    whole_shop.day,
    vans.scenario,
    vans.rollout,
)


def defaults(scenario: Callable) -> dict:
    """The values with which a scenario begins: its seed, and all that has a control."""
    known = parameters(scenario).values()
    return {
        one.name: one.default for one in known if one.limit is not None or one.name in ("seed", "traffic")
    }


CALLS: dict[str, Callable[[Scene], list[Call]]] = {
    "world": lambda s: [
        _call(World, seed=1),
        _call(s.world.run, until=400),
        _call(s.world.dice, "a name"),
        _call(start_here.Desk, s.world, "a desk", clerks=2),
    ],
    "ec2": lambda s: [
        _call(LaunchTemplate, instance_type="m5.large", launch_time=3.0, boot_time=4.0, slots=2, speed=1.0),
        _call(Instance, s.world, "new", launch_template=EIGHT, availability_zone="us-east-1b"),
        _call(s.instance.fail, error_work=0.1),
        _call(s.instance.slow_down, speed=0.5),
    ],
    "traffic": lambda s: [
        _call(steady, rate=3),
        _call(ramp, rate=3, to=5, at=10, over=20),
        _call(step, rate=3, jump=5, at=10),
        _call(spike, rate=3, jump=3, at=10, length=5),
        _call(sinusoid, low=1, high=4, period=600),
        _call(daily, night=1, peak=4),
        _call(weekly, night=1, peak=4),
        _call(
            Customers,
            s.world,
            "more",
            traffic=steady(1),
            to=s.balancer,
            arrivals="poisson",
            work="exponential",
            mean_work=0.1,
            work_spread=1.0,
            patience=3.0,
            max_attempts=2,
            retry_delay=1.0,
        ),
    ],
    "files": lambda s: [
        _call(from_csv, s.file("t.csv", "timestamp,requests\n2026-06-01 00:00,6\n2026-06-01 00:01,9\n")),
        _call(from_access_log, sample_access_log()),
        _call(from_lambda_report, sample_lambda_report(), scale=1.0),
        _call(price_list, s.file("p.toml", "")),
        _call(prices_on, "2025-07-31"),
    ],
    "alarms": lambda s: [
        _call(
            Alarm,
            s.world,
            "busy",
            metric=one_metric,
            threshold=50,
            comparison_operator="GreaterThanThreshold",
            period=60,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            treat_missing_data="missing",
            actions=[s.steps.execute_policy],
        ),
    ],
    "autoscaling": lambda s: [
        _call(
            AutoScalingGroup,
            s.world,
            "second",
            min_size=1,
            max_size=3,
            desired_capacity=2,
            launch_template=EIGHT,
            health_check_type="ELB",
            health_check_grace_period=10,
            default_cooldown=60,
            default_instance_warmup=30,
            availability_zones=("a", "b"),
            new_instances_protected_from_scale_in=True,
        ),
        _call(s.group.set_desired_capacity, 2, honor_cooldown=False),
        _call(s.group.ask, 3, by="me"),
        _call(
            s.group.update_auto_scaling_group,
            min_size=1,
            max_size=5,
            desired_capacity=2,
            launch_template=EIGHT,
            by="me",
        ),
        _call(s.group.set_instance_protection, ["i-1"], protected_from_scale_in=True),
        _call(s.group.set_instance_health, "i-1", "Unhealthy", should_respect_grace_period=False),
        _call(s.group.attach, LoadBalancer(s.world, "second door")),
        _call(s.group.warmed, warmup=30),
    ],
    "policies": lambda s: [
        _call(ScalingPolicies, s.world, s.group, count_terminating=True),
        _call(CPUUtilization, s.group, s.group.targets, statistic="Average"),
        _call(RequestCountPerTarget, s.balancer),
        _call(
            SimpleScaling,
            s.scaling,
            "a",
            scaling_adjustment=1,
            adjustment_type="ChangeInCapacity",
            min_adjustment_magnitude=1,
            cooldown=60,
        ),
        _call(
            StepScaling,
            s.scaling,
            "b",
            step_adjustments=[(0, 10, 1), (10, None, 2)],
            adjustment_type="PercentChangeInCapacity",
            min_adjustment_magnitude=1,
            estimated_instance_warmup=60,
        ),
        _call(
            TargetTracking,
            s.scaling,
            "c",
            target_value=50,
            metric=one_metric,
            period=60,
            estimated_instance_warmup=60,
            disable_scale_in=False,
        ),
        _call(
            Scheduled,
            s.scaling,
            "d",
            recurrence="3 0 * * *",
            min_size=1,
            max_size=5,
            desired_capacity=2,
        ),
        _call(s.simple.execute_policy, 70.0, 50.0),
        _call(s.steps.execute_policy, 70.0, 50.0),
        _call(s.tracking.execute_policy, 70.0, 50.0),
    ],
    "load_balancer": lambda s: [
        _call(
            LoadBalancer,
            s.world,
            "new door",
            targets=[s.instance],
            load_balancing_algorithm_type="round_robin",
            health_check_interval_seconds=30,
            health_check_timeout_seconds=5,
            healthy_threshold_count=5,
            unhealthy_threshold_count=2,
            deregistration_delay_timeout_seconds=300,
            idle_timeout_timeout_seconds=60,
        ),
        _call(s.balancer.register, s.instance),
        _call(s.balancer.deregister, s.group.targets()[0]),
        _call(s.balancer.target_health, s.group.targets()[0]),
    ],
    "sqs": lambda s: [
        _call(
            Queue,
            s.world,
            "new",
            visibility_timeout=30,
            delay_seconds=1,
            message_retention_period=60,
            receive_message_wait_time_seconds=1,
            maximum_message_size=2000,
            dead_letter_target=s.dead,
            max_receive_count=2,
            servers=2,
            missed_deletes=0.1,
        ),
        _call(
            FifoQueue,
            s.world,
            "new.fifo",
            content_based_deduplication=True,
            visibility_timeout=30,
            delay_seconds=1,
            message_retention_period=60,
            receive_message_wait_time_seconds=1,
            maximum_message_size=2000,
            dead_letter_target=s.fifo,
            max_receive_count=2,
        ),
        _call(s.queue.send_message, "order", delay_seconds=1, message_attributes={}, message_group_id="a"),
        _call(s.fifo.send_message, "step", message_group_id="a", message_deduplication_id="b"),
        _call(
            s.queue.receive_message,
            max_number_of_messages=2,
            wait_time_seconds=1,
            visibility_timeout=3,
            by=s.instance.part,
        ),
        _call(s.queue.delete_message, "orders:0:0"),
        _call(s.queue.change_message_visibility, "orders:0:0", 3),
        _call(
            s.queue.set_queue_attributes,
            visibility_timeout=30,
            delay_seconds=1,
            message_retention_period=60,
            receive_message_wait_time_seconds=1,
            maximum_message_size=2000,
            max_receive_count=2,
        ),
        _call(send_message_batch, s.queue, [{"id": "a", "message_body": "order"}]),
        _call(delete_message_batch, s.queue, [{"id": "a", "receipt_handle": "orders:0:0"}]),
        _call(
            change_message_visibility_batch,
            s.queue,
            [{"id": "a", "receipt_handle": "orders:0:0", "visibility_timeout": 3}],
        ),
        _call(start_message_move_task, s.dead, s.queue, max_number_of_messages_per_second=5),
        _call(
            Workers,
            s.world,
            "more packers",
            queue=s.queue,
            count=2,
            work="fixed",
            mean_work=1.0,
            work_spread=1.0,
            max_number_of_messages=2,
            wait_time_seconds=1,
            pause=1.0,
            fails=("order",),
        ),
        _call(s.pool.register, s.instance),
        _call(s.pool.deregister, s.instance),
        _call(s.pool.target_health, s.instance),
        _call(s.pool.kill, s.pool.workers[0]),
        _call(s.pool.stop, s.pool.workers[0]),
        _call(s.pool.restart, s.pool.workers[0]),
        _call(Consumer, s.world, "new reader", queue=s.queue, program=reads, handed=(), others={}),
        _call(s.consumer.kill),
        _call(s.consumer.restart),
        _call(s.consumer.end),
        _call(coat_check.practice, reads_shipped, seed=1),
        _call(Senders, s.world, "shop", traffic=steady(1), to=s.queue, arrivals="regular"),
        _call(Orders, s.world, "placed", of=s.people, to=s.topic, by=s.group, classes=("/",)),
    ],
    "lambda": lambda s: [
        _call(kitchens.batches, HANDLER),
        _call(
            Function,
            s.world,
            "new",
            code=package(HANDLER),
            handler="app.handler",
            runtime="python3.13",
            memory_size=512,
            timeout=5,
            architecture="arm64",
            ephemeral_storage=1024,
            reserved_concurrent_executions=5,
            account=Account(),
            idle_lifetime=10,
            init_duration=0.1,
            event=lambda number, path: number,
        ),
        _call(
            Function,
            s.world,
            "plain",
            error_rate=0.1,
            fails=("/",),
            work="exponential",
            mean_work=0.2,
            work_spread=0.5,
        ),
        _call(Account, concurrent_executions=100),
        _call(package, HANDLER, module="app"),
        _call(package, {"app.py": HANDLER}),
        _call(runtime, "java21"),
        _call(s.function.update_function_code, package(HANDLER)),
        _call(s.function.update_function_configuration, memory_size=512, timeout=4, handler="app.handler"),
        _call(s.function.create_alias, "new", "1", routing_config=None),
        _call(s.function.update_alias, "live", "1", routing_config=None),
        _call(s.function.put_function_concurrency, 5),
        _call(s.function.put_provisioned_concurrency_config, "1", 2),
        _call(
            s.function.put_function_event_invoke_config,
            maximum_retry_attempts=1,
            maximum_event_age_in_seconds=100,
            on_success=s.other_queue,
            on_failure=s.other_queue,
            dead_letter_target=s.other_queue,
        ),
        _call(s.function.invoke, {"a": 1}, invocation_type="Event", qualifier="live"),
        _call(
            EventSourceMapping,
            s.function,
            s.queue,
            batch_size=5,
            maximum_batching_window_in_seconds=1,
            function_response_types=("ReportBatchItemFailures",),
            maximum_concurrency=3,
            qualifier="live",
            work="exponential",
            mean_work=0.2,
            work_spread=0.5,
            fails=("/",),
        ),
        _call(log_lines, s.record, "resize", log_format="JSON", until=20),
        _call(metrics, s.record, "resize", period=60),
    ],
    "containers": lambda s: [
        _call(build, RECIPE, {"app.py": PROGRAM}, shelf=Shelf(), images={}, cache=Cache()),
        _call(build_all, {"app": RECIPE}, {"app.py": PROGRAM}, shelf=Shelf(), cache=Cache()),
        _call(machines.machine, "laptop"),
        _call(machines.week, machines.RECIPES["app"]),
        _call(cpu_shares, {"a": 512}, {"a": 0.5}, vcpus=2),
        _call(Repository, "shop", image_tag_mutability="IMMUTABLE"),
        _call(Repository("shop").push, an_image(), "v1"),
        _call(Repository("shop").find, "latest"),
        _call(Host, "one", memory=512, kernel="6.1"),
        _call(Host("one").install, Library("a", "1", {"a.py": "x = 1"})),
        _call(Host("one").run, {"app.py": PROGRAM}, "app.main", env={}),
        _call(Host("one").pull, Repository("shop"), "latest"),
        _call(Host("one").run_container, an_image(), memory=100, needs=10, env={}),
        _call(Host("one").view, an_image(), memory=100),
        _call(save, an_image(), s.folder / "app.tar", tag="v1"),
        _call(opened, s.folder / "app.tar", tag="v1"),
    ],
    "cluster": lambda s: [
        _call(strategy, "binpack", "cpu"),
        _call(bound, [Need("a", 10, 10)], 100, 100),
        _call(room, 4, minimum_healthy_percent=50, maximum_percent=150),
        _call(failure_threshold, 4),
        _call(reservation, 2, 3),
        _call(hosts_wanted, 2, 90),
        _call(split, 4, [Item("a", 1, 1), Item("b", 1)]),
        _call(
            place,
            [Need("a", 10, 10)],
            [Space("h", 100, 100)],
            strategies=[strategy("binpack", "cpu")],
            distinct=True,
        ),
        _call(schedule, [Need("a", 10, 10)], [Space("h", 100, 100)], score="MostAllocated", taints={}),
        _call(over_limits, cpu_used=200, cpu_limit=100, memory_used=10, memory_limit=100),
        _call(TaskDefinition, "new", [WEB], revision=2, pull_time=3.0),
        _call(
            Cluster,
            s.world,
            "more hosts",
            count=1,
            cpu=1024,
            memory=2048,
            availability_zones=("a", "b"),
            prefix="m",
        ),
        _call(s.cluster.add_host, cpu=512, memory=1024, availability_zone="us-east-1b"),
        _call(
            Service,
            s.world,
            "new tasks",
            cluster=s.cluster,
            task_definition=TaskDefinition("web", [WEB]),
            desired_count=1,
            launch_type="EC2",
            scheduling_strategy="REPLICA",
            placement_strategy=(strategy("binpack", "cpu"),),
            rule=None,
            distinct_instance=True,
            minimum_healthy_percent=50,
            maximum_percent=150,
            deployment_circuit_breaker=True,
            rollback=True,
            health_check_grace_period_seconds=20,
            default_cooldown=60,
        ),
        _call(s.service.update_service, task_definition=None, desired_count=2, force_new_deployment=True),
        _call(s.service.register_scalable_target, min_capacity=1, max_capacity=3),
        _call(s.service.ask, 2, "a policy"),
        _call(
            CapacityProvider,
            s.cluster,
            (s.service,),
            target_capacity=90,
            minimum_scaling_step_size=1,
            maximum_scaling_step_size=5,
            instance_warmup_period=60,
            launch_time=30.0,
            minimum=0,
            maximum=5,
        ),
    ],
    "sns": lambda s: [
        _call(Endpoint, s.world, "new shop", other_account=True),
        _call(s.shop.endpoint.fail, 503),
        _call(s.shop.endpoint.slow_down, 20),
        _call(
            FifoTopic,
            s.world,
            "new.fifo",
            content_based_deduplication=True,
            maximum_message_size=2048,
            messages={"/": {"message": "a print", "message_attributes": KIND}},
        ),
        _call(Topic, s.world, "newest", maximum_message_size=2048, messages={"/": {"message": "a print"}}),
        _call(
            s.topic.publish,
            '{"default": "a print"}',
            subject="New",
            message_structure="json",
            message_attributes=KIND,
            message_group_id="a",
            message_deduplication_id=None,
        ),
        _call(publish_batch, s.topic, [{"id": "a", "message": "a print"}]),
        _call(
            s.topic.subscribe,
            "http",
            Endpoint(s.world, "second shop"),
            filter_policy={"kind": ["print"]},
            filter_policy_scope="MessageAttributes",
            raw_message_delivery=True,
            dead_letter_target=s.queue,
            delivery_policy=healthy_retry_policy(num_retries=5),
        ),
        _call(s.topic.subscribe, "sqs", s.queue, filter_policy={"kind": ["print"]}),
        _call(s.topic.confirm_subscription, s.shop.token),
        _call(s.topic.unsubscribe, s.listener),
        _call(
            s.topic.set_subscription_attributes,
            s.shop,
            filter_policy={"kind": ["poster"]},
            filter_policy_scope="MessageBody",
            raw_message_delivery=True,
            dead_letter_target=s.queue,
            delivery_policy=healthy_retry_policy(),
        ),
        _call(s.topic.set_topic_attributes, maximum_message_size=4096),
        _call(
            healthy_retry_policy,
            num_retries=10,
            num_no_delay_retries=1,
            num_min_delay_retries=1,
            num_max_delay_retries=1,
            min_delay_target=2,
            max_delay_target=20,
            backoff_function="geometric",
        ),
        _call(matches, {"kind": ["print"]}, KIND),
        _call(matches_body, {"kind": ["print"]}, '{"kind": "print"}'),
        _call(check_policy, {"kind": ["print"]}, "MessageAttributes"),
        _call(segments, "a text"),
        _call(cost, "a text", "US"),
    ],
    "applications": lambda s: [
        _call(Component, "cart", work=0.1, slots=2, instances=2, availability=0.99),
        _call(
            Arrow,
            "a",
            "b",
            side_by_side=False,
            asynchronous=False,
            timeout=1.0,
            max_attempts=2,
            backoff=0.1,
            jitter=0.5,
            breaker_failures=3,
            breaker_reset=10.0,
            fallback="default",
        ),
        _call(Design, (Component("a"), Component("b", 0.1)), (Arrow("a", "b"),)),
        _call(availability, a_design("c")),
        _call(monolith_availability, a_design("c"), instances=2),
        _call(
            Monolith,
            s.world,
            "one",
            design=a_design("c"),
            instances=2,
            slots=4,
            work="fixed",
            work_spread=1.0,
            mailboxes={},
        ),
        _call(
            Microservices,
            s.world,
            "many",
            design=a_design("c"),
            latency=0.01,
            work="fixed",
            work_spread=1.0,
            mailboxes={},
        ),
        _call(s.application.crash, "cart", instances=1),
        _call(s.application.recover, "cart", instances=1),
        _call(s.application.slow_down, "cart", 0.5),
        _call(s.application.hang, "cart"),
        _call(s.application.deploy, "cart", downtime=30.0),
        _call(s.application.overload, "cart", rate=3.0, duration=20.0),
        _call(s.application.scale, "cart", 3),
        _call(Outages, s.application, mean_downtime=20.0),
        _call(late, s.record, "cart", limit=10.0),
    ],
    "pricing": lambda s: [
        _call(bill, s.record, response_bytes=10, rules=1, message_bytes=10, prices=price_list()),
        _call(charges, s.record, response_bytes=10, rules=1, message_bytes=10, prices=price_list()),
        _call(chunks, 65_537, prices=price_list()),
        _call(message_counts, s.record, message_bytes=10, prices=price_list()),
        _call(month_of_messages, {"sqs-request": 26_000_000}, prices=price_list()),
        _call(month_of_functions, {"lambda-request": 3_000_000}, free_tier=True, prices=price_list()),
        _call(function_counts, s.record, message_bytes=10, prices=price_list()),
        _call(billed_ms, 0.12, init=0.2, prices=price_list()),
        _call(event_requests, 300_000, prices=price_list()),
        _call(millisecond_price, 1769, architecture="arm64", prices=price_list()),
        _call(
            crossing_point,
            instance_type="m5.large",
            instances=2,
            balancer=True,
            memory_size=1024,
            duration=0.2,
            architecture="arm64",
            hours=730.0,
            response_bytes=10,
            prices=price_list(),
        ),
        _call(
            crossings,
            steady(5),
            until=3600.0,
            instance_type="m5.large",
            instances=1,
            balancer=False,
            memory_size=1024,
            duration=0.2,
            architecture="x86_64",
            response_bytes=10,
        ),
        _call(
            bill_of_log,
            s.logged.calls,
            architecture="x86_64",
            memory_size=2048,
            waiting=0.5,
            provisioned_concurrency=2,
            times=10,
            free_tier=False,
        ),
        _call(
            fargate,
            1024,
            2048,
            600,
            tasks=5,
            operating_system_family="LINUX",
            cpu_architecture="ARM64",
            ephemeral_storage=30,
            prices=price_list(),
        ),
        _call(charge, "m5.large", 730, prices=price_list()),
        _call(
            lcu_dimensions,
            new_connections=1,
            active_connections=2,
            gigabytes=3,
            rules=1,
            requests=2,
        ),
        _call(total, s.record.bill),
        _call(cost_per_thousand, s.record),
        _call(dollars, Decimal("1.5"), places=2),
        _call(write_bill, s.record, s.record.bill, lambda time: time / 100),
    ],
    "measures": lambda s: [
        _call(measures.outcomes, s.record, since=1.0, until=100.0),
        _call(measures.availability, s.record, since=1.0, until=100.0),
        _call(measures.response_times, s.record, since=1.0, until=100.0),
        _call(measures.percentiles, s.record, (50, 95), since=1.0, until=100.0),
        _call(measures.by_period, s.record, 10),
        _call(measures.arrivals, s.record, 10),
        _call(measures.utilisation, s.record, 10, part=None),
        _call(measures.capacity, s.record),
        _call(measures.in_system, s.record, [1.0, 2.0]),
        _call(measures.reaction, s.record, 10.0, long=10.0),
        _call(measures.in_service, s.record, 10.0),
        _call(measures.instance_hours, s.record, until=100.0),
    ],
    "views": lambda s: [
        _call(describe, s.record),
        _call(table, s.record),
        _call(answers, s.record),
        *[
            _call(view, s.record)
            for view in (
                charts.band,
                charts.bill,
                charts.concurrency,
                charts.lanes,
                charts.latency,
                charts.levels,
                charts.load_and_capacity,
                charts.orders,
                charts.shelves,
                charts.waiting,
                stage.Stage,
                stage.stage,
            )
        ],
        _call(charts.duties, s.record, s.record),
        _call(charts.shelf, machines.scenario()),
        _call(charts.layers, machines.images()),
        _call(charts.walls, memory=4096, system=256, program=64),
        _call(fit, memory=4096, system=256, program=64),
        _call(charts.reaction, s.record, jump=10.0),
        _call(charts.compare, {"a": s.record, "b": s.record}),
        _call(charts.knee, {"a": s.record}),
        _call(charts.chain, {2: [s.record]}, each=0.99),
        _call(meters.sizes, computes=1.0, waits=0.5),
        _call(charts.memory, [(128, 100, 0.1), (256, 50, 0.1)]),
        _call(charts.outlive, {30: [s.record]}, mean_work=20.0),
        _call(charts.seeds, {"a": [luck.sample(s.record)]}, limit=3.0),
        _call(stage.Stage, s.record, s.record, names=("a", "b"), title="t"),
        _call(stage.Stage(s.record).save_html, s.folder / "run.html"),
        _call(theme.settings, projector=False, motion=True),
    ],
    "experiments": lambda s: [
        _call(experiment.Experiment, small, presets={"fast": {"rate": 3}}, rate=2),
        _call(experiment.Experiment(small).set, rate=3),
        _call(experiment.Experiment(small).set, seed=3),
        _call(experiment.Experiment(small).restore, experiment.Experiment(small).code),
        _call(experiment.Experiment(small).preset, "none"),
        _call(experiment.Experiment(small).press, "kill", 3.0),
        _call(experiment.Experiment(small).take_back, "kill", 3.0),
        _call(experiment.Experiment(small).is_it_luck, 2),
        _call(panel.explore(small).is_it_luck, 2),
        _call(experiment.Experiment(small).on_run, print),
        _call(panel.explore, small, charts.waiting),
        _call(panel.explore, small, stage.stage, presets={"fast": {"rate": 3}}, rate=2),
        _call(panel.explore, small, stage.stage, start={"rate": 3}, opening=(5, 9.0), question="How many?"),
        _call(panel.explore(small, stage.stage).also, charts.waiting, prediction=None),
        _call(lesson.questions, "start_here", "warm-up"),
        _call(lesson.terms, "start_here"),
    ],
    "questions": lambda s: [
        _call(predict.predict, "a key", "How long?", unit="s", low=0, high=10),
        _call(predict.prediction, "a key"),
        _call(predict.compare_prediction, "a key", 3),
        _call(predict.predict("k", "How long?", unit="s", low=0, high=10).lock, 3),
        _call(Option, "text", WHY, right=True, misconception=None),
        _call(Asked, "q", "text?", a_question().options, "an objective"),
        _call(quiz, a_question()),
        _call(quiz(a_question()).answer, 1),
        _call(tasks, panel.explore(small), [Task("do", lambda record: True)], key="k", title="t"),
        _call(Task, "do", lambda record: True),
    ],
    "scenarios": lambda s: [
        *[_call(scenario, **defaults(scenario)) for scenario in SCENARIOS],
        _call(sns.receives, "sqs", raw=True, text="an order"),
        _call(whole_shop.objectives, s.record),
        _call(whole_shop.story, s.record, 3),
        *[_call(experiment.Experiment(scenario).set, **defaults(scenario)) for scenario in SCENARIOS[:2]],
    ],
    "exercises": lambda s: [
        _call(exercise, "E1", variant=1),
        _call(exercise("E1").check, 1, 2, 3),
        _call(exercise("E2").check, lambda state: state),
    ],
}


class Odd:
    """An object that can't be compared."""

    def __eq__(self, other):
        raise RuntimeError("not to be compared")

    def __hash__(self):
        return 7

    def __lt__(self, other):
        raise RuntimeError("not to be compared")

    __gt__ = __le__ = __ge__ = __lt__


def odd(scene: Scene) -> list:
    """Values that hardly anything expects, and parts of another world."""
    import numpy as np

    other = scene.elsewhere
    return [
        None,
        True,
        0,
        -1,
        2.5,
        10**400,
        -(10**400),
        inf,
        -inf,
        nan,
        1e-320,
        1e308,
        Decimal(3),
        Decimal("NaN"),
        Fraction(1, 3),
        1j,
        "",
        "3",
        "x" * 500,
        "\ud800",
        "a\x00b",
        b"3",
        [],
        [1, None],
        (),
        ("a", "a"),
        (120),
        {},
        {"a": 1},
        set(),
        range(3),
        object(),
        object,
        Odd(),
        int,
        lambda *args, **more: None,
        lambda *args, **more: nan,
        print,
        iter([1, 2]),
        np.float64(2),
        np.array([1, 2]),
        np.array(3),
        sys,
        scene.world,
        World,
        scene.record,
        scene.group,
        AutoScalingGroup,
        scene.instance,
        Instance,
        scene.balancer,
        LoadBalancer,
        scene.scaling,
        steady(1),
        steady,
        EIGHT,
        LaunchTemplate,
        other,
        other.record,
        Path("nowhere"),
    ]


def cases(group: str, number: int, folder: Path, seed: int) -> Iterator[tuple[Scene, Call, str]]:
    """So many calls of a group, each in a scene that no call has changed, with what was replaced in words."""
    dice = random.Random(f"{group} {seed}")
    scene = untouched = calls = None
    for _ in range(number):
        if calls is None or scene.state() != untouched:  # refused leaves it as it was, taken doesn't
            scene = Scene(folder)
            calls, values = CALLS[group](scene), odd(scene)
            untouched = scene.state()
        function, by_place, by_name = dice.choice(calls)
        given = [*range(len(by_place)), *by_name]
        by_place, by_name, told = list(by_place), dict(by_name), []
        for where in dice.sample(given, k=min(len(given), dice.choice((1, 1, 1, 2)))):
            value = dice.choice(values)
            place = by_place if isinstance(where, int) else by_name
            place[where] = value
            told.append(f"{where} = {words(value)}")
        name = getattr(function, "__qualname__", repr(function))
        yield scene, Call(function, tuple(by_place), by_name), f"{name}: {', '.join(told)}"


def words(value) -> str:
    """A short text for a value that may have none."""
    with suppress(Exception):
        return f"{value!r:.60}"
    return type(value).__name__
