"""Bills to the cent: worked examples, a run added up by hand, and what must hold for any run."""

import re
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_pricing_containers import WORKED_EXAMPLES as OF_CONTAINERS
from test_pricing_functions import WORKED_EXAMPLES as OF_FUNCTIONS
from timetables import AT_ONCE

import cloudlab.pricing
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import INSTANCE_TYPES, Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.measures import instance_hours
from cloudlab.kernel.messages import Fate
from cloudlab.kernel.record import Line, Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import (
    bill,
    charge,
    chunks,
    cost_per_thousand,
    dollars,
    lcu_dimensions,
    message_counts,
    month_of_messages,
    price_list,
    total,
    write_bill,
)
from cloudlab.sns import Endpoint, FifoTopic, Topic
from cloudlab.sns.batch import publish_batch
from cloudlab.sns.sms import cost, countries
from cloudlab.sqs import Queue, Workers
from cloudlab.sqs.batch import delete_message_batch, send_message_batch
from cloudlab.sqs.fifo import FifoQueue
from cloudlab.traffic import Customers, Senders, steady

FILE = Path(cloudlab.pricing.__file__).with_name("prices.toml")


def test_a_thousand_hours_of_each_type(prices=None):
    """PR-33."""
    amounts = {kind: str(charge(kind, 1000, prices).amount) for kind in INSTANCE_TYPES}
    assert amounts == {
        "t3.micro": "10.40",
        "t3.medium": "41.60",
        "m5.large": "96.00",
        "m7i.large": "100.80",
        "c7g.large": "72.50",
    }


def test_a_month_of_each_type(prices=None):
    """PR-35: a month of 730 hours."""
    amounts = [str(charge(kind, 730, prices).amount) for kind in INSTANCE_TYPES]
    assert amounts == ["7.59", "30.37", "70.08", "73.58", "52.93"]


def test_sizes_of_the_types(prices=None):
    """PR-34."""
    prices = prices or price_list()
    sizes = {name: (p.vcpu, p.memory_gib) for name, p in prices.items() if p.vcpu is not None}
    assert sizes == {
        "t3.micro": (2, 1),
        "t3.medium": (2, 4),
        "m5.large": (2, 8),
        "m7i.large": (2, 8),
        "c7g.large": (2, 4),
    }


def test_a_balancer_costs_its_hours_and_its_capacity(prices=None):
    """PR-19 and EX-15: 720 hours with the load of the worked example."""
    load = lcu_dimensions(
        new_connections=1, active_connections=120, gigabytes=1.08, requests=5, rules=60, prices=prices
    )
    lines = [charge("alb-hour", 720, prices), charge("lcu-hour", 720 * max(load.values()), prices)]
    assert [str(line.amount) for line in lines] == ["16.20", "6.22"]
    assert total(lines) == Decimal("22.42")


def test_the_largest_of_four_dimensions_is_charged(prices=None):
    """PR-20 and EX-15: 0.04, 0.04, 1.08 and 0.25 LCUs."""
    load = lcu_dimensions(
        new_connections=1, active_connections=120, gigabytes=1.08, requests=5, rules=60, prices=prices
    )
    assert load == {
        "new connections": Decimal("0.04"),
        "active connections": Decimal("0.04"),
        "gigabytes": Decimal("1.08"),
        "rule evaluations": Decimal("0.25"),
    }


def test_rules_that_are_free_count_for_nothing():
    """PR-20: the first ten."""
    for rules, lcus in ((0, 0), (10, 0), (11, Decimal("0.005"))):
        assert lcu_dimensions(requests=5, rules=rules)["rule evaluations"] == lcus


def test_an_instance_costs_at_least_60_seconds(prices=None):
    """PR-34, at both sides of the minimum: killed after 59, 60 and 61 seconds."""
    for lived, billed in ((59, 60), (60, 60), (61, 61)):
        world = World()
        instance = Instance(world, "i-1")
        world.run(until=lived)
        instance.kill()
        (line,) = bill(world.run(until=500), prices=prices).bill
        assert line.quantity == Decimal(billed) / 3600


# Messages


def month(prices=None, **counts) -> list[str]:
    lines = month_of_messages({name.replace("_", "-"): count for name, count in counts.items()}, prices)
    return [str(line.amount) for line in lines]


def test_requests_to_queues_in_a_month(prices=None):
    """PR-25: a million is free; beyond 100 and 200 billion the next ones cost less."""
    assert month(prices, sqs_request=1_000_000) == []
    assert month(prices, sqs_request=1_100_000) == ["0.04"]
    assert month(prices, sqs_request=26_000_000) == ["10.00"]
    assert month(prices, sqs_request=100_000_000_000) == ["39999.60"]
    assert month(prices, sqs_request=201_000_000_000) == ["39999.60", "30000.00", "240.00"]


def test_requests_to_fifo_queues_in_a_month(prices=None):
    """PR-26: half a dollar a million; the sources name no free part."""
    assert month(prices, sqs_fifo_request=10_000_000) == ["5.00"]


def test_publishes_in_a_month(prices=None):
    """PR-29: a million is free."""
    assert month(prices, sns_publish=1_000_000) == []
    assert month(prices, sns_publish=11_000_000) == ["5.00"]


