"""What holds for every test, wherever it lies: an empty state, a group, and no test left out in silence."""

import os
import tempfile
from pathlib import Path

import pytest

from cloudlab.shell.testing import NOT_RUN

ON_CI = os.environ.get("CI") == "true"
_state = None


def pytest_configure(config):
    """Give each process of the run an empty folder for answers."""
    global _state
    _state = tempfile.TemporaryDirectory(prefix="cloudlab-state-")
    os.environ["CLOUDLAB_STATE"] = _state.name


def pytest_unconfigure(config):
    _state.cleanup()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep tests of one group together, in order, in one worker: those of a file, or of a lesson in a browser."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group(item)))


def group(item) -> str:
    """The name of a test's group: its file, and the lesson whose page it shares with others."""
    file = f"{item.path.parent.name}/{item.path.name}"
    shared = getattr(item, "callspec", None) and item.callspec.params.get("lesson")
    return f"{file}:{shared}" if shared else file


def pytest_runtest_setup(item):
    """Give each notebook an empty folder before its kernel starts, so that stored outputs repeat."""
    if item.path.suffix == ".ipynb":
        os.environ["CLOUDLAB_STATE"] = str(Path(_state.name) / item.path.stem)


def left_out(config) -> list[str]:
    """The tests that were skipped because something is missing here, each with the reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    reasons = [(report.nodeid, report.longrepr[2].removeprefix("Skipped: ")) for report in skipped]
    return [
        f"{test.partition('@')[0]}: {reason}" for test, reason in reasons if not reason.startswith("Only on ")
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    if exitstatus == pytest.ExitCode.OK and left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if ON_CI else NOT_RUN


def pytest_terminal_summary(terminalreporter, config):
    if names := left_out(config):
        terminalreporter.section("did not run" + (" (a failure under CI)" if ON_CI else ""))
        for name in names:
            terminalreporter.write_line(name)
