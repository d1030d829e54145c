"""A grader and its jail share a core for as long as a submission takes, and several graders don't crowd on one."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from handed_in import answer, hand_in
from test_exercises_banks import BANKS

from cloudlab.grading import cores, desk, jail
from cloudlab.grading.classes import begin_work
from cloudlab.grading.grader import Work, grade_one

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Only on Linux: a process can be kept on a core"
)


def own_cores(*_) -> set[int]:
    """The cores on which this process may be."""
    return os.sched_getaffinity(0)


def test_a_submission_is_graded_on_one_core_and_afterwards_all_are_free_again(tmp_path, monkeypatch):
    before, seen = own_cores(), []

    class Watched(desk.Worker):
        def told(self):
            seen.append((own_cores(), os.sched_getaffinity(self.process.pid)))
            return super().told()

    monkeypatch.setattr(desk, "Worker", Watched)
    code = (
        BANKS["sqs"].WORKED["E13"].replace("    while", "    import math\n    while")
    )  # so each run is a process
    path = hand_in(tmp_path, "ann", *answer("E13", code))
    result = grade_one(Work(path, "ann", "a salt that nobody knows", jail.best()))
    assert result["exercises"]["E13"]["points"] == 10
    (core,) = before & set.union(*(both for pair in seen for both in pair))
    assert len(seen) > 100 and all(pair == ({core}, {core}) for pair in seen)
    assert own_cores() == before


def test_all_cores_are_free_again_after_a_grader_that_failed(monkeypatch):
    before = own_cores()
    with pytest.raises(KeyError), cores.one_core():
        assert len(own_cores()) == 1
        raise KeyError
    assert own_cores() == before


def test_several_graders_of_a_class_take_a_core_each():
    """One more than there are cores begins at the first one again."""
    how = get_context("forkserver")
    given = jail.course(), how.Value("i")
    taken = []
    for _ in range(len(own_cores()) + 1):
        with ProcessPoolExecutor(1, mp_context=how, initializer=begin_work, initargs=given) as pool:
            taken.append(pool.submit(own_cores).result())
    assert taken[:-1] == [{core} for core in sorted(own_cores())] and taken[-1] == taken[0]
