"""`cloudlab execute`: notebooks run from the top, and text outputs are stored."""

import json
from pathlib import Path

import pytest

from cloudlab.shell import Fault, cli, execute

SHOWS = """\
import ipywidgets
from IPython.display import HTML, display

display(HTML('<img alt="a line" src="data:image/png;base64,iVBORw0KGgo=">'))
ipywidgets.Checkbox(description="on")
"""


def write(path: Path, *sources: str) -> Path:
    """A notebook that was never run, with the metadata that an editor leaves behind."""
    cells = [{"cell_type": "markdown", "id": "title", "metadata": {"editable": True}, "source": ["# Tïtle"]}]
    for number, source in enumerate(sources, 1):
        extra = {"metadata": {"tags": ["run"], "collapsed": False}, "execution_count": None, "outputs": []}
        cells.append({"cell_type": "code", "id": f"run-{number}", "source": [source], **extra})
    metadata = {
        "language_info": {"name": "python", "version": "3.1"},
        "widgets": {},
        "kernelspec": {"name": "x"},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_a_notebook_is_run_in_its_folder_and_stored_as_text(tmp_path, capsys):
    (tmp_path / "word.txt").write_text("Grüße", encoding="utf-8")
    reads = "print('one')\nprint(open('word.txt', encoding='utf-8').read())"
    path = write(tmp_path / "a notebook é.ipynb", reads, SHOWS)

    assert execute.execute_all([str(path)]) == 0
    assert "stored new outputs" in capsys.readouterr().out

    notebook = json.loads(path.read_text(encoding="utf-8"))
    title, first, second = notebook["cells"]
    assert title == {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# Tïtle"]}
    assert (first["id"], first["metadata"], first["execution_count"]) == ("run-1", {"tags": ["run"]}, 1)
    assert [output["text"] for output in first["outputs"]] == [["one\n", "Grüße\n"]]
    image, box = (output["data"] for output in second["outputs"])
    assert image["text/html"] == ['<img alt="a line" src="data:,">']
    assert list(box) == ["text/plain"]
    assert notebook["metadata"] == {"kernelspec": execute.KERNEL, "language_info": {"name": "python"}}

    stored = path.read_bytes()
    assert b"\r" not in stored
    assert execute.execute_all([str(path)]) == 0
    assert "outputs are as stored" in capsys.readouterr().out
    assert path.read_bytes() == stored


def test_a_cell_that_fails_is_named_and_nothing_is_stored(tmp_path):
    path = write(tmp_path / "broken.ipynb", "print('fine')", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(Fault, match="broken.ipynb fails, so nothing was stored") as trouble:
        execute.execute_all([str(path)])
    assert "1 / 0" in str(trouble.value)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.glob("*.part")] == []


def test_a_missing_notebook_is_one_sentence(tmp_path, capsys):
    assert cli.main(["execute", str(tmp_path / "none.ipynb")]) == 1
    assert capsys.readouterr().err == f"cloudlab: there is no notebook {tmp_path / 'none.ipynb'}.\n"


def test_a_file_that_is_no_notebook_is_one_sentence(tmp_path):
    path = tmp_path / "poem.ipynb"
    path.write_text("roses are red", encoding="utf-8")
    with pytest.raises(Fault, match="poem.ipynb is no notebook"):
        execute.execute_all([str(path)])
