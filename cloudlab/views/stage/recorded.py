"""A stage on a page that is only read: the run plays in a frame, and a chart stands for it on paper.

Read `recorded` first.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from cloudlab.kernel.record import Record
from cloudlab.views import charts, snapshot
from cloudlab.views.kinds import picture_of
from cloudlab.views.picture import Picture

PLAYS = "Recorded run: it plays here without Python. To change something, " + snapshot.OPEN + "."

STILL = "On paper, and without JavaScript, the run does not play. This came of it:"


def recorded(stage, records: Sequence[Record]) -> str:
    """`stage` as HTML: the page that `save_html` writes, and each of its runs as one picture for paper."""
    with tempfile.TemporaryDirectory() as folder:
        page = stage.save_html(Path(folder) / "stage.html").read_text(encoding="utf-8")
    pictures = "".join(
        (f"<p><strong>{snapshot.escape(name)}</strong></p>" if name else "") + snapshot.image(still(record))
        for name, record in zip(stage.names, records, strict=True)
    )
    title = f"<p><strong>{snapshot.escape(stage.title)}</strong></p>" if stage.title else ""
    words = snapshot.paragraph(STILL) + pictures + snapshot.paragraph(stage.description)
    return snapshot.run(page, stage.title, title + words)


def recorded_cell(stage, records: Sequence[Record]) -> str:
    """A stage that stands by itself in a cell, with its label."""
    return snapshot.box(snapshot.label(PLAYS), recorded(stage, records))


def still(record: Record) -> Picture:
    """The chart that shows the end of a run most as a stage does."""
    return getattr(charts, picture_of(record) or "waiting")(record)
