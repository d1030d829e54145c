"""What covers what: the boxes of all texts and shapes of a stage, and what is wrong among them.

The pen of a stage notes what it draws when a test asks (`Pen.marks`), and the page knows where its own texts
stand. Read `SEEN` first, which asks for both, then `faults`.
"""

import json

import numpy as np

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
    _, *others = boxes
    meet, inside = relations(boxes)
    outside = ~inside[1:, 0]
    meet, inside = meet[1:, 1:], inside[1:, 1:]
    words = [one["words"] for one in others]
    texts = [at for at, one in enumerate(others) if one["what"] == "text"]
    wide = [at for at in texts if others[at]["width"] > SLACK]
    found = [f"“{words[one]}” leaves its card" for one in wide if outside[one]]
    found += [
        f"“{words[one]}” is cut" for one in wide if words[one].endswith(CUT) and len(words[one]) <= LEFT
    ]
    covered = np.argwhere(np.triu(meet[np.ix_(wide, wide)], 1)).tolist()
    found += [f"“{words[wide[one]]}” covers “{words[wide[other]]}”" for one, other in covered]
    near = {at: np.flatnonzero(row).tolist() for at, row in zip(texts, meet[texts], strict=True)}
    found += [fault for at in texts if len(near[at]) > 1 for fault in _of(others, at, near[at], inside)]
    return found + _of_dots(others, meet)


def _of(others: list[dict], place: int, near: list[int], inside) -> list[str]:
    """What is wrong with one text among all that it meets, drawn before it and after."""
    words = others[place]["words"]
    near = [at for at in near if at != place]
    boxes = [at for at in near if others[at]["what"] == "box"]
    # What stands on a box hides what was drawn before it there.
    ground = max((at for at in boxes if at < place and inside[place, at]), default=-1)
    touched = [f"“{words}” touches a {others[at]['what']}" for at in near if others[at]["what"] in SOLID]
    crossed = [at for at in boxes if at > ground and not inside[place, at]]
    return touched + [f"“{words}” crosses an edge" for _ in crossed]


def _of_dots(others: list[dict], meet) -> list[str]:
    """Dots that travel over the inlet of a front, or over each other."""
    dots, inlets = (
        np.array([at for at, one in enumerate(others) if one["what"] == what], dtype=int)
        for what in ("dot", "inlet")
    )
    over = int(meet[np.ix_(dots, inlets)].sum())
    clumped = int((meet[np.ix_(dots, dots)].sum(axis=1) > 1).sum())
    return ["a dot runs over the inlet"] * over + ["dots clump"] * clumped


def relations(boxes: list[dict]):
    """(which boxes share more than a soft edge, which one lies in which other), as tables of truth."""
    x, y, width, height = (np.array([one[name] for one in boxes]) for name in ("x", "y", "width", "height"))
    right, low = x + width, y + height
    across = np.minimum.outer(right, right) - np.maximum.outer(x, x)
    down = np.minimum.outer(low, low) - np.maximum.outer(y, y)
    inside = (
        (x[:, None] >= x - SLACK)
        & (y[:, None] >= y - SLACK)
        & (right[:, None] <= right + SLACK)
        & (low[:, None] <= low + SLACK)
    )
    return (across > SLACK) & (down > SLACK), inside
