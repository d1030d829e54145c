"""The rules of a lesson, held for every notebook `NN_name.ipynb` and the words in `labs/name.toml`.

A later lesson is covered as soon as its notebook is there. Each rule is a function from a lesson to the places
that break it, and is tried on a spoilt copy too, so that none of them is a rule that nothing can break.
"""

import ast
import copy
import json
import re
import tomllib
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from places import NOTEBOOKS, ROOT

from cloudlab.judge.question import exercises
from cloudlab.judge.words import of
from cloudlab.kernel.measures import in_service, reaction
from cloudlab.kernel.misconceptions import misconceptions
from cloudlab.kernel.record import Status
from cloudlab.labs import autoscaling_limits, load_balancing
from cloudlab.labs.autoscaling_policies import JUMP
from cloudlab.traffic import daily
from cloudlab.views.charts.lane_counts import read_lanes
from cloudlab.views.lesson import questions
from cloudlab.views.line import in_line
from cloudlab.views.panel import Panel
from cloudlab.views.words import clock

LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
EXERCISES = sorted((NOTEBOOKS / "exercises").glob("[0-9][0-9]_*.ipynb"))
STEPS = ["predict", "run", "investigate", "modify", "make"]
UNMARKED: set[str] = set()
"""Lessons whose lines are not marked yet with the misconceptions that they clear."""

MARK = re.compile(r"<!--\s*([A-Z]\d(?: [A-Z]\d)*)\s*-->")
"""At the end of a line of text, and not seen by a learner: the line clears these misconceptions."""

VERBS = frozenset(
    """
    build choose compare compute configure count defend design diagnose draw estimate explain justify measure name
    pack plan predict read repeat roll run set size sort split tell trace write
    """.split()  # noqa: SIM905 - a list of words reads better than a list of quotes
)
AMOUNT = re.compile(r"\d+(?:[,.]\d+)*")
BANNED = re.compile(r"\b(understand|know|learn about|be aware)\b", re.IGNORECASE)


@dataclass
class Lesson:
    """A notebook's cells and its file of words."""

    number: str
    cells: list[dict]
    words: dict

    def texts(self) -> list[dict]:
        """The text cells."""
        return [cell for cell in self.cells if cell["cell_type"] == "markdown"]

    def codes(self) -> list[dict]:
        """The code cells."""
        return [cell for cell in self.cells if cell["cell_type"] == "code"]

    def objectives(self) -> dict[str, str]:
        """O1, O2, … of the title cell and what they say."""
        return dict(re.findall(r"^- (O\d+): (.+)$", self.source(self.cells[0]), re.MULTILINE))

    @staticmethod
    def source(cell: dict) -> str:
        """The text of a cell, with plain spaces."""
        return "".join(cell["source"]).replace("\N{NO-BREAK SPACE}", " ")

    def options(self) -> list[dict]:
        """All options of all questions."""
        sections = (
            value for name, value in self.words.items() if isinstance(value, list) and name != "clears"
        )
        return [option for section in sections for question in section for option in question["options"]]


def lesson(path: Path) -> Lesson:
    """A lesson as it lies in the folder."""
    number, stem = path.stem.split("_", 1)
    words = tomllib.loads((ROOT / "cloudlab" / "labs" / f"{stem}.toml").read_text(encoding="utf-8"))
    return Lesson(number, json.loads(path.read_text(encoding="utf-8"))["cells"], words)


# The rules: what breaks each of them


def steps_in_order(one: Lesson) -> list[str]:
    """Predict, run, investigate, modify, make: all five, in this order (P1)."""
    tags = [tag for cell in one.cells for tag in cell["metadata"].get("tags", []) if tag in STEPS]
    firsts = list(dict.fromkeys(tags))
    return [] if firsts == STEPS and tags == sorted(tags, key=STEPS.index) else [str(firsts)]


def objectives_and_checks_meet(one: Lesson) -> list[str]:
    """Each objective has a question, and each question of check and exit names an objective (P2)."""
    asked = {question["objective"] for name in ("check", "exit") for question in one.words[name]}
    wanted = set(one.objectives())
    return sorted(asked ^ wanted) if wanted else ["no objective"]


def warm_up_looks_back(one: Lesson) -> list[str]:
    """Each question of the warm-up names a lesson before this one; lesson 00 asks about everyday life (P8)."""
    asked = [question["objective"] for question in one.words["warm-up"]]
    if one.number == "00":
        return [text for text in asked if text != "everyday life"]
    return [text for text in asked if not re.match(r"\d\d\b", text) or text[:2] >= one.number]


