"""Short messages: how many segments a text takes, and what that costs, by country.

Read `segments` first. A segment is 140 bytes. With the letters of the GSM alphabet, 7 bits each, it holds 160 of
them; one letter that isn't there, as ł or 😀, makes the whole text UCS-2, and a segment holds 70. Each segment is
billed, and the price depends on the country: `countries.toml` is a table of examples, not of prices.

Numbers such as SNS-18 are facts of the provider: docs/facts.md lists them with their sources.
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from cloudlab.kernel.limits import InvalidParameter, checked

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The letters of 7 bits."""

TWICE = set("^{}\\[~]|€\f")
"""Letters of the GSM alphabet that take two places."""

LONGEST = 1600
"""Characters of a short message at most (SNS-18)."""

GSM_PLACES, UCS2_PLACES = 160, 70
"""What a segment of 140 bytes holds (SNS-18)."""

FILE = Path(__file__).with_name("countries.toml")


@dataclass(frozen=True)
class Country:
    """An example: whether short messages reach a country, and what a segment costs (dollars)."""

    name: str
    available: bool
    price: Decimal | None
    as_of: str
    source: str


@cache
def countries() -> dict[str, Country]:
    """The table of examples, by the country's code."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        code: Country(
            one["name"],
            one["available"],
            Decimal(one["price"]) if "price" in one else None,
            one["as_of"],
            one["source"],
        )
        for code, one in tables.items()
    }


@checked()
def segments(text: str) -> list[str]:
    """The segments in which a text is sent (SNS-18). Raises InvalidParameter where it is too long."""
    if len(text) > LONGEST:
        rule = f"must be at most {LONGEST} characters"
        raise InvalidParameter(f"text has {len(text)} characters, but a short message {rule}.")
    plain = all(one in GSM or one in TWICE for one in text)
    places = GSM_PLACES if plain else UCS2_PLACES
    found, room = [""], places
    for one in text:
        width = (2 if one in TWICE else 1) if plain else (2 if ord(one) > 0xFFFF else 1)
        if width > room:
            found.append("")
            room = places
        found[-1] += one
        room -= width
    return found


@checked()
def cost(text: str, country: str) -> Decimal:
    """What a text costs (dollars) in the table of examples: each segment is billed (SNS-18).

    Raises InvalidParameter where the table has no such country, or short messages don't reach it.
    """
    known = countries()
    if country not in known:
        raise InvalidParameter(f"country is {country!r:.60}, but must be one of {', '.join(known)}.")
    one = known[country]
    if not one.available or one.price is None:
        raise InvalidParameter(f"country is {country!r}, but short messages don't reach {one.name} here.")
    return one.price * len(segments(text))
