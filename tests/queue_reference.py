"""A queue once more, one thing at a time.

The slow and obvious way: no end of a work is planned, nothing is skipped, each message is an object, and each
moment at which anything is due is walked through in the order of the rules. It shares no code with `sqs`.

The rules, at one moment:

1. What is done to the queue: workers die, stop, begin (once they have finished what they had).
2. Messages whose visibility timeout is over and that are still in a hand become visible, in the order in which
   they were handed out. Then messages whose delay is over, and those that are sent, do, behind them.
3. A visible message as old as the retention period is gone.
4. Receives that wait get what is visible, the longest first.
5. Workers whose work is over go on, by number. For each message that is done: it is deleted if nobody else has
   received it since; one that failed is not. Then the worker asks for more, and waits if there is none.
6. Receives whose time is over begin anew, behind all that wait. That is so before one that begins at this
   moment joins them.

In a FIFO queue each message has a group. A group that has a message in a hand is passed over; one receive takes
the oldest message there is, then as many of its group as it can, then the next group. A message that comes back
stands at its old place. A delete lets the group go on, so whoever waits is served at once; once the message is
visible again it has no effect.

A message that was handed out as often as is allowed is moved to the dead letters when it would be handed out again.
"""

from dataclasses import dataclass, field
from math import inf


@dataclass(eq=False)
class Letter:
    number: int
    sent: float
    poison: bool
    due: float
    born: float
    where: str = "later"
    count: int = 0
    holder: "Hold | None" = None
    gone_at: float = inf


@dataclass(eq=False)
class Hold:
    letter: Letter
    worker: "Hand"
    handed: float
    until: float
    end: float
    count: int
    over: bool = False
    fate: str = "in hand"
    ended: float = inf


@dataclass(eq=False)
class Hand:
    number: int
    most: int
    wait: float
    works: object
    alive: bool = True
    free_at: float = 0.0
    busy: list = field(default_factory=list)


class SlowQueue:
    """`letters` are (sent, poison, delay, born); `controls` are (time, what, worker number)."""

    def __init__(
        self, letters, workers, controls=(), *, timeout, retention=inf, most_receives=inf, groups=None
    ):
        self.groups = groups
        self.letters = [Letter(i, s, p, s + d, b) for i, (s, p, d, b) in enumerate(letters)]
        self.workers, self.controls = workers, sorted(controls, key=lambda one: one[0])
        self.timeout, self.retention, self.most_receives = timeout, retention, most_receives
        self.visible: list[Letter] = []
        self.holds: list[Hold] = []
        self.waiting: list[list] = []  # [end, worker]
        self.dead: list[tuple[float, Letter]] = []
        self.empty: list[float] = []

    def run(self, end: float) -> None:
        while (now := self.next()) < end:
            self.moment(now)

    def next(self) -> float:
        times = [time for time, _, _ in self.controls]
        times += [letter.due for letter in self.letters if letter.where == "later"]
        times += [letter.born + self.retention for letter in self.visible]
        times += [
            hold.until for hold in self.holds if hold.letter.holder is hold and hold.letter.where == "hand"
        ]
        times += [hold.end for worker in self.workers for hold in worker.busy if not hold.over]
        times += [w.free_at for w in self.workers if w.alive]
        times += [end for end, _ in self.waiting]
        return min(times, default=inf)

    def moment(self, now: float) -> None:
        while self.controls and self.controls[0][0] == now:
            _, what, number = self.controls.pop(0)
            self.control(now, what, self.workers[number])
        held = [hold.letter for hold in self.holds if hold.letter.holder is hold and hold.until == now]
        back = [letter for letter in held if letter.where == "hand"]
        for letter in back + [one for one in self.letters if one.where == "later" and one.due == now]:
            letter.where = "visible"
            self.visible.append(letter)
        for letter in [one for one in self.visible if one.born + self.retention <= now]:
            letter.where, letter.gone_at = "expired", now
            self.visible.remove(letter)
        self.serve(now)
        for worker in self.workers:
            self.go_on(now, worker)
        self.renew(now)

    def go_on(self, now: float, worker: Hand) -> None:
        for hold in worker.busy:
            if not hold.over and hold.end == now:
                self.done(now, hold)
        if worker.alive and worker.free_at == now:
            self.ask(now, worker)

    def ask(self, now: float, worker: Hand) -> None:
        worker.free_at = inf
        if not self.hand_out(now, worker):
            self.renew(now)
            self.waiting.append([now + worker.wait, worker])

    def renew(self, now: float) -> None:
        for poll in [one for one in self.waiting if one[0] == now]:
            self.waiting.remove(poll)
            self.empty.append(now)
            self.waiting.append([now + poll[1].wait, poll[1]])

    def serve(self, now: float) -> None:
        while self.waiting and self.hand_out(now, self.waiting[0][1]):
            self.waiting.pop(0)

    def pick(self, mine: list) -> Letter | None:
        """The next message that may be handed out, of those that are visible."""
        if self.groups is None:
            return self.visible[0] if self.visible else None
        begun = [self.groups[hold.letter.number] for hold in mine]
        busy = {self.groups[one.number] for one in self.letters if one.where == "hand"} - set(begun)
        free = [one for one in self.visible if self.groups[one.number] not in busy]
        first = {}
        for one in sorted(free, key=lambda one: one.number):
            first.setdefault(self.groups[one.number], one)
        heads = sorted(first.values(), key=lambda one: (self.groups[one.number] not in begun, one.number))
        return heads[0] if heads else None

    def control(self, now: float, what: str, worker: Hand) -> None:
        if what == "start":
            worker.alive = True
            worker.free_at = max([now, *(hold.end for hold in worker.busy if not hold.over)])
            return
        worker.alive, worker.free_at = False, inf
        self.waiting = [poll for poll in self.waiting if poll[1] is not worker]
        if what == "kill":
            for hold in worker.busy:
                if not hold.over:
                    hold.over, hold.fate, hold.ended = True, "broken", now

    def hand_out(self, now: float, worker: Hand) -> bool:
        worker.busy = []
        end = now
        while len(worker.busy) < worker.most and (letter := self.pick(worker.busy)) is not None:
            self.visible.remove(letter)
            if letter.count >= self.most_receives:
                letter.where, letter.gone_at = "dead", now
                self.dead.append((now, letter))
                continue
            letter.count += 1
            end += worker.works(letter.number, letter.count)
            hold = Hold(letter, worker, now, now + self.timeout, end, letter.count)
            letter.where, letter.holder = "hand", hold
            worker.busy.append(hold)
            self.holds.append(hold)
        if worker.busy:
            worker.free_at = end if worker.alive else inf
        return bool(worker.busy)

    def done(self, now: float, hold: Hold) -> None:
        letter = hold.letter
        hold.over, hold.ended = True, now
        if self.failed(hold):
            hold.fate = "failed"
        elif letter.holder is hold and letter.where in (
            ("hand", "visible") if self.groups is None else ("hand",)
        ):
            if letter.where == "visible":
                self.visible.remove(letter)
            letter.where, letter.gone_at, hold.fate = "deleted", now, "deleted"
            if self.groups is not None:
                self.serve(now)
        else:
            hold.fate = "stale"

    def failed(self, hold: Hold) -> bool:
        return hold.letter.poison

    def rows(self) -> list[tuple]:
        """(message, handed, worker, ended, count, fate) of each hand-out."""
        return [(h.letter.number, h.handed, h.worker.number, h.ended, h.count, h.fate) for h in self.holds]
