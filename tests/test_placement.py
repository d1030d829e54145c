"""Placement: hosts that have room, that are allowed, that are liked best; and how many there must be at least."""

from bisect import insort
from itertools import combinations
from math import ceil
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudlab.cluster import (
    ZONES,
    InvalidParameterException,
    Need,
    Space,
    Strategy,
    bound,
    place,
    schedule,
    strategy,
)

CPU, MEMORY = 4096, 8192


def needs(*sizes, family="web") -> list[Need]:
    """Containers of these sizes (CPU units, MB)."""
    return [Need(f"{family} {number}", *size, family) for number, size in enumerate(sizes, start=1)]


def hosts(count: int = 3) -> list[Space]:
    """Equal hosts in two zones in turn."""
    return [Space(f"h{number + 1}", CPU, MEMORY, "ab"[number % 2]) for number in range(count)]


def test_a_host_must_have_enough_of_both():
    """CT-10."""
    spaces = hosts(2)
    placed = place(needs((1024, 8000), (1024, 500), (3500, 100)), spaces)
    assert placed.hosts == {"web 1": "h1", "web 2": "h2"}
    (waits,) = placed.waiting
    assert str(waits) == "web 3 found no host: the nearest one is short of 428 CPU units."
    assert str(place(needs((9999, 9999)), []).waiting[0]).endswith(
        "short of 9,999 CPU units and 9,999 MB of memory."
    )


def test_cpu_that_is_free_is_not_enough():
    """CT-10."""
    placed = place(needs(*[(256, 4096)] * 5), hosts(2))
    assert len(placed.waiting) == 1
    assert (placed.waiting[0].cpu, placed.waiting[0].memory) == (0, 4096)


def test_strategies_choose_in_their_order():
    """CT-11."""
    spaces = hosts(4)
    spaces[1].add(Need("old", 1024, 1024, "old"))
    spaces[3].add(Need("older", 512, 2048, "old"))
    full = place(needs((256, 256)), spaces, strategies=[strategy("binpack", "cpu")])
    assert full.hosts == {"web 1": "h2"}
    assert place(needs((256, 256)), spaces, strategies=[strategy("binpack", "memory")]).hosts == {
        "web 1": "h4"
    }
    zones = place(
        needs(*[(256, 256)] * 4, family="api"), hosts(4), strategies=[ZONES, strategy("binpack", "memory")]
    )
    assert list(zones.hosts.values()) == ["h1", "h2", "h1", "h2"]
    spread = place(needs(*[(256, 256)] * 4, family="api"), hosts(4), strategies=[strategy("spread", "host")])
    assert list(spread.hosts.values()) == ["h1", "h2", "h3", "h4"]
    dice = [
        place(needs((1, 1)), hosts(9), strategies=[strategy("random")], dice=Random(n)).hosts["web 1"]
        for n in range(50)
    ]
    assert len(set(dice)) > 5


def test_strategies_have_fields_and_a_number():
    """CT-11."""
    assert strategy("spread", "host") == strategy("spread", "instanceId")
    for kind, field in (("binpack", "disk"), ("spread", "cpu"), ("random", "cpu"), ("binpack", "")):
        with pytest.raises(InvalidParameterException, match="field is"):
            strategy(kind, field)
    with pytest.raises(InvalidParameterException, match="strategies are 6, but at most 5"):
        place(needs((1, 1)), hosts(), strategies=[ZONES] * 6)


def test_constraints_rule_hosts_out():
    """CT-12."""
    apart = place(needs(*[(256, 256)] * 4), hosts(3), distinct=True)
    assert list(apart.hosts.values()) == ["h1", "h2", "h3"]
    assert str(apart.waiting[0]) == "web 4 found no host: those with room are ruled out by its constraints."
    member = place(needs(*[(256, 256)] * 2), hosts(4), allowed=lambda host: host.zone == "b")
    assert set(member.hosts.values()) == {"h2"}


def test_a_rule_of_ones_own_chooses_a_host_or_its_place():
    roomy = place(
        needs(*[(256, 256)] * 3), hosts(3), rule=lambda need, found: max(found, key=lambda one: one.free_cpu)
    )
    assert list(roomy.hosts.values()) == ["h1", "h2", "h3"]
    assert set(
        place(needs((256, 256)), hosts(3), rule=lambda need, found: len(found) - 1).hosts.values()
    ) == {"h3"}
    for bad in (None, "h1", 3, -1, True, Space("h1", CPU, MEMORY)):
        with pytest.raises(InvalidParameterException, match="must choose one of the hosts that have room"):
            place(needs((256, 256)), hosts(3), rule=lambda need, found, bad=bad: bad)


SIZES = st.lists(st.tuples(st.integers(1, CPU), st.integers(1, MEMORY)), min_size=1, max_size=30)
KINDS = st.lists(
    st.sampled_from(
        [Strategy("binpack", "cpu"), Strategy("binpack", "memory"), ZONES, Strategy("spread", "instanceId")]
    ),
    max_size=3,
)


@given(SIZES, KINDS, st.booleans())
def test_no_host_is_ever_over_full_and_nothing_is_lost(sizes, kinds, distinct):
    wanted, spaces = needs(*sizes), hosts(6)
    placed = place(wanted, spaces, strategies=kinds, distinct=distinct)
    assert all(one.free_cpu >= 0 and one.free_memory >= 0 for one in spaces)
    assert len(placed.hosts) + len(placed.waiting) == len(wanted)
    assert sum(len(one.holds) for one in spaces) == len(placed.hosts)
    for waits in placed.waiting:
        assert waits.constrained or not any(one.fits(waits.need) for one in hosts(0))


