"""What functions cost, to the cent: the provider's worked examples, a run added up by hand, and the crossing point."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudlab.kernel.invocations import Ending, Events, FunctionTable, Origin, Version
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record
from cloudlab.kernel.series import Series
from cloudlab.kernel.world import World
from cloudlab.lambda_function import Function, log_lines
from cloudlab.pricing import (
    bill,
    bill_of_log,
    billed_ms,
    charge,
    crossing_point,
    crossings,
    event_requests,
    function_counts,
    millisecond_price,
    month_of_functions,
    price_list,
    prices_on,
    total,
)
from cloudlab.sns import Topic
from cloudlab.traffic import Customers, from_lambda_report, spike, steady, step


def month(counts: dict, prices=None, free_tier=True) -> dict[str, str]:
    """{name on the bill: dollars} of a month; names with dashes are written with underscores."""
    named = {f"lambda-{name.replace('_', '-')}": count for name, count in counts.items()}
    lines = month_of_functions(named, free_tier=free_tier, prices=prices)
    return {line.item.removeprefix("Lambda "): str(line.amount) for line in lines}


# The provider's examples


def test_a_mobile_backend(prices=None):
    """EX-1 (PR-1, PR-2, PR-4, FN-29): 3 million calls of 120 ms with 1,536 MB, with the free tier: 2.73."""
    gb_seconds = 3_000_000 * billed_ms(0.12, prices=prices) * Decimal("1.5") / 1000
    bill = month({"request": 3_000_000, "duration": gb_seconds}, prices)
    assert bill == {"requests": "0.40", "duration": "2.33"}


def test_telemetry_of_ten_thousand_cars(prices=None):
    """EX-2 (PR-1, PR-2): 7.44 million calls of 2 s with 1 GB, without the free tier: 249.49."""
    calls = 10_000 * 24 * 31
    bill = month({"request": calls, "duration": calls * 2}, prices, free_tier=False)
    assert bill == {"requests": "1.49", "duration": "248.00"}


def test_an_event_on_provisioned_concurrency(prices=None):
    """EX-3 (PR-5, PR-6, FN-31): 100 environments for 8 h; the free GB-seconds are for those on demand only: 19.96."""
    counts = {
        "request": 3_000_000,
        "provisioned": 100 * 8 * 3600 * Decimal("1.5"),
        "on_provisioned": 500_000 * Decimal("0.1") * Decimal("1.5"),
        "duration": 2_500_000 * Decimal("0.12") * Decimal("1.5"),
    }
    assert month(counts, prices) == {
        "requests": "0.40",
        "provisioned concurrency": "18.00",
        "duration on provisioned concurrency": "0.73",
        "duration": "0.83",
    }
    arm = {name if name == "request" else f"arm_{name}": count for name, count in counts.items()}
    assert month(arm, prices) == {
        "requests": "0.40",
        "provisioned concurrency, arm64": "14.40",
        "duration on provisioned concurrency, arm64": "0.58",
        "duration, arm64": "0.67",
    }


def test_the_telemetry_with_snapshots(prices=None):
    """EX-4 (PR-8): the cache for 31 days, and restores of 1 % of the calls: 263.92 in all."""
    calls = 10_000 * 24 * 31
    counts = {"request": calls, "duration": calls * 2, "snapshot": 31 * 86_400, "restore": calls // 100}
    bill = month(counts, prices, free_tier=False)
    assert (bill["SnapStart cache"], bill["SnapStart restores"]) == ("4.03", "10.40")
    assert sum(map(Decimal, bill.values())) == Decimal("263.92")


def test_pollers_of_kafka_as_their_page_should_say(prices=None):
    """EX-5 (PR-10): the page charges 60 million requests (12.00), though its inputs give 30 million: 6.00.

    Its duration is that with the free tier, its requests are those without.
    """
    with_free = month({"duration": 1_000_000 * 30 * 2}, prices)
    without = month({"request": 1_000_000 * 30, "kafka_poller": 800}, prices, free_tier=False)
    assert without == {"requests": "6.00", "pollers of Kafka": "148.00"}
    assert round(Decimal(with_free["duration"]) + Decimal("154.00"), 1) == Decimal("1147.3")
    assert month({"request": 60_000_000}, prices, free_tier=False) == {"requests": "12.00"}
    assert month({"sqs_poller": 1000}, prices) == {"pollers of SQS": "9.25"}


def test_an_older_page_had_another_price():
    """EX-6 (PR-2): 3 million seconds with 512 MB cost 18.74 by the older list, a cent less by today's."""
    counts = {"request": 3_000_000, "duration": 1_500_000}
    assert month(counts, prices_on("2019-06-01")) == {"requests": "0.40", "duration": "18.34"}
    assert month(counts) == {"requests": "0.40", "duration": "18.33"}


