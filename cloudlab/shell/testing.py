"""`python3 -m cloudlab test`: every test of the project in one run of pytest.

Unit, fact, theory and property tests, the doctests of the package, and each notebook: nbval runs it from the
top and compares what its cells print with what is stored.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from cloudlab.shell import Fault, process, say
from cloudlab.shell.bootstrap import clone

NOT_RUN = 30  # pytest's exit code here when all passed, but some could not run (set by conftest.py)
PASSED, FAILED, MISTYPED, INCOMPLETE, NONE = 0, 1, 2, 3, 5
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
        command = [sys.executable, "-m", "pytest", *options(sanitize), *arguments]
        code = process.run(command, cwd=root, env={**os.environ, "PYTHONUTF8": "1"})
    code = meaning(code)
    say(WORDS[code])
    return code


def meaning(code: int) -> int:
    """The exit code of `cloudlab test` for pytest's `code`; whatever is not known is a failure."""
    return {0: PASSED, 4: MISTYPED, 5: NONE, NOT_RUN: INCOMPLETE}.get(code, FAILED)


def options(sanitize: Path) -> list[str]:
    """Pytest's options: notebooks too, two workers, a file's tests together and in order."""
    return [*notebook_options(sanitize), "-n", "2", "--dist", "loadfile"]


def notebook_options(sanitize: Path) -> list[str]:
    """Pytest's options for notebooks: strict nbval with the Python that runs the tests."""
    return ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", f"--nbval-sanitize-with={sanitize}"]


def sanitized(html: str) -> str:
    """`html` as nbval compares it: each embedded picture is the empty one.

    >>> sanitized('<img alt="a line" src="data:image/png;base64,iVBORw0KGgo=">')
    '<img alt="a line" src="data:,">'
    """
    return re.sub(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", "data:,", html)
