"""When a delivery that failed is tried again: the delivery policy of each kind of endpoint.

Read `Retries.delay` first. A first attempt comes at once. If it fails, retries follow in four phases: some
without delay, some after the least delay, some with delays that grow from the least to the largest (the
back-off), and the rest after the largest. Who is tried ever more slowly has time to come back.

The provider shows how the four back-off functions grow in a picture, without formulas. Those here are the
laboratory's: each goes from the least delay to the largest, the later ones slower at first. The provider also
moves each retry a little by chance (jitter); the laboratory doesn't, so that a timetable can be written down.

Numbers such as SNS-12 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.world import microseconds

LONGEST = 3600.0
"""Seconds that all retries of an HTTP/S policy may take together (SNS-14)."""

FUNCTIONS = {
    "linear": lambda part, steps: part / steps,
    "arithmetic": lambda part, steps: part * (part + 1) / (steps * (steps + 1)),
    "geometric": None,
    "exponential": lambda part, steps: (2.0**part - 1) / (2.0**steps - 1),
}
"""How far a back-off has come after `part` of its `steps`, from 0 to 1; a geometric one multiplies."""


@dataclass(frozen=True)
class Retries:
    """How often, and after which delays (s), a failed delivery is tried again."""

    no_delay: int
    least: int
    backoff: int
    largest: int
    min_delay: float
    max_delay: float
    function: str = "exponential"

    @property
    def count(self) -> int:
        """All retries there are; the first attempt comes before them."""
        return self.no_delay + self.least + self.backoff + self.largest

    @property
    def growing(self) -> int:
        """After so many retries all further delays are the largest."""
        return self.no_delay + self.least + self.backoff

    def delay(self, retry: int) -> float:
        """How long after a failed attempt the retry with that number begins (s); the first one has number 1."""
        if retry <= self.no_delay:
            return 0.0
        if retry <= self.no_delay + self.least:
            return self.min_delay
        if retry <= self.growing:
            return self.grown[retry - self.no_delay - self.least - 1]
        return self.max_delay

    @cached_property
    def grown(self) -> list[float]:
        """The delays of the back-off (s)."""
        return [microseconds(self._grown(part)) for part in range(self.backoff)]

    def _grown(self, part: int) -> float:
        low, high, steps = self.min_delay, self.max_delay, self.backoff - 1
        if not steps:
            return low
        share = FUNCTIONS[self.function]
        return (
            low * (high / low) ** (part / steps) if share is None else low + (high - low) * share(part, steps)
        )

    @property
    def duration(self) -> float:
        """All delays together (s)."""
        return sum(self.delay(retry) for retry in range(1, self.growing + 1)) + self.largest * self.max_delay


MANAGED = Retries(3, 2, 10, 100_000, 1, 20)
"""Endpoints that the provider runs: queues, functions, streams (SNS-12)."""

CUSTOMER = Retries(0, 2, 10, 38, 10, 600)
"""Mail, short messages, phones (SNS-13)."""


@checked()
def healthy_retry_policy(
    *,
    num_retries: Annotated[int, Limit(0, 100, "retries", label="Retries")] = 3,
    num_no_delay_retries: Annotated[int, Limit(0, 100, "retries")] = 0,
    num_min_delay_retries: Annotated[int, Limit(0, 100, "retries")] = 0,
    num_max_delay_retries: Annotated[int, Limit(0, 100, "retries")] = 0,
    min_delay_target: Annotated[float, Limit(1, 3600, "s", label="Least delay")] = 20,
    max_delay_target: Annotated[float, Limit(1, 3600, "s", label="Largest delay")] = 20,
    backoff_function: Annotated[str, Limit(choices=tuple(FUNCTIONS), label="Back-off")] = "linear",
) -> Retries:
    """The policy of an HTTP or HTTPS subscription, which is the only kind that can be changed (SNS-14).

    What is left of `num_retries` when the other phases have theirs is the back-off. Raises InvalidParameter.
    """
    backoff = num_retries - num_no_delay_retries - num_min_delay_retries - num_max_delay_retries
    if backoff < 0:
        rule = "but the phases without delay, of the least and of the largest delay"
        raise InvalidParameter(
            f"num_retries is {num_retries} retries, {rule} have {num_retries - backoff} together."
        )
    if min_delay_target > max_delay_target:
        rule = f"must be at most max_delay_target, {max_delay_target:g} s"
        raise InvalidParameter(f"min_delay_target is {min_delay_target:g} s, but {rule}.")
    retries = Retries(
        num_no_delay_retries,
        num_min_delay_retries,
        backoff,
        num_max_delay_retries,
        min_delay_target,
        max_delay_target,
        backoff_function,
    )
    if (duration := retries.duration) > LONGEST:
        rule = f"must take at most {LONGEST:g} s with all its retries"
        raise InvalidParameter(f"num_retries makes the policy {duration:g} s long, but it {rule}.")
    return retries


HTTP = healthy_retry_policy()
"""HTTP and HTTPS unless the subscription says otherwise (SNS-14)."""

PROTOCOLS: dict[str, Retries] = {
    "http": HTTP,
    "https": HTTP,
    "email": CUSTOMER,
    "email-json": CUSTOMER,
    "sms": CUSTOMER,
    "sqs": MANAGED,
    "application": CUSTOMER,
    "lambda": MANAGED,
    "firehose": MANAGED,
}
"""The kinds of endpoint (SNS-1), and how each is tried again."""