def the_place_of_an_option_tells_nothing(one: Lesson) -> list[str]:
    """Of a lesson's questions at most half have the right option at the same place."""
    asked = [question for name in ("warm-up", "check", "exit") for question in one.words[name]]
    places = [
        [option.get("right", False) for option in question["options"]].index(True) for question in asked
    ]
    often = Counter(places).most_common(1)[0]
    return [f"place {often[0] + 1} of {often[1]}"] if 2 * often[1] > len(asked) else []


def the_exit_asks_with_other_numbers(one: Lesson) -> list[str]:
    """No line of the lesson has all numbers of a question of the exit: it asks for the idea, not for what was said."""
    outputs = [output for cell in one.codes() for output in cell["outputs"]]
    printed = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    told = [*map(one.source, one.cells), *("".join(text) for text in printed)]
    lines = [line for text in told for line in text.splitlines()]
    return [
        question["key"]
        for question in one.words["exit"]
        if len(numbers := set(AMOUNT.findall(question["text"]))) > 1
        and any(numbers <= set(AMOUNT.findall(line)) for line in lines if question["text"] not in line)
    ]


def something_to_do_every_eight_cells(one: Lesson) -> list[str]:
    """A question, a prediction or a task at least every eight cells (P3)."""
    places = [
        index
        for index, cell in enumerate(one.cells)
        if cell["cell_type"] == "code" and re.search(r"\b(questions|predict|tasks)\(", one.source(cell))
    ]
    ends = [-1, *places, len(one.cells)]
    return [f"cells {a} to {b}" for a, b in pairwise(ends) if b - a > 9]


def misconceptions_are_cleared(one: Lesson) -> list[str]:
    """Each misconception of the lesson has a wrong option, whose feedback answers it (P4)."""
    found = {option.get("misconception") for option in one.options()}
    return [name for name in one.words.get("clears", []) if name not in found]


def misconceptions_have_a_line(one: Lesson) -> list[str]:
    """Each misconception of the lesson has a line of text that clears it, and marks are of known ones."""
    marks = set(where_cleared(one))
    if one.number in UNMARKED and not marks:
        return []
    return sorted(set(one.words.get("clears", [])) - marks | marks - set(misconceptions()))


def where_cleared(one: Lesson) -> dict[str, str]:
    """The lines that clear a misconception, by its id: `cell: line`."""
    lines = ((cell["id"], line) for cell in one.texts() for line in one.source(cell).splitlines())
    return {
        name: f"{cell}: {MARK.sub('', line).strip()}"
        for cell, line in lines
        for found in MARK.findall(line)
        for name in found.split()
    }


def objectives_can_be_observed(one: Lesson) -> list[str]:
    """Objectives begin with what one can see somebody do (P7)."""
    said = one.objectives().values()
    return [text for text in said if text.split()[0] not in VERBS or BANNED.search(text)]


def three_questions_before_the_explanation(one: Lesson) -> list[str]:
    """Three questions from earlier lessons stand right before the explanation, which needs them (P8)."""
    places = [place for place, cell in enumerate(one.cells) if '"warm-up"' in one.source(cell)]
    next_ones = [one.cells[place + 1]["id"] for place in places]
    return [] if len(one.words["warm-up"]) == 3 and next_ones == ["explain"] else [str(next_ones)]


def the_bad_day_comes_first(one: Lesson) -> list[str]:
    """At most 60 words of title and 120 in all stand before a stage that opens by itself: the first code cell.

    It has at most six lines: how that stage begins stands in the labs module, as BAD_DAY.
    """
    place = next(place for place, cell in enumerate(one.cells) if cell["cell_type"] == "code")
    before = [
        re.sub(r"<details>.*?</details>", "", one.source(cell), flags=re.DOTALL) for cell in one.cells[:place]
    ]
    words = [len(text.split()) for text in before]
    code = one.source(one.cells[place])
    opens = re.search(r"explore\(scenario, stage, \*\*BAD_DAY\)", code)
    lines = len(code.splitlines())
    fine = place <= 2 and opens and words[0] <= 60 and sum(words) <= 120 and lines <= 6
    return [] if fine else [f"cell {place}, {words} words, {lines} lines"]


