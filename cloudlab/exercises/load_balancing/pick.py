"""The world of E6: four servers, and a contact that asks a function for each request which one gets it.

Read `Picker.handle` first. One of the servers is slow. Another has crashed before the doors open, refuses
connections, and comes back after `BACK` seconds. A balancer looks after the health of all four; only the
choice is the answer's. A variant holds "slow" (its speed), "rates" (requests a second before and after the
return).
"""

from collections import Counter
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf

from cloudlab.exercises.load_balancing.times import FAILED, clock
from cloudlab.judge.definition import BoundedWorld, needs
from cloudlab.kernel.contracts import AnswerChange, Caller, Paths
from cloudlab.kernel.serving import Alone, serve
from cloudlab.labs.load_balancing import NEVER_OUT, SERVERS, server
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers
from cloudlab.traffic.shapes import DAY, Shape

READY, BACK, LENGTH = 30.0, 240.0, 480.0
"""Seconds until the doors open, from then until the crashed server works again, and until the end."""

MUCH = 0.05
"""Whoever sends more than this share to an unhealthy server misses the goal by that alone."""

CHECKS = NEVER_OUT | {"health_check_interval_seconds": 20, "health_check_timeout_seconds": 19}
"""A long line is no reason to be taken out here: a check waits nearly as long as it takes to the next."""


@dataclass(frozen=True)
class Choice:
    """One decision: when (s after opening), what was seen (healthy, active, total), what was picked."""

    time: float
    seen: tuple[tuple[bool, int, int], ...]
    picked: int

    @property
    def healthy(self) -> list[int]:
        """The servers that were healthy."""
        return [place for place, (healthy, _, _) in enumerate(self.seen) if healthy]


