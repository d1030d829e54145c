"""The worlds that exercises are tried in: what a schedule has set, which number rules, who asked again."""

import gc
import random
from itertools import pairwise
from math import inf
from types import SimpleNamespace

import pytest

from cloudlab.exercises import exercise
from cloudlab.exercises.autoscaling_limits import shop_day
from cloudlab.exercises.autoscaling_policies import office, rush, waves
from cloudlab.exercises.monolith_and_microservices import shops
from cloudlab.exercises.sqs import backlog, ledger
from cloudlab.exercises.start_here import mornings
from cloudlab.judge import variants
from cloudlab.judge.definition import BoundedWorld
from cloudlab.kernel.messages import Fate

MORNING = {"begins": 60, "lasts": 40, "calm": 36, "rush": 180}


def schedule(raise_at, reset_at="30 9 * * *"):
    return {"raise_at": raise_at, "rush_minimum": 16, "reset_at": reset_at, "target_value": 90}


@pytest.mark.parametrize(
    "raise_at, before, rises",
    [
        ("30 7 * * *", 16, "rises at 7:30"),
        ("57 7 * * *", 16, "rises at 7:57"),
        ("58 7 * * *", 1, "rises at 7:58"),
        ("57 8 * * *", 1, "rises at 8:57"),
        ("5 9 * * *", 1, "rises at 9:05, after the rush has begun"),
        ("0 20 * * *", 16, "rises at 20:00 on an earlier day"),
        ("0 20 * * 0", 16, "rises at 20:00 on an earlier day"),
        ("57 8 * * 2", 1, "does not rise this morning"),
        ("0 0 30 2 *", 1, "does not rise this morning"),
        ("0 7 1 * *", 16, "rises at 7:00"),
    ],
)
def test_a_schedule_counts_whenever_it_was_set(raise_at, before, rises):
    """Also long before the fleet is launched, and on an earlier day: it is there each day."""
    answer = schedule(raise_at)
    assert rush.set_before(answer) == before
    assert rush.rises(answer, MORNING) == rises


def test_what_was_lowered_since_is_down():
    assert rush.set_before(schedule("30 7 * * *", "45 7 * * *")) == 1
    assert rush.set_before(schedule("0 20 * * *", "0 6 * * *")) == 1
    assert rush.set_before(schedule("0 7 * * *", "0 7 * * *")) == 1, "of one minute the second goes second"


@pytest.mark.parametrize(
    "size, raise_at, reset_at, code",
    [
        (17, "37 8 * * *", "32 9 * * *", "target_too_low"),
        (18, "35 8 * * *", "20 9 * * *", "target_too_low"),
        (17, "37 8 * * *", "56,54 */3 * * 1-5", "schedule_never_reset"),
    ],
)
def test_a_dear_morning_is_blamed_on_what_saves(size, raise_at, reset_at, code):
    """Once 17 instances were called too many where 17 were busy, since no change that was tried saved anything."""
    q = exercise("E5", variant=5)
    assert q.scenario()["rush_begins_at"] == "8:40"
    answer = {"raise_at": raise_at, "rush_minimum": size, "reset_at": reset_at, "target_value": 80}
    assert q.check(answer).code == code


def test_a_reset_that_comes_late_is_told_by_its_minute():
    """Once by how many were wished at the end, which tells nothing where the reset came in the end."""
    q = exercise("E5", variant=13)
    answer = {"raise_at": "4 9 * * *", "rush_minimum": 39, "reset_at": "54 9 * * *", "target_value": 80}
    result = q.check(answer)
    assert result.code == "schedule_never_reset"
    told = "the minimum falls at 9:54, and the rush is over at 9:33"
    assert told in result.text and "It falls at 9:54, and the rush is over at 9:33." in repr(q.why())
    assert "does not fall this morning" in q.check(answer | {"reset_at": "54 9 * * TUE"}).text


def test_a_wish_that_changed_once_more_is_told_in_english():
    record = rush.morning(schedule("57 8 * * *"), MORNING, 1)
    changes = len(office.wishes(record))
    told = [office.told_by_the_record(record, 0, rush.clock, False, changes - more)[-1] for more in (1, 2)]
    assert told == ["  The wish changed once more.", "  The wish changed 2 times more."]


