"""A real JupyterLab for the tests: started by `cloudlab start` in an empty folder, on this machine only.

    with running_lab(folder) as lab:
        ...  # lab.address("01_autoscaling_limits.ipynb") opens that lesson

The settings, the kernels' files and the answers of the person at this machine are neither used nor touched.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from places import ROOT

from cloudlab.shell import bootstrap, serve

PATIENCE = 600
"""Seconds that a JupyterLab may take to start, or to end."""


EXPOSED = '{"LabApp": {"expose_app_in_browser": true}}'
"""Lets a test ask JupyterLab itself to open a notebook."""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its folder of lessons, its port and its token."""

    folder: Path
    port: int
    token: str

    def address(self, notebook: str) -> str:
        """The page of `notebook`, in a workspace that remembers nothing."""
        return f"http://{serve.HOST}:{self.port}/lab/tree/{quote(notebook)}?reset&token={self.token}"

    @property
    def home(self) -> str:
        """The page of no notebook, in a workspace that remembers nothing."""
        return f"http://{serve.HOST}:{self.port}/lab?reset&token={self.token}"

    def call(self, method: str, path: str) -> str:
        """What JupyterLab's own interface answers."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        headers = {"Authorization": f"token {self.token}"}
        url = f"http://{serve.HOST}:{self.port}/{path}"
        asked = urllib.request.Request(url, method=method, headers=headers)
        with direct.open(asked, timeout=PATIENCE) as answer:
            return answer.read().decode("utf-8")


@contextlib.contextmanager
def running_lab(scratch: Path):
    """Lay the lessons out in `scratch`/lessons and serve them until the block ends."""
    folder, port = scratch / "lessons", free_port()
    (scratch / "config").mkdir(parents=True, exist_ok=True)
    (scratch / "config" / "jupyter_lab_config.json").write_text(EXPOSED, encoding="utf-8")
    command = [sys.executable, "-m", "cloudlab", "start", str(folder), "--no-browser", "--port", str(port)]
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    with subprocess.Popen(command, cwd=ROOT, env=environment(scratch), **told) as process:
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        try:
            lab = Lab(folder, port, token_in(process.stdout))
        finally:
            watchdog.cancel()
        threading.Thread(target=process.stdout.read, daemon=True).start()  # else a full pipe would stop it
        try:
            yield lab
        finally:
            try:
                lab.call("POST", "api/shutdown")  # ends kernels and server, in the same way on every system
                process.wait(PATIENCE)
            finally:
                process.kill()


def environment(scratch: Path) -> dict[str, str]:
    """Variables that keep everything that Jupyter and the course write inside `scratch`."""
    mine = {"RUNTIME_DIR": "runtime", "CONFIG_DIR": "config", "DATA_DIR": "data"}
    lab = {"SETTINGS_DIR": "settings", "WORKSPACES_DIR": "workspaces"}
    variables = {key: value for key, value in os.environ.items() if key != "CLOUDLAB_STATE"}
    variables |= {f"JUPYTER_{name}": str(scratch / part) for name, part in mine.items()}
    variables |= {f"JUPYTERLAB_{name}": str(scratch / part) for name, part in lab.items()}
    return {
        **variables,
        "IPYTHONDIR": str(scratch / "ipython"),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        bootstrap.INSIDE: "1",  # the Python that runs the tests has all packages
    }


def token_in(lines) -> str:
    """The token in what `cloudlab start` says; raises RuntimeError with all it said if there is none."""
    said = []
    for line in lines:
        said.append(line)
        if found := re.search(r"JupyterLab is open at http://\S+\?token=(\w+)", line):
            return found[1]
    raise RuntimeError("JupyterLab did not start: " + "".join(said))


def free_port() -> int:
    """A port where nothing listens."""
    with socket.socket() as probe:
        probe.bind((serve.HOST, 0))
        return probe.getsockname()[1]
