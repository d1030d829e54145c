"""A stage as one file that plays in any browser: the module, the styles and the run stand in it.

The widget's model is replaced by a plain object with the same few methods, so the module is the same. The
file asks for nothing: no script, no font, no picture. Read `save` first.
"""

import base64
import html
import json
from pathlib import Path

from cloudlab.kernel.limits import InvalidParameter

PLAIN = (
    "names",
    "time",
    "title",
    "description",
    "actions",
    "todo",
    "prediction",
    "later",
    "finding",
    "before",
    "luck",
    "scale",
    "motion",
    "opening",
)
"""Traits that go into the file as they are."""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{styles}
body {{ margin: 0; padding: 16px 24px; background: #FFFFFF; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #111418; }} }}
</style>
<body>
<main id="stage"></main>
<noscript><h1>{title}</h1><p>{description}</p><p>This page needs JavaScript to play the run.</p></noscript>
<script type="module">
{script}
const state = {state};
const blocks = {blocks};
state.runs.forEach((run, place) => {{
  const bytes = Uint8Array.from(atob(blocks[place]), (letter) => letter.charCodeAt(0));
  run.columns = new DataView(bytes.buffer);
}});
const listeners = {{}};
const model = {{
  get: (name) => state[name],
  set: (name, value) => {{ state[name] = value; (listeners[`change:${{name}}`] || []).forEach((act) => act()); }},
  on: (name, act) => {{ (listeners[name] = listeners[name] || []).push(act); }},
  save_changes: () => {{}},
  send: () => {{}},
}};
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const theme = () => {{ document.body.dataset.jpThemeLight = String(!dark.matches); }};
dark.addEventListener("change", theme);
theme();
render({{ model, el: document.getElementById("stage") }});
</script>
"""


def save(stage, path, *, script: str, styles: str) -> Path:
    """Write what `stage` shows to `path`, utf-8; returns the path. `script` and `styles` are the module's texts.

    Raises InvalidParameter when the file can't be written.
    """
    blocks = [base64.b64encode(run["columns"]).decode("ascii") for run in stage.runs]
    runs = [{name: value for name, value in run.items() if name != "columns"} for run in stage.runs]
    state = {name: getattr(stage, name) for name in PLAIN}
    state |= {
        "runs": runs,
        "details": True,
        "code": "",
        "message": "",
        "fault": False,
        "pictures": [],
        "revision": 1,
        "live": False,
    }
    page = PAGE.format(
        title=html.escape(stage.title or "A run of the cloud"),
        description=html.escape(stage.description),
        styles=styles,
        script=script.replace("export default { render };", ""),
        state=_inside_script(state),
        blocks=_inside_script(blocks),
    )
    try:
        target = Path(path)
        target.write_text(page, encoding="utf-8", newline="\n")
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidParameter(
            f"path is {str(path)!r:.120}, but a file must be writable there: {reason}."
        ) from None
    return target


def _inside_script(value) -> str:
    """JSON that can stand inside a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
