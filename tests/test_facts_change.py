"""A test that cites a fact fails when the model no longer keeps to the fact: proved by changing each place.

The changes are made in a copy of the package, by another Python (see `changed_copies`).
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import changed_copies
import pytest
from facts import FACTS
from samples import NIGHTLY
from test_facts import citations
from test_facts_load_balancer import RANGES

import cloudlab

PACKAGE = Path(cloudlab.__file__).parent
NUMBERS = {"deregistration_delay_timeout_seconds": "LB-14", "idle_timeout_timeout_seconds": "LB-18"}
ALARMS = "alarms.py"
GROUP, FLEET, MEMBERS, SIZES = (f"autoscaling/{name}.py" for name in ("group", "fleet", "members", "sizes"))
BALANCER, ROUTING = "load_balancer/balancer.py", "load_balancer/routing.py"
SCALING, BY_ALARM, TRACKING, ADJUST, SCHEDULES, METRICS = (
    f"autoscaling/policies/{name}.py"
    for name in ("scaling", "by_alarm", "target_tracking", "adjustments", "schedules", "metrics")
)

COOL = "self.world.now >= self.active_until + self.default_cooldown"
LATE = "world.now > self.scaling.group.active_until + 300"

CHANGES = [
    ("AS-1", GROUP, "min_size if desired_capacity is None", "max_size if desired_capacity is None"),
    ("AS-1", GROUP, "max_size: Annotated[int, Size],", "max_size: Annotated[int, Size] = 9,"),
    ("AS-2", SIZES, "if not low <= desired <= high", "if not low < desired <= high"),
    ("AS-2", SIZES, "if not low <= desired <= high", "if not low <= desired < high"),
    ("AS-2", SIZES, "if not low <= desired <= high", "if not low <= desired"),
    ("AS-2", SIZES, "if not low <= desired <= high", "if not desired <= high"),
    ("AS-2", GROUP, "max(self.min_size, min(self.max_size, capacity))", "min(self.max_size, capacity)"),
    ("AS-2", GROUP, "max(self.min_size, min(self.max_size, capacity))", "max(self.min_size, capacity)"),
    ("AS-2", GROUP, "max(low, min(high, self.desired_capacity))", "min(high, self.desired_capacity)"),
    ("AS-2", GROUP, "max(low, min(high, self.desired_capacity))", "max(low, self.desired_capacity)"),
    ("AS-3", MEMBERS, "min(zones, key=taken.count)", "zones[0]"),
    ("AS-3", GROUP, "missing = self.desired_capacity", "missing = self.min_size"),
    ("AS-4", GROUP, "honor_cooldown: bool = False", "honor_cooldown: bool = True"),
    ("AS-4", GROUP, "if honor_cooldown and", "if False and"),
    ("AS-5", "ec2.py", "time=world.now,", "time=world.now + template.launch_time,"),
    ("AS-5", "kernel/measures.py", "sum(lives) / 3600", "sum(lives) / 60"),
    ("AS-7", MEMBERS, "for member in held if not member.protected", "for member in held if True"),
    ("AS-7", GROUP, "self.version, self.new_instances_protected_from_scale_in", "self.version, False"),
    ("AS-7", GROUP, ":= self._fault(member)", ":= not member.protected and self._fault(member)"),
    ("AS-9", FLEET, "self._enter(member, ENDED)", "pass"),
    ("AS-9", FLEET, ' and member.instance.state == "running"', ""),
    ("AS-11", GROUP, 'not in ("Healthy", "Unhealthy")', 'not in ("Healthy", "Unhealthy", "Sick")'),
    ("AS-13", GROUP, 'self.health_check_type == "ELB" and', "True and"),
    ("AS-13", GROUP, 'self.health_check_type == "ELB" and', "False and"),
    ("AS-14", GROUP, 'label="Grace period")] = 0', 'label="Grace period")] = 300'),
    ("AS-14", GROUP, "member.in_service_at + self.health_check", "member.instance.born + self.health_check"),
    ("AS-14", GROUP, 'return "no longer', 'return "" if self._in_grace(member) else "no longer'),
    ("AS-14", GROUP, "should_respect_grace_period: bool = True", "should_respect_grace_period: bool = False"),
    ("AS-15", GROUP, "if missing > 0:", f"if missing > 0 and {COOL}:"),
    ("AS-15", GROUP, "(member)\n        have", "(surplus(self.fleet.holding(), 0, self._dice))\n        have"),
    ("AS-15", FLEET, "(member.instance) for balancer in self.balancers", "(member.instance) for balancer in ()"),
    ("AS-16", MEMBERS, "in (STARTING, SERVING)", "in (STARTING, SERVING, ENDING)"),
    ("AS-17", GROUP, 'label="Cooldown")] = 300', 'label="Cooldown")] = 299'),
    ("AS-17", FLEET, ".instance.name]\n        self.active_until", ".instance.name]\n        _"),
    ("AS-17", BY_ALARM, "group.active_until + self.cooldown", "group.active_until"),
    ("AS-17", BY_ALARM, "scaling.group.default_cooldown if cooldown is None", "299 if cooldown is None"),
    ("AS-18", SCALING, "given = estimated, self.group.default_instance_warmup,", "given = estimated,"),
    ("AS-18", SCALING, "given = estimated, ", "given = "),
    ("AS-18", SCALING, "if seconds is not None)", "if seconds)"),
    ("AS-18", GROUP, 'label="Warm-up")] = None', 'label="Warm-up")] = 300'),
    ("AS-19", FLEET, "one.in_service_at <= since", "one.in_service_at <= self.world.now"),
    ("AS-19", SCALING, "self.group.warmed(warmup)", "self.group.warmed(0)"),
    ("AS-19", BY_ALARM, "desired - self.scaling.warming(self.warmup)", "desired"),
    ("AS-20", BY_ALARM, "return not self.scaling.warming(self.warmup)", "return True"),
    ("AS-20", TRACKING, " and not self.scaling.warming(self.warmup)", ""),
    ("AS-21", BY_ALARM, "scaling.add(self)", "pass"),
    ("AS-22", ADJUST, "return max(0, adjustment)", "return max(0, capacity + adjustment)"),
    ("AS-22", ADJUST, "return max(0, capacity + adjustment)", "return capacity + adjustment"),
    ("AS-23", ADJUST, "abs(capacity * adjustment) // 100", "round(capacity * adjustment / 100)"),
    ("AS-23", ADJUST, "size = max(1, abs", "size = max(0, abs"),
    ("AS-23", ADJUST, "abs(capacity * adjustment) // 100", "-(-abs(capacity * adjustment) // 100)"),
    ("AS-24", ADJUST, "// 100, magnitude)", "// 100)"),
    ("AS-25", BY_ALARM, "if not group.busy() and", "if True or"),
    ("AS-25", BY_ALARM, "group.active_until + self.cooldown", "group.active_until - 1"),
    ("AS-26", ADJUST, "if (low <= beyond < up)", "if (low < beyond <= up)"),
    ("AS-26", ADJUST, "else (low < beyond <= up)", "else (low <= beyond < up)"),
    ("AS-26", ADJUST, "if up != following:", "if up > following:"),
    ("AS-26", ADJUST, "if up != following:", "if up < following:"),
    ("AS-26", ADJUST, "if -inf < found[0][0] < 0:", "if False:"),
    ("AS-26", ADJUST, "if 0 < found[-1][1] < inf:", "if False:"),
    ("AS-26", ADJUST, " or (low, up) == (-inf, inf)", ""),
    ("AS-27", BY_ALARM, "desired - self.scaling.warming(self.warmup)", "desired"),
    ("AS-27", BY_ALARM, "if step is None:", "if step is None or self.scaling.group.busy():"),
    ("AS-28", METRICS, '"Minimum": min', '"Minimum": max'),
    ("AS-28", METRICS, '"Maximum": max', '"Maximum": min'),
    ("AS-28", METRICS, "fsum(values) / len(values)", "sorted(values)[0]"),
    ("AS-28", METRICS, '= "Average"', '= "Maximum"'),
    ("AS-29", METRICS, "count / minutes / healthy", "count / minutes"),
    ("AS-29", METRICS, "count / minutes / healthy", "count / healthy / minutes / 60"),
    ("AS-29", TRACKING, " and not self.disable_scale_in", ""),
    ("AS-29", TRACKING, "disable_scale_in: bool = False", "disable_scale_in: bool = True"),
    ("AS-30", TRACKING, "ceil(round(there", "int(round(there"),
    ("AS-30", TRACKING, "metric_value / self.target_value, 6)", "metric_value / self.target_value, 12)"),
    ("AS-30", TRACKING, "ceil(round(there * metric_value", "ceil(round(there + metric_value"),
    ("AS-30", GROUP, "max(self.min_size, min(self.max_size, capacity))", "capacity"),
    ("AS-31", SCALING, "max(allowed, key", "min(allowed, key"),
    ("AS-31", TRACKING, "agreed = all(", "agreed = any("),
    ("AS-31", TRACKING, "one.disable_scale_in or", ""),
    ("AS-32", ALARMS, "if not real:", "if False:"),
    ("AS-32", METRICS, "if not shares:\n            return None", "if not shares:\n            return 0.0"),
    ("AS-33", METRICS, "fsum(values) / len(values)", "fsum(values)"),
    ("AS-34", TRACKING, "IN_SHARE = 3, 15, 0.7", "IN_SHARE = 2, 15, 0.7"),
    ("AS-34", TRACKING, "IN_SHARE = 3, 15, 0.7", "IN_SHARE = 4, 15, 0.7"),
    ("AS-34", TRACKING, "IN_SHARE = 3, 15, 0.7", "IN_SHARE = 3, 14, 0.7"),
    ("AS-34", TRACKING, "IN_SHARE = 3, 15, 0.7", "IN_SHARE = 3, 16, 0.7"),
    ("AS-34", TRACKING, "IN_SHARE = 3, 15, 0.7", "IN_SHARE = 3, 15, 0.9"),
    ("AS-36", SCHEDULES, "datetime(2026, 6, 1, ", "datetime(2026, 6, 2, "),
    ("AS-36", SCHEDULES, "return by_day or by_weekday", "return by_day and by_weekday"),
    ("AS-36", SCHEDULES, "{number % 7 for number in weekdays}", "weekdays"),
    ("AS-36", SCHEDULES, "last or (high if every else first)", "last or first"),
    ("AS-36", SCHEDULES, "if not given:", "if False:"),
    ("AS-36", SCHEDULES, "if due(self.fields, minute)", f"if due(self.fields, minute) and {LATE}"),
    ("AS-38", MEMBERS, "fullest = max(", "fullest = min("),
    ("AS-38", MEMBERS, "for member in held]", "for member in held if not member.protected]"),
    ("AS-39", MEMBERS, "order = [(member.version, ", "order = [(0, "),
    ("AS-39", MEMBERS, "-((now - member.instance.born)", "((now - member.instance.born)"),
    ("AS-39", MEMBERS, "member.instance.born) % 3600", "member.instance.born) % 36000"),
    ("AS-39", MEMBERS, "return dice.choice(", "return (lambda equal: equal[0])("),
    ("CW-1", ALARMS, ":]) >= datapoints_to_alarm", ":]) > datapoints_to_alarm"),
    ("CW-2", ALARMS, "not in (10, 20, 30)", "not in (10, 30)"),
    ("CW-2", ALARMS, "and period % 60:", "and period % 30:"),
    ("CW-3", ALARMS, "if period >= 3600", "if period > 3600"),
    ("CW-3", ALARMS, "DAY, WEEK = 86_400", "DAY, WEEK = 90_000"),
    ("CW-3", ALARMS, "DAY, WEEK = 86_400, 604_800", "DAY, WEEK = 86_400, 700_000"),
    ("CW-5", ALARMS, 'self._enter("INSUFFICIENT_DATA")', 'self._enter("OK")'),
    ("CW-5", ALARMS, 'if state == "ALARM":\n', 'if state == "ALARM" and len(self._points) < 2:\n'),
    ("CW-6", ALARMS, "MORE_POINTS = 2", "MORE_POINTS = 1"),
    ("CW-7", ALARMS, "real[-evaluation_periods:]", "real[:evaluation_periods]"),
    ("CW-7", ALARMS, "(short if", "(0 if"),
    ("CW-8", ALARMS, "if not real:", "if len(real) < 2:"),
    ("CW-9", ALARMS, "if sum(real) >= datapoints_to_alarm:", "if False:"),
    ("CW-10", ALARMS, "latest.index(True) >= datapoints", "latest.index(True) >= 1 or datapoints"),
    ("CW-11", ALARMS, "if not all(real):", "if False:"),
    ("AS-53", SCHEDULES, "if less > more:", "if False:"),
    ("AS-50", SCALING, "if self.count_terminating else 0", "if not self.count_terminating else 0"),
    ("AS-50", SCALING, "count_terminating: bool = True", "count_terminating: bool = False"),
    ("AS-50", BY_ALARM, "self.scaling.terminating() if step < 0 else 0", "self.scaling.terminating()"),
    ("AS-50", BY_ALARM, "self.scaling.terminating() if step < 0 else 0", "0"),
    ("AS-50", TRACKING, "0 if out else self.scaling.terminating()", "0"),
    ("LB-4", BALANCER, '] = "round_robin"', '] = "weighted_random"'),
    ("LB-4", ROUTING, "cycle(range(count))", "cycle(range(1))"),
    ("LB-5", ROUTING, "            waiting[index] += 1\n", ""),
    ("LB-5", ROUTING, "unanswered and unanswered[0][0] <= time", "False"),
    ("LB-6", ROUTING, "int(random() * count)", "int(random() ** 2 * count)"),
    ("LB-9", BALANCER, "target.answers(within=patience)", "target.answers(within=patience + 1)"),
    ("LB-10", BALANCER, '"initial" and passed', '"initial" and entry.passed > 1'),
    ("LB-10", BALANCER, "entry.passed >= self.healthy_threshold_count", "entry.passed >= 1"),
    ("LB-11", BALANCER, "entry.failed >= self.unhealthy", "entry.failed > self.unhealthy"),
    ("LB-11", BALANCER, "yield self.world.timeout(patience)", "yield self.world.timeout(0)"),
    ("LB-12", BALANCER, 'else ("initial", "unhealthy")', 'else ("initial",)'),
    ("LB-12", BALANCER, 'wanted = ("healthy",) if', 'wanted = ("healthy", "unhealthy") if'),
    ("LB-13", BALANCER, 'self._enter(entry, "unused")', 'self._enter(entry, "unavailable")'),
    ("LB-14", BALANCER, "if server.idle_at() > self.world.now:", "if False:"),
    ("LB-14", BALANCER, 'self._enter(registration, "draining", until=limit)', "pass"),
    ("LB-17", ROUTING, "cycle(range(count))", "cycle(range(count - 1))"),
    ("LB-18", "traffic/customers.py", ", to.idle_timeout)", ", inf)"),
    ("LB-19", "kernel/serving.py", "CONNECT_TIMEOUT = 10.0", "CONNECT_TIMEOUT = 11.0"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 499, 500, 502, 503, 504)"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 460, 502, 502, 503, 504)"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 460, 500, 504, 503, 502)"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 460, 500, 502, 504, 504)"),
    ("LB-20", FLEET, "balancer.register(member.instance)", "pass"),
    ("LB-20", FLEET, "balancer.register(instance)", "pass"),
]  # fmt: skip

for name, low, high, default in RANGES:
    fact, source = NUMBERS.get(name, "LB-9"), (PACKAGE / BALANCER).read_text(encoding="utf-8")
    limit = re.search(rf"{name}: Annotated\[\s*int, Limit\(", source)[0]
    parameter = re.search(rf"{name}: .*?\)\s*\] = \d+", source, re.DOTALL)[0]
    CHANGES += [
        (fact, BALANCER, f"{limit}{low}, ", f"{limit}{low + 1}, "),
        (fact, BALANCER, f"{limit}{low}, {high}, ", f"{limit}{low}, {high - 1}, "),
        (fact, BALANCER, f"{limit}{low}, {high}, ", f"{limit}{low}, {high + 1}, "),
        (fact, BALANCER, parameter, parameter.removesuffix(f"= {default}") + f"= {default + 1}"),
    ]


def failures(folder: Path, changes: list) -> list[list[str]]:
    """The tests that fail with each change."""
    done = subprocess.run(
        [sys.executable, changed_copies.__file__, str(folder)],
        input=json.dumps(changes),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("file, text", sorted({(file, old) for _, file, old, _ in CHANGES}))
def test_each_text_to_be_changed_stands_in_its_file(file, text):
    assert text in (PACKAGE / file).read_text(encoding="utf-8")


@pytest.mark.sampled
@pytest.mark.parametrize("kind", ["AS", "LB"])
def test_without_a_change_no_test_fails_and_with_any_change_one_does(kind, tmp_path):
    """A usual run changes one place for each fact, a nightly one all."""
    first = {change[0]: change for change in reversed(CHANGES)}
    chosen = CHANGES if NIGHTLY else first.values()
    changes = [change for change in chosen if change[0].startswith(kind)]
    unchanged = [(number, GROUP, "", "") for number in sorted({number for number, *_ in changes})]
    failed = failures(tmp_path, unchanged + changes)
    assert failed[: len(unchanged)] == [[] for _ in unchanged]
    survived = [change for change, names in zip(changes, failed[len(unchanged) :], strict=True) if not names]
    assert survived == []


def test_each_fact_that_has_tests_is_changed_once():
    files = tuple(f"tests/{name}.py" for name in changed_copies.TEST_MODULES)
    cited = {number for name, numbers in citations().items() if name.startswith(files) for number in numbers}
    assert {number for number, *_ in CHANGES} == cited & FACTS.keys()
