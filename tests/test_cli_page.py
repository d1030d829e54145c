"""`cloudlab page`: lessons as HTML pages, to play, read and print without Jupyter and without a network."""

import contextlib
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from places import NOTEBOOKS
from samples import some

from cloudlab.labs import autoscaling_limits, load_balancing, start_here
from cloudlab.shell import Fault, cli
from cloudlab.shell.page import page, write_pages
from cloudlab.views.lesson import Stage, Task, charts, explore, predict, questions, stage, tasks
from cloudlab.views.predict import Prediction
from cloudlab.views.quiz import Quiz

PLAYED = some(["01_autoscaling_limits", "03_load_balancing"])
"""The lessons whose pages are opened in a browser: one group, and by night servers behind a balancer, compared too."""

LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"), key=lambda path: (path.stem not in PLAYED, path.stem))
MADE = some(LESSONS)
"""Those that become pages, and are run once more for it."""

FRONT = [NOTEBOOKS / "glossary.ipynb", NOTEBOOKS / "index.ipynb"]
pytestmark = pytest.mark.sampled


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """{name: the page's file} of lessons, the home page and the glossary; the notebooks stay as they were."""
    course = shutil.copytree(NOTEBOOKS, tmp_path_factory.mktemp("class") / "course")
    folder = course.parent / "for é reading"
    lessons = [course / path.name for path in (*MADE, *FRONT)]  # links to exercises are only words
    before = {path: path.read_bytes() for path in course.rglob("*.*")}
    assert cli.main(["page", *map(str, lessons), "--to", str(folder)]) == 0
    assert {path: path.read_bytes() for path in course.rglob("*.*")} == before
    return {path.stem: path for path in folder.glob("*.html")}


@pytest.fixture
def opened(tabs, pages):
    """`opened(name, …)` is a lesson's page in the browser; all but its own file is blocked."""
    lent, shown = contextlib.ExitStack(), []

    def open_page(name, *, width=1280, **look):
        page, own = (
            lent.enter_context(tabs.open(viewport={"width": width, "height": 900}, **look)),
            pages[name],
        )
        page.route(
            "**/*", lambda route: route.continue_() if route.request.url == own.as_uri() else route.abort()
        )
        lent.callback(page.unroute_all)
        page.goto(own.as_uri())
        shown.append(page)
        return page

    with lent:
        yield open_page
        assert [fault for page in shown for fault in page.faults] == []
        asked = {address for page in shown for address in page.asked if not address.startswith("data:")}
        assert asked <= {path.as_uri() for path in pages.values()}


def runs(shown):
    """The frames with recorded runs, all loaded."""
    shown.wait_for_function(
        "() => [...document.querySelectorAll('iframe.cloudlab-run')].every((frame) => frame.style.height)"
    )
    for frame in shown.frames[1:]:
        frame.wait_for_function("() => document.getElementById('stage').stage?.view")
    return shown.frames[1:]


