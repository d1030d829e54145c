"""The part of a traffic that a lesson plays: at most a day. What that leaves out is said in words."""

from math import inf

from cloudlab.traffic.recorded import Recorded, long
from cloudlab.traffic.shapes import DAY


def known_work(traffic, otherwise: float) -> float:
    """The mean work (s) of the requests where a file tells it, as far as `Customers` take it; else `otherwise`."""
    known = getattr(traffic, "mean_work", None)
    return otherwise if known is None else min(3600.0, max(0.0001, known))


def lesson_day(traffic) -> tuple[float, str]:
    """(seconds that a lesson plays, a sentence about what it leaves out, or '').

    A shape goes on for ever, so nothing of it is left out.
    """
    length = min(traffic.duration, DAY)
    if traffic.duration in (length, inf):
        return length, ""
    everything, played = (round(traffic.count(0.0, end)) for end in (traffic.duration, length))
    told = f"{played:,} of {everything:,} requests"
    if not isinstance(traffic, Recorded):
        return length, f"Of the traffic's {long(traffic.duration)} this run plays the first day: {told}."
    start, end, last = (
        f"{traffic.moment(time):%Y-%m-%d %H:%M:%S}".removesuffix(":00")
        for time in (0.0, DAY, traffic.duration)
    )
    return length, (
        f"Of the traffic's {long(traffic.duration)} this run plays the first day, {start} to {end}: {told}. The rest, "
        f"to {last}, is left out; since='{end}' and until, where the file is read, choose another part."
    )
