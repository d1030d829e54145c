"""An event source mapping: Lambda pulls messages from a queue and calls the function with them in batches.

Read `Poller.take_all` first, then `Poller.woken`. A queue pushes nothing (SQS-25): pollers of Lambda's own receive,
call the function, and delete what went well. A batch that fails comes back as a whole when its visibility timeout is
over, unless the function reports which of its messages failed (FN-22). One that is turned away comes back too, and its
poller waits a second; how long it really waits is not published.

Numbers such as FN-21 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from math import inf
from typing import Annotated

from cloudlab.kernel.contracts import Process
from cloudlab.kernel.draws import Work, draws
from cloudlab.kernel.invocations import Ending
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.world import microseconds
from cloudlab.lambda_function.errors import InvalidParameterValueException, ResourceConflictException
from cloudlab.lambda_function.function import Function, Works
from cloudlab.lambda_function.release import Release
from cloudlab.lambda_function.versions import LATEST

FIRST, LEAST, MORE, MOST = 5, 2, 300, 1250
"""Pollers at first, at least, more of them each minute, and at most (FN-24; older figures are 60 and 1,000)."""

MINUTE = 60.0

POLL = 20.0
"""Seconds that a poll waits for messages (FN-21)."""

PAUSE = 1.0
"""Seconds that a poller waits after a batch was turned away. Ours: no figure is published."""

NO_CLASS = -1
"""A batch is of no class."""

REPORT = "ReportBatchItemFailures"

Batch = Annotated[int, Limit(1, 10_000, "messages", choices=(1, 10, 100), label="Batch size")]
Window = Annotated[int, Limit(0, 300, "s", label="Batching window")]


Held = tuple[int, int, int, float]
"""A message in a poller's hand: hand-out, row, received how often, when (s)."""


class Poller:
    """One of Lambda's pollers: it has one batch at a time."""

    pause = PAUSE

    def __init__(self, mapping: "EventSourceMapping", part: int):
        self.mapping, self.part, self.function = mapping, part, mapping.function
        self.latest = mapping.queue.line.latest
        self.ended, self.ending = self.function.table.ended, self.function.table.ending
        self.most, self.wait = mapping.batch_size, POLL
        self.number = mapping.queue.line.join(self)
        self.held: list[Held] = []
        self.polling = True

    def take(self, time: float, row: int, count: int) -> tuple[float, bool]:
        """A batch of one: as `take_all`, with what is usual written out, since that is what most are."""
        mapping = self.mapping
        if mapping.gathers:
            return self.take_all(time, [row], [count])[0]
        function, first = self.function, self.latest[self.number]
        if function.account.asked is not None:
            function.account.catch_up(time)
        versions, qualifier = function.versions, mapping.qualifier
        release = versions.latest if qualifier == LATEST else versions.choose(qualifier)
        if release.code is not None:
            end, (good,) = mapping.call_of(release, time, [(first, row, count, time)])
            return end, good
        invocation = function.fleet.call(
            release, mapping.origin, first, time, mapping.works.of(row), NO_CLASS
        )
        if invocation < 0:
            return microseconds(time + PAUSE), False
        poison = mapping.fails and mapping.queue.table.path[row] in mapping.fails
        return self.ended[invocation], not self.ending[invocation] and not poison

    def take_all(self, time: float, rows: list[int], counts: list[int]) -> list[tuple[float, bool]]:
        """What one receive brings: the function is called with it at once, or when the batching window is over.

        Says when each message will be done, and whether well.
        """
        line, mapping = self.mapping.queue.line, self.mapping
        first = self.latest[self.number]
        batch = [
            (first + place, row, count, time)
            for place, (row, count) in enumerate(zip(rows, counts, strict=True))
        ]
        if not mapping.maximum_batching_window_in_seconds:
            end, good = mapping.call(time, batch)
            return [(end, well) for well in good]
        self.held += batch
        if len(self.held) < mapping.batch_size:
            if len(self.held) == len(batch):
                line.wake(self.number, microseconds(time + mapping.maximum_batching_window_in_seconds))
            self.most = mapping.batch_size - len(self.held)
            line.ready(self.number, time)
        else:
            line.wake(self.number, time)
        return [(inf, True)] * len(rows)

    def woken(self, time: float) -> None:
        """The batching window is over, or the batch is full: the function is called with all that it holds."""
        if not self.held:
            return
        batch, self.held = self.held, []
        self.most = self.mapping.batch_size
        line = self.mapping.queue.line
        line.not_asking(self.number)
        end, good = self.mapping.call(time, batch)
        line.done(self.number, [handout for handout, *_ in batch], end, good)


