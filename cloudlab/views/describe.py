"""A run in words and in numbers, made from its record alone.

`describe(record)` gives three to six sentences: the setting, what happened, the turning point with its
time, the end, the cost. `table(record)` gives the key numbers with their units (see `table.py`). Both say
only what the record holds, and the same record always gives the same text. Read `describe` first.

Standard library and kernel only, so that a text is there wherever a model runs.
"""

from bisect import bisect_left
from collections import Counter

from cloudlab.kernel import measures
from cloudlab.kernel.record import Record, Status
from cloudlab.views.happenings import happenings, period, turning_point
from cloudlab.views.table import FAULT, Answers, answers, table, total
from cloudlab.views.words import clock, count, duration, listed, number, span

__all__ = ["answers", "describe", "table"]


TOLD = ("alarm", "balancer", "bill", "customers", "group", "instance")
"""Kinds of parts that the first sentence names in its own way, or leaves to others."""


def describe(record: Record, found: Answers | None = None) -> str:
    """Three to six sentences about a run, as one paragraph. `found` spares reading them (see `Answers`)."""
    traffic = _traffic(record, found) if record.parts_of("customers") else []
    sentences = [
        _setting(record),
        *traffic,
        _messages(record),
        turning_point(record),
        _end(record),
        _cost(record),
    ]
    sentences = [sentence for sentence in sentences if sentence]
    if len(sentences) > 6:
        end, cost = sentences[-2:]
        sentences[-2:] = [f"{end[:-1]}, and {cost[0].lower()}{cost[1:]}"]
    return " ".join(sentences)


def _setting(record: Record) -> str:
    """What was built, and for how long it ran."""
    groups = [_group_words(record, group) for group in record.parts_of("group")]
    alone = [part.name for part in record.parts if part.kind == "instance" and part.parent is None]
    names = alone if len(alone) <= 4 else [*alone[:3], f"{len(alone) - 3} more"]
    built = groups + ([f"{'instance' if len(alone) == 1 else 'instances'} {listed(names)}"] if alone else [])
    built += _others(record)
    fronts = [
        f"balancer {record.parts[part].name}{_method(record, part)}" for part in record.parts_of("balancer")
    ]
    if fronts and built:
        built = [f"{listed(fronts)} in front of {listed(built)}"]
    what = listed(built or fronts)
    return f"This run of {span(record.end)} holds {what or 'nothing'}."


def _others(record: Record) -> list[str]:
    """The parts of all other kinds: those of one kind together."""
    kinds: dict[str, list[str]] = {}
    for part in record.parts:
        if part.kind not in TOLD and part.parent is None:
            kinds.setdefault(part.kind, []).append(part.name)
    told = []
    for kind, names in kinds.items():
        shown = names if len(names) <= 5 else [*names[:4], f"{len(names) - 4} more"]
        told.append(f"{kind} {names[0]}" if len(names) == 1 else f"{len(names)} {kind}s ({listed(shown)})")
    return told


def _group_words(record: Record, group: int) -> str:
    low, high, wish = (
        record.series[group, metric].values[0] if (group, metric) in record.series else 0
        for metric in ("GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity")
    )
    size = (
        f"{number(low)} to {count(high, 'instance')}" if low < high else f"exactly {count(low, 'instance')}"
    )
    return f"group {record.parts[group].name} ({size}, {number(wish)} desired at the start)"


def _method(record: Record, part: int) -> str:
    method = record.parts[part].attributes.get("load_balancing_algorithm_type")
    return f" ({method.replace('_', ' ')})" if method else ""


def _traffic(record: Record, found: Answers | None) -> list[str]:
    """How many requests came and when, what became of them, and how long the answers took."""
    found = found or answers(record)
    result = found.outcomes
    if not result.arrived:
        return [] if record.moves else ["No request came."]
    sentences = [_came(record, result.arrived), _answered(found)]
    faults = {status: amount for status, amount in result.by_status.items() if status != Status.OK}
    if faults:
        ways = [f"with {status.code} ({FAULT[status]})" for status in faults]
        each = [f"{number(amount)} {way}" for amount, way in zip(faults.values(), ways, strict=True)]
        how = f" {ways[0]}" if len(ways) == 1 else f": {listed(each)}"
        sentences.append(f"{number(result.failed)} failed{how}.")
    return sentences


