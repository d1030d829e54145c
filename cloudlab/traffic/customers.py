"""Customers: the part that sends requests, waits for answers, and tries again.

Read `Customers.advance` first: it hands all requests that came before a moment to whoever serves
them, as columns. Only where callers try again does each request go on its own, since the end of one
decides when the next comes.
"""

from bisect import bisect_left, bisect_right
from math import inf
from typing import Annotated

from cloudlab.kernel.contracts import Amended, Contact, Paths, Traffic
from cloudlab.kernel.draws import Work, draws
from cloudlab.kernel.limits import InvalidParameter, Limit, checked, fits
from cloudlab.kernel.record import MOST_PATHS, Status
from cloudlab.kernel.world import World, microseconds
from cloudlab.traffic.retries import Retries


class Customers:
    """People or programs that send requests to one contact, `to`.

    `traffic` says when (a shape, or what was read from a file); each request is `mean_work` seconds
    of work at speed 1, spread as `work` says. Who has no answer after `patience` leaves (460), while
    the server works on. Whoever fails is sent again, up to `max_attempts` times in all, after
    `retry_delay`, which doubles with each further attempt.
    """

    @checked()
    def __init__(
        self,
        world: World,
        name: str,
        *,
        traffic: Traffic,
        to: Contact,
        arrivals: Annotated[str, Limit(choices=("poisson", "regular"), label="Arrivals")] = "poisson",
        work: Work = "exponential",
        mean_work: Annotated[float, Limit(0.0001, 3600, "s", label="Work per request")] = 0.1,
        work_spread: Annotated[float, Limit(0.05, 3, label="Spread of log-normal work")] = 1.0,
        patience: Annotated[float | None, Limit(0.01, 3600, "s", label="Patience")] = None,
        max_attempts: Annotated[int, Limit(1, 10, "attempts", label="Attempts")] = 1,
        retry_delay: Annotated[float, Limit(0.001, 3600, "s", label="Wait before a retry")] = 1.0,
    ):
        if not fits(traffic, "chunks", "paths"):
            rule = "must be a shape such as steady(5), or what from_csv or from_access_log reads"
            raise InvalidParameter(f"traffic is {traffic!r:.60}, but {rule}.")
        if not fits(to, "handle", "time_passed", "plan_changed", "part", "idle_timeout"):
            raise InvalidParameter(f"to is {to!r:.60}, but must be a balancer or an instance.")
        if getattr(to, "world", world) is not world:
            raise InvalidParameter("to is a part of another world, but must be of the customers' own.")
        self.world, self.to, self.record = world, to, world.record
        record = self.record
        classes = len({*record.paths, *traffic.paths})
        if classes > MOST_PATHS:
            rule = f"a record has room for {MOST_PATHS}"
            raise InvalidParameter(f"traffic brings the classes of requests to {classes}, but {rule}.")
        self.part = record.add_part(name, "customers", time=world.now)
        self.client = record.add_link(self.part, to.part)
        self.limit = min(inf if patience is None else patience, to.idle_timeout)
        self.too_late = Status.GAVE_UP if self.limit == patience else Status.GATEWAY_TIMEOUT
        self.max_attempts, self.retry_delay = max_attempts, retry_delay
        self._draw = draws(work, mean_work, work_spread, world.dice(f"{name} work"))
        self._paths = [record.add_path(path) for path in traffic.paths]
        self._start = microseconds(world.now)
        self._chunks = traffic.chunks(world.dice(f"{name} arrivals"), arrivals == "regular")
        self._covered = self._start
        self._times: list[float] = []
        self._works: list[float] = []
        self._classes: Paths = 0
        self._next = 0
        self._retries = Retries(record.requests, max_attempts, retry_delay)
        self.spoiled: set[int] = set()  # rows that end with an error of the application, whenever that is
        world.add_stream(self)

    def next_time(self, now: float) -> float:
        """When the next request before `now` arrives (s), `inf` when there is none."""
        fresh = self._times[self._next] if self._fetch(now) else inf
        return min(fresh, self._retries.next_time())

    def advance(self, now: float, upto: float) -> None:
        """Hand over all requests that arrive before `now` and not after `upto`."""
        if self.max_attempts > 1:
            return self._with_retries(now, upto)
        while self._fetch(now) and self._hand_over(now, upto):
            pass
        return None

    def plan_changed(self, amended: Amended) -> None:
        """Take over a new plan for a request whose server changed now, and what follows for its caller."""
        requests, row = self.record.requests, amended.row
        requests.kept.clear()
        if requests.answered[row] > self.world.now:
            self.settle(amended)
        else:
            requests.started[row], requests.finished[row] = amended.started, amended.finished

    def settle(self, amended: Amended) -> None:
        """Write when a request starts and ends, and when and how its caller is answered."""
        requests, row = self.record.requests, amended.row
        requests.kept.clear()
        arrived, starts, ends, answers, _, statuses, _, _ = requests.columns()
        if amended.error:
            self.spoiled.add(row)
        latest = arrived[row] + self.limit
        if amended.finished == inf:
            answered, status = self.world.now, Status.BAD_GATEWAY
        elif amended.finished > latest:
            answered, status = latest, self.too_late
        else:
            answered, status = amended.finished, Status.TARGET_ERROR if row in self.spoiled else Status.OK
        starts[row], ends[row], answers[row], statuses[row] = (
            amended.started,
            amended.finished,
            answered,
            status,
        )
        self._retries.plan_changed(row)

    def _fetch(self, now: float) -> bool:
        """Have requests that were not handed over yet; False when none are known before `now`."""
        while self._next >= len(self._times):
            chunk = next(self._chunks, None) if self._covered < now else None
            if chunk is None:
                return False
            covered, times, classes, works = chunk
            self._covered = covered + self._start
            self._times = [microseconds(time + self._start) for time in times] if self._start else times
            self._works = self._draw(len(times)) if works is None else self._filled(works)
            self._classes = self._paths[0] if classes is None else [self._paths[path] for path in classes]
            self._next = 0
        return True

    def _filled(self, works: list[float | None]) -> list[float]:
        """The works that a file tells, and drawn ones in place of those that it doesn't tell."""
        drawn = iter(self._draw(works.count(None)))
        return [next(drawn) if work is None else work for work in works]

    def _hand_over(self, before: float, upto: float) -> range:
        """Send the known requests that arrive before `before` and not after `upto`; returns their rows."""
        first, times = self._next, self._times
        last = min(bisect_left(times, before, first), bisect_right(times, upto, first))
        if last == first:
            return range(0)
        classes = self._classes if isinstance(self._classes, int) else self._classes[first:last]
        row = self._handed(
            self.to.handle(self, times[first:last], self._works[first:last], classes), last - first
        )
        self._next = last
        return range(row, row + last - first)

    def _handed(self, row: int, count: int) -> int:
        """The first new row, as the contact says it, if it has added `count` rows from there on."""
        if type(row) is not int or row + count != len(self.record.requests):
            does = f"handle of to returned {row!r:.60} for {count} requests"
            rule = "must add a row for each of them to the record, and return the first"
            raise InvalidParameter(f"{does}, but {rule}.")
        return row

    def _with_retries(self, now: float, upto: float) -> None:
        """As `advance`, where the end of one request decides when the next one comes."""
        retries = self._retries
        while (time := self.next_time(now)) < now and time <= upto:
            if self.to.time_passed(time):
                continue  # what has started since may have made a retry needless
            again = retries.next_time()
            if again == time:
                retry = retries.pop()
                path = self.record.requests.path[retry.row]
                row = self._handed(self.to.handle(self, [time], [retry.work], path), 1)
                self.record.retries[row] = (retry.row, retry.number)
                retries.sent(range(row, row + 1), [retry.work], retry.number)
            else:
                # No retry of these can come sooner than `retry_delay` after the first: they go together.
                first = self._next
                rows = self._hand_over(min(now, again, time + self.retry_delay), upto)
                retries.sent(rows, self._works[first : self._next])
            retries.forget(time)
