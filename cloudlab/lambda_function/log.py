"""What a function writes into its log, as the real lines look: text, or JSON (FN-34 to FN-39).

Read `log_lines` first. The lines are made from the record whenever somebody reads them. Ids, the runtime's version and
its ARN are samples; memory that was used is the runtime's example figure, unless the handler declared more.

Numbers such as FN-35 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil, inf
from typing import Annotated

from cloudlab.kernel.invocations import Ending, FunctionTable, Version
from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.kernel.record import Record

START = datetime(2026, 1, 1, tzinfo=UTC)
"""The day and hour at which a run begins, in a log."""

EPSILON = 1e-6
"""A duration is a whole number of microseconds; what a float adds (ms) is no further one."""

Form = Annotated[str, Limit(choices=("text", "JSON"), label="Form of the log")]


@checked()
def log_lines(
    record: Record, function: str, *, log_format: Form = "text", until: float | None = None
) -> list[str]:
    """The log of the function of that name up to `until` (s; None: the end of the run), in order of time.

    Raises InvalidParameter where no function has that name.
    """
    table = table_of(record, function)
    end = record.end if until is None else until
    lines: list[tuple[float, int, str]] = []
    for row, (began, ended) in enumerate(zip(table.began, table.ended, strict=True)):
        if began > end:
            break
        make = _texts if log_format == "text" else _records
        lines += [
            (time, row, text) for time, text in make(table, row, function) if time <= end or ended <= end
        ]
    lines.sort(key=lambda line: line[:2])
    return [text for time, _, text in lines if time <= end]


def table_of(record: Record, function: str) -> FunctionTable:
    """The table of the function of that name. Raises InvalidParameter, which names those that there are."""
    names = {record.parts[part].name: part for part in record.functions}
    if function not in names:
        known = f"must be one of {', '.join(names)}" if names else "there is none in this run"
        raise InvalidParameter(f"function is {function!r:.60}, but {known}.")
    return record.functions[names[function]]


def milliseconds(table: FunctionTable, row: int) -> tuple[float, float | None]:
    """Duration and Init Duration of an invocation (ms): the second for the first one of its environment (FN-35)."""
    number = table.environment[row]
    duration = (table.ended[row] - table.handler_began(row)) * 1000
    if table.provisioned[number]:  # it was ready long before
        first = table.environment.index(number) == row
    else:
        first = table.began[row] == table.born[number]
    return round(duration, 3), round((table.ready[number] - table.born[number]) * 1000, 3) if first else None


def billed(table: FunctionTable, row: int) -> int:
    """Billed Duration of an invocation (ms): duration and INIT together, rounded up (FN-36)."""
    duration, init = milliseconds(table, row)
    return ceil(duration + (init or 0.0) - EPSILON)


def _memory(table: FunctionTable, row: int, version: Version) -> int:
    return table.memory_used.get(row, version.runtime_memory)


def _texts(table: FunctionTable, row: int, function: str) -> Iterator[tuple[float, str]]:
    """The lines of one invocation, with their times (s)."""
    number = table.environment[row]
    version, ending = table.versions[table.version[number]], Ending(table.ending[row])
    name, began, ended = f"{function}-{row + 1:08d}", table.handler_began(row), table.ended[row]
    duration, init = milliseconds(table, row)
    if init is not None:
        runtime = version.runtime.replace("python", "python:").replace("nodejs", "nodejs:")
        yield table.born[number], f"INIT_START Runtime Version: {runtime}.v1\tRuntime Version ARN: arn:sample"
    yield began, f"START RequestId: {name} Version: {version.qualifier}"
    for line in table.said.get(row, ()):
        yield began, line
    if ended == inf:
        return
    yield ended, f"END RequestId: {name}"
    report = (
        f"REPORT RequestId: {name}\tDuration: {duration:.2f} ms\tBilled Duration: {billed(table, row)} ms\t"
        f"Memory Size: {version.memory_size} MB\tMax Memory Used: {_memory(table, row, version)} MB"
    )
    if init is not None:
        report += f"\tInit Duration: {init:.2f} ms"
    if ending == Ending.TIMEOUT:
        report += "\tStatus: timeout"
    elif ending.resets:
        report += f"\tStatus: error\tError Type: {ending.error_type}"
    yield ended, report


def _records(table: FunctionTable, row: int, function: str) -> Iterator[tuple[float, str]]:
    """As `_texts`, in JSON (FN-39)."""
    number = table.environment[row]
    version, ending = table.versions[table.version[number]], Ending(table.ending[row])
    name, began, ended = f"{function}-{row + 1:08d}", table.handler_began(row), table.ended[row]
    duration, init = milliseconds(table, row)
    if init is not None:
        about = {
            "initializationType": "provisioned-concurrency" if table.provisioned[number] else "on-demand",
            "phase": "init",
            "runtimeVersion": version.runtime,
            "functionName": function,
            "functionVersion": version.qualifier,
            "instanceId": f"{function}-environment-{number + 1}",
            "instanceMaxMemory": version.memory_size * 1024 * 1024,
        }
        yield table.born[number], _event(table.born[number], "platform.initStart", about)
    yield began, _event(began, "platform.start", {"requestId": name, "version": version.qualifier})
    for line in table.said.get(row, ()):
        said = {"timestamp": _clock(began), "level": "INFO", "requestId": name, "message": line}
        yield began, json.dumps(said)
    if ended == inf:
        return
    metrics: dict[str, float] = {
        "durationMs": duration,
        "billedDurationMs": billed(table, row),
        "memorySizeMB": version.memory_size,
        "maxMemoryUsedMB": _memory(table, row, version),
    }
    if init is not None:
        metrics["initDurationMs"] = init
    status = "success" if ending == Ending.OK else "timeout" if ending == Ending.TIMEOUT else "error"
    report: dict = {"requestId": name, "metrics": metrics, "status": status}
    if status == "error":
        report["errorType"] = ending.error_type
    yield ended, _event(ended, "platform.report", report)


def _event(time: float, kind: str, record: dict) -> str:
    return json.dumps({"time": _clock(time), "type": kind, "record": record})


def _clock(time: float) -> str:
    return (START + timedelta(seconds=time)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
