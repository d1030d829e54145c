"""In Google's Colab, where an output's custom widgets are shown only with its manager's address beside them."""

import sys
from types import SimpleNamespace

import pytest

from cloudlab.labs import autoscaling_limits, start_here
from cloudlab.views.lesson import Stage, Task, charts, explore, predict, questions, stage, tasks

VIEW = "application/vnd.jupyter.widget-view+json"
VIEWS = {
    "panel": lambda: explore(autoscaling_limits.scenario, stage, charts.levels),
    "more of a panel": lambda: explore(start_here.rush, stage).also(charts.waiting),
    "quiz": lambda: questions("start_here", "check"),
    "prediction": lambda: predict("00-line", "How long?", high=9),
    "tasks": lambda: tasks(None, [Task("Wait", bool)], key="00-wait"),
    "picture": lambda: charts.waiting(start_here.scenario()),
    "stage": lambda: Stage(start_here.scenario()),
}


@pytest.fixture
def colab(monkeypatch):
    """A stand-in for its module, as far as anywidget asks it."""
    asked = []
    widgets = SimpleNamespace(_installed_url="https://manager.example/5/")
    output = SimpleNamespace(enable_custom_widget_manager=lambda: asked.append(True), _widgets=widgets)
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    return {"colab": {"custom_widget_manager": {"url": widgets._installed_url}}}


@pytest.mark.parametrize("view", VIEWS)
def test_the_output_of_each_view_carries_the_managers_address(colab, view):
    data, metadata = VIEWS[view]()._repr_mimebundle_()
    assert metadata == {VIEW: colab} and data["text/plain"] and data[VIEW]["model_id"]


@pytest.mark.parametrize("view", VIEWS)
def test_elsewhere_an_output_carries_nothing_beside_it(view):
    data, metadata = VIEWS[view]()._repr_mimebundle_()
    assert metadata == {} and VIEW in data
