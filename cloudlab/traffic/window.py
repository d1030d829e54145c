"""The time that is taken of a file: from `since` up to `until`, in whole microseconds after 1970."""

from datetime import UTC, datetime, timedelta, tzinfo
from math import inf

from cloudlab.kernel.limits import InvalidParameter

SECOND = 1_000_000
"""Microseconds in a second: recorded moments are whole microseconds."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Window:
    """The time from `since` up to, but without, `until`: texts such as '2026-11-02 10:00', datetimes or None.

    A time without a zone is meant in the zone of the file. Raises InvalidParameter for what is no
    time, and when the window is empty.
    """

    def __init__(self, since: str | datetime | None, until: str | datetime | None):
        self.since, self.until = _time("since", since), _time("until", until)

    def bounds(self, zone: tzinfo) -> tuple[float, float]:
        """(since, until) in microseconds after 1970, for a file in `zone`; infinite where not given."""
        low = -inf if self.since is None else ticks(self.since, zone)
        high = inf if self.until is None else ticks(self.until, zone)
        if low >= high:
            raise InvalidParameter(f"since is '{self.since}', but must lie before until ('{self.until}').")
        return low, high

    def empty(self, first: int, last: int, zone: tzinfo) -> InvalidParameter:
        """The error for a window in which nothing came, though the file goes from `first` to `last` (µs)."""
        given = " and ".join(f"{name} is '{value}'" for name, value in vars(self).items() if value)
        span = f"{shown(first, zone)} to {shown(last, zone)}"
        return InvalidParameter(f"{given}, but no request came then: the file goes from {span}.")


def ticks(moment: datetime, zone: tzinfo) -> int:
    """Microseconds after 1970; a `moment` without a zone is meant in `zone`."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(tick: int, zone: tzinfo) -> datetime:
    """The datetime of `tick` microseconds after 1970, as a clock in `zone` shows it."""
    return (EPOCH + timedelta(microseconds=tick)).astimezone(zone)


def shown(tick: int, zone: tzinfo) -> str:
    """`tick` (µs after 1970) as it is written: '2026-11-02 10:00:00'."""
    return f"{moment(tick, zone):%Y-%m-%d %H:%M:%S}"


def _time(name: str, value) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value.strip().replace("/", "-"))
    except (ValueError, AttributeError):
        raise InvalidParameter(
            f"{name} is {value!r}, but must be a time such as '2026-11-02 10:00'."
        ) from None
