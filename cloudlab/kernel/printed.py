"""Sentences as a notebook prints them. Read `wrapped`."""

from textwrap import fill

WIDE = 100
"""Characters of a line: a notebook beside its list of files breaks a longer one in the middle of a word."""


def wrapped(sentence: str) -> str:
    """A sentence in lines that are broken between words; those after the first are set in."""
    return fill(sentence, WIDE, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