def the_first_stage_tells_no_surprise(one: Lesson) -> list[str]:
    """What is stored of it, and of its charts, ends where its opening stops; what asks is stored as one line."""
    texts = {
        cell["id"]: ["".join(output.get("data", {}).get("text/plain", [])) for output in cell["outputs"]]
        for cell in one.codes()
    }
    asking = [cell["id"] for cell in one.codes() if re.search(r"\b(questions|predict)\(", one.source(cell))]
    first = one.codes()[0]["id"]
    told = [first] if not re.search(r"\nIt stands at \S+ (h )?of [^\0]*\?$", "".join(texts[first])) else []
    ticked = [cell for cell, shown in texts.items() if any("✓ done" in text for text in shown)]
    more = [cell["id"] for cell in one.codes() if ".also(" in one.source(cell)]
    told += [cell for cell in more if any(re.search(r"\d", text) for text in texts[cell])]
    return told + ticked + [cell for cell in asking if any("\n" in text for text in texts[cell])]


def no_task_tells_a_prediction(one: Lesson) -> list[str]:
    """What a prediction asks for, from 10 on, stands in no task below it."""
    stored = "".join("".join(output.get("text", [])) for cell in one.codes() for output in cell["outputs"])
    came = {
        number for number in re.findall(r"No prediction yet\. It was ([\d.,]+)\.", stored) if len(number) > 1
    }
    asked = re.findall(r"\bTask\(\s*\"([^\"]*)\"", "".join(one.source(cell) for cell in one.codes()))
    return [words for words in asked if came & set(re.findall(r"\d[\d.,]*\d", words))]


MOST, STRETCH = 1500, 80
"""Words of a lesson, and words without something to do."""

TABLE = re.compile(r"(?:^ *\|.*\n?)+", re.MULTILINE)
FILL_IN = re.compile(rf"(^.*\b(?:cover|fill)\b.*\n)\n*{TABLE.pattern}", re.MULTILINE | re.IGNORECASE)
"""A table that the learner fills in, after the line that says so; it is something to do."""


def words_are_few(one: Lesson) -> list[str]:
    """A lesson has at most 1,500 words; code, tables and marks are none."""
    number = sum(words_of(one.source(cell)) for cell in one.texts())
    return [f"{number} words"] if number > MOST else []


def words_of(text: str) -> int:
    """How many words of a text a reader reads as prose."""
    text = re.sub(r"^ *```.*?^ *```|<!--.*?-->|</?\w+>", " ", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"!?\[(.*?)\]\([^)]*\)", r"\1", TABLE.sub(" ", text))
    return sum(1 for word in text.split() if re.search(r"\w", word))


def never_long_without_something_to_do(one: Lesson) -> list[str]:
    """At most 80 words stand between two things to do: a cell to run, a question, a table to fill in.

    What the title folds away is not in the way.
    """
    found, reached = [], 0
    for cell in one.cells:
        if cell["cell_type"] == "code":
            reached = 0
            continue
        text = one.source(cell)
        if cell is one.cells[0]:
            text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
        first, *others = FILL_IN.sub(r"\1\0", text).split("\0")
        for words in (reached + words_of(first), *map(words_of, others)):
            found += [f"{cell['id']}: {words} words"] if words > STRETCH else []
        reached = words_of(others[-1]) if others else reached + words_of(first)
    return found


def each_question_is_asked_once(one: Lesson) -> list[str]:
    """Each question of the lesson's words stands in one of its cells, and in one only."""
    asked = [
        question.key
        for cell in one.codes()
        for call in re.findall(r"^questions\(.*\)$", one.source(cell), re.MULTILINE)
        for question in eval(call, {"questions": questions}).questions
    ]
    there = [question["key"] for name in ("warm-up", "check", "exit") for question in one.words[name]]
    return [] if sorted(asked) == sorted(there) else sorted(set(asked) ^ set(there)) or ["asked twice"]


def the_last_text_links_home_back_and_on(one: Lesson) -> list[str]:
    """Its last line leads to the home page, to the lesson before and to the next one, where there are any."""
    last = one.source(one.texts()[-1]).splitlines()[-1]
    back, on = around(one.number)
    return [] if links(last) == ["index.ipynb", *back, *on] else [last]


def around(number: str) -> tuple[list[str], list[str]]:
    """The names of the lesson before this one and of the next, each as a list that may be empty."""
    place = [path.name[:2] for path in LESSONS].index(number)
    back, on = (LESSONS[max(0, at) : at + 1] for at in (place - 1, place + 1))
    return [path.name for path in back], [path.name for path in on]


def links(text: str) -> list[str]:
    """Where the links of a text lead."""
    return re.findall(r"\]\(([^)]*)\)", text)


def pictures_have_words(one: Lesson) -> list[str]:
    """No picture is stored, and whatever a cell shows has a text (P11)."""
    shown = [output for cell in one.codes() for output in cell["outputs"] if "data" in output]
    return [
        str(sorted(output["data"]))
        for output in shown
        if "image/png" in output["data"] or "text/plain" not in output["data"]
    ]


