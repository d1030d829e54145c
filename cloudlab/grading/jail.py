"""What a stranger's code may do on this machine. Read `LEVELS`, then `Jail.start`.

    L1   bubblewrap: no network, no files but Python's own, nothing that can be written, no other process to be seen;
         and many calls of the system are closed (see `fence`)
    L2   no namespaces: the same calls are closed, and files by Landlock (see `landlock`); a user of its own for root
    L3   a container of Docker or Podman, without a network and read-only; the same calls are closed, and those that
         write: some folders of a container can be written to
    L4   none: other people's files are graded only where that is asked for by name

A level is never lowered in silence: `best` says what there is here, and whoever asks for more gets a sentence.
"""

import compileall
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path

import cloudlab
from cloudlab.grading import container, fence, landlock
from cloudlab.grading.scratch import Scratch
from cloudlab.grading.worker import receive, send

LEVELS = {
    "L1": "bubblewrap: no network, nothing to read but Python, nothing to write, no other process",
    "L2": "Landlock: no network, nothing to read but Python, nothing to write; which files exist can be seen",
    "L3": "a container: no network, nothing to read but its image, nothing to write; its own processes can be seen",
    "L4": "no jail: a notebook may do all that you may do on this machine",
}
"""The levels of isolation that this program has, the best one first."""

SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/lib32", "/etc/ld.so.cache", "/etc/alternatives")
"""Of the system itself what Python may need, where there is no namespace of files."""

KEPT = tuple(f"judge/{name}.py" for name in ("__init__", "calling", "feedback", "plain", "programs"))
"""Of the engine of exercises a jail holds these only; of the exercises it holds nothing at all."""

NOT_IN = ("exercises", "judge", "shell")

KNOB = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
"""Where Ubuntu says whether it forbids namespaces to programs without a profile."""

UID = 20_000
"""Where root grades, each process that does has a user's number of its own, so that limits of processes count apart."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

BARE = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "LANG": "C.UTF-8",
} | dict.fromkeys(THREADS, "1")
"""All that a stranger's code sees of the environment."""


class NoJail(Exception):
    """There is no jail of the level that is asked for; the text is one sentence with the cure."""


@dataclass(frozen=True)
class Limits:
    """What the code of a submission may use: `cpu` (s) and `memory` (bytes) for a run, so many `processes` or threads.

    All runs of an exercise `together` may use so much CPU (s). `wall` (s) is how long one answer may take, and
    `waiting` how long all of them: that is what a busy machine may need.
    """

    cpu: int = 60
    memory: int = 2 << 30
    processes: int = 40
    together: int = 600
    wall: float = 300.0
    waiting: float = 1800.0

    def plain(self) -> dict:
        """What a worker is told, and what a result hangs on."""
        return vars(self).copy()


@dataclass
class Jail:
    """A kind of jail: its level, and the folder with what it holds of the course."""

    level: str
    course: Path
    as_user: bool = False

    def start(self, wire: int) -> subprocess.Popen:
        """A worker in a new jail; `wire` is the number of the open socket over which it takes orders."""
        user = UID + os.getpid() % 1000 if self.as_user else None
        return subprocess.Popen(
            self.command(wire),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environment(),
            start_new_session=True,
            cwd=None if self.level == "L4" else "/",
            pass_fds=(wire,),
            user=user,
            group=user,
            extra_groups=[] if self.as_user else None,
        )

    def command(self, wire: int) -> list[str]:
        """The command line of a worker."""
        if self.level == "L4":
            return [sys.executable, "-B", "-s", "-c", self._program(self.course, wire)]
        if self.level == "L3":
            program = (
                "import sys; sys.path[:0] = ['/course']; from cloudlab.grading.relay import inside; inside()"
            )
            around = [sys.executable, "-B", "-s", "-m", "cloudlab.grading.relay", str(wire)]
            return [*around, *container.command(self.course, program, BARE)]
        place = Path("/course") if self.level == "L1" else self.course
        around = _bubblewrap(self.course) if self.level == "L1" else []
        return [*around, str(_python()), "-B", "-s", "-S", "-c", self._program(place, wire)]

    def told(self) -> dict:
        """What a worker must hear of its jail."""
        if self.level != "L2":
            return {"fenced": self.level != "L4", "unwritten": self.level == "L3"}
        user = UID + os.getpid() % 1000 if os.getuid() == 0 else 0
        return {"fenced": True, "readable": _readable(self.course), "user": user, "counted": bool(user)}

    def _program(self, course: Path, wire: int) -> str:
        paths = [str(course), *(str(path) for path in _site_packages())]
        return f"import sys; sys.path[:0] = {paths!r}; from cloudlab.grading.worker import main; main({wire})"

    def _environment(self) -> dict[str, str]:
        """What the first process sees; who starts a container is no stranger, and needs what its engine needs."""
        if self.level == "L3":
            return {**os.environ, "PYTHONPATH": str(self.course)}
        return self._bare() if self.level == "L4" else BARE

    def _bare(self) -> dict[str, str]:
        keep = {
            name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ
        }
        return keep | {"PYTHONHASHSEED": "0", "MPLBACKEND": "agg", **dict.fromkeys(THREADS, "1")}


