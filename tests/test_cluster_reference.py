"""Services of a cluster against a run that walks through each moment (`cluster_reference`), row by row.

There are one or two services on hosts or on Fargate, with strategies, percentages, breakers, balancers that judge by
chance, checks that fail, programs that end; hosts are lost, drained, added and given back, tasks are killed, and
people, policies and a tracked target want other numbers. All times are multiples of 1/64 s, so that sums are exact.
"""

from dataclasses import dataclass, field
from functools import partial
from math import inf
from random import Random

import pytest
from cluster_reference import Door, Keeper, Kind, Tracker, Yard
from samples import some

from cloudlab.autoscaling.policies import ScalingPolicies, TargetTracking
from cloudlab.cluster import Cluster, ContainerDefinition, HealthCheck, Service, TaskDefinition, strategy
from cloudlab.kernel.world import World

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
ZONE = ("spread", "attribute:ecs.availability-zone")
PLACES = [
    (ZONE,),
    (ZONE, ("spread", "instanceId")),
    (ZONE, ("binpack", "memory")),
    (("binpack", "cpu"),),
    (("binpack", "memory"),),
    (("spread", "instanceId"),),
    (("random", ""),),
    (),
]
METRICS = ("DesiredTaskCount", "RunningTaskCount", "PendingTaskCount", "WaitingTaskCount")
RESERVED = ("ContainerInstanceCount", "CPUReservation", "MemoryReservation")


@dataclass
class Wish:
    """One service, in plain values."""

    name: str
    kinds: list
    count: int
    settings: dict
    doors: int
    bounds: tuple | None
    target: float | None


@dataclass
class Scene:
    seed: int
    zones: tuple
    boxes: list
    wishes: list
    controls: list = field(default_factory=list)
    end: float = 0.0
    drawn: dict = field(default_factory=dict)

    def judges(self, door: int, name: str) -> tuple:
        """(healthy after, unhealthy after, drain) of a task at a balancer, in s."""
        if (door, name) not in self.drawn:
            dice = Random(f"{self.seed} door {door} {name}")
            ill = at(dice, 30, 200) if dice.random() < 0.2 else inf
            self.drawn[door, name] = at(dice, 0, 25), ill, at(dice, 0, 40) if dice.random() < 0.7 else 0.0
        return self.drawn[door, name]

    def load(self, number: int, time: float) -> float:
        """What the metric of a policy says at this minute."""
        dice = Random(f"{self.seed} load {number} {int(time // 900)}")
        return dice.choice([5.0, 20.0, 40.0, 50.0, 75.0, 99.0]) + dice.randint(0, 4)


def at(dice, low, high) -> float:
    """A time between the two, a multiple of 1/64 s."""
    return dice.randint(64 * low, 64 * high) / 64


def kinds_of(dice, fargate: bool) -> list:
    """Four revisions of a task, of which some fail."""
    sizes = [(256, 512), (256, 1024), (512, 1024)]
    cpu, memory = dice.choice(sizes if fargate else [*sizes, (128, 1024), (1024, 256), (512, 512)])
    check = (dice.randint(5, 20), dice.randint(1, 3), dice.choice([0, 0, 15, 60]))
    first = Kind(
        1,
        "shop@1",
        cpu,
        memory,
        at(dice, 0, 12) if dice.random() < 0.8 else 0.0,
        at(dice, 0, 15) if dice.random() < 0.8 else 0.0,
        check=dice.choice([None, check]),
    )
    found = [first]
    for revision in range(2, 5):
        ends = dice.choice([inf, inf, inf, 0.0, at(dice, 1, 90), at(dice, 500, 800)])
        fails = dice.random() < 0.25
        found.append(
            Kind(
                revision,
                dice.choice(["shop@1", f"shop@{revision}"]),
                first.cpu,
                first.memory,
                first.pull,
                dice.choice([first.start, at(dice, 0, 15)]),
                ends,
                dice.choice([0, 1, 3]),
                check if fails or first.check else None,
                not fails,
            )
        )
    if dice.random() < 0.15:
        found[0] = Kind(*list(vars(first).values())[:6], at(dice, 20, 1500), 1, first.check)
    return found


