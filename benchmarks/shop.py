"""A whole shop, beside the same in textbook SimPy: customers, balancer, instances, topic, queues, workers, a function.

A day with two peaks and 10⁵ orders. Eight instances answer the pages, turn by turn. Each order is told to a topic at
the moment of its answer: a queue with packers hears of it, and a function that writes receipts. All is recorded. The
textbook version has a process for each order, each packer, each visibility timeout, each receipt, each idle environment
and each target's health checks; it records the same columns. Both take the same moments and works, so their rows are
the same, which a test holds.
"""

import gc
from array import array
from dataclasses import dataclass, field
from statistics import median

import simpy

from benchmarks import messages
from benchmarks.functions import works
from benchmarks.messages import Moments, seconds
from benchmarks.table import Report, goal, table
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.world import World
from cloudlab.lambda_function import Function
from cloudlab.load_balancer import LoadBalancer
from cloudlab.orders import Orders
from cloudlab.sns import Topic
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Customers, daily

ORDERS = 100_000
DAY = 86_400.0
INSTANCES, SLOTS, PAGE = 8, 2, 2.0
PACKERS, PACK = 36, 10.0
RECEIPT, INIT, KEPT = 0.5, 0.2, 600.0
HIDDEN, CHECK = 900.0, 30.0
GOAL = 4.0


def moments(count: int) -> list[float]:
    """When customers come on a day with two peaks, about so many."""
    shape = daily(night=0.1, peak=1.0)
    times = count / shape.count(0, DAY)
    shape = daily(night=0.1 * times, peak=times)
    found: list[float] = []
    for covered, some, _, _ in shape.chunks(World(1).dice("day"), False):
        found += some
        if covered >= DAY:
            return [time for time in found if time < DAY]
    return found


def ours(times: list[float]) -> World:
    """The day with cloudlab's own models."""
    world = World(1)
    web = AutoScalingGroup(
        world,
        "web",
        min_size=INSTANCES,
        max_size=INSTANCES,
        launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=SLOTS),
    )
    door = LoadBalancer(
        world, "door", targets=web, unhealthy_threshold_count=10, health_check_timeout_seconds=29
    )
    placed, pack = Topic(world, "placed"), Queue(world, "to-pack", visibility_timeout=HIDDEN)
    receipt = Function(
        world,
        "receipt",
        memory_size=1769,
        timeout=60,
        init_duration=INIT,
        idle_lifetime=KEPT,
        work="exponential",
        mean_work=RECEIPT,
    )
    placed.subscribe("sqs", pack)
    placed.subscribe("lambda", receipt)
    Workers(world, "packer", queue=pack, count=PACKERS, mean_work=PACK)
    people = Customers(world, "people", traffic=Moments(times), to=door, mean_work=PAGE, max_attempts=1)
    Orders(world, "orders", of=people, to=placed, by=web)
    world.run(until=DAY)
    return world


class Shelf(messages.Textbook):
    """A queue in plain SimPy, with long polls."""

    def come_back(self, message: int, hold: object):
        """The visibility timeout. A SimPy process."""
        yield self.env.timeout(HIDDEN)
        if self.holds.get(message) is hold:
            del self.holds[message]
            self.send(message)


@dataclass
class Textbook:
    """The same day in plain SimPy."""

    env: simpy.Environment
    times: list[float]
    requests: tuple = field(default_factory=lambda: tuple(array(kind) for kind in "IdddB"))
    receipts: tuple = field(default_factory=lambda: tuple(array(kind) for kind in "ddIB"))
    told: array = field(default_factory=lambda: array("d"))
    idle: list = field(default_factory=list)
    born: int = 0

    def __post_init__(self):
        count = len(self.times)
        self.servers = [simpy.Resource(self.env, SLOTS) for _ in range(INSTANCES)]
        self.shelf = Shelf(self.env, works("packer", count, PACK))
        self.pages = works("people", count, PAGE)
        self.writes = works("receipt", count, RECEIPT)
        self.env.process(self.come())
        for number in range(PACKERS):
            self.env.process(self.shelf.work(number))
        for server in self.servers:
            self.env.process(self.check(server))

    def come(self):
        """Customers, one after the other. A SimPy process."""
        for number, time in enumerate(self.times):
            yield self.env.timeout(time - self.env.now)
            self.env.process(self.order(number))

    def order(self, number: int):
        """A page is asked for, and answered; then the topic sends its copies. A SimPy process."""
        env, server = self.env, self.servers[number % INSTANCES]
        arrived = env.now
        with server.request() as place:
            yield place
            started = env.now
            yield env.timeout(self.pages[number])
        row = (number, arrived, started, env.now, number % INSTANCES)
        for column, value in zip(self.requests, row, strict=True):
            column.append(value)
        message = len(self.told)
        self.told.append(env.now)
        self.shelf.sent.append(env.now)
        self.shelf.send(message)
        env.process(self.receipt(message))

    def check(self, server: simpy.Resource):
        """Each half minute a check stands in line, and takes no time. A SimPy process."""
        while True:
            with server.request() as place:
                yield place
            yield self.env.timeout(CHECK)

    def receipt(self, message: int):
        """A call of the function, in an environment that is idle, or in a new one. A SimPy process."""
        env, began, work = self.env, self.env.now, self.writes[message]
        if self.idle:
            environment, _ = self.idle.pop()
        else:
            environment, self.born = self.born, self.born + 1
            yield env.timeout(INIT)
        yield env.timeout(work)
        token = (environment, object())
        self.idle.append(token)
        env.process(self.expire(token))
        for column, value in zip(self.receipts, (began, env.now, environment, 0), strict=True):
            column.append(value)

    def expire(self, token):
        """An idle environment is gone after ten minutes. A SimPy process."""
        yield self.env.timeout(KEPT)
        if token in self.idle:
            self.idle.remove(token)


def textbook(times: list[float]) -> Textbook:
    """The day in textbook SimPy."""
    made = Textbook(simpy.Environment(), times)
    made.env.run(until=DAY)
    return made


def report(count: int = ORDERS, runs: int = 3) -> Report:
    """A day of the whole shop, ours and the textbook's in turn."""
    times = moments(count)
    mine, theirs = [], []
    for _ in range(runs):
        mine.append(seconds(ours, times))
        theirs.append(seconds(textbook, times))
        gc.collect()
    faster = median(theirs) / median(mine)
    rows = [[f"{len(times):,} orders", f"{median(mine):.1f}", f"{median(theirs):.1f}", f"{faster:.1f}"]]
    text = table(["a day of the whole shop", "ours, s", "textbook SimPy, s", "× textbook SimPy"], rows)
    shown = f"{{:.1f}} ({median(mine):.1f} CPU s)"
    return Report(
        text,
        [
            goal(
                f"whole shop, a day of {round(len(times), -3):,} orders, × textbook SimPy",
                faster,
                shown,
                at_least=GOAL,
            )
        ],
    )
