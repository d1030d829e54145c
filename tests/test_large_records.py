"""Records of many requests are read a block at a time: the numbers are those of a walk through all rows.

Blocks, samples and pieces are made so small here that a few hundred rows are many. Each number is compared with
the plainest loop that gives it.
"""

import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from contextlib import ExitStack
from importlib import import_module
from itertools import pairwise
from math import ceil, fsum, inf, isnan
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import play, scenes
from timetables import AT_ONCE, send

from cloudlab.ec2 import Instance
from cloudlab.kernel import measures, ranks, summary, work
from cloudlab.kernel.record import Record, Status
from cloudlab.kernel.world import World
from cloudlab.labs import load_balancing
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady
from cloudlab.views import line
from cloudlab.views.charts import lane_counts, spread
from cloudlab.views.charts.lane_counts import read_lanes
from cloudlab.views.charts.load import mean_work
from cloudlab.views.charts.spread import Spread
from cloudlab.views.describe import describe
from cloudlab.views.line import in_line, line_of
from cloudlab.views.stage import bins, scene
from cloudlab.views.table import table

orders = import_module("cloudlab.views.charts.orders")

SMALL = {
    summary: {"BLOCK": 8, "MANY": 1},
    ranks: {"SAMPLE": 30, "WIDE": 0.5},
    line: {"PIECES": 12, "STEP": 4, "SORTED": 9},
    bins: {"EVENTS": 150},
    lane_counts: {"TOGETHER": 3},
    orders: {"PIECES": 40},
    spread: {"RUN": 5},
    scene: {"MOST": 50},
}
"""A table of a few hundred rows in many blocks, from samples that are often wrong."""


@pytest.fixture(autouse=True, scope="module")
def small():
    with ExitStack() as stack:
        for module, names in SMALL.items():
            stack.enter_context(patch.multiple(module, **names))
        yield


def rows(record):
    return list(zip(*record.requests.columns(), strict=True))


def good_times(record, since=0.0, until=None):
    until = record.end if until is None else until
    return [
        answered - arrived
        for arrived, _, _, answered, _, status, *_ in rows(record)
        if since <= arrived < until and answered <= until and status == Status.OK
    ]


def nearest_rank(times, share):
    return sorted(times)[max(1, ceil(share / 100 * len(times))) - 1] if times else inf


def same(found, wanted):
    return all((isnan(a) and b == inf) or a == b for a, b in zip(found, wanted, strict=True))


# What measures read


@given(scene=scenes(), since=st.floats(0, 0.9), until=st.floats(0.1, 1))
def test_outcomes_and_ranks_are_those_of_a_walk_through_all_rows(scene, since, until):
    record = play(scene)
    for start, end in ((0.0, record.end), (since * record.end, until * record.end)):
        ended = Counter(row[5] for row in rows(record) if start <= row[0] < end and row[3] <= end)
        outcomes = measures.outcomes(record, since=start, until=end)
        assert outcomes.by_status == ended and outcomes.failed == sum(ended.values()) - ended[Status.OK]
        times = good_times(record, start, end)
        assert list(measures.response_times(record, since=start, until=end)) == times
        for shares in ((50, 95, 99, 100), (0, 12.5, 73)):
            found = measures.percentiles(record, shares, since=start, until=end)
            assert same(found, [nearest_rank(times, share) for share in shares])


