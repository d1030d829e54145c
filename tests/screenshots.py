"""Pictures of the lessons as a learner sees them: README's two, or a gallery to look through.

    python tests/screenshots.py              writes docs/lesson-01.png and docs/lesson-03.png
    python tests/screenshots.py FOLDER       writes all lessons there: light, dark, for a projector, narrow,
                                             each stage at three moments, and the shapes alone

Each picture of a lesson is taken in a real JupyterLab. Look at the gallery whenever a view has changed.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from alphabet import all_records
from browsers import find_browser
from lab import running_lab
from notebook_page import NORMAL, NotebookPage, running_browser
from panel_keys import PanelKeys
from places import ROOT

DOCS = ROOT / "docs"
NARROW, ROOM = {"width": 480, "height": 900}, {"width": 1920, "height": 1080}
PROJECTOR = "from cloudlab.views.lesson import settings\nsettings(projector=True);"
# Done when no picture has been drawn anew for a second.
SETTLED = """() => new Promise((done) => {
  let timer = setTimeout(done, 1000);
  const watch = () => { clearTimeout(timer); timer = setTimeout(done, 1000); };
  new MutationObserver(watch).observe(document.body, { subtree: true, attributeFilter: ["data-revision"] });
})"""


def main(arguments: list[str]) -> None:
    """Take README's pictures, or with a folder's name the gallery."""
    program = find_browser(sys.platform, os.environ)
    if program is None:
        sys.exit("No Chromium, Chrome or Edge was found: name its program in CLOUDLAB_BROWSER.")
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_lab(Path(scratch)) as lab,
        running_browser(program) as browser,
    ):
        if not arguments:
            take_band(NotebookPage(browser, lab, "01_autoscaling_limits.ipynb"))
            take_lines(NotebookPage(browser, lab, "03_load_balancing.ipynb"))
        if arguments:
            take_alphabet(browser, Path(arguments[0]).resolve())
        for notebook in sorted(lab.folder.glob("[0-9][0-9]_*.ipynb")) if arguments else []:
            take_all(NotebookPage(browser, lab, notebook.name), Path(arguments[0]) / notebook.stem)
            room = opened(NotebookPage(browser, lab, for_a_projector(notebook)))
            take(room, Path(arguments[0]) / f"{notebook.stem}-projector", ROOM)
            room.close()


def take_band(lesson: NotebookPage) -> None:
    """The elastic band after a kill and an ask for 20, with a prediction that was too high."""
    opened(lesson)
    lesson.go_to("predictions")
    field = lesson.output("predictions").locator("input").nth(1)
    lesson.reach(field)
    lesson.press("1", "1", "Enter")
    panel = PanelKeys(lesson, "band")
    panel.turn("Minimum, instances")
    panel.use(panel.field("Minimum, instances").locator(".cloudlab-reset"), "Enter")
    lesson.press("Escape")
    lesson.stretch()
    lesson.page.evaluate(SETTLED)
    play_head(panel.output.locator(".cloudlab-stage"), 330)
    panel.output.locator(".cloudlab-stage").screenshot(path=DOCS / "lesson-01.png")
    lesson.close()


def take_lines(lesson: NotebookPage) -> None:
    """Two methods with the same luck and a slow server, after four minutes, and why one request took so long."""
    opened(lesson)
    lesson.stretch()
    lesson.page.evaluate(SETTLED)
    stage = lesson.output(lesson.cells_with(".cloudlab-stage")[1]).locator(".cloudlab-stage").first
    play_head(stage, 240)
    stage.get_by_label("Ask why").select_option("longest")
    stage.screenshot(path=DOCS / "lesson-03.png")
    lesson.close()


def take_all(lesson: NotebookPage, stem: Path) -> None:
    """One lesson, light and dark and in a narrow window, as STEM-light.png and so on, and its stages."""
    opened(lesson)
    take_stages(lesson, stem)
    take(lesson, stem.with_name(f"{stem.name}-light"), NORMAL)
    lesson.theme("JupyterLab Dark")
    take(lesson, stem.with_name(f"{stem.name}-dark"), NORMAL)
    lesson.theme("JupyterLab Light")
    take(lesson, stem.with_name(f"{stem.name}-narrow"), NARROW)
    lesson.close()


def take_stages(lesson: NotebookPage, stem: Path) -> None:
    """Each stage of a lesson at three moments, as STEM-stage-CELL-1.png and so on."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    lesson.stretch()
    for cell in lesson.cells_with(".cloudlab-stage"):
        for number, stage in enumerate(lesson.output(cell).locator(".cloudlab-stage").all(), 1):
            for moment, share in enumerate((0.1, 0.4, 0.9), 1):
                play_head(stage, share=share)
                stage.screenshot(path=stem.with_name(f"{stem.name}-stage-{cell}-{number}-{moment}.png"))


def take_alphabet(browser, folder: Path) -> None:
    """Parts of many kinds from records made by hand, light and dark and narrow, as shapes-NAME-light.png and so on."""
    from cloudlab.views.stage import Stage

    folder.mkdir(parents=True, exist_ok=True)
    for name, record in all_records().items():
        saved = Stage(record, title=name.replace("-", " ").capitalize()).save_html(folder / "shapes.html")
        for look, scheme, width in (
            ("light", "light", 1130),
            ("dark", "dark", 1130),
            ("narrow", "light", 400),
        ):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto(saved.as_uri())
            play_head(page.locator(".cloudlab-stage"), share=0.7)
            page.screenshot(path=folder / f"shapes-{name}-{look}.png", full_page=True)
            page.close()
    saved.unlink()


def play_head(stage, moment: float | None = None, *, share: float = 1.0) -> None:
    """Move the play-head of a stage to `moment` (s), or to a share of its run."""
    go = "(node, [moment, share]) => { const s = node.parentElement.stage; s.seek(moment ?? share * s.end); }"
    stage.evaluate(go, [moment, share])


def opened(lesson: NotebookPage) -> NotebookPage:
    """The lesson without the list of files beside it, after a run."""
    lesson.press("Control+b")
    lesson.run_all()
    return lesson


def take(lesson: NotebookPage, stem: Path, window: dict[str, int]) -> None:
    """The whole notebook in a window of this width, in pieces of the window's height."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    lesson.resize(**window)
    lesson.page.evaluate(SETTLED)
    lesson.stretch()
    lesson.page.evaluate(SETTLED)
    box = lesson.page.locator(".jp-NotebookPanel").bounding_box()
    end, number = box["y"] + box["height"], 1
    while (top := box["y"] + (number - 1) * 1200) < end:
        piece = {**box, "y": top, "height": min(1200, end - top)}
        lesson.page.screenshot(path=stem.with_name(f"{stem.name}-{number:02}.png"), clip=piece)
        number += 1
    lesson.resize(**NORMAL)


def for_a_projector(notebook: Path) -> str:
    """A copy of the lesson that begins with the setting for a room; returns its name."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "id": "room", "metadata": {}, "execution_count": None, "outputs": []}
    content["cells"].insert(0, {**cell, "source": PROJECTOR})
    copy = notebook.with_stem(f"{notebook.stem}-room")
    copy.write_text(json.dumps(content), encoding="utf-8")
    return copy.name


if __name__ == "__main__":
    main(sys.argv[1:])
