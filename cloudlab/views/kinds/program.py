"""A program on a machine: it is drawn inside its machine, which tells what came of it."""

from cloudlab.views.kinds import Kind


class ProgramKind(Kind):
    """A program as a file, or in a container."""

    told = False
    station = False
    metrics = ("Right", "Wrong", "Failed")
