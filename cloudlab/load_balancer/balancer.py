"""A load balancer: one contact for the callers, many targets behind it.

It does three things. It chooses a target for each request (`routing` holds the methods). It checks
the health of its targets, and sends nothing to one that failed `unhealthy_threshold_count` checks in
a row; a check stands in the target's line like a request, and counts when it is answered. It lets a
target that leaves finish what it has (draining). Read `LoadBalancer._watch` first.

Until the checks notice, a dead target still gets its share of the requests (LB-11): that gap, not the
choice of the next target, is where most errors come from.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Annotated

import simpy

from cloudlab.kernel.contracts import (
    AnswerChange,
    Caller,
    Paths,
    Process,
    RequestServer,
    Target,
    TargetSource,
)
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.load_balancer.routing import METHODS


class ValidationError(InvalidParameter):
    """Elastic Load Balancing's error code for a parameter that its rule forbids."""


@dataclass
class Registration:
    """A registered target as the balancer sees it.

    `state` is initial, healthy, unhealthy, draining, or unused when it has left (LB-13); `passed` and
    `failed` count checks in a row, and `drained` comes when its drain is over.
    """

    target: Target
    state: str = "initial"
    passed: int = 0
    failed: int = 0
    drained: simpy.Event | None = None


class LoadBalancer:
    """One name in front of `targets`: a group, or a list of instances.

    Defaults are the provider's (LB-4, LB-9, LB-14, LB-18), the timeout of a check the balancer guide's.
    Raises ValidationError.
    """

    @checked(ValidationError)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        targets: TargetSource | Sequence[Target] = (),
        load_balancing_algorithm_type: Annotated[
            str, Limit(choices=tuple(METHODS), label="Method")
        ] = "round_robin",
        health_check_interval_seconds: Annotated[int, Limit(5, 300, "s", label="Check every")] = 30,
        health_check_timeout_seconds: Annotated[int, Limit(2, 120, "s", label="Check timeout")] = 5,
        healthy_threshold_count: Annotated[int, Limit(2, 10, "checks", label="Healthy after")] = 5,
        unhealthy_threshold_count: Annotated[int, Limit(2, 10, "checks", label="Unhealthy after")] = 2,
        deregistration_delay_timeout_seconds: Annotated[
            int, Limit(0, 3600, "s", label="Draining at most")
        ] = 300,
        idle_timeout_timeout_seconds: Annotated[int, Limit(1, 4000, "s", label="Idle timeout")] = 60,
    ):
        group = targets if isinstance(targets, TargetSource) and not isinstance(targets, type) else None
        listed = _targets(world, targets) if group is None else None
        if getattr(targets, "world", world) is not world:
            raise ValidationError("targets is a group of another world, but must be of the balancer's own.")
        if health_check_timeout_seconds >= health_check_interval_seconds:
            raise ValidationError(
                f"health_check_timeout_seconds is {health_check_timeout_seconds} s, but must be less than "
                f"health_check_interval_seconds ({health_check_interval_seconds} s)."
            )
        self.world, self.name = world, name
        self.part = world.record.add_part(
            name, "balancer", time=world.now, load_balancing_algorithm_type=load_balancing_algorithm_type
        )
        world.record.wire(
            self.part,
            "balancer",
            group=getattr(group, "part", None),
            load_balancing_algorithm_type=load_balancing_algorithm_type,
            health_check_interval_seconds=health_check_interval_seconds,
            health_check_timeout_seconds=health_check_timeout_seconds,
            healthy_threshold_count=healthy_threshold_count,
            unhealthy_threshold_count=unhealthy_threshold_count,
            deregistration_delay_timeout_seconds=deregistration_delay_timeout_seconds,
            idle_timeout_timeout_seconds=idle_timeout_timeout_seconds,
        )
        self.health_check_interval_seconds = health_check_interval_seconds
        self.health_check_timeout_seconds = health_check_timeout_seconds
        self.healthy_threshold_count = healthy_threshold_count
        self.unhealthy_threshold_count = unhealthy_threshold_count
        self.deregistration_delay_timeout_seconds = deregistration_delay_timeout_seconds
        self.idle_timeout = float(idle_timeout_timeout_seconds)
        self.targets: dict[int, Registration] = {}
        self._method = METHODS[load_balancing_algorithm_type](world.dice(f"{name} routing"), self.part)
        self._routed: list[RequestServer] = []
        self._reroute()
        if group is not None:
            group.attach(self)
        for target in listed or ():
            self.register(target)

    def register(self, target: Target) -> None:
        """Take `target` as a target. It gets requests once it has passed its first check (LB-10).

        One that is registered already stays as it is; one that drains begins anew.
        """
        _targets(self.world, [target])
        if self.target_health(target) not in ("draining", "unused"):
            return
        registration = self.targets[target.part] = Registration(target)
        self.world.record.add_link(self.part, target.part)
        self._enter(registration, "initial")
        self.world.process(self._watch(registration))

    def deregister(self, target: Target) -> simpy.Event:
        """Send `target` nothing new, and let it finish what it has (LB-14).

        The event that comes back happens when nothing is open any more: each request that was sent there is
        answered, or its caller is gone. At the limit the rest is broken off (502). One that drains already
        goes on, and one that is not registered is left as it is.
        Raises ValidationError for what is no target, or one of another world.
        """
        _targets(self.world, [target])
        registration = self.targets.get(target.part)
        if registration is None:
            return self.world.timeout(0)
        if registration.drained is None:
            limit = self.world.now + self.deregistration_delay_timeout_seconds
            self._enter(registration, "draining", until=limit)
            registration.drained = self.world.process(self._drain(registration, limit))
        return registration.drained

    def target_health(self, target: Target) -> str:
        """What the balancer thinks of `target`: initial, healthy, unhealthy, draining or unused.

        Raises ValidationError for what is no target, or one of another world.
        """
        _targets(self.world, [target])
        registration = self.targets.get(target.part)
        return registration.state if registration else "unused"

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Send a column of requests to the targets; returns the first new row."""
        if self._routed:
            return self._method.handle(customers, arrived, works, paths)
        never, nowhere = [inf] * len(arrived), [self.part] * len(arrived)
        requests, status = self.world.record.requests, Status.UNAVAILABLE
        return requests.extend(customers.client, arrived, never, never, arrived, paths, nowhere, status)

    def time_passed(self, now: float) -> bool:
        """Start what waits at the balancer itself and may start before `now`; True when anything started."""
        return self._method.time_passed(now)

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """A server made a new plan; the method may count open requests."""
        self._method.plan_changed(part, changes)

    def _drain(self, entry: Registration, limit: float) -> Process:
        """Wait until nothing is open or `limit` (s) has come, then let it go. A SimPy process."""
        target, world, begun = entry.target, self.world, self.world.now
        rows = self._open_on(target.part)
        while rows and world.now < limit and self.targets.get(target.part) is entry:
            answered = world.record.requests.answered
            yield target.server.changed | world.until(min(limit, max(answered[row] for row in rows)))
            rows = self._unanswered(rows)
        if self.targets.get(target.part) is not entry:
            return  # it was registered again meanwhile
        world.advance()
        if rows:
            target.server.cut(world.now)
            if cut := len(rows) - len(self._unanswered(rows)):
                drained = f"{target.name} has drained for {limit - begun:g} s"
                self._note("✕", f"{drained}: {cut} open requests are cut.")
        del self.targets[target.part]
        self._enter(entry, "unused")

    def _open_on(self, part: int) -> list[int]:
        """The rows sent to `part` that have no answer yet: none of them is older than the idle timeout."""
        requests = self.world.record.requests
        targets, first = requests.target, requests.before(self.world.now - self.idle_timeout)
        return self._unanswered([row for row in range(first, len(targets)) if targets[row] == part])

    def _unanswered(self, rows: list[int]) -> list[int]:
        answered, now = self.world.record.requests.answered, self.world.now
        return [row for row in rows if answered[row] > now]

    def _watch(self, entry: Registration) -> Process:
        """Check one target at once, and then each interval, until it leaves. A SimPy process."""
        while entry.state not in ("draining", "unused"):
            due = self.world.now + self.health_check_interval_seconds
            self._count(entry, (yield from entry.target.health_check(self.health_check_timeout_seconds)))
            while self.world.now < due:
                yield self.world.until(due)

    def _count(self, entry: Registration, passed: bool) -> None:
        """Take one result into account, as LB-9 and LB-10 say."""
        entry.passed = entry.passed + 1 if passed else 0
        entry.failed = 0 if passed else entry.failed + 1
        if entry.state == "initial" and passed:
            self._enter(entry, "healthy")
        elif entry.state == "unhealthy" and entry.passed >= self.healthy_threshold_count:
            self._enter(entry, "healthy")
            self._note("✓", f"{entry.target.name} passed {entry.passed} checks: it gets requests again.")
        elif entry.state in ("initial", "healthy") and entry.failed >= self.unhealthy_threshold_count:
            was = entry.state
            self._enter(entry, "unhealthy")
            if was == "healthy":
                self._note(
                    "✕", f"{entry.target.name} failed {entry.failed} checks: it gets no more requests."
                )

    def _enter(self, entry: Registration, state: str, until: float = inf) -> None:
        self.world.advance()
        entry.state = state
        self.world.record.enter(self.world.now, entry.target.part, "target", state, until)
        self._reroute()

    def _reroute(self) -> None:
        """Requests go to the healthy targets; if there is none, to all that are registered (LB-12)."""
        states = [entry.state for entry in self.targets.values()]
        wanted = ("healthy",) if "healthy" in states else ("initial", "unhealthy")
        self._routed = [entry.target.server for entry in self.targets.values() if entry.state in wanted]
        self._method.routed(self._routed)
        for metric, state in (("HealthyHostCount", "healthy"), ("UnHealthyHostCount", "unhealthy")):
            self.world.record.set(self.part, metric, self.world.now, states.count(state))

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, text)


def _targets(world: World, targets) -> list[Target]:
    """The targets of a list, or ValidationError."""
    listed = list(targets) if isinstance(targets, (list, tuple)) else None
    if listed is not None and all(fits(one, "health_check", "server", "world") for one in listed):
        if all(one.world is world for one in listed):
            return listed
        raise ValidationError(
            "targets holds an instance of another world, but must be of the balancer's own."
        )
    raise ValidationError(f"targets is {targets!r:.60}, but must be a group or a list of instances.")
