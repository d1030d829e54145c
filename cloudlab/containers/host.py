"""A host: a machine with libraries of its own, on which programs run, bare or in containers.

Read `Host.run` first, then `Host.run_container`. A bare program imports what is installed on the host: another version
there is another result here, or none. A container sees the files of its image and nothing of the host's (CT-3), so it
does the same wherever it runs. What they share is the kernel and the machine: a container dies with its host.

Numbers such as CT-3 are facts of the provider: docs/facts.md lists them with their sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from cloudlab.containers.errors import InvalidParameterException
from cloudlab.containers.image import Image
from cloudlab.containers.layers import Layer
from cloudlab.containers.recipe import LIBRARIES, Library
from cloudlab.containers.registry import Repository
from cloudlab.kernel.limits import Limit, checked
from cloudlab.kernel.program import OutOfSteps, Program, described

KILLED, FAILED = 137, 1
"""How a process ends that was killed, and that failed (CT-6)."""


@dataclass(frozen=True)
class Outcome:
    """What came of a program: `returned`, or an `error` in one line; `exit_code` 0 where it went well."""

    returned: object = None
    error: str = ""
    exit_code: int = 0
    printed: str = ""

    @property
    def ok(self) -> bool:
        """Whether it went well."""
        return self.exit_code == 0


@dataclass(frozen=True)
class View:
    """What a process sees of the machine it runs on (CT-3): files, processes, its name there, memory (MB), kernel."""

    files: tuple[str, ...]
    processes: tuple[str, ...]
    host_name: str
    memory: int
    kernel: str

    def __str__(self) -> str:
        files = f"{len(self.files)} files ({', '.join(self.files)})"
        seen = f"processes {', '.join(self.processes)}; called {self.host_name}"
        return f"{files}\n    {seen}; {self.memory:,} MB; kernel {self.kernel}"


class Host:
    """A machine called `name`, with `memory` (MB), one kernel, and installed libraries."""

    @checked(InvalidParameterException)
    def __init__(
        self,
        name: str,
        *,
        memory: Annotated[int, Limit(64, 1_048_576, "MB", label="Memory")] = 4096,
        kernel: str = "6.1",
    ):
        self.name, self.memory, self.kernel = name, memory, kernel
        self.libraries: dict[str, Library] = {}
        self.layers: dict[str, Layer] = {}
        """Layers that were pulled, by digest: each once, whoever uses it."""
        self.alive = True

    @checked(InvalidParameterException)
    def install(self, library: Library) -> None:
        """Put a library on the host, in place of any other version of it: there is one `import` path."""
        self.libraries[library.name] = library

    @checked(InvalidParameterException)
    def run(self, files: Mapping, command: str = "app.main", *, env: Mapping | None = None) -> Outcome:
        """Run a bare program: its own files, and whatever is installed here."""
        held = ((path, text) for one in self.libraries.values() for path, text in one.files.items())
        installed = {path: _text(path, text) for path, text in held}
        own = {str(path): _text(str(path), held) for path, held in files.items()}
        return self._ended() or _run({**installed, **own}, command, dict(env or {}), f"on {self.name}")

    @checked(InvalidParameterException)
    def pull(self, repository: Repository, reference: str = "latest") -> tuple[Image, int]:
        """Fetch an image; returns it and the bytes of the layers that weren't here yet (CT-2)."""
        image = repository.find(reference)
        new = {one.digest: one for one in image.layers if one.digest not in self.layers}
        self.layers |= new
        return image, sum(one.size for one in new.values())

    @checked(InvalidParameterException)
    def run_container(
        self,
        image: Image,
        *,
        memory: Annotated[int | None, Limit(6, 1_048_576, "MB", label="Memory limit")] = None,
        needs: Annotated[int, Limit(0, 1_048_576, "MB", label="Memory that the program needs")] = 0,
        env: Mapping | None = None,
    ) -> Outcome:
        """Run what an image holds: it sees the image's files only. Over its memory limit it is killed: 137 (CT-6)."""
        if ended := self._ended():
            return ended
        most = self.memory if memory is None else min(memory, self.memory)
        if needs > most:
            text = f"it needed {needs:,} MB, and may have {most:,} MB: killed ({KILLED})"
            return Outcome(error=text, exit_code=KILLED)
        texts = program_files(image)
        return _run(texts, image.command, {**image.env, **(env or {})}, f"in {image.digest[7:19]}")

    @checked(InvalidParameterException)
    def view(self, image: Image | None = None, *, memory: int | None = None) -> View:
        """What a bare process sees here; with an image, what a container sees: the same kernel, and little else."""
        if image is None:
            files = sorted(path for one in self.libraries.values() for path in one.files)
            return View(tuple(files), ("init", "the program"), self.name, self.memory, self.kernel)
        most = self.memory if memory is None else min(memory, self.memory)
        return View(tuple(image.files), (image.command,), image.digest[7:19], most, self.kernel)

    def fail(self) -> None:
        """The machine is gone, with all that ran on it, contained or not."""
        self.alive = False

    def _ended(self) -> Outcome | None:
        return None if self.alive else Outcome(error=f"{self.name} is gone, and all on it", exit_code=KILLED)


def program_files(image: Image) -> dict[str, str]:
    """The Python files that a container of an image can import: its own, and those of its libraries."""
    texts = {path: held for path, held in image.files.items() if path.endswith(".py")}
    inside = f"{LIBRARIES}/"
    found = {path.removeprefix(inside): held for path, held in texts.items() if path.startswith(inside)}
    found |= {path: held for path, held in texts.items() if not path.startswith(inside)}
    return {path: held.decode("utf-8", "replace") for path, held in found.items()}


def _text(path: str, held) -> str:
    """A file of a program. Raises InvalidParameterException."""
    if isinstance(held, (bytes, bytearray)):
        return held.decode("utf-8", "replace")
    if not isinstance(held, str):
        rule = "must be a text or bytes"
        raise InvalidParameterException(f"files[{path!r:.60}] is {held!r:.60}, but {rule}.")
    return held


def _run(files: Mapping[str, str], command: str, env: dict, where: str) -> Outcome:
    """Really run a function of these files; whatever it does, an `Outcome`."""
    module, _, function = command.rpartition(".")
    if not module:
        rule = "must be a file and a function, such as app.main"
        return Outcome(error=f"command is {command!r:.60}, but {rule}", exit_code=FAILED)
    program = Program(files, {"environ": env}, where)
    try:
        returned = program.run(lambda: getattr(program.load(module), function)())
    except KeyboardInterrupt:
        raise
    except OutOfSteps:
        return Outcome(error="it never ends", exit_code=KILLED, printed=program.printed)
    except SystemExit as end:
        told = 0 if end.code is None else end.code
        code = told & 255 if isinstance(told, int) else FAILED  # a process has a byte for it
        return Outcome(error=f"it ended with {code}" if code else "", exit_code=code, printed=program.printed)
    except BaseException as error:
        name, text = described(error)
        text = " ".join(f"{name}: {text[:200]}".split())
        return Outcome(error=text, exit_code=FAILED, printed=program.printed)
    return Outcome(returned, printed=program.printed)
