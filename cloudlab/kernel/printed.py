"""Sentences as a notebook prints and shows them. Read `wrapped`."""

import re
from textwrap import fill

WIDE = 100
"""Characters of a line: a notebook beside its list of files breaks a longer one in the middle of a word."""


WHOLE = (
    ".jp-Notebook:has(.cloudlab, .cloudlab-told) .jp-OutputArea-output pre"
    " { word-break: normal; overflow-wrap: anywhere; }"
)
"""What tells JupyterLab, in a notebook where something of ours stands, to break what is printed between words."""


def at_speed(speed: float) -> str:
    """What one does that works at so many times its usual speed; the stage says the same of it (server.js).

    >>> at_speed(0.01), at_speed(0.5), at_speed(1)
    ('stands still', 'works at speed 0.5', 'works at full speed')
    """
    if speed < 0.05:
        return "stands still"
    return "works at full speed" if speed == 1 else f"works at speed {speed:g}"


AMOUNT = re.compile(r"\d[\d.,:]* (?:s|ms|min|h|%|cm|[KMG]i?B|vCPUs?)(?!\w)")
"""A number with its unit, which stay in one line; nodes.js has the same units."""

TIED = "\0"
"""Stands between a number and its unit while lines are broken."""


def wrapped(sentence: str) -> str:
    """A sentence in lines that are broken between words; those after the first are set in.

    >>> print(wrapped("It waits, and waits, and waits. " * 3 + "120 s"))
    It waits, and waits, and waits. It waits, and waits, and waits. It waits, and waits, and waits.
        120 s
    """
    tied = AMOUNT.sub(lambda found: found[0].replace(" ", TIED), sentence)
    lines = fill(tied, WIDE, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return lines.replace(TIED, " ")


def bound(markup: str) -> str:
    """HTML in which no number is parted from its unit at the end of a line.

    >>> bound("<p>5 of 12 calls took 30 s.</p>")
    '<p>5 of 12 calls took <span style="white-space: nowrap">30 s</span>.</p>'
    """
    return AMOUNT.sub(r'<span style="white-space: nowrap">\g<0></span>', markup)
