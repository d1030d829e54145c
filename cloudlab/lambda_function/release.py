"""A release: one version of a function's code and settings, and the environments that were made of it.

Read `Release.run` and `Release.ending` first: how one call ends, with code and without. A release never changes
(FN-5). The newest stands behind $LATEST; `publish_version` keeps one under a number.

Numbers such as FN-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.invocations import Ending, Version
from cloudlab.kernel.vcpu import share
from cloudlab.lambda_function.environment import INIT_LIMIT, Result, Sandbox
from cloudlab.lambda_function.fleet import Luck, Pool
from cloudlab.lambda_function.zipped import Code


class Release:
    """`number` is its place in `FunctionTable.versions`, `init_seconds` what the runtime alone takes to begin (s).

    Without `code`, a call's work is what the request brings, in seconds on one vCPU, at `speed` vCPUs. `pools` is where
    a call looks for an environment, in order: a new one belongs to the last.
    """

    def __init__(
        self,
        number: int,
        version: Version,
        code: Code | None,
        handler: str,
        init_seconds: float,
        luck: Luck,
        on_demand: Pool,
    ):
        self.number, self.version, self.code, self.handler = number, version, code, handler
        self.init_seconds, self.luck, self.on_demand = init_seconds, luck, on_demand
        self.chancy = bool(luck.error_rate or luck.fails)
        self.timeout, self.speed = version.timeout, share(version.memory_size)
        self.provisioned: Pool | None = None
        self.pools = [on_demand]
        self.environments: dict[int, Sandbox] = {}

    def keep_ready(self, pool: Pool | None) -> None:
        """Environments of that pool are made beforehand, and are used first; None: of none."""
        self.provisioned = pool
        self.pools = [self.on_demand] if pool is None else [pool, self.on_demand]

    def init(self, pool: Pool, number: int, called: str) -> tuple[float, float]:
        """Make environment `number`: what its INIT takes (s), and what of it its first call must do again.

        On demand it is broken off after 10 s (FN-8).
        """
        seconds = self.init_seconds
        if self.code is not None:
            made = self.environments[number] = Sandbox(self.code.files, self.handler, self.version, called)
            seconds += made.init
        if seconds > INIT_LIMIT and not pool.provisioned:
            return INIT_LIMIT, seconds
        return seconds, 0.0

    def ending(self, path: int) -> Ending:
        """How a call of that class ends in a function without code, if it is not too long: by its luck."""
        luck = self.luck
        bad = path in luck.fails or (luck.error_rate and luck.dice.random() < luck.error_rate)
        return Ending.ERROR if bad else Ending.OK

    def run(self, number: int, event: str, told: tuple[str, str, str]) -> Result:
        """One call of the code in environment `number`. `told` is the function's name, ARN, and the request's id."""
        return self.environments[number].invoke(event, *told)

    def forget(self, number: int) -> None:
        """An environment is gone, with all that its process kept."""
        self.environments.pop(number, None)
