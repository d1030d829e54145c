"""The two taxi meters of lesson 08: what its text, its stage and its exercises say is what its bills do."""

from decimal import Decimal
from itertools import pairwise
from json import dumps
from math import inf
from random import Random

import pytest
from stage_pages import NARROW, WIDE, ask, stage_pages
from test_lessons import opening, said

from cloudlab.exercises.lambda_billing import billing, calls, choosing
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record
from cloudlab.labs.lambda_billing import (
    COMPUTES,
    EC2,
    LAMBDA,
    SHAPES,
    SLOTS,
    WAITS,
    costs,
    function,
    idle_share,
    late,
    meetings,
    meets_again,
    scenario,
    servers,
    sizes,
    tried,
)
from cloudlab.pricing import crossing_point, total
from cloudlab.views import charts
from cloudlab.views.describe import describe
from cloudlab.views.experiment import Experiment
from cloudlab.views.kinds import kind_named
from cloudlab.views.kinds.meter import along
from cloudlab.views.kinds.meter import meetings as meter_meetings
from cloudlab.views.stage import Stage, finding
from cloudlab.views.stage.scene import level_of

SEEDS = range(1, 21)


@pytest.fixture(scope="module")
def sale():
    return scenario()


@pytest.fixture(scope="module")
def both():
    return servers(), function()


# What the lesson's text says


def test_both_stand_at_the_same_cent_when_the_sale_stops():
    record, until, asked = opening("08")
    rented, called = (record.series[record.part(name), "Cost"] for name in (EC2, LAMBDA))
    near = [time for time in rented.times if abs(time - until) <= 120]
    assert near and until == 13_500
    for time in near:
        assert abs(rented.at(time) - called.at(time)) < 0.02
    assert meetings(record)[0].time == pytest.approx(until, abs=120)
    assert asked == "Both stand at the same cent. When do they meet again?"


def test_the_function_is_dearer_at_midnight_though_the_servers_idle_for_78_percent(sale):
    rented, called = costs(sale)
    assert called > rented
    assert round(idle_share(sale), 2) == 0.78
    said("08", "78 % of the servers' time was idle", "dearer at midnight")
    night = scenario(traffic="nightly")
    assert 1.95 < costs(night)[0] - costs(night)[1] < 2.5
    said("08", "On the nightly day it was cheaper by $2")


def test_which_one_is_dearer_on_a_day_of_the_sale_is_luck_and_by_cents(sale):
    gaps = [costs(run)[1] - costs(run)[0] for run in map(scenario, SEEDS)]
    assert 0 < sum(gap > 0 for gap in gaps) < 20
    assert max(map(abs, gaps)) < 0.2


def test_a_second_of_a_call_costs_about_five_times_as_much_as_one_of_a_busy_server():
    second = crossing_point(duration=1.0).per_call
    rented = Decimal("0.1008") / 3600 / SLOTS
    assert 4.5 < second / rented < 5.5
    said("08", "about five times as much as a second of a busy server", "up to four fifths of their time")


def test_the_crossing_points_of_the_table():
    said("08", "| one m7i.large | 0.1008 | 0.000503, a film | 200 calls an hour |")
    film = crossing_point(duration=WAITS + COMPUTES / (1024 / 1769), hours=1)
    assert round(film.per_call, 6) == Decimal("0.000503")
    assert round(Decimal("0.1008") / Decimal("0.000503")) == 200
    assert round(Decimal("0.2241") / Decimal("0.000503")) == 446  # as a learner fills it in
    assert round(film.servers, 4) == Decimal("0.2241")
    assert abs(film.calls - 446) < 4
    short = crossing_point(duration=0.2, hours=1)
    assert round(short.servers / short.per_call, -2) == 63_400
    assert round(short.per_call, 9) == Decimal("0.000003533")
    assert round(Decimal("0.2241") / Decimal("0.000003533"), -2) == 63_400
    said("08", "446 calls an hour", "63,400 calls an hour")


def test_the_bills_by_hand():
    rows = [
        (1_000, 30_000, 1024, "0.50"),
        (1_000, 30_000, 512, "0.25"),
        (1_000_000, 84, 512, "0.70"),
        (1_000_000, 496, 512, "4.13"),
    ]
    for many, ms, memory, dollars in rows:
        gb_seconds = Decimal(many * ms * memory) / 1_024_000
        assert f"{gb_seconds * Decimal('0.0000166667'):.2f}" == dollars
        said("08", f"| {gb_seconds:,.0f}", f"| {dollars} |")


