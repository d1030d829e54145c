"""The stage in a real browser: it plays, steps back to the same frame, counts right, and can be read and reached.

Each test opens a saved page, which runs the same module as JupyterLab does; `test_browser` uses it there.
"""

import re
from itertools import pairwise

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from stage_pages import NARROW, WIDE, ask, stage_pages

from cloudlab.labs import autoscaling_limits, autoscaling_policies, load_balancing, start_here
from cloudlab.views.charts.lane_counts import read_lanes
from cloudlab.views.charts.tiles import tiles
from cloudlab.views.lesson import Stage
from cloudlab.views.line import in_line


@pytest.fixture(scope="module")
def runs():
    return {
        "lanes": load_balancing.scenario(slow="C"),
        "one line": load_balancing.scenario(slow="C", method="one_line"),
        "health": load_balancing.health(die=(127.0,)),
        "band": autoscaling_limits.scenario(kill_one=(118.0,), ask_for_20=(190.0,)),
        "wave": autoscaling_policies.scenario(),
        "desk": start_here.scenario(passengers=54, clerks=2),
        "monday": start_here.scenario(passengers=54),
        "day": autoscaling_limits.day(),
    }


@pytest.fixture
def opened(tabs, runs, tmp_path):
    """`opened("lanes", …)` is a page with that run; several names are compared."""
    with stage_pages(tabs, tmp_path) as open_page:

        def open_runs(*names, scale=1.0, **look):
            made = Stage(
                *(runs[name] for name in names), names=names if len(names) > 1 else (), title="The stage"
            )
            made.scale = scale
            return open_page(made, **look)

        yield open_runs


def frame(page) -> str:
    """The picture, letter by letter."""
    return ask(page, "stage.parts.canvas.toDataURL() + stage.parts.line.toDataURL()")


def button(page, name: str):
    return page.locator(".cloudlab-stagebar").get_by_role("button", name=name)


def test_nothing_moves_before_play_and_pause_stops_it(opened):
    page = opened("lanes")
    first = frame(page)
    page.wait_for_timeout(300)
    assert ask(page, "stage.t") == 0 and frame(page) == first
    button(page, "Play").click()
    page.wait_for_function("() => document.getElementById('stage').stage.t > 2")
    button(page, "Pause").click()
    moment, shown = ask(page, "stage.t"), frame(page)
    page.wait_for_timeout(300)
    assert ask(page, "stage.t") == moment and frame(page) == shown != first


BUSY = """() => {
  const { stage } = document.getElementById("stage");
  window.IntersectionObserver = class extends IntersectionObserver {
    constructor(tell, options) {
      const before = { isIntersecting: false, intersectionRatio: 0 };
      super((entries) => tell([before, ...entries]), options);
    }
  };
  stage.unwatch();
  stage.watch();
}"""
"""A page that is told at once that the stage was out of sight, and that it is in sight again."""


def test_a_stage_plays_that_was_out_of_sight_for_less_than_a_busy_page_notices(opened):
    page = opened("lanes")
    page.evaluate(BUSY)
    button(page, "Play").click()
    page.wait_for_function("() => document.getElementById('stage').stage.t > 0", timeout=20_000)


@pytest.mark.parametrize("run", ["lanes", "health", "band", "wave", "desk"])
def test_stepping_back_shows_the_same_frame_again(opened, run):
    page = opened(run)
    ask(page, "stage.seek(stage.end / 5)")
    frames = []
    for _ in range(4):
        button(page, "Step").click()
        frames.append((ask(page, "stage.t"), frame(page)))
    assert len({moment for moment, _ in frames}) == len({shown for _, shown in frames}) == 4
    for wanted in frames[-2::-1]:
        button(page, "Back").click()
        assert (ask(page, "stage.t"), frame(page)) == wanted


def test_it_is_scrubbed_and_played_by_keyboard_alone(opened):
    page = opened("lanes")
    focused = "() => document.activeElement.className + ' ' + document.activeElement.textContent"
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(focused))
        if "cloudlab-scrub" in seen[-1]:
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert ask(page, "stage.t") == pytest.approx(10)
    page.keyboard.press("End")
    assert ask(page, "stage.t") == pytest.approx(600)
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert "Play" in page.evaluate(focused)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.getElementById('stage').stage.t > 1")
    page.keyboard.press("Enter")
    assert not ask(page, "stage.playing")
    assert sum("cloudlab-spot" in one for one in seen) == 5, "four servers and the balancer can be reached"


