"""A notebook in JupyterLab, as a person at a keyboard has it: run it, tab through it, read it.

Read `NotebookPage` first. Waiting is always for something that the page shows, never for a time.
"""

import contextlib
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from lab import Lab
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 180_000
"""Milliseconds that anything on a page may take."""

NORMAL = {"width": 1280, "height": 900}
INDICATOR = ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator"
SCROLLER = ".jp-NotebookPanel .jp-WindowedPanel-outer"
CELL = ".jp-NotebookPanel .jp-Notebook-cell"
DRAWN = """() => [...document.querySelectorAll(".cloudlab-picture")]
  .every((one) => !one.querySelector("figcaption").textContent || one.querySelector("img").src
    || !one.querySelector(".cloudlab-later").hidden)"""
"""Each picture in view is drawn, or waits for the end of its run; a panel's words have none."""


@contextlib.contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


def leaves(address: str) -> bool:
    """Whether a request for `address` leaves this machine."""
    parts = urlsplit(address)
    return parts.scheme not in ("blob", "data") and parts.hostname != "127.0.0.1"


OPEN = """async (path) => { await jupyterapp.commands.execute("docmanager:open", { path, factory: "Notebook" }); }"""
CLOSE = """() => { for (const one of [...jupyterapp.shell.widgets("main")]) {
  if (one.context) one.context.model.dirty = false; // so that nobody is asked
  one.close(); } }"""


NOTICE = """() => {
  window.wasBusy = false;
  new MutationObserver((all, observer) => {
    window.wasBusy = all.some(({ target, oldValue }) => [target.dataset.status, oldValue].includes("busy"));
    if (window.wasBusy) observer.disconnect();
  }).observe(document.body, { subtree: true, attributeFilter: ["data-status"], attributeOldValue: true });
}"""
"""Notices when the kernel is busy: a lesson of quick cells may be over before anyone looks."""


