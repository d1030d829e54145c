"""What a teacher and a student get to see: grades.csv, a page for each student, a page for the class.

All of it is made anew from the result files, by one writer. What comes from a submission is written as text, without
control characters and not too much of it. Read `write` first.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from statistics import median

from cloudlab.grading.gather import dialect
from cloudlab.grading.plainly import text_of
from cloudlab.grading.results import VERDICTS
from cloudlab.judge import words
from cloudlab.kernel.misconceptions import misconceptions

BY_HAND = "by_hand"
"""The column in which a teacher writes marks of their own: it survives each new run."""

MOST = 400
"""Characters of a text from outside that are shown."""

STYLE = """
:root { color-scheme: light dark; --ink: #17202c; --muted: #4b5666; --ground: #fff; --line: #c9d1dc; --well: #f3f6fa;
  --ok: #00684a; --fail: #a83f00; --blue: #0b5cad; --bar: #3d7fc4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf4; --muted: #b4becc; --ground: #12181f; --line: #3a4654;
  --well: #1b232d; --ok: #5fd0a6; --fail: #ffa36b; --blue: #8cc2ff; --bar: #5b9bdc; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto;
  max-width: 64rem; padding: 0 1rem; overflow-wrap: break-word; }
a { color: var(--blue); } a:focus-visible, .wide:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin-bottom: .3rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; } nav a { margin-right: 1.2rem; white-space: nowrap; } ul { padding-left: 1.3rem; }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; position: relative; }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } thead th { color: var(--muted); font-size: .9rem; }
.wide th[scope="row"] { min-width: 7rem; overflow-wrap: anywhere; font-weight: 400; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
section, .cards > li { background: var(--well); border-radius: .6rem; padding: .7rem 1rem; margin: 1rem 0; }
section h2 { margin: 0 0 .3rem; font-size: 1.1rem; }
.ok { color: var(--ok); } .fail { color: var(--fail); } .muted { color: var(--muted); }
pre { white-space: pre-wrap; font: inherit; margin: .4rem 0; } p { margin: .4rem 0; }
code { font-size: .95em; overflow-wrap: anywhere; }
.cards { list-style: none; padding: 0; } .cards > li { margin: .7rem 0; }
.many { float: right; font-weight: 600; margin-left: 1rem; font-variant-numeric: tabular-nums; }
.spread { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 1rem; padding: 0;
  list-style: none; }
.spread > li { background: var(--well); border-radius: .6rem; padding: .7rem 1rem; }
.bars { display: flex; align-items: flex-end; gap: 3px; height: 6rem; margin-top: .4rem;
  border-bottom: 1px solid var(--muted); }
.bars span { flex: 1; display: flex; flex-direction: column; justify-content: flex-end; height: 100%;
  text-align: center; font-size: .75rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.bars i { background: var(--bar); border-radius: 2px 2px 0 0; display: block; }
.axis { display: flex; gap: 3px; font-size: .75rem; color: var(--muted); text-align: center; }
.axis span { flex: 1; }
@media (max-width: 30rem) { th, td { padding: .3rem .4rem; } body { margin-top: 1rem; } }
@media print { body { max-width: none; } section, .cards > li, .spread > li { break-inside: avoid; } }
"""


class Unwritten(Exception):
    """The reports can't be written without a loss; the text is one sentence with what to do."""


class Unread(Exception):
    """A table of points can't be read back; the text is one sentence with what to do."""


def write(
    folder: Path, graded: dict[str, list[dict]], notes: list[str], *, hidden: Iterable[str] = ()
) -> list[Path]:
    """Write all reports of a class into `folder`; returns the files. `graded` holds the results of each student.

    `notes` are sentences for the teacher. Marks by hand in a grades.csv that is there are kept. Raises Unwritten.
    """
    names = exercises_of(graded)
    marks = marks_of(folder / "grades.csv")
    rows = {student: best_of(results, names) for student, results in graded.items()}
    notes = [*notes, *_unused(marks, rows)]
    files = [_put(folder / "grades.csv", grades(rows, names, marks))]
    files.append(_put(folder / "class.html", class_page(rows, names, graded, notes, marks)))
    for student, row in rows.items():
        page = student_page(student, row, names, graded[student], marks.get(_safe(student), ""))
        files.append(_put(folder / "students" / f"{file_name(student)}.html", page))
    return files


def _unused(marks: dict[str, str], rows: dict[str, dict]) -> list[str]:
    """What a teacher must hear of marks by hand: those that are no number, and those of nobody in the class."""
    known = {_safe(student) for student in rows}
    found = [f"{one}: the mark by hand {mark!r} is no number, and isn't counted."
             for one, mark in marks.items() if one in known and _number(mark) is None]  # fmt: skip
    return found + [
        f"{one} had the mark by hand {mark}, but is not in this class, so it isn't kept."
        for one, mark in marks.items()
        if one not in known
    ]


def _moment(seconds: float) -> str:
    """A time of change as it is read; a file's may lie in a year that no calendar has."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M UTC}"
    except (ValueError, OverflowError, OSError):
        return "at a time that can't be"


def exercises_of(graded: dict[str, list[dict]]) -> list[str]:
    """The exercises that stand in any result, in order."""
    found = {name for results in graded.values() for result in results for name in result["exercises"]}
    return sorted(found, key=lambda name: (len(name), name))


def lesson_of(name: str) -> str:
    """The lesson that an exercise belongs to, by its file's name."""
    return words.lessons().get(name, "unknown")


def best_of(results: list[dict], names: list[str]) -> dict[str, dict]:
    """For each exercise the best entry of all that a student handed in; of equal ones the newest."""
    found = {}
    for name in names:
        entries = [
            (result["exercises"][name]["points"], result["changed"], place, result["exercises"][name])
            for place, result in enumerate(results)
            if name in result["exercises"]
        ]
        if entries:
            found[name] = max(entries, key=lambda entry: entry[:3])[3]
    return found


def marks_of(path: Path) -> dict[str, str]:
    """The marks by hand that stand in a grades.csv, by the student as written there. Raises Unwritten."""
    try:
        text = text_of(path, "utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Unwritten(_lost(path, type(error).__name__)) from None
    rows = list(csv.DictReader(io.StringIO(text), dialect=dialect(text)))
    if rows and not {"student", BY_HAND} <= rows[0].keys():
        raise Unwritten(_lost(path, f"it has no columns student and {BY_HAND}"))
    return {
        row["student"]: row[BY_HAND].strip()
        for row in rows
        if row["student"] and (row[BY_HAND] or "").strip()
    }


def points_of(path: Path) -> dict[str, dict[str, tuple[float | None, str]]]:
    """{student: {exercise: (points, verdict)}} as a grades.csv says, also one that a spreadsheet saved. Raises Unread.

    Points are None where the cell is empty: nothing was handed in, or the grader failed. Then the verdict says which.
    """
    try:
        text = text_of(path, "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unread(
            f"{path} can't be read ({type(error).__name__}): grade first, as CSV in UTF-8."
        ) from None
    rows = list(csv.DictReader(io.StringIO(text), dialect=dialect(text)))
    names = [column for column in (rows[0] if rows else {}) if column and f"{column} verdict" in rows[0]]
    if not names or "student" not in rows[0]:
        raise Unread(f"{path} is no table that `cloudlab grade` wrote: it has no student, or no exercise.")
    found: dict[str, dict[str, tuple[float | None, str]]] = {}
    for row in rows:
        student = _unsafe(row["student"] or "")
        if student in found:
            raise Unread(f"{path} has two lines for {student!r:.60}: keep one of them.")
        found[student] = {}
        for name in names:
            said, verdict = (row[name] or "").strip(), (row[f"{name} verdict"] or "").strip()
            if said and _number(said) is None:
                raise Unread(
                    f"{path}: {student!r:.60} has {said!r:.20} points in {name}, but it must be a number."
                )
            found[student][name] = (_number(said) if said else None, verdict)
    return found


def _lost(path: Path, why: str) -> str:
    lost = "and marks by hand in it would be lost: save it as CSV in UTF-8, or move it away."
    return f"{path} can't be read ({why}), {lost}"


def grades(rows: dict[str, dict], names: list[str], marks: dict[str, str]) -> str:
    """The table of points: a line for each student, and for each exercise points, verdict, and code.

    A name that a spreadsheet would take for a formula is written with a quote before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = [column for name in names for column in (name, f"{name} verdict", f"{name} code")]
    writer.writerow(["student", "total", BY_HAND, *head])
    for student, row in rows.items():
        cells: list = []
        for name in names:
            entry = row.get(name)
            cells += ["", "", ""] if entry is None else [_points(entry), entry["verdict"], entry["code"]]
        mark = marks.get(_safe(student), "")
        writer.writerow([_safe(student), f"{_total(row, mark):g}", mark, *cells])
    return out.getvalue()


def _points(entry: dict) -> str:
    """Points as they stand in a table; nothing where the grader failed, which is no zero."""
    return "" if entry["verdict"] == "grader_error" else f"{entry['points']:g}"


def _total(row: dict, mark: str) -> float:
    """All points of a student, those by hand included."""
    return sum(entry["points"] for entry in row.values()) + (_number(mark) or 0.0)


def _number(text: str) -> float | None:
    """The number that a mark by hand is; None where it is none."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _safe(text: str) -> str:
    flat = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return f"'{flat}" if flat.strip()[:1] in tuple("=+-@＝＋－＠") else flat


def _unsafe(text: str) -> str:
    """What `_safe` made of a student's name, undone."""
    return text[1:] if text[:1] == "'" and _safe(text[1:]) == text else text


def student_page(student: str, row: dict, names: list[str], results: list[dict], mark: str = "") -> str:
    """What one student reads: points and feedback of each exercise, and nothing of hidden workloads."""
    most = 10 * len([name for name in names if name in row])
    hand = _number(mark)
    by_hand = f" {hand:g} of them were given by hand." if hand else ""
    parts = [f"<h1>{_text(student)}</h1>", f"<p>{_total(row, mark):g} of {most} points.{by_hand}</p>"]
    parts += [_section(name, row[name]) for name in names if name in row]
    handed = "".join(f"<li>{_handed(result)}</li>" for result in results)
    parts.append(f"<h2>What was handed in</h2>{f'<ul>{handed}</ul>' if handed else '<p>Nothing.</p>'}")
    if handed:
        parts.append(
            '<p class="muted">A receipt is made of the bytes of a file: who holds the file can make it anew '
            "with <code>cloudlab pack --receipt FILE</code>.</p>"
        )
    return _page(f"{student}: feedback", "".join(parts))


def _section(name: str, entry: dict) -> str:
    """One exercise of a student: its points, what the check said, and what became of it."""
    title = words.of(name)["title"] if name in words.lessons() else ""
    right, nothing = entry["code"] == "correct", entry["verdict"] == "not_attempted"
    mark, said = ("✓", "right") if right else ("○", "not attempted") if nothing else ("✗", "not right yet")
    shown = "ok" if right else "muted" if nothing else "fail"
    points = f"{_points(entry)} of 10" if _points(entry) else "not graded yet"
    about = [f"Variant {entry['variant']}."] if entry["variant"] else []
    if entry["verdict"] not in ("graded", "not_attempted"):
        about.append(f"Verdict: {VERDICTS[entry['verdict']]}.")
    return (
        f'<section><h2><span class="many">{points}</span><span class="{shown}" role="img" aria-label="{said}">'
        f"{mark}</span> {_text(f'{name} · {title}')}</h2><pre>{_text(entry['told'], 2000)}</pre>"
        f'<p class="muted">{_text(" ".join(about))}</p></section>'
    )


def _handed(result: dict) -> str:
    """A file as it was received: its name, the receipt, and the time of its last change."""
    if not result["digest"]:
        return f"{_text(result['file'])}: it could not be read"
    changed = _moment(result["changed"])
    packed = f", packed {result['packed']} by its own clock" if result.get("packed") else ""
    name, made = _text(result["file"]), receipt(result["digest"])
    return f"{name}, receipt <code>{_text(made)}</code>{_text(packed)}, last changed {changed}"


def receipt(digest: str) -> str:
    """The receipt of a file with this hash: its first twelve digits, in fours."""
    return "-".join(digest[place : place + 4] for place in (0, 4, 8))


def class_page(
    rows: dict[str, dict],
    names: list[str],
    graded: dict[str, list[dict]],
    notes: list[str],
    marks: dict[str, str] | None = None,
) -> str:
    """Who is stuck where: by misconception, the points of each exercise, and what a person should look at."""
    marks = marks or {}
    students, exercises = _count(len(rows), "student"), _count(len(names), "exercise")
    parts = ["<h1>The class</h1>", f"<p>{students}, {exercises}.</p>"]
    parts.append(
        '<nav aria-label="This page"><a href="#look">To look at</a><a href="#stuck">Stuck where</a>'
        '<a href="#points">Points</a><a href="#students">Students</a></nav>'
    )
    look = [*notes, *odd(graded)]
    items = "".join(f"<li>{_text(one)}</li>" for one in look)
    parts.append(f'<h2 id="look">To look at</h2>{f"<ul>{items}</ul>" if look else "<p>Nothing.</p>"}')
    parts.append(f'<h2 id="stuck">Stuck where</h2>{_stuck(rows)}')
    spread = "".join(f"<li>{_bars(rows, name)}</li>" for name in names)
    parts.append(f'<h2 id="points">Points of each exercise</h2><ul class="spread">{spread}</ul>')
    body = []
    for student, row in rows.items():
        mark = marks.get(_safe(student), "")
        cells = [f'<td class="number">{_points(row[n]) if n in row else ""}</td>' for n in names]
        cells += [f'<td class="number">{_text(mark)}</td>'] if marks else []
        cells += [f'<td class="number">{_total(row, mark):g}</td>']
        body.append(f'<tr><th scope="row">{_link(student)}</th>{"".join(cells)}</tr>')
    heads = [*names, *(["by hand"] if marks else []), "total"]
    head = "".join(f'<th scope="col" class="number">{name}</th>' for name in heads)
    table = f'<table><thead><tr><th scope="col">student</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    parts.append(
        '<h2 id="students">Students</h2>'
        f'<div class="wide" tabindex="0" role="region" aria-labelledby="students">{table}</div>'
        '<p class="muted">All of it as a table: <a href="grades.csv">grades.csv</a>. Marks of your own go into its '
        f"column {BY_HAND}.</p>"
    )
    return _page("The class", "".join(parts))


def _link(student: str) -> str:
    return f'<a href="students/{file_name(student)}.html">{_text(student)}</a>'


def _bars(rows: dict[str, dict], name: str) -> str:
    """The points of one exercise: how many students have 0, 1, …, 10, drawn, and in words."""
    there = [row[name] for row in rows.values() if name in row and row[name]["verdict"] != "grader_error"]
    points = [entry["points"] for entry in there if entry["verdict"] != "not_attempted"]
    title = words.of(name)["title"] if name in words.lessons() else ""
    head = f"<h3>{_text(f'{name} · {title}')}</h3>"
    if not points:
        return f"{head}<p>Nobody has handed it in.</p>"
    told = f"{len(points)} of {len(rows)} handed it in, median {median(points):g} of 10"
    bins = Counter(min(10, int(one)) for one in points)
    most = max(bins.values())
    drawn = "".join(
        f'<span>{bins[place] or ""}<i style="height:{70 * bins[place] / most:.0f}%"></i></span>'
        for place in range(11)
    )
    said = ", ".join(f"{place} points: {bins[place]}" for place in range(11) if bins[place])
    axis = "".join(f"<span>{place}</span>" for place in range(11))
    return (
        f'{head}<p>{told}.</p><div class="bars" role="img" aria-label="Students by points: {said}.">{drawn}</div>'
        f'<div class="axis" aria-hidden="true">{axis}</div>'
    )


def _stuck(rows: dict[str, dict]) -> str:
    """A card for each idea, that of most students first."""
    cards = []
    for idea, students, where in stuck(rows):
        named = ", ".join(map(_link, students[:12]))
        if len(students) > 12:
            named += f" and {len(students) - 12} more"
        cards.append(
            f'<li><h3><span class="many">{_count(len(students), "student")}</span>{_text(idea)}</h3>'
            f'<p class="muted">{_text("; ".join(where))}.</p><p>{named}</p></li>'
        )
    return f'<ul class="cards">{"".join(cards)}</ul>' if cards else "<p>Nobody.</p>"


def stuck(rows: dict[str, dict]) -> list[tuple[str, list[str], list[str]]]:
    """(what is believed, who, where it showed) of each idea, that of most students first.

    A misconception is one idea, in whichever exercises it showed, and is told in its own sentence. What is only a
    slip is told by its code.
    """
    who: dict[str, dict[str, None]] = {}
    where: dict[str, Counter[tuple[str, str]]] = {}
    for student, row in rows.items():
        for name, entry in row.items():
            if entry["verdict"] == "graded" and entry["code"] != "correct":
                idea = idea_of(name, entry["code"])
                who.setdefault(idea, {})[student] = None
                where.setdefault(idea, Counter())[name, entry["code"]] += 1
    lines = [
        (idea, list(students), [f"{name} {code.replace('_', ' ')}" + (f" ({times} times)" if times > 1 else "")
                                for (name, code), times in sorted(where[idea].items())])
        for idea, students in who.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-len(line[1]), line[0]))


def idea_of(name: str, code: str) -> str:
    """What a feedback code says about a student: a misconception as people would say it, or the slip it is."""
    said = words.of(name)["feedback"].get(code, {}) if name in words.lessons() else {}
    known = misconceptions().get(said.get("misconception", ""))
    if known:
        return f"{said['misconception']} · “{known}”"
    return f"{'A slip' if said else 'Another fault'} in {name}: {code.replace('_', ' ')}"


def _count(number: int, of: str) -> str:
    return f"{number} {of}{'' if number == 1 else 's'}"


def odd(graded: dict[str, list[dict]]) -> list[str]:
    """What a person should look at: files that can't be graded, files that are alike, and odd verdicts."""
    found = []
    digests: dict[str, list[str]] = {}
    for student, results in graded.items():
        for result in results:
            if result["digest"]:
                digests.setdefault(result["digest"], []).append(student)
            found += [f"{student}, {result['file']}: {note}" for note in result["notes"]]
            verdicts = Counter(entry["verdict"] for entry in result["exercises"].values())
            for verdict in ("timeout", "memory", "output", "crash", "tamper", "grader_error"):
                if verdicts[verdict]:
                    where = [name for name, one in result["exercises"].items() if one["verdict"] == verdict]
                    found.append(f"{student}, {result['file']}, {', '.join(where)}: {VERDICTS[verdict]}.")
        if len(results) > 1:
            found.append(f"{student} handed in {len(results)} files: the best entry of each exercise counts.")
    for students in digests.values():
        if len(set(students)) > 1:
            found.append(f"The same file came from {', '.join(sorted(set(students)))}.")
    return found


def file_name(student: str) -> str:
    """A file's name for a student: letters, digits and hyphens, and no two alike, also where 'Ann' is as 'ann'."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", student).strip("-")[:60] or "student"
    return plain if plain == student == student.lower() else f"{plain}-{_short(student)}"


def _short(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def _text(value: str, most: int = MOST) -> str:
    """A text from anywhere, harmless in a page: escaped, without control characters, and not too long."""
    shown = "".join(c if c.isprintable() or c == "\n" else " " for c in str(value)[:most])
    return escape(shown)


def _page(title: str, body: str) -> str:
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    rule = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{rule}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE}</style></head>"
        f'<body><main>{body}</main><footer class="muted"><p>Made {made} by cloudlab grade.</p></footer></body></html>\n'
    )


def _put(path: Path, content: str) -> Path:
    """Write a file whole: to another name first."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(content, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        said = (error.strerror or str(error)).lower()
        raise Unwritten(
            f"{path} can't be written ({said}): make room, and run it again; what is graded is kept."
        ) from None
    return path