class Loaded(HTMLParser):
    """What a page loads, and the pictures that views gave; the pages inside its frames are read too."""

    def __init__(self, text: str):
        super().__init__()
        self.addresses, self.pictures, self.frames, self.style, self.inside = [], [], [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img" and self.inside == "source":
            self.pictures.append(given)
        self.inside = tag
        loads = {"link": "href", "object": "data", "use": "href"}.get(tag, "src")
        self.addresses += [given[name] for name in (loads, "srcset", "poster") if given.get(name)]
        self.style += given.get("style") or ""
        if tag == "iframe":
            self.frames.append(given)
            inner = Loaded(given["srcdoc"])
            self.addresses += inner.addresses
            self.style += inner.style

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        if self.inside == "style":
            self.style += data

    def handle_endtag(self, tag):
        self.inside = ""


# --- the pages of the course ------------------------------------------------------------------------------


def lessons_of(pages):
    """Those of them that are lessons."""
    return [(name, path) for name, path in pages.items() if name[0].isdigit()]


def test_each_lesson_becomes_one_file_with_its_title(pages):
    assert set(pages) == {path.stem for path in (*MADE, *FRONT)}
    for name, path in lessons_of(pages):
        text = path.read_text(encoding="utf-8")
        assert f"<title>{name[:2]} · " in text
        assert path.stat().st_size < 4e6


def test_a_page_loads_nothing_that_is_not_in_it(pages):
    for name, path in pages.items():
        read = Loaded(path.read_text(encoding="utf-8"))
        assert read.frames or not name[0].isdigit(), f"{name} has no stage"
        assert [address[:80] for address in read.addresses if not address.startswith("data:")] == []
        assert "@import" not in read.style
        assert set(re.findall(r"url\(\s*['\"]?(\w+:?)", read.style)) <= {"data:"}


def test_every_picture_has_its_description_and_every_run_its_name(pages):
    for name, path in lessons_of(pages):
        read = Loaded(path.read_text(encoding="utf-8"))
        assert len(read.pictures) >= 3, name
        for picture in read.pictures:
            assert len(picture["alt"].split()) >= 8
        for frame in read.frames:
            assert frame["title"].endswith(": a recorded run")


OPENED = """() => { const { t, playing, model } = document.getElementById("stage").stage;
  return !playing && t === (model.get("opening")?.until ?? 0); }"""
"""Whether a stage stands where it begins: at the end of its opening, if it has one."""


@pytest.mark.parametrize("name", PLAYED)
def test_every_stage_of_a_page_plays(opened, name):
    shown = opened(name)
    for frame in runs(shown):
        frame.frame_element().scroll_into_view_if_needed()
        frame.wait_for_function(OPENED)
        frame.get_by_role("button", name="Play", exact=True).click()
        frame.wait_for_function("() => document.getElementById('stage').stage.t > 0")
        frame.get_by_role("button", name="Pause", exact=True).click()


SEEN = [
    *((name, width, colors) for name in PLAYED for width, colors in ((1280, "light"), (400, "dark"))),
    *(
        (name, width, colors)
        for name in ("index", "glossary")
        for width, colors in ((400, "light"), (1280, "dark"))
    ),
]


@pytest.mark.parametrize(("name", "width", "colors"), SEEN)
def test_a_page_fits_is_as_the_reader_likes_it_and_has_no_fault_that_axe_core_finds(
    opened, name, width, colors
):
    shown = opened(name, width=width, dark=colors == "dark")
    frames = runs(shown)
    assert shown.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 20, 24)"}[colors]
    for frame in (shown, *frames):
        assert frame.evaluate("() => getComputedStyle(document.body).backgroundColor") == ground
    for frame in frames:
        frame.wait_for_function("() => document.documentElement.scrollHeight <= innerHeight")
    for frame in shown.frames:
        frame.evaluate(AXE_SCRIPT)
    found = shown.evaluate("async () => (await axe.run(document)).violations")
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found] == []


def test_without_javascript_and_on_paper_a_picture_and_its_words_stand_for_a_run(opened):
    for shown in (opened(PLAYED[0], scripts=False), opened(PLAYED[0])):
        if shown.locator(".cloudlab-still").is_hidden():
            shown.emulate_media(media="print")
        assert shown.locator("iframe.cloudlab-run").is_hidden()
        still = shown.locator(".cloudlab-still")
        assert still.locator("img").get_attribute("alt").startswith("At 8:00, all 9 desired are in service")
        assert still.is_visible()


def test_on_paper_a_page_is_light(opened):
    shown = opened(PLAYED[0], dark=True)
    assert shown.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(17, 20, 24)"
    dark = shown.locator("figure img").first.evaluate("(image) => image.currentSrc")
    shown.emulate_media(media="print", color_scheme="dark")
    assert shown.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.locator("figure img").first.evaluate("(image) => image.currentSrc") != dark


