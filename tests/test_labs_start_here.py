"""The desk of lesson 00: what its text says is what its model does, and its two charts say what they draw."""

import inspect
import subprocess
import sys
from decimal import Decimal
from statistics import mean

import pytest
from sheet_texts import noted_texts

from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.labs.start_here import Desk, busy, longest_line, p95, rush, scenario
from cloudlab.traffic import Customers, steady
from cloudlab.views import charts
from cloudlab.views.charts.seeds import seeds
from cloudlab.views.charts.waiting import waiting
from cloudlab.views.line import in_line
from cloudlab.views.luck import sample
from cloudlab.views.panel import explore

SEEDS = range(1, 21)


def monday(seed=1, **setting):
    return scenario(seed, passengers=54, **setting)


def samples(run, **setting):
    return [sample(run(seed, **setting)) for seed in SEEDS]


@pytest.fixture(scope="module")
def one_clerk():
    return samples(scenario, passengers=54)


@pytest.fixture(scope="module")
def two_clerks():
    return samples(scenario, passengers=54, clerks=2)


# The laboratory


def test_the_same_seed_gives_the_same_day():
    assert monday(3).fingerprint() == monday(3).fingerprint()


def test_another_seed_gives_another_day():
    assert monday(1).fingerprint() != monday(2).fingerprint()


def test_without_chance_every_day_is_the_same_and_nobody_waits_at_90_percent():
    days = [monday(seed, chance=False) for seed in (1, 2)]
    assert [longest_line(day) for day in days] == [0, 0]
    assert [p95(day) for day in days] == [60, 60]
    assert list(days[0].requests.started) == list(days[1].requests.started)
    assert busy(days[0]) == pytest.approx(0.9, abs=0.005)


def test_each_clerk_is_paid_for_each_second_of_the_day_busy_or_not():
    quiet, full = scenario(passengers=30), monday(clerks=2)
    assert [line.amount for line in quiet.bill] == [Decimal("144.00")]
    (line,) = full.bill
    assert (line.quantity, line.unit_price, line.amount) == (57_600, Decimal("0.005"), Decimal("288.00"))


def test_ten_passengers_go_through_the_model_as_through_the_table_by_hand(world):
    desk = Desk(world, "information")
    comes, needs = [0, 2, 3, 5, 6, 9, 11, 12, 13, 20], [1, 1, 1, 2, 1, 1, 8, 1, 1, 1]
    people = Customers(world, "passengers", traffic=steady(0), to=desk)
    desk.handle(people, [60.0 * minute for minute in comes], [60.0 * minutes for minutes in needs], 0)
    world.run(until=22 * 60)
    record = world.record
    assert [second / 60 for second in record.requests.started] == [0, 2, 3, 5, 7, 9, 11, 19, 20, 21]
    times = [second / 60 for second in measures.response_times(record)]
    assert times == [1, 1, 1, 2, 2, 1, 8, 8, 8, 2]
    assert mean(times) == 3.4 not in times
    assert [second / 60 for second in measures.percentiles(record, (50, 95))] == [2, 8]
    assert busy(record) == pytest.approx(18 / 22)
    assert longest_line(record) == 2


# What the lesson's text says


def test_the_quiet_day_and_the_monday_are_as_the_lesson_tells():
    quiet, full = scenario(), monday()
    assert (round(p95(quiet)), round(busy(quiet), 2)) == (260, 0.49)
    assert (round(p95(full)), longest_line(full), round(busy(full), 2)) == (1260, 28, 0.93)
    assert len(full.requests) == 458
    assert max(measures.response_times(full)) > 20 * 60


def test_tuesday_has_a_shorter_line_and_only_another_seed():
    assert longest_line(monday(2)) == 15
    assert round(p95(monday(2))) == 618


def test_the_band_of_one_clerk_is_as_the_questions_tell(one_clerk):
    times = [entry.p95 for entry in one_clerk]
    assert (round(min(times)), round(max(times))) == (537, 2838)


def test_a_second_clerk_is_an_effect_since_the_bands_lie_apart(one_clerk, two_clerks):
    assert max(entry.p95 for entry in two_clerks) < min(entry.p95 for entry in one_clerk)


def test_four_more_questions_an_hour_make_the_line_longer_on_nearly_every_day(one_clerk):
    more = samples(scenario, passengers=58)
    assert sum(after.p95 > before.p95 for before, after in zip(one_clerk, more, strict=True)) >= 19


def test_three_clerks_keep_the_goal_with_seed_1_and_miss_it_on_five_of_twenty_days():
    kept = {clerks: [day.p95 <= 300 for day in samples(rush, clerks=clerks)] for clerks in (2, 3, 4)}
    assert kept[3][0] and {clerks: sum(days) for clerks, days in kept.items()} == {2: 0, 3: 15, 4: 20}
    assert round(p95(rush(clerks=3))) == 233
    assert round(busy(rush(clerks=4)), 2) == 0.39


