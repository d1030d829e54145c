"""How much of a virtual CPU a function has: in proportion to its memory, a whole one at 1,769 MB (FN-3).

Numbers such as FN-3 are facts of the provider: docs/facts.md lists them with their sources.
"""

ONE_VCPU = 1769
"""MB of memory that come with one whole vCPU (FN-3)."""


def share(memory_size: float, threads: int = 1) -> float:
    """How much faster than one whole vCPU work goes that can use so many threads: in proportion to memory (FN-3).

    >>> round(share(885), 2), share(3538), share(3538, threads=2)
    (0.5, 1.0, 2.0)
    """
    return min(float(threads), memory_size / ONE_VCPU)
