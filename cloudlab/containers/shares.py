"""How containers on one host share its CPU. Read `cpu_shares` first.

A share is no limit: who has little to do lends the rest, and those who could use it get it in proportion to their
shares, as water finds its level. Only where all are busy does each get just its own part. Memory isn't lent so: there
the limit is hard, and over it a container is killed (`host.Host.run_container`).

Numbers such as CT-6 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from typing import Annotated

from cloudlab.containers.errors import InvalidParameterException
from cloudlab.kernel.limits import Limit, checked

UNITS = 1024
"""CPU units of one vCPU (CT-6)."""

LEAST, MOST = 2, 448 * UNITS
"""Units that a container may have: 448 vCPU at most."""


@checked(InvalidParameterException)
def cpu_shares(
    units: Mapping, wants: Mapping | None = None, *, vcpus: Annotated[float, Limit(0.25, 448, "vCPU")] = 1.0
) -> dict[str, float]:
    """The vCPU that each container gets: `units` are its CPU units {name: units}, `wants` what it could use (vCPU).

    Who is missing in `wants` could use all. What one leaves is lent to the others in proportion to their units (CT-6).
    """
    shares = {str(name): Fraction(_units(name, value)) for name, value in units.items()}
    wished = {str(name): Fraction(_want(name, value, shares)) for name, value in (wants or {}).items()}
    given: dict[str, Fraction] = {}
    left = Fraction(vcpus)
    open_ones = dict(shares)
    while open_ones:
        whole = sum(open_ones.values())
        content = [
            name for name, own in open_ones.items() if wished.get(name, left + 1) <= left * own / whole
        ]
        if not content:
            given |= {name: left * own / whole for name, own in open_ones.items()}
            break
        for name in content:
            given[name] = wished[name]
            left -= wished[name]
            del open_ones[name]
    return {name: float(given[name]) for name in shares}


def _units(name, value) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not LEAST <= value <= MOST:
        rule = f"must be a whole number between {LEAST} and {MOST} CPU units ({UNITS} are one vCPU)"
        raise InvalidParameterException(f"units[{name!r:.60}] is {value!r:.60}, but {rule}.")
    return value


def _want(name, value, shares: Mapping) -> float:
    if str(name) not in shares:
        rule = f"must name one of the containers, {', '.join(shares) or 'of which there is none'}"
        raise InvalidParameterException(f"wants names {name!r:.60}, but {rule}.")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not isfinite(value) or value < 0:
        rule = "must be a number of at least 0 vCPU"
        raise InvalidParameterException(f"wants[{name!r:.60}] is {value!r:.60}, but {rule}.")
    return value
