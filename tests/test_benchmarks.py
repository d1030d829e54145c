"""The benchmarks compare like with like: everybody simulates the same thing and gets the same waits."""

import runpy
import subprocess
import sys
from itertools import pairwise
from math import sqrt
from statistics import stdev

import pytest
from samples import some

from benchmarks import (
    autograde,
    chains,
    checks,
    cloudlab_models,
    first,
    functions,
    growth,
    learner,
    messages,
    placement,
    scaling_day,
    shop,
    sidebyside,
    stage,
    users,
    views,
)
from benchmarks import browser as timing
from benchmarks.__main__ import MEASURES, main
from benchmarks.empty import empty
from benchmarks.sidebyside import BASE, LIMIT, OURS, PEERS
from benchmarks.table import verdict
from benchmarks.workloads import WORKLOADS, given
from cloudlab.exercises import exercise
from cloudlab.kernel import measures
from cloudlab.kernel.record import Status
from cloudlab.labs.autoscaling_limits import wanted

# Their ties go by dice, or the works go to other requests: the same only on average.
ON_AVERAGE = {(peer, "W2 least outstanding") for peer in PEERS}


@pytest.fixture(scope="module", params=WORKLOADS, ids=lambda workload: workload.name)
def seen(request):
    """A workload and what cloudlab's own models made of 4,000 requests."""
    return request.param, cloudlab_models.simulate(request.param, 4000).requests


def test_all_agree_on_the_mean_wait_for_the_same_arrivals_and_works(seen):
    workload, requests = seen
    gaps = [after - before for before, after in pairwise([0.0, *requests.arrived])]
    works = [round(end - start, 6) for start, end in zip(requests.started, requests.finished, strict=True)]
    mine = cloudlab_models.mean_wait(requests)
    others = {
        name: contender for name, contender in sidebyside.contenders().items() if not name.startswith(OURS)
    }
    assert {BASE, LIMIT} <= set(others)
    for name, contender in others.items():
        run = contender.run(workload, len(requests), given(gaps, works))
        close = 4 * standard_error(requests) if (name, workload.name) in ON_AVERAGE else 1e-6
        assert run.requests == len(requests), name
        assert run.mean_wait == pytest.approx(mine, abs=close), name


def standard_error(requests) -> float:
    """Of the mean wait (s), from the means of twenty stretches, since neighbours wait alike."""
    waits = [start - arrival for start, arrival in zip(requests.started, requests.arrived, strict=True)]
    size = len(waits) // 20
    means = [sum(waits[n * size : (n + 1) * size]) / size for n in range(20)]
    return stdev(means) / sqrt(20)


def test_callers_who_may_try_again_change_nothing_while_nothing_fails(seen):
    workload, requests = seen
    again = cloudlab_models.simulate(workload, 4000, max_attempts=3).requests
    assert again.finished == requests.finished


def test_the_table_names_everybody_and_judges_each_ratio():
    report = sidebyside.report(300, rounds=1)
    text = report.text
    for workload in WORKLOADS:
        assert f"**{workload.name}**" in text
    for name in sidebyside.contenders():
        assert text.count(f"| {name} ") >= len(WORKLOADS)
    assert all(sentence in text for sentence in sidebyside.missing())
    labels = [
        f"{workload.name}: cloudlab / {name}" for workload in WORKLOADS for name in (BASE, *PEERS, LIMIT)
    ]
    assert [row[0] for row in report.goals] == labels
    kept = [row for row in report.goals if "(earlier)" in row[1]]
    assert len(kept) == len(sidebyside.missing()) * len(WORKLOADS)
    assert all(row[-1] in ("yes", "**no**") for row in report.goals)


@pytest.mark.parametrize("name, module", [(name, module) for name, (module, _) in PEERS.items()])
def test_a_peer_that_is_not_installed_is_named(monkeypatch, name, module):
    monkeypatch.setitem(sys.modules, module, None)  # as Python marks what can't be imported
    assert name not in sidebyside.contenders()
    assert any(s.startswith(f"{name} did not run, because it is not installed") for s in sidebyside.missing())


