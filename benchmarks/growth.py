"""What a hundred times as many requests cost: time and memory from 10⁵ to 10⁷, through a balancer.

Each size has a process of its own, since the highest memory of a process never goes down again. Stored is
what a process has grown by when the record is there, the peak is the most that it had grown by at any time,
percentiles of all requests included. Read `observe` first: it is what such a process does.
"""

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks import cloudlab_models
from benchmarks.table import Report, goal, not_measured, table
from benchmarks.workloads import WORKLOADS
from cloudlab.kernel import measures

ROOT = Path(__file__).resolve().parents[1]
WORKLOAD = WORKLOADS[1]
LINEAR, STORED, PEAK = 1.15, 40.0, 60.0
"""The goals: times as much time a request, bytes a request, bytes a request."""


def observe(count: int) -> dict[str, float]:
    """Simulate `count` requests, read their percentiles, and say what it took: CPU s and bytes a request."""
    cloudlab_models.simulate(WORKLOAD, 1000)  # what is loaded and made once is no growth
    before = memory()
    start = time.process_time()
    record = cloudlab_models.simulate(WORKLOAD, count)
    seconds = [time.process_time() - start]
    requests = len(record.requests)
    stored = memory() - before
    start = time.process_time()
    measures.percentiles(record, (50, 95, 99))
    percentiles = time.process_time() - start
    peak = highest_memory() - before
    for _ in range(min(9, 500_000 // count)):  # a short time is measured several times
        start = time.process_time()
        cloudlab_models.simulate(WORKLOAD, count)
        seconds.append(time.process_time() - start)
    found = {"seconds": median(seconds), "percentiles": percentiles, "stored": stored, "peak": peak}
    return {"requests": requests} | {name: value / requests for name, value in found.items()}


def memory() -> int:
    """Bytes of memory that this process has now."""
    import psutil

    return psutil.Process().memory_info().rss


def highest_memory() -> int:
    """The most bytes of memory that this process ever had."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    if sys.platform == "linux":  # the other way below would count the parent's memory too
        with open("/proc/self/status", encoding="utf-8") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def in_a_process(count: int) -> dict[str, float]:
    """`observe` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.growth", str(count)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def report(sizes: tuple[int, ...] = (100_000, 1_000_000, 10_000_000), rounds: int = 3) -> Report:
    """Measure all sizes in turn, so that a machine that gets slower bends no line; medians of the rounds."""
    if not importlib.util.find_spec("psutil"):
        goals = [not_measured("time and memory per request", f"≤ {LINEAR:g}, {STORED:g}, {PEAK:g}")]
        return Report(
            "This was not measured: psutil is not installed: install the `benchmarks` extra.", goals
        )
    found: dict[int, list[dict]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size in sizes:
            found[size].append(in_a_process(size))
    each = {
        size: {name: median(run[name] for run in runs) for name in runs[0]} for size, runs in found.items()
    }
    rows = [
        [
            f"{run['requests']:,.0f}",
            f"{1e6 * run['seconds']:.3f}",
            f"{1e6 * run['percentiles']:.3f}",
            f"{run['stored']:.1f}",
            f"{run['peak']:.1f}",
        ]
        for run in each.values()
    ]
    head = ["requests", "CPU µs each", "percentiles, CPU µs each", "bytes each, stored", "at the peak"]
    last = each[sizes[-1]]
    pairs = zip(found[sizes[-1]], found[sizes[0]], strict=True)
    times, most = (
        median(large["seconds"] / small["seconds"] for large, small in pairs),
        f"{sizes[-1]:,} requests",
    )
    goals = [
        goal(f"time per request, {most} / {sizes[0]:,}", times, "{:.2f}", at_most=LINEAR),
        goal(f"bytes stored per request, {most}", last["stored"], "{:.1f}", at_most=STORED),
        goal(
            f"bytes per request at the peak, {most}, percentiles included",
            last["peak"],
            "{:.1f}",
            at_most=PEAK,
        ),
    ]
    return Report(f"{WORKLOAD.title}, round robin, everything recorded\n\n{table(head, rows)}", goals)


if __name__ == "__main__":
    print(json.dumps(observe(int(sys.argv[1]))))
