"""Inside an environment: the handler's own process, its two verbs, and what it is told.

Read `Sandbox.invoke` first. The code of the package is loaded once, when the environment is made (INIT), and
then its handler is called again and again: what it keeps in a global is still there at the next call, and not in
another environment (FN-9). How long a call takes is what the handler declares as it goes:

    compute(seconds)    work of so many seconds on one whole vCPU; with less memory there is less of a vCPU
    wait(seconds)       it waits for something else, which no memory makes faster

Both are known in every file of the package without an import. They are the laboratory's: a real handler just takes
its time. Numbers such as FN-3 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from types import CoroutineType

from cloudlab.kernel.invocations import Ending, Version
from cloudlab.kernel.program import OutOfSteps, Program, described
from cloudlab.kernel.vcpu import share

INIT_LIMIT = 10.0
"""Seconds after which INIT is broken off, and done again in the first call (FN-8)."""

SYNC_PAYLOAD = 6 * 1024 * 1024
"""Bytes of what a handler returns, at most (FN-1)."""


class OverTime(BaseException):
    """The call has reached the function's timeout."""


class OutOfMemory(BaseException):
    """The call needs more memory than the function has."""


class Meter:
    """The simulated seconds that a program has declared, up to `limit`, and the most memory (MB) that it needed."""

    def __init__(self, version: Version):
        self.version = version
        self.seconds, self.limit = 0.0, inf
        self.memory: float = version.runtime_memory
        self.over: OverTime | OutOfMemory | None = None
        """What ended the call. A program that holds it ends all the same."""

    def start(self, limit: float) -> None:
        """A new call begins."""
        self.seconds, self.limit, self.memory = 0.0, limit, self.version.runtime_memory
        self.over = None

    def compute(self, seconds: float, *, threads: int = 1, memory: float = 0) -> None:
        """Work of so many seconds on one vCPU, on so many threads at once, while it needs so much memory (MB)."""
        self._needs(memory)
        if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= 6:
            raise ValueError(f"threads is {threads!r:.60}, but must be a whole number from 1 to 6.")
        self._pass(_checked("seconds", seconds) / share(self.version.memory_size, threads))

    def wait(self, seconds: float, *, memory: float = 0) -> None:
        """Wait for something outside, while so much memory (MB) is needed."""
        self._needs(memory)
        self._pass(_checked("seconds", seconds))

    def _needs(self, memory: float) -> None:
        self.memory = max(self.memory, self.version.runtime_memory + _checked("memory", memory))
        if self.memory > self.version.memory_size:
            self.memory = self.version.memory_size
            self.over = self.over or OutOfMemory()
        if self.over is not None:
            raise type(self.over)

    def _pass(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds > self.limit:
            self.seconds, self.over = self.limit, OverTime()
            raise OverTime


def _checked(name: str, value: float) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not isfinite(value) or value < 0:
        unit = "MB" if name == "memory" else "s"
        raise ValueError(f"{name} is {value!r:.60}, but must be a number of at least 0 {unit}.")
    return value


@dataclass(frozen=True)
class Result:
    """What came of a call: seconds, how it ended, what it returned, the error (type, message), memory (MB), prints."""

    seconds: float
    ending: Ending
    returned: object = None
    error: tuple[str, str] | None = None
    memory: int = 0
    printed: str = ""

    def timed_out(self, limit: float) -> "Result":
        """The same, broken off after `limit` seconds."""
        error = Ending.TIMEOUT.error_type, f"Task timed out after {limit:.2f} seconds"
        return Result(limit, Ending.TIMEOUT, None, error, self.memory, self.printed)


class Context:
    """What a handler is told besides the event (FN-2)."""

    def __init__(self, meter: Meter, name: str, arn: str, request_id: str):
        self._meter = meter
        self.function_name, self.invoked_function_arn, self.aws_request_id = name, arn, request_id
        self.function_version = meter.version.qualifier
        self.memory_limit_in_mb = str(meter.version.memory_size)
        self.log_group_name = f"/aws/lambda/{name}"

    def get_remaining_time_in_millis(self) -> int:
        """The milliseconds that are left before the timeout."""
        return max(0, int((self._meter.limit - self._meter.seconds) * 1000))


class Sandbox:
    """One environment of a version: its modules are loaded at once.

    `init` is how long that took (s); `failed` is what came of it where it went wrong.
    """

    def __init__(self, files: Mapping[str, str], handler: str, version: Version, called: str):
        self.version, self.handler = version, handler
        self.meter = Meter(version)
        verbs = {"compute": self.meter.compute, "wait": self.meter.wait}
        self.program = Program(files, verbs, called)
        self.failed: Result | None = None
        self.function = None
        module, _, name = handler.rpartition(".")
        result = self._guarded(lambda: getattr(self.program.load(module.replace("/", ".")), name, None), inf)
        self.init = INIT_LIMIT + 1 if result.ending == Ending.TIMEOUT else result.seconds
        if result.ending != Ending.OK:
            self.failed = self._init_error(result, module)
        elif not callable(result.returned):
            text = f"Handler '{name}' missing on module '{module}'"
            self.failed = Result(0.0, Ending.ERROR, error=("Runtime.HandlerNotFound", text))
        else:
            self.function = result.returned

    def invoke(self, event: str, name: str, arn: str, request_id: str) -> Result:
        """Call the handler with an event, a JSON text. It ends with the function's timeout at the latest."""
        if self.function is None:
            return self.failed or Result(0.0, Ending.ERROR)
        context = Context(self.meter, name, arn, request_id)
        function = self.function
        result = self._guarded(
            lambda: _marshalled(function(json.loads(event), context)), self.version.timeout
        )
        if result.ending != Ending.OK:
            return result
        text = result.returned
        if isinstance(text, _NoJson):
            what = f"Unable to marshal response: {text}"
            return self._with(result, Ending.RESPONSE, (Ending.RESPONSE.error_type, what))
        if len(str(text)) > SYNC_PAYLOAD:
            what = f"Response payload size exceeded maximum allowed payload size ({SYNC_PAYLOAD} bytes)."
            return self._with(result, Ending.RESPONSE, ("Function.ResponseSizeTooLarge", what))
        return self._with(result, Ending.OK, None, json.loads(str(text)))

    def _guarded(self, call, limit: float) -> Result:
        """Whatever the program does, a `Result`; the stop button alone comes through."""
        meter = self.meter
        meter.start(limit)
        returned, ending, error = None, Ending.OK, None
        why: BaseException | None = None
        try:
            returned = self.program.run(call)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # a handler may raise anything
            why = raised
        why = meter.over or why
        if isinstance(why, (OverTime, OutOfSteps)):
            meter.seconds = limit if limit < inf else meter.seconds
            ending, error = (
                Ending.TIMEOUT,
                (Ending.TIMEOUT.error_type, f"Task timed out after {limit:.2f} seconds"),
            )
        elif isinstance(why, OutOfMemory):
            ending, error = (
                Ending.MEMORY,
                (Ending.MEMORY.error_type, "Runtime exited with error: signal: killed"),
            )
        elif isinstance(why, SystemExit):
            ending, error = Ending.EXIT, (Ending.EXIT.error_type, "Runtime exited without providing a reason")
        elif why is not None:
            ending, error = Ending.ERROR, described(why)
        return Result(meter.seconds, ending, returned, error, round(meter.memory), self.program.printed)

    def _init_error(self, result: Result, module: str) -> Result:
        kind, text = result.error or ("", "")
        if result.ending == Ending.TIMEOUT:
            text = "INIT did not end"
        elif kind in ("ModuleNotFoundError", "ImportError"):
            kind, text = "Runtime.ImportModuleError", f"Unable to import module '{module}': {text}"
        elif kind == "SyntaxError":
            kind, text = "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {text}"
        return Result(0.0, result.ending, error=(kind, text), memory=result.memory, printed=result.printed)

    @staticmethod
    def _with(result: Result, ending: Ending, error, returned=None) -> Result:
        return Result(result.seconds, ending, returned, error, result.memory, result.printed)


class _NoJson(str):
    """Why something is no JSON."""


def _marshalled(returned) -> str:
    """What a handler returned, as JSON, which is plain ASCII: a part of the call, since it may do anything."""
    try:
        return json.dumps(returned)
    except Exception as error:
        if isinstance(returned, CoroutineType):
            returned.close()  # so that nobody waits for it
        return _NoJson(described(error)[1])
