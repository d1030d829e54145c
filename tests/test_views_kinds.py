"""What the views say of a part is asked of its kind; and a kind without a file is told and shown all the same."""

import pytest

from cloudlab.kernel.record import Record
from cloudlab.labs import autoscaling_limits, load_balancing
from cloudlab.views import charts
from cloudlab.views.describe import describe, table
from cloudlab.views.happenings import happenings
from cloudlab.views.kinds import fleets, kind_named, kinds_in, picture_of
from cloudlab.views.stage import finding
from cloudlab.views.stage.scene import level_of, scene_of


def mill(*, workers=1, end=100.0) -> Record:
    """A hopper and workers: kinds that no file of the views knows."""
    record = Record(1)
    hopper = record.add_part("grain", "hopper")
    for number in range(workers):
        worker = record.add_part(f"worker {number + 1}", "miller", slots=1)
        record.add_link(hopper, worker)
        record.enter(0, worker, "application", "answering")
    record.end = end
    return record


def test_a_kind_without_a_file_is_told_by_its_name():
    assert describe(mill()) == "This run of 1 min 40 s holds hopper grain and miller worker 1."
    assert "2 millers (worker 1 and worker 2)" in describe(mill(workers=2))
    assert table(mill()).rows == (("length of the run", "1:40", "min:s"),)


def test_a_kind_without_a_file_is_a_station_of_its_own():
    drawn = [(part["layer"], part["row"]) for part in scene_of(mill(workers=2))["parts"]]
    assert drawn == [(0, 0), (1, 0), (1, 1)]
    assert set(level_of(mill())["values"]) == {0.0}
    assert finding(mill()) == "A run of 1 min 40 s"


def test_what_can_befall_any_part_is_told_in_the_words_of_its_kind():
    record = mill(workers=5)
    for worker in record.parts_of("miller")[:4]:
        record.enter(30, worker, "application", "killed")
    assert [cause.text for cause in happenings(record)] == ["4 millers are killed"]
    assert "The turning point is 0:30, when 4 millers are killed." in describe(record)


def test_requests_that_no_server_ever_answers_are_told_in_the_words_of_who_serves():
    record = Record(1)
    guests, oven = record.add_part("guests", "eater"), record.add_part("oven", "oven", slots=1)
    link = record.add_link(guests, oven)
    for moment in range(5):
        record.requests.extend(link, [moment], [moment], [moment], [moment + 1.0], 0, [oven], 5)
    record.end = 20.0
    assert "No server ever answers: all 5 requests" in describe(record)
    assert ("requests", "5", "requests") in table(record).rows


def test_who_makes_others_is_asked_with_what_it_makes():
    record = Record(1)
    record.add_part("web", "group")
    assert [(kind.name, parts) for kind, parts in kinds_in(record)] == [("instance", []), ("group", [0])]
    assert describe(record).endswith(
        "No instance was launched; at the end none is in service. 0.00 instance-hours were used."
    )


def test_a_fleet_is_what_holds_several_of_something():
    (fleet,) = fleets(autoscaling_limits.scenario()).values()
    assert (fleet.have.at(480), fleet.wish.at(480), fleet.of) == (6, 6, "instance")
    assert fleets(load_balancing.scenario(minutes=1)) == {}


def charts_finding(chart: str, record: Record) -> str:
    """The title of that chart at the end of the run."""
    return getattr(charts, chart)(record).caption


@pytest.mark.parametrize(
    ("run", "chart"),
    [
        (autoscaling_limits.scenario, "band"),
        (autoscaling_limits.day, "waiting"),
        (lambda: load_balancing.scenario(minutes=1), "lanes"),
        (mill, ""),
    ],
)
def test_a_kind_knows_the_chart_that_shows_it_best(run, chart):
    record = run()
    assert picture_of(record) == chart
    assert finding(record) == (charts_finding(chart, record) if chart else "A run of 1 min 40 s")


def test_one_of_a_kind_and_several_have_words():
    assert (kind_named("instance").one, kind_named("instance").many) == ("instance", "instances")
    assert (kind_named("customers").one, kind_named("customers").many) == ("customer", "customers")
    assert (kind_named("not a name").one, kind_named("not a name").many) == ("not a name", "not a names")
