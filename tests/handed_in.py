"""Notebooks as they are handed in, for the tests of grading."""

import json
from pathlib import Path


def notebook(*cells: str, **more) -> str:
    """A notebook with these code cells, as a text."""
    made = [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "id": f"c{n}",
        }
        for n, source in enumerate(cells)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made} | more)


def answer(name: str, code: str, checked: str = "answer") -> tuple[str, ...]:
    """The cells of a notebook that hands in `checked` for an exercise."""
    return (
        f'from cloudlab.exercises import exercise\nq = exercise("{name}")',
        code,
        f"q.check({checked})",
    )


def hand_in(folder: Path, student: str, *cells: str, file: str = "work.ipynb") -> Path:
    """A student's notebook in a folder of their own."""
    path = folder / student / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook(*cells), encoding="utf-8")
    return path
