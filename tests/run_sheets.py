"""Makes docs/teaching/lessons: one sheet of paper for each lesson, from which a teacher runs it with a class.

    python tests/run_sheets.py

A sheet is made of the lesson's notebook, its words (`labs/NAME.toml`) and what a person wrote (`run_sheets.toml`); a
test holds that each is as made. Read `sheet` first.
"""

import ast
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from math import ceil
from pathlib import Path

from places import NOTEBOOKS, ROOT, TESTS
from times import EXERCISES, LABS, minutes, read

from cloudlab.kernel.misconceptions import misconceptions
from cloudlab.views.lesson import explore, stage
from cloudlab.views.words import clock

FOLDER = ROOT / "docs" / "teaching" / "lessons"
WRITTEN = tomllib.loads((TESTS / "run_sheets.toml").read_text(encoding="utf-8"))
LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))

ARRIVE, TALK, EXIT = 3, 2, 3
"""Minutes to sit down and open the lesson, to talk about a prediction, and for the exit question."""

LEAST = {"run": 3, "explain": 5, "modify": 6, "make": 8}
"""Minutes that a class takes at least for a section of this kind: tables are filled in, and answers tried."""

LEAST_WORK = 10
"""Minutes below which no exercise is begun."""

MORE = {"exercises": "the exercises, as far as they get", "spare": "to spare, for what they ask"}
"""What a plan holds beside the sections of the lesson."""

FIRST = ("bad day", "predict", "run", "exit", "recap", "explain", "check", "investigate", "modify", "make")
"""What a class does first where time is short: what stands behind is cut before what stands in front."""


@dataclass
class Part:
    """A section of a lesson: its heading, its cells, and which of FIRST it is."""

    title: str
    kind: str
    cells: list[dict] = field(default_factory=list)

    def minutes(self, words: dict, talks: int) -> int:
        """How long a class takes for it."""
        alone = ceil(minutes({"cells": self.cells}, words))
        return max(LEAST.get(self.kind, 1), alone) + (TALK * talks if self.kind == "predict" else 0)


@cache
def sheet(path: Path) -> str:
    """The whole sheet of the lesson whose notebook lies at `path`."""
    number, _, name = path.stem.partition("_")
    notebook, words, written = read(path), words_of(name), WRITTEN[name]
    title = re.search(r"^# (.*)$", text_of(notebook["cells"][0]), re.MULTILINE)[1]
    back = [asked(words, section, head) for section, head in QUESTIONS.items() if section in words]
    sections = [
        f"# Run sheet {title}",
        f"**What stays**: {written['aim']}",
        moment(name, notebook),
        plans(notebook, words, name, number),
        guesses(notebook, written),
        asked(words, "exit", "Exit question"),
        at_the_end(words, name, number),
        BACK,
        *back,
    ]
    return "\n\n".join(sections) + "\n"


QUESTIONS = {"warm-up": "Warm-up questions, about earlier lessons", "check": "Check questions"}
BACK = "---\n\n*On the back: the questions inside the lesson. Each stands in it with the same words.*"
"""What divides the sheet of paper from what is only looked up."""


def words_of(name: str) -> dict:
    """The words of a lesson."""
    return tomllib.loads((LABS / f"{name}.toml").read_text(encoding="utf-8"))


def text_of(cell: dict) -> str:
    """A cell's text with plain spaces, without the pictures in it."""
    return re.sub(r"!\[\]\([^)]*\) ?", "", "".join(cell["source"])).replace("\N{NO-BREAK SPACE}", " ")


# --- the key moment -----------------------------------------------------------------------------------------


def moment(name: str, notebook: dict) -> str:
    """The first stage: its share code, when it stops, and what it asks."""
    lab = import_module(f"cloudlab.labs.{name}")
    panel = explore(getattr(lab, first_stage(notebook)), stage, **lab.BAD_DAY)
    opening = lab.BAD_DAY["opening"]
    until = opening[1] if isinstance(opening, tuple) else opening
    lines = [
        "## The key moment",
        f"Share code: `{panel.code}` (paste it into *Share* of the lesson's first stage to bring this run back).",
        f"It plays by itself and stops at {clock(until, panel.record.end)}. It asks: “{lab.BAD_DAY['question']}”",
        "On the projector: `settings(projector=True)` in a cell of its own makes all letters larger.",
    ]
    return "\n\n".join([lines[0], "\n".join(f"- {line}" for line in lines[1:])])


