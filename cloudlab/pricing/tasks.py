"""Tasks without a host of one's own: which sizes there are, and what is counted of them. `fargate` makes a bill of it.

Read `looked_at` first, then `each_second`. A task costs from the moment at which its image is pulled to its end: each
second of each vCPU and GB that it has, whether it uses them or not (PR-15). A begun second is a whole one, and a task
costs at least a minute, with Windows five; so many GB of storage cost nothing (CT-17).

Numbers such as CT-16 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from cloudlab.kernel.fargate import GB, size
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.record import Record
from cloudlab.pricing.prices import Price

UNITS = 1024
"""CPU units of a vCPU (CT-6)."""


class Task(NamedTuple):
    """What a task is charged by: `cpu` units, `memory` (MB), system, architecture, storage (GB)."""

    cpu: int
    memory: int
    operating_system_family: str = "LINUX"
    cpu_architecture: str = "X86_64"
    ephemeral_storage: int = 20


def looked_at(task: Task) -> None:
    """Raises InvalidParameter for a size that is not offered (CT-16), and for ARM with Windows, which has no price."""
    size(task.cpu, task.memory)
    if task.operating_system_family == "WINDOWS" and task.cpu_architecture == "ARM64":
        raise InvalidParameter("cpu_architecture is 'ARM64', but must be X86_64 with Windows (PR-17).")


def billed_seconds(lived: Decimal, system: str, prices: dict[str, Price]) -> Decimal:
    """The seconds for which a task is billed: those of its life, rounded up, and at least a minute (CT-17)."""
    least = prices["fargate-windows-minimum" if system == "WINDOWS" else "fargate-minimum"].value
    step = prices["fargate-rounding"].value
    return max(least, (lived / step).to_integral_value(ROUND_CEILING) * step)


def each_second(task: Task, prices: dict[str, Price]) -> Iterator[tuple[str, Decimal]]:
    """(name of the price, how much of it) that a task uses in each second."""
    windows, arm = task.operating_system_family == "WINDOWS", task.cpu_architecture == "ARM64"
    kind = "fargate-windows" if windows else "fargate-arm" if arm else "fargate"
    vcpu, more = Decimal(task.cpu) / UNITS, task.ephemeral_storage - prices["fargate-storage-included"].value
    yield f"{kind}-vcpu", vcpu
    if windows:
        yield "fargate-windows-licence", vcpu
    yield f"{kind}-memory", Decimal(task.memory) / GB
    if more > 0:
        yield "fargate-storage", more


# What a run did


def fargate_tasks(record: Record) -> list[tuple[Task, float, float]]:
    """(task, when its image is pulled, its end) of all tasks of a run that have no host of one's own.

    They are the parts of kind 'container' whose attribute `launch_type` is 'FARGATE'. A task is pending while its
    image is pulled.
    """
    pulled: dict[int, float] = {}
    for entry in record.states:
        if entry.aspect == "lifecycle" and entry.state == "PENDING":
            pulled.setdefault(entry.part, entry.time)
    found = []
    for part in record.parts_of("container"):
        one = record.parts[part]
        if one.attributes.get("launch_type") == "FARGATE":
            task = Task(**{name: one.attributes[name] for name in Task._fields if name in one.attributes})
            looked_at(task)
            found.append((task, pulled.get(part, one.born), one.gone))
    return found


def fargate_used(
    tasks: list[tuple[Task, float, float]], until: Decimal, prices: dict[str, Price]
) -> dict[str, Decimal]:
    """How much of each price the tasks used before `until` (s): each of them at least its minimum."""
    used: dict[str, Decimal] = {}
    for task, began, ended in tasks:
        start, end = (Decimal(str(round(time, 6))) for time in (began, min(ended, float(until))))
        if start >= until:
            continue
        lived = billed_seconds(end - start, task.operating_system_family, prices)
        for name, amount in each_second(task, prices):
            used[name] = used.get(name, Decimal(0)) + amount * lived
    return {name: used[name] for name in prices if name in used}