@pytest.mark.parametrize("run", ["lanes", "one line", "health"])
def test_the_counts_of_each_server_are_the_records(opened, runs, run):
    page, record = opened(run), runs[run]
    for moment in (3.0, 61.7, 127.5, 240.0, 599.0, 600.0):
        found = ask(
            page,
            f"stage.run.sorted.map((part) => {{ const lane = stage.run.lane(part, {moment});"
            " return [lane.sent, lane.waiting, lane.lost, lane.atWork.length,"
            " lane.times.n ? lane.times.p50 : null, lane.times.n ? lane.times.p95 : null]; })",
        )
        read = read_lanes(record, moment)
        assert found == [
            [
                lane.sent,
                lane.waiting,
                lane.failed,
                len(lane.at_work),
                lane.p50 if lane.p50 == lane.p50 else None,
                lane.p95 if lane.p95 == lane.p95 else None,
            ]
            for lane in read.lanes
        ]
        assert ask(page, f"stage.run.waiting({moment})") == read.waiting == in_line(record).at(moment)


@pytest.mark.parametrize("run", ["band", "wave"])
def test_the_tiles_of_a_group_are_the_records(opened, runs, run):
    page, record = opened(run), runs[run]
    group = record.parts_of("group")[0]
    for moment in (1.0, 95.0, 118.5, 121.0, 199.0, 275.0, record.end):
        found = ask(
            page,
            f"stage.run.members({moment}).map(({{ part, letter }}) => [stage.run.parts[part].name, letter])",
        )
        wanted = [[tile.name, tile.letter] for tile in tiles(record, group, moment)]
        assert sorted([name, "T" if letter == "D" else letter] for name, letter in found) == sorted(wanted)


def test_what_travels_is_drawn_and_not_yet_counted(opened, runs):
    page, record = opened("lanes"), runs["lanes"]
    ask(page, "stage.seek(240)")
    hop = ask(page, "stage.view.hop")
    soon = [time for time in record.requests.arrived if 240 < time <= 240 + 2 * hop]
    assert ask(page, "stage.view.moving") == len(soon) > 5
    sent = sum(lane.sent for lane in read_lanes(record, 240).lanes)
    assert sent == sum(time <= 240 for time in record.requests.arrived)


def test_with_reduced_motion_there_are_still_frames_with_the_same_numbers(opened):
    page, moving = opened("lanes", still=True), opened("lanes")
    for one in (page, moving):
        ask(one, "stage.seek(240)")
    assert ask(page, "stage.view.moving") == 0 < ask(moving, "stage.view.moving")
    numbers = [one.locator(".cloudlab-numbers").text_content() for one in (page, moving)]
    assert numbers[0] == numbers[1]
    drawn = ask(
        page,
        """(() => {
          const seen = [];
          const line = stage.pen.line;
          stage.pen.line = (...given) => { seen.push(given[6]); line.apply(stage.pen, given); };
          stage.draw(true);
          delete stage.pen.line;
          return seen;
        })()""",
    )
    assert [dash for dash in drawn if dash == [1, 7]] == [[1, 7]], "the last move is a dotted arrow"
    button(page, "Play").click()
    page.wait_for_function("() => document.getElementById('stage').stage.t > 245")
    assert ask(page, "stage.view.moving") == 0


def test_dark_and_light_are_other_pictures_of_the_same(opened):
    light, dark = opened("band"), opened("band", dark=True)
    for one in (light, dark):
        ask(one, "stage.seek(200)")
    assert frame(light) != frame(dark)
    assert ask(light, "stage.pen.c.ground") == "#F5F7FA" and ask(dark, "stage.pen.c.ground") == "#181D24"
    assert light.locator(".cloudlab-ticker").text_content() == dark.locator(".cloudlab-ticker").text_content()


@pytest.mark.parametrize("run", ["lanes", "band", "wave", "desk", "one line"])
@pytest.mark.parametrize("look", ["narrow", "zoom", "projector"])
def test_nothing_is_wider_than_its_window(opened, run, look):
    window = {
        "narrow": {"viewport": NARROW},
        "zoom": {"viewport": {"width": 565, "height": 500}, "ratio": 2.0},  # 200 % of 1130 px
        "projector": {"scale": 1.5},
    }[look]
    page = opened(run, **window)
    ask(page, "stage.seek(stage.end / 2)")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    size = page.locator(".cloudlab-ticker li").first.evaluate(
        "(node) => parseFloat(getComputedStyle(node).fontSize)"
    )
    assert size == (24 if look == "projector" else 16)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("names", [("lanes",), ("band",), ("wave",), ("lanes", "one line")], ids=" and ".join)
def test_axe_core_finds_nothing(opened, names, dark):
    page = opened(*names, dark=dark)
    ask(page, "stage.seek(stage.end / 2)")
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("() => axe.run('#stage')")
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]] == []
    assert len({rule["id"]: rule["nodes"] for rule in found["passes"]}["color-contrast"]) > 15


