"""Solutions of lesson 09: right ones, built differently, and wrong ones with their feedback code."""

from itertools import permutations

from banks import Pool, reference_of
from cloudlab.exercises.containers import changing

WORKED = {
    "E23": """
scenario = q.scenario()

# what the program was written for is installed, each in its version
lines = ["FROM scratch"]
for library in scenario["it_was_written_for"]:
    name, version = library.split()
    lines.append(f"INSTALL {name}=={version}")

# all files of one's own, and the setting that it looks for
lines += [f"COPY {file} {file}" for file in scenario["your_files"]]
lines.append("ENV " + scenario["it_finds_around_itself"])

# the program is the file that has a main
imports = [line.split()[1] for line in scenario["the_program"] if line.startswith("import ")]
[program] = [file[:-3] for file in scenario["your_files"] if file[:-3] not in imports]
lines.append(f"CMD {program}.main")

answer = {"recipe": "\\n".join(lines)}
""",
    "E24": """
scenario = q.scenario()
often = scenario["changes_in_a_week"]
needs = scenario["the_program_needs"]

# the language, then libraries, which don't change this week
lines = ["FROM slim"]
for library in needs["libraries"]:
    name, version = library.split()[:2]
    lines.append(f"INSTALL {name}=={version}")

# then the folders that the program needs, what changes most the last
for folder in sorted(needs["folders"], key=lambda folder: often[f"{folder}/"]):
    lines.append(f"COPY {folder}/ {folder}")

# the program changes most of all
[program] = [file for file in scenario["your_files"] if "/" not in file]
lines += [f"COPY {program} {program}", f"CMD {program[:-3]}.main"]

answer = {"recipe": "\\n".join(lines)}
""",
}


def for_variant(answer):
    answer.for_variant = True
    return answer


def text(*lines):
    """An answer of these lines; those that are None are left out."""
    return {"recipe": "\n".join(line for line in lines if line is not None)}


# E23


def everywhere(
    variant,
    *,
    base="scratch",
    pin=True,
    libraries=None,
    module=True,
    setting=True,
    command="main",
    version=None,
):
    """A recipe, with something left out or changed."""
    program, (name, value) = variant["program"], variant["setting"]
    known = list(variant["libraries"]) if libraries is None else libraries(list(variant["libraries"]))
    return text(
        f"FROM {base}",
        *(
            f"INSTALL {one}=={version or variant['libraries'][one]}" if pin else f"INSTALL {one}"
            for one in known
        ),
        f"COPY {program}.py {program}.py",
        f"COPY {variant['module']}.py {variant['module']}.py" if module else None,
        f"ENV {name}={value}" if setting else None,
        f"CMD {program}.{command}" if command else None,
    )


def all_at_once(variant):
    """All files in one layer, and a note."""
    program, (name, value) = variant["program"], variant["setting"]
    installs = [f"INSTALL {one} == {version}" for one, version in reversed(variant["libraries"].items())]
    return text("# all at once", *installs, "COPY . .", "", f"env {name} = {value}", f"cmd {program}.main")


def upside_down(variant):
    """The same lines in another order: the code first."""
    program, (name, value) = variant["program"], variant["setting"]
    installs = [f"INSTALL {one}=={version}" for one, version in variant["libraries"].items()]
    return text("FROM scratch", f"CMD {program}.main", f"ENV {name}={value}", "COPY . ./", *installs)


def one_unpinned(variant):
    """All libraries with a version but the last."""
    pinned = everywhere(variant)["recipe"]
    last = list(variant["libraries"])[-1]
    return {"recipe": pinned.replace(f"{last}=={variant['libraries'][last]}", last)}


def whole_laptop(variant):
    """A copy of the laptop, and the program on it."""
    return everywhere(variant, base="laptop", libraries=lambda _: [])


# E24


def layered(variant, folders=None, *, base="slim", code=None, libraries_at=0, unused=False):
    """Libraries and folders in this order (from the rarest on unless told), and the program before place `code`."""
    order = folders or [name for name, _, _ in sorted(variant["folders"], key=lambda one: one[2])]
    installs = [f"INSTALL {name}=={version}" for name, version, _ in variant["libraries"]]
    lines = [f"COPY {name}/ {name}" for name in (*order, *([variant["unused"]] if unused else []))]
    lines[libraries_at:libraries_at] = installs
    program = f"COPY {variant['program']}.py {variant['program']}.py"
    lines.insert(len(lines) if code is None else code, program)
    return text(f"FROM {base}", *lines, f"CMD {variant['program']}.main")


def copied_whole(variant, base="slim"):
    """Libraries, and all files in one layer."""
    installs = [f"INSTALL {name}=={version}" for name, version, _ in variant["libraries"]]
    return text(f"FROM {base}", *installs, "COPY . .", f"CMD {variant['program']}.main")


def copied_over(variant):
    """The rarest folder by itself, and then all files once more."""
    lines = copied_whole(variant)["recipe"].splitlines()
    rare = min(variant["folders"], key=lambda one: one[2])[0]
    return text(*lines[:-2], f"COPY {rare}/ {rare}", *lines[-2:])


def often_first(variant):
    """The folder that changes most below the others."""
    order = [name for name, _, _ in sorted(variant["folders"], key=lambda one: -one[2])]
    return layered(variant, order)


