"""The worlds of lesson 06's exercises, and the programs that are judged in them."""

import tomllib
from importlib.resources import files

import pytest
from banks import sqs as bank

from cloudlab.exercises.sqs import E13, E14, E15, backlog, ledger, presses
from cloudlab.exercises.sqs.tasks import diagnose_morning
from cloudlab.judge.definition import Trial
from cloudlab.judge.feedback import Fault
from cloudlab.judge.judging import luck
from cloudlab.judge.variants import variant
from cloudlab.kernel.messages import Fate, counts
from cloudlab.traffic.shapes import line


def begin(program, seed=1):
    return E13.answer.accept(program).start(luck(seed))


# Programs


def test_a_program_remembers_nothing_after_a_crash_and_knows_its_globals():
    done_here = bank.done_here
    first = begin(bank.remembers_in_a_variable)
    one = ledger.morning(first, 3)
    died = [step for step in one.books.steps if step.died]
    assert died and not done_here, "what it wrote into a global is gone with it"
    assert max(one.books.charged.values()) > 1


def test_the_same_program_and_seed_make_the_same_morning():
    steps = [ledger.morning(begin(bank.one_at_a_time), 5).books.steps for _ in range(2)]
    assert [(s.time, s.who, s.name) for s in steps[0]] == [(s.time, s.who, s.name) for s in steps[1]]


@pytest.mark.parametrize(
    "program, code, words",
    [
        (bank.no_yield, "wrong_shape", "consume has no yield in it"),
        (bank.half_of_the_yields, "wrong_shape", "consume went on with a call that was never made."),
        (bank.yields_a_message, "wrong_shape", "consume yielded a text, but must yield a call."),
        (bank.eleven_at_once, "wrong_shape", "The call receive_message was refused."),
        (bank.a_wrong_field, "raised", "consume raised KeyError in line 4 of a_wrong_field."),
        (bank.looks_again_and_again, "over_budget", "A run was stopped after 8,000 decisions"),
        (bank.charges_the_message, "wrong_shape", "The table was given something that is no text."),
    ],
)
def test_what_is_wrong_with_a_program_is_told_in_a_sentence(program, code, words):
    with pytest.raises(Fault) as fault:
        ledger.morning(begin(program), 1)
    assert fault.value.feedback.code == code and fault.value.feedback.happened.startswith(words)


def test_the_story_of_an_order_says_who_calls_what():
    trial = E13.trial(bank.charges_each_time, variant("E13", 1), 5)
    assert trial.mistakes
    told = E13.trace(trial, "")
    assert any(" calls charge" in line for line in told)
    assert not any(line.split()[1:4:2] == ["Clerk", "charge"] for line in told)


def test_what_a_program_gets_is_its_own():
    def spoils(queue, table):
        while True:
            messages = yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)
            handles = [one["receipt_handle"] for one in messages]
            bodies = [one["body"] for one in messages]
            messages.clear()
            for body, handle in zip(bodies, handles, strict=True):
                if (yield table.charge_once(body, body)):
                    yield queue.delete_message(handle)

    found = ledger.morning(begin(spoils), 2)
    assert ledger.mistakes(found) == []


# E13


def test_an_easy_morning_holds_no_trouble():
    found = ledger.morning(begin(bank.charges_each_time), 1, easy=True)
    assert not any(step.died for step in found.books.steps) and ledger.mistakes(found) == []
    assert len(found.orders) == len(set(found.orders)) == ledger.ORDERS


def test_trouble_ends_and_leaves_time_to_make_good():
    for seed in range(1, 11):
        found = ledger.morning(begin(bank.deletes_in_one_call), seed)
        assert all(step.time < ledger.CALM for step in found.books.steps if step.died)
        assert ledger.mistakes(found) == [] and found.left == set()
        assert sum(found.books.charged.values()) == ledger.ORDERS


def charges_on(queue, table):
    while True:
        yield table.charge("order")


def test_trouble_goes_on_for_seven_minutes_and_then_there_is_none():
    """Whoever charges all morning, each 2 s, dies and finds the table busy up to 7:00, and not from then on."""
    steps = [step for seed in range(1, 11) for step in ledger.morning(begin(charges_on), seed).books.steps]
    for troubled in (
        [step.time for step in steps if step.died],
        [step.time for step in steps if step.brought is False],
    ):
        assert 414 <= max(troubled) < 420
    assert max(step.time for step in steps) > 890


# E14


def test_the_settings_of_a_reference_stay_below_all_four_limits():
    for number in (1, 5, 12):
        given = variant("E14", number)
        answer = bank.reference_of("E14", given)
        shares = presses.parts(presses.day(answer, given, 7), given)
        assert set(shares) == {"twice", "back", "out", "dead"} and max(shares.values()) < 1


def test_no_press_crashes_during_the_outage_and_each_crash_breaks_an_order_off():
    given = variant("E14", 1)
    record = presses.day(bank.fitted(given), given, 3)
    table = presses.table_of(record)
    crashes = [table.ended[one] for one, fate in enumerate(table.fate) if fate == Fate.BROKEN]
    failed = [
        table.ended[one]
        for one, fate in enumerate(table.fate)
        if fate == Fate.FAILED and table.path[table.message[one]] == 0
    ]
    assert 6 <= len(crashes) <= presses.CRASHES and failed
    assert not any(min(failed) < crash < max(failed) for crash in crashes)


