"""Open JupyterLab on a folder: on this machine only, with a token, without news from outside.

Read `open_lab` first. `under_hub` is the same for a JupyterHub, which sees to address, token and end.
"""

import importlib.util
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import quote

from cloudlab.shell import Fault, bootstrap, process, running, say

HOST = "127.0.0.1"
FIRST_PORT, LAST_PORT = 8888, 8987


def open_lab(
    folder: Path,
    *,
    first: str,
    port: int | None = None,
    browser: bool = True,
    opened: Callable[[], None] = lambda: None,
) -> int:
    """Open JupyterLab on `folder` at the file `first` and stay until it ends; returns its exit code.

    A folder that a running JupyterLab serves already is not served twice: its address is shown again.
    `opened` is called as soon as another start would find it open.
    """
    variables = settings(folder)
    if found := running.address_of_running(folder, variables.get("JUPYTER_RUNTIME_DIR")):
        opened()
        address, page = found
        say(f"{folder} is open already: {address}")
        if browser and has_browser() and page.is_file():
            webbrowser.open(page.as_uri())
        return 0
    if browser and not has_browser():
        say("no browser was found on this machine: open the address below yourself.")
        browser = False
    code = None
    while code is None:
        code = _serve(
            folder, first, free_port(port), browser, variables, opened=opened, may_fail=port is None
        )
    if code not in (0, 128 + 15):
        raise Fault(
            f"JupyterLab ended with code {code} (its own lines above say why): try {bootstrap.doctor_command()}."
        )
    return 0


def _serve(
    folder: Path,
    first: str,
    port: int,
    browser: bool,
    variables: dict[str, str],
    *,
    opened: Callable[[], None],
    may_fail: bool,
) -> int | None:
    """Run JupyterLab at `port`; its exit code, or None where another program took the port meanwhile."""
    token = secrets.token_hex(24)
    environment = {**os.environ, **variables, "JUPYTER_TOKEN": token}
    # -P: a file of the learner's that is called like a module of the standard library does no harm.
    command = [sys.executable, "-P", "-m", "jupyterlab"]
    command += arguments(folder, first, port, browser, runs_as_root())
    listened: list[int] = []

    def announce(child: subprocess.Popen) -> None:
        while child.poll() is None and not listened:
            if running.opens(f"http://{HOST}:{port}/", token):
                listened.append(port)
            else:
                time.sleep(0.1)
        if listened:
            opened()
            say(f"JupyterLab is open at http://{HOST}:{port}/lab/tree/{quote(first)}?token={token}")
            say("leave this window open; Ctrl-C here ends JupyterLab.")

    code = process.run(command, env=environment, started=announce)
    return None if code and may_fail and not listened and not is_free(port) else code


def must_be_of_a_hub() -> None:
    """Raise Fault where no JupyterHub started this process, or where this Python lacks its half of it."""
    if not os.environ.get("JUPYTERHUB_SERVICE_URL"):
        raise Fault(
            "--hub is for a JupyterHub, which starts this command: leave it out to open JupyterLab yourself."
        )
    if importlib.util.find_spec("jupyterhub") is None:
        raise Fault(
            f"jupyterhub is missing beside {sys.executable}: install there the version that the hub has."
        )


def under_hub(folder: Path, first: str) -> int:
    """Go on as the lab of a JupyterHub on `folder`, at the file `first`: this process becomes it.

    The hub says in variables where to listen and for whom, and may name another first page (`Spawner.default_url`).
    """
    variables = {**os.environ, **settings(folder), "JUPYTERHUB_ROOT_DIR": str(folder)}
    variables.setdefault("JUPYTERHUB_DEFAULT_URL", f"/lab/tree/{quote(first)}")
    command = [sys.executable, "-P", "-m", "jupyterhub.singleuser", *QUIET, *encrypted()]
    if runs_as_root():
        command.append("--allow-root")
    os.chdir(folder)
    os.execve(sys.executable, command, variables)


QUIET = (
    # No request leaves this machine: no news, no look for updates, no catalogue of extensions.
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


def encrypted() -> list[str]:
    """On a machine with several users nobody can listen in; without it each kernel prints a warning."""
    return ["--KernelManager.transport_encryption=auto"] if can_encrypt() else []


def arguments(folder: Path, first: str, port: int, browser: bool, as_root: bool) -> list[str]:
    """What JupyterLab is told on its command line."""
    words = [
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--Application.log_level=ERROR",
        f"--LabApp.default_url=/lab/tree/{quote(first)}",
        *QUIET,
        # One Ctrl-C ends it.
        "--JupyterApp.answer_yes=True",
        *encrypted(),
    ]
    if not browser:
        words.append("--no-browser")
    if as_root:
        words.append("--allow-root")
    return words


def can_encrypt() -> bool:
    """Whether what goes between JupyterLab and its kernels can be encrypted here."""
    import zmq

    return zmq.has("curve")


def settings(folder: Path) -> dict[str, str]:
    """Variables that make JupyterLab use this Python's kernel, and leave out its question about news.

    Where the home folder can't be written to, what Jupyter would keep there goes to `folder`.
    """
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    paths = [str(Path(__file__).parent / "jupyter"), *([others] if others else [])]
    found = {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths), "JUPYTER_PREFER_ENV_PATH": "1"}
    if not _home_can_be_written():
        names = (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "IPYTHONDIR",
            "MPLCONFIGDIR",
        )
        found |= {name: str(folder / ".cloudlab" / name.lower()) for name in names}
    return found


def _home_can_be_written() -> bool:
    """Whether Jupyter finds a place for what it keeps: settings, data, what runs."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

    try:
        for place in (jupyter_config_dir(), jupyter_data_dir(), jupyter_runtime_dir()):
            Path(place).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                pass
    except OSError:
        return False
    return True


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


@contextmanager
def leading_to(address: str) -> Iterator[str]:
    """The address of a page that leads there, as Jupyter's own does; '' where none can be written.

    What a program was started with is seen by all users of a machine, so a browser gets no address with a token.
    """
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    page = folder / f"cloudlab-{secrets.token_hex(4)}-open.html"
    text = (
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={escape(address)}">'
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f'{text}<title>cloudlab</title><a href="{escape(address)}">The class</a>')
    except OSError:
        yield ""
        return
    try:
        yield page.as_uri()
    finally:
        page.unlink(missing_ok=True)


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
