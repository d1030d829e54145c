"""The work that was done in each period, read a block at a time (see `summary`).

Read `by_period` first.
"""

from bisect import bisect_right
from math import ceil, fsum, inf

from cloudlab.kernel.record import Record
from cloudlab.kernel.summary import Block, all_of, blocks, kept


def by_period(record: Record, parts: frozenset[int], period: float) -> list[float]:
    """Seconds of work on these parts in each period (s) up to the end of the run.

    A block that lies in one period is added as a whole; the others are walked row by row.
    """
    return list(kept(record, ("work", record.end, parts, period), lambda: _by_period(record, parts, period)))


def _by_period(record: Record, parts: frozenset[int], period: float) -> list[float]:
    cells = [0.0] * ceil(record.end / period)
    breaks = _breaks(record)
    for block in blocks(record):
        cell = _cell(record, block, period) if all_of(record, block, parts) else None
        if cell is not None and cell < len(cells) and block.work is not None:
            cells[cell] += block.work
        elif record.requests.arrived[block.first] < record.end:
            _by_row(record, block, parts, period, cells, breaks)
    return cells


def _cell(record: Record, block: Block, period: float) -> int | None:
    """The period that holds all work of plain rows; None where there is none."""
    first, last, latest, _ = block
    if latest > record.end:
        return None
    cell = int(record.requests.arrived[first] // period)  # they begin later than that, often just as well
    if latest > (cell + 1) * period:
        cell = int(min(record.requests.started[first:last]) // period)
    return cell if latest <= (cell + 1) * period else None


def _by_row(record: Record, block: Block, parts: frozenset[int], period: float, cells, breaks) -> None:
    rows, until = record.requests, record.end
    columns = (column[block.first : block.last] for column in (rows.target, rows.started, rows.finished))
    for target, start, end in zip(*columns, strict=True):
        if target in parts and start < until:
            if end == inf:  # broken off by the first death, crash or cut after its start
                end = breaks[target][bisect_right(breaks[target], start)]
            end = end if end < until else until
            cell = int(start // period)
            if cell < len(cells) and end <= (cell + 1) * period:  # almost always: no need for a call
                cells[cell] += max(0.0, end - start)
            else:
                spread(cells, period, start, end, 1)


def spread(cells: list[float], period: float, start: float, end: float, weight: float) -> None:
    """Add `weight` × the length of [start, end) to the periods that it touches."""
    cell = int(start // period) if start < end else 0
    while start < end:
        edge = min(end, (cell + 1) * period)
        if edge > start:  # not where start // period was rounded down
            cells[min(cell, len(cells) - 1)] += weight * (edge - start)
            start = edge
        cell += 1


def well(record: Record) -> float:
    """Seconds of work of all requests that were answered well by the end of the run."""
    rows, end, found = record.requests, record.end, []
    for a, b, latest, work in blocks(record):
        if work is not None and latest <= end:
            found.append(work)
        else:
            columns = (column[a:b] for column in (rows.started, rows.finished, rows.answered, rows.status))
            found += [
                to - since for since, to, told, how in zip(*columns, strict=True) if not how and told <= end
            ]
    return fsum(found)


def mean(record: Record, speeds: dict[int, float]) -> float | None:
    """Mean seconds of work at speed 1 of the requests that these parts had finished by the end; None without any.

    `speeds` tells how fast each part works.
    """
    rows, end = record.requests, record.end
    alike = {speed: frozenset(part for part in speeds if speeds[part] == speed) for speed in speeds.values()}
    count, found = 0, []
    for block in blocks(record):
        a, b, latest, work = block
        same = next((speed for speed in alike if all_of(record, block, alike[speed])), None)
        if same is not None and work is not None and latest <= end:
            count += b - a
            found.append(work * same)
        else:
            columns = (column[a:b] for column in (rows.started, rows.finished, rows.target))
            works = [
                (to - since) * speeds[part]
                for since, to, part in zip(*columns, strict=True)
                if to <= end and part in speeds
            ]
            count += len(works)
            found += works
    return fsum(found) / count if count else None


def _breaks(record: Record) -> dict[int, list[float]]:
    """For each part the moments (s) at which all that was open there was broken off."""
    moments: dict[int, list[float]] = {}
    for entry in record.states:
        if entry.state in ("crashed", "killed", "terminated", "unused"):
            moments.setdefault(entry.part, []).append(entry.time)
    return moments
