"""The containers and hosts of E20 and E21, and what a placement of them is like.

Read `workload` first, then `Placement`. All hosts are of one size, and there are as many as containers: whoever rents
few of them pays little. A variant holds "cpu" and "memory" of a host, "containers" (how many) and "mix" (how often each
kind comes).
"""

from collections import Counter
from dataclasses import dataclass
from random import Random

from cloudlab.cluster import Need, bound
from cloudlab.judge.definition import needs

KINDS = {
    "thumbs": (0.28, 0.08),
    "web": (0.09, 0.06),
    "api": (0.16, 0.125),
    "search": (0.11, 0.34),
    "cart": (0.06, 0.22),
    "cache": (0.03, 0.28),
    "mail": (0.03, 0.03),
    "report": (0.22, 0.25),
}
"""What a container of each kind needs: shares of a host's CPU and of its memory. Some need more of the one, some of
the other."""

APART = 0.4
"""A container needs up to this share more or less than its kind."""

SMALL = 0.5
"""Copies of a service need so much of what a lone container of its kind does."""

EASY = 48
"""So many containers of one size: four of them fill the memory of a host, and not its CPU."""

FULL, IDLE = 0.9, 0.75
"""A host is lopsided when more than the one share of one thing is taken, and less than the other share of the other."""


def workload(
    variant: dict, seed: int, *, easy: bool = False, copies: bool = False
) -> tuple[list[dict], list[dict]]:
    """(containers, hosts) of one seed as plain data; with `copies` a container tells its service."""
    dice = Random(f"containers {seed}")
    cpu, memory = variant["cpu"], variant["memory"]
    sizes = _easy(cpu, memory) if easy else _drawn(dice, variant, copies)
    containers = []
    for number, (service, own_cpu, own_memory) in enumerate(sizes, start=1):
        one = {"name": f"{service} {number}", "cpu": own_cpu, "memory": own_memory}
        containers.append(one | ({"service": service} if copies else {}))
    hosts = [{"name": f"h{place + 1}", "cpu": cpu, "memory": memory} for place in range(len(containers))]
    return containers, hosts


def _easy(cpu: int, memory: int) -> list[tuple[str, int, int]]:
    """Containers of one size; every three of them are a service."""
    return [(f"web-{place // 3 + 1}", cpu // 5, memory // 4) for place in range(EASY)]


def _drawn(dice: Random, variant: dict, copies: bool) -> list[tuple[str, int, int]]:
    """(service, CPU units, MB) of containers of several kinds; copies of a service are of one size.

    All sets of a variant need as much in all, as many times the mean of the kinds as there are containers.
    """
    kinds, mix = list(KINDS), [variant["mix"][kind] for kind in KINDS]
    drawn: list[tuple[str, list[float]]] = []
    services: Counter = Counter()
    while len(drawn) < variant["containers"]:
        kind = dice.choices(kinds, mix)[0]
        services[kind] += 1
        shares = [share * dice.uniform(1 - APART, 1 + APART) for share in KINDS[kind]]
        many = min(dice.choice((1, 2, 2, 3, 4)) if copies else 1, variant["containers"] - len(drawn))
        drawn += [(f"{kind}-{services[kind]}" if copies else kind, shares)] * many
    scales = []
    for thing, whole in enumerate((variant["cpu"], variant["memory"])):
        mean = sum(KINDS[kind][thing] * weight for kind, weight in zip(kinds, mix, strict=True)) / sum(mix)
        have = sum(shares[thing] for _, shares in drawn) / len(drawn)
        scales.append(whole * mean / have * (SMALL if copies else 1))
    sizes = [
        (service, *(max(1, round(share * scale)) for share, scale in zip(shares, scales, strict=True)))
        for service, shares in drawn
    ]
    if not copies:
        return sizes
    dice.shuffle(sizes)
    return sizes


def fewest(containers: list[dict], hosts: list[dict]) -> int:
    """So many hosts are needed at least, by CPU and by memory."""
    wanted = [Need(one["name"], one["cpu"], one["memory"]) for one in containers]
    return bound(wanted, hosts[0]["cpu"], hosts[0]["memory"])


@dataclass
class Placement:
    """What an answer placed where: `on` gives the host of each container by name."""

    containers: list[dict]
    hosts: list[dict]
    on: dict[str, str]

    def __post_init__(self):
        self.holds: dict[str, list[dict]] = {}
        for one in self.containers:
            if one["name"] in self.on:
                self.holds.setdefault(self.on[one["name"]], []).append(one)

    @property
    def left_out(self) -> list[str]:
        """Containers that have no host."""
        return [one["name"] for one in self.containers if one["name"] not in self.on]

    @property
    def used(self) -> int:
        """How many hosts hold something."""
        return len(self.holds)

    def taken(self, host: str, thing: str) -> int:
        """How much 'cpu' or 'memory' of a host its containers need."""
        return sum(one[thing] for one in self.holds.get(host, ()))

    def over(self, thing: str) -> list[str]:
        """Hosts whose containers need more of it than there is, in their order."""
        return [
            one["name"]
            for one in self.hosts
            if one["name"] in self.holds and self.taken(one["name"], thing) > one[thing]
        ]

    @property
    def valid(self) -> bool:
        """Whether each container has a host, and none has too many."""
        return not (self.left_out or self.over("cpu") or self.over("memory"))

    def share(self, host: str, thing: str) -> float:
        """The part of a host's CPU or memory that is taken."""
        return self.taken(host, thing) / self.hosts[0][thing]

    def lopsided(self) -> list[str]:
        """Hosts on which nearly all of one thing is taken, while much of the other is free."""
        return [
            host
            for host in self.holds
            if max(both := [self.share(host, thing) for thing in ("cpu", "memory")]) > FULL
            and min(both) < IDLE
        ]


ASKED = 'a dict such as {"web 1": "h1", "mail 2": "h1"}'


def placement(reply, containers: list[dict], hosts: list[dict]) -> Placement:
    """What place returned, looked at; raises Fault for what is no placement."""
    needs(
        reply is not None,
        "place returned None: is a `return` missing?",
        f"End it with return, followed by {ASKED}.",
    )
    needs(
        type(reply) is dict,
        "What place returned is no dict.",
        f"Return {ASKED}: the name of each container, and of its host.",
        f"It was {reply!r:.80}.",
    )
    names, places = {one["name"] for one in containers}, {one["name"] for one in hosts}
    strange = [key for key in reply if key not in names]
    needs(
        not strange,
        "place returned a name that no container has.",
        f'Return {ASKED}, with container["name"] on the left.',
        f"It was {strange[0]!r:.40}." if strange else "",
    )
    odd = [host for host in reply.values() if type(host) is not str or host not in places]
    needs(
        not odd,
        "place put a container on something that is no host.",
        f'Return {ASKED}, with host["name"] on the right.',
        f"It was {odd[0]!r:.40}." if odd else "",
    )
    return Placement(containers, hosts, reply)
