"""The worked solutions, for those who write a course's source: only a clone has them. Read `worked`."""

from cloudlab.exercises import exercise
from cloudlab.judge.question import Listing


def worked(name: str) -> str:
    """The code of the worked solution of an exercise; '' where this copy of the course has none."""
    found = exercise(name).solution()
    return found.strip() if isinstance(found, Listing) else ""
