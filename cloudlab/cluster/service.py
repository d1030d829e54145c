"""A service: it keeps as many tasks as are wanted, wherever there is room, and replaces an old revision by a new one.

Like a group of instances it has one wish and looks again and again at what is missing or too much. Read `Service._look`
first: it starts what is missing, and ends what is too much, within the two numbers of `deployment.room`.

Numbers such as CT-13 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Sequence
from copy import copy
from itertools import count
from math import inf
from typing import Annotated

from simpy import Event

from cloudlab.cluster.definition import TaskDefinition
from cloudlab.cluster.deployment import Deployment, failure_threshold, room, waited
from cloudlab.cluster.errors import ClientException, InvalidParameterException
from cloudlab.cluster.hosts import Cluster, ContainerInstance
from cloudlab.cluster.placement import MOST_STRATEGIES, ZONES, Need, Rule, Shortage, Strategy, place
from cloudlab.cluster.task import HEALTHY_AFTER, Task
from cloudlab.kernel.contracts import Process, Registry
from cloudlab.kernel.fargate import size
from cloudlab.kernel.limits import Limit, checked, fits, takes
from cloudlab.kernel.world import World

LOOK_EVERY = 10.0
"""Seconds between two looks while something is missing or too much. The provider publishes no figure."""

WELL_AGAIN = 600.0
"""After so many seconds of healthy running earlier crashes are forgotten (CT-24)."""

MOST = 5000
"""So many tasks a service may have."""

LONGEST_STOP = 120
"""The longest stop timeout on Fargate (s, CT-7)."""

Size = Limit(0, 5000, "tasks")


class Service:
    """`desired_count` tasks of `task_definition` in `cluster` (CT-5).

    On hosts (`launch_type` EC2) the strategies choose one, or a `rule` of your own, which gets a need and the
    hosts that have room; `distinct_instance` allows one a host (CT-12). On FARGATE there are no hosts, and sizes are
    CT-16's. DAEMON keeps one task on each host. During a deployment there are at least `minimum_healthy_percent`
    healthy tasks and at most `maximum_percent` tasks (CT-13); with `deployment_circuit_breaker` it ends after too many
    failures, and with `rollback` the last completed one comes back (CT-14). What a balancer calls unhealthy is
    replaced after `health_check_grace_period_seconds`. Raises InvalidParameterException, or ClientException for what
    can't be run.
    """

    @checked(InvalidParameterException)
    def __init__(
        self,
        world: World,
        name: str,
        *,
        cluster: Cluster,
        task_definition: TaskDefinition,
        desired_count: Annotated[int, Limit(0, 5000, "tasks", label="Tasks")] = 1,
        launch_type: Annotated[str, Limit(choices=("EC2", "FARGATE"), label="Launch type")] = "EC2",
        scheduling_strategy: Annotated[
            str, Limit(choices=("REPLICA", "DAEMON"), label="Scheduling")
        ] = "REPLICA",
        placement_strategy: tuple[Strategy, ...] | list[Strategy] = (ZONES,),
        rule: Rule | None = None,
        distinct_instance: bool = False,
        minimum_healthy_percent: Annotated[int | None, Limit(0, 100, "%", label="Minimum healthy")] = None,
        maximum_percent: Annotated[int, Limit(100, 400, "%", label="Maximum")] = 200,
        deployment_circuit_breaker: bool = False,
        rollback: bool = False,
        health_check_grace_period_seconds: Annotated[int, Limit(0, 7200, "s", label="Grace period")] = 0,
        default_cooldown: Annotated[int, Limit(0, 86_400, "s", label="Cooldown")] = 300,
    ):
        if cluster.world is not world:
            raise InvalidParameterException("cluster is of another world, but must be of the service's own.")
        if rollback and not deployment_circuit_breaker:
            raise InvalidParameterException(
                "rollback is True, but it needs deployment_circuit_breaker=True (CT-14)."
            )
        daemon = scheduling_strategy == "DAEMON"
        if daemon and launch_type == "FARGATE":
            raise ClientException(
                "scheduling_strategy is 'DAEMON', but Fargate has no hosts to put one on each (CT-5)."
            )
        _check_placement(placement_strategy, rule, distinct_instance, launch_type)
        self.world, self.name, self.cluster, self.launch_type, self.daemon = (
            world,
            name,
            cluster,
            launch_type,
            daemon,
        )
        self.desired_count, self.min_size, self.max_size = desired_count, 0, MOST
        self.placement_strategy, self.rule, self.distinct_instance = (
            tuple(placement_strategy),
            rule,
            distinct_instance,
        )
        least = (0 if daemon else 100) if minimum_healthy_percent is None else minimum_healthy_percent
        self.minimum_healthy_percent, self.maximum_percent = least, maximum_percent
        self.deployment_circuit_breaker, self.rollback = deployment_circuit_breaker, rollback
        self.health_check_grace_period_seconds = health_check_grace_period_seconds
        self.default_cooldown, self.default_instance_warmup = default_cooldown, None
        self._check_fits(task_definition)
        self.part = world.record.add_part(
            name, "service", time=world.now, cluster=cluster.name, launch_type=launch_type
        )
        self._free = True  # no policy scales it
        self.tasks: list[Task] = []
        self.balancers: list[Registry] = []
        self.judges: list[Registry] = []  # those of them that may call a task unhealthy
        self.deployments = [Deployment(task_definition, world.now)]
        self.shortage: Shortage | None = None
        self._unplaced = 0  # so many the last look tried to start and could not, also in place of others
        self.times_asked, self.active_until = 0, -inf
        self._dice = world.dice(f"{name} placement")
        self._numbers = count(1)
        self._not_before, self._crashes, self._told = -inf, 0, ""
        self._changed = world.event()
        self._wire()
        self._write_need()
        self._write()
        wants = f"Service {name}: {_tasks(self.wanted)} of {task_definition.name}"
        self._note("•", f"{wants} {'on Fargate' if launch_type == 'FARGATE' else f'in {cluster.name}'}.")
        cluster.listeners.append(self._look_again)
        world.process(self._keep())

    # What others ask of the service

    @checked(InvalidParameterException)
    def update_service(
        self,
        *,
        task_definition: TaskDefinition | None = None,
        desired_count: Annotated[int | None, Limit(0, 5000, "tasks", label="Tasks")] = None,
        force_new_deployment: bool = False,
    ) -> None:
        """Want another number of tasks, or another revision: then a deployment begins (CT-13).

        With `force_new_deployment` it begins also for the same revision, and all tasks are replaced.
        """
        definition = task_definition or self.definition
        self._check_fits(definition)
        if desired_count is not None:
            self._grant(desired_count, desired_count, "you")
        if force_new_deployment or vars(definition) != vars(self.definition):
            new = copy(definition) if force_new_deployment else definition  # tasks of another one are old
            self._deploy(new, f"A deployment of {definition.name} begins")

    @checked(InvalidParameterException)
    def register_scalable_target(
        self, *, min_capacity: Annotated[int, Size], max_capacity: Annotated[int, Size]
    ) -> None:
        """Let policies change the number of tasks in this range (CT-21)."""
        if min_capacity > max_capacity:
            rule = f"must be at most max_capacity ({max_capacity} tasks)"
            raise InvalidParameterException(f"min_capacity is {min_capacity} tasks, but {rule}.")
        self.min_size, self.max_size, self._free = min_capacity, max_capacity, False
        wish = max(min_capacity, min(max_capacity, self.desired_count))
        if wish != self.desired_count:
            self._grant(wish, wish, "the new range")
        self._wire()

    @checked(InvalidParameterException)
    def ask(self, capacity: int, by: str) -> int:
        """A policy called `by` wants so many tasks; returns what it gets, clipped to the range."""
        granted = max(self.min_size, min(self.max_size, capacity))
        self._grant(capacity, granted, by)
        return granted

    def attach(self, balancer: Registry) -> None:
        """Register what runs with `balancer`, or a pool of workers, now and from now on (CT-5)."""
        if not fits(balancer, "register", "deregister", "target_health"):
            raise InvalidParameterException(f"balancer is {balancer!r:.60}, but must be a load balancer.")
        if getattr(balancer, "world", self.world) is not self.world:
            raise InvalidParameterException(
                "balancer is a part of another world, but must be of the service's own."
            )
        self.balancers.append(balancer)
        self.judges += [balancer] if getattr(balancer, "judges", True) else []
        for task in self.targets():
            balancer.register(task)
        self._wire()

    # What others see of it

    @property
    def definition(self) -> TaskDefinition:
        """The task definition that it wants now."""
        return self.deployments[-1].definition

    @property
    def wanted(self) -> int:
        """How many tasks it wants: the desired count, or one for each host (CT-5).

        Of a host that is lost it hears a little later, and until then wants the one that it believes to be there.
        """
        if not self.daemon:
            return self.desired_count
        lost = {task.host for task in self.holding() if task.host and task.host.status == "INACTIVE"}
        return len(self.cluster.active()) + len(lost)

    @property
    def desired_capacity(self) -> int:
        """The desired count, as policies call it."""
        return self.desired_count

    def targets(self) -> list[Task]:
        """The tasks that run, in order of their start."""
        return [task for task in self.tasks if task.running]

    def warmed(self, warmup: int | None = None) -> list[Task]:
        """Those that run for `warmup` s."""
        return [task for task in self.targets() if task.running_since <= self.world.now - (warmup or 0)]

    def holding(self) -> list[Task]:
        """Those that count: on their way in, or running."""
        return [task for task in self.tasks if not task.going]

    def ending(self) -> list[Task]:
        """Those on their way out."""
        return [task for task in self.tasks if task.going]

    @property
    def waiting(self) -> int:
        """How many are wanted and not there: also in place of others, where the last look found no room for them."""
        return max(0, self.wanted - len(self.holding()), self._unplaced)

    def busy(self) -> bool:
        """Whether a task is on its way in or out."""
        return any(not task.running for task in self.tasks)

    def healthy(self, task: Task) -> bool:
        """Whether a task counts as healthy: by its own check, its balancers', or after 40 s without any (CT-13)."""
        if not task.running or task.health == "UNHEALTHY":
            return False
        checked_ = task.definition.main.health_check is not None
        if self.balancers:
            known = all(balancer.target_health(task) == "healthy" for balancer in self.balancers)
            return known and (not checked_ or task.health == "HEALTHY")
        return task.health == "HEALTHY" if checked_ else self.world.now - task.running_since >= HEALTHY_AFTER

    # What the service does by itself

    def _keep(self) -> Process:
        """Look whenever something changed, and every `LOOK_EVERY` seconds while it isn't steady. A SimPy process."""
        while True:
            self._look()
            steady = self._steady()
            while True:
                sleeps = steady and not self.judges  # whose judgement may change at any time
                timer = [] if sleeps else [self.world.timeout(LOOK_EVERY)]
                # With a timer or without one, waking takes as many steps: so who was made first goes first.
                yield self.world.any_of([self._changed, *timer])
                if self._changed.triggered or not steady or self._unwell():
                    break
            if self._changed.triggered:
                self._changed = self.world.event()

    def _unwell(self) -> bool:
        """Whether a balancer calls one of the tasks unhealthy."""
        there = self.targets()
        return any(one.target_health(task) == "unhealthy" for one in self.judges for task in there)

    def _look(self) -> None:
        """Replace what is unhealthy, start what is missing, end what is too much (CT-13)."""
        self._judge()
        lower, upper = room(
            self.wanted,
            minimum_healthy_percent=self.minimum_healthy_percent,
            maximum_percent=self.maximum_percent,
        )
        self._move(lower)
        new = self._in_place()
        old = [task for task in self.holding() if task.definition is not self.definition]
        for task in sorted(old, key=self.healthy):
            healthy = sum(map(self.healthy, self.holding()))
            if not self.healthy(task) or healthy > lower or not self.wanted:
                self._let_go(task, f"{task.name} of {task.definition.name} is replaced.")
        for _ in range(len(new) - self.wanted):
            task = self._surplus(self._in_place())
            self._let_go(task, f"{self.name} wants {self.wanted}: {task.name} is to go.")
        missing = min(self.wanted - len(new), upper - len(self.holding()))
        tries = missing > 0 and self.world.now >= self._not_before and self.deployments[-1].state != "FAILED"
        self._unplaced = missing - self._start(missing) if tries else 0
        self._say_stuck(len(new), lower, upper)
        self._finish()
        self._write()

    def _say_stuck(self, new: int, lower: int, upper: int) -> None:
        """Say once where no task may be started and none ended, though others are wanted (CT-13)."""
        there = self.holding()
        full = len(there) >= upper and not self.ending() and all(map(self.healthy, there))
        if new < self.wanted and full and len(there) <= lower:
            bounds = f"at least {lower} must be healthy, and at most {upper} may be there"
            self._tell(f"{self.name} can neither start nor end a task: {bounds}.")

    def _judge(self) -> None:
        """End what its own check or a balancer calls unhealthy, once its grace period is over."""
        for task in self.holding():
            if not task.running:
                continue
            grace = self.world.now < task.running_since + self.health_check_grace_period_seconds
            by_balancer = any(one.target_health(task) == "unhealthy" for one in self.judges)
            if task.health == "UNHEALTHY" or (by_balancer and not grace):
                self._failed(task)
                self._let_go(task, f"{task.name} fails its health checks: it is replaced.", "✕")

    def _start(self, missing: int) -> int:
        """Start so many tasks of the newest revision, as far as there is room; returns how many (CT-10)."""
        started = []
        for _ in range(missing):
            number = next(n for n in self._numbers if not self.world.record.has_part(f"{self.name}-{n}"))
            name = f"{self.name}-{number}"
            host, zone = self._place(name)
            if zone is None:
                self._numbers = count(number)
                break
            pull = self.definition.pull_time if host is None else host.pull(self.definition)
            task = Task(
                self.world,
                name,
                self.definition,
                service=self.part,
                host=host,
                zone=zone,
                pull=pull,
                changed=self._task_changed,
            )
            self.tasks.append(task)
            if host is not None:
                self.cluster.take(host, task)
            started.append(name)
        if started:
            self.shortage = None
            self._note("◔", f"{self.name} starts {_listed(started)}.")
        return len(started)

    def _place(self, name: str) -> tuple[ContainerInstance | None, str | None]:
        """(host, zone) for one more task; no zone without room (CT-10). On Fargate the zone with the fewest."""
        if self.launch_type == "FARGATE":
            zones = [task.availability_zone for task in self.holding()]
            return None, min(self.cluster.availability_zones, key=zones.count)
        need, spaces = (
            Need(name, self.definition.cpu, self.definition.memory, self.name),
            self.cluster.spaces(),
        )
        if self.daemon:
            taken = {task.host.name for task in self.holding() if task.host is not None}
            spaces = [space for space in spaces if space.name not in taken]
        if not spaces:
            self._wait(Shortage(need, need.cpu, need.memory, False))
            return None, None
        # `place` adds the need to the host; `Cluster.take` is what does so here
        try:
            found = place(
                [need],
                spaces,
                strategies=self.placement_strategy,
                distinct=self.distinct_instance,
                rule=self.rule,
                dice=self._dice,
            )
        except Exception as fault:
            self._tell(f"{self.name} can't place a task: {_told(fault)}")
            return None, None
        if found.waiting:
            self._wait(found.waiting[0])
            return None, None
        host = self.cluster.host(found.hosts[name])
        host.space.remove(need)
        return host, host.availability_zone

    def _wait(self, shortage: Shortage) -> None:
        """Say once why a task finds no host."""
        self.shortage = shortage
        told = f"can't place a task: {shortage}" if self.cluster.active() else "has no host."
        self._tell(f"{self.name} {told}")

    def _tell(self, text: str) -> None:
        """Say something once, until something else is to be said."""
        if text != self._told:
            self._told = text
            self._note("✕", text)

    def _in_place(self) -> list[Task]:
        """Tasks of the newest revision that may stay where they are."""
        away = self._misplaced()
        return [task for task in self.holding() if task.definition is self.definition and task not in away]

    def _misplaced(self) -> list[Task]:
        """Tasks on hosts that are drained."""
        return [task for task in self.holding() if task.host is not None and task.host.status == "DRAINING"]

    def _move(self, lower: int) -> None:
        """End tasks on drained hosts, as far as enough are healthy without them; the look starts others."""
        gone: dict[str, list[str]] = {}
        for task in self._misplaced():
            others = [one for one in self.holding() if one is not task and self.healthy(one)]
            if len(others) >= lower or not self.healthy(task):
                gone.setdefault(task.host.name if task.host else "its host", []).append(task.name)
                self._end(task)
        for host, names in gone.items():  # one line for a host, or they would hide what else happened
            self._note("○", f"{_listed(names)} {'leaves' if len(names) == 1 else 'leave'} {host}.")

    def _surplus(self, tasks: list[Task]) -> Task:
        """Which task to end: of the fullest zone and host (spread), or of the emptiest host (binpack) (CT-11)."""
        packs = next((one.field for one in self.placement_strategy if one.type == "binpack"), "")
        zones = [task.availability_zone for task in tasks]
        hosts = [task.host for task in tasks]

        def rank(task: Task) -> tuple:
            if packs and task.host is not None:
                space = task.host.space
                free = space.free_cpu if packs == "cpu" else space.free_memory
                return (not task.running, free, task.running_since)
            return (
                not task.running,
                zones.count(task.availability_zone),
                hosts.count(task.host),
                task.running_since,
            )

        return max(tasks, key=rank)

    # Deployments

    def _deploy(self, definition: TaskDefinition, text: str) -> None:
        now = self.world.now
        for one in self.deployments:
            if one.state == "IN_PROGRESS":
                one.state, one.ended = "REPLACED", now
        self.deployments.append(Deployment(definition, now))
        told = self.world.record.parts[self.part].attributes  # the newest one wanted, placed or not
        told["revision"] = max(told.get("revision", 1), definition.revision)
        self._not_before, self._crashes, self._told = -inf, 0, ""
        self._enter("may start")
        self._wire()
        self._write_need()
        self._note(
            "⚑",
            f"{text}: {self.minimum_healthy_percent} to {self.maximum_percent} % of {_tasks(self.wanted)}.",
        )
        self._look_again()

    def _finish(self) -> None:
        """A deployment is over when all tasks are of its revision and healthy (CT-14)."""
        newest = self.deployments[-1]
        there = self.holding()
        done = len(there) == self.wanted and all(task.definition is newest.definition for task in there)
        if newest.state == "IN_PROGRESS" and done and all(map(self.healthy, there)):
            newest.state, newest.ended = "COMPLETED", self.world.now
            if len(self.deployments) > 1:
                self._note("✓", f"{newest.definition.name} is deployed.")

    def _failed(self, task: Task) -> None:
        """A task of a revision failed: the breaker counts it, and the next start waits longer (CT-14, CT-24)."""
        newest = self.deployments[-1]
        if task.definition is not newest.definition:
            return
        if self.world.now - task.running_since >= WELL_AGAIN:
            self._crashes = 0
        self._crashes += 1
        self._not_before = self.world.now + waited(self._crashes)
        if newest.state != "FAILED":
            self._enter("backs off", self._not_before)
        if newest.state != "IN_PROGRESS":
            return
        newest.failed += 1
        if self.deployment_circuit_breaker and newest.failed >= failure_threshold(self.wanted):
            newest.state, newest.ended = "FAILED", self.world.now
            self._enter("has failed")
            self._note(
                "✕", f"The deployment of {newest.definition.name} has failed: {newest.failed} tasks did."
            )
            completed = [one for one in self.deployments if one.state == "COMPLETED"]
            if self.rollback and completed:
                self._deploy(completed[-1].definition, f"Back to {completed[-1].definition.name}")

    def _well(self) -> None:
        """A healthy task of the newest revision sets the count of failures back (CT-14)."""
        newest = self.deployments[-1]
        if newest.failed and any(
            task.definition is newest.definition and self.healthy(task) for task in self.holding()
        ):
            newest.failed = 0

    # Small things

    def _task_changed(self, task: Task) -> None:
        """A task runs, is well or unwell, or is over."""
        if task.state == "RUNNING" and task.running_since == self.world.now and task.health == "UNKNOWN":
            for balancer in self.balancers:
                balancer.register(task)
        if task.state == "STOPPED":
            self.tasks.remove(task)
            self.active_until = self.world.now
            if task.host is not None:
                self.cluster.free(task.host, task)
                self.cluster.tell()
            if task.by_itself:
                self._note("✕", f"{task.name} {task.reason}.")
                self._failed(task)
            for balancer in self.balancers:
                if balancer.target_health(task) != "unused":
                    balancer.deregister(task)
        self._look_again()

    def _let_go(self, task: Task, text: str, glyph: str = "○") -> None:
        self._note(glyph, text)
        self._end(task)

    def _end(self, task: Task) -> None:
        task.stop(self._leaves)
        self._write()

    def _leaves(self, task: Task) -> Event:
        return self.world.all_of([balancer.deregister(task) for balancer in self.balancers])

    def _look_again(self) -> None:
        if not self._changed.triggered:
            self._changed.succeed()

    def _steady(self) -> bool:
        return (
            self.deployments[-1].state != "IN_PROGRESS"
            and len(self.holding()) == self.wanted
            and not self._misplaced()
        )

    def _grant(self, asked: int, granted: int, by: str) -> None:
        self.world.advance()
        self.times_asked += 1
        self.world.record.ask(self.world.now, self.part, asked, granted, by)
        if granted != self.desired_count or asked != granted:
            who = "You ask" if by == "you" else f"{by[:1].upper()}{by[1:]} asks"
            bound = "maximum" if asked > granted else "minimum"
            clipped = f" The {bound} is {granted}, so" if asked != granted else " Now"
            self._note("⚑", f"{who} for {_tasks(asked)}.{clipped} desired is {granted}.")
        self.desired_count = granted
        self._write()
        self._look_again()

    def _check_fits(self, definition: TaskDefinition) -> None:
        """Raises ClientException where Fargate has no such size, or no host of the cluster could hold such a task."""
        if self.launch_type == "FARGATE":
            size(definition.cpu, definition.memory, ClientException)
            for one in definition.containers:
                if one.stop_timeout > LONGEST_STOP:
                    rule = f"must be at most {LONGEST_STOP} s on Fargate (CT-7)"
                    raise ClientException(f"stop_timeout of {one.name} is {one.stop_timeout} s, but {rule}.")
            return
        spaces = [one.space for one in self.cluster.hosts if one.status != "INACTIVE"]
        if spaces and not any(
            one.cpu >= definition.cpu and one.memory >= definition.memory for one in spaces
        ):
            short = [
                f"{max(0, need - most):,} {unit}"
                for need, most, unit in (
                    (definition.cpu, max(one.cpu for one in spaces), "CPU units"),
                    (definition.memory, max(one.memory for one in spaces), "MB of memory"),
                )
                if need > most
            ]
            needs = f"{definition.name} needs {definition.cpu:,} CPU units and {definition.memory:,} MB"
            raise ClientException(
                f"{needs}, but no host is large enough: short of {' and '.join(short) or 'both on one host'}."
            )

    def _wire(self) -> None:
        self.world.record.wire(
            self.part,
            "service",
            cluster=self.cluster.part,
            balancers=[getattr(one, "part", None) for one in self.balancers],
            task_definition=self.definition.family,
            containers=[
                vars(one) | {"health_check": one.health_check and vars(one.health_check)}
                for one in self.definition.containers
            ],
            desired_count=self.desired_count,
            min_capacity=None if self._free else self.min_size,
            max_capacity=None if self._free else self.max_size,
            rule=self.rule is not None,
            launch_type=self.launch_type,
            scheduling_strategy="DAEMON" if self.daemon else "REPLICA",
            placement_strategy=[(one.type, one.field) for one in self.placement_strategy],
            distinct_instance=self.distinct_instance,
            minimum_healthy_percent=self.minimum_healthy_percent,
            maximum_percent=self.maximum_percent,
            deployment_circuit_breaker=self.deployment_circuit_breaker,
            rollback=self.rollback,
            health_check_grace_period_seconds=self.health_check_grace_period_seconds,
        )

    def _write(self) -> None:
        """Write the metrics of what is wanted and what is there."""
        self._well()
        there = self.holding()
        running = sum(task.running for task in there)
        for metric, value in (
            ("DesiredTaskCount", self.wanted),
            ("RunningTaskCount", running),
            ("PendingTaskCount", len(there) - running),
            ("WaitingTaskCount", self.waiting),
        ):
            self.world.record.set(self.part, metric, self.world.now, value)

    def _write_need(self) -> None:
        """Write what one task needs of those that it starts from now on."""
        for metric, value in (("NeedCPU", self.definition.cpu), ("NeedMemory", self.definition.memory)):
            self.world.record.set(self.part, metric, self.world.now, value)

    def _enter(self, state: str, until: float = inf) -> None:
        """Enter whether it starts tasks."""
        self.world.record.enter(self.world.now, self.part, "starts", state, until)

    def _note(self, glyph: str, text: str) -> None:
        self.world.record.note(self.world.now, self.part, glyph, text)


