"""Facts about many containers on many hosts: each test is a sentence, cites its fact, and reads the record."""

from itertools import islice, pairwise

import pytest
from timetables import changes, send

from cloudlab.autoscaling.policies import ScalingPolicies, TargetTracking
from cloudlab.cluster import (
    CapacityProvider,
    ClientException,
    Cluster,
    ContainerDefinition,
    HealthCheck,
    InvalidParameterException,
    Item,
    Need,
    Service,
    Space,
    TaskDefinition,
    back_off,
    failure_threshold,
    hosts_wanted,
    over_limits,
    reservation,
    room,
    schedule,
    size,
    smallest,
    split,
    strategy,
)
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady


def web(**more):
    """A task definition with one container, which is pulled and starts at once unless told otherwise."""
    more = {"cpu": 512, "memory": 1024, "start_time": 0.0} | more
    return TaskDefinition("web", [ContainerDefinition("web", "shop@1", **more)], pull_time=0)


def run(world, definition=None, count=4, hosts=4, until=60, **more):
    """A service of `count` tasks on so many hosts, up to `until` (s)."""
    cluster = Cluster(world, "cluster", count=hosts, cpu=2048, memory=4096)
    service = Service(
        world, "web", cluster=cluster, task_definition=definition or web(), desired_count=count, **more
    )
    world.run(until)
    return service


def states(world, part):
    """(s, state) of the lifecycle of a part."""
    return [(e.time, e.state) for e in world.record.states if e.part == part and e.aspect == "lifecycle"]


def told(world, word):
    """When notes with this word were written (s)."""
    return [note.time for note in world.record.notes if word in note.text]


# Tasks and their services


def test_a_service_keeps_its_tasks_and_registers_them(world):
    """CT-5: what stops is replaced, and registered with the balancer."""
    service = run(world, web(start_time=5.0), until=0.5)
    balancer = LoadBalancer(world, "door", targets=service)
    world.run(60)
    service.tasks[0].kill()
    world.run(120)
    assert [task.name for task in service.targets()] == ["web-2", "web-3", "web-4", "web-5"]
    assert [balancer.target_health(task) for task in service.tasks] == ["healthy"] * 4
    assert changes(world, "web", "RunningTaskCount")[-2:] == [(60, 3), (65, 4)]


def test_a_daemon_stands_once_on_each_host(world):
    """CT-5: DAEMON is one task an instance, also on one that comes later."""
    service = run(world, count=1, hosts=3, scheduling_strategy="DAEMON")
    service.cluster.add_host()
    world.run(120)
    assert sorted(task.host.name for task in service.targets()) == ["h1", "h2", "h3", "h4"]


def test_a_task_has_one_to_ten_containers():
    """CT-5: and one of them at least is essential."""
    ten = [ContainerDefinition(f"c{n}", "image") for n in range(10)]
    assert TaskDefinition("full", ten).cpu == 10 * 256
    with pytest.raises(InvalidParameterException, match="holds 11 containers, but a task has at most 10"):
        TaskDefinition("more", [*ten, ContainerDefinition("c10", "image")])
    with pytest.raises(InvalidParameterException, match="must be a list of one ContainerDefinition or more"):
        TaskDefinition("none", [])


def test_a_change_is_a_new_revision():
    """CT-5: family:revision."""
    assert [web().name, web().revise(image="shop@2").name] == ["web:1", "web:2"]


def test_the_memory_limit_kills_and_the_soft_one_is_set_aside(world):
    """CT-6: over `memory` the exit code is 137; `memory_reservation` counts in placement where it is given."""
    service = run(world, web(memory=1024, memory_used=1025), count=1, until=0.5)
    assert "stops with exit code 137: web needs more than its 1,024 MB" in world.record.notes[-1].text
    assert web(memory=2048, memory_reservation=256).memory == 256
    two = [
        ContainerDefinition("web", "shop@1", memory=512, start_time=0.0),
        ContainerDefinition("log", "log@1", memory=300, memory_reservation=100, memory_used=301),
    ]
    other = TaskDefinition("two", two, pull_time=0)
    Service(world, "two", cluster=service.cluster, task_definition=other)
    world.run(1)
    assert "log needs more than its 300 MB" in world.record.notes[-1].text
    assert service.targets() == []


