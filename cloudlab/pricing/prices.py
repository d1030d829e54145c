"""The list of prices: what an hour, a request or a GB costs, each with its date and source.

A list of your own is a file that is written like `prices.toml`. Read `price_list` first. A price holds from one day to
another: `prices_on` gives the list as it was on a day.

Numbers such as FN-11 are facts of the provider: docs/facts.md lists them with their sources.
"""

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from cloudlab.kernel.limits import InvalidParameter, checked

OWN = Path(__file__).with_name("prices.toml")
EARLIER = Path(__file__).with_name("earlier.toml")

MOST = 1_000_000_000_000
"""The largest quantity on a line; beyond it the 28 digits of a decimal no longer reach to a cent."""


@dataclass(frozen=True)
class Price:
    """A table of `prices.toml`: a price in dollars, or a figure of a rule of counting (no `item`)."""

    value: Decimal
    unit: str
    region: str
    as_of: str
    source: str
    item: str = ""
    vcpu: Decimal | None = None
    memory_gib: Decimal | None = None


FIELDS = [field.name for field in fields(Price)]
NEEDED = FIELDS[: FIELDS.index("item")]
NUMBERS = ("value", "vcpu", "memory_gib")


@checked()
def price_list(path: str | Path | None = None) -> dict[str, Price]:
    """All prices and rules by name, from the course's own file or one that is written like it.

    Raises InvalidParameter, which names a file that can't be read, or the table in it that is wrong.
    """
    path = OWN if path is None else Path(path)
    return {
        name: _price(f"path is {str(path)!r:.200}, but its table {name!r:.60}", table)
        for name, table in _tables(path).items()
    }


@checked()
def prices_on(day: str | date) -> dict[str, Price]:
    """The course's own list as it was on a day, '2025-07-31' or a date, where it is known to have been another.

    Before 2025-08-01 the INIT of most functions cost nothing (FN-11). Raises InvalidParameter for what is no day.

    >>> prices_on("2025-07-31")["lambda-init"].value, prices_on("2025-08-01")["lambda-init"].value
    (Decimal('0'), Decimal('1'))
    """
    try:
        when = day if isinstance(day, date) else date.fromisoformat(day)
    except ValueError as error:
        raise InvalidParameter(f"day is {day!r:.60}, but must be a day such as '2025-07-31'.") from error
    prices = complete(None)
    for name, table in _tables(EARLIER).items():
        if f"{when:%Y-%m-%d}" < table.pop("until"):
            prices[name] = _price(f"the table {name!r} of {EARLIER.name}", table)
    return prices


def _tables(path: Path) -> dict:
    """The tables of a file in TOML. Raises InvalidParameter for one that can't be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        rule = "must be a file of prices in TOML that can be read"
        raise InvalidParameter(f"path is {str(path)!r:.200}, but {rule}.") from error


def complete(prices: dict[str, Price] | None) -> dict[str, Price]:
    """These prices, or the course's own. Raises InvalidParameter where one that a bill needs is missing."""
    own = _own()
    if prices is None:
        return dict(own)
    for name in own:
        if not isinstance(prices.get(name), Price):
            rule = "must hold a Price for each name of the course's own list (see price_list)"
            raise InvalidParameter(f"prices has {prices.get(name)!r:.60} for {name!r}, but {rule}.")
    return prices


@cache
def _own() -> dict[str, Price]:
    return price_list()


def _price(where: str, table) -> Price:
    """One table of a file of prices. Raises InvalidParameter, which says `where` it is wrong."""
    if not isinstance(table, dict) or not set(NEEDED) <= set(table) <= set(FIELDS):
        more = ", ".join(name for name in FIELDS if name not in NEEDED)
        raise InvalidParameter(f"{where} must have {', '.join(NEEDED)}, and perhaps {more}.")
    for key, value in table.items():
        if not isinstance(value, str):
            raise InvalidParameter(
                f"{where} has {value!r:.60} as {key}, but must have a text, between quotes."
            )
    try:
        figures = {key: Decimal(table[key]) for key in NUMBERS if key in table}
    except InvalidOperation:
        figures = {"value": Decimal("NaN")}
    if not all(figure.is_finite() and 0 <= figure <= MOST for figure in figures.values()):
        raise InvalidParameter(f"{where} must have numbers from 0 to {MOST} as {', '.join(figures)}.")
    return Price(**(table | figures))
