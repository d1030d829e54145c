"""What containers without a host of one's own are charged for: CPU, memory and storage, by the second.

Read `fargate` first; what is counted stands in `tasks`. What runs on hosts of one's own costs what the hosts cost:
nothing is charged for the control of containers (PR-18).

Numbers such as PR-18 are facts of the provider: docs/facts.md lists them with their sources.
"""

from decimal import Decimal
from typing import Annotated

from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.record import Line
from cloudlab.pricing.billing import charge
from cloudlab.pricing.prices import Price, complete
from cloudlab.pricing.tasks import Task, billed_seconds, each_second, looked_at

System = Annotated[str, Limit(choices=("LINUX", "WINDOWS"), label="Operating system")]
Architecture = Annotated[str, Limit(choices=("X86_64", "ARM64"), label="Architecture")]
Storage = Annotated[int, Limit(20, 200, "GB", label="Storage")]


@checked()
def fargate(
    cpu: int,
    memory: int,
    seconds: Annotated[float, Limit(0, 100_000_000, "s")],
    *,
    tasks: Annotated[int, Limit(1, 1_000_000_000, "tasks")] = 1,
    operating_system_family: System = "LINUX",
    cpu_architecture: Architecture = "X86_64",
    ephemeral_storage: Storage = 20,
    prices: dict[str, Price] | None = None,
) -> list[Line]:
    """The lines of so many tasks with `cpu` units and `memory` (MB), each `seconds` long, without those of nothing.

    In EX-13 five tasks run for ten minutes on each of 30 days:

    >>> lines = fargate(1024, 2048, 600, tasks=5 * 30, ephemeral_storage=30)
    >>> [str(line.amount) for line in lines]
    ['1.01', '0.22', '0.03']
    """
    prices = complete(prices)
    task = Task(cpu, memory, operating_system_family, cpu_architecture, ephemeral_storage)
    looked_at(task)
    lived = tasks * billed_seconds(Decimal(str(seconds)), operating_system_family, prices)
    return [charge(name, amount * lived, prices) for name, amount in each_second(task, prices)]
