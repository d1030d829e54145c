"""Numbers and times as a person writes them: 57,085 requests, 0.18 s, 2:05, 13:20 h.

Texts, tables and charts of one run use the same words, so that what you read is what you see.
Standard library only.
"""

HOUR, DAY = 3600.0, 86_400.0
LONG = 2 * HOUR
"""A run of at least this length (s) is told in hours and minutes, a shorter one in minutes and seconds."""


def clock(seconds: float, end: float = 0.0) -> str:
    """A moment of a run that lasts until `end` (s), not rounded up.

    >>> clock(125), clock(48_000, end=86_400), clock(134_400, end=604_800)
    ('2:05', '13:20 h', 'day 2, 13:20 h')
    """
    whole = int(seconds)
    if max(seconds, end) < LONG:
        return f"{whole // 60}:{whole % 60:02}"
    days, rest = divmod(whole, int(DAY))
    if end <= DAY:
        days, rest = 0, whole
    time = f"{rest // 3600}:{rest % 3600 // 60:02} h"
    return f"day {days + 1}, {time}" if end > DAY else time


def span(seconds: float) -> str:
    """A length of time, in the two largest units that it needs.

    >>> span(45), span(90), span(600), span(86_400), span(5 * 86_400)
    ('45 s', '1 min 30 s', '10 min', '24 h', '5 days')
    """
    whole = int(seconds + 0.5)
    if seconds < 60 and whole < 60:
        return duration(seconds) if seconds < 10 else f"{whole} s"
    if whole >= 2 * DAY:
        large, rest, words = whole // 86_400, whole % 86_400 // 3600, ("days", "h")
    elif whole >= LONG:
        large, rest, words = whole // 3600, whole % 3600 // 60, ("h", "min")
    else:
        large, rest, words = whole // 60, whole % 60, ("min", "s")
    return f"{large} {words[0]}" + (f" {rest} {words[1]}" if rest else "")


def duration(seconds: float) -> str:
    """A short time with two significant digits, from 10 s on in whole seconds.

    >>> duration(0.183825), duration(2.898619), duration(0), duration(123.4)
    ('0.18 s', '2.9 s', '0 s', '123 s')
    """
    return f"{number(seconds)} s"


def number(value: float) -> str:
    """A number with two significant digits; from 10 on it is whole, with commas for thousands.

    >>> number(57085), number(38.06), number(1.861), number(0.5), number(3.0)
    ('57,085', '38', '1.9', '0.5', '3')
    """
    if abs(value) >= 9.95 or value == int(value):
        return f"{value:,.0f}"
    text = f"{value:.{_decimals(value)}f}"
    return text.rstrip("0").rstrip(".")


def plain(value: float) -> str:
    """A number with all its digits that matter, for a value that somebody chose.

    >>> plain(6), plain(0.25), plain(43_200.0)
    ('6', '0.25', '43,200')
    """
    return f"{value:,}"[:60] if isinstance(value, int) else f"{value:,.10g}"


def count(amount: float, word: str, words: str = "") -> str:
    """An amount of things, in the singular or the plural.

    >>> count(1, "instance"), count(0, "request"), count(2, "reply", "replies"), count(0.999, "hour")
    ('1 instance', '0 requests', '2 replies', '1 hour')
    """
    shown = number(amount)
    return f"{shown} {word if shown == '1' else words or word + 's'}"


def listed(names: list[str]) -> str:
    """Names as a list in a sentence.

    >>> listed(["i-1"]), listed(["i-1", "i-2", "i-3"])
    ('i-1', 'i-1, i-2 and i-3')
    """
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def _decimals(value: float) -> int:
    """How many decimals show two significant digits of a number below 10."""
    decimals, size = 1, abs(value)
    while size < 0.995 and decimals < 6:
        decimals, size = decimals + 1, size * 10
    return decimals


def an(noun: str) -> str:
    """A noun with its article.

    >>> an("request"), an("order")
    ('a request', 'an order')
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
