"""What can't be helped: a widget that does nothing but ask Python for a picture and show it.

A key press goes to Python, which sends one of two pictures back that are ready: charts of a run of `shop`, of the
size that a panel shows. `browser` presses the keys, and times it as it times the panel.
"""

import anywidget
import traitlets

from benchmarks.learner import shop
from cloudlab.views import charts
from cloudlab.views.panel import explore

SCRIPT = """
function render({ model, el }) {
  el.innerHTML = '<div data-done="0"></div><input type="number" aria-label="Instances" value="5">'
    + '<div data-revision="0"><img></div>';
  const [bar, input, picture] = el.children;
  input.addEventListener("input", () => { model.set("asked", model.get("asked") + 1); model.save_changes(); });
  model.on("change:image", () => {
    const image = new Blob([model.get("image")], { type: "image/svg+xml" });
    URL.revokeObjectURL(picture.firstChild.src);
    picture.firstChild.src = URL.createObjectURL(image);
    picture.dataset.revision = bar.dataset.done = String(model.get("asked"));
  });
}
export default { render };
"""


class Empty(anywidget.AnyWidget):
    """A number field and a picture."""

    _esm = SCRIPT
    asked = traitlets.Int().tag(sync=True)
    image = traitlets.Unicode().tag(sync=True)

    def __init__(self, pictures: list[str]):
        super().__init__()
        self._pictures = pictures
        self.observe(self._answer, "asked")

    def _answer(self, change) -> None:
        self.image = self._pictures[change.new % 2]


def empty(requests: int = 20_000) -> Empty:
    """The widget, with two pictures of a panel."""
    panel = explore(shop, charts.load_and_capacity, requests=requests)
    before = panel.pictures[0].image
    panel.controls["instances"].value += 1
    return Empty([before, panel.pictures[0].image])
