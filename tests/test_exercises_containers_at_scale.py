"""The sets of E20 and E21, what a placement of them is like, and what a lost host leaves, added up by hand."""

import re
from types import SimpleNamespace

import pytest

from cloudlab.cluster import Need, Space, place
from cloudlab.exercises.containers_at_scale import E20, E21
from cloudlab.exercises.containers_at_scale.losses import all_losses, lost, together
from cloudlab.exercises.containers_at_scale.packing import KINDS, Placement, fewest, placement, workload
from cloudlab.exercises.containers_at_scale.tasks import diagnose_losses
from cloudlab.judge import variants
from cloudlab.judge.feedback import Fault
from cloudlab.judge.words import of

SIZE = {"cpu": 1000, "memory": 1000}
HOSTS = [{"name": f"h{number}", **SIZE} for number in range(1, 7)]


def containers(*sizes, services=None) -> list[dict]:
    """Containers called c1, c2, … of these sizes (CPU, memory)."""
    return [
        {
            "name": f"c{number}",
            "cpu": cpu,
            "memory": memory,
            "service": services[number - 1] if services else f"s{number}",
        }
        for number, (cpu, memory) in enumerate(sizes, start=1)
    ]


def placed(sizes, on: str, services=None) -> Placement:
    """A placement: the hosts of c1, c2, … in a word, such as '112'."""
    made = containers(*sizes, services=services)
    return Placement(made, HOSTS, {one["name"]: f"h{at}" for one, at in zip(made, on, strict=True)})


# The sets


@pytest.mark.parametrize("exercise", [E20, E21], ids=lambda one: one.name)
def test_all_sets_of_a_variant_need_as_much_and_each_is_drawn_anew(exercise):
    copies = exercise is E21
    for variant in variants.pool(exercise.name)[:3]:
        sums, texts = [], set()
        for seed in range(1, 6):
            made, hosts = workload(variant, seed, copies=copies)
            assert len(made) == len(hosts) == variant["containers"]
            assert len({one["name"] for one in made}) == len(made)
            assert all(
                0 < one["cpu"] <= variant["cpu"] and 0 < one["memory"] <= variant["memory"] for one in made
            )
            sums.append([sum(one[thing] for one in made) for thing in ("cpu", "memory")])
            texts.add(repr(made))
        assert len(texts) == 5
        for column in zip(*sums, strict=True):
            assert max(column) / min(column) < 1.01


@pytest.mark.parametrize("exercise", [E20, E21], ids=lambda one: one.name)
def test_the_task_shows_no_host_of_another_size_than_the_learners_own(exercise):
    """The size of a host is the variant's, so that an example of one would be wrong for most."""
    assert len({(one["cpu"], one["memory"]) for one in variants.pool(exercise.name)}) > 1
    assert "`hosts` is a list" in of(exercise.name)["task"]
    assert re.findall(r'"name": "h\d+", "cpu": \d+', of(exercise.name)["task"]) == []


def test_copies_of_a_service_are_of_one_size_and_most_services_have_several():
    made, _ = workload(variants.pool("E21")[0], 1, copies=True)
    sizes: dict[str, set] = {}
    for one in made:
        sizes.setdefault(one["service"], set()).add((one["cpu"], one["memory"]))
    assert all(len(found) == 1 for found in sizes.values())
    many = [sum(one["service"] == service for one in made) for service in sizes]
    assert max(many) <= 4 and sum(count > 1 for count in many) > len(many) / 2


def test_neither_cpu_nor_memory_alone_decides():
    """Some kinds need more of the one, some of the other: so whoever sorts by one of them leaves the other lying."""
    assert {cpu > memory for cpu, memory in KINDS.values()} == {True, False}


def test_the_easy_set_fills_hosts_by_memory():
    made, hosts = workload(variants.pool("E20")[0], 1, easy=True)
    assert len({(one["cpu"], one["memory"]) for one in made}) == 1
    assert fewest(made, hosts) == len(made) / 4
    assert 4 * made[0]["cpu"] < hosts[0]["cpu"] < 8 * made[0]["cpu"]


