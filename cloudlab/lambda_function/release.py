"""A release: one version of a function's code and settings, and the environments that were made of it.

Read `Release.run` first: what one call in one environment takes, and how it ends. A release never changes (FN-5). The
newest stands behind $LATEST; `publish_version` keeps one under a number.

Numbers such as FN-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass, field
from random import Random

from cloudlab.kernel.invocations import Ending, Version
from cloudlab.kernel.vcpu import share
from cloudlab.kernel.world import microseconds
from cloudlab.lambda_function.environment import INIT_LIMIT, Result, Sandbox
from cloudlab.lambda_function.fleet import Pool
from cloudlab.lambda_function.zipped import Code


@dataclass(frozen=True)
class Luck:
    """What the laboratory lets go wrong in a function without code: a share of all calls, and whole classes."""

    error_rate: float
    fails: frozenset[int]
    dice: Random


@dataclass
class Release:
    """`number` is its place in `FunctionTable.versions`, `init_seconds` what the runtime alone takes to begin (s).

    Without `code`, a call's work is what the request brings, in seconds on one vCPU.
    """

    number: int
    version: Version
    code: Code | None
    handler: str
    init_seconds: float
    luck: Luck
    on_demand: Pool
    provisioned: Pool | None = None
    environments: dict[int, Sandbox] = field(default_factory=dict)
    again: dict[int, float] = field(default_factory=dict)
    """INIT (s) that was broken off, and is done again in the first call of an environment (FN-8)."""

    @property
    def pools(self) -> list[Pool]:
        """Where a call looks for an environment, in order: a new one belongs to the last."""
        return [self.on_demand] if self.provisioned is None else [self.provisioned, self.on_demand]

    def init(self, pool: Pool, number: int, called: str) -> float:
        """Make environment `number`: what its INIT takes (s). On demand it is broken off after 10 s (FN-8)."""
        seconds = self.init_seconds
        if self.code is not None:
            made = self.environments[number] = Sandbox(self.code.files, self.handler, self.version, called)
            seconds += made.init
        if seconds > INIT_LIMIT and not pool.provisioned:
            self.again[number] = seconds
            return INIT_LIMIT
        return seconds

    def quick(self, works: list[float]) -> list[float] | None:
        """How long calls with these works (s on one vCPU) take, all of which go well; None where some may not."""
        if self.code is not None or self.luck.error_rate or self.luck.fails or self.init_seconds > INIT_LIMIT:
            return None
        speed = share(self.version.memory_size)
        durations = works if speed == 1.0 else [microseconds(work / speed) for work in works]
        return durations if not durations or max(durations) <= self.version.timeout else None

    def run(self, number: int, work: float, path: int, event: str, told: tuple[str, str, str]) -> Result:
        """One call in environment `number`: by its code, or by its `work` (s on one vCPU) and luck.

        `told` is the function's name, its ARN and the id of the request.
        """
        again = self.again.pop(number, 0.0)
        if self.code is not None:
            result = self.environments[number].invoke(event, *told)
        else:
            bad = path in self.luck.fails or (
                self.luck.error_rate and self.luck.dice.random() < self.luck.error_rate
            )
            ending = Ending.ERROR if bad else Ending.OK
            result = Result(
                work / share(self.version.memory_size), ending, error=("Error", "failed") if bad else None
            )
        seconds = result.seconds + again
        if seconds <= self.version.timeout:
            return result if not again else _with(result, seconds)
        text = f"Task timed out after {self.version.timeout:.2f} seconds"
        return Result(
            self.version.timeout,
            Ending.TIMEOUT,
            error=(Ending.TIMEOUT.error_type, text),
            memory=result.memory,
            printed=result.printed,
        )

    def forget(self, number: int) -> None:
        """An environment is gone, with all that its process kept."""
        self.environments.pop(number, None)
        self.again.pop(number, None)


def _with(result: Result, seconds: float) -> Result:
    return Result(seconds, result.ending, result.returned, result.error, result.memory, result.printed)