def test_the_stop_of_an_essential_container_stops_its_task(world):
    """CT-7: essential is the default; another one's stop doesn't."""
    ends = {"exits_after": 10.0}
    helper = ContainerDefinition("helper", "log@1", essential=False, **ends)
    both = TaskDefinition("pair", [ContainerDefinition("web", "shop@1", start_time=0.0), helper], pull_time=0)
    assert [task.name for task in run(world, both, count=1).targets()] == ["web-1"]
    assert ContainerDefinition("web", "shop@1").essential


def test_the_stop_of_an_essential_helper_stops_the_task_too(world):
    """CT-7: whichever of them it is."""
    helper = ContainerDefinition("helper", "log@1", exits_after=10.0, exit_code=3)
    both = TaskDefinition("pair", [ContainerDefinition("web", "shop@1", start_time=0.0), helper], pull_time=0)
    run(world, both, count=1, until=15)
    assert told(world, "stops with exit code 3") == [10.0]


def test_who_is_asked_to_stop_ends_what_it_has_and_is_killed_later(world):
    """CT-7: SIGTERM ends it with 143, and SIGKILL with 137 after stopTimeout, 30 s unless told otherwise."""
    assert ContainerDefinition("web", "shop@1").stop_timeout == 30
    nowhere = Cluster(world, "nowhere")
    Service(
        world,
        "a",
        cluster=nowhere,
        task_definition=web(stop_timeout=120),
        launch_type="FARGATE",
        desired_count=0,
    )
    with pytest.raises(
        ClientException, match="^stop_timeout of web is 121 s, but must be at most 120 s on Fargate"
    ):
        Service(world, "b", cluster=nowhere, task_definition=web(stop_timeout=121), launch_type="FARGATE")
    service = run(world, count=2)
    idle, busy = service.tasks
    send(world, LoadBalancer(world, "door", targets=[busy]), (0.5, 100.0))
    world.run(61)
    service.update_service(desired_count=0)
    world.run(120)
    assert (idle.exit_code, idle.stopped_at) == (143, 61.0)
    assert (busy.exit_code, busy.stopped_at) == (137, 91.0)


def test_a_health_check_has_its_defaults_and_limits():
    """CT-8."""
    check = HealthCheck()
    assert (check.interval, check.timeout, check.retries, check.start_period) == (30, 5, 3, 0)
    for name, low, high in (
        ("interval", 5, 300),
        ("timeout", 2, 60),
        ("retries", 1, 10),
        ("start_period", 0, 300),
    ):
        HealthCheck(**{name: low})
        HealthCheck(**{name: high})
        for value in (low - 1, high + 1):
            with pytest.raises(InvalidParameterException, match=f"^{name} is {value} "):
                HealthCheck(**{name: value})


@pytest.mark.parametrize(("start_period", "seen"), [(0, 90.0), (40, 120.0)])
def test_a_container_that_fails_its_checks_in_a_row_is_replaced(world, start_period, seen):
    """CT-8: three of 30 s each; those within the start period don't count."""
    check = HealthCheck(start_period=start_period)
    run(world, web(health_check=check, answers_checks=False), count=1, until=200)
    assert told(world, "web-1 fails its health checks") == [seen]


def test_a_task_goes_through_its_states(world):
    """CT-9."""
    cluster = Cluster(world, "cluster", count=1)
    definition = TaskDefinition("web", [ContainerDefinition("web", "shop@1", start_time=5.0)], pull_time=10.0)
    service = Service(world, "web", cluster=cluster, task_definition=definition)
    world.run(60)
    task = service.tasks[0]
    service.update_service(desired_count=0)
    world.run(70)
    assert states(world, task.part) == [
        (0, "PROVISIONING"),
        (0, "PENDING"),
        (10, "ACTIVATING"),
        (15, "RUNNING"),
        (60, "DEACTIVATING"),
        (60, "STOPPING"),
        (60, "DEPROVISIONING"),
        (60, "STOPPED"),
    ]


