"""Shared by the tests: a small world, an empty state, one browser and one JupyterLab for each worker.

What hypothesis draws is the same in every usual run; a nightly one draws more, and anew each time.
"""

import os
import sys

import hypothesis
import pytest
from browsers import find_browser
from samples import NIGHTLY

hypothesis.settings.register_profile(
    "usual",
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.register_profile(
    "nightly", hypothesis.settings.get_profile("usual"), max_examples=1000, derandomize=False
)
hypothesis.settings.load_profile("nightly" if NIGHTLY else "usual")

collect_ignore = ["deployed.py", "moto_cases.py"]  # they run where moto is, see `own_environment`


@pytest.fixture(autouse=True)
def empty_state(tmp_path, monkeypatch):
    """Answers and predictions of other tests, or of the person at this machine, are not seen."""
    monkeypatch.setenv("CLOUDLAB_STATE", str(tmp_path / ".cloudlab"))


@pytest.fixture
def world():
    """A world with seed 1."""
    from cloudlab.kernel.world import World

    return World(seed=1)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, Chrome or Edge on this machine."""
    if path := find_browser(sys.platform, os.environ):
        return path
    reason = "no Chromium, Chrome or Edge was found; install one or name its program in CLOUDLAB_BROWSER"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser(chromium):
    """A browser without a window."""
    from notebook_page import running_browser

    with running_browser(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def tabs(browser, tmp_path_factory):
    """Pages for files of this machine, which the tests share one after the other."""
    from tabs import Tabs

    rest = tmp_path_factory.mktemp("tabs") / "rest.html"
    rest.write_text("<!doctype html><title>Nobody has this page</title>", encoding="utf-8")
    return Tabs(browser, rest)


@pytest.fixture(scope="session")
def window(browser):
    """A window for JupyterLab: it loads and compiles its scripts once, not for each page anew."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def desk(window, lab):
    """A page where JupyterLab is open, for one notebook after the other: to open JupyterLab costs more.

    What it asks for as it opens stays on this machine, as what a notebook asks for does.
    """
    from notebook_page import leaves

    page, asked = window.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lab.home)
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")
    assert len(asked) > 50 and [address for address in asked if leaves(address)] == []
    yield page
    page.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab on a folder of its own, in which all lessons lie."""
    from lab import running_lab

    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab
