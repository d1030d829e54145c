"""A panel on a page that is only read: its setting, its stage as a recorded run, its charts as figures.

Read `panel_page` first.
"""

from cloudlab.kernel.limits import Limit
from cloudlab.views import snapshot
from cloudlab.views.stage.recorded import recorded


def panel_page(panel, words) -> str:
    """`panel` as HTML; `words` is the picture that holds the run in words and its table."""
    stages = [recorded(one, [panel.record]) for one in panel.stages]
    charts = [snapshot.figure(one) for one in panel.pictures if one not in panel.stages]
    numbers = snapshot.folded("Numbers of this run", snapshot.rows(words.table))
    name = "" if panel.stages else snapshot.escape(panel.bar.label)  # a stage says it itself
    title = f'<p class="cloudlab-asked">{name}</p>' if name else ""
    told = snapshot.paragraph(f"In words: {words.description}")
    if panel.opening and panel.stages:  # it stops and asks: what comes is not told beside it
        told = snapshot.folded("What came of it, in words", told)
    head = title, snapshot.label(_label(panel)), _setting(panel)
    return snapshot.box(*head, *stages, *charts, told, numbers)


def _label(panel) -> str:
    changed = any(control.changed for control in panel.controls.values())
    setting = "the setting that is named here" if changed else "its start setting"
    kind = "Recorded run, which plays here without Python" if panel.stages else "Snapshot"
    return f"{kind}: this panel with {setting}. To turn its controls, {snapshot.OPEN}."


def _setting(panel) -> str:
    """The controls and their values, in their words."""
    told = [f"{control!r} {_unit(control)}".strip() for control in panel.controls.values()]
    told += [] if panel.seed is None else [f"Seed: {panel.seed}"]
    return f'<ul class="cloudlab-setting">{"".join(f"<li>{snapshot.escape(one)}</li>" for one in told)}</ul>'


def _unit(control) -> str:
    limit = control.parameter.limit
    return limit.unit if isinstance(limit, Limit) and control.value is not None else ""
