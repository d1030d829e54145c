"""Microservices: each component has instances of its own, and calls go over a network.

Read `Microservices._serve` first: a component keeps its slot until all that it needs was answered, so that who is slow
makes its callers slow too. Read `_ask` next: what can be done against that, a limit, attempts, a circuit breaker, a
fallback.
"""

from collections.abc import Mapping
from typing import Annotated

from cloudlab.applications.application import Application, Spread
from cloudlab.applications.breaker import Breaker
from cloudlab.applications.design import DEFAULT, Component, Design
from cloudlab.applications.loop import Steps, Task
from cloudlab.applications.places import Link, LiveService, Service
from cloudlab.applications.plan import PlannedService
from cloudlab.kernel.calls import CallStatus
from cloudlab.kernel.draws import Work
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.world import World, microseconds


class Microservices(Application):
    """Each component is a service of its own. A call, and its answer, are `latency` seconds on the way.

    Raises InvalidParameter.
    """

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        design: Design,
        latency: Annotated[float, Limit(0.0001, 10, "s", label="Latency")] = 0.001,
        work: Work = "exponential",
        work_spread: Spread = 1.0,
        mailboxes: Mapping | None = None,
    ):
        self.latency = microseconds(latency)
        short = [
            arrow for arrow in design.arrows if arrow.timeout is not None and arrow.timeout <= 2 * latency
        ]
        if short:
            rule = f"must be more than the way there and back ({2 * latency:g} s)"
            raise InvalidParameter(f"timeout of {short[0]} is {short[0].timeout:g} s, but {rule}.")
        super().__init__(world, name, design, work, work_spread, mailboxes or {})

    def _attributes(self) -> dict:
        waits = {
            f"{arrow.caller} → {callee}": arrow.timeout
            for arrow in reversed(self.design.arrows)
            for callee in (arrow.fallback, arrow.callee)
            if arrow.timeout is not None and callee not in (None, DEFAULT)
        }
        limits = ", ".join(f"{way} {seconds:g}" for way, seconds in waits.items())
        return {"shape": "microservices", "latency": self.latency} | (
            {"time_limits": limits} if limits else {}
        )

    def _service_of(self, component: Component, part: int) -> Service:
        """Who calls nobody needs no tasks, unless messages wait there."""
        design, name = self.design, component.name
        messages = any(arrow.callee == name and arrow.asynchronous for arrow in design.arrows)
        leaf = not design.arrows_from(name) and not messages and name != design.names[0]
        kind = PlannedService if leaf else LiveService
        return kind(self.loop, name, part, component.slots, component.instances)

    def _serve(self, task: Task) -> Steps:
        """What follows on its own work: it keeps its slot until all that the component needs was answered."""
        call = task.call
        place, order, row = call.link.place, call.order, call.row
        for group in place.groups:
            link = group[0]
            if len(group) > 1:
                good = yield [self._ask(one, order, row) for one in group]
            elif link.arrow.asynchronous:
                self._post(link, order, row)
                continue
            elif link.breaker is None:
                good = yield link
                if not good and not link.plain:
                    good = yield from self._ask(link, order, row, 1)
            else:
                good = yield from self._ask(link, order, row)
            if not good:
                return False
        return True

    def _ask(self, link: Link, order: int, row: int, made: int = 0) -> Steps:
        """A call with all that is done against failure: attempts, of which so many were `made`, breaker, fallback."""
        breaker = link.breaker
        for attempt in range(made, link.max_attempts):
            if attempt:
                yield link.pause(attempt)
            if breaker is not None and not breaker.lets(self.loop.now):
                self._cut(link, order, row)
                break
            try:
                good = yield link
            except GeneratorExit:
                if breaker is not None:
                    breaker.lost()
                raise
            if breaker is not None:
                self._hear(link, breaker, good)
            if good:
                return True
        if link.instead is not None:
            return (yield link.instead)
        return link.ready_made

    def _hear(self, link: Link, breaker: Breaker, good: bool) -> None:
        """The circuit breaker hears how a call ended."""
        before, now = breaker.state, self.loop.now
        breaker.heard(good, now)
        if breaker.state != before:
            part = self.places[link.arrow.caller].part
            value = breaker.state == "open"
            self.world.record.set(part, f"BreakerOpen to {link.arrow.callee}", now, value)

    def _cut(self, link: Link, order: int, parent: int) -> None:
        """A call that the circuit breaker kept from being made."""
        row = self.table.add(order, parent, link.place.part, self.loop.now)
        self.table.ended[row], self.table.status[row] = self.loop.now, CallStatus.CUT
