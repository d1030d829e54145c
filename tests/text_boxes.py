"""What covers what: the boxes of all texts and shapes of a stage, and what is wrong among them.

The pen of a stage notes what it draws when a test asks (`Pen.marks`), and the page knows where its own texts
stand. Read `SEEN` first, which asks for both, then `faults`.
"""

import json

SEEN = """(times) => {
  const stage = document.getElementById("stage").stage;
  const boxesOf = (canvas, pen) => {
    const frame = canvas.getBoundingClientRect();
    const scale = frame.width / (canvas.width / pen.ratio);
    const card = { what: "card", words: "", x: frame.x, y: frame.y, width: frame.width, height: frame.height };
    const found = pen.marks.map((one) => ({ ...one, x: frame.x + one.x * scale, y: frame.y + one.y * scale,
      width: one.width * scale, height: one.height * scale }));
    return [card, ...found];
  };
  const textsOf = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const card = root.getBoundingClientRect();
    const found = [{ what: "card", words: "", x: card.x, y: card.y, width: card.width, height: card.height }];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const skipped = node.parentElement.closest(".cloudlab-hidden, .cloudlab-spoken, option, style");
      if (skipped || !node.textContent.trim() || !node.parentElement.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { x, y, width, height } of range.getClientRects()) {
        const lead = Math.max(0, (height - 17) / 2); // a line is higher than its letters
        found.push({ what: "text", words: node.textContent, x, y: y + lead, width, height: height - 2 * lead });
      }
    }
    return found;
  };
  stage.pen.marks = stage.linePen.marks = [];
  return JSON.stringify(times.map((time) => {
    stage.player.t = time;
    stage.draw(true);
    return [boxesOf(stage.parts.canvas, stage.pen), boxesOf(stage.parts.line, stage.linePen),
      textsOf(stage.parts.root)];
  }));
}"""
"""At each of these moments: the boxes of the scene, of the timeline, and of all texts of the page around them.

As JSON, since Playwright takes several times as long for values as for one text.
"""


def seen(page, times: list[float]) -> list[list[list[dict]]]:
    """What `SEEN` finds on a page."""
    return json.loads(page.evaluate(SEEN, times))


SLACK = 1.0
"""So many pixels may two things share: letters have soft edges."""

CUT, LEFT = "…", 7
"""What stands for the rest of words that found no room. Of so few letters nobody guesses what they were."""

SOLID = ("bead", "dot", "peg", "cross", "inlet", "line")
"""What no text may touch."""


def faults(boxes: list[dict]) -> list[str]:
    """What is wrong among the boxes of one card, a sentence each. The first box is the card itself."""
    card, *others = boxes
    texts = [one for one in others if one["what"] == "text" and one["width"] > SLACK]
    found = [f"“{one['words']}” leaves its card" for one in texts if not inside(one, card)]
    found += [
        f"“{one['words']}” is cut"
        for one in texts
        if one["words"].endswith(CUT) and len(one["words"]) <= LEFT
    ]
    for place, one in enumerate(texts):
        covered = [other for other in texts[place + 1 :] if meet(one, other)]
        found += [f"“{one['words']}” covers “{other['words']}”" for other in covered]
    found += [
        fault for place, one in enumerate(others) if one["what"] == "text" for fault in _of(others, place)
    ]
    return found + _of_dots(others)


def _of(others: list[dict], place: int) -> list[str]:
    """What is wrong with one text among all that was drawn before and after it."""
    text = others[place]
    near = [(at, one) for at, one in enumerate(others) if one is not text and meet(text, one)]
    ground = max((at for at, one in near if at < place and around(one, text)), default=-1)
    touched = [f"“{text['words']}” touches a {one['what']}" for _, one in near if one["what"] in SOLID]
    crossed = [one for at, one in near if one["what"] == "box" and at > ground and not inside(text, one)]
    return touched + [f"“{text['words']}” crosses an edge" for _ in crossed]


def _of_dots(others: list[dict]) -> list[str]:
    """Dots that travel over the inlet of a front, or over each other."""
    dots = [one for one in others if one["what"] == "dot"]
    inlets = [one for one in others if one["what"] == "inlet"]
    over = ["a dot runs over the inlet" for dot in dots for inlet in inlets if meet(dot, inlet)]
    return over + ["dots clump" for dot in dots if sum(meet(dot, other) for other in dots) > 1]


def around(box: dict, text: dict) -> bool:
    """Whether a text stands on this box, so that what was drawn before it is hidden there."""
    return box["what"] == "box" and inside(text, box)


def meet(one: dict, other: dict) -> bool:
    """Whether two boxes share more than a soft edge."""
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return across > SLACK and down > SLACK


def inside(one: dict, other: dict) -> bool:
    """Whether a box lies in another one."""
    return (
        one["x"] >= other["x"] - SLACK
        and one["y"] >= other["y"] - SLACK
        and one["x"] + one["width"] <= other["x"] + other["width"] + SLACK
        and one["y"] + one["height"] <= other["y"] + other["height"] + SLACK
    )