def test_notifications_in_a_month(prices=None):
    """PR-30: 100,000 by HTTP, 1,000 mails and a million to phones are free."""
    assert month(prices, sns_http=100_000, sns_email=1_000, sns_application=1_000_000) == []
    assert month(prices, sns_http=10_100_000) == ["6.00"]
    assert month(prices, sns_email=1_250) == ["0.01"]
    assert month(prices, sns_email=101_000) == ["2.00"]
    assert month(prices, sns_application=11_000_000) == ["5.00"]


def test_a_fifo_topic_in_a_month(prices=None):
    """PR-32: for what goes in and what goes out, by number and by size."""
    counts = {
        "sns-fifo-publish": 10_000_000,
        "sns-fifo-publish-gigabyte": 1_000_000_000_000,
        "sns-fifo-delivery": 100_000_000,
        "sns-fifo-delivery-gigabyte": 1_000_000_000_000,
    }
    lines = month_of_messages(counts, prices)
    assert [str(line.amount) for line in lines] == ["3.00", "17.00", "1.00", "1.00"]


def test_a_request_holds_64_kb(prices=None):
    """PR-28, PR-29 and EX-26: 256 KB of payload are four requests, and ten small messages in one call are one."""
    sizes = (0, 1, 10 * 1000, 65_536, 65_537, 131_072, 262_144)
    assert [chunks(size, prices) for size in sizes] == [1, 1, 1, 1, 2, 2, 4]


def test_short_messages_are_on_no_bill_but_in_a_table_of_examples():
    """PR-31: by country, and each segment is billed; the figure for the US is that of third-party tables."""
    assert [str(cost("a" * length, "US")) for length in (160, 161)] == ["0.00645", "0.01290"]
    assert cost("a", "DE") > cost("a", "GB") > cost("a", "US")
    assert all(one.source.startswith("example") for one in countries().values())
    assert not [name for name in price_list() if "sms" in name]


WORKED_EXAMPLES = (
    test_requests_to_queues_in_a_month,
    test_requests_to_fifo_queues_in_a_month,
    test_publishes_in_a_month,
    test_notifications_in_a_month,
    test_a_fifo_topic_in_a_month,
    test_a_request_holds_64_kb,
    test_a_thousand_hours_of_each_type,
    test_sizes_of_the_types,
    test_a_balancer_costs_its_hours_and_its_capacity,
    test_the_largest_of_four_dimensions_is_charged,
    test_an_instance_costs_at_least_60_seconds,
    *OF_FUNCTIONS,
    *OF_CONTAINERS,
)
FIGURES = list(re.finditer(r'(?m)^(value|vcpu|memory_gib) = "([\d.]+)"$', FILE.read_text(encoding="utf-8")))


def test_the_file_holds_as_many_figures_as_are_changed_below():
    sizes = sum((price.vcpu is not None) + (price.memory_gib is not None) for price in price_list().values())
    assert len(FIGURES) == len(price_list()) + sizes


@pytest.mark.parametrize("figure", range(len(FIGURES)))
def test_a_changed_figure_breaks_a_worked_example(figure, tmp_path):
    found, text = FIGURES[figure], FILE.read_text(encoding="utf-8")
    changed = tmp_path / "prices.toml"
    new = Decimal(found[2]) * Decimal("1.1")
    changed.write_text(f'{text[: found.start()]}{found[1]} = "{new}"{text[found.end() :]}', encoding="utf-8")
    broken = []
    for example in WORKED_EXAMPLES:
        try:
            example(price_list(changed))
        except AssertionError:
            broken.append(example)
    assert broken


def test_each_figure_says_where_and_when_it_was_read():
    for name, price in price_list().items():
        assert price.region == "us-east-1", name
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])(-\d\d)?", price.as_of), name
        assert price.unit and price.source, name
        assert isinstance(price.value, Decimal), name


def test_every_type_that_can_be_launched_has_a_price():
    assert tuple(name for name, price in price_list().items() if price.vcpu is not None) == INSTANCE_TYPES


# A whole run


def test_a_group_is_billed_by_hand(world):
    """i-1 dies, i-3 takes its place and is given back, i-4 is still pending at the end."""
    group = AutoScalingGroup(world, "web", min_size=1, max_size=4, desired_capacity=2)
    world.run(until=3000)
    group.targets()[0].kill()
    world.run(until=4000)
    group.set_desired_capacity(1)
    world.run(until=7190)
    group.set_desired_capacity(2)
    record = bill(world.run(until=7200))
    lives = [(part.born, part.gone) for part in record.parts if part.kind == "instance"]
    assert lives == [(0, 3000), (0, inf), (3000, 4000), (7190, inf)]
    (line,) = record.bill
    seconds = 3000 + 7200 + 1000 + 60  # the last one had only 10 s, all of them pending
    assert Fraction(line.quantity).limit_denominator(3600) == Fraction(seconds, 3600)
    assert (line.item, line.unit, line.unit_price) == ("EC2 m5.large", "instance-hours", Decimal("0.096"))
    assert line.amount == total(record.bill) == Decimal("0.30")  # 3.12777… h × 0.096 = 0.30026…


def test_a_pending_instance_costs_as_much_as_one_at_work(world):
    """AS-5: from launch."""
    Instance(world, "slow", launch_template=LaunchTemplate(launch_time=3600, instance_type="m5.large"))
    Instance(world, "quick", launch_template=LaunchTemplate(launch_time=0, instance_type="m7i.large"))
    record = bill(world.run(until=3600))
    assert [(line.item, line.quantity) for line in record.bill] == [("EC2 m5.large", 1), ("EC2 m7i.large", 1)]