# Limits and words


def test_every_parameter_has_a_limit_and_a_label():
    for run in (scenario, rush):
        for name, parameter in parameters(run).items():
            assert name == "seed" or parameter.limit.label, f"{run.__name__}: {name}"


@pytest.mark.parametrize(
    "setting, sentence",
    [
        ({"passengers": -1}, "passengers is -1 an hour, but must be between 0 and 600 an hour."),
        ({"clerks": 0}, "clerks is 0, but must be between 1 and 20."),
        ({"chance": "no"}, "chance is 'no', but must be one of True, False."),
    ],
)
def test_a_value_out_of_range_gets_one_sentence(setting, sentence):
    with pytest.raises(InvalidParameter) as error:
        scenario(**setting)
    assert str(error.value) == sentence


def test_an_empty_day_has_no_line_and_still_costs():
    day = scenario(passengers=0)
    assert (longest_line(day), busy(day), day.bill[0].amount) == (0, 0, Decimal("144.00"))
    assert waiting(day).caption == "Nobody waits, and the clerks are busy 0 % of the time"


# The two charts


def test_the_chart_and_the_lab_count_the_same_line():
    for day in (scenario(), monday(), rush()):
        assert max(in_line(day).values) == longest_line(day)


def test_the_line_over_time_is_what_has_come_and_not_started():
    day = monday()
    line, rows = in_line(day), day.requests
    for time in (0.0, 1000.0, 9999.5, 20_000.0, day.end):
        counted = sum(a <= time < s for a, s in zip(rows.arrived, rows.started, strict=True))
        assert line.at(time) == counted


def test_waiting_says_how_long_the_line_was_and_how_busy_the_desk():
    words = "Up to 28 wait at once, at 5:59 h; the clerks are busy 93 % of the time"
    assert waiting(monday()).caption == words


def test_waiting_draws_the_run_before_and_a_cursor():
    picture = waiting(monday(), ghost=scenario(), at=600)
    assert "last run" in picture.image and picture.time == 600
    assert picture.image and picture.plot["to"] == 8 * 3600


def test_seeds_tell_bands_apart_from_bands_that_overlap(one_clerk, two_clerks):
    apart = seeds({"1 clerk": one_clerk, "2 clerks": two_clerks})
    assert apart.caption == "The bands lie apart: 1 clerk 537 s to 2,838 s, 2 clerks 183 s to 326 s"
    same = seeds({"old": one_clerk[:10], "new": one_clerk[10:]})
    assert same.caption.startswith("The bands of old and new overlap from ")


def test_seeds_count_those_that_keep_a_limit():
    picture = seeds({"3 clerks": samples(rush, clerks=3)}, limit=300)
    assert picture.caption == "p95 stays within 300 s with 3 clerks on 15 of 20 seeds"
    assert "limit 300 s" in picture.image
    nobody = seeds({"2 clerks": samples(rush, clerks=2)}, limit=300)
    assert nobody.caption == "p95 stays within 300 s with 2 clerks on none of 20 seeds"


def test_seeds_without_any_answer_are_refused_in_one_sentence():
    with pytest.raises(ValueError, match="holds no answered request"):
        seeds({"nobody": [sample(scenario(passengers=0))]})


@pytest.mark.parametrize("width", [400, 1000])
def test_all_words_of_the_two_charts_lie_on_the_picture(width, monkeypatch, one_clerk, two_clerks):
    texts = noted_texts(monkeypatch)
    bands = {"1 clerk": one_clerk, "2 clerks": two_clerks}
    for picture in (waiting(monday(), ghost=scenario()), seeds(bands, limit=300)):
        picture.set_state({"width": width})
        assert picture.image
    assert texts and not [one.words for one in texts if one.outside]


def test_every_chart_of_the_lesson_works_in_its_panel():
    panel = explore(scenario, charts.waiting, charts.latency, charts.bill)
    panel.set(passengers=54)
    words = panel.is_it_luck()
    assert words.startswith("No, it is no luck: with "), words
    assert "p95 is higher with each of 20 seeds: 537 s to 2,838 s, before " in words
    panel.reset()
    assert panel.record.fingerprint() == scenario().fingerprint()


def test_the_lab_needs_no_widgets_and_no_numpy():
    code = "import sys, cloudlab.labs.start_here; print({'numpy', 'ipywidgets'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == "set()"


def test_the_wiring_is_short_enough_to_read():
    assert len(inspect.getsource(scenario).split('"""')[2].strip().splitlines()) <= 6
