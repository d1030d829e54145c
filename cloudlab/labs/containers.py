"""The scenarios of lesson 09: one program on three machines that have other libraries, as a file and as an image.

Read `scenario` first: a program that works on a laptop is sent to a test server and to production, and really runs
there, order by order. The other functions read from a record what a learner asks of it, and open an image that comes
from elsewhere.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

from cloudlab.containers import Host, Image, Library, Outcome, Repository, Shelf, build, build_all, opened
from cloudlab.containers.layers import digest_of
from cloudlab.kernel.contracts import Process
from cloudlab.kernel.limits import Action, InvalidParameter, Limit, checked
from cloudlab.kernel.printed import wrapped
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World, microseconds

LENGTH = 120.0
"""Seconds of a run."""

TEST, PRODUCTION, LABELS = 20.0, 50.0, 70.0
"""When the program reaches the test server and production, and when a second program comes there (s)."""

LOOKED = 32.0
"""When somebody looks at what is installed on the machines (s)."""

FIRST, EVERY = 1.0, 3.0
"""Seconds until the first order on a machine, and from one to the next, on average."""

# Two programs, three versions of the library that both need, and the recipes of their images

FILES = {
    "app.py": "import resizer\n\ndef main():\n    return resizer.fit(4000, 3000, wide=16)\n",
    "labels.py": "import resizer\n\ndef main():\n    return resizer.fit(3, 2)\n",
    "receipt.py": "import barcode\n\ndef main():\n    return f'{barcode.WIDTH} bars'\n",
    "fonts/plain.txt": "".join(
        f"glyph {number:04}: {number * 7919 % 65536:016b}\n" for number in range(1500)
    ),
}
"""What you wrote: the program, two others, and the fonts that they print with."""

VERSIONS = {
    "1.0": 'def fit(width, height):\n    return f"{width / height:.2f} to 1"\n',
    "2.0": 'def fit(width, height, wide):\n    return f"{wide} x {wide * height / width:.0f} cm"\n',
    "3.0": "def fit(width, height, wide):\n    wide = wide * 2.54  # inches, from this version on\n"
    '    return f"{wide:.0f} x {wide * height / width:.0f} cm"\n',
}
"""The library resizer: the second version wants a width in cm, and the third one takes it for inches."""

CURVES = "".join(f"CURVE_{number} = {number * 104729 % 1_000_003}\n" for number in range(1600))
"""What else is in it: tables that no print here needs."""

SHELF = Shelf(
    *(
        Library("resizer", version, {"resizer.py": text, "resizer_curves.py": CURVES})
        for version, text in VERSIONS.items()
    ),
    Library("barcode", "1.4", {"barcode.py": "WIDTH = 95\n"}),
    Library("sketch", "0.9", {"sketch.py": "PENS = 12\n"}),
)
"""All that can be installed."""

RECIPES = {
    "base": "FROM scratch\nCOPY fonts/ fonts\n",
    "app": "FROM base\nINSTALL resizer==2.0\nCOPY app.py app.py\nCMD app.main\n",
    "labels": "FROM base\nINSTALL resizer==1.0\nCOPY labels.py labels.py\nCMD labels.main\n",
}
"""How the images are built. The second and the third begin with the first."""

MACHINES = {
    "laptop": ("6.8", ("resizer==2.0", "barcode==1.4", "sketch==0.9")),
    "test server": ("6.1", ("barcode==1.4", "resizer==1.0")),
    "production": ("5.10", ("barcode==1.4", "resizer==3.0")),
}
"""Each machine: its kernel, and what somebody installed there once."""


def images() -> dict[str, Image]:
    """The images of the recipes: base, app and labels."""
    return build_all(RECIPES, FILES, shelf=SHELF)


@checked()
def machine(name: str) -> Host:
    """One of the three machines, with what is installed there: 'laptop', 'test server' or 'production'."""
    if name not in MACHINES:
        raise InvalidParameter(f"name is {name!r:.60}, but must be one of {', '.join(MACHINES)}.")
    kernel, libraries = MACHINES[name]
    made = Host(name, kernel=kernel)
    for wanted in libraries:
        made.install(SHELF.find(wanted))
    return made


# The run

Sent = Annotated[str, Limit(choices=("file", "image"), label="Sent as")]
Version = Annotated[str, Limit(choices=("none", "1.0", "2.0", "3.0"), label="Production has resizer")]
Second = Annotated[str, Limit(choices=("no", "yes"), label="Labels too")]
Updates = Annotated[tuple[float, ...], Action("Update production", (80.0, 100.0))]
Losses = Annotated[tuple[float, ...], Action("Lose production", (90.0, 110.0))]


@checked()
def scenario(
    seed: int = 1,
    *,
    sent: Sent = "file",
    resizer: Version = "3.0",
    second: Second = "no",
    update: Updates = (),
    lose: Losses = (),
) -> Record:
    """Two minutes in which the program comes to three machines, as a file or as an image, and orders come to it.

    At 0:20 it is on the test server, at 0:50 on production, where `resizer` is installed. With `second`, labels come to
    production at 1:10, and need resizer 1.0. At each `update` somebody installs the newest of all libraries there, and
    at `lose` the machine is gone.
    """
    world = World(seed)
    depot = Depot(world, sent)
    laptop, test, production = (depot.add(name, resizer) for name in MACHINES)
    depot.send("app", laptop, 0)
    depot.send("app", test, TEST)
    depot.look(LOOKED)
    depot.send("app", production, PRODUCTION)
    if second == "yes":
        depot.send("labels", production, LABELS)
    for time in update:
        depot.update(production, time)
    for time in lose:
        depot.lose(production, time)
    return world.run(until=LENGTH)


class Place(NamedTuple):
    """A machine of a run: the host, and its part of the record."""

    host: Host
    part: int


class Depot:
    """Where programs come from: a folder with files, or a registry with images. It sends them to machines.

    On a machine a program really runs, once for each order; what came of it is entered in the record.
    """

    def __init__(self, world: World, sent: str):
        self.world, self.packed = world, sent == "image"
        self.places: list[Place] = []
        self.programs: list[tuple[Place, int, str]] = []
        self.registry = Repository("shop")
        name = "registry" if self.packed else "your folder"
        self.part = world.record.add_part(name, "depot", packed=self.packed)
        made = images()
        if self.packed:
            about = {"repository_name": "shop", "image_tag_mutability": self.registry.image_tag_mutability}
            world.record.wire(self.part, "repository", **about)
        for program in ("app", "labels"):
            self.registry.push(made[program], program)

    def add(self, name: str, resizer: str) -> Place:
        """One of the machines; on production `resizer` is that version of the library, or 'none'."""
        host = machine(name)
        if name == "production":
            del host.libraries["resizer"]
            if resizer != "none":
                host.install(SHELF.find(f"resizer=={resizer}"))
        part = self.world.record.add_part(name, "machine", kernel=host.kernel, memory=host.memory)
        self.world.record.add_link(self.part, part)
        place = Place(host, part)
        self.places.append(place)
        self._shelf(place)
        return place

    def send(self, program: str, place: Place, time: float) -> None:
        """The program is at the place at `time` (s), and orders come to it from then on."""
        self.world.process(self._deployed(program, place, time))

    def look(self, time: float) -> None:
        """Somebody looks at what is installed on each machine."""

        def act():
            for place in self.places:
                self.world.record.enter(time, place.part, "seen", "yes")
            found = ", ".join(f"{_version(host)} on {host.name}" for host, _ in self.places)
            self.world.record.note(time, self.places[0].part, "○", f"Somebody looks at the shelves: {found}.")

        self.world.process(self._at(time, act))

    def update(self, place: Place, time: float) -> None:
        """Somebody installs the newest of all libraries that are on the machine, if it is still there."""

        def act():
            if not place.host.alive:
                return
            for name in list(place.host.libraries):
                place.host.install(SHELF.find(name))
            text = f"Somebody updates {place.host.name}: {_version(place.host)} now."
            self.world.record.note(time, place.part, "●", text)
            self._shelf(place)

        self.world.process(self._at(time, act))

    def lose(self, place: Place, time: float) -> None:
        """The machine is gone, with all that runs on it."""

        def act():
            if not place.host.alive:
                return
            place.host.fail()
            self.world.record.enter(time, place.part, "application", "killed")
            for at, part, program in self.programs:
                if at == place:
                    self._told(part, program, self._run(program, place))

        self.world.process(self._at(time, act))

    def _at(self, time: float, act) -> Process:
        yield self.world.timeout(time)
        act()

    def _deployed(self, program: str, place: Place, time: float) -> Process:
        record, dice = self.world.record, self.world.dice(f"orders of {program} on {place.host.name}")
        yield self.world.timeout(time)
        if not place.host.alive:
            return
        part = self._arrive(program, place)
        yield self.world.timeout(FIRST)
        while True:
            outcome = self._run(program, place)
            self._told(part, program, outcome)
            kind = verdict(program, outcome)
            record.set(part, kind, self._now, record.series[part, kind].values[-1] + 1)
            yield self.world.timeout(microseconds(EVERY * (0.5 + dice.random())))

    def _arrive(self, program: str, place: Place) -> int:
        """The program is on the machine: its part in the record."""
        record, now, name = self.world.record, self._now, place.host.name
        about: dict = {"title": program, "packed": self.packed, "expected": EXPECTED[program]}
        if self.packed:
            image, fetched = place.host.pull(self.registry, program)
            layers = (f"{one.digest[7:13]} {one.size} {one.made_by}" for one in image.layers)
            about |= {"digest": image.digest[7:19], "layers": "|".join(layers), "fetched": fetched}
            kept = image.size - fetched
            there = f", and has {kept:,} already" if kept else ""
            text = f"{name} fetches the image of {program}, {image.digest[7:15]}…: {fetched:,} bytes{there}."
        else:
            text = f"The file {program}.py is copied to {name}."
            if program == "labels":
                place.host.install(SHELF.find("resizer==1.0"))
                text = f"The file labels.py is copied to {name}, and resizer 1.0, which it needs, is installed there."
                self._shelf(place)
        part = record.add_part(f"{program} on {name}", "program", time=now, parent=place.part, **about)
        record.move(now, len(self.programs) + 1, self.part, place.part)
        record.note(now, place.part, "▸", text)
        for kind in ("Right", "Wrong", "Failed"):
            record.set(part, kind, now, 0)
        self.programs.append((place, part, program))
        return part

    def _run(self, program: str, place: Place) -> Outcome:
        """The program runs once, as it was sent."""
        if self.packed:
            return place.host.run_container(self.registry.find(program))
        return place.host.run({f"{program}.py": FILES[f"{program}.py"]}, f"{program}.main")

    def _told(self, part: int, program: str, outcome: Outcome) -> None:
        """Enter what came of an order, where that is new."""
        record, now = self.world.record, self._now
        kind = verdict(program, outcome)
        text = f"{kind}: {outcome.error or outcome.returned}"
        before = record.state(part, now, "result")
        if before is not None and before.state == text:
            return
        record.enter(now, part, "result", text)
        where = record.parts[part].name
        said = {
            "Right": f"{where} prints {outcome.returned}, as it should.",
            "Wrong": f"{where} prints {outcome.returned}, in place of {EXPECTED[program]}, and no error is told.",
            "Failed": f"{where} fails: {outcome.error}.",
        }
        record.note(now, part, "✓" if kind == "Right" else "✕", said[kind])

    def _shelf(self, place: Place) -> None:
        """Enter what is installed on a machine now."""
        shown = ", ".join(f"{one.name} {one.version}" for one in place.host.libraries.values())
        self.world.record.enter(self._now, place.part, "shelf", shown or "nothing")

    @property
    def _now(self) -> float:
        return microseconds(self.world.now)


EXPECTED = {"app": "16 x 12 cm", "labels": "1.50 to 1"}
"""What each program gives where the library is there that it was written for."""


def verdict(program: str, outcome: Outcome) -> str:
    """What came of a run: 'Right', 'Wrong' (another result, and no error) or 'Failed'."""
    if not outcome.ok:
        return "Failed"
    return "Right" if outcome.returned == EXPECTED[program] else "Wrong"


def _version(host: Host) -> str:
    found = host.libraries.get("resizer")
    return f"resizer {found.version}" if found else "no resizer"


# What a learner reads from a record


def results(record: Record, time: float = LENGTH) -> dict[str, str]:
    """What came of the last order up to `time` (s) of each program on each machine: 'Right: 16 x 12 cm'."""
    parts = record.parts_of("program")
    if not record.parts_of("machine"):
        raise InvalidParameter("record holds no machine: it must come from scenario(…).")
    told = {record.parts[part].name: record.state(part, time, "result") for part in parts}
    return {name: state.state for name, state in told.items() if state is not None}


def agree(record: Record, time: float = LENGTH) -> int:
    """On how many machines the program prints the right size at `time` (s)."""
    found = results(record, time)
    return sum(text.startswith("Right") for name, text in found.items() if name.startswith("app on "))


def orders(record: Record, part: str = "app on production") -> tuple[int, int, int]:
    """(right, wrong, failed) orders of a program on a machine, at the end."""
    if not record.has_part(part):
        return 0, 0, 0
    found = (record.series[record.part(part), kind].values[-1] for kind in ("Right", "Wrong", "Failed"))
    right, wrong, failed = map(int, found)
    return right, wrong, failed


def broken_by_an_update(record: Record) -> bool:
    """Whether the program printed right on production first, and no more in the end."""
    right, *_ = orders(record)
    return right > 0 and not results(record)["app on production"].startswith("Right") and _alive(record)


def side_by_side(record: Record) -> bool:
    """Whether two programs that need two versions of one library run right on one machine."""
    found = results(record)
    both = [found.get(f"{program} on production", "") for program in ("app", "labels")]
    return all(text.startswith("Right") for text in both)


def gone_with_its_machine(record: Record) -> bool:
    """Whether a container that ran right is gone, since its machine is."""
    packed = record.has_part("registry")
    return packed and orders(record)[0] > 0 and not _alive(record)


def _alive(record: Record) -> bool:
    return record.state(record.part("production"), record.end, "application") is None


# An image from elsewhere

LINES = (
    ("ADD rootfs.tar /", {"etc/os-release": b"NAME=Small\n", "bin/sh": bytes(range(256)) * 180}),
    ("RUN install resizer", {"usr/lib/resizer.py": VERSIONS["2.0"].encode() * 300}),
    (
        "COPY . /app",
        {"app/app.py": FILES["app.py"].encode(), "app/fonts.txt": FILES["fonts/plain.txt"].encode()},
    ),
)
"""The layers of a small image as another tool builds it: the line of its recipe, and what it lays."""


def elsewhere() -> Image:
    """A small image as `docker save` writes one: with compressed layers, and a history."""
    with TemporaryDirectory() as folder:
        return opened(_saved(Path(folder) / "elsewhere.tar", [(line, _tar(files)) for line, files in LINES]))


def _saved(path: Path, layers: list[tuple[str, bytes]]) -> Path:
    """A file as `docker save` writes it, with these layers."""
    about = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["app.main"]},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(blob) for _, blob in layers]},
        "history": [
            *({"created_by": line} for line, _ in layers),
            {"created_by": 'CMD ["app.main"]', "empty_layer": True},
        ],
    }
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": ["elsewhere:1"], "Layers": names}]
    blobs = {name: gzip.compress(blob, mtime=0) for name, (_, blob) in zip(names, layers, strict=True)}
    files = {"config.json": json.dumps(about).encode(), "manifest.json": json.dumps(manifest).encode()}
    path.write_bytes(_tar({**blobs, **files}))
    return path


def _tar(files: Mapping[str, bytes], kinds: Mapping[str, bytes] | None = None) -> bytes:
    """An archive as other tools write it; `kinds` are those of entries that are no plain files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as bundle:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), (kinds or {}).get(name, tarfile.REGTYPE)
            bundle.addfile(info, io.BytesIO(content))
    return out.getvalue()


