"""A function: it runs only while it is called, in environments that are made, used again and given up.

Read `FunctionKind.follows` first: it tells of cold starts, of those who are turned away, and of what is gone.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import compress, groupby
from math import inf

from cloudlab.kernel.invocations import (
    Ending,
    EventFate,
    FunctionTable,
    Throttle,
    cold_starts,
    environments,
    most_at_once,
)
from cloudlab.kernel.record import Note, Record
from cloudlab.views.kinds import Followed, Kind, Row
from cloudlab.views.line import Waiting, running
from cloudlab.views.words import count, number, span

PIECES = 240
"""What happens within so many pieces of a run is told in one sentence."""


class FunctionKind(Kind):
    """Code that is there only while it is called."""

    serves = True
    there_at_once = True
    metrics = ("ConcurrencyLimit",)

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """'function resize (512 MB)'."""
        found = (record.parts[part] for part in parts)
        return [f"function {one.name} ({one.attributes['memory_size']:,} MB)" for one in found]

    def counts(self, record: Record, parts: list[int]) -> list[str]:
        """How many calls started cold, and how many were turned away."""
        tables = _tables(record, parts)
        cold = sum(cold_starts(table, record.end) for table in tables)
        away = sum(_by(table.throttled, record.end) for table in tables)
        lost = sum(_lost(table, record.end) for table in tables)
        told = [f"{count(cold, 'call')} started cold"] if tables else []
        told += [f"{count(away, 'call was', 'calls were')} turned away with 429"] if away else []
        return [*told, f"{count(lost, 'event was', 'events were')} given up"] if lost else told

    def at_end(self, record: Record, parts: list[int]) -> list[str]:
        """How many environments run, and how many are idle."""
        found = [environments(table, record.end) for table in _tables(record, parts)]
        running = sum(one.init + one.running for one in found)
        idle = sum(one.idle for one in found)
        return [f"{count(running, 'environment')} in use", f"{number(idle)} idle"] if found else []

    def luck(self, record: Record, parts: list[int]) -> dict[str, float]:
        """Cold starts, and those who were turned away."""
        tables = _tables(record, parts)
        if not tables:
            return {}
        cold = sum(cold_starts(table, record.end) for table in tables)
        away = sum(_by(table.throttled, record.end) for table in tables)
        return {"cold starts": float(cold), "turned-away calls": float(away)}

    def rows(self, record: Record, parts: list[int]) -> list[Row]:
        """Calls that ran, how many of them cold, the most at once, and those turned away."""
        tables = _tables(record, parts)
        if not tables:
            return []
        ran = sum(_by(table.began, record.end) for table in tables)
        failed = sum(ended <= record.end for table in tables for ended in compress(table.ended, table.ending))
        cold = sum(cold_starts(table, record.end) for table in tables)
        away = sum(_by(table.throttled, record.end) for table in tables)
        return [
            ("calls that ran", f"{ran:,}", "calls"),
            ("cold starts", f"{cold:,}", "calls"),
            ("most at once", f"{max(most_at_once(table) for table in tables):,}", "calls"),
            ("turned away with 429", f"{away:,}", "calls"),
            *([("ended with an error", f"{failed:,}", "calls")] if failed else []),
        ]

    def finding(self, record: Record, parts: list[int]) -> str:
        """How many calls ran, and how many of them cold."""
        tables = _tables(record, parts)
        ran = sum(_by(table.began, record.end) for table in tables)
        if not ran:
            return ""
        cold = sum(cold_starts(table, record.end) for table in tables)
        away = sum(_by(table.throttled, record.end) for table in tables)
        turned = f", and {count(away, 'call was', 'calls were')} turned away" if away else ""
        return f"{number(cold)} of {count(ran, 'call')} started cold{turned}"

    def picture(self, record: Record, parts: list[int]) -> str:
        """How many ran at once."""
        return "concurrency" if _tables(record, parts) else ""

    def level(self, record: Record, parts: list[int]) -> Waiting | None:
        """How many calls run at once (ConcurrentExecutions)."""
        return running(record) if any(len(table.began) for table in _tables(record, parts)) else None

    def follows(self, record: Record, parts: list[int]) -> Followed:
        """Of environments that start, of calls that are turned away, and of environments that are gone: why."""
        known = [part for part in parts if part in record.functions]
        notes = [note for part in known for note in _notes(record, part)]
        return Followed(notes=tuple(note for note in notes if note.time <= record.end))


def _tables(record: Record, parts: list[int]) -> list[FunctionTable]:
    return [record.functions[part] for part in parts if part in record.functions]


def _by(times: Sequence[float], end: float) -> int:
    """How many of the moments, which are in order, there were by `end` (s)."""
    return bisect_right(times, end)


def _lost(table: FunctionTable, end: float) -> int:
    """Events that were given up."""
    events = zip(table.events.ended, table.events.fate, strict=True)
    return sum(ended <= end and fate in (EventFate.FAILED, EventFate.TOO_OLD) for ended, fate in events)


def _notes(record: Record, part: int) -> Iterator[Note]:
    """What happened at one function: what comes close together is one sentence, at the end of it."""
    table, end = record.functions[part], record.end
    for times in _together(table.cold(), end):
        many = f"{count(len(times), 'call')} {'starts' if len(times) == 1 else 'start'} cold"
        yield Note(times[-1], part, "◐", f"{many}: no environment was idle, so INIT comes first.")
    for times in _together(list(table.throttled), end):
        told = f"{count(len(times), 'call is', 'calls are')} turned away with 429"
        why = Throttle(table.why[_by(table.throttled, times[-1]) - 1])
        yield Note(times[-1], part, "✕", f"{told}: {_reason(record, part, why, times[-1])}.")
    gone = sorted((time, ended) for time, ended in _gone(table) if time < inf)
    for times in _together([time for time, _ in gone], end):
        many = count(len(times), "environment is", "environments are")
        yield Note(times[-1], part, "·", f"{many} gone: {_why_gone(table, times[-1])}.")


def _together(times: list[float], end: float) -> Iterator[list[float]]:
    """Groups of what comes within one piece of the run."""
    piece = max(end / PIECES, 1e-9)
    for _, group in groupby(sorted(times), key=lambda time: int(time / piece)):
        yield list(group)


def _reason(record: Record, part: int, why: Throttle, time: float) -> str:
    """Why a call was turned away, as the end of a sentence."""
    limit = record.series[part, "ConcurrencyLimit"].at(time)
    if why in (Throttle.RATE, Throttle.RESERVED_RATE):
        return f"more than {number(10 * limit)} calls came in a second"
    if limit == 0:
        return "the function is turned off"
    return f"all {number(limit)} that may run at once were in use"


def _gone(table: FunctionTable) -> Iterator[tuple[float, float]]:
    """(when it was gone, when its last call had ended) of each environment, in seconds."""
    last = [-inf] * len(table.born)
    for ended, place in zip(table.ended, table.environment, strict=True):
        if ended > last[place]:
            last[place] = ended
    yield from zip(table.gone, last, strict=True)


def _why_gone(table: FunctionTable, time: float) -> str:
    """Why the environment that was gone at `time` is gone."""
    place = next(one for one, gone in enumerate(table.gone) if gone == time)
    rows = [row for row, one in enumerate(table.environment) if one == place]
    if rows and table.ended[rows[-1]] == time:
        ending = Ending(table.ending[rows[-1]])
        return ending.reason if ending != Ending.OK else "another version has taken its place"
    idle = time - (table.ended[rows[-1]] if rows else table.ready[place])
    return f"idle for {span(idle)}"
