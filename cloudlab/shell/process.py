"""Run another program as if it were this one: same screen, same Ctrl-C, same exit code.

Replacing this process (`os.exec`) would be shorter, but Windows has no such thing: there the shell would
believe that the command has ended. So a child runs, and this process waits for it on every system.
"""

import contextlib
import signal
import subprocess
from collections.abc import Callable, Sequence


def run(
    command: Sequence[str], *, started: Callable[[subprocess.Popen], None] | None = None, **options
) -> int:
    """Run `command` to its end and return its exit code.

    Ctrl-C reaches the child by itself, since it shares the terminal; the child decides what it means.
    A request to end this process (SIGTERM) is passed on. `started` is called once with the running child.
    """
    with subprocess.Popen(command, **options) as child:
        before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        try:
            if started:
                with contextlib.suppress(KeyboardInterrupt):  # again the child's matter
                    started(child)
            return exit_code(_wait(child))
        finally:
            signal.signal(signal.SIGTERM, before)


def exit_code(returncode: int) -> int:
    """The shell's exit code for Python's `returncode`: death by signal 9 is -9 here and 137 there."""
    return 128 - returncode if returncode < 0 else returncode


def _wait(child: subprocess.Popen) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the child got the same Ctrl-C and ends in its own way