def one_short_sentence_a_line(one: Lesson) -> list[str]:
    """Prose has one sentence a line: one in twenty may have more than 25 words, and none more than 40 (P12)."""
    lines = prose(one)
    long, longer = ([line for line in lines if len(line.split()) > words] for words in (25, 40))
    two = [line for line in lines if re.search(r"[a-z)”][.?!] [A-Z]", line)]
    return two + (long if len(long) > len(lines) / 20 else longer)


def reads_easily(one: Lesson) -> list[str]:
    """The reading level of the prose is grade 10 at most (P12)."""
    reached = grade(" ".join(prose(one)))
    return [] if reached <= 10 else [f"grade {reached:.1f}"]


PRINTED = 122
"""Characters after which JupyterLab breaks a printed line, 1,400 pixels wide and beside its list of files."""


def nothing_printed_is_broken_in_a_word(one: Lesson) -> list[str]:
    """A break falls on a space, also in a line of a log, and in what stands where a picture will be."""
    lines = [line for cell in one.codes() for output in cell["outputs"] for line in told_by(output)]
    return [
        line[at - 20 : at + 20]
        for line in lines
        for at in range(PRINTED, len(line), PRINTED)
        if " " not in line[at - 1 : at + 1]
    ]


def told_by(output: dict) -> list[str]:
    """The lines of a stored output that a notebook shows letter by letter: no HTML and no Markdown."""
    data = output.get("data", {})
    shown = output.get("text", [] if data.keys() - {"text/plain"} else data.get("text/plain", []))
    return "".join(shown).splitlines()


def a_date_can_be_broken_at_its_spaces_only(one: Lesson) -> list[str]:
    """30 June 2027, not 2027-06-30, which a narrow screen breaks at its hyphens."""
    return [date for cell in one.texts() for date in re.findall(r"\d{4}-\d\d-\d\d", one.source(cell))]


def reality_is_short(one: Lesson) -> list[str]:
    """One box 'Model and reality' of at most five lines (P13)."""
    boxes = [one.source(cell) for cell in one.texts() if "Model and reality" in one.source(cell)]
    lines = [line for box in boxes for line in box.splitlines()[1:] if line.strip()]
    return [] if len(boxes) == 1 and len(lines) <= 5 else [f"{len(boxes)} boxes, {len(lines)} lines"]


def a_template_stands_behind_reality(one: Lesson) -> list[str]:
    """The cell behind 'Model and reality' shows the same wiring as a template; lesson 00 has none to show."""
    ids = [cell["id"] for cell in one.cells]
    after = [ids[place + 1] for place, name in enumerate(ids) if name == "reality"]
    return [] if (after == ["template"]) == (one.number != "00") else [f"behind reality: {after}"]


def cells_are_few_and_short(one: Lesson) -> list[str]:
    """18 to 26 cells, and one with a template; none with more than 15 lines of code, each with a word as its id.

    No line but an import is cut where the list of files is open (1400 pixels).
    """
    long = [cell["id"] for cell in one.codes() if len(one.source(cell).splitlines()) > 15]
    long += [
        f"{cell['id']}: {line}"
        for cell in one.codes()
        for line in one.source(cell).splitlines()
        if len(line) > 112 and not line.startswith("from ")
    ]
    odd = [cell["id"] for cell in one.cells if not re.fullmatch(r"[a-z]+(-[a-z]+)*", cell["id"])]
    count = sum(cell["id"] != "template" for cell in one.cells)
    return long + odd + ([] if 18 <= count <= 26 else [f"{count} cells"])


def no_sum_of_money_is_read_as_a_formula(one: Lesson) -> list[str]:
    """No text cell has two dollar signs: a notebook sets what stands between them as mathematics."""
    return [cell["id"] for cell in one.texts() if one.source(cell).count("$") > 1]


def set_up_is_one_import(one: Lesson) -> list[str]:
    """What a lesson shows comes from one import line."""
    lines = [
        line for cell in one.codes() for line in one.source(cell).splitlines() if "cloudlab.views" in line
    ]
    return [] if lines == ["from cloudlab.views.lesson import *"] else lines


def code_can_be_read(one: Lesson) -> list[str]:
    """Each code cell is plain Python: no magic, no shell, no bare matplotlib figure (P11)."""
    broken = []
    for cell in one.codes():
        try:
            ast.parse(one.source(cell))
        except SyntaxError:
            broken.append(cell["id"])
    return broken + [cell["id"] for cell in one.codes() if "matplotlib" in one.source(cell)]


