"""Moments in words, which the worlds of this lesson share."""


def clock(time: float) -> str:
    """A moment: '0:47:20'.

    >>> clock(2840)
    '0:47:20'
    """
    seconds = max(0, round(time))
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
