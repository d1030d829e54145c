"""Services of a cluster once more, one moment after the other.

The slow and obvious way: there are no processes. Each task is a row with the times at which it goes on, each moment at
which anything is due is walked through in the order of the rules, and each service looks at its tasks until a look
changes nothing more. It is written from the facts (CT-2 ... CT-24) and the rules below, and shares no code with
`cluster`, `alarms` or `autoscaling`; from a run it takes the named dice of a random placement alone.

The rules, at one moment:

1. What is done from outside, in order: a host is lost, drained, added, given back; a task is killed; another number of
   tasks or another revision is wanted.
2. Of a host that was lost ten seconds ago, the services hear.
3. Tasks go on, the older one first: images are there, it runs, it ends by itself, its check is answered, its drain is
   over.
4. A policy that tracks a target looks, once a minute.
5. Services look, of several that have reason to the one that was made first. What follows from a look at this very
   moment (a task that is stopped at once) comes before the next look.

What is known:

- A task on a lost host is over at that moment. Its service takes it for what it was until it hears of it; nobody asks
  it whether it is well.
- Who ends by itself or fails its checks has failed; who is killed, lost or already asked to stop has not. A task fails
  once. Failures of the newest revision make the next start wait 10 s, doubled up to 300 s, and count for the breaker;
  the wait is forgotten after a life of ten minutes, the count while a task of that revision is healthy.
- A task is healthy when it runs, its balancers call it so, and its check says so; with neither, after 40 s.

A look:

1. A running task that is unhealthy goes; the judgement of a balancer holds after the grace period.
2. Tasks on a host that is drained go, as long as the others that are healthy are as many as must be.
3. Tasks of an older revision go, unhealthy ones first: healthy ones as long as more are healthy than must be.
4. What is too much goes. Packed tasks leave the host with the most room (of that by which they are packed), others the
   fullest zone and of it the host with the most of them; whoever doesn't run yet goes first, then who ran last.
5. What is missing starts, up to the maximum, unless the deployment has failed or the wait isn't over. What of it finds
   no room waits, as does what is wanted and not there.
6. A deployment is complete when all tasks are its own and healthy.

It looks when a task or a host has changed or something is asked of it, and every ten seconds from then on, as long as
tasks are missing, a deployment isn't over, or a host is drained; else only where a balancer calls a task unhealthy.
"""

from dataclasses import dataclass, field, replace
from math import ceil, floor, inf
from random import Random

LOOKS, NOTICED, WELL, FORGOTTEN = 10.0, 10.0, 40.0, 600.0
MINUTE, ABOVE, BELOW, SHARE = 60.0, 3, 15, 0.7
OVER = ("DEPROVISIONING", "STOPPED")


@dataclass(frozen=True)
class Kind:
    """A revision of a task: what it reserves, and how it behaves. `check` is (interval, retries, start period)."""

    revision: int
    image: str
    cpu: int
    memory: int
    pull: float
    start: float
    lives: float = inf
    code: int = 1
    check: tuple | None = None
    answers: bool = True


@dataclass(eq=False)
class Box:
    """A host."""

    name: str
    zone: str
    cpu: int
    memory: int
    state: str = "ACTIVE"
    copies: list = field(default_factory=list)
    images: set = field(default_factory=set)
    noticed: float = inf

    def free(self):
        """(CPU, memory) that nobody has."""
        return (
            self.cpu - sum(one.kind.cpu for one in self.copies),
            self.memory - sum(one.kind.memory for one in self.copies),
        )

    def fits(self, kind):
        return all(free >= need for free, need in zip(self.free(), (kind.cpu, kind.memory), strict=True))


@dataclass(eq=False)
class Copy:
    """A task. `known` is what its service takes it for: coming, running, going, over."""

    name: str
    kind: Kind
    keeper: "Keeper"
    box: Box | None
    zone: str
    born: float
    pulled: float
    known: str = "coming"
    rows: list = field(default_factory=list)
    starts: float = inf
    ran: float = inf
    ends: float = inf
    asked: float = inf
    left: float = inf
    gone: float = inf
    code: int | None = None
    health: str = "UNKNOWN"
    bad: int = 0
    entered: dict = field(default_factory=dict)

    def due(self):
        """When it goes on next."""
        return inf if self.gone < inf else min(self.pulled, self.starts, self.ends, self.asked, self.left)


