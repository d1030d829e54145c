"""What holds in every scene, whatever happens in it, and for every parameter, whatever its value.

Hypothesis draws the scenes (see `scenes.py`). What is counted here is counted by other means than those under
test: by a contact that stands between customers and balancer, or by walking through the columns.
"""

import importlib
import inspect
import pkgutil
from dataclasses import replace
from math import inf, nextafter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import Sender, Stage, play, scenes

import cloudlab
from cloudlab.autoscaling import AutoScalingGroup
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.kernel.limits import InvalidParameter, Limit, check, parameters
from cloudlab.kernel.record import Status
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, daily, from_access_log, from_csv, sinusoid, steady, weekly

# Sizes


@given(scene=scenes().filter(lambda scene: scene.group))
def test_desired_lies_between_minimum_and_maximum_after_every_event(scene):
    world = World(scene.seed)
    group = Stage(scene, world).group
    while world.peek() <= scene.end:
        world.step()
        assert group.min_size <= group.desired_capacity <= group.max_size
    record = world.run(scene.end)
    low, wish, high = (
        record.series[group.part, f"Group{name}"] for name in ("MinSize", "DesiredCapacity", "MaxSize")
    )
    for time in sorted({*low.times, *wish.times, *high.times}):
        assert low.at(time) <= wish.at(time) <= high.at(time)


@given(scene=scenes().filter(lambda scene: scene.group))
def test_no_more_are_in_service_than_were_launched_and_not_ended(scene):
    record = play(scene)
    lives = [(part.born, part.gone) for part in record.parts if part.kind == "instance"]
    series = record.series[record.part("web"), "GroupInServiceInstances"]
    for time, value in zip(series.times, series.values, strict=True):
        # Who dies is counted until the group looks again.
        assert value <= sum(born <= time < gone + 10 for born, gone in lives)
    for entry in record.states:
        if entry.state == "InService":
            assert record.parts[entry.part].born <= entry.time <= record.parts[entry.part].gone


# Requests


class Gate:
    """A contact between customers and another contact that counts what goes in."""

    def __init__(self, to):
        self.to, self.part, self.idle_timeout, self.count = to, to.part, to.idle_timeout, 0

    def handle(self, customers, arrived, works, paths):
        self.count += len(arrived)
        return self.to.handle(customers, arrived, works, paths)

    def __getattr__(self, name):
        return getattr(self.to, name)


@given(scene=scenes())
def test_requests_are_answered_or_failed_or_open(scene):
    world = World(scene.seed)
    stage = Stage(replace(scene, senders=()), world)
    gates = [Gate(stage.contact) for _ in scene.senders]
    for sender, gate in zip(scene.senders, gates, strict=True):
        Customers(world, sender.name, traffic=sender.traffic, to=gate, **sender.more)
    record = world.run(scene.end)
    outcomes = measures.outcomes(record)
    assert outcomes.arrived == sum(gate.count for gate in gates) == len(record.requests)
    assert outcomes.answered + outcomes.failed + outcomes.open == outcomes.arrived
    good = bad = 0
    for answered, status in zip(record.requests.answered, record.requests.status, strict=True):
        good += answered <= scene.end and Status(status).code == 200
        bad += answered <= scene.end and Status(status).code != 200
    assert (outcomes.answered, outcomes.failed) == (good, bad)
    assert measures.in_system(record, [scene.end]) == [outcomes.open]


@given(scene=scenes())
def test_rows_stand_in_order_and_each_one_is_possible(scene):
    requests = play(scene).requests
    assert list(requests.arrived) == sorted(requests.arrived)
    columns = (requests.arrived, requests.started, requests.finished, requests.answered, requests.status)
    for arrived, started, finished, answered, status in zip(*columns, strict=True):
        assert arrived <= started
        assert started <= finished
        assert arrived <= answered < inf
        if status in (Status.OK, Status.TARGET_ERROR):
            assert answered == finished
        if status == Status.UNAVAILABLE:
            assert answered == arrived


