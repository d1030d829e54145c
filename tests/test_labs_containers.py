"""Works here, not there (lesson 09): what its text says is what its model does."""

import ast

import pytest
from test_lessons import LESSONS, Lesson, lesson, opening, said

from cloudlab.containers import Host, build, build_all, cpu_shares, save
from cloudlab.export import template
from cloudlab.kernel.limits import InvalidParameter
from cloudlab.kernel.world import World
from cloudlab.labs.containers import (
    EXPECTED,
    FILES,
    LENGTH,
    LOOKED,
    MACHINES,
    PRODUCTION,
    RECIPES,
    SHELF,
    TEST,
    agree,
    broken_by_an_update,
    elsewhere,
    gone_with_its_machine,
    images,
    machine,
    orders,
    refusals,
    results,
    scenario,
    side_by_side,
    week,
)
from cloudlab.views import charts
from cloudlab.views.charts.walls import fit
from cloudlab.views.describe import describe, table
from cloudlab.views.kinds import kind_named
from cloudlab.views.stage.scene import level_of

SEEDS = range(1, 6)


def code_of(cell: str) -> str:
    """The code of a cell of the lesson."""
    (one,) = (lesson(path) for path in LESSONS if path.name.startswith("09"))
    return next(Lesson.source(each) for each in one.codes() if each["id"] == cell)


def names_after(*cells: str) -> dict:
    """What stands in the lesson's names after these cells."""
    names: dict = {}
    for cell in ("machines", *cells):
        exec(code_of(cell), names)
    return names


# The bad day


def test_the_second_machine_has_just_failed_when_the_monday_stops():
    record, until, asked = opening("09")
    found = results(record, until)
    assert list(found) == ["app on laptop", "app on test server"] and TEST < until < LOOKED
    assert found["app on laptop"] == "Right: 16 x 12 cm"
    assert found["app on test server"].startswith("Failed: TypeError: fit() got an unexpected keyword")
    assert asked.startswith("The same file, and another end.")
    assert not [one for one in record.states if one.aspect == "seen" and one.time <= until], (
        "no shelf is open"
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_of_three_machines_one_prints_right_and_one_is_wrong_without_an_error(seed):
    record = scenario(seed)
    assert agree(record, PRODUCTION + 10) == agree(record) == 1
    assert results(record)["app on production"] == "Wrong: 41 x 30 cm"
    right, wrong, failed = orders(record)
    assert (right, failed) == (0, 0) and wrong > 15
    said("09", "Production does something worse", "| `app.py` | COPY | yes, 10 KB |")


def test_nothing_differs_but_the_library():
    """The same file on each machine with each other's library does what the other does; kernels play no part."""
    for name in MACHINES:
        for version, came in (("1.0", None), ("2.0", "16 x 12 cm"), ("3.0", "41 x 30 cm")):
            host = machine(name)
            host.install(SHELF.find(f"resizer=={version}"))
            assert host.run(FILES, "app.main").returned == came
    assert len({machine(name).kernel for name in MACHINES}) == 3


def test_the_program_in_the_text_is_the_one_that_runs():
    (one,) = (lesson(path) for path in LESSONS if path.name.startswith("09"))
    shown = next(one.source(cell) for cell in one.texts() if cell["id"] == "predict")
    code = shown.split("```python\n")[1].split("```")[0]
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(FILES["app.py"]))


# The tasks, each by the controls that it needs


def test_packed_it_is_right_everywhere_whatever_is_installed():
    for version in ("none", "1.0", "2.0", "3.0"):
        record = scenario(sent="image", resizer=version)
        assert agree(record) == 3 and orders(record)[1:] == (0, 0)
        assert agree(scenario(resizer=version)) == (2 if version == "2.0" else 1)


def test_two_programs_live_side_by_side_as_images_only():
    assert side_by_side(scenario(sent="image", second="yes"))
    for version in ("none", "1.0", "2.0", "3.0"):
        assert not side_by_side(scenario(resizer=version, second="yes"))
    conflict = scenario(resizer="2.0", second="yes")
    assert results(conflict, 69)["app on production"].startswith("Right")
    assert results(conflict)["labels on production"] == f"Right: {EXPECTED['labels']}"
    assert results(conflict)["app on production"].startswith("Failed: TypeError")


