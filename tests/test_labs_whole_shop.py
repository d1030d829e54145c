"""Lesson 11: the whole shop on its opening day; each order is somewhere, and the words' numbers are the runs'."""

import json
from functools import cache
from itertools import product
from math import inf
from statistics import median

import pytest
from places import ROOT
from samples import some
from stage_pages import NARROW, WIDE, ask, stage_pages
from test_export import lint
from test_lessons import said

from cloudlab.export import template
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.messages import counts
from cloudlab.kernel.moves import Numbers
from cloudlab.kernel.orders import done, places
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.labs import whole_shop as lab
from cloudlab.labs.whole_shop import goal, lost_orders, met, objectives
from cloudlab.pricing import total
from cloudlab.views import kinds
from cloudlab.views.describe import describe
from cloudlab.views.stage import Stage
from cloudlab.views.stage.scene import scene_of

day = cache(lab.day)
scenario = cache(lab.scenario)

KINDS = ("instances", "containers", "functions")
DESIGNS = sorted(
    product(KINDS, KINDS), key=lambda design: (KINDS.index(design[1]) - KINDS.index(design[0])) % 3 != 1
)
"""(web tier, packing): the first three hold each kind once on either side."""


@pytest.fixture(scope="module")
def usual():
    return scenario()


@pytest.fixture(scope="module")
def spread():
    return scenario(zones=2)


# Each order is somewhere


@pytest.mark.sampled
@pytest.mark.parametrize("web, packing", some(DESIGNS, 3))
def test_whatever_the_parts_are_each_answered_order_is_packed_set_aside_or_waits(web, packing):
    record = day(1, web=web, packing=packing, zones=2, orders=0.2, hosts=8)
    part = record.part("orders")
    rows, told = record.requests, record.orders[part]
    good = [
        row
        for row, (answered, status) in enumerate(zip(rows.answered, rows.status, strict=True))
        if status == Status.OK and answered < record.end
    ]
    assert sorted(told.request) == good and len(good) > 1000
    assert places(record, part) == [record.part("to-pack"), record.part("to-receipt")]
    for name in ("to-pack", "to-receipt"):
        found = counts(record.queues[record.part(name)], record.end)
        assert sum(found) == len(good) and not found.expired
        finished = sum(end < inf for end in done(record, part, record.part(name)))
        assert finished == found.deleted
    aside = counts(record.queues[record.part("set-aside")], record.end)
    assert sum(aside) == counts(record.queues[record.part("to-pack")], record.end).dead


def test_a_monolith_tells_nobody_and_loses_most():
    record = day(1, web="monolith", zones=2, orders=0.5)
    assert not record.orders and not record.queues
    assert goal(record, "1 in 20").value > 60 and not goal(record, "1 in 20").met
    assert lost_orders(record) > 500


def test_what_nobody_can_print_is_set_aside_after_three_tries(spread):
    aside = spread.queues[spread.part("set-aside")]
    assert {spread.paths[path] for path in aside.path} == {"broken photo"} and len(aside.sent) == 6
    assert all(lab.BROKEN <= aside.born[row] < lab.BROKEN_END + lab.PATIENCE for row in range(6))


def test_what_is_answered_is_lost_or_told_once(usual):
    """Whoever tried again counts once: each customer's last attempt is an order, or is lost."""
    rows, again = usual.requests, {row for row, _ in usual.retries.values()}
    last = [row for row in range(len(rows)) if row not in again and rows.answered[row] <= usual.end]
    told = usual.orders[usual.part("orders")]
    gone = [row for row in last if rows.status[row]]
    assert len(gone) == lost_orders(usual) == len(lab.lost(usual))
    assert len(last) == len(gone) + sum(rows.answered[row] <= usual.end for row in told.request)


# Faults