def test_without_a_dead_letter_queue_a_broken_photo_stays():
    given = variant("E14", 1)
    record = presses.day(bank.fitted(given) | {"dead_letter_queue": "no"}, given, 3)
    assert presses.parts(record, given)["out"] > 3 and presses.good_dead(record) == []
    assert counts(presses.table_of(record), record.end).dead == 0


def test_the_story_of_a_message_goes_by_the_clock_and_says_what_it_leaves_out():
    given = variant("E14", 1)
    short = {"visibility_timeout": 10, "max_receive_count": 3, "dead_letter_queue": "yes"}
    told = E14.trace(E14.trial(short, given, 1), "timeout_below_work")
    moments = [line.split()[0] for line in told[1:]]
    assert moments == sorted(moments) and any("too late" in line for line in told)
    kept = E14.trial(bank.fitted(given) | {"dead_letter_queue": "no"}, given, 2)
    *_, last = E14.trace(kept, "no_dlq")
    assert last.startswith("  … and ") and last.endswith(" tries more.")


# E15


def test_the_task_the_scenario_and_the_judge_allow_the_same_age():
    given = variant("E15", 1)
    assert E15.scenario(given)["seconds_that_a_message_may_be_old"] == E15.objective.of(given) == 420
    words = (files("cloudlab.exercises.sqs") / "words.toml").read_text(encoding="utf-8")
    assert "no message ever becomes older than 420 s" in words
    trial = E15.trial(bank.held, given, 4)
    assert any("s old (420 s are allowed)" in line for line in E15.trace(trial, "too_late"))


def test_who_asks_for_more_than_the_maximum_is_told_what_was_granted():
    given = variant("E15", 1)
    trial = E15.trial(lambda history: 124, given, 1)
    _, numbers = E15.diagnose([trial], None, given, "cost")
    assert numbers["peak"] == str(backlog.MOST)
    words = tomllib.loads((files("cloudlab.exercises.sqs") / "words.toml").read_text(encoding="utf-8"))
    told = [one["happened"] for one in words["E15"]["feedback"].values() if "{peak}" in one["happened"]]
    assert len(told) == 3 and not any("asked for {peak}" in one for one in told)


@pytest.mark.parametrize(
    "decide, uses",
    [
        (bank.held, {"backlog": True, "cpu": False, "orders": True}),
        (bank.saturated, {"backlog": False, "cpu": False, "orders": True}),
        (bank.cpu_70, {"backlog": False, "cpu": True, "orders": False}),
        (bank.all_the_time, {"backlog": False, "cpu": False, "orders": False}),
    ],
)
def test_what_a_policy_goes_by_is_found_by_asking_it(decide, uses):
    assert backlog.probe(decide) == uses


def test_the_rows_tell_what_is_there():
    found = backlog.hours(bank.held, variant("E15", 1), 4)
    table = found.record.queues[found.record.part("orders")]
    for row in found.rows[::20]:
        now = backlog.READY + 60 * row["minute"]
        there = counts(table, now - 1e-6)  # what happens at that very moment comes after the look
        assert row["visible"] == there.visible
        assert row["sent"] == sum(now - 60 <= sent < now for sent in table.sent)
        assert 0 <= row["cpu"] <= 100 and row["in_service"] + row["pending"] <= backlog.MOST
    assert max(row["visible"] for row in found.rows) > 150, "a group came"
    assert sum(fate == Fate.DELETED for fate in table.fate) > 1000


def test_who_is_given_back_finishes_its_print():
    found = backlog.hours(bank.held, variant("E15", 1), 4)
    table = found.record.queues[found.record.part("orders")]
    assert set(table.fate) <= {Fate.DELETED, Fate.IN_HAND} and set(table.count) == {1}
    assert sum(entry.state == "terminated" for entry in found.record.states) > 20


def test_the_oldest_message_is_the_one_that_waited_longest():
    found = backlog.hours(bank.slow, variant("E15", 1), 4)
    _, age = backlog.oldest(found.record)
    told = max(row["oldest"] for row in found.rows)
    assert told <= age <= told + 61


def test_a_line_goes_from_corner_to_corner():
    assert [line([[0, 6], [10, 6], [20, 18], [30, 18]])(minute) for minute in (0, 10, 15, 25, 40)] == [
        6,
        6,
        12,
        18,
        18,
    ]


def test_lost_orders_are_told_before_doubled_ones_and_only_they_are_counted():
    """A consumer that deletes first also charges whoever pressed twice: in some variants that is most of them."""
    codes = ["not_idempotent", "not_idempotent", "delete_first_loses"]
    mistakes = [{"order": f"o-{number}", "times": 2, "code": code} for number, code in enumerate(codes)]
    trials = [Trial(1, mistakes=mistakes, cases=9), Trial(2, mistakes=mistakes[:2], cases=9)]
    code, numbers = diagnose_morning(trials, None, {}, "full")
    assert (code, numbers["wrong"], numbers["orders"]) == ("delete_first_loses", 1, 18)
    code, numbers = diagnose_morning(trials[1:], None, {}, "full")
    assert (code, numbers["wrong"]) == ("not_idempotent", 2)
