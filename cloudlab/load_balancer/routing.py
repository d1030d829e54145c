"""How a load balancer chooses a target: one small class for each method.

Read `RoundRobin` first. `routed` tells a method which servers there are, `picks` asks it for one for each
request in time order (`kernel.contracts.RoutingMethod`). To add a method, write such a class and enter it in
`METHODS`; most need no more than `picks`.

Numbers such as LB-4 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from itertools import cycle, islice
from math import inf
from random import Random

from cloudlab.kernel.contracts import Amended, AnswerChange, Caller, Paths, RequestServer, RoutingMethod
from cloudlab.kernel.record import Status
from cloudlab.kernel.serving import serve


class Method:
    """What most methods have in common: requests go to a server at once, and nothing waits here.

    `part` is the balancer's, `dice` are the method's own.
    """

    def __init__(self, dice: Random, part: int):
        self.dice, self.part = dice, part
        self.servers: list[RequestServer] = []

    def routed(self, servers: Sequence[RequestServer]) -> None:
        """Choose among `servers` from now on."""
        self.servers = list(servers)

    def picks(self, arrived: list[float], answered: list[float]) -> Iterable[int]:
        """The index of the server for each request, in time order."""
        raise NotImplementedError(f"{type(self).__name__} has no picks: write it.")

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Give a column of requests to the servers; returns the first new row."""
        return serve(customers, self.servers, self, arrived, works, paths)

    def time_passed(self, now: float) -> bool:
        """Nothing waits at the balancer itself."""
        return False

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """The choice doesn't look at when requests are answered."""


class RoundRobin(Method):
    """One after the other, in the order of registration (LB-4)."""

    _next = 0

    def routed(self, servers: Sequence[RequestServer]) -> None:
        """Choose among `servers` from now on. The turn stays where it is, as far as there are so many."""
        super().routed(servers)
        self._next %= max(1, len(servers))

    def picks(self, arrived: list[float], answered: list[float]) -> Iterable[int]:
        """The index of the server for each request, in time order."""
        first, count = self._next, len(self.servers)
        self._next = (first + len(arrived)) % count
        return islice(cycle(range(count)), first, first + len(arrived))


class WeightedRandom(Method):
    """Each request to a target chosen by dice, all equally likely: the weights are even (LB-6)."""

    def picks(self, arrived: list[float], answered: list[float]) -> Iterable[int]:
        """The index of the server for each request, in time order."""
        random, count = self.dice.random, len(self.servers)
        return [int(random() * count) for _ in arrived]


class LeastOutstanding(Method):
    """To the target with the fewest requests that wait for an answer, in line or in service (LB-5).

    Of several with the fewest, the next one in the order of registration, counted from the last choice.
    """

    def __init__(self, dice: Random, part: int):
        super().__init__(dice, part)
        self._unanswered: list[tuple[float, int]] = []  # a heap of (when answered, index of the server)
        self._waiting: list[int] = []  # how many of them each server has
        self._elsewhere: list[tuple[float, int]] = []  # (when answered, part): of servers that are not routed
        self._next = 0

    def routed(self, servers: Sequence[RequestServer]) -> None:
        """Choose among `servers` from now on. Requests on others stay known, in case they come back."""
        known = self._known()
        super().routed(servers)
        self._next %= max(1, len(self.servers))
        self._count_anew(known)

    def picks(self, arrived: list[float], answered: list[float]) -> Iterable[int]:
        """The index of the server for each request, one at a time: the end of each is known before the next."""
        waiting, unanswered, count = self._waiting, self._unanswered, len(self.servers)
        for time in arrived:
            while unanswered and unanswered[0][0] <= time:
                waiting[heappop(unanswered)[1]] -= 1
            fewest, index = min(waiting), self._next
            while waiting[index] != fewest:
                index = index + 1 if index + 1 < count else 0
            waiting[index] += 1
            self._next = index + 1 if index + 1 < count else 0
            yield index
            heappush(unanswered, (answered[-1], index))

    def plan_changed(self, part: int, changes: list[AnswerChange]) -> None:
        """Server `part` made a new plan: take over the times, but for requests that came another way."""
        known = self._known()
        ends = Counter(time for time, of in known if of == part)
        news = []
        for change in changes:
            if ends[change.before]:
                ends[change.before] -= 1
                news.append(change.after)
        others = [entry for entry in known if entry[1] != part]
        self._count_anew(others + [(time, part) for time in (*ends.elements(), *news)])

    def _known(self) -> list[tuple[float, int]]:
        """(when answered, part) of all requests without an answer."""
        parts = [server.part for server in self.servers]
        return [(answered, parts[index]) for answered, index in self._unanswered] + self._elsewhere

    def _count_anew(self, known: list[tuple[float, int]]) -> None:
        place = {server.part: index for index, server in enumerate(self.servers)}
        self._unanswered = [(answered, place[part]) for answered, part in known if part in place]
        self._elsewhere = [entry for entry in known if entry[1] not in place]
        heapify(self._unanswered)
        self._waiting = [0] * len(self.servers)
        for _, index in self._unanswered:
            self._waiting[index] += 1


class OneLine(Method):
    """One shared line at the balancer, from which a server takes the first when it is free.

    No balancer of the provider works like this: it is here to compare with. A server that is down
    takes nothing. Of several free servers, the one that has been free for longest.
    """

    def __init__(self, dice: Random, part: int):
        super().__init__(dice, part)
        self._since: dict[int, float] = {}  # from when on each server takes from the line
        self._line: list[tuple[int, float, float, Caller]] = []  # (row, arrived, work, who sent it)

    def routed(self, servers: Sequence[RequestServer]) -> None:
        """Let `servers` take from the line from now on, those that are new to it nothing before now."""
        super().routed(servers)
        self._since = {server.part: self._since.get(server.part, server.world.now) for server in servers}

    def handle(self, customers: Caller, arrived: list[float], works: list[float], paths: Paths) -> int:
        """Put a column of requests at the end of the line; returns the first new row."""
        never = [inf] * len(arrived)
        leaves = [time + customers.limit for time in arrived]
        status = customers.too_late if customers.limit < inf else Status.OK
        at_balancer = [self.part] * len(arrived)
        row = customers.record.requests.extend(
            customers.client, arrived, never, never, leaves, paths, at_balancer, status
        )
        rows = range(row, row + len(arrived))
        self._line += zip(rows, arrived, works, [customers] * len(arrived), strict=True)
        return row

    def time_passed(self, now: float) -> bool:
        """Start, in order, all whose start lies before `now`; the others stay in line."""
        free = [(server.free[0], index) for index, server in enumerate(self.servers) if server.alive]
        heapify(free)
        done = 0
        for row, arrived, work, customers in self._line if free else ():
            server = self.servers[free[0][1]]
            earliest = max(arrived, self._since[server.part])
            if max(earliest, free[0][0]) >= now:
                break
            start, end = server.take(earliest, work)
            heapreplace(free, (server.free[0], free[0][1]))
            customers.record.requests.target[row] = server.part
            customers.settle(Amended(row, start, end, server.error_work is not None))
            done += 1
        del self._line[:done]
        return done > 0


METHODS: dict[str, Callable[[Random, int], RoutingMethod]] = {
    "round_robin": RoundRobin,
    "least_outstanding_requests": LeastOutstanding,
    "weighted_random": WeightedRandom,
    "one_line": OneLine,
}
"""The methods by the name that `load_balancing_algorithm_type` gives; `one_line` is no AWS option."""