def test_nothing_is_paid_for_a_killed_instance_from_then_on(world):
    instance = Instance(world, "i-1", launch_template=LaunchTemplate(launch_time=1000))
    world.run(until=900)
    instance.kill()
    record = bill(world.run(until=9000))
    assert record.bill[0].quantity == Decimal("0.25")


def test_the_balancer_of_the_worked_example_through_a_run(world):
    """EX-15, one hour: 5 requests/s of 60 kB are 300 kB/s, thus 1.08 LCU-hours."""
    big = LaunchTemplate(launch_time=0, boot_time=0, slots=256)
    machines = [Instance(world, f"i-{number}", launch_template=big) for number in range(3)]
    shop = LoadBalancer(world, "shop", targets=machines, idle_timeout_timeout_seconds=4000)
    Customers(world, "customers", traffic=steady(5), to=shop, arrivals="regular", work="fixed", mean_work=120)
    record = bill(world.run(until=3600), response_bytes=60_000, rules=60)
    assert len(record.requests) == 5 * 3600
    _, hours, capacity = record.bill
    assert [(line.item, str(line.quantity), line.unit) for line in (hours, capacity)] == [
        ("Application Load Balancer", "1", "hours"),
        ("Load balancer capacity", "1.08", "LCU-hours"),
    ]
    assert hours.quantity * hours.unit_price + capacity.quantity * capacity.unit_price == Decimal("0.03114")


@pytest.mark.parametrize(
    ("size", "rules", "lcu_hours"),
    [
        (0, 1, "0.04"),  # 1 of 25 new connections/s
        (0, 45, "0.04"),  # 35 rules are only 0.035
        (0, 60, "0.05"),  # 50 of 1,000 rule evaluations/s
        (100_000, 60, "0.36"),  # GB in the hour
    ],
)
def test_each_dimension_can_be_the_largest(world, size, rules, lcu_hours):
    """An hour with one short request a second."""
    machine = Instance(world, "i-1", launch_template=AT_ONCE)
    shop = LoadBalancer(world, "shop", targets=[machine])
    Customers(world, "customers", traffic=steady(1), to=shop, arrivals="regular")
    record = bill(world.run(until=3600), response_bytes=size, rules=rules)
    assert str(record.bill[-1].quantity) == lcu_hours


def test_connections_that_stay_open_long_are_what_is_charged(world):
    """One request a second that takes 10 minutes: 600 s × (3600 - 600) + the last ones, in 3,600 s."""
    machines = [
        Instance(world, f"i-{n}", launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=256))
        for n in range(4)
    ]
    shop = LoadBalancer(world, "shop", targets=machines, idle_timeout_timeout_seconds=4000)
    Customers(world, "customers", traffic=steady(1), to=shop, arrivals="regular", work="fixed", mean_work=600)
    record = bill(world.run(until=3600), response_bytes=0)
    open_seconds = sum(min(600, Fraction(3600) - Fraction(arrived)) for arrived in record.requests.arrived)
    assert float(record.bill[-1].quantity) == pytest.approx(float(open_seconds / 3600 / 3000))
    assert record.bill[-1].quantity > Decimal("0.15")


def test_two_balancers_count_their_own_requests_by_the_hour_of_their_own_life(world):
    machine = Instance(world, "i-1", launch_template=AT_ONCE)
    first = LoadBalancer(world, "first", targets=[machine])
    Customers(world, "many", traffic=steady(2), to=first, arrivals="regular")
    world.run(until=1800)
    second = LoadBalancer(world, "second", targets=[machine])
    Customers(world, "few", traffic=steady(1), to=second, arrivals="regular")
    record = bill(world.run(until=9000), response_bytes=0)
    assert record.bill[1].quantity == 3 + 2  # 2.5 h counts as 3, and 2 h
    assert record.bill[2].quantity == Decimal(2 * 9000 + 7200) / 90_000


@pytest.mark.parametrize(("end", "lcu_hours"), [(1800, "0.5"), (3600, "1"), (5400, "1.5")])
def test_the_load_of_a_begun_hour_is_spread_over_all_of_it(world, end, lcu_hours):
    """PR-20: 25 new connections a second are one LCU, so half an hour of them is half an LCU-hour, not a whole one."""
    shop = LoadBalancer(world, "shop")
    Customers(world, "all", traffic=steady(25), to=shop, arrivals="regular")
    record = bill(world.run(until=end), response_bytes=0)
    assert record.bill[-1].quantity == Decimal(lcu_hours)


@pytest.mark.parametrize(("end", "hours"), [(3599, 1), (3600, 1), (3600.5, 2), (7200, 2)])
def test_a_begun_hour_of_a_balancer_is_a_whole_one(world, end, hours):
    """PR-20."""
    LoadBalancer(world, "shop")
    assert [line.quantity for line in bill(world.run(until=end)).bill] == [hours]


def test_a_balancer_that_is_gone_costs_nothing_from_then_on():
    record = Record(1)
    record.parts[record.add_part("shop", "balancer")].gone = 3600.5
    record.end = 20_000.0
    assert [(line.item, line.quantity) for line in bill(record).bill] == [("Application Load Balancer", 2)]


