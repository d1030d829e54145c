"""A cluster of machines that grades (Dask): the same work, handed to another `Executor`. Read `joined` first.

What is handed in is read here, and travels with the work; each worker makes its own jails; results come back, and are
written here. A worker that dies is told to nobody but the cluster, which gives its work to another one.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from threading import Lock

from cloudlab.grading import jail, results

WAIT = 10
"""Seconds until a cluster that doesn't answer isn't there."""

RETRIES = 2
"""How often work is tried again that failed by a fault of a worker's machine."""


class NoCluster(Exception):
    """The cluster can't grade; the text is one sentence with what to do."""


class OtherCourse(Exception):
    """A worker that came later has another version of the course."""


@contextmanager
def joined(address: str, level: str) -> Iterator[tuple[Executor, int]]:
    """(what takes work, how many can do some at a time) of the cluster at this address. Raises NoCluster."""
    try:
        from distributed import Client
    except ImportError:
        raise NoCluster(
            "--cluster needs Dask: install it with `pip install 'cloudlab-course[dask]'`, here and on each worker."
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what happens is told in a sentence
    try:
        client = Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise NoCluster(
            f"no cluster answers at {address!r:.60} ({type(error).__name__}): look at the address that "
            "`dask scheduler` printed, as tcp://10.0.0.5:8786."
        ) from None
    with client:
        yield _Hands(client.get_executor(retries=RETRIES)), _able(client, level)


class _Hands(Executor):
    """Hands work to the cluster, whose workers do it one after the other."""

    def __init__(self, inner: Executor):
        self._inner, self._version = inner, results.version()

    def submit(self, does, /, *given, **named):
        """As any Executor."""
        return self._inner.submit(one_at_a_time, self._version, does, *given, **named)


def _able(client, level: str) -> int:
    """How many workers there are. Raises NoCluster unless each can grade as it should."""
    try:
        told = client.run(ready, level)
    except Exception as error:
        raise NoCluster(
            f"the cluster's workers can't grade ({type(error).__name__}): install this version of the course on "
            "each of them."
        ) from None
    if not told:
        raise NoCluster("the cluster has no worker: start some with `dask worker ADDRESS --nthreads 1`.")
    for worker, (version, trouble) in sorted(told.items()):
        if version != results.version():
            raise NoCluster(
                f"the worker {worker} has another version of the course: install this one on each of them."
            )
        if trouble:
            raise NoCluster(f"the worker {worker} can't grade: {trouble}")
    return len(told)


def ready(level: str) -> tuple[str, str]:
    """On a worker: (the version of the course, what keeps it from grading, or '')."""
    try:
        jail.made(level)
    except jail.NoJail as error:
        return results.version(), str(error)
    return results.version(), ""


_ONE = Lock()


def one_at_a_time(version: str, does, *given, **named):
    """On a worker: do it, once all that was begun before is done. Raises OtherCourse."""
    if version != results.version():
        raise OtherCourse
    with _ONE:  # a check is one to a process
        return does(*given, **named)
