"""The home page: the lessons in order, what is finished, what is next, the points, and a map that fills.

    home()

It is read anew from the learner's folder whenever it is shown. The same HTML stands in the widget, on a page that is
only read, and in the notebook before anything is run (`python -m cloudlab.views.home FOLDER` prints it). All words
are the course's own, and are escaped. Read `Home.html` first.
"""

import json
import re
import sys
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from cloudlab.kernel.printed import wrapped
from cloudlab.kernel.state import own_folder, state_folder
from cloudlab.views import conceptmap, snapshot
from cloudlab.views.course import Standing, current, standings
from cloudlab.views.theme import page_stylesheet, stylesheet
from cloudlab.views.words import count

if TYPE_CHECKING:
    from cloudlab.views.home_widget import HomeWidget

HERE = Path(__file__).parent
READ = "Times are estimates, for the lesson and its exercises. To answer and to be judged, open the course in Jupyter."
HOW = "To see where you are, run this cell: click on it, and press Shift and Enter."
RULE = (
    "A lesson is finished when its check and its exit question are answered rightly. "
    "Times are estimates, for the lesson and its exercises."
)


def home(folder: str | Path = ".") -> "Home":
    """The home page of the lessons in `folder`: that of the notebook unless told."""
    return Home(Path(folder))


class Home:
    """The home page (see `home`). `state` is the folder with the learner's answers: the notebook's unless told."""

    def __init__(self, folder: Path, state: Path | None = None):
        self.folder, self.state = folder.absolute(), state or own_folder()
        self._widget: HomeWidget | None = None

    def standings(self) -> list[Standing]:
        """How far the learner has come in each lesson, now."""
        return standings(self.folder, self.state)

    def html(self, *, read: bool = False) -> str:
        """The page. One that is only `read` knows no learner: all lessons are as on the first day."""
        found = [Standing(one.lesson) for one in self.standings()] if read else self.standings()
        if not found:
            return _root("<p>There is no lesson here.</p>")
        now = current(found)
        parts = [
            _head(found, read),
            _band(found, now),
            _cards(found, now, read),
            conceptmap.drawn(found, read),
            "" if read else _points_of_each(found),
            _foot(found, read),
        ]
        return _root("".join(parts), read)

    def __repr__(self) -> str:
        found = self.standings()
        if not found:
            return "There is no lesson here."
        now = current(found)
        lines = [f"{_finished(found)}, {_points(found)}.", _told_next(now)]
        lines += [f"  {_mark(one, now)[0]} {_row(one)}" for one in found]
        return "\n".join([*lines, conceptmap.told(found), RULE])

    def _repr_mimebundle_(self, **kwargs):
        from cloudlab.views.form import bundle
        from cloudlab.views.home_widget import HomeWidget

        if snapshot.wanted():
            return {"text/html": self.html(read=True), "text/plain": repr(self)}, {}
        self._widget = self._widget or HomeWidget(self.html)
        lines = map(wrapped, f"{HOW}\n{self!r}".splitlines())
        return bundle(self._widget, "\n".join(lines), kwargs, self.html)


# --- words ------------------------------------------------------------------------------------------------


def _finished(found: list[Standing]) -> str:
    return f"{sum(one.finished for one in found)} of {count(len(found), 'lesson')} finished"


def _points(found: list[Standing]) -> str:
    return f"{sum(one.reached for one in found):g} of {sum(one.most for one in found)} points"


def _for_more(found: list[Standing]) -> str:
    """What is left to do when all lessons are finished."""
    reached = sum(one.reached for one in found)
    if not reached:
        return "The exercises are still to do: each lesson's points lead to them."
    return "" if reached == sum(one.most for one in found) else "Every exercise can be tried again for more."


def _told_next(now: Standing | None) -> str:
    if now is None:
        return "All lessons are finished."
    verb = (
        f"Go on with {now.lesson.notebook}: next is the {now.next_step}"
        if now.begun
        else f"Start {now.lesson.notebook}"
    )
    return f"{verb}."


