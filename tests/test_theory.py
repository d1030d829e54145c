"""Mean waits against closed formulas of queueing theory.

Each formula is computed here, so a test doesn't depend on a number that was copied. A run of 200,000 requests
scatters by 2 to 5 %, so each test takes the mean of four, and 5 % are allowed. Runs start empty; their first
tenth is left out.
"""

from math import exp, factorial, fsum

import pytest
from scenes import NO_CHECKS

from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.invocations import cold_starts, running
from cloudlab.kernel.measures import in_system, response_times, utilisation
from cloudlab.kernel.world import World
from cloudlab.lambda_function import Function
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady

REQUESTS = 200_000
SEEDS = (1, 2, 3, 4)
LOAD = 0.8
SERVERS = 10


def one_machine(seed, slots, **customers):
    """A record of one instance with `slots`, called directly at `LOAD`; the mean work is 1 s."""
    world = World(seed)
    machine = Instance(
        world, "machine", launch_template=LaunchTemplate(launch_time=0, boot_time=0, slots=slots)
    )
    rate = LOAD * slots
    Customers(world, "customers", traffic=steady(rate), to=machine, mean_work=1.0, **customers)
    return world.run(REQUESTS / rate)


def ten_machines(seed, method, **customers):
    """A record of ten instances with one slot each, behind a balancer that never loses patience."""
    world = World(seed)
    template = LaunchTemplate(launch_time=0, boot_time=0, slots=1)
    shop = LoadBalancer(
        world,
        "shop",
        targets=[Instance(world, f"machine {place}", launch_template=template) for place in range(SERVERS)],
        load_balancing_algorithm_type=method,
        idle_timeout_timeout_seconds=4000,
        **NO_CHECKS,
    )
    rate = LOAD * SERVERS
    Customers(world, "customers", traffic=steady(rate), to=shop, mean_work=1.0, **customers)
    return world.run(REQUESTS / rate)


def mean_wait(shop, kind, **customers):
    """Seconds in line, on average over all `SEEDS` and the last nine tenths of what was started."""
    return fsum(wait_in(shop(seed, kind, **customers)) for seed in SEEDS) / len(SEEDS)


def wait_in(record):
    """The mean wait (s) in one run."""
    requests = record.requests
    pairs = zip(requests.arrived, requests.started, strict=True)
    waits = [
        started - arrived for arrived, started in pairs if arrived > record.end / 10 and started < record.end
    ]
    assert len(waits) > 0.85 * REQUESTS
    return fsum(waits) / len(waits)


def erlang_c(slots, load):
    """The share of arrivals that must wait at M/M/`slots`, when `load` (0 to 1) of each slot is used."""
    offered = slots * load
    full = offered**slots / factorial(slots) / (1 - load)
    return full / (sum(offered**there / factorial(there) for there in range(slots)) + full)


def wait_of_many(slots, load):
    """The mean wait (in mean works) at M/M/`slots`."""
    return erlang_c(slots, load) / (slots * (1 - load))


def wait_between(gaps):
    """The mean wait (in mean works) at GI/M/1: sigma / (1 - sigma), where sigma = gaps(1 - sigma).

    `gaps` is the Laplace transform of the time between two arrivals.
    """
    sigma = 0.5
    for _ in range(1000):
        sigma = gaps(1 - sigma)
    assert sigma == pytest.approx(gaps(1 - sigma), abs=1e-12)
    return sigma / (1 - sigma)


def wait_of_any_work(load, square):
    """The mean wait (in mean works) at M/G/1 (Pollaczek, Khinchine); `square` is the mean of work squared."""
    return load * square / (2 * (1 - load))


def near(value):
    return pytest.approx(value, rel=0.05)


def test_the_formulas_give_the_known_numbers():
    assert wait_of_many(4, 0.8) == pytest.approx(0.7455, abs=0.0001)
    assert wait_of_many(1, 0.8) == pytest.approx(4.0)
    assert wait_between(erlang_gaps) == pytest.approx(1.9223, abs=0.0001)
    assert wait_of_any_work(0.8, 2.0) == pytest.approx(4.0)


@pytest.mark.parametrize("slots", [1, 4, 16])
def test_slots_that_share_a_line_wait_as_erlang_says(slots):
    assert mean_wait(one_machine, slots) == near(wait_of_many(slots, LOAD))


def test_fixed_work_waits_half_as_long_as_exponential_work():
    assert mean_wait(one_machine, 1, work="fixed") == near(wait_of_any_work(LOAD, 1.0))


def test_work_that_varies_more_waits_longer():
    spread = 0.8
    wait = mean_wait(one_machine, 1, work="log-normal", work_spread=spread)
    assert wait == near(wait_of_any_work(LOAD, exp(spread**2)))


def test_regular_arrivals_wait_less_than_those_by_chance():
    wait = mean_wait(one_machine, 1, arrivals="regular")
    assert wait == near(wait_between(lambda rate: exp(-rate / LOAD)))


