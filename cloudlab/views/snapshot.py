"""What a lesson shows on a page that is only read: pictures, words and recorded runs, as HTML.

`python3 -m cloudlab page` runs a notebook with the environment variable CLOUDLAB_PAGE set. Then each view
gives HTML in place of its widget, and the page is kept by the browser alone: no Python, no network.
Nothing here is an input; a label says what needs the lesson. The styles stand in the page's template,
`cloudlab/shell/page.html.j2`. Read `figure` first.
"""

import base64
import os
import re
from collections.abc import Iterable
from html import escape
from itertools import pairwise

from cloudlab.kernel.printed import bound
from cloudlab.views.theme import DARK_PAGE

WIDTHS = (1000, 680, 340)
"""Widths (pixels) that a picture is drawn for, the widest first; type is hardly scaled down at any width."""

OPEN = "open the lesson in Jupyter"

NARROW = "<style>@media (max-width: 500px) { body { padding: 8px; } }</style>"
"""A frame has less room than a page of its own."""


def wanted() -> bool:
    """Whether the notebook runs to become a page."""
    return bool(os.environ.get("CLOUDLAB_PAGE"))


def box(*pieces: str) -> str:
    """The pieces as one block of the page."""
    return f'<div class="cloudlab-page">{"".join(pieces)}</div>'


def label(words: str) -> str:
    """A line that says what stands here in place of something live."""
    return f'<p class="cloudlab-label">{escape(words)}</p>'


def paragraph(words: str) -> str:
    """A paragraph, or nothing."""
    return f"<p>{bound(escape(words))}</p>" if words else ""


def figure(picture) -> str:
    """A `Picture` with its finding, its alternative text, and its words to unfold."""
    told = paragraph(picture.description) + rows(picture.table)
    words = folded("In words", told) if picture.details else ""
    caption = f"<figcaption>{bound(escape(picture.caption))}</figcaption>" if picture.caption else ""
    return f"<figure>{caption}{image(picture)}{words}</figure>"


def image(picture) -> str:
    """The image of a `Picture`, drawn for several widths and both themes; its words where there is none."""
    if not picture.image:
        return paragraph(picture.description)
    before = picture.width, picture.dark
    light, dark = ({width: _drawn(picture, width, dark) for width in WIDTHS} for dark in (False, True))
    picture.width, picture.dark = before
    narrow = [
        (f"(max-width: {wider * 3 // 4 + 60}px)", width) for wider, width in reversed(list(pairwise(WIDTHS)))
    ]
    sources = [(f"{DARK_PAGE} and {media}", dark[width]) for media, width in narrow]
    sources += [(DARK_PAGE, dark[WIDTHS[0]]), *((media, light[width]) for media, width in narrow)]
    told = "".join(f'<source media="{media}" srcset="{drawn}">' for media, drawn in sources)
    alt = escape(f"{picture.caption} {picture.description}".strip())
    return f'<picture>{told}<img alt="{alt}" src="{light[WIDTHS[0]]}"></picture>'


def _drawn(picture, width: int, dark: bool) -> str:
    """The image of a `Picture` for a width and a theme."""
    picture.width, picture.dark = width, dark
    return "data:image/svg+xml;base64," + base64.b64encode(picture.image.encode("utf-8")).decode()


def run(page: str, title: str, still: str) -> str:
    """A recorded run: `page` (HTML that plays it), and `still` for paper and where no script runs."""
    framed = page.replace("<body>", f"{NARROW}<body>", 1)
    name = escape(f"{title or 'A run'}: a recorded run")
    frame = f'<iframe class="cloudlab-run" title="{name}" loading="lazy" srcdoc="{escape(framed)}"></iframe>'
    return f'{frame}<div class="cloudlab-still">{still}</div>'


def rows(table) -> str:
    """Rows of cells, a heading first, as a table, or nothing."""
    if not table:
        return ""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table[0])
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in table[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def forms(contents: Iterable[dict]) -> str:
    """Questions or tasks (see `form.Form`) as text, with one label below."""
    contents = list(contents)
    tasks = any("items" in content for content in contents)
    needs = "A line ticks itself off as you work" if tasks else "To answer"
    return box(*map(_form, contents), label(f"{needs}: {OPEN}."))


def _form(content: dict) -> str:
    inner = f'<p class="cloudlab-asked">{marked(content["question"])}</p>'
    if "items" in content:
        items = [("✓" if item["done"] else "○", marked(item["text"])) for item in content["items"]]
        lines = "".join(f"<li>{glyph} {text}</li>" for glyph, text in items)
        inner += f'<ul class="cloudlab-todo">{lines}</ul>'
    elif "options" in content:
        inner += f"<ol>{''.join(f'<li>{marked(text)}</li>' for text in content['options'])}</ol>"
    else:
        inner += f"<p>{escape(_range(**content['number']))}</p>"
    if content["tone"] != "plain":
        status = filter(None, (content["glyph"], content["word"], content["text"]))
        inner += f"<p>{marked(' '.join(status))}</p>"
    return f'<div class="cloudlab-question">{inner}</div>'


def marked(text: str) -> str:
    """`text` as HTML; `backquotes` mark code and *asterisks* what is stressed, as in a form.

    >>> marked("is `a < b` *always* so?")
    'is <code>a &lt; b</code> <em>always</em> so?'
    """
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", bound(escape(text)))
    return re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", safe)


def _range(low, high, step, unit: str, value) -> str:
    """What may be typed, in words."""
    kind = "A whole number" if step == 1 else "A number"
    ends = f"from {low:,} to {high:,}" if high is not None else f"of at least {low:,}"
    return f"{kind} {ends} {unit}".strip() + "."


def folded(summary: str, inner: str) -> str:
    """What is unfolded by a click, or nothing."""
    return f"<details><summary>{summary}</summary>{inner}</details>" if inner else ""
