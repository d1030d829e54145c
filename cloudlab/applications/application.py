"""What a monolith and microservices have in common: orders come in, calls are made, components fail.

Read `monolith` and `microservices` first: they say how the two differ.

What goes wrong does so at a moment, and is called as it happens: `crash`, `slow_down`, `hang`, `deploy`, `overload`.
A fault is one of the component's code, so it shows in each of its instances, or in as many as are named.
"""

from collections.abc import Mapping
from heapq import heappush
from itertools import repeat
from math import inf, nextafter
from typing import Annotated

from cloudlab.applications.design import DEFAULT, Arrow, Component, Design
from cloudlab.applications.loop import ARRIVE, Call, Loop, Sent, Steps, Task
from cloudlab.applications.others import Others
from cloudlab.applications.places import Link, Mailbox, Place, Service, Works
from cloudlab.applications.plan import PlannedService
from cloudlab.kernel.calls import NOBODY, CallStatus
from cloudlab.kernel.contracts import Amended, AnswerChange, Caller, Paths, Process
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.kernel.printed import at_speed
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World

Spread = Annotated[float, Limit(0.05, 3, label="Spread of log-normal work")]
Some = Annotated[int | None, Limit(1, 100, "instances", label="Instances")]

LOOK = 60.0
"""So far ahead is looked for the next order (s)."""


