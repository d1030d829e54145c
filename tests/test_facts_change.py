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
from samples import NIGHTLY
from test_facts import citations
from test_facts_load_balancer import RANGES

import cloudlab

PACKAGE = Path(cloudlab.__file__).parent
NUMBERS = {"deregistration_delay_timeout_seconds": "LB-14", "idle_timeout_timeout_seconds": "LB-18"}
ALARMS = "alarms.py"
LOGS, ROWS, FILES = (f"traffic/{name}.py" for name in ("log_aws", "log_rows", "files"))
GROUP, FLEET, MEMBERS, SIZES = (f"autoscaling/{name}.py" for name in ("group", "fleet", "members", "sizes"))
SERVER, PRICES, BILLING = "kernel/server.py", "pricing/prices.toml", "pricing/billing.py"
BALANCER, ROUTING = "load_balancer/balancer.py", "load_balancer/routing.py"
SCALING, BY_ALARM, TRACKING, ADJUST, SCHEDULES, METRICS = (
    f"autoscaling/policies/{name}.py"
    for name in ("scaling", "by_alarm", "target_tracking", "adjustments", "schedules", "metrics")
)

QUEUE, LINE, FIFO, MESSAGE, BATCHES, REDRIVE, SHELVES = (
    f"sqs/{name}.py" for name in ("queue", "line", "fifo", "message", "batch", "redrive", "servers")
)
TABLES = "kernel/messages.py"