def wish(dice, name: str) -> Wish:
    fargate = dice.random() < 0.2
    daemon = not fargate and dice.random() < 0.15
    breaker = dice.random() < 0.5
    settings = {
        "fargate": fargate,
        "daemon": daemon,
        "places": () if fargate or daemon else dice.choice(PLACES),
        "distinct": not fargate and dice.random() < 0.15,
        "least": dice.choice([None, 0, 50, 66, 100]),
        "most": dice.choice([100, 125, 150, 200, 200]),
        "breaker": breaker,
        "rollback": breaker and dice.random() < 0.6,
        "grace": dice.choice([0, 0, 60]),
    }
    tracked = not daemon and dice.random() < 0.3
    bounds = (dice.randint(0, 2), dice.randint(5, 12)) if tracked or dice.random() < 0.3 else None
    count = dice.randint(bounds[0], bounds[1]) if bounds else dice.randint(0, 9)
    doors, target = dice.choice([0, 0, 0, 1, 1, 2]), dice.choice([30.0, 50.0]) if tracked else None
    return Wish(name, kinds_of(dice, fargate), count, settings, doors, bounds, target)


def scene(seed: int) -> Scene:
    dice = Random(f"cluster {seed}")
    zones = ZONES[: dice.randint(1, 3)]
    wishes = [wish(dice, name) for name in ("web", "api")[: dice.choice([1, 1, 1, 2])]]
    sizes = [(1024, 2048), (1024, 4096), (2048, 2048), (2048, 4096)]
    boxes = [(zones[number % len(zones)], *dice.choice(sizes)) for number in range(dice.randint(2, 6))]
    it = Scene(seed, zones, boxes, wishes)
    moment = 0.0
    for _ in range(dice.choice([0, 3, 6, 12])):
        moment += at(dice, 1, 150) if dice.random() < 0.8 else at(dice, 200, 900)
        what = dice.choice(
            [
                "lose",
                "drain",
                "give_back",
                "add",
                "kill",
                "kill",
                "want",
                "policy",
                "deploy",
                "deploy",
                "force",
            ]
        )
        number = dice.randrange(len(wishes))
        values = {
            "add": dice.choice(sizes),
            "kill": (number, dice.randrange(20)),
            "want": (number, dice.randint(0, 12)),
            "policy": (number, dice.randint(0, 15)),
            "deploy": (number, dice.randrange(4)),
            "force": (number,),
        }.get(what, (dice.randrange(20),))
        it.controls.append((moment, what, values))
    it.end = moment + at(dice, 300, dice.choice([600, 600, 2500]))
    return it


def slow(it: Scene) -> Yard:
    controls = [
        (time, what, (values[0], it.wishes[values[0]].kinds[values[1]]) if what == "deploy" else values)
        for time, what, values in it.controls
    ]
    yard = Yard(it.zones, it.boxes, controls)
    for number, one in enumerate(it.wishes):
        doors = tuple(Door(partial(it.judges, 10 * number + door)) for door in range(one.doors))
        dice = Random(f"{it.seed} {one.name} placement")
        keeper = Keeper(yard, one.name, one.kinds[0], one.count, doors=doors, dice=dice, **one.settings)
        keeper.range = one.bounds or keeper.range
        if one.target:
            yard.trackers.append(Tracker(keeper, one.target, partial(it.load, number)))
    yard.run(it.end)
    return yard


class Timed:
    """A balancer that judges by a timetable."""

    def __init__(self, world, judges):
        self.world, self.judges, self.since, self.left = world, judges, {}, set()

    def register(self, task):
        """From now on."""
        self.since[task] = self.world.now

    def deregister(self, task):
        """The end of its drain; at once for one that never came."""
        known = task in self.since
        self.left.add(task)
        return self.world.timeout(self.judges(task.name)[2] if known else 0)

    def target_health(self, task):
        """As the timetable says."""
        if task not in self.since or task in self.left:
            return "unused"
        good, bad, _ = self.judges(task.name)
        since = self.world.now - self.since[task]
        return "unhealthy" if since >= bad else "healthy" if since >= good else "initial"


def definition(name: str, kind: Kind) -> TaskDefinition:
    check = kind.check and HealthCheck(kind.check[0], 2, kind.check[1], kind.check[2])
    container = ContainerDefinition(
        "main",
        kind.image,
        cpu=kind.cpu,
        memory=kind.memory,
        start_time=kind.start,
        health_check=check,
        exits_after=kind.lives,
        exit_code=kind.code,
        answers_checks=kind.answers,
    )
    return TaskDefinition(name, [container], revision=kind.revision, pull_time=kind.pull)


def fast(it: Scene):
    world = World(it.seed)
    cluster = Cluster(world, "cluster", availability_zones=it.zones)
    for zone, cpu, memory in it.boxes:
        cluster.add_host(cpu=cpu, memory=memory, availability_zone=zone)
    services: list[Service] = []
    known = [[definition(one.name, kind) for kind in one.kinds] for one in it.wishes]
    for control in it.controls:
        world.process(do(world, cluster, services, known, *control))
    for number, one in enumerate(it.wishes):
        services.append(serve(it, world, cluster, number, one, known[number][0]))
    dice = Random(f"{it.seed} looks")
    for look in sorted([*(dice.uniform(0, it.end) for _ in range(3)), it.end]):
        world.run(look)
    return world, services