@given(scene=scenes(), early=st.floats(0.2, 1))
def test_failures_are_those_that_had_ended(scene, early):
    record = play(scene)
    record.end *= early  # so that answers lie in the future
    came = [row[0] for row in rows(record) if row[5] != Status.OK and row[3] <= record.end]
    assert [*summary.failures(record)] == came
    for period in (7.0, 60.0):
        assert summary.failed(record, period) == Counter(int(time // period) for time in came)


@given(scene=scenes())
def test_the_longest_answer_is_the_first_of_the_longest(scene):
    record = play(scene)
    seconds, came = summary.longest(record)
    times = good_times(record)
    assert same([seconds], [max(times, default=inf)])
    if times:
        wanted = [
            row[0]
            for row in rows(record)
            if row[3] - row[0] == seconds and not row[5] and row[3] <= record.end
        ]
        assert came == wanted[0]


@pytest.mark.parametrize("took", [(0.5,), (0.25, 0.5), (0.5, 0.5, 0.5, 1.0)])
def test_ranks_are_right_where_many_took_the_same_time(took):
    world = World(1)
    server = Instance(world, "web", launch_template=AT_ONCE)
    send(world, server, *((10 * place, took[place % len(took)]) for place in range(1, 400)))
    record = world.run(5000)
    times = good_times(record)
    shares = (0, 25, 50, 75, 95, 99, 100)
    assert measures.percentiles(record, shares) == [nearest_rank(times, share) for share in shares]
    first = next(place for place in range(1, 400) if took[place % len(took)] == max(took))
    assert summary.longest(record) == (max(times), 10.0 * first)


def worked(record, parts, start, end):
    """Seconds of work on these parts between two moments."""
    found = 0.0
    for _, started, finished, _, _, _, _, target in rows(record):
        if target in parts and started < end:
            if finished == inf:
                finished = min(
                    e.time for e in record.states if e.part == target and e.time > started and e.state in ENDS
                )
            found += max(0.0, min(finished, end) - max(started, start))
    return found


ENDS = ("crashed", "killed", "terminated", "unused")


@given(scene=scenes(), period=st.sampled_from((7.0, 60.0, 1e6)))
def test_work_in_each_period_is_the_sum_over_all_rows(scene, period):
    record = play(scene)
    every = frozenset(record.parts_of("instance"))
    for parts in (every, frozenset(list(every)[:1])):
        found = work.by_period(record, parts, period)
        spans = [(place * period, min(record.end, (place + 1) * period)) for place in range(len(found))]
        assert found == pytest.approx([worked(record, parts, *span) for span in spans], abs=1e-6)


@given(scene=scenes())
def test_work_of_the_well_answered_and_mean_work(scene):
    record = play(scene)
    good = [row[2] - row[1] for row in rows(record) if not row[5] and row[3] <= record.end]
    assert work.well(record) == pytest.approx(fsum(good))
    changed = {part for part, metric in record.series if metric == "Speed"}
    for wanted in (set(record.parts_of("instance")) - changed, changed):
        each = [
            (row[2] - row[1]) * record.parts[row[7]].attributes["speed"]
            for row in rows(record)
            if row[7] in wanted and row[2] <= record.end
        ]
        if each:
            assert mean_work(record) == pytest.approx(fsum(each) / len(each))
            return
    assert mean_work(record) == 0


@given(scene=scenes(), jump=st.floats(0, 0.9), long=st.sampled_from((0.0, 1.0, 10.0)))
def test_the_longest_queue_is_found_in_a_walk_through_all_rows(scene, jump, long):
    record = play(scene)
    since = jump * record.end
    best, begin, end = (since, since), since, since
    for arrived, started, _, answered, *_ in rows(record):
        left = min(started, answered)
        if arrived >= since and left - arrived > long:
            begin, end = (begin, max(end, left)) if arrived <= end and end > since else (arrived, left)
            best = max(best, (begin, end), key=lambda span: span[1] - span[0])
    found = measures.reaction(record, since, long=long)
    assert (found.queueing, found.relief) == (best if best[1] <= record.end else (best[0], inf))


# What the views read


@given(scene=scenes())
def test_the_line_is_that_of_all_its_changes(scene):
    record = play(scene)
    whole, found = in_line(record), line_of(record)
    values, end = list(whole.values), record.end
    assert found.most == max(values, default=0) and found.last == whole.at(end)
    if values and max(values):
        assert found.when == whole.times[values.index(max(values))]
    lasted = [after - before for before, after in pairwise([*whole.times, end])]
    assert found.mean == pytest.approx(
        fsum(v * s for v, s in zip(values, lasted, strict=True)) / end, abs=1e-9
    )
    if len(whole.times) <= 2 * line.PIECES:
        assert found.shown == whole
        return
    edges = [piece * end / line.PIECES for piece in range(line.PIECES + 1)]
    for (start, until), most in zip(pairwise(edges), found.shown.values, strict=True):
        before = [value for time, value in zip(whole.times, values, strict=True) if time < start][-1:]
        here = [value for time, value in zip(whole.times, values, strict=True) if start <= time < until]
        assert most == max([0, *before, *here])


def brute_lanes(record, now, part, shared):
    """(sent, waiting, failed, worked, times) of one server at a moment."""
    sent = waiting = failed = 0
    spent, times = 0.0, []
    for arrived, started, finished, answered, _, status, _, target in rows(record):
        if target != part or arrived > now or (shared and started > now):
            continue
        sent += 1
        waiting += started > now and answered > now
        if started <= now:
            spent += max(0.0, min(answered if finished == inf else finished, now) - started)
        if answered <= now and status:
            failed += 1
        elif answered <= now:
            times.append(answered - arrived)
    return sent, waiting, failed, spent, times


@given(scene=scenes(), share=st.floats(0, 1))
def test_lanes_are_those_of_a_walk_through_all_rows(scene, share):
    record = play(scene)
    if not record.parts_of("balancer"):
        return
    every = []
    balancer = record.parts_of("balancer")[0]
    now = share * record.end
    found, counts = read_lanes(record, now), read_lanes(record, now, timed=False)
    parts = [target for source, target in record.links if source == balancer]
    for part, lane, count in zip(parts, found.lanes, counts.lanes, strict=True):
        sent, waiting, failed, spent, times = brute_lanes(record, now, part, found.shared)
        assert (lane.sent, lane.waiting, lane.failed) == (sent, waiting, failed)
        assert (count.sent, count.waiting, count.failed) == (sent, waiting, failed)
        there = lane.slots * (min(now, record.parts[part].gone) - record.parts[part].born)
        assert lane.busy == pytest.approx(min(1.0, spent / there) if there > 0 else 0.0)
        assert same([lane.p50, lane.p95], [nearest_rank(times, 50), nearest_rank(times, 95)])
        every += times
    assert same([found.p50, found.p95], [nearest_rank(every, 50), nearest_rank(every, 95)])
    assert same([counts.p50, counts.p95], [found.p50 if every else inf, found.p95 if every else inf])
    assert found.waiting == sum(row[0] <= now < min(row[1], row[3]) for row in rows(record))


def test_lanes_leave_out_what_another_balancer_got():
    world = World(2)
    near, far = (
        LoadBalancer(world, name, targets=[Instance(world, f"{name}-1", launch_template=AT_ONCE)])
        for name in ("near", "far")
    )
    send(world, near, *((place, 0.1) for place in range(1, 200)))
    send(world, far, *((place, 0.5) for place in range(1, 200)), name="others")
    assert read_lanes(world.run(300), 300).p95 == pytest.approx(0.1)


@given(scene=scenes())
def test_the_counts_of_a_sampled_scene_are_those_of_all_rows(scene):
    record = play(scene)
    moments = [record.end * place / 40 for place in range(41)]
    shared = next((p for p in record.parts_of("balancer") if one_line(record, p)), None)
    found = bins.count(record, moments, shared)
    wanted: dict[int, dict[str, list[float]]] = {}
    for arrived, started, _, answered, _, status, _, target in rows(record):
        lists = wanted.setdefault(target, {"sent": [], "left": [], "done": [], "failed": []})
        lists["failed" if status else "done"].append(answered)
        left = min(started, answered)
        at = (
            lists
            if shared is None
            else wanted.setdefault(shared, {"sent": [], "left": [], "done": [], "failed": []})
        )
        at["sent"].append(arrived)
        at["left"].append(left)
        if shared not in (None, target):
            lists["sent"].append(started)
            lists["left"].append(started)
    assert list(found) == sorted(wanted)
    for part, lists in wanted.items():
        by = {
            name: [bisect_right(sorted(times), moment) for moment in moments] for name, times in lists.items()
        }
        waiting = [sent - left for sent, left in zip(by["sent"], by.pop("left"), strict=True)]
        assert found[part] == by | {"waiting": waiting}


def one_line(record, part):
    return record.parts[part].attributes.get("load_balancing_algorithm_type") == "one_line"


@given(scene=scenes())
def test_orders_so_far_are_those_of_a_walk_through_all_rows(scene):
    record = play(scene)
    sold, lost, _ = orders._lines(record)
    for found, well in ((sold, True), (lost, False)):
        ends = [row[3] for row in rows(record) if (row[5] == Status.OK) == well]
        assert [*found.values] == [sum(end <= moment for end in ends) for moment in found.times]
        assert found.values[-1] == sum(end <= record.end for end in ends)


def test_the_level_of_a_sampled_run_is_its_line():
    record = load_balancing.scenario(slow="C")
    whole = in_line(record)
    level = scene.level_of(record)
    assert len(record.requests) > scene.MOST
    assert level["values"] == [whole.at(moment) for moment in level["times"]]


@given(scene=scenes(), period=st.sampled_from((20.0, 60.0, 1e6)))
def test_the_spread_of_response_times_is_that_of_all_rows(scene, period):
    record = play(scene)
    found, times = Spread(record, period), good_times(record)
    edges = [0.0, *sorted(times)[:: max(1, len(times) // 7)], 1e9]
    assert found.below(edges) == [sum(time < edge for time in times) for edge in edges]
    assert [found.over(edge) for edge in edges] == [sum(time > edge for time in times) for edge in edges]
    pieces = []
    for place in range(ceil(record.end / period)):
        start, until = place * period, (place + 1) * period
        here = [
            row[3] - row[0]
            for row in rows(record)
            if start <= row[0] < until and not row[5] and row[3] <= record.end
        ]
        if here:
            pieces.append(
                ((start + min(record.end, until)) / 2, nearest_rank(here, 50), nearest_rank(here, 95))
            )
    assert found.pieces == pieces


def test_between_two_moments_in_the_wrong_order_nothing_came():
    record = a_shop()[0].run(60)
    assert measures.outcomes(record, since=50, until=20).arrived == 0
    assert all(map(isnan, measures.percentiles(record, since=50, until=20)))


# What is kept


def a_shop():
    world = World(3)
    web = Instance(world, "web", launch_template=AT_ONCE)
    Customers(world, "ann", traffic=steady(4), to=web, mean_work=1.0)
    return world, web


def test_one_pass_serves_all_who_read(monkeypatch):
    world, _ = a_shop()
    record, passes = world.run(100), []
    read = summary._read
    monkeypatch.setattr(summary, "_read", lambda record: passes.append(1) or read(record))
    measures.outcomes(record), measures.percentiles(record), measures.utilisation(record, 10)
    line_of(record), summary.longest(record)
    assert len(passes) == 1


def test_rows_that_failed_are_walked_once_for_all_views(monkeypatch):
    world, web = a_shop()
    world.run(60)
    web.crash()
    record, walks = world.run(100), []
    walk = work._by_row
    monkeypatch.setattr(work, "_by_row", lambda *given: walks.append(1) or walk(*given))
    before = measures.utilisation(record, 10), describe(record), str(table(record))
    once = len(walks)
    assert once and (measures.utilisation(record, 10), describe(record), str(table(record))) == before
    assert len(walks) == once
    again = measures.utilisation(world.run(120), 10)
    assert len(walks) > once and len(again) == 12


def test_what_was_read_is_forgotten_when_the_run_goes_on_or_rows_are_altered():
    world, web = a_shop()
    before = measures.outcomes(world.run(60))
    assert measures.outcomes(world.run(100)).arrived > before.arrived
    still = measures.outcomes(world.record, until=200.0)
    web.crash()
    assert measures.outcomes(world.record, until=200.0).failed > still.failed


def test_what_was_read_is_forgotten_when_a_row_is_added():
    record = Record(1)
    record.add_part("web", "instance", slots=1, speed=1.0)
    record.end = 10.0
    for place in range(1, 4):
        record.requests.extend(0, [1.0 * place], [1.0 * place], [place + 0.5], [place + 0.5], 0, [0], 0)
        assert measures.outcomes(record).answered == place


def test_a_record_of_few_rows_is_read_anew_each_time(monkeypatch):
    monkeypatch.setattr(summary, "MANY", 10_000)
    record = a_shop()[0].run(60)
    before = measures.outcomes(record).failed
    record.requests.status[0] = Status.GAVE_UP
    assert measures.outcomes(record).failed == before + 1
    assert not record.requests.kept


def test_more_parts_than_a_byte_can_name_are_told_apart():
    record = Record(1)
    record.end = 1000.0
    for number in range(300):
        record.add_part(f"s-{number}", "instance", slots=1, speed=1.0)
    targets = [number % 300 for number in range(600)]
    starts = [float(place) for place in range(600)]
    ends = [start + 0.5 for start in starts]
    record.requests.extend(0, starts, starts, ends, ends, 0, targets, 0)
    assert summary.sent(record, 0, 600) == dict.fromkeys(range(300), 2)
    assert work.by_period(record, frozenset({3}), 1000.0) == [1.0]
    assert work.by_period(record, frozenset(range(300)), 1000.0) == [300.0]


def test_no_chart_needs_numpy_of_its_own():
    """matplotlib may bring it along; the course itself reads a record without it."""
    code = (
        "import pathlib, cloudlab\n"
        "folder = pathlib.Path(cloudlab.__file__).parent\n"
        "print([p.name for p in folder.rglob('*.py') if 'import numpy' in p.read_text(encoding='utf-8')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"
