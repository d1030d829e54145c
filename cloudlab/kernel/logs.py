"""What a learner's code logs goes where its prints go. Read `logs_to`."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOBase


@contextmanager
def logs_to(stream: TextIOBase | None) -> Iterator[None]:
    """What is logged on the screen goes to `stream`, if there is one, and afterwards where it went before."""
    if stream is None:
        yield
        return
    screen = (sys.stdout, sys.stderr)
    before = {handler: handler.stream for handler in _on_streams() if handler.stream in screen}
    for handler in before:
        handler.setStream(stream)
    try:
        yield
    finally:
        for handler in _on_streams():
            if handler.stream is stream:  # those, too, that were made meanwhile
                handler.setStream(before.get(handler, screen[1]))


def _on_streams() -> list[logging.StreamHandler]:
    """What writes the lines of logs to a stream, of all logs that there are."""
    logs = [logging.root, *logging.root.manager.loggerDict.values()]
    handlers = {handler for log in logs for handler in getattr(log, "handlers", ())}
    return [handler for handler in handlers if isinstance(handler, logging.StreamHandler)]
