"""Exercises: a task, a check that says what went wrong and why, and hints.

    from cloudlab.exercises import exercise
    q = exercise("E2")

One folder per lesson holds its exercises (`tasks`), the worlds they are tried in, their words (`words.toml`) and
their variants (`pools/`). The engine is `cloudlab.judge`.
"""

from cloudlab.judge.question import exercise

__all__ = ["exercise"]