def test_environments_of_one_tenant(prices=None):
    """EX-8 (PR-12): 368.73 by its own rounding, a cent less than the page says."""
    counts = {"request": 10_000_000, "duration": 20_000_000, "tenant": 200_000}
    bill = month(counts, prices, free_tier=False)
    assert sum(map(Decimal, bill.values())) == Decimal("368.73")
    assert bill["environments of one tenant"] == "33.40"


def test_very_many_gb_seconds_cost_less(prices=None):
    """PR-2, PR-3 and FN-30: from 6 and 15 billion on, on arm64 from 7.5 and 18.75 billion on."""
    assert month({"duration": 20_000_000_000}, prices, free_tier=False) == {
        "duration": "100000.20",
        "duration above 6 billion": "135000.00",
        "duration above 15 billion": "66667.00",
    }
    assert month({"arm_duration": 20_000_000_000}, prices, free_tier=False) == {
        "duration, arm64": "100000.50",
        "duration, arm64, above 7.5 billion": "135001.13",
        "duration, arm64, above 18.75 billion": "13333.38",
    }


def test_what_is_free_in_a_month(prices=None):
    """PR-4 and FN-29: a million requests, and 400,000 GB-seconds of both architectures together."""
    assert month({"request": 1_000_000, "duration": 400_000}, prices) == {}
    assert month({"request": 1_050_000}, prices) == {"requests": "0.01"}
    assert month({"arm_duration": 500_000, "duration": 300_000}, prices) == {"duration, arm64": "5.33"}
    assert month({"arm_duration": 100_000, "duration": 700_000}, prices) == {
        "duration": "5.00",
        "duration, arm64": "1.33",
    }
    assert month({"on_provisioned": 1_000_000}, prices) == {"duration on provisioned concurrency": "9.72"}


def test_storage_beyond_512_mb(prices=None):
    """PR-7: 3,090 cents for a thousand million GB-seconds."""
    assert month({"storage": 1_000_000_000}, prices) == {"ephemeral storage": "30.90"}


def test_the_price_of_a_millisecond(prices=None):
    """PR-14: with each memory of the provider's table, to ten places."""
    told = {
        128: "0.0000000021",
        512: "0.0000000083",
        1024: "0.0000000167",
        1536: "0.0000000250",
        1769: "0.0000000288",
        10_240: "0.0000001667",
    }
    found = {memory: f"{millisecond_price(memory, prices=prices):.10f}" for memory in told}
    assert found == told


def test_a_duration_is_rounded_up_to_a_millisecond(prices=None):
    """FN-29, at both sides of a whole one."""
    seconds = (0, 0.000001, 0.001, 0.001001, 0.0999, 0.1, 2.0000001)
    assert [billed_ms(one, prices=prices) for one in seconds] == [0, 1, 1, 2, 100, 100, 2000]


