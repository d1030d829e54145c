"""The end of a generator that a learner wrote, which may do anything when it is told to end. Read `close`."""

import atexit
import sys
from collections.abc import Generator
from contextlib import redirect_stderr, redirect_stdout
from inspect import GEN_CLOSED, getgeneratorstate, isgenerator

_STUBBORN: list = []
"""Those that went on all the same. They are kept, since Python complains on the screen when it forgets one."""


def close(run: Generator) -> None:
    """End a generator for good, whatever it does then: it may raise, or yield once more."""
    try:
        run.close()
    except KeyboardInterrupt:
        raise
    except BaseException:  # what it raises is of no interest any more
        if isgenerator(run) and getgeneratorstate(run) != GEN_CLOSED:
            _STUBBORN.append(run)


@atexit.register
def _forget() -> None:
    """When Python ends, it forgets them without a word."""
    complains, sys.unraisablehook = sys.unraisablehook, lambda _: None
    with redirect_stdout(None), redirect_stderr(None):
        _STUBBORN.clear()
    sys.unraisablehook = complains
