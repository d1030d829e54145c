"""What a learner waits for: a run of the size of a lesson, a day of a million requests, all imports.

Read `shop` first: it is wired like a lesson's scenario, and `browser` puts it in a panel. Each is compared with
the same work done the plain way in the same run: see `textbook` and `process_seconds`.
"""

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Annotated

from benchmarks import simpy_models
from benchmarks.table import Report, goal
from benchmarks.workloads import Workload, given
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.labs.autoscaling_limits import day
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import bill
from cloudlab.traffic import Customers, sinusoid, steady

ROOT = Path(__file__).resolve().parents[1]
LENGTH, WORK = 600.0, 0.5
RUN, THE_DAY, IMPORTS = 6, 5, 3
"""The goals: times as fast as SimPy (a run, a day), times as long as a Python that imports simpy alone."""

NO_MODELS = {"__main__", "cli", "exercises", "grading", "labs", "shell", "views"}


@checked()
def shop(
    seed: int = 1,
    *,
    instances: Annotated[int, Limit(2, 9, "instances", label="Instances")] = 5,
    mean_work: Annotated[float, Limit(0.05, 1, "s", label="Work per request")] = 0.2,
    requests: int = 20_000,
) -> Record:
    """Ten minutes of a balancer in front of a group, with about `requests` requests, and the bill."""
    world = World(seed)
    template = LaunchTemplate(launch_time=0, boot_time=0)
    group = AutoScalingGroup(world, "web", min_size=instances, max_size=9, launch_template=template)
    balancer = LoadBalancer(world, "shop", targets=group)
    traffic = steady(requests / LENGTH)
    Customers(world, "customers", traffic=traffic, to=balancer, mean_work=mean_work, patience=20)
    return bill(world.run(until=LENGTH))


def million(scale: float = 1.0) -> Record:
    """A day of a million requests × `scale`: lesson 01's, on a wave, with its ask every five minutes."""
    return day(traffic=wave(scale), mean_work=WORK, losses=False)


def wave(scale: float = 1.0):
    """A million requests × `scale` in a day."""
    return sinusoid(4.0 * scale, 19.19 * scale)


def cpu_seconds(run) -> tuple[float, Record]:
    """(CPU seconds, record) of a scenario."""
    start = time.process_time()
    record = run()
    return time.process_time() - start, record


def textbook(record: Record) -> float:
    """CPU seconds of the same requests in SimPy, a process each.

    The gaps and works are the record's; the machines stand in turn behind a balancer, as many as there were at
    most. Nothing scales, nothing can fail, and only waits are counted: so the comparison favours SimPy.
    """
    machines = record.parts_of("instance")
    alive = [(record.parts[part].born, record.parts[part].gone) for part in machines]
    most = max(sum(born <= time < gone for born, gone in alive) for time, _ in alive)
    slots = record.parts[machines[0]].attributes["slots"]
    requests = record.requests
    gaps = [after - before for before, after in pairwise([0.0, *requests.arrived])]
    ends = zip(requests.started, requests.finished, strict=True)
    works = [max(0.0, min(end, record.end) - min(start, record.end)) for start, end in ends]
    workload = Workload("", "", most, slots, "round_robin", 0.0)
    start = time.process_time()
    simpy_models.idiomatic(workload, len(gaps), given(gaps, works))
    return time.process_time() - start


def models() -> list[str]:
    """The names of all modules of the kernel and the models."""
    package = ROOT / "cloudlab"
    files = [file.relative_to(package) for file in package.rglob("*.py")]
    parts = [
        file.with_suffix("").parts for file in files if file.parts[0].removesuffix(".py") not in NO_MODELS
    ]
    return sorted({".".join(("cloudlab", *names)).removesuffix(".__init__") for names in parts})


def process_seconds(names: list[str]) -> float:
    """CPU seconds of a new Python that imports `names`, its own start included."""
    code = f"import {', '.join(names)}\nimport time\nprint(time.process_time())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
    return float(done.stdout)


def report(runs: int = 15, scale: float = 1.0) -> Report:
    """Measure each beside the plain way, taking turns, the short ones several times."""
    names = models()
    process_seconds(names)  # the first import compiles
    imports = [(process_seconds(names), process_seconds(["simpy"])) for _ in range(runs)]
    short = [(seconds, textbook(record)) for seconds, record in (cpu_seconds(shop) for _ in range(runs))]
    long, day = cpu_seconds(lambda: million(scale))
    plain = textbook(day)
    bare = median(bare for _, bare in imports)
    text = f"""\
A run: ten minutes, about 20,000 requests, balancer, group and bill; median of {runs}, each beside the same requests \
in SimPy, a process each.

A day: {len(day.requests):,} requests, lesson 01's shop, its plan asks the group every five minutes, and bill; the \
same requests in SimPy, a process each, take {plain:.1f} CPU s.

Imports, with simpy, in a new process; median of {runs}, each beside a new Python that imports simpy alone \
({bare:.3f} CPU s): {", ".join(names)}."""
    milliseconds = 1000 * median(seconds for seconds, _ in short)
    whole = median(seconds for seconds, _ in imports)
    goals = [
        goal(
            "a run of 20,000 requests, model only: times as fast as SimPy",
            median(plain / seconds for seconds, plain in short),
            f"{{:.2f}} ({milliseconds:.0f} CPU ms)",
            at_least=RUN,
        ),
        goal(
            "a day of a million requests, model only: times as fast as SimPy",
            plain / long,
            f"{{:.2f}} ({long:.2f} CPU s)",
            at_least=THE_DAY,
        ),
        goal(
            "all models imported / Python with simpy alone",
            median(seconds / bare for seconds, bare in imports),
            f"{{:.2f}} ({whole:.3f} CPU s)",
            at_most=IMPORTS,
        ),
    ]
    return Report(text, goals)
