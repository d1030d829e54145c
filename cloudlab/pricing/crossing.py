"""The crossing point: where a function and a group of servers cost the same.

A server costs its hours, whether anybody calls or not; a function costs its calls. So there is a rate of calls from
which on the servers are cheaper. Read `crossing_point` first: of one rate that holds all day. `crossings` walks
through any traffic, and finds the moments at which one meter overtakes the other.

One instance isn't highly available: with two, in two zones, the rate doubles. Whether the servers can do the work is
another question, which a price doesn't answer. A function is called by its own address, so it needs no balancer.

Numbers such as PR-36 are facts of the provider: docs/facts.md lists them with their sources.
"""

from decimal import Decimal
from typing import Annotated, NamedTuple

from cloudlab.kernel.contracts import Traffic
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.pricing.billing import HOUR, lcu_dimensions
from cloudlab.pricing.functions import MB_MS, Architecture, Memory, named, rounded_ms
from cloudlab.pricing.messages import MILLION
from cloudlab.pricing.prices import Price, complete

Instances = Annotated[int, Limit(1, 1000, "instances", choices=(1, 2), label="Instances")]
Duration = Annotated[float, Limit(0.001, 900, "s", label="Duration of a call")]
Hours = Annotated[float, Limit(1, 8784, "h")]
Bytes = Annotated[int, Limit(0, 1_000_000_000, "bytes", label="Size of a response")]

MONTH = 730
"""Hours, as calculators count them (PR-35)."""


class CrossingPoint(NamedTuple):
    """Where both cost the same. Dollars are those of the hours, exact.

    `rate` (calls/s), `calls` in the hours and `concurrency` (how many run at a time, on average) are infinite where the
    servers are never cheaper. `gb_seconds` is what the duration alone may be for the price of the servers (PR-36).
    """

    servers: Decimal
    per_call: Decimal
    rate: Decimal
    calls: Decimal
    concurrency: Decimal
    gb_seconds: Decimal


class Crossing(NamedTuple):
    """A moment (s) at which one meter overtakes the other: after so many calls, at so many dollars."""

    time: float
    calls: float
    cost: float
    cheaper: str
    """Who is cheaper from then on: 'function' or 'servers'."""


@checked()
def crossing_point(
    *,
    instance_type: str = "m7i.large",
    instances: Instances = 2,
    balancer: bool = True,
    memory_size: Memory = 1024,
    duration: Duration = 0.2,
    architecture: Architecture = "x86_64",
    hours: Hours = MONTH,
    response_bytes: Bytes = 10_000,
    prices: dict[str, Price] | None = None,
) -> CrossingPoint:
    """The rate of calls at which a function with calls of this `duration` costs as much as these servers.

    List prices, without the free tier. With a `balancer` its hours count, and the capacity that the calls use of it.
    Raises InvalidParameter for an `instance_type` without a price. A month of one m7i.large, the duration alone:

    >>> found = crossing_point(instances=1, balancer=False)
    >>> round(found.gb_seconds), round(found.rate, 2), round(crossing_point(balancer=False).rate, 2)
    (4415031, Decimal('7.92'), Decimal('15.85'))
    """
    prices = complete(prices)
    fixed, used = _servers(instance_type, instances, balancer, duration, response_bytes, prices)
    call = _per_call(memory_size, duration, architecture, prices)
    left = HOUR * call - used  # what a call a second costs more with the function, in an hour
    exact = Decimal(str(hours))
    rate = fixed / left if left > 0 else Decimal("Infinity")
    return CrossingPoint(
        servers=fixed * exact,
        per_call=call,
        rate=rate,
        calls=rate * HOUR * exact,
        concurrency=rate * Decimal(str(duration)),
        gb_seconds=fixed * exact / prices[named("duration", architecture)].value,
    )


@checked()
def crossings(
    traffic: Traffic,
    *,
    until: Annotated[float, Limit(60, 31_622_400, "s")] = 86_400,
    instance_type: str = "m7i.large",
    instances: Instances = 2,
    balancer: bool = True,
    memory_size: Memory = 1024,
    duration: Duration = 0.2,
    architecture: Architecture = "x86_64",
    response_bytes: Bytes = 10_000,
    prices: dict[str, Price] | None = None,
) -> list[Crossing]:
    """The moments at which the two running bills of this traffic cross, in order of time; none where one stays ahead.

    The calls are those that are expected, minute by minute, and each hour is spread over itself, so that a begun one
    makes no crossing of its own. The beginning, where both stand at nothing, is none.

    >>> from cloudlab.traffic import step
    >>> [(round(one.time / 3600, 2), one.cheaper) for one in crossings(step(2, jump=20, at=8 * 3600))]
    [(13.86, 'servers')]
    """
    if not fits(traffic, "chunks", "count"):
        raise InvalidParameter(f"traffic is {traffic!r:.60}, but must be a shape such as steady(5).")
    prices = complete(prices)
    fixed, used = _servers(instance_type, instances, balancer, duration, response_bytes, prices)
    hour, call = float(fixed), float(_per_call(memory_size, duration, architecture, prices))
    more = call - float(used) / HOUR
    found: list[Crossing] = []
    time = calls = ahead = 0.0  # `ahead`: by how many dollars the function was dearer when they last differed
    while time < until:
        now = min(time + 60.0, until)
        came = traffic.count(time, now)
        before, after = more * calls - hour * time / HOUR, more * (calls + came) - hour * now / HOUR
        if after * ahead < 0:
            share = before / (before - after)
            cheaper = "servers" if after > 0 else "function"
            crossed = calls + share * came
            found.append(Crossing(time + share * (now - time), crossed, call * crossed, cheaper))
        ahead = after or ahead
        time, calls = now, calls + came
    return found


def _servers(instance_type, instances, balancer, duration, response_bytes, prices) -> tuple[Decimal, Decimal]:
    """What the servers cost in an hour, and what a call a second adds to it by the capacity of the balancer."""
    types = [name for name, price in prices.items() if price.vcpu is not None]
    if instance_type not in types:
        raise InvalidParameter(
            f"instance_type is {instance_type!r:.60}, but must be one of {', '.join(types)}."
        )
    hour = instances * prices[instance_type].value
    if not balancer:
        return hour, Decimal(0)
    return hour + prices["alb-hour"].value, _capacity(duration, response_bytes, prices)


def _capacity(duration: float, response_bytes: int, prices: dict[str, Price]) -> Decimal:
    """What the balancer's capacity for one call a second costs in an hour."""
    load = lcu_dimensions(
        new_connections=1,
        active_connections=duration,
        gigabytes=Decimal(HOUR * response_bytes) / 10**9,
        requests=1,
        prices=prices,
    )
    return max(load.values()) * prices["lcu-hour"].value


def _per_call(memory_size: int, duration: float, architecture: str, prices: dict[str, Price]) -> Decimal:
    """What a call of the function costs: its request, and its duration rounded up."""
    ms = rounded_ms(duration, 0.0, prices)
    gb_seconds = Decimal(memory_size * ms) / MB_MS
    request = prices["lambda-request"].value / MILLION
    return request + gb_seconds * prices[named("duration", architecture)].value
