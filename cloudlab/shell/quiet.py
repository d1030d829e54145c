"""Runs a lesson where no address but this machine's own can be reached, and tells whether it asked for another.

    python -m cloudlab.shell.quiet notebooks/00_start_here.ipynb

prints JSON: what was asked for, and the fault that stopped the lesson, if any. Read `main` first.
"""

import contextlib
import ipaddress
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ASKING = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
"""What Python does when a program asks a network for something, and which argument holds the address."""


def asked(lesson: Path) -> tuple[list[str], str]:
    """(addresses that a lesson asked for, the fault that stopped it or '') when it is run by this Python."""
    with tempfile.TemporaryDirectory(prefix="cloudlab-quiet-") as scratch:
        mine = {"CLOUDLAB_STATE": scratch, "IPYTHONDIR": scratch, "PYTHONUTF8": "1"}
        command = [sys.executable, "-P", "-m", "cloudlab.shell.quiet", str(lesson.absolute())]
        done = subprocess.run(
            command, cwd=scratch, env={**os.environ, **mine}, capture_output=True, encoding="utf-8"
        )
    try:
        told = json.loads(done.stdout.splitlines()[-1])
        return told["asked"], told["fault"]
    except (ValueError, IndexError, KeyError):
        return [], (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]


def is_here(address) -> bool:
    """Whether an address, or a host's name, is this machine's own."""
    host = address[0] if isinstance(address, tuple) and address else address
    if host is None or isinstance(host, (bytes, int)) or host in ("", "localhost"):
        return True  # a file of this system, or nobody in particular
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return str(host).startswith("/")


def main(path: str) -> None:
    """Run the lesson, and print what it asked for."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    found: dict[str, None] = {}

    def listen(event: str, given: tuple) -> None:
        place = ASKING.get(event)
        if place is not None and not is_here(given[place]):
            found[str(given[place])] = None
            raise OSError(101, "there is no network here")

    sys.addaudithook(listen)
    fault = ""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        for cell in cells:
            if cell["cell_type"] == "code" and not fault:
                ran = shell.run_cell("".join(cell["source"]))
                error = ran.error_before_exec or ran.error_in_exec
                fault = f"{type(error).__name__} in the cell {cell.get('id', '')}" if error else ""
    print(json.dumps({"asked": list(found), "fault": fault}))


if __name__ == "__main__":
    main(sys.argv[1])
