"""The attempts at an exercise, kept in the learner's own folder, so that a notebook that is opened again knows them.

Each exercise has one file, `.cloudlab/attempts/E1.jsonl`, with a line of JSON for each check: when, of which
variant, the answer, the verdict and the points. A line is added in one piece, so two open notebooks don't
clash, and nothing is ever written over. A line that can't be read is left where it is. Read `Attempts.keep`.
"""

import inspect
import json
import os
from datetime import UTC, datetime

from cloudlab.judge.judging import Verdict
from cloudlab.judge.plain import plain
from cloudlab.kernel.state import attempts_in, own_folder

LONGEST = 20_000
"""Characters of an answer that are kept."""


class Attempts:
    """The attempts at the exercise called `name`, in the folder of the notebook that runs."""

    def __init__(self, name: str):
        self.path = own_folder() / "attempts" / f"{name}.jsonl"

    def keep(self, variant: int, answer, verdict: Verdict) -> str:
        """Add an attempt; returns what the learner must know when that can't be done, or ''."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "variant": variant,
            "answer": as_text(answer),
            "verdict": verdict.code,
            "points": verdict.points,
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "ab+") as file:
                cut = file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
                file.write(b"\n" * bool(cut) + json.dumps(line).encode("ascii") + b"\n")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return f"This attempt can't be kept in {self.path} ({reason})."
        return ""

    def all(self) -> tuple[list[dict], int]:
        """The attempts, oldest first, and how many lines could not be read."""
        return attempts_in(self.path)

    def told(self, variant: int) -> str:
        """What was reached so far in a variant, in a sentence, or '' when nothing is kept."""
        attempts, lost = self.all()
        mine = [one for one in attempts if one["variant"] == variant and one["verdict"] != "not_attempted"]
        told = []
        if mine:
            last, best = mine[-1], max(one["points"] for one in mine)
            times = "one attempt" if len(mine) == 1 else f"{len(mine)} attempts"
            told.append(
                f"So far {times}: the best {best:g} of 10 points, the last {last['points']:g} on {last['time'][:10]}."
            )
        if lost:
            lines, stay = ("A line", "stays as it is") if lost == 1 else (f"{lost} lines", "stay as they are")
            told.append(f"{lines} of {self.path} can't be read, and {stay}.")
        return " ".join(told)


def as_text(answer) -> str:
    """An answer as a person would write it: the source of a function, else the plain value."""
    try:
        text = inspect.getsource(answer) if inspect.isroutine(answer) else repr(plain(answer))
    except KeyboardInterrupt:
        raise
    except BaseException:  # an answer may do anything when it is looked at
        text = "(not a plain answer)"
    return text[:LONGEST]