def libraries_late(variant):
    """Libraries above all folders: each change of one fetches them again."""
    return layered(variant, libraries_at=3)


NAMES = ("fonts", "frames", "texts", "prices", "colours", "papers")
UNUSED = ("drafts", "notes", "old")
LIBRARIES = ("resizer", "barcode", "sketch", "mailer", "zipper", "clock_face")
PROGRAMS = ("prints", "albums", "posters", "cards", "labels", "mugs")
ORDERS = list(permutations(NAMES, 3))


def draw_week(dice):
    """Three folders: a large one that seldom changes, a middling one, and a small one that changes often."""
    rare, middling, often = dice.choice(ORDERS)
    folders = [[rare, 60, 1], [middling, 30, dice.choice((4, 5))], [often, 10, dice.choice((10, 11, 12))]]
    dice.shuffle(folders)
    names = dice.sample(LIBRARIES, 2)
    versions = [f"{dice.randint(1, 4)}.{dice.randint(0, 9)}" for _ in names]
    return {
        "program": dice.choice(PROGRAMS),
        "folders": folders,
        "libraries": [[names[0], versions[0], 50], [names[1], versions[1], 30]],
        "unused": dice.choice(UNUSED),
        "limit": 34,
    }


def some_weeks(variant):
    """Folders in all orders, with the libraries at the bottom and the program on top."""
    names = [name for name, _, _ in sorted(variant["folders"], key=lambda one: one[2])]
    return [layered(variant, list(order)) for order in permutations(names)]


def spoilt_weeks(reference, variant, answers):
    return [
        (copied_whole(variant), "one_layer"),
        (layered(variant, code=0), "code_before_dependencies"),
        (layered(variant, code=2), "code_before_data"),
    ]


def mean_load(trial):
    """The share of what a change of the program may move that it moves."""
    return trial.value / trial.evidence[1]["limit"]


POOLS = {
    "E24": Pool(
        draw_week,
        some_weeks,
        spoilt_weeks,
        naive=lambda variant, _: [layered(variant, base="system", unused=True)],
        kind=lambda variant: tuple(name for name, _, _ in sorted(variant["folders"], key=lambda one: one[2])),
    ),
}

RIGHT = {
    "E23": [
        for_variant(everywhere),
        for_variant(all_at_once),
        for_variant(upside_down),
    ],
    "E24": [
        for_variant(lambda variant: reference_of("E24", variant)),
        for_variant(layered),
        for_variant(lambda variant: layered(variant, libraries_at=1)),
    ],
}

WRONG = {
    "E23": [
        (for_variant(lambda variant: everywhere(variant, libraries=lambda _: [])), "host_dependency"),
        (
            for_variant(lambda variant: everywhere(variant, libraries=lambda all_: all_[:1])),
            "host_dependency",
        ),
        (for_variant(lambda variant: everywhere(variant, pin=False)), "unpinned_version"),
        (for_variant(one_unpinned), "unpinned_version"),
        (for_variant(lambda variant: everywhere(variant, version="0.9")), "other_version"),
        (for_variant(lambda variant: everywhere(variant, module=False)), "file_left_behind"),
        (for_variant(lambda variant: everywhere(variant, setting=False)), "setting_left_behind"),
        (for_variant(lambda variant: everywhere(variant, command=None)), "nothing_runs"),
        (for_variant(lambda variant: everywhere(variant, command="start")), "nothing_runs"),
        (for_variant(whole_laptop), "whole_machine"),
        ({"recipe": "FROM somewhere\nCOPY . .\n"}, "wrong_shape"),
        ({"recipe": "RUN it"}, "wrong_shape"),
        ({"recipe": ""}, "wrong_shape"),
        ({"recipe": "COPY there.py there.py"}, "wrong_shape"),
        ({"recipe": "COPY . ../above"}, "wrong_shape"),
        ({"recipe": 5}, "wrong_shape"),
        ({"lines": "FROM scratch"}, "wrong_shape"),
        ("FROM scratch", "wrong_shape"),
        ({"recipe": ...}, "not_attempted"),
        (None, "not_attempted"),
    ],
    "E24": [
        (for_variant(copied_whole), "one_layer"),
        (for_variant(copied_over), "one_layer"),
        (for_variant(lambda variant: layered(variant, code=0)), "code_before_dependencies"),
        (for_variant(lambda variant: layered(variant, code=1)), "code_before_dependencies"),
        (for_variant(lambda variant: layered(variant, code=2)), "code_before_data"),
        (for_variant(lambda variant: layered(variant, base="system")), "own_kernel"),
        (for_variant(lambda variant: layered(variant, unused=True)), "needless_files"),
        (for_variant(often_first), "often_before_seldom"),
        (for_variant(libraries_late), "often_before_seldom"),
        (for_variant(lambda variant: layered(variant, base="scratch")), "left_behind"),
        (for_variant(lambda variant: layered(variant, [variant["folders"][0][0]])), "left_behind"),
        ({"recipe": "FROM slim\nCOPY nothing/ nothing"}, "wrong_shape"),
        ({"recipe": "INSTALL"}, "wrong_shape"),
        ({"recipe": 5}, "wrong_shape"),
        ("FROM slim", "wrong_shape"),
        ({"recipe": ...}, "not_attempted"),
    ],
}

assert changing.CODE > 12, "the program changes more often than any folder"