def test_an_update_breaks_a_file_and_no_image():
    assert broken_by_an_update(scenario(resizer="2.0", update=(80.0,)))
    assert not broken_by_an_update(scenario(resizer="2.0"))
    assert not broken_by_an_update(scenario(resizer="2.0", sent="image", update=(80.0,)))
    assert not broken_by_an_update(scenario(resizer="2.0", lose=(80.0,)))


def test_a_container_goes_with_its_machine():
    for sent in ("image", "file"):
        record = scenario(sent=sent, resizer="2.0", lose=(90.0,))
        assert results(record)["app on production"] == "Failed: production is gone, and all on it"
        assert gone_with_its_machine(record) == (sent == "image")
    early = scenario(sent="image", lose=(30.0,), update=(40.0,))
    assert "app on production" not in results(early) and not gone_with_its_machine(early)


def test_only_missing_layers_are_fetched_by_a_machine():
    record = scenario(sent="image", second="yes")
    fetched = {one.name: one.attributes["fetched"] for one in record.parts if one.kind == "program"}
    sizes = {name: image.size for name, image in images().items()}
    assert fetched["app on laptop"] == fetched["app on production"] == sizes["app"]
    assert fetched["labels on production"] == sizes["labels"] - sizes["base"]
    note = next(note.text for note in record.notes if "image of labels" in note.text)
    assert f"{sizes['base']:,} already" in note


# The record


@pytest.mark.parametrize(
    "changes", [{}, {"sent": "image", "second": "yes", "lose": (90.0,)}, {"resizer": "none"}]
)
def test_views_say_what_the_record_holds(changes):
    record = scenario(**changes)
    kind, parts = kind_named("machine"), record.parts_of("machine")
    assert scenario(**changes).fingerprint() == record.fingerprint()
    level = kind.level(record, parts)
    for moment in (0, 1, 20.5, 21, 60, 91, LENGTH):
        assert level.at(moment) == agree(record, moment)
    assert level_of(record)["values"][-1] == agree(record)
    sums = [orders(record, record.parts[part].name) for part in record.parts_of("program")]
    right, wrong, failed = (sum(column) for column in zip(*sums, strict=True))
    told = describe(record)
    assert f"{right} orders came out right" in told and ("came out wrong" in told) == (wrong > 0)
    assert kind.luck(record, parts) == {"orders that went wrong": wrong + failed}
    assert "machines that do it right" in str(table(record))
    assert charts.shelf(record).caption == kind.finding(record, parts)


def test_a_run_without_machines_has_no_results():
    empty = World(1).run(until=1)
    for read in (results, charts.shelf):
        with pytest.raises(InvalidParameter, match="machine"):
            read(empty)
    with pytest.raises(InvalidParameter, match="name is 'there', but must be one of laptop, test server"):
        machine("there")


def test_times_are_whole_microseconds_and_in_order():
    record = scenario(second="yes", update=(80.0,))
    times = [state.time for state in record.states]
    assert times == sorted(times) and all(time == round(time, 6) for time in times)


# Recipes and layers


def test_one_recipe_gives_one_digest_and_an_unpinned_line_another(capsys):
    names = names_after("pack")
    lines = capsys.readouterr().out.splitlines()
    digests = [line[13:25] for line in lines[:4]]
    assert digests[0] == digests[1] == digests[2] != digests[3]
    assert [line[27:] for line in lines[:4]] == ["16 x 12 cm"] * 3 + ["41 x 30 cm"]
    assert digests[3] == names["newest"].digest[7:19]
    said("09", "One digest, one print", "another day gives another image")


def test_a_new_line_of_code_sends_10_of_102_kb():
    names = names_after("pack", "stacks")
    before, after = names["before"], names["after"]
    sizes = [round(one.size / 1000) for one in before.layers]
    assert sizes == [51, 41, 10] and after.resent(before) == before.layers[-1].size == 10_240
    assert charts.layers({"before": before, "after": after}).caption == (
        "2 images: 112,640 bytes are sent, and 92,160 are there already"
    )
    said("09", "fonts (51 KB), resizer (41 KB) and app.py (10 KB)", "102 KB", "10 KB: the layer of app.py")


def test_images_of_the_lesson_are_those_of_its_recipes():
    made = images()
    assert {name: len(one.layers) for name, one in made.items()} == {"base": 1, "app": 3, "labels": 3}
    assert made["app"].layers[0] == made["labels"].layers[0] == made["base"].layers[0]
    assert build_all(RECIPES, FILES, shelf=SHELF)["app"].digest == made["app"].digest


