"""Load against capacity: what the requests need, and what is there to do it.

The load of a moment is requests a second × mean work: how many slots would be at work if nobody waited.
Capacity is how many slots there are. Above 70 % lines grow; above 100 % they can only grow.
"""

from dataclasses import replace

from cloudlab.kernel import measures, summary, work
from cloudlab.kernel.limits import checked
from cloudlab.kernel.record import Record, Series
from cloudlab.views import axes
from cloudlab.views.axes import TIMES, End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.luck import percent
from cloudlab.views.words import clock, count, duration, number, span

HEIGHT, LOST, STRIP = 340, 32, 42
"""The picture's height, that of the strip of lost requests, and where it begins (px)."""

ROOM = 0.7
"""The share of the slots that should be at work at most: the tick on every bar of the course."""


@checked()
def load_and_capacity(record: Record, *, picture=None, ghost=None, prediction=None, at=None, alone=True):
    """What the requests need and what is there, in slots over time; returns a `Picture`.

    Blue is the load, green the capacity, dashes its 70 %. Bars from above are lost requests. `ghost` is
    an earlier run, whose capacity is dashed; for the others see `levels`.
    """
    period = period_of(record.end)
    there = measures.capacity(record)
    each, lost = mean_work(record), measures.outcomes(record).failed
    starts = [start for start, _ in measures.by_period(record, period)]
    load = Series()
    load.times.extend(starts)
    load.values.extend(rate * each for rate in measures.arrivals(record, period))

    def paint(sheet):
        return _paint(sheet, record, period, load, there, ghost, axes.predicted(prediction))

    caption = finding(record, period, load, there, lost)
    most, top = max(load.values, default=0), max(there.values, default=0)
    note = (
        f"Load is requests a second × {duration(each)} of work, in pieces of {span(period)}; it is at most "
        f"{number(most)} slots. Capacity is at most {number(top)} slots, and "
        f"{number(there.at(record.end))} at the end. {count(lost, 'request was', 'requests were')} lost."
    )
    return show(
        picture, paint, caption=caption, note=note, record=record, alone=alone, at=at, prediction=prediction
    )


def mean_work(record: Record) -> float:
    """Mean seconds of work of a request at speed 1, from those that were finished; 0 without any.

    Instances whose speed changed are left out, as long as there are others.
    """
    changed = {part for part, metric in record.series if metric == "Speed"}
    for wanted in (set(record.parts_of("instance")) - changed, changed):
        speeds = {part: record.parts[part].attributes["speed"] for part in wanted}
        if (found := work.mean(record, speeds)) is not None:
            return found
    return 0.0


def period_of(end: float) -> float:
    """The length (s) of the pieces in which requests are counted."""
    return next((step for step in TIMES if step >= 5 and end / step <= 150), TIMES[-1])


def finding(record: Record, period: float, load: Series, there: Series, lost: int) -> str:
    """What the picture shows, in one line."""
    if not load.values or not max(load.values):
        return "No request came, so there was no load"
    shares = []
    for time, value in zip(load.times, load.values, strict=True):
        least = min((there.at(t) for t in (time, time + period * 0.999)), default=0)
        if least:
            shares.append((value / least, time))
    ends = f"{count(lost, 'request is', 'requests are')} lost" if lost else "nothing is lost"
    if not shares:
        return f"There is load, but no capacity: {ends}"
    most, time = max(shares, key=lambda entry: entry[0])
    if most > 1:
        first = clock(next(time for share, time in shares if share > 1), record.end)
        return f"The load passes the capacity at {first} and reaches {number(100 * most)} % of it: {ends}"
    if most > ROOM:
        return (
            f"The load reaches {number(100 * most)} % of the capacity, at {clock(time, record.end)}: {ends}"
        )
    return f"The load never passes {percent(float(number(100 * most)))} of the capacity: {ends}"


def _paint(sheet, record, period, load, there, ghost, prediction) -> dict:
    colours = sheet.colours
    lost = summary.failed(record, period)
    sheet.size(HEIGHT)
    before = measures.capacity(ghost) if ghost is not None else Series()
    before = Series() if before == there else before
    tops = (*load.values, *there.values, *before.values, prediction[1] if prediction else 0)
    ticks = axes.nice_ticks(max((*tops, 1)), whole=True)
    strip = LOST + 14 if lost else 0
    frame = Frame(48, sheet.width, 44 + strip, HEIGHT - 44, record.end, max(ticks))
    ends = _ends(frame, colours, load, there, before, prediction)
    frame = replace(
        frame, right=sheet.width - max(axes.room_for(sheet, ends), strip and _lost_room(sheet, lost))
    )
    sheet.text(16, 28, "Slots", colours.muted)
    times, (need, have) = axes.together(load, there)
    xs, needed = frame.steps(times, need)
    _, given = frame.steps(times, have)
    floor = [frame.bottom] * len(xs)
    sheet.area(xs, needed, floor, fill=colours.request_tint)
    over = [min(a, b) for a, b in zip(needed, given, strict=True)]
    sheet.area(xs, over, given, fill=colours.fail_tint)
    sheet.area(xs, over, given, hatch=colours.fail)
    axes.draw_values(sheet, frame, ticks)
    sheet.line(*frame.steps(before.times, before.values), colours.muted, 2, dash=(6, 5))
    sheet.line(xs, needed, colours.request, 2)
    sheet.line(
        *frame.steps(there.times, [ROOM * value for value in there.values]), colours.ok, 1.5, dash=(3, 4)
    )
    sheet.line(*frame.steps(there.times, there.values), colours.ok, 2.5)
    if strip:
        _draw_lost(sheet, frame, period, lost)
    axes.draw_time(sheet, frame)
    axes.draw_ends(sheet, frame, ends)
    return frame.plot(sheet, above=STRIP - 4 if strip else 0.0)


def _ends(frame, colours, load, there, before, prediction) -> list[End]:
    have, need = there.at(frame.end), load.values[-1] if load.values else 0.0
    ends = [
        End(frame.y(have), f"capacity {count(have, 'slot')}", colours.ink, bold=True),
        End(frame.y(need), f"load {number(need)}", colours.request_text),
    ]
    if have:
        ends.append(End(frame.y(ROOM * have), "70 %", colours.muted))
    if before.times:
        ends.append(
            End(frame.y(before.at(frame.end)) + 1, f"last run {number(before.at(frame.end))}", colours.muted)
        )
    if prediction:
        ends.append(axes.peg_end(frame.y(prediction[1]), prediction, number, colours.request_text))
    return ends


def _draw_lost(sheet, frame, period, lost) -> None:
    """Bars that hang from the top: lost requests in each piece of time, the longest as long as the strip."""
    colours, top, most = sheet.colours, STRIP, max(lost.values())
    width = max(2.5, frame.x(period) - frame.x(0) - 1)
    for place in sorted(lost):
        height = max(3.0, LOST * (lost[place] / most))
        sheet.rectangle(frame.x(place * period), top, width, height, fill=colours.fail)
    sheet.line((frame.left, frame.right), (top, top), colours.edge, 1)
    sheet.cross(frame.right + 19, top + 9)
    sheet.text(frame.right + 34, top + 14.5, _lost_words(lost), bold=True)


def _lost_words(lost) -> str:
    return f"lost {number(lost.total())}"


def _lost_room(sheet, lost) -> float:
    return sheet.width_of(_lost_words(lost), bold=True) + 50