def test_the_exit_question_s_crossing_point():
    assert 164 / Decimal("0.0005") == 328_000
    month = crossing_point(hours=730)
    assert round(month.servers) == 164
    said("08", "328,000 films a month", "$164 a month")


# The meters are those of the bills


def test_each_meter_ends_at_its_bill(sale, both):
    for meter, run in zip(costs(sale), both, strict=True):
        exact = sum(line.quantity * line.unit_price for line in run.bill)
        assert meter == pytest.approx(float(exact), rel=1e-9)
        assert abs(meter - float(total(run.bill))) < 0.02


def test_servers_and_function_make_the_same_films(both):
    rented, called = both
    assert list(rented.requests.arrived) == list(called.requests.arrived)
    shown = scenario(traffic="nightly", seed=5)
    counts = {name: shown.series[shown.part(name), "Calls"].values[-1] for name in (EC2, LAMBDA)}
    assert counts[EC2] == counts[LAMBDA]


def test_a_film_takes_so_long_with_each_memory():
    """It waits as long with any, and computes with the share of a virtual CPU that its memory brings."""
    for memory, wanted in ((1024, 25 + 3 * 1769 / 1024), (1769, 28.0), (3538, 28.0)):
        run = function(memory_size=memory)
        requests = run.requests
        took = [end - start for start, end in zip(requests.started, requests.finished, strict=True)]
        assert sum(took) / len(took) == pytest.approx(wanted, rel=0.01)


def test_what_is_idle_is_what_no_film_took(both, sale):
    requests = both[0].requests
    worked = sum(
        min(end, 86_400.0) - start for start, end in zip(requests.started, requests.finished, strict=True)
    )
    assert idle_share(sale) == pytest.approx(1 - worked / (86_400 * 2 * SLOTS), rel=1e-9)


def test_a_rush_adds_600_films_in_its_hour_and_none_elsewhere(sale):
    pressed = scenario(rush=(36_000.0,))
    more = [
        pressed.series[pressed.part(LAMBDA), "Calls"].at(hour * 3600)
        - sale.series[sale.part(LAMBDA), "Calls"].at(hour * 3600)
        for hour in (10, 11, 24)
    ]
    assert abs(more[0]) < 1
    assert 500 < more[1] < 700
    assert abs(more[2] - more[1]) < 150  # other luck from then on
    assert any(note.text == "An hour of rush begins." for note in pressed.notes)


def test_one_server_is_cheaper_and_late():
    record = scenario(instances=1)
    rented, called = costs(record)
    assert rented < called
    assert late(record)[0] > 1000
    assert late(record)[1] == 0
    assert [note.text for note in record.notes if note.glyph == "✕"] == [
        "The servers have no room, and the first film is late."
    ]


def test_meetings_are_where_the_difference_changes_its_sign(sale):
    rented, called = (sale.series[sale.part(name), "Cost"] for name in (EC2, LAMBDA))
    found = meetings(sale)
    assert [meeting.ahead for meeting in found] == [EC2, LAMBDA]
    for meeting in found:
        before, after = (
            called.at(meeting.time + away) - rented.at(meeting.time + away) for away in (-900, 900)
        )
        assert before * after < 0
        assert (after > 0) == (meeting.ahead == LAMBDA)
    assert meets_again(sale) == round(found[1].time / 3600, 1)
    assert meets_again(scenario(traffic="steady")) == 24


def test_each_task_of_the_lesson_is_done_by_one_control():
    assert costs(scenario(traffic="nightly"))[0] > costs(scenario(traffic="nightly"))[1] + 1
    steady = scenario(traffic="steady")
    assert costs(steady)[1] > costs(steady)[0] + 1
    assert idle_share(steady) > 0.66
    assert late(scenario(instances=1))[0] > 1000
    assert late(scenario())[0] == 0


@pytest.mark.parametrize(("traffic", "way", "size", "allowed"), [
    ("spiky", "function", 1024, 5.70),
    ("spiky", "servers", 2, 5.70),
    ("nightly", "function", 1024, 3.60),
    ("steady", "servers", 2, 5.70),
])  # fmt: skip
def test_what_the_lesson_asks_for_can_be_met(traffic, way, size, allowed):
    days = [tried(way, size, traffic=traffic, seed=seed) for seed in SEEDS]
    assert sum(cost <= allowed and behind <= 10 for cost, behind in days) >= 19


