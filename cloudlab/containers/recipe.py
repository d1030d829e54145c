"""A recipe: the lines from which an image is built, and the cache that skips what hasn't changed.

    FROM python                  begin with the layers of this image
    INSTALL resizer==2.0         lay a library from the shelf into the image
    COPY app.py app.py           lay files of yours into it; a folder ends with /
    ENV SIZE=A4                  the program finds this around itself
    CMD app.main                 what runs: file and function

Read `build` first. Each INSTALL and COPY makes a layer. A line is looked up in the cache by what lies below it and by
what it lays: where neither has changed, its layer is there already; after the first line that changed, all are made
anew. So what changes often belongs to the end.

Real recipes have a RUN that may do anything, and so may give something else each time; INSTALL stands for the one use
of it that each recipe has. Numbers such as CT-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cloudlab.containers.errors import RecipeError
from cloudlab.containers.image import Image
from cloudlab.containers.layers import Layer, checked_path, digest_of, layer
from cloudlab.kernel.limits import InvalidParameter, checked
from cloudlab.kernel.program import content_of

LIBRARIES = "lib"
"""Where libraries lie in an image and on a host."""

WORDS = ("FROM", "INSTALL", "COPY", "ENV", "CMD")


@dataclass(frozen=True)
class Library:
    """One version of a library: files {path: text} that programs can import."""

    name: str
    version: str
    files: Mapping[str, str]


class Shelf:
    """All libraries that can be installed. The newest version is the last one that was put there."""

    def __init__(self, *libraries: Library):
        self.libraries: dict[str, dict[str, Library]] = {}
        for one in libraries:
            self.libraries.setdefault(one.name, {})[one.version] = one

    def find(self, wanted: str) -> Library:
        """What 'name' (its newest version) or 'name==version' stands for. Raises RecipeError."""
        name, _, version = wanted.partition("==")
        versions = self.libraries.get(name.strip())
        if not versions:
            known = ", ".join(sorted(self.libraries)) or "nothing"
            hint = "; a version comes after ==" if "=" in name else ""
            raise RecipeError(f"library is {name.strip()!r:.60}, but the shelf holds {known}{hint}.")
        if not version:
            return list(versions.values())[-1]
        if version.strip() not in versions:
            raise RecipeError(
                f"version of {name.strip()} is {version.strip()!r:.60}, but must be one of {', '.join(versions)}."
            )
        return versions[version.strip()]


@dataclass
class Cache:
    """Layers by what made them. `used` and `made` count the lines of the newest build."""

    layers: dict[str, Layer] = field(default_factory=dict)
    used: int = 0
    made: int = 0

    def layer(self, below: str, line: str, laid: Mapping[str, bytes]) -> tuple[Layer, str]:
        """The layer that a line lays upon all that is `below`: made, unless it was made before; and what it now is.

        What is below is told by a hash of all of it. So after a line that changed, each further one is made anew,
        though its content, and with it its digest, may be the same again.
        """
        holds = [f"{path} {digest_of(content)}" for path, content in sorted(laid.items())]
        key = digest_of("\n".join([below, line, *holds]).encode())
        if key in self.layers:
            self.used += 1
        else:
            self.made += 1
            self.layers[key] = layer(laid, made_by=line)
        return self.layers[key], key


@checked(RecipeError)
def build(
    recipe: str,
    files: Mapping,
    *,
    shelf: Shelf | None = None,
    images: Mapping | None = None,
    cache: Cache | None = None,
) -> Image:
    """The image of a recipe. `files` are yours, {path: text or bytes}; `images` what FROM can name.

    Raises RecipeError, which names the line.
    """
    shelf, images, cache = shelf or Shelf(), images or {}, cache or Cache()
    cache.used = cache.made = 0
    own = {checked_path(path): _bytes(path, held) for path, held in files.items()}
    layers: list[Layer] = []
    steps: list[tuple[str, bool]] = []
    env: dict[str, str] = {}
    command = below = ""
    lines = _lines(_bytes("recipe", recipe).decode())
    for number, word, rest in lines:
        line = f"{word} {rest}"
        try:
            if word == "FROM":
                if number != lines[0][0]:
                    raise RecipeError("FROM must be the first line")
                base = _image(images, rest)
                layers, env, command = list(base.layers), dict(base.env), base.command
                below = digest_of("\n".join(one.digest for one in layers).encode())
                steps += base.steps
                continue
            if word == "ENV":
                name, value = _setting(rest)
                env[name] = value
            elif word == "CMD":
                command = _command(rest)
            else:
                laid = _installed(shelf, rest) if word == "INSTALL" else _copied(own, rest)
                made, below = cache.layer(below, line, laid)
                layers.append(made)
            steps.append((line, word in ("INSTALL", "COPY")))
        except InvalidParameter as fault:
            raise RecipeError(
                f"line {number} of the recipe, {line!r:.60}: {fault}".rstrip(".") + "."
            ) from None
    if not layers:
        raise RecipeError("recipe lays nothing into the image: it needs FROM, INSTALL or COPY.")
    return Image(tuple(layers), command, env, tuple(steps))


@checked(RecipeError)
def build_all(
    recipes: Mapping, files: Mapping, *, shelf: Shelf | None = None, cache: Cache | None = None
) -> dict[str, Image]:
    """The images of several recipes {name: text}, of which one may begin with another: FROM and its name.

    Raises RecipeError, which names the recipe and its line, or the recipes that begin with each other in a circle.
    """
    cache = cache or Cache()
    made: dict[str, Image] = {}
    texts = {
        str(name): content_of("recipes", str(name), recipe, RecipeError).decode()
        for name, recipe in recipes.items()
    }

    def make(name: str, waiting: tuple[str, ...]) -> None:
        if name in waiting:
            circle = " → ".join([*waiting[waiting.index(name) :], name])
            raise RecipeError(
                f"recipes begin with each other in a circle, so none can be the first: {circle}."
            )
        if name in made or name not in texts:
            return
        with _named(name):
            first = _lines(texts[name])[:1]
        for _, word, rest in first:
            if word == "FROM":
                make(rest, (*waiting, name))
        with _named(name):
            made[name] = build(texts[name], files, shelf=shelf, images=made, cache=cache)

    for name in texts:
        make(name, ())
    return {name: made[name] for name in texts}


@contextmanager
def _named(name: str) -> Iterator[None]:
    """What goes wrong is told of the recipe of that name."""
    try:
        yield
    except RecipeError as fault:
        text = str(fault)
        of = f"recipe {name}"
        raise RecipeError(
            f"{of}, {text}" if text.startswith("line ") else f"{of}{text.removeprefix('recipe')}"
        ) from None


def _lines(recipe: str) -> list[tuple[int, str, str]]:
    """(number, word, rest) of each line that says something."""
    found = []
    for number, line in enumerate(recipe.splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        word, _, rest = text.partition(" ")
        if word.upper() not in WORDS or not rest.strip():
            rule = f"must begin with one of {', '.join(WORDS)}, and say something after it"
            raise RecipeError(f"line {number} of the recipe is {text!r:.60}, but {rule}.")
        found.append((number, word.upper(), rest.strip()))
    return found


def _image(images: Mapping, name: str) -> Image:
    if name == "scratch":
        return Image(())
    found = images.get(name)
    if not isinstance(found, Image):
        known = ", ".join(sorted(map(str, images))) or "none but scratch"
        raise RecipeError(f"image is {name!r:.60}, but must be one of {known}")
    return found


def _setting(rest: str) -> tuple[str, str]:
    name, equals, value = rest.partition("=")
    if not equals or not name.strip().isidentifier():
        raise RecipeError("ENV must be NAME=value")
    return name.strip(), value.strip()


def _command(rest: str) -> str:
    module, _, function = rest.rpartition(".")
    if not module or not function.isidentifier():
        raise RecipeError("CMD must be a file and a function with a point between them, such as app.main")
    return rest


def _installed(shelf: Shelf, wanted: str) -> dict[str, bytes]:
    found = shelf.find(wanted)
    return {f"{LIBRARIES}/{path}": _bytes(path, text) for path, text in found.files.items()}


def _copied(own: Mapping[str, bytes], rest: str) -> dict[str, bytes]:
    source, _, target = (part.strip() for part in rest.partition(" "))
    if not target:
        raise RecipeError("COPY must name what, and where to")
    if source == "." or source.endswith("/"):
        inside = "" if source == "." else str(PurePosixPath(source)) + "/"
        found = {path[len(inside) :]: held for path, held in own.items() if path.startswith(inside)}
        into = "" if target in (".", "./") else checked_path(target) + "/"
        laid = {into + path: held for path, held in found.items()}
    elif source in own:
        name = f"{target}{PurePosixPath(source).name}" if target.endswith("/") else target
        laid = {checked_path(source if target == "." else name): own[source]}
    else:
        laid = {}
    if not laid:
        known = ", ".join(sorted(own)) or "none"
        raise RecipeError(f"file {source!r:.60} is not there; your files are {known:.200}")
    return laid


def _bytes(path, held) -> bytes:
    return content_of("files", str(path), held, RecipeError)
