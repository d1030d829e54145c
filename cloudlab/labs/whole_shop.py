"""The scenarios of lesson 11: the whole shop on its opening day, from the first click to the parcel.

Read `day` first: customers order from a web tier, each order is told to a topic, a queue for packing and one for
receipts listen, and from noon on something breaks each hour. What the web tier and the packers are is a choice, and
each of them is wired in a function of its own. `scenario` is that day with the three settings that its stage shows.
`objectives` reads the four numbers by which a day is judged.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, inf
from random import Random
from typing import Annotated

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.autoscaling.policies import ScalingPolicies, TargetTracking
from cloudlab.cluster import Cluster, ContainerDefinition, Service, TaskDefinition
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.messages import Fate, counts
from cloudlab.kernel.orders import done, places
from cloudlab.kernel.record import Record, Status
from cloudlab.kernel.world import World
from cloudlab.lambda_function import EventSourceMapping, Function
from cloudlab.load_balancer import LoadBalancer
from cloudlab.orders import Orders
from cloudlab.pricing import bill
from cloudlab.sns import Topic
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Customers, daily
from cloudlab.traffic.shapes import DAY, Shape

HOUR = 3600.0
NOON = 12 * HOUR
DARK = 1800.0
"""So long the first zone is dark from noon on (s)."""

NIGHT, PEAK = 0.015, 0.15
"""Orders a second at four in the morning, and at eight in the evening."""

NEWS, NEWS_END, CROWD = 18 * HOUR, 18 * HOUR + 1200, 3.0
"""The evening news tell of the shop: for twenty minutes so many times as many come."""

PAGE, PACK, RECEIPT, SPREAD = 6.0, 24.0, 1.0, 0.5
"""Seconds of work, on average: of the page for an order, to pack it, and for its receipt; the first two are spread."""

BROKEN, BROKEN_END, SHARE = 16 * HOUR, 16 * HOUR + 600, 0.1
"""For ten minutes this share of the orders holds a photo that nobody can print."""

OFF = 600.0
"""So long the receipts are switched off by mistake (s)."""

PATIENCE, ATTEMPTS, AGAIN = 90.0, 3, 5.0
"""Customers leave after so many seconds, try so often in all, and wait so long (s) before they try again."""

ZONES = ("us-east-1a", "us-east-1b")

Web = Annotated[str, Limit(choices=("monolith", "instances", "containers", "functions"), label="Web tier")]
Packing = Annotated[str, Limit(choices=("instances", "containers", "functions"), label="Packing on")]
Hosts = Annotated[int, Limit(1, 20, "hosts", choices=(3, 4, 6), label="Hosts")]
Target = Annotated[int, Limit(10, 100, "%", choices=(40, 60, 80), label="Target CPU")]
Zones = Annotated[int, Limit(1, 2, "zones", choices=(1, 2), label="Spread over")]
Packers = Annotated[int, Limit(2, 40, "packers", choices=(4, 6, 8), label="Packers")]
Hidden = Annotated[int, Limit(30, 7200, "s", choices=(30, 180, 900), label="Visibility timeout")]
Tries = Annotated[int, Limit(0, 20, "receives", choices=(0, 1, 3), label="Tries")]


class OpeningDay(Shape):
    """A day with two peaks, `times` as many orders as usual, a crowd after the news, and some broken photos."""

    paths = ("order", "broken photo")

    def __init__(self, times: float = 1.0):
        usual = daily(night=NIGHT * times, peak=PEAK * times)
        crowd = (NEWS, NEWS_END)
        super().__init__(
            lambda time: usual.rate(time) * (CROWD if NEWS <= time < NEWS_END else 1.0), breaks=crowd
        )

    def chunks(self, dice: Random, regular: bool = False) -> Iterator[tuple]:
        """As of any shape; a tenth of those that come from four to ten past four can't be packed."""
        for covered, times, _, _ in super().chunks(dice, regular):
            broken = [BROKEN <= time < BROKEN_END and dice.random() < SHARE for time in times]
            yield covered, times, [int(one) for one in broken], None