def test_a_goal_is_met_or_not():
    assert verdict(8.0, at_least=8) == "yes"
    assert verdict(7.99, at_least=8) == "**no**"
    assert verdict(60, at_most=60) == "yes"
    assert verdict(60.1, at_most=60) == "**no**"


def test_an_unknown_name_gives_one_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["speed"])
    assert f"names has 'speed', but each must be one of {', '.join(MEASURES)}." in capsys.readouterr().err


def test_all_goals_stand_in_one_table_at_the_end(capsys):
    main(["--quick", "waiting"])
    text = capsys.readouterr().out
    rows = text.partition("### goals")[2].splitlines()
    labels = ["a run of 20,000 requests", "a day of a million requests", "all models imported"]
    assert all(
        any(label in row and ("CPU ms)" in row or "CPU s)" in row) for row in rows) for label in labels
    )
    assert rows[2].split() == ["|", "|", "measured", "|", "goal", "|", "met?", "|"]
    assert len(rows) == 6 + len(labels), "the machine and the versions stand below"


# W4 and checks


def test_both_days_scale_alike_and_let_requests_wait_alike():
    mine, other = scaling_day.ours(0.05, 1), scaling_day.idiomatic(0.05, 1)
    assert mine.requests == pytest.approx(50_000, rel=0.02)
    assert other.requests == pytest.approx(mine.requests, rel=0.02)
    assert other.hours == pytest.approx(mine.hours, rel=0.2)
    assert other.mean_wait == pytest.approx(mine.mean_wait, rel=0.5)


def test_the_ratio_of_the_two_days_is_judged():
    report = scaling_day.report(0.01, rounds=1)
    assert "| cloudlab " in report.text and "| SimPy, a process per request " in report.text
    assert report.goals[0][0] == "W4: cloudlab / SimPy, a process per request"
    assert report.goals[0][2] == "≥ 8"


def test_the_worked_solution_of_an_exercise_is_timed_and_right():
    report = checks.report(1, ["E2"])
    assert report.text.splitlines()[-1].split() == [
        "|",
        "E2",
        "|",
        "correct",
        "|",
        report.text.split()[-2],
        "|",
    ]
    assert report.goals[0][0] == "the slowest check of an exercise (E2) / 250,000 requests in SimPy"
    assert report.goals[0][-1] == "yes"


# Growth


def test_what_a_process_has_and_had_is_told_in_bytes():
    size = 60_000_000
    before = growth.memory()
    block = bytearray(b"x") * size
    assert growth.memory() - before == pytest.approx(size, rel=0.1)
    del block
    assert growth.memory() - before < size / 2
    assert growth.highest_memory() >= before + 0.9 * size


def test_a_size_is_measured_in_a_process_of_its_own():
    run = growth.in_a_process(500_000)
    assert run["requests"] == pytest.approx(500_000, rel=0.02)
    assert 30 < run["stored"] < 45, "a row of the record has 38 bytes"
    assert run["stored"] + 4 < run["peak"] < 100
    assert run["percentiles"] > 0 and run["seconds"] > 0


def test_growth_is_judged_from_the_smallest_to_the_largest_size():
    report = growth.report((5000, 20_000), rounds=1)
    assert [row[0] for row in report.goals] == [
        "time per request, 20,000 requests / 5,000",
        "bytes stored per request, 20,000 requests",
        "bytes per request at the peak, 20,000 requests, percentiles included",
    ]
    assert report.text.count("\n| ") == 4