def test_small_answers_and_one_rule_are_assumed(world):
    """A request counts 10 kB, so that new connections and not GB are charged."""
    machine = Instance(world, "i-1", launch_template=AT_ONCE)
    Customers(world, "people", traffic=steady(1), to=LoadBalancer(world, "shop", targets=[machine]))
    record = world.run(until=3600)
    assert bill(record).bill == bill(record, response_bytes=10_000, rules=1).bill
    assert bill(record).bill != bill(record, response_bytes=20_000).bill


def test_requests_that_pass_no_balancer_cost_nothing(world):
    machine = Instance(world, "i-1", launch_template=AT_ONCE)
    Customers(world, "customers", traffic=steady(5), to=machine)
    assert [line.item for line in bill(world.run(until=600)).bill] == ["EC2 m5.large"]


def test_the_running_cost_ends_at_the_total_before_rounding(world):
    """EC2 grows by the minute, a balancer's hour is paid as it begins, its capacity as it ends."""
    machine = Instance(world, "i-1", launch_template=LaunchTemplate(instance_type="m5.large"))
    shop = LoadBalancer(world, "shop", targets=[machine])
    Customers(world, "customers", traffic=steady(10), to=shop, arrivals="regular")
    record = bill(world.run(until=5430), response_bytes=0)
    cost = record.series[record.part("bill"), "Cost"]
    a_minute, an_hour = 0.096 / 60, 0.0225
    assert list(cost.times) == [*range(0, 5430, 60), 5430]
    assert cost.at(0) == 0
    assert cost.at(60) == pytest.approx(a_minute + an_hour)
    assert cost.at(3540) == pytest.approx(59 * a_minute + an_hour)
    assert cost.at(3600) == pytest.approx(60 * a_minute + an_hour + 0.4 * 0.008)
    assert cost.at(3660) == pytest.approx(61 * a_minute + 2 * an_hour + 0.4 * 0.008)
    exact = sum(line.quantity * line.unit_price for line in record.bill)
    assert cost.values[-1] == float(exact)
    assert abs(exact - total(record.bill)) < Decimal("0.015")


def test_a_second_bill_replaces_the_first(world):
    Instance(world, "i-1")
    once = bill(world.run(until=7200)).fingerprint()
    assert bill(world.record).fingerprint() == once
    bill(world.run(until=10_800))
    assert world.record.bill[0].quantity == 3
    assert len(world.record.parts_of("bill")) == 1
    assert world.record.series[world.record.part("bill"), "Cost"].values[-1] == pytest.approx(3 * 0.096)


def test_a_world_without_time_has_an_empty_bill(world):
    record = bill(world.record)
    assert record.bill == [] and total(record.bill) == 0
    assert list(record.series[record.part("bill"), "Cost"].values) == [0]


def test_a_straight_line_between_two_readings_of_the_running_cost_is_right():
    """Nothing is there until 10:00, and nothing from 15:00 on."""
    record = Record(1)
    record.add_part("i-1", "instance", time=600.0, instance_type="m5.large")
    record.parts[0].gone = 900.0
    record.end = 1200.0
    cost = bill(record).series[record.part("bill"), "Cost"]
    assert list(cost.times) == [0, *range(600, 901, 60)]
    assert list(cost.values) == pytest.approx([0, *(0.096 / 60 * minute for minute in range(6))])


def test_lines_of_ones_own_are_written_with_their_running_cost():
    """A clerk for 18 dollars an hour, for half an hour; a second bill takes the place of the first."""
    record = Record(1)
    record.end = 1800.0
    line = Line("Clerks", Decimal(1800), "seconds", Decimal("0.005"), Decimal(9))
    for _ in range(2):
        assert write_bill(record, [line], lambda until: until * Decimal("0.005")) is record
    assert record.bill == [line] and len(record.parts) == 1
    cost = record.series[record.part("bill"), "Cost"]
    assert (len(cost.times), cost.at(600), cost.at(1800)) == (31, 3, 9)


def test_a_long_run_keeps_at_most_a_day_of_minutes():
    record = Record(1)
    record.add_part("i-1", "instance", instance_type="m5.large")
    record.end = 7 * 86_400.0
    bill(record)
    assert len(record.series[record.part("bill"), "Cost"].times) == 1441
    assert total(record.bill) == Decimal("16.13")  # 168 × 0.096 = 16.128


def test_only_what_was_answered_well_is_a_thousand_requests(world):
    """An hour of one machine (0.096) for 3,600 requests, of which it answers none in the last 20 minutes."""
    machine = Instance(world, "i-1", launch_template=AT_ONCE)
    Customers(world, "customers", traffic=steady(1), to=machine, arrivals="regular", work="fixed")
    world.run(until=2400)
    machine.crash()
    record = bill(world.run(until=3600))
    assert cost_per_thousand(record) == Decimal("0.096") / Decimal("2.4")


def test_no_request_has_no_cost_for_a_thousand(world):
    Instance(world, "i-1")
    assert dollars(cost_per_thousand(bill(world.run(until=60)))) == "—"


def test_a_cost_for_a_thousand_needs_a_bill(world):
    with pytest.raises(InvalidParameter, match=r"^record has no bill yet: call bill\(record\) first\.$"):
        cost_per_thousand(world.record)


# Messages of a run


def counted(world, until=None, **values) -> dict[str, int]:
    return message_counts(world.record if until is None else world.run(until=until), **values)


