"""The shop of lesson 04: what its text says is what its model does, and what its stage and its charts tell."""

import re
import subprocess
import sys
from itertools import pairwise
from statistics import fmean

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from places import ROOT
from stage_pages import ask, stage_pages
from test_lessons import opening, said
from timetables import send

from cloudlab.applications import Arrow, Component, Design, Microservices, availability
from cloudlab.kernel import measures
from cloudlab.kernel.calls import held, waiting
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.world import World
from cloudlab.labs import monolith_and_microservices as lab
from cloudlab.labs.monolith_and_microservices import (
    MARK,
    arrows,
    day,
    dead,
    late_orders,
    lost,
    mean_time,
    one_box,
    parts_at_work,
    row,
    rush,
    scenario,
    sold,
    storm,
    troubled,
    without_letter,
)
from cloudlab.views import charts
from cloudlab.views.describe import describe
from cloudlab.views.experiment import Experiment
from cloudlab.views.kinds import application
from cloudlab.views.lesson import Stage
from cloudlab.views.panel import explore
from cloudlab.views.stage import luck_of
from cloudlab.views.stage.layout import layout
from cloudlab.views.stage.scene import level_of, scene_of
from cloudlab.views.table import table

SEEDS = range(1, 21)


def one_day(seed=1, *, shop="services", part="recommender", trouble="hangs", link="call"):
    """A day of the shop; without trouble if that is 'none'."""
    return day(seed, {part: link}, shop=shop, trouble="" if trouble == "none" else f"{part} {trouble}")


def many(**values):
    return [one_day(seed, **values) for seed in SEEDS]


def band(counts):
    return min(counts), max(counts)


@pytest.fixture(scope="module")
def dying_mail():
    """The days on which mail dies, by shop and arrow."""
    return {
        (shop, link): many(shop=shop, part="mail", trouble="dies", link=link)
        for shop, link in (("monolith", "call"), ("services", "call"), ("services", "queue"))
    }


# What the lesson's text says


def test_one_slot_waits_when_the_thursday_stops_and_nobody_works_a_minute_later():
    record, until, asked = opening("04")
    part = record.part
    assert held(record.calls, part("recommender"), until) == 1 and lost(record) > 30
    assert held(record.calls, part("cart"), until) == 3
    assert "other five parts" in asked and "1:20" in asked and MARK == 80
    assert parts_at_work(record, MARK) == [] and len(parts_at_work(record, 20)) == 6
    said("04", "A customer waits for 15 s", "the cart has four, each other part has two")
    slots = {one.name: one.slots for one in lab.design().components}
    assert slots.pop("cart") == 4 and set(slots.values()) == {2} and lab.PATIENCE == 15


def test_whoever_is_hung_up_on_nobody_works_after_a_minute_on_every_seed():
    for part in ("recommender", "mail", "payment"):
        assert all(parts_at_work(run) == [] for run in many(part=part))


def test_services_are_slower_than_one_box_with_every_seed():
    inside, apart = (
        list(map(mean_time, many(shop=shop, trouble="none"))) for shop in ("monolith", "services")
    )
    assert all(b > a for a, b in zip(inside, apart, strict=True))
    assert (round(fmean(inside), 2), round(fmean(apart), 2)) == (3.26, 3.52)
    said("04", "3.52 s in place of 3.26 s", "longer with each of 20 seeds")


def test_a_queue_turns_lost_into_late(dying_mail):
    gone = {key: band([lost(run) for run in runs]) for key, runs in dying_mail.items()}
    assert gone == {
        ("monolith", "call"): (24, 47),
        ("services", "call"): (23, 46),
        ("services", "queue"): (0, 0),
    }
    assert band([late_orders(run, "mail") for run in dying_mail["services", "queue"]]) == (23, 52)
    said("04", "24 to 47", "23 to 46", "23 to 52", "23 to 52 letters came late")
    assert lab.END - lab.BEGIN == 70


