"""What a teacher and a student get to see: grades.csv, a page for each student, a page for the class.

All of it is made anew from the result files, by one writer. What comes from a submission is written as text, without
control characters and not too much of it. Read `write` first.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from cloudlab.grading.results import VERDICTS
from cloudlab.judge import words

BY_HAND = "by_hand"
"""The column in which a teacher writes marks of their own: it survives each new run."""

MOST = 400
"""Characters of a text from outside that are shown."""

STYLE = """
:root { color-scheme: light dark; --ink: #17202c; --muted: #4b5666; --ground: #fff; --line: #c9d1dc; --well: #f3f6fa;
  --ok: #00684a; --fail: #a83f00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf4; --muted: #b4becc; --ground: #12181f; --line: #3a4654;
  --well: #1b232d; --ok: #5fd0a6; --fail: #ffa36b; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
section { background: var(--well); border-radius: .6rem; padding: .6rem 1rem; margin: 1rem 0; }
.ok { color: var(--ok); } .fail { color: var(--fail); } .muted { color: var(--muted); }
pre { white-space: pre-wrap; font: inherit; margin: .4rem 0; }
"""


def write(
    folder: Path, graded: dict[str, list[dict]], notes: list[str], *, hidden: Iterable[str] = ()
) -> list[Path]:
    """Write all reports of a class into `folder`; returns the files. `graded` holds the results of each student.

    `notes` are sentences for the teacher. Marks by hand in a grades.csv that is there are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = exercises_of(graded)
    marks = marks_of(folder / "grades.csv")
    rows = {student: best_of(results, names) for student, results in graded.items()}
    files = [_put(folder / "grades.csv", grades(rows, names, marks))]
    files.append(_put(folder / "class.html", class_page(rows, names, graded, notes)))
    for student, row in rows.items():
        page = student_page(student, row, names, graded[student])
        files.append(_put(folder / "students" / f"{file_name(student)}.html", page))
    return files


def exercises_of(graded: dict[str, list[dict]]) -> list[str]:
    """The exercises that stand in any result, in order."""
    found = {name for results in graded.values() for result in results for name in result["exercises"]}
    return sorted(found, key=lambda name: (len(name), name))


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
    """The marks by hand that stand in a grades.csv, by student."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    return {row["student"]: row[BY_HAND] for row in rows if row.get("student") and row.get(BY_HAND)}


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
        total = sum(entry["points"] for entry in row.values()) + _number(marks.get(student, ""))
        writer.writerow([_safe(student), f"{total:g}", marks.get(student, ""), *cells])
    return out.getvalue()


def _points(entry: dict) -> str:
    """Points as they stand in a table; nothing where the grader failed, which is no zero."""
    return "" if entry["verdict"] == "grader_error" else f"{entry['points']:g}"


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def student_page(student: str, row: dict, names: list[str], results: list[dict]) -> str:
    """What one student reads: points and feedback of each exercise, and nothing of hidden workloads."""
    total = sum(entry["points"] for entry in row.values())
    most = 10 * len([name for name in names if name in row])
    parts = [f"<h1>{_text(student)}</h1>", f"<p>{total:g} of {most} points.</p>"]
    for name in names:
        if entry := row.get(name):
            title = words.of(name)["title"] if name in words.lessons() else ""
            shown = "ok" if entry["code"] == "correct" else "fail"
            mark = "✓" if entry["code"] == "correct" else "○" if entry["verdict"] == "not_attempted" else "✗"
            head = f"{name} · {title}: {entry['points']:g} of 10"
            which = f"Variant {entry['variant']}." if entry["variant"] else ""
            parts.append(
                f'<section><h2><span class="{shown}">{mark}</span> {_text(head)}</h2>'
                f"<pre>{_text(entry['told'], 2000)}</pre>"
                f'<p class="muted">{which} Verdict: {_text(VERDICTS[entry["verdict"]])}.</p></section>'
            )
    handed = [
        f"<li>{_text(result['file'])}, received as {result['digest'][:12] or 'unreadable'}</li>"
        for result in results
    ]
    parts.append(f"<h2>What was handed in</h2><ul>{''.join(handed)}</ul>")
    return _page(f"{student}: feedback", "".join(parts))


def class_page(
    rows: dict[str, dict], names: list[str], graded: dict[str, list[dict]], notes: list[str]
) -> str:
    """Who is stuck where: by misconception, the points of each exercise, and what a person should look at."""
    parts = ["<h1>The class</h1>", f"<p>{len(rows)} students, {len(names)} exercises.</p>"]
    look = [*notes, *odd(graded)]
    items = "".join(f"<li>{_text(one)}</li>" for one in look)
    parts.append(f"<h2>To look at</h2>{f'<ul>{items}</ul>' if look else '<p>Nothing.</p>'}")
    parts.append(
        "<h2>Points</h2>"
        + _table(["exercise", "median", "0–4", "5–7", "8–10", "handed in"], _spread(rows, names))
    )
    parts.append("<h2>Stuck where</h2>" + _table(["idea", "students", "who"], stuck(rows)))
    body = []
    for student, row in rows.items():
        link = f'<a href="students/{file_name(student)}.html">{_text(student)}</a>'
        cells = [f'<td class="number">{_points(row[n]) if n in row else ""}</td>' for n in names]
        total = sum(entry["points"] for entry in row.values())
        body.append(f'<tr><th scope="row">{link}</th>{"".join(cells)}<td class="number">{total:g}</td></tr>')
    head = "".join(f'<th scope="col" class="number">{name}</th>' for name in [*names, "total"])
    table = f'<table><thead><tr><th scope="col">student</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    parts.append(
        f'<h2>Students</h2><div class="wide" tabindex="0" role="region" aria-label="Students">{table}</div>'
    )
    return _page("The class", "".join(parts))


def _spread(rows: dict[str, dict], names: list[str]) -> list[list[str]]:
    """For each exercise: the median of the points, and how many have few, some, and many of them."""
    lines = []
    for name in names:
        there = [row[name] for row in rows.values() if name in row and row[name]["verdict"] != "grader_error"]
        points = sorted(entry["points"] for entry in there)
        middle = (points[(len(points) - 1) // 2] + points[len(points) // 2]) / 2 if points else 0.0
        bands = [sum(low <= value < high for value in points) for low, high in ((0, 5), (5, 8), (8, 11))]
        handed = sum(entry["verdict"] != "not_attempted" for entry in there)
        lines.append([name, f"{middle:g}", *map(str, bands), f"{handed} of {len(rows)}"])
    return lines


def stuck(rows: dict[str, dict]) -> list[list[str]]:
    """The ideas that most students hold, with their misconception where they have one, and who they are."""
    who: dict[tuple[str, str], list[str]] = {}
    for student, row in rows.items():
        for name, entry in row.items():
            if entry["verdict"] == "graded" and entry["code"] != "correct":
                who.setdefault((name, entry["code"]), []).append(student)
    lines = []
    for (name, code), students in sorted(who.items(), key=lambda item: (-len(item[1]), item[0])):
        said = words.of(name)["feedback"].get(code, {}) if name in words.lessons() else {}
        idea = said.get("misconception", "")
        shown = f"{name} {code}" + (f" ({idea})" if idea else "")
        named = ", ".join(students[:12]) + (f" and {len(students) - 12} more" if len(students) > 12 else "")
        lines.append([shown, str(len(students)), named])
    return lines


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
    """A file's name for a student: letters, digits and hyphens, and no two alike."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", student).strip("-")[:60] or "student"
    return plain if plain == student else f"{plain}-{_short(student)}"


def _short(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _table(head: list[str], lines: list[list[str]]) -> str:
    if not lines:
        return "<p>Nobody.</p>"
    top = "".join(f'<th scope="col">{_text(one)}</th>' for one in head)
    rows = "".join("<tr>" + "".join(f"<td>{_text(one)}</td>" for one in line) + "</tr>" for line in lines)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table>"


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
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(content, encoding="utf-8")
    part.replace(path)
    return path
