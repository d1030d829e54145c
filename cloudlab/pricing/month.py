"""What a month costs, after that which is free in each month: of messages, and of functions.

Read `month_of_messages` first. A bill of a run shows list prices, since the free part belongs to an account and its
month; and what a run of some minutes costs is mostly less than a cent.

Numbers such as PR-25 are facts of the provider: docs/facts.md lists them with their sources.
"""

from decimal import Decimal

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Line
from cloudlab.pricing.billing import charge
from cloudlab.pricing.functions import PER_UNIT
from cloudlab.pricing.messages import in_units
from cloudlab.pricing.prices import MOST, Price, complete

FREE = ("lambda-duration", "lambda-arm-duration")
"""What shares the free GB-seconds of a month, the dearer first: our choice, the provider doesn't say."""


@checked()
def month_of_messages(counts: dict, prices: dict[str, Price] | None = None) -> list[Line]:
    """The lines of a month with so many requests, copies and bytes, as `message_counts` names them.

    What is free in each month is taken off, and very many requests cost less (PR-25). Lines of nothing are left out.

    >>> month_of_messages({"sqs-request": 26_000_000})[0].amount
    Decimal('10.00')
    """
    prices = complete(prices)
    lines = []
    for name, count in counts.items():
        _known(name, ("sqs-", "sns-"), prices)
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise InvalidParameter(
                f"counts[{name!r}] is {count!r:.60}, but must be a whole number of at least 0."
            )
        quantity = in_units(name, count, prices)
        lines += _lines(name, quantity, _free(name, prices), prices)
    return lines


@checked()
def month_of_functions(
    counts: dict, *, free_tier: bool = True, prices: dict[str, Price] | None = None
) -> list[Line]:
    """The lines of a month with so many requests and GB-seconds, as `function_counts` names them.

    With the free tier a million requests and 400,000 GB-seconds on demand cost nothing (PR-4); very many GB-seconds
    cost less (PR-2, PR-3). Lines of nothing are left out. The provider's first example (EX-1):

    >>> lines = month_of_functions({"lambda-request": 3_000_000, "lambda-duration": 540_000})
    >>> [str(line.amount) for line in lines]
    ['0.40', '2.33']
    """
    prices = complete(prices)
    lines = []
    left = prices["lambda-duration-free"].value
    for name in sorted(counts, key=lambda name: FREE.index(name) if name in FREE else -1):
        _known(name, ("lambda-",), prices)
        quantity = _quantity(name, counts[name]) / PER_UNIT.get(name, 1)
        free = min(left, quantity) if name in FREE else _free(name, prices)
        left -= free if name in FREE else 0
        lines += _lines(name, quantity, free if free_tier else Decimal(0), prices)
    return lines


def _known(name, kinds: tuple[str, ...], prices: dict[str, Price]) -> None:
    """Raise InvalidParameter for what is no price of these kinds."""
    known = [one for one, price in prices.items() if one.startswith(kinds) and price.item]
    known = [one for one in known if not one.endswith(("-second", "-third"))]
    if name not in known:
        raise InvalidParameter(f"counts holds {name!r:.60}, but must hold only {', '.join(known)}.")


def _quantity(name: str, count) -> Decimal:
    number = isinstance(count, (int, float, Decimal)) and not isinstance(count, bool)
    exact = Decimal(str(count)) if number else Decimal("NaN")
    if exact.is_nan() or not 0 <= exact <= MOST:
        raise InvalidParameter(
            f"counts[{name!r}] is {count!r:.60}, but must be a number between 0 and {MOST}."
        )
    return exact


def _free(name: str, prices: dict[str, Price]) -> Decimal:
    return prices[f"{name}-free"].value if f"{name}-free" in prices else Decimal(0)


def _lines(name: str, quantity: Decimal, free: Decimal, prices: dict[str, Price]) -> list[Line]:
    """A month's quantity, by price: without what is free, and by steps where many cost less."""
    if f"{name}-second" not in prices:
        steps = [(name, quantity - free)]
    else:
        second, third = (prices[f"{name}-{step}-step"].value for step in ("second", "third"))
        parts = (min(quantity, second) - free, min(quantity, third) - second, quantity - third)
        steps = list(zip((name, f"{name}-second", f"{name}-third"), parts, strict=True))
    return [charge(step, part, prices) for step, part in steps if part > 0]
