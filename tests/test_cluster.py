"""Clusters under changes drawn by chance: what must always hold, read from the record, and from each step of a run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timetables import changes, send, timetable

from cloudlab.cluster import (
    ZONES,
    CapacityProvider,
    ClientException,
    Cluster,
    ContainerDefinition,
    HealthCheck,
    InvalidParameterException,
    Service,
    TaskDefinition,
    room,
    strategy,
)
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Customers, Senders, steady

STRATEGIES = [
    (),
    (ZONES,),
    (strategy("binpack", "memory"),),
    (strategy("random"),),
    (strategy("spread", "host"),),
]


def definition(cpu=512, memory=1024, start_time=3.0, pull_time=2.0, **more):
    """A task definition with one container."""
    container = ContainerDefinition("web", "shop@1", cpu=cpu, memory=memory, start_time=start_time, **more)
    return TaskDefinition("web", [container], pull_time=pull_time)


def healthy_over_time(world, service):
    """(s, healthy tasks, tasks that count) at each whole second of a run, while it goes on."""
    found = []

    def look():
        while True:
            yield world.timeout(1)
            there = service.holding()
            found.append((world.now, sum(map(service.healthy, there)), len(there)))

    world.process(look())
    return found


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["kill", "host", "drain", "add", "more", "less", "deploy"]),
        st.integers(5, 120),
        st.integers(0, 9),
    ),
    max_size=8,
)


def live(world, service, events):
    """Let what was drawn happen, one after the other, so many seconds apart."""
    for what, after, which in events:
        world.run(world.now + after)
        hosts, tasks = service.cluster.active(), service.targets()
        if what == "kill" and tasks:
            tasks[which % len(tasks)].kill()
        elif what == "host" and len(hosts) > 1:
            hosts[which % len(hosts)].kill()
        elif what == "drain" and len(hosts) > 1:
            hosts[which % len(hosts)].drain()
        elif what == "add":
            service.cluster.add_host()
        elif what in ("more", "less"):
            service.update_service(desired_count=which if what == "less" else 2 * which)
        elif what == "deploy":
            service.update_service(task_definition=service.definition.revise(image=f"shop@{world.now}"))


@given(
    events=EVENTS,
    cpu=st.sampled_from([256, 512, 900, 1500]),
    memory=st.sampled_from([300, 1024, 3000]),
    count=st.integers(0, 9),
    strategies=st.sampled_from(STRATEGIES),
)
def test_no_host_ever_holds_more_than_it_has(events, cpu, memory, count, strategies):
    """CT-10: at each moment of the record, by what runs there; and what is free is what nobody holds."""
    world = World(1)
    cluster = Cluster(world, "cluster", count=4, cpu=2048, memory=4096)
    service = Service(
        world,
        "web",
        cluster=cluster,
        task_definition=definition(cpu, memory),
        desired_count=count,
        placement_strategy=strategies,
    )
    live(world, service, events)
    world.run(world.now + 300)
    record = world.record
    for host in cluster.hosts:
        mine = [part for part in record.parts if part.kind == "container" and part.parent == host.part]
        for moment in sorted({part.born for part in mine}):
            held = [part for part in mine if part.born <= moment < part.gone]
            assert sum(part.attributes["cpu"] for part in held) <= host.space.cpu
            assert sum(part.attributes["memory"] for part in held) <= host.space.memory
        assert host.space.free_cpu == host.space.cpu - sum(task.need.cpu for task in host.tasks)
        assert host.space.free_memory == host.space.memory - sum(task.need.memory for task in host.tasks)


@given(events=EVENTS, count=st.integers(1, 9), launch_type=st.sampled_from(["EC2", "FARGATE"]))
def test_the_desired_count_is_restored_where_there_is_room(events, count, launch_type):
    """CT-5: whatever happened; and all of them are of the newest revision."""
    world = World(1)
    cluster = Cluster(world, "cluster", count=4, cpu=65_536, memory=262_144)
    service = Service(
        world,
        "web",
        cluster=cluster,
        task_definition=definition(),
        desired_count=count,
        launch_type=launch_type,
    )
    live(world, service, events)
    world.run(world.now + 600)
    assert len(service.targets()) == len(service.tasks) == service.desired_count
    assert {task.definition for task in service.targets()} <= {service.definition}
    assert all(task.host is None or task.host.status == "ACTIVE" for task in service.targets())


@given(
    count=st.integers(1, 9),
    least=st.integers(0, 100),
    most=st.integers(100, 250),
    fails=st.booleans(),
    balanced=st.booleans(),
    seed=st.integers(1, 5),
)
def test_a_deployment_keeps_to_both_percentages(count, least, most, fails, balanced, seed):
    """CT-13: never fewer healthy tasks than the lower limit, nor more in all than the upper one, also when it fails."""
    world = World(seed)
    cluster = Cluster(world, "cluster", count=4, cpu=65_536, memory=262_144)
    service = Service(
        world,
        "web",
        cluster=cluster,
        task_definition=definition(),
        desired_count=count,
        minimum_healthy_percent=least,
        maximum_percent=most,
    )
    if balanced:
        LoadBalancer(world, "door", targets=service)
    world.run(100)
    seen = healthy_over_time(world, service)
    more = {"answers_checks": False, "health_check": HealthCheck(5, 2, 1)} if fails else {}
    service.update_service(task_definition=service.definition.revise(image="shop@2", **more))
    world.run(700)
    lower, upper = room(count, minimum_healthy_percent=least, maximum_percent=most)
    assert min(healthy for _, healthy, _ in seen) >= lower
    assert max(there for _, _, there in seen) <= max(upper, count)
    stuck = lower == count and upper == count  # there is no room to begin
    if not fails and not stuck:
        assert {task.definition.revision for task in service.targets()} == {2}
        assert service.deployments[-1].state == "COMPLETED"


def test_a_deployment_without_room_to_begin_changes_nothing(world):
    """CT-13: 100 % at least and 100 % at most."""
    cluster = Cluster(world, "cluster", count=2)
    service = Service(
        world, "web", cluster=cluster, task_definition=definition(), desired_count=2, maximum_percent=100
    )
    world.run(100)
    service.update_service(task_definition=service.definition.revise(image="shop@2"))
    record = world.run(500)
    assert [task.definition.revision for task in service.targets()] == [1, 1]
    assert service.deployments[-1].state == "IN_PROGRESS"
    (told,) = [note.text for note in record.notes if "neither" in note.text]
    assert told == (
        "web can neither start nor end a task: at least 2 must be healthy, and at most 2 may be there."
    )
    assert service.waiting == 0  # none would be started if there were room


@pytest.mark.parametrize(("least", "waits"), [(100, 4), (50, 2), (0, 0)])
def test_what_is_to_take_the_place_of_others_waits_where_there_is_no_room(world, least, waits):
    """A full host, and a new revision: those that may be there, and find no room, are a number of the service."""
    cluster = Cluster(world, "cluster", count=1)
    service = Service(
        world,
        "web",
        cluster=cluster,
        task_definition=definition(),
        desired_count=4,
        minimum_healthy_percent=least,
    )
    world.run(100)
    service.update_service(task_definition=service.definition.revise(image="shop@2"))
    record = world.run(102)
    metric = record.series[service.part, "WaitingTaskCount"]
    assert (metric.at(99), metric.at(102), service.waiting) == (0, waits, waits)
    record = world.run(400)
    assert metric.at(400) == (4 if least == 100 else 0)


def test_a_capacity_provider_brings_hosts_for_a_new_version_without_room(world):
    """A full host at 100 %: the tasks of the new revision are waited for, so another host comes and takes them."""
    cluster = Cluster(world, "cluster", count=1)
    service = Service(world, "web", cluster=cluster, task_definition=definition(), desired_count=4)
    CapacityProvider(cluster, [service], maximum=3)
    world.run(100)
    service.update_service(task_definition=service.definition.revise(image="shop@2"))
    world.run(900)
    assert {task.definition.revision for task in service.targets()} == {2}
    assert service.deployments[-1].state == "COMPLETED"


# Hosts


def test_a_lost_host_takes_all_its_containers_and_their_requests_with_it(world):
    """What runs there ends at once; its services hear of it ten seconds later, and start others."""
    cluster = Cluster(world, "cluster", count=2)
    service = Service(world, "web", cluster=cluster, task_definition=definition(), desired_count=2)
    world.run(60)
    one = service.targets()[0]
    send(world, LoadBalancer(world, "door", targets=[one]), (5.0, 100.0))
    world.run(70)
    one.host.kill()
    world.run(75)
    assert (one.exit_code, one.reason) == (137, "goes with h1")
    assert [part.name for part in world.record.parts if part.kind == "container"] == ["web-1", "web-2"]
    world.run(100)
    assert [(task.name, task.host.name) for task in service.targets()] == [("web-2", "h2"), ("web-3", "h2")]
    assert world.record.parts[service.targets()[1].part].born == 80.0
    assert world.record.requests.answered[0] == 70.0


def test_a_drained_host_is_left_only_when_others_are_healthy(world):
    cluster = Cluster(world, "cluster", count=2)
    service = Service(world, "web", cluster=cluster, task_definition=definition(), desired_count=2)
    world.run(60)
    seen = healthy_over_time(world, service)
    cluster.host("h1").drain()
    with pytest.raises(ClientException, match="^h1 holds 1 container: drain it first.$"):
        cluster.host("h1").terminate()
    world.run(300)
    assert {task.host.name for task in service.targets()} == {"h2"}
    assert min(healthy for _, healthy, _ in seen) == 2
    cluster.host("h1").terminate()
    assert cluster.host("h1").status == "INACTIVE"


def test_a_drained_host_counts_among_what_is_reserved_until_it_is_given_back(world):
    """Hosts that are ACTIVE or DRAINING do, as the provider's page on cluster reservation says."""
    cluster = Cluster(world, "cluster", count=2, cpu=2048, memory=4096)
    Service(world, "web", cluster=cluster, task_definition=definition(), desired_count=2)
    world.run(60)
    cluster.host("h1").drain()
    world.run(300)
    cluster.host("h1").terminate()
    assert changes(world, "cluster", "CPUReservation") == [(0, 25), (60, 37.5), (103, 25), (300, 50)]


