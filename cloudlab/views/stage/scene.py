"""A run as the browser needs it: small plain data, and the requests as binary columns.

A run of 20,000 requests is less than a megabyte that nobody has to parse. A very long run is thinned: every
k-th request is sent, and the exact counts of each line at some 1,200 moments beside them. Read `scene_of` first.
"""

import sys
from array import array
from bisect import bisect_right
from math import ceil, inf

from cloudlab.record import Record, Status
from cloudlab.views.describe import describe
from cloudlab.views.stage.layout import layout
from cloudlab.views.table import total

MOST = 60_000
"""So many requests are sent at most."""

MOMENTS = 1200
"""At so many moments the exact counts of a thinned run are told."""

NOTES, POINTS, COINS = 2000, 2000, 400
"""At most so many notes, points of a series that nobody draws, and points of the curve of money."""

WALL = 60.0
"""Seconds in which a run is played at ×1."""

DRAWN = ("Group", "Speed", "Cost")
"""How the names of series begin that are sent whatever their length."""


def scene_of(record: Record, *, description: str | None = None) -> dict:
    """A record as a dict of plain data with the requests as bytes under 'columns' (see `columns_of`).

    `inf` is None, but in the columns. `description` spares describing the run again.
    """
    count = len(record.requests)
    every = max(1, ceil(count / MOST))
    shared = shared_line(record)
    found = layout(record)
    return {
        "end": record.end,
        "pace": record.end / WALL or 1.0,
        "seed": record.seed,
        "total": count,
        "rows": len(range(0, count, every)),
        "every": every,
        "columns": columns_of(record, every),
        "bins": _bins(record, shared) if every > 1 else None,
        "parts": [_part(record, part, spot) for part, spot in enumerate(found.spots)],
        "links": [list(link) for link in record.links],
        "back": [list(link) for link in found.back],
        "shared": shared,
        "states": [[s.time, s.part, s.aspect, s.state, _finite(s.until)] for s in record.states],
        "series": _series(record),
        "asks": [[ask.time, ask.part, ask.asked, ask.granted, ask.by] for ask in record.asks],
        "notes": _notes(record),
        "bill": float(total(record)) if record.bill else None,
        "money": _money(record),
        "statuses": [[status.code, status.reason] for status in Status],
        "description": describe(record) if description is None else description,
    }


def shared_line(record: Record) -> int | None:
    """The part that holds one line for all its servers, or None."""
    for part in record.parts_of("balancer"):
        if record.parts[part].attributes.get("load_balancing_algorithm_type") == "one_line":
            return part
    return None


def columns_of(record: Record, every: int = 1) -> bytes:
    """Every `every`-th request, little-endian, column after column, each begun at a multiple of 8 bytes.

    arrived, started, finished, answered (float 64) · row (uint 32) · target, client (uint 16) · status (uint 8)
    """
    rows = record.requests
    numbers = array("I", range(0, len(rows), every))
    if numbers.itemsize != 4:
        numbers = array("L", numbers)
    times = (rows.arrived, rows.started, rows.finished, rows.answered)
    small = (rows.target, rows.client, rows.status)
    return b"".join(
        _bytes(column)
        for column in (*(c[::every] for c in times), numbers, *(c[::every] for c in small))
    )


def _bytes(column: array) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    made = column.tobytes()
    return made + bytes(-len(made) % 8)


def _part(record: Record, part: int, spot) -> dict:
    made = record.parts[part]
    small = {
        name: value
        for name, value in made.attributes.items()
        if isinstance(value, (bool, int, str)) or (isinstance(value, float) and abs(value) < inf)
    }
    return {
        "name": made.name,
        "kind": made.kind,
        "parent": made.parent,
        "born": made.born,
        "gone": _finite(made.gone),
        "slots": made.attributes.get("slots"),
        "speed": made.attributes.get("speed"),
        "layer": spot.layer,
        "row": spot.row,
        "place": spot.cell,
        "server": "slots" in made.attributes,
        "attributes": small,
    }