@dataclass
class Plan:
    """A deployment."""

    kind: Kind
    begun: float
    state: str = "IN_PROGRESS"
    failed: int = 0
    over: float = inf


class Door:
    """A balancer that judges by a timetable: `judges(name)` is (healthy after, unhealthy after, drain)."""

    def __init__(self, judges):
        self.judges = judges

    def says(self, copy, now):
        if self not in copy.entered or copy.known == "going":
            return "draining"
        good, bad, _ = self.judges(copy.name)
        since = now - copy.entered[self]
        return "unhealthy" if since >= bad else "healthy" if since >= good else "initial"


class Keeper:
    """A service. `places` are (type, field) pairs."""

    def __init__(self, yard, name, kind, count, *, fargate=False, daemon=False, places=(), distinct=False,
                 least=None, most=200, breaker=False, rollback=False, grace=0, doors=(), dice=None):  # fmt: skip
        self.yard, self.name, self.count, self.fargate, self.daemon = yard, name, count, fargate, daemon
        self.places, self.distinct, self.doors, self.dice = places, distinct, doors, dice or Random(0)
        self.least, self.most = (0 if daemon else 100) if least is None else least, most
        self.breaker, self.rollback, self.grace = breaker, rollback, grace
        self.range, self.asks = (0, 5000), []
        self.plans, self.copies, self.ever = [Plan(kind, yard.now)], [], []
        self.waits, self.crashes, self.told, self.next_look, self.quiet = -inf, 0, True, inf, False
        self.counts: list = []
        self.roomless = 0
        yard.keepers.append(self)
        self.write()

    @property
    def kind(self):
        return self.plans[-1].kind

    @property
    def waiting(self):
        return max(0, self.wanted - len(self.there()), self.roomless)

    @property
    def wanted(self):
        """A daemon doesn't know yet of the hosts that were lost just now."""
        if not self.daemon:
            return self.count
        unknown = {one.box for one in self.there() if one.box.state == "INACTIVE"}
        return len(self.yard.active()) + len(unknown)

    def there(self):
        return [one for one in self.copies if one.known in ("coming", "running")]

    def running(self):
        return [one for one in self.copies if one.known == "running"]

    def drained(self):
        return [one for one in self.there() if one.box is not None and one.box.state == "DRAINING"]

    def well(self, copy):
        if copy.known != "running" or copy.health == "UNHEALTHY":
            return False
        if any(door.says(copy, self.yard.now) != "healthy" for door in self.doors):
            return False
        if copy.kind.check is not None:
            return copy.health == "HEALTHY"
        return bool(self.doors) or self.yard.now - copy.ran >= WELL

    # What is asked of it

    def ask(self, number, by, bounds=None):
        low, high = bounds or self.range
        granted = max(low, min(high, number))
        self.asks.append((self.yard.now, number, granted, by))
        self.count, self.told = granted, True
        self.write()

    def deploy(self, kind):
        for plan in self.plans:
            if plan.state == "IN_PROGRESS":
                plan.state, plan.over = "REPLACED", self.yard.now
        self.plans.append(Plan(kind, self.yard.now))
        self.waits, self.crashes, self.told = -inf, 0, True

    # A look

    def look(self):
        self.told = False
        self.judge()
        lower = ceil(self.wanted * self.least / 100)
        upper = floor(self.wanted * self.most / 100)
        self.leave(lower)
        self.replace(lower)
        while len(mine := self.mine()) > self.wanted:
            self.let_go(self.too_much(mine))
        missing = min(self.wanted - len(self.mine()), upper - len(self.there()))
        self.roomless = 0
        if self.yard.now >= self.waits and self.plans[-1].state != "FAILED":
            while missing > 0 and self.start():
                missing -= 1
            self.roomless = missing
        self.complete()
        self.write()
        self.next_look = self.yard.now + LOOKS
        here = self.there()
        self.quiet = self.plans[-1].state != "IN_PROGRESS" and len(here) == self.wanted and not self.drained()

    def judge(self):
        now = self.yard.now
        for copy in self.running():
            accused = any(door.says(copy, now) == "unhealthy" for door in self.doors)
            if copy.health == "UNHEALTHY" or (accused and now >= copy.ran + self.grace):
                self.failed(copy)
                self.let_go(copy)

    def leave(self, lower):
        """What stands on a host that is drained."""
        for copy in self.drained():
            others = sum(self.well(one) for one in self.there() if one is not copy)
            if others >= lower or not self.well(copy):
                self.let_go(copy)

    def replace(self, lower):
        """What is of an older revision."""
        old = [one for one in self.there() if one.kind is not self.kind]
        unwell = [one for one in old if not self.well(one)]
        for copy in unwell + [one for one in old if one not in unwell]:
            if copy in unwell or not self.wanted or sum(map(self.well, self.there())) > lower:
                self.let_go(copy)

    def complete(self):
        newest, there = self.plans[-1], self.there()
        done = len(there) == self.wanted and all(one.kind is newest.kind and self.well(one) for one in there)
        if newest.state == "IN_PROGRESS" and done:
            newest.state, newest.over = "COMPLETED", self.yard.now

    def mine(self):
        return [one for one in self.there() if one.kind is self.kind and one not in self.drained()]

    def too_much(self, mine):
        """Which one of those goes."""
        first = [one for one in mine if one.known != "running"] or mine
        packed = [field for kind, field in self.places if kind == "binpack"]
        if packed and not self.fargate:
            by = ("cpu", "memory").index(packed[0])
            most = max(one.box.free()[by] for one in first)
            first = [one for one in first if one.box.free()[by] == most]
        else:
            for place in ("zone", "box"):
                many = [getattr(one, place) for one in mine]
                most = max(many.count(getattr(one, place)) for one in first)
                first = [one for one in first if many.count(getattr(one, place)) == most]
        latest = max(one.ran for one in first)
        return next(one for one in first if one.ran == latest)

    def start(self):
        """Start one more, if there is a place."""
        box = None
        if self.fargate:
            zones = [one.zone for one in self.there()]
            zone = min(self.yard.zones, key=zones.count)
        else:
            box = self.place()
            if box is None:
                return False
            zone = box.zone
        pull = self.kind.pull if box is None or self.kind.image not in box.images else 0.0
        now = self.yard.now
        name = f"{self.name}-{len(self.ever) + 1}"
        copy = Copy(name, self.kind, self, box, zone, now, now + pull)
        copy.rows += [(now, "PROVISIONING"), (now, "PENDING")]
        self.copies.append(copy)
        self.ever.append(copy)
        if box is not None:
            box.images.add(self.kind.image)
            box.copies.append(copy)
        return True

    def place(self):
        """The host for one more (CT-10), or None."""
        active = self.yard.active()
        found = [box for box in active if box.fits(self.kind)]
        mine = {box: [one for one in box.copies if one.keeper is self] for box in active}
        if self.daemon:
            held = [one.box for one in self.there()]
            found = [box for box in found if box not in held]
        if self.distinct:
            found = [box for box in found if not mine[box]]
        for kind, by in self.places:
            if len(found) < 2:
                break
            if kind == "binpack":
                worth = [box.free()[("cpu", "memory").index(by)] for box in found]
            elif kind == "random":
                worth = [self.dice.random() for _ in found]
            elif by == "instanceId":
                worth = [len(mine[box]) for box in found]
            else:
                worth = [sum(len(mine[one]) for one in mine if one.zone == box.zone) for box in found]
            found = [box for box, value in zip(found, worth, strict=True) if value == min(worth)]
        return found[0] if found else None

    def let_go(self, copy):
        now = self.yard.now
        drains = [door.judges(copy.name)[2] for door in self.doors if door in copy.entered]
        copy.known, copy.left, copy.asked = "going", now + max(drains, default=0.0), inf
        if copy.gone == inf:
            copy.rows.append((now, "DEACTIVATING"))
        self.forgive()

    def failed(self, copy):
        now, plan = self.yard.now, self.plans[-1]
        if copy.kind is not plan.kind:
            return
        self.crashes = 1 if now - copy.ran >= FORGOTTEN else self.crashes + 1
        self.waits = now + min(300.0, 10.0 * 2.0 ** (self.crashes - 1))
        if plan.state != "IN_PROGRESS":
            return
        plan.failed += 1
        if self.breaker and plan.failed >= max(3, min(200, ceil(self.wanted / 2))):
            plan.state, plan.over = "FAILED", now
            done = [one for one in self.plans if one.state == "COMPLETED"]
            if self.rollback and done:
                self.deploy(done[-1].kind)

    def forgive(self):
        if any(one.kind is self.kind and self.well(one) for one in self.there()):
            self.plans[-1].failed = 0

    def write(self):
        self.forgive()
        there, running = self.there(), self.running()
        row = (self.wanted, len(running), len(there) - len(running), self.waiting)
        if self.counts and self.counts[-1][0] == self.yard.now:
            self.counts.pop()
        self.counts.append((self.yard.now, row))


