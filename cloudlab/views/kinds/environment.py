"""An execution environment: it is drawn inside its function."""

from cloudlab.views.kinds import Kind


class EnvironmentKind(Kind):
    """A place in which a function runs, one call at a time."""

    station = False