def test_a_message_is_sent_received_and_deleted(world):
    """PR-28: three requests."""
    queue = Queue(world, "orders")
    Workers(world, "worker", queue=queue, work="fixed", mean_work=2)
    queue.send_message("print 1")
    assert counted(world, 1) == {"sqs-request": 2}
    assert counted(world, 3) == {"sqs-request": 3}


def test_a_receive_that_brings_nothing_is_a_request_too(world):
    """PR-28: who asks once a second pays for 59 requests, who waits 20 s for 2."""
    short, long = Queue(world, "short"), Queue(world, "long")
    Workers(world, "impatient", queue=short, wait_time_seconds=0, pause=1)
    world.run(until=58.5)
    assert counted(world) == {"sqs-request": 59}
    Workers(world, "patient", queue=long, wait_time_seconds=20)
    assert counted(world, 100.5) == {"sqs-request": 101 + 2}


def test_those_who_wait_and_those_who_do_not_are_counted_in_order_of_time(world):
    """PR-28, at one queue: 31 at 0, 1.5, … 45 s, and one that ends at 20 and one at 40 s."""
    queue = Queue(world, "orders")
    Workers(world, "patient", queue=queue, wait_time_seconds=20)
    Workers(world, "impatient", queue=queue, wait_time_seconds=0, pause=1.5)
    record = world.run(until=45.5)
    found = record.series[queue.part, "NumberOfEmptyReceives"]
    assert list(found.times) == sorted({*(1.5 * number for number in range(31)), 20.0, 40.0})
    assert counted(world) == {"sqs-request": 33}


def test_ten_messages_in_one_receive_are_one_request(world):
    """PR-28: sends 10, one receive, and a delete for each."""
    queue = Queue(world, "orders")
    for number in range(10):
        queue.send_message(f"print {number}")
    Workers(world, "worker", queue=queue, work="fixed", mean_work=1, max_number_of_messages=10)
    assert counted(world, 10.5) == {"sqs-request": 10 + 1 + 10}


def test_large_messages_are_several_requests(world):
    """PR-28: 256 KB are four requests when they are sent, and four when they are received; PR-29: when published."""
    queue, topic = Queue(world, "orders"), Topic(world, "news")
    Workers(world, "worker", queue=queue, work="fixed", mean_work=1)
    queue.send_message("x" * 262_144)
    topic.publish("x" * 262_144)
    assert counted(world, 2) == {"sns-publish": 4, "sqs-request": 4 + 4 + 1}


def test_the_size_of_a_stream_s_messages_is_given(world):
    """PR-28."""
    queue = Queue(world, "orders")
    Senders(world, "shop", traffic=steady(1), to=queue, arrivals="regular")
    record = world.run(until=10)
    sent = len(record.queues[queue.part].sent)
    assert message_counts(record) == {"sqs-request": sent}
    assert message_counts(record, message_bytes=65_536) == {"sqs-request": sent}
    assert message_counts(record, message_bytes=65_537) == {"sqs-request": 2 * sent}


def test_a_delete_that_comes_too_late_is_a_request_and_none_is_made_by_who_is_killed(world):
    """PR-28: hidden for 5 s, worked on for 8: received at 0, 5 and 13, told too late at 8, and at 13 nobody is left."""
    queue = Queue(world, "orders", visibility_timeout=5)
    workers = Workers(world, "worker", queue=queue, count=2, work="fixed", mean_work=8)
    queue.send_message("print")
    world.run(until=12)
    for worker in workers.workers:
        workers.kill(worker)
    table = world.record.queues[queue.part]
    assert sorted(Fate(fate).name for fate in table.fate) == ["BROKEN", "BROKEN", "STALE"]
    assert counted(world, 15) == {"sqs-request": 1 + 3 + 1}


def empty(world, queue) -> int:
    """Receives that brought nothing."""
    return int(world.record.series[queue.part, "NumberOfEmptyReceives"].values[-1])


def test_copies_cost_by_the_kind_of_their_endpoint(world):
    """PR-30: HTTP, mail and phones; queues and functions are free, what is refused or lost costs nothing."""
    topic, queue = Topic(world, "news"), Queue(world, "orders")
    kinds = ["http", "https", "email", "email-json", "application", "lambda", "firehose", "sms"]
    for kind in kinds:
        made = topic.subscribe(kind, Endpoint(world, f"to {kind}"))
        if made.pending:
            topic.confirm_subscription(made.token)
    topic.subscribe("sqs", queue)
    broken = Endpoint(world, "broken")
    broken.delete()
    topic.confirm_subscription(topic.subscribe("http", broken).token)
    topic.publish("hello")
    assert counted(world, 1) == {"sns-publish": 1, "sns-http": 2, "sns-email": 2, "sns-application": 1}


def test_a_copy_is_received_and_deleted_but_not_sent(world):
    """PR-30: the topic's delivery to a queue is free; 100 KB are two requests when somebody receives them."""
    topic, queue = Topic(world, "news"), Queue(world, "orders")
    topic.subscribe("sqs", queue)
    Workers(world, "worker", queue=queue, work="fixed", mean_work=1)
    topic.publish("x" * 100_000)
    assert counted(world, 2) == {"sns-publish": 2, "sqs-request": 2 + 1}


