"""W4: a day of a million requests with target tracking, ours beside SimPy with a process per request.

A balancer sends requests in turn to a group of instances with two slots each. Once a minute the busy share is
read; three minutes above the target launch what is missing, fifteen below 70 % of it end what is too much. An
instance works 120 s after its launch. `ours` uses the public models with everything recorded, health checks,
and failures that could happen at any time; `idiomatic` does the same with bare SimPy, and keeps only waits.
They throw other dice, so they agree on average only: both report the mean wait and the instance-hours.
"""

import gc
import time
from collections import deque
from dataclasses import dataclass
from math import ceil
from random import Random
from statistics import median

import simpy

from benchmarks.table import Report, goal, table
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import ScalingPolicies, TargetTracking
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.measures import instance_hours
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, sinusoid

DAY, WORK, SLOTS, TARGET, FIRST, MOST = 86_400.0, 0.5, 2, 60.0, 2, 12
LOW, HIGH = 4.0, 19.19
"""Requests a second at midnight and at noon: about a million in a day."""

LAUNCH, BOOT, PERIOD, OUT, IN, IN_SHARE = 30.0, 90.0, 60.0, 3, 15, 0.7
LEAST = 8.0
"""The goal: times as many requests a CPU second as idiomatic SimPy."""


@dataclass(frozen=True)
class Day:
    """What one run counted: requests, mean wait in line (s), instance-hours."""

    requests: int
    mean_wait: float
    hours: float


def ours(scale: float, seed: int) -> Day:
    """A `scale`-th of the day with cloudlab's own models."""
    world = World(seed)
    template = LaunchTemplate(launch_time=LAUNCH, boot_time=BOOT, slots=SLOTS)
    group = AutoScalingGroup(
        world,
        "web",
        min_size=1,
        desired_capacity=FIRST,
        max_size=MOST,
        launch_template=template,
        default_instance_warmup=120,
    )
    TargetTracking(ScalingPolicies(world, group), target_value=TARGET)
    shop = LoadBalancer(
        world, "shop", targets=group, health_check_interval_seconds=120, health_check_timeout_seconds=119
    )
    world.run(until=300)
    wave = sinusoid(LOW, HIGH, period=DAY * scale)
    Customers(world, "customers", traffic=wave, to=shop, mean_work=WORK)
    record = world.run(until=300 + DAY * scale)
    requests = record.requests
    started = [min(start, record.end) for start in requests.started]
    wait = sum(map(float.__sub__, started, requests.arrived)) / len(requests)
    return Day(len(requests), wait, instance_hours(record))


class Machine:
    """A machine of the SimPy model: a resource, when it was launched, and the busy slot-seconds so far."""

    def __init__(self, env: simpy.Environment, ready: float):
        self.slots, self.launched, self.ready, self.busy = simpy.Resource(env, SLOTS), env.now, ready, 0.0


def idiomatic(scale: float, seed: int) -> Day:
    """A `scale`-th of the day with a process and a resource request for each request."""
    env, waits, hours = simpy.Environment(), [], []
    machines = [Machine(env, 0.0) for _ in range(FIRST)]
    wave, end = sinusoid(LOW, HIGH, period=DAY * scale), DAY * scale
    gaps, works = Random(f"{seed} gaps"), Random(f"{seed} works")
    turn = 0

    def request(machine: Machine, work: float):
        arrived = env.now
        with machine.slots.request() as slot:
            yield slot
            waits.append(env.now - arrived)
            yield env.timeout(work)
            machine.busy += work

    def customers():
        nonlocal turn
        while True:
            yield env.timeout(gaps.expovariate(wave.rate(env.now)))
            ready = [machine for machine in machines if machine.ready <= env.now]
            turn += 1
            env.process(request(ready[turn % len(ready)], works.expovariate(1 / WORK)))

    def control():
        last: deque = deque(maxlen=IN)
        while True:
            before = {machine: machine.busy for machine in machines}
            yield env.timeout(PERIOD)
            there = [machine for machine in before if machine.ready <= env.now - PERIOD]
            worked = sum(machine.busy - before[machine] for machine in there)
            last.append(100 * worked / (PERIOD * SLOTS * len(there)))
            adjust(ceil(len(there) * last[-1] / TARGET), list(last))

    def adjust(needed: int, last: list):
        out = len(last) >= OUT and min(last[-OUT:]) > TARGET
        less = len(last) >= IN and max(last) < IN_SHARE * TARGET
        warming = any(machine.ready > env.now for machine in machines)
        if out:
            more = min(needed, MOST) - len(machines)
            machines.extend(Machine(env, env.now + LAUNCH + BOOT) for _ in range(more))
        elif less and not warming:
            while len(machines) > max(needed, 1):
                hours.append(env.now - machines.pop(0).launched)

    env.process(customers())
    env.process(control())
    env.run(until=end)
    hours += [end - machine.launched for machine in machines]
    return Day(len(waits), sum(waits) / len(waits), sum(hours) / 3600)


def report(scale: float = 1.0, rounds: int = 3) -> Report:
    """Let both take turns so many times."""
    runs, rates = {}, {ours: [], idiomatic: []}
    gc.freeze()
    try:
        for number in range(rounds):
            for model, rate in rates.items():
                gc.collect()
                start = time.process_time()
                runs[model] = model(scale, number + 1)
                rate.append(runs[model].requests / (time.process_time() - start))
    finally:
        gc.unfreeze()
    ratio = median(a / b for a, b in zip(*rates.values(), strict=True))
    names = {ours: "cloudlab", idiomatic: "SimPy, a process per request"}
    rows = [
        [
            names[model],
            f"{median(rate):,.0f}",
            f"{runs[model].mean_wait:.3f}",
            f"{runs[model].hours:.1f}",
            f"{runs[model].requests:,}",
        ]
        for model, rate in rates.items()
    ]
    head = ["", "requests per CPU s", "mean wait, s", "instance-hours", "requests"]
    text = f"**W4**: a day with target tracking, {rounds} rounds in turn\n\n{table(head, rows)}"
    label = "W4: cloudlab / SimPy, a process per request"
    return Report(text, [goal(label, ratio, "{:.2f}", at_least=LEAST)])
