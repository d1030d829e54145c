"""A world: one clock, named dice, and the record of what happens.

Everything that a lesson simulates lives in a `World`. It is a SimPy environment, so rare events
(a boot, a health check, a scaling decision) are ordinary SimPy processes. Requests are not: there
are too many of them. Between two rare events nothing changes, so a stream of requests can be
served in one plain loop, and the results are the same to the last digit as with a process for each
request. One rule makes that true, and it is the only one to remember:

    call `world.advance()` before you change or read anything.

It brings every stream of requests up to now. `world.run()` ends with it.
"""

from graphlib import CycleError, TopologicalSorter
from heapq import nsmallest
from math import inf, nextafter
from operator import attrgetter
from random import Random

import simpy

from cloudlab.kernel.contracts import Amended, AnswerChange, Contact, Process, Stage, Stream
from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record

AT_LAST = 2
"""After SimPy's own two priorities."""

LONGEST = 315_360_000
"""The longest run (s)."""


class World(simpy.Environment):
    """A clock in seconds, a record, and dice that depend on nothing but `seed`.

    The same seed gives the same record on every system and every supported Python. Raises
    InvalidParameter when `seed` is no whole number.
    """

    def __init__(self, seed: int = 1):
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise InvalidParameter(f"seed is {seed!r:.60}, but must be a whole number.")
        super().__init__()
        self.seed = seed
        self.record = Record(seed)
        self._dice: dict[str, Random] = {}
        self._streams: list[Stream] = []
        self._stages: dict[int, Stage] = {}
        self._ways: list[tuple[int, int]] = []
        self._lead_to: dict[int, list[int]] = {}  # what `_before` found, until there is another stage or way
        self._served = self._advanced = 0.0
        self._broken_off: float | None = None

    @checked()
    def dice(self, name: str) -> Random:
        """The random numbers called `name`.

        Each name has its own, so that a new part leaves the luck of the others alone.
        """
        if not name.isprintable():
            raise InvalidParameter(f"name is {name!r:.60}, but must be a text that can be printed.")
        if name not in self._dice:
            self._dice[name] = Random(f"{self.seed} {name}")
        return self._dice[name]

    def add_stream(self, stream: Stream) -> None:
        """Let `advance` bring `stream` forward too (see `traffic.Customers`)."""
        self.advance()
        self._streams.append(stream)

    def add_stage(self, stage: Stage) -> None:
        """Let `advance` bring `stage` forward too: a queue, a topic, or who sends messages to them."""
        self.advance()
        self._stages[stage.part] = stage
        self._lead_to.clear()

    def add_way(self, source: Stage, target: Stage) -> None:
        """Messages go from stage `source` to stage `target`, so it goes on first.

        Raises InvalidParameter where they would come back to where they were: nothing is changed then.
        """
        ways = [*self._ways, (source.part, target.part)]
        names = self.record.parts
        try:
            order = in_order(list(self._stages), ways)
        except ValueError:
            way = f"from {names[source.part].name} to {names[target.part].name}"
            raise InvalidParameter(
                f"a way {way} would close a circle: messages would never come to an end."
            ) from None
        self._ways = ways
        self._lead_to.clear()
        self._stages = {part: self._stages[part] for part in order}
        self.record.add_link(source.part, target.part)

    def reach(self, stage: Stage) -> None:
        """Let all happen that comes up to now, this moment included, at `stage` and wherever its messages come from."""
        self.advance()
        for part in self._before(stage.part):
            self._stages[part].advance(nextafter(self.now, inf))

    def next_time(self, stage: Stage) -> float:
        """The earliest moment at which something may happen at `stage`, or where its messages come from (s)."""
        return min(self._stages[part].next_time() for part in self._before(stage.part))

    def next_request(self, contact: Contact, before: float) -> float:
        """When the next request to `contact` arrives (s), `before` where none comes before that."""
        to = [stream for stream in self._streams if stream.to is contact]
        return min((stream.next_time(before) for stream in to), default=before)

    def stages_before(self, *stages: Stage) -> list[Stage]:
        """The stages from which messages come to one of `stages`, in order, those themselves left out."""
        found = {part for stage in stages for part in self._before(stage.part)}
        found -= {stage.part for stage in stages}
        return [stage for part, stage in self._stages.items() if part in found]

    def _before(self, part: int) -> list[int]:
        """The stages from which messages come to `part`, in order, itself at the end."""
        if part not in self._lead_to:
            found = {part}
            for one in reversed(list(self._stages)):
                if any(source == one and target in found for source, target in self._ways):
                    found.add(one)
            self._lead_to[part] = [one for one in self._stages if one in found]
        return self._lead_to[part]

    def advance(self) -> None:
        """Serve all requests that arrived before now, those of several streams in time order, and let messages go on.

        Requests that arrive exactly now are served by the next call: they see the change.
        """
        now = self.now
        if now == self._advanced:
            return
        self.serve()
        for stage in self._stages.values():
            stage.advance(now)
        self._advanced = now

    def serve(self) -> None:
        """As `advance`, for requests alone: enough for who reads servers only, and changes nothing.

        Messages come after requests in any case, so they may wait until somebody asks for them.
        """
        now = self.now
        if now == self._served:
            return
        self._serve(now)
        while self._let_start(now):
            self._serve(now)  # what has started since may have failed, and be sent again before now
        self._served = now

    def bring(self, stage: Stage) -> None:
        """As `advance`, for this stage and those from which its messages come: enough for who reads it alone."""
        now = self.now
        if now == self._advanced:
            return
        self.serve()
        for part in self._before(stage.part):
            self._stages[part].advance(now)

    def _serve(self, now: float) -> None:
        """Hand over all requests before `now`, those of several streams in time order."""
        streams = self._streams
        if len(streams) == 1:
            streams[0].advance(now, now)
        shortest = min((stream.retry_delay for stream in streams if stream.max_attempts > 1), default=inf)
        while len(streams) > 1:
            first, second = nsmallest(2, streams, key=lambda stream: stream.next_time(now))
            if (time := first.next_time(now)) >= now:
                break
            if self._let_start(time):
                continue  # what has started since may change who is next
            upto = min(second.next_time(now), time + shortest)
            if streams.index(second) < streams.index(first):
                upto = nextafter(upto, 0)  # at the same moment, the stream that was there first goes first
            first.advance(now, max(time, upto))

    def _let_start(self, now: float) -> bool:
        """Let every contact start what waits at it and may start before `now`; True when anything started."""
        started = [stream.to.time_passed(now) for stream in self._streams]
        return any(started)

    def until(self, time: float) -> simpy.Event:
        """A timeout that ends at `time` (s), or a hair before it, but never after it: so wait in a loop."""
        delay = time - self.now
        while self.now + delay > time:
            delay = nextafter(delay, 0)
        return self.timeout(delay)

    def at_last(self, time: float) -> simpy.Event:
        """A timeout that ends at `time` (s) or a hair before it, after all else that happens at that moment."""
        event, delay = simpy.Event(self), time - self.now
        while self.now + delay > time:
            delay = nextafter(delay, 0)
        event._ok, event._value = True, None  # noqa: SLF001 - as simpy.Timeout does
        self.schedule(event, priority=AT_LAST, delay=delay)  # type: ignore[arg-type] # SimPy knows two, and sorts any
        return event

    def amend(self, part: int, rows: list[Amended]) -> None:
        """Server `part` made a new plan: hand each altered row to who sent it, then tell all contacts.

        The server itself calls this (see `server.Server.stop`); nobody else needs to.
        """
        answered = self.record.requests.answered
        before = [answered[amended.row] for amended in rows]
        for amended in rows:
            self._stream_of(amended.row).plan_changed(amended)
        changes = [
            AnswerChange(old, answered[amended.row]) for old, amended in zip(before, rows, strict=True)
        ]
        for contact in dict.fromkeys(stream.to for stream in self._streams):
            contact.plan_changed(part, changes)

    def _stream_of(self, row: int) -> Stream:
        client = self.record.requests.client[row]
        return next(stream for stream in self._streams if stream.client == client)

    def run(self, until: float) -> Record:  # type: ignore[override] # a time, not an event; the record back
        """Let the world go on to `until` (s) and return the record.

        Raises InvalidParameter when `until` lies in the past or is no number. Whatever breaks a run off (an error in
        a process, the stop button) comes through; what had happened by then is not whole, so the world runs no more.
        """
        self._check_whole()
        number = isinstance(until, (int, float)) and not isinstance(until, bool)
        if not number or not self.now <= until <= LONGEST:
            rule = f"must be a time between now ({self.now:g} s) and {LONGEST} s (ten years)"
            raise InvalidParameter(f"until is {until!r:.60} s, but {rule}.")
        try:
            if until > self.now:
                super().run(until)
            self._bring_record_up()
        except BaseException:
            self._broken_off = self.now
            raise
        return self.record

    def do(self, process: Process):
        """Let the world go on until `process`, such as a queue's `receive_message`, is over; returns its value.

        Raises InvalidParameter where nothing is left that could happen before that.
        """
        self._check_whole()
        event = self.process(process)
        try:
            while not event.processed:
                self.step()
        except simpy.core.EmptySchedule:
            raise InvalidParameter("process never ends: nothing is left that could happen.") from None
        except InvalidParameter:
            raise
        except BaseException:
            self._broken_off = self.now
            raise
        self._bring_record_up()
        return event.value

    def _bring_record_up(self) -> None:
        """All that happened before now stands in the record, its notes in order of time.

        A stage tells when it is asked, so that without this the order would depend on who asked whom in between.
        """
        self.advance()
        self.record.notes.sort(key=attrgetter("time"))
        self.record.end = float(self.now)

    def _check_whole(self) -> None:
        if self._broken_off is not None:
            raise InvalidParameter(
                f"this world was broken off at {self._broken_off:g} s, and what it holds is not whole: build a new one."
            )


def in_order(parts: list[int], ways: list[tuple[int, int]]) -> list[int]:
    """`parts`, each after those from which a way leads to it. Raises ValueError where the ways close a circle."""
    sources: dict[int, list[int]] = {part: [] for part in parts}
    for source, target in ways:
        sources[target].append(source)
    try:
        return list(TopologicalSorter(sources).static_order())
    except CycleError:
        raise ValueError("a circle") from None


def at_home(world: World, function) -> bool:
    """Whether a function, or the part that it is a method of, belongs to `world`, as far as it tells."""
    return getattr(getattr(function, "__self__", function), "world", world) is world


WHOLE = 1.5 * 2**52
"""x + WHOLE - WHOLE is x rounded to a whole number, for -2**51 < x < 2**51: a float has no room for more."""


def microseconds(seconds: float) -> float:
    """`seconds` rounded to a whole microsecond.

    Every drawn time is rounded so: the last digit of log and exp differs between systems.
    """
    return (seconds * 1e6 + WHOLE - WHOLE) / 1e6