def test_fifo_queues_and_topics_have_prices_of_their_own(world):
    """PR-26 and PR-32: a message of 1,000 bytes to two queues, one of which has a worker."""
    topic = FifoTopic(world, "news.fifo", content_based_deduplication=True)
    queues = [FifoQueue(world, f"orders-{number}.fifo") for number in range(2)]
    for queue in queues:
        topic.subscribe("sqs", queue)
    Workers(world, "worker", queue=queues[0], work="fixed", mean_work=1)
    topic.publish("x" * 1000, message_group_id="a")
    assert counted(world, 2) == {
        "sns-fifo-delivery": 2,
        "sns-fifo-delivery-gigabyte": 2000,
        "sns-fifo-publish": 1,
        "sns-fifo-publish-gigabyte": 1000,
        "sqs-fifo-request": 2,
    }


def test_a_dead_letter_is_sent_by_nobody(world):
    """PR-28: received three times, then moved."""
    dead = Queue(world, "dead")
    queue = Queue(world, "orders", visibility_timeout=5, dead_letter_target=dead, max_receive_count=3)
    Workers(world, "worker", queue=queue, work="fixed", mean_work=1, fails=("message",))
    queue.send_message("poison")
    record = world.run(until=60)
    assert len(record.queues[dead.part].sent) == 1
    assert message_counts(record) == {"sqs-request": 1 + 3 + empty(world, queue)} == {"sqs-request": 6}


def test_the_bill_of_a_run_holds_its_messages_at_list_prices(world):
    """A hundred a second for an hour: 360,000 sends, and none is free on the bill of a run."""
    queue = Queue(world, "orders")
    Senders(world, "shop", traffic=steady(100), to=queue, arrivals="regular")
    record = bill(world.run(until=3600))
    (line,) = record.bill
    assert (line.item, line.quantity, line.unit) == ("SQS requests", Decimal("0.36"), "million requests")
    assert line.amount == Decimal("0.14")  # 0.36 × 0.40 = 0.144
    cost_so_far = record.series[record.part("bill"), "Cost"]
    assert cost_so_far.at(1800) == pytest.approx(0.072, abs=1e-5)
    assert cost_so_far.values[-1] == float(Decimal("0.36") * Decimal("0.40"))


def test_sizes_of_messages_have_a_range():
    for size in (1, 1_048_576):
        assert message_counts(Record(1), message_bytes=size) == {}
    for size in (0, 1_048_577):
        with pytest.raises(InvalidParameter) as error:
            message_counts(Record(1), message_bytes=size)
        assert str(error.value) == f"message_bytes is {size} bytes, but must be between 1 and 1048576 bytes."


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"sqs-request": -1}, "counts['sqs-request'] is -1, but must be a whole number of at least 0."),
        ({"sns-http": 0.5}, "counts['sns-http'] is 0.5, but must be a whole number of at least 0."),
        (
            {"m5.large": 1},
            (
                "counts holds 'm5.large', but must hold only sqs-request, sqs-fifo-request, sns-publish, sns-http, "
                "sns-email, sns-application, sns-fifo-publish, sns-fifo-publish-gigabyte, sns-fifo-delivery, "
                "sns-fifo-delivery-gigabyte."
            ),
        ),
    ],
)
def test_only_what_is_counted_makes_a_month(counts, said):
    with pytest.raises(InvalidParameter) as error:
        month_of_messages(counts)
    assert str(error.value) == said


# Money


@pytest.mark.parametrize(
    ("quantity", "amount"),
    [
        (Decimal("0.0520"), "0.00"),  # 0.004992
        (Decimal("187.5") / 3600, "0.01"),  # 0.005
        (Decimal("36187.5") / 3600, "0.97"),  # 0.965, though its hours have no exact decimal
        (Decimal("562.5") / 3600, "0.02"),  # 0.015, up and not to the even cent
        (Decimal("937.4999") / 3600, "0.02"),  # a hair under 0.025
        (Decimal("937.5") / 3600, "0.03"),
    ],
)
def test_half_a_cent_is_rounded_up(quantity, amount):
    assert str(charge("m5.large", quantity).amount) == amount


def test_lines_are_rounded_before_they_are_added():
    """0.2 of the money rule: three times 0.004 is nothing."""
    lines = [charge("lcu-hour", Decimal("0.5"))] * 3
    assert sum(line.quantity * line.unit_price for line in lines) == Decimal("0.012")
    assert total(lines) == 0


def test_a_fixed_fleet_against_a_scaled_one():
    fixed, scaled = charge("m5.large", 6 * 24), charge("m5.large", Decimal("72.5"))
    assert dollars(total([fixed]) - total([scaled])) == "$6.86"  # 13.82 - 6.96


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [
        (Decimal("0.04"), 2, "$0.04"),
        (Decimal("0.035"), 2, "$0.04"),
        (Decimal("0.0266667"), 4, "$0.0267"),
        (Decimal("1249.5"), 2, "$1,249.50"),
        (Decimal("-0.04"), 2, "-$0.04"),
        (Decimal("-0.001"), 2, "$0.00"),
        (Decimal(0), 2, "$0.00"),
        (Decimal("NaN"), 2, "—"),
    ],
)
def test_money_as_text(amount, places, text):
    assert dollars(amount, places) == text


# What a person may get wrong


def test_a_type_without_a_price_is_refused_and_nothing_is_written():
    record = Record(1)
    record.add_part("i-1", "instance", instance_type="m5.lrge")
    record.end = 100.0
    before = record.fingerprint()
    with pytest.raises(InvalidParameter) as error:
        bill(record)
    assert str(error.value) == (
        "instance_type is 'm5.lrge', but must be one of t3.micro, t3.medium, m5.large, m7i.large, c7g.large, "
        "which have prices."
    )
    assert record.fingerprint() == before


