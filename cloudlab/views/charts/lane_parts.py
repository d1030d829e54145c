"""The shapes of a picture with lanes: customers, a balancer, those who wait, a server, its times."""

from cloudlab.views import axes
from cloudlab.views.charts.latency import draw_p50, draw_p95
from cloudlab.views.theme import COUNT, LETTER, TEXT
from cloudlab.views.words import duration, number

BEADS, BEAD, CAPSULE = 20, 11.5, 64.0
"""So many beads at most; the height of one, and of the tallest capsule (px)."""


def draw_customers(sheet, x: float, y: float, found) -> None:
    """Three heads, the stream of requests to the balancer, and how many come in a second."""
    colours = sheet.colours
    sheet.line((x + 30, 116), (y, y), colours.wire, 1.5)
    for dx, dy, size in ((-17, 3, 0.8), (17, 3, 0.8), (0, 0, 1.0)):
        edge = {"fill": colours.slate, "edge": colours.ground, "line": 2}
        sheet.rectangle(x + dx - 15 * size, y + dy + 2, 30 * size, 22 * size, radius=(13 * size, 0), **edge)
        sheet.disc(x + dx, y + dy - 9 * size, 9 * size, **edge)
    sheet.text(x, y + 50, "Customers", colours.muted, anchor="center")
    sheet.text(x, y + 72, f"{number(found.rate)} a second", colours.muted, anchor="center")


def draw_balancer(sheet, places, ys, found) -> None:
    """The capsule with one inlet and an outlet for each server, where the count of what was sent stands."""
    colours, (left, right) = sheet.colours, places.balancer
    top = ys[0] - 32
    sheet.rectangle(left, top, right - left, ys[-1] - ys[0] + 64, radius=16, fill=colours.slate)
    if not places.narrow:
        sheet.disc(left, (ys[0] + ys[-1]) / 2, 7, fill=colours.ground, edge=colours.slate, line=3)
    for y, lane in zip(ys, found.lanes, strict=True):
        words, style = number(lane.sent), {"bold": True, "anchor": "center"}
        size = COUNT if sheet.width_of(words, COUNT, True) < right - left - 10 else TEXT
        sheet.text((left + right) / 2, y + 7, words, colours.on_slate, size=size, **style)


def draw_waiting(sheet, left, right, y, lane, *, pitch=14.0, tallest=CAPSULE, wire=True) -> None:
    """The wire to a server and the requests that wait on it, nearest to the server first."""
    colours = sheet.colours
    if wire:
        dash = None if lane.routed else (3, 7)
        sheet.line((left, right), (y, y), colours.wire, 1.5, dash=dash)
    tail = draw_beads(sheet, right - (6 if wire else 0), y, lane.waiting, pitch, tallest)
    draw_count(sheet, tail - 6, y, lane.waiting)
    if lane.failed:
        place = left + 16 if wire else left + 8
        sheet.cross(place, y + 22 if wire else y, half=6, width=3)
        sheet.text(place + 14, (y + 22 if wire else y) + 5.5, f"{number(lane.failed)} lost", bold=True)


def draw_beads(sheet, right, y, amount: int, pitch=14.0, tallest=CAPSULE) -> float:
    """`amount` requests in line, its head at `right`; returns where its tail ends."""
    colours = sheet.colours
    style = {"fill": colours.wait, "edge": colours.wait_edge, "line": 1.5}
    if not amount:
        return right - 2
    if amount <= BEADS:
        for place in range(amount):
            sheet.disc(right - pitch / 2 - pitch * place, y, min(5.25, pitch / 2 - 0.4), **style)
        return right - pitch * amount
    height, wide = min(tallest, BEAD * amount / BEADS), pitch - 2.5
    for place in range(BEADS):
        x = right - pitch * (place + 1) + 1.25
        sheet.rectangle(x, y - height / 2, wide, height, radius=wide / 2, **style)
    tail = right - pitch * BEADS
    if BEAD * amount / BEADS > tallest:  # taller than there is room: a break mark, and the number rules
        for x in (tail + 2.6 * pitch, tail + 2.6 * pitch + 7):
            sheet.line((x - 5, x + 5), (y + tallest / 2 + 3, y - tallest / 2 - 3), colours.ground, 4)
    return tail


def draw_count(sheet, x, y, amount: int) -> None:
    """How many wait, at the tail of their line."""
    words = number(amount)
    wide = sheet.width_of(words, COUNT, True)
    sheet.rectangle(x - wide - 4, y - 12, wide + 8, 24, fill=sheet.colours.ground)
    colour = sheet.colours.ink if amount else sheet.colours.muted
    sheet.text(x, y + 7, words, colour, size=COUNT, bold=True, anchor="right")


def draw_shared_line(sheet, places, ys, found) -> None:
    """One line at the balancer, from which all servers take."""
    colours, start, end = sheet.colours, places.balancer[1], places.server[0]
    middle, fork = (ys[0] + ys[-1]) / 2, end - 34
    sheet.line((start, fork), (middle, middle), colours.wire, 1.5)
    sheet.line((fork, fork), (ys[0], ys[-1]), colours.wire, 1.5)
    for y in ys:
        sheet.line((fork, end), (y, y), colours.wire, 1.5)
    tail = draw_beads(sheet, fork - 4, middle, found.waiting, min(13.0, (fork - start - 64) / 20))
    draw_count(sheet, tail - 6, middle, found.waiting)


