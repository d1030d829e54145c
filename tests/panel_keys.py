"""A panel of a lesson, used by keyboard alone: Tab goes on, arrows choose, Space ticks, Enter presses.

Read `PanelKeys.use` and `PanelKeys.turn` first.
"""

from notebook_page import NotebookPage

# What an output says and shows now. `decode` fails for an image that is broken. To write a stage as PNG is dear.
SHOWN = """async (output) => {
  const images = [...output.querySelectorAll("img")].filter((image) => image.src && image.checkVisibility());
  const pictures = await Promise.all(images.map(async (image) => {
    await image.decode();
    return (await fetch(image.src)).text();
  }));
  const words = [...output.querySelectorAll(".cloudlab-finding, .cloudlab-words p, .cloudlab-message")];
  const stages = [...output.querySelectorAll(".cloudlab-stage canvas")].map((canvas) =>
    canvas.toDataURL("image/jpeg", 0.9));
  return {
    pictures: pictures.join("") + stages.join(""),
    words: [...words.map((node) => node.textContent), ...images.map((image) => image.alt)].join(" "),
  };
}"""
CHANGED = (
    "async ([output, before, what]) => {"
    f" const now = await ({SHOWN})(output); return what.every((key) => now[key] !== before[key]); }}"
)


class PanelKeys:
    """The panel in the output of one cell, with the focus on or before its first control."""

    def __init__(self, lesson: NotebookPage, cell: str):
        self.lesson, self.page, self.cell = lesson, lesson.page, cell
        self.output = lesson.output(cell)
        self.bar = self.output.locator(".cloudlab-panel")
        self.root = self.output.locator(".cloudlab:has(> .cloudlab-panel)")
        lesson.go_to(cell)

    def shown(self) -> dict[str, str]:
        """The words of the panel, with the alternative texts, and its pictures, letter by letter."""
        return self.output.evaluate(SHOWN)

    def fields(self) -> list[str]:
        """The labels of the controls, as they stand."""
        return self.bar.locator(".cloudlab-field .cloudlab-label").all_text_contents()

    def field(self, label: str):
        """One control, with its label and its place for an error."""
        return self.bar.locator(".cloudlab-field").nth(self.fields().index(label))

    def button(self, words: str):
        """One button of the bar."""
        return self.bar.locator("button").filter(has_text=words)

    def to_the_end(self) -> None:
        """Move the play-head of a stage to the end of its run, and go back to the panel."""
        scrub = self.output.locator(".cloudlab-scrub")
        if scrub.count():
            self.lesson.reach(scrub)
            self.lesson.press("End")
            self.lesson.go_to(self.cell)

    def act(self, words: str) -> None:
        """Press a button of the stage that does something at the play-head."""
        self.lesson.reach(
            self.output.locator(":is(.cloudlab-actions, .cloudlab-done-at) button")
            .filter(has_text=words)
            .last
        )
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys on what has the focus, and wait until the kernel has answered."""
        self.lesson.press_for("data-done", self.root, *keys)

    def use(self, control, *keys: str, changes=("words", "pictures"), way: str = "Tab") -> None:
        """Tab to `control`, press `keys`, and wait until words and pictures are other ones."""
        self.lesson.reach(control, way)
        before = self.shown()
        self.press(*keys)
        self._wait_for_change(before, list(changes))

    def turn(self, label: str) -> None:
        """Tab to a field and give it the next value that the model takes, by an arrow or the space bar."""
        field = self.field(label)
        self.lesson.reach(field.locator(".cloudlab-choices, input").first)
        before = self.shown()
        for _ in range(3):
            self.press(self._key(field))
            if not field.locator(".cloudlab-error").text_content():
                break
        assert field.locator(".cloudlab-error").text_content() == "", f"{label} takes no other value"
        self._wait_for_change(before, ["words", "pictures"])

    def _key(self, field) -> str:
        """The key that changes a field: at its upper limit a number goes down."""
        return field.locator("input").first.evaluate(
            "({type, value, max}) => type === 'checkbox' ? 'Space' : type === 'radio' ? 'ArrowRight'"
            " : max !== '' && Number(value) >= Number(max) ? 'ArrowDown' : 'ArrowUp'"
        )

    def _wait_for_change(self, before: dict[str, str], what: list[str]) -> None:
        arg = [self.output.element_handle(), before, what]
        self.page.wait_for_function(CHANGED, arg=arg, polling=200)  # to look is dear: not in each frame
