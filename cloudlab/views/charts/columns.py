"""The table of requests as numpy arrays, for what is only drawn: a point for each piece of time.

What is said in words comes from `measures`; a test holds these to the same definitions.
"""

from cloudlab.kernel.record import Record


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


def per_period(times, period: float, end: float):
    """How many of `times` (s, a numpy array) lie in each period up to `end`."""
    import numpy as np

    cells = max(1, int(np.ceil(end / period - 1e-9)))
    return np.bincount((times // period).astype(int), minlength=cells)[:cells]


def nearest_rank(values, share: float) -> float:
    """The value that `share` percent of a sorted array do not exceed (as `measures.percentiles` does)."""
    from math import ceil, nan

    return float(values[max(1, ceil(share / 100 * len(values))) - 1]) if len(values) else nan