def test_duration_and_init_are_rounded_together(prices=None):
    """FN-36: 1,233.96 and 463.512 ms are 1,698, not 1,234 + 464."""
    assert billed_ms(1.23396, init=0.463512, prices=prices) == 1698
    assert billed_ms(0.0104, init=0.0104, prices=prices) == 21


def test_requests_of_a_large_event(prices=None):
    """FN-32: one up to 256 KB, and one for each begun 64 KB beyond it."""
    sizes = (0, 262_144, 262_145, 262_144 + 65_536, 262_145 + 65_536, 1_048_576)
    assert [event_requests(size, prices=prices) for size in sizes] == [1, 1, 2, 2, 3, 13]


# A run


def a_function(name="resize", memory=1024, storage=512, architecture="x86_64", runtime="python3.13"):
    """A record with one function, which nobody has called yet: (record, its part, its table)."""
    record = Record(1)
    part = record.add_part(name, "function")
    table = record.functions[part] = FunctionTable()
    version = Version("$LATEST", memory, 900, architecture, storage, runtime, "")
    table.versions.append(version)
    table.origins.append(Origin("request", part))
    return record, part, table


def environment(table, born, init=0.0, provisioned=False) -> int:
    """A new environment: its number."""
    table.born.append(born)
    table.ready.append(born + init)
    table.gone.append(float("inf"))
    table.version.append(0)
    table.provisioned.append(provisioned)
    return len(table.born) - 1


def invoke(table, number, began, ended, ending=Ending.OK):
    """An invocation in an environment."""
    table.origin.append(0)
    table.source.append(len(table.began))
    table.began.append(began)
    table.ended.append(ended)
    table.environment.append(number)
    table.ending.append(ending)


def counts(record, prices=None, end=1000.0, **more) -> dict[str, Decimal]:
    """What a run used, by the names of the prices without 'lambda-'."""
    record.end = end
    found = function_counts(record, prices=prices, **more)
    return {name.removeprefix("lambda-"): count for name, count in found.items()}


def test_a_cold_call_brings_its_init_along(prices=None):
    """FN-11 and FN-36: the first call of an environment is billed for INIT too, the next one is not."""
    record, _, table = a_function(memory=512)
    first = environment(table, born=10.0, init=0.463512)
    invoke(table, first, 10.0, 10.463512 + 1.23396)
    invoke(table, first, 20.0, 21.0)
    assert counts(record, prices) == {"request": 2, "duration": Decimal(512 * (1698 + 1000)) / 1_024_000}


def test_before_august_2025_init_was_not_billed_for_runtimes_of_the_provider():
    """FN-11: on demand; of a runtime of one's own, and on provisioned concurrency, it always was."""
    for runtime, provisioned, ms in (
        ("python3.13", False, 1234),
        ("provided.al2023", False, 1698),
        ("python3.13", True, 1698),
    ):
        record, _, table = a_function(memory=1024, runtime=runtime)
        kept = environment(table, born=10.0, init=0.463512, provisioned=provisioned)
        began = 20.0 if provisioned else 10.0
        invoke(table, kept, began, (20.0 if provisioned else 10.463512) + 1.23396)
        name = "on-provisioned" if provisioned else "duration"
        assert counts(record, prices_on("2025-07-31"))[name] == Decimal(ms) / 1000, runtime
        assert counts(record, prices_on("2025-08-01"))[name] == Decimal(1698) / 1000


def test_a_failed_call_costs_as_much_as_one_that_went_well():
    """FN-29: requests count, and so does the time, whatever became of them."""
    for ending in Ending:
        record, _, table = a_function()
        invoke(table, environment(table, 0.0), 5.0, 5.5, ending)
        assert counts(record) == {"request": 1, "duration": Decimal("0.5")}


def test_what_still_runs_is_on_the_bill_from_its_end_on():
    record, _, table = a_function()
    invoke(table, environment(table, 0.0), 5.0, 8.0)
    invoke(table, environment(table, 0.0), 6.0, float("inf"))
    assert counts(record, end=7.9) == {}
    assert counts(record, end=8.0) == {"request": 1, "duration": 3}


