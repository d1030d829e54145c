"""How a load balancer chooses a target: one small class for each method.

A method is told the servers in question by `route`, then asked for one by `pick` for each request in
time order. One that must know what is unanswered keeps a heap of (answered, index): `serve` enters
each request there. To add a method, write such a class and enter it in `METHODS`.

Numbers such as AS-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from collections.abc import Iterable
from heapq import heapify, heappop, heapreplace
from itertools import cycle, islice
from math import inf

from cloudlab.kernel.record import Status
from cloudlab.kernel.server import Amended, Server, serve


class RoundRobin:
    """One after the other, in the order of registration (LB-4)."""

    unanswered: list | None = None

    def __init__(self, dice):
        self._count, self._next = 0, 0

    def route(self, servers: list[Server]) -> None:
        """Choose among `servers` from now on."""
        self._count = len(servers)
        self._next %= max(1, self._count)

    def picks(self, arrived: list[float]) -> Iterable[int]:
        """The index of the server for each request, in time order."""
        first = self._next
        self._next = (first + len(arrived)) % self._count
        return islice(cycle(range(self._count)), first, first + len(arrived))

    def replanned(self, part: int, moved: list[tuple[float, float]]) -> None:
        """Server `part` made a new plan: requests that were to be answered at one time will be at another."""

    def handle(self, servers, customers, arrived, works, paths) -> int:
        """Give a column of requests to the servers; returns the first new row."""
        return serve(customers, servers, self, arrived, works, paths)

    def feed(self, now: float) -> bool:
        """Start what waits at the balancer itself; True when anything started."""
        return False


class WeightedRandom(RoundRobin):
    """Each request to a target chosen by dice, all equally likely: the weights are even (LB-6)."""

    def __init__(self, dice):
        super().__init__(dice)
        self._random = dice.random

    def picks(self, arrived: list[float]) -> Iterable[int]:
        """The index of the server for each request, in time order."""
        random, count = self._random, self._count
        return [int(random() * count) for _ in arrived]


class LeastOutstanding(RoundRobin):
    """To the target with the fewest requests that wait for an answer, in line or in service (LB-5).

    Of several with the fewest, the next one in the order of registration, counted from the last choice.
    """

    def __init__(self, dice):
        super().__init__(dice)
        self.unanswered: list[tuple[float, int]] = []
        self._elsewhere: list[tuple[float, int]] = []
        self._parts: list[int] = []
        self._waiting: list[int] = []

    def route(self, servers: list[Server]) -> None:
        """Choose among `servers` from now on. Requests on others stay known, in case they come back."""
        known = self._known()
        super().route(servers)
        self._parts = [server.part for server in servers]
        self._count_anew(known)

    def picks(self, arrived: list[float]) -> Iterable[int]:
        """The index of the server for each request, one at a time: the choice needs all ends before it."""
        waiting, unanswered, count = self._waiting, self.unanswered, self._count
        for time in arrived:
            while unanswered and unanswered[0][0] <= time:
                waiting[heappop(unanswered)[1]] -= 1
            fewest, index = min(waiting), self._next
            while waiting[index] != fewest:
                index = index + 1 if index + 1 < count else 0
            waiting[index] += 1
            self._next = index + 1 if index + 1 < count else 0
            yield index

    def replanned(self, part: int, moved: list[tuple[float, float]]) -> None:
        """Server `part` made a new plan: take over the times, but for requests that came another way."""
        known = self._known()
        ends = Counter(time for time, of in known if of == part)
        news = []
        for old, new in moved:
            if ends[old]:
                ends[old] -= 1
                news.append(new)
        others = [entry for entry in known if entry[1] != part]
        self._count_anew(others + [(time, part) for time in (*ends.elements(), *news)])

    def _known(self) -> list[tuple[float, int]]:
        """(answered, part) of all requests without an answer."""
        return [(answered, self._parts[index]) for answered, index in self.unanswered] + self._elsewhere

    def _count_anew(self, known: list[tuple[float, int]]) -> None:
        place = {part: index for index, part in enumerate(self._parts)}
        self.unanswered = [(answered, place[part]) for answered, part in known if part in place]
        self._elsewhere = [entry for entry in known if entry[1] not in place]
        heapify(self.unanswered)
        self._waiting = [0] * self._count
        for _, index in self.unanswered:
            self._waiting[index] += 1


class OneLine(RoundRobin):
    """One shared line at the balancer, from which a server takes the first when it is free.

    No balancer of the provider works like this: it is here to compare with. A server that is down
    takes nothing. Of several free servers, the one that has been free for longest.
    """

    def __init__(self, dice):
        super().__init__(dice)
        self._servers: list[Server] = []
        self._since: dict[int, float] = {}
        self._line: list[tuple] = []
        self.part = -1

    def route(self, servers: list[Server]) -> None:
        """Let `servers` take from the line from now on, those that are new to it nothing before now."""
        self._since = {server.part: self._since.get(server.part, server.world.now) for server in servers}
        self._servers = servers

    def handle(self, servers, customers, arrived, works, paths) -> int:
        """Put a column of requests at the end of the line; returns the first new row."""
        never = [inf] * len(arrived)
        leaves = [time + customers.limit for time in arrived]
        status = int(customers.too_late if customers.limit < inf else Status.OK)
        requests = customers.world.record.requests
        at_balancer = [self.part] * len(arrived)
        row = requests.extend(customers.client, arrived, never, never, leaves, paths, at_balancer, status)
        self._line += zip(
            range(row, row + len(arrived)), arrived, works, [customers] * len(arrived), strict=True
        )
        return row

    def feed(self, now: float) -> bool:
        """Start, in order, all whose start lies before `now`; the others stay in line."""
        free = [(server.free[0], index) for index, server in enumerate(self._servers) if server.alive]
        heapify(free)
        done = 0
        for row, arrived, work, customers in self._line if free else ():
            server = self._servers[free[0][1]]
            earliest = max(arrived, self._since[server.part])
            if max(earliest, free[0][0]) >= now:
                break
            start, end = server.take(earliest, work)
            heapreplace(free, (server.free[0], free[0][1]))
            customers.world.record.requests.target[row] = server.part
            customers.settle(Amended(row, start, end, server.error_work is not None))
            done += 1
        del self._line[:done]
        return done > 0


METHODS = {
    "round_robin": RoundRobin,
    "least_outstanding_requests": LeastOutstanding,
    "weighted_random": WeightedRandom,
    "one_line": OneLine,
}
"""The methods by the name that `load_balancing_algorithm_type` gives; `one_line` is no AWS option."""
