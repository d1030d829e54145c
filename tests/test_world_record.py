"""A world has one clock, dice by name and a record; the record is columns that any reader can trust."""

from array import array
from math import inf

import pytest
from timetables import ONE_AT_A_TIME, send

from cloudlab.ec2 import Instance
from cloudlab.kernel import measures
from cloudlab.kernel.columns import FEW, packed
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record, Series, Status
from cloudlab.kernel.world import World, microseconds
from cloudlab.traffic import Customers, steady

# The world


def test_dice_depend_on_the_seed_and_their_name_and_nothing_else():
    throws = [World(7).dice("customers work").random() for _ in range(2)]
    assert throws[0] == throws[1]
    assert World(7).dice("customers arrivals").random() != throws[0]
    assert World(8).dice("customers work").random() != throws[0]


def test_dice_of_one_name_are_thrown_on_not_anew(world):
    first, second = world.dice("a"), world.dice("a")
    assert first is second
    assert first.random() != second.random()


def test_other_dice_leave_ones_luck_alone():
    alone, among = World(3), World(3)
    for name in ("b", "c"):
        among.dice(name).random()
    assert alone.dice("a").random() == among.dice("a").random()


@pytest.mark.parametrize("seed", [1.5, "1", None, True])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(InvalidParameter, match=f"seed is {seed!r}, but must be a whole number"):
        World(seed)


def test_a_run_goes_to_its_end_and_can_go_on(world):
    assert world.run(until=10) is world.record
    assert (world.now, world.record.end) == (10, 10.0)
    world.run(until=10)
    assert world.run(until=12.5).end == 12.5


@pytest.mark.parametrize("until", [4, -1, 315_360_001, inf, float("nan"), "6", None, True])
def test_a_run_ends_at_a_time_from_now_on(world, until):
    world.run(until=5)
    with pytest.raises(
        InvalidParameter, match=r"^until is .* s, but must be a time between now \(5 s\) and 315360000 s"
    ):
        world.run(until=until)
    assert world.now == 5


def test_requests_before_now_are_served_and_those_of_now_see_the_change(world):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    send(world, machine, (1, 1), (4, 1), (5, 1))

    def crash():
        yield world.timeout(4)
        machine.crash()
        assert len(world.record.requests) == 1

    world.process(crash())
    record = world.run(until=5)
    assert list(record.requests.status) == [Status.OK, Status.BAD_GATEWAY]
    assert len(world.run(until=5.5).requests) == 3


def test_streams_of_several_senders_are_served_in_order_of_time(world):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    send(world, machine, (1, 2), (4, 2), (9, 2), name="ann")
    send(world, machine, (0, 2), (2, 2), (8, 2), name="bob")
    requests = world.run(until=20).requests
    assert list(requests.arrived) == [0, 1, 2, 4, 8, 9]
    assert list(requests.started) == [0, 2, 4, 6, 8, 10]
    senders = [world.record.parts[world.record.links[link][0]].name for link in requests.client]
    assert senders == ["bob", "ann", "bob", "ann", "bob", "ann"]


def test_who_comes_later_counts_time_from_the_own_start(world):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    send(world, machine, (1, 1), name="ann")
    world.run(until=10)
    send(world, machine, (1, 1), name="bob")
    assert list(world.run(until=20).requests.arrived) == [1, 11]


def test_times_are_whole_microseconds():
    assert microseconds(1.23456789) == 1.234568
    assert microseconds(0.1) == 0.1
    assert microseconds(604_800.0000004) == 604_800.0


# The record


def test_a_name_belongs_to_one_part():
    record = Record(1)
    assert record.add_part("web", "group", time=2.0, size=3) == 0
    with pytest.raises(InvalidParameter, match="name is 'web', but another part already has that name"):
        record.add_part("web", "instance")
    assert (record.parts[0].attributes, record.parts[0].born, record.parts[0].gone) == ({"size": 3}, 2.0, inf)


def test_a_part_is_found_by_its_name_and_kind():
    record = Record(1)
    for name, kind in (("web", "group"), ("i-1", "instance"), ("i-2", "instance")):
        record.add_part(name, kind)
    assert (record.part("i-2"), record.parts_of("instance")) == (2, [1, 2])
    with pytest.raises(KeyError, match="no part is called 'i-3'; the parts are web, i-1, i-2"):
        record.part("i-3")


def test_links_and_paths_are_entered_once():
    record = Record(1)
    assert [record.add_link(0, 1), record.add_link(1, 0), record.add_link(0, 1)] == [0, 1, 0]
    assert [record.add_path("/"), record.add_path("/cart"), record.add_path("/")] == [0, 1, 0]


def test_a_series_keeps_only_changes_and_the_last_word_of_a_moment():
    record = Record(1)
    for time, value in ((0, 2), (5, 2), (10, 4), (10, 6), (20, 6), (30, 1)):
        record.set(0, "GroupDesiredCapacity", time, value)
    series = record.series[0, "GroupDesiredCapacity"]
    assert list(zip(series.times, series.values, strict=True)) == [(0, 2), (10, 6), (30, 1)]
    assert [series.at(time) for time in (0, 9.9, 10, 29.9, 30, 99)] == [2, 2, 6, 6, 1, 1]
    assert Series().at(5, default=7) == 7


def test_the_state_of_a_part_holds_until_its_next_one():
    record = Record(1)
    record.enter(0, 0, "lifecycle", "Pending", 30)
    record.enter(10, 0, "target", "initial")
    record.enter(30, 0, "lifecycle", "InService")
    assert record.state(0, 29.9).state == "Pending"
    assert record.state(0, 30).state == "InService"
    assert record.state(0, 30, "target").state == "initial"
    assert record.state(0, 5, "target") is None


