"""The same shop once more, with one SimPy process for each request.

This is the slow and obvious way to simulate a data plane: a request is a process, a server is a
`simpy.Resource`, and a crash is an interrupt. It is written from the rules and shares no code with `server`,
`routing`, `load_balancer`, `ec2` or `Customers`, so that both can be wrong only in different ways. From a run
it takes nothing but what was done to it and when: states and speeds of instances, and which target was
registered or deregistered. Health and draining it finds itself. Arrivals and work it draws from the same named
dice.

The rules:

- A server works on `slots` requests side by side, first come, first served, at its speed. When the speed
  changes, work that is done stays done.
- Round robin takes targets in order of registration, from a number that goes up by one with each request.
  When the list of targets changes, the number stays (modulo the length of the list). Least outstanding takes
  the target with the fewest unanswered requests; of several, the next one from that number on. One shared
  line gives the first in line to the slot that has been free for longest, of a target that is routed to and
  alive.
- Routed to are the healthy targets; without any, the initial and unhealthy ones; without any, the answer is
  503.
- Each target is checked when it is registered and at each interval after that. A check stands in line as a
  request does, takes no time, and counts when it is answered, or when its timeout is over. A machine that
  refuses or crashes says no at once, one that is gone says nothing. Whoever fails answers checks with errors,
  those in line too. A target is healthy after its first good check; after so many failed ones in a row it is
  unhealthy, and after so many good ones in a row it is healthy again.
- A target that is deregistered gets nothing new and drains until all that was sent to it is answered, but no
  longer than the delay: then what is open is cut off.
- A request that is in line or in service when its server dies or its drain is cut off is answered 502 at that
  moment. A request for a dead server: 502 at once where the machine refuses, else 504 after 10 s.
- Whoever fails answers with errors: what is in service ends well, what waits or comes later costs
  `error_work`.
- After the patience of the caller (460) or the idle timeout (504), whichever is shorter, the caller is gone;
  the work goes on. Each failed attempt but the last is repeated after `retry_delay`, which doubles.
- At one instant, ends of work come first, then limits of patience, then changes, then arrivals: sender by
  sender, first what is sent again (in order of the attempt that failed), then what is new. A start at the
  very instant of a change does not count as one.
"""

from dataclasses import dataclass, field
from math import inf, log
from random import Random

import simpy

ENDS, LIMITS, CHANGES, CHECKS, OFFERS, ARRIVALS = (
    1,
    2,
    3,
    3.5,
    4,
    5,
)  # the order at one instant; 1 is SimPy's own for timeouts
OK, GAVE_UP, ERROR, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT = 200, 460, 500, 502, 503, 504
CONNECT = 10.0
BROKEN = "broken off"


class Moment(simpy.Event):
    """A timeout that says what it comes after at the same instant."""

    def __init__(self, env, delay, order):
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, order, delay)


@dataclass(eq=False)
class Call:
    """One attempt of a caller, with the columns that the record has."""

    sender: int
    arrived: float
    work: float
    number: int
    parent: int | None
    attempt: int
    ended: simpy.Event
    started: float = inf
    finished: float = inf
    answered: float = inf
    status: int | None = None
    server: "Machine | None" = None
    error: bool = False
    due: float = inf

    def answer(self, time, status):
        """The caller's end. Only the first one counts."""
        if self.status is None:
            self.answered, self.status = time, status
            if self.server:
                self.server.has_answered()
            self.ended.succeed()