def _series(record: Record) -> list[list]:
    found = []
    for (part, metric), series in record.series.items():
        if metric.startswith(DRAWN) or len(series.times) <= POINTS:
            values = [_finite(value) for value in series.values]
            found.append([part, metric, list(series.times), values])
    return found


def _notes(record: Record) -> list[list]:
    """The notes in order of time; where there are too many, those about single requests go first."""
    notes = sorted(record.notes, key=lambda note: note.time)
    if len(notes) > NOTES:
        notes = [note for note in notes if note.row is None] or notes
    return [[note.time, note.part, note.glyph, note.text, note.row] for note in notes[:NOTES]]


# Money


def _money(record: Record) -> dict | None:
    """Dollars so far at up to `COINS` moments; at the end it is the bill's sum."""
    if not record.bill:
        return None
    moments = [record.end * place / (COINS - 1) for place in range(COINS)]
    known = next((series for (_, metric), series in record.series.items() if metric == "Cost"), None)
    if known is not None and known.times:
        spent = [_between(known, moment) for moment in moments]
    else:
        spent = [_machine_seconds(record, moment) for moment in moments]
    last, whole = spent[-1], float(total(record))
    share = whole / last if last else 0.0
    return {"times": moments, "values": [value * share for value in spent[:-1]] + [whole]}


def _between(series, moment: float) -> float:
    """The value on the line through the points of `series`."""
    place = bisect_right(series.times, moment)
    if place == 0 or place == len(series.times):
        return series.values[max(0, place - 1)]
    (a, b), (low, high) = series.times[place - 1 : place + 1], series.values[place - 1 : place + 1]
    return low + (high - low) * (moment - a) / (b - a)


def _machine_seconds(record: Record, moment: float) -> float:
    """What is paid for a second, added up: each instance, or each slot of what else serves."""
    instances = record.parts_of("instance")
    paid = [(record.parts[part], 1) for part in instances] or [
        (part, part.attributes["slots"]) for part in record.parts if "slots" in part.attributes
    ]
    return sum(weight * max(0.0, min(part.gone, moment) - part.born) for part, weight in paid)


# A run that is thinned


def _bins(record: Record, shared: int | None) -> dict:
    """Exact counts of each part that requests reached, at `MOMENTS` moments from 0 to the end."""
    times = [record.end * place / MOMENTS for place in range(MOMENTS + 1)]
    changes = moments_of(record, shared)
    parts = {}
    for part in sorted(changes):
        counts = [[bisect_right(column, time) for time in times] for column in map(sorted, changes[part])]
        joined, left, done, failed, away = counts
        parts[str(part)] = {
            "sent": joined,
            "waiting": [came - went for came, went in zip(joined, left, strict=True)],
            "done": done,
            "failed": [lost - elsewhere for lost, elsewhere in zip(failed, away, strict=True)],
        }
    return {"times": times, "parts": parts}


def moments_of(record: Record, shared: int | None) -> dict[int, tuple[list, list, list, list, list]]:
    """For each part the moments (s) at which requests joined it, left its line, ended well, and failed.

    With a shared line a request joins its server when it starts, and a failure before that counts at the
    line; the fifth list is when such a failure moves on to a server, which happens when its caller left
    before its turn.
    """
    rows, found = record.requests, {}
    columns = rows.target, rows.arrived, rows.started, rows.answered, rows.status
    for target, arrived, started, answered, status in zip(*columns, strict=True):
        line = target if shared is None else shared
        if line not in found:
            found[line] = ([], [], [], [], [])
        joined, left, done, failed, away = found[line]
        joined.append(arrived)
        left.append(min(started, answered))
        if shared is None:
            (failed if status else done).append(answered)
            continue
        if status:
            failed.append(answered)
        if started < inf and target != shared:
            theirs = found.setdefault(target, ([], [], [], [], []))
            theirs[0].append(started)
            theirs[1].append(started)
            theirs[3 if status else 2].append(max(started, answered))
            if status:
                away.append(max(started, answered))
    return found


def _finite(value: float) -> float | None:
    return value if -inf < value < inf else None
