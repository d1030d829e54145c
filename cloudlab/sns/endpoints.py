"""Where copies are delivered: a web server, a mailbox, a phone, a function, or a queue.

Read `Endpoint.answer` first: it is all that a topic learns from an attempt. A fault is the server's or the
client's. An endpoint that is down may come back, so the topic tries again; one that is gone, or whose permission
was taken away, will refuse the next attempt as well, so it doesn't (SNS-11). An answer tells which of the two it
is, and it is the whole difference between a message that comes late and one that never comes.

What becomes of an attempt is decided when it begins.

Numbers such as SNS-15 are facts of the provider: docs/facts.md lists them with their sources.
"""

from typing import Annotated

from cloudlab.kernel.contracts import Inbox
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.world import World

TIMEOUT = 15.0
"""Seconds after which an HTTP request to an endpoint has failed (SNS-15)."""

TAKEN, FAILED, REFUSED = "taken", "failed", "refused"
"""What an attempt ends in: delivered, a fault of the server (tried again), a fault of the client (not)."""


class Endpoint:
    """One that a topic delivers to: a part of kind `subscriber`.

    `other_account` says that it belongs to somebody else, who must confirm any subscription (SNS-2).
    """

    @checked()
    def __init__(self, world: World, name: str, *, other_account: bool = False):
        self.world, self.name, self.other_account = world, name, other_account
        self.part = world.record.add_part(name, "subscriber", time=world.now)
        self.inbox: Inbox | None = None
        self.state, self.seconds = "answering", 0.0
        world.record.enter(world.now, self.part, "application", self.state)

    # What happens to it

    @checked()
    def fail(self, status: Annotated[int, Limit(100, 599, label="Status")] = 503) -> None:
        """It answers each attempt with this HTTP status from now on, other than 200 to 299.

        500 and more, and anything below 200, is a fault of the server; 300 to 499 is one of the client (SNS-15).
        """
        if 200 <= status < 300:
            self.restore()
        elif 300 <= status < 500:
            says = f"answers with an error ({status})" if self.inbox is None else "refuses what comes"
            self._become("forbidden", f"{self.name} {says}: nothing is tried again.", "✕")
        else:
            says = f"answers with an error ({status})" if self.inbox is None else "can't be reached"
            self._become("unavailable", f"{self.name} {says}: deliveries are tried again.", "✕")

    @checked()
    def slow_down(self, seconds: Annotated[float, Limit(0, 3600, "s", label="Time to answer")]) -> None:
        """It answers each attempt after so many seconds from now on; an HTTP request that takes 15 s has failed."""
        if seconds:
            self._become("slow", f"{self.name} takes {seconds:g} s to answer.", "!", float(seconds))
        else:
            self.restore()

    def forbid(self) -> None:
        """The permission to deliver to it is taken away: a fault of the client."""
        self._become("forbidden", f"{self.name} may not be delivered to: nothing is tried again.", "✕")

    def delete(self) -> None:
        """It is deleted: a fault of the client."""
        self._become("gone", f"{self.name} is gone: nothing is tried again.", "✕")

    def restore(self) -> None:
        """All is well again from now on."""
        self._become("answering", f"{self.name} answers at once again.", "✓")

    # What a topic learns

    def answer(self, protocol: str) -> tuple[str, float]:
        """What an attempt that begins now ends in (TAKEN, FAILED, REFUSED), and after how many seconds."""
        if self.state in ("forbidden", "gone"):
            return REFUSED, 0.0
        if self.state == "unavailable":
            return FAILED, 0.0
        if protocol in ("http", "https") and self.seconds >= TIMEOUT:
            return FAILED, TIMEOUT
        return TAKEN, self.seconds

    def _become(self, state: str, text: str, glyph: str, seconds: float = 0.0) -> None:
        if (state, seconds) == (self.state, self.seconds):
            return
        self.world.advance()
        self.state, self.seconds = state, seconds
        aspect = "application" if self.inbox is None else "delivery"
        self.world.record.enter(self.world.now, self.part, aspect, state)
        self.world.record.note(self.world.now, self.part, glyph, text)


class QueueEndpoint(Endpoint):
    """The way into a queue, as one subscription sees it: it may be closed while the queue itself works on."""

    def __init__(self, inbox: Inbox):
        self.world, self.name, self.part = inbox.world, inbox.name, inbox.part  # type: ignore[assignment]
        self.other_account, self.inbox = False, inbox
        self.state, self.seconds = "answering", 0.0
