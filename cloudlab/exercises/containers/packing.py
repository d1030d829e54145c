"""The machines of E23: a recipe is built and run on each of them, whatever is installed there, on two days.

Read `tried` first. A variant holds the "program", the "libraries" {name: version} that it was written for, a "module"
of one's own, and a "setting" [name, value] that the program finds around itself.

Numbers such as CT-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

from random import Random

from cloudlab.containers import Host, Image, Library, Outcome, Shelf, build

MACHINES = 4
"""Machines that are tried for each seed; two of them build on the second day."""

OLDER, NEWER = "0.9", "9.0"
"""Versions of each library besides the one that the program was written for; the newest comes out on the second day."""

PRINT = 18.0
"""What the print must measure."""

KERNEL = {"boot/kernel": bytes(range(256)) * 1200, "etc/system": b"everything else\n" * 9000}
"""What a copy of a whole machine holds besides its libraries."""


def files(variant: dict) -> dict[str, str]:
    """The files that are one's own: the program, and a module that it imports."""
    name, (setting, _), module = variant["program"], variant["setting"], variant["module"]
    libraries = list(variant["libraries"])
    lines = [
        *(f"import {library}" for library in libraries),
        f"import {module}",
        "",
        "def main():",
        f"    found = environ[{setting!r}]",
        "    size = 1",
        *(f"    size = {library}.apply(size, found)" for library in libraries),
        f"    return size * {module}.FACTOR",
    ]
    return {f"{name}.py": "\n".join(lines) + "\n", f"{module}.py": "FACTOR = 2\n"}


def library(name: str, version: str) -> Library:
    """A library: the older version can't be called so, and the newer one gives something else."""
    takes = "size" if version == OLDER else "size, found"
    gives = "size * 30" if version == NEWER else "size * 3"
    return Library(name, version, {f"{name}.py": f"def apply({takes}):\n    return {gives}\n"})


def shelf(variant: dict, day: int) -> Shelf:
    """What can be installed on a day (1 or 2)."""
    found = []
    for name, version in variant["libraries"].items():
        versions = [OLDER, version, NEWER] if day == 2 else [OLDER, version]
        found += [library(name, each) for each in versions]
    return Shelf(*found)


def laptop(variant: dict) -> Image:
    """A copy of one's whole machine: its libraries, its kernel, its system. It works there."""
    stock = shelf(variant, 1)
    installed = {
        f"lib/{path}": text
        for name, version in variant["libraries"].items()
        for path, text in stock.find(f"{name}=={version}").files.items()
    }
    return build("FROM scratch\nCOPY . .", {**installed, **KERNEL})


def hosts(dice: Random, variant: dict, easy: bool) -> list[Host]:
    """Machines with some version of each library, or none; in the easy case the right ones are installed."""
    found = []
    for number in range(MACHINES):
        host = Host(f"machine {number + 1}", kernel=dice.choice(("5.10", "6.1", "6.8")))
        for name, version in variant["libraries"].items():
            there = version if easy else dice.choice((None, OLDER, version, NEWER))
            if there:
                host.install(library(name, there))
        found.append(host)
    return found


def tried(recipe: str, variant: dict, seed: int, easy: bool = False) -> list[dict]:
    """The recipe on each machine: which image it gave, and what came of it. Raises RecipeError."""
    own, images = files(variant), {"laptop": laptop(variant)}
    rows = []
    for number, host in enumerate(hosts(Random(f"E23 {seed}"), variant, easy)):
        day = 1 + number % 2
        image = build(recipe, own, shelf=shelf(variant, day), images=images)
        outcome = host.run_container(image)
        rows.append(
            {
                "machine": host.name,
                "day": day,
                "installed": ", ".join(f"{one.name} {one.version}" for one in host.libraries.values())
                or "nothing",
                "digest": image.digest[7:19],
                "bytes": image.size,
                "kernel": any(path.startswith("boot/") for path in image.files),
                "came": outcome.error or repr(outcome.returned),
                "code": _code(outcome, variant),
            }
        )
    for row in rows:
        if not row["code"] and row["digest"] != rows[0]["digest"]:
            row["code"] = "unpinned_version"
        if not row["code"] and row["kernel"]:
            row["code"] = "whole_machine"
    if (
        len({row["digest"] for row in rows}) > 1
    ):  # what newer versions do is told of the day, not of a version
        for row in rows:
            row["code"] = (
                "unpinned_version"
                if row["code"] in ("", "other_version") and row["day"] == 2
                else row["code"]
            )
    return rows


def _code(outcome: Outcome, variant: dict) -> str:
    """Which idea an outcome shows; '' where it is right."""
    if outcome.ok:
        return "" if outcome.returned == PRINT else "other_version"
    missing = outcome.error.rpartition("'")[0].rpartition("'")[2]
    if outcome.error.startswith("ModuleNotFoundError"):
        return "host_dependency" if missing in variant["libraries"] else "file_left_behind"
    if outcome.error.startswith("KeyError"):
        return "setting_left_behind"
    return "other_version" if outcome.error.startswith("TypeError") else "nothing_runs"


def checked_recipe(recipe: str, variant: dict) -> None:
    """Raise RecipeError unless the recipe can be built on both days."""
    for day in (1, 2):
        build(recipe, files(variant), shelf=shelf(variant, day), images={"laptop": laptop(variant)})
