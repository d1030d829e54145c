"""A run in words: each sentence is computed from the record, and reads well at the edges too."""

import re
import subprocess
import sys
from decimal import Decimal
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timetables import AT_ONCE

from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.record import Line, Record, Status
from cloudlab.kernel.world import World
from cloudlab.labs import sns, sqs
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady, step
from cloudlab.views.describe import describe, table
from cloudlab.views.happenings import happenings, turning_point

STEADILY = {"arrivals": "regular", "work": "fixed"}
SOON = LaunchTemplate(launch_time=90, boot_time=0)


def at(world, moment, act):
    """Let `act` happen at `moment` (s)."""

    def wait():
        yield world.timeout(moment)
        act()

    world.process(wait())


def web(world, low, high, **group):
    return AutoScalingGroup(world, "web", min_size=low, max_size=high, **group)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=\.) (?=[A-Z0-9])", text)


# A group alone


def test_a_kill_is_the_turning_point_and_the_group_mends_itself(world):
    group = web(world, 2, 9, desired_capacity=6, launch_template=SOON)
    at(world, 125, lambda: group.targets()[0].kill())
    assert describe(world.run(until=480)) == (
        "This run of 8 min holds group web (2 to 9 instances, 6 desired at the start). "
        "The turning point is 2:05, when i-1 is killed: "
        "at 3:40 all 6 desired instances are in service again. "
        "7 instances were launched and 1 killed; at the end 6 are in service. "
        "0.80 instance-hours were used."
    )


def test_of_a_kill_and_an_ask_the_larger_change_is_the_turning_point(world):
    group = web(world, 2, 9, desired_capacity=6, launch_template=SOON)
    at(world, 120, lambda: group.targets()[0].kill())
    at(world, 240, lambda: group.ask(20, "a policy"))
    record = world.run(until=480)
    assert turning_point(record) == (
        "The turning point is 4:00, when a policy asks for 20 instances and gets 9, the maximum: "
        "at 5:30 all 9 desired instances are in service."
    )
    assert "10 instances were launched, 1 killed and 1 ask clipped; at the end 9 are in service." in describe(
        record
    )


def test_your_own_ask_is_told_in_the_second_person(world):
    group = web(world, 1, 6, desired_capacity=6, launch_template=AT_ONCE)
    at(world, 60, lambda: group.set_desired_capacity(1))
    assert turning_point(world.run(until=120)) == (
        "The turning point is 1:00, when you ask for 1 instance: the number in service goes from 6 to 1."
    )


def test_an_ask_for_what_is_there_already_is_no_happening(world):
    group = web(world, 1, 6, desired_capacity=6, launch_template=AT_ONCE)
    at(world, 60, lambda: group.ask(6, "a policy"))
    assert happenings(world.run(until=120)) == []


def test_instances_killed_at_one_moment_are_one_happening(world):
    group = web(world, 5, 9, launch_template=SOON)
    at(world, 120, lambda: [instance.kill() for instance in group.targets()[:2]])
    at(world, 300, lambda: [instance.kill() for instance in group.targets()[:4]])
    texts = [happening.text for happening in happenings(world.run(until=480))]
    assert texts == ["i-1 and i-2 are killed", "4 instances are killed"]


def test_a_loss_near_the_end_is_not_mended(world):
    group = web(world, 1, 4, desired_capacity=4, launch_template=SOON)
    at(world, 450, lambda: group.targets()[0].kill())
    text = describe(world.run(until=480))
    assert "when i-1 is killed: at the end 3 of 4 desired instances are in service." in text
    assert "at the end 3 are in service and 1 pending." in text


def test_a_run_that_ends_while_an_instance_is_launched(world):
    web(world, 1, 1)
    assert describe(world.run(until=20)) == (
        "This run of 20 s holds group web (exactly 1 instance, 1 desired at the start). "
        "1 instance was launched; at the end none is in service and 1 pending. "
        "0.01 instance-hours were used."
    )


def test_a_run_that_ends_in_the_boot(world):
    web(world, 1, 1)
    text = describe(world.run(until=40))
    assert "At 0:30 the one desired instance is in service." in text
    assert "at the end 1 is in service and 1 booting." in text


