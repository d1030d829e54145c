"""What it costs to look at a large run: each view beside the model that made it, in one process.

The first view reads all requests once, and the others use what it found; so the first is measured by itself, and
of those that follow the costliest is judged. A small run is shown before, so that nothing is loaded or made for
the first time. Read `observe` first.
"""

import gc
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import cloudlab_models
from benchmarks.growth import ROOT, highest_memory, memory
from benchmarks.table import Report, goal, not_measured, table
from benchmarks.workloads import WORKLOADS
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Senders, steady

WORKLOAD = WORKLOADS[1]
TIME, MEMORY = 0.25, 9.5
"""The goals: a quarter of the model's time, and of the bytes of a request in its record."""

CHARTS = ("load_and_capacity", "reaction", "compare", "knee", "lanes", "latency", "waiting")
FIRST, STAGE = "describe", "a stage and three charts"


def views() -> dict[str, Callable[[Record], object]]:
    """What looks at a run, the first view first."""
    from cloudlab.views import charts
    from cloudlab.views.describe import describe
    from cloudlab.views.stage import Stage
    from cloudlab.views.stage.scene import scene_of

    def chart(name: str) -> Callable[[Record], object]:
        return lambda record: getattr(charts, name)(record)._repr_mimebundle_()

    def panel(record: Record) -> None:
        record.requests.kept.clear()
        Stage(record)
        for name in ("lanes", "latency", "waiting"):
            getattr(charts, name)(record, alone=False)._repr_mimebundle_()

    return {FIRST: describe, "scene": scene_of, **{name: chart(name) for name in CHARTS}, STAGE: panel}


def observe(count: int) -> dict[str, list[float]]:
    """By view, and for the model itself: CPU seconds, and bytes a request by which memory grew at most meanwhile."""
    shown = views()
    for show in shown.values():
        show(cloudlab_models.simulate(WORKLOAD, 30_000))
    record, *model = measured(lambda: cloudlab_models.simulate(WORKLOAD, count))
    found = {"model": model} | {name: measured(partial(show, record))[1:] for name, show in shown.items()}
    return {name: [seconds, grown / len(record.requests)] for name, (seconds, grown) in found.items()}


def messages(count: int) -> list[float]:
    """CPU seconds of a queue with so many messages, and of a stage that shows it; a small one is shown before."""
    from cloudlab.views.stage import Stage

    Stage(queue(1_000))
    record, seconds, _ = measured(lambda: queue(count))
    return [seconds, measured(lambda: Stage(record))[1]]


def queue(count: int) -> Record:
    """The record of a queue to which so many messages are sent, ten a second, before twelve workers."""
    world = World(1)
    orders = Queue(world, "orders", visibility_timeout=30)
    Senders(world, "people", traffic=steady(10), to=orders)
    Workers(world, "packer", queue=orders, count=12, mean_work=1)
    return world.run(count / 10)


def measured(run: Callable[[], Any]) -> tuple[Any, float, int]:
    """What `run` gives, its CPU seconds, and by how many bytes this process grew at most."""
    gc.collect()
    with suppress(OSError):  # Linux only; elsewhere the highest memory is that of the model
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the highest memory from here on
    before, start = memory(), time.process_time()
    result = run()
    return result, time.process_time() - start, max(0, highest_memory() - before)


def in_a_process(count: int, what: str = "requests") -> Any:
    """`observe`, or `messages`, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.views", what, str(count)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def report(count: int = 1_000_000, rounds: int = 3) -> Report:
    """Look at a run of so many requests, and of a tenth as many messages, several times; medians of the rounds."""
    first = f"the pass through {count:,} requests that all views share / their model"
    if not importlib.util.find_spec("psutil"):
        goals = [not_measured(f"{first}; other views", f"≤ {TIME}")]
        return Report(
            "This was not measured: psutil is not installed: install the `benchmarks` extra.", goals
        )
    runs = [in_a_process(count) for _ in range(rounds)]
    seconds, ratio, bytes_each = (
        {name: median(pick(run, name) for run in runs) for name in runs[0]}
        for pick in (
            lambda run, name: run[name][0],
            lambda run, name: run[name][0] / run["model"][0],
            lambda run, name: run[name][1],
        )
    )
    rows = [[name, f"{seconds[name]:.2f}", f"{ratio[name]:.2f}", f"{bytes_each[name]:.1f}"] for name in ratio]
    text = (
        f"{WORKLOAD.title}, round robin, {count:,} requests; `{FIRST}` reads them all, the others find what it "
        f"read, and `{STAGE}` begins anew\n\n{table(['', 'CPU s', '× the model', 'bytes each, more'], rows)}"
    )
    few = count // 10
    pairs = [in_a_process(few, "messages") for _ in range(rounds)]
    queued = median(shown / model for model, shown in pairs)
    others = [name for name in ratio if name not in ("model", FIRST, STAGE)]
    slow, large = (max(others, key=lambda name: some[name]) for some in (ratio, bytes_each))
    goals = [
        goal(first, ratio[FIRST], f"{{:.2f}} ({seconds[FIRST]:.2f} CPU s)", at_most=TIME),
        goal(
            f"the costliest view after it ({slow}) / their model",
            ratio[slow],
            f"{{:.2f}} ({seconds[slow]:.2f} CPU s)",
            at_most=TIME,
        ),
        goal(f"bytes per request of the largest view ({large})", bytes_each[large], "{:.1f}", at_most=MEMORY),
        goal(
            f"a stage of a queue with {few:,} messages / its model",
            queued,
            f"{{:.2f}} ({median(shown for _, shown in pairs):.2f} CPU s)",
            at_most=1,
        ),
    ]
    return Report(text, goals)


if __name__ == "__main__":
    made = messages if sys.argv[1] == "messages" else observe
    print(json.dumps(made(int(sys.argv[2]))))
