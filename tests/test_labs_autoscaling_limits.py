"""The band of lesson 01: what a button does where there is nothing to do it to."""

import json
import re

import pytest
from places import ROOT

from cloudlab.labs.autoscaling_limits import scenario

NOTEBOOKS = ROOT / "notebooks"


@pytest.mark.parametrize(
    ("settings", "moment", "when"),
    [({}, 0.0, "yet"), ({"min_size": 0, "ask_for_0": (120.0,)}, 400.0, "any more")],
)
def test_a_kill_that_finds_nobody_says_why(settings, moment, when):
    record = scenario(kill_one=(moment,), **settings)
    told = [note.text for note in record.notes if note.time == moment]
    assert f"Nothing is in service {when}: there is none to kill." in told
    assert not any("is killed" in note.text for note in record.notes)


@pytest.mark.parametrize(("sizes", "met"), [("1, 4", False), ("6, 6", False), ("2, 8", True)])
def test_a_choice_saves_only_where_both_conditions_of_the_goal_hold(sizes, met, capsys):
    """The cell of the lesson itself, with other numbers."""
    cell = next(
        "".join(cell["source"])
        for cell in json.loads((NOTEBOOKS / "01_autoscaling_limits.ipynb").read_text("utf-8"))["cells"]
        if cell["id"] == "make-saved"
    )
    low, high = sizes.split(", ")
    names: dict = {}
    exec("from cloudlab.labs.autoscaling_limits import day\nfrom cloudlab.views.lesson import *", names)
    exec("shop = explore(day, losses=True, mean_work=2.0)", names)
    exec(cell.replace("min_size=1", f"min_size={low}").replace("max_size=4", f"max_size={high}"), names)
    said = capsys.readouterr().out
    mine = names["shop"].record
    reached = names["availability"](mine) >= 0.998 and names["instance_hours"](mine) < 85
    assert reached == met
    assert ("goal met" in said) == reached and ("saved:" in said and "nothing" not in said) == reached
    fixed, chosen = (float(hours) for hours in re.findall(r"([\d.]+) instance-hours,", said))
    saved = re.search(r"^saved: ([\d.]+)", said, re.MULTILINE)
    assert not saved or float(saved[1]) == pytest.approx(fixed - chosen, abs=1e-6)