def test_a_task_that_finds_no_host_waits_and_a_note_says_why(world):
    """CT-10: no candidate, no task; one comes as soon as there is room."""
    service = run(world, web(memory=3000), count=3, hosts=2)
    assert len(service.targets()) == 2
    assert [note.text for note in world.record.notes if "can't" in note.text] == [
        "web can't place a task: web-3 found no host: the nearest one is short of 1,904 MB of memory."
    ]
    service.cluster.add_host()
    world.run(61)
    assert len(service.targets()) == 3


def test_scaling_in_keeps_balance_or_use(world):
    """CT-11: spread ends a task in the fullest zone; binpack ends those on the emptiest host."""
    spread = run(world, count=4)
    spread.update_service(desired_count=2)
    world.run(70)
    assert sorted(task.availability_zone for task in spread.targets()) == ["us-east-1a", "us-east-1b"]


def test_scaling_in_of_what_was_packed_empties_a_host(world):
    """CT-11."""
    packed = run(world, count=6, placement_strategy=(strategy("binpack", "memory"),))
    assert [task.host.name for task in packed.targets()] == ["h1"] * 4 + ["h2"] * 2
    packed.update_service(desired_count=4)
    world.run(70)
    assert {task.host.name for task in packed.targets()} == {"h1"}


def test_scaling_in_of_what_was_packed_by_cpu_goes_by_cpu(world):
    """CT-11: the host with the most CPU left, though the other one has more memory left."""
    cluster = Cluster(world, "cluster")
    cluster.add_host(cpu=1024, memory=4096)
    cluster.add_host(cpu=2048, memory=2048)
    packed = (strategy("binpack", "cpu"),)
    service = Service(
        world, "web", cluster=cluster, task_definition=web(), desired_count=3, placement_strategy=packed
    )
    world.run(60)
    assert [task.host.name for task in service.targets()] == ["h1", "h1", "h2"]
    service.update_service(desired_count=2)
    world.run(70)
    assert {task.host.name for task in service.targets()} == {"h1"}


def test_fargate_spreads_over_zones_and_takes_no_strategies(world):
    """CT-12."""
    service = run(world, hosts=0, launch_type="FARGATE")
    zones = [task.availability_zone for task in service.targets()]
    assert sorted(zones) == ["us-east-1a"] * 2 + ["us-east-1b"] * 2
    more = {"launch_type": "FARGATE", "placement_strategy": (strategy("random"),)}
    with pytest.raises(InvalidParameterException, match="Fargate takes no strategies or constraints"):
        Service(world, "other", cluster=service.cluster, task_definition=web(), **more)


# Deployments


def test_percentages_are_rounded_to_whole_tasks():
    """CT-13: the minimum up, the maximum down; 100 and 200 % unless told otherwise. EX-32: 4 may become 8."""
    assert (room(4), room(100)) == ((4, 8), (100, 200))
    assert room(3, minimum_healthy_percent=50, maximum_percent=150) == (2, 4)
    assert room(5, minimum_healthy_percent=1, maximum_percent=119) == (1, 5)


def test_a_daemon_s_minimum_is_0(world):
    """CT-13: so that one can be replaced on its own host."""
    assert run(world, scheduling_strategy="DAEMON").minimum_healthy_percent == 0


def test_four_tasks_are_replaced_by_four_at_once(world):
    """CT-13 and EX-32: with 100 and 200 % four new ones come, and the old ones go when those are healthy."""
    service = run(world)
    service.update_service(task_definition=service.definition.revise(image="shop@2"))
    world.run(61)
    assert [task.definition.revision for task in service.holding()] == [1] * 4 + [2] * 4
    world.run(110)
    assert [task.definition.revision for task in service.holding()] == [2] * 4


