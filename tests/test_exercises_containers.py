"""The exercises of lesson 09: what a week moves, counted by hand, and machines that play no part."""

from itertools import permutations

import pytest
from banks import containers as bank

from cloudlab.containers import build
from cloudlab.exercises import exercise
from cloudlab.exercises.containers import changing, packing
from cloudlab.judge import variants

WEEKS, PLACES = variants.pool("E24"), variants.pool("E23")


def by_hand(order: list[str], variant: dict, seed: int) -> float:
    """KB that a week moves: after a change all lines from its own on are made, and its own layer alone is sent."""
    sizes = {
        one.made_by.split()[1].split("=")[0].strip("/"): one.size for one in first(order, variant).layers
    }
    program = f"{variant['program']}.py"
    moved = 2 * sum(size for name, size in sizes.items() if name != "language.py") + sizes["language.py"]
    for changed in changing.changes(variant, seed, easy=False):
        name = program if changed == variant["program"] else changed
        if name in order:
            moved += sum(sizes[one] for one in order[order.index(name) :]) + sizes[name]
    return moved / changing.KB


def recipe(order: list[str], variant: dict) -> str:
    """The recipe with these lines, in this order: libraries, folders and the program, by their names."""
    libraries = {name: version for name, version, _ in variant["libraries"]}
    lines = []
    for name in order:
        folder = name if name.endswith(".py") else f"{name}/"
        lines.append(f"INSTALL {name}=={libraries[name]}" if name in libraries else f"COPY {folder} {name}")
    return "\n".join(["FROM slim", *lines, f"CMD {variant['program']}.main"])


def first(order: list[str], variant: dict):
    return build(
        recipe(order, variant),
        changing.files(variant),
        shelf=changing.shelf(variant),
        images=changing.bases(),
    )


@pytest.mark.parametrize("number", range(6))
def test_what_a_week_moves_adds_up_by_hand(number):
    variant = WEEKS[number]
    names = [name for name, *_ in variant["libraries"]] + [name for name, *_ in variant["folders"]]
    names.append(f"{variant['program']}.py")
    order = list(list(permutations(names))[number * 97 % 720])
    lived = changing.week(recipe(order, variant), variant, seed=number + 1)
    assert lived.outcome.returned == "ok"
    assert lived.moved == pytest.approx(by_hand(order, variant, number + 1))


def test_the_order_by_how_often_is_the_cheapest_of_all():
    """Of all orders of folders and libraries with the program on top, none moves less than the reference."""
    variant = WEEKS[0]
    folders = [name for name, *_ in sorted(variant["folders"], key=lambda one: one[2])]
    libraries = [name for name, *_ in variant["libraries"]]
    program = f"{variant['program']}.py"
    best = by_hand([*libraries, *folders, program], variant, 1)
    some = [by_hand([*order, program], variant, 1) for order in permutations([*libraries, *folders])]
    assert min(some) == pytest.approx(best) and max(some) > 1.5 * best


def test_a_change_of_the_program_moves_its_layer_twice_and_no_more():
    variant = WEEKS[0]
    lived = changing.week(bank.layered(variant)["recipe"], variant, seed=1)
    assert set(lived.code) == {2 * lived.image.layers[-1].size / changing.KB}
    assert lived.code[0] < variant["limit"] < 2 * lived.code[0]
    many = changing.changes(variant, 1, easy=False).count(variant["program"])
    assert len(lived.code) == many > 12


@pytest.mark.parametrize("variant", PLACES[:4], ids=lambda variant: variant["program"])
def test_what_machines_have_installed_plays_no_part(variant):
    """The right recipe gives one image on 20 seeds of machines; one without libraries is right on none."""
    right, without = (
        bank.everywhere(variant)["recipe"],
        bank.everywhere(variant, libraries=lambda _: [])["recipe"],
    )
    rows = [row for seed in range(1, 21) for row in packing.tried(right, variant, seed)]
    assert len({row["digest"] for row in rows}) == 1 and not any(row["code"] for row in rows)
    assert len({row["installed"] for row in rows}) > 8
    bare = [row for seed in range(1, 6) for row in packing.tried(without, variant, seed, easy=True)]
    assert {row["code"] for row in bare} == {"host_dependency"}, "though each machine has the right versions"


def test_a_file_of_one_s_own_does_without_a_container_what_the_machine_lets_it():
    """The same program, bare, on the machines of a seed: right only where both versions are the ones it needs."""
    variant = PLACES[0]
    name, (setting, value) = variant["program"], variant["setting"]
    needed = variant["libraries"].items()
    for seed in range(1, 11):
        for host in packing.hosts(packing.Random(f"E23 {seed}"), variant, easy=False):
            done = host.run(packing.files(variant), f"{name}.main", env={setting: value})
            have = {one.name: one.version for one in host.libraries.values()}
            assert (done.returned == packing.PRINT) == (have.items() >= needed)


def test_a_recipe_that_can_t_be_built_is_told_by_its_line():
    for name in ("E23", "E24"):
        result = exercise(name).check({"recipe": "FROM scratch\nCOPY nowhere.py nowhere.py"})
        assert result.code == "wrong_shape" and result.points == 0
        assert "line 2 of the recipe" in repr(result) and "Traceback" not in repr(result)
