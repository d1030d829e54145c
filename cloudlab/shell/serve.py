"""Open JupyterLab on a folder: on this machine only, with a token, without news from outside.

Read `open_lab` first.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from pathlib import Path
from urllib.parse import quote

from cloudlab.shell import Fault, process, say

HOST = "127.0.0.1"
FIRST_PORT, LAST_PORT = 8888, 8987


def open_lab(folder: Path, *, first: str, port: int | None = None, browser: bool = True) -> int:
    """Open JupyterLab on `folder` at the file `first` and stay until it ends; returns its exit code.

    A folder that a running JupyterLab serves already is not served twice: its address is shown again.
    """
    if running := address_of_running(folder):
        say(f"{folder} is open already: {running}")
        if browser and has_browser():
            webbrowser.open(running)
        return 0
    port = free_port(port)
    if browser and not has_browser():
        say("no browser was found on this machine: open the address below yourself.")
        browser = False
    token = secrets.token_hex(24)
    environment = {**os.environ, **settings(), "JUPYTER_TOKEN": token}
    command = [sys.executable, "-m", "jupyterlab", *arguments(folder, first, port, browser, runs_as_root())]
    address = f"http://{HOST}:{port}/lab/tree/{quote(first)}?token={token}"
    code = process.run(command, env=environment, started=lambda child: _announce(child, port, address))
    if code not in (0, 128 + 15):
        raise Fault(
            f"JupyterLab ended with code {code} (its own lines above say why): try `cloudlab doctor`."
        )
    return 0


def arguments(folder: Path, first: str, port: int, browser: bool, as_root: bool) -> list[str]:
    """What JupyterLab is told on its command line."""
    words = [
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--Application.log_level=ERROR",
        f"--LabApp.default_url=/lab/tree/{quote(first)}",
        # No request leaves this machine: no news, no look for updates, no catalogue of extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # One Ctrl-C ends it.
        "--JupyterApp.answer_yes=True",
    ]
    if can_encrypt():
        # On a machine with several users nobody can listen in; without it each kernel prints a warning.
        words.append("--KernelManager.transport_encryption=auto")
    if not browser:
        words.append("--no-browser")
    if as_root:
        words.append("--allow-root")
    return words


def can_encrypt() -> bool:
    """Whether what goes between JupyterLab and its kernels can be encrypted here."""
    import zmq

    return zmq.has("curve")


def settings() -> dict[str, str]:
    """Variables that make JupyterLab use this Python's kernel, and leave out its question about news."""
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    paths = [str(Path(__file__).parent / "jupyter"), *([others] if others else [])]
    return {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths), "JUPYTER_PREFER_ENV_PATH": "1"}


def runs_as_root() -> bool:
    """Whether this is the system's root, as in containers; JupyterLab wants to be told that this is meant."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def has_browser() -> bool:
    """Whether Python can open a browser here."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


# --- ports ------------------------------------------------------------------------------------------------


def free_port(wanted: int | None) -> int:
    """The wanted port, or the first free one from 8888; raises Fault when there is none."""
    if wanted is not None:
        if not is_free(wanted):
            raise Fault(
                f"port {wanted} is busy: choose another with --port, or leave --port out to get a free one."
            )
        return wanted
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if is_free(port):
            return port
    raise Fault(f"all ports from {FIRST_PORT} to {LAST_PORT} are busy: choose another with --port.")


def is_free(port: int, os_name: str = os.name) -> bool:
    """Whether a server could listen on `port` of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if (
            os_name != "nt"
        ):  # there this option would let two servers share a port; elsewhere it skips the cool-down
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _announce(child: subprocess.Popen, port: int, address: str) -> None:
    """Wait until JupyterLab listens, then say where."""
    while child.poll() is None:
        try:
            with socket.create_connection((HOST, port), timeout=1):
                break
        except OSError:
            time.sleep(0.1)
    else:
        return
    say(f"JupyterLab is open at {address}")
    say("leave this window open; Ctrl-C here ends JupyterLab.")


# --- a server that runs already ---------------------------------------------------------------------------


def address_of_running(folder: Path) -> str | None:
    """The address with token of a JupyterLab that serves `folder` now, or None."""
    from jupyter_core.paths import jupyter_runtime_dir

    for file in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            server = json.loads(file.read_text(encoding="utf-8"))
            if Path(server["root_dir"]).resolve() == folder.resolve() and _answers(server["url"]):
                return f"{server['url']}lab?token={server['token']}"
        except (OSError, ValueError, KeyError, TypeError):
            continue  # the file of a server that went away, or of something else
    return None


def _answers(url: str) -> bool:
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with without_proxy.open(url + "api", timeout=3) as answer:
        return answer.status == 200
