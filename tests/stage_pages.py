"""Stages on saved pages, opened in a browser: any fault of a script or request for the network ends the test.

with stage_pages(tabs, folder) as open_page:
    page = open_page(Stage(record), dark=True)
    ask(page, "stage.seek(60)")
"""

import contextlib
from collections.abc import Iterator

from notebook_page import leaves

WIDE, NARROW = {"width": 1130, "height": 1000}, {"width": 400, "height": 900}


@contextlib.contextmanager
def stage_pages(tabs, folder) -> Iterator:
    """A function that opens a stage's saved page, as wide and dark and still as wanted."""
    pages = []
    with contextlib.ExitStack() as lent:

        def open_page(stage, *, viewport=WIDE, **look):
            path = stage.save_html(folder / "stage.html")
            page = lent.enter_context(tabs.open(viewport=viewport, **look))
            page.goto(path.as_uri())
            page.wait_for_function("() => document.getElementById('stage').stage?.view")
            pages.append(page)
            return page

        yield open_page
        for page in pages:
            assert page.faults == []
            assert [address for address in page.asked[1:] if leaves(address)] == []


def ask(page, what: str):
    """What the stage of a page says to an expression over `stage`."""
    return page.evaluate(f"() => {{ const stage = document.getElementById('stage').stage; return {what}; }}")


def ask_for_message(page, number: int) -> str:
    """Ask where a message has been, by keyboard, and read the story; '' where there is none."""
    page.get_by_label("Ask why").select_option("A message by its number …")
    page.get_by_label("Number of the message").fill(str(number))
    page.keyboard.press("Enter")
    why = page.locator(".cloudlab-why")
    return why.inner_text() if why.is_visible() else ""