def test_a_group_without_instances(world):
    web(world, 0, 6)
    record = world.run(until=60)
    assert describe(record) == (
        "This run of 1 min holds group web (0 to 6 instances, 0 desired at the start). "
        "No instance was launched; at the end none is in service. "
        "0.00 instance-hours were used."
    )
    assert ("instances launched", "0", "instances") in table(record).rows


def test_nothing_at_all():
    assert describe(World(1).run(until=0)) == "This run of 0 s holds nothing."
    assert describe(Record(seed=1)) == "This run of 0 s holds nothing."
    assert table(Record(seed=1)).rows == (("length of the run", "0:00", "min:s"),)


# Traffic


def shop(world, *, rate=20, size=4, template=AT_ONCE, **customers):
    group = web(world, size, 9, launch_template=template)
    balancer = LoadBalancer(
        world, "shop", targets=group, load_balancing_algorithm_type="least_outstanding_requests"
    )
    Customers(world, "customers", traffic=steady(rate), to=balancer, **customers)
    return group


def test_requests_that_are_all_answered_are_told_with_their_percentiles(world):
    instance = Instance(world, "i-1", launch_template=AT_ONCE)
    Customers(world, "customers", traffic=step(2, jump=4, at=300), to=instance, **STEADILY)
    record = world.run(until=600)
    record.requests.answered[-1] = min(record.requests.answered[-1], 600.0)
    assert sentences(describe(record))[:3] == [
        "This run of 10 min holds instance i-1.",
        "3,000 requests came, 5 a second on average and 8 a second in the busiest minute, from 5:00 on.",
        "All were answered, half of them within 0.1 s (p50) and 95 % within 0.1 s (p95).",
    ]


def test_failures_are_told_by_whose_fault_they_were_and_the_cause_is_named(world):
    group = shop(world, template=LaunchTemplate(launch_time=30, boot_time=30), patience=5)
    at(world, 305, lambda: [instance.kill() for instance in group.targets()[1:]])
    record = world.run(until=600)
    result = measures.outcomes(record)
    faults = {status: amount for status, amount in result.by_status.items() if status != Status.OK}
    text = describe(record)
    assert {Status.BAD_GATEWAY, Status.UNAVAILABLE} <= set(faults)
    assert f" {result.failed:,} failed: " in text
    for status, amount in faults.items():
        assert f" {amount:,} with {status.code} (" in text
    assert re.search(
        r"The turning point is 5:05, when i-2, i-3 and i-4 are killed: \d+ of [\d,]+ requests", text
    )


def test_one_kind_of_failure_and_requests_still_open(world):
    instance = Instance(world, "i-1", launch_template=AT_ONCE)
    Customers(world, "customers", traffic=steady(1), to=instance, **STEADILY, patience=5)
    at(world, 60.1, instance.kill)
    text = describe(world.run(until=90))
    assert (
        "60 were answered, half of them within 0.1 s (p50) and 95 % within 0.1 s (p95); 5 were still open."
        in text
    )
    assert "25 failed with 460 (the caller left)." in text
    assert "1 instance was launched and 1 killed; at the end none is answering" in text


def test_failures_before_the_first_answer_are_told_as_such(world):
    shop(world, template=LaunchTemplate(launch_time=30, boot_time=30))
    text = describe(world.run(until=600))
    assert "The first instance answers only at 1:00: all " in text


def test_no_instance_ever_answers(world):
    shop(world, template=LaunchTemplate(launch_time=30, boot_time=300))
    assert "No instance ever answers: all " in describe(world.run(until=120))


def test_later_failures_are_the_turning_point_rather_than_those_of_the_start(world):
    group = shop(world, template=LaunchTemplate(launch_time=30, boot_time=30), patience=5)
    at(world, 300, lambda: [instance.kill() for instance in group.targets()])
    assert "The turning point is 5:00, when 4 instances are killed:" in describe(world.run(until=600))


