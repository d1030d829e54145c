"""Grading on a cluster: the same results, from workers that see no file of what is handed in, also when one dies."""

import json
import os
import signal
import sys

import pytest
from handed_in import answer, hand_in
from test_exercises_banks import BANKS

from cloudlab.grading import cluster, jail, results
from cloudlab.grading.classes import Order, Refused, grade_class
from cloudlab.grading.grader import Work, grade_one, grade_planned, plan

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Only on Linux and macOS: grading forks a process a run"
)

SALT = "a salt that nobody knows"
LEVEL = "L1" if sys.platform == "linux" else "L4"
CONFIG = answer("E9", BANKS["monolith_and_microservices"].WORKED["E9"])


def contents(folder) -> dict[str, dict]:
    """The results, without how long each took."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "results").glob("*.json")]
    return {one["key"]: one | {"seconds": 0} for one in found}


def test_what_is_planned_needs_no_file(tmp_path):
    work = Work(hand_in(tmp_path, "ann", *CONFIG), "ann", SALT, LEVEL)
    here, planned = grade_one(work), plan(work)
    work.path.unlink()
    assert grade_planned(work, planned) | {"seconds": 0} == here | {"seconds": 0}
    assert here["exercises"]["E9"]["points"] == 10


@pytest.mark.filterwarnings("ignore")  # what Dask warns of is its own
def test_a_cluster_has_the_same_results_also_when_a_worker_dies(tmp_path):
    from distributed import LocalCluster

    for number in range(4):
        hand_in(tmp_path / "in", f"s{number}", *CONFIG, f"{number}")
    killed: list[int] = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as two:

        def tell(done, of, who):
            if not killed:
                killed.append(two.workers[0].process.pid)
                os.kill(killed[0], signal.SIGKILL)

        asked = Order(tmp_path / "in", tmp_path / "out", SALT, level=LEVEL, cluster=two.scheduler_address)
        done = grade_class(asked, tell)
        assert (done.files, done.new, done.failed) == (4, 4, 0) and killed
        with pytest.raises(
            Refused, match="^the worker .* can't grade: isolation is 'L9', but must be one of"
        ):
            grade_class(
                Order(tmp_path / "in", tmp_path / "no", SALT, level="L9", cluster=asked.cluster), tell
            )
    grade_class(Order(tmp_path / "in", tmp_path / "here", SALT, level=LEVEL, jobs=1), lambda *told: None)
    assert contents(tmp_path / "out") == contents(tmp_path / "here")
    points = [one["exercises"]["E9"]["points"] for one in contents(tmp_path / "out").values()]
    assert points == [10] * 4


@pytest.mark.parametrize(
    ("address", "kind"), [("tcp://127.0.0.1:1", "OSError|TimeoutError"), ("nonsense://x", "ValueError")]
)
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_is_not_there_is_one_sentence(tmp_path, monkeypatch, address, kind):
    monkeypatch.setattr(cluster, "WAIT", 1)
    hand_in(tmp_path / "in", "ann", *CONFIG)
    with pytest.raises(
        Refused, match=rf"^no cluster answers at '{address}' \(({kind})\): look at the address"
    ):
        grade_class(Order(tmp_path / "in", tmp_path / "out", SALT, cluster=address), lambda *told: None)
    assert not (tmp_path / "out" / "grades.csv").exists()


def test_without_dask_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    hand_in(tmp_path / "in", "ann", *CONFIG)
    with pytest.raises(Refused, match=r"^--cluster needs Dask: install it with .*cloudlab-course\[dask\]"):
        grade_class(Order(tmp_path / "in", tmp_path / "out", SALT, cluster="tcp://x:1"), lambda *told: None)


class Told:
    """A cluster whose workers say this."""

    def __init__(self, told):
        self.told = told

    def run(self, does, level):
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, "the cluster has no worker: start some with"),
        ({"tcp://a:1": ("other", "")}, "the worker tcp://a:1 has another version of the course"),
        ({"tcp://a:1": (results.version(), "no jail.")}, "the worker tcp://a:1 can't grade: no jail"),
        (ModuleNotFoundError("cloudlab"), r"the cluster's workers can't grade \(ModuleNotFoundError\)"),
    ],
)
def test_workers_that_can_not_grade_are_named(told, sentence):
    with pytest.raises(cluster.NoCluster, match=sentence):
        cluster._able(Told(told), "L1")
    assert cluster._able(Told({"a": (results.version(), ""), "b": (results.version(), "")}), "L1") == 2


def test_a_worker_of_another_version_is_not_asked():
    with pytest.raises(cluster.OtherCourse):
        cluster.one_at_a_time("another", jail.made, "L4")
    assert cluster.one_at_a_time(results.version(), len, "four") == 4
