"""Small worlds described as data, so that a test can build the same one twice, or draw one by dice.

A `Scene` says what there is, who sends requests, and what happens when. `play` builds it from the public
models and runs it, `replay` does the same in the independent model of `reference.py`, and `scenes` draws one.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st
from reference import Shop

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.load_balancer.routing import METHODS
from cloudlab.traffic import Customers, Shape, steady, step

NO_CHECKS = {"health_check_interval_seconds": 300, "health_check_timeout_seconds": 120}
"""Settings of a balancer that hardly ever finds a target too slow."""


@dataclass(frozen=True)
class Sender:
    """Customers called `name`: their traffic, and the other keyword parameters of `Customers`."""

    name: str
    traffic: Shape
    more: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """A balancer called 'shop' in front of a group called 'web', or of `instances` built by hand.

    `acts` are (time in s, verb, number): what is done to one of the instances or to the group. `end` is
    in seconds. Without a `balancer` the customers call the only instance themselves.
    """

    senders: tuple[Sender, ...]
    end: float
    seed: int = 1
    group: dict | None = None
    instances: tuple[LaunchTemplate, ...] = ()
    balancer: dict | None = field(default_factory=dict)
    acts: tuple[tuple[float, str, float], ...] = ()


class Stage:
    """The parts of one scene in one world, and what can be done to them."""

    def __init__(self, scene: Scene, world: World):
        self.world = world
        self.instances = [
            Instance(world, f"m-{place}", launch_template=template)
            for place, template in enumerate(scene.instances)
        ]
        self.group = AutoScalingGroup(world, "web", **scene.group) if scene.group else None
        self.contact = self.instances[0] if self.instances else None
        if scene.balancer is not None:
            self.contact = LoadBalancer(world, "shop", targets=self.group or self.instances, **scene.balancer)
        self.customers = [
            Customers(world, sender.name, traffic=sender.traffic, to=self.contact, **sender.more)
            for sender in scene.senders
        ]
        for time, verb, number in scene.acts:
            world.process(self._act(time, verb, number))

    def _act(self, time, verb, number):
        yield self.world.timeout(time)
        getattr(self, verb)(number)

    def everyone(self) -> list[Instance]:
        """All instances of the scene that have not ended, in order of launch."""
        members = self.group.members.values() if self.group else ()
        return [
            one
            for one in self.instances + [member.instance for member in members]
            if one.state != "terminated"
        ]

    def one(self, number) -> list[Instance]:
        """The instance with that number, counted round and round, as a list; empty when there is none."""
        there = self.everyone()
        return [there[int(number) % len(there)]] if there else []

    def kill(self, number):
        for instance in self.one(number):
            instance.kill()

    def crash(self, number):
        for instance in self.one(number):
            instance.crash()

    def recover(self, number):
        for instance in self.one(number):
            instance.recover()

    def fail(self, number):
        for instance in self.one(number):
            instance.fail()

    def slow_down(self, number):
        """The whole part of `number` says who, the rest (0.01 to 0.99) is the speed."""
        for instance in self.one(number):
            instance.slow_down(round(number % 1, 2))

    def speed_up(self, number):
        """The whole part of `number` says who, ten times the rest is the speed."""
        for instance in self.one(number):
            instance.slow_down(round(number % 1 * 10, 1))

    def ask(self, number):
        self.group.ask(int(number), "a test")

    def resize(self, number):
        """Both bounds of the group become `number` and `number` + 2."""
        self.group.update_auto_scaling_group(min_size=int(number), max_size=int(number) + 2)

    def leave(self, number):
        """The balancer lets one instance go."""
        for instance in self.one(number):
            self.contact.deregister(instance)

    def join(self, number):
        """The balancer takes one instance, unless it has it."""
        for instance in self.one(number):
            if self.contact.target_health(instance) == "unused":
                self.contact.register(instance)


def play(scene: Scene, *, make=World, end: float | None = None) -> Record:
    """Build the scene in a new world (of the class `make`) and run it to its end (s)."""
    world = make(scene.seed)
    Stage(scene, world)
    return world.run(scene.end if end is None else end)


def replay(scene: Scene, record: Record) -> Shop:
    """The same scene by the independent model, which takes what was done to it from `record`."""
    return Shop(record, scene.senders, scene.balancer).run()


FOR_ANYONE = ("kill", "crash", "recover", "recover", "fail", "slow_down", "speed_up")
FOR_GROUPS = ("ask", "ask", "resize")
FOR_LISTS = ("leave", "join")


@st.composite
def scenes(draw, methods=tuple(METHODS), requests=300) -> Scene:
    """Any small scene: a group or a list, one or two senders, up to ten acts, about `requests` requests."""
    slots, machines, work = (
        draw(st.sampled_from((1, 2, 3))),
        draw(st.integers(1, 4)),
        draw(st.sampled_from((0.05, 0.4, 2.0))),
    )
    rate = machines * slots / work * draw(st.sampled_from((0.5, 0.9, 1.2)))
    end = max(60.0, min(600.0, requests / rate))
    rate = min(rate, requests / end)
    template = LaunchTemplate(
        launch_time=draw(st.sampled_from((0, 7.5, 30))),
        boot_time=draw(st.sampled_from((0, 11.25))),
        slots=slots,
    )
    by_group = draw(st.booleans())
    verbs = FOR_ANYONE + (FOR_GROUPS if by_group else FOR_LISTS)
    act = st.tuples(st.integers(1, int(end * 1000) - 1), st.sampled_from(verbs), st.integers(0, 5))
    speeds = st.sampled_from((0.05, 0.25, 0.9))
    acts = [
        (time / 1000 + 0.0005, verb, who + (draw(speeds) if verb in ("slow_down", "speed_up") else 0))
        for time, verb, who in draw(st.lists(act, max_size=10))
    ]
    return Scene(
        senders=_senders(draw, rate, work, end),
        end=end,
        seed=draw(st.integers(0, 1000)),
        group=_group(draw, machines, template) if by_group else None,
        instances=() if by_group else (template,) * machines,
        balancer=_balancer(draw, methods),
        acts=tuple(sorted(acts)),
    )


def _senders(draw, rate, work, end) -> tuple[Sender, ...]:
    """One sender or two. Retries of the second never fall on those of the first: their order is known."""
    more = {"mean_work": work, "work": draw(st.sampled_from(("exponential", "fixed")))}
    more |= {"arrivals": draw(st.sampled_from(("poisson", "regular")))}
    more |= {"patience": draw(st.sampled_from((None, 0.5, 3.0, 20.0)))}
    more |= {
        "max_attempts": draw(st.sampled_from((1, 2, 4))),
        "retry_delay": draw(st.sampled_from((0.1, 1.0, 7.0))),
    }
    first = Sender("ann", steady(rate), more)
    if not draw(st.booleans()):
        return (first,)
    more = more | {
        "arrivals": "poisson",
        "max_attempts": draw(st.sampled_from((1, 2))),
        "retry_delay": 1.3717,
    }
    return (first, Sender("bob", step(rate / 2, jump=0.3, at=end / 2), more))


def _group(draw, machines, template) -> dict:
    low = draw(st.integers(0, machines))
    return {
        "min_size": low,
        "desired_capacity": machines,
        "max_size": machines + 2,
        "launch_template": template,
        "health_check_type": draw(st.sampled_from(("EC2", "ELB"))),
        "health_check_grace_period": draw(st.sampled_from((0, 60))),
    }


def _balancer(draw, methods) -> dict:
    return {
        "load_balancing_algorithm_type": draw(st.sampled_from(methods)),
        "health_check_interval_seconds": draw(st.sampled_from((5, 10, 30))),
        "health_check_timeout_seconds": draw(st.sampled_from((2, 4))),
        "healthy_threshold_count": draw(st.sampled_from((2, 5))),
        "unhealthy_threshold_count": draw(st.sampled_from((2, 3))),
        "deregistration_delay_timeout_seconds": draw(st.sampled_from((0, 5, 60))),
        "idle_timeout_timeout_seconds": draw(st.sampled_from((1, 5, 60))),
    }
