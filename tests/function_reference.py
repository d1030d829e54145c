"""Functions once more, one thing at a time.

The slow and obvious way: nothing is planned or skipped, each call, environment, event and message is an object, and
each moment at which anything is due is walked through in the order of the rules. It shares no code with
`lambda_function`.

The rules, at one moment:

1. What is done to the functions: another release, a version, environments that are kept ready, a limit, settings of
   events, a call by hand. Pollers become more or fewer, once a minute.
2. Calls that are over end. Their environments are idle, the one with the lower number first, unless they were reset,
   or their release was replaced: then they are gone. Environments that are kept ready are idle when their INIT is
   over. Who was idle for the whole lifetime is gone.
3. Events that are tried again begin, then new ones, function by function.
4. Events that have come to their end go where they are to go, in the order of their ends.
5. Mapped queues go on, one after the other, by the rules of `queue_reference`. A poller whose batch is full, or whose
   window is over, calls the function in its turn, after its deletes. One that holds messages and has room asks on.
6. Requests come, stream by stream, those that are sent again first.

What is set off by one thing at a moment and is due at once is done when all of that moment has had its turn.

How an attempt of an event goes on is decided by the settings that held when it began.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from random import Random

from queue_reference import Hand, Letter, SlowQueue


@dataclass(eq=False)
class Place:
    """An environment."""

    number: int
    release: "Version"
    provisioned: bool
    born: float
    ready: float
    init_again: float = 0.0
    state: str = "init"  # then busy, idle, gone
    since: float = 0.0  # idle since
    turn: int = 0  # the how manieth to become idle
    gone: float = inf


@dataclass(eq=False)
class Version:
    number: int
    timeout: float
    speed: float
    replaced: bool = False
    ready: int = 0  # environments that are kept ready: the how manieth such setting, 0 for none


@dataclass(eq=False)
class Call:
    kind: str
    source: int
    began: float
    handler_began: float
    place: Place
    end: float
    ending: str
    over: bool = False


@dataclass(eq=False)
class Event:
    row: int
    came: float
    path: str
    work: float
    due: float
    settings: tuple = ()
    attempts: int = 0
    turned_away: int = 0
    call: Call | None = None
    state: str = "waiting"
    ended: float = inf
    left: bool = False


class SlowFunction:
    def __init__(self, name, seed, account, *, init, lifetime, timeout, speed, reserved, error_rate, fails):
        self.name, self.account, self.init, self.lifetime = name, account, init, lifetime
        self.reserved, self.error_rate, self.fails = reserved, error_rate, fails
        self.errors, self.shares = Random(f"{seed} {name} errors"), Random(f"{seed} {name} aliases")
        self.latest = Version(0, timeout, speed)
        self.versions, self.published, self.aliases = [self.latest], [], {}
        self.places: list[Place] = []
        self.calls: list[Call] = []
        self.throttles: list[tuple[float, str]] = []
        self.coming: list[tuple] = []  # (came, path) of events that are not there yet, in order of time
        self.events: list[Event] = []
        self.works = None
        self.settings = (2, 21_600.0, None)  # attempts, age, what hears of failures
        self.tokens, self.filled = Fraction(account.scale), Fraction(0)
        self.turns = self.by_hand = self.keeps = 0
        account.functions.append(self)

    # What is done

    def deploy(self, now, **changes):
        before = self.latest
        self.finish(now)
        self.latest = Version(
            len(self.versions),
            changes.get("timeout", before.timeout),
            changes.get("speed", before.speed),
        )
        self.versions.append(self.latest)
        before.replaced = True
        self.clear(now, lambda place: place.release is before and not place.provisioned)

    def publish(self):
        made = Version(len(self.versions), self.latest.timeout, self.latest.speed)
        self.versions.append(made)
        self.published.append(made)

    def keep_ready(self, now, qualifier, count):
        version = self.version(qualifier)
        self.finish(now)
        self.clear(now, lambda place: place.release is version and place.provisioned)
        for place in self.places:
            if place.release is version and place.provisioned and place.state == "init":
                place.state = "leaving"
        version.ready = 0
        if count:
            self.keeps += 1
            version.ready = self.keeps
        for _ in range(count):
            place = self.made(now, version)
            place.provisioned, place.ready, place.init_again = True, round(now + self.init, 6), 0.0
            place.keep = self.keeps
        self.finish(now)

    def clear(self, now, which):
        for place in self.places:
            if place.state == "idle" and which(place):
                place.state, place.gone = "gone", now

    def version(self, qualifier):
        if qualifier == "$LATEST":
            return self.latest
        if qualifier in self.aliases:
            return self.version(self.aliases[qualifier][0])
        return self.published[int(qualifier) - 1]

    def chosen(self, qualifier):
        """The version that serves the next call."""
        usual, other, share = self.aliases.get(qualifier, (qualifier, None, 0))
        if other is not None and self.shares.random() < share:
            return self.version(other)
        return self.version(usual)

    # Calls

    @property
    def limit(self):
        return self.account.unreserved() if self.reserved is None else self.reserved

    def running(self):
        return sum(not call.over for call in self.calls)

    def finish(self, now):
        """Calls that are over by now end, environments are ready, and who was idle too long is gone."""
        for call in sorted((one for one in self.calls if not one.over), key=lambda one: one.place.number):
            if call.end <= now:
                call.over = True
                place = call.place
                kept = place.provisioned and place.keep == place.release.ready
                if call.ending == "timeout" or (not kept if place.provisioned else place.release.replaced):
                    place.state, place.gone = "gone", call.end
                else:
                    self.idle(place, call.end)
        for place in self.places:
            if place.provisioned and place.state == "init" and place.ready <= now:
                self.idle(place, now)
            if place.state == "leaving" and place.ready <= now:
                place.state, place.gone = "gone", place.ready
            if place.state == "idle" and not place.provisioned and place.since + self.lifetime <= now:
                place.state, place.gone = "gone", place.since + self.lifetime

    def idle(self, place, since):
        self.turns += 1
        place.state, place.since, place.turn = "idle", since, self.turns

    def made(self, now, version):
        place = Place(len(self.places), version, False, now, round(now + min(self.init, 10.0), 6))
        place.init_again = self.init if self.init > 10 else 0.0
        self.places.append(place)
        return place

    def refused(self, now):
        """Why one more call can't run now."""
        limit, rate = self.limit, self.account.rate * self.limit
        word = "" if self.reserved is None else "RESERVED"
        second = [call for call in self.calls if call.began > now - 1 + 5e-7]
        if len(second) >= rate:
            return f"{word}_RATE".strip("_") if rate else word
        sharing = [self] if self.reserved is not None else self.account.common()
        for one in sharing:
            one.finish(now)
        if sum(one.running() for one in sharing) >= limit:
            return word or "CONCURRENT"
        return ""

    def grows(self, now):
        """Whether an environment can be made: so many in ten seconds, given out evenly."""
        moment, most = Fraction(round(now * 1e6), 10**6), Fraction(self.account.scale)
        level = min(most, self.tokens + (moment - self.filled) * most / 10)
        if level < 1:
            return False
        self.tokens, self.filled = level - 1, moment
        return True

    def call(self, now, kind, source, qualifier, work, path):
        """One call: a `Call`, or None where it is turned away."""
        self.finish(now)
        version = self.chosen(qualifier)
        why = self.refused(now)
        free = [one for one in self.places if one.state == "idle" and one.release is version]
        place = max(free, key=lambda one: (one.provisioned, one.turn), default=None)
        if not why and place is None and not self.grows(now):
            why = "CONCURRENT"
        if why:
            self.throttles.append((now, why))
            return None
        place = place or self.made(now, version)
        place.state = "busy"
        good = path not in self.fails and not (self.error_rate and self.errors.random() < self.error_rate)
        seconds = work / version.speed + place.init_again
        place.init_again = 0.0
        began = max(now, place.ready)
        in_time = seconds <= version.timeout
        end = round(began + min(seconds, version.timeout), 6)
        ending = "timeout" if not in_time else "ok" if good else "error"
        self.calls.append(Call(kind, source, now, began, place, end, ending))
        return self.calls[-1]

    # Events

    def come(self, now):
        """New events are there."""
        while self.coming and self.coming[0][0] <= now:
            came, path = self.coming.pop(0)
            row = len(self.events)
            self.events.append(Event(row, came, path, self.works(row), came))

    def over(self, now):
        """Attempts that are over, and what follows."""
        for event in self.events:
            if event.call is not None and event.call.end <= now:
                call, event.call = event.call, None
                most, age, _ = event.settings
                if call.ending == "ok":
                    self.ends(event, call.end, "done")
                elif event.attempts > most:
                    self.ends(event, call.end, "failed")
                else:
                    event.turned_away = 0
                    self.later(event, call.end, call.end + (60.0 if event.attempts == 1 else 120.0), age)

    def later(self, event, now, due, age):
        due, oldest = round(due, 6), round(event.came + age, 6)
        if due > oldest:
            self.ends(event, max(now, oldest), "too old")
        else:
            event.due = due

    def ends(self, event, time, state):
        event.state, event.ended = state, time

    def leave(self, now):
        """Who failed or is too old goes where it is to go."""
        for event in sorted(self.events, key=lambda one: (one.ended, one.row)):
            if event.state in ("failed", "too old") and event.ended <= now and not event.left:
                event.left = True
                if event.settings[2] is not None:
                    event.settings[2](now, event)

    def attempts(self, now):
        """Events begin that are due: those that are tried again first."""
        due = [one for one in self.events if one.due <= now and one.state == "waiting"]
        for event in sorted(due, key=lambda one: (one.due == one.came and not one.attempts, one.row)):
            event.due, event.settings = inf, self.settings
            call = self.call(now, "event", event.row, "$LATEST", event.work, event.path)
            if call is None:
                wait = min(2.0**event.turned_away, 300.0)
                event.turned_away += 1
                self.later(event, now, now + wait, self.settings[1])
            else:
                event.attempts += 1
                event.call = call

    def next(self):
        times = [call.end for call in self.calls if not call.over]
        times += [one.ready for one in self.places if one.state == "leaving"]
        times += [one.ready for one in self.places if one.state == "init" and one.provisioned]
        times += [
            one.since + self.lifetime for one in self.places if one.state == "idle" and not one.provisioned
        ]
        times += [came for came, _ in self.coming[:1]]
        times += [one.due for one in self.events if one.state == "waiting"]
        times += [one.ended for one in self.events if one.state in ("failed", "too old") and not one.left]
        return min(times, default=inf)


