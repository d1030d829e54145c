"""An account in one region: its functions share the calls that may run at once. Read `Account.bring` first.

Numbers such as FN-14 are facts of the provider: docs/facts.md lists them with their sources.
"""

from typing import Annotated, Protocol

from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.world import World
from cloudlab.lambda_function.errors import InvalidParameterValueException
from cloudlab.lambda_function.fleet import Fleet

UNRESERVED = 100
"""So many must stay for the functions that have none reserved (FN-16)."""


class Member(Protocol):
    """A function, as its account sees it."""

    name: str
    world: World
    fleet: Fleet
    reserved: int | None

    def begin_before(self, before: float) -> None:
        """Let its events and batches begin before that moment (s)."""


class Account:
    """`concurrent_executions` calls may run at once, 1,000 unless the provider raised that (FN-14).

    Functions with reserved concurrency have theirs apart, as a guarantee and as a ceiling (FN-16).
    """

    @checked(InvalidParameterValueException)
    def __init__(
        self,
        *,
        concurrent_executions: Annotated[
            int, Limit(1, 1_000_000, "calls at once", label="Concurrency of the account")
        ] = 1000,
    ):
        self.concurrent_executions = concurrent_executions
        self.functions: list[Member] = []

    @property
    def unreserved(self) -> int:
        """How many calls at once are left for the functions that have none reserved."""
        return self.concurrent_executions - sum(one.reserved or 0 for one in self.functions)

    def check_world(self, world: World) -> None:
        """Raise InvalidParameterValueException where its functions are of another world: their times don't fit."""
        if any(one.world is not world for one in self.functions):
            rule = "must be one for functions of the same world"
            raise InvalidParameterValueException(f"account has functions of another world, but {rule}.")

    def join(self, function: Member) -> None:
        """A new function."""
        self.functions.append(function)
        self.share_out()

    def reserve(self, function: Member, reserved: int) -> None:
        """Raise InvalidParameterValueException unless so many can be set apart for a function (FN-16)."""
        others = sum(one.reserved or 0 for one in self.functions if one is not function)
        most = self.concurrent_executions - others - UNRESERVED
        if reserved > max(most, 0):
            rule = f"must be at most {max(most, 0)}, since {UNRESERVED} must stay unreserved (FN-16)"
            raise InvalidParameterValueException(
                f"reserved_concurrent_executions of {function.name} is {reserved}, but {rule}."
            )

    def share_out(self) -> None:
        """Tell each function how many of its calls may run at once."""
        common = [one for one in self.functions if one.reserved is None]
        for one in self.functions:
            one.fleet.reserved = one.reserved is not None
            one.fleet.limit = self.unreserved if one.reserved is None else one.reserved
            others = [other.fleet for other in common if other is not one]
            one.fleet.others = _sum_of(others) if one.reserved is None and others else None

    def bring(self, before: float) -> None:
        """Let the events and batches of all functions begin that come before a moment (s): in order of time."""
        for one in self.functions:
            one.begin_before(before)


def _sum_of(fleets: list[Fleet]):
    return lambda time: sum(fleet.in_use(time) for fleet in fleets)
