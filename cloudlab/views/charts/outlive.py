"""How many works take longer than their message is hidden, by how long it is: the formula, and what runs gave.

With exponential work the share is e^(−timeout ÷ mean work). Read `share` first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.axes import Frame
from cloudlab.views.charts.common import show
from cloudlab.views.words import listed, number

HEIGHT, STEPS = 300, 120
"""The picture's height (px), and the pieces of the curve."""

MEAN = Limit(0.001, 43_200, "s")
"""What the mean work may be."""


@dataclass(frozen=True)
class Dot:
    """A timeout (s), the share of first tries that outlived it in all runs, and the least and the most of one run."""

    timeout: float
    share: float
    low: float
    high: float


def share(timeout: float, mean: float) -> float:
    """The share of exponential works of this mean (s) that take longer than `timeout` (s).

    >>> round(share(30, 20), 2), round(share(60, 20), 2)
    (0.22, 0.05)
    """
    return exp(-timeout / mean)


@checked()
def outlive(runs: Mapping, *, mean_work: float, picture=None, alone=True):
    """The share of first tries that took longer than their message was hidden; returns a `Picture`.

    `runs` maps timeouts (s) to records of that timeout, such as twenty seeds; `mean_work` (s) is for the curve.
    """
    if not MEAN.allows(mean_work):
        raise InvalidParameter(f"mean_work is {mean_work:g} s, but {MEAN.rule()}.")
    dots = [_dot(timeout, some) for timeout, some in runs.items()]
    if not dots:
        raise InvalidParameter("runs is empty, but must map timeouts to records, such as {30: [record]}.")
    told = [f"{percent(dot.share)} outlive {number(dot.timeout)} s" for dot in dots]
    note = f"Of first tries {listed(told)}; the curve is e^(−timeout ÷ {number(mean_work)} s)."

    def paint(sheet):
        _paint(sheet, dots, mean_work)

    return show(picture, paint, caption=finding(dots), note=note, alone=alone)


def finding(dots: list[Dot]) -> str:
    """What the picture shows, in one line."""
    told = [f"{percent(dot.share)} outlive {number(dot.timeout)} s" for dot in dots[:4]]
    return f"Of first tries {listed(told)}"


def percent(value: float) -> str:
    """A share in percent, with a place behind the point where it is small.

    >>> percent(0.22), percent(0.003)
    ('22 %', '0.3 %')
    """
    return f"{100 * value:.0f} %" if value >= 0.01 else f"{100 * value:.1f} %"


def _dot(timeout, some) -> Dot:
    records = [some] if isinstance(some, Record) else some
    fits = isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout >= 0
    if (
        not fits
        or not isinstance(records, (list, tuple))
        or not all(isinstance(one, Record) for one in records)
    ):
        raise InvalidParameter("runs must map timeouts (s) to records, such as {30: [record]}.")
    counted = [tries(record) for record in records]
    late, all_tries = sum(late for late, _ in counted), sum(total for _, total in counted)
    shares = [late / total for late, total in counted if total]
    if not all_tries:
        raise InvalidParameter("runs holds records in which no message was received: give them some traffic.")
    return Dot(timeout, late / all_tries, min(shares), max(shares))


def tries(record: Record) -> tuple[int, int]:
    """(first tries that took longer than their message was hidden, first tries) of a run's queues."""
    late = total = 0
    for table in record.queues.values():
        firsts = [handout for handout, count in enumerate(table.count) if count == 1]
        late += sum(table.ended[one] >= table.visible_again(one) for one in firsts)
        total += len(firsts)
    return late, total


def _paint(sheet, dots: list[Dot], mean: float) -> None:
    colours = sheet.colours
    sheet.size(HEIGHT)
    high = max(dot.timeout for dot in dots) * 1.05
    label = sheet.width_of(number(high)) + 16
    longest = axes.nice_ticks(high, about=max(2, min(6, int((sheet.width - 108) / label))), whole=True)
    frame = Frame(76, sheet.width - 32, 50, HEIGHT - 62, max(longest), 1.0)
    sheet.text(16, 28, "First tries that take longer", colours.muted)
    axes.draw_values(sheet, frame, [0, 0.25, 0.5, 0.75, 1.0], lambda value: f"{100 * value:.0f} %")
    times = [frame.end * step / STEPS for step in range(STEPS + 1)]
    xs, ys = [frame.x(time) for time in times], [frame.y(share(time, mean)) for time in times]
    sheet.line(xs, ys, colours.ink, 2)
    for dot in dots:
        x, y = frame.x(dot.timeout), frame.y(dot.share)
        sheet.line((x, x), (frame.y(dot.high), frame.y(dot.low)), colours.request, 2)
        sheet.disc(x, y, 6, fill=colours.request, edge=colours.paper, line=1.5)
        sheet.text(x + 12, frame.y(dot.high) - 8, percent(dot.share), bold=True)
    sheet.line((frame.left, frame.right), (frame.bottom, frame.bottom), colours.edge, 1)
    for value in longest:
        sheet.text(frame.x(value), frame.bottom + 24, number(value), colours.muted, anchor="center")
    middle = (frame.left + frame.right) / 2
    sheet.text(middle, frame.bottom + 48, "visibility timeout, seconds", colours.muted, anchor="center")
