"""The coat check of lesson 06: what its text says is what its model does."""

import subprocess
import sys
from math import exp, inf

import pytest
from test_lessons import opening, said

from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter, parameters
from cloudlab.kernel.messages import Fate, counts, done_again
from cloudlab.kernel.moves import Numbers, ways
from cloudlab.kernel.series import summed
from cloudlab.kernel.tallies import tallies
from cloudlab.kernel.world import World
from cloudlab.labs import sqs
from cloudlab.labs.sqs import (
    BROKEN,
    DOWN,
    LENGTH,
    STILL,
    TRIES,
    asked,
    dead,
    drained,
    emails,
    outlived,
    poison,
    practice,
    printed_twice,
    quiet,
    rebuilt,
    sales,
    scenario,
    table,
    taken_over,
    told,
    waiting,
    work_of,
)
from cloudlab.pricing import message_counts
from cloudlab.sqs import Queue, Workers
from cloudlab.traffic import Senders, steady
from cloudlab.views.experiment import Experiment
from cloudlab.views.kinds import kind_named
from cloudlab.views.lesson import questions, stage
from cloudlab.views.panel import explore
from cloudlab.views.stage import finding, luck_of

SEEDS = range(1, 21)


# The bad day


def test_worker_3_has_died_and_half_of_the_ring_is_left_when_the_monday_stops():
    record, until, question = opening("06")
    rows = table(record)
    (handout,) = [one for one, fate in enumerate(rows.fate) if fate == Fate.BROKEN]
    assert record.parts[rows.poller[handout]].name == "Worker 3" and rows.message[handout] + 1 == 7
    assert rows.ended[handout] == 62 and until > 62
    left = rows.visible_again(handout) - until
    assert left / 30 == pytest.approx(0.5, abs=0.03) and question.startswith("Half of the ring is left.")
    said("06", "At 1:02 Worker 3 dies, with order 7 in its hand.")


def test_another_worker_takes_the_order_27_seconds_after_the_death():
    assert [round(wait) for wait in taken_over(scenario(kill_one=(62,)))] == [27]
    assert taken_over(scenario()) == []


def test_without_a_death_ten_of_69_orders_are_printed_once_too_often():
    calm = scenario()
    assert len(table(calm).sent) == 69 and printed_twice(calm) == 10
    said("06", "With this seed 10 prints of 69 orders are one too many.")


# One message by hand


def test_the_message_goes_through_the_model_as_through_the_table_by_hand():
    world = World(1)
    queue = Queue(world, "orders", visibility_timeout=30)
    taken = []

    def by_hand():
        queue.send_message("order")
        yield world.timeout(10)
        (first,) = yield from queue.receive_message()
        yield world.timeout(32)
        (second,) = yield from queue.receive_message()
        yield world.timeout(12)
        queue.delete_message(first.receipt_handle)
        taken.append(counts(queue.table, world.now))
        yield world.timeout(6)
        queue.delete_message(second.receipt_handle)

    world.process(by_hand())
    world.run(until=120)
    rows, where = queue.table, {}
    for time in (0, 10, 40, 42, 60):
        now = counts(rows, time)
        where[time] = "visible" if now.visible else "in flight" if now.in_flight else "gone"
    assert where == {0: "visible", 10: "in flight", 40: "visible", 42: "in flight", 60: "gone"}
    assert [rows.visible_again(one) for one in (0, 1)] == [40, 72] and taken[0].in_flight == 1
    assert [rows.ended[one] for one in (0, 1)] == [54, 60] == [10 + 44, 42 + 18]
    assert done_again(rows, 54) == 0 and done_again(rows, 60) == 1
    said("06", "A needs 44 s for this one, B would need 18 s.")


# How long to hide


def test_of_prints_of_20_seconds_so_many_outlive_a_timeout():
    shares = [exp(-timeout / 20) for timeout in (10, 30, 60, 120)]
    assert [f"{share:.0%}" for share in shares[:3]] == ["61%", "22%", "5%"] and f"{shares[3]:.1%}" == "0.2%"
    said(
        "06",
        "| outlive it | 61 % | 22 % | 5 % | 0.2 % |",
        "22 % of such prints",
        "0.2 % take longer than 120 s",
    )


