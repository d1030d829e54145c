"""The scenarios of lesson 07: a function that makes small pictures of photos, and servers that do the same.

Read `scenario` first: ten lines in which people upload photos, one a minute and then a whole class at once, and a
function is called for each. `triggers` lets events and messages call it too, `servers` rents instances for the same
photos. The other functions read from a record what a learner asks of it.
"""

from collections.abc import Iterable, Iterator
from math import fsum, inf
from random import Random
from typing import Annotated

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.invocations import EventFate, FunctionTable, cold_starts, environments, most_at_once
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.messages import Fate
from cloudlab.kernel.printed import wrapped
from cloudlab.kernel.record import Record, Status
from cloudlab.kernel.world import World, microseconds
from cloudlab.lambda_function import EventSourceMapping, Function, log_lines, package
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import bill
from cloudlab.sns import Topic
from cloudlab.sqs import Queue
from cloudlab.traffic import Customers, Senders, steady
from cloudlab.traffic.shapes import DAY, Shape

LENGTH = 240.0
"""Seconds of a run."""

CLASS = 120.0
"""The moment (s) at which a class uploads its photos, within a second."""

FIRST, EVERY = 15.0, 60.0
"""When the first of the single photos comes, and how long it is from one to the next (s)."""

WORK, INIT, IDLE = 2.0, 2.0, 75.0
"""Seconds: a photo's work on one vCPU, an environment's INIT, and how long one that nobody calls is kept."""

TIMEOUT = 30
"""Seconds of a call at most."""

Burst = Annotated[int, Limit(0, 1000, "photos", choices=(1, 20, 100), label="Class")]
MemorySize = Annotated[int, Limit(128, 10_240, "MB", choices=(512, 1024, 1769), label="Memory")]
Cap = Annotated[
    int | None,
    Limit(0, 900, "calls at once", choices=(None, 50, 20), label="Cap", names=((None, "account's 1,000"),)),
]
"""Reserved concurrency: so many calls may run at once. Without one, the 1,000 of the account hold."""


class Uploads(Shape):
    """A photo a minute, and those of a class of `burst` within the second from `CLASS` on."""

    paths = ("photo",)

    def __init__(self, burst: int):
        super().__init__(lambda time: burst if CLASS <= time < CLASS + 1 else 1 / EVERY, grain=1.0)
        self.burst = burst

    def chunks(self, dice: Random, regular: bool = False) -> Iterator[tuple]:
        """As of any shape. The single photos come on the minute, whatever the dice say."""
        alone = [FIRST + EVERY * number for number in range(int(DAY / EVERY))]
        together = [microseconds(CLASS + dice.random()) for _ in range(self.burst)]
        yield DAY, sorted(alone + together), None, None


@checked()
def scenario(seed: int = 1, *, burst: Burst = 100, memory_size: MemorySize = 512, cap: Cap = None) -> Record:
    """Four minutes of a function that makes a small picture of each photo, while people wait for it.

    One photo comes a minute; at 2:00 a class uploads `burst` at once. The work takes 2 s on one vCPU, and `memory_size`
    says how much of one there is. `cap` is the function's reserved concurrency.
    """
    world = World(seed)
    resize = Function(
        world,
        "resize",
        memory_size=memory_size,
        timeout=TIMEOUT,
        reserved_concurrent_executions=cap,
        idle_lifetime=IDLE,
        init_duration=INIT,
    )
    Customers(world, "people", traffic=Uploads(burst), to=resize, work="fixed", mean_work=WORK)
    return bill(world.run(until=LENGTH))


# What triggers it

Trigger = Annotated[
    str, Limit(choices=("people", "topic", "queue"), label="Trigger", names=(("people", "people who wait"),))
]