def test_random_choice_makes_ten_lines_of_their_own():
    assert mean_wait(ten_machines, "weighted_random") == near(wait_of_many(1, LOAD))


def erlang_gaps(rate):
    """Each of ten servers gets every tenth request: the gap is the sum of ten exponential ones."""
    whole = LOAD * SERVERS
    return (whole / (whole + rate)) ** SERVERS


def test_round_robin_gives_each_server_every_tenth_request():
    assert mean_wait(ten_machines, "round_robin") == near(wait_between(erlang_gaps))


def test_least_outstanding_comes_close_to_one_line_and_never_below_it():
    """0.3549 is the mean of 20 million requests elsewhere; the lower bound is Erlang's for one line."""
    wait = mean_wait(ten_machines, "least_outstanding_requests")
    assert wait == near(0.3549)
    assert wait > wait_of_many(SERVERS, LOAD)


def test_one_shared_line_waits_as_erlang_says_for_ten_slots():
    assert mean_wait(ten_machines, "one_line") == near(wait_of_many(SERVERS, LOAD))


def test_the_number_in_the_system_is_the_rate_times_the_time_in_it():
    """Little's law, with its three numbers from three readers; and the load is what was asked for."""
    record = one_machine(5, 4)
    times = list(response_times(record))
    seen = in_system(record, [record.end * place / 20_000 for place in range(20_000)])
    rate = len(times) / record.end
    assert sum(seen) / len(seen) == pytest.approx(rate * sum(times) / len(times), rel=0.02)
    assert utilisation(record, record.end) == [pytest.approx(LOAD, rel=0.02)]


def survival(below, rate, lifetime):
    """How probable it is that M/M/∞ (mean work 1) with `below` at work needs longer than `lifetime` to get one more.

    The states are 0 to `below`; whoever comes at `below` ends it. By many small steps of time (fourth order).
    """

    def change(state):
        out = [-(rate + there) * share for there, share in enumerate(state)]
        for there in range(below):
            out[there] += (there + 1) * state[there + 1]
            out[there + 1] += rate * state[there]
        return out

    steps = max(200, int(4 * lifetime * (rate + below + 1)))
    state, step = [0.0] * below + [1.0], lifetime / steps
    for _ in range(steps):
        first = change(state)
        second = change([a + step / 2 * b for a, b in zip(state, first, strict=True)])
        third = change([a + step / 2 * b for a, b in zip(state, second, strict=True)])
        last = change([a + step * b for a, b in zip(state, third, strict=True)])
        state = [
            a + step / 6 * (b + 2 * c + 2 * d + e)
            for a, b, c, d, e in zip(state, first, second, third, last, strict=True)
        ]
    return fsum(state)


def cold_share(rate, lifetime):
    """The share of cold starts: Poisson calls, exponential work of mean 1, idle environments kept for `lifetime`.

    The idle ones are a stack. So who comes while n are at work finds the environment that became idle when n + 1 fell
    to n, and it is gone if more than its lifetime has passed since: the time in which M/M/∞ stayed at n or below.
    """
    most = int(rate + 8 * rate**0.5) + 5
    at_work = [exp(-rate) * rate**there / factorial(there) for there in range(most)]
    return fsum(share * survival(there, rate, lifetime) for there, share in enumerate(at_work))


def test_the_formula_of_cold_starts_is_right_where_it_can_be_checked_by_hand():
    assert survival(0, 0.5, 3.0) == pytest.approx(exp(-1.5))
    assert survival(1, 0.5, 1e-9) == pytest.approx(1.0)
    assert cold_share(1e-3, 100.0) == pytest.approx(exp(-0.1), rel=0.002)


@pytest.mark.parametrize(("rate", "lifetime"), [(0.3, 2.0), (1.8, 3.0), (1.8, 10.0)])
def test_calls_are_cold_as_often_as_renewal_theory_says(rate, lifetime):
    """In units of the mean work, which is 2 s."""
    shares = []
    for seed in SEEDS:
        world = World(seed)
        function = Function(
            world, "f", memory_size=1769, timeout=900, init_duration=0, idle_lifetime=2 * lifetime
        )
        Customers(world, "people", traffic=steady(rate / 2), to=function, mean_work=2.0)
        world.run(80_000 / rate)
        shares.append(cold_starts(function.table) / len(function.table.began))
        assert len(function.table.began) > 39_000
    assert fsum(shares) / len(shares) == pytest.approx(cold_share(rate, lifetime), rel=0.04)
    assert all(share == pytest.approx(cold_share(rate, lifetime), rel=0.12) for share in shares)


def test_a_hundred_calls_a_second_of_half_a_second_are_fifty_at_once():
    """EX-10: Little's law, by chance."""
    world = World(1)
    function = Function(world, "f", memory_size=1769, timeout=60, init_duration=0)
    Customers(world, "people", traffic=steady(100), to=function, mean_work=0.5)
    world.run(600)
    times = [100 + place / 10 for place in range(5000)]
    seen = [running(function.table, time) for time in times[::25]]
    assert fsum(seen) / len(seen) == pytest.approx(50, rel=0.05)