def test_no_call_no_cost():
    """FN-7: an environment that waits costs nothing."""
    record, _, table = a_function()
    environment(table, 0.0, 1.0)
    assert counts(record) == {}
    record.end = 86_400.0
    assert bill(record).bill == []


def test_storage_counts_while_the_function_runs(prices=None):
    """PR-7: what goes beyond 512 MB, for the milliseconds that are billed."""
    record, _, table = a_function(memory=1024, storage=10_240)
    invoke(table, environment(table, 0.0), 5.0, 6.0)
    assert counts(record, prices)["storage"] == Decimal(10_240 - 512) / 1024


def test_provisioned_concurrency_is_rounded_up_to_five_minutes(prices=None):
    """FN-31: three environments for 301 s are three times ten minutes; one more for the last 100 s five minutes."""
    record, part, table = a_function(memory=512)
    ready = environment(table, 0.0, 1.0, provisioned=True)
    invoke(table, ready, 100.0, 101.0)
    record.series[part, "ProvisionedConcurrency"] = Series([0.0, 201.0, 301.0], [3.0, 4.0, 0.0])
    found = counts(record, prices)
    assert found["provisioned"] == Decimal((3 * 600 + 300) * 512) / 1024
    assert found["on-provisioned"] == Decimal(2000 * 512) / 1_024_000
    assert "duration" not in found


def test_arm_has_prices_of_its_own():
    """PR-3, PR-5 and PR-6: a run on arm64 uses none of the other architecture."""
    record, part, table = a_function(architecture="arm64")
    invoke(table, environment(table, 0.0, provisioned=True), 1.0, 2.0)
    invoke(table, environment(table, 0.0), 1.0, 2.0)
    record.series[part, "ProvisionedConcurrency"] = Series([0.0], [1.0])
    assert counts(record, end=300.0) == {
        "request": 2,
        "arm-on-provisioned": 1,
        "arm-duration": 1,
        "arm-provisioned": 300,
    }


def test_large_events_are_several_requests():
    """FN-32: each event of 300,000 bytes is two, however often it is tried."""
    record, part, table = a_function()
    table.origins.append(Origin("event", part))
    table.events = Events()
    for came in (1.0, 2.0, 2000.0):
        table.events.came.append(came)
        table.events.origin.append(1)
        table.events.publish.append(0)
    for began in (1.0, 2.0):
        invoke(table, environment(table, began), began, began + 1)
    assert counts(record, message_bytes=300_000)["request"] == 2 + 2
    assert counts(record, message_bytes=262_144)["request"] == 2


def test_a_bill_of_functions_adds_up_and_grows_with_each_call():
    record, _, table = a_function(memory=1769)
    number = environment(table, 0.0)
    for second in range(0, 600, 2):
        invoke(table, number, float(second), second + 1.5)
    record.end = 600.0
    bill(record)
    assert [(line.item, line.unit) for line in record.bill] == [
        ("Lambda requests", "million requests"),
        ("Lambda duration", "GB-seconds"),
    ]
    exact = 300 * (Fraction(2, 10_000_000) + Fraction(1769 * 1500, 1_024_000) * Fraction(166667, 10**10))
    cost = record.series[record.parts_of("bill")[0], "Cost"]
    assert cost.values[-1] == pytest.approx(float(exact), rel=1e-12)
    assert total(record.bill) == sum(charge(name, line.quantity).amount for name, line in zip(
        ("lambda-request", "lambda-duration"), record.bill, strict=True
    ))  # fmt: skip
    assert list(cost.values) == sorted(cost.values)
    assert cost.at(300.0) == pytest.approx(float(exact) / 2, rel=0.01)


