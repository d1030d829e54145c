"""A topic once more, one thing at a time.

The slow and obvious way: nothing is planned or skipped, each copy is an object, and each moment at which anything is
due is walked through in the order of the rules. It shares no code with `sns`.

The rules, at one moment:

1. What is done: endpoints change their state, subscriptions begin and end. Who ends loses what is still tried,
   but not what an endpoint is about to answer.
2. Messages are published. Each subscription that is there and wants the class gets a copy; the first attempt is due
   at once. What nobody is subscribed for is gone.
3. Answers that are due come: a copy is delivered, or the attempt has failed, and the next one is due after the delay
   of that retry; after the last retry, or where the endpoint refuses, it goes to the dead letters if there are any,
   and is lost otherwise.
4. Attempts that are due are made, in the order of the copies. An endpoint that is up, down or refuses answers in the
   same moment, a slow one later; what it will answer is settled now. Over HTTP no more than `limit` seconds are
   waited. 3 and 4 are repeated until nothing more is due at this moment.

Where the order is kept, a copy is due only when those before it in its group are over.
"""

from dataclasses import dataclass, field
from math import inf


@dataclass(eq=False)
class Copy:
    row: int
    group: object
    next: float
    attempts: int = 0
    answer: tuple = ()  # (when, good or bad or refused) of the attempt that is made
    ended: float = inf
    outcome: str = "trying"


@dataclass(eq=False)
class Listener:
    """A subscription: `delays` are those of its retries, `limit` the seconds that an attempt may take."""

    wants: set
    delays: list
    limit: float
    dead: bool
    ordered: bool
    state: str = "up"
    seconds: float = 0.0
    there: bool = False
    copies: list = field(default_factory=list)
    got: list = field(default_factory=list)
    buried: list = field(default_factory=list)

    def due(self) -> float:
        return min((min(copy.next, *copy.answer[:1], inf) for copy in self.open()), default=inf)

    def open(self) -> list:
        """The copies that may be tried now."""
        left = [copy for copy in self.copies if copy.outcome == "trying"]
        if not self.ordered:
            return left
        first = {}
        for copy in left:
            first.setdefault(copy.group, copy)
        return list(first.values())


class SlowTopic:
    """`letters` are (time, class), `controls` (time, listener number, what, seconds)."""

    def __init__(self, letters, listeners, controls):
        self.letters, self.listeners = list(letters), listeners
        self.controls = sorted(controls, key=lambda one: one[0])
        self.row, self.unheard = 0, []

    def run(self, end: float) -> None:
        while (now := self.next()) < end:
            self.moment(now)

    def next(self) -> float:
        times = [time for time, *_ in self.controls[:1]]
        times += [time for time, _ in self.letters[self.row : self.row + 1]]
        return min([*times, *(listener.due() for listener in self.listeners)], default=inf)

    def moment(self, now: float) -> None:
        while self.controls and self.controls[0][0] == now:
            _, number, what, seconds = self.controls.pop(0)
            self.control(now, self.listeners[number], what, seconds)
        while self.row < len(self.letters) and self.letters[self.row][0] == now:
            self.publish(now, self.letters[self.row][1])
        for listener in self.listeners:
            while listener.due() <= now:
                self.answers(now, listener)
                self.attempts(now, listener)

    def control(self, now, listener, what, seconds):
        if what == "begin":
            listener.there = True
        elif what == "end":
            listener.there = False
            for copy in listener.copies:
                if (copy.outcome == "trying" and not copy.answer) or (
                    copy.outcome == "trying"
                    and copy.answer[1] == "bad"
                    and copy.attempts <= len(listener.delays)
                ):
                    copy.ended, copy.outcome = now, "lost"
        else:
            listener.state, listener.seconds = what, seconds

    def publish(self, now, path):
        if not any(listener.there for listener in self.listeners):
            self.unheard.append(self.row)
        for listener in self.listeners:
            if listener.there and path in listener.wants:
                listener.copies.append(Copy(self.row, path, now))
        self.row += 1

    def attempts(self, now, listener):
        for copy in listener.open():
            if copy.next <= now and not copy.answer:
                copy.next = inf
                copy.attempts += 1
                if listener.state == "slow" and listener.seconds >= listener.limit:
                    copy.answer = now + listener.limit, "bad"
                elif listener.state == "slow":
                    copy.answer = now + listener.seconds, "good"
                else:
                    copy.answer = now, {"up": "good", "down": "bad", "away": "refused"}[listener.state]

    def answers(self, now, listener):
        for copy in listener.open():
            if not copy.answer or copy.answer[0] > now:
                continue
            (when, kind), copy.answer = copy.answer, ()
            if kind == "bad" and copy.attempts <= len(listener.delays):
                copy.next = when + listener.delays[copy.attempts - 1]
                continue
            copy.ended = now
            copy.outcome = "delivered" if kind == "good" else "dead" if listener.dead else "lost"
            if kind == "good":
                listener.got.append((now, copy.row))
            elif listener.dead:
                listener.buried.append((now, copy.row))