@pytest.mark.parametrize("timeout, within", [(10, 0.06), (30, 0.04), (60, 0.02), (120, 0.004)])
def test_the_model_agrees_with_that(timeout, within):
    found = [outlived(scenario(seed, visibility_timeout=timeout)) for seed in SEEDS]
    late, tries = sum(late for late, _ in found), sum(tries for _, tries in found)
    assert late / tries == pytest.approx(exp(-timeout / 20), abs=within)


def test_a_longer_timeout_repeats_less_and_lets_an_order_wait_for_longer():
    def in_all(count, timeout, **more):
        return sum(count(scenario(seed, visibility_timeout=timeout, **more)) for seed in SEEDS)

    def longest(run):
        return max(taken_over(run), default=0)

    twice = [in_all(printed_twice, timeout) for timeout in (10, 30, 60, 120)]
    waits = [in_all(longest, timeout, kill_one=(62,)) for timeout in (10, 30, 60, 120)]
    assert twice == sorted(twice, reverse=True) and waits == sorted(waits)


def test_a_new_order_is_taken_at_once_whatever_the_timeout():
    """The timeout is no delay before the first delivery."""
    firsts = [table(scenario(visibility_timeout=timeout)).handed[0] for timeout in (10, 30, 120)]
    assert len(set(firsts)) == 1 and firsts[0] == table(scenario()).sent[0]


@pytest.mark.parametrize("timeout, met", [(30, False), (60, False), (75, True), (90, True), (120, False)])
def test_the_decision_of_the_lesson_has_more_than_one_right_answer(timeout, met):
    few = sum(printed_twice(scenario(s, visibility_timeout=timeout)) <= 3 for s in SEEDS)
    deaths = [
        max(taken_over(scenario(s, kill_one=(62,), visibility_timeout=timeout)), default=0) for s in SEEDS
    ]
    assert (min(few, sum(wait <= 100 for wait in deaths)) >= 19) is met


def test_each_task_can_be_done_and_is_not_done_at_first():
    first = scenario(kill_one=(62,))
    assert not any(60 < wait < 600 for wait in taken_over(first)) and waiting(first) < 20
    assert printed_twice(scenario()) >= 5 and not taken_over(scenario())
    assert any(60 < wait < 600 for wait in taken_over(scenario(kill_one=(62,), visibility_timeout=120)))
    assert waiting(scenario(workers=2, mean_work=60)) >= 20
    assert waiting(scenario(workers=2, mean_work=60, visibility_timeout=120)) >= 20, "more time doesn't help"


# Poison


def test_a_broken_photo_comes_back_until_dead_letters_take_it():
    without, after = poison(), poison(dead_letters="after 3")
    rows = table(without)
    (broken,) = [row for row, sent in enumerate(rows.sent) if rows.path[row] == 1 and sent < 130]
    receives = table(without).message.count(broken)
    assert receives > 10 and table(after).message.count(broken) == 3
    assert dead(after) >= 2 and table(after).left[broken][1] == "dead"
    share = sum(sum(table(poison(s)).path) for s in SEEDS) / sum(len(table(poison(s)).sent) for s in SEEDS)
    assert share == pytest.approx(BROKEN, abs=0.02)


def test_after_one_try_a_good_order_of_a_dead_worker_lands_there_too():
    run = poison(dead_letters="after 1", kill_one=(62,))
    good = [row for row, (_, how) in table(run).left.items() if how == "dead" and table(run).path[row] == 0]
    assert good and any(fate == Fate.BROKEN for fate in table(run).fate)
    kept = poison(dead_letters="after 3", kill_one=(62,))
    assert [
        row for row, (_, how) in table(kept).left.items() if how == "dead" and table(kept).path[row] == 0
    ] == []
    assert TRIES["none"] == 1000


# The learner's own consumer


def consume(queue, shipped):
    while True:
        for message in (yield queue.receive_message(wait_time_seconds=20)):
            yield queue.work(work_of(message["body"]))
            shipped.append(message["body"])
            yield queue.delete_message(message["receipt_handle"])