def first_stage(notebook: dict) -> str:
    """The name of the scenario that the lesson's first stage shows."""
    for call in calls(notebook, "explore"):
        return call.args[0].id
    raise AssertionError("a lesson begins with a stage")


def calls(notebook: dict, name: str):
    """The calls of a function in a notebook's code, in order."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            yield from calls_in("".join(cell["source"]), name)


def calls_in(code: str, name: str) -> list[ast.Call]:
    """The calls of a function in some code, in order."""
    tree = ast.walk(ast.parse(re.sub(r"^[%!].*$", "", code, flags=re.MULTILINE)))
    found = [one for one in tree if isinstance(one, ast.Call) and getattr(one.func, "id", "") == name]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


# --- the plans ----------------------------------------------------------------------------------------------


def parts(notebook: dict) -> list[Part]:
    """The sections of a lesson, in order; questions are sections of their own."""
    found: list[Part] = []
    for cell in notebook["cells"]:
        text = text_of(cell)
        head = re.match(r"## (.*)$", text, re.MULTILINE) if cell["cell_type"] == "markdown" else None
        section = re.search(r'questions\("\w+", "([\w-]+)"\)', text) if cell["cell_type"] == "code" else None
        if section:
            kind = "exit" if section[1] == "exit" else "check"
            title = {"warm-up": "Warm-up questions", "check": "Check questions", "exit": "Exit question"}
            found.append(Part(title[section[1]], kind, [cell]))
        elif head and len(found) == 1 and not found[0].title:
            found[0].title = head[1]
            found[0].cells.append(cell)
        elif head or not found:
            found.append(Part(head[1], kind_of(head[1]), [cell]) if head else Part("", "bad day", [cell]))
        elif cell["cell_type"] == "markdown" and found[-1].title in ("Warm-up questions", "Check questions"):
            found.append(Part(heading(text) or "More", "investigate", [cell]))
        elif found[-1].title.endswith("questions"):
            found.append(Part("More", "investigate", [cell]))
        else:
            found[-1].cells.append(cell)
    return found


def heading(text: str) -> str:
    """The heading in a text, or ''."""
    found = re.search(r"^#{2,3} (.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def kind_of(title: str) -> str:
    """Which of FIRST a section with this heading is."""
    known = {"Predict": "predict", "Explain": "explain", "Modify": "modify", "Make": "make", "Recap": "recap"}
    return "run" if title.startswith("Run") else known.get(title, "investigate")


def plan(sections: list[Part], words: dict, talks: int, whole: int, more: int) -> list[tuple[Part, int]]:
    """(part, minutes) of what fits into a lesson of `whole` minutes; `more` are wanted for exercises."""
    left = whole - ARRIVE - EXIT
    chosen: dict[int, int] = {}
    order = sorted(range(len(sections)), key=lambda place: (FIRST.index(sections[place].kind), place))
    for place in order:
        part = sections[place]
        need = EXIT if part.kind == "exit" else part.minutes(words, talks)
        if part.kind == "exit":
            chosen[place] = need
        elif need <= left:
            chosen[place], left = need, left - need
    found = [(sections[place], chosen[place]) for place in sorted(chosen)]
    work = min(left, more) if left >= LEAST_WORK else 0
    rest = [(Part("", "exercises"), work), (Part("", "spare"), left - work)]
    return found + [(part, time) for part, time in rest if time]


def plans(notebook: dict, words: dict, name: str, number: str) -> str:
    """The table of minutes, what to cut, and the cells that take long."""
    sections, talks = parts(notebook), len(list(calls(notebook, "predict")))
    exercise = words["home"].get("exercise_minutes", 0)
    short, long = plan(sections, words, talks, 50, 0), plan(sections, words, talks, 90, exercise)
    rows = ["| section | 50 minutes | 90 minutes |", "|---|---|---|"]
    rows.append(f"| sit down, open lesson {number} | {ARRIVE} | {ARRIVE} |")
    rows += [f"| {part.title} | {minutes_in(short, part)} | {minutes_in(long, part)} |" for part in sections]
    for kind, title in MORE.items():
        found = [sum(time for part, time in one if part.kind == kind) for one in (short, long)]
        if any(found):
            rows.append(f"| {title} | {found[0] or '–'} | {found[1] or '–'} |")
    rows.append("| **in all** | **50** | **90** |")
    cut = [part.title for part in sections if part not in [one for one, _ in short]]
    lines = ["## Minutes", "\n".join(rows)]
    lines.append(
        f"Cut in 50 minutes, and left for home: {', '.join(cut)}." if cut else "In 50 minutes all of it fits."
    )
    slow = WRITTEN[name].get("slow", {})
    if slow:
        told = ", ".join(f"`{cell}` ({seconds:g} s)" for cell, seconds in slow.items())
        lines.append(f"Slow cells, on two cores: {told}. Start them, and ask what they will say.")
    else:
        lines.append("No cell takes over two seconds on two cores.")
    return "\n\n".join(lines)


def minutes_in(chosen: list[tuple[Part, int]], part: Part) -> str:
    """The minutes of a part in a plan, as its table says them."""
    return next((str(time) for one, time in chosen if one is part), "–")


# --- what they say, and what to reply -----------------------------------------------------------------------


def guesses(notebook: dict, written: dict) -> str:
    """For each prediction: how to ask, what comes, what is usual, and what to reply."""
    came = outcomes(notebook)
    blocks = []
    for call in calls(notebook, "predict"):
        key, question = (ast.literal_eval(argument) for argument in call.args[:2])
        said = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        own, unit = written["predictions"][key], f" {said['unit']}" if "unit" in said else ""
        lines = [f"**{question}**"]
        if "options" in said:
            lines.append(f"- They choose: {', '.join(said['options'])}.")
        lines.append(f"- Ask: {own['prompt']}")
        if key in came:
            lines.append(f"- It comes out as: {came[key]}{unit if came[key][0].isdigit() else ''}.")
        lines.append(f"- Usual: {own['usual']}")
        lines.append(f"- Reply: “{own['reply']}”")
        blocks.append("\n".join(lines))
    return "\n\n".join(["## Predictions", "Nobody plays on before all have locked in a guess.", *blocks])


def outcomes(notebook: dict) -> dict[str, str]:
    """What each prediction is compared with, from the lesson's stored outputs."""
    found = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        keys = [
            ast.literal_eval(call.args[0]) for call in calls_in("".join(cell["source"]), "compare_prediction")
        ]
        shown = "".join(
            "".join(out.get("text") or out.get("data", {}).get("text/plain", "")) for out in cell["outputs"]
        )
        values = re.findall(r"No prediction yet\. It was (.*?)\.$", shown, re.MULTILINE)
        if len(keys) == len(values):
            found |= dict(zip(keys, values, strict=True))
    return found


