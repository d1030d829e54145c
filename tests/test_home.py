"""The home page, the glossary and the times: what they say is what the course holds and what a learner has done."""

import json
import re
import subprocess
import sys
import tomllib

import glossary
import pytest
import times
from places import NOTEBOOKS, ROOT

from cloudlab.shell import execute, front, serve, workfolder
from cloudlab.views import conceptmap
from cloudlab.views.course import Standing, current, lessons, standings
from cloudlab.views.home import Home, home

LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
ALL = lessons(NOTEBOOKS)


@pytest.fixture
def state(tmp_path):
    """A learner's own folder, empty."""
    (tmp_path / ".cloudlab" / "answers").mkdir(parents=True)
    (tmp_path / ".cloudlab" / "attempts").mkdir()
    return tmp_path / ".cloudlab"


def answer(state, lesson, *sections, right=True):
    """Answer the questions of some sections."""
    for question in (question for section in sections for question in lesson.words[section]):
        chosen = next(option for option in question["options"] if option.get("right", False) == right)
        path = state / "answers" / f"quiz-{question['key']}.json"
        path.write_text(json.dumps({"answer": chosen["text"], "right": right}), encoding="utf-8")


def attempt(state, exercise, *points):
    told = [
        {"time": "2026-11-30", "variant": 1, "answer": "", "verdict": "x", "points": one} for one in points
    ]
    path = state / "attempts" / f"{exercise}.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in told) + "{broken\n", encoding="utf-8")


# What a learner has done


def test_the_lessons_are_those_whose_notebooks_are_there(tmp_path):
    assert [one.notebook for one in ALL] == [path.name for path in LESSONS]
    for name in ("02_autoscaling_policies", "00_start_here", "07_own_notes", "index", "00_start_here.mine"):
        (tmp_path / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    assert [one.number for one in lessons(tmp_path)] == ["00", "02"]
    assert home(tmp_path / "nowhere").html().count("<li") == 0


def test_on_the_first_day_nothing_is_done_and_the_first_lesson_is_next(state):
    found = standings(NOTEBOOKS, state)
    assert not any(one.finished or one.begun or one.reached for one in found)
    assert current(found) is found[0]
    said = repr(Home(NOTEBOOKS, state))
    assert said.startswith(
        f"0 of {len(ALL)} lessons finished, 0 of {sum(one.most for one in found)} points.\nStart 00_"
    )
    assert "Filled: none yet." in said


def test_a_lesson_is_finished_when_check_and_exit_are_right(state):
    answer(state, ALL[0], "check", "exit", right=False)
    assert [one.begun for one in standings(NOTEBOOKS, state)][:2] == [True, False]
    answer(state, ALL[0], "check")
    assert not standings(NOTEBOOKS, state)[0].finished
    answer(state, ALL[0], "exit")
    first, *rest = standings(NOTEBOOKS, state)
    assert first.finished and not first.begun and first.share == 1 and not any(one.finished for one in rest)
    assert current([first, *rest]) is rest[0]


def test_an_answer_that_is_no_option_any_more_finishes_nothing(state):
    answer(state, ALL[0], "check", "exit")
    key = ALL[0].words["exit"][0]["key"]
    (state / "answers" / f"quiz-{key}.json").write_text(
        '{"answer": "older words", "right": true}', encoding="utf-8"
    )
    assert not standings(NOTEBOOKS, state)[0].finished


def test_a_lesson_in_progress_is_gone_on_with_and_says_at_which_step(state):
    answer(state, ALL[0], "check", "exit")
    (state / "answers" / "prediction-02-relief.json").write_text('{"value": 3}', encoding="utf-8")
    (state / "answers" / "quiz-02-broken.json").write_bytes(b"\xff{")
    found = standings(NOTEBOOKS, state)
    now = current(found)
    assert now.lesson.number == "02" and now.next_step == "tasks" and 0 < now.share < 1
    assert "Go on with 02_autoscaling_policies.ipynb: next is the tasks." in repr(Home(NOTEBOOKS, state))
    html = Home(NOTEBOOKS, state).html()
    assert 'href="02_autoscaling_policies.ipynb">Go on' in html
    assert html.count("Finished<") == html.count("In progress<") == 1 and "Next<" not in html


@pytest.mark.parametrize("read", [False, True])
def test_a_number_on_the_page_stays_with_its_unit_in_one_line(state, read):
    html = Home(NOTEBOOKS, state).html(read=read)
    shown = re.sub(r"<style>.*?</style>|<[^>]*>", "|", html, flags=re.DOTALL)
    assert "About 40\u00a0minutes." in shown and re.search(r"\d\u00a0lessons", shown)
    assert re.findall(r"\d+ (?:min|point|lesson|word)\w*", shown) == []


def test_points_are_those_of_the_best_attempts(state):
    attempt(state, "E1", 4, 9.5, 7)
    attempt(state, "E2", 10)
    found = standings(NOTEBOOKS, state)
    assert [one.reached for one in found][:3] == [0, 19.5, 0] and found[1].most == 20 and found[1].begun
    html, text = Home(NOTEBOOKS, state).html(), repr(Home(NOTEBOOKS, state))
    assert "19.5 of 20\u00a0points" in html
    most = sum(one.most for one in found)
    for said in ("E1: 9.5", "E2: 10", f"19.5 of {most}", "19.5 of 20"):
        assert said in html and said in text
    attempt(state, "E4", 3)
    html, text = Home(NOTEBOOKS, state).html(), repr(Home(NOTEBOOKS, state))
    assert "<span>E3: not tried</span>, <span>E4: 3</span>, <span>E5: not tried</span>" in html
    assert "3 of 30 points (E3: not tried, E4: 3, E5: not tried)." in text


def test_each_lesson_and_the_sum_have_their_points_on_the_page_as_in_the_text(state):
    attempt(state, "E1", 9.5)
    html, text = Home(NOTEBOOKS, state).html(), repr(Home(NOTEBOOKS, state))
    table = html.partition("<tbody>")[2].partition("</table>")[0]
    for one in standings(NOTEBOOKS, state):
        points = f"{one.reached:g} of {one.most}"
        assert f"{one.lesson.number} {one.lesson.title}</th>" in table and f"<td>{points}</td>" in table
        assert (
            f'{points}\u00a0points<span class="cloudlab-unseen"> of the exercises of lesson {one.lesson.number}'
            in html
        )
        assert points in next(
            line for line in text.splitlines() if f" {one.lesson.number} {one.lesson.title}:" in line
        )
    read = Home(NOTEBOOKS, state).html(read=True)
    assert "<table>" not in read and "0 of" not in read and "9.5 of" not in read


def test_when_all_is_finished_there_is_no_next_lesson(state):
    for lesson in ALL:
        answer(state, lesson, "check", "exit")
    assert current(standings(NOTEBOOKS, state)) is None
    assert "All lessons are finished" in Home(NOTEBOOKS, state).html()
    assert "All lessons are finished." in repr(Home(NOTEBOOKS, state))
    assert "The exercises are still to do" in Home(NOTEBOOKS, state).html()
    attempt(state, "E1", 8.5)
    assert "8.5 of 250 points. Every exercise can be tried again for more." in Home(
        NOTEBOOKS, state
    ).html().replace("\u00a0", " ")


def test_a_lesson_after_the_finished_one_comes_before_one_that_was_left_out():
    done = Standing(
        ALL[1],
        {f"quiz-{q['key']}": {"answer": _right(q)} for s in ("check", "exit") for q in ALL[1].words[s]},
    )
    others = [Standing(lesson) for lesson in ALL]
    assert done.finished
    assert current([others[0], done, *others[2:]]) is others[2]
    assert current([others[0], done]) is others[0]


def _right(question):
    return next(option["text"] for option in question["options"] if option.get("right"))


def test_the_widget_reads_anew_when_it_is_shown(state):
    page = Home(NOTEBOOKS, state)
    page._repr_mimebundle_()
    widget = page._widget
    before, looked = widget.html, widget.looked
    answer(state, ALL[0], "check", "exit")
    assert widget.html == before
    widget._handle_custom_msg({"look": True}, [])
    assert widget.looked == looked + 1 and "Finished<" in widget.html != before


# What it shows


def test_every_lesson_has_words_and_a_picture_for_the_home_page():
    for lesson in ALL:
        said = lesson.home
        assert (
            len(said["decide"].split()) <= 12
            and said["decide"].endswith(".")
            and said["picture"].endswith(".")
        )
        assert said["title"] and said["concept"] and 1 <= len(said["holds"]) <= 3
        file = ROOT / "cloudlab" / "labs" / f"{lesson.name}.svg"
        drawn = file.read_text(encoding="utf-8")
        assert len(drawn) < 60_000 and drawn.startswith(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 275 64">'
        )
        assert not re.search(r"#[0-9A-Fa-f]{3,6}\b|href|<script|<style", drawn.replace("url(#home-", "")), (
            file.name
        )
        assert set(re.findall(r'id="([^"]*)"', drawn)) <= set(re.findall(r"#(home-[\w-]+)", drawn))


def test_the_page_links_each_lesson_and_its_exercises_and_the_glossary_and_all_are_there(state):
    links = re.findall(r'href="([^"]+)"', Home(NOTEBOOKS, state).html())
    assert set(links) == {name for one in ALL for name in (one.notebook, one.exercise_notebook)} | {
        "glossary.ipynb"
    }
    assert links[0] == ALL[0].notebook, "the large link comes first"
    assert all((NOTEBOOKS / link).is_file() for link in links)


def test_each_picture_has_its_words_and_each_id_is_there_once(state):
    html = Home(NOTEBOOKS, state).html()
    assert html.count('role="img" aria-label="') == len(ALL) + 2  # the cards, the large link and the map
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(ids)) == len(ids) and {f"#{one}" for one in ids} >= set(
        re.findall(r"url\((#[\w-]+)\)", html)
    )


def test_words_of_the_course_are_escaped(monkeypatch, state):
    monkeypatch.setitem(ALL[0].home, "decide", "a < b & c")
    assert "a &lt; b &amp; c" in "".join(_card(one) for one in [Standing(ALL[0])])


def _card(one):
    from cloudlab.views import home as module

    return module._card(one, None, False)


def test_the_map_stands_in_layers_and_fills(state):
    found = standings(NOTEBOOKS, state)
    layers = conceptmap.layers(found)
    for one in found:
        for name in one.lesson.home.get("after", {}):
            assert layers[name] < layers[one.lesson.name]
    assert 'data-state="finished"' not in conceptmap.drawn(found)
    answer(state, ALL[0], "check", "exit")
    found = standings(NOTEBOOKS, state)
    assert conceptmap.drawn(found).count('data-state="finished"') == 2  # the node, and its line in the list
    assert f"Filled: {ALL[0].home['concept']}." in conceptmap.told(found)


def points_of(path):
    """Points along an SVG path of moves, lines and cubic curves."""
    at = None
    for command, numbers in re.findall(r"([MLC])([-\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        corners = list(zip(values[::2], values[1::2], strict=True))
        if command != "M":
            a, b, c, d = [at, at, *corners * 2][:4] if command == "L" else [at, *corners]
            for step in range(21):
                t = step / 20
                weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
                yield tuple(
                    sum(w * one[k] for w, one in zip(weights, (a, b, c, d), strict=True)) for k in (0, 1)
                )
        at = corners[-1]


def test_no_arrow_of_the_map_runs_behind_a_node(state):
    drawn = conceptmap.drawn(standings(NOTEBOOKS, state))
    boxes = [
        [float(n) for n in box]
        for box in re.findall(r'<rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', drawn)
    ]
    for path in re.findall(r'class="cloudlab-way" d="(.*?)"', drawn):
        for x, y in points_of(path):
            hidden = [box for box in boxes if 1 < x - box[0] < box[2] - 1 and 1 < y - box[1] < box[3] - 1]
            assert not hidden, f"{path} runs behind a node at {x:.0f}, {y:.0f}"


def test_no_arrow_of_the_map_runs_along_through_a_node(state):
    """From one band to the next it goes through the room between them, wherever the next one's first node stands."""
    drawn = conceptmap.drawn(standings(NOTEBOOKS, state))
    nodes = [
        tuple(map(float, box))
        for box in re.findall(r'<rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', drawn)
    ]
    ways = [tuple(map(float, line)) for line in re.findall(r"([\d.]+) ([\d.]+)L([\d.]+) \2", drawn)]
    assert len(nodes) >= len(ALL) and ways
    for x1, y, x2 in ways:
        for left, top, width, height in nodes:
            crossed = left < max(x1, x2) and min(x1, x2) < left + width and top < y < top + height
            assert not crossed, f"the way at y = {y:g} runs through the node at {left:g}, {top:g}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 965, 700, 400])
def test_it_fits_and_no_text_lies_on_another(tabs, state, width, theme):
    answer(state, ALL[0], "check", "exit")
    attempt(state, "E1", 8.5)
    with tabs.open(viewport={"width": width, "height": 900}) as page:
        page.set_content(
            f'<body data-jp-theme-light="{str(theme == "light").lower()}">{Home(NOTEBOOKS, state).html()}'
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OVERLAPS) == []


OVERLAPS = """() => {
  for (const unseen of document.querySelectorAll(".cloudlab-unseen")) unseen.remove();
  const seen = [...document.querySelectorAll(".cloudlab-home :is(text, h2, h3, p, .cloudlab-home-row > *)")]
    .map((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return [node, range.getBoundingClientRect()];
    })
    .filter(([, { width, height }]) => width && height);
  const found = [];
  for (const [one, a] of seen)
    for (const [other, b] of seen)
      if (one !== other && !one.contains(other) && !other.contains(one) &&
          a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        found.push([one.textContent, other.textContent]);
  for (const box of document.querySelectorAll(".cloudlab-node")) {
    const frame = box.querySelector("rect").getBoundingClientRect();
    for (const text of box.querySelectorAll("text")) {
      const { left, right } = text.getBoundingClientRect();
      if (left < frame.left || right > frame.right) found.push([text.textContent, "its node"]);
    }
  }
  return found;
}"""


# When the course is opened


def test_the_page_of_the_day_stands_in_the_learners_notebook_and_is_trusted(tmp_path, monkeypatch, state):
    from nbformat import reads
    from nbformat.sign import NotebookNotary

    folder = state.parent
    monkeypatch.delenv("CLOUDLAB_STATE")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    workfolder.lay_out(NOTEBOOKS, folder)
    before = workfolder.fingerprint(folder / front.NAME)
    answer(state, ALL[0], "check", "exit")
    assert front.refresh(folder)
    text = (folder / front.NAME).read_text(encoding="utf-8")
    (output,) = json.loads(text)["cells"][1]["outputs"]
    assert f"1 of {len(ALL)} lessons finished" in output["data"]["text/plain"]
    assert "Finished<" in output["data"]["text/html"]
    assert workfolder.fingerprint(folder / front.NAME) == before, "no change of the learner's"
    assert NotebookNotary(data_dir=str(tmp_path / "data")).check_signature(reads(text, as_version=4))


@pytest.mark.parametrize("content", [None, "", "[]", '{"cells": []}', '{"cells": [{"id": "home"}]}'])
def test_a_home_page_that_is_none_any_more_stays_as_it_is(tmp_path, content):
    if content is not None:
        (tmp_path / front.NAME).write_text(content, encoding="utf-8")
    assert not front.refresh(tmp_path)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.glob("*")] == (
        [] if content is None else [content]
    )


def test_start_opens_home_or_the_lesson_that_is_wished_for():
    from cloudlab.shell import Fault, cli

    names = [name for name in workfolder.lessons(NOTEBOOKS) if name.endswith(".ipynb")]
    assert cli._first(None, NOTEBOOKS, names) == "index.ipynb"
    assert cli._first("01", NOTEBOOKS, names) == "01_autoscaling_limits.ipynb"
    assert (
        cli._first(None, NOTEBOOKS, ["00_x.ipynb"]) == "00_x.ipynb" and cli._first(None, NOTEBOOKS, []) == ""
    )
    with pytest.raises(Fault, match="there is no lesson '77' to open; there are: 00_"):
        cli._first("77", NOTEBOOKS, names)
    assert any(
        word.endswith("/lab/tree/a%20b.ipynb") for word in serve.arguments(ROOT, "a b.ipynb", 1, False, False)
    )


def test_the_page_is_printed_for_the_command(tmp_path):
    command = [sys.executable, "-m", "cloudlab.views.home", str(NOTEBOOKS)]
    made = json.loads(
        subprocess.run(command, capture_output=True, check=True, cwd=ROOT, encoding="utf-8").stdout
    )
    assert made["text"] == repr(Home(NOTEBOOKS, tmp_path)) and made["html"].count("cloudlab-card") > len(ALL)


# The glossary


def test_the_glossary_is_made_of_the_lessons_terms():
    assert glossary.TARGET.read_text(encoding="utf-8") == glossary.text(), "run tests/glossary.py"
    terms = {term for one in ALL for term in one.words["terms"]}
    assert {one.term for one in glossary.entries()} == terms


def test_each_link_of_the_glossary_leads_to_the_section_that_explains_the_term():
    for one in glossary.entries():
        name, _, anchor = one.link.partition("#")
        cells = execute.read(NOTEBOOKS / name)[1].cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        section = next(part for part in re.split(r"^#+ ", text, flags=re.MULTILINE) if _headed(part, anchor))
        assert f"**{one.term}**".casefold() in section.casefold(), one.term
        assert not one.chip or (NOTEBOOKS / one.chip).is_file()


def _headed(section, anchor):
    return glossary.anchor(section.partition("\n")[0].strip()) == anchor


# Times


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_times_of_a_lesson_are_those_of_the_rule_in_its_title_and_at_home(path):
    found = times.estimates(path)
    words = tomllib.loads((times.LABS / f"{path.stem[3:]}.toml").read_text(encoding="utf-8"))["home"]
    assert {name: words[name] for name in found} == found, "run tests/times.py"
    title = "".join(times.read(path)["cells"][0]["source"])
    assert times.LINE.findall(title) == [times.said(found)], "run tests/times.py"
    there = "".join(times.read(path.parent / "exercises" / path.name)["cells"][0]["source"])
    assert times.ABOUT.findall(there) == [f"about {found['exercise_minutes']} minutes"], "run tests/times.py"
    assert 25 <= found["minutes"] <= 60 and found["exercise_minutes"] <= 45


def test_more_words_and_more_to_do_take_longer():
    def cell(kind, source, *tags):
        return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}

    words = {"check": [1, 2, 3, 4]}

    def time(*cells):
        return times.minutes({"cells": cells}, words)

    assert time(cell("markdown", "word " * 300)) == pytest.approx(2)
    assert time(cell("code", 'questions("x", "check")')) == pytest.approx(1 / 15 + 3)
    assert time(cell("code", "x = 1", "modify")) > time(cell("code", "x = 1"))
    assert time(cell("code", "explore(x)")) > time(cell("code", "predict(x)")) > time(cell("code", "y"))
    assert [times.rounded(time) for time in (0, 7.4, 7.6, 42.4)] == [5, 5, 10, 40]
    assert times.said({"minutes": 40, "exercise_minutes": 0}) == "Time, estimated: 40 minutes."