def safe(queue, shipped):
    while True:
        for message in (yield queue.receive_message(wait_time_seconds=20)):
            yield queue.work(work_of(message["body"]))
            if message["body"] not in shipped:
                shipped.append(message["body"])
            yield queue.delete_message(message["receipt_handle"])


def test_the_worked_consumer_ships_twice_and_the_missing_line_mends_it():
    (_, shipped), (_, once) = practice(consume), practice(safe)
    assert (len(set(shipped)), len(shipped)) == (66, 75)
    assert len(set(once)) == len(once) == 66


def test_the_first_of_the_four_dies_three_times_and_the_list_lives_on():
    record, shipped = practice(safe)
    died = [entry for entry in record.states if entry.state == "killed"]
    assert [entry.time for entry in died] == [62, 200, 350]
    assert {record.parts[entry.part].name for entry in died} == {"Worker 1"}
    assert len(shipped) == len(set(shipped))
    said("06", "Four of them run, and the first dies three times")


def test_the_work_of_an_order_is_20_seconds_on_average_and_always_the_same():
    works = [work_of(f"order {number}") for number in range(4000)]
    assert sum(works) / len(works) == pytest.approx(20, rel=0.05)
    assert works[:5] == [work_of(f"order {number}") for number in range(5)]


# The shop built anew


def test_direct_calls_lose_orders_and_queues_lose_none_on_every_seed():
    assert sales(rebuilt(wiring="direct calls")) == (192, 105)
    assert sales(rebuilt()) == (299, 0)
    for seed in SEEDS:
        (_, lost), (sold, none) = sales(rebuilt(seed, wiring="direct calls")), sales(rebuilt(seed))
        assert lost > 70 and none == 0 and sold > 250
        in_time, late, left = emails(rebuilt(seed))
        assert late > 100 and in_time + late + left == sold


def test_who_waits_for_e_mail_is_e_mail_alone():
    run = told(stand_still=(DOWN,))
    other = table(run, "recommend")
    assert max(handed - other.sent[row] for handed, row in zip(other.handed, other.message, strict=True)) < 2
    assert counts(table(run, "mail"), DOWN + STILL).visible > 80
    assert counts(table(run, "mail"), LENGTH).deleted + 5 > len(table(run, "mail").sent)


def test_a_backlog_goes_at_the_rate_that_is_to_spare():
    assert [round(90 / (workers / sqs.EMAIL - sqs.SALES)) for workers in (1, 2, 4)] == [180, 60, 26]
    for workers in (1, 2, 4):
        found = [drained(rebuilt(seed, mailers=workers)) for seed in SEEDS]
        assert sum(found) / 20 == pytest.approx(90 / (workers - 0.5), rel=0.2)
    said(
        "06",
        "90 e-mails wait, and one comes every 2 s",
        "| 1 | 1 | 0.5 | 180 s |",
        "| 2 | 2 | 1.5 | 60 s |",
        "| 4 | 4 | 3.5 | 26 s |",
    )


def test_a_worker_may_have_fifteen_messages_before_it():
    assert 5 * 60 / 20 == 15
    said("06", "If a message may wait for 5 min and takes 20 s, a worker can have 15 before it.")


def line_after(minutes: float, *, comes: float, does: float, still: float = 0.0) -> int:
    """How many wait after so many minutes, when so many come and are done a minute, after `still` minutes of rest."""
    world = World(1)
    queue = Queue(world, "orders", visibility_timeout=60)
    Senders(world, "shop", traffic=steady(comes / 60), to=queue, arrivals="regular")
    world.run(until=60 * still)
    Workers(world, "worker", queue=queue, work="fixed", mean_work=60 / does)
    world.run(until=60 * (still + minutes))
    return queue.counts().visible


def test_six_come_and_five_are_printed_leave_sixty_after_an_hour():
    assert line_after(60, comes=6, does=5) == pytest.approx(60, abs=1)
    said("06", "About 60 wait: one more each minute.")


