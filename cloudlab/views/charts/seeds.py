"""Settings side by side, each as the band of what several seeds gave: an effect, or only luck.

One run is one throw of the dice. Where two bands lie apart, no luck could take one setting for the other;
where they overlap, some seeds of one give what some seeds of the other give.
"""

from collections.abc import Mapping
from math import isnan

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.views import axes
from cloudlab.views.axes import Frame
from cloudlab.views.charts.common import show
from cloudlab.views.charts.latency import draw_p95
from cloudlab.views.luck import Sample, between
from cloudlab.views.words import duration, listed

TOP, ROW, FOOT = 54, 60, 44
"""Height of the heading, of a row, and of the axis (px)."""


@checked()
def seeds(samples: Mapping[str, list[Sample]], *, limit: float | None = None, picture=None, alone=True):
    """A row of diamonds for each setting: the p95 of each seed; returns a `Picture`.

    `samples` maps names of settings to lists of `luck.Sample`, such as `panel.luck`. `limit` (s) is drawn as
    a line, and the seeds that keep it are counted.
    """
    entries = [
        entry for group in samples.values() for entry in (group if isinstance(group, list) else [group])
    ]
    if not all(isinstance(entry, Sample) for entry in entries) or not all(
        isinstance(name, str) for name in samples
    ):
        raise InvalidParameter("samples must map names to lists of luck.Sample, such as {'two': panel.luck}.")
    found = {name: _times(entries) for name, entries in samples.items()}
    found = {name: times for name, times in found.items() if times}
    if not found:
        raise InvalidParameter("samples holds no answered request: run is_it_luck() on a panel first.")

    def paint(sheet):
        return _paint(sheet, found, limit)

    told = [
        f"{name}, {len(times)} seeds, {between(times, duration)}{_within(times, limit)}"
        for name, times in found.items()
    ]
    note = f"The p95 of each seed: {'; '.join(told)}."
    return show(picture, paint, caption=finding(found, limit), note=note, alone=alone)


def finding(found: Mapping[str, list[float]], limit: float | None = None) -> str:
    """What the picture shows, in one line."""
    if limit is not None:
        counts = [
            f"{name} on {_keep(times, limit) or 'none'} of {len(times)}" for name, times in found.items()
        ]
        return f"p95 stays within {duration(limit)} with {listed(counts)} seeds"
    if len(found) == 1:
        (name, times), *_ = found.items()
        return f"{name}: over {len(times)} seeds p95 is {between(times, duration)}"
    (first, one), *_, (last, other) = found.items()
    low, high = max(min(one), min(other)), min(max(one), max(other))
    if low > high:
        return f"The bands lie apart: {first} {between(one, duration)}, {last} {between(other, duration)}"
    return f"The bands of {first} and {last} overlap from {duration(low)} to {duration(high)}"


def _times(samples: list[Sample]) -> list[float]:
    return [entry.p95 for entry in samples if not isnan(entry.p95)]


def _keep(times: list[float], limit: float) -> int:
    return sum(time <= limit for time in times)


def _within(times: list[float], limit: float | None) -> str:
    return "" if limit is None else f", {_keep(times, limit)} of them within {duration(limit)}"


def _paint(sheet, found, limit) -> None:
    colours = sheet.colours
    sheet.size(TOP + ROW * len(found) + FOOT)
    ticks = axes.nice_ticks(max(max(max(times) for times in found.values()), limit or 0))
    names = max(sheet.width_of(name, bold=True) for name in found)
    left = 48 + names if sheet.width - names > 420 else 40
    frame = Frame(left, sheet.width - 40, TOP, sheet.height - FOOT, max(ticks), 1)
    sheet.text(24, 28, "p95 of each seed, seconds", colours.muted)
    for value in ticks:
        x = frame.x(value)
        sheet.line((x, x), (TOP, frame.bottom), colours.hair if value else colours.edge, 1)
        sheet.text(x, frame.bottom + 24, f"{value:,.10g}", colours.muted, anchor="center")
    if limit is not None:
        x = frame.x(limit)
        sheet.line((x, x), (TOP - 12, frame.bottom), colours.ink, 1.5, dash=(4, 4))
        words = f"limit {duration(limit)}"
        fits = x + 6 + sheet.width_of(words) < sheet.width - 8
        sheet.text(x + 6 if fits else x - 6, TOP - 4, words, colours.ink, anchor="left" if fits else "right")
    for place, (name, times) in enumerate(found.items()):
        _draw_row(sheet, frame, TOP + ROW * place, name, times)


def _draw_row(sheet, frame, top, name, times) -> None:
    """A setting's name, its band and a diamond for each seed."""
    colours, y = sheet.colours, top + ROW / 2 + 6
    beside = frame.left > 41
    sheet.text(*((24, y + 5.5) if beside else (frame.left + 8, y - 17)), name, bold=True)
    low, high = frame.x(min(times)) - 10, frame.x(max(times)) + 10
    style = {"fill": colours.request_tint, "edge": colours.request, "line": 1.5}
    sheet.rectangle(low, y - 10, high - low, 20, radius=10, **style)
    for time in times:
        draw_p95(sheet, frame.x(time), y, 5)