@checked()
def scenario(
    seed: int = 1,
    *,
    packers: Packers = 6,
    zones: Zones = 1,
    max_size: Annotated[int, Limit(1, 20, "instances", choices=(4, 6, 8), label="Web max")] = 6,
    packer_dies: Annotated[tuple[float, ...], Action("A packer dies", (13.5 * HOUR,))] = (),
) -> Record:
    """The opening day of a shop of instances: a web group behind a balancer, a topic, two queues, and packers.

    `max_size` is that of the web group, `zones` how many both groups are spread over. At noon the first one goes dark.
    """
    return day(seed, packers=packers, zones=zones, max_size=max_size, packer_dies=packer_dies)


@checked()
def day(
    seed: int = 1,
    *,
    web: Web = "instances",
    min_size: Annotated[int, Limit(1, 20, "instances", label="Web min")] = 2,
    max_size: Annotated[int, Limit(1, 20, "instances", label="Web max")] = 6,
    target_value: Target = 60,
    zones: Zones = 1,
    packing: Packing = "instances",
    packers: Packers = 6,
    hosts: Hosts = 4,
    visibility_timeout: Hidden = 180,
    max_receive_count: Tries = 3,
    orders: Annotated[float, Limit(0.1, 20, "times", label="Orders")] = 1.0,
    packer_dies: Annotated[tuple[float, ...], Action("A packer dies")] = (),
    faults: Annotated[bool, Limit(choices=(True, False), label="Faults")] = True,
) -> Record:
    """The opening day of the shop of your choice, `orders` times as busy as usual.

    A `monolith` does all in the request. Else an order is told to a topic when its page was answered; `packers` pack
    (or so many calls of a function do, at once), and a function writes receipts. What can't be packed is set aside
    after `max_receive_count` tries, with 0 never. The bill is that of the whole day.
    """
    world = World(seed)
    shop = opened(
        Shop(world, zones=zones),
        traffic=OpeningDay(orders),
        web=web,
        sizes=(min_size, max_size, target_value),
        packing=packing,
        packers=packers,
        hosts=hosts,
        hidden=visibility_timeout,
        tries=max_receive_count,
    )
    if faults:
        for moment, what in (*TROUBLE, *((moment, packer_lost) for moment in packer_dies)):
            world.process(happens(shop, moment, what))
    return judged(bill(world.run(until=DAY)))


def opened(shop: "Shop", *, traffic, web, sizes, packing, packers, hosts, hidden, tries) -> "Shop":
    """Wire a shop of these parts (see `day`), and let customers in."""
    world = shop.world
    if "containers" in (web, packing):
        shop.cluster = _hosts(shop, hosts)
    door = _functions(shop) if web == "functions" else _door(shop, web, *sizes)
    people = Customers(
        world,
        "customers",
        traffic=traffic,
        to=door,
        work="log-normal",
        mean_work=shop.page + shop.pack + shop.write if web == "monolith" else shop.page,
        work_spread=SPREAD,
        patience=PATIENCE / PAGE * shop.page,
        max_attempts=ATTEMPTS,
        retry_delay=AGAIN,
    )
    if web != "monolith":
        topic = _listeners(shop, packing, packers, hidden, tries)
        Orders(world, "orders", of=people, to=topic, by=shop.web or door)
    return shop


@dataclass
class Shop:
    """A shop, as those see it who do something to it. `page`, `pack` and `write` are seconds of work for an order."""

    world: World
    zones: int
    page: float = PAGE
    pack: float = PACK
    write: float = RECEIPT
    web: AutoScalingGroup | Service | None = None
    packing: AutoScalingGroup | Service | None = None
    receipt: Function | None = None
    cluster: Cluster | None = None

    @property
    def groups(self) -> list[AutoScalingGroup]:
        """Its groups of instances."""
        return [group for group in (self.web, self.packing) if isinstance(group, AutoScalingGroup)]


