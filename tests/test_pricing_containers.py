"""What containers cost, to the cent: the provider's examples, sizes, the least time, and runs added up by hand."""

from decimal import Decimal

import pytest

from cloudlab.cluster import Cluster
from cloudlab.kernel.fargate import SIZES
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record
from cloudlab.pricing import bill, charge, fargate, price_list, total


def amounts(*size, **settings) -> dict[str, str]:
    """{name on the bill: dollars} of some tasks."""
    return {line.item.removeprefix("Fargate "): str(line.amount) for line in fargate(*size, **settings)}


# The provider's examples


def test_five_tasks_for_ten_minutes_a_day(prices=None):
    """EX-13 (PR-15, CT-17): 5 tasks of 1 vCPU and 2 GB with 30 GB of storage, 10 minutes on 30 days: 1.26.

    90,000 vCPU-s, 180,000 GB-s of memory, and 900,000 of the 10 GB of storage above those that are free.
    """
    lines = fargate(1024, 2048, 600, tasks=5 * 30, ephemeral_storage=30, prices=prices)
    assert [int(line.quantity) for line in lines] == [90_000, 180_000, 900_000]
    assert [str(line.amount) for line in lines] == ["1.01", "0.22", "0.03"]
    assert total(lines) == Decimal("1.26")


def test_ten_pods_for_an_hour_a_day(prices=None):
    """EX-14 (PR-15): 10 pods of 0.25 vCPU and 1 GB, an hour on 30 days: 4.37."""
    lines = fargate(256, 1024, 3600, tasks=10 * 30, prices=prices)
    assert [str(line.amount) for line in lines] == ["3.04", "1.33"]
    assert total(lines) == Decimal("4.37")


def test_an_hour_of_a_vcpu_and_of_a_gb(prices=None):
    """PR-15: 0.04048 and 0.004445 an hour, told here for a thousand hours."""
    assert amounts(1024, 2048, 3600, tasks=1000, prices=prices) == {"vCPU": "40.48", "memory": "8.89"}
    (storage,) = fargate(1024, 2048, 3600, tasks=1000, ephemeral_storage=120, prices=prices)[2:]
    assert str(storage.amount) == "11.09"


def test_arm_costs_less(prices=None):
    """PR-16: a million seconds of a vCPU with 2 GB."""
    found = amounts(1024, 2048, 1_000_000, cpu_architecture="ARM64", prices=prices)
    assert found == {"vCPU, ARM64": "8.99", "memory, ARM64": "1.98"}


def test_windows_brings_its_licence(prices=None):
    """PR-17: a million seconds of a vCPU with 2 GB."""
    found = amounts(1024, 2048, 1_000_000, operating_system_family="WINDOWS", prices=prices)
    assert found == {"vCPU, Windows": "25.42", "licence of Windows": "12.78", "memory, Windows": "5.56"}


def test_machines_of_ones_own_pay_for_the_control(prices=None):
    """PR-18: a thousand hours."""
    assert str(charge("ecs-anywhere", 1000, prices).amount) == "10.25"


def test_a_shelf_of_images(prices=None):
    """PR-37: 50 GB for a month."""
    assert str(charge("ecr-storage", 50, prices).amount) == "5.00"


@pytest.mark.parametrize(
    ("lived", "system", "billed"),
    [
        (0, "LINUX", 60),
        (59.2, "LINUX", 60),
        (60, "LINUX", 60),
        (60.000001, "LINUX", 61),
        (299, "WINDOWS", 300),
        (300.5, "WINDOWS", 301),
    ],
)
def test_a_begun_second_is_a_whole_one_and_there_is_a_least_time(lived, system, billed, prices=None):
    """CT-17: a minute, with Windows five."""
    first = fargate(1024, 2048, lived, operating_system_family=system, prices=prices)[0]
    assert first.quantity == billed


