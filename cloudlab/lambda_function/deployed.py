"""What is deployed as a function: its code and settings, versions, and how many calls it may have at once.

Read `Deployed.update_function_code` first. Each change makes a new release (see `release`); nothing that runs is
touched. Settings of concurrency hold for calls from then on.

Numbers such as FN-5 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import replace
from math import inf
from typing import Annotated

from cloudlab.kernel.contracts import Inbox
from cloudlab.kernel.invocations import FunctionTable, Version
from cloudlab.kernel.limits import Limit, checked, fits
from cloudlab.kernel.world import World
from cloudlab.lambda_function.account import Account
from cloudlab.lambda_function.asynchronous import EventConfig, EventQueue
from cloudlab.lambda_function.errors import InvalidParameterValueException
from cloudlab.lambda_function.fleet import Fleet, Pool
from cloudlab.lambda_function.release import Luck, Release
from cloudlab.lambda_function.runtimes import runtime as runtime_called
from cloudlab.lambda_function.versions import Alias, Settings, Versions, check_code
from cloudlab.lambda_function.zipped import opened

TIMEOUT_MAX = 900
"""Seconds of a call at most (FN-4): the long-standing figure. The API's text names 1,800 since late November 2026."""

MEMORY = Limit(128, 10_240, "MB", choices=(128, 512, 1024, 1769), label="Memory")
TIMEOUT = Limit(1, TIMEOUT_MAX, "s", label="Timeout")
Memory = Annotated[int, MEMORY]
NewMemory = Annotated[int | None, MEMORY]
Timeout = Annotated[int, TIMEOUT]
NewTimeout = Annotated[int | None, TIMEOUT]
Reserved = Annotated[int | None, Limit(0, 1_000_000, "calls at once", label="Reserved concurrency")]