def test_with_plain_calls_four_orders_stop_the_cart():
    run = one_day(part="mail")
    cart = run.part("cart")
    full = next(t for t in range(20, 60) if held(run.calls, cart, t) == 4 == held(run.calls, cart, t + 20))
    assert full - 20 <= 10 and 4 / lab.RATE == 8
    said("04", "Four orders are enough, some eight seconds at 30 orders a minute")


def test_what_an_arrow_can_be_saves_orders_or_makes_a_storm():
    for link, most in (("limit", 0), ("breaker", 0), ("queue", 0)):
        assert max(lost(run) for run in many(link=link)) == most
    assert min(storm(run, "recommender") for run in many(link="retries")) > 2.5
    assert {storm(run, "recommender") for run in many()} == {1}
    limit, breaker = (fmean(map(mean_time, many(link=link))) for link in ("limit", "breaker"))
    assert breaker < 4 < limit
    assert lab.GUARDS["retries"]["max_attempts"] == 3 == lab.GUARDS["breaker"]["breaker_failures"]
    assert {guard["timeout"] for guard in lab.GUARDS.values() if "timeout" in guard} == {2.0}
    assert lab.GUARDS["breaker"]["breaker_reset"] == 10


def test_the_tasks_can_be_done_and_none_is_done_at_first():
    first = one_day()
    box, apart = (one_day(shop=shop, part="mail", trouble="dies") for shop in ("monolith", "services"))
    assert one_box(box) and dead(box) and troubled(box) == "mail" and lost(box) > 30
    assert not one_box(apart) and dead(apart) and troubled(apart) == "mail" and lost(apart) >= 30
    assert 0 < lost(scenario(trouble="database slow")) < 20 < lost(scenario(trouble="mail deploys"))
    assert not dead(first) and troubled(first) == "recommender" and lost(first) >= 5
    assert mean_time(first) > 4 > mean_time(one_day(link="breaker"))


def test_for_the_sale_one_part_is_copied_in_place_of_six():
    gone = {
        (shop, copies): band([lost(rush(seed, shop=shop, copies=copies)) for seed in range(1, 6)])
        for shop in ("monolith", "services")
        for copies in (1, 2)
    }
    assert gone["monolith", 2] == gone["services", 2] == (0, 0)
    assert gone["monolith", 1][0] > 500 and gone["services", 1][0] > 200
    assert lab.HOT > 4
    said("04", "more than four times as many orders")


def test_the_formulas_are_those_of_the_table():
    numbers = (0.99**5, 0.99**10, 1 - 0.01**2, (1 - 0.01**2) ** 5, 0.99**4)
    shown = ("95.1 %", "90.4 %", "99.99 %", "99.95 %", "96.1 %")
    assert (
        tuple(
            f"{100 * number:.{len(text.split('.')[1]) - 2}f} %"
            for number, text in zip(numbers, shown, strict=True)
        )
        == shown
    )
    said("04", *shown)
    names = "abcde"
    parts = [Component(name, 0.1 if name != "a" else None, availability=0.99) for name in names]
    arrows = [Arrow(*pair) for pair in pairwise(names)]
    assert availability(Design(parts, arrows)) == pytest.approx(numbers[0])
    last = [*arrows[:-1], Arrow("d", "e", asynchronous=True)]
    assert availability(Design(parts, last)) == pytest.approx(numbers[4])
    assert 0.04 < 1 - numbers[0] < 0.05 and 30 * (1 - numbers[0]) > 1 and round(24 * 30 * 0.01) == 7
    said("04", "more than a day of failures a month", "seven hours")


@pytest.mark.parametrize("parts", [1, 5, 10])
def test_rows_that_are_run_work_as_often_as_the_formula_says(parts):
    shares = [measures.availability(row(seed, parts=parts)) for seed in SEEDS]
    assert fmean(shares) == pytest.approx(0.99**parts, abs=0.006)