def test_memory_that_only_speeds_up_what_computes_costs_hardly_more():
    found = {size.memory_size: size for size in sizes(computes=2.0, waits=0.0)}
    assert found[1024].dollars / found[128].dollars < Decimal("1.01")
    assert found[3538].dollars / found[1769].dollars > Decimal("1.99")
    assert found[1769].ms == found[3538].ms == 2000
    waiting = {size.memory_size: size for size in sizes(computes=0.0, waits=2.0)}
    assert waiting[1024].ms == waiting[128].ms
    assert waiting[1024].dollars / waiting[128].dollars > 7


def test_what_the_bars_of_memory_say():
    shown = charts.memory(sizes())
    assert shown.caption == "With 1,769 MB calls are 13 times as fast as with 128 MB, for 1.1 times the price"
    assert (
        charts.memory(sizes(computes=0.001, waits=2.0)).caption
        == "More memory than 128 MB makes no call faster"
    )
    with pytest.raises(InvalidParameter, match="^sizes is "):
        charts.memory([(128, 10, 1.0), (128, 10, 1.0)])


def test_the_same_seed_the_same_meters():
    assert scenario(7).fingerprint() == scenario(7).fingerprint() != scenario(8).fingerprint()
    assert set(SHAPES) == {"spiky", "nightly", "steady"}


def test_bad_values_are_one_sentence():
    with pytest.raises(
        InvalidParameter, match="^memory_size is 512 MB, but must be between 1024 and 10240 MB"
    ):
        scenario(memory_size=512)
    with pytest.raises(InvalidParameter, match="^way is 'lambda', but must be 'servers' or 'function'"):
        tried("lambda", 1024)
    with pytest.raises(InvalidParameter, match="^record has no two meters"):
        costs(Record(1))


# What the views say


def test_a_description_tells_both_meters(sale):
    told = describe(sale)
    assert "a meter of 2 servers m7i.large and a meter of Lambda, 1,024 MB" in told
    assert "EC2 was paid for idling for 78 % of its hours" in told
    assert "EC2 has cost $5.38 and Lambda has cost $5.51" in told
    assert finding(sale) == "EC2 is cheaper by $0.13, though 78 % of its hours were idle"
    assert finding(scenario(traffic="nightly")) == "Lambda is cheaper by $2.07"


def test_the_level_of_the_timeline_is_how_many_cents_they_are_apart(sale):
    level = level_of(sale)
    ends = costs(sale)
    assert level["values"][-1] == round(100 * abs(ends[1] - ends[0]))
    assert kind_named("meter").luck(sale, [sale.part(EC2), sale.part(LAMBDA)]) == {
        "the extra cost of Lambda in cents": round(100 * (ends[1] - ends[0]), 1)
    }


