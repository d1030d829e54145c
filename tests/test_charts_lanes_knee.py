"""The charts of lesson 03: lanes of servers at a moment, and the knee with its formula."""

import re

import pytest
from sheet_texts import noted_texts

from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.labs.load_balancing import LATE, health, one_server, scenario
from cloudlab.views.charts.knee import HEADS, alone, knee, point, pooled
from cloudlab.views.charts.lane_counts import read_lanes
from cloudlab.views.charts.lanes import lanes
from cloudlab.views.sheet import Sheet

METHODS = ("random", "round_robin", "least_outstanding_requests", "one_line")


@pytest.fixture(scope="module")
def friday():
    return scenario(slow="C")


@pytest.fixture(scope="module")
def death():
    return health(die=(LATE,))


# What the lanes count


@pytest.mark.parametrize("method", METHODS)
def test_lanes_count_what_the_measures_count(method):
    record = scenario(3, method=method, slow="C")
    for now in (0.0, 60.0, 240.0, 600.0):
        found = read_lanes(record, now)
        in_system = measures.in_system(record, [now])[0]
        at_work = sum(len(lane.at_work) for lane in found.lanes)
        assert found.waiting + at_work == in_system
        came = record.requests.before(now)
        assert sum(lane.sent for lane in found.lanes) + (found.waiting if found.shared else 0) == came
    for place, part in enumerate(record.parts_of("instance")):
        busy = measures.utilisation(record, 600.0, part=part)[0]
        assert found.lanes[place].busy == pytest.approx(busy)
    p50, p95 = measures.percentiles(record, (50, 95))
    assert (found.p50, found.p95) == (p50, p95)


def test_lanes_say_that_equal_counts_are_not_equal_lines(friday):
    assert lanes(friday).caption == "Each got about 453 requests, but Server C holds 160 of the 162 that wait"
    assert "Server C (speed 0.5): 454 sent, 160 wait" in lanes(friday).description


def test_lanes_show_the_moment_they_are_asked_for(friday):
    assert "Server C holds 65 of the 66 that wait" in lanes(friday, at=240).caption
    assert lanes(friday, at=240).image != lanes(friday).image


def test_lanes_show_a_dead_server_before_and_after_the_balancer_notices(death):
    before, after = read_lanes(death, 160.0), read_lanes(death, 300.0)
    assert (before.lanes[2].state, before.lanes[2].routed) == ("killed", True)
    assert (after.lanes[2].state, after.lanes[2].routed) == ("killed, unhealthy", False)
    assert before.lanes[2].failed < after.lanes[2].failed == read_lanes(death, 600.0).lanes[2].failed == 134
    assert lanes(death).caption == "134 requests sent to Server C are lost"


def test_one_line_is_labelled_as_no_aws_option():
    picture = lanes(scenario(method="one_line", slow="C", load=95))
    assert picture.caption == "One line for four: 69 wait in one line"
    assert "no AWS option" in picture.image and "no AWS option" in picture.description


def test_lanes_draw_the_last_run_and_a_prediction(friday):
    calm = scenario()
    assert lanes(calm, ghost=friday).image != lanes(calm).image
    assert "you predicted 20 in the longest line" in lanes(friday, prediction=20).image


def test_lanes_before_the_first_request_are_empty_and_not_wrong(friday):
    assert lanes(friday, at=0).caption == "No answer yet"


def test_lanes_without_a_balancer_are_refused_in_one_sentence():
    with pytest.raises(ValueError, match="this run has none: choose another picture"):
        lanes(one_server())


# The knee


def test_the_formulas_give_the_known_numbers():
    known = {0.5: 2, 0.7: 3.3, 0.8: 5, 0.9: 10, 0.95: 20, 0.99: 100}
    assert {busy: round(alone(busy), 1) for busy in known} == known
    assert round(pooled(0.8), 2) == 1.75 and pooled(0.6, 1) == pytest.approx(alone(0.6))


def test_a_dot_is_the_busy_share_and_the_mean_time_in_service_times():
    record = one_server(load=80)
    busy, times = point(record)
    assert busy == measures.utilisation(record, record.end)[0]
    assert times == pytest.approx(alone(busy), rel=0.1)


def test_earlier_runs_stay_as_dots_and_a_run_twice_is_one_dot():
    picture = knee(one_server(load=50))
    for load in (80, 80, 90):
        picture = knee(one_server(load=load), picture=picture)
    assert picture.table[0] == HEADS and len(picture.table) == 1 + 3
    assert picture.caption.startswith("Busy for 89.5 %, a request takes 9.9 service times")


@pytest.mark.parametrize("load", [50, 70, 80, 90, 95, 99])
def test_what_the_formula_says_follows_from_the_busy_share_that_is_told(load):
    told = knee(one_server(load=load)).caption
    busy, said = (float(found) for found in re.findall(r"for ([\d.]+) %.* says ([\d.]+)", told)[0])
    assert said == pytest.approx(1 / (1 - busy / 100), rel=0.03)


def test_seeds_of_a_setting_are_a_dot_with_a_band():
    days = {
        method: [scenario(seed, method=method) for seed in (1, 2, 3)] for method in ("random", "one_line")
    }
    picture = knee(days)
    assert "in 3 runs" in picture.description
    assert [row[0] for row in picture.table] == ["runs", "random", "one_line"]


@pytest.mark.parametrize("width", [300, 400, 700, 720, 965, 1100])
def test_no_name_of_a_setting_lies_on_a_curve_of_the_knee(monkeypatch, width):
    texts, curves = noted_texts(monkeypatch), []
    draw = Sheet.line

    def line(sheet, xs, ys, *look, **more):
        if len(xs) > 10:
            curves.append([*zip(xs, ys, strict=True)])
        draw(sheet, xs, ys, *look, **more)

    monkeypatch.setattr(Sheet, "line", line)
    picture = knee({method.replace("_", " "): scenario(method=method) for method in METHODS})
    texts.clear()
    curves.clear()
    picture.set_state({"width": width})
    picture._drawn = ()
    assert picture.image and len(curves) == 2
    names = [one for one in texts if re.match(r"(random|round|least|one line) .*\d$", one.words)]
    assert len(names) == len(METHODS)
    touched = {
        one.words
        for one in names
        for curve in curves
        for x, y in curve
        if one.left <= x <= one.right and one.top <= y <= one.base
    }
    assert not touched and all(one.left >= 0 and one.right <= width for one in names)


def test_the_knee_without_any_run_is_refused_in_one_sentence():
    with pytest.raises(InvalidParameter, match="^runs is {}, but must be a record, or map names to records"):
        knee({})


# All words on the picture


@pytest.mark.parametrize("width", [360, 400, 719, 720, 800, 1000, 1100])
def test_all_words_lie_on_the_picture(width, monkeypatch, friday, death):
    texts = noted_texts(monkeypatch)
    full = scenario(method="one_line", slow="C", load=95)
    pictures = [
        lanes(friday, prediction=20),
        lanes(full, ghost=friday),
        lanes(death, at=160),
        lanes(death),
        knee(one_server(load=99), prediction=4),
        knee({"least outstanding requests": full, "round robin": friday}),
    ]
    texts.clear()
    for picture in pictures:
        picture.set_state({"width": width})
        assert picture.image
    assert texts and not [one.words for one in texts if one.outside]