@pytest.mark.parametrize(
    "column", ["arrived", "started", "finished", "answered", "status", "target", "path", "client"]
)
def test_the_fingerprint_changes_with_each_column(column):
    def made_of(**changed):
        record = Record(1)
        columns = {"arrived": [1.0], "started": [1.0], "finished": [2.0], "answered": [2.0]} | {
            name: [value] if name in ("arrived", "started", "finished", "answered") else value
            for name, value in changed.items()
        }
        whole = {"client": 0, "path": 0, "target": 0, "status": 0} | columns
        record.requests.extend(
            whole["client"],
            whole["arrived"],
            whole["started"],
            whole["finished"],
            whole["answered"],
            whole["path"],
            [whole["target"]],
            whole["status"],
        )
        return record.fingerprint()

    assert made_of(**{column: 3}) != made_of()
    assert made_of() == made_of()


def test_the_fingerprint_changes_with_notes_states_and_asks():
    texts = set()
    for change in (
        lambda record: None,
        lambda record: record.note(1, 0, "•", "a note"),
        lambda record: record.enter(1, 0, "lifecycle", "Pending"),
        lambda record: record.ask(1, 0, 5, 4, "a policy"),
        lambda record: record.set(0, "Speed", 1, 0.5),
        lambda record: record.add_part("web", "group"),
        lambda record: record.add_path("/cart"),
        lambda record: record.retries.update({3: (1, 2)}),
    ):
        record = Record(1)
        change(record)
        texts.add(record.fingerprint())
    assert len(texts) == 8


def test_each_ending_has_a_code_and_says_whose_fault_it_was():
    assert {status.name: status.code for status in Status} == {
        "OK": 200,
        "GAVE_UP": 460,
        "TARGET_ERROR": 500,
        "BAD_GATEWAY": 502,
        "UNAVAILABLE": 503,
        "GATEWAY_TIMEOUT": 504,
        "THROTTLED": 429,
    }
    assert len({status.reason for status in Status}) == len(Status)


def test_a_request_takes_38_bytes():
    columns = Record(1).requests.columns()
    assert sum(column.itemsize for column in columns) == 38


def test_a_column_that_is_held_as_a_view_keeps_all_columns_of_one_length(world):
    """An array can't grow while somebody views its memory; afterwards nothing is missing and nothing is double."""
    requests, rows = world.record.requests, 4
    for _ in range(2):
        times = [0.0] * rows
        requests.extend(0, times, times, times, times, 0, [0] * rows, 0)
        if len(requests) == rows:
            view = memoryview(requests.answered)
            continue
        for _ in range(3):
            with pytest.raises(BufferError, match="a view of a column of requests is held: let it go"):
                requests.columns()
        view.release()
        assert [len(column) for column in requests.columns()] == [2 * rows] * 8


def test_a_record_has_room_for_65536_parts_and_256_classes_of_requests():
    record = Record(1)
    for number in range(65_536):
        record.add_part(f"part {number}", "thing")
    with pytest.raises(
        InvalidParameter, match="^name is 'one more', but a record has room for 65536 parts only.$"
    ):
        record.add_part("one more", "thing")
    for number in range(256):
        record.add_path(f"/{number}")
    assert record.add_path("/7") == 7
    with pytest.raises(InvalidParameter, match="^path is '/256', but a record has room for 256 classes"):
        record.add_path("/256")


def test_customers_whose_classes_have_no_room_are_refused_before_anything_is_entered():
    world = World()
    instance = Instance(world, "one")
    for number in range(255):
        world.record.add_path(f"/{number}")
    traffic = steady(1)
    traffic.paths = ("/a", "/b")
    with pytest.raises(InvalidParameter, match="^traffic brings the classes of requests to 257, but"):
        Customers(world, "people", traffic=traffic, to=instance)
    assert not world.record.has_part("people")


@pytest.mark.parametrize("name", ["", "\ud800", "a\nb", 7, None])
def test_a_part_has_a_name_that_can_be_printed(name):
    with pytest.raises(InvalidParameter, match="^name is .*, but must be a text that can be printed.$"):
        Record(1).add_part(name, "thing")


def test_capacity_counts_what_has_slots_and_passes_over_what_has_none(world):
    """A part that only says that it answers has no slots; one without a speed has that of 1."""
    record = world.record
    for name, attributes in (("program", {}), ("desk", {"slots": 3}), ("server", {"slots": 2, "speed": 0.5})):
        record.enter(0.0, record.add_part(name, "thing", **attributes), "application", "answering")
    assert list(measures.capacity(world.run(until=10)).values) == [3.0, 4.0]


@pytest.mark.parametrize("many", [0, 1, FEW, FEW + 1, 1000])
@pytest.mark.parametrize("kind", "dIHB")
def test_a_packed_column_is_what_an_array_makes_of_it(kind, many):
    values = [number % 200 for number in range(many)]
    assert packed(kind, values) == packed(kind, tuple(values)) == array(kind, values)
    assert packed(kind, array(kind, values)) == array(kind, values)
    assert packed(kind, values).typecode == kind


def test_a_column_of_times_keeps_the_last_digit_and_what_has_not_happened():
    times = [0.1 + 0.2, inf, 5, *(number / 3 for number in range(FEW))]
    assert packed("d", times).tolist() == [float(time) for time in times]
