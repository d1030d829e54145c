"""The teacher's view of a class that is at work, as HTML for a projector. Read `parts` first.

Names are shown only where the teacher asks for them, and so is what happened and what is right: who has not answered
yet shall not read it on the wall. What comes from learners is escaped, and the page runs no script but its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from statistics import median

from cloudlab.grading import live
from cloudlab.grading.asked import SECTIONS, Asked, Foreseen, Posed
from cloudlab.kernel.misconceptions import misconceptions

HERE = Path(__file__).parent

MOST_SKIPPED = 8
"""Files that are named at most."""

FORESEEN = "predictions"
"""The part of a lesson that holds its predictions."""

UNTOLD = "Hidden until you show what happened and what is right."


@dataclass(frozen=True)
class Wish:
    """What the teacher wants to see: a lesson by its number ('' for the one that the class is in), and how much.

    `part` is "predictions" or one of `asked.SECTIONS`; '' is all of them.
    """

    lesson: str = ""
    part: str = ""
    names: bool = False
    results: bool = False


def parts(
    found: Sequence[live.Learner], skipped: Sequence[str], asked: list[Asked], wish: Wish, now: float
) -> dict[str, str]:
    """{id of a part of the page: its HTML} of what the class has done so far."""
    everybody = list(found)
    chosen = next((one for one in asked if one.number == wish.lesson), None)
    lesson = chosen or live.current(everybody, asked)
    here = [one for one in everybody if one.is_in(lesson)]
    waits = live.waiting(everybody)
    return {
        "head": _head(lesson, len(here), len(everybody)),
        "calls": f"{_count(len(waits), 'learner')} {'waits' if len(waits) == 1 else 'wait'} for help.",
        "help": _help(waits, asked, wish.names, now),
        "foreseen": "" if wish.part not in ("", FORESEEN) else _predictions(here, lesson, wish.results),
        "posed": "".join(
            _section(here, lesson, section, wish.results)
            for section in SECTIONS
            if wish.part in ("", section)
        ),
        "believed": _believed(here, lesson, wish.results),
        "skipped": _skipped(skipped),
    }


def _head(lesson: Asked, here: int, everybody: int) -> str:
    told = f"{here} of {_count(everybody, 'learner')} in the class" if everybody else "Nobody is here yet"
    return f"<h1>{lesson.number} · {escape(lesson.title)}</h1><p>{told}</p>"


def _help(waits: list[live.Learner], asked: list[Asked], names: bool, now: float) -> str:
    numbers = {one.name: one.number for one in asked}
    rows = []
    for one in waits:
        since = one.waits or now
        where = f" in lesson {numbers[one.waits_in]}" if one.waits_in in numbers else ""
        who = f"<b>{escape(one.name)}</b>{where}, " if names else f"Somebody{where}, "
        minutes = int((now - since) // 60)
        rows.append(f"<li>{who}since {_clock(since)}{f' ({minutes} min)' if minutes else ''}</li>")
    return f"<ol>{''.join(rows)}</ol>" if rows else "<p>Nobody waits.</p>"


def _predictions(here: list[live.Learner], lesson: Asked, results: bool) -> str:
    return "<h2>Predictions</h2>" + "".join(_prediction(here, one, results) for one in lesson.foreseen)


def _prediction(here: list[live.Learner], asked: Foreseen, results: bool) -> str:
    """A prediction: how many said what, and what happened."""
    values = live.predicted(here, asked)
    told = f"{len(values)} of {len(here)} predicted"
    if values and not asked.options:
        told += f"; the median is {_with_unit(median(values), asked.unit)}"
    came = _came(asked, values) if results else UNTOLD
    head = f"<h3>{escape(asked.text)}</h3><p>{told}.</p>"
    return f'<article>{head}{_rows_of(asked, values, results)}<p class="came">{came}</p></article>'


def _came(asked: Foreseen, values: list) -> str:
    """What happened, and how many were right or near it."""
    if not asked.came:
        return "What comes of it is computed in the lesson, and no run shows it."
    if asked.options or asked.number is None:
        right = sum(value == asked.came for value in values)
        return f"It was <b>{escape(asked.came)}</b>; {right} of {len(values)} said so."
    near = sum(abs(value - asked.number) <= abs(asked.number) / 10 for value in values)
    tenth = "said so" if asked.number == 0 else "came within a tenth of it"
    return f"It was <b>{_with_unit(asked.number, asked.unit)}</b>; {near} of {len(values)} {tenth}."


def _rows_of(asked: Foreseen, values: list, results: bool) -> str:
    if asked.options:
        marks = ["it was so" if results and option == asked.came else "" for option in asked.options]
        numbers = [values.count(option) for option in asked.options]
        return _bars("prediction", list(zip(asked.options, numbers, marks, strict=True)))
    came = asked.number if results else None
    bins = live.histogram(values, came)
    rows = [(_of_unit(one.words, asked.unit), one.number, _here(one, came, asked.unit)) for one in bins]
    return _bars("predicted", rows) if rows else ""


def _here(one: live.Bin, came: float | None, unit: str) -> str:
    """What stands behind the row in which what happened lies."""
    return f"it was {_with_unit(came, unit)}" if came is not None and one.low <= came < one.high else ""


def _section(here: list[live.Learner], lesson: Asked, section: str, results: bool) -> str:
    posed = "".join(_question(here, one, results) for one in lesson.posed if one.section == section)
    return f"<h2>{SECTIONS[section]}</h2>{posed}" if posed else ""


def _question(here: list[live.Learner], posed: Posed, results: bool) -> str:
    """A question: how many chose each option; which is right, and which misconception leads to the others."""
    numbers = live.chosen(here, posed)
    marks = ["" if not results else "right" if one.right else one.misconception for one in posed.choices]
    rows = list(zip((one.text for one in posed.choices), numbers, marks, strict=True))
    told = f"{sum(numbers)} of {len(here)} answered"
    if results:
        right = sum(number for number, one in zip(numbers, posed.choices, strict=True) if one.right)
        told += f", {right} rightly"
    return f"<article><h3>{escape(posed.text)}</h3><p>{told}.</p>{_bars('answer', rows)}</article>"


def _bars(what: str, rows: list[tuple[str, int, str]]) -> str:
    """A table whose numbers are drawn as bars: (words, number, mark) in each row."""
    most = max([number for _, number, _ in rows] + [1])
    body = []
    for words, number, mark in rows:
        glyph = {"": "", "right": "✓ "}.get(mark, "◆ " if mark.startswith("it was") else "✕ ")
        kind = "right" if glyph in ("✓ ", "◆ ") else "wrong" if glyph else ""
        said = f'<span class="mark">{glyph}{escape(mark)}</span>' if mark else ""
        rect = f'<rect width="{100 * number / most:.1f}" height="10"/>'
        bar = f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{rect}</svg>'
        body.append(
            f'<tr data-kind="{kind}"><th scope="row">{escape(words)} {said}</th>'
            f'<td class="bar">{bar}</td><td class="number">{number}</td></tr>'
        )
    head = f'<thead><tr><th scope="col">{what}</th><th scope="col" colspan="2">learners</th></tr></thead>'
    return f"<table>{head}<tbody>{''.join(body)}</tbody></table>"


def _believed(here: list[live.Learner], lesson: Asked, results: bool) -> str:
    """The misconceptions that answers show, that of most learners first."""
    if not results:
        return f"<p>{UNTOLD}</p>"
    said = misconceptions()
    rows = [
        f"<li><b>{_count(number, 'learner')}</b> {escape(name)} · “{escape(said.get(name, ''))}” "
        f"<span>({escape(', '.join(SECTIONS[one].lower() for one in where))})</span></li>"
        for name, number, where in live.believed(here, lesson)
    ]
    return f"<ol>{''.join(rows)}</ol>" if rows else "<p>No answer shows one.</p>"


def _skipped(skipped: Sequence[str]) -> str:
    if not skipped:
        return ""
    shown = [*skipped[:MOST_SKIPPED]]
    if len(skipped) > MOST_SKIPPED:
        shown.append(f"{len(skipped) - MOST_SKIPPED} more are left out.")
    items = "".join(f"<li>{escape(_line(one))}</li>" for one in shown)
    return f"<h2>Files that are left out</h2><ul>{items}</ul>"


def _line(text: str) -> str:
    """A text in one line, without control characters, and not too long."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:160]