def refusals() -> list[str]:
    """What is said of a bad recipe and of bad files: each is really tried, one sentence each."""
    bad = {
        "a file that is not there": {"app": "COPY there.py app.py"},
        "a path out of the image": {"app": "COPY app.py ../app.py"},
        "recipes in a circle": {"app": "FROM labels\nCMD app.main", "labels": "FROM app\nCMD labels.main"},
    }
    said = [
        f"{what}: {_error(lambda told=told: build_all(told, FILES, shelf=SHELF))}"
        for what, told in bad.items()
    ]
    with TemporaryDirectory() as folder:
        for what, layers in _bad_layers().items():
            path = _saved(Path(folder) / "bad.tar", [("ADD", layers)])
            said.append(f"{what}: {_error(lambda path=path: opened(path))}")
        path.write_bytes(path.read_bytes()[:700])
        said.append(f"half a file: {_error(lambda: opened(path)).replace(folder, '…')}")
    return [wrapped(one) for one in said]


def _bad_layers() -> dict[str, bytes]:
    return {
        "a file above the image": _tar({"../../etc/passwd": b"x"}),
        "an absolute path": _tar({"/etc/passwd": b"x"}),
        "a device": _tar({"dev/null": b""}, {"dev/null": tarfile.CHRTYPE}),
    }