@given(scene=scenes())
def test_a_server_never_works_on_more_than_its_slots(scene):
    record = play(scene)
    requests = record.requests
    changes = {part: [] for part in record.parts_of("instance")}
    for started, finished, target in zip(requests.started, requests.finished, requests.target, strict=True):
        if started < inf:
            end = finished if finished < inf else broken_off(record, target, started)
            if end > started:
                changes[target] += [(started, 1), (end, -1)]
    for part, steps in changes.items():
        there = 0
        for _, step in sorted((round(time, 9), step) for time, step in steps):
            there += step
            assert 0 <= there <= record.parts[part].attributes["slots"]


def broken_off(record, part, after):
    """When what `part` worked on since `after` (s) was broken off; `inf` when that lies after the end."""
    ends = ("killed", "terminated", "crashed", "unused")
    return min(
        (e.time for e in record.states if e.part == part and e.state in ends and e.time > after), default=inf
    )


@given(scene=scenes())
def test_a_server_works_only_while_it_answers_and_is_a_target_or_drains(scene):
    record = play(scene)
    rows = record.requests
    for started, target, answered in zip(rows.started, rows.target, rows.answered, strict=True):
        if started < scene.end:
            assert record.state(target, started, "application").state in ("answering", "failing")
            left = record.state(target, started, "target").state == "unused"
            assert not left or answered <= started  # what nobody waits for any more is worked on all the same


# Luck


@given(scene=scenes())
def test_a_drain_ends_with_the_last_answer_or_at_its_limit(scene):
    record = play(scene)
    rows, begun = record.requests, {}
    for entry in record.states:
        if entry.state == "draining":
            begun[entry.part] = entry
        elif entry.state == "unused":
            drain = begun.pop(entry.part)
            mine = [row for row in range(len(rows)) if rows.target[row] == entry.part]
            if scene.balancer["load_balancing_algorithm_type"] == "one_line":
                # From the shared line it may take, when it has come back, what came before.
                mine = [row for row in mine if not entry.time <= rows.started[row] < inf]
            ends = [rows.answered[row] for row in mine if rows.arrived[row] < drain.time]
            last = max([drain.time, *ends])
            assert entry.time <= drain.until
            # Past the limit only those wait that never reached anybody.
            assert entry.time == pytest.approx(min(last, drain.until))
            late = [row for row in mine if rows.arrived[row] < entry.time < rows.answered[row]]
            assert all(rows.started[row] == inf for row in late)
        elif entry.aspect == "target":
            begun.pop(entry.part, None)


@given(scene=scenes())
def test_the_record_tells_what_the_balancer_thinks_of_each_target(scene):
    world = World(scene.seed)
    stage = Stage(scene, world)
    for moment in (scene.end / 3, scene.end / 2, scene.end):
        record = world.run(moment)
        told = {part: record.state(part, moment, "target") for part in record.parts_of("instance")}
        known = {part: entry.state for part, entry in told.items() if entry and entry.state != "unused"}
        assert {part: one.state for part, one in stage.contact.targets.items()} == known


@given(scene=scenes())
def test_the_same_seed_gives_the_same_record_and_another_seed_another(scene):
    record = play(scene)
    assert play(scene).fingerprint() == record.fingerprint()
    if len(record.requests):
        poisson = replace(scene, senders=tuple(_by_chance(sender) for sender in scene.senders))
        assert play(replace(poisson, seed=scene.seed + 1)).fingerprint() != play(poisson).fingerprint()


def _by_chance(sender: Sender) -> Sender:
    return replace(sender, more=sender.more | {"arrivals": "poisson"})


