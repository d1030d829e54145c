"""How often a row of parts works, against how many they are: the formula as a curve, runs as dots on it.

In a row all parts must work, so the share of time in which the whole works is that of one, multiplied.
"""

from collections.abc import Mapping
from statistics import fmean
from typing import Annotated

from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record
from cloudlab.views import axes
from cloudlab.views.axes import End, Frame
from cloudlab.views.charts.common import show
from cloudlab.views.words import listed

HEIGHT = 330
"""The picture's height (px)."""


@checked()
def chain(
    runs: Mapping[int, list[Record]],
    *,
    each: Annotated[float, Limit(0.5, 1, label="Each part works")] = 0.99,
    picture=None,
    alone=True,
):
    """A dot for each number of parts, with the band of its runs, on the curve `each` ** parts; returns a `Picture`.

    `runs` maps numbers of parts to lists of records, of which each gives the share of orders that went well.
    """
    good = all(type(many) is int and many > 0 and given for many, given in runs.items()) and runs
    if not good or not all(isinstance(run, Record) for given in runs.values() for run in given):
        rule = "must map numbers of parts to lists of records, such as {5: [record]}"
        raise InvalidParameter(f"runs is {runs!r:.60}, but {rule}.")
    found = {many: [measures.availability(run) for run in given] for many, given in sorted(runs.items())}

    def paint(sheet):
        return _paint(sheet, found, each)

    told = [
        f"{many} in a row {_percent(fmean(shares))}, from {_percent(min(shares))} to {_percent(max(shares))}"
        for many, shares in found.items()
    ]
    note = f"Orders that went well, on average over the runs: {listed(told)}. "
    note += f"The curve is {_percent(each)} multiplied with itself for each part; the dashes stay at {_percent(each)}."
    many, shares = list(found.items())[-1]
    caption = f"{many} parts of {_percent(each)} in a row work for {_percent(fmean(shares))} of the orders"
    return show(picture, paint, caption=caption, note=note, alone=alone)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _paint(sheet, found: dict[int, list[float]], each: float) -> None:
    colours = sheet.colours
    sheet.size(HEIGHT)
    most = max(*found, 2)
    low = min(each**most, *(min(shares) for shares in found.values()))
    ticks = [place / 20 for place in range(21) if place / 20 > low - 0.05]
    ends = [
        End(0.0, f"{_percent(each)} each", colours.muted),
        End(0.0, f"{_percent(each**most)} by formula", colours.ink),
    ]
    frame = Frame(84, sheet.width - axes.room_for(sheet, ends), 44, HEIGHT - 64, most, 1 - ticks[0])

    def y(share: float) -> float:
        return frame.y(share - ticks[0])

    sheet.text(16, 28, "Orders that go well", colours.muted)
    for tick in ticks:
        sheet.line((frame.left, frame.right), (y(tick), y(tick)), colours.hair, 1)
        sheet.text(frame.left - 10, y(tick) + 5.5, f"{100 * tick:.0f} %", colours.muted, anchor="right")
    sheet.line((frame.left, frame.right), (y(each), y(each)), colours.muted, 1.5, dash=(6, 5))
    curve = [most * place / 60 for place in range(61)]
    sheet.line([frame.x(many) for many in curve], [y(each**many) for many in curve], colours.ink, 2)
    free = 0.0  # from here on nothing is written below the axis
    for many, shares in found.items():
        x = frame.x(many)
        sheet.line((x, x), (y(min(shares)), y(max(shares))), colours.request, 2)
        sheet.disc(x, y(fmean(shares)), 6, fill=colours.request)
        half = sheet.width_of(str(many)) / 2
        if x - half > free:
            sheet.text(x, frame.bottom + 24, str(many), colours.muted, anchor="center")
            free = x + half + 5
    sheet.text(
        (frame.left + frame.right) / 2,
        HEIGHT - 12,
        "parts in a row, all needed",
        colours.muted,
        anchor="center",
    )
    axes.draw_ends(
        sheet,
        frame,
        [End(y(share), end.words, end.colour) for share, end in zip((each, each**most), ends, strict=True)],
    )
