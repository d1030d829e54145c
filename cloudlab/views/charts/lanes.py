"""Servers behind a balancer at one moment, each in its lane: what it got, who waits for it, how busy it is.

Equal counts at the outlets do not make equal lines. A bead is a request that waits; above 20 there are 20
capsules that grow, so that ink is amount. At the right, on one axis, half of a server's requests took at
most ○ and one in twenty took longer than ◆. Read `charts.lane_counts.read_lanes` first.
"""

from dataclasses import dataclass

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.charts.common import show
from cloudlab.views.charts.lane_counts import Lane, Lanes, read_lanes
from cloudlab.views.charts.lane_parts import (
    draw_balancer,
    draw_beads,
    draw_customers,
    draw_server,
    draw_shared_line,
    draw_times,
    draw_waiting,
)
from cloudlab.views.words import clock, count, duration, listed, number

TOP, PITCH, FOOT = 92, 78, 74
"""Middle of the first lane, distance between two lanes, and room below the last one (px)."""

NARROW = 880
"""Below this width (px) lanes become rows, since a line of 20 has no room beside its server."""

METHODS = {
    "round_robin": "Round robin",
    "least_outstanding_requests": "Least outstanding requests",
    "weighted_random": "Random",
    "one_line": "One line for all (no AWS option)",
}
"""The balancer's methods in words."""


@dataclass(frozen=True)
class Places:
    """Where the columns stand (px): customers, balancer, servers, axis of times. `narrow`: rows, no axis."""

    customers: float
    balancer: tuple[float, float]
    server: tuple[float, float]
    axis: tuple[float, float]
    narrow: bool

    @staticmethod
    def on(width: float) -> "Places":
        """The columns of a picture so wide."""
        if width < NARROW:
            return Places(0, (12, 70), (84, width - 12), (0, 0), True)
        right = width - 212
        return Places(60, (116, 182), (right - 246, right), (right + 34, width - 42), False)


@checked()
def lanes(record: Record, *, picture=None, ghost=None, prediction=None, at=None, alone=True):
    """The servers behind the first balancer at `at` (s; the end unless given); returns a `Picture`.

    `ghost` is an earlier run, whose p50 and p95 are dashed. `prediction` is a predicted number of requests
    that wait in the longest line: a pair (words, number), a number, or the key of a prediction.
    """
    if not record.parts_of("balancer"):
        raise InvalidParameter("lanes draws a balancer, but this run has none: choose another picture.")
    now = axes.at_or_end(record, at)
    found = read_lanes(record, now)
    before = read_lanes(ghost, axes.at_or_end(ghost, at)) if ghost is not None else None

    def paint(sheet):
        paint_lanes(sheet, found, before, axes.predicted(prediction))

    caption, note = finding(found), _note(found, record.end)
    return show(picture, paint, caption=caption, note=note, record=record, alone=alone, prediction=prediction)


# The words


def at_end(record: Record) -> str:
    """What the picture shows at the end of the run, in one line."""
    return finding(read_lanes(record, record.end, timed=False))


def finding(found: Lanes) -> str:
    """What the picture shows, in one line."""
    rows, total = found.lanes, found.waiting
    lost = max(rows, key=lambda lane: lane.failed)
    if lost.failed:
        verb = "is" if lost.failed == 1 else "are"
        return f"{count(lost.failed, 'request')} sent to {lost.name} {verb} lost"
    if found.shared:
        words = "nobody waits" if not total else f"{number(total)} wait in one line"
        return f"One line for four: {words}" if len(rows) == 4 else f"One line: {words}"
    longest = max(rows, key=lambda lane: lane.waiting)
    low, high = (pick(lane.sent for lane in rows) for pick in (min, max))
    if total >= 10 and longest.waiting >= 0.6 * total:
        got = f"Each server got {number(low)} requests" if low == high else ""
        got = got or (f"Each got about {number(low)} requests" if high - low <= 0.02 * high else "")
        holds = f"{longest.name} holds {number(longest.waiting)} of the {number(total)} that wait"
        return f"{got}, but {holds}" if got else holds
    if found.p95 != found.p95:
        return "No answer yet"
    waits = f"{number(total)} {'waits' if total == 1 else 'wait'}"
    return f"{waits}; half take at most {duration(found.p50)}, one in 20 takes over {duration(found.p95)}"