def _messages(record: Record) -> str:
    """How many messages there were, and what became of them; '' where there was none."""
    if not record.moves:
        return ""
    known, gone = {move.message for move in record.moves}, sum(move.target is None for move in record.moves)
    again = sum(move.count > 1 for move in record.moves)
    came = f"{count(len(known), 'message')} moved, and {number(gone)} {'is' if gone == 1 else 'are'} gone for good"
    return (
        f"{came}; {number(again)} {'was' if again == 1 else 'were'} received again." if again else f"{came}."
    )


def _answered(found: Answers) -> str:
    result = found.outcomes
    still = (
        f"; {number(result.open)} {'was' if result.open == 1 else 'were'} still open" if result.open else ""
    )
    if not result.answered:
        return f"None was answered{still}."
    middle, most = (duration(found.percentiles[share]) for share in (50, 95))
    if result.answered == 1:
        return f"1 was answered, within {middle}{still}."
    who = "All" if result.answered == result.arrived else number(result.answered)
    return f"{who} were answered, half of them within {middle} (p50) and 95 % within {most} (p95){still}."


def _came(record: Record, arrived: int) -> str:
    came = f"{count(arrived, 'request')} came"
    if record.retries:
        again = bisect_left(sorted(record.retries), arrived)
        came += f" ({number(again)} of them {'a retry' if again == 1 else 'retries'})"
    length, name = period(record)
    rates = measures.arrivals(record, length)
    top = rates.index(max(rates))
    if len(rates) == 1:
        return f"{came}, {per_time(rates[0])} on average."
    where = f"in the busiest {name}, from {clock(top * length, record.end)} on"
    return f"{came}, {per_time(arrived / record.end)} on average and {per_time(rates[top])} {where}."


def per_time(rate: float) -> str:
    """A rate (a second) in the largest unit of time in which it is at least 1."""
    units = ((1, "a second"), (60, "a minute"), (3600, "an hour"))
    factor, unit = next((pair for pair in units if rate * pair[0] >= 1), units[-1])
    return f"{number(rate * factor)} {unit}"


def _end(record: Record) -> str:
    """How many instances came and went, and what there is at the end of the run."""
    launched = len(record.parts_of("instance"))
    if not launched and not record.parts_of("group"):
        return ""
    parts = [
        f"{count(launched, 'instance was', 'instances were') if launched else 'No instance was'} launched"
    ]
    happened = Counter(happening.kind for happening in happenings(record) for _ in happening.parts)
    verbs = (("killed", "killed"), ("crashed", "crashed"), ("failing", "answered with errors"))
    parts += [f"{number(happened[kind])} {verb}" for kind, verb in verbs if happened[kind]]
    ended = sum(entry.state == "terminated" for entry in record.states if entry.aspect == "application")
    parts += [f"{number(ended)} given back"] if ended else []
    clipped = happened["clipped"]
    parts += [f"{count(clipped, 'ask')} clipped"] if clipped else []
    return f"{listed(parts)}; at the end {_at_end(record)}."


def _at_end(record: Record) -> str:
    """'6 are in service and 1 pending', or how many answer where there is no group."""
    now = _states_at_end(record)
    first = "in service" if record.parts_of("group") else "answering"
    parts = [f"{number(now[first]) if now[first] else 'none'} {'is' if now[first] <= 1 else 'are'} {first}"]
    parts += [
        f"{number(now[state])} {state}" for state in ("pending", "booting", "terminating") if now[state]
    ]
    return listed(parts)


def _cost(record: Record) -> str:
    """The bill's sum and the hours, as far as the record holds them."""
    instances = record.parts_of("instance") or record.parts_of("group")
    hours = measures.instance_hours(record)
    used = f"{f'{hours:.2f}' if hours < 10 else number(hours)} instance-hours"
    if record.bill:
        return f"The bill is ${total(record):,.2f}{f' for {used}' if instances else ''}."
    return f"{used} were used." if instances else ""


def _states_at_end(record: Record) -> Counter:
    """How many instances are in each state at the end; one in service that boots counts in both."""
    lifecycle, application = {}, {}
    for entry in record.states:
        if entry.time <= record.end:
            if entry.aspect == "lifecycle":
                lifecycle[entry.part] = entry.state
            elif entry.aspect == "application":
                application[entry.part] = entry.state
    names = {"InService": "in service", "Pending": "pending", "Terminating": "terminating"}
    now = Counter(names[state] for state in lifecycle.values() if state in names)
    for part, state in application.items():
        alone = part not in lifecycle
        if state in ("answering", "booting") or (alone and state == "pending"):
            now[state] += 1
        if alone and state == "answering":
            now["in service"] += 1
    return now
