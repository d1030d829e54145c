"""Placement: ours beside the barest loop that does the same, and a service of many tasks beside textbook SimPy.

The bare loop knows no constraints, no zones, no reasons for what finds no room: for each container it takes, of the
hosts that have room, the one with the least memory left. So it is the most that plain Python can do, and ours is
measured as a share of it. The textbook's service has a process for each task, which waits for its image and its start.
"""

from random import Random

import simpy

from benchmarks.messages import seconds
from benchmarks.table import Report, goal, table
from cloudlab.cluster import (
    Cluster,
    ContainerDefinition,
    Need,
    Service,
    Space,
    TaskDefinition,
    place,
    strategy,
)
from cloudlab.kernel.world import World

HOSTS, CPU, MEMORY = 100, 16_384, 65_536
SIZES = ((256, 1024), (512, 1024), (512, 4096), (1024, 2048), (1024, 6144))
PULL, START = 10.0, 5.0
LEAST_SHARE, LEAST_RULE, MOST_SERVICE = 0.2, 0.2, 15.0
"""A bare loop places about 150,000 containers a CPU second; a fifth is more than the 20,000 that are wanted."""


def needs(count: int, seed: int = 1) -> list[Need]:
    """Containers of some sizes, by chance."""
    dice = Random(seed)
    return [Need(f"c{number}", *dice.choice(SIZES)) for number in range(count)]


def spaces() -> list[Space]:
    """Empty hosts."""
    return [Space(f"h{number}", CPU, MEMORY) for number in range(HOSTS)]


def ours(wanted: list[Need]) -> dict[str, str]:
    """Where each container goes, by the strategy binpack."""
    return place(wanted, spaces(), strategies=[strategy("binpack", "memory")]).hosts


def by_a_rule(wanted: list[Need]) -> dict[str, str]:
    """The same by a rule of one's own."""
    return place(wanted, spaces(), rule=lambda need, hosts: min(hosts, key=lambda one: one.free_memory)).hosts


def bare(wanted: list[Need]) -> dict[str, str]:
    """The same in the barest loop."""
    cpu, memory, found = [CPU] * HOSTS, [MEMORY] * HOSTS, {}
    for name, units, amount, _ in wanted:
        fitting = [host for host in range(HOSTS) if cpu[host] >= units and memory[host] >= amount]
        if fitting:
            host = min(fitting, key=memory.__getitem__)
            cpu[host] -= units
            memory[host] -= amount
            found[name] = f"h{host}"
    return found


def service(count: int) -> list[float]:
    """When each of so many tasks runs (s), with all that a cluster records."""
    world = World(1)
    cluster = Cluster(world, "cluster", count=HOSTS, cpu=CPU, memory=MEMORY)
    web = ContainerDefinition("web", "shop@1", cpu=512, memory=2048, start_time=START)
    definition = TaskDefinition("web", [web], pull_time=PULL)
    tasks = Service(world, "web", cluster=cluster, task_definition=definition, desired_count=count)
    world.run(100)
    return sorted(task.running_since for task in tasks.targets())


def textbook(count: int) -> list[float]:
    """The same in textbook SimPy: hosts in turn by what is free, an image pulled once a host, no record."""
    env, running = simpy.Environment(), []
    free, has = [[CPU, MEMORY] for _ in range(HOSTS)], [False] * HOSTS

    def live(host: int):
        if not has[host]:
            has[host] = True
            yield env.timeout(PULL)
        yield env.timeout(START)
        running.append(env.now)

    zones = [0, 0]
    for _ in range(count):
        fitting = [host for host in range(HOSTS) if free[host][0] >= 512 and free[host][1] >= 2048]
        host = min(fitting, key=lambda one: zones[one % 2])
        zones[host % 2] += 1
        free[host][0] -= 512
        free[host][1] -= 2048
        env.process(live(host))
    env.run(until=100)
    return sorted(running)


def ratio(one, other, count: int, runs: int) -> tuple[float, float]:
    """(how many times as fast as the other, ours a CPU second): medians of runs side by side."""
    given = [needs(count)] if one is not service else [count]
    pairs = [(seconds(one, *given), seconds(other, *given)) for _ in range(runs)]
    mine, theirs = (sorted(some)[runs // 2] for some in zip(*pairs, strict=True))
    return theirs / mine, count / mine


def report(count: int = 2000, runs: int = 5) -> Report:
    """Strategy, rule, and service."""
    rows, goals = [], []
    for name, one, other, least in (
        ("strategy binpack", ours, bare, LEAST_SHARE),
        ("a rule of one's own", by_a_rule, bare, LEAST_RULE),
    ):
        share, rate = ratio(one, other, count, runs)
        rows.append([f"{name}, beside a bare loop", f"{share:.2f}", f"{rate:,.0f}"])
        goals.append(goal(f"placements by {name}, × bare loop", share, "{:.2f}", at_least=least))
    share, rate = ratio(service, textbook, count, runs)
    rows.append(["tasks of a service, beside textbook SimPy", f"{share:.2f}", f"{rate:,.0f}"])
    goals.append(
        goal("time of a service's tasks, × textbook SimPy", 1 / share, "{:.1f}", at_most=MOST_SERVICE)
    )
    head = [f"{count:,} containers on {HOSTS} hosts", "× as fast", "containers a CPU second"]
    return Report(table(head, rows), goals)