def test_growth_without_psutil_is_named_as_not_measured(monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    report = growth.report((5000,))
    assert "psutil is not installed: install the `benchmarks` extra" in report.text
    assert [row[1:] for row in report.goals] == [["not measured", "≤ 1.15, 40, 60", "?"]]


# What it costs to look


def test_each_view_of_a_large_run_is_measured_beside_its_model():
    found = views.observe(60_000)
    assert list(found) == ["model", *views.views()]
    assert all(seconds > 0 for seconds, _ in found.values())
    assert found["describe"][0] < found["model"][0], "one pass is less than a simulation"


def test_a_stage_of_messages_is_measured_beside_its_model():
    model, shown = views.messages(2000)
    assert model > 0 and shown > 0
    (table,) = views.queue(2000).queues.values()
    assert len(table.sent) == pytest.approx(2000, rel=0.1)


def test_the_first_view_and_the_costliest_of_the_others_are_judged(monkeypatch):
    run = {
        "model": [2.0, 38.0],
        "describe": [0.4, 1.0],
        "scene": [0.2, 3.0],
        "lanes": [0.3, 2.0],
        views.STAGE: [9.0, 99.0],
    }
    made = {"requests": run, "messages": [2.0, 1.5]}
    monkeypatch.setattr(views, "in_a_process", lambda count, what="requests": made[what])
    report = views.report(5000, rounds=3)
    assert [row[:2] for row in report.goals] == [
        ["the pass through 5,000 requests that all views share / their model", "0.20 (0.40 CPU s)"],
        ["the costliest view after it (lanes) / their model", "0.15 (0.30 CPU s)"],
        ["bytes per request of the largest view (scene)", "3.0"],
        ["a stage of a queue with 500 messages / its model", "0.75 (1.50 CPU s)"],
    ]
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert "psutil is not installed: install the `benchmarks` extra" in views.report(5000).text


# What a learner waits for


def test_the_models_are_found_by_file_name():
    names = learner.models()
    assert {"cloudlab.kernel.world", "cloudlab.ec2", "cloudlab.traffic", "cloudlab.traffic.shapes"} <= set(
        names
    )
    assert not [name for name in names if name.split(".")[1:2] in (["views"], ["shell"], ["labs"], ["cli"])]


def test_importing_is_timed_in_a_new_python():
    assert learner.process_seconds(["cloudlab.kernel.world"]) > 0
    with pytest.raises(subprocess.CalledProcessError):
        learner.process_seconds(["cloudlab.no_such_module"])


def test_the_textbook_model_serves_the_same_requests():
    record = learner.shop(requests=2000)
    assert learner.textbook(record) > 0
    assert learner.textbook(learner.million(0.002)) > 0


def test_the_shop_has_as_many_requests_as_the_goal_says_and_serves_them():
    record = learner.shop()
    assert len(record.requests) == pytest.approx(20_000, rel=0.03)
    assert measures.availability(record) == 1
    assert record.bill


def test_the_day_has_a_million_requests_and_a_group_that_follows():
    assert learner.wave().count(0, 86_400) == pytest.approx(1_000_000, rel=0.005)
    asked = {wanted(learner.wave(), time, time + 300, learner.WORK) for time in range(0, 86_400, 300)}
    assert asked == {2, 3, 4, 5, 6, 7}
    record = learner.million(0.01)
    assert len(record.requests) == pytest.approx(10_000, rel=0.03)
    assert len(record.asks) == 288
    assert measures.availability(record) > 0.99


def test_the_panel_of_the_browser_shows_another_picture_after_a_change(tmp_path):
    source = timing.NOTEBOOK.replace("REQUESTS", "400").replace("\nexplore(", "\npanel = explore(")
    (tmp_path / "cell.py").write_text(source, encoding="utf-8")
    panel = runpy.run_path(str(tmp_path / "cell.py"))["panel"]
    before = panel.pictures[0].image
    panel.controls["instances"].value += 1
    assert panel.pictures[0].image != before
    assert len(panel.record.requests) == pytest.approx(400, rel=0.2)


PAGE = """<div data-done="0"></div><div data-revision="1"><img src="{}"></div><script>
  addEventListener("keydown", () => {{
    const [bar, picture] = document.querySelectorAll("div");
    bar.dataset.done = "0"; // nothing new
    setTimeout(() => {{ picture.firstChild.src = "{}"; picture.dataset.revision = "2"; }}, 300);
    setTimeout(() => {{ bar.dataset.done = "1"; }}, 900);
  }});
</script>"""


def test_the_page_is_timed_from_the_key_to_the_picture_and_to_the_end(browser):
    def image(colour):
        rectangle = f"%3Crect width='9' height='9' fill='{colour}'/%3E"
        return f"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E{rectangle}%3C/svg%3E"

    page = browser.new_page()
    page.set_content(PAGE.format(image("red"), image("blue")))
    page.evaluate(timing.WATCH)
    page.keyboard.press("ArrowUp")
    page.wait_for_function("timed.ends.length > 0")
    timed = page.evaluate("timed")
    page.close()
    assert len(timed["pictures"]) == len(timed["ends"]) == 1
    assert 300 <= timed["pictures"][0] < timed["ends"][0] and timed["ends"][0] >= 900


def test_without_a_browser_the_goals_are_named_as_not_measured(monkeypatch):
    monkeypatch.setenv("CLOUDLAB_BROWSER", "no-such-program")
    report = timing.report()
    assert "CLOUDLAB_BROWSER names no-such-program" in report.text
    assert [row[1:] for row in report.goals] == [["not measured", "≤ 3", "?"]]


def test_the_empty_widget_answers_with_two_pictures_of_the_size_of_a_panel_s():
    widget = empty(400)
    sizes = []
    for asked in (1, 2, 3):
        widget.asked = asked
        sizes.append(widget.image)
    assert sizes[0] == sizes[2] != sizes[1]
    assert all(image.startswith("<svg") and len(image) > 5000 for image in sizes)


def test_a_ratio_is_judged_and_the_milliseconds_stand_beside_it():
    assert timing.compared("x", [80.0, 90.0, 100.0], [30.0]) == ["x", "3.00 (90 ms)", "≤ 3", "yes"]
    assert timing.compared("x", [91.0], [30.0])[-1] == "**no**"


def test_each_picture_of_the_empty_widget_is_timed_in_a_lab(browser, lab):
    pictures, ends = timing.timed(browser, lab, timing.EMPTY, 400, 2, "[data-revision]")
    assert len(pictures) == len(ends) == 2 and all(time > 0 for time in pictures + ends)


# The stage


def test_the_panel_of_the_stage_stands_in_the_middle_of_its_run_and_shows_another_one_after_a_change(
    tmp_path,
):
    source = stage.NOTEBOOK.replace("REQUESTS", "400")
    (tmp_path / "cell.py").write_text(source, encoding="utf-8")
    panel = runpy.run_path(str(tmp_path / "cell.py"))["panel"]
    (shown,) = panel.pictures
    before = shown.revision, shown.runs[0]["columns"]
    panel.controls["instances"].value += 1
    assert shown.revision > before[0] and shown.runs[0]["columns"] != before[1]
    assert shown.time == 300


def test_the_crowd_has_30_parts_and_keeps_up():
    record = stage.crowd()
    assert len(record.parts) == 30
    assert 0.5 < measures.utilisation(record, record.end)[0] < 0.9
    assert measures.availability(record) == 1


def test_frames_tokens_and_memory_are_read_while_the_crowd_plays(browser):
    found, heaps = stage.play(browser, counted=1, played=0.5)
    assert len(found["cleared"]) > 5 and found["cleared"] == sorted(found["cleared"])
    assert stage.per_second([0.0, 20.0, 40.0]) == 50
    assert len(found["frames"]) > 5 and found["frames"] == sorted(found["frames"])
    assert max(found["tokens"]) > 200
    assert len(found["work"]) == len(found["tokens"]) and all(time >= 0 for time in found["work"])
    assert all(100_000 < heap < 1e9 for heap in heaps)


def test_without_a_browser_only_the_weight_of_a_run_is_told(monkeypatch):
    monkeypatch.setenv("CLOUDLAB_BROWSER", "no-such-program")
    report = stage.report()
    assert "MB of columns" in report.text and "CLOUDLAB_BROWSER names no-such-program" in report.text
    assert [row[1] for row in report.goals] == ["not measured"] * 3


# The first minute


@pytest.mark.sampled
@pytest.mark.parametrize(
    "source", some(reversed(first.SHOWN)), ids=lambda source: "empty" if source == first.EMPTY else "stage"
)
def test_the_first_frame_of_a_cold_kernel_is_timed_in_a_lab(browser, lab, source):
    assert first.seconds(browser, lab, source) > 0


def test_without_a_browser_the_first_stage_is_named_as_not_measured(monkeypatch):
    monkeypatch.setenv("CLOUDLAB_BROWSER", "no-such-program")
    assert [row[1:] for row in first.report().goals] == [["not measured", "≤ 2", "?"]]


@pytest.mark.parametrize("load", [0.3, 0.9, 1.2])
def test_the_queue_and_its_textbook_version_write_the_same_rows(load):
    times = messages.moments(2000, load)
    (mine,), (theirs,) = messages.ours(times), messages.textbook(times)
    table = mine.table
    rows = zip(table.message, table.handed, table.ended, table.count, strict=True)
    done = [row for row in rows if row[2] < times[-1] + 60]
    message, handed, _, ended, count, _ = theirs.rows
    other = zip(message, handed, ended, count, strict=True)
    rounded = [tuple(round(value, 5) for value in row) for row in sorted(done)]
    assert rounded == [tuple(round(value, 5) for value in row) for row in sorted(other)]
    assert len(done) > 1500


def test_a_placement_is_that_of_the_bare_loop_and_a_service_starts_as_the_textbook_s():
    wanted = placement.needs(1500)
    assert placement.ours(wanted) == placement.by_a_rule(wanted) == placement.bare(wanted)
    assert len(placement.bare(wanted)) > 1200
    assert placement.service(300) == placement.textbook(300)


@pytest.mark.parametrize("limits", [False, True])
@pytest.mark.parametrize("shape", chains.SHAPES)
def test_a_chain_and_its_textbook_version_write_the_same_rows(shape, limits):
    times, found = chains.arrivals(2000, shape), []
    app, many = chains.ours(times, shape, limits), len(chains.names(shape)) * len(times)
    drawn = chains.works(len(times), shape)
    others = [chains.textbook(times, drawn, shape, limits)]
    if not limits:
        others.append(chains.direct(times, drawn, shape))
    for table, lowest in ((app.table, app.places["a"].part), *((other, 0) for other in others)):
        columns = (table.order, table.service, table.arrived, table.started, table.ended, table.status)
        rows = zip(*columns, strict=True)
        shown = [(order, of - lowest, *(round(t, 5) for t in row), how) for order, of, *row, how in rows]
        found.append(sorted(shown))
    assert all(rows == found[0] for rows in found[1:]) and chains.bytes_of(app.table) == 35
    assert len(found[0]) > many if limits else len(found[0]) == many


@pytest.mark.parametrize(
    ("name", "other"),
    [
        *((name, functions.textbook) for name in functions.GOALS),
        *((name, functions.direct) for name in ("W3", "half events")),
    ],
)
def test_a_function_and_its_textbook_version_write_the_same_rows(name, other):
    load = functions.loads(2000)[name]
    mine, theirs = functions.ours(load), other(load)
    table, hows = mine.table, ("request", "event", "batch")
    rows = zip(table.environment, table.began, table.ended, table.ending, table.origin, strict=True)
    found = sorted((*row, ending == 0, hows.index(table.origins[of].how)) for *row, ending, of in rows)
    others = zip(*theirs.rows, strict=True)
    told = sorted((number, began, ended, good == 1, of) for of, _, began, ended, number, good in others)
    assert len(found) == len(told) > 1900
    for mine_of, theirs_of in zip(zip(*found, strict=True), zip(*told, strict=True), strict=True):
        assert mine_of == pytest.approx(theirs_of, abs=1e-5)
    assert list(table.throttled) == pytest.approx(list(theirs.throttled), abs=1e-5)
    requests = mine.world.record.requests
    answers = sorted(zip(requests.arrived, requests.answered, requests.status, strict=True))
    arrived, _, _, answered, good = theirs.requests
    expected = sorted(zip(arrived, answered, good, strict=True))
    assert [end for _, end, _ in answers] == pytest.approx([end for _, end, _ in expected], abs=1e-5)
    assert [how == Status.OK for *_, how in answers] == [how == 1 for *_, how in expected]
    events = (table.events.came, table.events.attempts, table.events.ended, table.events.fate)
    for mine_of, theirs_of in zip(events, theirs.events, strict=True):
        assert list(mine_of) == pytest.approx(list(theirs_of), abs=1e-5)
    queues = mine.world.record.queues.values()
    hands = sorted(
        hand for of in queues for hand in zip(of.message, of.handed, of.ended, of.count, strict=True)
    )
    message, handed, _, ended, count, _ = theirs.hands
    for mine_of, theirs_of in zip(
        hands, sorted(zip(message, handed, ended, count, strict=True)), strict=True
    ):
        assert mine_of == pytest.approx(theirs_of, abs=1e-5)
    assert [sent for of in queues for sent in of.sent] == pytest.approx(list(theirs.sent), abs=1e-5)
    assert name != "W3" or functions.bytes_of(table) <= functions.BYTES_GOAL


def test_the_whole_shop_and_its_textbook_version_write_the_same_rows():
    times = shop.moments(3000)
    record, theirs = shop.ours(times).record, shop.textbook(times)
    rows, table = record.requests, record.queues[record.part("to-pack")]
    (function,) = record.functions.values()
    pages = sorted(zip(*theirs.requests, strict=True))
    assert [*zip(rows.arrived, rows.started, rows.finished, strict=True)] == [page[1:4] for page in pages]
    assert [*table.sent] == [*theirs.told] == [*record.orders[record.part("orders")].told]
    hands = zip(table.message, table.handed, table.ended, strict=True)
    assert sorted(hand for hand in hands if hand[2] < shop.DAY) == sorted(
        (message, handed, ended) for message, handed, _, ended, *_ in zip(*theirs.shelf.rows, strict=True)
    )
    calls = sorted(zip(function.began, function.environment, function.ended, strict=True))
    others = sorted((began, number, ended) for began, ended, number, _ in zip(*theirs.receipts, strict=True))
    assert len(calls) == len(others) == len(times) > 2900
    for mine, other in zip(zip(*calls, strict=True), zip(*others, strict=True), strict=True):
        assert mine == pytest.approx(other, abs=1e-5)


def test_a_topic_gives_each_of_three_queues_the_same_messages():
    times = messages.moments(500, 0.9)
    for mine, theirs in zip(messages.ours(times, 3), messages.textbook(times, 3), strict=True):
        assert list(mine.table.sent) == list(theirs.sent)


def test_a_cheat_with_full_marks_and_a_hand_in_without_a_verdict_are_counted():
    fooled, silent, wrong, *_ = autograde.CHEATS
    theirs = autograde.Graded(20, {"right 0": 10.0, fooled: 10.0, silent: None, wrong: 4.0})
    ours = autograde.Graded(10, {"right 0": 10.0, fooled: 0.0, silent: 0.0, wrong: 4.0})
    report = autograde.told(13, theirs, ours)
    assert f"gave full marks: {fooled}." in report.text
    measured = ["2.0 (20 and 10 s)", f"0 (nbgrader 1 of {len(autograde.CHEATS)})", "0 (nbgrader 1)"]
    assert [(row[1], row[3]) for row in report.goals] == [(one, "yes") for one in measured]
    assert [row[3] for row in autograde.told(13, ours, theirs).goals] == ["**no**"] * 3


def test_what_a_cheat_hands_in_is_wrong():
    given = exercise("E0")
    for code in (autograde.WRONG, autograde.RIGHT):
        space: dict = {}
        exec(code, space)
        assert given.check(space["choose"]).correct == (code == autograde.RIGHT)


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="Only on Linux, where the jail is")
def test_nbgrader_believes_cheats_that_cloudlab_doesnt():
    theirs, ours = autograde.compared(14)
    assert ours.passed() == ours.ungraded() == [] and ours.right() == theirs.right() == 2
    assert len(theirs.passed()) >= 4 and theirs.ungraded(), "what the teacher's guide warns of"


def test_a_process_of_a_lab_is_weighed():
    psutil = pytest.importorskip("psutil", reason="psutil is part of the extra `benchmarks`")
    size, most, seconds = users.size_of(psutil.Process())
    assert 20e6 < size <= most < 20e9 and seconds > 0


@pytest.mark.nightly
def test_a_learners_lab_and_kernel_are_weighed():
    pytest.importorskip("psutil", reason="psutil is part of the extra `benchmarks`")
    rows = users.weights(("01_autoscaling_limits.ipynb",))
    bare, run = (rows[f"a kernel, {what}"] for what in ("nothing run", "01_autoscaling_limits run"))
    assert 10e6 < bare[0] < run[0] and bare[2] < run[2]
    assert rows["JupyterLab, a page asked for"][0] > 10e6
