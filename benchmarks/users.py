"""What a learner's lab takes of a machine: memory of JupyterLab, of a kernel, and of one that has run a lesson.

A JupyterLab is started as `cloudlab start` does, and the cells of a lesson are run in a kernel of it, as on a hub.
Memory is counted as the system shares it out (PSS on Linux, else what is a process's own), so that what many labs of
one machine share counts once for all of them together. Read `weights` first.
"""

import json
import sys
import tempfile
from pathlib import Path

from benchmarks import browser
from benchmarks.table import Report, goal, not_measured, table

LESSONS = ("01_autoscaling_limits.ipynb", "11_whole_shop.ipynb")
MOST = 500e6
LABEL = "bytes of a learner: JupyterLab, and a kernel that has run lesson 11"


def report(lessons: tuple[str, ...] = LESSONS) -> Report:
    """A lab, a kernel, and each lesson in a kernel of its own."""
    try:
        rows = weights(lessons)
    except ModuleNotFoundError as error:
        told = f"{error.name} is not installed: install the extras `test` and `benchmarks`."
        return Report(told, [not_measured(LABEL, f"≤ {MOST:g}")])
    lab = rows["JupyterLab, a page asked for"]
    shown = [
        [name, *(f"{part / 2**20:.0f}" for part in size[:2]), f"{size[2]:.1f}"] for name, size in rows.items()
    ]
    last = rows[f"a kernel, {lessons[-1].removesuffix('.ipynb')} run"]
    goals = [goal(LABEL, lab[0] + last[0], "{:.3g}", at_most=MOST)]
    return Report(table(["process", "MiB", "MiB at most", "CPU s"], shown), goals)


def weights(lessons: tuple[str, ...]) -> dict[str, tuple[float, float, float]]:
    """{process: (bytes, bytes at most so far, CPU seconds so far)}."""
    sys.path.insert(0, browser.TESTS)
    import psutil
    from hub import Wire
    from lab import running_lab

    found = {}
    with tempfile.TemporaryDirectory() as place, running_lab(Path(place)) as lab:
        lab.call("GET", "lab")
        (server,) = (
            one for one in psutil.Process().children() if f"--port {lab.port}" in " ".join(one.cmdline())
        )
        jupyter = max([server, *server.children(recursive=True)], key=lambda one: one.memory_info().rss)
        found["JupyterLab, a page asked for"] = size_of(jupyter)
        for lesson in ("", *lessons):
            number = json.loads(lab.call("POST", "api/kernels"))["id"]
            with Wire(f"127.0.0.1:{lab.port}/api/kernels/{number}/channels", lab.token) as run:
                run("import os; print(os.getpid())")
                kernel = psutil.Process(int(run("print(os.getpid())")))
                for source in cells(lab.folder / lesson) if lesson else ():
                    run(source)
                told = f"{Path(lesson).stem} run" if lesson else "nothing run"
                found[f"a kernel, {told}"] = size_of(kernel)
            lab.call("DELETE", f"api/kernels/{number}")
        found["JupyterLab, after them"] = size_of(jupyter)
    return found


def cells(notebook: Path) -> list[str]:
    """The code of a lesson, cell by cell."""
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def size_of(process) -> tuple[float, float, float]:
    """(bytes, bytes at most so far, CPU seconds) of a process."""
    memory, times = process.memory_full_info(), process.cpu_times()
    size = getattr(memory, "pss", memory.uss)
    return size, max(size, highest(process.pid, memory.rss)), times.user + times.system


def highest(pid: int, now: int) -> int:
    """The most bytes that a process held so far, as Linux knows; elsewhere what it holds now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return now
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