class Machine:
    """A server as SimPy would have it: a resource with `slots`, and processes that work."""

    def __init__(self, shop, part, slots, speed):
        self.shop, self.env, self.part, self.slots, self.speed = shop, shop.env, part, slots, speed
        self.alive = self.refuses = self.failing = False
        self.unanswered = 0
        self.quiet = self.env.event()
        self.freed = self.env.event()
        self.working: dict[Call, simpy.Process] = {}
        self.asking: dict[Ask, simpy.Process] = {}
        self.places: list[Place] = []
        self.line = None

    def come_up(self):
        """Answer from now on; a machine that was down comes back empty."""
        self.failing = False
        if not self.alive:
            self.alive = True
            self.line = simpy.Resource(self.env, self.slots)
            self.places = [Place(self, self.env.now) for _ in range(self.slots)]

    def has_answered(self):
        """One call less is open."""
        self.unanswered -= 1
        if not self.unanswered:
            self.quiet.succeed()
            self.quiet = self.env.event()

    def ask(self):
        """A health check arrives."""
        ask = Ask(self.env.event(), not self.failing)
        if self.alive:
            self.asking[ask] = self.env.process(self.stand_for(ask))
        elif self.refuses:
            ask.answered.succeed(False)
        return ask

    def stand_for(self, ask):
        """Wait for a slot as a call does, and give it back at once. A process."""
        try:
            if self.shop.method == "one_line":
                while not any(place.free_since < inf for place in self.places):
                    yield self.freed
            else:
                with self.line.request() as turn:
                    yield turn
            ask.answered.succeed(ask.good)
        except simpy.Interrupt:
            if self.alive or self.refuses:
                ask.answered.succeed(False)
        del self.asking[ask]

    def is_free(self, place):
        """A place takes from the shared line again, after whoever only asks."""
        place.free_since = self.env.now
        self.freed.succeed()
        self.freed = self.env.event()

    def go_down(self, refuses):
        self.break_off()
        self.alive, self.refuses, self.places = False, refuses, []

    def break_off(self):
        """Lose all but what ends at this instant, which after a change of speed may be 1 ns later."""
        for call, process in list(self.working.items()):
            if call.due > self.env.now + 1e-9:
                process.interrupt(BROKEN)
        for process in self.asking.values():
            process.interrupt(BROKEN)

    def change_speed(self, speed):
        for call, process in self.working.items():
            if call.started < self.env.now:
                process.interrupt(self.speed)
        self.speed = speed

    def start_failing(self):
        self.failing = True
        for ask in self.asking:
            ask.good = False
        for call in self.working:
            if not call.started < self.env.now:
                self.spoil(call)

    def spoil(self, call):
        call.work, call.error = self.shop.error_work, True

    def take(self, call):
        if self.failing:
            self.spoil(call)
        self.working[call] = self.env.process(self.queue_for(call))

    def queue_for(self, call):
        """Wait for a slot of this server, then work. A process."""
        try:
            with self.line.request() as turn:
                yield turn
                yield from self.work_on(call)
        except simpy.Interrupt:
            self.lose(call)

    def work_on(self, call):
        """Do the work of `call` at the server's speed, whatever that may be from moment to moment."""
        call.started = since = self.env.now
        left = call.work
        while True:
            try:
                call.due = since + left / self.speed
                yield self.env.timeout(left / self.speed)
                break
            except simpy.Interrupt as why:
                if why.cause == BROKEN:
                    raise
                left -= (self.env.now - since) * why.cause
                since = self.env.now
        call.finished = self.env.now
        del self.working[call]
        call.answer(self.env.now, ERROR if call.error else OK)

    def lose(self, call):
        del self.working[call]
        if call.started == self.env.now:
            call.started = inf
        call.answer(self.env.now, BAD_GATEWAY)


@dataclass(eq=False)
class Ask:
    """A health check: whether its answer will be good, and the event of its answer."""

    answered: simpy.Event
    good: bool


@dataclass(eq=False)
class Target:
    """A machine that is registered, and how its last checks in a row went."""

    machine: Machine
    state: str = "initial"
    good: bool | None = None
    in_a_row: int = 0


@dataclass
class Place:
    """A free slot of a machine that takes from the shared line."""

    machine: Machine
    free_since: float


@dataclass(order=True)
class Offer:
    """A free place in the store of the shared line, the one that has been free for longest first."""

    number: int
    place: Place = field(compare=False)


