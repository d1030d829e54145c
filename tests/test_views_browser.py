"""The panel in a real JupyterLab in a real browser, by keyboard alone."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

FIRST = """\
from cloudlab.labs.autoscaling_limits import day, scenario
from cloudlab.views.charts import band, bill, compare, latency, levels, load_and_capacity
from cloudlab.views.panel import explore

explore(scenario, band, levels, label="The elastic band", presets={"Twelve": {"max_size": 12}})
"""
CELLS = (
    FIRST,
    "explore(day, load_and_capacity, latency, bill, label='A day')",
    "levels(scenario(kill_one=(120,)))",
    "compare({'Six': scenario(max_size=6), 'Nine': scenario()})",
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab on this machine whose notebook holds two panels and two charts."""
    folder = tmp_path_factory.mktemp("lab")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(notebook, folder / "panel.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(8)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += [f"--port={port}", f"--IdentityProvider.token={token}", "--LabApp.news_url=", f"{folder}"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder / "config")}
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}/lab/tree/panel.ipynb?token={token}&reset"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_it_answers(address: str, server) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer at {address}")


@pytest.fixture(scope="module")
def page(lab, chromium):
    """The notebook after all its cells ran. `page.elsewhere` holds the requests that left this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1200})
        page.elsewhere, page.faults = [], []
        page.on("request", lambda request: page.elsewhere.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(lab)
        idle = "#jp-main-statusbar :text('| Idle')"  # what is run before the kernel is there is lost
        page.wait_for_selector(idle, timeout=60_000)
        page.click(".lm-MenuBar-item:has-text('Run')")
        page.click(".lm-Menu-item:has-text('Run All Cells')")
        for place in range(len(CELLS)):  # a notebook shows only the cells near to what is on the screen
            cell = page.locator(f".jp-Cell[data-windowed-list-index='{place}']")
            cell.scroll_into_view_if_needed()
            cell.locator(".cloudlab-picture img").first.wait_for(timeout=60_000)
        page.wait_for_selector(idle, timeout=60_000)
        yield page
        browser.close()


@pytest.fixture
def panel(page):
    """The first panel, back at its start."""
    found = page.locator(".jp-OutputArea-output:has(.cloudlab-panel)").first
    found.scroll_into_view_if_needed()
    found.get_by_role("button", name="Reset all").click()
    _until(found, "At 8:00, all 6 desired are in service")
    return found


def _until(panel, words: str) -> None:
    """Wait until the first picture's finding and alternative text begin with `words`."""
    panel.locator(".cloudlab-finding", has_text=words).first.wait_for(timeout=10_000)
    alternative = panel.locator("img").first.get_attribute("alt")
    assert alternative.startswith(words)


def test_each_picture_has_its_finding_and_description_as_alternative_text(page, panel):
    image = panel.locator("img").nth(1)
    assert image.get_attribute("alt").startswith(
        "From 1:30 on all 6 desired instances are in service Group web over"
    )
    assert image.evaluate("node => node.complete && node.naturalWidth > 0")


def test_arrow_keys_choose_and_the_picture_follows(page, panel):
    panel.get_by_role("radiogroup", name="Maximum").get_by_role("radio", name="9").focus()
    page.keyboard.press("ArrowRight")
    panel.locator("figure", has_text="At 8:00").wait_for()
    assert panel.get_by_role("radio", name="12").is_checked()
    panel.get_by_role("button", name="Reset Maximum to 9").focus()
    page.keyboard.press("Enter")
    panel.get_by_role("radio", name="9", checked=True).wait_for()


def test_an_action_at_a_moment_loses_one_and_the_band_shows_it(page, panel):
    panel.get_by_role("radiogroup", name="A policy asks for 20").get_by_role("radio", name="never").focus()
    page.keyboard.press("ArrowRight")
    _until(panel, "At 8:00, all 9 desired are in service: the maximum clips the ask for 20")
    panel.get_by_role("status").filter(has_text="the maximum clips the ask for 20").wait_for(state="attached")


def test_the_moment_moves_with_the_arrow_keys(page, panel):
    moment = panel.get_by_role("slider", name="Moment")
    moment.focus()
    page.keyboard.press("Home")
    _until(panel, "At 0:00, 0 of 6 desired are in service, 6 are on the way")
    page.keyboard.press("End")
    _until(panel, "At 8:00, all 6 desired are in service")
    assert moment.get_attribute("aria-valuetext") == "8:00 of 8:00"


def test_a_wrong_seed_is_told_in_one_sentence_and_the_picture_stays(page, panel):
    seed = panel.get_by_role("spinbutton", name="seed")
    seed.fill("1.5")
    page.keyboard.press("Enter")
    panel.get_by_text("seed is 1.5, but must be a whole number.").wait_for()
    _until(panel, "At 8:00, all 6 desired are in service")


def test_enter_presses_a_button_and_does_not_open_the_cell(page, panel):
    panel.get_by_role("button", name="New seed").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.cloudlab-seed').value === '2'")
    assert page.evaluate("document.activeElement.textContent") == "New seed"
    assert page.locator(".jp-mod-editMode").count() == 0


def test_a_refused_number_is_an_alert_with_the_rule(page):
    day = page.locator(".jp-OutputArea-output:has(.cloudlab-panel)").nth(1)
    day.scroll_into_view_if_needed()
    before = day.locator("img").first.get_attribute("alt")
    number = day.get_by_role("spinbutton", name="Maximum")
    number.fill("13")
    page.keyboard.press("Enter")
    alert = day.get_by_role("alert").filter(has_text="max_size is 13 instances")
    alert.wait_for()
    assert alert.inner_text() == "max_size is 13 instances, but must be between 0 and 12 instances."
    assert number.get_attribute("aria-describedby") == alert.get_attribute("id")
    assert day.locator("img").first.get_attribute("alt") == before


def test_axe_finds_nothing_in_the_outputs(page):
    from axe_playwright_python.sync_playwright import Axe

    for place in range(len(CELLS)):
        page.locator(f".jp-Cell[data-windowed-list-index='{place}']").scroll_into_view_if_needed()
        found = Axe().run(page, context=".jp-OutputArea").response["violations"]
        assert not found, [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found]


def test_no_request_left_this_machine_and_no_script_failed(page):
    away = [url for url in page.elsewhere if not url.startswith(("http://127.0.0.1:", "blob:", "data:"))]
    assert (away, page.faults) == ([], [])