@dataclass
class SlowAccount:
    most: int
    scale: int
    rate: int
    functions: list = field(default_factory=list)

    def common(self):
        return [one for one in self.functions if one.reserved is None]

    def unreserved(self):
        return self.most - sum(one.reserved or 0 for one in self.functions)


@dataclass(eq=False)
class Puller(Hand):
    held: list = field(default_factory=list)
    closes: float = inf


class Mapped(SlowQueue):
    """A queue whose messages are pulled for a function, in batches."""

    def __init__(
        self,
        letters,
        function,
        qualifier,
        *,
        batch,
        window,
        reports,
        most,
        fails,
        works,
        fifo,
        **more,
    ):
        super().__init__([], [], **more)
        self.coming = sorted(letters, key=lambda letter: letter[0])  # (sent, path)
        self.paths, self.function, self.qualifier, self.works = [], function, qualifier, works
        self.groups = self.paths if fifo else None
        self.batch, self.window, self.reports, self.fails = batch, window, reports, fails
        self.most = min(1250, most)
        self.minute = 60.0
        self.more_pollers(0.0, min(5, self.most))

    def more_pollers(self, now, count):
        rest = [one for one in self.workers if not one.alive][:count]
        while len(rest) < count:
            rest.append(Puller(len(self.workers), self.batch, 20.0, None))
            self.workers.append(rest[-1])
        for one in rest:
            one.alive, one.free_at = True, now

    def each_minute(self, now):
        self.minute += 60.0
        polling = sum(one.alive for one in self.workers)
        if self.visible and not self.waiting:
            self.more_pollers(now, min(300, self.most - polling))
            return
        waits = {id(poll[1]) for poll in self.waiting}
        idle = [one for one in self.workers if one.alive and id(one) in waits and not one.held]
        for one in idle[: max(0, polling - 2)]:
            one.alive, one.free_at = False, inf
            self.waiting = [poll for poll in self.waiting if poll[1] is not one]

    def next(self):
        coming = [sent for sent, _ in self.coming[:1]]
        return min(super().next(), *coming, *(one.closes for one in self.workers))

    def moment(self, now):
        while self.coming and self.coming[0][0] <= now:
            sent, path = self.coming.pop(0)
            self.letters.append(Letter(len(self.letters), sent, False, now, sent))
            self.paths.append(path)
        super().moment(now)

    def go_on(self, now, worker):
        for hold in worker.busy:
            if not hold.over and hold.end == now:
                self.done(now, hold)
        while True:
            if worker.held and (worker.closes == now or len(worker.held) == self.batch):
                self.waiting = [poll for poll in self.waiting if poll[1] is not worker]
                held, worker.held, worker.closes, worker.most = worker.held, [], inf, self.batch
                self.called(now, worker, held)
            if not worker.alive or worker.free_at != now:
                return
            self.ask(now, worker)

    def hand_out(self, now, worker):
        taken = len(self.holds)
        busy, worker.works = worker.busy, lambda number, count: inf
        found = super().hand_out(now, worker)
        mine, worker.busy = self.holds[taken:], busy
        if not found:
            return False
        if not self.window:
            self.called(now, worker, mine)
            return True
        worker.held += mine
        worker.free_at = inf
        if len(worker.held) == len(mine):
            worker.closes = round(now + self.window, 6)
        if len(worker.held) < self.batch:
            worker.most, worker.free_at = self.batch - len(worker.held), now
        return True

    def called(self, now, worker, holds):
        work = sum(self.works(hold.letter.number) for hold in holds)
        first = self.holds.index(holds[0])
        call = self.function.call(now, "batch", first, self.qualifier, work, None)
        end = round(now + 1.0, 6) if call is None else call.end
        bad = [self.paths[hold.letter.number] in self.fails for hold in holds]
        if call is None or call.ending != "ok" or (any(bad) and not self.reports):
            bad = [True] * len(holds)
        elif self.groups is not None and any(bad):
            bad = [place >= bad.index(True) for place in range(len(holds))]
        for hold, wrong in zip(holds, bad, strict=True):
            hold.end, hold.bad = end, wrong
        worker.busy, worker.free_at = holds, end

    def failed(self, hold):
        return hold.bad


