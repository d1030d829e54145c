"""A cluster: the hosts that containers run on, and what is free on them. Read `Cluster.place` first.

A host is a machine of its own: when it goes, all that runs on it goes with it. Containers are isolated from each
other, not from their host.

Numbers such as CT-10 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Callable
from itertools import count as numbers
from typing import Annotated, Protocol

from cloudlab.cluster.definition import KILLED, TaskDefinition
from cloudlab.cluster.errors import ClientException, InvalidParameterException
from cloudlab.cluster.placement import Need, Space
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.world import World

NOTICED = 10.0
"""So many seconds after a host is gone its services hear of it. The provider publishes no figure."""


class Held(Protocol):
    """What is on a host, as far as the host knows: a task."""

    need: Need

    def kill(self, exit_code: int = KILLED, reason: str = "", *, quiet: bool = False) -> None:
        """It ends at once; if `quiet`, nobody is told."""

    def tell(self) -> None:
        """Now its service is told."""


class ContainerInstance:
    """A host of a cluster: a machine that holds containers, up to its CPU units and memory (MB).

    `status` is ACTIVE, DRAINING or INACTIVE. `images` are those that it has pulled: a second task of one starts sooner
    (CT-2).
    """

    def __init__(self, cluster: "Cluster", name: str, space: Space, instance_type: str):
        world = cluster.world
        self.cluster, self.world, self.name, self.space, self.status = cluster, world, name, space, "ACTIVE"
        self.tasks: list[Held] = []
        self.images: set[str] = set()
        self.part = world.record.add_part(
            name,
            "host",
            time=world.now,
            cpu=space.cpu,
            memory=space.memory,
            availability_zone=space.zone,
            instance_type=instance_type,
            cluster=cluster.name,
        )
        world.record.enter(world.now, self.part, "application", "answering")

    @property
    def availability_zone(self) -> str:
        """Where it stands."""
        return self.space.zone

    def pull(self, definition: TaskDefinition) -> float:
        """How long it takes until all images of a task are here (s); they stay (CT-2)."""
        missing = [image for image in definition.images if image not in self.images]
        self.images.update(missing)
        return definition.pull_time * len(missing) / len(definition.images)

    def kill(self) -> None:
        """The machine is gone, and all containers on it with it."""
        if self.status == "INACTIVE":
            return
        self.world.advance()
        self._over("killed", "✕", f"{self.name} is lost, and the {_containers(len(self.tasks))} on it.")
        for task in self.tasks:
            task.kill(reason=f"goes with {self.name}", quiet=True)
        self.world.process(self._told())

    def drain(self) -> None:
        """Nothing new comes here, and its services move what is here elsewhere."""
        if self.status == "ACTIVE":
            self.status = "DRAINING"
            self.world.record.enter(self.world.now, self.part, "lifecycle", "DRAINING")
            self.world.record.note(
                self.world.now,
                self.part,
                "◔",
                f"{self.name} is drained: {_containers(len(self.tasks))} move.",
            )
            self.cluster.tell()

    def terminate(self) -> None:
        """Give the machine back to the provider. Raises ClientException while tasks are on it."""
        if self.tasks:
            raise ClientException(f"{self.name} holds {_containers(len(self.tasks))}: drain it first.")
        if self.status != "INACTIVE":
            self._over("terminated", "○", f"{self.name} is given back.")

    def _over(self, state: str, glyph: str, text: str) -> None:
        self.status = "INACTIVE"
        self.world.record.parts[self.part].gone = float(self.world.now)
        self.world.record.enter(self.world.now, self.part, "application", state)
        self.world.record.note(self.world.now, self.part, glyph, text)
        self.cluster.write_hosts()

    def _told(self) -> Process:
        """Its services hear of it. A SimPy process."""
        yield self.world.timeout(NOTICED)
        for task in list(self.tasks):
            task.tell()
        self.cluster.tell()

    def __repr__(self) -> str:
        free = f"{self.space.free_cpu:,} units and {self.space.free_memory:,} MB free"
        return f"{self.name} ({self.status}): {_containers(len(self.tasks))}, {free}"


class Cluster:
    """`count` hosts, each with `cpu` units and `memory` (MB), in turn over `availability_zones`.

    More are added by `add_host`. With `count=0` it holds tasks on Fargate only. Raises InvalidParameterException.
    """

    @checked(InvalidParameterException)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        count: Annotated[int, Limit(0, 1000, "hosts", label="Hosts")] = 0,
        cpu: Annotated[int, Limit(1, 262_144, "CPU units", label="CPU of a host")] = 2048,
        memory: Annotated[int, Limit(1, 4_194_304, "MB", label="Memory of a host")] = 8192,
        instance_type: str = "m5.large",
        availability_zones: tuple[str, ...] | list[str] = ("us-east-1a", "us-east-1b"),
        prefix: str = "h",
    ):
        zones = tuple(availability_zones)
        if not zones or not all(isinstance(zone, str) for zone in zones) or len(set(zones)) < len(zones):
            rule = "must be a tuple of one zone's name or more, each once"
            raise InvalidParameterException(f"availability_zones is {availability_zones!r:.60}, but {rule}.")
        if not prefix.isprintable():
            raise InvalidParameterException(
                f"prefix is {prefix!r:.60}, but must be a text that can be printed."
            )
        self.world, self.name, self.availability_zones, self.prefix = world, name, zones, prefix
        self.cpu, self.memory, self.instance_type = cpu, memory, instance_type
        self.part = world.record.add_part(name, "cluster", time=world.now)
        self.hosts: list[ContainerInstance] = []
        self.listeners: list[Callable[[], None]] = []
        self._zone_of: dict[str, int] = {}
        self.write_hosts()
        for _ in range(count):
            self.add_host()

    @checked(InvalidParameterException)
    def add_host(
        self,
        *,
        cpu: Annotated[int | None, Limit(1, 262_144, "CPU units", label="CPU of a host")] = None,
        memory: Annotated[int | None, Limit(1, 4_194_304, "MB", label="Memory of a host")] = None,
        availability_zone: str | None = None,
    ) -> ContainerInstance:
        """One more host, of the cluster's size unless told otherwise, in the zone that has the fewest."""
        zones = [one.availability_zone for one in self.active()]
        zone = availability_zone or min(self.availability_zones, key=zones.count)
        name = next(
            name
            for n in numbers(len(self.hosts) + 1)
            if not self.world.record.has_part(name := f"{self.prefix}{n}")
        )
        space = Space(name, cpu or self.cpu, memory or self.memory, zone)
        host = ContainerInstance(self, name, space, self.instance_type)
        self.hosts.append(host)
        self.write_hosts()
        self.tell()
        return host

    def active(self) -> list[ContainerInstance]:
        """The hosts that take containers."""
        return [one for one in self.hosts if one.status == "ACTIVE"]

    def spaces(self) -> list[Space]:
        """What `placement.place` asks for: the room on each active host."""
        return [one.space for one in self.active()]

    def host(self, name: str) -> ContainerInstance:
        """The host of that name. Raises InvalidParameterException, which names those there are."""
        for one in self.hosts:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.hosts)
        raise InvalidParameterException(f"name is {name!r:.60}, but must be one of {known:.200}.")

    def tell(self) -> None:
        """Whoever waits for room looks again."""
        for listener in self.listeners:
            listener()

    def write_hosts(self) -> None:
        """Write how many hosts there are, and how much of them is set aside."""
        there = sum(one.status != "INACTIVE" for one in self.hosts)
        self.world.record.set(self.part, "ContainerInstanceCount", self.world.now, there)
        if not self.world.now:  # what was wired, not what came later
            self.world.record.wire(self.part, "cluster", count=there, instance_type=self.instance_type)
        self._write()

    def take(self, host: ContainerInstance, task: Held) -> None:
        """A task begins on a host, which was asked whether it has room."""
        host.tasks.append(task)
        host.space.add(task.need)
        self._write()

    def free(self, host: ContainerInstance, task: Held) -> None:
        """A task on a host is over."""
        host.tasks.remove(task)
        host.space.remove(task.need)
        self._write()

    def reserved(self) -> tuple[float, float]:
        """(CPU, memory) that are set aside, as shares of all hosts, those that are drained included."""
        spaces = [one.space for one in self.hosts if one.status != "INACTIVE"]
        cpu, memory = sum(one.cpu for one in spaces), sum(one.memory for one in spaces)
        free = sum(one.free_cpu for one in spaces), sum(one.free_memory for one in spaces)
        return (1 - free[0] / cpu if cpu else 0.0), (1 - free[1] / memory if memory else 0.0)

    def _write(self) -> None:
        cpu, memory = self.reserved()
        self.world.record.set(self.part, "CPUReservation", self.world.now, round(100 * cpu, 6))
        self.world.record.set(self.part, "MemoryReservation", self.world.now, round(100 * memory, 6))


def _containers(count_: int) -> str:
    return f"{count_} container" if count_ == 1 else f"{count_} containers"
