"""The week of E24: an image is built and sent again after each change, and only what is new is made and sent.

Read `week` first. Each line of the recipe that is made anew is made whole, and each layer that the registry lacks is
sent whole. A variant holds the "program", "folders" [[name, KB, changes a week], …], "libraries" [[name, version, KB],
…], "unused" (a folder that the program doesn't need), and "limit" (KB that a change of the program may move).

Numbers such as CT-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from dataclasses import dataclass, field
from random import Random

from cloudlab.containers import Cache, Host, Image, Library, Outcome, Repository, Shelf, build

CODE = 24
"""Changes of the program in a week."""

UNUSED = (40, 8)
"""KB of the folder that nobody needs, and its changes in a week."""

KERNEL, LANGUAGE = 900, 40
"""KB of a system with its kernel, and of a language alone."""

KB = 1000


@dataclass
class Lived:
    """What a week moved: KB for each change of the program, KB in all, what of it was made anew in vain, the image."""

    image: Image
    outcome: Outcome
    code: list[float] = field(default_factory=list)
    moved: float = 0.0
    vain: float = 0.0
    lines: list[str] = field(default_factory=list)


def _filled(kb: float, salt: str) -> str:
    """So many KB of Python that says nothing."""
    line = f"# {salt} ".ljust(99, "-") + "\n"
    return line * max(1, int(kb * 10) - 1)


def files(variant: dict, versions: dict[str, int] | None = None) -> dict[str, str]:
    """One's own files after so many changes {name: number} of each."""
    versions, name = versions or {}, variant["program"]
    folders = [folder for folder, _, _ in variant["folders"]]
    imports = "".join(f"import {one}\n" for one in ("language", *(one for one, _, _ in variant["libraries"])))
    imports += "".join(f"import {folder}.data\n" for folder in folders)
    found = {f"{name}.py": f"{imports}\ndef main():\n    return 'ok'\n# change {versions.get(name, 0)}\n"}
    sizes = [(folder, kb) for folder, kb, _ in variant["folders"]] + [(variant["unused"], UNUSED[0])]
    for folder, kb in sizes:
        found[f"{folder}/__init__.py"] = ""
        found[f"{folder}/data.py"] = _filled(kb - 5, f"{folder} {versions.get(folder, 0)}")
    return found


def shelf(variant: dict) -> Shelf:
    """The libraries, each in one version."""
    return Shelf(
        *(
            Library(name, version, {f"{name}.py": _filled(kb - 5, f"{name} {version}")})
            for name, version, kb in variant["libraries"]
        )
    )


def bases() -> dict[str, Image]:
    """What a recipe may begin with: a language alone, or a whole system with its kernel."""
    language = {"language.py": _filled(LANGUAGE - 5, "language")}
    system = {**language, "boot/kernel": _filled(KERNEL - LANGUAGE, "kernel")}
    return {
        "slim": build("FROM scratch\nCOPY language.py language.py", language),
        "system": build("FROM scratch\nCOPY . .", system),
    }


def changes(variant: dict, seed: int, easy: bool) -> list[str]:
    """What is changed in a week, in order: the program, or a folder by its name."""
    dice = Random(f"E24 {seed}")
    often = [(variant["program"], CODE), *((name, many) for name, _, many in variant["folders"])]
    often.append((variant["unused"], UNUSED[1]))
    share = 3 if easy else 1
    found = [name for name, many in often for _ in range(round(many / share * dice.uniform(0.8, 1.2)))]
    dice.shuffle(found)
    return found


def week(recipe: str, variant: dict, seed: int, easy: bool = False) -> Lived:
    """A week with this recipe: it is built, sent and run, and again after each change. Raises RecipeError."""
    stock, images, cache, registry = shelf(variant), bases(), Cache(), Repository("shop")
    versions: dict[str, int] = {}
    name = variant["program"]
    first = build(recipe, files(variant), shelf=stock, images=images, cache=cache)
    made = sum(one.size for one in cache.layers.values())
    lived = Lived(first, Host("one").run_container(first), moved=(made + registry.push(first, "0")) / KB)
    lived.lines.append(f"{'first build':14} {made // KB:6,} KB made, {first.size // KB:6,} KB sent")
    for number, changed in enumerate(changes(variant, seed, easy), 1):
        versions[changed] = versions.get(changed, 0) + 1
        known = len(cache.layers)
        image = build(recipe, files(variant, versions), shelf=stock, images=images, cache=cache)
        new = list(cache.layers.values())[known:]
        made, sent = sum(one.size for one in new), registry.push(image, str(number))
        lived.moved += (made + sent) / KB
        lived.vain += (made - sent) / KB
        if changed == name:
            lived.code.append((made + sent) / KB)
        lived.lines.append(f"{changed:14} {made // KB:6,} KB made, {sent // KB:6,} KB sent")
        lived.image = image
    return lived


def own_layer(image: Image, variant: dict) -> bool:
    """Whether the program lies in layers without anything else."""
    program = f"{variant['program']}.py"
    holding = [one for one in image.layers if any(path.endswith(program) for path in one.files)]
    return all(len(one.files) == 1 for one in holding)


def below_libraries(image: Image, variant: dict) -> bool:
    """Whether a library lies above the program."""
    program = f"{variant['program']}.py"
    rows = list(image.layers)
    places = [at for at, one in enumerate(rows) if any(path.endswith(program) for path in one.files)]
    return any(one.made_by.startswith("INSTALL") for one in rows[places[0] + 1 :]) if places else False


def kernel(image: Image) -> float:
    """KB of a kernel and its system in an image."""
    return sum(len(held) for path, held in image.files.items() if path.startswith("boot/")) / KB


def unused(image: Image, variant: dict) -> float:
    """KB of files in an image that the program doesn't need."""
    folder = f"{variant['unused']}/"
    return sum(one.size for one in image.layers if any(folder in f"/{path}" for path in one.files)) / KB
