"""`python3 -m cloudlab page`: run lessons and write each as an HTML page that needs no Jupyter.

A page asks the network for nothing. A stage plays in it as a recorded run; a panel, a question and a task
list stand there as text and pictures, with a label that says what needs the lesson. The notebooks stay as
they are. Read `write_pages` first; what a view gives for a page is in `cloudlab/views/snapshot.py`.
"""

import os
import re
import tempfile
from collections.abc import Set
from pathlib import Path

from cloudlab.shell import Fault, execute, say, workfolder

TEMPLATE = Path(__file__).with_name("page.html.j2")
LINK = re.compile(r"\[([^\]]*)\]\(([^)#:\s]+\.ipynb)(#[^)\s]*)?\)")
"""A link in Markdown to another notebook."""

DETAILS = re.compile(r"<details><summary>.*?</summary>|</details>")
"""What folds a text in Markdown."""

OUTPUT_ONLY = "output-only"
"""The tag of a cell whose code is of no use on a page."""

MARK = "⁂"
MARKED = re.compile(rf"<p>{MARK}(.*?){MARK}</p>")

HREF = re.compile(r'(<a\b[^>]*?) href="([^"#:]+\.ipynb)"')
"""The same in what a cell shows as HTML."""


def write_pages(names: list[str], to: str) -> int:
    """Write a page for each named notebook, or for all lessons, to the folder `to`; returns the exit code.

    Pages lie beside each other as their notebooks do. A notebook that fails is a Fault; what was written
    before it is whole.
    """
    folder = Path(to).expanduser().absolute()
    targets = _targets(_chosen(names), folder)
    _must_be_writable(folder)
    for path, target in targets.items():
        text = page(path, set(targets))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            execute.store(target, text)
        except OSError as error:
            raise Fault(f"{target} can't be written: {error.strerror or error}.") from None
        say(f"{path.name}: {target} ({len(text.encode('utf-8')) / 1e6:.1f} MB).")
    return 0


def page(path: Path, others: Set[Path] = frozenset()) -> str:
    """The page of the notebook `path`, whose links to the notebooks `others` lead to their pages.

    Raises Fault when it is no notebook or a cell fails.
    """
    from nbclient.exceptions import CellControlSignal, CellExecutionError
    from nbconvert import HTMLExporter

    _, notebook = execute.read(path)
    try:
        execute.run(notebook, path.parent, CLOUDLAB_PAGE="1")
    except CellExecutionError as error:
        where = next(cell.id for cell in notebook.cells if _failed(cell))
        raise Fault(
            f"{path.name} fails in the cell {where!r}, so it gets no page: {error.ename}: {error.evalue}."
        ) from None
    except (CellControlSignal, RuntimeError) as error:  # too slow, or its kernel died
        raise Fault(f"{path.name} did not come to its end, so it gets no page: {error}.") from None
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(lambda link: _linked(link, path, others), cell.source)
            cell.source = DETAILS.sub(_marked, cell.source)
        for output in cell.get("outputs", ()):
            if html := output.get("data", {}).get("text/html"):
                output["data"]["text/html"] = HREF.sub(lambda link: _led(link, path, others), html)
        if OUTPUT_ONLY in cell.metadata.get("tags", ()):
            _hide_source(cell)
    notebook.metadata["title"] = _title(notebook) or path.stem
    exporter = HTMLExporter(raw_template=TEMPLATE.read_text(encoding="utf-8"), embed_images=True)
    text, _ = exporter.from_notebook_node(notebook, {"metadata": {"path": str(path.parent)}})
    return MARKED.sub(lambda mark: mark[1].replace("&lt;", "<").replace("&gt;", ">"), text)


def _marked(tags: re.Match) -> str:
    """A paragraph in place of tags that fold a text: the exporter would close them before that text."""
    return f"\n\n{MARK}{tags[0].replace('<', '&lt;').replace('>', '&gt;')}{MARK}\n\n"


def _hide_source(cell: dict) -> None:
    """Show only what a cell shows, without its number."""
    cell["metadata"]["transient"] = {"remove_source": True}
    for output in cell["outputs"]:
        output["output_type"] = "display_data"
        output.pop("execution_count", None)


def _chosen(names: list[str]) -> list[Path]:
    """The notebooks that are named, or all lessons with their exercises."""
    if not names:
        source = workfolder.originals()
        return [source / name for name in workfolder.lessons(source) if name.endswith(".ipynb")]
    return [_meant(name) for name in names]


def _meant(name: str) -> Path:
    """The notebook with this path, or the lesson with this number, as in `01`."""
    path = Path(name).expanduser().absolute()
    if path.is_file():
        return path
    source = workfolder.originals()
    try:
        return source / workfolder.found(workfolder.lessons(source), name, "write")
    except Fault:
        raise Fault(f"there is no notebook {name}.") from None


def _targets(paths: list[Path], folder: Path) -> dict[Path, Path]:
    """Where each notebook's page goes: the folders below the one that holds all of them are kept."""
    try:
        shared = os.path.commonpath([path.parent for path in paths])
    except ValueError:
        raise Fault("the notebooks lie on different drives: name those of one drive at a time.") from None
    return {path: folder / path.relative_to(shared).with_suffix(".html") for path in paths}


def _must_be_writable(folder: Path) -> None:
    """Told before the notebooks run, since they take a while; nothing is made yet."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise Fault(f"no page can be written in {folder}: {error.strerror or error}.") from None


def _failed(cell: dict) -> bool:
    return any(output["output_type"] == "error" for output in cell.get("outputs", ()))


def _led(link: re.Match, path: Path, others: Set[Path]) -> str:
    """As `_linked`, in HTML: without a page a link leads nowhere, and so it is none."""
    tag, target = link.groups()
    there = Path(os.path.normpath(path.parent / target)) in others
    return f'{tag} href="{target.removesuffix(".ipynb")}.html"' if there else tag


def _linked(link: re.Match, path: Path, others: Set[Path]) -> str:
    """The link to another notebook as one to its page, or only its words where there is no such page."""
    words, target, place = link.group(1), link.group(2), link.group(3) or ""
    if Path(os.path.normpath(path.parent / target)) in others:
        return f"[{words}]({target.removesuffix('.ipynb')}.html{place})"
    return words


def _title(notebook) -> str:
    """The first heading, or ''."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = next(filter(None, (re.search(r"^#\s+(.+)$", text, re.M) for text in texts)), None)
    return found.group(1).strip() if found else ""