def test_a_fleet_that_was_raised_early_stands_there_from_the_launch():
    record = rush.morning(schedule("30 7 * * *"), MORNING, 1)
    wish = record.series[record.part("web"), "GroupDesiredCapacity"]
    assert wish.at(60 * rush.OPENS) == 16


DAY = {"plan": [[100, 9], [150, 0], [200, 9], [250, 0]]}


@pytest.mark.parametrize(
    "minute, number",
    [
        (0, "desired_capacity"),
        (99, "desired_capacity"),
        (100, "max_size"),
        (160, "min_size"),
        (300, "min_size"),
    ],
)
def test_one_of_the_three_numbers_rules_at_each_moment(minute, number):
    assert shop_day.ruler(DAY, shop_day.READY + 60 * minute) == number


def asked(pending, decisions, orders):
    """What `asked_again` finds, when so many orders come in each minute and so many are pending."""
    arrived = [60.0 * minute + place for minute, number in enumerate(orders) for place in range(number)]
    series = {
        ("web", "GroupPendingInstances"): SimpleNamespace(at=lambda time: pending),
        ("web", "GroupDesiredCapacity"): SimpleNamespace(times=[0.0], values=[5]),
    }
    record = SimpleNamespace(requests=SimpleNamespace(arrived=arrived), series=series, part=lambda name: name)
    return waves.asked_again(record, [(60.0 * minute, wish) for minute, wish in decisions])


def test_who_asks_for_what_is_on_its_way_asks_again():
    assert asked(2, [(2, 7), (3, 9)], [9, 9, 9]) == (2, 4), "no minute had more, and two are on their way"
    assert asked(2, [(2, 7), (3, 9)], [9, 12, 9]) == (0, 4), "more orders came"
    assert asked(0, [(2, 7), (3, 9)], [9, 9, 9]) == (0, 4), "nothing is on its way"


def test_mornings_are_good_when_the_nineteenth_time_is():
    good, bad = [10] * 18 + [300, 900], [10] * 18 + [301, 900]
    plan = {"clerks": 2, "busy": 0.9, "days": [good] * 19 + [bad]}
    assert mornings.good_days(plan) == 19 and mornings.right([plan]) == 2
    assert mornings.right([plan | {"days": [good] * 18 + [bad] * 2}]) == 0


def test_each_wrong_idea_of_e0_differs_from_the_right_choice():
    from random import Random

    dice = Random(1)
    cases = [mornings.any_plans(dice) for _ in range(200)]
    for code, ideas in mornings.IDEAS.items():
        for idea in ideas:
            assert sum(idea(plans) != mornings.right(plans) for plans in cases) > 20, code
    assert sum(mornings.right(plans) == 0 for plans in cases) > 5


def test_a_scenario_says_when_the_rush_begins():
    given = exercise("E5").scenario()
    corners = pairwise(given["orders"])
    begins = next(minute for (minute, low), (_, high) in corners if low < high)
    assert given["rush_begins_at"] == f"{8 + begins // 60}:{begins % 60:02}"


@pytest.mark.parametrize("few", [2, 3])
def test_the_oldest_message_of_e15_is_one_that_nobody_deleted(few):
    """Also where a worker that is given back has it in hand: it finishes its print."""
    found = backlog.hours(
        lambda history: 20 if history[-1]["minute"] // 4 % 2 else few, variants.variant("E15", 1), seed=2
    )
    table = found.record.queues[found.record.part("orders")]
    gone = dict.fromkeys(range(len(table.sent)), inf)
    tries = zip(table.message, table.ended, table.fate, strict=True)
    gone |= {row: ended for row, ended, fate in tries if fate == Fate.DELETED}
    assert Fate.BROKEN not in table.fate
    assert min(row["in_service"] for row in found.rows) < 5 < max(row["in_service"] for row in found.rows)
    for row in found.rows:
        now = backlog.READY + 60 * row["minute"]
        ages = [
            now - sent for message, sent in enumerate(table.sent) if sent <= now and not gone[message] < now
        ]
        assert row["oldest"] == round(max(ages, default=0)), row
        assert row["sent"] == sum(now - 60 <= sent < now for sent in table.sent)