class Deployed:
    """A function as it is set up: `settings`, the account whose limit it shares, and what may go wrong in it (`luck`).

    `Function` adds who calls it.
    """

    events: EventQueue

    def __init__(
        self,
        world: World,
        name: str,
        settings: Settings,
        account: Account,
        reserved: int | None,
        idle_lifetime: float,
        error_rate: float,
        fails: tuple[str, ...] | list[str],
    ):
        self.name, self.reserved = name, reserved
        account.check_world(world)
        if reserved is not None:
            account.reserve(self, reserved)
        self.world, self.account, self.idle_lifetime = world, account, idle_lifetime
        self.arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        record = world.record
        sizes: dict[str, float] = {"memory_size": settings.memory_size, "timeout": settings.timeout}
        sizes["idle_lifetime"] = idle_lifetime
        self.part = record.add_part(name, "function", time=world.now, **sizes)
        self.table = record.functions[self.part] = FunctionTable()
        classes = frozenset(record.add_path(path) for path in fails)
        self._luck = Luck(error_rate, classes, world.dice(f"{name} errors"))
        self.fleet = Fleet(self.table, self._init, self._forget)
        self._releases: list[Release] = []
        self.versions = Versions(self._release, settings, world.dice(f"{name} aliases"))
        account.join(self)

    @checked(InvalidParameterValueException)
    def update_function_code(self, code: bytes) -> None:
        """Another package stands behind $LATEST from now on; environments of the old one serve nothing new."""
        self._deploy(code=opened(code))
        self._note("▲", "has new code.")

    @checked(InvalidParameterValueException)
    def update_function_configuration(
        self, *, memory_size: NewMemory = None, timeout: NewTimeout = None, handler: str | None = None
    ) -> None:
        """Other settings from now on, in new environments."""
        given = {"memory_size": memory_size, "timeout": timeout, "handler": handler}
        self._deploy(**{name: value for name, value in given.items() if value is not None})
        attributes = self.world.record.parts[self.part].attributes
        attributes["memory_size"] = self.versions.settings.memory_size
        attributes["timeout"] = self.versions.settings.timeout
        self._note("▲", "has other settings.")

    def publish_version(self) -> str:
        """Keep what stands behind $LATEST now under a number, for ever; returns the number (FN-5)."""
        self.world.advance()
        return self.versions.publish()

    @checked(InvalidParameterValueException)
    def create_alias(self, name: str, function_version: str, *, routing_config: dict | None = None) -> Alias:
        """A name for a version. `routing_config` gives a share of the calls to another one: {'2': 0.1}.

        Customers can be wired with what it returns.
        """
        self.world.advance()
        return self.versions.alias(self, name, function_version, routing_config)  # type: ignore[arg-type] # a Function

    @checked(InvalidParameterValueException)
    def update_alias(self, name: str, function_version: str, *, routing_config: dict | None = None) -> None:
        """Another version, or other shares, behind an alias from now on."""
        self.world.advance()
        self.versions.update_alias(name, function_version, routing_config)

    @checked(InvalidParameterValueException)
    def put_function_concurrency(self, reserved_concurrent_executions: Reserved) -> None:
        """So many calls may run at once and are kept for it; 0 turns the function off, None lifts that (FN-16)."""
        self.world.advance()
        if reserved_concurrent_executions is not None:
            self.account.reserve(self, reserved_concurrent_executions)
        self.reserved = reserved_concurrent_executions
        self.account.share_out()
        self._wire()

    @checked(InvalidParameterValueException)
    def put_provisioned_concurrency_config(
        self,
        qualifier: str,
        provisioned_concurrent_executions: Annotated[int, Limit(0, 1_000_000, "environments")],
    ) -> None:
        """Keep so many environments of a version or alias ready from now on; 0 ends that (FN-17)."""
        count = provisioned_concurrent_executions
        release = self.versions.one(qualifier)
        if release is self.versions.latest:
            rule = "must be a version or an alias: $LATEST can't have it (FN-17)"
            raise InvalidParameterValueException(f"qualifier is {qualifier!r:.60}, but {rule}.")
        most = self.reserved if self.reserved is not None else self.account.unreserved
        if count > most:
            rule = f"must be at most {most}, the calls of {self.name} that may run at once (FN-17)"
            raise InvalidParameterValueException(f"provisioned_concurrent_executions is {count}, but {rule}.")
        self.world.advance()
        if release.provisioned is not None:
            self.fleet.retire(release.provisioned, self.world.now)
            release.keep_ready(None)
        if count:
            pool = self.fleet.add(Pool(release.number, lifetime=inf, provisioned=True))
            release.keep_ready(pool)
            for _ in range(count):
                self.world.process(self._ready(pool, self.fleet.make(pool, self.world.now)))
        kept = sum(self._count(one) for one in self._releases)
        self.world.record.set(self.part, "ProvisionedConcurrency", self.world.now, kept)
        self._wire()

    @checked(InvalidParameterValueException)
    def put_function_event_invoke_config(
        self,
        *,
        maximum_retry_attempts: Annotated[int, Limit(0, 2, "attempts", label="Attempts after the first")] = 2,
        maximum_event_age_in_seconds: Annotated[float, Limit(60, 21_600, "s", label="Oldest event")] = 21_600,
        on_success: Inbox | None = None,
        on_failure: Inbox | None = None,
        dead_letter_target: Inbox | None = None,
    ) -> None:
        """What becomes of events that fail (FN-20). Destinations are queues here, of the same world."""
        places = {
            "on_success": on_success,
            "on_failure": on_failure,
            "dead_letter_target": dead_letter_target,
        }
        before = self.world.stages_before(self)
        for parameter, place in places.items():
            if place is not None and not fits(place, "deliver", "add_source", "receive_message"):
                raise InvalidParameterValueException(f"{parameter} is {place!r:.60}, but must be a queue.")
            if place is not None and (place.world is not self.world or place.name.endswith(".fifo")):
                rule = "must be a standard queue of the function's own world"
                raise InvalidParameterValueException(f"{parameter} is {place.name!r:.60}, but {rule}.")
            if place is not None and place in before:
                rule = "from which messages come to the function itself: that would close a circle"
                raise InvalidParameterValueException(f"{parameter} is {place.name!r:.60}, {rule}.")
        self.world.advance()
        for place in places.values():
            if place is not None and (self.part, place.part) not in self.world.record.links:
                self.world.add_way(self, place)
        self.events.config = EventConfig(maximum_retry_attempts, maximum_event_age_in_seconds, **places)
        self._wire()

    # Helpers

    def _release(self, settings: Settings, qualifier: str) -> Release:
        """A release of these settings, with environments of its own."""
        kind, code = runtime_called(settings.runtime), settings.code
        version = Version(
            qualifier,
            settings.memory_size,
            settings.timeout,
            settings.architecture,
            settings.ephemeral_storage,
            settings.runtime,
            "" if code is None else code.sha256,
            kind.memory,
        )
        number = len(self.table.versions)
        self.table.versions.append(version)
        pool = self.fleet.add(Pool(number, lifetime=self.idle_lifetime))
        made = Release(number, version, code, settings.handler, settings.init_seconds, self._luck, pool)
        self._releases.append(made)
        return made

    def advance(self, now: float) -> None:
        """As `contracts.Stage.advance`."""

    def next_time(self) -> float:
        """As `contracts.Stage.next_time`."""
        return inf

    def _init(self, pool: Pool, number: int) -> tuple[float, float]:
        return self._releases[pool.version].init(pool, number, self.name)

    def _forget(self, number: int) -> None:
        self._releases[self.table.version[number]].forget(number)

    def _deploy(self, **changes) -> None:
        """Other code or settings behind $LATEST from now on."""
        check_code(replace(self.versions.settings, **changes))
        self.world.advance()
        before = self.versions.deploy(**changes)
        self.fleet.retire(before.on_demand, self.world.now)
        self._wire()

    def _ready(self, pool: Pool, number: int):
        """A provisioned environment is ready when its INIT is over. A SimPy process."""
        while self.world.now < self.table.ready[number]:
            yield self.world.until(self.table.ready[number])
        self.world.advance()
        if pool.current:
            pool.idle.append((float(self.world.now), number))
        else:
            self.fleet.drop(number, self.table.ready[number])

    def limit_changed(self) -> None:
        """Another number of its calls may run at once now."""
        self.world.record.set(self.part, "ConcurrencyLimit", self.world.now, self.fleet.limit)

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, f"{self.name} {text}")

    def _wire(self) -> None:
        """How it is set up, for `export`."""
        settings, config = self.versions.settings, self.events.config
        names = ("on_success", "on_failure", "dead_letter_target")
        places = {name: getattr(config, name) for name in names}
        self.world.record.wire(
            self.part,
            "function",
            handler=settings.handler,
            runtime=settings.runtime,
            memory_size=settings.memory_size,
            timeout=settings.timeout,
            architecture=settings.architecture,
            ephemeral_storage=settings.ephemeral_storage,
            files=None if settings.code is None else dict(settings.code.files),
            reserved_concurrent_executions=self.reserved,
            provisioned={
                one.version.qualifier: self._count(one) for one in self._releases if one.provisioned
            },
            maximum_retry_attempts=config.maximum_retry_attempts,
            maximum_event_age_in_seconds=config.maximum_event_age_in_seconds,
            **{name: None if place is None else place.part for name, place in places.items()},  # type: ignore[arg-type]
        )

    def _count(self, release: Release) -> int:
        return 0 if release.provisioned is None else release.provisioned.made