def test_a_forced_deployment_replaces_tasks_of_the_same_revision(world):
    """CT-13: the API's force_new_deployment; without it the same revision is no deployment."""
    service = run(world, count=2, until=60)
    service.update_service(task_definition=web())
    assert len(service.deployments) == 1
    service.update_service(force_new_deployment=True)
    world.run(200)
    assert [task.name for task in service.targets()] == ["web-3", "web-4"]
    assert {task.definition.revision for task in service.targets()} == {1}
    service.update_service(task_definition=web())
    assert [one.state for one in service.deployments] == ["COMPLETED", "COMPLETED"]


def test_half_may_go_first_where_the_minimum_is_half(world):
    """CT-13: with 50 and 100 % two go, two come, two go, two come."""
    service = run(world, web(start_time=5.0), minimum_healthy_percent=50, maximum_percent=100)
    service.update_service(task_definition=service.definition.revise(image="shop@2"))
    world.run(300)
    running = [value for time, value in changes(world, "web", "RunningTaskCount") if time > 59]
    assert min(running) == 2
    assert max(running) == 4
    assert service.deployments[-1].state == "COMPLETED"


def test_without_a_check_a_task_is_healthy_after_40_seconds(world):
    """CT-13."""
    service = run(world, until=39.9)
    assert not any(map(service.healthy, service.tasks))
    world.run(40)
    assert all(map(service.healthy, service.tasks))


def test_a_grace_period_holds_the_balancer_back(world):
    """CT-13: 0 s unless told otherwise."""
    assert parameters(Service.__init__)["health_check_grace_period_seconds"].default == 0
    service = run(world, web(answers_checks=False), count=1, until=0.5, health_check_grace_period_seconds=100)
    LoadBalancer(world, "door", targets=service)
    world.run(200)
    assert told(world, "web-1 fails its health checks") == [100.0]


@pytest.mark.parametrize(
    ("desired", "threshold"), [(1, 3), (6, 3), (7, 4), (25, 13), (399, 200), (400, 200), (5000, 200)]
)
def test_a_deployment_fails_after_half_of_the_desired_tasks(desired, threshold):
    """CT-14, EX-30: half, rounded up, but 3 to 200."""
    assert failure_threshold(desired) == threshold


def test_the_circuit_breaker_ends_a_deployment_and_brings_the_last_one_back(world):
    """CT-14: after three failed tasks of four; the old tasks serve on all the time."""
    service = run(world, deployment_circuit_breaker=True, rollback=True)
    service.update_service(task_definition=service.definition.revise(image="shop@2", exits_after=3.0))
    world.run(200)
    assert [one.state for one in service.deployments] == ["COMPLETED", "FAILED", "COMPLETED"]
    assert (service.deployments[1].failed, service.deployments[1].ended) == (3, 63.0)
    assert service.definition.main.image == "shop@1"
    running = [value for time, value in changes(world, "web", "RunningTaskCount") if time > 59]
    assert min(running) == 4


def test_without_rollback_the_old_tasks_stay(world):
    """CT-14: nothing new is started."""
    service = run(world, deployment_circuit_breaker=True)
    service.update_service(task_definition=service.definition.revise(image="shop@2", exits_after=3.0))
    world.run(400)
    assert service.deployments[-1].state == "FAILED"
    assert [task.definition.revision for task in service.targets()] == [1] * 4


def test_a_healthy_task_sets_the_count_of_failures_back(world):
    """CT-14: resetOnHealthyTask is the default."""
    service = run(world, deployment_circuit_breaker=True)
    service.update_service(task_definition=service.definition.revise(image="shop@2"))
    world.run(60.5)
    for task in [task for task in service.tasks if task.definition.revision == 2][:2]:
        task.by_itself = True
        task.kill(exit_code=1)
    assert service.deployments[-1].failed == 2
    world.run(101)
    assert service.deployments[-1].failed == 0


