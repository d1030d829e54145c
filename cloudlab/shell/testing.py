"""`python3 -m cloudlab test`: every test of the project in one run of pytest.

Unit, fact, theory and property tests, the doctests of the package, and each notebook: nbval runs it from the
top and compares what its cells print with what is stored. With `--nightly` it is what is too heavy for each run.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from cloudlab.shell import Fault, process, say
from cloudlab.shell.bootstrap import clone

STANDS_STILL = 900
"""Seconds that one test may take."""

NOT_RUN = 30  # pytest's exit code here when all passed, but some could not run (set by conftest.py)
PASSED, FAILED, MISTYPED, INCOMPLETE, NONE = 0, 1, 2, 3, 5
NIGHTLY = "nightly or sampled or hypothesis"
"""The marks of a nightly run: what only it runs, and what it runs in full where a usual run takes a sample."""

WORDS = {
    PASSED: "all tests passed.",
    FAILED: "some tests failed or did not run to the end.",
    MISTYPED: "pytest could not read its arguments.",
    INCOMPLETE: "what ran passed, but some tests did not run (named above).",
    NONE: "no test was chosen.",
}
# An embedded picture counts as the empty one, so that its alternative text is compared and its bytes are not.
SANITIZE = """\
[pictures]
regex: data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+
replace: data:,
"""


def run_tests(arguments: list[str]) -> int:
    """Run all tests, or what pytest's `arguments` choose; returns 0, or another code as README says."""
    root = clone()
    if root is None:
        raise Fault(
            "the tests are not part of an installed copy: run this in a clone of the course's repository."
        )
    with tempfile.TemporaryDirectory(prefix="cloudlab-test-") as scratch:
        sanitize = Path(scratch) / "sanitize.cfg"
        sanitize.write_text(SANITIZE, encoding="utf-8")
        nightly = "--nightly" in arguments
        rest = [argument for argument in arguments if argument != "--nightly"]
        command = [sys.executable, "-m", "pytest", *options(sanitize, nightly=nightly), *rest]
        code = process.run(command, cwd=root, env=environment(os.environ, nightly=nightly))
    code = meaning(code)
    say(WORDS[code] + worked())
    return code


def worked() -> str:
    """How long the processes of the run have worked, where the system tells: a browser's own it doesn't."""
    times = os.times()
    minutes = (times.children_user + times.children_system) / 60
    return f" That took {minutes:.1f} minutes of CPU, without the browsers'." if minutes else ""


def meaning(code: int) -> int:
    """The exit code of `cloudlab test` for pytest's `code`; whatever is not known is a failure."""
    return {0: PASSED, 4: MISTYPED, 5: NONE, NOT_RUN: INCOMPLETE}.get(code, FAILED)


def options(sanitize: Path, *, nightly: bool = False) -> list[str]:
    """Pytest's options: notebooks too, two workers, a group's tests together and in order (see conftest.py).

    A usual run ends a test that stands still, by name.
    """
    chosen = ["-m", NIGHTLY] if nightly else ["--timeout", str(STANDS_STILL)]
    return [*notebook_options(sanitize), "-n", "2", "--dist", "loadscope", *chosen]


def environment(variables, *, nightly: bool = False) -> dict[str, str]:
    """The variables that pytest runs with.

    Compiled files are kept: a run starts a hundred Pythons, and each would compile the course anew.
    """
    kept = {name: value for name, value in variables.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONUTF8": "1", **({"CLOUDLAB_NIGHTLY": "1"} if nightly else {})}


def notebook_options(sanitize: Path) -> list[str]:
    """Pytest's options for notebooks: strict nbval with the Python that runs the tests."""
    return ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=600", f"--nbval-sanitize-with={sanitize}"]


def sanitized(html: str) -> str:
    """`html` as nbval compares it: each embedded picture is the empty one.

    >>> sanitized('<img alt="a line" src="data:image/png;base64,iVBORw0KGgo=">')
    '<img alt="a line" src="data:,">'
    """
    return re.sub(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", "data:,", html)