# The web tier


def _door(shop: Shop, web: str, min_size: int, max_size: int, target_value: int) -> LoadBalancer:
    """Instances or containers that scale with their CPU, behind a balancer whose checks are patient."""
    if web == "containers":
        shop.web = service_of(shop, "web", min_size)
        shop.web.register_scalable_target(min_capacity=min_size, max_capacity=max_size)
    else:
        shop.web = group_of(shop, "web", min_size, max_size)
    TargetTracking(ScalingPolicies(shop.world, shop.web), target_value=target_value)
    return LoadBalancer(
        shop.world,
        "door",
        targets=shop.web,
        load_balancing_algorithm_type="least_outstanding_requests",
        health_check_interval_seconds=120,
        health_check_timeout_seconds=60,
        healthy_threshold_count=2,
        unhealthy_threshold_count=2,
        deregistration_delay_timeout_seconds=60,
        idle_timeout_timeout_seconds=min(4000, max(120, ceil(20 * shop.page))),
    )


def _functions(shop: Shop) -> Function:
    """A function that answers the pages."""
    return Function(shop.world, "page", memory_size=1769, timeout=min(900, max(60, ceil(12 * shop.page))))


def _hosts(shop: Shop, hosts: int) -> Cluster:
    """Machines for containers, two on each."""
    return Cluster(
        shop.world,
        "hosts",
        count=hosts,
        cpu=2048,
        memory=4096,
        instance_type="t3.medium",
        availability_zones=ZONES[: shop.zones],
    )


def service_of(shop: Shop, name: str, count: int) -> Service:
    """Containers that work on one thing at a time each, wherever there is room on a host."""
    container = ContainerDefinition(name, f"{name}:1", cpu=1024, memory=2048)
    return Service(
        shop.world,
        name,
        cluster=shop.cluster,
        task_definition=TaskDefinition(name, [container]),
        desired_count=count,
    )


def group_of(shop: Shop, name: str, min_size: int, max_size: int) -> AutoScalingGroup:
    """Instances that work on one thing at a time; the first ones are there at midnight."""
    group = AutoScalingGroup(
        shop.world,
        name,
        min_size=min_size,
        max_size=max_size,
        launch_template=template(0, 0),
        default_instance_warmup=120,
        availability_zones=ZONES[: shop.zones],
    )
    shop.world.process(_later(shop.world, group))
    return group


def template(launch_time: float = 30.0, boot_time: float = 60.0) -> LaunchTemplate:
    """What an instance of the shop looks like."""
    return LaunchTemplate("t3.medium", launch_time=launch_time, boot_time=boot_time, slots=1)


def _later(world: World, group: AutoScalingGroup):
    """Those that come later need a minute and a half. A SimPy process."""
    yield world.timeout(1)
    group.update_auto_scaling_group(launch_template=template())


# Who listens


def _listeners(shop: Shop, packing: str, packers: int, hidden: int, tries: int) -> Topic:
    """A topic, and a queue for each of the two that listen."""
    world = shop.world
    placed = Topic(world, "order-placed")
    aside = Queue(world, "set-aside")
    dead = {"dead_letter_target": aside, "max_receive_count": tries} if tries else {}
    pack = Queue(world, "to-pack", visibility_timeout=hidden, **dead)
    write = Queue(world, "to-receipt", visibility_timeout=60)
    placed.subscribe("sqs", pack)
    placed.subscribe("sqs", write)
    if packing == "functions":
        _pack_by_function(shop, pack, packers)
    else:
        _pack_by_workers(shop, pack, packing, packers)
    shop.receipt = Function(world, "receipt", memory_size=1769, timeout=60)
    EventSourceMapping(shop.receipt, write, batch_size=1, maximum_concurrency=20, mean_work=shop.write)
    return placed


