"""One who calls and those who listen, on the stage: its numbers are the record's, and what is clicked is told."""

import json

import pytest
from stage_pages import ask, stage_pages
from text_boxes import seen

from cloudlab.kernel.tallies import tally_at
from cloudlab.labs import sns, sqs
from cloudlab.views.stage import Stage

WORDS = ("delivered", "waiting", "lost", "filtered")


@pytest.fixture(scope="module")
def thursday():
    return sns.scenario(courier="express")


@pytest.fixture
def page(tabs, tmp_path, thursday):
    with stage_pages(tabs, tmp_path) as open_page:
        yield open_page(Stage(thursday, title="The loudspeaker"))


def test_the_numbers_of_each_row_and_their_sums_are_the_records_at_any_moment(page, thursday):
    (topic,) = thursday.topics
    for moment in (0, 60, 134, 200, 243, 271, 300, 360):
        found = tally_at(thursday, topic, moment)
        ask(page, f"stage.seek({moment})")
        for part, words in found.items():
            shown = ask(page, f"{json.dumps(WORDS)}.map((word) => stage.run.level({part}, word, {moment}))")
            assert shown == [words[word] for word in WORDS]
        strip = ask(page, "stage.parts.numbers.textContent")
        for word in WORDS:
            total = sum(words[word] for words in found.values())
            assert f"{word.capitalize()}{total} " in strip, f"{word} at {moment}: {strip}"


def test_a_bead_that_is_clicked_tells_what_became_of_its_message(page):
    ask(page, "stage.seek(250)")
    place = ask(page, "(({ x, y }) => [x, y])(stage.view.hits.find(({ message }) => message === 13))")
    box = page.locator("canvas").first.bounding_box()
    page.mouse.click(box["x"] + place[0], box["y"] + place[1])
    told = page.locator(".cloudlab-stage")
    told.get_by_text("What became of message 13?", exact=True).wait_for()
    told.get_by_text("3:12: attempt 4 for Parcels fails too: it is lost.", exact=True).wait_for()
    assert "printer 1 takes it" not in told.inner_text(), "that comes later"


def test_each_who_listens_can_be_asked(page):
    ask(page, "stage.seek(200)")
    labels = [one.get_attribute("aria-label") for one in page.locator(".cloudlab-spot").all()]
    assert len(labels) == 9  # shop, topic, six, and the printer
    told = " ".join(labels)
    assert "Parcels is reached by HTTPS: asleep since 2:05." in told
    assert "App is reached by mobile push: not subscribed." in told
    assert "Courier is reached by SMS: only express." in told
    assert "It keeps none of them for those who come later." in told
    assert told.count("its filter kept") == 1, "only the courier has one"
    assert "App is reached by mobile push: not subscribed." in labels, "it has no copies to count"


def test_what_happened_is_told_in_sentences(page):
    ask(page, "(stage.seek(130), stage.tellAll(stage.view, 1000))")
    told = page.locator(".cloudlab-ticker").inner_text()
    assert "Printer 1 takes no more messages." in told
    assert "Parcels answers with an error (503): deliveries are tried again." in told


@pytest.mark.parametrize("width", [400, 700, 965])
def test_a_stage_with_six_rows_is_no_higher_than_a_screen(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function(f"() => document.querySelector('canvas').getBoundingClientRect().width <= {width}")
    height = page.locator("canvas").first.bounding_box()["height"]
    assert height <= (620 if width == 400 else 340)


def test_names_are_whole_on_half_a_screen(page):
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("() => document.querySelector('canvas').getBoundingClientRect().width <= 700")
    ((scene, _, _),) = seen(page, [200])
    words = {one["words"] for one in scene}
    assert {"Parcels", "Prints", "Office", "Invoices", "Courier", "App"} <= words, words


@pytest.mark.parametrize(
    ("width", "whole"),
    [(700, {"Dead-letters", "Prints"}), (300, {"delivered", "waiting", "lost", "filtered", "Dead-letters"})],
)
def test_names_of_dead_letters_and_heads_are_whole(tabs, tmp_path, width, whole):
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(sns.outage(minutes=30, dead_letters="yes")))
        page.add_style_tag(content="body { padding: 0 !important; }")
        page.set_viewport_size({"width": width, "height": 900})
        ((scene, *_),) = seen(page, [900])
    card, *others = scene
    right = card["x"] + card["width"]
    assert whole <= {
        one["words"] for one in others if one["x"] >= card["x"] and one["x"] + one["width"] <= right
    }
    assert not [one["words"] for one in others if "…" in one["words"]]


def test_what_happens_before_the_run_begins_is_not_on_its_way(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(sqs.told()))
        ask(page, "stage.seek(0)")
        assert ask(page, "[stage.view.motion, stage.view.moving, stage.view.hits.length]") == [True, 0, 0]
        ask(page, "stage.seek(1.5)")
        assert ask(page, "stage.player.hop") > 1.5, "else nothing is shown here"
        moves = ask(
            page, "stage.run.moves.onTheWay(1.5, 1.5).filter(({ source }) => source === stage.run.caller)"
        )
        assert ask(page, "stage.view.moving") == len([one for one in moves if one["target"] is not None])
