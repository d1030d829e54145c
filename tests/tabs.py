"""Pages of the worker's browser that are lent and given back: read `Tabs`.

A page of its own has a process of its own, which costs five times what a stage costs to show.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page


class Tabs:
    """Pages for files of this machine, one for each that is open at the same time; what is next in it knows no other.

    `rest` is an empty file that a page shows while nobody has it.
    """

    def __init__(self, browser: Browser, rest: Path):
        self.browser, self.rest = browser, rest
        self.free: dict[tuple[float, bool], list[Page]] = defaultdict(list)

    @contextlib.contextmanager
    def open(self, *, viewport: dict, dark=False, still=False, ratio=1.0, scripts=True) -> Iterator[Page]:
        """A page as wide, dark, still and sharp as wanted, until the block ends.

        Its `asked` are the addresses that it asked for, its `faults` what went wrong in its scripts.
        """
        free = self.free[ratio, scripts]
        made = {"device_scale_factor": ratio, "java_script_enabled": scripts}
        page = free.pop() if free else self.browser.new_page(**made)
        page.set_viewport_size(viewport)
        page.emulate_media(
            media="screen",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
        )
        page.asked, page.faults = [], []
        heard = {
            "request": lambda request: page.asked.append(request.url),
            "pageerror": lambda error: page.faults.append(str(error)),
        }
        for event, hear in heard.items():
            page.on(event, hear)
        try:
            yield page
        except BaseException:
            page.close()  # who knows what it was in the middle of
            raise
        for event, hear in heard.items():
            page.remove_listener(event, hear)
        page.mouse.move(0, 0)
        page.goto(self.rest.as_uri())
        free.append(page)