def test_a_screen_reader_reads_sentences(opened):
    page = opened("health")
    ask(page, "stage.seek(150)")
    scene = page.locator(".cloudlab-scene")
    assert scene.get_attribute("aria-label").startswith("The scene at 2:30. Server C is dead: ")
    labels = [spot.get_attribute("aria-label") for spot in scene.get_by_role("button").all()]
    assert len(labels) == 5 and all(label.endswith(".") for label in labels)
    assert any(
        label.startswith("Server C has been killed since 2:07. It got 357 requests: 302 done, 27 wait")
        for label in labels
    )
    spoken = page.locator(".cloudlab-spoken")
    button(page, "Step").click()
    assert spoken.get_attribute("aria-live") == "polite" and spoken.text_content().startswith("2:")


def test_it_answers_why(opened, runs):
    page, rows = opened("lanes"), runs["lanes"].requests
    ask(page, "stage.seek(300)")
    page.get_by_label("Ask why").select_option("longest")
    took, row = max(
        (rows.answered[row] - rows.arrived[row], row) for row in range(len(rows)) if rows.answered[row] <= 300
    )
    story = page.locator(".cloudlab-why").inner_text()
    assert f"Why did request {row + 1} take {took:.0f} s?" in story
    assert re.search(r"\d+ s in line", story)
    assert "Server C works at half its speed" in story
    page.locator(".cloudlab-why button").focus()
    page.keyboard.press("Escape")
    page.locator(".cloudlab-ticker li").first.wait_for()
    page.locator(".cloudlab-spot").nth(1).click()
    about = page.locator(".cloudlab-why").inner_text()
    assert about.startswith("What about Server") and "% of the last minute" in about


def test_a_story_writes_thousands_as_the_numbers_above_it_do(opened):
    page = opened("monday")
    ask(page, "stage.seek(stage.end)")
    page.get_by_label("Ask why").select_option("longest")
    story = page.locator(".cloudlab-why").inner_text()
    assert "take 1,688 s?" in story and "1,229 s in line" in story and "459 s work" in story


def test_only_what_is_there_by_now_can_be_asked_about(opened):
    page = opened("band")

    def offered() -> list[str]:
        options = page.locator("select[aria-label='Ask why'] option:not([hidden])")
        return [words for words in options.all_text_contents() if words.startswith("i-")]

    six = [f"i-{number}" for number in range(1, 7)]
    assert offered() == six, "how many will be launched is what the prediction asks"
    ask(page, "stage.seek(stage.end)")
    assert offered() == [*six, "i-7", "i-8", "i-9", "i-10"]
    ask(page, "stage.seek(0)")
    assert offered() == six


def test_an_instance_says_first_who_wanted_it_and_what_for(opened):
    page = opened("band")
    told = ask(
        page,
        "stage.run.ofKind('instance').map((part) => stage.run.kindOf(part).story(stage.run, part, 240)[0])",
    )
    assert told[0] == "i-1 was launched at 0:00, since the group wanted 6 instances."
    assert told[6] == "i-7 was launched at 2:00 in place of i-4, which no longer runs."
    assert told[7] == "i-8 was launched at 3:10, when a policy asked for 20 instances and got 9."
    page = opened("wave")
    ask(page, "stage.seek(stage.end)")
    page.get_by_label("Ask why").select_option("i-5")
    told = page.locator(".cloudlab-why p").first.inner_text()
    assert told == "i-5 was launched at 13:00, when target tracking asked for 7 instances."


def test_the_parts_of_a_story_add_up_to_the_time_that_its_question_names(opened):
    page = opened("lanes")
    stories = ask(page, "[...stage.run.started.keys()].map((row) => stage.asking.storiesOf({ row })[0])")
    told = 0
    for story in stories:
        took = re.fullmatch(r"Why did request [\d,]+ take ([\d.,]+) s\?", story["head"])
        if took:
            whole, *parts = (
                float(text.replace(",", ""))
                for text in (took[1], *(bar["words"].split(" ")[0] for bar in story["bars"]))
            )
            assert abs(whole - sum(parts)) < (0.5 if whole > 9.9 else 0.06), story
            told += 1
    assert told > 1000


def test_a_bead_tells_the_story_of_its_request(opened):
    page = opened("lanes")
    ask(page, "stage.seek(60)")
    hit = ask(
        page, "stage.view.hits.find(({ row }) => stage.run.started[row] > 60 && stage.run.arrived[row] <= 60)"
    )
    page.locator(".cloudlab-scene canvas").click(position={"x": hit["x"], "y": hit["y"]}, force=True)
    assert f"request {hit['row'] + 1} " in page.locator(".cloudlab-why").inner_text()


def test_a_request_is_asked_for_by_its_number(opened, runs):
    page, rows = opened("lanes"), runs["lanes"].requests
    ask(page, "stage.seek(200)")
    page.get_by_label("Ask why").select_option("A request by its number …")
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    assert (
        f"Why did request 50 take {rows.answered[49] - rows.arrived[49]:.2f} s?"
        in page.locator(".cloudlab-why").inner_text()
    )
    page.get_by_label("Ask why").select_option("A request by its number …")
    page.keyboard.type("100000")
    page.get_by_role("button", name="Ask", exact=True).click()
    assert "No request 100000 has come so far" in page.locator(".cloudlab-message").inner_text()
    assert "request 50" in page.locator(".cloudlab-why").inner_text(), "nothing is lost"