@given(scene=scenes())
def test_a_part_that_is_added_leaves_the_luck_of_the_others_alone(scene):
    def columns(world, names):
        record = world.run(scene.end)
        requests = record.requests
        senders = [record.parts[record.links[link][0]].name for link in requests.client]
        times = zip(requests.arrived, requests.started, requests.finished, requests.answered, strict=True)
        return [(name, *row) for name, row in zip(senders, times, strict=True) if name in names]

    alone, among = World(scene.seed), World(scene.seed)
    Stage(scene, alone)
    Stage(scene, among)
    other = AutoScalingGroup(among, "other", min_size=2, max_size=2)
    Customers(among, "others", traffic=steady(1), to=LoadBalancer(among, "elsewhere", targets=other))
    names = [sender.name for sender in scene.senders]
    assert columns(among, names) == columns(alone, names)


# The future


@given(scene=scenes(), share=st.floats(0.05, 0.95))
def test_no_reader_sees_the_future(scene, share):
    moment = round(scene.end * share, 3) + 0.000_123_4  # nothing else happens at this very moment
    whole, part = play(scene), play(scene, end=moment)
    assert measures.outcomes(whole, until=moment) == measures.outcomes(part)
    assert measures.availability(whole, until=moment) == measures.availability(part)
    assert str(measures.percentiles(whole, (50, 99), until=moment)) == str(
        measures.percentiles(part, (50, 99))
    )
    assert list(measures.response_times(whole, until=moment)) == list(measures.response_times(part))
    assert measures.instance_hours(whole, until=moment) == measures.instance_hours(part)
    assert measures.in_system(whole, [moment]) == measures.in_system(part, [moment])
    assert whole.requests.before(moment) == part.requests.before(moment) == len(part.requests)
    for column in ("states", "notes", "asks"):
        assert [entry for entry in getattr(whole, column) if entry.time <= moment] == getattr(part, column)
    for key, series in part.series.items():
        past = [time for time in whole.series[key].times if time <= moment]
        assert (past, list(whole.series[key].values[: len(past)])) == (
            list(series.times),
            list(series.values),
        )


@given(scene=scenes(), share=st.floats(0.05, 0.95))
def test_a_run_in_two_pieces_is_the_run_in_one(scene, share):
    world = World(scene.seed)
    Stage(scene, world)
    world.run(int(scene.end * share))  # whole seconds: now + (end - now) is then the end to the last digit
    assert world.run(scene.end).fingerprint() == play(scene).fingerprint()


@given(scene=scenes())
def test_reading_changes_nothing(scene):
    record = play(scene)
    before = record.fingerprint()
    for read in (measures.outcomes, measures.percentiles, measures.capacity, measures.instance_hours):
        read(record)
    measures.utilisation(record, 7.0)
    measures.arrivals(record, 7.0)
    assert record.fingerprint() == before


@given(scene=scenes(), period=st.sampled_from((7.0, 60.0, 1000.0)))
def test_utilisation_is_the_work_done_over_the_slots_there(scene, period):
    """The sum over the periods, from the columns: each second of each slot between start and end or break."""
    record = play(scene)
    requests = record.requests
    for part in record.parts_of("instance"):
        busy = 0.0
        for started, finished, target in zip(
            requests.started, requests.finished, requests.target, strict=True
        ):
            if target == part and started < scene.end:
                end = finished if finished < inf else broken_off(record, target, started)
                busy += min(end, scene.end) - started
        up = min(
            (e.time for e in record.states if e.part == part and e.state == "answering"), default=scene.end
        )
        there = (min(record.parts[part].gone, scene.end) - up) * record.parts[part].attributes["slots"]
        shares = measures.utilisation(record, period, part=part)
        assert all(0 <= share <= 1 for share in shares)
        if there > 0:
            whole = measures.utilisation(record, scene.end, part=part)
            assert whole == [pytest.approx(min(1.0, busy / there), abs=1e-6)]


# Bounds: every parameter with a limit, found in the signatures of kernel and models