@pytest.mark.parametrize(
    ("name", "such_as"),
    [
        ("m5.lrge", "m5.large, m7i.large, c7g.large"),
        ("fargate-vpcu", "fargate-vcpu, fargate-arm-vcpu"),
        ("lcu-free-rules", "m5.large"),
        ("", "m5.large"),
        (None, "m5.large"),
    ],
)
def test_only_what_has_a_price_can_be_charged(name, such_as):
    """The sentence names those that are written nearly so."""
    with pytest.raises(InvalidParameter) as error:
        charge(name, 1)
    sentence = str(error.value)
    assert sentence.startswith(f"name is {name!r}, but must be ") and sentence.endswith(".")
    if isinstance(name, str):
        assert f"the name of a price, such as {such_as}" in sentence
        assert all(known in price_list() for known in such_as.split(", "))


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [
        (-1, "-1"),
        (Decimal("-0.5"), "-0.5"),
        (1_000_000_000_001, "1000000000001"),
        (float("nan"), "nan"),
        (Decimal("NaN"), "NaN"),
        (inf, "inf"),
        (True, "True"),
        ("six", "'six'"),
        (None, "None"),
    ],
)
def test_a_quantity_is_a_number_of_at_least_0(quantity, shown):
    with pytest.raises(InvalidParameter) as error:
        charge("m5.large", quantity)
    assert str(error.value) == (
        f"quantity is {shown} instance-hours, but must be a number between 0 and 1000000000000."
    )


def test_both_ends_of_a_quantity_are_allowed():
    assert charge("m5.large", 0).amount == 0
    assert charge("m5.large", 1_000_000_000_000).amount == Decimal("96000000000.00")


@pytest.mark.parametrize("name", ["new_connections", "active_connections", "gigabytes", "requests", "rules"])
def test_a_load_below_0_is_refused(name):
    with pytest.raises(InvalidParameter, match=f"^{name} is -1 .*, but must be a number between 0 and"):
        lcu_dimensions(**{name: -1})


@pytest.mark.parametrize(
    ("name", "unit", "high"), [("response_bytes", "bytes", 1_000_000_000), ("rules", "rules", 1000)]
)
def test_the_ranges_of_a_bill(name, unit, high):
    for value in (0, high):
        bill(Record(1), **{name: value})
    for value in (-1, high + 1):
        with pytest.raises(InvalidParameter) as error:
            bill(Record(1), **{name: value})
        assert str(error.value) == f"{name} is {value} {unit}, but must be between 0 and {high} {unit}."


# Any run

TIMES = st.integers(0, 20_000_000_000).map(lambda microseconds: microseconds / 1e6)
LIVES = st.lists(st.tuples(st.sampled_from(INSTANCE_TYPES), TIMES, st.none() | TIMES), max_size=6)
REQUESTS = st.lists(st.tuples(TIMES, st.floats(0, 500), st.integers(0, 1)), max_size=30)


def run_of(lives, requests, end: float, opened: float = 0.0) -> Record:
    """A record up to `end` with machines of given lives, and requests to two balancers.

    The second balancer is there from `opened` on.
    """
    record = Record(1)
    for number, (kind, born, length) in enumerate(lives):
        part = record.add_part(f"i-{number}", "instance", time=born, instance_type=kind)
        record.parts[part].gone = inf if length is None else born + length
    people = record.add_part("people", "customers")
    births = {"first": 0.0, "second": opened}
    links = [record.add_link(people, record.add_part(n, "balancer", time=born)) for n, born in births.items()]
    for arrived, took, which in sorted(requests):
        if which * opened <= arrived < end:
            record.requests.extend(links[which], [arrived], [arrived], [arrived], [arrived + took], 0, [0], 0)
    record.end = end
    return record