def prose(one: Lesson) -> list[str]:
    """The lines of text cells that are sentences: no headings, tables, code."""
    lines = []
    for cell in one.texts():
        text = re.sub(r"^ *```.*?^ *```|<!--.*?-->", "", one.source(cell), flags=re.DOTALL | re.MULTILINE)
        lines += [re.sub(r"^[-*\d.]+ ", "", line.strip()) for line in text.splitlines()]
    return [line for line in lines if line and not re.match(r"[#|<]|O\d+:", line)]


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text, syllables counted as groups of vowels."""
    words = re.findall(r"[A-Za-z']+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    sentences = max(1, len(re.findall(r"[.?!:](?:\s|$)", text)))
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


RULES = [
    steps_in_order,
    objectives_and_checks_meet,
    warm_up_looks_back,
    something_to_do_every_eight_cells,
    the_place_of_an_option_tells_nothing,
    the_exit_asks_with_other_numbers,
    misconceptions_are_cleared,
    misconceptions_have_a_line,
    objectives_can_be_observed,
    three_questions_before_the_explanation,
    the_bad_day_comes_first,
    the_first_stage_tells_no_surprise,
    no_task_tells_a_prediction,
    words_are_few,
    never_long_without_something_to_do,
    each_question_is_asked_once,
    the_last_text_links_home_back_and_on,
    pictures_have_words,
    one_short_sentence_a_line,
    reads_easily,
    nothing_printed_is_broken_in_a_word,
    a_date_can_be_broken_at_its_spaces_only,
    reality_is_short,
    a_template_stands_behind_reality,
    cells_are_few_and_short,
    no_sum_of_money_is_read_as_a_formula,
    set_up_is_one_import,
    code_can_be_read,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_keeps_the_rule(path, rule):
    assert rule(lesson(path)) == []


def test_there_are_lessons():
    assert LESSONS


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_exercises_link_home_back_to_their_lesson_and_on_to_the_next_one(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    last = next(cell for cell in reversed(cells) if cell["cell_type"] == "markdown")
    _, on = around(path.name[:2])
    wanted = ["../index.ipynb", *(f"../{name}" for name in [path.name, *on])]
    assert links("".join(last["source"]).splitlines()[-1]) == wanted
    assert [cell["id"] for cell in cells if "exercises/" in "".join(cell["source"])] == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_leads_to_its_exercises(path):
    assert f"exercises/{path.name}" in [
        to for cell in lesson(path).texts() for to in links(Lesson.source(cell))
    ]


# Each rule can be broken


def spoilt(change) -> Lesson:
    """The first lesson with one thing wrong."""
    one = copy.deepcopy(lesson(LESSONS[0]))
    change(one)
    return one


def _swap_tags(one):
    for cell in one.cells:
        tags = cell["metadata"].get("tags", [])
        cell["metadata"]["tags"] = ["run" if tag == "make" else tag for tag in tags]


def _retitle(one, old, new):
    one.cells[0]["source"] = re.sub(old, new, one.source(one.cells[0]))


def _drop_doing(one):
    for cell in one.codes()[1:]:
        cell["source"] = "pass"


def _right_ones_first(one):
    for name in ("warm-up", "check", "exit"):
        for question in one.words[name]:
            question["options"].sort(key=lambda option: not option.get("right", False))


def _show_png(one):
    one.codes()[0]["outputs"] = [{"data": {"image/png": "", "text/plain": ""}}]


def _lead_astray(one):
    last = one.texts()[-1]
    last["source"] = one.source(last).replace("(index.ipynb)", "(home.ipynb)")


def _ask_for(one, task):
    cell = one.codes()[0]
    cell["source"] = f'{one.source(cell)}\nTask("{task}", bool)'


def _add_text(one, text):
    one.texts()[1]["source"] = text


SPOILS = {
    steps_in_order: _swap_tags,
    objectives_and_checks_meet: lambda one: one.words["check"][0].update(objective="O9"),
    warm_up_looks_back: lambda one: one.words["warm-up"][0].update(objective="00"),
    something_to_do_every_eight_cells: _drop_doing,
    the_place_of_an_option_tells_nothing: _right_ones_first,
    the_exit_asks_with_other_numbers: lambda one: _add_text(
        one, " and ".join(AMOUNT.findall(one.words["exit"][0]["text"]))
    ),
    misconceptions_are_cleared: lambda one: [option.pop("misconception", None) for option in one.options()],
    misconceptions_have_a_line: lambda one: _add_text(one, "The mean tells all. <!-- B1 Z9 -->"),
    objectives_can_be_observed: lambda one: _retitle(one, r"- O1: \w+", "- O1: understand"),
    three_questions_before_the_explanation: lambda one: one.words["warm-up"].pop(),
    the_bad_day_comes_first: lambda one: _add_text(one, "One word more. " * 40),
    the_first_stage_tells_no_surprise: lambda one: one.codes()[0].update(outputs=[]),
    no_task_tells_a_prediction: lambda one: _ask_for(one, "Let 28 stand in line"),
    words_are_few: lambda one: _add_text(one, "A short line.\n" * 500),
    never_long_without_something_to_do: lambda one: _add_text(one, "A short line.\n" * 27),
    each_question_is_asked_once: lambda one: one.cells.append(one.codes()[-1]),
    the_last_text_links_home_back_and_on: _lead_astray,
    pictures_have_words: _show_png,
    one_short_sentence_a_line: lambda one: _add_text(one, "One sentence here. Another one there."),
    reads_easily: lambda one: _add_text(one, "Organisational interdependencies necessitate " * 200 + "."),
    nothing_printed_is_broken_in_a_word: lambda one: one.codes()[0].update(
        outputs=[{"output_type": "stream", "text": ["seven " * 20 + "breaks"]}]
    ),
    a_date_can_be_broken_at_its_spaces_only: lambda one: _add_text(one, "It ends on 2027-06-30."),
    reality_is_short: lambda one: [c.update(source="") for c in one.texts() if "reality" in one.source(c)],
    a_template_stands_behind_reality: lambda one: one.cells.insert(
        [cell["id"] for cell in one.cells].index("reality") + 1, {**one.codes()[-1], "id": "template"}
    ),
    no_sum_of_money_is_read_as_a_formula: lambda one: one.texts()[1].update(source="One costs $1, two $2."),
    cells_are_few_and_short: lambda one: one.codes()[1].update(source="1\n" * 16),
    set_up_is_one_import: lambda one: one.codes()[1].update(source="from cloudlab.views.quiz import Quiz"),
    code_can_be_read: lambda one: one.codes()[1].update(source="%matplotlib inline"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_broken_rule_is_found(rule):
    assert rule(spoilt(SPOILS[rule]))


def test_one_sentence_in_twenty_may_be_long_and_none_very_long():
    lines = ["Short."] * 19
    for words, found in ((25, 0), (26, 0), (40, 0), (41, 1)):
        assert len(one_short_sentence_a_line(_of([*lines, "word " * words]))) == found
    assert len(one_short_sentence_a_line(_of(lines + ["word " * 26] * 2))) == 2


def test_words_are_those_that_are_read_as_prose():
    told = "## A head\n\nOne ![](chips/a.svg) **word**, [a link](to.ipynb) · 5 %. <!-- A1 -->\n\n"
    table = "| a | b |\n|---|---|\n| c | d |\n"
    assert words_of(told + table + "```\na map\n```\nlast") == 8


def test_a_table_cuts_the_words_only_where_it_is_to_be_filled_in():
    table = "| a | b |\n|---|---|\n| c | d |\n"
    for line, found in (("Cover the last column.", 0), ("Look at the last column.", 1)):
        many = "word " * 70
        one = _of(["A title.", ""])
        one.cells.append({"cell_type": "markdown", "id": "b", "source": f"{many}\n{line}\n\n{table}\n{many}"})
        assert len(never_long_without_something_to_do(one)) == found


def test_words_add_up_over_cells_of_text_until_a_cell_is_run():
    many = {"cell_type": "markdown", "id": "b", "source": "word " * 79}
    run = {"cell_type": "code", "id": "c", "source": "1"}
    for cells, found in (([many], 1), ([run, many], 0), ([run, many, run, many], 0), ([run, many, many], 1)):
        one = _of(["A title."])
        one.cells += cells
        assert len(never_long_without_something_to_do(one)) == found


def test_marks_are_read_and_are_no_prose():
    one = _of(["A line. <!-- A1 L2 -->", "Another. <!-- not a mark -->"])
    assert where_cleared(one) == {"A1": "text: A line.", "L2": "text: A line."}
    assert prose(one) == ["A line.", "Another."]


def _of(lines: list[str]) -> Lesson:
    """A lesson of one text cell."""
    cell = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "\n".join(lines)}
    return Lesson("01", [cell], {})


# Misconceptions


def test_every_misconception_is_cleared_by_the_lesson_that_names_it_and_each_id_has_one_text():
    told = [name for one in map(lesson, LESSONS) for name in one.words.get("misconceptions", {})]
    assert sorted(told) == sorted(set(told)) == sorted(misconceptions())
    for one in map(lesson, LESSONS):
        assert set(one.words.get("misconceptions", {})) <= set(one.words["clears"]) <= set(misconceptions())


def test_every_finished_lesson_is_marked_or_named_as_not_yet_marked():
    finished = [lesson(path) for path in LESSONS]
    assert {one.number for one in finished if not where_cleared(one)} == UNMARKED


def overview(one: Lesson) -> list[tuple[str, list[str], str]]:
    """Each misconception of the lesson, the wrong options that it leads to, and the line that clears it."""
    lines, options = where_cleared(one), one.options()
    return [
        (
            name,
            [option["text"] for option in options if option.get("misconception") == name],
            lines.get(name, ""),
        )
        for name in one.words.get("clears", [])
    ]


def test_each_misconception_of_a_marked_lesson_has_options_and_a_line(capsys):
    for one in map(lesson, LESSONS):
        for name, wrong, line in overview(one):
            print(f"{name}  {misconceptions()[name]}\n    options: {' | '.join(wrong)}\n    line: {line}")
            assert wrong and (line or one.number in UNMARKED), name
    assert "A1  Desired is the same as the maximum" in capsys.readouterr().out


DRAWS = re.compile(r"\b(charts\.\w+|stage|explore)\b")
"""What a cell that draws a picture calls."""


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_each_misconception_of_a_lesson_has_a_picture(path):
    one = lesson(path)
    cells = {cell["id"]: one.source(cell) for cell in one.codes()}
    pictures = one.words["pictures"]
    assert set(pictures) == set(one.words["clears"])
    for name, cell in pictures.items():
        assert DRAWS.search(cells.get(cell, "")), f"{name}: the cell {cell} draws no picture"


def test_each_misconception_of_the_lessons_has_feedback_in_an_exercise():
    told = [said["misconception"] for name in exercises() for said in of(name)["feedback"].values()]
    assert set(told) <= {*misconceptions(), "slip"}
    assert set(misconceptions()) <= set(told)


# What an opening says is what its run shows


def opening(number: str):
    """The panel of a lesson's first code cell, with the moment at which its opening stops (s), and what it asks."""
    panel = panel_of(number)
    return panel.record, *panel.opening