def test_who_went_with_a_host_is_asked_nothing_more(world):
    """Its service hears of it ten seconds later; until then no check fails, and no start waits longer for it."""
    cluster = Cluster(world, "cluster", count=2)
    check = HealthCheck(5, 2, 1)
    service = Service(
        world, "web", cluster=cluster, task_definition=definition(health_check=check), desired_count=2
    )
    world.run(60)
    one = service.targets()[0]
    one.host.kill()
    world.run(100)
    assert one.health == "HEALTHY"
    assert world.record.parts[service.targets()[1].part].born == 70.0


def test_nothing_is_entered_of_a_task_after_its_end(world):
    """Also when its service, which hasn't heard of the end yet, lets it go."""
    cluster = Cluster(world, "cluster", count=2)
    service = Service(world, "web", cluster=cluster, task_definition=definition(), desired_count=4)
    world.run(60)
    lost = [task for task in service.targets() if task.host.name == "h1"]
    cluster.host("h1").kill()
    world.run(65)
    service.update_service(desired_count=0)
    world.run(200)
    assert [timetable(world, task.name)[-1] for task in lost] == [(60, "STOPPED")] * 2
    assert service.tasks == []


def test_a_daemon_that_has_not_heard_of_a_lost_host_ends_none_of_the_others(world):
    cluster = Cluster(world, "cluster", count=3)
    service = Service(
        world, "web", cluster=cluster, task_definition=definition(), scheduling_strategy="DAEMON"
    )
    world.run(60)
    cluster.host("h2").kill()
    world.run(65)
    service.update_service(desired_count=1)  # it looks
    world.run(120)
    assert [(task.name, task.running_since) for task in service.targets()] == [("web-1", 5), ("web-3", 5)]


