"""What holds for every test, wherever it lies: an empty state, a group, and no test left out in silence."""

import os
import re
import signal
import tempfile
from pathlib import Path

import pytest

from cloudlab.shell.testing import NOT_RUN

ON_CI = os.environ.get("CI") == "true"
_state = None


def pytest_configure(config):
    """Give each process of the run an empty folder for answers, and let it hear Ctrl+C.

    A run in the background is started deaf to it, and so would be all that a test of it starts.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    global _state
    _state = tempfile.TemporaryDirectory(prefix="cloudlab-state-")
    os.environ["CLOUDLAB_STATE"] = _state.name


def pytest_unconfigure(config):
    _state.cleanup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of one group together, in order, in one worker.

    xdist's own way, the mark `xdist_group`, does nothing with this pytest: it writes into a test's id, and
    that can't be written any more.
    """
    from xdist.scheduler import LoadScopeScheduling

    class LoadGroups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return LoadGroups(config, log)


def group(nodeid: str) -> str:
    """The name of a test's group: its file, and the lesson whose page it shares with others."""
    file, _, test = nodeid.partition("::")
    lesson = re.search(r"\w+\.ipynb", test)
    return f"{file} {lesson[0]}" if lesson else file


def pytest_runtest_setup(item):
    """Give each notebook an empty folder before its kernel starts, so that stored outputs repeat."""
    if item.path.suffix == ".ipynb":
        os.environ["CLOUDLAB_STATE"] = str(Path(_state.name) / item.path.stem)


def left_out(config) -> list[str]:
    """The tests that were skipped because something is missing here, each with the reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    reasons = [(report.nodeid, report.longrepr[2].removeprefix("Skipped: ")) for report in skipped]
    return [f"{test}: {reason}" for test, reason in reasons if not reason.startswith("Only on ")]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    if exitstatus == pytest.ExitCode.OK and left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if ON_CI else NOT_RUN


def pytest_terminal_summary(terminalreporter, config):
    if names := left_out(config):
        terminalreporter.section("did not run" + (" (a failure under CI)" if ON_CI else ""))
        for name in names:
            terminalreporter.write_line(name)
