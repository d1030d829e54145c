"""A record as the browser gets it: requests as binary columns, all else as plain data.

The stage knows nothing of the cloud: it plays what stands here. Read `scene_of` first. A run of many
requests is sampled: every so many requests travel in the picture, and the numbers of each server are counted
exactly at `MOMENTS` moments, or at fewer with many parts.
"""

import sys
from array import array
from bisect import bisect_left
from decimal import Decimal
from itertools import chain
from math import ceil, inf

from cloudlab.kernel.invocations import Ending, Throttle
from cloudlab.kernel.moves import Hops, Numbers, sorted_ways
from cloudlab.kernel.record import Record, Series, Status
from cloudlab.kernel.summary import kept
from cloudlab.views.kinds import Works, fleets, kind_of, kinds_in, name_of
from cloudlab.views.line import Waiting, in_line
from cloudlab.views.stage.bins import count
from cloudlab.views.stage.layout import layout
from cloudlab.views.table import total

MOST, MOMENTS, LEVELS = 60_000, 1200, 400
"""Requests, and calls, that are sent one by one, moments at which a sampled run is counted, and those of a level."""

FIGURES = 120_000
"""Numbers of a kind that are counted of a sampled run: of more than 100 parts at fewer moments."""

WALL = 60.0
"""Seconds in which a run plays at ×1."""

NOTES, POINTS = 2000, 2000
"""Notes, and change points of a series, that are sent at most."""

ALWAYS = "Speed"
"""The series that is sent of any part; others as its kind says."""


def scene_of(record: Record) -> dict:
    """A run as plain data and one block of bytes: 41 a request, 35 a call, and some 70 a message.

    What each field means stands in one place: `Scene` in `contract.js`. Change both together.
    """
    total = len(record.requests)
    every = max(1, ceil(total / MOST))
    rows = range(0, total, every)
    order = layout(record)
    followed = [kind.follows(record, parts) for kind, parts in kinds_in(record)]
    notes = _in_time(record.notes, *(one.notes for one in followed))
    numbers = Numbers(record)
    came, others, taken = sorted_ways(record)
    works = [works for one in followed for works in one.works if works.start]
    marks = (kind.mark(record, parts) for kind, parts in kinds_in(record))
    return {
        "end": record.end,
        "mark": next((one for one in marks if one is not None), None),
        "pace": max(record.end, 1e-6) / WALL,
        "seed": record.seed,
        "total": total,
        "rows": len(rows),
        "every": every,
        "calls": len(record.calls) if len(record.calls) <= MOST else 0,
        "columns": _columns(record, rows) + _in_columns(*came, *taken, *works),
        "bins": _counted(record)["bins"] if every > 1 else None,
        "parts": _parts(record, order),
        "links": [list(link) for link in (*record.links, *order.through)],
        "back": [list(link) for link in order.back],
        "shared": _shared(record),
        "states": [[s.time, s.part, s.aspect, s.state, _finite(s.until)] for s in record.states],
        "series": [
            [part, metric, list(series.times), list(series.values)]
            for (part, metric), series in record.series.items()
            if metric in (ALWAYS, *kind_of(record, part).metrics) and len(series.times) <= POINTS
        ]
        + [thinned for one in followed for thinned in _thinned(one.series)],
        "asks": [[ask.time, ask.part, ask.asked, ask.granted, ask.by] for ask in record.asks],
        "invocations": _invocations(record),
        "came": [_hops(hops) for hops in came],
        "moves": [[m.time, m.message, m.source, m.target, _finite(m.until), m.received] for m in others],
        "taken": [_hops(hops) for hops in taken],
        "works": [len(one.start) for one in works],
        "notes": [[n.time, n.part, n.glyph, numbers.told(n), n.row] for n in notes[-NOTES:]],
        "tales": _tales(record),
        "became": [
            [row, message]
            for kind, parts in kinds_in(record)
            for row, message in kind.became(record, parts).items()
            if every == 1
        ],
        "statuses": [[status.code, status.reason] for status in Status],
        "money": _money(record),
    }


def _in_time(entered: list, *followed: tuple) -> list:
    """What was entered and what follows from it, in order of time."""
    return sorted(chain(entered, *followed), key=lambda one: one.time) if any(followed) else entered


def level_of(record: Record, pieces: int = LEVELS) -> dict:
    """The level that a timeline shows, at the ends of so many pieces of time."""
    times, line = _moments(record, pieces), _line(record)
    if line is None and len(record.requests) > MOST and pieces == LEVELS:
        return {"times": times, "values": _counted(record)["waiting"]}
    line = in_line(record) if line is None else line
    return {"times": times, "values": [line.at(moment) for moment in times]}


def _line(record: Record) -> Series | Waiting | None:
    """What a kind shows, or how many the first fleet holds where nobody comes; None for how many wait."""
    shown = (kind.level(record, parts) for kind, parts in kinds_in(record))
    if special := next((level for level in shown if level is not None), None):
        return special
    first = next(iter(fleets(record).values()), None)
    return None if first is None or len(record.requests) else first.have


def servers(record: Record) -> set[int]:
    """The parts that serve requests: what has slots, unless its kind shows them in its own way."""
    slotted = (index for index, part in enumerate(record.parts) if "slots" in part.attributes)
    return {index for index in slotted if kind_of(record, index).laned}


def _parts(record: Record, order) -> list[dict]:
    inside = (kind_of(record, part).cells(record, part) for part in range(len(record.parts)))
    cells = {part: cell for found in inside for part, cell in found.items()}
    serving = servers(record) if len(record.requests) else set()
    return [
        {
            "name": name_of(record, index),
            "kind": part.kind,
            "parent": part.parent,
            "born": part.born,
            "gone": _finite(part.gone),
            "slots": part.attributes.get("slots", 1),
            "speed": part.attributes.get("speed", 1.0),
            "layer": order.layer[index],
            "row": order.row[index],
            "place": cells.get(index),
            "server": index in serving,
            "attributes": {
                name: value
                for name, value in part.attributes.items()
                if isinstance(value, (str, int, float, bool))
            },
        }
        for index, part in enumerate(record.parts)
    ]