def _pack_by_workers(shop: Shop, queue: Queue, packing: str, packers: int) -> None:
    """A packer on each of so many instances, or in each of so many containers."""
    pool = Workers(
        shop.world,
        "packer",
        queue=queue,
        count=0,
        work="log-normal",
        mean_work=shop.pack,
        work_spread=SPREAD,
        fails=("broken photo",),
    )
    if packing == "containers":
        shop.packing = service_of(shop, "packers", packers)
    else:
        shop.packing = group_of(shop, "packers", packers, packers)
    shop.packing.attach(pool)


def _pack_by_function(shop: Shop, queue: Queue, packers: int) -> None:
    """A function that packs one order in each call, up to so many at once."""
    pack = Function(shop.world, "pack", memory_size=1769, timeout=min(900, int(queue.visibility_timeout)))
    EventSourceMapping(
        pack,
        queue,
        batch_size=1,
        maximum_concurrency=packers,
        work="log-normal",
        mean_work=shop.pack,
        work_spread=SPREAD,
        fails=("broken photo",),
    )


# What goes wrong


def happens(shop: Shop, moment: float, what: Callable):
    """Something is done to the shop at a moment (s). A SimPy process."""
    yield shop.world.timeout(moment)
    yield from what(shop) or ()


def dark(shop: Shop, length: float = DARK):
    """All that is in the first zone dies, and it is dark for so long (s). A SimPy process.

    A group that knows another zone launches there; what others launch is pending until the light is back.
    """
    world, rest = shop.world, ZONES[1 : shop.zones]
    for group in shop.groups:
        group.fleet.availability_zones = rest or ZONES[:1]
        if not rest:
            group.update_auto_scaling_group(launch_template=template(launch_time=length + 30))
        for member in list(group.members.values()):
            if member.instance.availability_zone == ZONES[0]:
                member.instance.kill()
    hosts = [] if shop.cluster is None else shop.cluster.active()
    gone = [host for host in hosts if host.availability_zone == ZONES[0]]
    for host in gone:
        host.kill()
    yield world.timeout(length)
    for host in gone:
        host.cluster.add_host(availability_zone=ZONES[0])
    for group in shop.groups:
        group.fleet.availability_zones = ZONES[: shop.zones]
        group.update_auto_scaling_group(launch_template=template())


def web_lost(shop: Shop) -> None:
    """An instance of the web tier is lost, or a container."""
    if shop.web is not None and (serving := shop.web.targets()):
        shop.world.dice("victim").choice(serving).kill()


def receipts_off(shop: Shop, length: float = OFF):
    """Somebody switches the receipts off, and on again after so long (s). A SimPy process."""
    if shop.receipt is not None:
        shop.receipt.put_function_concurrency(0)
        yield shop.world.timeout(length)
        shop.receipt.put_function_concurrency(100)


def web_slow(shop: Shop) -> None:
    """An instance of the web tier works at a quarter of its speed: it answers its checks all the same."""
    if isinstance(shop.web, AutoScalingGroup) and (serving := shop.web.targets()):
        serving[0].slow_down(0.25)


def packer_lost(shop: Shop) -> None:
    """A machine that packs is lost, or a container."""
    if shop.packing is not None and (serving := shop.packing.targets()):
        serving[0].kill()


TROUBLE: tuple[tuple[float, Callable], ...] = (
    (NOON, dark),
    (13 * HOUR, web_lost),
    (14 * HOUR, receipts_off),
    (15 * HOUR, web_slow),
    (17 * HOUR, packer_lost),
)
"""What is done to the shop, each hour; at four broken photos come, and at six the news do."""


# By what a day is judged