def panel_of(number: str) -> Panel:
    """The panel of a lesson's first code cell."""
    path = next(path for path in LESSONS if path.name.startswith(number))
    names: dict = {}
    exec(lesson(path).source(lesson(path).codes()[0]), names)
    (panel,) = (value for value in names.values() if isinstance(value, Panel))
    return panel


def test_five_stand_in_line_when_the_desk_stops():
    record, until, asked = opening("00")
    assert in_line(record).at(until) == 5 and asked.startswith("Five stand in line.")


def test_one_has_died_and_nobody_has_noticed_when_the_night_stops():
    record, until, asked = opening("01")
    states = [state.state for state in record.states if state.time <= until]
    assert states.count("killed") == 1 and max(ask.time for ask in record.asks) > until
    assert not any(118 <= state.time <= until and state.state == "Pending" for state in record.states)
    assert in_service(record, 240) == 6 and "at 4:00" in asked


def test_a_minute_has_passed_since_the_jump_when_the_friday_stops():
    _, until, asked = opening("02")
    assert until == JUMP + 60 and asked.startswith("A minute has passed.") and "after 10:00" in asked


def test_the_friday_is_answered_when_nobody_queues_any_more():
    panel = panel_of("02")
    relief = reaction(panel.record, JUMP).relief
    assert relief < panel.answered < relief + 1