@given(
    lives=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 5_000_000), st.booleans()), min_size=1, max_size=20
    ),
    memory=st.integers(128, 10_240),
)
def test_a_bill_is_the_sum_over_its_calls(lives, memory):
    """FN-29: counted apart, call by call, in whole microseconds."""
    record, _, table = a_function(memory=memory)
    expected = 0
    for began, took, cold in lives:
        init = 250_000 if cold else 0
        number = environment(table, float(began), init / 1e6)
        invoke(table, number, float(began), began + (init + took) / 1e6)
        expected += -(-(took + init) // 1000)
    found = counts(record, end=10_000.0)
    assert found["request"] == len(lives)
    assert found.get("duration", 0) == Decimal(expected * memory) / 1_024_000


# Where both cost the same


def test_gb_seconds_for_the_price_of_a_month_of_each_type(prices=None):
    """PR-36 and PR-35: whole ones, the duration alone, without a balancer."""
    types = ("t3.micro", "t3.medium", "m5.large", "m7i.large", "c7g.large")
    points = [
        crossing_point(instance_type=kind, instances=1, balancer=False, prices=prices) for kind in types
    ]
    assert [int(point.gb_seconds) for point in points] == [
        455_519,
        1_822_076,
        4_204_791,
        4_415_031,
        3_175_493,
    ]
    concurrency = round(points[2].gb_seconds / (730 * 3600), 1)
    assert concurrency == Decimal("1.6")


@pytest.mark.parametrize("balancer", [False, True])
@pytest.mark.parametrize("instances", [1, 2])
def test_at_the_crossing_point_both_bills_are_the_same(instances, balancer):
    """PR-33, PR-36: added up by hand from the prices of an hour."""
    point = crossing_point(instances=instances, balancer=balancer, duration=0.2, memory_size=1024, hours=1)
    calls = point.rate * 3600
    function = calls * (Decimal("0.0000002") + Decimal("0.2") * Decimal("0.0000166667"))
    lcus = max(point.rate / 25, point.rate * Decimal("0.2") / 3000, calls * 10_000 / 10**9)
    servers = instances * Decimal("0.1008")
    if balancer:
        servers += Decimal("0.0225") + lcus * Decimal("0.008")
    assert float(function) == pytest.approx(float(servers), rel=1e-12)
    assert float(point.concurrency) == pytest.approx(float(point.rate) * 0.2)
    assert point.calls == calls


def test_two_zones_double_the_crossing_point():
    one, two = (crossing_point(instances=count, balancer=False) for count in (1, 2))
    assert two.rate == 2 * one.rate
    assert two.servers == 2 * one.servers


def test_servers_are_never_cheaper_where_a_call_costs_less_than_its_share_of_the_balancer():
    point = crossing_point(memory_size=128, duration=0.001, response_bytes=10_000_000)
    assert point.rate == point.calls == point.concurrency == Decimal("Infinity")


def test_a_steady_traffic_crosses_nowhere_but_at_its_beginning():
    point = crossing_point()
    for share in (Decimal("0.9"), Decimal("1.1")):
        assert crossings(steady(float(point.rate * share))) == []


def test_traffic_that_grows_crosses_once_and_a_rush_that_ends_twice():
    """By hand: 0.2241 $ an hour and 0.01272 - 0.00032 $ for each call a second."""
    fixed, each = 0.2 * 1.008 + 0.0225, 3600 * (0.2e-6 + 0.2 * 0.0000166667) - 0.00032
    (found,) = crossings(step(2, jump=20, at=8 * 3600))
    hours = (40 - 2) * 8 / (40 - fixed / each)
    assert found.time / 3600 == pytest.approx(hours, abs=0.001)
    assert found.calls == pytest.approx((2 * 8 + 40 * (hours - 8)) * 3600, rel=1e-3)
    assert found.cost == pytest.approx(found.calls * (0.2e-6 + 0.2 * 0.0000166667))
    assert found.cheaper == "servers"
    both = crossings(spike(2, jump=40, at=3600, length=3 * 3600))
    assert [one.cheaper for one in both] == ["servers", "function"]


def test_what_can_not_be_compared_is_one_sentence():
    with pytest.raises(InvalidParameter, match="^instance_type is 'x9', but must be one of t3.micro, "):
        crossing_point(instance_type="x9")
    with pytest.raises(InvalidParameter, match="^traffic is 7, but must be a shape such as"):
        crossings(7)
    with pytest.raises(
        InvalidParameter, match="^counts holds 'sqs-request', but must hold only lambda-request, "
    ):
        month_of_functions({"sqs-request": 1})
    with pytest.raises(InvalidParameter, match=r"^counts\['lambda-request'\] is -1, but must be a number"):
        month_of_functions({"lambda-request": -1})
    with pytest.raises(InvalidParameter, match="^day is 'yesterday', but must be a day such as"):
        prices_on("yesterday")


def test_each_earlier_price_is_one_that_is_there_today_and_has_changed():
    """FN-11 and EX-6: what was before is data too, each with the day on which it ended."""
    before, now = prices_on("2000-01-01"), price_list()
    changed = {name for name in now if before[name] != now[name]}
    assert changed == {"lambda-init", "lambda-rounding", "lambda-duration"}
    assert before.keys() == now.keys()
    assert all(before[name].value != now[name].value for name in changed)
    assert billed_ms(0.12, prices=before) == 200


WORKED_EXAMPLES = (
    test_a_mobile_backend,
    test_telemetry_of_ten_thousand_cars,
    test_an_event_on_provisioned_concurrency,
    test_the_telemetry_with_snapshots,
    test_pollers_of_kafka_as_their_page_should_say,
    test_environments_of_one_tenant,
    test_very_many_gb_seconds_cost_less,
    test_what_is_free_in_a_month,
    test_storage_beyond_512_mb,
    test_the_price_of_a_millisecond,
    test_a_duration_is_rounded_up_to_a_millisecond,
    test_requests_of_a_large_event,
    test_a_cold_call_brings_its_init_along,
    test_storage_counts_while_the_function_runs,
    test_provisioned_concurrency_is_rounded_up_to_five_minutes,
)
"""What breaks when a figure of the list of prices is changed; `test_pricing` tries each."""


# A function that really ran


def test_the_bill_of_a_run_is_that_of_its_log(world, tmp_path):
    """FN-36 and FN-11: what the log of a run says is billed is what its bill counts, cold starts included."""
    function = Function(world, "resize", memory_size=512, timeout=60)
    Customers(world, "people", traffic=steady(2), to=function, mean_work=0.3)
    record = bill(world.run(until=600))
    path = tmp_path / "resize.json"
    path.write_text("\n".join(log_lines(record, "resize", log_format="JSON")), encoding="utf-8")
    log = from_lambda_report(path)
    assert log.calls.cold_starts() > 1
    told = bill_of_log(log.calls, architecture="x86_64")
    assert [(line.item, line.quantity) for line in told] == [
        (line.item, line.quantity) for line in record.bill
    ]
    used = function_counts(record)
    assert used["lambda-duration"] == sum(log.calls.billed) * Decimal(512) / 1_024_000


def test_events_of_a_topic_are_counted_as_large_as_it_sent_them():
    """Two small events and one of 200 KB are three requests, whatever a stream's own would hold."""
    world = World(1)
    resize, uploaded = Function(world, "resize"), Topic(world, "photo-uploaded")
    uploaded.subscribe("lambda", resize)
    for text in ("one", "two", "x" * 200_000):
        uploaded.publish(text)
    record = world.run(until=60)
    assert len(record.functions[resize.part].events.came) == 3
    assert function_counts(record, message_bytes=100_000)["lambda-request"] == 3
    assert [line.item for line in bill(record).bill if "Lambda requests" in line.item] == ["Lambda requests"]
