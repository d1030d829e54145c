"""The table of requests as arrays, and a few sums over it, fast enough for a picture.

The exact definitions stand in `measures`; tests hold these to them.
"""

from cloudlab.record import Record


def columns(record: Record):
    """(arrived, seconds to the answer, failed) of each request, as numpy arrays.

    Seconds are nan for what failed or was still open at the end; `failed` is what ended badly by then.
    """
    import numpy as np

    rows = record.requests
    if not len(rows):
        return np.empty(0), np.empty(0), np.empty(0, dtype=bool)
    arrived, answered = (np.frombuffer(column, dtype=float) for column in (rows.arrived, rows.answered))
    ended = answered <= record.end
    good = ended & (np.frombuffer(rows.status, dtype=np.uint8) == 0)
    return arrived.copy(), np.where(good, answered - arrived, np.nan), ended & ~good


def mean_work(record: Record) -> float:
    """Mean seconds of work of a request at speed 1, from those that were finished; 0 without any."""
    import numpy as np

    rows = record.requests
    if not len(rows):
        return 0.0
    started, finished = (np.frombuffer(column, dtype=float) for column in (rows.started, rows.finished))
    target = np.frombuffer(rows.target, dtype=np.uint16)
    speeds = np.array([float(part.attributes.get("speed", 0)) for part in record.parts])
    changed = [part for part, metric in record.series if metric == "Speed"]
    done = finished <= record.end
    even = done & ~np.isin(target, changed)  # whose speed did not change while they worked
    rows = even if even.any() else done
    return float(((finished[rows] - started[rows]) * speeds[target[rows]]).mean()) if rows.any() else 0.0


def per_period(times, period: float, end: float):
    """How many of `times` (s, a numpy array) lie in each period up to `end`."""
    import numpy as np

    cells = max(1, int(np.ceil(end / period - 1e-9)))
    return np.bincount((times // period).astype(int), minlength=cells)[:cells]


def nearest_rank(values, share: float) -> float:
    """The value that `share` percent of a sorted array do not exceed (as `measures.percentiles` does)."""
    from math import ceil, nan

    return float(values[max(1, ceil(share / 100 * len(values))) - 1]) if len(values) else nan
