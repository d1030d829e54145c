"""The jail that Docker or Podman makes, where the system itself has none, as on a Mac. Read `command` first."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

ENGINES = ("podman", "docker")
IMAGE = "cloudlab-jail"
"""What it runs in: Python, and the packages that notebooks may use. The course comes from outside."""

RECIPE = "FROM python:3.13-slim\\nRUN pip install ipython simpy numpy matplotlib\\n"
MEMORY, PROCESSES = "4g", 128
SECONDS = 60.0
"""How long the engine may take to say whether the image is there."""


def engine() -> str:
    """The program that makes containers here, or ''."""
    return next((found for name in ENGINES if (found := shutil.which(name))), "")


def command(course: Path, program: str, environment: dict[str, str]) -> list[str]:
    """The command line of a container that runs this program of Python's; it sees the course's copy as /course."""
    given = [
        word for name, value in environment.items() if name != "PATH" for word in ("--env", f"{name}={value}")
    ]
    return [
        engine(), "run", "--rm", "--interactive", "--pull", "never", "--network", "none", "--read-only",
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", str(PROCESSES),
        "--memory", MEMORY, "--user", "65534:65534", "--workdir", "/", "--volume", f"{course}:/course:ro",
        *given, IMAGE, "python3", "-B", "-s", "-c", program,
    ]  # fmt: skip


@cache
def possible() -> bool:
    """Whether there is an engine, and the image."""
    return hasattr(os, "fork") and bool(engine()) and _has_image()


def _has_image() -> bool:
    try:
        asked = [engine(), "image", "inspect", IMAGE]
        return subprocess.run(asked, capture_output=True, timeout=SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def cure() -> str:
    """Why no container can be made here, and what to do."""
    if not hasattr(os, "fork"):
        return "on Windows, grade in WSL2, where bubblewrap works."
    if not engine():
        return "install Docker or Podman."
    name = Path(engine()).name
    if not _has_image():
        return f"make its image once: `printf '{RECIPE}' | {name} build -t {IMAGE} -`."
    return f"`{name} run --rm --network none {IMAGE} python3 -c 1` says why."