def test_who_was_asked_to_stop_can_not_fail_any_more(world):
    """It fails its check, drains, and ends by itself meanwhile: that is one failure, and one wait of ten seconds."""
    cluster = Cluster(world, "cluster", count=2)
    sick = definition(health_check=HealthCheck(20, 2, 1), answers_checks=False, exits_after=25.0)
    service = Service(world, "web", cluster=cluster, task_definition=sick)

    class Slow:
        def register(self, task):
            pass

        def target_health(self, task):
            return "healthy"

        def deregister(self, task):
            return world.timeout(100)

    service.attach(Slow())
    world.run(60)
    assert changes(world, "web", "RunningTaskCount")[:3] == [(0, 0), (5, 1), (25, 0)]
    assert [part.born for part in world.record.parts if part.kind == "container"] == [0, 40]


def test_an_image_that_is_there_is_not_pulled_again(world):
    """CT-2: the second task of an image on a host starts sooner."""
    cluster = Cluster(world, "cluster", count=1)
    service = Service(
        world, "web", cluster=cluster, task_definition=definition(start_time=0.0, pull_time=20.0)
    )
    world.run(60)
    service.update_service(desired_count=2)
    world.run(120)
    assert [task.running_since for task in service.targets()] == [20.0, 60.0]


# What is behind a service