@pytest.mark.parametrize("name", [path.stem for path in MADE])
def test_the_first_run_is_the_bad_day_which_stops_asks_and_is_played_on_past_it(opened, name):
    shown = opened(name)
    shown.locator("iframe.cloudlab-run").first.scroll_into_view_if_needed()
    frame = runs(shown)[0]
    opening = frame.evaluate("() => document.getElementById('stage').stage.model.get('opening')")
    at = "() => document.getElementById('stage').stage.t"
    frame.wait_for_function(OPENED)
    assert opening["question"].endswith("?") and frame.get_by_text(opening["question"]).is_visible()
    assert opening["until"] < frame.evaluate("() => document.getElementById('stage').stage.end")
    frame.get_by_role("button", name="Play", exact=True).click()
    frame.wait_for_function(f"{at} > {opening['until']}")
    told = shown.locator("details", has_text="What came of it, in words").first
    assert told.get_attribute("open") is None, "what comes is not told beside it"


def test_the_home_page_and_the_glossary_lead_to_the_pages_and_to_no_notebook(pages):
    for name in ("index", "glossary"):
        text = pages[name].read_text(encoding="utf-8")
        links = set(re.findall(r'<a [^>]*href="([^"#]+)', text))
        assert links and {f"{path.stem}.html" for path in MADE} <= links, name
        assert all((pages[name].parent / link).is_file() for link in links), links
        assert ".ipynb" not in text
    home = pages["index"].read_text(encoding="utf-8")
    assert "cloudlab-card" in home and "home import home" not in home and "Out[1]" not in home
    assert "points reached" not in home and "Finished" not in home and "Your map" not in home


def test_a_picture_is_drawn_for_the_width_of_the_page(opened):
    for width, drawn in ((1280, 1000), (700, 680), (400, 340)):
        image = opened(PLAYED[0], width=width).locator("figure img").first
        image.scroll_into_view_if_needed()
        points = image.evaluate("(image) => image.decode().then(() => image.naturalWidth * 3 / 4)")
        assert points == pytest.approx(drawn, abs=2)


# --- what a view gives ------------------------------------------------------------------------------------


@pytest.fixture
def shown_on_a_page(monkeypatch):
    """What a view gives where its notebook runs to become a page."""
    monkeypatch.setenv("CLOUDLAB_PAGE", "1")

    def html(view) -> str:
        data, _ = view._repr_mimebundle_()
        assert set(data) == {"text/html", "text/plain"}
        asks = isinstance(view, (Prediction, Quiz))  # and has no answer yet: one line
        assert data["text/plain"].endswith("run this cell.") if asks else data["text/plain"] == repr(view)
        return data["text/html"]

    return html


def test_a_panel_is_a_labelled_snapshot_of_its_start(shown_on_a_page):
    panel = explore(start_here.rush, charts.waiting, charts.bill, label="The rush")
    html = shown_on_a_page(panel)
    assert "Snapshot: this panel with its start setting. To turn its controls, open the lesson" in html
    assert f"<li>Clerks: {panel.controls['clerks'].default}</li>" in html
    assert "<li>Seed: 1</li>" in html
    assert html.count("<figcaption>") == html.count("<img ") == 2
    assert f'alt="{panel.pictures[0].caption}' in html
    assert "In words: This run of" in html
    assert '<th scope="row">requests</th>' in html


def test_a_panel_that_was_turned_says_so(shown_on_a_page):
    panel = explore(start_here.rush, charts.waiting)
    panel.set(clerks=3)
    assert "this panel with the setting that is named here" in shown_on_a_page(panel)
    assert "<li>Clerks: 3</li>" in shown_on_a_page(panel)


def test_a_panel_with_a_stage_plays_it_and_shows_its_charts(shown_on_a_page):
    html = shown_on_a_page(explore(autoscaling_limits.scenario, stage, charts.levels, label="The band"))
    assert "Recorded run, which plays here without Python" in html
    assert 'title="The band: a recorded run"' in html
    assert "<li>Kill one: never</li>" in html
    assert html.count("<figcaption>") == 1