def test_a_slow_instance_is_told_with_the_longest_answer(world):
    instance = Instance(world, "i-1", launch_template=AT_ONCE)
    Customers(world, "customers", traffic=steady(1), to=instance, **STEADILY)
    at(world, 60.25, lambda: instance.slow_down(0.2))
    assert turning_point(world.run(until=120)) == (
        "The turning point is 1:00, when i-1 changes to speed 0.2; "
        "the longest answer took 0.5 s and went to a request of 1:00."
    )


def test_without_a_cause_the_longest_answer_is_told(world):
    instance = Instance(world, "i-1", launch_template=AT_ONCE)
    Customers(world, "customers", traffic=steady(10), to=instance)
    record = world.run(until=600)
    longest = max(measures.response_times(record))
    assert turning_point(record).startswith(f"The longest answer took {longest:.1f} s;")


def test_a_loss_that_no_request_felt_is_told_by_the_instances(world):
    group = shop(world, rate=0.1, size=2, template=SOON, mean_work=0.01)
    at(world, 300.05, lambda: group.targets()[0].kill())
    record = world.run(until=600)
    record.requests.status[:] = type(record.requests.status)("B", bytes(len(record.requests)))
    assert turning_point(record) == (
        "The turning point is 5:00, when i-1 is killed: at 6:40 all 2 desired instances are in service again."
    )


@pytest.mark.parametrize("scenario", [sns.scenario, sqs.scenario])
def test_where_messages_are_sent_no_requests_are_counted(scenario):
    record = scenario()
    assert not len(record.requests) and "requests" not in str(table(record)) + describe(record)


def test_customers_who_send_nothing(world):
    shop(world, rate=0)
    record = world.run(until=60)
    assert "No request came." in sentences(describe(record))
    assert ("requests", "0", "requests") in table(record).rows
    assert not any("p95" in what for what, _, _ in table(record).rows)


def test_retries_are_told_apart(world):
    group = shop(world, patience=2, max_attempts=3)
    at(world, 60, lambda: [instance.kill() for instance in group.targets()])
    record = world.run(until=120)
    assert f"({len(record.retries):,} of them retries)" in describe(record)


def test_a_day_is_told_in_hours(world):
    group = web(world, 1, 4, launch_template=SOON)
    at(world, 48_000, lambda: group.targets()[0].kill())
    record = world.run(until=86_400)
    assert describe(record).startswith("This run of 24 h holds")
    assert (
        "The turning point is 13:20 h, when i-1 is killed: at 13:21 h the one desired instance"
        in describe(record)
    )
    assert table(record).rows[0] == ("length of the run", "24:00", "h:min")


def test_the_worst_case_keeps_to_six_sentences(world):
    group = shop(world, template=LaunchTemplate(launch_time=30, boot_time=30), patience=5, max_attempts=2)
    at(world, 120, lambda: group.targets()[0].crash())
    at(world, 200, lambda: group.targets()[1].fail())
    at(world, 300, lambda: [instance.kill() for instance in group.targets()])
    at(world, 301, lambda: group.ask(20, "a policy"))
    at(world, 500, lambda: group.ask(0, "a policy"))
    record = world.run(until=600)
    record.bill.append(Line("EC2", 1, "h", 1, 1))
    found = sentences(describe(record))
    assert len(found) == 6
    assert "1 crashed and 1 answered with errors" in found[-1].replace(", 1 answered", " and 1 answered")
    assert found[-1].endswith(" instance-hours.")


# What holds for any run


@given(
    seed=st.integers(1, 9),
    low=st.integers(0, 3),
    more=st.integers(0, 3),
    rate=st.sampled_from([None, 0, 0.5, 30]),
    end=st.sampled_from([0, 1, 45, 130, 400]),
    kills=st.lists(st.integers(0, 400), max_size=3),
    asks=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9)), max_size=3),
)
def test_any_run_is_told_in_three_to_six_sentences_without_nonsense(seed, low, more, rate, end, kills, asks):
    record = run_of(seed, low, more, rate, end, kills, asks)
    before = record.fingerprint()
    text, numbers = describe(record), str(table(record))
    assert 3 <= len(sentences(text)) <= 6
    for word in ("nan", "inf", "None", "  ", "..", " 1 instances", " 1 requests", "$-"):
        assert word not in text.replace("instance-hours", "hours").replace("None was", "Nothing was"), text
        assert word == "  " or word not in numbers
    assert text == describe(run_of(seed, low, more, rate, end, kills, asks))
    assert record.fingerprint() == before