def test_workers_on_tasks_pull_while_those_run(world):
    """A pool of workers is attached as a balancer is; it gets a worker on each task, and loses it with the task."""
    cluster = Cluster(world, "cluster", count=2)
    service = Service(world, "packers", cluster=cluster, task_definition=definition(), desired_count=2)
    queue = Queue(world, "orders", visibility_timeout=60)
    Senders(world, "shop", traffic=steady(0.5), to=queue)
    pool = Workers(world, "packer", queue=queue, count=0, work="fixed", mean_work=1.0)
    service.attach(pool)
    world.run(300)
    assert [worker.name for worker in pool.workers] == ["packers-1", "packers-2"]
    service.targets()[0].host.kill()
    world.run(600)
    assert [worker.name for worker in pool.workers if worker.alive] == ["packers-2", "packers-3"]
    table = queue.table
    assert len(table.sent) > 200
    last = max(row for row, sent in enumerate(table.sent) if sent < 500)
    gone = {table.message[row] for row in range(len(table.message)) if table.ended[row] < 600}
    assert set(range(last + 1)) <= gone


def test_a_service_asks_a_pool_for_no_judgement(world):
    """Workers call nobody unhealthy, so a steady service with a pool sleeps until something changes."""
    cluster = Cluster(world, "cluster", count=2)
    service = Service(world, "packers", cluster=cluster, task_definition=definition())
    queue = Queue(world, "orders", visibility_timeout=60)
    service.attach(Workers(world, "packer", queue=queue, count=0, work="fixed", mean_work=1.0))
    assert service.balancers and service.judges == []
    service.attach(door := LoadBalancer(world, "door"))
    assert service.judges == [door]
    world.run(100)
    assert [door.target_health(task) for task in service.targets()] == ["healthy"]


def test_the_same_seed_gives_the_same_record():
    prints = set()
    for _ in range(2):
        world = World(5)
        cluster = Cluster(world, "cluster", count=5)
        drawn = (strategy("random"),)
        service = Service(
            world,
            "web",
            cluster=cluster,
            task_definition=definition(),
            desired_count=8,
            placement_strategy=drawn,
        )
        door = LoadBalancer(world, "door", targets=service)
        Customers(world, "people", traffic=steady(3), to=door, mean_work=0.3)
        world.run(60)
        cluster.hosts[1].kill()
        world.run(300)
        prints.add(world.record.fingerprint())
    assert len(prints) == 1


# Bad input: one sentence, and the run goes on


def test_a_task_that_fits_no_host_says_what_is_short_and_by_how_much(world):
    cluster = Cluster(world, "cluster", count=2, cpu=2048, memory=4096)
    with pytest.raises(ClientException) as found:
        Service(world, "web", cluster=cluster, task_definition=definition(4096, 5000))
    assert str(found.value) == (
        "web:1 needs 4,096 CPU units and 5,000 MB, but no host is large enough: "
        "short of 2,048 CPU units and 904 MB of memory."
    )
    assert not world.record.has_part("web")
    told = "h1 (ACTIVE): 0 containers, 2,048 units and 4,096 MB free"
    assert repr(cluster.hosts[0]) == told, "large amounts have commas wherever they are shown"
    assert repr(definition(4096, 5000)) == "TaskDefinition web:1: 4,096 CPU units, 5,000 MB"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            lambda need, hosts: "h9",
            "rule gave 'h9' for web-1, but must choose one of the hosts that have room",
        ),
        (lambda need, hosts: None, "rule gave None for web-1, but must choose"),
        (lambda need, hosts: hosts[7], "rule raised IndexError: list index out of range."),
    ],
)
def test_a_rule_that_returns_nonsense_is_told_and_the_run_goes_on(world, rule, words):
    cluster = Cluster(world, "cluster", count=2)
    service = Service(world, "web", cluster=cluster, task_definition=definition(), rule=rule)
    other = Service(world, "other", cluster=cluster, task_definition=definition())
    world.run(100)
    assert service.tasks == [] and len(other.targets()) == 1
    told = [note.text for note in world.record.notes if "can't place" in note.text]
    assert len(told) == 1 and told[0].startswith(f"web can't place a task: {words}")