# Fargate


def test_fargate_has_these_sizes():
    """CT-16."""
    amounts = {256: 3, 512: 4, 1024: 7, 2048: 13, 4096: 23, 8192: 12, 16_384: 12, 32_768: 3}
    for cpu, number in amounts.items():
        fitting = [memory for memory in range(256, 250_000, 256) if _has(cpu, memory)]
        assert len(fitting) == number
    assert [_has(*one) for one in ((256, 512), (256, 3072), (8192, 20_480), (8192, 18_432), (300, 512))] == [
        True,
        False,
        True,
        False,
        False,
    ]
    assert smallest(300, 1500) == (512, 2048)


def _has(cpu, memory):
    try:
        return size(cpu, memory) == (cpu, memory)
    except InvalidParameter:
        return False


def test_a_task_of_another_size_is_refused(world):
    """CT-16: at once, and nothing is in the record."""
    cluster = Cluster(world, "cluster")
    odd = web(cpu=512, memory=512)
    with pytest.raises(
        ClientException, match="^memory is 512 MB, but must be one of 1024, 2048, 3072, 4096 with"
    ):
        Service(world, "odd", cluster=cluster, task_definition=odd, launch_type="FARGATE")
    assert not world.record.has_part("odd")


# Capacity providers


def test_base_comes_first_and_the_rest_by_weight():
    """CT-18, EX-33."""
    assert split(10, [Item("a", 1), Item("b", 1)]) == {"a": 5, "b": 5}
    assert split(10, [Item("spot", 3), Item("sure", 1, base=2)]) == {"spot": 6, "sure": 4}
    assert split(1, [Item("spot", 3), Item("sure", 0, base=2)]) == {"spot": 0, "sure": 1}
    with pytest.raises(InvalidParameterException, match="^base is given to several providers, but only one"):
        split(3, [Item("a", 1, 1), Item("b", 1, 1)])
    for odd, words in ((Item("a", 1001), "weight is 1001"), (Item("a", 1, 100_001), "base is 100001")):
        with pytest.raises(
            InvalidParameterException, match=f"^{words}, but must be a whole number between 0"
        ):
            split(3, [odd])


def test_managed_scaling_has_these_defaults():
    """CT-19."""
    known = parameters(CapacityProvider.__init__)
    assert known["target_capacity"].default == 100
    assert (known["target_capacity"].limit.low, known["target_capacity"].limit.high) == (1, 100)
    assert known["minimum_scaling_step_size"].default == 1
    assert known["maximum_scaling_step_size"].default == 10_000
    assert known["instance_warmup_period"].default == 300


def test_the_metric_is_hosts_needed_by_hosts_there():
    """CT-20, EX-31."""
    assert (reservation(0, 0), reservation(3, 0)) == (100, 200)
    assert round(reservation(2, 3), 1) == 66.7
    assert [hosts_wanted(2), hosts_wanted(9, 90), hosts_wanted(7, 60)] == [2, 10, 12]


def test_hosts_come_while_tasks_wait_and_empty_ones_go(world):
    """CT-20: looked at each minute; a warm-up holds the way back."""
    cluster = Cluster(world, "cluster", count=1, cpu=2048, memory=4096)
    service = Service(world, "web", cluster=cluster, task_definition=web(), desired_count=10)
    CapacityProvider(cluster, [service], launch_time=60, instance_warmup_period=310)
    world.run(200)
    assert len(service.targets()) == 10
    assert changes(world, "cluster", "ContainerInstanceCount") == [(0, 1), (60, 3)]
    service.update_service(desired_count=2)
    world.run(1000)
    there = changes(world, "cluster", "ContainerInstanceCount")
    assert there[-1][1] == len({task.host.name for task in service.targets()})
    assert there[-1][0] == 360


