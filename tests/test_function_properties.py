"""What holds at functions at any moment, whatever happens: counted by walking through the columns.

The scenes are those of the reference (`test_function_reference`), drawn by hypothesis.
"""

from array import array
from bisect import bisect_right
from math import inf
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_function_reference import Fast, scene

from cloudlab.kernel.invocations import Ending, EventFate, cold_starts, environments, most_at_once, running
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.messages import Fate, counts
from cloudlab.kernel.world import World
from cloudlab.lambda_function import Function, metrics
from cloudlab.views import line

SEEDS = st.integers(0, 10**6)


@pytest.fixture(autouse=True)
def _one_may_stay_unreserved(monkeypatch):
    monkeypatch.setattr("cloudlab.lambda_function.account.UNRESERVED", 1)


def played(seed: int) -> Fast:
    it = scene(seed)
    fast = Fast(it)
    fast.world.run(it.end)
    return fast


def moments(table) -> list[float]:
    """All moments at which anything happens at a function, and the hair before and after."""
    columns = (table.born, table.ready, table.gone, table.began, table.ended)
    times = {time for column in columns for time in column if time < inf}
    return sorted({time + shift for time in times for shift in (-1e-3, 0.0, 1e-3)})


@given(seed=SEEDS)
def test_an_environment_has_one_call_at_a_time_and_only_while_it_lives(seed):
    for function in played(seed).functions:
        table = function.table
        free = [0.0] * len(table.born)
        for row, number in enumerate(table.environment):
            assert table.born[number] <= table.began[row] and free[number] <= table.began[row]
            assert table.began[row] <= table.handler_began(row) <= table.ended[row] <= table.gone[number]
            free[number] = table.ended[row]
            if Ending(table.ending[row]).resets:
                assert table.gone[number] == table.ended[row]
        assert list(table.began) == sorted(table.began)
        assert list(table.throttled) == sorted(table.throttled)


@given(seed=SEEDS)
def test_no_more_calls_begin_than_may_run_at_once(seed):
    fast = played(seed)
    record = fast.world.record
    limits = [record.series[one.part, "ConcurrencyLimit"] for one in fast.functions]
    tables = [one.table for one in fast.functions]
    for number, table in enumerate(tables):
        for row, began in enumerate(table.began):
            assert sum(end > began for end in table.ended[: row + 1]) <= limits[number].at(began)
    everyone = sorted((began, 1) for table in tables for began in table.began)
    ends = sorted(end for table in tables for end in table.ended)
    if fast.it.shared and not any(what == "reserve" for _, _, what, _ in fast.it.controls):
        for place, (began, _) in enumerate(everyone, start=1):
            assert place - bisect_right(ends, began) <= fast.it.most


@given(seed=SEEDS)
def test_what_is_reserved_and_what_is_not_are_the_account(seed):
    it = scene(seed)
    fast = Fast(it)
    while fast.world.peek() <= it.end:
        fast.world.step()
        for one in fast.functions:
            account = one.account
            reserved = sum(other.reserved for other in account.functions if other.reserved is not None)
            assert reserved + account.unreserved == it.most and account.unreserved >= 1
            assert one.fleet.limit == (account.unreserved if one.reserved is None else one.reserved)
            assert fast.world.record.series[one.part, "ConcurrencyLimit"].values[-1] == one.fleet.limit


