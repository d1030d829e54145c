"""Fargate: a task without a host of yours. It comes in sizes, and others don't exist. Read `size` first.

Numbers such as CT-16 are facts of the provider: docs/facts.md lists them with their sources.
"""

from typing import NamedTuple

from cloudlab.cluster.errors import ClientException

SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16_384 + 1, 1024)),
    4096: tuple(range(8192, 30_720 + 1, 1024)),
    8192: tuple(range(16_384, 61_440 + 1, 4096)),
    16_384: tuple(range(32_768, 122_880 + 1, 8192)),
    32_768: (61_440, 122_880, 249_856),
}
"""Memory (MB) that there is for each number of CPU units (CT-16)."""


class FargateSize(NamedTuple):
    """CPU units and memory (MB) of a task on Fargate."""

    cpu: int
    memory: int


def size(cpu: int, memory: int) -> FargateSize:
    """That size, if Fargate has it (CT-16). Raises ClientException, which names what there is."""
    if isinstance(cpu, bool) or cpu not in SIZES:
        known = ", ".join(map(str, SIZES))
        raise ClientException(f"cpu is {cpu!r:.60} CPU units, but on Fargate must be one of {known} (CT-16).")
    if isinstance(memory, bool) or memory not in SIZES[cpu]:
        known = ", ".join(map(str, SIZES[cpu]))
        raise ClientException(
            f"memory is {memory!r:.60} MB, but with {cpu} CPU units must be one of {known} (CT-16)."
        )
    return FargateSize(cpu, memory)


def smallest(cpu: int, memory: int) -> FargateSize:
    """The smallest size that holds so much: least CPU first. Raises ClientException where none does."""
    for units, amounts in SIZES.items():
        for amount in amounts:
            if units >= cpu and amount >= memory:
                return FargateSize(units, amount)
    raise ClientException(
        f"cpu is {cpu!r:.40} CPU units and memory {memory!r:.40} MB, but no size of Fargate holds both."
    )