def test_a_stage_alone_is_labelled_and_described(shown_on_a_page):
    one, other = (load_balancing.scenario(slow="C", method=name) for name in ("round_robin", "one_line"))
    html = shown_on_a_page(Stage(one, title="Four & more"))
    assert "Recorded run: it plays here without Python." in html
    assert 'title="Four &amp; more: a recorded run"' in html
    assert html.partition("cloudlab-still")[2].count("<img ") == 1
    compared = shown_on_a_page(Stage(one, other, names=("Round robin", "One line")))
    still = compared.partition("cloudlab-still")[2]
    assert still.count("<img ") == 2 and "<strong>One line</strong>" in still, "a picture of each run"
    assert "Round robin: This run of" in still
    assert "One line: This run of" in still


def test_a_question_is_text_without_its_answer(shown_on_a_page):
    check = questions("autoscaling_limits", "check")
    html = shown_on_a_page(check)
    assert html.count("<ol>") == len(check.questions)
    assert html.count("<li>") == sum(len(question.options) for question in check.questions)
    assert html.count("To answer: open the lesson in Jupyter.") == 1
    options = [option for question in check.questions for option in question.options]
    assert not any(option.feedback[:30] in html for option in options)


def test_a_prediction_names_what_may_be_said(shown_on_a_page):
    number = predict("page-number", "How many < 20?", high=20, unit="instances")
    assert "How many &lt; 20?" in shown_on_a_page(number)
    assert "A whole number from 0 to 20 instances." in shown_on_a_page(number)
    choice = predict("page-choice", "Is `this` *so*?", options=["yes", "no"])
    assert "Is <code>this</code> <em>so</em>?" in shown_on_a_page(choice)
    assert "<li>yes</li><li>no</li>" in shown_on_a_page(choice)


def test_tasks_are_a_list(shown_on_a_page):
    todo = [Task("Wait", lambda record: True), Task("See nothing", lambda record: False)]
    made = tasks(explore(start_here.rush, charts.waiting), todo, key="page-tasks")
    assert "<li>✓ Wait</li><li>○ See nothing</li>" in shown_on_a_page(made)


def test_outside_of_the_command_a_view_stays_a_widget():
    record = start_here.scenario()
    for view in (Stage(record), explore(start_here.rush, charts.waiting), charts.waiting(record)):
        data, _ = view._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data
        assert "text/html" not in data


# --- other notebooks, and bad input -----------------------------------------------------------------------


def write(path: Path, *cells) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def test_a_link_to_another_notebook_leads_to_its_page_or_is_only_words(tmp_path, capsys):
    words = "# A\n\nSee [the next](more/b.ipynb#end) and [a site](https://example.org)."
    first = write(tmp_path / "course" / "a.ipynb", new_markdown_cell(words))
    back = new_markdown_cell("No heading. [Back](../a.ipynb)")
    second = write(tmp_path / "course" / "more" / "b.ipynb", back)
    assert write_pages([str(first), str(second)], str(tmp_path / "out")) == 0
    text = (tmp_path / "out" / "a.html").read_text(encoding="utf-8")
    assert '<a href="more/b.html#end">the next</a>' in text
    assert '<a href="https://example.org">a site</a>' in text
    assert "<title>A</title>" in text
    below = (tmp_path / "out" / "more" / "b.html").read_text(encoding="utf-8")
    assert '<a href="../a.html">Back</a>' in below
    assert "<title>b</title>" in below
    assert "See the next and" in page(first)
    assert "a.ipynb" in capsys.readouterr().out


def test_a_link_that_a_cell_shows_leads_to_the_page_or_nowhere(tmp_path):
    html = '<p><a class="x" href="b.ipynb">b</a> <a href="c.ipynb">c</a> <a href="#top">top</a></p>'
    shows = new_code_cell(f"from IPython.display import HTML\nHTML({html!r})", id="shows")
    first = write(tmp_path / "a.ipynb", shows)
    second = write(tmp_path / "b.ipynb", new_markdown_cell("# B"))
    text = page(first, {first, second})
    assert '<a class="x" href="b.html">b</a> <a>c</a> <a href="#top">top</a>' in text