def _row(one: Standing) -> str:
    """A lesson in a line."""
    lesson = one.lesson
    points = f"{one.reached:g} of {one.most} points"
    if one.points:
        points += f" ({', '.join(_each(one))})"
    return f"{lesson.number} {lesson.title}: {lesson.home['decide']} {lesson.time.capitalize()}, {points}."


def _each(one: Standing) -> list[str]:
    """The points of each exercise of a lesson, by its name."""
    best = [(name, one.points.get(name)) for name in one.lesson.exercises]
    return [f"{name}: {'not tried' if reached is None else f'{reached:g}'}" for name, reached in best]


def _mark(one: Standing, now: Standing | None) -> tuple[str, str]:
    """A lesson's glyph in text, and its word."""
    if one.finished:
        return "✓", "Finished"
    if one.begun:
        return "◐", "In progress"
    return ("▸", "Next") if one is now else ("○", "")


# --- HTML -------------------------------------------------------------------------------------------------


@cache
def styles(read: bool) -> str:
    """The stylesheet's text, with both palettes."""
    return (page_stylesheet if read else stylesheet)((HERE / "home.css").read_text(encoding="utf-8"))


UNITS = re.compile(r"(?<=\d) (?=(?:min|minutes?|points?|lessons?|words?)\b)")
"""The space between a number and what it counts: no line is broken there."""


def _root(inner: str, read: bool = False) -> str:
    whole = UNITS.sub("\u00a0", inner)
    return (
        f'<style>{styles(read)}</style><div class="cloudlab"><div class="cloudlab-home">{whole}</div></div>'
    )


def _head(found: list[Standing], read: bool) -> str:
    words = f"{count(len(found), 'lesson')}, {sum(one.most for one in found)} points"
    told = words if read else f"<b>{_points(found)}</b> · {_finished(found)}"
    return f'<p class="cloudlab-sum">{told}</p>'


def _band(found: list[Standing], now: Standing | None) -> str:
    """Where to go on: one large link."""
    if now is None:
        return (
            '<section class="cloudlab-home-go" aria-label="Where to go on"><div><h2>All lessons are finished</h2>'
            f"<p>{_points(found)}. {_for_more(found)}</p></div></section>"
        )
    lesson = now.lesson
    verb = "Go on" if now.begun else "Start"
    begins = f"{lesson.home['decide']} About {lesson.home['minutes']} minutes."
    told = f"Next: the {now.next_step}" if now.begun else begins
    pips = "".join(f'<i style="--done: {done:.0%}"></i>' for done in now.steps) if now.begun else ""
    row = f'<span class="cloudlab-pips" aria-hidden="true">{pips}</span>' if pips else ""
    return (
        '<section class="cloudlab-home-go" aria-label="Where to go on">'
        f'<div class="cloudlab-window">{picture(now, "window")}</div>'
        f"<div><h2>{lesson.number} {escape(lesson.title)}</h2><p>{row}{escape(told)}</p></div>"
        f'<a class="cloudlab-button" href="{lesson.notebook}">{verb}<span class="cloudlab-unseen"> with lesson '
        f'{lesson.number}</span> <span aria-hidden="true">→</span></a></section>'
    )


def _cards(found: list[Standing], now: Standing | None, read: bool) -> str:
    cards = "".join(_card(one, now, read) for one in found)
    even = " data-even" if len(found) in (2, 4) else ""
    return f'<ol class="cloudlab-cards"{even} role="list" aria-label="Lessons">{cards}</ol>'


def _card(one: Standing, now: Standing | None, read: bool) -> str:
    lesson = one.lesson
    _, word = ("", "") if read else _mark(one, now)
    state = f'<span class="cloudlab-state">{_glyph(one, word)}{word}</span>' if word else ""
    reached = "" if read else f"{one.reached:g} of "
    points = (
        f'<a class="cloudlab-points" href="{lesson.exercise_notebook}">{reached}{one.most} points'
        f'<span class="cloudlab-unseen"> of the exercises of lesson {lesson.number}</span></a>'
    )
    return (
        f'<li class="cloudlab-card"{" data-now" if one is now else ""}>'
        f'<span class="cloudlab-home-number">{lesson.number}</span>{picture(one, "card")}'
        f'<h3><a href="{lesson.notebook}">{escape(lesson.title)}</a></h3>'
        f'<p>{escape(lesson.home["decide"])}</p><div class="cloudlab-home-row">{state}'
        f"<span>{lesson.time}</span>{points if one.most else ''}</div></li>"
    )


