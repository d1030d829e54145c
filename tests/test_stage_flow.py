"""Parts of many kinds on the stage: who holds which message at t, stalls, hosts, and the ways between.

The records are those of `alphabet`, whose own counts are the oracle.
"""

import pytest
from alphabet import all_records, coat_check, kitchen, removal_van
from axe_playwright_python.base import AXE_SCRIPT
from stage_pages import NARROW, WIDE, ask, ask_for_message, stage_pages
from timetables import Requests

from cloudlab.kernel.invocations import environments
from cloudlab.kernel.messages import counts
from cloudlab.kernel.moves import ways
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.labs import sqs
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Senders
from cloudlab.views.describe import describe
from cloudlab.views.kinds import kinds_in
from cloudlab.views.stage import Stage
from cloudlab.views.stage.layout import layout
from cloudlab.views.stage.scene import level_of

MOMENTS = [4.9, 31.3, 77.3, 125.05, 150.3, 176.5, 249.9, 299.0]


@pytest.fixture
def opened(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        yield lambda record, **look: open_page(Stage(record, title="The stage"), **look)


def test_what_a_message_queue_holds_at_a_moment_is_what_it_counted_itself(opened):
    record, seen = coat_check(MOMENTS)
    page = opened(record, still=True)
    for moment, counted in zip(MOMENTS, seen, strict=True):
        ask(page, f"stage.seek({moment})")
        found = ask(page, f"stage.run.messagesAt({moment})")
        assert (found["visible"], found["flying"], found["gone"]) == counted
        assert level_of(record, 3000)["values"][int(10 * moment)] == pytest.approx(counted[0], abs=1)
        beads = ask(page, "stage.view.hits.filter((hit) => hit.r < 10).length")
        assert beads == (counted[0] if counted[0] <= 20 else 0), "a bead for each, until they become capsules"
    assert max(visible for visible, _, _ in seen) > 20 and len(set(seen)) == len(seen)


def test_what_is_delayed_purged_in_hand_or_taken_by_nobodys_name_is_counted_as_the_queue_counts_it(opened):
    record, queue = delayed_and_purged()
    page = opened(record, still=True)
    seen = set()
    for moment in (2.0, 5.0, 7.0, 11.0, 21.0, 25.5, 40.0):
        ask(page, f"stage.seek({moment})")
        found, now = ask(page, f"stage.run.messagesAt({moment})"), counts(queue.table, moment)
        assert (found["visible"], found["flying"]) == (now.visible, now.in_flight)
        assert len(ask(page, "stage.view.hits.filter((hit) => hit.r < 10)")) == now.visible
        seen.add(now)
    assert len(seen) == 5 and counts(queue.table, 40).purged == 4
    assert "from Shop to Orders and nobody else sees it for 10 s." in ask_for_message(page, 1)
    story = ask_for_message(page, 2)
    assert "somebody takes it and nobody else sees it for 6 s." in story and "it is visible again: " in story
    assert "deletes it" not in story and "0:25: it is gone for good." in story


def delayed_and_purged():
    """A queue whose messages are late, are taken by a call without a name, and thrown away in a worker's hand."""
    world = World(1)
    queue = Queue(world, "orders", visibility_timeout=6)
    Senders(world, "shop", traffic=Requests((20, 0)), to=queue)

    def morning():
        queue.send_message("late", delay_seconds=10)
        queue.send_message("order")
        yield world.timeout(3)
        yield from queue.receive_message()
        yield world.timeout(19)
        Workers(world, "packer", queue=queue, count=2, work="fixed", mean_work=50)
        yield world.timeout(2)
        queue.send_message("later", delay_seconds=9)
        yield world.timeout(1)
        queue.purge_queue()

    world.process(morning())
    return world.run(60), queue


RUNS = {
    "delayed": lambda: delayed_and_purged()[0],
    **{name: lambda name=name: all_records()[name] for name in all_records()},
    "coat check": sqs.scenario,
    "bad photos": lambda: sqs.poison(visibility_timeout=60, dead_letters="after 3"),
    "fan-out": sqs.rebuilt,
}


@pytest.mark.parametrize("name", RUNS)
def test_the_browser_has_the_moves_and_the_work_of_the_kernel(opened, name):
    record = RUNS[name]()
    page = opened(record, still=True)
    found = ask(page, f"stage.run.moves.moves.map({AS_ROW})")
    assert found == [list(move) for move in ways(record)]
    works = [one for kind, parts in kinds_in(record) for one in kind.follows(record, parts).works]
    rows = [row for one in works for row in zip(*one, strict=True)]
    asked = [[worker, start] for start, worker, _, _ in rows]
    told = ask(page, f"{asked!r}.map(([part, t]) => stage.run.state(part, 'work', t))")
    assert told == [{"time": start, "state": f"try {n}", "until": until} for start, _, until, n in rows]
    assert found or not rows


AS_ROW = "({ time, message, source, target, until, count }) => [time, message, source, target, until, count]"
"""A move as a row."""


def test_what_travels_is_not_counted_in_the_queue(opened):
    record, _ = coat_check()
    page = opened(record)
    moving = 0
    for moment in range(10, 100, 5):
        ask(page, f"stage.seek({moment})")
        on_the_way = ask(
            page,
            f"stage.run.moves.onTheWay({moment}, stage.view.hop).filter((move) => move.target !== null).length",
        )
        assert ask(page, "stage.view.moving") == on_the_way
        moving += on_the_way
        leaving = ask(
            page,
            f"stage.run.moves.onTheWay({moment}, stage.view.hop).filter((move) => move.source === 1).length",
        )
        beads = ask(page, "stage.view.hits.filter((hit) => hit.r < 10).length")
        assert beads + leaving == ask(page, f"stage.run.messagesAt({moment}).visible")
    assert moving > 5


def test_a_message_tells_where_it_has_been(opened):
    page = opened(coat_check()[0])
    ask(page, "stage.seek(60)")
    page.get_by_label("Ask why").select_option("A message by its number …")
    page.get_by_label("Number of the message").fill("5")
    page.get_by_role("button", name="Ask", exact=True).click()
    story = page.locator(".cloudlab-why").inner_text()
    assert "Where has message 5 been?" in story and "nobody else sees it for 30 s" in story
    assert "0:40: it is visible again: nobody deleted it." in story and "for the second time" in story
    ask_for_message(page, 99)
    assert "No message 99 has come so far" in page.locator(".cloudlab-message").inner_text()


def test_a_mark_of_the_timeline_tells_what_happened_then(opened):
    page = opened(coat_check()[0])
    ask(page, "stage.seek(200)")
    marks = ask(page, "stage.line.marks")
    died = min(marks, key=lambda mark: abs(mark["time"] - 146))
    box = page.locator(".cloudlab-time canvas").bounding_box()
    page.mouse.click(box["x"] + died["x"] + 3, box["y"] + 12)
    assert ask(page, "stage.t") == 146
    assert "What happened at 2:26?" in page.locator(".cloudlab-why").inner_text()
    assert "Worker C is killed" in page.locator(".cloudlab-why").inner_text()


def strip(page, moment: float) -> dict[str, int]:
    """The numbers under the scene at a moment, by their words."""
    ask(page, f"stage.seek({moment})")
    cells = page.locator(".cloudlab-number-cell").all()
    return {
        cell.locator("dt").inner_text().strip(): int(cell.locator(".cloudlab-value").inner_text())
        for cell in cells
    }


def test_environments_start_run_idle_and_go(opened):
    record = kitchen()
    (table,) = record.functions.values()
    page = opened(record, still=True)
    for moment in (1.0, 6.0, 12.0, 30.0, 55.0, 119.0, 80.0):
        now = environments(table, moment)
        assert strip(page, moment) == {"Starting": now.init, "Running": now.running, "Idle": now.idle}
    assert now.gone and now.idle


def test_a_lost_host_takes_its_containers_along(opened):
    page = opened(removal_van(), still=True)
    before, after, later = (strip(page, moment) for moment in (79, 81, 119))
    assert after["Running"] == before["Running"] - 4 and after["Starting"] == 0
    assert later["Running"] == after["Running"] + 3 and 50 < later["CPU held"] <= 100
    assert "on 11 hosts" in page.locator(".cloudlab-sentence").inner_text()
    strip(page, 79)
    assert "on 12 hosts" in page.locator(".cloudlab-sentence").inner_text()


def test_what_goes_back_runs_below_and_is_no_layer():
    record, _ = coat_check()
    made = layout(record)
    assert [made.layer[record.part(name)] for name in ("shop", "orders", "worker A")] == [0, 1, 2]
    queue = record.part("orders")
    assert made.back == tuple((record.part(f"worker {letter}"), queue) for letter in "ABCD")
    assert all(layout(removal_van()).layer[part] is None for part in removal_van().parts_of("container"))


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", all_records())
def test_no_two_parts_of_a_scene_overlap_and_none_is_outside(opened, name, window):
    page = opened(all_records()[name], viewport=window)
    ask(page, "stage.seek(0.6 * stage.end)")
    wide, high = ask(page, "[stage.plans[0].width, stage.plans[0].height]")
    places = ask(page, "stage.view.places")
    assert places
    for place in places:
        assert place["x"] >= 0 and place["x"] + place["width"] <= wide
        assert place["y"] >= 0 and place["y"] + place["height"] <= high
        for other in places:
            apart = (
                place is other
                or place["x"] + place["width"] <= other["x"]
                or other["x"] + other["width"] <= place["x"]
                or place["y"] + place["height"] <= other["y"]
                or other["y"] + other["height"] <= place["y"]
            )
            assert apart, (place, other)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("name", all_records())
def test_stepping_back_shows_the_same_frame(opened, name):
    page = opened(all_records()[name])
    ask(page, "stage.seek(0.5 * stage.end)")
    frame = "stage.parts.canvas.toDataURL()"
    ask(page, "stage.step(1)")
    moment, shown = ask(page, "stage.t"), ask(page, frame)
    ask(page, "stage.step(1)")
    ask(page, "stage.step(-1)")
    assert (ask(page, "stage.t"), ask(page, frame)) == (moment, shown)


@pytest.mark.parametrize("dark", [False, True])
def test_axe_core_finds_nothing(opened, dark):
    page = opened(coat_check()[0], dark=dark)
    ask(page, "stage.seek(200)")
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate("() => axe.run('#stage')")["violations"] == []


def test_every_part_is_read_as_a_sentence(opened):
    page = opened(coat_check()[0])
    ask(page, "stage.seek(165)")
    labels = [spot.get_attribute("aria-label") for spot in page.locator(".cloudlab-spot").all()]
    assert any("holds 17 messages that anyone may take" in label for label in labels)
    assert any("Worker A holds message 34" in label and "others may take it" in label for label in labels)
    assert any("Worker C has been killed since 2:26." in label for label in labels)


def test_a_kind_that_nobody_has_drawn_yet_is_a_box_with_its_name_and_a_sentence(opened):
    record = Record(1)
    shop, press = record.add_part("shop", "customers"), record.add_part("printer", "printing press")
    record.add_link(shop, press)
    record.enter(20, press, "application", "crashed")
    record.end = 60.0
    page = opened(record, still=True)
    ask(page, "stage.seek(10)")
    (box,) = ask(page, f"stage.view.places.filter((place) => place.part === {press})")
    assert box["width"] > 100 and box["height"] > 40
    assert page.locator(".cloudlab-sentence").inner_text() == "All parts answer."
    ask(page, "stage.seek(30)")
    assert page.locator(".cloudlab-sentence").inner_text() == "Printer is dead."
    labels = [spot.get_attribute("aria-label") for spot in page.locator(".cloudlab-spot").all()]
    assert "Printer has been crashed since 0:20." in labels


def test_it_is_told_in_words():
    words = describe(coat_check()[0])
    assert "4 workers (worker A, worker B, worker C and worker D)" in words
    assert "120 messages moved, and 80 are gone for good; 5 were received again." in words