COOL = "self.world.now >= self.active_until + self.default_cooldown"
DUE = "if due(self.recurrence, minute, self.zone):"
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
    ("AS-4", GROUP, "if honor_cooldown and self.busy():", "if False:"),
    ("AS-4", GROUP, "if honor_cooldown and self.world.now < cool_at:", "if False:"),
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
    ("AS-17", BY_ALARM, ".now >= group.active_until", ".now > group.active_until"),
    ("AS-17", GROUP, "self.world.now < cool_at", "self.world.now <= cool_at"),
    ("AS-17", BY_ALARM, "scaling.group.default_cooldown if cooldown is None", "299 if cooldown is None"),
    ("AS-18", SCALING, "given = estimated, self.group.default_instance_warmup,", "given = estimated,"),
    ("AS-18", SCALING, "given = estimated, ", "given = "),
    ("AS-18", SCALING, "if seconds is not None)", "if seconds)"),
    ("AS-18", GROUP, 'label="Warm-up")] = None', 'label="Warm-up")] = 300'),
    ("AS-19", FLEET, "one.in_service_at <= since", "one.in_service_at <= self.world.now"),
    ("AS-19", FLEET, "one.in_service_at <= since", "one.in_service_at < since"),
    ("AS-19", SCALING, "self.group.warmed(warmup)", "self.group.warmed(0)"),
    ("AS-19", BY_ALARM, "desired - self.scaling.warming(self.warmup)", "desired"),
    ("AS-20", BY_ALARM, "return not self.scaling.warming(self.warmup)", "return True"),
    ("AS-20", TRACKING, " and not self.scaling.warming(self.warmup)", ""),
    ("AS-21", BY_ALARM, "scaling.add(self)", "pass"),
    ("AS-22", ADJUST, "return max(0, adjustment)", "return max(0, capacity + adjustment)"),
    ("AS-22", ADJUST, "return max(0, adjustment)", "return max(capacity, adjustment)"),
    ("AS-22", ADJUST, "return max(0, capacity + adjustment)", "return capacity + adjustment"),
    ("AS-23", ADJUST, "abs(capacity * adjustment) // 100", "round(capacity * adjustment / 100)"),
    ("AS-23", ADJUST, "size = max(1, abs", "size = max(0, abs"),
    ("AS-23", ADJUST, "abs(capacity * adjustment) // 100", "-(-abs(capacity * adjustment) // 100)"),
    ("AS-24", ADJUST, "// 100, magnitude)", "// 100)"),
    ("AS-25", BY_ALARM, "if not group.busy() and", "if True or"),
    ("AS-25", BY_ALARM, "if not group.busy() and", "if"),
    ("AS-25", BY_ALARM, ".now >= group.active_until", ".now > group.active_until"),
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
    ("AS-29", METRICS, 'target.state == "healthy"', "True"),
    ("AS-29", METRICS, "count / minutes / healthy", "count / healthy / minutes / 60"),
    ("AS-29", TRACKING, " and not self.disable_scale_in", ""),
    ("AS-29", TRACKING, "disable_scale_in: bool = False", "disable_scale_in: bool = True"),
    ("AS-30", TRACKING, "ceil(round(there", "int(round(there"),
    ("AS-30", TRACKING, "ceil(round(there", "ceil(round(self.scaling.group.desired_capacity"),
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
    ("AS-36", SCHEDULES, "(any(days) if recurrence.either else all(days))", "all(days)"),
    ("AS-36", SCHEDULES, "{day % 7 for day in recurrence.weekdays}", "recurrence.weekdays"),
    ("AS-36", SCHEDULES, "[high] if star or (every and not last) else", "[high] if star else"),
    ("AS-36", SCHEDULES, "any(days) if recurrence.either", "any(days) if len(recurrence.days) < 31"),
    ("AS-36", SCHEDULES, '"*" not in texts[2] + texts[4]', '"*" not in texts[2]'),
    ("AS-36", SCHEDULES, '"*" not in texts[2] + texts[4]', '"*" not in (texts[2], texts[4])'),
    ("AS-36", SCHEDULES, "count(ceil(world.now / 60))", "count(int(world.now / 60) + 1)"),
    ("AS-36", SCHEDULES, "if less > more:", "if less >= more:"),
    ("AS-36", SCHEDULES, "low <= start <= end <= high", "low < start <= end <= high"),
    ("AS-36", SCHEDULES, "low <= start <= end <= high", "low <= start <= end < high"),
    ("AS-36", SCHEDULES, "low <= start <= end <= high", "low <= start <= end"),
    ("AS-36", SCHEDULES, "low <= start <= end <= high", "start <= end <= high"),
    ("AS-36", SCHEDULES, "low <= start <= end <= high", "low <= start < end <= high"),
    ("AS-36", SCHEDULES, "range(start, end + 1, distance)", "range(start, end, distance)"),
    ("AS-36", SCHEDULES, "range(start, end + 1, distance)", "range(start, end + 1)"),
    ("AS-36", SCHEDULES, "if not given:", "if False:"),
    ("AS-36", SCHEDULES, DUE, f"{DUE[:-1]} and {LATE}:"),
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
    ("CW-9", ALARMS, "if not real:", "if len(real) < 2:"),
    ("CW-11", ALARMS, "if sum(real) >= datapoints_to_alarm:", "if False:"),
    ("CW-10", ALARMS, "latest.index(True) >= datapoints", "latest.index(True) >= 1 or datapoints"),
    ("CW-11", ALARMS, "if not all(real):", "if False:"),
    ("AS-53", SCHEDULES, "if less > more:", "if False:"),
    ("AS-50", SCALING, "if self.count_terminating else 0", "if not self.count_terminating else 0"),
    ("AS-50", SCALING, "count_terminating: bool = True", "count_terminating: bool = False"),
    ("AS-50", BY_ALARM, "self.scaling.terminating() if step < 0 else 0", "self.scaling.terminating()"),
    ("AS-50", BY_ALARM, "self.scaling.terminating() if step < 0 else 0", "0"),
    ("AS-50", TRACKING, "0 if out else self.scaling.terminating()", "0"),
    ("AS-52", SCHEDULES, "len(texts) != len(FIELDS)", "len(texts) < len(FIELDS)"),
    ("AS-52", SCHEDULES, "[A-Za-z]{3}", "[?]"),
    ("AS-52", SCHEDULES, "name == word.upper()", "name == word"),
    ("AS-52", SCHEDULES, '"SAT", "SUN")', '"SAT")'),
    ("AS-52", SCHEDULES, ".astimezone(zone)", ""),
    ("AS-52", SCHEDULES, 'time_zone: str = "Etc/UTC"', 'time_zone: str = "Europe/Berlin"'),
    ("AS-52", SCHEDULES, "return ZoneInfo(time_zone)", "return UTC"),
    ("AS-52", SCHEDULES, '("hour", 0, 23, ())', '("hour", 0, 24, ())'),
    ("AS-53", SCHEDULES, "if not given:", "if False:"),
    ("AS-53", SCHEDULES, "if less > more:", "if False:"),
    ("AS-53", SCHEDULES, "if less > more:", "if less >= more:"),
    ("LB-4", BALANCER, '] = "round_robin"', '] = "weighted_random"'),
    ("LB-4", ROUTING, "cycle(range(count))", "cycle(range(1))"),
    ("LB-5", ROUTING, "            waiting[index] += 1\n", ""),
    ("LB-5", ROUTING, "unanswered and unanswered[0][0] <= time", "False"),
    ("LB-5", ROUTING, "fewest, index = min(waiting), self._next", "fewest, index = min(waiting), 0"),
    ("LB-5", ROUTING, "self._next = index + 1 if index + 1 < count else 0\n            yield", "yield"),
    ("LB-6", ROUTING, "int(random() * count)", "int(random() ** 2 * count)"),
    ("LB-9", BALANCER, "(self.health_check_timeout_seconds)", "(self.health_check_timeout_seconds + 1)"),
    ("LB-9", SERVER, "return check.good and check.turn <= latest", "return check.turn <= latest"),
    ("LB-9", SERVER, "return check.good and check.turn <= latest", "return check.good and check.turn < latest"),
    ("LB-9", SERVER, "return check.good and check.turn <= latest", "return check.good"),
    ("LB-9", BALANCER, "0 if passed else entry.failed + 1", "entry.failed + (not passed)"),
    ("LB-9", BALANCER, "entry.passed + 1 if passed else 0", "entry.passed + passed"),
    ("LB-9", BALANCER, "passed >= self.healthy_threshold_count", "passed > self.healthy_threshold_count"),
    ("LB-9", BALANCER, "failed >= self.unhealthy_threshold_count", "failed > self.unhealthy_threshold_count"),
    ("LB-9", SERVER, "(end := min(check.turn, latest)) > world.now", "(end := world.now) > latest"),
    ("LB-9", SERVER, "end := min(check.turn, latest)", "end := latest"),
    ("LB-9", SERVER, "self.alive or self.refuses else inf", "self.alive else inf"),
    ("LB-10", BALANCER, '"initial" and passed', '"initial" and entry.passed > 1'),
    ("LB-10", BALANCER, "entry.passed >= self.healthy_threshold_count", "entry.passed >= 1"),
    ("LB-11", BALANCER, "entry.failed >= self.unhealthy", "entry.failed > self.unhealthy"),
    ("LB-11", SERVER, "self.alive or self.refuses else inf", "True else inf"),
    ("LB-12", BALANCER, 'else ("initial", "unhealthy")', 'else ("initial",)'),
    ("LB-12", BALANCER, 'wanted = ("healthy",) if', 'wanted = ("healthy", "unhealthy") if'),
    ("LB-13", BALANCER, 'self._enter(entry, "unused")', 'self._enter(entry, "unavailable")'),
    ("LB-14", BALANCER, "target.server.cut(world.now)", "pass"),
    ("LB-14", BALANCER, "target.server.changed | world.until", "world.until"),
    ("LB-14", BALANCER, "min(limit, max(answered[row] for row in rows))", "limit"),
    ("LB-14", BALANCER, "            rows = self._unanswered(rows)\n", "            rows = []\n"),
    ("LB-14", BALANCER, "answered[row] > now]", "answered[row] > now + 1]"),
    ("LB-14", BALANCER, 'self._enter(registration, "draining", until=limit)', "pass"),
    ("LB-17", ROUTING, "cycle(range(count))", "cycle(range(count - 1))"),
    ("LB-18", "traffic/customers.py", ", to.idle_timeout)", ", inf)"),
    ("LB-18", "traffic/customers.py", "elif amended.finished > latest:", "elif False:"),
    ("LB-19", "kernel/serving.py", "CONNECT_TIMEOUT = 10.0", "CONNECT_TIMEOUT = 11.0"),
    ("LB-19", "kernel/serving.py", "if customers.limit > CONNECT_TIMEOUT:", "if True:"),
    ("LB-19", "kernel/serving.py", "if customers.limit > CONNECT_TIMEOUT:", "if False:"),
    ("LB-19", "kernel/serving.py", "limit > CONNECT_TIMEOUT:", "limit >= CONNECT_TIMEOUT:"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 499, 500, 502, 503, 504)"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 460, 502, 502, 503, 504)"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 460, 500, 504, 503, 502)"),
    ("LB-19", "kernel/record.py", "(200, 460, 500, 502, 503, 504)", "(200, 460, 500, 502, 504, 504)"),
    ("LB-20", FLEET, "balancer.register(member.instance)", "pass"),
    ("LB-20", FLEET, "balancer.register(instance)", "pass"),
    ("LB-20", BALANCER, "return registration.drained", "return self.world.timeout(0)"),
    ("PR-19", PRICES, 'value = "0.0225"', 'value = "0.0226"'),
    ("PR-19", PRICES, 'value = "0.008"', 'value = "0.0081"'),
    ("PR-20", PRICES, 'value = "25"', 'value = "24"'),
    ("PR-20", PRICES, 'value = "3000"', 'value = "1500"'),
    ("PR-20", PRICES, 'value = "1"\n', 'value = "0.4"\n'),
    ("PR-20", PRICES, 'value = "1000"', 'value = "999"'),
    ("PR-20", PRICES, 'value = "10"', 'value = "11"'),
    ("PR-20", BILLING, "counted_rules = max(Decimal(0), ", "counted_rules = max(1, "),
    ("PR-20", BILLING, "yield _seconds(end), max(load.values())", "yield _seconds(end), min(load.values())"),
    ("PR-20", BILLING, "ns=Decimal(count) / HOUR", "ns=Decimal(count) / int(end - start)"),
    ("PR-20", BILLING, "to_integral_value(ROUND_CEILING)", "to_integral_value(ROUND_HALF_UP)"),
    ("PR-33", PRICES, 'value = "0.0104"', 'value = "0.0105"'),
    ("PR-33", PRICES, 'value = "0.0416"', 'value = "0.0415"'),
    ("PR-33", PRICES, 'value = "0.096"', 'value = "0.097"'),
    ("PR-33", PRICES, 'value = "0.1008"', 'value = "0.1007"'),
    ("PR-33", PRICES, 'value = "0.0725"', 'value = "0.0726"'),
    ("PR-34", PRICES, 'value = "60"', 'value = "61"'),
    ("PR-34", PRICES, 'vcpu = "2"', 'vcpu = "1"'),
    ("PR-34", PRICES, 'memory_gib = "4"', 'memory_gib = "8"'),
    ("PR-34", BILLING, 'max(prices["ec2-minimum"].value, min(gone, until) - born)', "min(gone, until) - born"),
    ("PR-35", PRICES, 'value = "0.096"', 'value = "0.0961"'),
    ("PR-35", BILLING, "ROUND_HALF_UP)", "ROUND_CEILING)"),
    ("LB-21", LOGS, "https?|h2|grpcs|wss?", "https?|h2|wss?"),
    ("LB-21", LOGS, """+ rb' "'""", """+ rb' "[^T]*$'"""),
    ("LB-22", LOGS, 'second_of(found["time"])', "second_of(line.split()[1][:19])"),
    ("LB-23", LOGS, "if 0 <= work <= 86_400 else nan", "if work <= 86_400 else nan"),
    ("LB-23", LOGS, "found = pattern.match(line)", "found = None if b' -1 ' in line else pattern.match(line)"),
    ("LB-24", LOGS, "found = pattern.match(line)", "found = None if b' - -1 ' in line else pattern.match(line)"),
    ("LB-25", FILES, 'folder.rglob("*")', 'folder.glob("*")'),
    ("LB-25", FILES, 'start == b"\\x1f\\x8b"', 'start == b"PK"'),
    ("LB-26", LOGS, r'TIME + rb" \S+ \S+', r'TIME + rb" \S+'),
    ("LB-26", LOGS, r"(?:\d+|-) (?:\d+|-) \d+", r"\d+ \d+ \d+"),
    ("LB-27", LOGS, "second + 0.5 - seconds", "second"),
    ("LB-27", LOGS, "enumerate(line.split()[1:])", "enumerate(line.split())"),
    ("SQS-1", MESSAGE, "Limit(0, 43_200,", "Limit(1, 43_200,"),
    ("SQS-1", MESSAGE, "Limit(0, 43_200,", "Limit(0, 43_201,"),
    ("SQS-1", QUEUE, "visibility_timeout: Timeout = 30,", "visibility_timeout: Timeout = 31,"),
    ("SQS-2", MESSAGE, "Limit(0, 900,", "Limit(0, 901,"),
    ("SQS-2", QUEUE, "self.delay_seconds if delay is None else delay", "self.delay_seconds"),
    ("SQS-2", QUEUE, "self.delay_seconds if delay is None else delay", "delay or 0"),
    ("SQS-2", LINE, "self.table.sent[row] + seconds", "self.table.sent[row]"),
    ("SQS-3", QUEUE, "Limit(60, 1_209_600,", "Limit(61, 1_209_600,"),
    ("SQS-3", QUEUE, "Limit(60, 1_209_600,", "Limit(60, 1_209_601,"),
    ("SQS-3", QUEUE, "] = 345_600", "] = 345_601"),
    ("SQS-3", LINE, "if self.state[row] == FREE:\n            self.state[row] = GONE", "if False:\n            pass"),
    ("SQS-4", MESSAGE, "Limit(0, 20,", "Limit(0, 21,"),
    ("SQS-4", QUEUE, "receive_message_wait_time_seconds: Wait = 0", "receive_message_wait_time_seconds: Wait = 1"),
    ("SQS-4", QUEUE, "wait = self.receive_message_wait_time_seconds if", "wait = 0 if"),
    ("SQS-5", MESSAGE, "LARGEST = 1_048_576", "LARGEST = 1_048_575"),
    ("SQS-5", QUEUE, "Limit(1024, LARGEST", "Limit(1023, LARGEST"),
    ("SQS-5", MESSAGE, "return len(body.encode()) + own", "return len(body.encode())"),
    ("SQS-6", MESSAGE, 'Limit(1, 10, "messages"', 'Limit(1, 11, "messages"'),
    ("SQS-6", MESSAGE, 'Limit(1, 10, "messages"', 'Limit(0, 10, "messages"'),
    ("SQS-6", QUEUE, "max_number_of_messages: Batch = 1", "max_number_of_messages: Batch = 2"),
    ("SQS-7", BATCHES, "MOST = 10", "MOST = 11"),
    ("SQS-7", BATCHES, "MOST = 10", "MOST = 9"),
    ("SQS-7", BATCHES, "> LARGEST:", "> 2 * LARGEST:"),
    ("SQS-8", QUEUE, "1 <= len(name) <= 80", "1 <= len(name) <= 81"),
    ("SQS-8", QUEUE, "1 <= len(name) <= 80", "1 <= len(name) <= 79"),
    ("SQS-8", QUEUE, 'replace("-", "").replace("_", "")', 'replace("-", "")'),
    ("SQS-8", FIFO, 'check_name(name, ending=".fifo")', "pass"),
    ("SQS-9", LINE, "(until, COMES_BACK, handout, 0, 0)", "(until + 5, COMES_BACK, handout, 0, 0)"),
    ("SQS-9", LINE, "self._keep(row, handout, table.visible_again(handout))", "pass"),
    ("SQS-9", TABLES, "time < table.visible_again(handout)", "True"),
    ("SQS-10", LINE, "if self.newest.get(row) != handout or self.state[row] == GONE:", "if False:"),
    ("SQS-10", LINE, "if self.newest.get(row) != handout or self.state[row] == GONE:", "if self.state[row] != TAKEN:"),
    ("SQS-10", FIFO, "if table.fate[handout] == Fate.IN_HAND and self.state[row] != TAKEN:", "if False:"),
    ("SQS-10", QUEUE, "self._delete_late(self.table.message[handout])", "pass"),
    ("SQS-11", SHELVES, "self._dice.random() < self.away", "False"),
    ("SQS-12", QUEUE, "microseconds(world.now + visibility_timeout))\n\n", "microseconds(visibility_timeout))\n\n"),
    ("SQS-12", QUEUE, "if total > 43_200:", "if total > 43_201:"),
    ("SQS-12", QUEUE, "if total > 43_200:", "if total >= 43_200:"),
    ("SQS-12", LINE, "self.table.until.get(handout, time) == time", "True"),
    ("SQS-13", QUEUE, "MOST_IN_FLIGHT = 120_000", "MOST_IN_FLIGHT = 20_000"),
    ("SQS-13", QUEUE, "if not wait:\n                raise OverLimit", "if False:\n                raise OverLimit"),
    ("SQS-14", SHELVES, "(self.count + 1) // 2", "self.count"),
    ("SQS-14", LINE, "seen = None if taker.wait or self.asked is None", "seen = None if self.asked is None"),
    ("SQS-14", SHELVES, "FEW = 1000", "FEW = 2000"),
    ("SQS-14", LINE, "and seen(row)", ""),
    ("SQS-15", QUEUE, '"ApproximateReceiveCount": str(table.count[handout])', '"ApproximateReceiveCount": "1"'),
    ("SQS-15", QUEUE, "_milliseconds(table.handed[first])", "_milliseconds(table.handed[handout])"),
    ("SQS-16", QUEUE, "PURGE = 60.0", "PURGE = 30.0"),
    ("SQS-16", LINE, "if state == FREE or (state == TAKEN and self._undeleted(row))", "if state == FREE"),
    ("SQS-17", QUEUE, 'Limit(1, 1000, "receives", label', 'Limit(1, 1001, "receives", label'),
    ("SQS-17", LINE, "(row, 0) < self.max_receive_count", "(row, 0) <= self.max_receive_count"),
    ("SQS-17", LINE, "(row, 0) < self.max_receive_count", "(row, 0) + 1 < self.max_receive_count"),
    ("SQS-18", QUEUE, "self.line.born(row, born)", "pass"),
    ("SQS-18", FIFO, '"""In a FIFO queue the age', 'self.line.born(row, born)\n        """In a FIFO queue the age'),
    ("SQS-18", QUEUE, "if type(target) is not type(self):", "if False:"),
    ("SQS-19", REDRIVE, 'Limit(1, 500, "messages")', 'Limit(1, 501, "messages")'),
    ("SQS-19", REDRIVE, "rows[:rate]", "rows[:]"),
    ("SQS-20", FIFO, "not self._in_hand.get(group)", "True"),
    ("SQS-20", FIFO, "insort(self._groups.setdefault", "(lambda rows, row: rows.append(row))(self._groups.setdefault"),
    ("SQS-20", FIFO, "if content.group_id is None:", "if False:"),
    ("SQS-20", FIFO, "(group in begun or ", "("),
    ("SQS-21", FIFO, "WINDOW = 300.0", "WINDOW = 299.0"),
    ("SQS-21", FIFO, "WINDOW = 300.0", "WINDOW = 301.0"),
    ("SQS-21", FIFO, "content.body.encode()).hexdigest()", "repr(content).encode()).hexdigest()"),
    ("SQS-21", FIFO, "if key is None and self.content_based_deduplication:", "if self.content_based_deduplication:"),
    ("SQS-21", FIFO, "if key is None:\n", "if False:\n"),
    ("SQS-25", LINE, "self.state.extend(bytes(count))", "self.state.extend(bytes([TAKEN]) * count)"),
    ("SQS-27", QUEUE, "attributes, content.attributes)", "attributes)"),
    ("SQS-27", BATCHES, "failed.append(Failed(", "done.pop(0, Failed("),
    ("SQS-28", BATCHES, "raise BatchEntryIdsNotDistinct", "raise InvalidBatchEntryId"),
    ("SQS-28", QUEUE, "self.table.message[int(handout)] == int(numbers)", "True"),
    ("SQS-28", MESSAGE, "not isinstance(body, str) or not body", "not isinstance(body, str)"),
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
@pytest.mark.parametrize("kind", ["AS", "CW", "LB", "SQS", "PR"])
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
    cited = {number for numbers in citations().values() for number in numbers}
    assert {number for number, *_ in CHANGES} == cited