class Application:
    """What both ways have in common: orders come in, calls are made, components fail. A contact of customers.

    Each order is a request of the record, each call a row of `record.calls`. `mailboxes` holds a queue, or a topic,
    for arrows that are asynchronous, as {(caller, callee): queue}: messages are left there, and who works on them is
    not the application's. Other asynchronous arrows keep their messages in the line of the callee.
    """

    idle_timeout = inf
    latency = 0.0

    def __init__(self, world: World, name: str, design: Design, kind: str, spread: float, mailboxes):
        _check_mailboxes(world, design, mailboxes)
        record = world.record
        self.world, self.name, self.design = world, name, design
        inside = _inside(design, mailboxes)
        if taken := next((one for one in (name, *inside) if record.has_part(one)), None):
            raise InvalidParameter(
                f"name is {taken!r:.60}, but another part already has that name: choose a new one."
            )
        if name in inside:
            raise InvalidParameter(f"name is {name!r:.60}, but a component of design has that name.")
        later = ", ".join(str(arrow) for arrow in design.arrows if arrow.asynchronous)
        told = self._attributes() | ({"asynchronous": later} if later else {})
        self.part = record.add_part(name, "application", time=world.now, **told)
        self.table = record.calls
        self.loop = Loop(record.calls, self.latency)
        self._requests = record.requests
        self.services: dict[str, Service] = {}
        self.places: dict[str, Place] = {}
        for component in design.components:
            if component.name in inside:
                self._add(component)
        for one in inside:
            self._follow(one, mailboxes, kind, spread)
        self.entry = Link(
            Arrow(name, design.names[0]),
            self.places[design.names[0]],
            lambda order: 0.0,
            world.dice(f"{name} entry"),
        )
        record.add_link(self.part, self.entry.place.part)
        self._outbox: dict[int, tuple[Mailbox, list[float], list[int]]] = {}
        self._kind, self._spread = kind, spread
        self.others: list[Others] = []
        self._settled = False
        self._states: dict[str, str] = {}
        world.add_stage(self)
        for pair, mailbox in mailboxes.items():
            world.add_way(self, mailbox)
            record.add_link(self.places[pair[0]].part, mailbox.part)
            self._outbox[mailbox.part] = (mailbox, [], [])
        for service in dict.fromkeys(self.services.values()):
            record.set(service.part, "Instances", world.now, service.instances)
            record.wire(service.part, "component", instances=service.instances)
        for component in design.components:
            if component.name in inside:
                self._enter(component.name)

    # How it is put together

    def _attributes(self) -> dict:
        raise NotImplementedError

    def _service_of(self, component: Component, part: int) -> Service:
        raise NotImplementedError

    def _serve(self, task: Task) -> Steps:
        """What a component does with a call that is its own task."""
        raise NotImplementedError

    def _add(self, component: Component) -> None:
        record = self.world.record
        known = {
            name: value for name, value in vars(component).items() if name != "name" and value is not None
        }
        part = record.add_part(
            component.name, "component", time=self.world.now, parent=self.part, **self._told(known)
        )
        service = self.services[component.name] = self._service_of(component, part)
        place = self.places[component.name] = Place(self.loop, component.name, part, service)
        place.serve = self._serve
        if isinstance(service, PlannedService):
            service.place, place.arrive = place, service.arrive

    def _told(self, known: dict) -> dict:
        return known

    def _follow(self, name: str, mailboxes: Mapping, kind: str, spread: float) -> None:
        """Make the links of a component, those that are followed side by side in one group."""
        place, last = self.places[name], False
        for arrow in self.design.arrows_from(name):
            mailbox = mailboxes.get((arrow.caller, arrow.callee))
            link = self._link(arrow, arrow.callee, kind, spread, mailbox)
            if arrow.fallback not in (None, DEFAULT):
                own = Arrow(arrow.caller, arrow.fallback, timeout=arrow.timeout)
                link.instead = self._link(
                    own, f"{arrow.fallback} in place of {arrow.callee}", kind, spread, None
                )
            together = arrow.side_by_side and not arrow.asynchronous
            if together and last:
                place.groups[-1].append(link)
            else:
                place.groups.append([link])
            last = together

    def _link(self, arrow: Arrow, to: str, kind: str, spread: float, mailbox: Mailbox | None) -> Link:
        world, name = self.world, f"{self.name}: {arrow.caller} to {to}"
        callee = self.design.component(arrow.callee)
        works = Works(world.seed, f"{name} work", kind, callee.work or 0.0001, spread)
        place = self.places[arrow.callee if mailbox is None else arrow.caller]
        link = Link(arrow, place, works.of, world.dice(f"{name} back-off"))
        link.mailbox = mailbox
        if mailbox is None:
            world.record.add_link(self.places[arrow.caller].part, place.part)
        return link

    # A contact, and a stage of messages

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Take a column of orders; returns the first new row. Where nobody is there, they are refused."""
        count = len(arrived)
        never, at = [inf] * count, [self.entry.place.part] * count
        begin, leaves = self._begin, [time + customers.limit for time in arrived]
        status = customers.too_late if customers.limit < inf else Status.OK
        if not self.entry.place.service.capacity:
            begin, leaves, status = self._refuse, arrived, Status.BAD_GATEWAY
        row = self._requests.extend(customers.client, arrived, never, never, leaves, paths, at, status)
        rows = range(row, row + count)
        self.loop.orders.extend(zip(arrived, repeat(begin), repeat(customers), rows, works, strict=False))
        return row

    def time_passed(self, now: float) -> bool:
        """Let all happen that comes before `now`; True when an order was answered."""
        self._settled = False
        self.loop.run(now)
        return self._settled

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """No server of others works for it."""

    def advance(self, now: float) -> None:
        """Let all happen here that comes before `now` (s), and hand on the messages that were left."""
        self.loop.run(now)
        started, orders = self._requests.started, self.table.started
        for task in self.entry.place.service.tasks():
            order = task.call.order
            if task.call.customers is not None and started[order] == inf:
                self._requests.kept.clear()
                started[order] = orders[task.call.row]
        for part, (mailbox, times, paths) in self._outbox.items():
            if times:
                self._outbox[part] = (mailbox, [], [])
                mailbox.deliver(times, paths)

    def next_time(self) -> float:
        """The earliest moment at which something may happen here, as far as is known (s)."""
        now = self.world.now
        earliest = min(self.loop.next_time(), self.world.next_request(self, now + LOOK))
        return max(earliest, nextafter(now, inf))  # an order of this moment comes after it

    # What is done to it

    @checked()
    def crash(self, component: str, *, instances: Some = None) -> None:
        """Its process dies, in all instances or in so many, until it recovers: what it has in hand is broken off."""
        service = self._service(component)
        self.world.advance()
        alive = service.instances - service.down
        if count := alive if instances is None else min(instances, alive):
            service.crash(self.world.now, count)
            self._say(component, "✕", "crashes", count, service)
            self._enter(component)

    @checked()
    def recover(self, component: str, *, instances: Some = None) -> None:
        """So many of its instances that are down are there again, or all; it works at its usual speed."""
        service, place = self._service(component), self.places[component]
        self.world.advance()
        count = service.down if instances is None else min(instances, service.down)
        if not count and place.speed == 1:
            return
        place.set_speed(self.world.now, 1.0)
        if count:
            service.start(self.world.now, count)
        self._say(component, "✓", "works again", count, service)
        self._enter(component)

    @checked()
    def slow_down(self, component: str, speed: Annotated[float, Limit(0.01, 100, label="Speed")]) -> None:
        """It works at `speed` (1 is usual) from now on."""
        self._set_speed(component, speed, "◔", f"{at_speed(speed)}.")

    @checked()
    def hang(self, component: str) -> None:
        """It takes calls and answers none of them, until it recovers: whoever waits for it keeps its slot."""
        self._set_speed(component, 0.0, "✕", "hangs: it takes calls and answers none.")

    @checked()
    def deploy(
        self,
        component: str,
        *,
        downtime: Annotated[float, Limit(0.1, 3600, "s", label="Time to deploy")] = 30.0,
    ) -> None:
        """A new version: one instance after the other finishes what it has, and is away for `downtime` seconds."""
        service = self._service(component)
        self.world.advance()
        if alive := service.instances - service.down:
            self._say(component, "○", "is deployed", 0, service)
            self.world.process(self._deploy(component, service, downtime, alive))

    @checked()
    def overload(
        self,
        component: str,
        *,
        rate: Annotated[float, Limit(0.01, 10_000, "calls/s", label="Further calls")],
        duration: Annotated[float, Limit(0.1, 86_400, "s", label="For")] = 60.0,
    ) -> None:
        """Somebody else calls it too, from now on: `rate` times a second, for `duration` seconds."""
        place = self._place(component)
        self.world.advance()
        now, number = self.world.now, len(self.others)
        mean = self.design.component(component).work or 0.1
        name = f"{self.name}: {component} overload {number}"
        works = Works(self.world.seed, name, self._kind, mean, self._spread)
        link = Link(Arrow(self.name, component), place, works.of, self.world.dice(name))
        self.others.append(Others(self.loop, link, number, now, 1 / rate, now + duration))
        self._note(component, "◔", f"{component} gets {rate:g} further calls a second.")

    @checked()
    def scale(
        self, component: str, instances: Annotated[int, Limit(1, 100, "instances", label="Instances")]
    ) -> None:
        """Have so many instances of it from now on; those that are too many finish what they have."""
        service = self._service(component)
        self.world.advance()
        if service.instances != instances:
            service.scale(self.world.now, instances)
            self.world.record.set(service.part, "Instances", self.world.now, instances)
            self._say(component, "○", f"is scaled to {instances}", 0, service)

    # Inside

    def _begin(self, customers: Caller, order: int, work: float) -> None:
        """An order arrives."""
        call = Sent(self.entry, order, NOBODY)
        call.row = self.table.add(order, NOBODY, self.entry.place.part, self.loop.now)
        call.customers, call.work, call.ended = customers, work, self._answered
        self.entry.place.arrive(call)

    def _refuse(self, customers: Caller, order: int, work: float) -> None:
        """An order arrives where nobody is."""
        row = self.table.add(order, NOBODY, self.entry.place.part, self.loop.now)
        self.table.ended[row], self.table.status[row] = self.loop.now, CallStatus.REFUSED

    def _answered(self, call: Call, now: float, good: bool) -> None:
        """An order is over: well, with an error, or broken off."""
        self._settled = True
        started = self.table.started[call.row]
        customers = call.customers
        assert customers is not None
        if self.table.status[call.row] != CallStatus.BROKEN:
            customers.settle(Amended(call.order, started, now, not good))
        elif self._requests.answered[call.order] > now:
            customers.settle(Amended(call.order, started, inf))
        else:
            self._requests.started[call.order] = started

    def _post(self, link: Link, order: int, parent: int) -> None:
        """Leave a message, and don't wait."""
        loop = self.loop
        if link.mailbox is None:
            call = Sent(link, order, parent)
            call.durable, call.ended = True, self._worked_on
            loop.send(call)
            return
        row = self.table.add(order, parent, link.mailbox.part, loop.now)
        self.table.started[row] = self.table.ended[row] = loop.now
        _, times, paths = self._outbox[link.mailbox.part]
        times.append(loop.now)
        paths.append(self._requests.path[order] if order != NOBODY else self.world.record.add_path("/"))

    def _worked_on(self, call: Call, now: float, good: bool) -> None:
        """A message was worked on; where that failed it comes back."""
        if not good and isinstance(call, Sent):
            time = now + call.link.arrow.backoff
            again = call.again(self.table, time)
            heappush(self.loop.heap, (time, ARRIVE + again.row, again.link.place.arrive, again))

    def _deploy(self, component: str, service: Service, downtime: float, count: int) -> Process:
        """One instance after the other is away. A SimPy process."""
        world = self.world
        service.stop(world.now, 1)
        self._enter(component, "deploying")
        for _ in range(count):
            yield world.timeout(downtime)
        world.advance()
        if service.down:
            service.start(world.now, 1)
        self._enter(component)

    def _set_speed(self, component: str, speed: float, glyph: str, text: str) -> None:
        place = self._place(component)
        self.world.advance()
        place.set_speed(self.world.now, speed)
        self._note(component, glyph, f"{component} {text}")
        self._enter(component)

    def _service(self, component: str) -> Service:
        self._place(component)
        return self.services[component]

    def _place(self, component: str) -> Place:
        if component not in self.places:
            raise InvalidParameter(
                f"component is {component!r:.60}, but must be one of {', '.join(self.places)}."
            )
        return self.places[component]

    def _enter(self, component: str, down: str = "crashed") -> None:
        """Write the states that have changed, of a component and of all in the same process."""
        for name, service in self.services.items():
            if service is self.services[component]:
                place = self.places[name]
                state = (
                    {0.0: "hanging", 1.0: "answering"}.get(place.speed, "slow") if service.capacity else down
                )
                if self._states.get(name) != state:
                    self._states[name] = state
                    self.world.record.enter(self.world.now, place.part, "application", state)

    def _say(self, component: str, glyph: str, what: str, count: int, service: Service) -> None:
        many = f" in {count} of {service.instances} instances" if count > 0 and service.instances > 1 else ""
        along = f", and with it all of {self.name}" if service.part == self.part else ""
        self._note(component, glyph, f"{component} {what}{many}{along}.")

    def _note(self, component: str, glyph: str, text: str) -> None:
        self.world.record.note(
            self.world.now, self.places[component].part, glyph, f"{text[0].upper()}{text[1:]}"
        )


