"""What people often believe and what a run shows to be otherwise, by a short id.

Each wrong option of a question names the one that leads to it, so that its feedback can answer it. They stand in
the words of the lesson that is the first to clear them (`labs/NAME.toml`).
"""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def misconceptions() -> dict[str, str]:
    """The misconceptions of all lessons, as people would say them."""
    labs = sorted(
        (path.name, path) for path in files("cloudlab.labs").iterdir() if path.name.endswith(".toml")
    )
    words = [tomllib.loads(path.read_text(encoding="utf-8")) for _, path in labs]
    return {name: said for each in words for name, said in each.get("misconceptions", {}).items()}