def test_the_least_time_with_each_system(prices=None):
    """CT-17."""
    for system, billed in (("LINUX", 60), ("WINDOWS", 300)):
        first = fargate(1024, 2048, 0.5, operating_system_family=system, prices=prices)[0]
        assert first.quantity == billed
        longer = fargate(1024, 2048, 400.5, operating_system_family=system, prices=prices)[0]
        assert longer.quantity == 401


def test_each_task_is_rounded_by_itself():
    """CT-17: ten tasks of 61.5 s are 620 s."""
    assert fargate(1024, 2048, 61.5, tasks=10)[0].quantity == 620


# Sizes


def test_a_task_of_each_size_has_a_price():
    """CT-16: the table stands in the kernel, and `test_facts_cluster` compares it with the provider's."""
    for cpu, offered in SIZES.items():
        for memory in offered:
            lines = fargate(cpu, memory, 60)
            assert [line.quantity for line in lines] == [
                Decimal(60 * cpu) / 1024,
                Decimal(60 * memory) / 1024,
            ]


@pytest.mark.parametrize(
    ("cpu", "memory", "said"),
    [
        (
            300,
            512,
            "cpu is 300 CPU units, but must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, 32768 on Fargate",
        ),
        (256, 4096, "memory is 4096 MB, but must be one of 512, 1024, 2048 with 256 CPU units (CT-16)."),
        (
            32768,
            131_072,
            "memory is 131072 MB, but must be one of 61440, 122880, 249856 with 32768 CPU units (CT-16).",
        ),
        (8192, 18_432, "memory is 18432 MB, but must be one of 16384, 20480, 24576, "),
        (True, 512, "cpu is True, but must be a whole number."),
        (0.25, 512, "cpu is 0.25, but must be a whole number."),
        ("256", 512, "cpu is '256', but must be a whole number."),
        (256, None, "memory is None, but must be a whole number."),
        (256, True, "memory is True"),
    ],
)
def test_a_size_that_is_not_offered_is_one_sentence(cpu, memory, said):
    """CT-16."""
    with pytest.raises(InvalidParameter) as error:
        fargate(cpu, memory, 60)
    assert str(error.value).startswith(said)
    assert str(error.value).count(". ") == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ephemeral_storage": 19}, "ephemeral_storage is 19 GB, but must be between 20 and 200 GB."),
        ({"ephemeral_storage": 201}, "ephemeral_storage is 201 GB, but must be between 20 and 200 GB."),
        (
            {"operating_system_family": "BSD"},
            "operating_system_family is 'BSD', but must be one of LINUX, WINDOWS.",
        ),
        ({"cpu_architecture": "arm"}, "cpu_architecture is 'arm', but must be one of X86_64, ARM64."),
        (
            {"operating_system_family": "WINDOWS", "cpu_architecture": "ARM64"},
            "cpu_architecture is 'ARM64', but must be X86_64 with Windows (PR-17).",
        ),
        ({"tasks": 0}, "tasks is 0 tasks, but must be between 1 and 1000000000 tasks."),
        ({"seconds": -1}, "seconds is -1 s, but must be between 0 and 100000000 s."),
    ],
)
def test_what_has_no_price_is_one_sentence(settings, said):
    """CT-17: storage between 20 and 200 GB."""
    with pytest.raises(InvalidParameter) as error:
        fargate(1024, 2048, **{"seconds": 60} | settings)
    assert str(error.value) == said


def test_both_ends_of_the_storage_are_allowed():
    """CT-17: 20 GB are free, and 200 the most."""
    assert "storage" not in amounts(1024, 2048, 3600, ephemeral_storage=20)
    assert fargate(1024, 2048, 3600, ephemeral_storage=200)[2].quantity == 180 * 3600


# A whole run


def entered(record: Record, name: str, born: float, gone: float, **attributes) -> int:
    """A container that was there from `born` to `gone`."""
    part = record.add_part(name, "container", time=born, **attributes)
    record.parts[part].gone = gone
    return part


