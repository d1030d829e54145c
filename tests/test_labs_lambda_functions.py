"""The pop-up kitchen of lesson 07: what its text says is what its model does."""

import json
from collections import Counter
from math import inf

import pytest
from places import NOTEBOOKS
from test_lessons import LESSONS, Lesson, lesson, opening, said

from cloudlab.exercises import exercise
from cloudlab.exercises.lambda_functions import burst
from cloudlab.judge import variants
from cloudlab.kernel.invocations import environments
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.world import World
from cloudlab.labs.lambda_functions import (
    CLASS,
    IDLE,
    LENGTH,
    Uploads,
    at_once,
    batches,
    calls,
    class_done,
    cold,
    idle_share,
    in_use,
    kept_ready,
    logged,
    missing,
    photos,
    scenario,
    servers,
    sheet,
    stalls,
    steadily,
    table,
    triggers,
    turned_away,
)
from cloudlab.lambda_function import Function, log_lines, package, runtimes
from cloudlab.traffic import Customers
from cloudlab.views import charts
from cloudlab.views.charts.duties import DUTIES, YOU, of_function, of_instances
from cloudlab.views.describe import describe
from cloudlab.views.kinds import kind_named
from cloudlab.views.stage.scene import level_of

SEEDS = range(1, 6)


def code_of(cell: str) -> str:
    """The code of a cell of the lesson."""
    (one,) = (lesson(path) for path in LESSONS if path.name.startswith("07"))
    return next(Lesson.source(each) for each in one.codes() if each["id"] == cell)


# The bad day


def test_a_hundred_photos_stand_at_the_door_of_one_stall_when_the_saturday_stops():
    record, until, question = opening("07")
    came = [arrived for arrived in record.requests.arrived if until < arrived < until + 1.2]
    assert len(came) == 100 and CLASS - 1 < until < CLASS
    assert stalls(record, until) == 1 and question.startswith("100 photos stand at the door of one stall.")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_later_there_are_a_hundred_stalls_and_a_minute_later_all_are_idle(seed):
    record = scenario(seed)
    assert stalls(record, CLASS + 1) == 100 and cold(record) == 100
    now = environments(table(record), CLASS + 60)
    assert (now.init, now.running, now.idle) == (0, 0, 100)
    assert stalls(record, LENGTH) == 1, "all but the one for the last photo are gone"


def test_without_the_class_only_the_first_call_is_cold():
    """FN-9: an environment that is idle is used again, as long as it is kept."""
    assert cold(scenario(burst=1)) == cold(scenario(burst=0)) == 1


def test_with_a_cap_of_20_eighty_are_turned_away():
    """FN-16 and FN-18: the reserved concurrency is a ceiling, and nobody waits."""
    record = scenario(cap=20)
    assert (turned_away(record), missing(record), at_once(record)) == (80, 80, 20)
    assert turned_away(scenario()) == 0


def test_the_tasks_can_be_done_by_one_control_each():
    assert cold(scenario(burst=1)) == 1 and turned_away(scenario(cap=20)) == 80
    assert 2 < class_done(scenario(memory_size=1769)) < 6 < class_done(scenario(memory_size=1024))


# The four steps


def four_steps():
    """The cell with the learner's own code, as it stands in the lesson: its record."""
    names = {"Uploads": Uploads, "calls": calls, "logged": logged}
    exec(code_of("four-steps"), names)
    return names["run"]


def test_each_environment_has_a_global_of_its_own():
    """FN-9: what a module keeps lives in its environment, and in no other."""
    run = four_steps()
    rows = table(run)
    counted = Counter()
    for row, environment in enumerate(rows.environment):
        counted[environment] += 1
        assert rows.returned[row] == counted[environment]
    assert len(counted) == 3 and calls(run)[0] == "0:15  environment 1, cold: returned 1"
    said("07", "Each environment has its own `photos`, and it goes with the environment.")


def test_a_global_goes_with_its_environment():
    world = World(1)
    text = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n"
    resize = Function(world, "resize", code=package(text), idle_lifetime=30)
    Customers(world, "people", traffic=Uploads(0), to=resize)
    run = world.run(until=LENGTH)
    assert list(table(run).returned.values()) == [1, 1, 1, 1]


def test_the_last_line_that_is_shown_is_the_report_of_a_cold_call_with_init_in_what_is_billed():
    """FN-35 and FN-36."""
    line = log_lines(four_steps(), "resize")[3]
    assert line.startswith("REPORT") and "Init Duration: 620.00 ms" in line
    assert "Duration: 2000.00 ms" in line and "Billed Duration: 2620 ms" in line