def test_six_hundred_are_gone_after_thirty_minutes():
    assert 20 * 30 == 600 and 600 / (50 - 30) == 30
    assert (
        line_after(29, comes=30, does=50, still=20) > 15 and line_after(31, comes=30, does=50, still=20) <= 1
    )


def test_long_polls_ask_far_less_often():
    found = {wait: asked(quiet(wait_time_seconds=wait)) for wait in (0, 5, 20)}
    assert found == {0: (69, 3531), 5: (69, 667), 20: (69, 141)}
    record = quiet()
    assert message_counts(record) == {"sqs-request": 3 * 69 + 3531}, (
        "what the lesson counts is what is billed"
    )


# What is said and drawn


def test_each_message_that_comes_back_tells_why():
    run = scenario(kill_one=(62,))
    told_why = [note.text for note in kind_named("queue").follows(run, [0]).notes]
    assert "Message 7 is visible again: Worker 3 died at 1:02, and nobody said delete." in told_why
    late = [text for text in told_why if "but it was hidden for 30 s" in text]
    assert late and all(" needs " in text for text in late)
    assert sum("too late" in text for text in told_why) == sum(fate == Fate.STALE for fate in table(run).fate)


def test_who_is_late_with_what_lies_among_the_dead_letters_is_told_so():
    run = poison(dead_letters="after 1")
    assert dead(run) and not any(count > 1 for count in table(run).count), "nobody took anything again"
    late = [
        note.text
        for note in kind_named("queue").follows(run, [run.part("orders")]).notes
        if "too late" in note.text
    ]
    assert late and all(text.endswith("too late: it lies among the dead letters.") for text in late)
    told = [note.text for note in run.notes if "never deleted" in note.text]
    assert told and all("was received once and never deleted" in text for text in told)


def test_a_message_has_one_number_in_all_that_is_told_of_it_also_where_dead_letters_have_a_queue_of_their_own():
    run = poison(dead_letters="after 1", kill_one=(395.0,))
    orders, numbers = run.part("orders"), Numbers(run)
    moved = [note for note in run.notes if "never deleted" in note.text]
    assert len(moved) == dead(run) == 7
    for note in moved:
        assert note.text.startswith(f"Message {numbers.of_message(orders, note.row)} was received once")
    back = [note.text for note in kind_named("queue").follows(run, [orders]).notes]
    assert "Message 46 is visible again: Worker 1 died at 6:35, and nobody said delete." in back
    assert [note.row for note in moved if note.text.startswith("Message 46 ")] == [45], (
        "it is that very order"
    )
    assert min(move.message for move in ways(run)) == 1


def test_is_it_luck_names_a_change_in_the_words_of_its_control_or_button():
    broken = Experiment(poison)
    broken.change({"dead_letters": "after 1"})
    assert "with dead letters after 1 try instead of none, " in broken.is_it_luck(2)
    broken.change({"kill_one": (62.0,)})
    assert "with “A worker dies” at 1:02 instead of never, " in broken.is_it_luck(2)
    broken.change({"kill_one": ()})
    assert "with “A worker dies” never instead of at 1:02, " in broken.is_it_luck(2)


def test_a_longer_timeout_is_no_luck():
    shop = Experiment(scenario)
    shop.is_it_luck(20)
    shop.change({"visibility_timeout": 120})
    answer = shop.is_it_luck(20)
    assert answer.startswith(
        "No, it is no luck: with visibility timeout 120 instead of 30, repeats are lower"
    )


def test_what_luck_is_asked_about_where_a_topic_fills_queues_is_how_many_wait():
    half = Experiment(sqs.told)
    half.change({"stand_still": (120.0,)})
    answer = half.is_it_luck(20)
    assert ", the longest line is higher with each of 20 seeds: " in answer and "lost" not in answer
    (topic,) = half.record.topics
    most = max(summed([words["waiting"] for words in tallies(half.record, topic).values()]).values)
    assert half.luck[0].told == {"lost copies": 0, "the longest line": most} and most > 60
    shown = luck_of(half.luck, half.luck_before)
    assert (shown["words"], shown["values"][0]) == ("the longest line", most) and max(shown["before"]) < 20


