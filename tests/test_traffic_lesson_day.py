"""Own traffic in lessons 01 and 02: a day of it is played, and what is left out is told, with the cure."""

from math import inf

import pytest
from test_facts_logs import alb
from test_traffic_files import log, table

from cloudlab.kernel.limits import InvalidParameter
from cloudlab.labs import autoscaling_limits, autoscaling_policies
from cloudlab.traffic import daily, from_access_log, from_csv, lesson_day
from cloudlab.views import charts
from cloudlab.views.describe import describe
from cloudlab.views.experiment import Experiment
from cloudlab.views.lesson import explore

DAYS = (autoscaling_limits.day, autoscaling_policies.day)

SENTENCE = (
    "Of the traffic's 3 days this run plays the first day, 2026-11-02 00:00 to 2026-11-03 00:00: 240 of 1,440 "
    "requests. The rest, to 2026-11-05 00:00, is left out; since='2026-11-03 00:00' and until, where the file is "
    "read, choose another part."
)


@pytest.fixture
def three_days(tmp_path):
    """A table with 10, 20 and 30 requests an hour."""
    rows = "".join(f"2026-11-0{2 + h // 24} {h % 24:02}:00,{10 * (h // 24 + 1)}\n" for h in range(72))
    return table(tmp_path, f"time,requests\n{rows}")


@pytest.mark.parametrize("day", DAYS)
def test_the_first_day_is_played_and_the_rest_is_told(three_days, day):
    record = day(traffic=from_csv(three_days), mean_work=0.2)
    assert len(record.requests) == 240
    assert describe(record).startswith(f"{SENTENCE} This run of 24 h 2 min holds ")


@pytest.mark.parametrize("day", DAYS)
def test_another_day_is_chosen_and_loses_nothing(three_days, day):
    traffic = from_csv(three_days, since="2026-11-03 00:00", until="2026-11-04 00:00")
    record = day(traffic=traffic, mean_work=0.2)
    assert (traffic.duration, len(record.requests)) == (86_400.0, 480)
    assert record.requests.arrived[-1] > 86_400 - 600
    assert describe(record).startswith("This run")


@pytest.mark.parametrize("day", DAYS)
def test_a_day_of_a_shape_ends_after_a_day(day):
    record = day(traffic=daily(night=0.001, peak=0.002), mean_work=0.2)
    assert (record.end, record.setting.get("left_out")) == (86_400.0, None)


def test_a_panel_shows_and_says_what_is_left_out(three_days):
    traffic = from_csv(three_days)
    panel = explore(
        autoscaling_limits.day, charts.load_and_capacity, traffic=traffic, mean_work=0.2, losses=False
    )
    assert panel.bar.message == SENTENCE and not panel.bar.fault
    assert SENTENCE in " ".join(repr(panel).split())  # its lines are broken between words
    assert panel.summary().count(SENTENCE) == 1
    panel.set(max_size=3)
    assert panel.bar.message == SENTENCE


def test_without_a_panel_the_words_are_those_of_the_record(three_days):
    assert SENTENCE in describe(Experiment(autoscaling_policies.day, traffic=from_csv(three_days)).record)


def test_a_traffic_that_is_not_read_from_a_file_tells_its_length():
    class Short:
        duration = 2 * 86_400.0

        def count(self, start, end):
            return (end - start) / 86_400

    told = "Of the traffic's 2 days this run plays the first day: 1 of 2 requests."
    assert lesson_day(Short()) == (86_400.0, told)
    assert lesson_day(daily(1, 2)) == (86_400.0, "")
    assert daily(1, 2).duration == inf


@pytest.mark.parametrize("day", DAYS)
def test_the_plan_knows_the_work_that_a_log_tells(tmp_path, day):
    """Else a fleet is planned for 0.01 s a request, while each is 1 s."""
    path = log(
        tmp_path, *(alb(f"10:{n // 60:02}:{n % 60:02}.5", work="1.000") for n in range(600) for _ in range(3))
    )
    traffic = from_access_log(path)
    assert traffic.mean_work == pytest.approx(1.0)
    few, many = (day(traffic=traffic, mean_work=work) for work in (0.01, 60.0))
    assert few.asks == many.asks
    assert max((ask.granted for ask in few.asks), default=0) >= 3


@pytest.mark.parametrize("day", DAYS)
def test_works_that_a_log_rounds_to_nothing_are_played_too(tmp_path, day):
    path = log(tmp_path, *(alb(f"10:00:{n:02}.5", work="0.000") for n in range(60)))
    assert len(day(traffic=from_access_log(path)).requests) == 60


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("value", ("my-access.log", 7, []))
def test_what_is_no_traffic_is_one_sentence(day, value):
    with pytest.raises(InvalidParameter, match="but must be a shape such as"):
        day(traffic=value)
