"""What functions are charged for: requests, and GB-seconds while they run.

Read `billed_ms` first, then `function_counts`, which counts what a run did; `month_of_functions` tells what a month
of so much costs.

An invocation costs a request, failed or not (FN-29), and its duration, rounded up to a millisecond, times its
memory: a second of 1,024 MB is a GB-second. The first one in an environment brings the INIT of it along; the two are
rounded together (FN-11, FN-36). Environments that are kept ready cost while they are there, in begun five minutes, and
what runs in them has a lower price (FN-31). Large events that nobody waits for are several requests (FN-32).

An invocation is on the bill from its end on. All is counted in whole MB × ms, so that nothing is rounded on the way.

Numbers such as FN-29 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import ceil, inf
from typing import Annotated

from cloudlab.kernel.invocations import FunctionTable, Version
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.pricing.messages import MILLION, Event, Size, so_far
from cloudlab.pricing.prices import Price, complete

Memory = Annotated[int, Limit(128, 10_240, "MB", step=1, label="Memory")]
Architecture = Annotated[str, Limit(choices=("x86_64", "arm64"), label="Architecture")]

MB_MS = 1024 * 1000
"""So many MB × ms are a GB-second."""

PER_UNIT = {"lambda-request": MILLION}


@checked()
def billed_ms(
    duration: Annotated[float, Limit(0, 86_400, "s")],
    init: Annotated[float, Limit(0, 86_400, "s")] = 0.0,
    prices: dict[str, Price] | None = None,
) -> int:
    """The milliseconds for which an invocation is billed: those of its duration and its INIT together, rounded up.

    In FN-36 a log tells of 1,233.96 ms and an INIT of 463.512 ms:

    >>> billed_ms(1.23396, init=0.463512), billed_ms(0.0031), billed_ms(0.12)
    (1698, 4, 120)
    """
    return rounded_ms(duration, init, complete(prices))


@checked()
def event_requests(
    size: Annotated[int, Limit(0, 1_048_576, "bytes")], prices: dict[str, Price] | None = None
) -> int:
    """How many requests an event is that nobody waits for: one up to 256 KB, and one for each 64 KB more (FN-32).

    >>> event_requests(262_144), event_requests(262_145), event_requests(1_048_576)
    (1, 2, 13)
    """
    return _requests(size, complete(prices))


@checked()
def millisecond_price(
    memory_size: Memory, architecture: Architecture = "x86_64", prices: dict[str, Price] | None = None
) -> Decimal:
    """What a millisecond of a function with so much memory costs, in dollars (PR-14).

    >>> round(millisecond_price(1769), 10)
    Decimal('2.88E-8')
    """
    price = complete(prices)[named("duration", architecture)].value
    return price * memory_size / MB_MS


@checked()
def function_counts(
    record: Record, *, message_bytes: Size = 1000, prices: dict[str, Price] | None = None
) -> dict[str, Decimal]:
    """How much of each price the functions of a run used: {name of the price: requests or GB-seconds}.

    An event that nobody waits for holds `message_bytes`; one that a topic sent what was published.
    """
    prices = complete(prices)
    used = so_far(function_events(record, message_bytes, prices), record.end)
    return {
        name: Decimal(used[name][1][-1]) / (1 if name in PER_UNIT else MB_MS)
        for name in prices
        if name in used
    }


def rounded_ms(duration: float, init: float, prices: dict[str, Price]) -> int:
    """As `billed_ms`, for times (s) and a complete list of prices that need no look."""
    return _in_steps(duration, init, _step(prices))


def _step(prices: dict[str, Price]) -> int:
    """To what durations are rounded up (µs)."""
    return int(prices["lambda-rounding"].value * 1000)


def _in_steps(duration: float, init: float, step: int) -> int:
    return -(-(round(duration * 1e6) + round(init * 1e6)) // step) * step // 1000


def named(price: str, architecture: str) -> str:
    """The name of a price of functions: 'lambda-arm-duration'."""
    return f"lambda-{'arm-' if architecture == 'arm64' else ''}{price}"


# What a run did


def function_events(record: Record, message_bytes: int, prices: dict[str, Price]) -> Iterator[Event]:
    """All that is charged for in a run, function by function: requests, and MB × ms."""
    for part, table in record.functions.items():
        yield from _invocations(table, prices)
        yield from _large_events(record, part, table, message_bytes, prices)
        yield from _kept_ready(record, part, table, prices)


def _invocations(table: FunctionTable, prices: dict[str, Price]) -> Iterator[Event]:
    """A request and a duration for each invocation, at its end."""
    opened: set[int] = set()
    included, step = int(prices["lambda-storage-included"].value), _step(prices)
    for row, number in enumerate(table.environment):
        version, ended = table.versions[table.version[number]], table.ended[row]
        first = number not in opened
        opened.add(number)
        if ended == inf:
            continue
        kept_ready = bool(table.provisioned[number])
        billed = first and (kept_ready or init_is_billed(version.runtime, prices))
        init = min(table.ready[number], ended) - table.born[number] if billed else 0.0
        ms = _in_steps(max(0.0, ended - table.handler_began(row)), max(0.0, init), step)
        yield ended, "lambda-request", 1
        price = named("on-provisioned" if kept_ready else "duration", version.architecture)
        yield ended, price, version.memory_size * ms
        if version.ephemeral_storage > included:
            yield ended, "lambda-storage", (version.ephemeral_storage - included) * ms


def init_is_billed(runtime: str, prices: dict[str, Price]) -> bool:
    """Whether INIT on demand is billed: always since 2025-08-01, before with runtimes of one's own only (FN-11)."""
    return prices["lambda-init"].value == 1 or not runtime or runtime.startswith("provided")