@dataclass(eq=False)
class Stream:
    """Callers who wait: `requests` are (time, work, path)."""

    function: SlowFunction
    qualifier: str
    requests: list
    patience: float
    max_attempts: int
    delay: float
    again: list = field(default_factory=list)  # (time, row, work, path, number)

    def next(self):
        return min([one[0] for one in self.requests[:1]] + [one[0] for one in self.again], default=inf)


class SlowWorld:
    def __init__(self):
        self.functions: list[SlowFunction] = []
        self.queues: list[Mapped] = []
        self.streams: list[Stream] = []
        self.controls: list[tuple] = []  # (time, function of the moment), in order
        self.requests: list[tuple] = []  # (arrived, started, finished, answered, status)

    def run(self, end):
        while (now := self.next()) < end:
            self.moment(now)

    def next(self):
        times = [time for time, _ in self.controls[:1]]
        times += [one.next() for one in (*self.functions, *self.queues, *self.streams)]
        times += [queue.minute for queue in self.queues]
        return min(times, default=inf)

    def moment(self, now):
        while self.controls and self.controls[0][0] == now:
            self.controls.pop(0)[1](now)
        for queue in self.queues:
            if queue.minute == now:
                queue.each_minute(now)
        self.events_and_batches(now)
        for stream in self.streams:
            self.requests_of(now, stream)

    def events_and_batches(self, now):
        for function in self.functions:
            function.finish(now)
        for function in self.functions:
            function.over(now)
            function.come(now)
            function.attempts(now)
        for function in self.functions:
            function.leave(now)
        for queue in self.queues:
            if queue.next() <= now:
                queue.moment(now)

    def requests_of(self, now, stream):
        due = sorted(one for one in stream.again if one[0] == now)
        stream.again = [one for one in stream.again if one[0] != now]
        while stream.requests and stream.requests[0][0] == now:
            due.append((*stream.requests.pop(0), 1))
        for entry in due:
            work, path, number = entry[-3:]
            row = len(self.requests)
            call = stream.function.call(now, "request", row, stream.qualifier, work, path)
            if call is None:
                line = (now, inf, inf, now, "throttled")
            elif call.end > now + stream.patience:
                line = (now, call.handler_began, call.end, now + stream.patience, "gave up")
            else:
                status = "ok" if call.ending == "ok" else "error"
                line = (now, call.handler_began, call.end, call.end, status)
            self.requests.append(line)
            if line[4] != "ok" and number < stream.max_attempts:
                due_again = line[3] + stream.delay * 2 ** (number - 1)
                stream.again.append((due_again, row, work, path, number + 1))