def test_all_got_the_same_number_and_one_line_is_longer_when_the_wednesday_stops():
    record, until, asked = opening("03")
    lanes = read_lanes(record, until).lanes
    assert len({lane.sent for lane in lanes}) == 1 and asked.startswith("All got the same number.")
    assert max(lane.waiting for lane in lanes) > 10 and "after ten minutes" in asked


def test_the_desk_answers_luck_for_itself_whatever_was_turned_before(capsys):
    """The cell on luck prints what is stored, also after a reader turned the desk."""
    path = next(path for path in LESSONS if path.name.startswith("00"))
    one = lesson(path)
    sources = {cell["id"]: one.source(cell) for cell in one.codes()}
    names: dict = {}
    exec(sources["desk"], names)
    names["desk"].set(clerks=3)
    capsys.readouterr()
    exec(sources["same-luck-in-code"], names)
    assert "Yes: it changes with the seed. 20 seeds: p95 537 s" in capsys.readouterr().out


ALMOST = [  # what is replaced in the cell, by what almost does it, and by what does
    ("02", '# Your line: Scheduled(scaling, recurrence="5 0 * * *", ...)', *(
        f'Scheduled(scaling, recurrence="5 0 * * *", {what}=8)' for what in ("desired_capacity", "min_size"))),
    ("04", "missing *= share ", "missing *= share - 1 ", "missing *= 1 - share "),
    ("05", '# your line: the rule for "total"', *(
        f'"total": [{{"numeric": {rule}}}],' for rule in ('[">", 20]', '[">=", 100]'))),
    ("08", "gb_seconds = 0 ", "gb_seconds = films * seconds ", "gb_seconds = films * seconds * memory / 1024 "),
    ("11", "visibility_timeout=180)  #", *(
        f"visibility_timeout=180, dead_letter_target=aside, max_receive_count={count})  #" for count in (5, 3))),
]  # fmt: skip