def _columns(record: Record, rows: range) -> bytes:
    """The columns of these rows, then those of calls, each from a multiple of 8 bytes on.

    Of more than `MOST` calls none is sent: a part that is called is then drawn without its slots.
    """
    r, step, c = record.requests, rows.step, record.calls
    times = [column[::step] for column in (r.arrived, r.started, r.finished, r.answered)]
    numbers = [array("I", rows), r.target[::step], r.client[::step], r.status[::step]]
    calls = [c.arrived, c.started, c.ended, c.order, c.parent, c.service, c.status] if len(c) <= MOST else []
    return b"".join(map(_bytes, [*times, *numbers, *(column[:] for column in calls)]))


def _hops(hops: Hops) -> dict:
    """How many moves there are of one sort, and what is the same for all of them; "column" where nothing is."""
    told = {name: "column" if isinstance(value, array) else value for name, value in hops._asdict().items()}
    return {"many": len(hops.time), **told, "until": told["until"] if hops.until != inf else None}


def _in_columns(*tables: Hops | Works) -> bytes:
    """The columns of these tables, one after the other."""
    return b"".join(_bytes(column[:]) for table in tables for column in table if isinstance(column, array))


def _bytes(column: "array[float] | array[int]") -> bytes:
    """A column as the browser reads it, filled up to a multiple of 8 bytes."""
    if sys.byteorder == "big":
        column.byteswap()
    data = column.tobytes()
    return data + b"\0" * (-len(data) % 8)


def _counted(record: Record) -> dict:
    """What each server had got, let wait and lost at up to `MOMENTS` moments, and how many wait at `LEVELS`."""
    return kept(record, ("bins", record.end), lambda: _count(record))


def _count(record: Record) -> dict:
    pieces = max(LEVELS, min(MOMENTS, FIGURES // len(record.parts)))
    moments = [record.end * (place + 1) / pieces for place in range(pieces)]
    levels = _moments(record, LEVELS)
    every = sorted({*moments, *levels})
    parts = count(record, every, _shared(record))
    shown, asked = ([bisect_left(every, moment) for moment in some] for some in (moments, levels))
    found = {
        str(part): {name: [values[place] for place in shown] for name, values in counts.items()}
        for part, counts in parts.items()
    }
    waiting = [float(sum(counts["waiting"][place] for counts in parts.values())) for place in asked]
    return {"bins": {"times": moments, "parts": found}, "waiting": waiting}


def _thinned(followed: dict[tuple[int, str], Series]) -> list[list]:
    """What kinds count themselves; of many change points every so many are sent, and the last."""
    found = []
    for (part, metric), series in followed.items():
        many = len(series.times)
        places = sorted({*range(0, many, max(1, ceil(many / POINTS))), *range(many)[-1:]})
        found.append(
            [part, metric, *([column[place] for place in places] for column in (series.times, series.values))]
        )
    return found


def _invocations(record: Record) -> list[dict]:
    """What was invoked, in columns. Where there are more than `MOST` calls nothing is sent, and no stall is drawn."""
    return [
        {
            "part": part,
            "how": [table.origins[number].how for number in table.origin],
            "source": list(table.source),
            "began": list(table.began),
            "ended": [_finite(time) for time in table.ended],
            "environment": list(table.environment),
            "ending": [Ending(ending).reason if ending else "" for ending in table.ending],
            "resets": [Ending(ending).resets for ending in table.ending],
            "born": list(table.born),
            "ready": list(table.ready),
            "gone": [_finite(time) for time in table.gone],
            "memory": [table.versions[number].memory_size for number in table.version],
            "provisioned": [bool(one) for one in table.provisioned],
            "throttled": list(table.throttled),
            "why": [Throttle(why).code for why in table.why],
            "came": list(table.events.came),
            "settled": [_finite(time) for time in table.events.ended],
        }
        for part, table in record.functions.items()
        if max(len(table.began), len(table.throttled), len(table.events.came)) <= MOST
    ]


def _tales(record: Record) -> dict[str, list]:
    """What kinds tell of the first `NOTES` messages."""
    told = {n: lines for kind, parts in kinds_in(record) for n, lines in kind.tales(record, parts).items()}
    return {str(number): told[number] for number in sorted(told)[:NOTES]}


def _moments(record: Record, pieces: int) -> list[float]:
    return [record.end * place / pieces for place in range(pieces + 1)]


def _shared(record: Record) -> int | None:
    """The part at which all requests wait in one line, if there is one."""
    every_part = range(len(record.parts))
    return next((part for part in every_part if kind_of(record, part).one_line(record, part)), None)


def _money(record: Record) -> dict | None:
    """Dollars so far, as they were read while the run went on; at its end they are the bill's rounded total."""
    if not record.bill:
        return None
    exact = sum((line.quantity * line.unit_price for line in record.bill), Decimal(0))
    last = float(exact if exact < Decimal("0.05") else total(record))  # of a few cents a part is told
    read = (kind.cost(record, parts) for kind, parts in kinds_in(record))
    cost = next((series for series in read if series is not None), None)
    if cost is None:
        return {"times": [0.0, record.end], "values": [0.0, last]}
    values = [round(min(value, last), 9) for value in cost.values]
    return {"times": list(cost.times), "values": [*values[:-1], last]}


def _finite(value: float) -> float | None:
    return None if value == inf else value
