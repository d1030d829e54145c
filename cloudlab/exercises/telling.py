"""A verdict in words: one headline, what happened and why, and the numbers."""

import json
from statistics import median

from cloudlab.exercises.calling import PRINTED
from cloudlab.exercises.definition import Exercise
from cloudlab.exercises.feedback import NOT_ATTEMPTED
from cloudlab.exercises.judging import Verdict

ANEW = "These workloads are published; graded ones are drawn anew."


def told(exercise: Exercise, verdict: Verdict) -> str:
    """All that a learner reads after a check."""
    lines = [headline(exercise, verdict)]
    if verdict.feedback:
        lines.append(verdict.feedback.text)
        if verdict.feedback.detail:
            lines.append(verdict.feedback.detail)
    lines += reached(exercise, verdict)
    if verdict.correct:
        lines.append(ANEW)
    if verdict.printed:
        more = " (the first lines)" if len(verdict.printed) > PRINTED else ""
        lines += [f"Your function printed{more}:", *(f"  {line}" for line in verdict.printed[:PRINTED])]
    return "\n".join(lines)


def handed(verdict: Verdict) -> list[str]:
    """What a function was called with when it went wrong, and how it went wrong."""
    lines = [verdict.feedback.happened, verdict.feedback.detail]
    if verdict.handed:
        lines += ["It was called with:", *(f"  {json.dumps(value)}" for value in verdict.handed)]
    return [line for line in lines if line]


def headline(exercise: Exercise, verdict: Verdict) -> str:
    """'E1 ✓ Correct: 10 of 10 points.'"""
    points = f"{verdict.points:g} of 10 points"
    if verdict.code == NOT_ATTEMPTED:
        return f"{exercise.name} ○ Not attempted."
    if verdict.correct:
        return f"{exercise.name} ✓ Correct: {points}."
    if verdict.stage == "cost":
        return f"{exercise.name} ◐ The goal is met, but at too high a cost: {points} ({verdict.code})."
    return f"{exercise.name} ✗ Not yet: {points} ({verdict.code})."


def reached(exercise: Exercise, verdict: Verdict) -> list[str]:
    """The objective and the cost in numbers, for an answer that meets the objective."""
    if not verdict.correct and verdict.stage != "cost":
        return []
    lines = []
    if exercise.objective:
        limit = exercise.objective
        lines.append(
            f"Goal: {limit.says(median(verdict.values))}, at most {limit.says(limit.limit)} allowed."
        )
    else:
        lines.append(f"All {verdict.cases} cases are right.")
    if verdict.costs:
        yours, reference, naive = verdict.costs
        unit = exercise.cost.unit
        lines.append(f"Cost: yours {yours:.1f} {unit}, reference {reference:.1f}, naive {naive:.1f}.")
        if yours < 0.995 * reference:
            lines.append(f"You beat the reference by {100 * (1 - yours / reference):.0f} %.")
    return lines