@checked()
def triggers(seed: int = 1, *, trigger: Trigger = "people", cap: Cap = 20) -> Record:
    """The same photos, and three ways to call the function: people wait, a topic sends events, a queue is polled.

    With 1,769 MB a photo takes 2 s. `cap` is the function's reserved concurrency.
    """
    world = World(seed)
    resize = Function(
        world,
        "resize",
        memory_size=1769,
        timeout=5,
        reserved_concurrent_executions=cap,
        idle_lifetime=IDLE,
        init_duration=INIT,
        mean_work=WORK,
    )
    photos = Uploads(100)
    if trigger == "people":
        Customers(world, "people", traffic=photos, to=resize, work="fixed", mean_work=WORK)
    elif trigger == "topic":
        uploaded = Topic(world, "photo-uploaded")
        uploaded.subscribe("lambda", resize)
        Senders(world, "people", traffic=photos, to=uploaded)
    else:
        waiting = Queue(world, "photos", visibility_timeout=30)
        EventSourceMapping(resize, waiting, batch_size=1, mean_work=WORK)
        Senders(world, "people", traffic=photos, to=waiting)
    return bill(world.run(until=LENGTH))


@checked()
def kept_ready(
    seed: int = 1, *, ready: Annotated[int, Limit(0, 900, "environments", choices=(0, 50, 100))] = 0
) -> Record:
    """The same photos of people who wait, with so many environments kept ready beforehand (provisioned)."""
    world = World(seed)
    resize = Function(
        world, "resize", memory_size=1769, timeout=5, idle_lifetime=IDLE, init_duration=INIT, mean_work=WORK
    )
    resize.publish_version()
    live = resize.create_alias("live", "1")
    if ready:
        resize.put_provisioned_concurrency_config("live", ready)
    Customers(world, "people", traffic=Uploads(100), to=live, work="fixed", mean_work=WORK)
    return bill(world.run(until=LENGTH))


# Servers do the same beside it


@checked()
def servers(
    seed: int = 1,
    *,
    instances: Annotated[int, Limit(1, 20, "instances", choices=(1, 2), label="Instances")] = 2,
    burst: Burst = 100,
) -> Record:
    """The same photos for a group of so many instances, each of which works on two at once. It is there already."""
    world = World(seed)
    web = AutoScalingGroup(
        world,
        "web",
        min_size=instances,
        max_size=instances,
        launch_template=LaunchTemplate(launch_time=0, boot_time=0),
    )
    shop = LoadBalancer(world, "shop", targets=web, idle_timeout_timeout_seconds=300)
    Customers(world, "people", traffic=Uploads(burst), to=shop, work="fixed", mean_work=WORK)
    return bill(world.run(until=LENGTH))


# So many a second


@checked()
def steadily(
    seed: int = 1,
    *,
    rate: Annotated[float, Limit(0.01, 1000, "calls/s")] = 100,
    takes: Annotated[float, Limit(0.001, 10, "s")] = 0.5,
    cap: Cap = None,
) -> Record:
    """A minute in which `rate` calls come a second, on average, each of which takes as long."""
    world = World(seed)
    resize = Function(
        world,
        "resize",
        memory_size=1769,
        timeout=10,
        reserved_concurrent_executions=cap,
        init_duration=0,
    )
    Customers(world, "people", traffic=steady(rate), to=resize, work="fixed", mean_work=takes)
    return world.run(until=60)


# A queue before it, with a handler of the learner's own

SHEET = ("ok", "broken", "ok", "broken", "ok")
"""Five photos, of which the second and the fourth can't be read."""


@checked()
def batches(code: str) -> Record:
    """A minute in which the function of this text gets five photos from a queue, in one batch.

    The handler is `handler(event, context)`. The mapping reads which of a batch failed.
    """
    world = World(1)
    resize = Function(world, "resize", code=package(code), memory_size=1769, timeout=15, init_duration=INIT)
    waiting = Queue(world, "photos", visibility_timeout=90)
    EventSourceMapping(resize, waiting, function_response_types=("ReportBatchItemFailures",))
    world.process(_send(world, waiting))
    return world.run(until=60)


def _send(world: World, queue: Queue):
    """All photos of the sheet at once. A SimPy process."""
    yield world.timeout(1)
    for photo in SHEET:
        queue.send_message(photo)


# What a learner reads from a record