def test_the_line_that_is_missing_can_be_written_and_the_goal_can_be_met():
    text = code_of("modify-your-line").replace("# your line", "INSTALL barcode==1.4")
    names = names_after("pack")
    exec(text, names)
    assert names["done"].returned == "95 bars"
    assert machine("production").libraries["barcode"].version == "1.4"
    start = names_after("make-recipe")["tried"]
    assert not start.same and start.right == 0 and start.sent > 11_000
    for recipe in (RECIPES["app"], "FROM scratch\nINSTALL resizer==2.0\nCOPY app.py app.py\nCMD app.main"):
        assert week(recipe) == (True, 3, 10_240)


# Isolation


def test_the_picture_of_walls_divides_what_is_there():
    assert fit() == fit(memory=8192, system=512, program=128)
    assert (fit().machines, fit().containers) == (8192 // 640, (8192 - 512) // 128) == (12, 60)
    assert charts.walls().caption.startswith("60 containers or 12 virtual machines in 8,192 MB")
    assert "a system takes 512 MB, a program 128 MB; a boot 20 s, a start 0.5 s" in charts.walls().description
    with pytest.raises(InvalidParameter, match="must hold a system and a program"):
        charts.walls(memory=100, system=90, program=20)


def test_the_exit_about_room_has_numbers_of_its_own():
    asked = fit(memory=4096, system=1024, program=192)
    assert (asked.machines, asked.containers) == (3, 16)
    said(
        "09",
        "(4,096 − 1,024) ÷ 192",
        "16: the system is there once.",
        "3: each needs its own system, 1,216 MB in all",
    )


def test_what_the_cell_about_isolation_prints(capsys):
    names_after("sees")
    bare, its_view, contained, own_view, killed, busy, lent = capsys.readouterr().out.splitlines()
    assert "kernel 5.10" in its_view and "kernel 5.10" in own_view and "resizer_curves.py" in bare
    assert "lib/resizer_curves.py" in contained
    assert killed.endswith("it needed 300 MB, and may have 256 MB: killed (137)")
    assert Host("one").run_container(images()["app"], memory=256, needs=300).exit_code == 137
    units = {"prints": 1536, "labels": 512}
    assert busy.endswith(str(cpu_shares(units, vcpus=2))) and "'prints': 1.5" in busy
    assert lent.endswith(str(cpu_shares(units, {"labels": 0.2}, vcpus=2))) and "'prints': 1.8" in lent


# From elsewhere


def test_an_image_from_elsewhere_is_opened_with_its_layers_and_history(tmp_path):
    found = elsewhere()
    assert [one.made_by for one in found.layers] == ["ADD rootfs.tar /", "RUN install resizer", "COPY . /app"]
    assert [layered for _, layered in found.steps] == [True, True, True, False]
    assert "app/app.py" in found.layers[-1].files and found.layers[-1].size < len(found.layers[-1].blob)
    path = save(images()["app"], tmp_path / "mine.tar")
    text = code_of("foreign").replace("mine = None", f"mine = {str(path)!r}")
    names = names_after()
    exec(text, names)
    assert names["found"].digest == images()["app"].digest


def test_each_bad_recipe_and_file_is_refused_in_one_sentence():
    told = refusals()
    assert len(told) == 7 and not any("nothing was refused" in line for line in told)
    assert all(line.endswith(".") and "Traceback" not in line for line in told)
    told = [" ".join(line.split()) for line in told]  # a long one is in more than one line
    what = (
        "not there",
        "inside the image",
        "in a circle",
        "leaves the image",
        "leaves the image",
        "device",
        "read",
    )
    assert all(piece in line for piece, line in zip(what, told, strict=True))
    said("09", "The last seven sentences")


# Elsewhere in the words of a provider


def test_a_registry_is_a_repository_in_a_template():
    """CT-4: tags are MUTABLE unless told."""
    made = template(scenario(sent="image"))
    (one,) = made.body["Resources"].values()
    assert one["Type"] == "AWS::ECR::Repository"
    assert one["Properties"] == {"RepositoryName": "shop", "ImageTagMutability": "MUTABLE"}
    assert len(made.laboratory) == 2
    with pytest.raises(InvalidParameter, match="nothing that a real cloud has"):
        template(scenario())


def test_a_recipe_builds_the_same_under_the_names_of_the_lesson():
    assert build(RECIPES["app"], FILES, shelf=SHELF, images=images()).digest == images()["app"].digest