def _error(act) -> str:
    try:
        act()
    except InvalidParameter as error:
        return str(error)
    return "nothing was refused"


# A recipe of the learner's own


class Week(NamedTuple):
    """A recipe tried: whether two days give the `same` digest, on how many machines it is `right`, bytes `sent`."""

    same: bool
    right: int
    sent: int


@checked()
def week(recipe: str) -> Week:
    """Build a recipe on Monday and on Friday, run it on the three machines, and change a line of app.py.

    On Monday resizer 2.0 is the newest that can be installed, and on Friday 3.0 is.
    """
    old = [SHELF.find(name) for name in ("resizer==1.0", "resizer==2.0", "barcode", "sketch")]
    monday = build(recipe, FILES, shelf=Shelf(*old), images=images())
    friday = build(recipe, FILES, shelf=SHELF, images=images())
    changed = build(
        recipe, FILES | {"app.py": FILES["app.py"] + "# a new line\n"}, shelf=SHELF, images=images()
    )
    outcomes = (machine(name).run_container(friday) for name in MACHINES)
    right = sum(verdict("app", outcome) == "Right" for outcome in outcomes)
    return Week(monday.digest == friday.digest, right, changed.resent(friday))


BAD_DAY: dict = {
    "label": "Works here, not there",
    "prediction": {"09-agree": (agree, PRODUCTION + 10)},
    "opening": (12, TEST + FIRST + 1),
    "question": "The same file, and another end. What differs between the two machines?",
}
"""The first stage of the lesson: with what it begins, up to where it plays by itself, and what it then asks."""
