"""`cloudlab class live SHARED`: the teacher's view of a class at work, on a page that this machine serves to itself.

The server listens on this machine only, under an address that nobody can guess, and reads the shared folder; it writes
nothing but the folder `cloudlab-live` where that is missing. Read `serve_class` first.
"""

import errno
import os
import secrets
import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from cloudlab.grading import asked, live, live_page
from cloudlab.grading.live_page import Wish
from cloudlab.shell import Fault, joining, say, serve, workfolder

FRESH, PATIENCE = 0.5, 5.0
"""Seconds for which what was read of the folder is still told, and for which a page waits for it at most."""

MOST = 50
"""Connections that are open at most."""


def serve_class(
    folder: Path,
    wish: Wish,
    port: int | None = None,
    browser: bool = True,
    opened: Callable[[ThreadingHTTPServer, str], None] = lambda server, address: None,
) -> int:
    """Serve the view of the class in the shared `folder` until Ctrl-C; `opened` hears where. Raises Fault."""
    lessons = asked.lessons(workfolder.originals())
    if wish.lesson and wish.lesson not in {one.number for one in lessons}:
        there = ", ".join(one.number for one in lessons)
        raise Fault(f"--lesson is {wish.lesson!r:.20}, but must be one of {there}.")
    look = Look(_room(folder), lessons)
    token, nonce = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    if port is not None:
        serve.free_port(port)  # one that is busy is told in a sentence
    handler = partial(Handler, look, wish, token, nonce)
    with Server((serve.HOST, port or 0), handler) as server:
        address = f"http://{serve.HOST}:{server.server_address[1]}/{token}/"
        say(f"the class in {folder} is shown at {address}")
        say("leave this window open; Ctrl-C here ends it.")
        with suppress(KeyboardInterrupt), serve.leading_to(address) as page:
            if page and browser and serve.has_browser():
                threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()
            opened(server, address)
            server.serve_forever(0.2)
    return 0


def _room(folder: Path) -> Path:
    """The folder of the learners' files, made where it is missing. Raises Fault."""
    if not folder.is_dir():
        raise Fault(f"there is no folder {folder}: name the one that the class shares.")
    if (folder / "salt.txt").is_file():
        raise Fault(
            f"{folder} is your own folder of a class, with the secret of its grading: "
            "name the one that learners share."
        )
    try:
        return joining.made(Path(os.path.abspath(folder)))
    except OSError as error:
        raise Fault(f"{folder} can't be written to ({(error.strerror or str(error)).lower()}).") from None


class Look:
    """What the folder holds, read at most once in `FRESH` seconds however many pages ask.

    It is read in a thread, so that a network drive that hangs is told, and no page waits for it.
    """

    def __init__(self, folder: Path, lessons: list[asked.Asked], patience: float = PATIENCE):
        self.folder, self.lessons, self.patience = folder, lessons, patience
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()
        self._read: tuple[list[live.Learner], list[str]] = ([], [])
        self._trouble = ""
        self._again = 0.0

    def parts(self, wish: Wish) -> dict[str, str]:
        """The parts of the page now, or {"trouble": a sentence} where the folder can't be read."""
        with self._lock:
            if self._done.is_set() and time.monotonic() >= self._again:
                self._done.clear()
                threading.Thread(target=self._look, daemon=True).start()
        if not self._done.wait(self.patience):
            return {"trouble": f"{self.folder} doesn't answer; it is tried again."}
        found, skipped = self._read
        if self._trouble:
            return {"trouble": self._trouble}
        return live_page.parts(found, skipped, self.lessons, wish, time.time())

    def _look(self) -> None:
        """Read the folder. The longer that takes the longer it is left alone afterwards."""
        begun, trouble = time.monotonic(), ""
        try:
            if not self.folder.parent.is_dir():
                raise FileNotFoundError(errno.ENOENT, "its folder is gone")
            self._read = live.learners(self.folder, time.time())
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            trouble = f"{self.folder} can't be read ({why}); it is tried again."
        finally:
            self._trouble = trouble
            ended = time.monotonic()
            self._again = ended + max(FRESH, ended - begun)
            self._done.set()


class Server(ThreadingHTTPServer):
    """A server that ends at once when it is told to, and looks up nobody's name."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, *given):
        self._open: dict[socket.socket, None] = {}
        self._lock = threading.Lock()
        super().__init__(*given)

    def process_request(self, request, client_address) -> None:
        """Answer in a thread. Of more than `MOST` that are open the oldest ends: many slow ones keep nobody out."""
        with self._lock:
            self._open[request] = None
            if len(self._open) > MOST:
                oldest = next(iter(self._open))
                del self._open[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        """Forget what has ended."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def server_bind(self) -> None:
        """As the plain server does, without asking the network who this machine is."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = serve.HOST, self.server_address[1]

    def handle_error(self, request: socket.socket | tuple, client_address) -> None:
        """A page that was closed in the middle of an answer is no fault."""


class Handler(BaseHTTPRequestHandler):
    """Answers those who know the token, and who ask this machine by its own number."""

    timeout = 30
    server_version, sys_version = "cloudlab", ""

    def __init__(self, look: Look, wish: Wish, token: str, nonce: str, *given):
        self.look, self.wish, self.token, self.nonce = look, wish, token, nonce
        super().__init__(*given)

    def do_GET(self) -> None:
        """The page, or its parts as JSON."""
        place, _, query = self.path.partition("?")
        _, _, port = self.headers.get("Host", "").rpartition(":")
        own = self.headers.get("Host") in (f"{serve.HOST}:{port}", f"localhost:{port}")
        if not own or port != str(self.connection.getsockname()[1]):
            self._answer(403, "text/plain", b"This page belongs to another machine.")
        elif place == f"/{self.token}/":
            page = live_page.page(self.look.lessons, self.wish, self.nonce)
            self._answer(200, "text/html", page.encode("utf-8"))
        elif place == f"/{self.token}/parts":
            given = parse_qs(query)
            lesson, part = (given.get(name, [""])[0] for name in ("lesson", "part"))
            wish = Wish(lesson, part, given.get("names") == ["1"], given.get("results") == ["1"])
            self._answer(200, "application/json", live_page.as_json(self.look.parts(wish)))
        else:
            self._answer(404, "text/plain", b"There is nothing here.")

    def _answer(self, code: int, kind: str, content: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", live_page.rule(self.nonce))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Nothing: the window shows the address, and not who looked."""
