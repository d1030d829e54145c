"""What a run costs: a bill of a few lines, each of which can be checked by hand.

A line is quantity × unit price, rounded to cents, half up; the total adds the rounded lines, as the
provider does. Money is never a float: 0.1 + 0.2 must be 0.3. Read `bill` first. What is counted:

    EC2        seconds of each instance from its launch to its end, also while it is pending (AS-5),
               but at least 60 (PR-34), times the price of its type (PR-33); hosts of a cluster are instances
    balancer   the hours it was there, a begun hour as a whole one, and the capacity it used,
               counted in LCUs: the largest of four dimensions, hour by hour (PR-19, PR-20)
    messages   requests to queues and topics, and the copies that topics deliver (see `messages`)
    functions  invocations, and the GB-seconds that they take (see `functions`)
    hosts      as instances, where they have an `instance_type`; what runs on them costs nothing more (PR-18)
    tasks      without a host of one's own: the seconds of their vCPUs, GB and storage (see `tasks`)

The figures stand in `prices.toml`, each with its date and source. Comparing is subtracting:
`total(fixed.bill) - total(scaled.bill)`, or, without a second run, six machines for a day are
`charge("m5.large", 6 * 24)`.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation
from difflib import get_close_matches
from math import ceil, fsum
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked, takes
from cloudlab.kernel.measures import outcomes
from cloudlab.kernel.record import Line, Record, Series
from cloudlab.pricing.functions import MB_MS, PER_UNIT, function_events
from cloudlab.pricing.messages import Size, amount_at, in_all, in_units, message_events, so_far
from cloudlab.pricing.prices import MOST, Price, complete
from cloudlab.pricing.tasks import fargate_tasks, fargate_used

HOUR = 3600
"""Seconds."""

SHORT = 600
"""Seconds of a run in which the running cost of functions is read each second."""


@checked()
def bill(
    record: Record,
    *,
    response_bytes: Annotated[int, Limit(0, 1_000_000_000, "bytes", label="Size of a response")] = 10_000,
    rules: Annotated[int, Limit(0, 1000, "rules", label="Rules of the listener")] = 1,
    message_bytes: Size = 1000,
    prices: dict[str, Price] | None = None,
) -> Record:
    """Write the bill of a run into its record, up to the end of the run, and return the record.

    `record.bill` gets the lines, and the part 'bill' a series 'Cost' (see `write_bill`). Simplified: each
    request is one new connection, open until its answer, counts `response_bytes` whatever became of it,
    and belongs to the hour of the balancer's life in which it came. The capacity used in an hour is
    read, and enters 'Cost', when that hour ends. A message that a stream sent holds `message_bytes`, and so does an
    event for a function. Raises InvalidParameter for an unknown type.
    """
    prices = complete(prices)
    used = _use(record, response_bytes, rules, prices)
    messages = so_far(message_events(record, message_bytes, prices), record.end)
    functions = so_far(function_events(record, message_bytes, prices), record.end)

    def used_by(until: Decimal) -> dict[str, Decimal]:
        time = float(until)
        sent = {name: amount_at(one, time) for name, one in messages.items()}
        ran = {name: amount_at(one, time) for name, one in functions.items()}
        return used(until, sent, ran)

    def cost(until: Decimal) -> Decimal:
        return sum((prices[name].value * quantity for name, quantity in used_by(until).items()), Decimal(0))

    lines = [charge(name, quantity, prices) for name, quantity in used_by(_seconds(record.end)).items()]
    return write_bill(record, lines, cost)


@checked()
def charges(
    record: Record,
    *,
    response_bytes: Annotated[int, Limit(0, 1_000_000_000, "bytes", label="Size of a response")] = 10_000,
    rules: Annotated[int, Limit(0, 1000, "rules", label="Rules of the listener")] = 1,
    message_bytes: Size = 1000,
    prices: dict[str, Price] | None = None,
) -> list[Line]:
    """The lines that `bill` writes, without the cost over time and without a word in the record.

    For many runs that are priced where nobody sees how their cost grew, as in a check: it is quicker.
    """
    prices = complete(prices)
    sent = in_all(message_events(record, message_bytes, prices, whole=True), record.end)
    ran = in_all(function_events(record, message_bytes, prices), record.end)
    found = _use(record, response_bytes, rules, prices)(_seconds(record.end), sent, ran)
    return [charge(name, quantity, prices) for name, quantity in found.items()]


def _use(record: Record, response_bytes: int, rules: int, prices: dict[str, Price]) -> Callable:
    """A function that tells how much of each price was used by a moment (s), given what was sent and what ran."""
    hosts = [part for part in record.parts_of("host") if "instance_type" in record.parts[part].attributes]
    machines = [_machine(record, part, prices) for part in [*record.parts_of("instance"), *hosts]]
    tasks = fargate_tasks(record)
    balancers = [_life(record, part) for part in record.parts_of("balancer")]
    readings = [
        reading
        for part in record.parts_of("balancer")
        for reading in _capacity_used(record, part, response_bytes, rules, prices)
    ]

    def used(until: Decimal, sent: dict[str, int], ran: dict[str, int]) -> dict[str, Decimal]:
        found = {name: in_units(name, amount, prices) for name, amount in sent.items()}
        found |= {name: Decimal(ran[name]) / PER_UNIT.get(name, MB_MS) for name in prices if name in ran}
        found = {name: quantity for name, quantity in found.items() if quantity}
        found |= fargate_used(tasks, until, prices)
        return _used(machines, balancers, readings, until, prices) | found

    return used


@checked()
def write_bill(
    record: Record, lines: list[Line] | tuple[Line, ...], cost: Callable[[Decimal], Decimal]
) -> Record:
    """Write these lines and the running cost into the record, in place of any before, and return the record.

    `cost` gives the dollars up to a moment (s), not rounded. The part 'bill' gets them as the series 'Cost':
    a reading a minute (more rarely in a run longer than a day; of functions, whose calls are paid for in
    milliseconds, a reading a second in one of up to ten minutes), without those that lie between two like them,
    so that a straight line from one to the next is right. Raises InvalidParameter for what are no lines.
    """
    lines = list(lines) if isinstance(lines, (list, tuple)) else [lines]
    for line in lines:
        if not isinstance(line, Line):
            raise InvalidParameter(f"lines holds {line!r:.60}, but must be a list of lines of a bill.")
    if not takes(cost, 1):
        raise InvalidParameter(f"cost is {cost!r:.60}, but must be a function of a moment in seconds.")
    short = record.functions and record.end <= SHORT
    step = 1 if short else 60 * max(1, ceil(record.end / 86_400))
    moments = [*range(0, ceil(record.end), step), record.end]
    costs = [float(_number("what cost returned", cost(_seconds(time)), "dollars")) for time in moments]
    part = next(iter(record.parts_of("bill")), None)
    part = record.add_part("bill", "bill") if part is None else part
    told = zip(moments, costs, [None, *costs], [*costs[1:], costs[-1]], strict=False)
    kept = [(time, now) for time, now, before, after in told if not before == now == after]
    record.series[part, "Cost"] = Series(*(array("d", column) for column in zip(*kept, strict=True)))
    record.bill = lines
    return record


@checked()
def charge(name: str, quantity, prices: dict[str, Price] | None = None) -> Line:
    """The line of a bill for `quantity` units of the price called `name`, such as 'm5.large'.

    >>> charge("m5.large", 730).amount
    Decimal('70.08')
    """
    prices = complete(prices)
    names = [known for known, price in prices.items() if price.item]
    if name not in names:
        near = get_close_matches(str(name), names) or ["m5.large"]
        rule = f"must be the name of a price, such as {', '.join(near)}: price_list() holds all"
        raise InvalidParameter(f"name is {name!r:.60}, but {rule}.")
    price = prices[name]
    quantity = _number("quantity", quantity, f"{price.unit}s")
    return Line(price.item, quantity, f"{price.unit}s", price.value, _rounded(quantity * price.value))


@checked()
def lcu_dimensions(
    *,
    new_connections=0,
    active_connections=0,
    gigabytes=0,
    requests=0,
    rules=0,
    prices: dict[str, Price] | None = None,
) -> dict[str, Decimal]:
    """The four dimensions of a balancer's load, each in LCUs; the largest is charged (PR-20).

    New connections a second, connections open at a time, GB an hour, requests a second, rules.

    >>> load = lcu_dimensions(new_connections=1, active_connections=120, gigabytes=1.08, requests=5, rules=60)
    >>> max(load, key=load.get), load["gigabytes"]
    ('gigabytes', Decimal('1.08'))
    """
    prices = complete(prices)
    counted_rules = max(Decimal(0), _number("rules", rules, "rules") - prices["lcu-free-rules"].value)
    load = {
        "new connections": _number("new_connections", new_connections, "connections/s"),
        "active connections": _number("active_connections", active_connections, "connections"),
        "gigabytes": _number("gigabytes", gigabytes, "GB/h"),
        "rule evaluations": _number("requests", requests, "requests/s") * counted_rules,
    }
    return {name: value / prices["lcu-" + name.replace(" ", "-")].value for name, value in load.items()}


@checked()
def total(lines: list[Line] | tuple[Line, ...]) -> Decimal:
    """The sum of a bill in dollars: that of its rounded lines."""
    if not all(isinstance(line, Line) for line in lines):
        raise InvalidParameter(f"lines is {lines!r:.60}, but must be a list of lines of a bill.")
    return sum((line.amount for line in lines), Decimal(0))


@checked()
def cost_per_thousand(record: Record) -> Decimal:
    """Dollars for a thousand requests that were answered well, from the bill before rounding.

    NaN when there was none. Raises InvalidParameter for a record without a bill.
    """
    if not record.parts_of("bill"):
        raise InvalidParameter("record has no bill yet: call bill(record) first.")
    answered = outcomes(record).answered
    exact = sum((line.quantity * line.unit_price for line in record.bill), Decimal(0))
    return exact * 1000 / answered if answered else Decimal("NaN")


@checked()
def dollars(amount: Decimal | float, places: Annotated[int, Limit(0, 12, "places")] = 2) -> str:
    """Money as text, rounded half up: '$0.04', '$1,249.50', '-$0.04'; '—' for NaN."""
    try:
        amount = Decimal(str(amount))
    except InvalidOperation as error:
        raise InvalidParameter(f"amount is {amount!r:.60}, but must be a number of dollars.") from error
    if amount.is_nan():
        return "—"
    if abs(amount) > MOST:
        raise InvalidParameter(f"amount is {amount!r:.60}, but must be at most {MOST} dollars.")
    rounded = _rounded(amount, places)
    return f"{'-' if rounded < 0 else ''}${abs(rounded):,}"


def _machine(record: Record, part: int, prices: dict[str, Price]) -> tuple[str, Decimal, Decimal]:
    """(type, launch, end) of an instance, or of a host."""
    kind = record.parts[part].attributes["instance_type"]
    types = [name for name, price in prices.items() if price.vcpu is not None]
    if kind not in types:
        known = ", ".join(types)
        raise InvalidParameter(f"instance_type is {kind!r}, but must be one of {known}, which have prices.")
    born, gone = _life(record, part)
    if record.parts[part].kind == "host":  # a lost one is there for all to see, and costs nothing more
        gone = min(
            [
                gone,
                *(_seconds(one.time) for one in record.states if (one.part, one.state) == (part, "killed")),
            ]
        )
    return kind, born, gone


def _life(record: Record, part: int) -> tuple[Decimal, Decimal]:
    return _seconds(record.parts[part].born), _seconds(record.parts[part].gone)


def _used(machines, balancers, readings, until: Decimal, prices: dict[str, Price]) -> dict[str, Decimal]:
    """How much of what was used before `until` (s): price name → quantity, in the order of the list."""
    seconds: defaultdict[str, Decimal] = defaultdict(Decimal)
    for kind, born, gone in machines:
        if born < until:
            seconds[kind] += max(prices["ec2-minimum"].value, min(gone, until) - born)
    used = defaultdict(Decimal, {name: sum_of / HOUR for name, sum_of in seconds.items()})
    for born, gone in balancers:
        if born < until:
            used["alb-hour"] += ((min(gone, until) - born) / HOUR).to_integral_value(ROUND_CEILING)
    used["lcu-hour"] += sum(lcus for time, lcus in readings if time <= until)
    return {name: used[name] for name in prices if used.get(name)}


def _capacity_used(record: Record, balancer: int, response_bytes: int, rules: int, prices):
    """(end of the hour in s, LCU-hours) for each hour of a balancer's life.

    An LCU-hour is a whole hour of one LCU, so a begun hour is spread over 3,600 s too. Our choice: 'partial hours
    are billed as full' could also mean that a begun hour costs its own LCUs for a whole one, which is more.
    """
    requests, born = record.requests, record.parts[balancer].born
    links = {index for index, (_, to) in enumerate(record.links) if to == balancer}
    for hour in range(ceil((record.end - born) / HOUR)):
        start, end = born + hour * HOUR, min(born + (hour + 1) * HOUR, record.end)
        first, last = bisect_left(requests.arrived, start), bisect_left(requests.arrived, end)
        columns = [column[first:last] for column in (requests.arrived, requests.answered, requests.client)]
        count = sum(client in links for client in columns[-1])
        rows = zip(*columns, strict=True)
        open_for = fsum(
            min(ended, record.end) - arrived for arrived, ended, client in rows if client in links
        )
        load = lcu_dimensions(
            new_connections=Decimal(count) / HOUR,
            active_connections=_seconds(open_for) / HOUR,
            gigabytes=Decimal(count * response_bytes) / 10**9,
            requests=Decimal(count) / HOUR,
            rules=rules,
            prices=prices,
        )
        yield _seconds(end), max(load.values())


def _rounded(amount: Decimal, places: int = 2) -> Decimal:
    """Half up. To 15 places first, because a third of an hour is no exact decimal either."""
    return amount.quantize(Decimal("1e-15")).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _seconds(time: float) -> Decimal:
    """A time of the record, exact to the microsecond."""
    return Decimal(str(round(time, 6)))


def _number(name: str, value, unit: str) -> Decimal:
    """`value` as a decimal: 1.08 becomes 1.08, not the float beside it."""
    number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    exact = Decimal(str(value)) if number else Decimal("NaN")
    if exact.is_nan() or not 0 <= exact <= MOST:
        shown = (
            f"{value:.10g}" if isinstance(value, float) else f"{value!s:.60}" if number else f"{value!r:.60}"
        )
        raise InvalidParameter(f"{name} is {shown} {unit}, but must be a number between 0 and {MOST}.")
    return exact
