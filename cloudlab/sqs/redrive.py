"""Dead letters go back: once their fault is mended, they are moved to the queue where they came from.

Numbers such as SQS-19 are facts of the provider: docs/facts.md lists them with their sources.
"""

from typing import Annotated

from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Limit, checked
from cloudlab.sqs.errors import InvalidParameterValue
from cloudlab.sqs.queue import Queue


@checked(InvalidParameterValue)
def start_message_move_task(
    source: Queue,
    destination: Queue,
    *,
    max_number_of_messages_per_second: Annotated[int, Limit(1, 500, "messages")] = 500,
) -> int:
    """Move what is visible in `source` to `destination`, so many a second; returns how many that are.

    They are new messages there: their age, their receives and their receipt handles begin anew (SQS-19). Raises
    InvalidParameterValue where the queues are of two worlds, or the same.
    """
    if source is destination:
        raise InvalidParameterValue(
            f"destination is {destination.name}, but must be another queue than the source."
        )
    if source.world is not destination.world or type(source) is not type(destination):
        raise InvalidParameterValue(
            f"destination is {destination.name}, but must be of the source's world and kind."
        )
    source.world.reach(source)
    rows = source.line.free(source.world.now)
    source.world.process(_move(source, destination, rows, max_number_of_messages_per_second))
    return len(rows)


def _move(source: Queue, destination: Queue, rows: list[int], rate: int) -> Process:
    """So many each second. A SimPy process."""
    world = source.world
    while rows:
        for row in rows[:rate]:
            if source.line.take_away(row, world.now):
                destination.take_moved(source.content(row))
        del rows[:rate]
        yield world.timeout(1)
        world.advance()