def test_the_decision_of_the_lesson_has_more_than_one_right_answer():
    def met(**links):
        days = [
            day(seed, links, trouble=f"{part} hangs") for part in ("recommender", "mail") for seed in SEEDS
        ]
        whole = not max(map(lost, days)) and not max(map(without_letter, days))
        return whole and fmean(map(mean_time, days)) <= 3

    assert met(recommender="breaker", mail="queue") and met(recommender="queue", mail="queue")
    assert not met() and not met(recommender="breaker", mail="breaker")
    assert not met(recommender="limit", mail="queue") and not met(recommender="retries", mail="queue")


@pytest.mark.parametrize(
    "guard, done",
    [
        ({}, [2, None, None, None, None]),
        ({"timeout": 2.0, "fallback": "default"}, [2, 5, 6, 8, 9]),
        ({"asynchronous": True}, [1, 3, 4, 6, 7]),
    ],
)
def test_five_orders_go_through_the_model_as_through_the_table_by_hand(guard, done):
    world = World(1)
    parts = [Component("cart", slots=2), Component("recommender", 1.0, slots=2)]
    plan = Design(parts, [Arrow("cart", "recommender", **guard)])
    app = Microservices(world, "shop", design=plan, latency=0.0001, work="fixed")

    def hang():
        yield world.timeout(3.5)
        app.hang("recommender")

    world.process(hang())
    send(world, app, *((float(time) + 0.001 * place, 1.0) for place, time in enumerate((0, 2, 3, 5, 6))))
    world.run(60)
    ends = world.record.requests.answered
    assert [round(end) if end < 60 else None for end in ends] == done


# What a stage and charts tell


def test_one_box_is_a_station_and_services_are_one_each():
    def stations(record):
        layers = layout(record).layer
        return {one.name: layer for one, layer in zip(record.parts, layers, strict=True) if layer is not None}

    assert stations(one_day(shop="monolith")) == {"customers": 0, "shop": 1}
    beside = dict.fromkeys(("catalogue", "recommender", "payment", "mail"), 2)
    assert stations(one_day()) == {"customers": 0, "cart": 1, **beside, "database": 3}


def test_what_is_late_is_told_alike_in_model_and_views():
    script = (ROOT / "cloudlab" / "views" / "stage" / "orders.js").read_text(encoding="utf-8")
    assert re.search(r"^const LATE = (\d+);", script, re.MULTILINE)[1] == f"{lab.LATE:g}"
    assert application.LATE == lab.LATE
    for part in ("mail", "payment"):
        run = one_day(part=part, trouble="slow", link="queue")
        assert len(application.late_times(run)) == late_orders(run, part) > 5


