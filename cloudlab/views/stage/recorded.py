"""A stage on a page that is only read: the run plays in a frame, and a chart stands for it on paper.

Read `recorded` first.
"""

import tempfile
from pathlib import Path

from cloudlab.record import Record
from cloudlab.views import snapshot
from cloudlab.views.charts.band import band
from cloudlab.views.charts.lanes import lanes
from cloudlab.views.charts.waiting import waiting

PLAYS = "Recorded run: it plays here without Python. To change something, " + snapshot.OPEN + "."

STILL = "On paper, and without JavaScript, the run does not play. This came of it:"


def recorded(stage, record: Record | None) -> str:
    """`stage` as HTML: the page that `save_html` writes, and `record` as one picture for paper."""
    with tempfile.TemporaryDirectory() as folder:
        page = stage.save_html(Path(folder) / "stage.html").read_text(encoding="utf-8")
    picture = "" if record is None else snapshot.image(still(record))
    title = f"<p><strong>{snapshot.escape(stage.title)}</strong></p>" if stage.title else ""
    words = snapshot.paragraph(STILL) + picture + snapshot.paragraph(stage.description)
    return snapshot.run(page, stage.title, title + words)


def recorded_cell(stage, record: Record | None) -> str:
    """A stage that stands by itself in a cell, with its label; two runs have no picture for paper."""
    return snapshot.box(snapshot.label(PLAYS), recorded(stage, record if len(stage.runs) == 1 else None))


def still(record: Record):
    """The chart that shows the end of a run most as a stage does."""
    if any((part, "GroupDesiredCapacity") in record.series for part in record.parts_of("group")):
        return waiting(record) if len(record.requests) else band(record)
    return lanes(record) if record.parts_of("balancer") else waiting(record)
