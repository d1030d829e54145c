"""What parts expect of each other, as protocols: whoever has these names fits, whatever its class is.

Read `Contact` first: it is all that customers know of a balancer, an instance, or what you write yourself.
A protocol is not inherited from; a class fits when it has the names. `tests/test_contracts.py` builds one of
each from exactly what stands here, and runs them. Names of callbacks say what has happened.

    Caller          who sends requests         traffic.Customers
    Contact         whom it sends them to      an instance, a balancer, a desk
    Traffic         when requests come         shapes, and what is read from a file
    Stage           where messages stand       a queue, a topic, who sends
    Inbox           where copies are laid      a queue, as a topic sees it
    LetterSource    what a copy holds          a subscription, as a queue sees it
    RequestServer   what works on them         kernel.server.Server
    Chooser         which server gets which    kernel.serving.serve asks it
    RoutingMethod   how a balancer chooses     the classes of load_balancer.routing
    Target          what a balancer sends to   an instance
    Registry        where targets register     a balancer, as a group sees it
    TargetSource    what registers targets     a group, as a balancer sees it
    Scalable        what policies scale        a group, or a service of tasks
    Policy          what wants more or less    the classes of autoscaling.policies
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple, Protocol, runtime_checkable

import simpy

from cloudlab.kernel.record import Record, Status

Process = Generator[simpy.Event, object, None]
"""What a function gives back whose docstring ends with "A SimPy process."."""

Paths = int | Sequence[int]
"""Classes of requests, as indices into `Record.paths`: one for each request, or one number for all."""


class Chunk(NamedTuple):
    """Some requests in order of time: all that come up to `covered` (s) and that no chunk before had.

    `times` (s, whole microseconds); `paths` (indices into the traffic's `paths`), None where all have the
    first; `works` (s at speed 1), None where the customers draw them: all, or one of them.
    """

    covered: float
    times: list[float]
    paths: list[int] | None
    works: list[float | None] | None


class AnswerChange(NamedTuple):
    """A request that was to be answered at one time (s) will be at another."""

    before: float
    after: float


class Amended(NamedTuple):
    """A row of the record whose plan changed (s). `finished == inf`: it is broken off now.

    `error` says that the server will answer it with an error. A server makes these, `World.amend` hands each
    to the caller who sent the request, and the caller writes it into the record (`Caller.plan_changed`).
    """

    row: int
    started: float
    finished: float
    error: bool = False


class Traffic(Protocol):
    """When requests come, and how much work each is. Times are in seconds from its own start."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The names of the classes of requests."""

    @property
    def duration(self) -> float:
        """How long it goes on (s); `inf` for ever."""

    def rate(self, time: float, /) -> float:
        """The requests/s that are expected at a moment (s)."""

    def count(self, start: float, end: float) -> float:
        """The number of requests that are expected between two moments (s)."""

    def chunks(self, dice: Random, regular: bool) -> Iterator[Chunk]:
        """The requests, in order of time; `regular`: without chance in their distances."""


class RequestServer(Protocol):
    """What works on requests, first come, first served, as far as others need to know it.

    `free` holds the moment (s) from which each slot is free, a heap. One that is not `alive` takes nothing:
    while it `refuses`, callers learn that at once. `error_work` (s at speed 1) is None while all is well.
    """

    part: int
    free: list[float]
    alive: bool
    refuses: bool
    error_work: float | None

    @property
    def world(self) -> simpy.Environment:
        """The world that it is in."""

    @property
    def changed(self) -> simpy.Event:
        """Comes when its plan was made anew; then another one stands here."""

    def take(self, arrived: float, work: float) -> tuple[float, float]:
        """Give the next request in time order to a slot: its start and its end (s)."""

    def cut(self, now: float) -> int:
        """Break off what is open at `now`, and be ready for more; returns how many that were."""


class Caller(Protocol):
    """Who sends requests, as a contact and `serve` see it.

    `client` is the index of the link on which its requests come in. Who is not answered after `limit` (s)
    gets `too_late`. `spoiled` holds the rows that end with an error of the application, whenever that is.
    """

    record: Record
    client: int
    limit: float
    too_late: Status
    spoiled: set[int]

    def settle(self, amended: Amended) -> None:
        """Write when a request starts and ends, and when and how it is answered."""


class Contact(Protocol):
    """Whom customers send requests to. `part` is its index in the record, `idle_timeout` in seconds."""

    part: int
    idle_timeout: float

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Take a column of requests in order of time, and record each; returns the first new row."""

    def time_passed(self, now: float) -> bool:
        """Start what waits at the contact itself and may start before `now`; True when anything started."""

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """Server `part` made a new plan: take note of requests that are answered at another time now."""


class Stream(Protocol):
    """A stream of requests that `World.advance` brings forward. `to` is where they go."""

    to: Contact
    client: int
    max_attempts: int
    retry_delay: float

    def next_time(self, now: float) -> float:
        """When the next request before `now` arrives (s), `inf` when there is none."""

    def advance(self, now: float, upto: float) -> None:
        """Hand over all requests that arrive before `now` and not after `upto`."""

    def plan_changed(self, amended: Amended) -> None:
        """Take over a new plan for a request whose server changed now, and what follows for its caller."""


class Stage(Protocol):
    """A place on the way of messages. `World.advance` lets them go on in turn, from those that send to the last."""

    part: int

    def advance(self, now: float) -> None:
        """Let all happen here that comes before `now` (s), and hand on what goes on to other stages."""

    def next_time(self) -> float:
        """The earliest moment at which something may happen here, as far as is known (s)."""


class Letter(NamedTuple):
    """What a copy of a message holds: its body, its attributes, and its group and id in a queue that keeps order."""

    body: str
    attributes: dict
    group_id: str | None = None
    deduplication_id: str | None = None


class LetterSource(Protocol):
    """What is asked later for the content of copies that it laid into an inbox, by the rows of its own table."""

    part: int

    def letter(self, publish: int, /) -> Letter:
        """What the copy of that row holds."""

    def group_of(self, publish: int, /) -> str | None:
        """The group of that row, without the rest."""


class Inbox(Protocol):
    """A stage in which others lay copies of messages: a queue, as a topic sees it."""

    name: str
    part: int

    @property
    def world(self) -> simpy.Environment:
        """The world that it is in."""

    def add_source(self, source: LetterSource) -> int:
        """Copies of this source will come; returns its number here."""

    def deliver(
        self, times: Sequence[float], paths: Paths, publishes: Sequence[int] = (), source: int = 0
    ) -> None:
        """Take copies in order of time (s). `publishes` are the rows of the source with that number."""

    def tell(self) -> None:
        """Whoever waits for a message here looks again."""

    def advance(self, now: float) -> None:
        """As `Stage.advance`."""

    def next_time(self) -> float:
        """As `Stage.next_time`."""


class Chooser(Protocol):
    """What `serve` asks for each request: the index of the server that gets it."""

    def picks(self, arrived: list[float], answered: list[float]) -> Iterable[int]:
        """The index of the server for each request, in order of time.

        `answered` fills as they are served: when a choice is asked for, the time (s) at which each request
        before it will be answered stands there. So a generator can choose by what is open.
        """


class RoutingMethod(Protocol):
    """How a balancer chooses among its targets: a chooser that is told what there is to choose from."""

    def picks(self, arrived: list[float], answered: list[float]) -> Iterable[int]:
        """As `Chooser.picks`."""

    def routed(self, servers: Sequence[RequestServer]) -> None:
        """Choose among `servers` from now on. It comes again whenever they change."""

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Give a column of requests to the servers, and record each; returns the first new row."""

    def time_passed(self, now: float) -> bool:
        """As `Contact.time_passed`."""

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """As `Contact.plan_changed`."""


class Target(Protocol):
    """What a balancer can send requests to: something with a name, a part, and a server."""

    name: str
    part: int

    @property
    def world(self) -> simpy.Environment:
        """The world that it is in."""

    @property
    def server(self) -> RequestServer:
        """What works on its requests."""

    def health_check(self, within: float) -> Generator[simpy.Event, object, bool]:
        """Whether a check that arrives now gets a good answer `within` so many seconds. A SimPy process.

        It ends when that is known.
        """


class Registry(Protocol):
    """Where targets are registered: a balancer, as a group sees it.

    One that calls no target unhealthy may say so by an attribute `judges` that is False: then nobody asks it again
    and again.
    """

    def register(self, target: Target) -> None:
        """Take it as a target."""

    def deregister(self, target: Target) -> simpy.Event:
        """Send it nothing new; the event comes when it has finished what it had."""

    def target_health(self, target: Target) -> str:
        """initial, healthy, unhealthy, draining or unused."""


@runtime_checkable
class TargetSource(Protocol):
    """What registers its own targets, now and later: a group, as a balancer sees it."""

    def attach(self, balancer: Registry) -> None:
        """Register all targets with `balancer`, now and from now on."""


class Scalable(Protocol):
    """What has a wish for capacity that policies move, between `min_size` and `max_size`: a group, or a service.

    `times_asked` is how often the wish was set, `active_until` when the last activity ended (s; -inf before the first).
    """

    name: str
    part: int
    min_size: int
    max_size: int
    default_cooldown: int
    default_instance_warmup: int | None
    times_asked: int

    @property
    def world(self) -> Any:
        """The world that it is in."""

    @property
    def desired_capacity(self) -> int:
        """The wish."""

    @property
    def active_until(self) -> float:
        """When its last scaling activity ended (s); -inf before the first."""

    def ask(self, capacity: int, by: str) -> int:
        """A policy called `by` wants `capacity`; returns what it gets."""

    def busy(self) -> bool:
        """Whether something is on its way in or out."""

    def targets(self) -> Sequence:
        """What serves now, each with a `part` and a `server`."""

    def warmed(self, warmup: int | None = None) -> Sequence:
        """Those of them that serve for `warmup` s."""

    def holding(self) -> Sequence[object]:
        """What counts as capacity: on its way in, or serving."""

    def ending(self) -> Sequence[object]:
        """What is on its way out."""


class Policy(Protocol):
    """A scaling policy: its name, what its alarm sets off, and whether its wish for less may count now."""

    name: str

    def execute_policy(self, metric_value: float | None, breach_threshold: float) -> None:
        """The alarm is in state ALARM: ask for another capacity, or not. The value may be missing."""

    def may_scale_in(self) -> bool:
        """Whether a wish for less may count now."""
