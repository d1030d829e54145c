"""The HTML export of a lesson: where widgets are missing, a stage and its panel stand there as a labelled text."""

import nbformat
import pytest
from nbconvert import HTMLExporter

from cloudlab.labs.load_balancing import scenario
from cloudlab.views.lesson import Stage, explore, stage


def exported(shown) -> str:
    """The export of a notebook that JupyterLab saved with one output, without the state of its widgets."""
    given = shown._repr_mimebundle_()
    data, _ = given if isinstance(given, tuple) else (given, {})
    assert "application/vnd.jupyter.widget-view+json" in data
    output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
    cell = nbformat.v4.new_code_cell("shown", outputs=[output], execution_count=1)
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    return page.partition("<main>")[2]


def text_of(page: str) -> str:
    """The text that stands for the output."""
    return page.partition('data-mime-type="text/plain"')[2].partition("<pre>")[2].partition("</pre>")[0]


@pytest.fixture(scope="module")
def record():
    return scenario(slow="C")


def test_a_stage_is_exported_as_its_title_above_its_description(record):
    made = Stage(record, title="Four servers, C at half speed")
    page = exported(made)
    text = text_of(page)
    assert text.splitlines()[0] == "Four servers, C at half speed"
    assert text.splitlines()[1].startswith("This run of 10 min holds balancer shop (round robin)")
    assert "widget-view" not in page


def test_a_panel_with_a_stage_is_exported_as_its_setting_and_findings():
    page = exported(explore(scenario, stage))
    text = text_of(page)
    assert text.startswith("scenario with method round robin, slow none, load 80")
    assert len(text.splitlines()) >= 2
    assert "widget-view" not in page