def serve(it, world, cluster, number, one: Wish, first) -> Service:
    given = one.settings
    service = Service(
        world,
        one.name,
        cluster=cluster,
        task_definition=first,
        desired_count=one.count,
        launch_type="FARGATE" if given["fargate"] else "EC2",
        scheduling_strategy="DAEMON" if given["daemon"] else "REPLICA",
        placement_strategy=[strategy(*place) for place in given["places"]],
        distinct_instance=given["distinct"],
        minimum_healthy_percent=given["least"],
        maximum_percent=given["most"],
        deployment_circuit_breaker=given["breaker"],
        rollback=given["rollback"],
        health_check_grace_period_seconds=given["grace"],
    )
    for door in range(one.doors):
        service.attach(Timed(world, partial(it.judges, 10 * number + door)))
    if one.bounds:
        service.register_scalable_target(min_capacity=one.bounds[0], max_capacity=one.bounds[1])
    if one.target:
        policies = ScalingPolicies(world, service)
        TargetTracking(
            policies,
            f"tracking {number}",
            target_value=one.target,
            metric=lambda: it.load(number, world.now),
        )
    return service


def do(world, cluster, services, known, time, what, values):
    """What is done at a moment. A SimPy process."""
    yield world.timeout(time)
    here = [host for host in cluster.hosts if host.status != "INACTIVE"]
    active = cluster.active()
    if what == "lose":
        if len(here) > 1:
            here[values[0] % len(here)].kill()
    elif what == "drain":
        if len(active) > 1:
            active[values[0] % len(active)].drain()
    elif what == "give_back":
        if empty := [host for host in here if not host.tasks]:
            empty[values[0] % len(empty)].terminate()
    elif what == "add":
        cluster.add_host(cpu=values[0], memory=values[1])
    else:
        tell(services[values[0]], known[values[0]], what, *values[1:])


def tell(service, known, what, value=None):
    if what == "kill":
        if there := service.targets():
            there[value % len(there)].kill()
    elif what == "want":
        service.update_service(desired_count=value)
    elif what == "policy":
        service.ask(value, "a policy")
    elif what == "deploy":
        service.update_service(task_definition=known[value])
    else:
        service.update_service(force_new_deployment=True)


def rows_of(world) -> dict:
    """Of each task: where, from when to when, of which revision, and its states."""
    record, found = world.record, {}
    for index, part in enumerate(record.parts):
        if part.kind == "container":
            where = record.parts[part.parent].name
            states = [(e.time, e.state) for e in record.states if (e.part, e.aspect) == (index, "lifecycle")]
            more = part.attributes
            row = (where, more["availability_zone"], more["revision"], part.born, part.gone, states)
            found[part.name] = row
    return found


def rows_by(yard: Yard) -> dict:
    return {
        one.name: (
            keeper.name if one.box is None else one.box.name,
            one.zone,
            one.kind.revision,
            one.born,
            one.gone,
            one.rows,
        )
        for keeper in yard.keepers
        for one in keeper.ever
    }


def changes(rows) -> list:
    """The moments at which a value became another one, each with what it was at the end of that moment."""
    last = dict(rows)
    found: list = []
    for time, value in last.items():
        if not found or found[-1][1] != value:
            found.append((time, value))
    return found


def series(world, part, metric) -> list:
    known = world.record.series[part, metric]
    return changes(zip(known.times, known.values, strict=True))


@pytest.mark.sampled
@pytest.mark.parametrize("seed", some(range(4000), 36))
def test_services_do_the_same_as_a_run_that_walks_through_each_moment(seed):
    it = scene(seed)
    yard = slow(it)
    world, services = fast(it)
    record = world.record
    assert rows_of(world) == rows_by(yard)
    for keeper, service in zip(yard.keepers, services, strict=True):
        asks = [(ask.time, ask.asked, ask.granted) for ask in record.asks if ask.part == service.part]
        assert asks == [ask[:3] for ask in keeper.asks]
        plans = [(one.definition.revision, one.begun, one.state, one.ended) for one in service.deployments]
        assert plans == [(one.kind.revision, one.begun, one.state, one.over) for one in keeper.plans]
        for place, metric in enumerate(METRICS):
            expected = changes((time, row[place]) for time, row in keeper.counts)
            assert series(world, service.part, metric) == expected, metric
    for place, metric in enumerate(RESERVED):
        expected = changes((time, row[place]) for time, row in yard.reserved)
        assert series(world, record.part("cluster"), metric) == expected, metric