class Tracker:
    """Target tracking of a service (CT-21): `metric` is its value at each minute."""

    def __init__(self, keeper, target, metric, warmup=300.0):
        self.keeper, self.target, self.metric, self.warmup = keeper, target, metric, warmup
        self.seen: list = []

    def look(self):
        keeper, now = self.keeper, self.keeper.yard.now
        self.seen.append(value := self.metric(now))
        high, low = [one > self.target for one in self.seen], [one < SHARE * self.target for one in self.seen]
        out = len(high) >= ABOVE and all(high[-ABOVE:])
        back = len(low) >= BELOW and all(low[-BELOW:])
        warmed = sum(one.ran <= now - self.warmup for one in keeper.running())
        going = 0 if out else sum(one.known == "going" for one in keeper.copies)
        needed = ceil(round((warmed + going) * value / self.target, 6))
        fewer = back and needed < keeper.count and len(keeper.there()) == warmed
        if (out and needed > keeper.count) or fewer:
            granted = max(keeper.range[0], min(keeper.range[1], needed))
            if granted != keeper.count:
                keeper.ask(needed, "tracking")


class Yard:
    """A cluster of hosts, each (zone, CPU, memory). `controls` are (time, what, values)."""

    def __init__(self, zones, boxes, controls=()):
        self.now, self.zones, self.keepers, self.trackers = 0.0, zones, [], []
        self.controls = sorted(controls, key=lambda one: one[0])
        self.boxes = [Box(f"h{number}", *box) for number, box in enumerate(boxes, start=1)]
        self.reserved: list = []
        self.write()

    def active(self):
        return [box for box in self.boxes if box.state == "ACTIVE"]

    def run(self, end):
        for keeper in self.keepers:
            keeper.next_look = 0.0
        while (now := self.next()) < end:
            self.now = now
            self.moment()

    def next(self):
        times = [time for time, _, _ in self.controls[:1]] + [box.noticed for box in self.boxes]
        times += [copy.due() for keeper in self.keepers for copy in keeper.copies]
        times += [keeper.next_look for keeper in self.keepers if self.looks(keeper)]
        if self.trackers:
            times.append(MINUTE * (len(self.trackers[0].seen) + 1))
        return min(times)

    def looks(self, keeper):
        """Whether its next look will be one, as far as can be told now; doors change at any time."""
        return not keeper.quiet or bool(keeper.doors)

    def moment(self):
        now = self.now
        while self.controls and self.controls[0][0] == now:
            _, what, values = self.controls.pop(0)
            getattr(self, what)(*values)
        for box in self.boxes:
            if box.noticed == now:
                box.noticed = inf
                for copy in list(box.copies):
                    self.over(copy)
                self.tell()
        self.go_on()
        for tracker in self.trackers:
            if now == MINUTE * (len(tracker.seen) + 1):
                tracker.look()
        while (keeper := next(filter(self.looks_now, self.keepers), None)) is not None:
            keeper.look()
            self.go_on()
        self.write()

    def looks_now(self, keeper):
        return keeper.told or (keeper.next_look <= self.now and not self.sleeps(keeper))

    def sleeps(self, keeper):
        """A steady service looks only where a balancer calls a task unhealthy."""
        if not keeper.quiet:
            return False
        accused = any(
            door.says(one, self.now) == "unhealthy" for door in keeper.doors for one in keeper.running()
        )
        if not accused:
            keeper.next_look = self.now + LOOKS
        return not accused

    def go_on(self):
        copies = [copy for keeper in self.keepers for copy in keeper.copies]
        for copy in sorted(copies, key=lambda one: one.born):
            while copy.due() == self.now:
                self.step(copy)

    def step(self, copy):
        now, kind = self.now, copy.kind
        if copy.left == now:
            copy.rows.append((now, "STOPPING"))
            self.end(copy, 143)
        elif copy.pulled == now:
            copy.rows.append((now, "ACTIVATING"))
            copy.pulled, copy.starts = inf, now + kind.start
        elif copy.starts == now:
            copy.rows.append((now, "RUNNING"))
            copy.starts, copy.ran, copy.known, copy.keeper.told = inf, now, "running", True
            copy.ends = now + kind.lives
            copy.asked = now + kind.check[0] if kind.check else inf
            copy.entered = dict.fromkeys(copy.keeper.doors, now)
        elif copy.ends == now:
            if copy.known == "running":
                copy.keeper.failed(copy)
            self.end(copy, kind.code)
        else:
            self.check(copy)

    def check(self, copy):
        every, retries, early = copy.kind.check
        copy.asked, before = self.now + every, copy.health
        if copy.kind.answers:
            copy.health, copy.bad = "HEALTHY", 0
        else:
            copy.bad += self.now - copy.ran > early
            copy.health = "UNHEALTHY" if copy.bad >= retries else before
        if copy.health != before:
            copy.keeper.told = True

    def end(self, copy, code, known=True):
        """It is over; `known`: and its service hears of it."""
        copy.gone, copy.code = self.now, code
        copy.rows += [(self.now, state) for state in OVER]
        if known:
            self.over(copy)

    def over(self, copy):
        copy.known = "over"
        copy.keeper.copies.remove(copy)
        copy.keeper.told = True
        if copy.box is not None:
            copy.box.copies.remove(copy)
            self.tell()

    def tell(self):
        for keeper in self.keepers:
            keeper.told = True

    def write(self):
        here = [box for box in self.boxes if box.state != "INACTIVE"]
        free = [box.free() for box in here]
        shares = tuple(
            round(100 * (1 - sum(one[by] for one in free) / whole), 6) if whole else 0.0
            for by, whole in enumerate((sum(box.cpu for box in here), sum(box.memory for box in here)))
        )
        self.reserved.append((self.now, (len(here), *shares)))

    # What is done from outside

    def lose(self, which):
        live = [box for box in self.boxes if box.state != "INACTIVE"]
        if len(live) > 1:
            box = live[which % len(live)]
            box.state, box.noticed = "INACTIVE", self.now + NOTICED
            for copy in box.copies:
                self.end(copy, 137, known=False)

    def drain(self, which):
        active = self.active()
        if len(active) > 1:
            active[which % len(active)].state = "DRAINING"
            self.tell()

    def give_back(self, which):
        empty = [box for box in self.boxes if box.state != "INACTIVE" and not box.copies]
        if empty:
            empty[which % len(empty)].state = "INACTIVE"

    def add(self, cpu, memory):
        zones = [box.zone for box in self.active()]
        zone = min(self.zones, key=zones.count)
        self.boxes.append(Box(f"h{len(self.boxes) + 1}", zone, cpu, memory))
        self.tell()

    def kill(self, keeper, which):
        running = self.keepers[keeper].running()
        if running and (copy := running[which % len(running)]).gone == inf:
            self.end(copy, 137)

    def want(self, keeper, count):
        """A person's wish is no policy's: the range of the policies doesn't bind it."""
        it = self.keepers[keeper]
        it.ask(count, "you", (0, 5000))

    def policy(self, keeper, count):
        self.keepers[keeper].ask(count, "a policy")

    def deploy(self, keeper, kind):
        if kind != self.keepers[keeper].kind:
            self.keepers[keeper].deploy(kind)

    def force(self, keeper):
        """The same revision once more, with new tasks."""
        self.keepers[keeper].deploy(replace(self.keepers[keeper].kind))
