"""A run in words and in numbers, made from its record alone.

`describe(record)` gives three to six sentences: the setting, what happened, the turning point with its
time, the end, the cost. `table(record)` gives the key numbers with their units (see `table.py`). Both say
only what the record holds, and the same record always gives the same text. Read `describe` first.

Standard library and kernel only, so that a text is there wherever a model runs.
"""

from bisect import bisect_left

from cloudlab.kernel import measures
from cloudlab.kernel.limits import checked
from cloudlab.kernel.moves import ends
from cloudlab.kernel.record import Record, Status
from cloudlab.views.happenings import period, turning_point
from cloudlab.views.kinds import Use, kinds_in, request_word
from cloudlab.views.table import FAULT, Answers, answers, has_traffic, table, total
from cloudlab.views.words import clock, count, duration, listed, number, span

__all__ = ["answers", "describe", "table"]


@checked()
def describe(record: Record, found: Answers | None = None) -> str:
    """Three to six sentences about a run, as one paragraph. `found` spares reading them (see `Answers`).

    What a scenario left out of its traffic is told first (see `left_out`).
    """
    traffic = _traffic(record, found) if has_traffic(record) else []
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
    return " ".join(filter(None, [left_out(record), *sentences]))


def left_out(record: Record) -> str:
    """What the scenario left out of the traffic that it was given, in a sentence or two; '' for nothing."""
    return record.setting.get("left_out", "")


def _setting(record: Record) -> str:
    """What was built, and for how long it ran: a maker before what it makes, and what stands in front first."""
    built: list[str] = []
    fronts: list[str] = []
    for kind, parts in sorted(kinds_in(record), key=lambda entry: not entry[0].makes):
        if kind.told:
            (fronts if kind.front else built).extend(kind.opening(record, parts))
    if fronts and built:
        built = [f"{listed(fronts)} in front of {listed(built)}"]
    return f"This run of {span(record.end)} holds {listed(built or fronts) or 'nothing'}."


def _traffic(record: Record, found: Answers | None) -> list[str]:
    """How many requests came and when, what became of them, and how long the answers took."""
    found = found or answers(record)
    result = found.outcomes
    if not result.arrived:
        return [] if record.moves or record.queues or record.topics else ["No request came."]
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
    if any(kind.counts_messages for kind, _ in kinds_in(record)):
        return ""
    moved, gone, again = ends(record)
    if not moved:
        return ""
    came = f"{count(moved, 'message')} moved, and {number(gone)} {'is' if gone == 1 else 'are'} gone for good"
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
    came = f"{count(arrived, request_word(record))} came"
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
    """What each kind counts when the run is over, and what there is at its end."""
    kinds = kinds_in(record)
    counts = [count for kind, parts in kinds for count in kind.counts(record, parts)]
    there = [state for kind, parts in kinds for state in kind.at_end(record, parts)]
    told = [listed(counts), f"at the end {listed(there)}" if there else ""]
    sentence = "; ".join(filter(None, told))
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _cost(record: Record) -> str:
    """The bill's sum and what was used, as far as the record holds them."""
    uses = [use for kind, parts in kinds_in(record) if (use := kind.used(record, parts))]
    used = listed([_use(use) for use in uses])
    if record.bill:
        return f"The bill is ${total(record):,.2f}{f' for {used}' if used else ''}."
    return f"{used} were used." if used else ""


def _use(use: Use) -> str:
    return f"{f'{use.amount:.2f}' if use.amount < 10 else number(use.amount)} {use.unit}"
