"""W1 and W2 with cloudlab's own public models, everything recorded, everything able to fail."""

from benchmarks.workloads import Draws, Run, Workload
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady


def simulate(workload: Workload, count: int, *, seed: int = 1, max_attempts: int = 1) -> Record:
    """The record of about `count` requests.

    Health checks are on, and stand in line like requests: a timeout of 119 s keeps them from failing.
    """
    world = World(seed)
    template = LaunchTemplate(launch_time=0, boot_time=0, slots=workload.slots)
    machines = [
        Instance(world, f"i-{number}", launch_template=template) for number in range(workload.servers)
    ]
    contact = machines[0]
    if workload.method:
        contact = LoadBalancer(
            world,
            "balancer",
            targets=machines,
            load_balancing_algorithm_type=workload.method,
            health_check_interval_seconds=120,
            health_check_timeout_seconds=119,
        )
    Customers(
        world,
        "customers",
        traffic=steady(workload.rate),
        to=contact,
        mean_work=1.0,
        max_attempts=max_attempts,
    )
    return world.run(count / workload.rate)


def run(workload: Workload, count: int, draws: Draws, *, max_attempts: int = 1) -> Run:
    """Simulate with the model's own dice, from the seed of `draws`."""
    requests = simulate(workload, count, seed=draws.seed, max_attempts=max_attempts).requests
    return Run(len(requests), mean_wait(requests))


def mean_wait(requests) -> float:
    """Mean seconds between arrival and start."""
    return sum(map(float.__sub__, requests.started, requests.arrived)) / len(requests)