# How many at once


@pytest.mark.parametrize("rate, takes, at_a_time", [(100, 0.5, 50), (100, 1, 100), (20, 3, 60)])
def test_rate_times_duration_run_at_once(rate, takes, at_a_time):
    """EX-10."""
    found = [in_use(steadily(seed, rate=rate, takes=takes)) for seed in SEEDS]
    assert sum(found) / len(found) == pytest.approx(at_a_time, rel=0.04)
    said("07", f"| {rate} | {takes} s | {at_a_time} |")


def test_a_cap_below_that_turns_some_away():
    """With 50 at once on average and room for 40, Erlang's formula says that 23 % find none."""
    load, room, blocked = 50.0, 40, 1.0
    for place in range(1, room + 1):
        blocked = load * blocked / (place + load * blocked)
    shares = []
    for seed in SEEDS:
        run = steadily(seed, cap=room)
        shares.append(turned_away(run) / len(run.requests))
    assert sum(shares) / len(shares) == pytest.approx(blocked, abs=0.015)


def test_environments_that_are_kept_ready_spare_so_many_cold_starts():
    """FN-17."""
    found = [cold(kept_ready(ready=ready)) for ready in (0, 50, 100)]
    assert found == [100, 50, 0]
    said("07", "| cold starts in the burst | 100 | 50 | 0 |")
    dear, cheap = (sum(line.amount for line in kept_ready(ready=ready).bill) for ready in (100, 0))
    assert dear > 10 * cheap


# Who calls


def test_what_becomes_of_the_80_depends_on_who_calls():
    """People's are lost; Lambda keeps events and tries them again (FN-20); messages come back to their queue."""
    assert missing(triggers(trigger="people")) == 80
    topic = triggers(trigger="topic")
    assert missing(topic) == 0 and class_done(topic) == pytest.approx(66, abs=1)
    kept = [came for came, ended in photos(topic) if came < CLASS + 5 < ended]
    assert len(kept) == 80
    queue = triggers(trigger="queue", cap=None)
    assert missing(queue) == 0 and turned_away(queue) == 0 and class_done(queue) == pytest.approx(64, abs=2)


def test_a_queue_is_polled_by_a_few_at_first_and_by_more_with_the_next_minute():
    """FN-24 and EX-12: 5 pollers at first, 2 after an idle minute, and up to 300 more a minute."""
    record = triggers(trigger="queue", cap=None)
    pollers = record.series[next(iter(record.functions)), "Pollers of photos"]
    assert [pollers.at(time) for time in (1, 61, 121, 181)] == [5, 2, 2, 302]
    said("07", "It begins with a few pollers, and adds up to 300 a minute while messages wait.")


@pytest.mark.parametrize(
    "trigger, cap, met",
    [
        ("people", 100, False),
        ("people", 40, False),
        ("topic", 40, True),
        ("topic", 36, True),
        ("topic", 50, False),
        ("topic", 20, False),
        ("queue", 40, False),
    ],
)
def test_the_decision_of_the_lesson_has_right_and_wrong_answers(trigger, cap, met):
    runs = [triggers(seed, trigger=trigger, cap=cap) for seed in SEEDS]
    lost, long, most = (max(map(count, runs)) for count in (missing, class_done, at_once))
    assert (lost == 0 and long <= 30 and most <= 40) == met


# A batch


def test_an_error_brings_the_whole_batch_back_and_a_report_only_those_that_failed():
    """FN-22 and EX-11."""

    def text(cell):
        return code_of(cell).split('"""')[1]

    assert sheet(batches(text("modify-worked"))) == {"done": 0, "lost": 0, "back in the queue": 5}
    yours = text("modify-your-line")
    assert sheet(batches(yours)) == {"done": 3, "lost": 2, "back in the queue": 0}
    done = yours.replace('{"batchItemFailures": []}', '{"batchItemFailures": failed}')
    assert done != yours and sheet(batches(done)) == {"done": 3, "lost": 0, "back in the queue": 2}


# Servers beside it