def run_of(seed, low, more, rate, end, kills, asks):
    world = World(seed)
    group = web(world, low, low + more)
    if rate is not None:
        balancer = LoadBalancer(world, "shop", targets=group)
        Customers(world, "customers", traffic=steady(rate), to=balancer, patience=3)
    for moment in kills:
        at(world, moment, lambda: [instance.kill() for instance in group.targets()[:1]])
    for moment, size in asks:
        at(world, moment, lambda size=size: group.ask(size, "a policy"))
    return world.run(until=end)


def test_the_numbers_are_those_of_measures(world):
    group = shop(world, patience=5)
    at(world, 30, lambda: group.targets()[0].kill())
    record = world.run(until=120)
    rows = {what: value for what, value, _ in table(record).rows}
    result = measures.outcomes(record)
    counts = [int(rows[name].replace(",", "")) for name in ("requests", "answered", "failed", "still open")]
    assert counts == [result.arrived, result.answered, result.failed, result.open]
    assert counts[0] == sum(counts[1:])
    assert float(rows["availability"]) == pytest.approx(100 * measures.availability(record), abs=0.005)
    assert float(rows["time to answer, p95"]) == pytest.approx(measures.percentiles(record)[1], abs=0.0005)
    assert float(rows["instance-hours"]) == pytest.approx(measures.instance_hours(record), abs=0.005)
    assert inf not in counts


def test_a_single_request_that_fails_is_called_the_one_request(world):
    """Nobody is there: the only request of the run is told as one, not as '1 of 1 requests'."""
    group = web(world, 0, 0, launch_template=AT_ONCE)
    shop = LoadBalancer(world, "shop", targets=group)
    Customers(world, "ann", traffic=steady(0.1), to=shop, arrivals="regular")
    told = describe(world.run(until=12))
    told = describe(world.run(until=12))
    assert "the one request in the ten seconds from 0:00 on fails" in told


def test_the_bill_is_told_when_there_is_one(world):
    web(world, 1, 1, launch_template=AT_ONCE)
    record = world.run(until=3600)
    assert not any(what == "cost" for what, _, _ in table(record).rows)
    one, dollars = Decimal(1), (Decimal("1.25"), Decimal("0.5"))
    record.bill += [
        Line(item, one, "h", one, cost) for item, cost in zip(("EC2", "ALB"), dollars, strict=True)
    ]
    assert "The bill is $1.75 for 1.00 instance-hours." in describe(record)
    assert table(record).rows[-1] == ("cost", "1.75", "$")


# The table's forms


def test_the_table_is_markdown_in_text_and_has_headers_in_html(world):
    AutoScalingGroup(world, "<web>", min_size=1, max_size=1, launch_template=AT_ONCE)
    shown = table(world.run(until=60))
    lines = repr(shown).splitlines()
    assert lines[0] == "Key numbers of the run with seed 1"
    assert lines[2].split() == ["|", "what", "|", "value", "|", "unit", "|"]
    assert len({len(line) for line in lines[2:]}) == 1
    html = shown._repr_html_()
    assert "<web>" not in html and "&lt;web&gt;" in html
    assert html.count('scope="row"') == len(shown.rows) and html.count('scope="col"') == 3


def test_words_need_no_widgets_and_no_pictures():
    code = (
        "import sys; import cloudlab.views.describe; "
        "print([name for name in ('ipywidgets', 'anywidget', 'matplotlib', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_four_names_are_told_and_of_five_the_last_two_are_counted():
    for amount, told in ((4, "A, B, C and D"), (5, "A, B, C and 2 more")):
        world = World(1)
        for name in "ABCDE"[:amount]:
            Instance(world, name=name)
        assert f"instances {told}." in describe(world.run(until=60))