def test_a_request_that_was_lost_to_a_dead_server_says_that_it_was_dead(opened, runs):
    """Server C dies at 127 s and the checks notice a minute later: until then it gets its share, and nobody is busy."""
    record, page = runs["health"], opened("health")
    rows, dead = record.requests, record.part("Server C")
    lost = next(
        r for r, time in enumerate(rows.arrived) if time > 128 and rows.target[r] == dead and rows.status[r]
    )
    ask(page, f"stage.seek({rows.answered[lost] + 1})")
    page.get_by_label("Ask why").select_option("A request by its number …")
    page.keyboard.type(str(lost + 1))
    page.keyboard.press("Enter")
    story = page.locator(".cloudlab-why").inner_text()
    assert "was sent to Server C, which was dead" in story
    assert "nobody had noticed yet" in story and "without an answer" in story
    assert "busy with others" not in story and "in line" not in story


def test_a_request_whose_server_died_while_it_worked_says_when(tabs, tmp_path):
    calm = load_balancing.health()
    rows, part = calm.requests, calm.part("Server C")
    row = next(r for r, time in enumerate(rows.started) if time > 100 and rows.target[r] == part)
    death = (rows.started[row] + rows.finished[row]) / 2
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(load_balancing.health(die=(death,))))
        story = ask(page, f"stage.asking.storiesOf({{ row: {row} }})[0]")
    assert f"Why did request {row + 1} fail?" == story["head"]
    assert story["lines"][-1] == f"Server C died at 1:{death - 60:.0f}, before it was done.", story


def numbers(words: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"[\d.,]*\d", words)]


@pytest.mark.parametrize("run", ["lanes", "one line", "health", "wave"])
def test_the_parts_of_a_story_add_up(opened, runs, run):
    """What a request took is what it waited and what it worked; what a server got is what became of it."""
    page, many = opened(run), len(runs[run].requests)
    stories = ask(page, f"Array.from({{ length: {many} }}, (_, row) => stage.asking.storiesOf({{ row }})[0])")
    told = [story for story in stories if " take " in story["head"]]
    assert len(told) > 1000
    for story in told:
        whole = numbers(story["head"].split(" take ")[1])[0]
        wait, work = (numbers(bar["words"])[0] for bar in story["bars"])
        assert wait + work == pytest.approx(whole), story["head"]
        for number, bar in zip((wait, work), story["bars"], strict=True):
            assert abs(number - bar["seconds"]) < 1 and (number > 0 or bar["seconds"] < 2e-6)
    for moment in (61.7, 127.5, 240.0, runs[run].end):
        texts = ask(
            page,
            f"(stage.seek({moment}), stage.run.sorted.map((part) =>"
            " stage.asking.storiesOf({ part })[0].lines.find((line) => line.startsWith('It got'))))",
        )
        for text in texts:
            got, *parts = numbers(text.replace("nobody waits", "0 wait"))
            assert got == sum(parts), text


def test_at_the_end_a_press_says_why_nothing_happens_and_play_begins_anew(tabs, tmp_path):
    from cloudlab.views.lesson import explore, stage

    shown = explore(autoscaling_limits.scenario, stage).stages[0]
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(shown)
        ask(
            page,
            "(stage.model.set('live', true), stage.model.set('actions', [...stage.model.get('actions')]))",
        )
        ask(page, "(stage.model.send = (sent) => { window.sent = sent; }, stage.seek(stage.end))")
        page.get_by_role("button", name="Kill one").click()
        assert "This run has ended" in page.locator(".cloudlab-message").inner_text()
        assert page.evaluate("window.sent") is None and ask(page, "stage.t") == 480
        button(page, "Step").click()
        assert "This is the end of the run" in page.locator(".cloudlab-message").inner_text()
        button(page, "Back").click()
        assert page.locator(".cloudlab-message").inner_text() == "" and ask(page, "stage.t") < 480
        ask(page, "(stage.seek(100), 1)")
        page.get_by_role("button", name="Kill one").click()
        assert page.evaluate("window.sent") == {"press": "kill_one", "moment": 100}
        ask(page, "(stage.player.pause(), stage.seek(stage.end))")
        button(page, "Play").click()
        page.wait_for_function("() => document.getElementById('stage').stage.t < 400")


