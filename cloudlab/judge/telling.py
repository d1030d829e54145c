"""A verdict in words: one headline, what happened and why, and the numbers."""

import json
from statistics import median

from cloudlab.judge.definition import Exercise
from cloudlab.judge.feedback import NOT_ATTEMPTED, shortened
from cloudlab.judge.judging import Verdict

ANEW = "These workloads are published; graded ones are drawn anew."

ROW = 300
"""Characters of a value that is shown."""

LINES = 5
"""Lines of what a function printed that are shown."""


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
    printed = [line for line in verdict.printed.splitlines() if line.strip()]
    if printed:
        more = " (the first lines)" if len(printed) > LINES else ""
        lines += [f"Your function printed{more}:", *(f"  {shortened(line)}" for line in printed[:LINES])]
    return "\n".join(lines)


def handed(verdict: Verdict) -> list[str]:
    """What a function was called with when it went wrong, and how it went wrong."""
    said = verdict.feedback
    lines = [said.happened, said.detail] if said else []
    if verdict.handed:
        lines += ["It was called with:", *(f"  {line}" for value in verdict.handed for line in _rows(value))]
    return [line for line in lines if line]


def _rows(value) -> list[str]:
    """A value as lines: a list of dicts has one for each."""
    listed = type(value) is list and value and all(type(one) is dict for one in value)
    return [shortened(json.dumps(one), ROW) for one in (value if listed else [value])]


def headline(exercise: Exercise, verdict: Verdict) -> str:
    """The first line, such as 'E1 ✓ Correct: 10 of 10 points.'."""
    points = f"{verdict.points:g} of 10 points"
    if verdict.code == NOT_ATTEMPTED:
        return f"{exercise.name} ○ Not attempted."
    if verdict.correct:
        return f"{exercise.name} ✓ Correct: {points}."
    if verdict.stage == "cost":
        return f"{exercise.name} ◐ The goal is met, but at too high a cost: {points}."
    return f"{exercise.name} ✗ Not yet: {points}."


def reached(exercise: Exercise, verdict: Verdict) -> list[str]:
    """The objective and the cost in numbers, for an answer that meets the objective."""
    if not verdict.correct and verdict.stage != "cost":
        return []
    lines = []
    if exercise.objective:
        goal, value = exercise.objective, median(verdict.values)
        shown = f"{value:,.0f}" if value >= 10 else f"{value:,.2g}"
        allowed = f"at most {verdict.limit:,.10g} {goal.unit} allowed"
        lines.append(f"Goal met: {shown} {goal.unit} {goal.what}, {allowed}.")
    else:
        lines.append(f"All {verdict.cases} cases are right.")
    if verdict.costs and exercise.cost:
        yours, reference, naive = verdict.costs
        unit, simple = exercise.cost.unit, exercise.cost.naive
        lines.append(
            f"Cost: yours {yours:,.1f} {unit}, reference {reference:,.1f}, naive ({simple}) {naive:,.1f}."
        )
        if yours < 0.995 * reference:
            lines.append(f"You beat the reference by {100 * (1 - yours / reference):.0f} %.")
    return lines