class Shop:
    """The balancer, or an instance that is called directly (`method='alone'`), and all that is behind it."""

    interval, timeout, healthy, unhealthy, delay = 30, 5, 5, 2, 300

    def __init__(self, record, senders, settings, *, error_work=0.01, name="shop"):
        self.env = simpy.Environment()
        self.record, self.error_work = record, error_work
        self.method = "alone" if settings is None else "round_robin"
        self.idle_timeout = inf if settings is None else 60.0
        for key, value in (settings or {}).items():
            setattr(self, SETTINGS[key], value)
        self.calls: list[Call] = []
        self.next = 0
        self.targets: dict[int, Target] = {}
        self.states: list[tuple[float, int, str]] = []
        self.dice = Random(f"{record.seed} {name} routing")
        self.machines = {
            part: Machine(
                self, part, record.parts[part].attributes["slots"], record.parts[part].attributes["speed"]
            )
            for part in record.parts_of("instance")
        }
        self.store = simpy.PriorityStore(self.env)
        self._plan_changes()
        for place, sender in enumerate(senders):
            self._plan_arrivals(place, sender)

    def run(self) -> "Shop":
        """Let it all happen: `calls` are those of the run in order of arrival, `states` those of the targets."""
        if self.record.end:
            self.env.run(self.record.end)
        return self

    # What was done

    def _plan_changes(self):
        changes = [
            (entry.time, self._enter, entry) for entry in self.record.states if entry.aspect != "lifecycle"
        ]
        for (part, metric), series in self.record.series.items():
            if metric == "Speed":
                for time, speed in zip(series.times, series.values, strict=True):
                    changes.append((time, self._speed, (part, speed)))
        for time, change, what in sorted(changes, key=lambda entry: entry[0]):
            if time == 0:
                change(what)
            else:
                self._at(time, CHANGES, change, what)

    def _at(self, time, order, function, *arguments):
        Moment(self.env, time, order).callbacks.append(lambda _: function(*arguments))

    def _speed(self, what):
        self.machines[what[0]].change_speed(what[1])

    def _enter(self, entry):
        machine = self.machines[entry.part]
        if entry.aspect == "target":
            self._enter_target(machine, entry.state)
        elif entry.state == "booting":
            machine.refuses = True
        elif entry.state == "answering":
            machine.come_up()
        elif entry.state == "failing":
            machine.start_failing()
        elif entry.state == "crashed":
            machine.go_down(refuses=True)
        elif entry.state in ("killed", "terminated"):
            machine.go_down(refuses=False)
        self._offer_anew()

    def _enter_target(self, machine, state):
        if state == "initial":
            self.targets[machine.part] = target = Target(machine)
            self._becomes(target, "initial")
            self.env.process(self._watch(target))
        elif state == "draining":
            target = self.targets[machine.part]
            self._becomes(target, "draining")
            self.env.process(self._drain(target))

    # Health and draining

    def _becomes(self, target, state):
        target.state = state
        self.states.append((self.env.now, target.machine.part, state))
        self.next %= max(1, len(self.routed()))
        self._offer_anew()

    def _watch(self, target):
        """Begin a check at each interval. A process."""
        while target.state != "draining":
            self.env.process(self._check(target))
            yield Moment(self.env, self.interval, CHECKS)

    def _check(self, target):
        """One check, from the question to what follows from its answer. A process."""
        answered = target.machine.ask().answered
        yield answered | Moment(self.env, self.timeout, LIMITS)
        good = answered.triggered and answered.value
        target.in_a_row = target.in_a_row + 1 if good == target.good else 1
        target.good = good
        if good and target.in_a_row >= {"initial": 1, "unhealthy": self.healthy}.get(target.state, inf):
            self._becomes(target, "healthy")
        if not good and target.state in ("initial", "healthy") and target.in_a_row >= self.unhealthy:
            self._becomes(target, "unhealthy")

    def _drain(self, target):
        """Wait until nobody waits for an answer, or until the delay is over. A process."""
        machine, over = target.machine, Moment(self.env, self.delay, CHANGES)
        if machine.unanswered and self.delay:
            yield machine.quiet | over
        if self.targets[machine.part] is target:
            if machine.unanswered:
                machine.break_off()
            del self.targets[machine.part]
            self._becomes(target, "unused")

    def routed(self) -> list[Machine]:
        if self.method == "alone":
            return list(self.machines.values())[:1]
        found = [target for target in self.targets.values() if target.state == "healthy"]
        if not found:
            found = [target for target in self.targets.values() if target.state in ("initial", "unhealthy")]
        return [target.machine for target in found]

    # What the callers do

    def _plan_arrivals(self, place, sender):
        arrivals = sender.traffic.chunks(
            Random(f"{self.record.seed} {sender.name} arrivals"), sender.more.get("arrivals") == "regular"
        )
        work_dice = Random(f"{self.record.seed} {sender.name} work")
        mean, fixed = sender.more.get("mean_work", 0.1), sender.more.get("work") == "fixed"
        for covered, times, _, works in arrivals:
            for index, time in enumerate(times):
                if works is not None:
                    work = works[index]
                else:
                    work = mean if fixed else round(-mean * 1e6 * log(1.0 - work_dice.random())) / 1e6
                if time < self.record.end:
                    self._at(time, ARRIVALS + place + 0.5, self._start, place, sender, work)
            if covered >= self.record.end:
                break

    def _start(self, *what):
        self.env.process(self._call(*what))

    def _call(self, place, sender, work, parent=None, attempt=1):
        """One caller from the first attempt to the last. A process."""
        more = sender.more
        patience = more.get("patience")
        patience = inf if patience is None else patience
        limit = min(patience, self.idle_timeout)
        call = Call(place, self.env.now, work, len(self.calls), parent, attempt, self.env.event())
        self.calls.append(call)
        self._send(call, limit)
        if limit < inf:
            yield call.ended | Moment(self.env, limit, LIMITS)
            call.answer(self.env.now, GAVE_UP if limit == patience else GATEWAY_TIMEOUT)
        else:
            yield call.ended
        if call.status != OK and attempt < more.get("max_attempts", 1):
            order = ARRIVALS + place + call.number * 1e-9
            yield Moment(self.env, more.get("retry_delay", 1.0) * 2 ** (attempt - 1), order)
            self._start(place, sender, work, call.number, attempt + 1)

    def _send(self, call, limit):
        routed = self.routed()
        if not routed:
            call.answer(self.env.now, UNAVAILABLE)
        elif self.method == "one_line":
            self.env.process(self._stand_in_line(call))
        else:
            call.server = machine = self._choose(routed)
            machine.unanswered += 1
            if machine.alive:
                machine.take(call)
            elif machine.refuses:
                call.answer(self.env.now, BAD_GATEWAY)
            elif limit > CONNECT:
                self._later(call)

    def _later(self, call):
        self._at(CONNECT, LIMITS, lambda: call.answer(self.env.now, GATEWAY_TIMEOUT))

    def _choose(self, routed) -> Machine:
        if self.method == "weighted_random":
            return routed[int(self.dice.random() * len(routed))]
        turn = [(self.next + step) % len(routed) for step in range(len(routed))]
        if self.method == "least_outstanding_requests":
            turn.sort(key=lambda index: routed[index].unanswered)
        self.next = (turn[0] + 1) % len(routed)
        return routed[turn[0]]

    # The shared line

    def _stand_in_line(self, call):
        """Wait at the balancer for a free place anywhere, then work there. A process."""
        place = (yield self.store.get()).place
        machine = place.machine
        place.free_since = inf
        call.server = machine
        if call.status is None:
            machine.unanswered += 1
        if machine.failing:
            machine.spoil(call)
        machine.working[call] = self.env.active_process
        try:
            yield from machine.work_on(call)
        except simpy.Interrupt:
            machine.lose(call)
        machine.is_free(place)
        self._offer_anew()

    def _offer_anew(self):
        """What is free, alive or routed to has changed: offer it when all that happens now has happened."""
        if self.method == "one_line":
            self.store.items.clear()
            self._at(0, OFFERS, self._offer_all)

    def _offer_all(self):
        self.store.items.clear()
        free = [place for machine in self.routed() for place in machine.places if place.free_since < inf]
        for number, place in enumerate(sorted(free, key=lambda place: place.free_since)):
            self.store.put(Offer(number, place))