def test_a_service_scales_by_target_tracking(world):
    """CT-21: with cooldowns of 300 s unless told otherwise, within its range."""
    service = run(world, count=1, until=0.5)
    balancer = LoadBalancer(world, "door", targets=service)
    Customers(world, "people", traffic=steady(1.8), to=balancer, work="fixed", mean_work=1.0)
    service.register_scalable_target(min_capacity=2, max_capacity=6)
    assert service.desired_count == 2
    TargetTracking(ScalingPolicies(world, service), target_value=45.0)
    world.run(1200)
    assert service.default_cooldown == 300
    assert 4 <= service.desired_count <= 6
    with pytest.raises(
        InvalidParameterException, match="^min_capacity is 3 tasks, but must be at most max_cap"
    ):
        service.register_scalable_target(min_capacity=3, max_capacity=2)


# Kubernetes


def test_kubernetes_filters_then_scores(world):
    """CT-22: the highest score wins, requests count and never what is used; none left is Pending."""
    nodes = [Space("small", 1000, 1000), Space("large", 4000, 4000)]
    pods = [Need("a", 500, 500), Need("b", 500, 500)]
    assert schedule(pods, nodes).hosts == {"a": "large", "b": "large"}
    nodes = [Space("small", 1000, 1000), Space("large", 4000, 4000)]
    packed = schedule([*pods, Need("c", 500, 500)], nodes, score="MostAllocated")
    assert packed.hosts == {"a": "small", "b": "small", "c": "large"}
    assert [one.need.name for one in schedule([Need("d", 5000, 1)], nodes).waiting] == ["d"]


def test_a_taint_keeps_others_out():
    """CT-22."""
    nodes = [Space("ours", 4000, 4000), Space("theirs", 1000, 1000)]
    found = schedule([Need("a", 100, 100, "web")], nodes, taints={"ours": ("database",)})
    assert found.hosts == {"a": "theirs"}


def test_nodes_with_the_same_score_are_drawn():
    """CT-22: ties at random."""
    from random import Random

    drawn = set()
    for seed in range(8):
        nodes = [Space("one", 1000, 1000), Space("two", 1000, 1000)]
        drawn.add(schedule([Need("a", 100, 100)], nodes, dice=Random(seed)).hosts["a"])
    assert drawn == {"one", "two"}


def test_over_its_cpu_limit_a_container_is_slowed_and_over_memory_killed():
    """CT-23."""
    limits = {"cpu_limit": 500, "memory_limit": 1000}
    assert over_limits(cpu_used=1000, memory_used=1000, **limits) == (0.5, None)
    assert over_limits(cpu_used=400, memory_used=900, **limits) == (1.0, None)
    assert over_limits(cpu_used=400, memory_used=1001, **limits) == (0.0, 137)


def test_what_crashes_waits_longer_each_time(world):
    """CT-24, EX-34: 10 s, doubled up to 300 s; a service's starts wait so too."""
    assert list(islice(back_off(), 7)) == [10, 20, 40, 80, 160, 300, 300]
    run(world, web(exits_after=0.5), count=1, until=700)
    starts = [part.born for part in world.record.parts if part.kind == "container"]
    gaps = [round(later - earlier - 0.5, 3) for earlier, later in pairwise(starts)]
    assert gaps[:5] == [10, 20, 40, 80, 160]


def test_after_ten_minutes_of_running_crashes_are_forgotten(world):
    """CT-24."""
    run(world, web(exits_after=599.0), count=1, until=3000)
    starts = [part.born for part in world.record.parts if part.kind == "container"]
    assert [round(b - a - 599, 3) for a, b in pairwise(starts)][:3] == [10, 20, 40]


def test_after_a_longer_life_the_first_wait_is_ten_seconds_again(world):
    """CT-24."""
    run(world, web(exits_after=601.0), count=1, until=3000)
    starts = [part.born for part in world.record.parts if part.kind == "container"]
    assert [round(b - a - 601, 3) for a, b in pairwise(starts)][:3] == [10, 10, 10]