def _check_placement(strategies: Sequence, rule, distinct: bool, launch_type: str) -> None:
    """Raises InvalidParameterException for what can't choose a host (CT-11, CT-12)."""
    if not all(isinstance(one, Strategy) for one in strategies):
        raise InvalidParameterException(
            f"placement_strategy is {strategies!r:.60}, but must be a list of what strategy() gives."
        )
    if len(strategies) > MOST_STRATEGIES:
        raise InvalidParameterException(
            f"placement_strategy holds {len(strategies)} strategies, but at most {MOST_STRATEGIES} (CT-11)."
        )
    if rule is not None and not takes(rule, 2):
        raise InvalidParameterException(
            f"rule is {rule!r:.60}, but must be a function of a need and a list of hosts."
        )
    if launch_type == "FARGATE" and (rule is not None or distinct or tuple(strategies) not in ((), (ZONES,))):
        raise InvalidParameterException(
            "placement_strategy is given, but Fargate takes no strategies or constraints (CT-12)."
        )


def _told(fault: Exception) -> str:
    """A fault as one sentence."""
    if isinstance(fault, InvalidParameterException):
        return str(fault)
    return f"rule raised {type(fault).__name__}: {' '.join(str(fault).split())!s:.120}."


def _tasks(number: int) -> str:
    return f"{number} task" if number == 1 else f"{number} tasks"


def _listed(names: list[str]) -> str:
    if len(names) > 5:
        return f"{len(names)} tasks ({names[0]} to {names[-1]})"
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
