"""A container: it is drawn inside its host."""

from cloudlab.views.kinds import Kind


class ContainerKind(Kind):
    """A share of a host, with an application in it."""

    told = False
    station = False
