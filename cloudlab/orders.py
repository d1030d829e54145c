"""Orders: a request that was answered well becomes a message, at the moment of its answer.

Read `Orders.advance` first. Customers wait for the page alone; what else an order needs is told to a topic, or left in
a queue, by whoever answered. So an order that the page lost is never told, and one that was told is the page's no more.

An answer is final once it lies in the past: a machine that dies, slows down or is cut off changes only what it has not
answered yet. So requests whose answer is still to come are looked at anew each time, and what they are told as is read
when they are told.
"""

from math import inf
from typing import Any, Protocol

from cloudlab.kernel.contracts import Contact, Paths
from cloudlab.kernel.limits import InvalidParameter, checked, fits
from cloudlab.kernel.orders import OrderTable
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World, microseconds

LOOK = 60.0
"""So far ahead is looked for the next request (s)."""

TICK = 1e-6
"""Seconds between two moments: a request of this one is answered at the next, or later."""


class Asker(Protocol):
    """Whose requests become orders: customers. `client` is the link on which their requests come in."""

    world: World
    to: Contact
    client: int

    def next_time(self, now: float) -> float:
        """When the next request before `now` arrives (s), `inf` when there is none."""


class Bell(Protocol):
    """Where orders are sent to: a queue or a topic."""

    part: int
    world: World

    def advance(self, now: float) -> None:
        """As `contracts.Stage.advance`."""

    def next_time(self) -> float:
        """As `contracts.Stage.next_time`."""

    def deliver(self, times: list[float], paths: Paths) -> None:
        """Take these messages, in order of time (s)."""


class Orders:
    """Tells `to`, a topic or a queue, of each request of `of` that was answered well.

    `by` is the part that tells it: whoever answers the requests unless given. `classes` are those of the requests
    that are orders, all unless given. A message has the class of its request. Raises InvalidParameter.
    """

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        of: Asker,
        to: Bell,
        by=None,
        classes: tuple[str, ...] | list[str] = (),
    ):
        if not fits(of, "client", "next_time", "to", "world"):
            raise InvalidParameter(f"of is {of!r:.60}, but must be customers.")
        if not fits(to, "deliver", "part", "world"):
            raise InvalidParameter(f"to is {to!r:.60}, but must be a queue or a topic.")
        by = of.to if by is None else by
        if not fits(by, "part"):
            raise InvalidParameter(f"by is {by!r:.60}, but must be a part, such as a group or a balancer.")
        for called, part in (("of", of), ("to", to), ("by", by)):
            if getattr(part, "world", world) is not world:
                raise InvalidParameter(
                    f"{called} is a part of another world, but must be of the orders' own."
                )
        if not all(isinstance(path, str) for path in classes):
            raise InvalidParameter(
                f"classes is {classes!r:.60}, but must be a tuple of names of classes of requests."
            )
        self.world, self.name, self.of, self.to = world, name, of, to
        self.part = world.record.add_part(name, "orders", time=world.now)
        world.record.add_link(by.part, self.part)
        world.record.wire(self.part, "orders", by=by.part, to=to.part)
        self.table = world.record.orders[self.part] = OrderTable(of.client, to.part)
        self._classes = {world.record.add_path(path) for path in classes}
        self._seen = len(world.record.requests)
        self._open: list[int] = []
        self._links = -1
        world.add_stage(self)
        self._answers: Any = getattr(of.to, "function", of.to)  # behind an alias stands its function
        if fits(self._answers, "advance", "next_time"):
            world.add_way(
                self._answers, self
            )  # an application, or a function: it goes on before that is told
        world.add_way(self, to)

    def advance(self, now: float) -> None:
        """Tell of all requests that were answered well before `now` (s), in order of their answers.

        Raises InvalidParameter where a function that they call shares the account of the one that answers.
        """
        self._check_accounts()
        rows = self.world.record.requests
        answered, status = rows.answered, rows.status
        self._open += self._new_rows()
        ended = sorted((answered[row], row) for row in self._open if answered[row] < now)
        if not ended:
            return
        self._open = [row for row in self._open if not answered[row] < now]
        good = [(time, row) for time, row in ended if status[row] == Status.OK]
        if good:
            times, told = ([*column] for column in zip(*good, strict=True))
            self.table.told.extend(times)
            self.table.request.extend(told)
            path = rows.path
            self.to.deliver(times, [path[row] for row in told])

    def next_time(self) -> float:
        """The earliest moment at which something may happen here, as far as is known (s)."""
        now, rows = self.world.now, self.world.record.requests
        answered = rows.answered
        coming = self.world.next_request(self.of.to, now + LOOK)
        known = [answered[row] for row in (*self._open, *self._unseen())]
        if (
            inf in known
        ):  # they stand in a line that several servers share: an end of work lets the next one begin
            known += (end for end in rows.finished if end > now)
        return max(min((coming, self._inside(), *known)), microseconds(now + TICK))

    def _check_accounts(self) -> None:
        """What begins in one account begins in order of time; here one call would depend on the end of another."""
        world = self.world
        if self._links == len(world.record.links):
            return
        self._links = len(world.record.links)
        answers = self._answers
        for function in getattr(getattr(answers, "account", None), "functions", ()):
            if function is not answers and self in world.stages_before(function):
                rule = "must have an account of its own, since it is called for orders"
                raise InvalidParameter(f"{function.name} shares an account with {answers.name}, but {rule}.")

    def _inside(self) -> float:
        """The earliest moment (s) at which something may happen in an application that answers the requests."""
        return self._answers.next_time() if fits(self._answers, "next_time") else inf

    def _unseen(self) -> range:
        return range(self._seen, len(self.world.record.requests))

    def _new_rows(self) -> list[int]:
        """The requests that came since the last look, those of others left out."""
        new, rows = self._unseen(), self.world.record.requests
        self._seen = new.stop
        client, mine = rows.client, self.of.client
        if self._classes:
            path = rows.path
            return [row for row in new if client[row] == mine and path[row] in self._classes]
        return [row for row in new if client[row] == mine]