def table(record: Record) -> FunctionTable:
    """All that happened at the function. Raises InvalidParameter where the run has none."""
    if not record.functions:
        raise InvalidParameter("record holds no function: take one of scenario, triggers or batches.")
    return next(iter(record.functions.values()))


def stalls(record: Record, time: float) -> int:
    """How many environments are there at `time` (s)."""
    now = environments(table(record), time)
    return now.init + now.running + now.idle


def cold(record: Record) -> int:
    """How many calls had to wait for an environment."""
    return cold_starts(table(record), record.end)


def turned_away(record: Record) -> int:
    """How many calls were answered with 429."""
    return len(table(record).throttled)


def at_once(record: Record) -> int:
    """The most calls that ran at one time."""
    return most_at_once(table(record))


def photos(record: Record) -> list[tuple[float, float]]:
    """(when it came, when its small picture was done) of each photo, in seconds; `inf` where it was not."""
    rows = record.requests
    found: Iterable[tuple[float, float, bool]]
    if len(rows):
        good = (status == Status.OK for status in rows.status)
        found = list(zip(rows.arrived, rows.answered, good, strict=True))
    elif record.queues:
        line = next(iter(record.queues.values()))
        ends = {
            row: ended
            for row, ended, fate in zip(line.message, line.ended, line.fate, strict=True)
            if fate == Fate.DELETED
        }
        found = [(sent, ends.get(row, inf), True) for row, sent in enumerate(line.sent)]
    else:
        events = table(record).events
        fates = (fate == EventFate.DONE for fate in events.fate)
        found = list(zip(events.came, events.ended, fates, strict=True))
    return [(came, ended if fine and ended <= record.end else inf) for came, ended, fine in found]


def missing(record: Record) -> int:
    """How many photos have no small picture at the end."""
    return sum(ended == inf for _, ended in photos(record))


def class_done(record: Record) -> float:
    """Seconds from the class's upload until the last of its photos that have a small picture; 0 where none has."""
    ends = [ended for came, ended in photos(record) if CLASS <= came < CLASS + 1 and ended < inf]
    return max(ends, default=CLASS) - CLASS


def idle_share(record: Record) -> float:
    """The share (0 to 1) of the time for which instances were there, and worked on nothing."""
    return 1 - measures.utilisation(record, record.end)[0]


def calls(record: Record) -> list[str]:
    """Each call in a line: when, in which environment, whether cold, and what it returned."""
    rows = table(record)
    return [
        f"{clock(began)}  environment {rows.environment[row] + 1}, "
        f"{'cold' if rows.is_cold(row) else 'warm'}: returned {rows.returned.get(row)}"
        for row, began in enumerate(rows.began)
    ]


def logged(record: Record, lines: int) -> list[str]:
    """The first lines of the log of `resize`, broken between words as a notebook's are; a real log breaks none."""
    return [wrapped(line) for line in log_lines(record, "resize")[:lines]]


def in_use(record: Record) -> float:
    """How many calls run at once on average, from the tenth second on."""
    rows = table(record)
    busy = (
        min(ended, record.end) - max(began, 10.0)
        for began, ended in zip(rows.began, rows.ended, strict=True)
        if ended > 10.0
    )
    return fsum(busy) / (record.end - 10.0)


def sheet(record: Record) -> dict[str, int]:
    """What became of the five photos: done, lost (deleted though they failed), or back in the queue."""
    line = record.queues[record.part("photos")]
    deleted = {row for row, fate in zip(line.message, line.fate, strict=True) if fate == Fate.DELETED}
    good = {row for row, photo in enumerate(SHEET) if photo == "ok"}
    return {
        "done": len(deleted & good),
        "lost": len(deleted - good),
        "back in the queue": len(SHEET) - len(deleted),
    }


def clock(time: float) -> str:
    """A moment: '2:05'."""
    return f"{int(time) // 60}:{int(time) % 60:02}"


BAD_DAY: dict = {
    "label": "The pop-up kitchen",
    "prediction": {"07-stalls": (stalls, CLASS + 1)},
    "opening": (CLASS - 12, CLASS - 0.1),
    "question": "100 photos stand at the door of one stall. How many stalls stand there in a second?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