def _bubblewrap(course: Path) -> list[str]:
    """Everything up to the program that runs inside."""
    words = [
        "bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534",
        "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
        "--dev", "/dev", "--ro-bind", "/usr", "/usr",
    ]  # fmt: skip
    for name in ("bin", "lib", "lib64", "lib32", "sbin"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for name in ("/etc/ld.so.cache", "/etc/alternatives"):
        if Path(name).exists():
            words += ["--ro-bind", name, name]
    for path in _needed():
        words += ["--ro-bind", str(path), str(path)]
    empty, below = _covered()
    words += [word for name in empty for word in ("--tmpfs", name)]
    words += [word for path in below for word in ("--ro-bind", str(path), str(path))]
    words += ["--ro-bind", str(course), "/course", "--dir", "/tmp", "--chdir", "/tmp"]
    for name, value in BARE.items():
        words += ["--setenv", name, value]
    for name in (*empty, "/dev", "/"):
        words += ["--remount-ro", name]
    return [*words, "--"]


def _covered() -> tuple[list[str], list[Path]]:
    """(the folders that are empty in a jail though what holds them is there, what is shown in them all the same)."""
    terminals = ["/dev/pts"]  # two programs could speak to each other through one
    if any(_hidden().is_relative_to(path) for path in (Path("/usr"), *_needed())):
        return [*terminals, str(_hidden())], _below_hidden()
    return terminals, []


def _readable(course: Path) -> list[list]:
    """What may be read of this machine, as Landlock takes it: no course but the copy for jails."""
    places = [place.resolve() for place in (*map(Path, SYSTEM), *_needed()) if place.exists()]
    hidden = _hidden()
    places += _below_hidden()
    found = [one for place in dict.fromkeys(places) for one in landlock.without(place, hidden)]
    return [*found, [str(course), True]]


def _package() -> Path:
    """The course itself, with its exercises."""
    return Path(os.path.realpath(cloudlab.__file__)).parent


def _hidden() -> Path:
    """What no jail may show: the course, and where it lies in its repository all of that, with the tests' answers."""
    above = _package().parent
    return above if (above / "pyproject.toml").is_file() else _package()


def _below_hidden() -> list[Path]:
    """The folders below it that Python needs all the same, as where an environment lies in a repository."""
    wanted = dict.fromkeys((_python().parent, *_site_packages()))
    return [path for path in wanted if path.is_relative_to(_hidden())]


def _python() -> Path:
    """The interpreter itself, with all links followed: a path that is bound must be the real one."""
    return Path(os.path.realpath(sys.executable))


def _site_packages() -> list[Path]:
    """Where packages are."""
    names = dict.fromkeys(sysconfig.get_paths()[name] for name in ("purelib", "platlib"))
    return [Path(os.path.realpath(name)) for name in names]


def _needed() -> list[Path]:
    """The folders that Python needs and that /usr doesn't hold; none that another one holds already."""
    prefix = Path(os.path.realpath(sys.base_prefix))
    wanted = [prefix, _python().parent, *_site_packages()]
    found: list[Path] = []
    for path in wanted:
        if not any(path.is_relative_to(one) for one in (Path("/usr"), *found)):
            found.append(path)
    return found


@cache
def course() -> Path:
    """A copy of the course without its exercises, their pools and references: what a jail holds of it.

    It is made once for a process, in a temporary folder that is gone with it, or lent by the process that started it.
    """
    if _LENT:
        return _LENT[-1]
    kept = Scratch("jail")
    _ALIVE.append(kept)
    Finalize(None, forget, exitpriority=1)  # a process of a pool ends without what Python does at its end
    folder, package = kept.path, Path(cloudlab.__file__).parent
    folder.chmod(0o755)
    shutil.copytree(
        package, folder / "cloudlab", ignore=lambda place, names: [n for n in names if n in NOT_IN]
    )
    for name in KEPT:
        target = folder / "cloudlab" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(package / name, target)
    compileall.compile_dir(folder, quiet=2, workers=1)  # what is compiled already was copied along
    for name in ("log", "pid", "security", "startup", "static"):
        (folder / "profile" / name).mkdir(parents=True)  # what IPython looks for
    (folder / "cloudlab" / "exercises").mkdir()
    (folder / "cloudlab" / "exercises" / "__init__.py").write_text(
        '"""Nothing is here."""\n', encoding="utf-8"
    )
    return folder


_ALIVE: list[Scratch] = []
_LENT: list[Path] = []


def lend(folder: Path) -> None:
    """Use the copy of another process, which keeps it for as long as this one lives."""
    _LENT.append(folder)


def forget() -> None:
    """Remove the copy."""
    while _ALIVE:
        _ALIVE.pop().close()


def best() -> str:
    """The best level that works here: it is tried, not guessed. Nothing on Windows, which can't fork a process."""
    if _works() is not None:
        return "L1"
    if _closes():
        return "L2"
    return "L3" if _contains() else "L4" if hasattr(os, "fork") else ""


def made(level: str) -> Jail:
    """A jail of that level. Raises NoJail with a sentence."""
    if level not in LEVELS:
        raise NoJail(f"isolation is {level!r:.40}, but must be one of {', '.join(LEVELS)}.")
    try:
        course()
    except OSError as error:  # shutil.Error is one
        forget()
        said = f"{(error.strerror or type(error).__name__).lower()}): make room there."
        raise NoJail(f"what a jail holds can't be laid into {tempfile.gettempdir()} ({said}") from None
    if level == "L1":
        as_user = _works()
        if as_user is None:
            raise NoJail(f"isolation L1 doesn't work here: {cure()}")
        return Jail("L1", course(), as_user)
    if level == "L2" and not _closes():
        raise NoJail(f"isolation L2 doesn't work here: {cure_of_files()}")
    if level == "L3" and not _contains():
        raise NoJail(f"isolation L3 doesn't work here: {container.cure()}")
    if not hasattr(os, "fork"):
        raise NoJail(f"isolation {level} doesn't work here: {cure()}")
    return Jail(level, course())


@cache
def _works() -> bool | None:
    """Whether bubblewrap works, as a user of its own (True) or as who we are (False); None where it doesn't."""
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return None
    for as_user in (True, False) if os.getuid() == 0 else (False,):
        if _shakes_hands(Jail("L1", course(), as_user)):
            return as_user
    return None


@cache
def _closes() -> bool:
    """Whether Landlock and the filter of calls work."""
    return bool(landlock.version()) and fence.possible() and _shakes_hands(Jail("L2", course()))


@cache
def _contains() -> bool:
    """Whether a container works."""
    return container.possible() and _shakes_hands(Jail("L3", course()))


def _shakes_hands(jail: Jail) -> bool:
    """Whether a worker starts in a jail and answers."""
    boss, its = socket.socketpair()
    boss.settimeout(120)
    try:
        with its:
            worker = jail.start(its.fileno())
    except OSError:
        return False
    try:
        send(boss, {"cells": [], "scenarios": {}, "limits": Limits().plain()} | jail.told())
        told, _ = receive(boss)
    except OSError:
        told = None
    finally:
        boss.close()
        worker.kill()
        worker.wait()
    return told is not None and told.get("ready") is True


def cure_of_files() -> str:
    """Why there is no L2 here, and what to do."""
    if sys.platform == "win32":
        return cure()
    if sys.platform != "linux":
        return "Landlock needs Linux: grade on a Linux machine, or use L3, a container of Docker or Podman."
    if not fence.possible():
        return (
            "calls of the system can't be closed on this kind of machine: grade on x86-64 or ARM of 64 bits."
        )
    return "the kernel has no Landlock (Linux 5.13 or newer, with `landlock` in its list `lsm`): use L1."


def cure() -> str:
    """Why there is no jail here, and what to do."""
    if sys.platform == "win32":
        return "on Windows, grade in WSL2, where bubblewrap works."
    if sys.platform != "linux":
        return "bubblewrap needs Linux: grade on a Linux machine, or use L3, a container of Docker or Podman."
    if shutil.which("bwrap") is None:
        return "install bubblewrap (apt install bubblewrap, or dnf install bubblewrap)."
    if not fence.possible():
        return (
            "calls of the system can't be closed on this kind of machine: grade on x86-64 or ARM of 64 bits."
        )
    if KNOB.is_file() and KNOB.read_text(encoding="utf-8").strip() == "1":
        return "this system forbids user namespaces: allow them for bwrap in an AppArmor profile (see docs/teaching)."
    return (
        "bwrap can't make its namespaces here: try `bwrap --unshare-all --ro-bind / / true`, which says why."
    )
