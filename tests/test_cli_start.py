"""`cloudlab start`: a real JupyterLab on this machine only, and a sentence for what stands in its way."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from places import ROOT

from cloudlab.shell import Fault, lock, serve, workfolder
from cloudlab.shell.running import PATIENCE, address_of_running

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    """An empty folder for what running Jupyter servers write about themselves."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    return folder


@pytest.fixture
def busy():
    """A port where something listens."""
    with socket.socket() as other:
        other.bind((serve.HOST, 0))
        other.listen(1)
        yield other.getsockname()[1]


@pytest.fixture
def api():
    """The port of a server that answers `/api/status` as Jupyter's does: to those who know its token, abc."""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self):
            allowed = self.path == "/api" or self.headers["Authorization"] == "token abc"
            self.send_response(200 if allowed else 403)
            self.end_headers()
            self.wfile.write(b'{"started": "2026-11-30T14:00:00Z"}' if allowed else b"{}")

        def log_message(self, *_):
            pass

    with HTTPServer((serve.HOST, 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(params=[b"", b"hello\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def dripping(request):
    """A port that takes each caller, says something that ends nothing, and then a space now and then."""
    ended = threading.Event()

    def drip(caller):
        with contextlib.suppress(OSError), caller:
            caller.sendall(request.param)
            while not ended.wait(0.3):
                caller.sendall(b" ")

    def take():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server((serve.HOST, 0)) as listening:
        threading.Thread(target=take, daemon=True).start()
        yield listening.getsockname()[1]
        ended.set()


def test_jupyterlab_is_told_to_stay_on_this_machine():
    words = serve.arguments(Path("a folder"), "01_x.ipynb", 8888, browser=True, as_root=False)
    assert "--ServerApp.ip=127.0.0.1" in words
    assert "--LabApp.news_url=None" in words
    assert "--ServerApp.root_dir=a folder" in words
    assert "--no-browser" not in words and "--allow-root" not in words


def test_the_settings_of_others_are_kept(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    ours, theirs = serve.settings(Path("f"))["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert theirs == "theirs"
    page = json.loads((Path(ours) / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    assert page["disabledExtensions"] == {"@jupyterlab/apputils-extension:announcements": True}


def test_without_a_home_to_write_to_jupyter_keeps_its_things_in_the_folder(tmp_path, monkeypatch):
    assert "JUPYTER_DATA_DIR" not in serve.settings(tmp_path)
    (tmp_path / "a file").write_bytes(b"")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "a file" / "jupyter"))
    assert Path(serve.settings(tmp_path)["JUPYTER_DATA_DIR"]).parent == tmp_path / ".cloudlab"


def test_only_the_systems_root_says_so():
    assert "--allow-root" in serve.arguments(Path("f"), "", 8888, browser=False, as_root=True)
    assert serve.runs_as_root() == (os.name != "nt" and os.geteuid() == 0)


def test_a_busy_port_is_one_sentence(busy):
    with pytest.raises(Fault, match=f"port {busy} is busy: choose another with --port, or leave --port out"):
        serve.free_port(busy)


def test_without_a_wish_the_first_free_port_is_taken(busy, monkeypatch):
    monkeypatch.setattr(serve, "FIRST_PORT", busy)
    monkeypatch.setattr(serve, "LAST_PORT", busy)
    with pytest.raises(Fault, match=f"all ports from {busy} to {busy} are busy"):
        serve.free_port(None)
    monkeypatch.setattr(serve, "LAST_PORT", busy + 50)
    assert busy < serve.free_port(None) <= busy + 50


def test_a_free_port_is_free():
    with socket.socket() as other:
        other.bind((serve.HOST, 0))
        port = other.getsockname()[1]
    assert serve.free_port(port) == port


def test_a_running_server_is_found_by_its_folder(runtime, tmp_path, api):
    leave(runtime, tmp_path, api)
    page = runtime / f"jpserver-{os.getpid()}-open.html"
    assert address_of_running(tmp_path) == (f"http://127.0.0.1:{api}/lab?token=abc", page)
    assert address_of_running(tmp_path / "other") is None


def leave(runtime: Path, folder: Path, port: int, **more) -> None:
    """The file that a server of `folder` at `port` leaves; its process is this one unless told."""
    server = {"root_dir": str(folder), "url": f"http://127.0.0.1:{port}/", "token": "abc", "pid": os.getpid()}
    (runtime / "jpserver-1.json").write_text(json.dumps(server | more), encoding="utf-8")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", "NaN", "[" * 100_000, '{"pid": 1}', "\ud800"])
def test_the_file_of_something_else_is_no_server(runtime, tmp_path, text):
    (runtime / "jpserver-2.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    assert address_of_running(tmp_path) is None


@pytest.mark.parametrize("pid", [0, -1, 10**30, "x", None, [], float("nan"), float("inf")])
def test_a_server_whose_process_is_no_number_of_one_is_no_server(runtime, tmp_path, api, pid):
    leave(runtime, tmp_path, api, pid=pid)
    assert address_of_running(tmp_path) is None


@pytest.mark.parametrize(
    "url", ["http://[", "http://a b/", "nonsense", "file:///", "http://127.0.0.1:99999/", ""]
)
def test_an_address_that_is_none_is_no_server_and_no_error(runtime, tmp_path, url, capfd):
    leave(runtime, tmp_path, 9, url=url)
    assert address_of_running(tmp_path) is None
    assert capfd.readouterr().err == ""


def test_a_server_whose_process_has_ended_is_no_server_although_another_answers_there(runtime, tmp_path, api):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    leave(runtime, tmp_path, api, pid=ended.pid)
    assert address_of_running(tmp_path) is None


def test_a_server_that_its_token_does_not_open_is_no_server(runtime, tmp_path, api, busy):
    leave(runtime, tmp_path, api, token="of an earlier one")
    assert address_of_running(tmp_path) is None
    leave(runtime, tmp_path, 9)
    assert address_of_running(tmp_path) is None


def test_an_answer_without_end_is_not_read_on(runtime, tmp_path):
    """Once it was read in the background for as long as the lab ran, into memory."""
    hung_up = threading.Event()

    def pour(listening):
        caller, _ = listening.accept()
        with contextlib.suppress(OSError), caller:
            caller.recv(1000)
            caller.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"started": "')
            while True:
                caller.sendall(b"x" * 10_000)
        hung_up.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=pour, args=(listening,), daemon=True).start()
        leave(runtime, tmp_path, listening.getsockname()[1])
        assert address_of_running(tmp_path) is None
        assert hung_up.wait(2 * PATIENCE)


def test_a_port_that_speaks_something_else_or_drips_costs_two_seconds_at_most(runtime, tmp_path, dripping):
    leave(runtime, tmp_path, dripping)
    began = time.monotonic()
    assert address_of_running(tmp_path) is None
    assert time.monotonic() - began < 2 * PATIENCE


def test_without_a_browser_python_says_so(monkeypatch):
    def none(using=None):
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert not serve.has_browser()


def test_the_course_opens_and_a_second_start_finds_it(tmp_path):
    """Each opens a browser, and what that is started with holds no token: other users of a machine see it."""
    folder, started = tmp_path / "my lessons é", tmp_path / "started"
    (tmp_path / "browser.py").write_text(
        f"import sys\nopen({str(started)!r}, 'a').write(sys.argv[1] + chr(10))", encoding="utf-8"
    )
    browser = f"{Path(sys.executable).as_posix()} {(tmp_path / 'browser.py').as_posix()} %s"
    command = [sys.executable, "-m", "cloudlab", "start", str(folder)]
    variables = {**os.environ, "PYTHONUTF8": "1", "BROWSER": browser}
    options = {"cwd": ROOT, "encoding": "utf-8", "env": variables}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options) as first:
        address, said = read_address(first)
        base, token = address.split("lab/tree/")[0], address.split("token=")[1]
        try:
            assert f"cloudlab: your lessons are in {folder}." in said
            assert base.startswith("http://127.0.0.1:")
            assert DIRECT.open(address, timeout=300).status == 200
            listing = json.load(DIRECT.open(f"{base}api/contents?token={token}", timeout=300))
            shipped = [name for name in workfolder.lessons(workfolder.originals()) if "/" not in name]
            assert set(shipped) <= {entry["name"] for entry in listing["content"]}

            second = subprocess.run(command, capture_output=True, timeout=300, **options)
            assert second.returncode == 0
            assert f"{folder} is open already: {base}lab?token={token}" in second.stdout
            while not started.exists() or len(pages := started.read_text(encoding="utf-8").split()) < 2:
                assert first.poll() is None
                time.sleep(0.1)
            assert pages[0].startswith("file:") and pages[0] == pages[1] and token not in pages[0]
            assert f"token={token}" in Path(urllib.request.url2pathname(pages[0][7:])).read_text("utf-8")
        finally:
            end = urllib.request.Request(f"{base}api/shutdown?token={token}", method="POST")
            DIRECT.open(end, timeout=300).close()
        rest = first.stdout.read()
        assert first.wait(timeout=300) == 0, rest


def test_of_two_starts_at_once_one_opens_the_course_and_the_other_says_where(tmp_path):
    """Beside a file of the learner's that is called as one of Python's own, in a home that can't be written to."""
    (tmp_path / "a file").write_bytes(b"")
    (tmp_path / "random.py").write_text("1 / 0", encoding="utf-8")
    home = {name: str(tmp_path / "a file") for name in ("HOME", "USERPROFILE", "APPDATA")}
    variables = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER_")} | home
    command = [sys.executable, "-P", "-m", "cloudlab", "start", str(tmp_path), "--no-browser"]
    options = {"cwd": tmp_path, "encoding": "utf-8", "env": {**variables, "PYTHONUTF8": "1"}}
    with ExitStack() as stack:
        said = [tmp_path / name for name in ("one.txt", "two.txt")]
        both = [
            stack.enter_context(
                subprocess.Popen(
                    command, stdout=stack.enter_context(open(path, "wb")), stderr=subprocess.STDOUT, **options
                )
            )
            for path in said
        ]
        deadline = time.monotonic() + 120
        while all(one.poll() is None for one in both) and time.monotonic() < deadline:
            time.sleep(0.1)
        place = 0 if both[0].poll() is not None else 1
        text = said[place].read_text(encoding="utf-8")
        assert both[place].poll() == 0, text
        address = re.search(r"is open already: (\S+)", text)[1]
        base, token = address.split("lab?token=")
        assert DIRECT.open(address, timeout=60).status == 200
        end = urllib.request.Request(f"{base}api/shutdown?token={token}", method="POST")
        DIRECT.open(end, timeout=60).close()
        assert both[1 - place].wait(timeout=60) == 0
    text = said[1 - place].read_text(encoding="utf-8")
    assert f"JupyterLab is open at {base}lab/tree/index.ipynb?token={token}" in text
    assert f"{tmp_path / 'random.py'} hides the module random from your notebooks" in text
    assert not list(tmp_path.rglob("*.part"))


def test_a_lock_is_held_by_one_and_goes_with_its_process(tmp_path):
    waited = []
    holder = (
        "import sys, pathlib; from cloudlab.shell import lock\n"
        "with lock.held(pathlib.Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(tmp_path / "a lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout.readline().strip() == b"held"
        with lock.held(tmp_path / "a lock", lambda: (waited.append(True), other.kill())):
            assert other.wait(timeout=60) != 0
    assert waited == [True]
    with lock.held(tmp_path / "a lock", lambda: waited.append(False)):
        assert waited == [True]


def read_address(running: subprocess.Popen) -> tuple[str, str]:
    """The address that the command prints, and all it said before."""
    said = ""
    for line in running.stdout:
        said += line
        if found := re.search(r"JupyterLab is open at (\S+)", line):
            return found[1], said
    raise AssertionError(f"no address was printed:\n{said}")
