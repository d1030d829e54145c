"""The coat check on the stage: each shelf holds what the queue counts, and a ticket tells why it came back."""

import re

import pytest
from stage_pages import NARROW, WIDE, ask, ask_for_message, stage_pages
from text_boxes import seen

from cloudlab.kernel.messages import Fate, counts, done_again
from cloudlab.labs.sqs import poison, rebuilt, scenario, table
from cloudlab.views.stage import Stage

MOMENTS = (30.0, 74.0, 90.0, 203.7, 411.1, 598.0)


@pytest.fixture
def opened(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        yield lambda record, **look: open_page(Stage(record, title="The stage"), **look)


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_each_shelf_holds_what_the_queue_counts(opened, window):
    record = scenario(kill_one=(62.0,))
    page = opened(record, still=True, viewport=window)
    for moment in MOMENTS:
        ask(page, f"stage.seek({moment})")
        found, now = ask(page, f"stage.run.messagesAt({moment})"), counts(table(record), moment)
        assert (found["visible"], found["flying"], found["gone"]) == (now.visible, now.in_flight, now.deleted)
        assert found["twice"] == done_again(table(record), moment)
        tickets = ask(page, "stage.view.hits.filter((hit) => hit.r < 10).length")
        held = ask(page, "stage.view.hits.filter((hit) => hit.r === 23).length")
        assert (tickets, held) == (now.visible if now.visible <= 20 else 0, now.in_flight)


MOMENTS = (100.0, 150.0, 345.0, 400.0, 470.0, 598.0)
"""Seconds at which workers of the bad morning hold something, some of them more than one message."""


def test_a_worker_shows_what_it_works_on_and_behind_that_what_it_failed_at_and_still_hides(opened):
    record = poison(visibility_timeout=60)
    rows = table(record)
    page = opened(record, still=True)
    piled = 0
    for moment in MOMENTS:
        ask(page, f"stage.seek({moment})")
        hits = ask(page, "stage.view.hits.filter((hit) => hit.r === 23)")
        assert len(hits) == counts(rows, moment).in_flight, "each message in flight has a ticket or an edge"
        for place, worker in enumerate(part for part in range(len(record.parts)) if part in set(rows.poller)):
            inside = [
                handout
                for handout, poller in enumerate(rows.poller)
                if poller == worker and rows.handed[handout] <= moment < rows.ended[handout]
            ]
            middle = ask(page, f"stage.plans[0].ys.get({worker})")
            tickets = [hit for hit in hits if hit["y"] == middle]
            if inside:
                (handout,) = inside
                assert [hit["message"] for hit in tickets] == [rows.message[handout] + 1], (place, moment)
        piled += len({hit["y"] for hit in hits}) > len({hit["y"] for hit in hits if hit["box"][1] == 12})
    assert piled >= 2, "at some of these moments a worker has more than one"


def test_a_worker_holds_what_it_works_on_and_failed_at_what_it_let_go(opened):
    record = poison(visibility_timeout=60)
    rows = table(record)
    page = opened(record, still=True)
    failed = 0
    for moment in MOMENTS:
        ask(page, f"stage.seek({moment})")
        for worker in set(rows.poller):
            taken = [
                (rows.handed[one] <= moment < rows.ended[one], rows.message[one] + 1)
                for one, poller in enumerate(rows.poller)
                if poller == worker
                and rows.handed[one] <= moment < rows.handed[one] + 60
                and not (rows.fate[one] in (Fate.DELETED, Fate.STALE) and rows.ended[one] <= moment)
            ]
            told = ask(page, f"(stage.asking.select({{ part: {worker} }}), stage.parts.why.textContent)")
            found = [
                (what == "holds", int(row))
                for what, row in re.findall(r"(holds|failed at) message (\d+)", told)
            ]
            assert (found and sorted(found) == sorted(taken)) or (not taken and "holds no message" in told), (
                moment,
                told,
            )
            failed += sum(not works for works, _ in taken)
    assert failed >= 3, "at some of these moments a worker has failed at what nobody else may take yet"


def test_dead_letters_are_no_visible_ones(opened):
    record = poison(dead_letters="after 3")
    page = opened(record, still=True)
    for moment in MOMENTS:
        found, now = ask(page, f"stage.run.messagesAt({moment})"), counts(table(record), moment)
        assert (found["visible"], found["dead"]) == (now.visible, now.dead)
    assert now.dead >= 2
    ask(page, "stage.seek(599)")
    cells = page.locator(".cloudlab-number-cell").all_inner_texts()
    assert any("Dead letters" in cell and str(now.dead) in cell for cell in cells)


def test_a_ticket_tells_why_it_came_back(opened):
    page = opened(scenario(kill_one=(62.0,)))
    ask(page, "stage.seek(74)")
    box = page.locator(".cloudlab-scene canvas, canvas").first.bounding_box()
    (hit,) = ask(page, "stage.view.hits.filter((hit) => hit.message === 7)")
    scale = ask(page, "stage.scale")
    page.mouse.click(box["x"] + hit["x"] * scale, box["y"] + hit["y"] * scale)
    story = page.locator(".cloudlab-why").inner_text()
    assert "Where has message 7 been?" in story and "to Worker 3 and nobody else sees it for 30 s" in story
    ask(page, "stage.seek(95)")
    story = ask_for_message(page, 7)
    assert "it is visible again: Worker 3 died at 1:02, and nobody said delete." in story
    assert "for the second time" in story


def test_a_worker_that_is_too_late_says_so_and_the_dead_one_when_it_died(opened):
    page = opened(scenario(kill_one=(62.0,), visibility_timeout=10), still=True)
    ask(page, "stage.pen.marks = []")
    seen = set()
    for moment in range(60, 600, 5):
        ask(page, f"stage.seek({moment})")
        seen |= set(
            ask(page, "stage.pen.marks.filter(({ what }) => what === 'text').map(({ words }) => words)")
        )
    assert {"died 1:02", "1st try", "2nd try", "too late", "waits"} <= seen


def test_it_is_as_high_as_a_lesson_has_room_for(opened):
    for record in (scenario(), scenario(workers=8), poison(dead_letters="after 3")):
        page = opened(record, viewport={"width": 965, "height": 1000})
        assert ask(page, "stage.plans[0].height") <= 296


def test_what_is_no_coat_check_is_drawn_by_another_plan(opened):
    """Customers who wait for answers, or more than eight workers."""
    for record in (rebuilt(), scenario(workers=9)):
        assert not ask(opened(record), "'lying' in stage.plans[0]")
    assert ask(opened(scenario(workers=8)), "'lying' in stage.plans[0]")


def test_what_is_said_of_those_that_are_gone_is_whole_on_a_narrow_page(opened):
    page = opened(poison(dead_letters="after 3", kill_one=(62.0,)))
    page.add_style_tag(content="body { padding: 0 !important; }")
    page.set_viewport_size({"width": 300, "height": 900})
    ((scene, *_),) = seen(page, [595])
    words = [one.get("words", "") for one in scene]
    assert any(one.endswith(" done twice") for one in words), words
    assert any(one.endswith(" dead letters") for one in words), words