def test_each_bead_and_each_capsule_of_a_crowd_answers(opened, runs):
    """At 300 s some 80 wait for C, in 20 capsules: each tells of the first request that it stands for."""
    for look in ({}, {"viewport": NARROW}):
        page = opened("lanes", **look)
        ask(page, "(stage.seek(300), 1)")
        waiting = ask(page, "stage.run.inLine(stage.run.sorted[2], 300, 1000)")
        capsules = ask(
            page, "stage.view.hits.filter((hit) => hit.box).map(({ x, y, box }) => [x, y, box[1]])"
        )
        assert len(capsules) == 20 and len(waiting) > 60
        seen = []
        for x, y, half in capsules:
            page.locator(".cloudlab-scene canvas").click(position={"x": x, "y": y - half + 2}, force=True)
            seen.append(ask(page, "stage.asking.selected.row"))
        assert seen == [waiting[place * len(waiting) // 20] for place in range(20)]


PREDICTED = {"words": "you predicted", "value": 11, "unit": "", "came": 9}


def guess(page, **more):
    page.evaluate(
        "(guess) => document.getElementById('stage').stage.model.set('prediction', guess)", PREDICTED | more
    )


def test_the_peg_tells_at_the_end_and_not_before_how_far_off_a_prediction_was(opened):
    page = opened("band")
    guess(page)
    words = "(stage.pen.marks = [], stage.draw(true), stage.pen.marks.map((one) => one.words))"
    asked = page.locator(".cloudlab-asked")
    ask(page, "(stage.seek(stage.end - 1), 1)")
    assert page.locator(".cloudlab-scene").get_attribute("aria-label").startswith("The scene at 7:59.")
    assert "you predicted 11" in ask(page, words) and asked.inner_text() == ""
    ask(page, "(stage.seek(stage.end), 1)")
    assert "you predicted 11: 2 too many" in ask(page, words)
    assert asked.inner_text() == "You predicted 11, it was 9: 2 too many."
    assert asked.get_attribute("data-tone") == "wrong"
    guess(page, value=9)
    assert "you predicted 9: exactly right" in ask(page, words)
    assert asked.get_attribute("data-tone") == "right"
    guess(page, value=300, came=287.3, unit="s")
    assert asked.inner_text() == "You predicted 300 s, it was 287 s: 13 s too long."


def test_the_number_before_a_line_moves_with_it_and_covers_no_bead(opened, runs):
    page, rows = opened("monday"), runs["monday"].requests
    waits = in_line(runs["monday"])
    taken = [one for one in rows.started if one < 8 * 3600 and 2 <= waits.at(one + 0.01) <= 9][:20]
    assert len(taken) == 20
    for moment in taken:
        marks = ask(
            page, f"(stage.pen.marks = [], stage.seek({moment + 0.01}), stage.draw(true), stage.pen.marks)"
        )
        beads = [one for one in marks if one["what"] == "bead"]
        [number] = [one for one in marks if one["words"] == str(len(beads))]
        assert number["x"] + number["width"] + 4 <= min(one["x"] for one in beads), moment


@pytest.mark.parametrize("value, came", [(12, 28), (27, 28), (28, 27), (60, 28)])
def test_the_size_of_a_miss_stands_clear_of_its_peg(opened, value, came):
    page = opened("monday")
    guess(page, value=value, came=came, unit="passengers")
    marks = ask(page, "(stage.linePen.marks = [], stage.seek(stage.end), stage.linePen.marks)")
    [peg], [miss] = ([one for one in marks if one["what"] == what] for what in ("peg", "miss"))
    assert miss["x"] + miss["width"] + 2 <= peg["x"]


def test_the_scrubber_ends_where_the_axis_does_and_the_words_at_its_end_stand_behind_it(opened):
    for page in (opened("band"), opened("lanes")):
        guess(page)
        ask(page, "(stage.linePen.marks = [], stage.seek(stage.end), 1)")
        card = page.locator(".cloudlab-time canvas").bounding_box()
        end = card["x"] + ask(page, "stage.line.right")
        scrub = page.locator(".cloudlab-scrub").bounding_box()
        assert abs(scrub["x"] + scrub["width"] - 9 - end) <= 1
        written = ask(page, "stage.linePen.marks.filter((one) => one.words && one.y < 45)")
        behind = [one["words"] for one in written if card["x"] + one["x"] > end]
        assert any(words.startswith(("desired 9", "in service")) or "waiting" in words for words in behind)
        page.mouse.click(end - 1, card["y"] + 40)
        assert ask(page, "stage.t > 0.99 * stage.end")


@pytest.mark.parametrize("look", [{}, {"viewport": NARROW}], ids=["wide", "narrow"])
def test_the_handles_of_a_band_never_cover_each_other(tabs, tmp_path, look):
    record = autoscaling_policies.scenario(
        target_value=40, jump=4, schedule_it=True
    )  # 23 of 24 cells at least
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(record), **look)
        marks = ask(page, "(stage.pen.marks = [], stage.seek(stage.end), stage.pen.marks)")
        low, high = (one for one in marks if one["what"] == "handle")
        assert 0 < high["x"] - low["x"] - low["width"] < 4


@pytest.mark.parametrize("name", ["band", "lanes", "monday", "wave"])
def test_on_a_narrow_screen_the_timeline_takes_most_of_the_width_and_its_lines_are_named_above(opened, name):
    page = opened(name, viewport=NARROW)
    guess(page, value=12, came=28, unit=ask(page, "stage.run.rows ? 'passengers' : 'requests'"))
    ask(page, "(stage.linePen.marks = [], stage.seek(stage.end), 1)")
    left, right, above = ask(page, "[stage.line.left, stage.line.right, stage.line.above]")
    width = page.locator(".cloudlab-time canvas").bounding_box()["width"]
    assert right - left > 0.6 * width
    named = ask(page, "stage.linePen.marks.filter((one) => one.words && one.y < stage.line.above)")
    assert named and all(one["y"] + one["height"] <= above + 1 and "…" not in one["words"] for one in named)
    card = page.locator(".cloudlab-time canvas").bounding_box()
    page.mouse.click(card["x"] + (left + right) / 2, card["y"] + above + 40)
    assert ask(page, "stage.t / stage.end") == pytest.approx(0.5, abs=0.03)


def test_a_prediction_about_one_server_stands_on_the_line_of_that_server(tabs, tmp_path):
    record = load_balancing.scenario(slow="C")
    third = record.part("Server C")
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(record))
        guess(page, value=100, unit="requests", came=200, at=record.end, part=third)
        written = "(stage.linePen.marks = [], stage.draw(true), stage.linePen.marks.map((one) => one.words))"
        ask(page, "stage.seek(590)")
        own, every = ask(page, f"[stage.run.lane({third}, 590).waiting, stage.run.waiting(590)]")
        assert own < every, "the others have lines, too"
        words = ask(page, written)
        assert f"{own} for Server C" in words and f"{every} waiting" in words, words
        guess(page, value=100, unit="requests", came=200)
        assert not any(str(one).endswith("Server C") for one in ask(page, written))


