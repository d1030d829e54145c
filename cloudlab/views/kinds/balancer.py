"""A load balancer: it stands in front of others and shares requests out."""

from cloudlab.kernel.record import Record
from cloudlab.views.kinds import Kind

METHOD = "load_balancing_algorithm_type"


class BalancerKind(Kind):
    """One contact for many targets."""

    front = True

    def opening(self, record: Record, parts: list[int]) -> list[str]:
        """Each with its method: 'balancer shop (round robin)'."""
        made = [record.parts[part] for part in parts]
        methods = [part.attributes.get(METHOD, "").replace("_", " ") for part in made]
        ways = [f" ({method})" if method else "" for method in methods]
        return [f"balancer {part.name}{way}" for part, way in zip(made, ways, strict=True)]

    def one_line(self, record: Record, part: int) -> bool:
        """Whether it keeps one line for all targets, which no AWS method does."""
        return record.parts[part].attributes.get(METHOD) == "one_line"

    def picture(self, record: Record, parts: list[int]) -> str:
        """Its targets, a lane each."""
        return "lanes"
