"""The removal van of lesson 10: what its text says is what its model does."""

import json
from fractions import Fraction

import pytest
from places import NOTEBOOKS
from samples import some
from test_lessons import LESSONS, Lesson, lesson, opening, said

from cloudlab.cluster import Need, Space, bound
from cloudlab.exercises.containers_at_scale import E20, E21
from cloudlab.exercises.containers_at_scale.packing import workload
from cloudlab.judge import variants
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.world import World
from cloudlab.labs.containers_at_scale import (
    CPU,
    DEPLOY,
    FREE,
    LAST,
    LENGTH,
    MEMORY,
    PLACEMENTS,
    SEARCH,
    SERVICES,
    done,
    drained,
    fewest,
    four_hosts,
    hosts_used,
    kubernetes,
    largest_first,
    lost,
    lowest,
    rollout,
    running,
    scenario,
    search,
    version,
    waiting,
)
from cloudlab.views.describe import describe
from cloudlab.views.stage import finding
from cloudlab.views.stage.scene import level_of

SEEDS = range(1, 6)
ALL = sum(count for *_, count in SERVICES.values()) + SEARCH[2]


def code_of(cell: str) -> str:
    """The code of a cell of the lesson."""
    (one,) = (lesson(path) for path in LESSONS if path.name.startswith("10"))
    return next(Lesson.source(each) for each in one.codes() if each["id"] == cell)


