"""The same seed gives the same record, to the last bit, on every system and every supported Python.

The texts below were made once and are the same everywhere. A change of the rules changes them: then look at
what has changed, and write the new ones here. A difference on one system or one Python alone is a fault (a
loop over a set, a plain sum of floats, a drawn time that isn't rounded).
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from scenes import Scene, Sender, play

from cloudlab.ec2 import LaunchTemplate
from cloudlab.kernel import measures
from cloudlab.load_balancer.routing import METHODS
from cloudlab.traffic import daily, sinusoid, spike

KNOWN = {
    "round_robin": "95e2ba3931dd2592 06c4216b40fe6d67",
    "least_outstanding_requests": "ecb16765c911a316 c1c7740c4120d35a",
    "weighted_random": "e4c0d33ee3cb860b f38d48754baa4d26",
    "one_line": "a8f382ce4a677e3a 08a720695dd7cab3",
}
"""Fingerprint of the record, and of what the measures read from it."""


def a_busy_hour(method):
    """Three kinds of customers, a group with boots, deaths and drains, speeds that are no round numbers."""
    return Scene(
        senders=(
            Sender(
                "ann",
                spike(1.5, jump=3, at=900, length=600),
                {"mean_work": 0.7, "patience": 5.0, "max_attempts": 3},
            ),
            Sender("bob", sinusoid(0.2, 2.0, period=1800), {"mean_work": 0.3, "work": "log-normal"}),
            Sender("cleo", daily(0.4, 90), {"mean_work": 0.1, "arrivals": "regular", "work": "fixed"}),
        ),
        end=3600.0,
        seed=11,
        group={
            "min_size": 1,
            "desired_capacity": 3,
            "max_size": 6,
            "launch_template": LaunchTemplate(launch_time=31.7, boot_time=12.3, slots=2, speed=1.1),
            "health_check_type": "ELB",
            "health_check_grace_period": 60,
        },
        balancer={
            "load_balancing_algorithm_type": method,
            "health_check_interval_seconds": 10,
            "healthy_threshold_count": 2,
            "deregistration_delay_timeout_seconds": 5,
            "idle_timeout_timeout_seconds": 20,
        },
        acts=(
            (333.3, "slow_down", 0.3),
            (701.9, "kill", 1),
            (930.1, "ask", 6),
            (1234.5, "fail", 0),
            (1240.7, "crash", 2),
            (1300.9, "recover", 0),
            (1301.1, "recover", 2),
            (1702.3, "speed_up", 3.17),
            (2000.2, "ask", 1),
            (2600.6, "ask", 4),
        ),
    )


def texts(method):
    """Two short texts that stand for all in the record, and for all numbers read from it."""
    record = play(a_busy_hour(method))
    capacity = measures.capacity(record)
    read = (
        measures.outcomes(record),
        measures.percentiles(record, (1, 50, 95, 99, 100)),
        measures.utilisation(record, 60.0),
        measures.utilisation(record, 0.7),
        measures.arrivals(record, 60.0),
        measures.instance_hours(record),
        measures.in_system(record, [float(time) for time in range(3600)]),
        list(capacity.times),
        list(capacity.values),
    )
    return f"{record.fingerprint()} {hashlib.sha256(repr(read).encode()).hexdigest()[:16]}"


@pytest.mark.parametrize("method", METHODS)
def test_the_record_and_all_that_is_read_from_it_are_the_same_everywhere(method):
    assert texts(method) == KNOWN[method]


def test_the_order_of_hashes_changes_nothing():
    """Python orders sets and hashes of texts differently from process to process."""
    program = "from test_determinism import texts; print(texts('one_line'))"
    seen = set()
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parent,
            env=environment | {"PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        seen.add(done.stdout.strip())
    assert seen == {KNOWN["one_line"]}