@dataclass(frozen=True)
class Goal:
    """One of the four objectives: its name, the number of a run, its limit, both in `unit`."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit


P95, LOST, OLDEST, COST = 30.0, 10.0, 15.0, 9.00
"""The limits of opening day: seconds, orders, minutes, dollars."""

LOOKS = 5 * 60
"""Seconds between two readings of the four numbers."""


@checked()
def objectives(record: Record) -> list[Goal]:
    """The four numbers by which a day of the shop is judged, up to its end."""
    found = []
    for part in record.parts_of("goal"):
        told = record.parts[part]
        value = record.series[part, "Value"].values[-1]
        found.append(Goal(told.name, value, told.attributes["limit"], told.attributes["unit"]))
    return found


def judged(record: Record) -> Record:
    """Enter the four objectives, each with its number over the day so far, and return the record."""
    moments = [float(time) for time in range(LOOKS, int(record.end) + 1, LOOKS)]
    gone = lost(record)
    columns = {
        "1 in 20 takes over": ("p95", "s", P95, slowest(record, moments)),
        "Orders lost": ("fail", "orders", LOST, [float(bisect_right(gone, time)) for time in moments]),
        "Oldest message": ("wait", "min", OLDEST, [age / 60 for age in oldest(ages(record), moments)]),
        "Cost so far": ("money", "$", COST, [_cost(record, time) for time in moments]),
    }
    for name, (glyph, unit, limit, values) in columns.items():
        part = record.add_part(name, "goal", limit=limit, unit=unit, glyph=glyph)
        for time, value in zip(moments, values, strict=True):
            record.set(part, "Value", time, value)
    return record


def lost(record: Record) -> list[float]:
    """When orders were lost (s), in order of time: no attempt got an answer, or a good order was set aside."""
    rows, tried_again = record.requests, {row for row, _ in record.retries.values()}
    found = [
        answered
        for row, (answered, status) in enumerate(zip(rows.answered, rows.status, strict=True))
        if status and row not in tried_again and answered <= record.end
    ]
    order = record.paths.index("order")
    for table in record.queues.values():
        left = ((row, time) for row, (time, how) in table.left.items() if how in ("dead", "expired"))
        found += [time for row, time in left if table.path[row] == order]
    return sorted(found)


def ages(record: Record) -> list[tuple[float, float]]:
    """(sent, done or set aside in s; `inf` where it still waits) of each message, where somebody works on it."""
    found: list[tuple[float, float]] = []
    for table in record.queues.values():
        if not table.message:
            continue
        ends = [inf] * len(table.sent)
        for row, (time, _) in table.left.items():
            ends[row] = time
        for row, ended, fate in zip(table.message, table.ended, table.fate, strict=True):
            if fate == Fate.DELETED and ended <= record.end:
                ends[row] = ended
        found += zip(table.sent, ends, strict=True)
    return sorted(found)


def oldest(waits: list[tuple[float, float]], moments: list[float]) -> list[float]:
    """The longest time (s) for which a message had waited by each moment."""
    ends = sorted((end, end - sent) for sent, end in waits)
    found, longest, done, first = [], 0.0, 0, 0
    for moment in moments:
        while done < len(ends) and ends[done][0] <= moment:
            longest = max(longest, ends[done][1])
            done += 1
        while first < len(waits) and waits[first][1] <= moment:
            first += 1
        if first < len(waits) and waits[first][0] <= moment:  # the oldest of those that still wait
            longest = max(longest, moment - waits[first][0])
        found.append(longest)
    return found


def slowest(record: Record, moments: list[float]) -> list[float]:
    """The p95 (s) of the pages that were answered by each moment."""
    rows = record.requests
    good = sorted(
        (answered, answered - arrived)
        for arrived, answered, status in zip(rows.arrived, rows.answered, rows.status, strict=True)
        if status == Status.OK
    )
    times: list[float] = []
    found, place = [], 0
    for moment in moments:
        while place < len(good) and good[place][0] <= moment:
            insort(times, good[place][1])
            place += 1
        found.append(times[max(0, ceil(0.95 * len(times)) - 1)] if times else 0.0)
    return found


def _cost(record: Record, time: float) -> float:
    """Dollars up to a moment (s)."""
    series = record.series[record.part("bill"), "Cost"]
    place = bisect_right(series.times, time)
    if place == len(series.times):
        return series.values[-1]
    before, after = series.times[place - 1], series.times[place]
    share = (time - before) / (after - before)
    return series.values[place - 1] * (1 - share) + series.values[place] * share


# What a learner reads from a record


def lost_orders(record: Record) -> int:
    """How many orders were lost by the end of the day."""
    return len(lost(record))


def met(record: Record) -> int:
    """How many of the four limits were kept."""
    return sum(goal.met for goal in objectives(record))


def goal(record: Record, name: str) -> Goal:
    """The objective whose name begins so. Raises InvalidParameter, which names them."""
    found = objectives(record)
    for one in found:
        if one.name.lower().startswith(name.lower()):
            return one
    known = ", ".join(one.name for one in found)
    raise InvalidParameter(f"name is {name!r:.40}, but must be the beginning of one of {known}.")


def verdict(record: Record) -> str:
    """The four objectives in one line, as they stand at the end of the run."""
    return " · ".join(
        f"{one.name.lower().removesuffix(' so far')} {_told(one.value, one.unit)} {'✓' if one.met else '✕'}"
        for one in objectives(record)
    )


def _told(value: float, unit: str) -> str:
    if unit == "$":
        return f"${value:.2f}"
    return f"{value:,.0f}" if unit == "orders" else f"{value:,.0f} {unit}"


def longest(record: Record) -> int:
    """The number of the order that waited longest until it was packed."""
    part = record.part("orders")
    told = record.orders[part].told
    packed = done(record, part, record.part("to-pack"))
    waits = [end - time for time, end in zip(told, packed, strict=True)]
    return max((row for row, wait in enumerate(waits) if wait < inf), key=waits.__getitem__) + 1


@checked()
def story(record: Record, order: Annotated[int, Limit(1, 1_000_000, "th order")]) -> list[str]:
    """What happened to one order, from the click on. Raises InvalidParameter where there are fewer."""
    if not record.has_part("orders") or record.part("orders") not in record.orders:
        raise InvalidParameter("record holds no orders, but must be of a day of the whole shop.")
    part = record.part("orders")
    table, rows = record.orders[part], record.requests
    if order > len(table.told):
        raise InvalidParameter(f"order is {order}, but only {len(table.told)} were placed.")
    row = table.request[order - 1]
    answered = f"{record.parts[rows.target[row]].name} has answered, and the topic is told"
    happened = [(rows.arrived[row], "the customer asks for the page"), (rows.answered[row], answered)]
    for place in places(record, part):
        happened += _at(record, place, order - 1)
    return [f"{clock(time)}  {text}" for time, text in sorted(happened, key=lambda one: one[0])]


def _at(record: Record, place: int, published: int) -> list[tuple[float, str]]:
    """What happened to an order at one queue, and when."""
    name, table = record.parts[place].name, record.queues[place]
    message = table.publish.index(published)
    happened = []
    for handout in (one for one, row in enumerate(table.message) if row == message):
        who = record.parts[table.poller[handout]].name.split(" polls ")[0]
        fate = "it is done" if table.fate[handout] == Fate.DELETED else Fate(table.fate[handout]).reason
        happened += [
            (table.handed[handout], f"{name}: {who} takes it"),
            (table.ended[handout], f"{name}: {fate}"),
        ]
    return happened


def tried(record: Record, name: str = "to-pack") -> str:
    """What became of the messages of a queue, in one line."""
    table = record.queues[record.part(name)]
    found = counts(table, record.end)
    vain = sum(fate == Fate.FAILED for fate in table.fate)
    return f"{found.deleted:,} packed, {vain:,} tries in vain, {found.dead} set aside"


def clock(time: float) -> str:
    """A moment of the day: '12:00:07'."""
    return f"{int(time) // 3600}:{int(time) // 60 % 60:02}:{int(time) % 60:02}"


BAD_DAY: dict = {
    "label": "Opening day",
    "prediction": {"11-lost": lost_orders},
    "opening": (NOON - 3 * HOUR, NOON + 60),
    "question": "The first part goes dark at noon. How many orders are lost by midnight?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
