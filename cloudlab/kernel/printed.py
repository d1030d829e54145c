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


def wrapped(sentence: str) -> str:
    """A sentence in lines that are broken between words; those after the first are set in."""
    return fill(sentence, WIDE, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


AMOUNT = re.compile(r"\d[\d.,:]* (?:s|ms|min|h|%|cm|[KMG]i?B|vCPUs?)(?!\w)")
"""A number with its unit, which stay in one line; nodes.js has the same units."""


def bound(markup: str) -> str:
    """HTML in which no number is parted from its unit at the end of a line.

    >>> bound("<p>5 of 12 calls took 30 s.</p>")
    '<p>5 of 12 calls took <span style="white-space: nowrap">30 s</span>.</p>'
    """
    return AMOUNT.sub(r'<span style="white-space: nowrap">\g<0></span>', markup)


CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def unparted(markdown: str) -> str:
    """Markdown in which a no-break space keeps each number and its unit in one line; code stays as it is.

    >>> unparted("After 30 s: `sleep 30 s`.")
    'After 30\\xa0s: `sleep 30 s`.'
    """
    pieces = CODE.split(markdown)
    pieces[::2] = (
        AMOUNT.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), piece) for piece in pieces[::2]
    )
    return "".join(pieces)