@pytest.mark.parametrize(
    "make, head, legend",
    [
        (lambda: autoscaling_policies.scenario(target_value=40), "busy, tick 40 %", "40 %, the target"),
        (load_balancing.scenario, "Busy, tick at 70 %", "70 %"),
    ],
    ids=["a target", "none"],
)
def test_the_tick_of_what_is_busy_stands_at_the_target(tabs, tmp_path, make, head, legend):
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(make()))
        ask(page, "(stage.seek(590), stage.pen.marks = [], stage.draw(true))")
        assert head in ask(page, "stage.pen.marks.map((one) => one.words)")
        told = page.locator(".cloudlab-legend").text_content()
        assert f"how busy: the mark stands at {legend}" in told
        assert ("the target" in told) == ("the target" in legend)


def test_a_predicted_length_of_time_is_told_without_the_moment_at_which_it_was_known(opened):
    page = opened("band")
    guess(page, value=5, came=27, at=90, unit="s")
    ask(page, "(stage.seek(90), 1)")
    asked = page.locator(".cloudlab-asked")
    assert asked.inner_text() == "You predicted 5 s, it was 27 s: 22 s too short."


def test_each_of_two_predictions_is_asked_and_answered_at_its_own_moment(opened):
    page = opened("band")
    later = [PREDICTED | {"value": 20, "at": 480}]
    page.evaluate("(later) => document.getElementById('stage').stage.model.set('later', later)", later)
    guess(page, value=5, came=6, at=240)
    asked = page.locator(".cloudlab-asked")
    for moment, peg, words in (
        (239, "you predicted 5", ""),
        (240, "you predicted 5: 1 too few", "At 4:00: you predicted 5, it was 6: 1 too few."),
        (300, "you predicted 20", ""),
        (480, "you predicted 20: 11 too many", "At 8:00: you predicted 20, it was 9: 11 too many."),
    ):
        ask(page, f"(stage.seek({moment}), 1)")
        written = ask(
            page, "(stage.pen.marks = [], stage.draw(true), stage.pen.marks.map((one) => one.words))"
        )
        assert [one.replace(" →", "") for one in written if one.startswith("you predicted")] == [peg]
        assert asked.inner_text() == words


def test_what_an_opening_asks_stands_there_from_its_stop_until_it_is_answered(opened):
    page = opened("band")
    opening = {"since": 90, "until": 119, "question": "How many?", "answered": 240}
    page.evaluate(
        "(opening) => document.getElementById('stage').stage.model.set('opening', opening)", opening
    )
    asked, told = page.locator(".cloudlab-asked"), []
    ask(page, "(stage.player.opened = false, stage.player.open(90, 119), stage.player.pause(), 1)")
    for act in ("stage.player.opening = [90, 119]", "stage.player.opening = null", "stage.seek(240)"):
        ask(page, f"({act}, stage.draw(true), 1)")
        told.append(asked.inner_text())
    assert told == ["", "How many?", ""]
    ask(page, "(stage.seek(119), stage.model.set('opening', { since: 90, until: 119, question: '' }), 1)")
    assert asked.inner_text() == "", "of another run nothing is asked"


