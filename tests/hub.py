"""A JupyterHub as docs/teaching/jupyterhub.md sets it up, with real users of the system, in a room of its own.

The room is made by bubblewrap, as root: all of the machine can be read in it, nothing can be written. /etc is a copy,
and /home, /opt, /srv, /tmp and /var/tmp are new and empty. So users can be added, sign in by PAM, and own processes and
files; and nothing of them is left when the room is gone, which is when the process that made it ends, however it ends.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

from places import ROOT

PAGE = ROOT / "docs" / "teaching" / "jupyterhub.md"
MODULES = ROOT / "tools" / "hub" / "node_modules"
NEW = ("/home", "/opt", "/srv", "/tmp", "/var/tmp", "/root")
PATIENCE = 300
"""Seconds that anything may take on a slow machine."""


def lines_of(mark: str) -> list[str]:
    """The lines that the page tells to type below a mark."""
    after = PAGE.read_text(encoding="utf-8").partition(f"<!-- {mark}")[2]
    return after.partition("```\n")[2].partition("```")[0].splitlines()


def room(etc: Path) -> list[str]:
    """Everything up to the program that runs in a room of its own, whose /etc is the folder `etc`."""
    python = Path(os.path.realpath(sys.executable))
    bound = {path: path for path in (ROOT, Path(os.path.realpath(sys.base_prefix)), python.parent.parent)}
    bound |= {Path(sys.prefix): Path("/opt/cloudlab"), MODULES: Path("/opt/cloudlab-proxy/node_modules")}
    closed = {str(Path(*path.parts[:2])) for path in bound if not _open(path)}
    words = ["bwrap", "--die-with-parent", "--unshare-pid", "--cap-add", "ALL", "--ro-bind", "/", "/"]
    words += ["--dev-bind", "/dev", "/dev", "--proc", "/proc", "--bind", str(etc), "/etc"]
    new = sorted({*NEW, *closed})
    for name in new:
        words += ["--perms", "1777" if name.endswith("tmp") else "0755", "--tmpfs", name]
    for path, there in bound.items():
        if any(there.is_relative_to(name) for name in new):
            for parent in reversed(there.parents[:-2]):  # open to all users, wherever this clone lies
                words += ["--perms", "0755", "--dir", str(parent)]
            words += ["--ro-bind", str(path), str(there)]
    return [*words, "--chdir", str(ROOT), "--"]


def _open(path: Path) -> bool:
    """Whether any user of this machine can reach a folder."""
    return all(one.stat().st_mode & 0o001 for one in (path, *path.parents))


def free_ports(count: int) -> list[int]:
    """Ports of this machine where nobody listens."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _answers(port: int) -> bool:
    """Whether a hub is there: through its proxy, so both are."""
    import requests

    try:
        return requests.get(f"http://127.0.0.1:{port}/hub/health", timeout=5, proxies={"http": ""}).ok
    except requests.RequestException:
        return False


