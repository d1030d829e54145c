"""The benchmarks compare like with like: everybody simulates the same thing and gets the same waits."""

import sys
from itertools import pairwise
from math import sqrt
from statistics import stdev

import pytest

from benchmarks import cloudlab_models, sidebyside
from benchmarks.__main__ import main
from benchmarks.sidebyside import BASE, LIMIT, OURS, PEERS
from benchmarks.table import verdict
from benchmarks.workloads import WORKLOADS, given

# Their ties go by dice, or the works go to other requests: the same only on average.
ON_AVERAGE = {(peer, "W2 least outstanding") for peer in PEERS}


@pytest.fixture(scope="module", params=WORKLOADS, ids=lambda workload: workload.name)
def seen(request):
    """A workload and what cloudlab's own models made of 4,000 requests."""
    return request.param, cloudlab_models.simulate(request.param, 4000).requests


def test_all_agree_on_the_mean_wait_for_the_same_arrivals_and_works(seen):
    workload, requests = seen
    gaps = [after - before for before, after in pairwise([0.0, *requests.arrived])]
    works = [round(end - start, 6) for start, end in zip(requests.started, requests.finished, strict=True)]
    mine = cloudlab_models.mean_wait(requests)
    others = {
        name: contender for name, contender in sidebyside.contenders().items() if not name.startswith(OURS)
    }
    assert {BASE, LIMIT} <= set(others)
    for name, contender in others.items():
        run = contender.run(workload, len(requests), given(gaps, works))
        close = 4 * standard_error(requests) if (name, workload.name) in ON_AVERAGE else 1e-6
        assert run.requests == len(requests), name
        assert run.mean_wait == pytest.approx(mine, abs=close), name


def standard_error(requests) -> float:
    """Of the mean wait (s), from the means of twenty stretches, since neighbours wait alike."""
    waits = [start - arrival for start, arrival in zip(requests.started, requests.arrived, strict=True)]
    size = len(waits) // 20
    means = [sum(waits[n * size : (n + 1) * size]) / size for n in range(20)]
    return stdev(means) / sqrt(20)


def test_callers_who_may_try_again_change_nothing_while_nothing_fails(seen):
    workload, requests = seen
    again = cloudlab_models.simulate(workload, 4000, max_attempts=3).requests
    assert again.finished == requests.finished


def test_the_table_names_everybody_and_judges_each_ratio():
    text = sidebyside.report(300, rounds=1)
    for workload in WORKLOADS:
        assert f"**{workload.name}**" in text
        assert f"| {workload.name}: cloudlab / {BASE}" in text
    for name in sidebyside.contenders():
        assert text.count(f"| {name} ") >= len(WORKLOADS)
    assert all(sentence in text for sentence in sidebyside.missing())
    rows = [line for line in text.splitlines() if ": cloudlab / " in line]
    assert len(rows) == len(WORKLOADS) * len(
        [n for n in sidebyside.contenders() if n in (BASE, LIMIT, *PEERS)]
    )
    assert all(row.rstrip(" |").endswith(("yes", "**no**")) for row in rows)


@pytest.mark.parametrize("name, module", [(name, module) for name, (module, _) in PEERS.items()])
def test_a_peer_that_is_not_installed_is_named(monkeypatch, name, module):
    monkeypatch.setitem(sys.modules, module, None)  # as Python marks what can't be imported
    assert name not in sidebyside.contenders()
    assert any(s.startswith(f"{name} did not run, because it is not installed") for s in sidebyside.missing())


def test_a_goal_is_met_or_not():
    assert verdict(8.0, at_least=8) == "yes"
    assert verdict(7.99, at_least=8) == "**no**"
    assert verdict(60, at_most=60) == "yes"
    assert verdict(60.1, at_most=60) == "**no**"


def test_an_unknown_name_gives_one_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["speed"])
    assert "names has 'speed', but each must be one of requests" in capsys.readouterr().err
