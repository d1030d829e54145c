"""Stages on saved pages, opened in a browser: any fault of a script or request for the network ends the test.

with stage_pages(browser, folder) as open_page:
    page = open_page(Stage(record), dark=True)
    ask(page, "stage.seek(60)")
"""

import contextlib
from collections.abc import Iterator

from notebook_page import leaves

WIDE, NARROW = {"width": 1130, "height": 1000}, {"width": 400, "height": 900}


@contextlib.contextmanager
def stage_pages(browser, folder) -> Iterator:
    """A function that opens a stage's saved page, as wide and dark and still as wanted."""
    pages = []

    def open_page(stage, *, viewport=WIDE, dark=False, still=False, ratio=1.0):
        path = stage.save_html(folder / "stage.html")
        page = browser.new_page(
            viewport=viewport,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
            device_scale_factor=ratio,
        )
        page.asked, page.faults = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_function("() => document.getElementById('stage').stage?.view")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        assert page.faults == []
        assert [address for address in page.asked[1:] if leaves(address)] == []
        page.close()


def ask(page, what: str):
    """What the stage of a page says to an expression over `stage`."""
    return page.evaluate(f"() => {{ const stage = document.getElementById('stage').stage; return {what}; }}")