def listed_handles(queue, table):
    messages = yield queue.receive_message(wait_time_seconds=20)
    yield queue.delete_message_batch([{"id": "1", "receipt_handle": [messages[0]["receipt_handle"]]}])


def test_a_handle_that_is_a_list_is_told_in_words_in_e13():
    q = exercise("E13", variant=1)
    assert q.check(listed_handles).code == "stops"
    assert "deletes it" not in repr(q.why()) and "is still in the queue" in repr(q.why())


def forged(queue, table):
    yield type(queue.work(1))("send_message", {"message_body": "mine"})


def test_a_call_that_no_method_made_is_refused_in_e13():
    result = exercise("E13", variant=1).check(forged)
    assert result.code == "wrong_shape" and "The call send_message was refused." in repr(result)


def catches_all(queue, table):
    while True:
        try:
            for message in (yield queue.receive_message(max_number_of_messages=10, wait_time_seconds=20)):
                if (yield table.charge_once(message["body"], message["body"])):
                    yield queue.delete_message(message["receipt_handle"])
        except BaseException:
            print("and on")


def test_what_a_program_does_when_it_is_over_is_not_heard(capsys):
    assert exercise("E13", variant=1).check(catches_all).code == "correct"
    gc.collect()
    assert capsys.readouterr() == ("", "")


def test_a_queue_with_a_name_that_may_not_be_is_named_with_its_service():
    one = {"endpoint": "queue-1", "filter_policy": None, "subscribe_at": 0, "confirm": True}
    names = ("printing", "parcels", "invoices", "office", "statistics")
    answer = {name: one | ({"endpoint": "email"} if name == "office" else {}) for name in names}
    answer["statistics"] |= {"endpoint": "queue-a.fifo"}
    said = repr(exercise("E11", variant=1).check(answer))
    assert "endpoint of statistics: name is 'queue-a.fifo', but must have 1 to 80 letters" in said


def never_pauses(queue, table):
    while True:
        yield table.seen("nothing")


def test_a_program_of_e13_may_make_so_many_calls_and_no_more():
    result = exercise("E13", variant=1).check(never_pauses)
    assert result.code == "over_budget" and "8,000 decisions" in repr(result)


def empties_what_it_gets(queue, table):
    while True:
        messages = yield queue.receive_message(wait_time_seconds=20)
        handles = [message.pop("receipt_handle") for message in messages]
        messages.clear()
        for handle in handles:
            yield queue.delete_message(handle)


def test_what_a_program_does_to_its_messages_changes_no_story():
    q = exercise("E13", variant=1)
    assert q.check(empties_what_it_gets).code == "delete_first_loses"
    assert "receives it" in repr(q.why()) and "deletes it" in repr(q.why())


def throws_dice(queue, table):
    print(random.random())
    yield queue.work(1)


def test_dice_are_seeded_for_a_program_too():
    random.seed(1)
    first = repr(exercise("E13", variant=1).check(throws_dice))
    random.seed(2)
    assert repr(exercise("E13", variant=1).check(throws_dice)) == first and "0." in first


def test_a_key_that_is_known_is_done_also_while_the_table_is_too_busy():
    world = BoundedWorld(1)
    books = ledger.Books(world, SimpleNamespace(random=lambda: 0.0), easy=False, keys={"order 1"})
    known, new = (world.process(books._once(order, order)) for order in ("order 1", "order 2"))
    world.run(until=10)
    assert (known.value, new.value) == (True, False) and not books.charged


def test_the_part_that_dies_in_a_shop_of_e9_is_back_after_forty_seconds():
    """From 0:30 to 1:10, as its feedback says: an order that comes in between and needs the part is lost, no other."""
    given = {"arrows": ["cart -> mail"], "needed": [], "die": ["mail"], "pickup": {"cart -> mail": 5}}
    record = shops.two_minutes([], given, "mail", seed=1)
    mail = record.part("mail")
    states = [(entry.time, entry.state) for entry in record.states if entry.part == mail and entry.time > 0]
    assert states == [(30.0, "crashed"), (70.0, "answering")], states
    rows = record.requests
    lost = [came for came, status in zip(rows.arrived, rows.status, strict=True) if status]
    assert 29 < min(lost) < 34 and 66 < max(lost) < 70
    assert not any(status for came, status in zip(rows.arrived, rows.status, strict=True) if came >= 70)
