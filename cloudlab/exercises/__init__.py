"""Exercises: a task, a check that says what went wrong and why, and hints.

    from cloudlab.exercises import exercise
    q = exercise("E2")

`engine` is what a learner holds; `definition` is what an author writes; `judging` is the order of judgement.
One file per lesson holds its exercises, and a `.toml` beside it holds their words.
"""

from cloudlab.exercises.engine import exercise

__all__ = ["exercise"]