class NotebookPage:
    """A page with one open notebook whose kernel is idle.

    `requests` holds the addresses that it asked for, `faults` what went wrong in its scripts. Pages of one `window`,
    a browser's context, share what was loaded once; those of a `Browser` share nothing. On a `desk`, a page where
    JupyterLab is open already, the notebook is opened as from its list of files.
    """

    def __init__(self, window: Browser | BrowserContext, lab: Lab, name: str, desk: Page | None = None):
        self.window, self.lab, self.name, self.desk = window, lab, name, desk
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.heard = {
            "request": lambda request: self.requests.append(request.url),
            "websocket": lambda socket: self.requests.append(socket.url),
            "pageerror": lambda error: self.faults.append(str(error)),
        }
        self.open()

    def open(self) -> None:
        """Open the notebook and wait until the kernel is idle."""
        self.page = self.desk or self.window.new_page()
        self.page.set_viewport_size(NORMAL)
        self.page.set_default_timeout(PATIENCE)
        for event, hear in self.heard.items():
            self.page.on(event, hear)
        # The indicator says "idle" before there is a kernel too, so a word of the kernel's is awaited first.
        with self.page.expect_websocket(lambda socket: "/api/kernels/" in socket.url) as kernel:
            if self.desk:
                self.page.evaluate(CLOSE)  # where a test broke off
                self.page.evaluate(OPEN, self.name)
            else:
                self.page.goto(self.lab.address(self.name))
        kernel.value.wait_for_event("framereceived")
        self.wait_for("idle")

    def close(self) -> None:
        """Close the notebook and end its kernel, so that the next one begins anew."""
        if self.desk:
            self.page.evaluate(CLOSE)
            self.page.emulate_media(reduced_motion="null")
            for event, hear in self.heard.items():
                self.page.remove_listener(event, hear)
        else:
            self.page.close()
        for session in json.loads(self.lab.call("GET", "api/sessions")):
            if session["path"] == self.name:
                self.lab.call("DELETE", f"api/sessions/{session['id']}")

    # Running

    def wait_for(self, status: str) -> None:
        """Wait until the kernel has that status, as in wait_for("idle")."""
        self.page.locator(f'{INDICATOR}[data-status="{status}"]').wait_for()

    def menu(self, *path: str) -> None:
        """Choose from the menus, as in menu("Run", "Run All Cells")."""
        labels = self.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel")
        for words in path:
            labels.filter(has_text=re.compile(f"^{re.escape(words)}$")).click()

    def theme(self, name: str) -> None:
        """Choose a theme, "JupyterLab Light" or "JupyterLab Dark"."""
        ground = "() => getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')"
        before = self.page.evaluate(ground)
        if self.page.locator(f'body[data-jp-theme-name="{name}"]').count() == 0:
            self.menu("Settings", "Theme", name)
            self.page.wait_for_function(f"(before) => ({ground})() !== before", arg=before)
        self.page.locator(f"{CELL}.jp-mod-active").focus()  # the menu took it

    def run_all(self) -> None:
        """Run every cell and wait for the last one."""
        self._run("Run All Cells")

    def run_below(self, cell: str) -> None:
        """Run this cell and all that come after it, and wait for the last one."""
        self.go_to(cell)
        self._run("Run Selected Cell and All Below")

    def _run(self, words: str) -> None:
        """Choose so from the menu, and wait until the kernel was busy, however short, and is idle again."""
        self.page.evaluate(NOTICE)
        self.menu("Run", words)
        self.page.wait_for_function("() => window.wasBusy")
        self.wait_for("idle")

    def run_to(self, cell: str) -> None:
        """Run the cells from the top to this one, with Shift and Enter."""
        self.go_to(self.cells()[0]["id"])
        place = self.place(cell)
        for _ in range(place + 1):
            self.page.keyboard.press("Shift+Enter")
        prompt = self.page.locator(CELL).nth(place).locator(".jp-InputPrompt")
        prompt.filter(has_text=re.compile(r"^\[\d+\]:$")).wait_for()
        self.wait_for("idle")

    def saved(self) -> list[dict]:
        """The cells as the file holds them after Save."""

        def saves(answer) -> bool:
            return answer.request.method == "PUT" and self.name in answer.url

        with self.page.expect_response(saves):
            self.page.keyboard.press("Control+s")
        return self.cells()

    # Finding

    def cells(self) -> list[dict]:
        """The cells as the file holds them."""
        return json.loads((self.lab.folder / self.name).read_text(encoding="utf-8"))["cells"]

    def place(self, cell: str) -> int:
        """Which cell has this id, from 0."""
        return [one["id"] for one in self.cells()].index(cell)

    def output(self, cell: str) -> Locator:
        """The outputs of the cell with this id."""
        return self.page.locator(CELL).nth(self.place(cell)).locator(".jp-OutputArea")

    def cells_with(self, selector: str) -> list[str]:
        """The ids of the cells with such a thing in their outputs."""
        ids = [cell["id"] for cell in self.cells()]
        return [cell for cell in ids if self.output(cell).locator(selector).count()]

    # The keyboard

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def press_for(self, mark: str, node: Locator, *keys: str) -> None:
        """Press keys, and wait until the kernel has answered: `node` has another mark, such as data-done."""
        before = node.get_attribute(mark)
        self.press(*keys)
        changed = "([node, mark, before]) => node.getAttribute(mark) !== before"
        self.page.wait_for_function(changed, arg=[node.element_handle(), mark, before])

    def go_to(self, cell: str) -> None:
        """Select a cell: Escape leaves whatever has the focus, arrows go from cell to cell."""
        self.press("Escape")
        active = self.page.locator(f"{CELL}.jp-mod-active").get_attribute("data-windowed-list-index")
        way = self.place(cell) - int(active)
        self.press(*(["ArrowDown"] * way if way > 0 else ["ArrowUp"] * -way))
        active = self.page.locator(f"{CELL}.jp-mod-active").get_attribute("data-windowed-list-index")
        assert int(active) == self.place(cell), f"arrow keys did not lead to {cell}"

    def reach(self, control: Locator, key: str = "Tab", tries: int = 60) -> None:
        """Press Tab until `control`, or something in it, has the focus."""
        for _ in range(tries):
            if control.evaluate("(node) => node.contains(document.activeElement)"):
                return
            self.press(key)
        raise AssertionError(f"{key} does not lead to {control}")

    # The look

    def stretch(self) -> None:
        """Make the window as high as the notebook, so that all of it is in view."""
        cells = self.page.locator(f"{SCROLLER} .jp-WindowedPanel-viewport")
        self.page.locator(SCROLLER).evaluate("(node) => node.scrollTo(0, 0)")
        for _ in range(3):  # the height of cells that were never in view is only a guess
            height = cells.evaluate("(node) => node.offsetHeight")
            self.resize(self.page.viewport_size["width"], height + 200)

    def draw_all(self) -> None:
        """Bring all pictures into view, and wait until they are drawn. `resize` gives the window its size back."""
        self.stretch()
        self.page.wait_for_function(DRAWN)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, and wait until everything has been laid out for it."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def accessibility(self) -> dict:
        """What axe-core finds in all output areas, with the mouse on the button of a question."""
        self.draw_all()
        self.page.locator(".cloudlab-form .cloudlab-button").first.hover()
        # JupyterLab's body has no height. axe-core takes all text in it for hidden, and checks no contrast.
        style = self.page.add_style_tag(content="body { height: 100vh }")
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate('() => axe.run(".jp-OutputArea")')
        style.evaluate("(node) => node.remove()")
        self.resize(**NORMAL)
        return found
