"""What CloudWatch shows of a function. Read `metrics` first.

A metric counts by when an invocation began, but durations and errors by when it ended, since they are known then.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import fsum
from typing import Annotated

from cloudlab.kernel.invocations import Ending, most_at_once
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.lambda_function.log import milliseconds, table_of


@dataclass(frozen=True)
class Reading:
    """One period of a function's metrics: when it began (s), and CloudWatch's names in snake_case.

    Durations in milliseconds, without INIT; None where no invocation ended in the period.
    """

    time: float
    invocations: int
    errors: int
    throttles: int
    concurrent_executions: int
    duration: float | None
    duration_maximum: float | None


@checked()
def metrics(
    record: Record, function: str, *, period: Annotated[float, Limit(1, 86_400, "s", label="Period")] = 60
) -> list[Reading]:
    """Readings of the function of that name, one for each period up to the end of the run, a begun one included.

    Raises InvalidParameter where no function has that name.
    """
    table = table_of(record, function)
    rows = sorted(range(len(table.ended)), key=table.ended.__getitem__)
    ends = [table.ended[row] for row in rows]
    readings, start = [], 0.0
    while start < record.end:
        stop = min(start + period, record.end)
        last = bisect_right if stop == record.end else bisect_left
        began = last(table.began, stop) - bisect_left(table.began, start)
        throttles = last(table.throttled, stop) - bisect_left(table.throttled, start)
        over = rows[bisect_left(ends, start) : last(ends, stop)]
        durations = [milliseconds(table, row)[0] for row in over]
        readings.append(
            Reading(
                start,
                began,
                sum(table.ending[row] != Ending.OK for row in over),
                throttles,
                most_at_once(table, start, stop, ends),
                fsum(durations) / len(durations) if durations else None,
                max(durations, default=None),
            )
        )
        start += period
    return readings
