"""A JupyterLab that runs already: which one serves a folder, and whether its token still opens it.

Each server leaves a file that says where it listens, and the file stays when the server is killed. Then any other
program may sit at that port. So a file is believed when its process lives and its token opens the server. Read
`address_of_running` first.
"""

import http.client
import json
import threading
import urllib.request
from pathlib import Path

from cloudlab.shell import read_json

PATIENCE = 2.0
"""Seconds that a port may take to answer, whatever sits there."""

LONGEST = 100_000
"""Bytes that are read of an answer: what sits there may send without end."""


def address_of_running(folder: Path, runtime: str | None = None) -> tuple[str, Path] | None:
    """(the address with token of a JupyterLab that serves `folder` now, its own page that leads there), or None.

    `runtime` is the folder of what servers say of themselves: Jupyter's own unless given.
    """
    from jupyter_core.paths import jupyter_runtime_dir
    from jupyter_server.utils import check_pid

    for file in sorted(Path(runtime or jupyter_runtime_dir()).glob("jpserver-*.json")):
        server = read_json(file)
        try:
            url, token, pid = str(server["url"]), str(server["token"]), int(server["pid"])
            here = Path(server["root_dir"]).resolve() == folder.resolve()
            if here and pid > 0 and check_pid(pid) and opens(url, token):
                return f"{url}lab?token={token}", file.with_name(f"jpserver-{pid}-open.html")
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            continue  # the file of something else
    return None


def opens(url: str, token: str) -> bool:
    """Whether a Jupyter server answers at `url` and lets `token` in; known after `PATIENCE` seconds."""
    opened: list[bool] = []
    thread = threading.Thread(target=lambda: opened.append(_asked(url, token)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return opened == [True]


def _asked(url: str, token: str) -> bool:
    """What the server says about itself to those that it lets in."""
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(f"{url}api/status", headers={"Authorization": f"token {token}"})
        with without_proxy.open(request, timeout=PATIENCE) as answer:
            return answer.status == 200 and "started" in json.loads(answer.read(LONGEST))
    except (OSError, ValueError, TypeError, RecursionError, http.client.HTTPException):
        return False