def test_a_dark_zone_loses_orders_where_there_is_no_other(usual, spread):
    assert lost_orders(usual) == 215 and lost_orders(spread) == 0
    dark = [time for time in lab.lost(usual) if lab.NOON <= time <= lab.NOON + lab.DARK + 120]
    assert len(dark) == 215
    assert goal(usual, "oldest").value == pytest.approx(31.2, abs=0.1)
    assert "How many orders are lost by midnight?" in lab.BAD_DAY["question"]
    for seed in (2, 3):
        assert lost_orders(scenario(seed)) > 150 and lost_orders(scenario(seed, zones=2)) <= 3


def test_what_waits_in_the_dark_is_late_and_not_lost(usual):
    part = usual.part("orders")
    told, packed = usual.orders[part].told, done(usual, part, usual.part("to-pack"))
    waited = [end - time for time, end in zip(told, packed, strict=True) if lab.NOON - 40 < time < lab.NOON]
    assert len(waited) >= 3 and max(waited) > 1800 and inf not in waited


def test_an_action_kills_a_packer_at_its_moment():
    moment = 20 * 3600.0
    record = scenario(zones=2, packer_dies=(moment,))
    killed = [one for one in record.states if one.state == "killed" and one.time == moment]
    assert {one.part for one in killed} == {killed[0].part}
    assert record.parts[killed[0].part].parent == record.part("packers")
    assert not [one for one in scenario(zones=2).states if one.state == "killed" and one.time == moment]


def test_dead_hosts_cost_nothing_more_and_new_ones_come_with_the_light():
    record = day(1, zones=1, packing="containers", hosts=3, orders=0.2)
    hosts = record.parts_of("host")
    assert [record.parts[part].born for part in hosts] == [0.0] * 3 + [lab.NOON + lab.DARK] * 3
    hours = 3 * 12 + 3 * 11.5
    machines = sum(
        (min(record.parts[part].gone, record.end) - record.parts[part].born) / 3600
        for part in record.parts_of("instance")
    )
    (line,) = (line for line in record.bill if line.item == "EC2 t3.medium")
    assert float(line.quantity) == pytest.approx(hours + machines)


def test_receipts_that_are_switched_off_wait(spread):
    part = spread.part("orders")
    told, written = spread.orders[part].told, done(spread, part, spread.part("to-receipt"))
    waits = {
        time: end - time
        for time, end in zip(told, written, strict=True)
        if 14 * 3600 <= time < 14 * 3600 + lab.OFF
    }
    assert len(waits) > 20 and median(waits.values()) > 60 and max(waits.values()) < inf
    assert goal(spread, "oldest").value * 60 == pytest.approx(max(waits.values()), abs=1)


# The four objectives


