"""A notebook in JupyterLab, as a person at a keyboard sees it: run it, tab through it, read it.

Read `NotebookPage` first. Waiting is always for something that the page shows, never for a time.
"""

import contextlib
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from lab import Lab
from playwright.sync_api import Browser, Locator, sync_playwright

SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 60_000
"""Milliseconds that anything on a page may take."""

NORMAL = {"width": 1280, "height": 900}
INDICATOR = ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator"
SCROLLER = ".jp-NotebookPanel .jp-WindowedPanel-outer"

# What a panel, or anything else in an output, says and shows now. `decode` fails for an image that is broken.
SHOWN = """async (output) => {
  const images = [...output.querySelectorAll("img")].filter((image) => image.src && image.checkVisibility());
  const pictures = await Promise.all(images.map(async (image) => {
    await image.decode();
    return image.naturalWidth + (await (await fetch(image.src)).text());
  }));
  const words = [...output.querySelectorAll(".cloudlab-finding, .cloudlab-words p, .cloudlab-message")];
  return { pictures, words: [...words.map((node) => node.textContent), ...images.map((image) => image.alt)] };
}"""


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


class NotebookPage:
    """A page with one open notebook whose kernel is idle. `requests` holds the addresses it asked for."""

    def __init__(self, browser: Browser, lab: Lab, name: str, viewport: dict[str, int] = NORMAL):
        self.lab, self.name = lab, name
        self.page = browser.new_page(viewport=viewport)
        self.page.set_default_timeout(PATIENCE)
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        # The indicator says "idle" before there is a kernel too, so a word of the kernel's is awaited first.
        with self.page.expect_websocket(lambda socket: "/api/kernels/" in socket.url) as kernel:
            self.page.goto(lab.address(name))
        kernel.value.wait_for_event("framereceived")
        self.wait_for("idle")

    # Running

    def wait_for(self, status: str) -> None:
        """Wait until the kernel is "idle" or "busy"."""
        self.page.locator(f'{INDICATOR}[data-status="{status}"]').wait_for()

    def menu(self, *path: str) -> None:
        """Choose from the menus, as in menu("Run", "Run All Cells")."""
        for words in path:
            self.page.get_by_role("menuitem", name=words, exact=True).click()

    def run_all(self) -> None:
        """Run every cell and wait for the last one."""
        self.menu("Run", "Run All Cells")
        self.wait_for("busy")
        self.wait_for("idle")

    def run_first(self, cells: int) -> None:
        """Run so many cells from the top, with Shift and Enter."""
        self.page.locator(".jp-Notebook-cell").first.click()
        for _ in range(cells):
            self.page.keyboard.press("Shift+Enter")
        self.wait_for("idle")

    def saved(self) -> dict:
        """The notebook as the file holds it after Save."""
        with self.page.expect_response(lambda answer: answer.request.method == "PUT" and self.name in answer.url):
            self.page.keyboard.press("Control+s")
        return json.loads((self.lab.folder / self.name).read_text(encoding="utf-8"))

    def close(self) -> None:
        """Close the page and end the kernel, so that the next page begins anew."""
        self.page.close()

    # Looking

    def output(self, cell: str) -> Locator:
        """The outputs of the cell with this id, as the file names it."""
        cells = json.loads((self.lab.folder / self.name).read_text(encoding="utf-8"))["cells"]
        place = [one["id"] for one in cells].index(cell)
        return self.page.locator(".jp-Notebook-cell").nth(place).locator(".jp-OutputArea")

    def shown(self, output: Locator) -> dict[str, list[str]]:
        """The words in an output, alternative texts among them, and its pictures, byte by byte."""
        return output.evaluate(SHOWN)

    def stretch(self) -> None:
        """Make the window as high as the notebook, so that all of it is in view."""
        scroller = self.page.locator(SCROLLER)
        scroller.evaluate("(node) => node.scrollTo(0, 0)")
        for _ in range(2):  # cells that were out of view were only guessed to be so high
            height = self.page.locator(f"{SCROLLER} .jp-WindowedPanel-viewport").evaluate("(node) => node.offsetHeight")
            self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": height + 200})

    def accessibility(self) -> dict:
        """What axe-core finds in the output areas of the whole notebook."""
        before = self.page.viewport_size
        self.stretch()
        # JupyterLab's body has no height, and axe takes all text for hidden then and checks no contrast.
        style = self.page.add_style_tag(content="body { height: 100vh }")
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate('() => axe.run(".jp-OutputArea")')
        style.evaluate("(node) => node.remove()")
        self.page.set_viewport_size(before)
        return found
