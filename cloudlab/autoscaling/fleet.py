"""The instances of a group: brought in, registered with the balancers, drained and ended.

A fleet does what it is told; how many there should be, and which one has to go, is the group's business. Read
`Fleet.launch` first.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from math import inf

from cloudlab.autoscaling.members import ENDED, ENDING, SERVING, STARTING, Member, holding, zone_for_next
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.contracts import Process, Registry
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World


class Fleet:
    """The members of the group whose part is `group`, by name, over `availability_zones`.

    `active_until` is when the last of its activities ended (s); `balancers` are those it registers with.
    """

    def __init__(self, world: World, group: int, availability_zones: Sequence[str]):
        self.world, self.group, self.availability_zones = world, group, availability_zones
        self.members: dict[str, Member] = {}
        self.balancers: list[Registry] = []
        self.active_until = -inf
        self._names = _free_names(world.record)
        self._count()

    def holding(self) -> list[Member]:
        """Those that count as capacity: on their way in, or in service (AS-16)."""
        return holding(self.members.values())

    def ending(self) -> list[Member]:
        """Those on their way out: they still drain, and no longer count as held."""
        return [member for member in self.members.values() if member.state == ENDING]

    def serving(self, since: float = inf) -> list[Instance]:
        """The instances in service, in order of launch; only those that are so since `since` (s) or before."""
        members = self.members.values()
        return [one.instance for one in members if one.state == SERVING and one.in_service_at <= since]

    def busy(self) -> bool:
        """Whether an instance is on its way in or out."""
        return any(member.state != SERVING for member in self.members.values())

    def attach(self, balancer: Registry) -> None:
        """Register what is in service with `balancer`, now and from now on (LB-20)."""
        self.balancers.append(balancer)
        for instance in self.serving():
            balancer.register(instance)

    def launch(self, template: LaunchTemplate, version: int, protected: bool) -> str:
        """Launch one instance in the zone that has the fewest; returns its name."""
        zone, name = zone_for_next(self.holding(), self.availability_zones), next(self._names)
        instance = Instance(
            self.world, name, launch_template=template, availability_zone=zone, group=self.group
        )
        member = self.members[name] = Member(instance, version, protected)
        self._enter(member, STARTING, until=self.world.now + template.launch_time)
        self.world.process(self._bring_into_service(member))
        return name

    def let_go(self, member: Member) -> None:
        """End one instance; from now on it no longer counts."""
        self._enter(member, ENDING)
        self.world.process(self._end(member))

    def _bring_into_service(self, member: Member) -> Process:
        """Wait for the machine, then register it with the balancers (AS-9, LB-20). A SimPy process."""
        yield self.world.timeout(member.instance.template.launch_time)
        if member.state == STARTING and member.instance.state == "running":
            member.in_service_at = self.world.now
            self.active_until = self.world.now
            self._enter(member, SERVING)
            for balancer in self.balancers:
                balancer.register(member.instance)

    def _end(self, member: Member) -> Process:
        """Drain, then terminate one instance (AS-9, AS-15, LB-20). A SimPy process."""
        yield self.world.all_of([balancer.deregister(member.instance) for balancer in self.balancers])
        member.instance.terminate()
        self._enter(member, ENDED)
        del self.members[member.instance.name]
        self.active_until = self.world.now

    def _enter(self, member: Member, state: str, until: float = inf) -> None:
        member.state = state
        self.world.record.enter(self.world.now, member.instance.part, "lifecycle", state, until)
        self._count()

    def _count(self) -> None:
        """Write the metrics that count instances."""
        states = [member.state for member in self.members.values()]
        metrics = {"InService": SERVING, "Pending": STARTING, "Terminating": ENDING}
        for metric, state in metrics.items():
            self.world.record.set(self.group, f"Group{metric}Instances", self.world.now, states.count(state))


def _free_names(record: Record) -> Iterator[str]:
    """i-1, i-2, … without end, those left out that another part has."""
    for number in count(1):
        if not record.has_part(f"i-{number}"):
            yield f"i-{number}"
