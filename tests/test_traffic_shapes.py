"""Shapes: how many requests they expect, where those fall, and that dice decide the rest."""

import tracemalloc
from itertools import pairwise, takewhile
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.labs.autoscaling_limits import day
from cloudlab.traffic import daily, ramp, sinusoid, spike, steady, step, weekly

HOUR, DAY = 3600.0, 86_400.0

ALL = {
    "steady": steady(2),
    "ramp": ramp(1, 5, at=100, over=1000),
    "ramp down": ramp(5, 0, over=500),
    "step": step(2, jump=4, at=310),
    "spike": spike(2, jump=10, at=290, length=45),
    "sinusoid": sinusoid(0, 4, period=700),
    "daily": daily(0.5, 3),
    "weekly": weekly(0.5, 3),
}


def arrivals(shape, until, seed=1, regular=False):
    """The times before `until`, after a look at the form of the chunks."""
    times, covered = [], 0.0
    chunks = shape.chunks(Random(seed), regular)
    while covered < until:
        covered_before, (covered, part, paths, works) = covered, next(chunks)
        least = covered_before - 1e-6  # times are rounded, the borders of pieces are not
        assert covered >= least
        assert len(part) <= 4096 and paths is None and works is None
        assert all(least < time <= covered + 1e-6 for time in part)
        times += part
    return list(takewhile(lambda time: time < until, times))


@pytest.mark.parametrize(
    ("shape", "start", "end", "expected"),
    [
        (steady(2), 0, 100, 200),
        (steady(2), 1000, 1001, 2),
        (steady(0), 0, DAY, 0),
        (ramp(1, 5, at=100, over=1000), 0, 100, 100),
        (ramp(1, 5, at=100, over=1000), 100, 1100, 3000),  # the mean rate is 3
        (ramp(1, 5, at=100, over=1000), 100, 600, 1000),  # 2 in the lower half
        (ramp(1, 5, at=100, over=1000), 1100, 1200, 500),
        (ramp(5, 0, over=500), 0, 1000, 1250),
        (step(2, at=300), 0, 600, 1800),
        (step(2, jump=4, at=310), 300, 320, 100),
        (step(2, jump=4, at=0), 0, 100, 800),
        (step(2, jump=0, at=100), 0, 200, 200),
        (spike(2, at=300, length=120), 0, 600, 1920),  # 480 s at 2 and 120 s at 8
        (spike(2, jump=10, at=290, length=45), 290, 335, 900),
        (sinusoid(0, 4, period=720), 0, 720, 1440),
        (sinusoid(1, 3, period=DAY), 0, DAY / 2, DAY),
        (weekly(1, 1), 0, 7 * DAY, 7 * DAY),
    ],
)
def test_the_expected_count_is_the_area_under_the_rate(shape, start, end, expected):
    assert shape.count(start, end) == pytest.approx(expected)


def test_a_day_has_peaks_at_noon_and_in_the_evening():
    shape = daily(night=1, peak=11)
    assert shape.rate(4 * HOUR) == 1
    assert shape.rate(12 * HOUR) == pytest.approx(9)  # four fifths of the way up
    assert shape.rate(20 * HOUR) == pytest.approx(11)
    assert shape.rate(12 * HOUR + 3 * DAY) == shape.rate(12 * HOUR)
    half_hours = [shape.rate(1800.0 * n) for n in range(49)]
    tops = [n for n in range(1, 48) if half_hours[n - 1] < half_hours[n] >= half_hours[n + 1]]
    assert tops == [24, 40]
    # a hill of half-width w hours and height h holds as much as w hours at h
    assert shape.count(0, DAY) == pytest.approx(DAY + 10 * (0.8 * 6 + 4.5) * HOUR, rel=1e-3)


def test_a_weekend_is_lower_above_the_night_only():
    shape = weekly(night=1, peak=11, weekend=0.3)
    friday, saturday, monday = 4 * DAY, 5 * DAY, 7 * DAY
    assert shape.rate(friday + 20 * HOUR) == pytest.approx(11)
    assert shape.rate(saturday + 20 * HOUR) == pytest.approx(4)
    assert shape.rate(saturday + 4 * HOUR) == 1
    assert shape.rate(monday + 20 * HOUR) == pytest.approx(11)
    week = 5 * daily(1, 11).count(0, DAY) + 2 * daily(1, 4).count(0, DAY)
    assert shape.count(0, 7 * DAY) == pytest.approx(week)


