"""A stand-in for Podman, for machines that have none: what it runs is shut in by bubblewrap as a container is.

As in a container that Podman makes with `--read-only`, there is a `/proc` with all processes of the container in it,
and some folders can be written to. What stands for the image is this machine's Python.
"""

import os
import sys
from pathlib import Path

from cloudlab.grading import jail

WRITABLE = ("/dev/shm", "/run", "/var/tmp")


def program(path: Path) -> Path:
    """A program at this path that takes Podman's words."""
    path.parent.mkdir(parents=True, exist_ok=True)
    here, course = Path(__file__).parent, Path(jail.cloudlab.__file__).parents[1]
    text = f"#!{sys.executable}\nimport sys\nsys.path[:0] = [{str(here)!r}, {str(course)!r}]\n"
    path.write_text(f"{text}import engine\nengine.run(sys.argv)\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def run(words: list[str]) -> None:
    """Be what is asked for: the image is there, and a container is bubblewrap with its program."""
    if words[1] == "image":
        sys.exit(0)
    course = words[words.index("--volume") + 1].removesuffix(":/course:ro")
    around = jail._bubblewrap(Path(course))
    at = around.index("--remount-ro")
    around[at:at] = [
        "--as-pid-1",
        "--proc",
        "/proc",
        *(word for name in WRITABLE for word in ("--tmpfs", name)),
    ]
    os.execvp(around[0], [*around, str(jail._python()), "-B", "-s", "-S", "-c", _inside(words[-1])])


def _inside(code: str) -> str:
    """The program of the container, with the packages of the image."""
    return f"import sys; sys.path += {[str(path) for path in jail._site_packages()]!r}; {code}"
