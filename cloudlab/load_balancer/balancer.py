"""A load balancer: one contact for the callers, many targets behind it.

It does three things. It chooses a target for each request (`routing` holds the methods). It checks
the health of its targets, and sends nothing to one that failed `unhealthy_threshold_count` checks in
a row. It lets a target that leaves finish what it has (draining). Read `LoadBalancer._watch` first.

Until the checks notice, a dead target still gets its share of the requests (LB-11): that gap, not the
choice of the next target, is where most errors come from.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass
from math import inf
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.load_balancer.routing import METHODS


class ValidationError(InvalidParameter):
    """Elastic Load Balancing's error code for a parameter that its rule forbids."""


@dataclass
class Target:
    """A registered instance as the balancer sees it.

    `state` is initial, healthy, unhealthy or draining (LB-13); `passed` and `failed` count checks in
    a row.
    """

    instance: object
    state: str = "initial"
    passed: int = 0
    failed: int = 0


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
        targets=(),
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
        if not hasattr(targets, "attach"):
            targets = _instances(world, targets)
        if health_check_timeout_seconds >= health_check_interval_seconds:
            raise ValidationError(
                f"health_check_timeout_seconds is {health_check_timeout_seconds} s, but must be less than "
                f"health_check_interval_seconds ({health_check_interval_seconds} s)."
            )
        self.world, self.name = world, name
        self.part = world.record.add_part(
            name, "balancer", time=world.now, load_balancing_algorithm_type=load_balancing_algorithm_type
        )
        self.health_check_interval_seconds = health_check_interval_seconds
        self.health_check_timeout_seconds = health_check_timeout_seconds
        self.healthy_threshold_count = healthy_threshold_count
        self.unhealthy_threshold_count = unhealthy_threshold_count
        self.deregistration_delay_timeout_seconds = deregistration_delay_timeout_seconds
        self.idle_timeout = float(idle_timeout_timeout_seconds)
        self.targets: dict[int, Target] = {}
        self._method = METHODS[load_balancing_algorithm_type](world.dice(f"{name} routing"))
        self._method.part = self.part
        self._route: list = []
        self._reroute()
        if hasattr(targets, "attach"):
            targets.attach(self)
        else:
            for instance in targets:
                self.register(instance)

    def register(self, instance) -> None:
        """Take `instance` as a target. It gets requests once it has passed its first check (LB-10).

        One that is a target already stays as it is; one that drains begins anew.
        """
        _instances(self.world, [instance])
        if self.target_health(instance) not in ("draining", "unused"):
            return
        target = self.targets[instance.part] = Target(instance)
        self.world.record.add_link(self.part, instance.part)
        self._enter(target, "initial")
        self.world.process(self._watch(target))

    def deregister(self, instance):
        """Send `instance` nothing new, and let it finish what it has. A SimPy process (LB-14).

        It ends when nothing is open any more; at the limit the rest is broken off (502).
        """
        target = self.targets.get(instance.part)
        if target is None or target.state == "draining":
            return
        now, server = self.world.now, instance.server
        limit = now + self.deregistration_delay_timeout_seconds
        self._enter(target, "draining", until=limit)
        while (idle := min(server.idle_at(), limit)) > self.world.now:
            yield self.world.timeout(idle - self.world.now)
            if self.targets.get(instance.part) is not target:
                return
        self.world.advance()
        if server.idle_at() > self.world.now:
            broken = server.cut(self.world.now)
            self.world.amend(server.part, broken)
            self._note(
                "✕",
                f"{instance.name} has drained for {limit - now:g} s: {len(broken)} open requests are cut.",
            )
        del self.targets[instance.part]
        self._enter(target, "unused")

    def target_health(self, instance) -> str:
        """What the balancer thinks of `instance`: initial, healthy, unhealthy, draining or unused."""
        target = self.targets.get(instance.part)
        return target.state if target else "unused"

    def handle(self, customers, arrived, works, paths) -> int:
        """Send a column of requests to the targets; returns the first new row."""
        if self._route:
            return self._method.handle(self._route, customers, arrived, works, paths)
        never, nowhere = [inf] * len(arrived), [self.part] * len(arrived)
        requests = self.world.record.requests
        return requests.extend(
            customers.client, arrived, never, never, arrived, paths, nowhere, int(Status.UNAVAILABLE)
        )

    def feed(self, now: float) -> bool:
        """Start what waits at the balancer itself; True when anything started."""
        return self._method.feed(now)

    def replanned(self, part: int, moved: list[tuple[float, float]]) -> None:
        """A server made a new plan; the method may count open requests."""
        self._method.replanned(part, moved)

    def _watch(self, target: Target):
        """Check one target at once, and then each interval, until it leaves. A SimPy process."""
        instance, patience = target.instance, self.health_check_timeout_seconds
        while target.state not in ("draining", "unused"):
            due = self.world.now + self.health_check_interval_seconds
            passed, server = instance.answers(within=patience), instance.server
            silent = server.wait(self.world.now) > patience and (server.alive or not server.refuses)
            if silent:
                yield self.world.timeout(patience)  # nobody says no: only the time tells
            self._count(target, passed)
            yield self.world.timeout(due - self.world.now)

    def _count(self, target: Target, passed: bool) -> None:
        """Take one result into account, as LB-9 and LB-10 say."""
        target.passed = target.passed + 1 if passed else 0
        target.failed = 0 if passed else target.failed + 1
        if target.state == "initial" and passed:
            self._enter(target, "healthy")
        elif target.state == "unhealthy" and target.passed >= self.healthy_threshold_count:
            self._enter(target, "healthy")
            self._note("✓", f"{target.instance.name} passed {target.passed} checks: it gets requests again.")
        elif target.state in ("initial", "healthy") and target.failed >= self.unhealthy_threshold_count:
            was = target.state
            self._enter(target, "unhealthy")
            if was == "healthy":
                self._note(
                    "✕", f"{target.instance.name} failed {target.failed} checks: it gets no more requests."
                )

    def _enter(self, target: Target, state: str, until: float = inf) -> None:
        self.world.advance()
        target.state = state
        self.world.record.enter(self.world.now, target.instance.part, "target", state, until)
        self._reroute()

    def _reroute(self) -> None:
        """Requests go to the healthy targets; if there is none, to all that are registered (LB-12)."""
        states = [target.state for target in self.targets.values()]
        wanted = ("healthy",) if "healthy" in states else ("initial", "unhealthy")
        self._route = [t.instance.server for t in self.targets.values() if t.state in wanted]
        self._method.route(self._route)
        for metric, state in (("HealthyHostCount", "healthy"), ("UnHealthyHostCount", "unhealthy")):
            self.world.record.set(self.part, metric, self.world.now, states.count(state))

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, text)


def _instances(world: World, targets) -> list:
    """The targets of a list, or ValidationError."""
    listed = targets if isinstance(targets, (list, tuple)) else [None]
    if all(hasattr(one, "answers") for one in listed):
        if all(one.world is world for one in listed):
            return list(listed)
        raise ValidationError(
            "targets holds an instance of another world, but must be of the balancer's own."
        )
    raise ValidationError(f"targets is {targets!r:.60}, but must be a group or a list of instances.")