@pytest.mark.parametrize(("number", "gap", "almost", "right"), ALMOST, ids=[one[0] for one in ALMOST])
def test_a_line_that_almost_does_what_is_asked_is_not_told_to_be_right(number, gap, almost, right, capsys):
    one = lesson(next(path for path in LESSONS if path.name.startswith(number)))
    sources = {cell["id"]: one.source(cell) for cell in one.codes()}
    first = next(iter(sources.values())).splitlines()
    names: dict = {"seeds": range(1, 3)}
    exec("\n".join(line for line in first if line.startswith("from ")), names)
    exec(sources.get("modify-worked", ""), names)
    cell = sources["modify-your-line"]
    assert cell.count(gap) == 1
    for line, told in (("", False), (almost, False), (right, True)):
        capsys.readouterr()
        exec(cell.replace(gap, line) if line else cell, dict(names))
        assert ("that is it" in capsys.readouterr().out) is told, line


def test_who_comes_back_to_a_lesson_is_told_what_to_do():
    """A widget of an older kernel shows an error: all cells must be run."""
    for path in LESSONS:
        assert "coming back, *Run All Cells*" in lesson(path).source(lesson(path).cells[0]), path.name


# Numbers in the words are those of the runs


def said(number: str, *words: str) -> None:
    """A lesson's texts and questions hold these words."""
    one = next(one for one in map(lesson, LESSONS) if one.number == number)
    told = " ".join([*(one.source(cell) for cell in one.texts()), json.dumps(one.words, ensure_ascii=False)])
    assert [piece for piece in words if piece not in told] == []


def test_the_customer_of_the_bad_saturday_is_served_an_hour_after_she_left():
    record = autoscaling_limits.day(min_size=2, max_size=2, losses=False)
    rows = record.requests
    hers = bisect_left(rows.arrived, 12 * 3600)
    assert clock(rows.arrived[hers], record.end) == "12:00 h" and rows.status[hers] == Status.GAVE_UP
    assert rows.answered[hers] - rows.arrived[hers] == 20
    assert clock(rows.started[hers], record.end) == "13:07 h"
    said("01", "orders at 12:00 h and leaves after 20 s", "at 13:07 h a server does it, for nobody")


def test_two_servers_are_too_few_from_a_quarter_past_nine():
    shop, ready = daily(night=0.4, peak=4.0), autoscaling_limits.READY
    minute = next(m for m in range(24 * 60) if shop.rate(60 * m - ready) > 2 and m > ready / 60)
    assert minute // 60 == 9 and round(minute % 60, -1) in (10, 20) and abs(minute % 60 - 15) <= 2
    said("01", "From 9:15 h on two servers are too few", "two servers don't, from 9:15 h on")


def test_a_sixth_of_the_customers_of_the_slow_server_wait_for_over_a_minute():
    record = load_balancing.scenario(slow="C")
    rows = record.requests
    waited = [
        min(start, record.end) - came > 60 for came, start in zip(rows.arrived, rows.started, strict=True)
    ]
    assert round(1 / (sum(waited) / len(waited))) == 6
    said("03", "One customer in six waits for over a minute")


def test_a_death_costs_80_to_165_requests():
    lost = [
        load_balancing.lost(load_balancing.health(seed, die=(120.5 + 3 * moment,)))
        for seed in (1, 2, 3)
        for moment in range(10)
    ]
    assert 75 <= min(lost) <= 90 and 150 <= max(lost) <= 170
    said("03", "80 to 165 are lost", "80 to 165 requests")