def _points_of_each(found: list[Standing]) -> str:
    """A table of points: of each exercise, of each lesson, and in all."""
    rows = []
    for one in (one for one in found if one.most):
        each = ", ".join(f"<span>{said}</span>" for said in _each(one))
        rows.append(
            f'<tr><th scope="row">{one.lesson.number} {escape(one.lesson.title)}</th><td>{each}</td>'
            f"<td>{one.reached:g} of {one.most}</td></tr>"
        )
    head = "".join(f'<th scope="col">{words}</th>' for words in ("Lesson", "Best of each exercise", "Points"))
    total = (
        f'<tr><th scope="row" colspan="2">In all</th><td>{_points(found).removesuffix(" points")}</td></tr>'
    )
    return (
        '<details class="cloudlab-each"><summary>Points of each exercise</summary>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody><tfoot>{total}</tfoot></table></details>"
    )


def _glyph(one: Standing, word: str) -> str:
    """A tick, a ring as full as the lesson is done, or a hollow ring."""
    if one.finished:
        disc = '<circle cx="9" cy="9" r="8.5" fill="var(--ok)"/>'
        inner = f'{disc}<path class="cloudlab-tick" d="M5.2 9.3 7.8 12l5-5.5"/>'
    else:
        length = 45.6
        done = "" if word == "Next" else f' stroke-dasharray="{length * one.share:.1f} {length}"'
        track = '<circle cx="9" cy="9" r="7.25" fill="none" stroke="var(--hair)" stroke-width="3"/>'
        wide = 1.75 if word == "Next" else 3
        inner = (
            f'{"" if word == "Next" else track}<circle cx="9" cy="9" r="7.25" fill="none" stroke="var(--request)" '
            f'stroke-width="{wide}"{done} transform="rotate(-90 9 9)"/>'
        )
    return f'<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">{inner}</svg>'


def picture(one: Standing, place: str) -> str:
    """The lesson's picture, in the colours of the theme; nothing where it has none. `place` makes its ids its own."""
    file = files("cloudlab.labs") / f"{one.lesson.name}.svg"
    if not file.is_file():
        return ""
    said = escape(one.lesson.home["picture"])
    drawn = file.read_text(encoding="utf-8").strip().replace("home-", f"home-{place}-{one.lesson.number}-")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{said}" ', 1)


def _foot(found: list[Standing], read: bool) -> str:
    terms = sum(len(one.lesson.words["terms"]) for one in found)
    return (
        f'<p class="cloudlab-home-foot"><a href="glossary.ipynb">Glossary, {count(terms, "word")}</a>'
        f"<span>{READ if read else RULE} Open any lesson at any time.</span></p>"
    )


STORED = """
<a hidden data-commandlinker-command="notebook:run-all-cells" data-commandlinker-args="{}"></a>
<script>{
  const page = [...document.querySelectorAll(".cloudlab-home")].at(-1), run = page.parentElement.nextElementSibling;
  let hidden = false;
  const seen = (visible) => {
    if (visible && hidden && page.isConnected) run.click();
    hidden = !visible;
  };
  const whole = page.closest(".jp-NotebookPanel") ?? page; // out of sight is not what was only scrolled away
  new IntersectionObserver((all) => seen(all.some((one) => one.isIntersecting))).observe(whole);
  document.addEventListener("visibilitychange", () => seen(document.visibilityState === "visible"));
}</script>"""
"""Behind the page that is stored: when it is seen again, after a lesson, its cell is run, and so it is live."""


def main(folder: str) -> None:
    """Print the home page of a learner's folder as JSON: html and text."""
    page = Home(Path(folder), state_folder(Path(folder)))
    print(json.dumps({"html": page.html() + STORED, "text": repr(page)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
