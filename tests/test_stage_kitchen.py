"""The pop-up kitchen on the stage: stalls are where the record has them, and tell why they are cold, or gone."""

import pytest
from alphabet import kitchen
from stage_pages import NARROW, WIDE, ask, ask_for_message, stage_pages

from cloudlab.kernel.invocations import cold_starts, environments, running
from cloudlab.labs.lambda_functions import kept_ready, scenario, table, triggers
from cloudlab.views.stage import Stage

MOMENTS = (0.0, 15.0, 17.0, 30.0, 119.9, 120.5, 121.0, 125.0, 131.0, 200.0, 239.0)


@pytest.fixture
def opened(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        yield lambda *records, **look: open_page(Stage(*records, title="The stage"), **look)


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_stalls_are_where_the_record_has_its_environments(opened, window):
    record = scenario(cap=50)
    page, rows = opened(record, still=True, viewport=window), table(record)
    letters = """(t) => {
      const [stalls] = document.getElementById("stage").stage.run.stalls.values();
      const found = { I: 0, R: 0, Z: 0, G: 0 };
      for (const { letter } of stalls.standing(t)) found[letter] += 1;
      return [found, stalls.counts(t), stalls.inUse(t), stalls.coldBy(t), stalls.awayBy(t)];
    }"""
    for moment in MOMENTS:
        ask(page, f"stage.seek({moment})")
        now = environments(rows, moment)
        found, counted, used, cold, away = page.evaluate(letters, moment)
        assert counted == now._asdict() and used == running(rows, moment)
        assert (cold, away) == (cold_starts(rows, moment), sum(time <= moment for time in rows.throttled))
        assert (found["I"], found["R"], found["Z"]) == (now.init, now.running, now.idle)
        drawn = ask(page, "stage.view.hits.filter((hit) => hit.inner?.startsWith('environment')).length")
        assert drawn == sum(found.values())


def test_what_is_paid_for_is_what_the_bill_says(opened):
    """The GB-seconds under the scene, and the dollars: with provisioned environments too."""
    for record in (scenario(cap=50), kept_ready(ready=50)):
        page = opened(record, still=True)
        seconds = sum(line.quantity for line in record.bill if "duration" in line.item)
        paid = "[...stage.run.stalls.values()][0].paidBy(stage.end)"
        assert ask(page, paid) == pytest.approx(float(seconds), rel=1e-9)
        ask(page, "stage.seek(stage.end)")
        cells = page.locator(".cloudlab-number-cell").all_inner_texts()
        assert any("Billed so far" in cell and "$" in cell and "GB-s" in cell for cell in cells)


def test_dollars_and_gigabyte_seconds_tell_of_the_same_moment(opened):
    """A reading a minute would say that the burst of 2:00 is paid for by and by, until 3:00."""
    page = opened(scenario(), still=True)
    bill = {line.item: float(line.unit_price) for line in scenario().bill}
    a_second = next(price for item, price in bill.items() if "duration" in item)
    for moment in (125, 131, 150, 239):
        paid, cost = ask(
            page, f"[[...stage.run.stalls.values()][0].paidBy({moment}), stage.run.cost({moment})]"
        )
        assert cost == pytest.approx(paid * a_second, rel=0.03)


def test_numbers_under_the_scene_are_named_anew_when_the_trigger_changes(opened):
    """Nobody waits for what lies in a queue, so its run tells how much waits, not how long one in 20 takes."""
    page = opened(triggers(trigger="people"), triggers(trigger="queue"), still=True)
    told = page.locator(".cloudlab-numbers")
    ask(page, "(stage.scenes = stage.model.get('runs'), 1)")
    for place, words, others in ((0, "1 in 20 takes over", "Waiting"), (1, "Waiting", "1 in 20 takes over")):
        ask(page, f"(stage.model.set('runs', [stage.scenes[{place}]]), stage.load(), stage.seek(150))")
        assert words in told.inner_text() and others not in told.inner_text()


def drawn_words(page, moment: float) -> str:
    ask(page, "stage.pen.marks = []")
    ask(page, f"stage.seek({moment})")
    return " ".join(
        ask(page, "stage.pen.marks.filter((mark) => mark.what === 'text').map((mark) => mark.words)")
    )


def test_after_the_burst_nothing_on_the_scene_speaks_as_if_it_went_on(opened):
    page = opened(scenario(cap=20), still=True)
    for moment, came in ((100, 1), (190, 1), (150, 101)):
        told = drawn_words(page, moment)
        assert f"last minute: {came}" in told and "a second" not in told
    assert "0 in use" in told and "were in use" in told and "are in use" not in told


def story(page, question: str) -> str:
    page.get_by_label("Ask why").select_option(question)
    return page.locator(".cloudlab-why").inner_text()


def test_it_tells_why_a_call_was_cold_or_turned_away_and_why_an_environment_is_gone(opened):
    page = opened(scenario(cap=50))
    ask(page, "stage.seek(100)")
    page.get_by_label("Ask why").select_option("Why was the last one turned away?")
    assert "No call was turned away so far." in page.locator(".cloudlab-message").inner_text()
    story(page, "Why was the last call cold?")
    page.get_by_label("Ask why").select_option("Why is an environment gone?")
    assert "No environment is gone so far." in page.locator(".cloudlab-message").inner_text()
    assert not page.locator(".cloudlab-why").is_visible(), "the answer to another question is still there"
    first = story(page, "Why was the last call cold?")
    assert "Why did call 1 start cold?" in first and "No environment was there." in first
    assert "INIT took 2 s" in first
    ask(page, "stage.seek(230)")
    last = story(page, "Why was the last call cold?")
    assert "49 environments were there, and all were busy." in last
    away = story(page, "Why was the last one turned away?")
    assert "50 calls may run at once, and 50 did." in away and "Nobody waits in line" in away
    assert "ReservedFunctionConcurrentInvocationLimitExceeded" in away
    gone = story(page, "Why is an environment gone?")
    assert "it had been idle for 1 min 15 s" in gone and "its globals held is gone with it" in gone
    assert "the next call is cold" not in gone, "one is idle still, and the next call finds it warm"
    page.get_by_label("Ask why").select_option("An environment by its number …")
    page.get_by_label("Number of the environment").fill("1")
    page.keyboard.press("Enter")
    assert "since then it served" in page.locator(".cloudlab-why").inner_text()


def test_a_click_on_a_stall_on_the_card_and_on_a_capsule_is_answered(opened):
    page = opened(scenario(cap=20), still=True)
    for moment, which, words in (
        (121, "hit.inner === 'environment 3'", "What about environment 4?"),
        (121, "hit.inner?.startsWith('away')", "Why was a call turned away at 2:00?"),
        (119.9, "hit.find || hit.row !== undefined", "Why "),
    ):
        ask(page, f"stage.seek({moment})")
        hit = ask(page, f"(({{ x, y }}) => ({{ x, y }}))(stage.view.hits.find((hit) => {which}))")
        box, scale = page.locator(".cloudlab-scene canvas").bounding_box(), ask(page, "stage.scale")
        page.mouse.click(box["x"] + hit["x"] * scale, box["y"] + hit["y"] * scale)
        assert words in page.locator(".cloudlab-why").inner_text()


@pytest.mark.parametrize(
    "trigger, which, words",
    [
        ("topic", "hit.inner === 'kept'", "Lambda keeps 79 events"),
        ("queue", "hit.message", "Where has message"),
    ],
)
def test_a_click_on_what_waits_before_the_door_is_answered(opened, trigger, which, words):
    page = opened(triggers(trigger=trigger), still=True)
    ask(page, "stage.seek(126)")
    hits = ask(page, f"stage.view.hits.filter((hit) => {which}).map(({{ x, y }}) => ({{ x, y }}))")
    assert len(hits) == 20
    box, scale = page.locator(".cloudlab-scene canvas").bounding_box(), ask(page, "stage.scale")
    page.mouse.click(box["x"] + hits[9]["x"] * scale, box["y"] + hits[9]["y"] * scale)
    assert words in page.locator(".cloudlab-why").inner_text()


def test_a_thousand_stalls_have_room_and_it_is_as_high_as_a_lesson_allows(opened):
    page = opened(scenario(burst=999), viewport={"width": 965, "height": 1000}, still=True)
    ask(page, "stage.seek(124)")
    assert ask(page, "stage.plans[0].height") <= 296
    drawn = ask(page, "stage.view.hits.filter((hit) => hit.inner?.startsWith('environment')).length")
    assert drawn >= 750 and ask(page, "[...stage.run.stalls.values()][0].counts(124).running") == 999


def test_each_trigger_says_what_becomes_of_those_who_were_turned_away(opened):
    told = {"people": "each caller must retry", "topic": "tries it again", "queue": "come back to the queue"}
    for trigger, words in told.items():
        page = opened(triggers(trigger=trigger), still=True)
        ask(page, "stage.pen.marks = []")
        ask(page, "stage.seek(200)")
        drawn = ask(page, "stage.pen.marks.filter((mark) => mark.what === 'text').map((mark) => mark.words)")
        assert words in " ".join(drawn).replace("  ", " ")


def test_a_function_among_others_is_no_kitchen(opened):
    page = opened(kitchen(), still=True)
    assert not ask(page, "'heads' in stage.plans[0]") and ask(page, "stage.run.alone === null")


def test_who_polls_for_a_function_is_called_by_the_function_s_name_and_a_message_tells_why_it_came_back(
    opened,
):
    page = opened(triggers(trigger="queue"))
    ask(page, "stage.seek(240)")
    events = page.locator(".cloudlab-stage").inner_text()
    assert "Message 103 is visible again: resize did not get it done, so nobody said delete." in events
    story = ask_for_message(page, 103)
    assert "3:00: from Photos to Resize and nobody else sees it for 30 s." in story
    assert "3:30: it is visible again: resize did not get it done, so nobody said delete." in story
    assert "polls" not in events + story
