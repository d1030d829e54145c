"""What a function may run on, as dated data: `runtimes.toml`. Read `runtime` first.

Numbers such as FN-26 are facts of the provider: docs/facts.md lists them with their sources.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from cloudlab.kernel.limits import checked
from cloudlab.lambda_function.errors import InvalidParameterValueException


@dataclass(frozen=True)
class Runtime:
    """One of them. `until` is the last day of support (None: not known); `init` (s) and `memory` (MB) are examples."""

    name: str
    language: str
    until: date | None
    init: float
    memory: int


@cache
def runtimes() -> dict[str, Runtime]:
    """All that the course knows, by the identifier of the API, also those whose last day is over."""
    return {
        name: Runtime(
            name,
            given["language"],
            date.fromisoformat(given["until"]) if given["until"] else None,
            given["init"],
            given["memory"],
        )
        for name, given in _table()["runtimes"].items()
    }


@checked(InvalidParameterValueException)
def runtime(name: str) -> Runtime:
    """The runtime of that name, for a new function.

    Raises InvalidParameterValueException for an unknown one, and for one that has had its day (FN-27).

    >>> runtime("python3.13").language
    'Python'
    """
    known, today = runtimes(), date.fromisoformat(_table()["as_of"])
    supported = [one.name for one in known.values() if one.until is None or one.until >= today]
    if name in supported:
        return known[name]
    rule = f"must be one of {', '.join(supported)}"
    if name in known:
        raise InvalidParameterValueException(
            f"runtime is {name!r:.60}, whose support ended on {known[name].until}, but {rule} (FN-27)."
        )
    if name in _table()["gone"]["names"]:
        raise InvalidParameterValueException(
            f"runtime is {name!r:.60}, whose support has ended, but {rule} (FN-27)."
        )
    raise InvalidParameterValueException(f"runtime is {name!r:.60}, but {rule} (FN-26).")


@cache
def _table() -> dict:
    return tomllib.loads(
        files("cloudlab.lambda_function").joinpath("runtimes.toml").read_text(encoding="utf-8")
    )