SETTINGS = {
    "load_balancing_algorithm_type": "method",
    "health_check_interval_seconds": "interval",
    "health_check_timeout_seconds": "timeout",
    "healthy_threshold_count": "healthy",
    "unhealthy_threshold_count": "unhealthy",
    "deregistration_delay_timeout_seconds": "delay",
    "idle_timeout_timeout_seconds": "idle_timeout",
}
"""The balancer's settings, and what they are called here."""


def differences(record, shop: Shop, *, near: float = 0.0, balancer: str = "shop") -> list[str]:
    """A line for each number in which a record and a `Shop` that ran differ, as both stood at the end.

    Times may differ by `near` times their value.
    """
    told = [(entry.time, entry.part, entry.state) for entry in record.states if entry.aspect == "target"]
    return [*other_calls(record, shop.calls, near, balancer), *other_states(told, shop.states, near)]


def other_states(ours, theirs, near: float) -> list[str]:
    """A line for each target whose states differ."""
    found = []
    for part in sorted({part for _, part, _ in ours + theirs}):
        told, known = lasting(ours, part), lasting(theirs, part)
        pairs = zip(told, known, strict=False)
        same = all(state == its and abs(time - at) <= near * at for (time, state), (at, its) in pairs)
        if len(told) != len(known) or not same:
            found.append(f"part {part} as a target: {told}, but {known}")
    return found