def test_a_rule_that_spoils_what_it_gets_spoils_nothing(world):
    """It gets the hosts' own tables; a list that it empties is a copy."""

    def rule(need, hosts):
        first = hosts[0]
        hosts.clear()
        return first

    cluster = Cluster(world, "cluster", count=2)
    service = Service(world, "web", cluster=cluster, task_definition=definition(), desired_count=3, rule=rule)
    world.run(100)
    assert [task.host.name for task in service.targets()] == ["h1"] * 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rollback": True}, "^rollback is True, but it needs deployment_circuit_breaker=True"),
        (
            {"launch_type": "FARGATE", "scheduling_strategy": "DAEMON"},
            "^scheduling_strategy is 'DAEMON', but",
        ),
        (
            {"placement_strategy": ("binpack",)},
            "^placement_strategy is .*but must be a list of what strategy",
        ),
        ({"placement_strategy": (ZONES,) * 6}, "^placement_strategy holds 6 strategies, but at most 5"),
        ({"rule": 5}, "^rule is 5, but must be a function"),
        (
            {"minimum_healthy_percent": 101},
            "^minimum_healthy_percent is 101 %, but must be between 0 and 100 %",
        ),
        ({"maximum_percent": 99}, "^maximum_percent is 99 %, but must be between 100 and 400 %"),
    ],
)
def test_a_service_that_can_not_be_is_one_sentence_and_leaves_nothing(world, values, words):
    cluster = Cluster(world, "cluster", count=2)
    with pytest.raises((InvalidParameterException, ClientException), match=words):
        Service(world, "web", cluster=cluster, task_definition=definition(), **values)
    assert not world.record.has_part("web")
    assert changes(world, "cluster", "ContainerInstanceCount") == [(0, 2)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"memory_reservation": 2048}, "^memory_reservation is 2048 MB, but must be at most memory"),
        ({"image": ""}, "^image is '', but must be a text"),
        ({"health_check": 30}, "^health_check is 30, but must be a HealthCheck"),
        ({"exits_after": -1.0}, "^exits_after is -1 s, but must be between 0"),
    ],
)
def test_a_container_that_can_not_be_is_one_sentence(values, words):
    given_ = {"name": "web", "image": "shop@1"} | values
    with pytest.raises(InvalidParameterException, match=words):
        ContainerDefinition(**given_)


def test_a_definition_that_can_not_be_is_one_sentence():
    web = ContainerDefinition("web", "shop@1")
    with pytest.raises(InvalidParameterException, match="^family is 'a shop', but must be up to 255 letters"):
        TaskDefinition("a shop", [web])
    with pytest.raises(InvalidParameterException, match="^containers holds a name twice"):
        TaskDefinition("shop", [web, web])
    with pytest.raises(ClientException, match="^containers holds no essential container"):
        TaskDefinition("shop", [ContainerDefinition("web", "shop@1", essential=False)])
    with pytest.raises(
        InvalidParameterException, match="^color is no part of a container: it must be one of image"
    ):
        definition().revise(color="red")


@pytest.mark.parametrize("prefix", ["\ud800", "a\x00b"])
def test_names_of_hosts_that_can_not_be_written_are_refused_before_there_is_a_cluster(world, prefix):
    with pytest.raises(
        InvalidParameterException, match="^prefix is .*, but must be a text that can be printed"
    ):
        Cluster(world, "cluster", count=2, prefix=prefix)
    assert not world.record.parts
