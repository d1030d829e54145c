"""What a month of messages costs, after that which is free in each month.

Read `month_of_messages` first. A bill of a run shows list prices, since the free part belongs to an account and its
month; and what a run of some minutes costs is mostly less than a cent.

Numbers such as PR-25 are facts of the provider: docs/facts.md lists them with their sources.
"""

from decimal import Decimal

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Line
from cloudlab.pricing.billing import charge
from cloudlab.pricing.messages import in_units
from cloudlab.pricing.prices import Price, complete


@checked()
def month_of_messages(counts: dict, prices: dict[str, Price] | None = None) -> list[Line]:
    """The lines of a month with so many requests, copies and bytes, as `message_counts` names them.

    What is free in each month is taken off, and very many requests cost less (PR-25). Lines of nothing are left out.

    >>> month_of_messages({"sqs-request": 26_000_000})[0].amount
    Decimal('10.00')
    """
    prices = complete(prices)
    known = [name for name, price in prices.items() if name.startswith(("sqs-", "sns-")) and price.item]
    known = [name for name in known if not name.endswith(("-second", "-third"))]
    lines = []
    for name, count in counts.items():
        if name not in known:
            raise InvalidParameter(f"counts holds {name!r:.60}, but must hold only {', '.join(known)}.")
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise InvalidParameter(
                f"counts[{name!r}] is {count!r:.60}, but must be a whole number of at least 0."
            )
        for step, quantity in _steps(name, in_units(name, count, prices), prices):
            if quantity:
                lines.append(charge(step, quantity, prices))
    return lines


def _steps(name: str, quantity: Decimal, prices: dict[str, Price]) -> list[tuple[str, Decimal]]:
    """A month's quantity, by price: without what is free, and by steps where many cost less."""
    free = prices[f"{name}-free"].value if f"{name}-free" in prices else Decimal(0)
    if f"{name}-second" not in prices:
        return [(name, max(Decimal(0), quantity - free))]
    second, third = (prices[f"{name}-{step}-step"].value for step in ("second", "third"))
    parts = (min(quantity, second) - free, min(quantity, third) - second, quantity - third)
    names = (name, f"{name}-second", f"{name}-third")
    return [(one, max(Decimal(0), part)) for one, part in zip(names, parts, strict=True)]