def test_the_answer_to_a_prediction_is_felt_at_its_peg_and_still_where_nothing_may_move(opened):
    moving, still = opened("band"), opened("band", still=True)
    for page in (moving, still):
        page.evaluate(
            "() => { window.rings = 0; new MutationObserver((all) => all.forEach(({ addedNodes }) =>"
            " addedNodes.forEach((node) => { window.rings += node.className === 'cloudlab-ripple'; })))"
            ".observe(document.body, { subtree: true, childList: true }); }"
        )
        guess(page)
        for moment in ("stage.end", "stage.end - 50", "stage.end"):
            ask(page, f"(stage.seek({moment}), 1)")
        page.wait_for_function("() => !document.querySelector('.cloudlab-ripple')")
    assert moving.evaluate("rings") == 2, "one for the lock, and one at the end of the run, not each time"
    assert still.evaluate("rings") == 0
    motion = "(node) => getComputedStyle(node).animationName"
    assert moving.locator(".cloudlab-asked").evaluate(motion) == "cloudlab-settle"
    assert still.locator(".cloudlab-asked").evaluate(motion) == "none"


def test_a_task_that_is_ticked_off_is_felt_once(opened):
    page = opened("band")
    todo = [{"text": "One", "done": False}, {"text": "Two", "done": True}]
    show = "(todo) => document.getElementById('stage').stage.model.set('todo', todo)"
    felt = page.locator(".cloudlab-todo .cloudlab-felt")
    page.evaluate(show, todo)
    assert felt.count() == 0
    page.evaluate(show, [{**todo[0], "done": True}, todo[1]])
    assert felt.all_text_contents() == ["Make it happen: all done", "One (done)"]


def test_at_its_end_a_run_tells_its_finding(opened):
    page = opened("band")
    sentence = page.locator(".cloudlab-sentence")
    ask(page, "(stage.seek(stage.end - 1), 1)")
    assert "A policy asked for 20" in sentence.inner_text()
    ask(page, "(stage.seek(stage.end), 1)")
    finding = "At 8:00, all 9 desired are in service: the maximum clips the ask for 20."
    assert sentence.inner_text() == finding


def test_this_moment_is_told(opened, runs):
    page = opened("band")
    ask(page, "stage.seek(118)")
    page.get_by_label("Ask why").select_option("This moment")
    story = page.locator(".cloudlab-why").inner_text()
    assert "What happened at 1:58?" in story
    assert [note.text for note in runs["band"].notes if note.time == 118 and note.text not in story] == []


def test_a_flag_of_the_timeline_tells_who_asked(opened, runs):
    page, (first, *_) = opened("wave"), runs["wave"].asks
    ask(page, "stage.seek(stage.end)")
    x = ask(page, f"stage.line.marks.find((mark) => mark.time === {first.time}).x")
    box = page.locator(".cloudlab-time canvas").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + 12)
    assert ask(page, "stage.t") == first.time
    assert "What happened at" in page.locator(".cloudlab-why").inner_text()


def test_other_seeds_are_diamonds(tabs, tmp_path):
    from cloudlab.views.lesson import explore, stage

    panel = explore(load_balancing.scenario, stage, minutes=2)
    panel.is_it_luck(6)
    assert panel.stages[0].luck["values"] == [entry.p95 for entry in panel.luck]
    with tabs.open(viewport=WIDE) as page:
        page.goto(panel.stages[0].save_html(tmp_path / "stage.html").as_uri())
        box = page.locator(".cloudlab-luck")
        assert box.locator("svg path[stroke]").count() == 6 + 1, "an axis, and a diamond for each seed"
        assert "p95 of 6 seeds" in box.inner_text()
        assert "Only in part: it changes with the seed. 6 seeds: p95 " in box.inner_text()
        panel.set(slow="C")
        luck = panel.stages[0].luck
        assert luck["old"] and len(luck["values"]) == 6, (
            "the answer stays, and says that it is older than the run"
        )
        answer = panel.is_it_luck(6)
        page.goto(panel.stages[0].save_html(tmp_path / "stage.html").as_uri())
        assert box.locator("svg path[stroke]").count() == 2 * (6 + 1), (
            "and below them those before the change"
        )
        assert answer in box.inner_text() and "asked before" not in box.inner_text()
        assert answer.startswith("No, it is no luck: with slow C instead of none, p95 is higher with each of")