def shown(cell: str) -> str:
    """What is stored of a cell of the lesson."""
    path = next(path for path in LESSONS if path.name.startswith("10"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = next(one["outputs"] for one in cells if one["id"] == cell)
    return "".join("".join(output.get("text", "")) for output in outputs)


# The bad day


def test_search_has_tried_the_last_host_when_the_tuesday_stops():
    record, until, question = opening("10")
    (note,) = (note for note in record.notes if "search can't place" in note.text)
    assert LAST == note.time <= until < LAST + 1 and question.startswith(
        "Search has tried the last host: no room."
    )
    assert f"for all {ALL} containers" in question
    assert waiting(record, until) == SEARCH[2] and running(record, until) < ALL


def test_how_few_would_do_is_not_told_before_it_is_asked():
    record, until, _ = opening("10")
    (series,) = (one for (_, name), one in record.series.items() if name == "FewestHosts")
    assert list(series.times) == [LAST + 60] and until < LAST + 60 and series.values[-1] == 31
    assert any(note.text == "All 212 containers need at least 31 such hosts." for note in record.notes)


@pytest.mark.parametrize("seed", SEEDS)
def test_cpu_is_free_everywhere_and_memory_nowhere(seed):
    """More than half of all CPU is free, each host has what search needs of it, and none the memory."""
    record = scenario(seed)
    assert (running(record), waiting(record), hosts_used(record)) == (200, 12, 40)
    cluster = record.part("cluster")
    assert record.series[cluster, "CPUReservation"].values[-1] < 50
    free = {part: [CPU, MEMORY] for part in record.parts_of("host")}
    for part in record.parts_of("container"):
        one = record.parts[part]
        free[one.parent][0] -= one.attributes["cpu"]
        free[one.parent][1] -= one.attributes["memory"]
    assert all(cpu >= SEARCH[0] and memory < SEARCH[1] for cpu, memory in free.values())
    assert {memory for _, memory in free.values()} == {2816}
    said("10", "More than half of all CPU is free.")


PACKED = [
    (1, 1, 2, 1, 2, 0), (3, 1, 0, 1, 1, 1), (0, 2, 2, 2, 1, 0), (3, 1, 0, 1, 1, 1), (0, 2, 2, 2, 1, 0),
    (1, 1, 2, 1, 2, 0), (1, 1, 0, 1, 2, 1), (2, 2, 2, 2, 0, 0), (0, 1, 1, 0, 2, 1), (2, 2, 2, 2, 0, 0),
    (1, 1, 2, 1, 2, 0), (3, 1, 0, 1, 1, 1), (0, 2, 2, 2, 1, 0), (0, 1, 1, 2, 3, 0), (2, 1, 1, 0, 1, 1),
    (1, 2, 3, 1, 0, 0), (1, 1, 0, 1, 2, 1), (2, 1, 1, 2, 2, 0), (3, 1, 2, 1, 1, 0), (1, 2, 1, 1, 0, 1),
    (0, 1, 1, 2, 3, 0), (2, 2, 2, 2, 0, 0), (2, 1, 1, 0, 1, 1), (2, 1, 1, 2, 2, 0), (0, 1, 1, 0, 2, 1),
    (2, 1, 1, 2, 2, 0), (1, 2, 1, 1, 0, 1), (0, 1, 2, 3, 1, 0), (2, 1, 1, 2, 2, 0), (0, 1, 1, 0, 2, 1),
    (2, 1, 2, 1, 0, 0),
]  # fmt: skip
"""How many containers of web, api, cart, thumbs, cache and search stand on each of 31 hosts."""


def test_31_hosts_would_do_and_no_fewer():
    """The bound says that fewer can't, and here is a packing into so many."""
    sizes = {**SERVICES, "search": SEARCH}
    spaces = [Space(f"h{number}", CPU, MEMORY) for number, _ in enumerate(PACKED)]
    for space, counts in zip(spaces, PACKED, strict=True):
        for (name, (cpu, memory, _)), count in zip(sizes.items(), counts, strict=True):
            for _ in range(count):
                assert space.fits(Need(name, cpu, memory))
                space.add(Need(name, cpu, memory))
    assert [sum(column) for column in zip(*PACKED, strict=True)] == [count for *_, count in sizes.values()]
    assert len(spaces) == 31 == fewest(scenario())
    wanted = [Need(f"{name} {n}", *size[:2]) for name, size in sizes.items() for n in range(size[2])]
    assert bound(wanted, CPU, MEMORY) == 31
    said("10", "Here 31 do, as a long search shows.")


def test_the_sums_of_the_text_are_those_of_the_services():
    sizes = [*SERVICES.values(), SEARCH]
    cpu, memory = (sum(size[thing] * size[2] for size in sizes) for thing in (0, 1))
    said("10", f"All {ALL} containers need {cpu:,} CPU units and {memory:,} MB.")
    said("10", f"A host has {CPU:,} and {MEMORY:,}.")
    said("10", f"| hosts' worth | {cpu / CPU:g} | {memory / MEMORY:g} |")
    assert (cpu / CPU, memory / MEMORY) == (20.25, 30.75)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_tasks_can_be_done(seed):
    packed = scenario(seed, placement="binpack")
    assert running(packed) == ALL and hosts_used(packed) <= 37
    spread = scenario(seed, placement="binpack", kill=(150.0,))
    assert lost(spread) == 1 and running(spread) == ALL


# A host dies


@pytest.mark.parametrize("seed", SEEDS)
def test_none_of_five_containers_outlives_its_host_and_all_are_started_again(seed):
    record = scenario(seed, kill=(150.0,))
    assert running(record, 149) - running(record, 150) == 5 == running(record, 149) - running(record, 151)
    assert running(record) == 200 and waiting(record) == 12
    assert "It was 0." in shown("strategies").splitlines()[-1]


def test_what_a_lost_host_held_is_started_again_ten_seconds_later():
    record = scenario(placement="binpack", kill=(150.0,))
    new = [part for part in record.parts if part.kind == "container" and part.born > 150]
    assert {part.born for part in new} == {160.0} and len(new) == ALL - running(record, 151)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_host_that_is_drained_hands_over_and_no_container_is_missed(seed):
    record = scenario(seed, placement="binpack", drain=(150.0,))
    assert (drained(record), lost(record), running(record)) == (1, 0, ALL) and lowest(record, "", 120) == ALL
    (host,) = {entry.part for entry in record.states if entry.state == "DRAINING"}
    mine = [part for part in record.parts if part.kind == "container" and part.parent == host]
    assert mine and all(190 < part.gone < 200 for part in mine)
    services = {part.name.rsplit("-", 1)[0] for part in mine}
    ended = f"{record.parts[host].name}."
    left = [note for note in record.notes if note.time > 150 and note.text.endswith(ended)]
    assert len(left) == len(services), "a line for a service, or they hide what else happened"
    said("10", "which of them leaves a gap?")


def test_what_is_told_of_a_run_has_its_numbers_in_one_way():
    assert finding(scenario(placement="binpack")) == "212 containers on 37 hosts; at least 31 are needed"
    told = [note.text for note in rollout(more=(15.0,)).notes]
    assert any("is short of 512 CPU units and 2,048 MB of memory" in text for text in told)


@pytest.mark.parametrize(("hosts", "run", "waits"), [(2, 8, 12), (3, 12, 0), (4, 12, 0)])
def test_a_service_that_scales_out_wants_more_at_once_and_runs_what_has_room(hosts, run, waits):
    """On two hosts all twelve of version 2 wait: four more, and eight in place of version 1."""
    record = rollout(hosts=hosts, more=(120.0,))
    wanted = record.series[record.part("web"), "DesiredTaskCount"]
    assert (wanted.at(119.9), wanted.at(120.0)) == (8, 12)
    assert (running(record), waiting(record)) == (run, waits)
    said("10", "what it wants moves at once, what runs only where there is room.")


def test_a_host_that_is_full_at_most_so_much_leaves_room_for_one():
    """N − 1 hosts hold everything: the shares of the table."""
    for hosts, most in ((4, "75 %"), (10, "90 %"), (40, "97.5 %")):
        assert f"{float(100 * Fraction(hosts - 1, hosts)):g} %" == most
        said("10", most)


# One container, by hand


def test_the_table_of_four_hosts_is_what_they_have_free():
    for space in four_hosts():
        cpu, memory, there = FREE[space.name]
        assert (space.free_cpu, space.free_memory, space.count("search")) == (cpu, memory, there)
        fits = space.fits(Need("search", *SEARCH[:2]))
        why = "yes" if fits else "no: CPU" if cpu < SEARCH[0] else "no: memory"
        said("10", f"| {space.name} | {cpu:,} | {memory:,} | {there} | {why} |")
    said("10", f"A container of search needs {SEARCH[0]} CPU units (1,024 are a vCPU) and {SEARCH[1]:,} MB.")


def test_each_strategy_takes_the_host_that_the_text_says():
    """CT-11 and CT-22: least left, fewest of the service; highest score."""
    assert (
        search(four_hosts(), PLACEMENTS["binpack"]) == "h3"
        and search(four_hosts(), PLACEMENTS["spread"]) == "h4"
    )
    assert (
        kubernetes(four_hosts(), "LeastAllocated") == "h4"
        and kubernetes(four_hosts(), "MostAllocated") == "h3"
    )
    taken = dict(line.split(" takes ") for line in shown("strategies").splitlines()[:6])
    assert {name.strip(): host for name, host in taken.items()} == {
        "spread": "h4",
        "binpack": "h3",
        "random": search(four_hosts(), PLACEMENTS["random"]),
        "LeastAllocated": "h4",
        "MostAllocated": "h3",
        "BalancedAllocation": kubernetes(four_hosts(), "BalancedAllocation"),
    }


def test_strategies_come_as_near_to_the_bound_as_is_stored():
    told = shown("bounds")
    for name in ("random", "binpack"):
        used = [hosts_used(scenario(seed, placement=name)) for seed in range(1, 11)]
        assert f"{name:13} {min(used)} to {max(used)} hosts in 10 runs" in told
        assert all(running(scenario(seed, placement=name)) == ALL for seed in some(range(1, 11), 2))
    assert f"largest first {largest_first()} hosts" in told and 31 < largest_first() < 37


# A new version


@pytest.mark.parametrize(
    ("hosts", "minimum", "maximum", "fewest_running", "ends"),
    [
        (2, 100, 200, 8, False),
        (2, 50, 200, 4, True),
        (2, 50, 100, 4, True),
        (2, 0, 100, 0, True),
        (2, 100, 100, 8, False),
        (3, 100, 200, 8, True),
        (3, 100, 150, 8, True),
        (4, 100, 100, 8, False),
    ],
)
def test_a_rollout_needs_room_or_a_smaller_minimum(hosts, minimum, maximum, fewest_running, ends):
    """CT-13: two hosts are full with eight."""
    record = rollout(hosts=hosts, minimum_healthy_percent=minimum, maximum_percent=maximum)
    assert lowest(record) == fewest_running
    assert version(record) == ({2: 8} if ends else {1: 8})
    placed = ends or maximum == 100  # else all of version 2 wait for room
    assert (done(record) < 60) == ends and waiting(record) == (0 if placed else 8)


def test_a_broken_version_comes_to_its_end_as_is_stored():
    """CT-14: the breaker brings the last good one back; without it half of the tasks are missing."""
    told = shown("broken").splitlines()
    for breaker in (False, True):
        for minimum in (100, 50):
            run = rollout(hosts=3, minimum_healthy_percent=minimum, works=False, circuit_breaker=breaker)
            ((number, count),) = version(run).items()
            ends = f"at worst {lowest(run)} ran, at the end {count} of version {number}"
            assert f"breaker {breaker!s:5}  at least {minimum:3} %: {ends}" in told
            assert version(run) == {1: 4 if minimum == 50 and not breaker else 8}
    assert done(rollout(hosts=3, works=False, circuit_breaker=True)) < 60


def test_nothing_happens_before_the_new_version_comes():
    record = rollout()
    assert running(record, DEPLOY - 1) == 8 and version(record) == {1: 8}


# Rules of one's own


def fullest(need, hosts):
    return min(hosts, key=lambda host: host.free_memory)


def keeps_pieces(need, hosts):
    """Leaves pieces of 3 GiB free, or none."""

    def left(host):
        return host.free_memory - need.memory

    return min(hosts, key=lambda host: (left(host) % SEARCH[1], left(host)))


def test_the_fullest_host_is_the_line_that_is_asked_for():
    for seed in SEEDS:
        assert running(scenario(seed, rule=fullest, hosts=37)) == ALL
    assert "200 of 212 run on 37 hosts · all 212 are possible" in shown("modify-your-line")
    assert "200 of 212 run, on 40 of 40 hosts" in shown("modify-worked")
    names: dict = {"scenario": scenario, "running": running, "hosts_used": hosts_used}
    text = code_of("modify-your-line").replace("return max(", "return min(").splitlines()[:-1]
    exec("\n".join(text), names)
    assert running(names["run"]) == ALL


def test_the_goal_can_be_met_by_a_strategy_and_with_fewer_hosts_by_a_rule():
    for settings in ({"placement": "binpack", "hosts": 37}, {"rule": keeps_pieces, "hosts": 35}):
        runs = [scenario(seed, kill=(150.0,), **settings) for seed in SEEDS]
        assert min(map(running, runs)) == ALL
    too_few = [scenario(seed, kill=(150.0,), placement="binpack", hosts=35) for seed in SEEDS]
    assert min(map(running, too_few)) < ALL


def test_a_rule_that_fails_is_told_and_the_run_goes_on():
    def breaks(need, hosts):
        raise ZeroDivisionError("no host")

    record = scenario(rule=breaks)
    assert running(record) == 0
    assert any("rule raised ZeroDivisionError" in note.text for note in record.notes)
    odd = scenario(rule=lambda need, hosts: "h1")
    assert any("rule gave 'h1'" in note.text for note in odd.notes)


# What is told, and what is refused


def test_a_run_is_told_in_containers_and_hosts():
    told = describe(scenario())
    assert (
        "40 hosts (2 vCPU and 8,192 MB each)" in told
        and "200 containers on 40 hosts and 12 without room" in told
    )
    gone = describe(scenario(placement="binpack", kill=(150.0,)))
    assert "The turning point is 2:30, when h8 is killed." in gone and "1 host was lost" in gone


def test_the_level_of_a_timeline_is_how_many_run():
    record = scenario(placement="binpack", kill=(150.0,))
    level = level_of(record)
    for time, value in zip(level["times"], level["values"], strict=True):
        assert value == running(record, time)


def test_same_seed_same_record():
    for settings in ({}, {"placement": "random", "kill": (100.0, 200.0)}):
        assert scenario(3, **settings).fingerprint() == scenario(3, **settings).fingerprint()
    assert scenario(1).fingerprint() != scenario(2).fingerprint()


@pytest.mark.parametrize(
    ("settings", "said_"),
    [
        ({"hosts": 19}, "hosts is 19 hosts, but must be between 20 and 100 hosts."),
        ({"placement": "tight"}, "placement is 'tight', but must be one of spread, binpack, random."),
        ({"rule": 5}, "rule is 5, but "),
    ],
)
def test_what_cannot_be_is_one_sentence(settings, said_):
    with pytest.raises(InvalidParameter) as error:
        scenario(**settings)
    assert str(error.value).startswith(said_)


def test_a_record_without_a_bound_is_told():
    with pytest.raises(InvalidParameter, match="^record holds no bound"):
        fewest(World(1).run(until=1))


def test_all_losses_at_once_leave_nothing_and_do_not_fail():
    record = scenario(hosts=20, kill=tuple(float(100 + second) for second in range(25)))
    assert lost(record) == 20 and running(record) == 0 and hosts_used(record) == 0
    assert record.end == LENGTH


# The exercises


def test_the_exercise_notebook_says_how_large_its_sets_are():
    text = (NOTEBOOKS / "exercises" / "10_containers_at_scale.ipynb").read_text(encoding="utf-8")
    for exercise, near, copies in ((E20, 200, False), (E21, 140, True)):
        assert f"about {near} containers" in text
        for variant in variants.pool(exercise.name):
            containers, hosts = workload(variant, 1, copies=copies)
            assert abs(len(containers) / near - 1) < 0.05 and len(hosts) == len(containers)
