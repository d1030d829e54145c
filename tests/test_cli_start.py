"""`cloudlab start`: a real JupyterLab on this machine only, and a sentence for what stands in its way."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from places import ROOT

from cloudlab.shell import Fault, serve, workfolder

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
    """The port of a server that answers `/api` as Jupyter's does."""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/api" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer((serve.HOST, 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_jupyterlab_is_told_to_stay_on_this_machine():
    words = serve.arguments(Path("a folder"), "01_x.ipynb", 8888, browser=True, as_root=False)
    assert "--ServerApp.ip=127.0.0.1" in words
    assert "--LabApp.news_url=None" in words
    assert "--ServerApp.root_dir=a folder" in words
    assert "--no-browser" not in words and "--allow-root" not in words


def test_the_settings_of_others_are_kept(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    ours, theirs = serve.settings()["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert theirs == "theirs"
    page = json.loads((Path(ours) / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    assert page["disabledExtensions"] == {"@jupyterlab/apputils-extension:announcements": True}


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
    server = {"root_dir": str(tmp_path), "url": f"http://127.0.0.1:{api}/", "token": "abc"}
    (runtime / "jpserver-2.json").write_text(json.dumps(server), encoding="utf-8")
    assert serve.address_of_running(tmp_path) == f"http://127.0.0.1:{api}/lab?token=abc"
    assert serve.address_of_running(tmp_path / "other") is None


def test_what_a_dead_server_left_behind_is_no_server(runtime, tmp_path, busy):
    gone = {"root_dir": str(tmp_path), "url": "http://127.0.0.1:9/", "token": "abc"}
    (runtime / "jpserver-1.json").write_text(json.dumps(gone), encoding="utf-8")
    (runtime / "jpserver-2.json").write_text("{", encoding="utf-8")
    (runtime / "jpserver-3.json").write_text("[]", encoding="utf-8")
    (runtime / "jpserver-4.json").write_text("{}", encoding="utf-8")
    assert serve.address_of_running(tmp_path) is None


def test_without_a_browser_python_says_so(monkeypatch):
    def none(using=None):
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert not serve.has_browser()


def test_the_course_opens_and_a_second_start_finds_it(tmp_path):
    folder = tmp_path / "my lessons é"
    command = [sys.executable, "-m", "cloudlab", "start", str(folder), "--no-browser"]
    options = {"cwd": ROOT, "encoding": "utf-8", "env": {**os.environ, "PYTHONUTF8": "1"}}
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
        finally:
            end = urllib.request.Request(f"{base}api/shutdown?token={token}", method="POST")
            DIRECT.open(end, timeout=300).close()
        rest = first.stdout.read()
        assert first.wait(timeout=300) == 0, rest


def read_address(running: subprocess.Popen) -> tuple[str, str]:
    """The address that the command prints, and all it said before."""
    said = ""
    for line in running.stdout:
        said += line
        if found := re.search(r"JupyterLab is open at (\S+)", line):
            return found[1], said
    raise AssertionError(f"no address was printed:\n{said}")
