"""The log of a Lambda function as traffic, and as calls whose bill can be read.

A log tells of each call when it ended, how long it took, with how much memory, and whether it began cold. It doesn't
tell what the function did meanwhile: how much of a duration was waiting is for you to say, where it matters (see
`cloudlab.pricing.bill_of_log`). Read `from_lambda_report` first; `lambda_forms` and `lambda_lines` read the file.

Numbers such as FN-3 are facts of the provider: docs/facts.md lists them with their sources.
"""

from array import array
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.logged import LOGGED_STATUS, LoggedCalls
from cloudlab.kernel.vcpu import share
from cloudlab.traffic.access_log import files_of
from cloudlab.traffic.files import Name, WrongFile, lines, opened, readable, reading, wrong
from cloudlab.traffic.lambda_forms import entries
from cloudlab.traffic.lambda_lines import Call, Reader
from cloudlab.traffic.log_known import format_of, is_table, other
from cloudlab.traffic.recorded import Recorded, Scale
from cloudlab.traffic.strays import main_part, told
from cloudlab.traffic.window import SECOND, Window, moment, shown

HEAD = 20
"""So many lines are looked at to say what a file is that holds no call."""


class LoggedFunction(Recorded):
    """The calls of a function as its log tells them: a traffic, with `calls`, the same in columns (`LoggedCalls`).

    The work of a call is its duration times the share of a virtual CPU that its memory brings: what it would
    take with a whole one, if it computed all the time (FN-3). INIT is no work.
    """

    def __init__(
        self, source: str, start: datetime, duration: float, calls: LoggedCalls, scale: float, notes
    ):
        seconds = Counter(began // SECOND for began in calls.began)
        ordered = sorted(seconds)
        pairs = zip(calls.duration, calls.memory_size, strict=True)
        super().__init__(
            source,
            start,
            duration,
            array("q", (second * SECOND for second in ordered)),
            array("I", (seconds[second] for second in ordered)),
            scale=scale,
            paths=("invoke",),
            classes=array("B", bytes(len(calls))),
            works=array("d", (max(1, round(took * share(mb))) / SECOND for took, mb in pairs)),
            notes=notes,
        )
        self.calls = calls

    def describe(self) -> str:
        """What was read, a sentence a line: source, calls, memory, cold starts, ends, and what was odd."""
        calls, many = self.calls, len(self.calls)
        mean = sum(calls.duration) / many / SECOND
        sizes = " or ".join(f"{size:,}" for size in sorted(set(calls.memory_size)))
        text = [
            *self._counted(),
            f"Mean duration: {mean:.3g} s with {sizes} MB; {calls.cold_starts():,} of {many:,} calls began cold.",
        ]
        ends = Counter(LOGGED_STATUS[status] for status in calls.status)
        odd = [f"{ends[name]:,} {name}" for name in LOGGED_STATUS[1:] if ends[name]]
        text += [f"Ended otherwise than well: {', '.join(odd)}."] if odd else []
        return self._told(text)


class _Log:
    """A log while it is read: its calls with their ends, and what was odd."""

    def __init__(self, function: str | None):
        self.function, self.reader = function, Reader()
        self.calls: list[tuple[int, Call]] = []
        self.groups: dict[str, int] = {}
        self.doubles = self.timeless = self.unzoned = 0
        self.left_out: list[str] = []
        self._seen: set[tuple[str, int, int]] = set()

    def read(self, file, path: Name) -> bool:
        """Go through a file; whether it held a call."""
        before = self.reader.broken + len(self.calls) + self.doubles + self.timeless
        for time, message, group, zoned in entries(file, path):
            call = self.reader.read(message) if isinstance(message, str) else self.reader.read_event(message)
            if call is None:
                continue
            self.groups[group] = self.groups.get(group, 0) + 1
            key = call.request, time or 0, call.duration
            if self.function is not None and group.rpartition("/")[2] != self.function:
                continue
            if time is None:
                self.timeless += 1
            elif key in self._seen:
                self.doubles += 1
            else:
                self._seen.add(key)
                self.unzoned += not zoned
                self.calls.append((time - call.duration - max(0, call.init), call))
        return self.reader.broken + len(self.calls) + self.doubles + self.timeless > before

    def notes(self, strays: list[str], amount: int, timeouts: int) -> tuple[str, ...]:
        """Sentences about what was left out, and what was taken for what."""
        reader, found = self.reader, []
        for count, words in (
            (reader.broken, "broken and skipped"),
            (self.doubles, "there twice, as of exports that overlap, and counted once"),
            (self.timeless, "without a time and left out"),
        ):
            if count:
                found.append(
                    f"{count:,} REPORT is {words}." if count == 1 else f"{count:,} REPORTs are {words}."
                )
        if amount:
            found.append(told(strays, amount, "all others", "call"))
        if self.left_out:
            names = ", ".join(self.left_out[:5]) + (", …" if len(self.left_out) > 5 else "")
            files = "1 file holds" if len(self.left_out) == 1 else f"{len(self.left_out):,} files hold"
            found.append(f"{files} no call: {names}.")
        if self.unzoned:
            found.append("Clocks without a zone are taken for UTC.")
        if reader.failed_inits:
            found.append(f"INITs that failed: {reader.failed_inits:,}; no call tells of them.")
        if reader.restored:
            found.append(f"{reader.restored:,} calls began from a snapshot, whose price isn't counted.")
        if timeouts:
            found.append("A call that timed out has at least the work that is told.")
        return tuple(found)


@checked()
def from_lambda_report(
    path: str | Path | list[str | Path] | tuple[str | Path, ...],
    *,
    scale: Scale = 1.0,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    function: str | None = None,
) -> LoggedFunction:
    """The calls in the log of a Lambda function, plain or gzipped: a traffic, and columns to bill.

    `path` is a file, a list of files, or a folder, as S3's export makes it. Read are the lines REPORT with their time,
    as the console, S3 and `aws logs tail` write them, logs in JSON, the JSON of `aws logs get-log-events` and
    `filter-log-events`, and what a subscription hands on (FN-34 to FN-40). A call came when its REPORT was written,
    less its duration and INIT. `function` names the one to read where a file holds several. Second 0 is `since`, or
    the second of the first call where that is later; `scale` is that of `from_access_log`.

    Raises InvalidParameter, with one sentence, for a file that can't be read or is another known format, where more
    than half of the REPORTs are broken, no call is left, and for several functions when none is named.
    """
    window, log = Window(since, until), _Log(function)
    files, folder = files_of(path)
    name = readable(path) if isinstance(path, Name) else f"{len(files)} files"
    with reading(files, name) as progress:
        for file in files:
            try:
                with opened(file, progress, json=True) as content:
                    found = log.read(content, file)
            except WrongFile:
                if not folder:
                    raise
                found = False
            if not found:
                log.left_out.append(readable(file))
    _refuse(log, files[0] if isinstance(path, (list, tuple)) else path, folder)
    return _logged(log, window, f"{name}, {sum(log.groups.values()):,} REPORTs", scale)


def sample_lambda_report() -> Path:
    """The path of a small log that comes with the course: an hour of an invented function that makes previews."""
    return Path(__file__).with_name("sample_lambda_report.log.gz")


def _refuse(log: _Log, path, folder: bool) -> None:
    """Raise InvalidParameter for what is no log of one function."""
    groups = sorted(group.rpartition("/")[2] for group in log.groups if group)
    if log.function is None and len(groups) > 1:
        rule = f"path holds the calls of {len(groups)} functions: it must be one of {', '.join(groups):.300}"
        raise InvalidParameter(f"function is not given, but {rule}.")
    if log.function is not None and log.groups and not any(log.function == group for group in groups):
        known = ", ".join(groups) or "none, since this form of log names no function: leave it out"
        raise InvalidParameter(f"function is {log.function!r:.60}, but the log names {known:.300}.")
    if log.reader.broken > len(log.calls):
        many = f"{log.reader.broken:,} of its {log.reader.broken + len(log.calls):,} REPORTs are broken"
        raise wrong(path, f"{many}; one should be like REPORT RequestId: 8f5 Duration: 12.34 ms …")
    if log.calls:
        return
    if log.timeless:
        rule = "its REPORTs have no time; take the log with aws logs filter-log-events, or with aws logs tail"
        raise wrong(path, rule)
    if folder:
        raise wrong(path, "that is a folder, but no file in it tells of a call of a Lambda function")
    raise wrong(path, _instead(path))


def _instead(path: Name) -> str:
    """What a file is that holds no call."""
    with reading([path], "") as progress, opened(path, progress, json=True) as content:
        head = [line for line, _ in zip(lines(content), range(HEAD), strict=False)]
    if form := format_of(head):
        return f"that is {form.name}; read it with from_access_log"
    if is_table(head):
        return "that is a table of counts; read it with from_csv"
    known = other(head)
    if known and "Lambda" not in known and "JSON" not in known:
        return known
    return (
        "it holds no line REPORT and no platform.report, with which the log of a Lambda function ends a call"
    )


def _logged(log: _Log, window: Window, source: str, scale: float) -> LoggedFunction:
    """The traffic of what was read."""
    low, high = window.bounds(UTC)
    every = sorted(log.calls, key=lambda pair: pair[0])
    moments = sorted(Counter(began for began, _ in every).items())
    first, last = main_part([time for time, _ in moments], [count for _, count in moments], SECOND)
    strays = [began for began, _ in every if not first <= began <= last]
    kept = [(began, call) for began, call in every if max(low, first) <= began <= last and began < high]
    if not kept:
        raise window.empty(first, last + SECOND, UTC)
    begin = int(max(low, first // SECOND * SECOND))
    end = int(min(high, (last // SECOND + 1) * SECOND))
    calls = LoggedCalls()
    for began, call in kept:
        calls.began.append(began - begin)
        for column in ("duration", "init", "billed", "memory_size", "max_memory_used", "status"):
            getattr(calls, column).append(getattr(call, column))
    timeouts = sum(LOGGED_STATUS[status] == "timeout" for status in calls.status)
    names = [shown(began, UTC) for began in strays[:3]]
    notes = log.notes(names, len(strays), timeouts)
    return LoggedFunction(source, moment(begin, UTC), (end - begin) / SECOND, calls, scale, notes)
