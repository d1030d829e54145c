"""Grading a class: how long, how much of it is not the check itself, and how much memory.

A class hands in the worked solution of E9, a cheap one. Overhead is the CPU time that `grade_one` takes beyond the same
judgement in this process: the jail, all processes in it, and what crosses the pipe. What an answer itself takes is in
both. Memory is that of the grader and
all processes that it starts, jails too, looked at twice a second.
"""

import contextlib
import ctypes
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.table import Report, goal, not_measured, table
from cloudlab.exercises import definition, exercise
from cloudlab.grading import jail
from cloudlab.grading.classes import Order, grade_class
from cloudlab.grading.grader import Work, grade_one
from cloudlab.judge import variants
from cloudlab.judge.judging import judge

SALT, CHEAP = "a salt of benchmarks", "E9"
KINDS = {"E9": "a dict", "E2": "a function", "E15": "asked again and again", "E13": "a program"}
CLASS, LARGE = 200, 500
SECONDS, OVERHEAD, BYTES = 120.0, 0.5, 1e9
"""The bars: seconds for a class of 200 on two cores, for what is not the check, and bytes for 500 submissions."""


def cells(name: str) -> list[str]:
    """What somebody hands in who solved it as `q.solution()` does."""
    start = f'from cloudlab.exercises import exercise\nq = exercise("{name}")'
    return [start, str(exercise(name).solution()), "q.check(answer)"]


def hand_in(folder: Path, student: str, name: str) -> Path:
    """A student's notebook; no two have the same bytes."""
    made = [{"cell_type": "code", "source": source} for source in [*cells(name), f"# {student}"]]
    path = folder / student / "work.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": made}), encoding="utf-8")
    return path


def of_a_class(count: int, jobs: int = 2) -> tuple[float, float, int]:
    """(seconds, bytes at most, how many got full marks) of so many submissions."""
    level = jail.best()
    with tempfile.TemporaryDirectory() as place:
        for number in range(count):
            hand_in(Path(place, "in"), f"s{number:03}", CHEAP)
        order = Order(Path(place, "in"), Path(place, "out"), SALT, level=level, jobs=jobs)
        largest = highest(lambda: grade_class(order, lambda *told: None))
        files = Path(place, "out", "results").glob("*.json")
        found = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    full = sum(result["exercises"][CHEAP]["points"] == 10 for result in found)
    return largest[0], largest[1], full


def highest(does: Callable) -> tuple[float, float]:
    """(seconds, bytes at most of this process and all below it) while `does` runs."""
    import psutil

    most, over = [0.0], threading.Event()

    def look() -> None:
        me = psutil.Process()
        while not over.wait(0.5):
            size = 0
            for one in (me, *me.children(recursive=True)):
                try:
                    size += one.memory_info().rss
                except psutil.Error:
                    continue  # it has just ended
            most[0] = max(most[0], size)

    watcher = threading.Thread(target=look)
    watcher.start()
    begun = time.perf_counter()
    try:
        does()
    finally:
        seconds = time.perf_counter() - begun
        over.set()
        watcher.join()
    return seconds, most[0]


def adopt() -> None:
    """Let whatever is left of a jail become a child of this process: only so its time can be counted."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def cpu() -> float:
    """CPU seconds of this process and of all that have ended below it, also in a jail, which ends after us."""
    with contextlib.suppress(ChildProcessError):
        for _ in range(50):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.01)  # what is killed takes a moment to end
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def overhead(name: str, rounds: int) -> tuple[float, float]:
    """CPU seconds of a worked solution: of the check itself, and of grading beyond it."""
    draw = variants.draw(SALT, name, "ann", len(variants.pool(name)))
    variant, made = variants.variant(name, draw.variant), definition(name)
    own, whole = [], []
    adopt()
    with tempfile.TemporaryDirectory() as place:
        jail.best()  # so that it is known
        work = Work(hand_in(Path(place), "ann", name), "ann", SALT, jail.best())
        for turn in range(rounds + 1):
            space = {"q": exercise(name, variant=draw.variant)}
            exec(str(space["q"].solution()), space)
            begun = cpu()
            judge(made, space["answer"], variant, draw.seeds)
            own += [cpu() - begun] * (turn > 0)  # the first one loads what it needs
            begun = cpu()
            grade_one(work)
            whole += [cpu() - begun] * (turn > 0)
    return median(own), median(whole) - median(own)


def report(count: int = CLASS, rounds: int = 3, large: int = LARGE) -> Report:
    """A class, each kind of exercise, and a large class."""
    goals = []
    rows = []
    for name, kind in KINDS.items():
        own, more = overhead(name, rounds)
        rows.append([f"{name}, {kind}", f"{own:.2f}", f"{more:.2f}"])
        goals.append(goal(f"grading {name} beyond its check (CPU s)", more, "{:.2f}", at_most=OVERHEAD))
    try:
        seconds, _, full = of_a_class(count)
        _, size, all_full = of_a_class(large)
    except ModuleNotFoundError:
        limits = f"≤ {SECONDS:g} s, {BYTES:g} bytes"
        goals.append(not_measured(f"grading of {count} and {large} submissions", limits))
        return Report("psutil is not installed: install the `benchmarks` extra.", goals)
    what = f"{count} submissions of {CHEAP} (s; {full} with full marks)"
    goals.append(goal(what, seconds, "{:.0f}", at_most=SECONDS * count / CLASS))
    what = f"bytes of the grader and its jails, {large} submissions ({all_full} with full marks)"
    goals.append(goal(what, size, "{:.3g}", at_most=BYTES))
    return Report(f"isolation {jail.best()}\n\n{table(['exercise', 'check, s', 'more, s'], rows)}", goals)
