"""A desk with clerks (lesson 00): one line, and who serves it."""

from cloudlab.views.kinds import Kind


class DeskKind(Kind):
    """A line in front of clerks who work side by side."""

    serves = True
    servers = "clerks"
