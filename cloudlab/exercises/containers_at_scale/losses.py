"""What becomes of a placement when a host is lost, for E21. Read `lost` first.

The cluster starts the lost containers again: the one with most memory first, each on the host that has least memory
left, of those that have room for it; of equals, what stands first in the lists. It rents no further host for that.
"""

from dataclasses import dataclass

from cloudlab.exercises.containers_at_scale.packing import Placement


@dataclass
class Loss:
    """What a lost host leaves: what restarts where, what finds no room, and services that are gone for a while."""

    host: str
    moved: dict[str, str]
    homeless: list[dict]
    dark: list[str]

    @property
    def survived(self) -> bool:
        """Whether each service went on, and each container found a new host."""
        return not (self.homeless or self.dark)


def lost(placed: Placement, host: str) -> Loss:
    """The host is gone, and its containers start again on the others."""
    whole = placed.hosts[0]
    free = {
        one["name"]: [whole[thing] - placed.taken(one["name"], thing) for thing in ("memory", "cpu")]
        for one in placed.hosts
        if one["name"] in placed.holds and one["name"] != host
    }
    moved: dict[str, str] = {}
    homeless = []
    for container in sorted(placed.holds[host], key=lambda one: -one["memory"]):
        size = (container["memory"], container["cpu"])
        fitting = [one for one, (memory, cpu) in free.items() if size[0] <= memory and size[1] <= cpu]
        if not fitting:
            homeless.append(container)
            continue
        new = min(fitting, key=lambda one: free[one][0])
        free[new] = [left - taken for left, taken in zip(free[new], size, strict=True)]
        moved[container["name"]] = new
    return Loss(host, moved, homeless, [one for one in together(placed) if one in services(placed, host)])


def services(placed: Placement, host: str) -> set[str]:
    """The services that have a container on a host: for looking into, in no order."""
    return {one["service"] for one in placed.holds[host]}


def together(placed: Placement) -> list[str]:
    """Services of several copies that all stand on one host."""
    on: dict[str, list[str]] = {}
    for one in placed.containers:
        on.setdefault(one["service"], []).append(placed.on.get(one["name"], ""))
    return [service for service, hosts in on.items() if len(hosts) > 1 and len(dict.fromkeys(hosts)) == 1]


def all_losses(placed: Placement) -> list[Loss]:
    """Each host that holds something, lost by itself."""
    return [lost(placed, host) for host in placed.holds]
