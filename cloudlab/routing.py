"""How a load balancer chooses a target: one small class for each method.

A method is told the servers in question by `route`, then asked for one by `pick` for each request in
time order; `given`, where it needs that, is told when the request will have its answer. To add a
method, write such a class and enter it in `METHODS`.
"""

from heapq import heapify, heappop, heappush, heapreplace
from math import inf

from cloudlab.record import Status
from cloudlab.server import Amended, Server, serve


class RoundRobin:
    """One after the other, in the order of registration (LB-4)."""

    given = None

    def __init__(self, dice):
        self._count, self._next = 0, 0

    def route(self, servers: list[Server]) -> None:
        """Choose among `servers` from now on."""
        self._count = len(servers)
        self._next %= max(1, self._count)

    def pick(self, time: float) -> int:
        """The index of the server for a request that arrives at `time` (s)."""
        index = self._next
        self._next = index + 1 if index + 1 < self._count else 0
        return index

    def replanned(self, part: int, answered: list[float]) -> None:
        """Server `part` made a new plan: its open requests will be answered at these times."""

    def handle(self, servers, customers, arrived, works, paths) -> int:
        """Give a column of requests to the servers; returns the first new row."""
        return serve(customers, servers, self, arrived, works, paths)

    def feed(self, now: float) -> bool:
        """Start what waits at the balancer itself; True when anything started."""
        return False


class Random(RoundRobin):
    """Each request to a target chosen by dice, all equally likely: `weighted_random` with equal weights (LB-6)."""

    def __init__(self, dice):
        super().__init__(dice)
        self._random = dice.random

    def pick(self, time: float) -> int:
        """The index of the server for a request that arrives at `time` (s)."""
        return int(self._random() * self._count)


class LeastOutstanding(RoundRobin):
    """To the target with the fewest requests that wait for an answer, in line or in service (LB-5).

    Of several with the fewest, the next one in the order of registration, counted from the last choice.
    """

    def __init__(self, dice):
        super().__init__(dice)
        self._open: list[tuple[float, int]] = []
        self._waiting: list[float] = []
        self._place: dict[int, int] = {}
        self._parts: list[int] = []

    def route(self, servers: list[Server]) -> None:
        """Choose among `servers` from now on. Requests on others stay known, in case they come back."""
        super().route(servers)
        self._parts = [server.part for server in servers]
        self._recount()

    def pick(self, time: float) -> int:
        """The index of the server for a request that arrives at `time` (s)."""
        waiting, unanswered = self._waiting, self._open
        while unanswered and unanswered[0][0] <= time:
            waiting[self._place[heappop(unanswered)[1]]] -= 1
        fewest, index = min(waiting), self._next
        if waiting[index] != fewest:
            index = waiting.index(fewest, index) if fewest in waiting[index:] else waiting.index(fewest)
        self._next = index + 1 if index + 1 < self._count else 0
        return index

    def given(self, index: int, answered: float) -> None:
        """The request just picked for server `index` will have its answer at `answered` (s)."""
        self._waiting[index] += 1
        heappush(self._open, (answered, self._parts[index]))

    def replanned(self, part: int, answered: list[float]) -> None:
        """Server `part` made a new plan: its open requests will be answered at these times."""
        self._open = [entry for entry in self._open if entry[1] != part]
        self._open += [(time, part) for time in answered]
        heapify(self._open)
        self._recount()

    def _recount(self) -> None:
        """Count anew. A last place of infinite length stands for all servers out of the route."""
        count = self._count
        self._waiting = [0.0] * count + [inf]
        self._place = {part: count for _, part in self._open}
        self._place |= {part: index for index, part in enumerate(self._parts)}
        for _, part in self._open:
            self._waiting[self._place[part]] += 1


class OneLine(RoundRobin):
    """One shared line at the balancer, from which a server takes the first when it is free.

    No balancer of the provider works like this: it is here to compare with. A server that is down
    takes nothing. Of several free servers, the one that has been free for longest.
    """

    def __init__(self, dice):
        super().__init__(dice)
        self._servers: list[Server] = []
        self._line: list[tuple] = []
        self.part = -1

    def route(self, servers: list[Server]) -> None:
        """Let `servers` take from the line from now on."""
        self._servers = servers

    def handle(self, servers, customers, arrived, works, paths) -> int:
        """Put a column of requests at the end of the line; returns the first new row."""
        never = [inf] * len(arrived)
        leaves = [time + customers.limit for time in arrived]
        status = int(customers.too_late if customers.limit < inf else Status.OK)
        requests = customers.world.record.requests
        at_balancer = [self.part] * len(arrived)
        row = requests.extend(customers.client, arrived, never, never, leaves, paths, at_balancer, status)
        self._line += zip(range(row, row + len(arrived)), arrived, works, [customers] * len(arrived), strict=True)
        return row

    def feed(self, now: float) -> bool:
        """Start, in order, all whose start lies before `now`; the others stay in line."""
        free = [(server.free[0], index) for index, server in enumerate(self._servers) if server.alive]
        heapify(free)
        done = 0
        for row, arrived, work, customers in self._line if free else ():
            if max(arrived, free[0][0]) >= now:
                break
            server = self._servers[free[0][1]]
            start, end = server.take(arrived, work)
            heapreplace(free, (server.free[0], free[0][1]))
            customers.world.record.requests.target[row] = server.part
            customers.settle(Amended(row, start, end, server.error_work is not None))
            done += 1
        del self._line[:done]
        return done > 0


METHODS = {
    "round_robin": RoundRobin,
    "least_outstanding_requests": LeastOutstanding,
    "random": Random,
    "one_line": OneLine,
}
"""The methods by the name that `load_balancing_algorithm_type` gives; `one_line` is no AWS option."""