class EventSourceMapping:
    """Messages of a queue for a function: pollers take them in batches, each a part of kind `poller`.

    In a function without code a batch takes the works of its messages one after the other (`mean_work`, in seconds on
    one vCPU), and those of the classes in `fails` fail; with code the handler gets the event that SQS-26 describes.
    `maximum_concurrency` is the `ScalingConfig` of the API. Raises InvalidParameterValueException.
    """

    @checked(InvalidParameterValueException)
    def __init__(
        self,
        function: Function,
        queue,
        *,
        batch_size: Batch = 10,
        maximum_batching_window_in_seconds: Window = 0,
        function_response_types: tuple[str, ...] | list[str] = (),
        maximum_concurrency: Annotated[
            int | None, Limit(2, 1000, "calls at once", label="Most calls at once")
        ] = None,
        qualifier: str = "$LATEST",
        work: Work = "fixed",
        mean_work: Annotated[float, Limit(0.0001, 3600, "s", label="Work per message")] = 0.1,
        work_spread: Annotated[float, Limit(0.05, 3, label="Spread of log-normal work")] = 1.0,
        fails: tuple[str, ...] | list[str] = (),
    ):
        world = function.world
        window = maximum_batching_window_in_seconds
        self._check(function, queue, batch_size, window, function_response_types, fails)
        function.versions.one(qualifier)
        self.function, self.queue, self.world, self.qualifier = function, queue, world, qualifier
        self.batch_size, self.maximum_batching_window_in_seconds = (
            batch_size,
            maximum_batching_window_in_seconds,
        )
        self.reports = REPORT in function_response_types
        self.gathers = self.reports or window > 0
        """Whether a batch of one is more than one call that goes well or not."""
        self.maximum_concurrency = maximum_concurrency
        self.fails = frozenset(world.record.add_path(path) for path in fails)
        self.fifo = queue.name.endswith(".fifo")
        name = f"{queue.name} to {function.name}"
        self.works = Works(draws(work, mean_work, work_spread, world.dice(f"{name} work")))
        try:
            world.add_way(queue, function)
        except InvalidParameter as circle:
            raise InvalidParameterValueException(str(circle)) from None
        self.part = function.part
        self.origin = function.origin("batch", queue.part)
        """The number of its batches' origin in the function's table."""
        self.pollers: list[Poller] = []
        function.account.pull(queue)
        queue.together = function.account.bring
        queue.line.holds = queue.line.holds or maximum_batching_window_in_seconds > 0
        self._most = MOST if maximum_concurrency is None else min(MOST, maximum_concurrency)
        world.record.wire(
            function.part,
            "mapping",
            queue.name,
            queue=queue.part,
            batch_size=batch_size,
            maximum_batching_window_in_seconds=maximum_batching_window_in_seconds,
            function_response_types=tuple(function_response_types),
            maximum_concurrency=maximum_concurrency,
        )
        self._poll(min(FIRST, self._most))
        if self._most > LEAST:
            world.process(self._scale())

    @property
    def polling(self) -> int:
        """How many pollers there are now."""
        return sum(one.polling for one in self.pollers)

    def call(self, time: float, batch: list[Held]) -> tuple[float, list[bool]]:
        """Call the function with a batch: when that is over (s), and which of its messages are done."""
        self.function.account.catch_up(time)
        return self.call_of(self.function.versions.choose(self.qualifier), time, batch)

    def call_of(self, release: Release, time: float, batch: list[Held]) -> tuple[float, list[bool]]:
        """As `call`, of that release."""
        work = sum(self.works.of(row) for _, row, _, _ in batch)
        call = (self.origin, batch[0][0], time, work, NO_CLASS)
        row = self.function.call(release, call, lambda _: self.event(batch))
        if row < 0:
            return microseconds(time + PAUSE), [False] * len(batch)
        table = self.function.table
        end = table.ended[row]
        if table.ending[row] != Ending.OK:
            return end, [False] * len(batch)
        return end, self._good(row, batch)

    def _good(self, invocation: int, batch: list[Held]) -> list[bool]:
        """Which messages of a batch are done, where the function itself went well (FN-22)."""
        rows = [row for _, row, _, _ in batch]
        if self.function.versions.one(self.qualifier).code is None:
            failed = {row for row in rows if self.queue.table.path[row] in self.fails}
            if failed and not self.reports:
                return [False] * len(rows)
        elif not self.reports:
            return [True] * len(rows)
        else:
            names = {self.queue.message_id(row): row for row in rows}
            reported = _reported(self.function.said_of(invocation)[0])
            if reported is None or not set(reported) <= set(names):
                return [False] * len(rows)
            failed = {names[name] for name in reported}
        if self.fifo and failed:
            first = next(place for place, row in enumerate(rows) if row in failed)
            failed.update(rows[first:])
        return [row not in failed for row in rows]

    def event(self, batch: list[Held]) -> str:
        """What the handler gets (SQS-26)."""
        arn = f"arn:aws:sqs:us-east-1:123456789012:{self.queue.name}"
        records = []
        for handout, row, count, handed in batch:
            message = self.queue.message_in(row, handout, count, handed)
            records.append(
                {
                    "messageId": message.message_id,
                    "receiptHandle": message.receipt_handle,
                    "body": message.body,
                    "attributes": {"SenderId": "AIDACKCEVSQ6C2EXAMPLE", **message.attributes},
                    "messageAttributes": message.message_attributes,
                    "md5OfBody": message.md5_of_body,
                    "eventSource": "aws:sqs",
                    "eventSourceARN": arn,
                    "awsRegion": "us-east-1",
                }
            )
        return json.dumps({"Records": records})

    def _poll(self, count: int) -> None:
        """So many more pollers begin to ask."""
        line, now = self.queue.line, self.world.now
        rest = [one for one in self.pollers if not one.polling][:count]
        rest += [Poller(self, self._new_part(place)) for place in range(count - len(rest))]
        for one in rest:
            if one not in self.pollers:
                self.pollers.append(one)
            one.polling = True
            line.ready(one.number, now)
        self.world.record.set(self.part, f"Pollers of {self.queue.name}", now, self.polling)

    def _new_part(self, place: int) -> int:
        name = f"{self.function.name} polls {self.queue.name} {len(self.pollers) + place + 1}"
        return self.world.record.add_part(name, "poller", time=self.world.now, parent=self.function.part)

    def _scale(self) -> Process:
        """Each minute: more pollers while messages wait and no poller does, else fewer (FN-24). A SimPy process."""
        while True:
            yield self.world.timeout(MINUTE)
            self.world.bring(self.queue)
            line, now = self.queue.line, self.world.now
            waiting = {number for _, number in line.waiting}
            if not line.waiting and line.visible_at(now):
                self._poll(min(MORE, self._most - self.polling))
                continue
            idle = [one for one in self.pollers if one.polling and one.number in waiting and not one.held]
            for one in idle[: max(0, self.polling - LEAST)]:
                one.polling = False
                line.leave(one.number, now, dies=False)
            self.world.record.set(self.part, f"Pollers of {self.queue.name}", now, self.polling)

    @staticmethod
    def _check(function, queue, batch_size, window, response_types, fails) -> None:
        fifo = getattr(queue, "name", "").endswith(".fifo")
        if not hasattr(queue, "line"):
            raise InvalidParameterValueException(f"queue is {queue!r:.60}, but must be a queue.")
        if queue.world is not function.world:
            raise InvalidParameterValueException(
                "queue is of another world, but must be of the function's own."
            )
        if fifo and (batch_size > 10 or window):
            rule = "a FIFO queue has batches of at most 10, and no window (FN-21)"
            raise InvalidParameterValueException(
                f"batch_size is {batch_size}, window {window} s, but {rule}."
            )
        if batch_size > 10 and not window:
            rule = "more than 10 need maximum_batching_window_in_seconds of at least 1 (FN-21)"
            raise InvalidParameterValueException(f"batch_size is {batch_size}, but {rule}.")
        if not all(one == REPORT for one in response_types):
            rule = f"must hold {REPORT} only"
            raise InvalidParameterValueException(
                f"function_response_types is {response_types!r:.60}, but {rule}."
            )
        if not all(isinstance(path, str) for path in fails):
            rule = "must be a tuple of names of classes"
            raise InvalidParameterValueException(f"fails is {fails!r:.60}, but {rule}.")
        if (queue.part, function.part) in function.world.record.links:
            rule = f"but {function.name} has a mapping for it already"
            raise ResourceConflictException(f"queue is {queue.name!r:.60}, {rule}.")
        if queue.together not in (None, function.account.bring):
            rule = "but messages are pulled from it for a function of another account already"
            raise InvalidParameterValueException(f"queue is {queue.name}, {rule}.")
        hidden, most = queue.line.timeout, function.versions.settings.timeout
        if hidden < most:
            rule = f"must be at least the function's timeout of {most:g} s, six times that is advised (FN-23)"
            raise InvalidParameterValueException(
                f"visibility_timeout of {queue.name} is {hidden:g} s, but {rule}."
            )


def _reported(returned) -> list[str] | None:
    """The ids in a partial batch response; None where it isn't one that can be read: then all have failed."""
    if returned is None or returned == {}:
        return []
    failures = returned.get("batchItemFailures", ()) if isinstance(returned, dict) else None
    if failures is None and isinstance(returned, dict):
        return []
    if not isinstance(failures, (list, tuple)):
        return None
    names = [one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures]
    known = [name for name in names if isinstance(name, str) and name]
    return known if len(known) == len(names) else None
