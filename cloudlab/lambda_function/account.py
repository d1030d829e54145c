"""An account in one region: its functions share the calls that may run at once. Read `Account.bring` first.

So what begins at them begins in order of time. At one moment: events, function by function, those that are tried
again first; then mapped queues go on, one after the other; requests come last, as customers hand them over.

Numbers such as FN-14 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterable, Iterator
from math import inf, nextafter
from typing import Annotated, Protocol

from cloudlab.kernel.contracts import Stage
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.world import World
from cloudlab.lambda_function.asynchronous import EventQueue
from cloudlab.lambda_function.errors import InvalidParameterValueException
from cloudlab.lambda_function.fleet import Call, Fleet

UNRESERVED = 100
"""So many must stay for the functions that have none reserved (FN-16)."""


class Member(Stage, Protocol):
    """A function, as its account sees it."""

    name: str
    world: World
    fleet: Fleet
    events: EventQueue
    reserved: int | None

    def limit_changed(self) -> None:
        """Another number of its calls may run at once now."""


class Mapped(Stage, Protocol):
    """A queue from which messages are pulled for a function of this account."""

    def go_on(self, before: float) -> None:
        """Let all happen at the queue itself that comes before that moment (s)."""

    def take_in(self, before: float) -> None:
        """What comes before that moment (s) stands in its table."""


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
        self.queues: list[Mapped] = []
        self._goes_on = False
        self._ways = -1
        self._before: list[Stage] = []
        self._behind: list[Stage] = []
        self._alone = False

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
        self._ways = -1
        self.share_out()

    def pull(self, queue: Mapped) -> None:
        """Messages are pulled from this queue."""
        if queue not in self.queues:
            self.queues.append(queue)
            self._ways = -1

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
            if one.reserved is not None:
                one.fleet.share(one.reserved, reserved=True, others=None)
            else:
                others = [other.fleet for other in common if other is not one]
                one.fleet.share(self.unreserved, reserved=False, others=_sum_of(others) if others else None)
            one.limit_changed()

    # What begins when

    def bring(self, before: float) -> None:
        """Let all events and batches begin that come before a moment (s), in order of time."""
        if self._goes_on:
            return
        self._look_round()
        self._goes_on = True
        try:
            for stage in self._before:
                stage.advance(before)
            if self._alone:
                self._bring_one(before)
            else:
                self._bring_all(before)
        finally:
            self._goes_on = False

    def between(self, calls: Iterable[Call], last: float, *, merged: bool) -> Iterable[Call]:
        """These calls of one function, up to `last` (s); before each all else begins that does so by then.

        All other requests up to `last` came already: so where the function is alone, what comes before it goes on at
        once, and its events may stand among the calls (`merged`). Both save many small steps.
        """
        self._look_round()
        if not self._alone:
            return self._with_all(calls)
        after = nextafter(last, inf)
        for stage in self._before:
            stage.advance(after)
        (function,) = self.functions
        function.events.take_in(after)
        for queue in self.queues:
            queue.take_in(after)
        if self.queues or not merged:
            return self._with_one(calls)
        return calls if function.events.next_time() > last else function.events.attempts(-inf, calls)

    def _with_all(self, calls: Iterable[Call]) -> Iterator[Call]:
        for call in calls:
            self.bring(nextafter(call[2], inf))
            yield call

    def _with_one(self, calls: Iterable[Call]) -> Iterator[Call]:
        events, due = self.functions[0].events, -inf
        for call in calls:
            if due <= call[2]:
                self._bring_one(nextafter(call[2], inf))
                due = min((events.next_time(), *(queue.next_time() for queue in self.queues)))
            yield call

    def _bring_one(self, before: float) -> None:
        """At one function with one queue at most: events, and between them what happens at the queue."""
        (function,) = self.functions
        events = function.events
        events.take_in(before)
        while True:
            due = min(events.next_time(), before)
            for queue in self.queues:
                queue.go_on(due)
            if due == before:
                return
            events.go_on(due if self.queues else nextafter(before, 0.0))

    def _bring_all(self, before: float) -> None:
        """Moment by moment: what is on its way, events, function by function, what leaves them, queue by queue."""
        every: list[Stage] = [*self._behind, *self.functions, *self.queues]
        while (time := min(stage.next_time() for stage in every)) < before:
            after = nextafter(time, inf)
            for stage in self._behind:
                if stage.next_time() <= time:
                    stage.advance(after)
            for one in self.functions:
                one.events.take_in(after)
                one.events.go_on(time)
            for one in self.functions:
                one.events.hand_on(after)
            for queue in self.queues:
                if queue.next_time() <= time:
                    queue.go_on(after)
        for queue in self.queues:
            queue.go_on(before)

    def _look_round(self) -> None:
        """Which stages come before these functions: some depend on nothing here, some on what happens here."""
        world = self.functions[0].world
        if self._ways == len(world.record.links):
            return
        self._ways = len(world.record.links)
        inside = {stage.part for stage in (*self.functions, *self.queues)}
        outside = [one for one in world.stages_before(*self.functions) if one.part not in inside]
        self._behind = [one for one in outside if any(s.part in inside for s in world.stages_before(one))]
        self._before = [one for one in outside if one not in self._behind]
        self._alone = len(self.functions) == 1 and len(self.queues) <= 1 and not self._behind


def _sum_of(fleets: list[Fleet]):
    return lambda time: sum(fleet.in_use(time) for fleet in fleets)
