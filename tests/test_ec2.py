"""An instance: it is launched, boots, answers, and fails in four ways that differ in who notices."""

from math import inf

import pytest
from timetables import ONE_AT_A_TIME, changes, checks, send, timetable

from cloudlab.ec2 import Instance, InvalidParameterValue, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.measures import utilisation
from cloudlab.kernel.record import Status

SLOW = LaunchTemplate(launch_time=30, boot_time=60)


def states(world, name="machine"):
    return timetable(world, name, "application")


def notes(world):
    return [(note.time, note.glyph, note.text) for note in world.record.notes]


def test_an_instance_is_pending_then_boots_then_answers(world):
    Instance(world, "machine", launch_template=SLOW)
    world.run(until=200)
    assert states(world) == [(0, "pending"), (30, "booting"), (90, "answering")]
    ends = [entry.until for entry in world.record.states]
    assert ends == [30, 90, inf]


@pytest.mark.parametrize(
    ("launch_time", "boot_time", "expected"),
    [
        (0, 0, [(0, "booting"), (0, "answering")]),
        (0, 5, [(0, "pending"), (0, "booting"), (5, "answering")]),
        (5, 0, [(0, "pending"), (5, "booting"), (5, "answering")]),
    ],
)
def test_a_launch_or_a_boot_may_take_no_time(world, launch_time, boot_time, expected):
    Instance(world, "machine", launch_template=LaunchTemplate(launch_time=launch_time, boot_time=boot_time))
    world.run(until=20)
    assert states(world) == expected


def test_the_record_knows_what_an_instance_is_made_of(world):
    template = LaunchTemplate(instance_type="c7g.large", launch_time=1, boot_time=2, slots=3, speed=1.5)
    world.run(until=4)
    Instance(world, "machine", launch_template=template, availability_zone="us-east-1c")
    part = world.record.parts[world.record.part("machine")]
    assert (part.kind, part.parent, part.born, part.gone) == ("instance", None, 4, inf)
    assert part.attributes == {
        "availability_zone": "us-east-1c",
        "instance_type": "c7g.large",
        "launch_time": 1,
        "boot_time": 2,
        "slots": 3,
        "speed": 1.5,
    }


def test_before_it_runs_nobody_answers_and_while_it_boots_it_refuses(world):
    machine = Instance(world, "machine", launch_template=LaunchTemplate(launch_time=5, boot_time=5))
    send(world, machine, (7, 1), (11, 1))
    requests = world.run(until=60).requests
    assert [
        (time, Status(status).code) for time, status in zip(requests.answered, requests.status, strict=True)
    ] == [
        (7, 502),
        (12, 200),
    ]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (10, [(0, "pending"), (10, "killed")]),
        (40, [(0, "pending"), (30, "booting"), (40, "killed")]),
        (100, [(0, "pending"), (30, "booting"), (90, "answering"), (100, "killed")]),
    ],
)
def test_a_kill_ends_it_in_any_state_and_for_ever(world, when, expected):
    machine = Instance(world, "machine", launch_template=SLOW)
    world.run(until=when)
    machine.kill()
    machine.kill()
    machine.recover()
    machine.terminate()
    world.run(until=300)
    assert states(world) == expected
    assert world.record.parts[machine.part].gone == when
    assert notes(world) == [(when, "✕", "machine is killed.")]


def test_termination_breaks_off_what_is_open(world):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    send(world, machine, (0, 10))
    world.run(until=4)
    machine.terminate()
    requests = world.run(until=20).requests
    assert (requests.answered[0], Status(requests.status[0])) == (4, Status.BAD_GATEWAY)
    assert states(world)[-1] == (4, "terminated")


def test_only_a_crashed_or_failing_application_can_work_again(world):
    machine = Instance(world, "machine", launch_template=SLOW)
    world.run(until=40)
    machine.recover()
    world.run(until=95)
    machine.recover()
    machine.crash()
    world.run(until=100)
    machine.recover()
    assert states(world) == [
        (0, "pending"),
        (30, "booting"),
        (90, "answering"),
        (95, "crashed"),
        (100, "answering"),
    ]
    assert notes(world) == [
        (95, "✕", "machine crashes: it refuses connections."),
        (100, "✓", "machine works again."),
    ]


def test_a_crash_or_an_error_needs_an_application_that_answers(world):
    machine = Instance(world, "machine", launch_template=SLOW)
    world.run(until=40)
    machine.crash()
    machine.fail()
    assert states(world) == [(0, "pending"), (30, "booting")]


def test_a_change_of_speed_is_on_the_record(world):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    world.run(until=10)
    machine.slow_down(0.5)
    world.run(until=20)
    machine.slow_down(1)
    assert changes(world, "machine", "Speed") == [(10, 0.5), (20, 1)]
    assert notes(world) == [
        (10, "◔", "machine works at speed 0.5."),
        (20, "◔", "machine works at full speed."),
    ]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda machine: machine.slow_down(0), "speed is 0, but must be between 0.01 and 100."),
        (lambda machine: machine.slow_down("slow"), "speed is 'slow', but must be a number"),
        (lambda machine: machine.fail(0), "error_work is 0 s, but must be between 0.0001 and 3600 s."),
        (lambda machine: machine.fail(-1), "error_work is -1 s, but must be between 0.0001 and 3600 s."),
    ],
)
def test_a_bad_change_is_one_sentence_and_changes_nothing(world, act, message):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    before = world.run(until=5).fingerprint()
    with pytest.raises(InvalidParameterValue) as error:
        act(machine)
    assert str(error.value).startswith(message)
    assert world.record.fingerprint() == before


def test_a_bad_template_makes_no_instance(world):
    with pytest.raises(
        InvalidParameterValue, match="^slots is 0 slots, but must be between 1 and 256 slots.$"
    ):
        Instance(world, "machine", launch_template=LaunchTemplate(slots=0))
    assert world.record.parts == []


def test_two_instances_cannot_have_one_name(world):
    Instance(world, "machine")
    with pytest.raises(InvalidParameter, match="name is 'machine', but another part already has that name"):
        Instance(world, "machine")


@pytest.mark.parametrize(("within", "found"), [(4, (1, 5, False)), (5, (1, 6, True)), (6, (1, 6, True))])
def test_a_health_check_stands_in_line_and_ends_with_its_answer_or_the_time(world, within, found):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    send(world, machine, (0, 6), (1, 9))
    seen = checks(world, machine, 1, within=within)
    world.run(until=20)
    assert seen == [found]


def test_a_health_check_wants_a_good_answer(world):
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    found = checks(world, machine, 1, 3, 5, 7)
    for time, act in ((2, machine.fail), (4, machine.recover), (6, machine.crash), (8, None)):
        world.run(until=time)
        if act:
            act()
    assert found == [(1, 1, True), (3, 3, False), (5, 5, True), (7, 7, False)]


def test_a_machine_that_crashed_works_on_nothing(world):
    """One request is broken off after 10 of 100 s; nothing else comes."""
    machine = Instance(world, "machine", launch_template=ONE_AT_A_TIME)
    send(world, machine, (0, 80))
    world.run(until=10)
    machine.crash()
    world.run(until=20)
    machine.recover()
    assert utilisation(world.run(until=100), 100) == [pytest.approx(0.1)]