def _note(found: Lanes, end: float) -> str:
    """The whole picture in words."""
    head = f"{METHODS.get(found.method, found.method)}, at {clock(found.now, end)}."
    shared = [f"{number(found.waiting)} wait in one line."] if found.shared else []
    return " ".join([head, *shared, *(_told(lane, found.shared) for lane in found.lanes)])


def _told(lane: Lane, shared: bool) -> str:
    speed = f" (speed {lane.speed:g})" if lane.speed != 1 else ""
    words = [f"{number(lane.sent)} sent"]
    words += [] if shared else [f"{number(lane.waiting)} wait"]
    words += [f"busy {100 * lane.busy:.0f} % of the time"]
    if lane.p95 == lane.p95:
        words += [f"p50 {duration(lane.p50)} and p95 {duration(lane.p95)}"]
    words += [f"{number(lane.failed)} lost"] if lane.failed else []
    words += [f"{lane.state}"] if lane.state else []
    return f"{lane.name}{speed}: {listed(words)}."


# The drawing


def paint_lanes(sheet, found: Lanes, before: Lanes | None, guess) -> None:
    """Draw all on a sheet."""
    places = Places.on(sheet.width)
    if places.narrow:
        _paint_rows(sheet, places, found, guess)
        return
    ys = [TOP + 28 + PITCH * place for place in range(len(found.lanes))]
    sheet.size(ys[-1] + 32 + FOOT)
    _draw_heads(sheet, places, found, guess)
    middle = (ys[0] + ys[-1]) / 2
    draw_customers(sheet, places.customers, middle, found)
    draw_balancer(sheet, places, ys, found)
    if found.shared:
        draw_shared_line(sheet, places, ys, found)
    for y, lane in zip(ys, found.lanes, strict=True):
        if not found.shared:
            pitch = min(14.0, (places.server[0] - places.balancer[1] - 64) / 20)
            draw_waiting(sheet, places.balancer[1], places.server[0], y, lane, pitch=pitch)
        draw_server(sheet, *places.server, y, lane)
    draw_times(sheet, places, ys, found, before)


def _draw_heads(sheet, places, found, guess) -> None:
    """The method's name, the heads of the columns, and what was predicted."""
    colours, y = sheet.colours, TOP - 28
    name = METHODS.get(found.method, found.method)
    sheet.text(24, 34, name, bold=True)
    if guess:
        words, value = guess
        x = 24 + sheet.width_of(name, bold=True) + 28
        axes.draw_peg(sheet, x, 28, "left")
        told = f"{words} {number(value)} in the longest line"
        sheet.text(x + 28, 34, told, colours.request_text, bold=True)
    left, right = places.balancer
    sheet.text((left + right) / 2, y + 14, "Sent so far", colours.muted, anchor="center")
    sheet.text(places.server[0] - 12, y + 14, "Waiting", colours.muted, anchor="right")
    sheet.text(places.server[1], y + 14, "Busy, tick at 70 %", colours.muted, anchor="right")
    sheet.text(places.axis[1] + 26, y + 14, "Time in system", colours.muted, anchor="right")


def _paint_rows(sheet, places, found, guess) -> None:
    """On a narrow screen: a row for each server, its line below it, times as text."""
    colours, pitch = sheet.colours, 108 if found.shared else 148
    first = 142 if found.shared else 112
    sheet.size(first - 12 + pitch * len(found.lanes))
    sheet.text(12, 28, METHODS.get(found.method, found.method), bold=True)
    told = f"{number(found.waiting)} wait"
    told += " in one line" if found.shared else ""
    told += f", {guess[0]} {number(guess[1])}" if guess else ""
    sheet.text(12, 52, told, colours.muted)
    ys = [first + pitch * place for place in range(len(found.lanes))]
    if found.shared:
        draw_beads(sheet, places.server[1], 78, found.waiting, 10, 42)
    draw_balancer(sheet, places, ys, found)
    for y, lane in zip(ys, found.lanes, strict=True):
        left, right = places.server
        draw_server(sheet, left, right, y, lane)
        if lane.p95 == lane.p95:
            sheet.text(left, y + 54, f"p50 {duration(lane.p50)}, p95 {duration(lane.p95)}", colours.muted)
        if not found.shared:
            draw_waiting(sheet, left, right, y + 82, lane, pitch=10, tallest=42, wire=False)
