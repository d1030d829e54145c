"""What a learner reads when something is not right yet.

Feedback has three sentences, in this order: what happened (with a number), why it happened (the
mechanism), and what to look at next. Together they have at most 60 words, and there is never a
traceback. A `Fault` carries a feedback up from the place that found it. The faults that any answer can
have are made here; each exercise makes its own for the ideas that it tells apart.
"""

import builtins
from dataclasses import dataclass

WORDS = 60
"""The most words that a feedback has."""


@dataclass(frozen=True)
class Feedback:
    """Why an answer is not right yet: a short name for the cause, and three sentences.

    `detail` holds what only the learner at the desk may see, such as the text of an exception: a graded
    report leaves it out, since it can carry what a hidden workload has handed to the answer.
    """

    code: str
    happened: str
    why: str = ""
    look: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """The sentences, one a line."""
        return "\n".join(filter(None, (self.happened, self.why, self.look)))

    @property
    def words(self) -> int:
        """How many words the sentences have."""
        return len(self.text.split())


class Fault(Exception):
    """An answer can't be judged further; `feedback` says why."""

    def __init__(self, feedback: Feedback):
        super().__init__(feedback)  # so that SimPy, which makes it anew, can
        self.feedback = feedback


NOT_ATTEMPTED = "not_attempted"
INTERRUPTED = "interrupted"


def not_attempted(what: str) -> Fault:
    """The template is as it was: nothing to judge, and nothing wrong either. `what` is what is asked for."""
    return Fault(
        Feedback(NOT_ATTEMPTED, f"Nothing to check yet: write {what}, run its cell, and check again.")
    )


def wrong_shape(happened: str, look: str, detail: str = "") -> Fault:
    """An answer is not what the task asks for, such as a text instead of a number."""
    return Fault(Feedback("wrong_shape", happened, look=look, detail=detail))


def raised(error: BaseException, where: str, name: str) -> Fault:
    """The function `name` raised `error` at `where`, such as 'line 3 of decide'."""
    kind, known = _kind(error)
    return Fault(
        Feedback(
            "raised",
            f"{name} raised {kind} in {where}.",
            why="A function that raises gives no answer, so nothing after it could be judged.",
            look="q.why() shows what it was called with, and what Python said.",
            detail=f"{kind}: {shortened(str(error) if known else '')}".rstrip(": "),
        )
    )


def _kind(error: BaseException) -> tuple[str, bool]:
    """What an exception is called, and whether it is one of Python's own."""
    name = next((name for name, one in vars(builtins).items() if one is type(error)), "")
    return name or "an exception of its own", bool(name)


def odd(error: BaseException) -> Fault:
    """An answer does something of its own when it is only looked at."""
    kind, _ = _kind(error)
    return wrong_shape(
        f"What you handed over raised {kind} when it was looked at.",
        "Hand over plain things: numbers, texts, lists, dicts, or a function.",
    )


def endless(name: str) -> Fault:
    """The function `name` calls itself without end, or fills the memory."""
    return Fault(
        Feedback(
            "endless",
            f"{name} calls itself, or collects things, without end.",
            look="Look for the case in which it should stop, and test that case first.",
        )
    )


COUNTED = {"decisions": "Each call of your function", "events": "Each launch, check and change of the fleet"}


def over_budget(what: str, allowed: int) -> Fault:
    """A run used more than it is `allowed` of `what` ('decisions', 'events')."""
    return Fault(
        Feedback(
            "over_budget",
            f"A run was stopped after {allowed:,} {what}: that is all that this exercise allows.",
            why=f"{COUNTED[what]} counts.",
            look="Look for something that is asked for again and again.",
        )
    )


def peeks(time: str) -> Fault:
    """A decision before `time` changed when only what comes after `time` was altered."""
    return Fault(
        Feedback(
            "looks_ahead",
            f"Other customers after {time}, the same before: your function decided otherwise before {time}.",
            why="It uses something that it can't know yet, or that changes from call to call.",
            look="Decide from what you are handed, and from nothing else.",
        )
    )


def own_dice(time: str) -> Fault:
    """Called twice with the same, the answer decided otherwise."""
    return Fault(
        Feedback(
            "own_dice",
            f"Twice the same customers, and your function decided otherwise before {time}.",
            why="It throws dice that nobody can throw again, or looks at a clock: such an answer can't be judged.",
            look="Take dice from `random` itself, such as random.choice: they are seeded for each run.",
        )
    )


def inside() -> Fault:
    """A check was called while another one runs."""
    return Fault(
        Feedback(
            "check_inside",
            "Your answer calls a check while it is checked itself.",
            why="That would go on without end: each check would call the next.",
            look="Take the check out of your function, and call it in a cell of its own.",
        )
    )


def interrupted(function: bool) -> Feedback:
    """The learner pressed the interrupt button; with a function most likely because a loop never ends."""
    why = "A check usually takes 3 seconds, on a busy machine some more."
    look = "Call it again, and let it come to its end."
    if function:
        why = "A check usually takes 3 seconds; mostly it goes on because a loop in your function never ends."
        look = "Look at each `while`: what makes its condition false?"
    return Feedback(INTERRUPTED, "You stopped the check before it was done.", why=why, look=look)


def shortened(text: str, most: int = 80) -> str:
    """`text` on one line, cut after `most` characters, without control characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