def test_the_picture_of_duties_tells_what_the_runs_measured():
    function, instances = scenario(memory_size=1769), servers()
    shown = repr(charts.duties(function, instances))
    assert "with a function you keep 3 of 8 duties, with instances 7" in shown
    assert sum(ours == YOU for _, ours, _ in DUTIES) == 3 and sum(own == YOU for _, _, own in DUTIES) == 7
    left, right = of_function(function), of_instances(instances)
    assert right.work == pytest.approx(1 - idle_share(instances)) and right.work < 0.25 < left.work
    assert f"{right.idle:.2f}" == "0.19" and left.idle == 0, "two m5.large cost $0.096 an hour each (PR-33)"
    assert class_done(instances) > 10 * class_done(function)
    assert idle_share(servers(instances=1)) < idle_share(instances)
    with pytest.raises(InvalidParameter, match="holds none"):
        charts.duties(instances, instances)
    with pytest.raises(InvalidParameter, match="with instances and its bill"):
        charts.duties(function, function)


def test_the_table_of_runtimes_is_the_model_s():
    """FN-26."""
    known = runtimes()
    for name in ("nodejs24.x", "python3.14", "java17", "dotnet10"):
        until = known[name].until
        said("07", f"| `{name}` | {known[name].language} | {until.day} {until:%B %Y} |")


# What the views say


def test_a_run_is_told_in_words():
    words = describe(scenario(cap=20))
    assert "holds function resize (512 MB)" in words and "80 failed with 429" in words
    assert "20 calls started cold and 80 calls were turned away with 429" in words
    assert "The turning point is 2:00" in words and "server" not in words
    record = scenario(cap=20)
    parts = record.parts_of("function")
    kind = kind_named("function")
    assert kind.finding(record, parts) == "20 of 24 calls started cold, and 80 calls were turned away"
    assert kind.luck(record, parts) == {"cold starts": 20.0, "turned-away calls": 80.0}
    told = [note.text for note in kind.follows(record, parts).notes]
    assert "19 calls start cold: no environment was idle, so INIT comes first." in told
    assert "80 calls are turned away with 429: all 20 that may run at once were in use." in told
    assert any("are gone: idle for 1 min 15 s." in text for text in told) and IDLE == 75
    assert max(level_of(record)["values"]) == 20
    assert kind.picture(record, parts) == "concurrency"
    assert repr(charts.concurrency(record)).startswith("Up to 20 calls at once, at 2:00; 80 turned away")


def test_what_fails_in_an_environment_is_told_as_the_reason_why_it_is_gone():
    world = World(1)
    text = "def handler(event, context):\n    wait(5)"
    resize = Function(world, "resize", code=package(text), timeout=3)
    Customers(world, "people", traffic=Uploads(0), to=resize)
    record = world.run(until=60)
    told = [note.text for note in kind_named("function").follows(record, [resize.part]).notes]
    assert "1 environment is gone: it took longer than the timeout of the function." in told


def test_a_run_without_a_function_says_so():
    with pytest.raises(InvalidParameter, match="holds no function"):
        table(servers())
    with pytest.raises(InvalidParameter, match="holds no function"):
        charts.concurrency(servers())
    assert all(ended < inf for _, ended in photos(servers()))


def test_the_lesson_and_its_exercise_are_stored_without_an_error():
    for folder in (NOTEBOOKS, NOTEBOOKS / "exercises"):
        cells = json.loads((folder / "07_lambda_functions.ipynb").read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        assert outputs and not any(output["output_type"] == "error" for output in outputs)


# Its exercise


@pytest.mark.parametrize("queue, cap", [("no", 19), ("yes", 100), ("yes", 19)])
def test_a_photo_that_is_lost_is_not_said_to_be_done(queue, cap):
    """Where the database has fallen, a call ends well and its photo is lost all the same."""
    answer = {"queue": queue, "cap": cap, "batch_size": 1, "memory_size": 1769, "ready": 0}
    given = variants.variant("E19", 1)
    record = burst.hour(answer, given, 1)
    many, lost = len(burst.photos(record)), burst.measured(record, given)["lost"]
    running, waiting, done, gone = burst.at(record, record.end, given["connections"])
    assert (running, waiting) == (0, 0) and done + gone == many and gone == lost
    assert (lost > 0) == (queue == "no" or cap == 100)


def test_more_that_are_kept_ready_than_may_be_called_are_told_before_anything_is_played():
    answer = {"queue": "no", "cap": 2, "batch_size": 1, "memory_size": 512, "ready": 3}
    result = exercise("E19").check(answer)
    assert (result.code, result.points) == ("wrong_shape", 0)
    assert "ready is 3 environments, but must be at most cap (2 calls at once)." in repr(result)