@given(seed=SEEDS)
def test_environments_are_in_init_running_idle_or_gone(seed):
    for function in played(seed).functions:
        table = function.table
        for time in moments(table):
            found = environments(table, time)
            assert sum(found) == sum(born <= time for born in table.born) and min(found) >= 0
            assert found.gone == sum(gone <= time for gone in table.gone)
            now = [row for row, began in enumerate(table.began) if began <= time < table.ended[row]]
            assert running(table, time) == len(now) == len({table.environment[row] for row in now})
            in_init = sum(
                born <= time < min(ready, gone)
                for born, ready, gone in zip(table.born, table.ready, table.gone, strict=True)
            )
            assert found.init == in_init
            assert found.running == sum(table.ready[table.environment[row]] <= time for row in now)
        times = [time for time in table.began if time < inf]
        if times:
            assert most_at_once(table) == max(running(table, time) for time in times)
            since, until = times[len(times) // 3], times[2 * len(times) // 3]
            within = [since, *(time for time in (*table.began, *table.ended) if since <= time < until)]
            assert most_at_once(table, since, until) == max(running(table, time) for time in within)


@given(seed=SEEDS)
def test_cold_are_those_that_wait_for_an_environment_or_have_a_new_one(seed):
    for function in played(seed).functions:
        table = function.table
        wanted = [began for row, began in enumerate(table.began) if table.is_cold(row)]
        assert table.cold() == wanted and cold_starts(table) == len(wanted)


def test_a_new_environment_without_init_is_cold_and_what_is_altered_is_read_anew():
    world = World(1)
    function = Function(world, "f", memory_size=1769, timeout=900, init_duration=0, mean_work=10)
    function.deliver([10.0, 30.0, 50.0], 0)
    record, table = world.run(600), function.table
    assert table.cold()[0] == table.born[0] == table.ready[0] == table.began[0]
    assert line.at_once(record).most == 1
    table.ended[:] = array("d", [inf]) * len(table.ended)
    assert line.at_once(record).most == 3


def test_a_minute_counts_who_began_before_it_and_the_last_one_who_ends_with_it():
    world = World(1)
    function = Function(
        world, "f", memory_size=1769, timeout=900, init_duration=0, mean_work=150, work="fixed"
    )
    function.deliver([30.0], 0)
    readings = metrics(world.run(180), "f")
    assert [reading.concurrent_executions for reading in readings] == [1, 1, 1]
    assert [reading.duration for reading in readings] == [None, None, 150_000]


@pytest.mark.parametrize("pieces", [20, 10_000])
@given(seed=SEEDS)
def test_the_calls_at_once_are_those_at_work_one_by_one(pieces, seed):
    record = played(seed).world.record
    with patch.object(line, "PIECES", pieces):
        found, level = line._at_once(line._running(record)), line._running(record)
    tables = record.functions.values()
    times = sorted({time for table in tables for time in moments(table) if time <= record.end})
    there = {time: sum(running(table, time) for table in tables) for time in times}
    assert [level.at(time) for time in times] == [*there.values()]
    assert found.most == max(there.values(), default=0) == max(found.shown.values, default=0)
    assert found.when == next((time for time in times if found.most and there[time] == found.most), 0)
    assert found.last == sum(running(table, record.end) for table in tables)


@given(seed=SEEDS, share=st.floats(0, 1))
def test_an_event_waits_is_done_failed_or_too_old(seed, share):
    fast = played(seed)
    time = share * fast.it.end
    for number, function in enumerate(fast.functions):
        events = function.table.events
        sent = [came for source in fast.it.functions[number].events for came, _ in source]
        by_hand = [when for when, which, what, _ in fast.it.controls if (which, what) == (number, "event")]
        assert list(events.came) == sorted(sent + by_hand)
        over = [
            EventFate(fate) for fate, ended in zip(events.fate, events.ended, strict=True) if ended <= time
        ]
        assert EventFate.WAITING not in over
        waiting = sum(came <= time < ended for came, ended in zip(events.came, events.ended, strict=True))
        assert waiting + len(over) == sum(came <= time for came in sent + by_hand)
        made = [0] * len(events.came)
        for origin, source in zip(function.table.origin, function.table.source, strict=True):
            if function.table.origins[origin].how == "event":
                made[source] += 1
        assert list(events.attempts) == made and max(made, default=0) <= 3


@given(seed=SEEDS, share=st.floats(0, 1))
def test_no_message_of_a_mapped_queue_is_lost_or_made(seed, share):
    fast = played(seed)
    time = share * fast.it.end
    for number, queue in enumerate(fast.queues):
        if queue is None:
            continue
        table, one = queue.table, fast.it.functions[number].mapping
        if fast.failures[0] is queue:
            failed = [row for row, source in enumerate(table.origin) if source]
            assert len(table.sent) == len(one["letters"]) + len(failed)
        else:
            assert list(table.sent) == [sent for sent, _ in one["letters"] if sent < fast.it.end]
        found = counts(table, time)
        assert sum(found) == sum(sent <= time for sent in table.sent) and min(found) >= 0
        deleted = [table.message[row] for row, fate in enumerate(table.fate) if fate == Fate.DELETED]
        assert len(deleted) == len(set(deleted))
        batches = {
            source
            for origin, source in zip(
                fast.functions[number].table.origin, fast.functions[number].table.source, strict=True
            )
            if fast.functions[number].table.origins[origin].how == "batch"
        }
        assert batches <= set(range(len(table.message)))


BAD = [
    lambda one: one.put_function_concurrency(10**7),
    lambda one: one.put_function_concurrency("many"),
    lambda one: one.update_function_configuration(timeout=0),
    lambda one: one.update_function_configuration(handler="handler"),
    lambda one: one.put_provisioned_concurrency_config("$LATEST", 1),
    lambda one: one.put_provisioned_concurrency_config("77", 1),
    lambda one: one.create_alias("", "1"),
    lambda one: one.update_alias("nobody", "1"),
    lambda one: one.put_function_event_invoke_config(maximum_retry_attempts=3),
    lambda one: one.put_function_event_invoke_config(on_failure=one),
    lambda one: next(one.invoke(object())),
    lambda one: next(one.invoke(qualifier="77")),
]


@given(
    seed=SEEDS,
    picks=st.lists(st.tuples(st.floats(0, 1), st.integers(0, len(BAD) - 1)), min_size=1, max_size=5),
)
@example(seed=758, picks=[(0.0, 2), (0.000001, 6)])  # asked in between, an origin had another number
@example(seed=38222, picks=[(0.0, 9), (0.87, 6)])  # asked in between, notes stood in another order
def test_what_is_refused_leaves_all_as_it_was(seed, picks):
    it = scene(seed)
    fast, other = Fast(it), Fast(it)

    def interrupt():
        for share, which in sorted(picks):
            if (moment := share * it.end) > other.world.now:
                yield other.world.timeout(moment - other.world.now)
            for one in other.functions:
                with pytest.raises(InvalidParameter):
                    BAD[which](one)

    other.world.process(interrupt())
    assert fast.world.run(it.end).fingerprint() == other.world.run(it.end).fingerprint()