def test_the_four_numbers_are_those_of_the_whole_table(usual):
    rows = usual.requests
    took = sorted(
        answered - arrived
        for arrived, answered, status in zip(rows.arrived, rows.answered, rows.status, strict=True)
        if status == Status.OK and answered <= usual.end
    )
    p95, gone, oldest, cost = objectives(usual)
    assert p95.value == took[-(-95 * len(took) // 100) - 1]
    assert gone.value == 215
    waits = [(min(end, usual.end) - sent) / 60 for sent, end in lab.ages(usual)]
    assert oldest.value == pytest.approx(max(waits))
    assert cost.value == pytest.approx(float(total(usual.bill)), abs=0.01)
    assert [one.met for one in (p95, gone, oldest, cost)] == [True, False, False, True] and met(usual) == 2


def test_numbers_over_time_never_heal(usual):
    for part in usual.parts_of("goal"):
        values = list(usual.series[part, "Value"].values)
        if usual.parts[part].name != "1 in 20 takes over":
            assert values == sorted(values)


@pytest.mark.parametrize(
    "changes, kept",
    [
        ({"zones": 2}, "✓✓✓✓"),
        ({"zones": 2, "packers": 4}, "✓✓✕✓"),
        ({"zones": 2, "packers": 8}, "✓✓✓✕"),
        ({}, "✓✕✕✓"),
    ],
)
def test_each_task_of_the_lesson_can_be_done_with_its_controls(changes, kept):
    assert "".join("✓" if one.met else "✕" for one in objectives(scenario(**changes))) == kept


@pytest.mark.parametrize(
    "changes, kept",
    [
        ({"max_receive_count": 0}, "✓✓✕✓"),
        ({"visibility_timeout": 900}, "✓✓✕✓"),
        ({"visibility_timeout": 30}, "✓✕✓✓"),
        ({"web": "functions", "packing": "containers", "hosts": 3}, "✓✓✓✓"),
    ],
)
def test_each_other_setting_has_its_price(changes, kept):
    record = day(1, zones=2, **changes)
    assert "".join("✓" if one.met else "✕" for one in objectives(record)) == kept


def test_a_goal_is_found_by_the_beginning_of_its_name(usual):
    assert goal(usual, "cost").unit == "$"
    with pytest.raises(
        InvalidParameter, match="name is 'speed', but must be the beginning of one of 1 in 20"
    ):
        goal(usual, "speed")


# What a learner reads


def test_the_order_of_the_trace_is_the_one_that_the_words_tell_of(usual):
    number = lab.longest(usual)
    assert number == 1838
    lines = lab.story(usual, number)
    assert lines[:2] == [
        "11:59:20  the customer asks for the page",
        "11:59:24  i-1 has answered, and the topic is told",
    ]
    assert "12:00:00  to-pack: whoever had it died before the end" in lines
    assert "11:59:25  to-receipt: it is done" in lines and lines[-1] == "12:30:39  to-pack: it is done"
    assert lines == sorted(lines)  # the clock never goes back
    said("11", "A customer got her page at 11:59:24", "Follow order 1838 by hand again")
    with pytest.raises(InvalidParameter, match="order is 9000, but only 5,?[0-9]+ were placed"):
        lab.story(usual, 9000)


def test_what_the_sizes_of_the_lesson_say_is_so():
    """0.15 orders a second at the evening peak; after the news more than twice that."""
    day_of = lab.OpeningDay()
    peak = max(day_of.rate(60 * minute) for minute in range(19 * 60, 24 * 60))
    assert round(peak, 2) == 0.15
    news = max(day_of.rate(lab.NEWS + second) for second in range(0, 1200, 60))
    assert round(news, 2) == 0.33
    said(
        "11",
        "| pages, after the news | about 0.33 × 6 s | 2 |",
        "| packers, after the news | about 0.33 × 24 s | 8 |",
    )


def test_no_design_that_is_printed_before_make_is_the_answer_of_make():
    cells = json.loads((ROOT / "notebooks" / "11_whole_shop.ipynb").read_text(encoding="utf-8"))["cells"]
    [printed] = ["".join(cell["outputs"][0]["text"]) for cell in cells if cell["id"] == "designs"]
    kept = [line for line in printed.splitlines() if line.count("✓") == 4]
    assert kept and all(float(line.rsplit("$", 1)[1].split()[0]) > 5 for line in kept)


def test_a_design_below_five_dollars_is_possible():
    runs = [day(seed, zones=2, web="functions", packing="containers", hosts=3) for seed in (1, 2)]
    assert all(met(run) == 4 and goal(run, "cost").value < 5 for run in runs)
    said("11", "for less than 5 dollars")


def test_a_good_order_that_is_set_aside_counts_as_lost_and_the_lesson_says_so():
    run = day(1, zones=2, web="functions", packing="functions", visibility_timeout=60)
    assert not goal(run, "Orders lost").met and lost_orders(run) > 100
    said("11", "A good order that is set aside is lost to its customer, and counts as lost.")


def test_the_stored_outputs_of_the_lesson_are_those_of_this_model():
    cells = json.loads((ROOT / "notebooks" / "11_whole_shop.ipynb").read_text(encoding="utf-8"))["cells"]
    told = {
        cell["id"]: "".join("".join(one.get("text", "")) for one in cell.get("outputs", [])) for cell in cells
    }
    assert "order 1838" in told["one-order"] and "It was 215." in told["one-order"]
    assert "12 tries in vain and 4 set aside are possible" in told["modify-your-line"]


def test_the_line_of_the_modify_cell_makes_it_right(capsys):
    cells = json.loads((ROOT / "notebooks" / "11_whole_shop.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    names: dict = {"OpeningDay": lab.OpeningDay, "tried": lab.tried, "DAY": lab.DAY}
    exec(sources["modify-worked"], names)
    right = sources["modify-your-line"].replace(
        "visibility_timeout=180)", "visibility_timeout=180, dead_letter_target=aside, max_receive_count=3)"
    )
    exec(right, names)
    assert "12 tries in vain, 4 set aside · that is it" in capsys.readouterr().out


# In words, as a template


def test_a_run_is_told_with_its_objectives(usual):
    told = describe(usual)
    assert "2 of 4 objectives met, orders lost was 215 orders (limit 10)" in told
    assert "oldest message was 31 min (limit 15)" in told and "told on" in told
    line = lab.verdict(usual)
    assert f"cost ${goal(usual, 'cost').value:.2f} " in line and "so far" not in line, "the day is over"


def test_cfn_lint_finds_no_fault_in_the_templates_of_the_shop(tmp_path):
    bodies = {
        web: template(day(1, web=web, packing=packing, orders=0.2, zones=2, hosts=8)).body
        for web, packing in (
            ("instances", "functions"),
            ("functions", "instances"),
            ("monolith", "instances"),
        )
    }
    found = lint(tmp_path, bodies)
    assert found.returncode == 0, found.stdout


# On the stage


@pytest.fixture
def opened(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        yield lambda *records, **look: open_page(Stage(*records, title="Opening day"), **look)


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_meters_under_the_scene_show_the_numbers_of_the_record(opened, usual, window):
    page = opened(usual, still=True, viewport=window)
    for moment in (0.0, 6 * 3600.0, lab.NOON + 3600.0, lab.DAY):
        ask(page, f"stage.seek({moment})")
        cells = page.locator(".cloudlab-number-cell").all_inner_texts()
        for part, cell in zip(usual.parts_of("goal"), cells, strict=True):
            name, limit = usual.parts[part].name, usual.parts[part].attributes["limit"]
            value = usual.series[part, "Value"].at(moment) if moment else 0.0
            assert name in cell and ("missed" in cell) == (value > limit), (moment, cell)
        wide = page.evaluate(
            "() => [...document.querySelectorAll('.cloudlab-gauge-bar')].map((b) => b.dataset.state)"
        )
        assert len(wide) == 4


def test_a_prediction_of_lost_orders_is_no_height_on_the_curve_of_open_jobs(opened, usual):
    page = opened(usual, still=True)
    told = {"words": "you predicted", "value": 200, "unit": "orders", "came": 215}
    page.evaluate("(told) => document.getElementById('stage').stage.model.set('prediction', told)", told)
    drawn = ask(page, "(stage.linePen.marks = [], stage.seek(stage.end), stage.linePen.marks)")
    assert not any(one["what"] == "peg" for one in drawn)
    assert page.locator(".cloudlab-asked").inner_text() == "You predicted 200, it was 215: 15 too few."


def test_what_waits_and_is_done_on_the_stage_is_what_the_queues_have(opened, usual):
    page = opened(usual, still=True)
    page.evaluate("() => { document.getElementById('stage').stage.pen.marks = []; }")
    for moment in (6 * 3600.0, lab.NOON + 600.0, 18.2 * 3600):
        ask(page, f"stage.seek({moment})")
        texts = ask(page, "stage.pen.marks.filter((one) => one.what === 'text').map((one) => one.words)")
        found = [counts(usual.queues[usual.part(name)], moment) for name in ("to-pack", "to-receipt")]
        assert f"{sum(found[0]):,} orders placed so far" in texts
        jobs = sum(one.visible + one.in_flight for one in found)
        said = page.locator(".cloudlab-sentence").inner_text()
        assert said.startswith(f"{jobs} jobs are open" if jobs != 1 else "1 job is open"), (moment, said)
        first = texts.index(f"{sum(found[0]):,} orders placed so far")
        cells = texts[first + 1 :]
        for one, name in zip(found, ("to-pack", "to-receipt"), strict=True):
            row = cells[cells.index(name) + 1 :][:6]
            assert row[:2] == [f"{one.visible + one.in_flight}", "open"]
            assert row[2] == short(one.deleted) and row[3] == "done"
            assert not one.dead or row[4:6] == [f"{one.dead}", "aside"]
    level = ask(page, f"stage.run.moves.count({usual.part('to-pack')}, {lab.NOON + 600})")
    assert level == counts(usual.queues[usual.part("to-pack")], lab.NOON + 600).visible


def short(number: int) -> str:
    """A count as it is shown where there is little room."""
    return str(number) if number < 1000 else f"{number / 1000:.1f}k".replace(".0k", "k")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"web": "functions"},
        {"packing": "functions"},
        {"web": "containers", "packing": "containers"},
    ],
    ids=["instances", "functions", "packing by calls", "containers"],
)
def test_each_design_is_drawn_as_a_shop_on_any_width(opened, changes):
    record = day(1, **({"web": "instances", "packing": "instances"} | changes), zones=2, orders=0.2, hosts=8)
    for window in (WIDE, NARROW):
        page = opened(record, still=True, viewport=window)
        ask(page, f"stage.seek({lab.NOON + 60})")
        drawn = set(ask(page, "stage.view.places.map((place) => place.part)"))
        assert {record.part("to-pack"), record.part("to-receipt"), record.part("order-placed")} <= drawn
        gone = {one.part for one in record.states if one.state == "killed" and one.time <= lab.NOON + 60}
        hosts = [part for part in record.parts_of("host") if record.parts[part].born <= lab.NOON]
        assert set(hosts) - gone <= drawn  # where there is no room for all, those that are alive
        assert bool(hosts) == (changes.get("packing") == "containers")
        wide = ask(page, "stage.parts.canvas.clientWidth")
        assert ask(page, f"stage.view.places.every((one) => one.x >= 0 && one.x + one.width <= {wide})")


def test_a_request_tells_what_became_of_its_order_and_a_message_who_asked(usual):
    scene = scene_of(usual)
    became = dict(scene["became"])
    told = usual.orders[usual.part("orders")]
    numbers = Numbers(usual)
    assert became == {
        request: numbers.of_publish(usual.part("order-placed"), row)
        for row, request in enumerate(told.request)
    }


def test_ask_why_follows_an_order_from_the_click_to_the_parcel(opened, usual):
    page = opened(usual, still=True)
    told = usual.orders[usual.part("orders")]
    row = told.request[1837]
    ask(page, "stage.seek(46000)")
    text = " ".join(ask(page, f"stage.asking.storiesOf({{ row: {row} }})[0].lines"))
    assert f"Then it was message {Numbers(usual).of_publish(usual.part('order-placed'), 1837)}" in text
    assert "11:59 h: it is published" in text and "12:30 h" in text
    number = Numbers(usual).of_publish(usual.part("order-placed"), 1837)
    told = ask(page, f"stage.asking.storiesOf({{ message: {number} }})[0].lines")
    assert told[0] == "11:59 h: somebody asked; i-1 answered at 11:59 h."


def test_goals_and_orders_have_no_place_of_their_own(usual):
    for name in ("goal", "orders"):
        (part, *_) = usual.parts_of(name)
        assert not kinds.kind_of(usual, part).stands(usual, part)


@pytest.mark.parametrize("web, packing", [("instances", "containers"), ("functions", "functions")])
def test_messages_that_wait_until_somebody_asks_go_the_same_ways(web, packing, monkeypatch):
    """Whoever looks at servers alone lets messages wait, as does who looks at one queue: the record is the same."""

    def played():
        return lab.day(web=web, packing=packing, packer_dies=(40_000.0,), orders=0.3).fingerprint()

    advances, lazy = [], played()
    serve = World.serve

    def eager(world, *_):
        serve(world)
        advances.append(world.now)
        for stage in world._stages.values():
            stage.advance(world.now)

    monkeypatch.setattr(World, "serve", eager)
    monkeypatch.setattr(World, "bring", eager)
    assert played() == lazy and len(set(advances)) > 1000