def found_limits():
    """{(where, name): (function, parameter)} for each limit; `where` is the function's dotted name."""
    found = {}
    for module in modules():
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", None) != module.__name__ or not callable(thing):
                continue
            functions = [(name, thing)]
            if inspect.isclass(thing):
                functions = [
                    (f"{name}.{key}", value)
                    for key, value in vars(thing).items()
                    if inspect.isfunction(value)
                ]
            for place, function in functions:
                for parameter in parameters(function).values():
                    if isinstance(parameter.limit, Limit):
                        found[f"{module.__name__}.{place}", parameter.name] = (function, parameter)
    return found


NO_MODELS = {"__main__", "cli", "exercises", "grading", "labs", "shell", "views"}


def modules():
    """Kernel and models: all of cloudlab but the command, the lessons and what shows them."""
    for found in pkgutil.walk_packages(cloudlab.__path__, "cloudlab."):
        if found.name.split(".")[1] not in NO_MODELS:
            yield importlib.import_module(found.name)


def a_group(**sizes):
    given = {"min_size": 0, "max_size": 1000} | sizes
    return AutoScalingGroup(World(1), "web", **given)


def a_shop(**given):
    if "health_check_timeout_seconds" in given:
        given["health_check_interval_seconds"] = 300
    elif "health_check_interval_seconds" in given:
        given["health_check_timeout_seconds"] = 2
    return LoadBalancer(World(1), "shop", **given)


def some_customers(**given):
    world = World(1)
    Customers(world, "customers", traffic=steady(1), to=Instance(world, "machine"), **given)
    world.run(until=3)


LOG = Path(__file__).parent / "data" / "timed_access.log.gz"


def a_table(**given):
    """What is read from a small table of counts."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "counts.csv"
        path.write_text("time,count\n2026-11-02 10:00,5000\n2026-11-02 10:05,5000\n", encoding="utf-8")
        from_csv(path, **given)


def a_machine():
    return Instance(World(1), "machine")


def a_record():
    world = World(1)
    Instance(world, "machine")
    return world.run(until=10)


def rising(low, high, given):
    """Two rates, of which the one that isn't given is as far away as it may be."""
    limit = parameters(sinusoid)["low"].limit
    return {low: limit.low, high: limit.high} | given


CALLS = {
    "cloudlab.autoscaling.group.AutoScalingGroup.__init__": a_group,
    "cloudlab.autoscaling.group.AutoScalingGroup.update_auto_scaling_group": (
        lambda **given: a_group().update_auto_scaling_group(**given)
    ),
    "cloudlab.ec2.Instance.fail": lambda **given: a_machine().fail(**given),
    "cloudlab.ec2.Instance.slow_down": lambda **given: a_machine().slow_down(**given),
    "cloudlab.ec2._check_template": LaunchTemplate,
    "cloudlab.load_balancer.balancer.LoadBalancer.__init__": a_shop,
    "cloudlab.traffic.access_log.from_access_log": lambda **given: from_access_log(LOG, **given),
    "cloudlab.traffic.csv_counts.from_csv": a_table,
    "cloudlab.traffic.customers.Customers.__init__": some_customers,
    "cloudlab.traffic.shapes.sinusoid": lambda **given: sinusoid(**rising("low", "high", given)),
    "cloudlab.traffic.shapes.daily": lambda **given: daily(**rising("night", "peak", given)),
    "cloudlab.traffic.shapes.weekly": lambda **given: weekly(**rising("night", "peak", given)),
}
"""How to call what has a limit, with the one parameter under test. Of others the limit alone is tested."""

PLAIN = {
    "record": a_record(),
    "rate": 2.0,
    "to": 4.0,
    "low": 1.0,
    "high": 5.0,
    "night": 1.0,
    "peak": 5.0,
    "period": 60.0,
}
"""Something plain for each parameter without a default of functions that need no entry in `CALLS`."""

RELATED = {"cloudlab.cluster.placement.strategy", "cloudlab.sns.retries.healthy_retry_policy"}
"""Functions with rules between their parameters, which tests of their own hold: here the limit alone is tested."""