@pytest.mark.parametrize("variant", variants.pool("E20"), ids=lambda one: str(one["number"]))
def test_the_models_own_place_keeps_the_bar_of_e20(variant):
    """Largest first by the larger share, and each on the first host with room: the bar can be reached by the book."""
    made, hosts = workload(variant, 101)
    whole = hosts[0]
    order = sorted(
        made,
        key=lambda one: max(one["cpu"] / whole["cpu"], one["memory"] / whole["memory"]),
        reverse=True,
    )
    spaces = [Space(one["name"], one["cpu"], one["memory"]) for one in hosts]
    used = place([Need(one["name"], one["cpu"], one["memory"]) for one in order], spaces).used
    assert used <= 1.08 * fewest(made, hosts)


# A placement


def test_a_placement_knows_what_is_taken_over_and_lopsided():
    found = placed([(600, 100), (500, 100), (100, 950), (100, 100)], "1122")
    assert found.over("cpu") == ["h1"] and found.over("memory") == ["h2"] and not found.valid
    assert (found.used, found.taken("h1", "cpu"), found.share("h2", "memory")) == (2, 1100, 1.05)
    assert placed([(950, 100), (100, 950)], "12").lopsided() == ["h1", "h2"]
    assert placed([(950, 800)], "1").lopsided() == []
    half = Placement(containers((1, 1), (1, 1)), HOSTS, {"c1": "h1"})
    assert half.left_out == ["c2"] and not half.valid


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        "h1",
        {"c1": 0},
        {"c1": None},
        {"c1": False},
        {"c1": ""},
        {"c1": "h7"},
        {"": "h1"},
        {"c9": "h1"},
        {"c1": ["h1"]},
    ],
)
def test_what_is_no_placement_is_told(reply):
    with pytest.raises(Fault) as fault:
        placement(reply, containers((1, 1)), HOSTS)
    assert fault.value.feedback.code == "wrong_shape"


# A loss


def test_the_largest_goes_first_and_to_the_host_with_least_memory_left():
    """h1 held 300 and 200 MB; 350 are free on h2 and 400 on h3."""
    found = placed([(1, 200), (1, 300), (1, 650), (1, 600)], "1123")
    loss = lost(found, "h1")
    assert loss.moved == {"c2": "h2", "c1": "h3"} and loss.survived


def test_of_equals_the_first_in_its_list_goes_first():
    """Whoever tries losses in an answer must come to the same: c2 before c10, and h2 before h3."""
    found = placed([(1, 600), (1, 600), *[(1, 100)] * 8], "32" + "1" * 8)
    before, after = (
        {f"c{place}": "h2" for place in range(3, 7)},
        {f"c{place}": "h3" for place in range(7, 11)},
    )
    assert lost(found, "h1").moved == before | after


def test_cpu_counts_too_and_what_finds_none_is_homeless():
    found = placed([(500, 10), (700, 10), (700, 10)], "123")
    loss = lost(found, "h1")
    assert [one["name"] for one in loss.homeless] == ["c1"] and not loss.survived


def test_a_service_whose_copies_are_all_on_the_lost_host_is_dark():
    apart = placed([(1, 1), (1, 1), (1, 1)], "121", services=["a", "a", "b"])
    assert together(apart) == [] and all(loss.survived for loss in all_losses(apart))
    both = placed([(1, 1), (1, 1), (1, 1)], "112", services=["a", "a", "b"])
    assert together(both) == ["a"] and [loss.dark for loss in all_losses(both)] == [["a"], []]


def test_the_service_that_is_named_was_on_the_host_that_is_named():
    """One service is alone on h1, two are on h2: h2 is shown, and a service of h2."""
    alone = placed([(100, 100)] * 6, "112222", services=["a", "a", "b", "b", "c", "c"])
    shown = SimpleNamespace(value=9.0, cost=2, seed=1, evidence=(alone, all_losses(alone)))
    code, numbers = diagnose_losses([shown], None, {}, "goal")
    assert (code, numbers["host"], numbers["service"]) == ("replicas_together", "h2", "b")
    assert numbers["together"] == 3


def test_no_other_host_is_rented_for_what_is_lost():
    """A placement on one host alone survives nothing."""
    loss = lost(placed([(1, 1)], "1"), "h1")
    assert loss.homeless and not loss.survived