def test_what_is_folded_in_the_text_is_folded_on_the_page(tmp_path):
    words = "# A\n\n<details><summary>After it</summary>\n\n- one < two\n- three\n\n</details>\n\nThe end."
    text = page(write(tmp_path / "a.ipynb", new_markdown_cell(words)))
    folded = re.search(r"<details><summary>After it</summary>(.*?)</details>", text, re.DOTALL)
    assert "<li>one &lt; two</li>" in folded[1] and "The end." not in folded[1]


def test_of_a_cell_that_is_tagged_so_only_the_output_is_on_the_page(tmp_path):
    cell = new_code_cell("6 * 7", id="hidden", metadata={"tags": ["output-only"]})
    text = page(write(tmp_path / "a.ipynb", cell))
    assert "42" in text and "6 * 7" not in text and "Out[1]" not in text


def test_a_picture_beside_the_notebook_goes_into_the_page(tmp_path):
    (tmp_path / "chips").mkdir()
    (tmp_path / "chips" / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    text = page(write(tmp_path / "a.ipynb", new_markdown_cell("# A\n\nA ![](chips/dot.svg) **request**.")))
    assert re.search(r'<img alt="" src="data:image/svg\+xml;base64,\w+=*"', text)


def test_a_picture_from_the_network_is_refused_by_the_page_itself(tmp_path, browser):
    photo = '# A\n\n<img src="http://127.0.0.1:9/x.png" alt="a photo">'
    path = write(tmp_path / "a.ipynb", new_markdown_cell(photo))
    write_pages([str(path)], str(tmp_path))
    shown, refused = browser.new_page(), []
    shown.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    shown.goto((tmp_path / "a.html").as_uri())
    shown.get_by_alt_text("a photo").wait_for(state="attached")
    shown.wait_for_load_state()
    shown.close()
    assert refused == [("http://127.0.0.1:9/x.png", "csp")]


def test_a_notebook_that_fails_is_named_with_its_cell_and_gets_no_page(tmp_path, capsys):
    cells = new_code_cell("1 + 1", id="fine"), new_code_cell("1 / 0", id="by-nothing")
    path = write(tmp_path / "broken.ipynb", *cells)
    before = path.read_bytes()
    assert cli.main(["page", str(path), "--to", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        "cloudlab: broken.ipynb fails in the cell 'by-nothing', so it gets no page: "
        "ZeroDivisionError: division by zero.\n"
    )
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["broken.ipynb"]


@pytest.mark.parametrize("text", ["roses are red", "{}", "[]"])
def test_a_file_that_is_no_notebook_is_one_sentence(tmp_path, text):
    path = tmp_path / "poem.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=r"^poem.ipynb is no notebook: it can't be read as JSON of one\.$"):
        write_pages([str(path)], str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_missing_notebook_is_one_sentence(tmp_path, capsys):
    assert cli.main(["page", str(tmp_path / "none.ipynb"), "--to", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == f"cloudlab: there is no notebook {tmp_path / 'none.ipynb'}.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_lesson_is_named_by_its_number_as_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr("cloudlab.shell.page.page", lambda path, _others: path.name)
    assert write_pages(["03", "exercises/01"], str(tmp_path)) == 0
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    assert made == {"03_load_balancing.html", "exercises/01_autoscaling_limits.html"}


def test_a_folder_that_is_a_file_is_one_sentence_before_anything_runs(tmp_path, capsys):
    path = shutil.copy(LESSONS[0], tmp_path / "a.ipynb")
    assert cli.main(["page", str(path), "--to", str(tmp_path / "a.ipynb" / "in")]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"cloudlab: no page can be written in {tmp_path / 'a.ipynb' / 'in'}: ")
    assert told.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a.ipynb"]