LIMITS = found_limits()


def call(where, name, value):
    """Call the function at `where` with `value` for the parameter `name`, or else only check that value."""
    function, tested = LIMITS[where, name]
    required = [parameter.name for parameter in parameters(function).values() if parameter.required]
    alone = inspect.isfunction(function) and "self" not in inspect.signature(function).parameters
    if where in CALLS:
        CALLS[where](**{name: value})
    elif alone and set(required) <= {*PLAIN, name} and where not in RELATED:
        result = function(**{key: PLAIN[key] for key in required if key != name}, **{name: value})
        list(result) if inspect.isgenerator(result) else result
    else:
        check(tested, value)


def test_limits_are_found_in_the_signatures():
    assert len(LIMITS) > 40
    assert (
        "cloudlab.load_balancer.balancer.LoadBalancer.__init__",
        "health_check_interval_seconds",
    ) in LIMITS
    assert {where for where, _ in LIMITS} >= set(CALLS)


@pytest.mark.parametrize(("where", "name"), LIMITS)
def test_both_ends_of_a_range_are_allowed_and_one_outside_is_one_sentence(where, name):
    function, parameter = LIMITS[where, name]
    limit = parameter.limit
    assert inspect.unwrap(function) is not function, f"{where} has limits, but isn't @checked"
    if limit.low is None and limit.high is None:
        assert limit.choices
        for choice in limit.choices:
            call(where, name, choice)
        refuse(where, name, "no such thing", "must be one of ")
        return
    step = 1 if parameter.type is int else 0.01
    for end, outside, close in (
        (limit.low, -step, -inf),
        (limit.high, step, inf),
    ):
        if end is not None:
            call(where, name, end)
            message = refuse(where, name, end + outside, limit.rule())
            assert f" {limit.unit}".rstrip() in message
            refuse(where, name, nextafter(end, close))
    for nonsense in ("5", True, [5], float("nan"), inf):
        refuse(where, name, nonsense)
    if parameter.type is int:
        refuse(where, name, 2.5, "whole number")


def refuse(where, name, value, *words):
    """The one sentence with which the function at `where` refuses a value, with these words in it."""
    with pytest.raises(InvalidParameter) as error:
        call(where, name, value)
    message = str(error.value)
    assert message.startswith(f"{name} is ")
    assert message.endswith(".")
    assert "\n" not in message
    for word in words:
        assert word in message
    return message


@given(low=st.integers(0, 5), wish=st.integers(0, 5), high=st.integers(0, 5))
def test_a_group_is_built_exactly_when_its_three_numbers_are_in_order(low, wish, high):
    def build():
        return a_group(min_size=low, desired_capacity=wish, max_size=high)

    if low <= wish <= high:
        assert build().desired_capacity == wish
    else:
        with pytest.raises(InvalidParameter, match="min_size|desired_capacity"):
            build()


@given(
    sizes=st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)).map(sorted),
    change=st.fixed_dictionaries(
        {}, optional={key: st.integers(0, 6) for key in ("min_size", "max_size", "desired_capacity")}
    ),
)
def test_a_change_of_the_bounds_keeps_the_order_or_changes_nothing(sizes, change):
    low, wish, high = sizes
    group = a_group(min_size=low, desired_capacity=wish, max_size=high)
    new_low, new_high = change.get("min_size", low), change.get("max_size", high)
    possible = new_low <= new_high and new_low <= change.get("desired_capacity", new_low) <= new_high
    if possible:
        group.update_auto_scaling_group(**change)
        clipped = max(new_low, min(new_high, wish))
        assert (group.min_size, group.max_size) == (new_low, new_high)
        assert group.desired_capacity == change.get("desired_capacity", clipped)
    else:
        with pytest.raises(InvalidParameter):
            group.update_auto_scaling_group(**change)
        assert (group.min_size, group.desired_capacity, group.max_size) == (low, wish, high)