@given(SIZES)
def test_binpack_takes_the_host_with_the_least_left_as_a_sorted_list_does(sizes):
    """The oracle keeps the hosts in order of what is left, as a well-known best fit does."""
    spaces, order = hosts(30), []
    for place_, one in enumerate(spaces):
        insort(order, (one.free_cpu, place_))
    told = {}
    for need in needs(*sizes):
        found = next(
            ((left, at) for left, at in order if left >= need.cpu and spaces[at].free_memory >= need.memory),
            None,
        )
        order.remove(found)
        spaces[found[1]].add(need)
        insort(order, (found[0] - need.cpu, found[1]))
        told[need.name] = spaces[found[1]].name
    assert place(needs(*sizes), hosts(30), strategies=[Strategy("binpack", "cpu")]).hosts == told


def fewest(sizes: list[int], room: int) -> int:
    """The fewest hosts of this room, by trying all ways to fill one host after the other."""
    if not sizes:
        return 0
    first, rest = sizes[0], sizes[1:]
    best = len(sizes)
    for many in range(len(rest) + 1):
        for mates in combinations(range(len(rest)), many):
            if first + sum(rest[at] for at in mates) <= room:
                left = [size for at, size in enumerate(rest) if at not in mates]
                best = min(best, 1 + fewest(left, room))
    return best


@given(st.lists(st.integers(1, 10), min_size=1, max_size=6))
def test_the_bound_is_never_more_than_the_fewest_and_never_less_than_the_sum(sizes):
    """The bound L2 of Martello and Toth."""
    found = bound([Need(str(n), size, 1) for n, size in enumerate(sizes)], 10, 1000)
    assert ceil(sum(sizes) / 10) <= found <= fewest(sizes, 10)


def test_the_bound_sees_large_ones_apart_and_the_scarcer_of_the_two():
    assert bound(needs(*[(6, 1)] * 4), 10, 100) == 4
    assert bound(needs(*[(1, 60)] * 4), 10, 100) == 4
    assert bound(needs((6, 1), (6, 1), (4, 1), (4, 1)), 10, 100) == 2


def odd(*amounts) -> Need:
    """A container that is no sound one."""
    return Need("odd", *amounts)


@pytest.mark.parametrize("need", [odd(-5, 10), odd(float("nan"), 10), odd("5", 10), odd(5, True), "odd"])
def test_what_is_no_need_is_told_before_anything_is_placed(need):
    spaces = hosts(1)
    with pytest.raises(InvalidParameterException, match="^need is .*, but must be a Need"):
        place([*needs((10, 10)), need], spaces)
    assert spaces[0].holds == []
    with pytest.raises(InvalidParameterException, match="^need is "):
        bound([need], 100, 100)


def test_who_needs_no_cpu_may_wait_for_memory():
    (waits,) = place(needs((0, MEMORY + 5)), hosts(1)).waiting
    assert str(waits) == "web 1 found no host: the nearest one is short of 5 MB of memory."


@pytest.mark.parametrize(
    ("settings", "says"),
    [({"strategies": "binpack"}, "^strategies are"), ({"rule": lambda need: 0}, "^rule is")],
)
def test_a_strategy_or_rule_that_is_none_is_told(settings, says):
    with pytest.raises(InvalidParameterException, match=says):
        place(needs((10, 10)), hosts(), **settings)


def test_a_container_that_no_host_can_hold_has_no_bound():
    with pytest.raises(
        InvalidParameterException, match="^web 1 needs 500 CPU units and 10 MB, but a host has 100"
    ):
        bound(needs((500, 10)), 100, 100)
    large = "^web 1 needs 4,096 CPU units and 16,384 MB, but a host has 2,048 CPU units and 8,192 MB"
    with pytest.raises(InvalidParameterException, match=large):
        bound(needs((4096, 16_384)), 2048, 8192)


def test_a_host_has_no_less_than_nothing_and_gives_up_what_it_holds_only():
    with pytest.raises(InvalidParameterException, match="both must be numbers of at least 0"):
        Space("h1", -1, 10)
    with pytest.raises(InvalidParameterException, match="^need is 'web 1', but it is not on h1"):
        hosts(1)[0].remove(*needs((1, 1)))


@pytest.mark.parametrize("chooser", [place, schedule])
@pytest.mark.parametrize("spaces", ["h1", b"h1", [1, None], [Space("h1", CPU, MEMORY), "h2"]])
def test_what_is_no_host_is_refused_before_anything_is_placed(chooser, spaces):
    with pytest.raises(InvalidParameterException, match=r"^host is .*, but must be a Space\.$"):
        chooser(needs((1024, 8000)), spaces)
    assert all(not one.holds for one in spaces if isinstance(one, Space))


@pytest.mark.parametrize("chooser", [place, schedule])
def test_what_looks_like_a_list_of_containers_but_can_not_be_gone_through_is_refused(chooser):
    class Scalar:  # an array of no dimension is of this kind
        def __iter__(self):
            raise TypeError("iteration over a 0-d array")

        def __repr__(self):
            return "array(3)"

    with pytest.raises(InvalidParameterException, match=r"^need is array\(3\), but must be a Need"):
        chooser(Scalar(), hosts())