def test_a_scene_holds_each_call_in_35_bytes():
    run = one_day(seed=3)
    scene = scene_of(run)
    assert scene["calls"] == len(run.calls) > 400
    columns = [8, 8, 8, 4, 4, 2, 1]
    length = sum(-(-len(run.calls) * size // 8) * 8 for size in columns)
    without = sum(-(-len(run.requests) * size // 8) * 8 for size in (8, 8, 8, 8, 4, 2, 2, 1))
    assert sum(columns) == 35 and len(scene["columns"]) == without + length


def test_the_timeline_shows_the_lost_or_where_there_are_none_the_late():
    run, queued = one_day(), one_day(part="mail", trouble="dies", link="queue")
    assert level_of(run)["values"][-1] == lost(run)
    assert level_of(queued)["values"][-1] == late_orders(queued, "mail")


def test_a_run_is_described_by_its_orders():
    words = describe(one_day(shop="monolith", part="mail", trouble="dies"))
    assert "application shop (one process)" in words and "34 orders were lost" in words
    words = describe(one_day(part="mail", trouble="slow", link="queue"))
    assert "when mail works slowly" in words and "0 orders were lost and 28 late" in words
    assert "6 of 6 components work" in words


def test_the_charts_tell_orders_and_chains():
    queued = one_day(part="mail", trouble="dies", link="queue")
    found = charts.orders(queued, ghost=one_day())
    assert found.caption == f"Of {sold(queued)} orders 0 are lost, and {late_orders(queued, 'mail')} are late"
    assert charts.orders(one_day()).caption == f"Of {sold(one_day()) + lost(one_day())} orders 36 are lost"
    assert charts.orders(rush(1, copies=1)).image
    rows = charts.chain({2: [row(1, parts=2)], 1: [row(1, parts=1), row(2, parts=1)]})
    assert rows.caption.startswith("2 parts of 99 % in a row work for ") and rows.image
    with pytest.raises(InvalidParameter, match="^runs is {'5': 3}, but must map numbers of parts to lists"):
        charts.chain({"5": 3})


@pytest.fixture
def opened(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        yield lambda *records, **more: open_page(Stage(*records, title="The shop", **more))


def test_a_stage_counts_slots_lines_and_orders_as_the_record_does(opened):
    run = one_day(part="payment", trouble="slow", link="queue")
    page = opened(run)
    for time in (10.0, 31.7, 64.2, 88.8, 140.0):
        for name in ("cart", "payment", "database"):
            part = run.part(name)
            shown = ask(
                page,
                f"[stage.run.calls.held({part}, {time}).length, stage.run.calls.line({part}, {time}).length]",
            )
            assert shown == [held(run.calls, part, time), waiting(run.calls, part, time)]
        page.evaluate(f"() => document.getElementById('stage').stage.seek({time})")
        page.wait_for_function(f"() => document.getElementById('stage').stage.t === {time}")
        found = measures.outcomes(run, until=time)
        late = sum(moment <= time for moment in application.late_times(run))
        strip = ask(page, "(stage.tellAll(stage.view, 1000), stage.parts.numbers.textContent)")
        counts = [int(number) for number in re.findall(r"(?:Sold|Lost|Late|Open)(\d+)", strip)]
        assert counts == [found.answered, found.failed, late, found.open]


def test_a_stage_says_who_hangs_and_whose_slots_wait(opened):
    page = opened(one_day())
    sentence = "(stage.seek({}), stage.tellAll(stage.view, 1000), stage.parts.sentence.textContent)"
    assert ask(page, sentence.format(10)) == "2 orders over: 2 sold, 0 lost, 0 late."
    told = ask(page, sentence.format(80))
    assert told == "Recommender hangs, and 4 of 4 slots of Cart wait for it: 9 sold, 19 lost, 0 late."
    part = "(stage.asking.select({{ part: {} }}), stage.parts.why.textContent)"
    record = one_day()
    cart = ask(page, part.format(record.part("cart")))
    assert "Cart: 4 of 4 slots are taken: 4 wait for Recommender. 23 calls in line, " in cart
    calls, at_cart = record.calls, record.part("cart")
    columns = zip(calls.service, calls.arrived, calls.started, calls.ended, calls.order, strict=True)
    line = [
        of for part_, came, begin, end, of in columns if part_ == at_cart and came <= 80 < min(begin, end)
    ]
    over = sum(record.requests.answered[of] <= 80 for of in line)
    assert len(line) == 23 and f"in line, {over} of them for orders that are over." in cart and over > 10
    hung = ask(page, part.format(record.part("recommender")))
    assert "Recommender has been hanging since 0:20." in hung and "2 of 2 slots are taken. 2 calls" in hung


def test_the_story_of_an_order_says_where_it_is_and_where_it_was_lost(opened):
    run = one_day()
    page = opened(run)
    first = next(number for number, status in enumerate(run.requests.status) if status)
    story = "(stage.seek({}), stage.asking.select({{ row: {} }}), stage.parts.why.textContent)"
    came = run.requests.arrived[first]
    open_ = ask(page, story.format(came + 10, first))
    assert f"Where is order {first + 1}?" in open_ and "waits for Recommender" in open_
    assert "Recommender has it since" in open_ and "and hangs" in open_
    gone = ask(page, story.format(came + 20, first))
    assert (
        f"Why was order {first + 1} lost?" in gone
        and "it was lost, after 15 s: its customer left, while Recommender kept it." in gone
    )
    good = ask(page, story.format(60, 0))
    assert "Why was order 1 sold after" in good and "Database was done with it." in good
    assert "in line" not in good, "it was taken at once"
    stood = [
        (run.calls.started[row] - run.calls.arrived[row], run.calls.order[row])
        for row in range(len(run.calls))
        if run.calls.service[row] == run.part("cart") and not run.requests.status[run.calls.order[row]]
    ]
    longest, order = max(one for one in stood if one[0] < 100)
    slow = ask(page, story.format(180, order))
    assert f"Cart was done with it, after {longest:.0f} s in line." in slow, "this is why it took so long"
    ask(page, story.format(60, 0))
    lines = ask(page, "[...stage.parts.why.querySelectorAll('p')].map((line) => line.textContent)")
    times = [re.search(r"\d:\d\d", line)[0] for line in lines]
    assert len(times) == 8 and times == sorted(times), "a story is told in the order of time"


def test_the_story_of_an_order_says_that_its_caller_gave_up(opened):
    story = "(stage.seek({}), stage.asking.select({{ row: {} }}), stage.parts.why.textContent)"
    retries = one_day(link="retries")
    order = next(number for number, status in enumerate(retries.requests.status) if status)
    page = opened(retries)
    gone = ask(page, story.format(retries.requests.answered[order] + 1, order))
    again = re.findall(r"\d:\d\d: Cart waited 2 s for Recommender, gave up, and called again\.", gone)
    assert len(again) == 2 and gone.count("Cart waited 2 s for Recommender, and gave up.") == 1
    assert gone.index("and gave up.") < gone.index("Cart answered with an error"), "first the cause"
    assert gone.count(", though nobody waits for it.") == 3
    limit = one_day(link="limit")
    calls = limit.calls
    at = limit.part("recommender")
    row = next(
        row
        for row, of in enumerate(calls.service)
        if of == at and calls.ended[row] > calls.arrived[row] + 3 and calls.arrived[row] > lab.BEGIN
    )
    page = opened(limit)
    until = calls.arrived[row] - lab.LATENCY + 2.0
    before = ask(page, story.format(until - 0.01, calls.order[row]))
    assert "gave up" not in before and "waits for Recommender" in before
    after = ask(page, story.format(until + 0.01, calls.order[row]))
    assert "Cart waited 2 s for Recommender, and gave up." in after and "waits for Recommender" not in after
    calm = one_day(link="limit", trouble="none")
    page = opened(calm)
    assert not any("gave up" in ask(page, story.format(60, number)) for number in range(10)), (
        "all were answered"
    )


def test_a_slot_that_is_clicked_tells_its_order_and_a_key_tells_the_part(opened):
    page = opened(scenario())
    ask(page, "(stage.seek(80), stage.tellAll(stage.view, 1000))")
    scene = page.locator(".cloudlab-scene canvas").bounding_box()
    head = page.locator(".cloudlab-why .cloudlab-heading")
    found = ask(page, "stage.view.hits.map(({ x, y, r, row }) => [x * stage.scale, y * stage.scale, r, row])")
    slots = [(x, y, number) for x, y, r, number in found if r == 8 and x > 280]
    assert len(slots) == 6, "four of the cart, two of the recommender"
    for x, y, number in slots:
        page.mouse.click(scene["x"] + x, scene["y"] + y)
        assert re.search(rf"order {number + 1}\b", head.inner_text()), head.inner_text()
    page.locator(".cloudlab-spot").nth(1).focus()
    page.keyboard.press("Enter")
    assert head.inner_text() == "What about Cart?"


def test_every_part_has_a_story_and_the_field_for_a_number_goes_with_its_question(opened):
    page = opened(scenario())
    list_ = page.get_by_label("Ask why")
    options = page.locator("select[aria-label='Ask why'] option").all_inner_texts()
    assert "The longest order so far" in options and not any("request" in words for words in options)
    list_.select_option("An order by its number …")
    assert page.get_by_label("Number of the order").is_visible()
    for name in ("Cart", "Catalogue", "Recommender", "Payment", "Mail", "Database", "Customers"):
        list_.select_option(name)
        assert page.locator(".cloudlab-why p").first.inner_text().startswith(name)
        assert not page.get_by_label("Number of the order").is_visible()


@pytest.mark.parametrize(
    "values, words",
    [
        ({"part": "mail", "trouble": "dies"}, ": Mail was down."),
        ({"part": "database", "trouble": "dies", "link": "call"}, ": Database was down."),
        ({"shop": "monolith", "part": "mail", "trouble": "dies"}, ": Shop was down."),
        ({}, ": its customer left, while it stood in line before Cart."),
        ({"link": "retries"}, ": Recommender did not answer 3 calls of it in time."),
    ],
)
def test_an_order_that_is_lost_tells_who_is_at_fault(opened, values, words):
    page = opened(one_day(**values))
    told = ask(page, "(stage.seek(85), stage.tellAll(stage.view, 1000), stage.parts.ticker.textContent)")
    assert re.search(r"Order \d+ is lost after [\d.]+ s" + words, told), told


def test_a_pointer_selects_the_order_in_a_slot_the_component_in_the_box_and_a_key_the_part(opened):
    page, run = opened(one_day()), one_day()
    ask(page, "(stage.seek(80), stage.draw(true))")
    third = f"stage.run.calls.order[stage.run.calls.held({run.part('cart')}, 80)[2]]"
    slot = ask(page, f"stage.view.hits.find((hit) => hit.row === {third})")
    scene = page.locator(".cloudlab-scene")
    scene.click(position={"x": slot["x"], "y": slot["y"]})
    told = page.locator(".cloudlab-why").text_content()
    assert re.match(r"Where is order \d+\?|Why was order \d+ lost\?", told)
    cart = scene.get_by_role("button", name=re.compile("^Cart: "))
    cart.focus()
    page.keyboard.press("Enter")
    assert "What about Cart?" in page.locator(".cloudlab-why").text_content()
    page = opened(one_day(shop="monolith"))
    ask(page, "(stage.seek(80), stage.draw(true))")
    page.locator(".cloudlab-scene").get_by_role("button", name=re.compile("^Payment")).click()
    assert "What about Payment?" in page.locator(".cloudlab-why").text_content()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("shop", ["monolith", "services"])
def test_axe_core_finds_nothing(tabs, tmp_path, shop, dark):
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(one_day(shop=shop), title="The shop"), dark=dark)
        ask(page, "(stage.seek(80), stage.draw(true))")
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate("() => axe.run('#stage')")
        labels = [
            spot.get_attribute("aria-label")
            for spot in page.locator(".cloudlab-scene").get_by_role("button").all()
        ]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]] == []
    assert len(labels) >= 7 and all(label.endswith(".") for label in labels if label != "Customers")


def test_two_shops_are_compared_by_lost_and_late(opened):
    runs = [one_day(part="mail", trouble="dies", link=link) for link in ("call", "queue")]
    page = opened(*runs, names=("Calls", "A queue"))
    told = ask(
        page, "(stage.seek(stage.end), stage.tellAll(stage.view, 1000), stage.parts.sentence.textContent)"
    )
    late = late_orders(runs[1], "mail")
    assert (
        told
        == f"The same orders, with A queue: 0 lost instead of {lost(runs[0])}, and {late} late instead of 0."
    )
    assert ask(page, "stage.plans.map((plan) => plan.height)") == [236, 236]


def test_one_box_down_is_told_as_one_box(opened):
    page = opened(one_day(shop="monolith", part="mail", trouble="dies"))
    told = ask(page, "(stage.seek(60), stage.tellAll(stage.view, 1000), stage.parts.sentence.textContent)")
    assert told.startswith("The whole process is down: 9 sold, ")
    box = one_day(shop="monolith").part("shop")
    told = ask(page, f"(stage.asking.select({{ part: {box} }}), stage.parts.why.textContent)")
    assert "Shop is one process, and it is down with all that is in it." in told
    told = ask(page, "(stage.seek(15), stage.tellAll(stage.view, 1000), stage.parts.why.textContent)")
    assert re.search(r"Shop: \d of 4 slots are taken", told)


# Limits and words


def test_every_parameter_has_a_limit_and_a_label():
    for run in (scenario, arrows, rush, row):
        for name, parameter in parameters(run).items():
            assert name == "seed" or parameter.limit.label, f"{run.__name__}: {name}"


@pytest.mark.parametrize(
    "links, sentence",
    [
        (
            {"mail": "rope"},
            "the arrow to mail is 'rope', but must be one of call, retries, limit, breaker, queue.",
        ),
        (
            {"post": "queue"},
            "part is 'post', but must be one of catalogue, recommender, payment, mail, database.",
        ),
    ],
)
def test_arrows_that_there_are_not_get_one_sentence(links, sentence):
    with pytest.raises(InvalidParameter) as refused:
        day(1, links)
    assert str(refused.value) == sentence


def test_an_arrow_has_one_name_in_panel_and_cell():
    """What a learner reads on the control is what the last cell takes."""
    link = parameters(arrows)["link"].limit
    assert not link.names and set(link.choices) == set(lab.GUARDS)


@pytest.mark.parametrize(
    "run, setting, sentence",
    [
        (
            scenario,
            {"trouble": "fire"},
            "trouble is 'fire', but must be one of recommender hangs, mail dies, mail deploys, database slow.",
        ),
        (
            arrows,
            {"link": "rope"},
            "link is 'rope', but must be one of call, retries, limit, breaker, queue.",
        ),
        (rush, {"copies": 9}, "copies is 9 copies, but must be between 1 and 4 copies."),
        (row, {"parts": 0}, "parts is 0 parts, but must be between 1 and 20 parts."),
    ],
)
def test_a_value_out_of_range_gets_one_sentence(run, setting, sentence):
    with pytest.raises(InvalidParameter) as error:
        run(**setting)
    assert str(error.value) == sentence


def test_every_control_of_the_lesson_works_in_its_panel():
    panel = explore(scenario, charts.orders)
    panel.set(shop="monolith", trouble="mail deploys")
    assert panel.pictures[0].caption.startswith("Of 89 orders 3")
    guarded = explore(arrows, charts.orders)
    guarded.set(link="queue", trouble="mail dies")
    assert " 0 are lost, and " in guarded.pictures[0].caption


def test_the_panels_play_days_of_the_shop():
    same = [
        (scenario(3), one_day(3)),
        (
            scenario(shop="monolith", trouble="mail deploys"),
            one_day(shop="monolith", part="mail", trouble="deploys"),
        ),
    ]
    same += [(arrows(2, link="breaker"), one_day(2, link="breaker")), (scenario(), arrows())]
    assert all(one.fingerprint() == other.fingerprint() for one, other in same)


def test_the_lab_needs_no_widgets_and_no_numpy():
    code = "import sys, cloudlab.labs.monolith_and_microservices; print({'numpy', 'ipywidgets'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == "set()"


def test_luck_is_asked_about_lost_orders_first_and_about_late_ones_where_there_are_messages():
    shop = Experiment(arrows)
    assert ". 20 seeds: lost orders " in shop.is_it_luck(20)
    shop.change({"link": "queue"})
    answer = shop.is_it_luck(20)
    assert answer.startswith(
        "No, it is no luck: with arrow queue instead of call, lost orders are lower with each"
    )
    assert "; late orders are higher with each of 20 seeds: " in answer and answer.index(
        "late"
    ) < answer.index("p95")
    assert answer.count(", before 0;") == 1, (
        "nobody was late before, and no number is compared with another one"
    )
    shown = luck_of(shop.luck, shop.luck_before)
    assert shown["words"] == "lost orders" and shown["values"] == [0] * 20
    assert shown["before"] == [lost(arrows(seed)) for seed in range(1, 21)]


def test_what_is_told_of_a_shop_calls_its_requests_orders():
    run = scenario()
    told = describe(run)
    assert (
        f"{len(run.requests)} orders came" in told
        and "all 30 requests" not in told
        and " request" not in told
    )
    assert {row[0] for row in table(run).rows} >= {"orders", "orders lost"}
    assert not any("request" in word for row in table(run).rows for word in row)
