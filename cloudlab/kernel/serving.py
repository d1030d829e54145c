"""A column of requests, given to servers and recorded: the one hot loop of the course.

Read `serve` first: it carries almost all of the load. Whatever is rare is done outside of it.

Numbers such as LB-19 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat

from cloudlab.kernel.contracts import Caller, Chooser, Paths, RequestServer
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Status

CONNECT_TIMEOUT = 10.0
"""Seconds after which a balancer gives up on a target that does not answer at all (LB-19)."""


def serve(
    customers: Caller,
    servers: Sequence[RequestServer],
    chooser: Chooser,
    arrived: list[float],
    works: list[float],
    paths: Paths,
) -> int:
    """Give each request to the server that `chooser` picks, and record it; returns the first row.

    `arrived` (s, ascending), `works` (s at speed 1) and `paths` are columns. Raises InvalidParameter where the
    chooser does not give the index of a server for each request.
    """
    started: list[float] = []
    answered: list[float] = []
    targets: list[int] = []
    odd: dict[int, tuple[float, Status]] = {}  # (when the server is done, status) of those that end otherwise
    takes = dict(enumerate(server.take for server in servers))  # no list: there -1 would mean the last one
    parts = [server.part for server in servers]
    limit = customers.limit
    sick = any(not server.alive or server.error_work is not None for server in servers)
    # The choices come first in the zip, so that a generator of them also hears of the last request's end.
    for index, time, work in zip(chooser.picks(arrived, answered), arrived, works, strict=False):
        try:
            take = takes[index]
        except (KeyError, TypeError):
            rule = f"must give the index of a server, from 0 to {len(servers) - 1}"
            raise InvalidParameter(f"picks gave {index!r:.60}, but {rule}.") from None
        start, end = take(time, work)
        started.append(start)
        targets.append(parts[index])
        if sick or end > time + limit:
            leaves, status = ending(customers, servers[index], time, end)
            odd[len(answered)] = end, status
            end = leaves
        answered.append(end)
    if len(answered) < len(arrived):
        ended = f"picks ended after {len(answered)} of {len(arrived)} requests"
        raise InvalidParameter(f"{ended}, but must give the index of a server for each.")
    finished: list[float] = answered
    statuses: int | list[int] = Status.OK
    if odd:
        usual = [(end, Status.OK) for end in answered]
        ends = [odd.get(place, pair) for place, pair in enumerate(usual)]
        finished, statuses = [end for end, _ in ends], [status for _, status in ends]
    requests = customers.record.requests
    first = requests.extend(customers.client, arrived, started, finished, answered, paths, targets, statuses)
    if failing := [server.part for server in servers if server.error_work is not None]:
        customers.spoiled.update(first + place for place, part in enumerate(targets) if part in failing)
    return first


def ending(customers: Caller, server: RequestServer, arrived: float, finished: float) -> tuple[float, Status]:
    """When and how a request ends for its caller, whatever comes first (LB-19)."""
    if not server.alive:
        if server.refuses:
            return arrived, Status.BAD_GATEWAY
        if customers.limit > CONNECT_TIMEOUT:
            return arrived + CONNECT_TIMEOUT, Status.GATEWAY_TIMEOUT
    if finished > arrived + customers.limit:
        return arrived + customers.limit, customers.too_late
    return finished, Status.OK if server.error_work is None else Status.TARGET_ERROR


class Alone:
    """The choice of a contact that has one server only: none."""

    @staticmethod
    def picks(arrived: list[float], answered: list[float]) -> Iterable[int]:
        """Always server 0."""
        return repeat(0, len(arrived))