def lasting(states, part: int) -> list[tuple[float, str]]:
    """(time, state) of one target. What lasts for no time at all is no state."""
    mine = [(time, state) for time, one, state in states if one == part]
    after = [time for time, _ in mine[1:]] + [inf]
    return [one for one, end in zip(mine, after, strict=True) if end > one[0]]


def other_calls(record, calls: list[Call], near: float, balancer: str) -> list[str]:
    """A line for each number in which the requests differ."""
    requests, end = record.requests, record.end
    known = [part.name for part in record.parts]
    nowhere = known.index(balancer) if balancer in known else None
    found = [] if len(requests) == len(calls) else [f"{len(requests)} requests, but {len(calls)} calls"]
    for row, call in enumerate(calls[: len(requests)]):
        for column in ("arrived", "started", "finished", "answered"):
            ours, theirs = getattr(requests, column)[row], getattr(call, column)
            ours = ours if ours < end else inf
            if ours != theirs and not abs(ours - theirs) <= near * abs(theirs):
                found.append(f"row {row} {column}: {ours!r}, but {theirs!r}")
        if call.status is not None and code(requests.status[row]) != call.status:
            found.append(f"row {row} status: {code(requests.status[row])}, but {call.status}")
        target = call.server.part if call.server else nowhere
        if requests.target[row] != target:
            found.append(f"row {row} target: {known[requests.target[row]]}, but {known[target]}")
        attempt = None if call.parent is None else (call.parent, call.attempt)
        if record.retries.get(row) != attempt:
            found.append(f"row {row} attempt: {record.retries.get(row)}, but {attempt}")
    return found


def code(status: int) -> int:
    """The HTTP code of a number in the record's status column, as the lesson's table has it."""
    return (OK, GAVE_UP, ERROR, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT)[status]