def draw_server(sheet, left, right, y, lane) -> None:
    """A box: the ring round the request at work, name, badge, and the busy bar with its tick at 70 %."""
    colours = sheet.colours
    sheet.rectangle(left, y - 32, right - left, 64, radius=10, fill=colours.raised, edge=colours.edge)
    _draw_work(sheet, left + 27, y, lane)
    sheet.text(left + 50, y - 6, lane.name, bold=True)
    after = left + 50 + sheet.width_of(lane.name, bold=True) + 8
    speed = "½ speed" if lane.speed == 0.5 else f"speed {lane.speed:g}"
    note = lane.state or ("" if lane.speed == 1 else speed)
    note = note.split(",")[0] if after + sheet.width_of(note) > right - 38 else note
    fits = after + sheet.width_of(note) <= right - 38
    sheet.text(after, y - 6, note if fits else "", colours.muted)
    _draw_badge(sheet, right - 22, y - 12, lane)
    start, end = left + 50, right - 64
    sheet.rectangle(start, y + 13, end - start, 8, radius=4, fill=colours.hair)
    if lane.busy:
        sheet.rectangle(start, y + 13, max(6.0, (end - start) * lane.busy), 8, radius=4, fill=colours.request)
    tick = start + 0.7 * (end - start)
    sheet.line((tick, tick), (y + 9, y + 25), colours.ink, 2)
    sheet.text(right - 10, y + 23, f"{100 * lane.busy:.0f} %", colours.muted, anchor="right")


def _draw_work(sheet, x, y, lane) -> None:
    """A ring: how much of the request at work is done, or which share of several slots is at work."""
    colours = sheet.colours
    sheet.arc(x, y, 14, 1.0, colours.hair, 4.5)
    if lane.at_work:
        share = lane.at_work[0] if lane.slots == 1 else len(lane.at_work) / lane.slots
        sheet.arc(x, y, 14, share, colours.request, 4.5)
        sheet.disc(x, y, 6, fill=colours.request)


def _draw_badge(sheet, x, y, lane) -> None:
    """S: in service. ✕: dead. An empty dashed box: the balancer sends it nothing."""
    colours = sheet.colours
    dead = lane.state.split(",")[0] in ("killed", "crashed", "failing", "terminated")
    if dead:
        style = {"fill": colours.fail_tint, "edge": colours.fail, "line": 2}
        sheet.rectangle(x - 12, y - 12, 24, 24, radius=6, **style)
        sheet.cross(x, y, half=5, width=2.6)
    elif lane.routed:
        sheet.rectangle(x - 12, y - 12, 24, 24, radius=6, fill=colours.ok)
        sheet.text(x, y + 5, "S", colours.on_ok, size=LETTER, bold=True, anchor="center")
    else:
        sheet.rectangle(x - 11, y - 11, 22, 22, radius=6, edge=colours.edge, line=2, dash=(4, 3))


def draw_times(sheet, places, ys, found, before) -> None:
    """p50 ○ – ◆ p95 of each server and of all together, on one axis of seconds."""
    colours, (left, right) = sheet.colours, places.axis
    bottom = ys[-1] + 66
    old = before if before is not None and len(before.lanes) == len(ys) else None
    rows = [*found.lanes, found, *([*old.lanes, old] if old else [])]
    high = max((row.p95 for row in rows if row.p95 == row.p95), default=1.0)
    ticks = axes.nice_ticks(high, about=3)
    scale = (right - left) / max(ticks)
    for value in ticks:
        x = left + value * scale
        sheet.line((x, x), (ys[0] - 32, bottom), colours.hair if value else colours.edge, 1)
        unit = " s" if value == ticks[-1] else ""
        sheet.text(x, bottom + 22, f"{value:,.10g}{unit}", colours.muted, anchor="center")
    sheet.text(places.server[1], ys[-1] + 54, "all together", colours.muted, anchor="right")
    for place, (y, row) in enumerate(zip([*ys, ys[-1] + 48], [*found.lanes, found], strict=True)):
        if old:
            _draw_old(sheet, left, scale, y + 15, [*old.lanes, old][place])
        _draw_pair(sheet, left, scale, y, row)


def _draw_old(sheet, left, scale, y, row) -> None:
    if row.p95 == row.p95:
        low, x = left + row.p50 * scale, left + row.p95 * scale
        sheet.line((low, x), (y, y), sheet.colours.muted, 2, dash=(4, 3))
        sheet.polygon([(x, y - 4), (x + 4, y), (x, y + 4), (x - 4, y)], fill=sheet.colours.muted)


def _draw_pair(sheet, left, scale, y, row) -> None:
    """○ – ◆ with both numbers, right of them where there is room, else above."""
    if row.p95 != row.p95:
        return
    low, high = left + row.p50 * scale, left + row.p95 * scale
    sheet.line((low, high), (y, y), sheet.colours.request, 2.5)
    draw_p50(sheet, low, y)
    draw_p95(sheet, high, y)
    words = f"{number(row.p50)} – {duration(row.p95)}"
    wide = sheet.width_of(words)
    if high + 14 + wide < sheet.width - 8:
        sheet.text(high + 14, y + 5.5, words)
    else:
        x = max(left + 4, min((low + high) / 2 - wide / 2, sheet.width - 12 - wide))
        sheet.text(x, y - 14, words)
