"""A depot: where programs come from, a folder with files or a registry with images."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind


class DepotKind(Kind):
    """Where what is sent to machines lies."""

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """'a registry with images', or 'a folder with files'."""
        packed = any(record.parts[part].attributes["packed"] for part in parts)
        return ["a registry with images" if packed else "a folder with files"]
