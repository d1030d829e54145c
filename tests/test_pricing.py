"""Bills to the cent: worked examples, a run added up by hand, and what must hold for any run."""

import re
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timetables import AT_ONCE

import cloudlab.pricing
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import INSTANCE_TYPES, Instance, LaunchTemplate
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.measures import instance_hours
from cloudlab.kernel.record import Line, Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.pricing import (
    bill,
    charge,
    cost_per_thousand,
    dollars,
    lcu_dimensions,
    price_list,
    total,
    write_bill,
)
from cloudlab.traffic import Customers, steady

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


WORKED_EXAMPLES = (
    test_a_thousand_hours_of_each_type,
    test_sizes_of_the_types,
    test_a_balancer_costs_its_hours_and_its_capacity,
    test_the_largest_of_four_dimensions_is_charged,
    test_an_instance_costs_at_least_60_seconds,
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


@pytest.mark.parametrize("name", ["m5.lrge", "lcu-free-rules", ""])
def test_only_what_has_a_price_can_be_charged(name):
    with pytest.raises(InvalidParameter) as error:
        charge(name, 1)
    assert str(error.value) == (
        f"name is {name!r}, but must be one of "
        "t3.micro, t3.medium, m5.large, m7i.large, c7g.large, alb-hour, lcu-hour."
    )


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
