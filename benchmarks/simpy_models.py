"""W1 and W2 in SimPy twice, and once without any events: what cloudlab is compared with.

`idiomatic` is how SimPy's documentation teaches it: one generator process and one `Resource` request for
each request. `callbacks` is how an expert makes SimPy fast: timeouts with callbacks, no process.
`recursion` has no events at all and is the limit of what plain Python can do: each start is computed
from the finishes before it. None of them records more than the sum of waits.
"""

from collections import deque
from heapq import heappop, heappush, heapreplace
from itertools import cycle, islice

import simpy

from benchmarks.workloads import Draws, Run, Workload


def chooser(workload: Workload, outstanding: list[int]):
    """A function that gives the next server as the workload says."""
    if workload.method == "least_outstanding_requests":
        return fewest(outstanding)
    return cycle(range(workload.servers)).__next__


def fewest(outstanding: list[int]):
    """A function that gives the server with the fewest `outstanding`; of several, the next after the last."""
    last, count = -1, len(outstanding)

    def choose() -> int:
        nonlocal last
        least = min(outstanding)
        last = (last + 1) % count
        if outstanding[last] != least:
            try:
                last = outstanding.index(least, last)
            except ValueError:
                last = outstanding.index(least)
        return last

    return choose


def idiomatic(workload: Workload, count: int, draws: Draws) -> Run:
    """One process and one resource request for each request."""
    env, waits = simpy.Environment(), []
    servers = [simpy.Resource(env, workload.slots) for _ in range(workload.servers)]
    outstanding = [0] * workload.servers
    choose = chooser(workload, outstanding)

    def request(server: int, work: float):
        arrived = env.now
        outstanding[server] += 1
        with servers[server].request() as slot:
            yield slot
            waits.append(env.now - arrived)
            yield env.timeout(work)
        outstanding[server] -= 1

    def customers():
        for _ in range(count):
            yield env.timeout(draws.gap())
            env.process(request(choose(), draws.work()))

    env.process(customers())
    env.run()
    return Run(len(waits), sum(waits) / len(waits))


def callbacks(workload: Workload, count: int, draws: Draws) -> Run:
    """Two timeouts with callbacks for each request: its arrival and its end."""
    env, waits = simpy.Environment(), []
    lines = [deque() for _ in range(workload.servers)]
    free, outstanding = [workload.slots] * workload.servers, [0] * workload.servers
    choose, left = chooser(workload, outstanding), iter(range(count))

    def start(server: int, arrived: float, work: float) -> None:
        waits.append(env.now - arrived)
        env.timeout(work, server).callbacks.append(end)

    def end(event) -> None:
        server = event.value
        outstanding[server] -= 1
        if lines[server]:
            start(server, *lines[server].popleft())
        else:
            free[server] += 1

    def arrive(event) -> None:
        server, work = choose(), draws.work()
        outstanding[server] += 1
        if free[server]:
            free[server] -= 1
            start(server, env.now, work)
        else:
            lines[server].append((env.now, work))
        wait_for_next()

    def wait_for_next() -> None:
        if next(left, None) is not None:
            env.timeout(draws.gap()).callbacks.append(arrive)

    wait_for_next()
    env.run()
    return Run(len(waits), sum(waits) / len(waits))


def recursion(workload: Workload, count: int, draws: Draws) -> Run:
    """No events: a request starts when it has arrived and a slot is free, and that is known at once."""
    if workload.method == "least_outstanding_requests":
        total = _counting(workload.servers, count, draws.gap, draws.work)
    elif workload.slots == 1:
        total = _in_turn(workload.servers, count, draws.gap, draws.work)
    else:
        total = _one_line(workload.slots, count, draws.gap, draws.work)
    return Run(count, total / count)


def _one_line(slots: int, count: int, gap, work) -> float:
    """The sum of waits (s) at one machine."""
    now, total, free = 0.0, 0.0, [0.0] * slots
    for _ in range(count):
        now += gap()
        start = free[0]
        if start < now:
            start = now
        total += start - now
        heapreplace(free, start + work())
    return total


def _in_turn(servers: int, count: int, gap, work) -> float:
    """The sum of waits (s) at machines with one slot, each in turn."""
    now, total, free = 0.0, 0.0, [0.0] * servers
    for server in islice(cycle(range(servers)), count):
        now += gap()
        start = free[server]
        if start < now:
            start = now
        total += start - now
        free[server] = start + work()
    return total


def _counting(servers: int, count: int, gap, work) -> float:
    """The sum of waits (s) at machines with one slot, the one with the fewest outstanding requests next."""
    now, total, free = 0.0, 0.0, [0.0] * servers
    outstanding, ends = [0] * servers, []
    choose = fewest(outstanding)
    for _ in range(count):
        now += gap()
        while ends and ends[0][0] <= now:
            outstanding[heappop(ends)[1]] -= 1
        server = choose()
        start = free[server]
        if start < now:
            start = now
        total += start - now
        free[server] = end = start + work()
        outstanding[server] += 1
        heappush(ends, (end, server))
    return total
