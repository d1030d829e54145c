"""Fargate's sizes: a task without a host of yours comes in some of them, and others don't exist. Read `size` first.

Who runs such tasks and who makes a bill of them both look here.

Numbers such as CT-16 are facts of the provider: docs/facts.md lists them with their sources.
"""

from typing import NamedTuple

from cloudlab.kernel.limits import InvalidParameter

GB = 1024
"""MB."""


def _steps(low: int, high: int, step: int = 1) -> tuple[int, ...]:
    """From `low` to `high` GB, in MB."""
    return tuple(gb * GB for gb in range(low, high + 1, step))


SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: _steps(1, 4),
    1024: _steps(2, 8),
    2048: _steps(4, 16),
    4096: _steps(8, 30),
    8192: _steps(16, 60, 4),
    16_384: _steps(32, 120, 8),
    32_768: (60 * GB, 120 * GB, 244 * GB),
}
"""The memory (MB) that is offered with so many CPU units (CT-16)."""


class FargateSize(NamedTuple):
    """CPU units and memory (MB) of a task on Fargate."""

    cpu: int
    memory: int


def size(cpu: int, memory: int, error: type[InvalidParameter] = InvalidParameter) -> FargateSize:
    """That size, if Fargate has it (CT-16). Raises `error`, which names what there is."""
    if isinstance(cpu, bool) or not isinstance(cpu, int) or cpu not in SIZES:
        known = ", ".join(map(str, SIZES))
        raise error(f"cpu is {cpu!r:.40} CPU units, but must be one of {known} on Fargate (CT-16).")
    if isinstance(memory, bool) or memory not in SIZES[cpu]:
        rule = f"must be one of {', '.join(map(str, SIZES[cpu]))} with {cpu} CPU units (CT-16)"
        raise error(f"memory is {memory!r:.40} MB, but {rule}.")
    return FargateSize(cpu, memory)


def smallest(cpu: float, memory: float) -> FargateSize:
    """The smallest size that holds so much: least CPU first. Raises InvalidParameter where none does."""
    for units, amounts in SIZES.items():
        for amount in amounts:
            if units >= cpu and amount >= memory:
                return FargateSize(units, amount)
    wants = f"cpu is {cpu!r:.40} CPU units and memory {memory!r:.40} MB"
    raise InvalidParameter(f"{wants}, but must be numbers that a size of Fargate holds (CT-16).")