def asked(words: dict, section: str, head: str) -> str:
    """The questions of a section: what is right, and for each wrong option what it shows and what to reply."""
    known = misconceptions()
    blocks = []
    for question in words[section]:
        lines = [f"**{question['text'].strip()}**"]
        for option in sorted(question["options"], key=lambda option: not option.get("right", False)):
            if option.get("right"):
                lines.append(f"- ✓ **{option['text']}** {option['feedback']}")
            else:
                idea = option["misconception"]
                believed = f" *({idea}: “{known[idea]}”)*" if idea in known else ""
                lines.append(f"- ✗ **{option['text']}**{believed} {option['feedback']}")
        blocks.append("\n".join(lines))
    return "\n\n".join([f"## {head}", *blocks])


def at_the_end(words: dict, name: str, number: str) -> str:
    """What they hand in, and where."""
    path = EXERCISES / name / "words.toml"
    if not path.is_file():
        return "## At the end\n\nThis lesson has no exercises."
    tasks = tomllib.loads(path.read_text(encoding="utf-8"))
    listed = "\n".join(f"- {one} · {said['title']}" for one, said in tasks.items())
    notebook = f"exercises/{number}_{name}.ipynb"
    return (
        f"## At the end\n\nThey hand in `{notebook}`, with `cloudlab pack {number}`; "
        f"about {words['home']['exercise_minutes']} minutes:\n\n{listed}\n\n"
        "How it is graded: [the guide](../README.md)."
    )


GUIDE = ROOT / "docs" / "teaching" / "README.md"
MARK = "<!-- sheets: made by tests/run_sheets.py -->\n"


def guide() -> str:
    """The teacher's guide, with a link to each sheet at its end."""
    titles = {
        path.stem: re.search(r"^# (.*)$", text_of(read(path)["cells"][0]), re.MULTILINE)[1]
        for path in LESSONS
    }
    links = "\n".join(f"- [{title}](lessons/{stem}.md)" for stem, title in titles.items())
    return f"{GUIDE.read_text(encoding='utf-8').partition(MARK)[0]}{MARK}\n{links}\n"


def main() -> None:
    """Write all sheets, and the guide's list of them."""
    GUIDE.write_text(guide(), encoding="utf-8", newline="\n")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in LESSONS:
        (FOLDER / f"{path.stem}.md").write_text(sheet(path), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