def _count(number: int, of: str) -> str:
    return f"{number} {of}{'' if number == 1 else 's'}"


def _with_unit(value: float, unit: str) -> str:
    return _of_unit(f"{value:,.10g}", unit)


def _of_unit(words: str, unit: str) -> str:
    return escape(f"{words} {unit}".strip())


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment).astimezone():%H:%M}"


# --- the page ---------------------------------------------------------------------------------------------


def page(asked: list[Asked], wish: Wish, nonce: str) -> str:
    """The page, still empty: its script asks for the parts."""
    lessons = "".join(
        _option(one.number, f"{one.number} · {one.title}", one.number == wish.lesson) for one in asked
    )
    pieces = _option("", "all", True) + _option(FORESEEN, "predictions", False)
    pieces += "".join(_option(name, words.lower(), False) for name, words in SECTIONS.items())
    follow = _option("", "The one that most are in", not wish.lesson)
    switches = _switch("names", "Names", wish.names) + _switch(
        "results", "What happened, and what is right", wish.results
    )
    themes = (
        _option("", "as the system", True) + _option("light", "light", False) + _option("dark", "dark", False)
    )
    sizes = _option("1", "large", True) + _option("1.4", "larger", False) + _option("0.8", "small", False)
    form = (
        f'<form aria-label="What is shown"><label>Lesson <select name="lesson">{follow}{lessons}</select></label>'
        f'<label>Part <select name="part">{pieces}</select></label>{switches}'
        f'<label>Theme <select name="theme">{themes}</select></label>'
        f'<label>Text <select name="size">{sizes}</select></label></form>'
    )
    aside = (
        '<section id="call" aria-labelledby="call-head"><h2 id="call-head">Help</h2><p id="calls" role="status"></p>'
        '<div id="help"></div></section><section aria-labelledby="believed-head"><h2 id="believed-head">Misconceptions'
        '</h2><div id="believed"></div></section><section id="skipped"></section>'
    )
    body = (
        f'<header><div id="head"><h1>The class, live</h1></div>{form}</header><p class="lost" role="status"></p>'
        '<noscript><p>This page needs its script: allow it for this machine.</p></noscript><main class="room"><div>'
        '<div id="foreseen" class="two"></div><div id="posed" class="two"></div></div>'
        f"<aside>{aside}</aside></main>"
    )
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("live.css", "live.js"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><title>The class, live</title>'
        f'<style nonce="{nonce}">{style}</style></head><body>{body}'
        f'<script nonce="{nonce}">{script}</script></body></html>'
    )


def rule(nonce: str) -> str:
    """What the page may load and run: its own script and style, and answers of the same server."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def as_json(told: dict[str, str]) -> bytes:
    """The parts as they are sent."""
    return json.dumps(told).encode("utf-8")


def _option(value: str, words: str, chosen: bool) -> str:
    return f'<option value="{escape(value)}"{" selected" if chosen else ""}>{escape(words)}</option>'


def _switch(name: str, words: str, on: bool) -> str:
    return f'<label><input type="checkbox" name="{name}"{" checked" if on else ""}>{words}</label>'