def _inside(design: Design, mailboxes: Mapping) -> list[str]:
    """The components that calls reach; who stands behind a mailbox is outside."""
    found = [design.names[0]]
    for name in found:
        arrows = [
            arrow for arrow in design.arrows_from(name) if (arrow.caller, arrow.callee) not in mailboxes
        ]
        callees = [
            one for arrow in arrows for one in (arrow.callee, arrow.fallback) if one not in (None, DEFAULT)
        ]
        found += [one for one in dict.fromkeys(callees) if one not in found]
    return found


def _check_mailboxes(world: World, design: Design, mailboxes) -> None:
    arrows = {(arrow.caller, arrow.callee): arrow for arrow in design.arrows}
    for pair, mailbox in mailboxes.items():
        if not isinstance(pair, tuple) or pair not in arrows:
            known = ", ".join(f"({arrow.caller}, {arrow.callee})" for arrow in design.arrows) or "none"
            raise InvalidParameter(f"mailboxes holds {pair!r:.60}, but the arrows of design are {known}.")
        if not arrows[pair].asynchronous:
            raise InvalidParameter(f"mailboxes holds {arrows[pair]}, but that arrow must be asynchronous.")
        if design.arrows_from(pair[1]):
            raise InvalidParameter(
                f"mailboxes holds {arrows[pair]}, but {pair[1]} calls others: who works behind a mailbox calls nobody."
            )
        if not fits(mailbox, "deliver", "part", "world", "advance", "next_time"):
            raise InvalidParameter(f"mailboxes holds {mailbox!r:.60}, but must hold queues or topics.")
        if mailbox.world is not world:
            raise InvalidParameter(
                "mailboxes holds a queue of another world, but must hold those of its own."
            )