@pytest.mark.parametrize("name", ALL)
def test_regular_requests_are_as_many_as_expected_at_every_moment(name):
    shape = ALL[name]
    times = arrivals(shape, 2000, regular=True)
    assert len(times) == round(shape.count(0, 2000))
    for so_far, time in list(enumerate(times))[:: max(1, len(times) // 25)]:
        minute = 60 * int(time // 60)  # inside a piece the rate is held, at its borders the count is exact
        before = sum(other < minute for other in times[: so_far + 1])
        assert abs(before - shape.count(0, minute)) <= 0.5 + 1e-6


def test_regular_requests_of_a_steady_rate_stand_at_equal_distances():
    assert arrivals(steady(4), 1.5, regular=True) == [0.125, 0.375, 0.625, 0.875, 1.125, 1.375]
    times = arrivals(steady(7), 1000, regular=True)
    assert {round(after - before, 5) for before, after in pairwise(times)} == {0.14286}


def test_regular_requests_need_no_dice():
    shape, dice = daily(1, 4), Random(1)
    state = dice.getstate()
    chunks = shape.chunks(dice, True)
    for _ in range(100):
        next(chunks)
    assert dice.getstate() == state


@pytest.mark.parametrize("name", ALL)
def test_customers_who_do_not_know_of_each_other_are_as_many_as_expected(name):
    shape = ALL[name]
    for start, end in ((0, 2000), (2000, 2800)):
        times = [time for time in arrivals(shape, end) if time >= start]
        expected = shape.count(start, end)
        assert abs(len(times) - expected) <= 5 * expected**0.5


def test_gaps_of_customers_are_exponential():
    times = arrivals(steady(100), 1000)
    gaps = sorted(after - before for before, after in pairwise(times))
    mean = sum(gaps) / len(gaps)
    assert mean == pytest.approx(0.01, rel=0.02)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert variance == pytest.approx(mean**2, rel=0.05)
    assert gaps[len(gaps) // 2] == pytest.approx(0.01 * 0.693147, rel=0.03)  # the median is ln 2


def test_counts_of_customers_in_a_second_are_poisson():
    times = arrivals(steady(9), 5000)
    counts = [0] * 5000
    for time in times:
        counts[int(time)] += 1
    mean = sum(counts) / 5000
    assert sum((count - mean) ** 2 for count in counts) / 5000 == pytest.approx(mean, rel=0.1)


def test_a_jump_is_exactly_where_it_should_be():
    times = arrivals(step(1, jump=100, at=310.5), 320)
    assert sum(time < 310.5 for time in times) < 310.5 + 5 * 310.5**0.5
    assert min(time for time in times if time >= 310.5) < 310.6
    times = arrivals(step(50, jump=0, at=310.5), 1000)
    assert 310.3 < times[-1] < 310.5


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("regular", (False, True))
def test_times_are_whole_microseconds_and_ascend(name, regular):
    times = arrivals(ALL[name], 3000, regular=regular)
    assert len(times) > 1000
    assert all(time == round(time * 1e6) / 1e6 for time in times)
    assert times == sorted(times)


@pytest.mark.parametrize("name", ALL)
def test_the_same_dice_give_the_same_times_and_others_do_not(name):
    assert (
        arrivals(ALL[name], 600, seed=3)
        == arrivals(ALL[name], 600, seed=3)
        != arrivals(ALL[name], 600, seed=4)
    )


def test_up_to_the_jump_a_step_has_the_luck_of_a_steady_rate():
    calm, jump = arrivals(steady(5), 600), arrivals(step(5, jump=4, at=300), 600)
    before = [time for time in calm if time < 300]
    assert jump[: len(before)] == before
    assert len(jump) > len(calm) + 3 * 5 * 300 - 5 * (5 * 5 * 300) ** 0.5


def test_more_requests_than_a_chunk_holds_come_in_several():
    sizes = []
    for covered, part, _, _ in steady(1000).chunks(Random(1)):
        sizes.append(len(part))
        if covered >= 60:
            break
    assert max(sizes) == 4096 and len(sizes) >= 14


@given(
    rate=st.floats(0, 50),
    to=st.floats(0, 50),
    at=st.floats(0, 500),
    over=st.floats(5, 500),
    regular=st.booleans(),
)
def test_any_ramp_keeps_order_and_form(rate, to, at, over, regular):
    times = arrivals(ramp(rate, to, at=at, over=over), 300, regular=regular)
    assert times == sorted(times)
    if regular:
        expected = rate * 300 + (to - rate) * area(at, over, 300)
        assert abs(len(times) - expected) <= 2 + 0.05 * abs(to - rate) * over / 20


def area(at, over, until):
    """Seconds that a rise from 0 to 1 holds up to `until`, by the formula of a triangle and a rectangle."""
    risen = min(max(until - at, 0.0), over)
    return risen * risen / over / 2 + max(until - at - over, 0.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: steady(-1), "rate is -1 requests/s, but must be between 0 and 100000 requests/s."),
        (lambda: steady(100_001), "rate is 100001 requests/s"),
        (lambda: steady("2"), "rate is '2', but must be a number between 0 and 100000 requests/s."),
        (lambda: steady(float("nan")), "rate is nan requests/s, but must be a number"),
        (lambda: steady(True), "rate is True, but must be a number"),
        (lambda: ramp(1, -1), "to is -1 requests/s"),
        (lambda: ramp(1, 2, at=-1), "at is -1 s, but must be between 0 and 604800 s."),
        (lambda: ramp(1, 2, over=0.5), "over is 0.5 s, but must be between 1 and 604800 s."),
        (lambda: step(1, jump=101), "jump is 101 times, but must be between 0 and 100 times."),
        (lambda: spike(1, length=0), "length is 0 s, but must be between 1 and 604800 s."),
        (lambda: sinusoid(1, 2, period=0), "period is 0 s"),
        (lambda: daily(-0.1, 2), "night is -0.1 requests/s"),
        (lambda: daily(1, 100_001), "peak is 100001 requests/s"),
        (lambda: weekly(1, 2, weekend=2.1), "weekend is 2.1 times, but must be between 0 and 2 times."),
    ],
)
def test_a_number_outside_its_limits_is_one_sentence(call, words):
    with pytest.raises(InvalidParameter) as caught:
        call()
    assert str(caught.value).startswith(words)


def test_numbers_at_the_ends_of_their_limits_are_taken():
    for shape in (steady(0), steady(100_000), ramp(0, 100_000, at=604_800, over=1), step(1, jump=100, at=0)):
        assert shape.count(0, 10) >= 0
    assert weekly(1, 2, weekend=0).rate(5 * DAY + 20 * HOUR) == 1


@given(
    name=st.sampled_from(sorted(ALL)),
    start=st.floats(0, 2000),
    middle=st.floats(0, 1),
    length=st.floats(0.001, 900),
)
def test_the_count_of_a_span_is_the_sum_of_its_parts(name, start, middle, length):
    shape, cut, end = ALL[name], start + middle * length, start + length
    assert shape.count(start, cut) + shape.count(cut, end) == pytest.approx(shape.count(start, end))


def test_a_short_ramp_does_not_cut_the_hours_after_it_into_shreds():
    pieces = takewhile(lambda piece: piece[0] < HOUR, ramp(1, 5, at=100, over=1).pieces())
    assert sum(1 for _ in pieces) <= 60 + 21


def test_a_day_of_regular_requests_is_not_drawn_at_once():
    tracemalloc.start()
    next(steady(50).chunks(Random(1), True))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


@pytest.mark.parametrize(
    "make, low, high", [(sinusoid, "low", "high"), (daily, "night", "peak"), (weekly, "night", "peak")]
)
def test_a_low_rate_above_the_high_one_is_refused_by_both_names(make, low, high):
    with pytest.raises(InvalidParameter) as refused:
        make(5, 1)
    assert str(refused.value) == f"{low} is 5 requests/s, but must be at most {high}, 1 requests/s."
    make(5, 5)


def test_a_day_whose_traffic_is_no_traffic_is_refused_in_one_sentence():
    rule = "must be a shape such as daily(0.4, 4.0), or what was read from a file"
    with pytest.raises(InvalidParameter) as refused:
        day(traffic="x")
    assert str(refused.value) == f"traffic is 'x', but {rule}."
