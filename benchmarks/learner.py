"""What a learner waits for: a run of the size of a lesson, a day of a million requests, all imports.

Read `shop` first: it is wired like a lesson's scenario, and `browser` puts it in a panel.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Annotated

from benchmarks.table import Report, goal
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


def cpu_seconds(run) -> tuple[float, int]:
    """(CPU seconds, requests) of a scenario."""
    start = time.process_time()
    record = run()
    return time.process_time() - start, len(record.requests)


def models() -> list[str]:
    """The names of all modules of the kernel and the models."""
    package = ROOT / "cloudlab"
    files = [file.relative_to(package) for file in package.rglob("*.py")]
    parts = [
        file.with_suffix("").parts for file in files if file.parts[0].removesuffix(".py") not in NO_MODELS
    ]
    return sorted({".".join(("cloudlab", *names)).removesuffix(".__init__") for names in parts})


def import_seconds(names: list[str]) -> float:
    """CPU seconds that a new Python needs to import `names`, and what they need themselves."""
    code = f"import time\nstart = time.process_time()\nimport {', '.join(names)}\nprint(time.process_time() - start)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
    return float(done.stdout)


def report(runs: int = 15, scale: float = 1.0) -> Report:
    """Measure each, the short ones several times."""
    names = models()
    import_seconds(names)  # the first import compiles
    imports = median(import_seconds(names) for _ in range(runs))
    short = [cpu_seconds(shop) for _ in range(runs)]
    long, many = cpu_seconds(lambda: million(scale))
    text = "\n\n".join(
        [
            f"A run: ten minutes, {short[0][1]:,} requests, balancer, group and bill; median of {runs}.",
            f"A day: {many:,} requests, lesson 01's shop, its plan asks the group every five minutes, and bill.",
            f"Imports, with simpy, in a new process; median of {runs}: {', '.join(names)}.",
        ]
    )
    middle = median(seconds for seconds, _ in short)
    goals = [
        goal("a run of 20,000 requests, model only", 1000 * middle, "{:.0f} CPU ms", at_most=60),
        goal("a day of a million requests, model only (a guide)", long, "{:.2f} CPU s", at_most=3),
        goal("all models imported", imports, "{:.3f} CPU s", at_most=0.2),
    ]
    return Report(text, goals)