def test_the_work_of_who_dies_is_told_up_to_its_planned_end():
    run, calm = scenario(kill_one=(62,)), scenario()
    (works,) = kind_named("queue").follows(run, [0]).works
    third = run.part("Worker 3")
    rows = zip(works.start, works.until, works.worker, strict=True)
    broken = next((start, until) for start, until, part in rows if start < 62 < until and part == third)
    first = table(calm).message.index(6)
    assert broken == (table(calm).handed[first], table(calm).ended[first])
    assert table(run).ended[table(run).message.index(6)] == 62 < broken[1]


def test_what_came_of_a_run_is_one_line():
    assert finding(scenario()) == "66 of 69 messages are gone, and work was done 10 times too often"
    assert finding(poison(dead_letters="after 3")).startswith("65 of 68 messages are gone")


def test_its_panels_draw_and_describe():
    coats = explore(scenario, stage)
    coats.set(visibility_timeout=120, workers=8)
    assert coats.error == ""
    half = explore(told, stage)
    half.set(mailers=2)
    assert half.error == ""


# Limits and words


def test_every_parameter_has_a_limit_and_a_label():
    for run in (scenario, poison, quiet, rebuilt, told):
        for name, parameter in parameters(run).items():
            assert name == "seed" or parameter.limit.label, f"{run.__name__}: {name}"


@pytest.mark.parametrize(
    "run, setting, sentence",
    [
        (scenario, {"workers": 0}, "workers is 0 workers, but must be between 1 and 50 workers."),
        (
            scenario,
            {"visibility_timeout": 50_000},
            "visibility_timeout is 50000 s, but must be between 0 and 43200 s.",
        ),
        (
            poison,
            {"dead_letters": "never"},
            "dead_letters is 'never', but must be one of none, after 1, after 3, after 10.",
        ),
        (quiet, {"wait_time_seconds": 21}, "wait_time_seconds is 21 s, but must be between 0 and 20 s."),
        (rebuilt, {"wiring": "mail"}, "wiring is 'mail', but must be one of direct calls, topic and queues."),
    ],
)
def test_a_value_out_of_range_gets_one_sentence(run, setting, sentence):
    with pytest.raises(InvalidParameter) as error:
        run(**setting)
    assert str(error.value) == sentence


def test_lesson_06_clears_its_four_misconceptions():
    found = {option.misconception for one in questions("sqs", "check").questions for option in one.options}
    assert {"Q1", "Q2", "Q3", "Q4"} <= found


def test_readers_agree_with_each_other():
    run = scenario(3)
    late, tries = outlived(run)
    assert tries == len(set(table(run).message)) and 0 <= late <= tries
    assert drained(told()) == inf or drained(told()) < 10
    assert measures.outcomes(rebuilt()).arrived == sum(sales(rebuilt())) + measures.outcomes(rebuilt()).open


def test_the_lab_needs_no_widgets_and_no_numpy():
    code = "import sys, cloudlab.labs.sqs; print({'numpy', 'ipywidgets'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == "set()"


def test_a_run_without_that_queue_says_so():
    with pytest.raises(InvalidParameter, match="^name is 'mail', but no queue of this run is called so.$"):
        sqs.drained(sqs.rebuilt(wiring="direct calls"))


@pytest.mark.parametrize("wiring", ["direct calls", "topic and queues"])
def test_each_work_of_who_listens_takes_as_long_by_a_call_as_from_a_queue(wiring):
    """A second for an e-mail, half a second for similar photos."""
    record = rebuilt(wiring=wiring, mailers=4)
    for part, queue, seconds in (("mail", "mail", 1.0), ("recommender", "recommend", 0.5)):
        if wiring == "direct calls":
            calls = record.calls
            columns = zip(calls.service, calls.started, calls.ended, calls.status, strict=True)
            took = [end - start for of, start, end, how in columns if of == record.part(part) and how == 0]
        else:
            rows = table(record, queue)
            took = [
                end - handed
                for end, handed, fate in zip(rows.ended, rows.handed, rows.fate, strict=True)
                if fate == Fate.DELETED
            ]
        assert len(took) > 150 and {round(one, 3) for one in took} == {seconds}