def test_two_runs_of_the_same_luck_are_compared(opened, runs):
    page = opened("lanes", "one line")
    ask(page, "stage.seek(300)")
    one, other = (read_lanes(runs[name], 300) for name in ("lanes", "one line"))
    cell = page.locator(".cloudlab-number-cell", has_text="Waiting").inner_text()
    assert f"{one.waiting} → {other.waiting}" in cell
    assert "p95 falls from" in page.locator(".cloudlab-sentence").inner_text()
    page.get_by_label("Ask why").select_option("moment")
    story = page.locator(".cloudlab-why").inner_text().split("\n")
    labels = [line for line in story if line in ask(page, "stage.runs.map((run) => run.label)")]
    assert len(labels) == 2, f"each run is told, and named: {story}"
    assert "next free server" in " ".join(story[story.index(labels[1]) :])
    page.get_by_label("Ask why").select_option("longest")
    rows = runs["lanes"].requests
    took, row = max(
        (rows.answered[row] - rows.arrived[row], row) for row in range(len(rows)) if rows.answered[row] <= 300
    )
    story = page.locator(".cloudlab-why").inner_text()
    assert f"Why did request {row + 1} take {took:.0f} s?" in story and story.count("in line") >= 2, (
        "in both runs"
    )


def test_off_the_screen_it_pauses(opened):
    page = opened("lanes")
    button(page, "Play").click()
    page.wait_for_function("() => document.getElementById('stage').stage.t > 1")
    page.evaluate("() => { document.body.style.paddingTop = '4000px'; window.scrollTo(0, 0); }")
    page.wait_for_function("() => !document.getElementById('stage').stage.seen")
    moment = ask(page, "stage.t")
    page.wait_for_timeout(300)
    assert ask(page, "stage.t") - moment < 2
    page.evaluate("() => window.scrollTo(0, 4000)")
    page.wait_for_function(f"() => document.getElementById('stage').stage.t > {moment + 1}")


def test_what_needs_python_says_so_on_a_saved_page(tabs, tmp_path):
    from cloudlab.views.lesson import explore, stage

    panel = explore(autoscaling_limits.scenario, stage, label="The elastic band")
    with tabs.open(viewport=WIDE) as page:
        page.goto(panel.stages[0].save_html(tmp_path / "panel.html").as_uri())
        actions = page.locator(".cloudlab-actions")
        assert "These buttons need Python" in page.locator(".cloudlab-done-at").inner_text()
        assert actions.get_by_role("button").first.is_disabled()


@pytest.mark.parametrize("run, most_behind", [("day", 4), ("wave", 1), ("band", 1)])
def test_the_cost_of_an_hour_is_what_its_machines_cost_and_a_charge_at_once_is_no_rate(
    opened, runs, run, most_behind
):
    """A balancer's hour is charged when it begins, and a bill is rounded: the rate beside the cost does not jump."""
    record, page = runs[run], opened(run)
    price, around = 0.096, max(record.end / 100, 150.0)
    machines = [record.parts[part] for part in record.parts_of("instance")]
    for place in range(200):
        time = place * record.end / 200
        there = [
            len([m for m in machines if m.born < at <= m.gone]) for at in (time - around, time, time + around)
        ]
        near = [m for m in machines if m.born < time + around and m.gone > time - around]
        rate = ask(page, f"stage.run.perHour({time})")
        assert rate <= len(near) * price + 0.1 * price, time
        assert rate >= (min(n for n in there if n) - most_behind) * price, time


def test_timeline_strip_and_tiles_count_the_same_servers_at_every_moment(opened, runs):
    """At 119 s one of six is dead and the group has not looked yet: five serve, whoever counts."""
    page, end = opened("band"), runs["band"].end
    assert ask(page, "stage.run.ruled('serving', 119)") == 5
    tiles = "stage.run.members({0}).filter((one) => one.letter === 'S').length"
    for place in range(160):
        time = place * end / 160
        assert ask(page, f"stage.run.ruled('serving', {time})") == ask(page, tiles.format(time)), time


@pytest.mark.parametrize("end", [300, 1000, 3000, 6000, 28800])
def test_labels_of_the_time_axis_stand_at_equal_distances_and_at_both_ends(opened, end):
    marks = ask(
        opened("monday"), f"(stage.pen.marks = [], stage.seek({end}), stage.draw(true), stage.pen.marks)"
    )
    [last] = [one for one in marks if re.fullmatch(r"[\d.,]+ s", one["words"] or "")]
    level = [
        one
        for one in marks
        if one["words"] and one["y"] == last["y"] and re.match(r"[\d.,]+( s)?$", one["words"])
    ]
    ticks = sorted(float(one["words"].removesuffix(" s").replace(",", "")) for one in level)
    assert ticks[0] == 0 and len(ticks) > 1
    assert [b - a for a, b in pairwise(ticks)] == pytest.approx(
        [ticks[-1] / (len(ticks) - 1)] * (len(ticks) - 1)
    )


def test_eleven_in_line_are_measured_against_twelve_not_twenty(opened, runs):
    waits = in_line(runs["monday"])
    first = next(time for time, value in zip(waits.times, waits.values, strict=True) if value > 10)
    marks = ask(
        opened("monday"), f"(stage.linePen.marks = [], stage.seek({first + 0.01}), stage.linePen.marks)"
    )
    assert "12" in [one["words"] for one in marks]