def test_is_it_luck_tells_the_difference_in_cents():
    answer = Experiment(scenario).set(traffic="nightly").is_it_luck(3)
    assert "the extra cost of Lambda in cents" in answer


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_stage_shows_what_the_record_holds(tabs, tmp_path, sale, viewport):
    again = meetings(sale)[1]
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(sale, title="Two taxi meters"), viewport=viewport)
        for time in (13_500, 50_000, 86_400):
            ask(page, f"stage.seek({time})")
            strip = ask(page, "stage.parts.numbers.textContent")
            rented, called = (
                ask(page, f"stage.run.series.get('{sale.part(name)} Cost').values.length")
                for name in (EC2, LAMBDA)
            )
            assert rented == len(sale.series[sale.part(EC2), "Cost"].values)
            assert called == len(sale.series[sale.part(LAMBDA), "Cost"].values)
            met = [one for one in meetings(sale) if one.time <= time]
            clock = f"{int(met[-1].time // 3600)}:{int(met[-1].time % 3600 // 60):02d} h"
            assert f"They met{clock}" in strip
        assert "Lambda now+ $0.13 dearer" in strip
        assert f"Paid for idling${sale.series[sale.part(EC2), 'Idle'].values[-1]:.2f} of $5.38" in strip
        assert ask(page, "stage.parts.sentence.textContent") == f"{finding(sale)}."
        ask(page, "stage.seek(80000)")
        sentence = ask(page, "stage.parts.sentence.textContent")
        hour, minute = divmod(int(again.time // 60), 60)
        assert "EC2 is cheaper by $0.2" in sentence
        assert f", since {hour}:{minute:02d} h, though 77 % of its hours are idle." in sentence


def test_meters_that_flutter_around_the_same_sum_meet_once():
    run = scenario(rush=(13_440.0,))  # for half an hour in the morning they differ by less than a cent
    rented, called = (run.series[run.part(name), "Cost"] for name in (EC2, LAMBDA))
    signs = [called.at(time) > rented.at(time) for time in range(3600, 86_400, 60)]
    changes = sum(before != after for before, after in pairwise(signs))
    assert changes > len(meetings(run)) == 2
    parts = [run.part(EC2), run.part(LAMBDA)]
    assert [time for time, _ in meter_meetings(run, parts)] == [one.time for one in meetings(run)]
    assert sum("overtakes" in note.text for note in run.notes) == 2


def test_no_part_of_a_meter_is_more_than_the_whole(sale):
    for part in (sale.part(EC2), sale.part(LAMBDA)):
        first, cost = (sale.series[part, name] for name in ("First", "Cost"))
        for time, paid in zip(cost.times, cost.values, strict=True):
            assert along(first, time) <= paid + 1e-9


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_moment_is_one_line_through_the_meters_and_the_timeline(tabs, tmp_path, sale, viewport):
    with stage_pages(tabs, tmp_path) as open_page:
        for run in (sale, scenario(memory_size=3538)):
            page = open_page(Stage(run, title="Two taxi meters"), viewport=viewport)
            for time in (0, 13_500, 86_400):
                ask(page, f"stage.seek({time})")
                here, below = (ask(page, f"{axis}.at({time})") for axis in ("stage.plans[0]", "stage.line"))
                assert here == pytest.approx(below, abs=0.5)
            drawn = "(stage.pen.marks = [], stage.draw(true), stage.pen.marks.map((one) => one.words))"
            words = ask(page, drawn)
            assert "Lambda" in words and "EC2" in words  # in full, at the ends of their lines


def test_the_answer_to_the_hour_of_the_second_meeting_adds_up(tabs, tmp_path, sale):
    guess = {"words": "you predicted", "value": 12, "came": meets_again(sale), "unit": "h", "at": 75_000}
    with stage_pages(tabs, tmp_path) as open_page:
        page = open_page(Stage(sale, title="Two taxi meters"), viewport=WIDE)
        ask(page, f"stage.model.set('prediction', {dumps(guess)})")
        ask(page, "stage.seek(86400)")
        told = page.locator("text=You predicted 12 h, it was 19.9 h: 7.9 h too early.")
        told.first.wait_for()


# Exercises


def test_each_idea_of_e16_is_wrong_somewhere_and_none_explains_another():
    dice = Random(3)
    wrong = dict.fromkeys(choosing.IDEAS, 0)
    for _ in range(40):
        given = choosing.given_of(dice)
        for day in choosing.days(dice, given):
            _, _, least = choosing.right(day, given)
            for code, ideas in choosing.IDEAS.items():
                way, servers, _ = ideas[0](day, given)
                wrong[code] += choosing.dollars_of(way, servers, day, given) > 1.05 * least
    assert min(wrong.values()) > 20


def test_the_right_choice_of_e16_is_the_cheapest_that_is_allowed():
    dice = Random(5)
    for _ in range(20):
        given = choosing.given_of(dice)
        for day in choosing.days(dice, given):
            ways = [("function", 0), *(("servers", number) for number in range(1, 300))]
            least = min(choosing.dollars_of(*one, day, given) for one in ways)
            assert choosing.right(day, given)[2] == pytest.approx(least)
            assert choosing.dollars_of("servers", 1, day, given) == inf


def test_a_bill_of_e17_counts_each_rule_once():
    log = [
        {"calls": 2_000_000, "duration_ms": 83.21, "init_ms": 0.0, "ended": "error"},
        {"calls": 1_000_000, "duration_ms": 1233.41, "init_ms": 463.51, "ended": "success"},
    ]
    gb_seconds = (2_000_000 * 84 + 1_000_000 * 1697) / 1000 * 0.5
    due = (gb_seconds - 400_000) * 0.0000166667 + 2_000_000 * 0.0000002
    assert float(billing.right(log, 512)) == pytest.approx(due)
    for ideas in billing.IDEAS.values():
        assert all(abs(float(idea(log, 512)) - due) > 0.001 for idea in ideas[:1])


def test_hanging_calls_of_e18_cost_their_timeout():
    variant = {"waits": 2.0, "computes": 1.0, "limit": 9.0}
    short, long = (
        calls.month({"memory_size": 1769, "timeout": timeout}, variant, 1) for timeout in (10, 100)
    )
    assert short.untimed == long.untimed
    assert long.hanging == pytest.approx(10 * short.hanging)
    assert long.dollars - short.dollars == pytest.approx(long.hanging - short.hanging)
    assert calls.month({"memory_size": 1769, "timeout": 10}, variant, 1, easy=True).hanging == 0
