"""An account in one region: its functions share the calls that may run at once. Read `Account.bring` first.

So what begins at them begins in order of time. At one moment: events, function by function, those that are tried
again first; then mapped queues go on, one after the other; requests come last, as customers hand them over.

Numbers such as FN-14 are facts of the provider: docs/facts.md lists them with their sources.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
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


Serve = Callable[[Iterable[Call]], None]
"""Makes calls of a function, in order of time."""


class Asked:
    """Requests for one function, at these `times` (s), that `serve` makes calls of when their time has come."""

    def __init__(self, calls: Iterator[Call], times: Sequence[float], serve: Serve):
        self._calls, self._times, self._serve = calls, times, serve
        self._next = 0

    def before(self, time: float) -> bool:
        """Serve those that came before that moment (s); says whether these were the last."""
        times, first = self._times, self._next
        if times[first] < time:
            self._next = bisect_left(times, time, first)
            self._serve(islice(self._calls, self._next - first))
        return self._next == len(times)


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
        self.asked: Asked | None = None
        """Requests that are not served yet, while what comes between them begins."""

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

    def serve(self, calls: Iterator[Call], times: Sequence[float], serve: Serve, *, merged: bool) -> None:
        """Let `serve` make these calls of one function, at these times (s); before each all else begins that is due.

        All other requests up to the last of them came already: so where the function is alone, what comes before it
        goes on at once. Its events may stand among the calls (`merged`); else each batch and event has those calls
        made that come before it. All of it saves many small steps.
        """
        self._look_round()
        if not self._alone:
            serve(self._with_all(calls))
            return
        after = nextafter(times[-1], inf)
        for stage in self._before:
            stage.advance(after)
        (function,) = self.functions
        function.events.take_in(after)
        if self.queues or not merged:
            self.asked = Asked(calls, times, serve)
            self._bring_one(after)
            self.catch_up(inf)
        elif function.events.next_time() > times[-1]:
            serve(calls)
        else:
            serve(function.events.attempts(-inf, calls))

    def catch_up(self, time: float) -> None:
        """A batch or an event begins at `time` (s): the requests that came before are served first."""
        if self.asked is not None and self.asked.before(time):
            self.asked = None

    def _with_all(self, calls: Iterable[Call]) -> Iterator[Call]:
        for call in calls:
            self.bring(nextafter(call[2], inf))
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
            self.catch_up(due)
            events.go_on(due if self.queues or self.asked else nextafter(before, 0.0))

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