class Picker:
    """A contact that asks `pick` for each request, and keeps the choices."""

    idle_timeout = FAILED

    def __init__(self, shop: LoadBalancer, servers: list, pick, names: list[str]):
        self.world, self.part, self.shop, self.servers, self.pick = shop.world, shop.part, shop, servers, pick
        self.names = names
        self.choices: list[Choice] = []
        self._total = [0] * len(servers)
        self._open: list[list[float]] = [[] for _ in servers]

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Ask for each request, and send it there; returns the first new row."""
        healthy = [self.shop.target_health(one) == "healthy" for one in self.servers]
        first = len(self.world.record.requests)
        for time, work in zip(arrived, works, strict=True):
            seen = tuple(zip(healthy, self._active(time), self._total, strict=True))
            place = self._asked(time, seen)
            self.choices.append(Choice(time - READY, seen, place))
            row = serve(customers, [self.servers[place].server], Alone, [time], [work], paths)
            heappush(self._open[place], self.world.record.requests.answered[row])
            self._total[place] += 1
        return first

    def _asked(self, time: float, seen: tuple) -> int:
        keys = ("healthy", "active", "total")
        given = [
            {"name": name, **dict(zip(keys, one, strict=True))}
            for name, one in zip(self.names, seen, strict=True)
        ]
        name = self.pick(given, {"number": len(self.choices), "time": round(time - READY, 6)})
        asked = f'the "name" of one of the servers, such as "{self.names[0]}"'
        needs(
            name is not None,
            "pick returned None: is a `return` missing?",
            f"End it with return, followed by {asked}.",
        )
        look = f'Return {asked}: with server = servers[0] that is server["name"].'
        good = type(name) is str and name in self.names
        needs(good, "What pick returned is not the name of a server.", look, f"It was {name!r:.60}.")
        return self.names.index(name)

    def _active(self, now: float) -> list[int]:
        """How many requests each server has not answered yet."""
        for ends in self._open:
            while ends and ends[0] <= now:
                heappop(ends)
        return [len(ends) for ends in self._open]

    def time_passed(self, now: float) -> bool:
        """Nothing waits here."""
        return False

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """A server made a new plan: take over when its requests will be answered."""
        ends = next(ends for ends, one in zip(self._open, self.servers, strict=True) if one.part == part)
        for change in changes:
            if change.before in ends:
                ends[ends.index(change.before)] = change.after
        heapify(ends)


def eight_minutes(pick, variant: dict, seed: int, *, easy: bool = False, altered_after=None) -> Picker:
    """The eight minutes with this `pick`. `easy`: all servers are equal and well.

    Which server is slow, and which has crashed, differs from seed to seed, and so do their names.
    """
    world = BoundedWorld(seed)
    fate = world.dice("fate")
    slow, dead = fate.sample(range(len(SERVERS)), 2)
    names = [f"i-{number}" for number in fate.sample(range(10, 100), len(SERVERS))]
    speeds = [variant["slow"] if place == slow and not easy else 1.0 for place in range(len(SERVERS))]
    servers = [server(world, name, speed) for name, speed in zip(names, speeds, strict=True)]
    if not easy:
        servers[dead].crash()
    shop = LoadBalancer(world, "shop", targets=servers, healthy_threshold_count=2, **CHECKS)
    world.run(until=READY)
    picker, (before, after) = Picker(shop, servers, pick, names), variant["rates"]

    changes = (inf,) if altered_after is None else (altered_after + 1e-5,)

    def rate(time: float) -> float:
        return (before if easy or time < BACK else after) * (1.5 if time > changes[0] else 1.0)

    shape = Shape(rate, grain=DAY, breaks=(BACK, *changes))
    Customers(world, "customers", traffic=shape, to=picker, work="log-normal", work_spread=0.5, mean_work=1.0)
    if not easy:
        world.run(until=READY + BACK)
        servers[dead].recover()
    world.run(until=READY + LENGTH)
    return picker


# What the choices say


def left_out(choices: list[Choice], fair: float) -> int | None:
    """A server that was well all the time, and got less than `fair` of an even share, or None."""
    even = sum(1 / len(choice.healthy) for choice in choices)
    picked = Counter(choice.picked for choice in choices)
    well = set(choices[0].healthy).intersection(*(choice.healthy for choice in choices)) if choices else ()
    return next((place for place in sorted(well) if picked[place] < fair * even), None)


def idea(choices: list[Choice], fair: float) -> str:
    """The wrong idea that the choices follow."""
    later = [choice for choice in choices if choice.time > BACK and _uneven(choice)]
    sick = [choice for choice in choices if len(choice.healthy) < len(choice.seen)]
    most = max(Counter(choice.picked for choice in choices).values(), default=0)
    firsts = _share(choices, lambda choice: choice.picked in (0, choice.healthy[0]))
    if firsts > 0.97 or most > 0.97 * len(choices) or _share(choices, _busiest) > 0.9:
        return "always_first"
    if _share(choices, _unhealthy) > MUCH or (
        _share(sick, _unhealthy) > 0.02 and _share(choices, _least_active) > 0.9
    ):
        return "sends_to_unhealthy"
    if _share(later, _least_total) > 0.85:
        return "uses_total_not_active"
    return "blind_round_robin" if left_out(choices, fair) is None else "leaves_one_out"


def numbers(picker: Picker, fair: float) -> dict:
    """The numbers of a run that feedback tells."""
    choices, statuses = picker.choices, picker.world.record.requests.status
    left, picked = left_out(choices, fair), Counter(choice.picked for choice in choices)
    most = max(choices, key=lambda choice: choice.seen[choice.picked][1])
    return {
        "number": len(choices),
        "more": f"{100 * _share(choices, _busier):.0f}",
        "sick": sum(map(_unhealthy, choices)),
        "failed": sum(map(bool, statuses)),
        "first": max(picked.values()),
        "left": ""
        if left is None
        else f"{picker.names[left]}, which was well all the time, got {picked[left]}",
        "line": most.seen[most.picked][1],
        "at": clock(most.time),
    }


def failing_choice(picker: Picker, took: list[float], code: str) -> int:
    """The row of a request that shows the idea: the first sent to an unhealthy server, or the slowest one."""
    rows = range(len(picker.choices))
    if code == "sends_to_unhealthy":
        return next(row for row in rows if _unhealthy(picker.choices[row]))
    return max(rows, key=lambda row: took[row])


def _share(choices: list[Choice], follows) -> float:
    return sum(map(follows, choices)) / len(choices) if choices else 0.0


def _unhealthy(choice: Choice) -> bool:
    return not choice.seen[choice.picked][0]


def _uneven(choice: Choice) -> bool:
    """Whether all are healthy, and one got so much less before that it tells by what a choice goes."""
    totals = [total for healthy, _, total in choice.seen if healthy]
    return len(totals) == len(choice.seen) and max(totals) - min(totals) > 5


def _busiest(choice: Choice) -> bool:
    """Whether no healthy server had more open requests."""
    most = max((choice.seen[place][1] for place in choice.healthy), default=0)
    return choice.seen[choice.picked][1] == most


def _least_total(choice: Choice) -> bool:
    return choice.seen[choice.picked][2] == min(total for _, _, total in choice.seen)


def _least_active(choice: Choice) -> bool:
    return choice.seen[choice.picked][1] == min(active for _, active, _ in choice.seen)


def _busier(choice: Choice) -> bool:
    """Whether another healthy server had fewer open requests."""
    fewest = min((choice.seen[place][1] for place in choice.healthy), default=0)
    return choice.seen[choice.picked][1] > fewest