@contextmanager
def running_hub(folder: Path, people: dict[str, str]):
    """The address of a hub for these people with their passwords, while the block runs; `folder` has its log."""
    etc = folder / "etc"
    shutil.copytree(
        "/etc", etc, symlinks=True, ignore=lambda place, names: [n for n in names if n.endswith(".lock")]
    )
    public, inner, api = free_ports(3)
    typed = [*lines_of("set-up"), *lines_of("users")]
    start = [
        "/opt/cloudlab/bin/python", "-m", "jupyterhub", "-f", "/srv/cloudlab/hub/jupyterhub_config.py",
        f"--JupyterHub.bind_url=http://127.0.0.1:{public}", f"--JupyterHub.hub_bind_url=http://127.0.0.1:{inner}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}",
    ]  # fmt: skip
    passwords = "".join(f"{name}:{word}\n" for name, word in people.items())
    script = ["set -e", *typed, f"chpasswd <<'END'\n{passwords}END", f"exec {shlex.join(start)}"]
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/root"}
    log = folder / "hub.log"
    with open(log, "wb") as out:
        hub = subprocess.Popen(
            [*room(etc), "bash", "-c", "\n".join(script)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=variables,
        )  # fmt: skip
        try:
            until(lambda: _answers(public) or hub.poll() is not None, "the hub doesn't start")
            assert hub.poll() is None, log.read_text(encoding="utf-8")[-2000:]
            yield f"127.0.0.1:{public}"
        finally:
            hub.kill()  # its room, and all that runs in it, goes with it
            hub.wait()
            until(lambda: not _answers(public), "the hub doesn't end")
            shutil.rmtree(etc)  # it holds this machine's secrets, too


def until(does, told: str) -> None:
    """Wait until `does` is true."""
    ends = time.monotonic() + PATIENCE
    while not does():
        assert time.monotonic() < ends, told
        time.sleep(1)


class Person:
    """Somebody who signs in at a hub with a name and a password, and works in their lab."""

    def __init__(self, address: str, name: str, password: str):
        import requests

        self.address, self.name = address, name
        self.session = requests.Session()
        self.session.trust_env = False
        self._sign_in(password)

    def _sign_in(self, password: str) -> None:
        page = self.session.get(f"http://{self.address}/hub/login", timeout=PATIENCE)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
        form = {"username": self.name, "password": password, "_xsrf": xsrf}
        told = self.session.post(
            f"http://{self.address}/hub/login", data=form, timeout=PATIENCE, allow_redirects=False
        )
        self.signed_in = told.status_code == 302
        if self.signed_in:
            xsrf = self.session.cookies.get("_xsrf", path="/hub/")
            made = self.session.post(
                f"http://{self.address}/hub/api/users/{self.name}/tokens",
                headers={"X-XSRFToken": xsrf, "Referer": f"http://{self.address}/hub/token"}, timeout=PATIENCE,
            )  # fmt: skip
            made.raise_for_status()
            self.session.cookies.clear()
            self.session.headers["Authorization"] = f"token {made.json()['token']}"

    def asks(self, method: str, path: str, **more):
        """The answer to a request to the hub or to a lab, as `path` says."""
        return self.session.request(method, f"http://{self.address}/{path}", timeout=PATIENCE, **more)

    def asks_for_a_lab(self) -> None:
        told = self.asks("POST", f"hub/api/users/{self.name}/server")
        assert told.status_code in (201, 202), told.text

    def waits_for_it(self) -> None:
        def ready() -> bool:
            about = self.asks("GET", f"hub/api/users/{self.name}").json()
            return about["servers"].get("", {}).get("ready", False)

        until(ready, f"the lab of {self.name} doesn't start")

    def reads(self, path: str) -> dict:
        """A file of the lab's folder, as Jupyter tells of it."""
        found = self.asks("GET", f"user/{self.name}/api/contents/{path}")
        found.raise_for_status()
        return found.json()

    def writes(self, path: str, kind: str, content) -> None:
        """Save a file in the lab's folder."""
        about = {"type": kind, "format": "json" if kind == "notebook" else "text", "content": content}
        self.asks("PUT", f"user/{self.name}/api/contents/{path}", json=about).raise_for_status()

    def kernel(self) -> "Wire":
        """A new kernel of the lab."""
        made = self.asks("POST", f"user/{self.name}/api/kernels", json={"name": "python3"})
        made.raise_for_status()
        place = f"{self.address}/user/{self.name}/api/kernels/{made.json()['id']}/channels"
        return Wire(place, self.session.headers["Authorization"].removeprefix("token "))


class Wire:
    """A wire to a kernel: called with a cell it runs it, and returns all that was printed."""

    def __init__(self, place: str, token: str):
        import websocket

        header = [f"Authorization: token {token}"]
        told = {"timeout": PATIENCE, "http_no_proxy": ["127.0.0.1"]}
        self.wire = websocket.create_connection(f"ws://{place}", header=header, **told)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.wire.close()

    def __call__(self, code: str) -> str:
        number = uuid.uuid4().hex
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
        }
        head = {
            "msg_id": number,
            "msg_type": "execute_request",
            "session": "test",
            "username": "",
            "version": "5.3",
        }
        asked = {"header": head, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.wire.send(json.dumps(asked))
        printed = []
        while True:
            said = self.wire.recv()
            if isinstance(said, bytes):
                continue  # a widget's columns
            told = json.loads(said)
            if told["parent_header"].get("msg_id") != number:
                continue
            kind, content = told["msg_type"], told["content"]
            if kind == "stream":
                printed.append(content["text"])
            elif kind == "error":
                printed.append(f"{content['ename']}: {content['evalue']}")
            elif kind in ("execute_result", "display_data"):
                printed.append(content["data"].get("text/plain", ""))
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(printed)