def test_a_run_of_tasks_is_billed_by_hand(prices=None):
    """PR-15, CT-17: from the pull of the image (after 30 s) to the end, 570 s; and a minute at least."""
    record = Record(1)
    size = {"launch_type": "FARGATE", "cpu": 1024, "memory": 2048}
    first = entered(record, "web 1", 0.0, 600.0, **size)
    record.enter(0.0, first, "lifecycle", "PROVISIONING")
    record.enter(30.0, first, "lifecycle", "PENDING")
    entered(record, "web 2", 100.0, 120.5, **size, ephemeral_storage=30)
    entered(record, "on a host", 0.0, 600.0, launch_type="EC2", cpu=1024, memory=2048)
    record.end = 3600.0
    lines = {line.item: line.quantity for line in bill(record, prices=prices).bill}
    assert lines == {"Fargate vCPU": 630, "Fargate memory": 1260, "Fargate storage": 600}


def test_the_running_cost_of_tasks_ends_at_their_bill():
    record = Record(1)
    entered(record, "web 1", 0.0, float("inf"), launch_type="FARGATE", cpu=4096, memory=8192)
    record.end = 7200.0
    bill(record)
    cost = record.series[record.part("bill"), "Cost"]
    exact = sum(line.quantity * line.unit_price for line in record.bill)
    assert cost.values[-1] == pytest.approx(float(exact))
    assert list(cost.values) == sorted(cost.values)
    assert [line.quantity for line in record.bill] == [4 * 7200, 8 * 7200]


def test_hosts_cost_what_instances_cost_and_what_runs_on_them_nothing(prices=None):
    """PR-18: the control of containers is free; three hosts for an hour, of which one dies after ten minutes."""
    record = Record(1)
    for number in range(3):
        host = record.add_part(f"h{number}", "host", instance_type="m5.large", cpu=2048, memory=8192)
        entered(record, f"web {number}", 0.0, 3600.0, cpu=256, memory=512)
        if not number:
            record.parts[host].gone = 600.0
    record.end = 3600.0
    (line,) = bill(record, prices=prices).bill
    assert (line.item, line.quantity) == ("EC2 m5.large", Decimal(7800) / 3600)
    assert str(line.amount) == "0.21"


def test_nothing_is_paid_for_a_lost_host_from_then_on(world):
    """PR-18: a cluster of two hosts, of which one dies after ten minutes, for an hour."""
    cluster = Cluster(world, "cluster", count=2)
    world.run(until=600)
    cluster.host("h1").kill()
    (line,) = bill(world.run(until=3600)).bill
    assert line.quantity == Decimal(4200) / 3600


def test_a_host_without_a_type_costs_nothing_and_one_without_a_price_is_told():
    """A host of one's own, as a laptop, is on no bill."""
    record = Record(1)
    record.add_part("laptop", "host", cpu=8192, memory=16_384)
    record.end = 3600.0
    assert bill(record).bill == []
    record.add_part("h1", "host", instance_type="m9.huge")
    with pytest.raises(InvalidParameter, match="^instance_type is 'm9.huge', but must be one of t3.micro"):
        bill(record)


def test_a_task_of_no_size_that_is_offered_is_on_no_bill_but_told():
    """CT-16."""
    record = Record(1)
    entered(record, "web 1", 0.0, 60.0, launch_type="FARGATE", cpu=300, memory=512)
    record.end = 60.0
    with pytest.raises(InvalidParameter, match="^cpu is 300 CPU units"):
        bill(record)
    assert record.bill == []


def test_prices_of_tasks_stand_in_the_list():
    names = [name for name, price in price_list().items() if price.item and name.startswith("fargate")]
    assert len(names) == 8


WORKED_EXAMPLES = (
    test_five_tasks_for_ten_minutes_a_day,
    test_ten_pods_for_an_hour_a_day,
    test_an_hour_of_a_vcpu_and_of_a_gb,
    test_arm_costs_less,
    test_windows_brings_its_licence,
    test_machines_of_ones_own_pay_for_the_control,
    test_a_shelf_of_images,
    test_the_least_time_with_each_system,
)