def _large_events(
    record: Record, part: int, table: FunctionTable, message_bytes: int, prices
) -> Iterator[Event]:
    """The further requests of events that hold more than the first one does.

    `Events.origin` is 0 for those that no topic sent, and else the number of the topic, of those that lead here.
    """
    events = table.events
    leads = dict.fromkeys(
        source for source, target in record.links if target == part and source in record.topics
    )
    topics = [None, *(record.topics[source] for source in leads)]
    for came, origin, publish in zip(events.came, events.origin, events.publish, strict=True):
        topic = topics[origin] if origin < len(topics) else None
        content = topic.content.get(publish) if topic else None
        more = _requests(getattr(content, "size", message_bytes), prices) - 1
        if more:
            yield came, "lambda-request", more


def _requests(size: int, prices: dict[str, Price]) -> int:
    more = max(0, size - int(prices["lambda-event"].value))
    return 1 - (-more // int(prices["lambda-event-chunk"].value))


def _kept_ready(record: Record, part: int, table: FunctionTable, prices) -> Iterator[Event]:
    """Provisioned concurrency, at the beginning of each five minutes of each environment that is asked for."""
    series = record.series.get((part, "ProvisionedConcurrency"))
    version = _provisioned_version(table)
    if series is None or version is None:
        return
    step = int(prices["lambda-provisioned-rounding"].value)
    price = named("provisioned", version.architecture)
    for began, ended, count in spans(zip(series.times, series.values, strict=True), record.end):
        for begun in range(ceil((ended - began) / step)):
            yield began + begun * step, price, count * version.memory_size * step * 1000


def spans(changes: Iterable[tuple[float, float]], end: float) -> list[tuple[float, float, int]]:
    """(from, to, how many) of a number that changes at moments: who came last goes first."""
    found: list[tuple[float, float, int]] = []
    open_ones: list[tuple[float, int]] = []
    for time, value in [*changes, (end, 0.0)]:
        more = int(value) - sum(count for _, count in open_ones)
        if more > 0:
            open_ones.append((time, more))
        while more < 0:
            began, count = open_ones.pop()
            gone = min(count, -more)
            found.append((began, time, gone))
            more += gone
            if count > gone:
                open_ones.append((began, count - gone))
    return [span for span in found if span[0] < span[1]]


def _provisioned_version(table: FunctionTable) -> Version | None:
    """What provisioned environments are made of; the newest version where none is there yet."""
    for number, kept_ready in enumerate(table.provisioned):
        if kept_ready:
            return table.versions[table.version[number]]
    return table.versions[-1] if table.versions else None