def by_hand(lives, requests, end: float, opened: float, size: int) -> dict[str, Fraction]:
    """Dollars before rounding, in fractions, added up in another way than the bill does."""
    hourly = {"t3.micro": 104, "t3.medium": 416, "m5.large": 960, "m7i.large": 1008, "c7g.large": 725}
    dollars: dict[str, Fraction] = {}
    for kind, born, length in lives:
        if born < end:
            gone = end if length is None else min(end, round(born + length, 6))
            seconds = max(Fraction(60), (Fraction(round(gone * 1e6)) - round(born * 1e6)) / 10**6)
            dollars[kind] = dollars.get(kind, Fraction(0)) + seconds * Fraction(hourly[kind], 36_000_000)
    dollars["alb"] = dollars["lcu"] = Fraction(0)
    for balancer, born in enumerate((Fraction(0), Fraction(opened))):
        for hour in range(ceil((Fraction(end) - born) / 3600)):
            dollars["alb"] += Fraction("0.0225")
            own = [r for r in requests if r[2] == balancer and born <= r[0] < end]
            rows = [r for r in own if (Fraction(r[0]) - born) // 3600 == hour]
            open_for = sum(min(Fraction(a + took), Fraction(end)) - Fraction(a) for a, took, _ in rows)
            lcus = max(Fraction(len(rows), 90_000), open_for / 3600 / 3000, Fraction(len(rows) * size, 10**9))
            dollars["lcu"] += lcus * Fraction("0.008")
    return dollars


@given(LIVES, REQUESTS, TIMES, TIMES, st.sampled_from([0, 10_000, 500_000]))
def test_any_bill_equals_the_one_added_up_by_hand(lives, requests, end, opened, size):
    record = bill(run_of(lives, requests, end, opened), response_bytes=size)
    names = {"Application Load Balancer": "alb", "Load balancer capacity": "lcu"}
    expected = by_hand(lives, requests, end, opened, size)
    for line in record.bill:
        exact = expected.pop(names.get(line.item) or line.item.removeprefix("EC2 "))
        assert abs(Fraction(line.quantity * line.unit_price) - exact) < Fraction(1, 10**9)
        if line.unit == "instance-hours":
            assert line.amount == Decimal(floor(exact * 100 + Fraction(1, 2))) / 100
    assert not any(expected.values())


@given(LIVES, REQUESTS, TIMES)
def test_any_bill_is_made_of_decimals_and_adds_up(lives, requests, end):
    record = bill(run_of(lives, requests, end))
    for line in record.bill:
        assert all(type(value) is Decimal for value in (line.quantity, line.unit_price, line.amount))
        assert line.quantity > 0
        assert line.amount == line.amount.quantize(Decimal("0.01"))
        assert abs(line.amount - line.quantity * line.unit_price) <= Decimal("0.005")
    assert total(record.bill) * 100 == sum(int(line.amount * 100) for line in record.bill)
    cost = record.series[record.part("bill"), "Cost"].values
    assert cost[-1] == float(sum(line.quantity * line.unit_price for line in record.bill))
    assert list(cost) == sorted(cost)


@given(LIVES, REQUESTS, TIMES, TIMES)
def test_a_longer_run_never_costs_less(lives, requests, one, other):
    short, long = (bill(run_of(lives, requests, end)) for end in sorted((one, other)))
    assert total(short.bill) <= total(long.bill)


@given(LIVES, TIMES)
def test_instance_hours_are_those_that_were_measured_plus_the_minimum(lives, end):
    record = bill(run_of(lives, [], end))
    billed = sum(line.quantity for line in record.bill if line.unit == "instance-hours")
    launched = [part for part in record.parts if part.kind == "instance" and part.born < end]
    short = sum(max(0, 60 - (min(part.gone, end) - part.born)) for part in launched)
    assert float(billed) == pytest.approx(instance_hours(record) + short / 3600, abs=1e-6)


def test_a_price_list_that_cannot_be_read_is_one_sentence(tmp_path):
    odd = tmp_path / "odd.toml"
    odd.write_text("no prices", encoding="utf-8")
    for path in (tmp_path / "none.toml", odd):
        with pytest.raises(InvalidParameter) as refused:
            price_list(path)
        rule = "must be a file of prices in TOML that can be read"
        assert str(refused.value) == f"path is {str(path)!r}, but {rule}."


def test_dollars_of_a_word_are_refused_in_one_sentence():
    with pytest.raises(InvalidParameter, match="^amount is 'two', but must be a Decimal or a number.$"):
        dollars("two")


def test_a_receive_of_ten_messages_is_as_many_requests_as_all_of_them_hold_64_kb():
    """PR-28: ten messages of 6,554 bytes are 65,540 bytes together, so two requests and not one."""
    world = World(1)
    queue = Queue(world, "orders")
    for _ in range(10):
        queue.send_message("x" * 6554)
    world.process(queue.receive_message(max_number_of_messages=10))
    assert message_counts(world.run(until=10)) == {"sqs-request": 10 + 2}


def test_a_batch_is_one_request_with_the_payload_of_all_that_is_in_it():
    """PR-28 and PR-29: ten of 6,554 bytes are 65,540 bytes together, so two requests; and ten deletes are one."""
    world = World(1)
    queue, topic = Queue(world, "orders"), Topic(world, "news")
    texts = [{"id": str(number), "message_body": "x" * 6554} for number in range(10)]
    assert len(send_message_batch(queue, texts).successful) == 10
    publish_batch(topic, [{"id": one["id"], "message": one["message_body"]} for one in texts])
    queue.send_message("alone")
    assert message_counts(world.record) == {"sqs-request": 2 + 1, "sns-publish": 2}

    def consumes():
        messages = yield from queue.receive_message(max_number_of_messages=10)
        handles = [
            {"id": str(place), "receipt_handle": one.receipt_handle} for place, one in enumerate(messages)
        ]
        assert len(delete_message_batch(queue, handles[:9]).successful) == 9
        queue.delete_message(messages[9].receipt_handle)

    world.process(consumes())
    assert message_counts(world.run(until=1)) == {"sqs-request": 3 + 2 + 2, "sns-publish": 2}


def test_two_receives_at_one_moment_are_two_requests_and_entries_that_fail_none(world):
    """PR-28: every call counts."""
    queue = Queue(world, "orders")
    wrong = {"id": "wrong", "message_body": "print", "delay_seconds": 901}
    sent = send_message_batch(
        queue, [wrong, *({"id": f"m-{one}", "message_body": "print"} for one in range(4))]
    )
    assert [one.id for one in sent.failed] == ["wrong"]
    for _ in range(2):
        world.process(queue.receive_message(max_number_of_messages=2))
    assert message_counts(world.run(until=1)) == {"sqs-request": 1 + 2}
