"""The door of the course: `python3 -m cloudlab`.

This file and `__init__.py` keep to words that old Pythons can read, so that an old one gets a sentence
instead of a syntax error. Everything else may use Python 3.11.
"""

import sys


def main():
    """Check the Python, then hand over to `cloudlab.shell.cli`; returns the exit code."""
    if sys.version_info < (3, 11):
        sys.exit(
            "cloudlab needs Python 3.11 or newer, but this is Python %d.%d: %s."
            % (sys.version_info[0], sys.version_info[1], cure())
        )
    from cloudlab.shell import cli

    return cli.main(sys.argv[1:])


def cure():
    """What to do without a Python that is new enough: start one that is there, or install one."""
    import shutil

    for minor in range(19, 10, -1):
        if hasattr(shutil, "which") and shutil.which("python3.%d" % minor):
            return "start it with `python3.%d -m cloudlab`" % minor
    return "install a newer one, for example from python.org, and start it with that"


if __name__ == "__main__":
    sys.exit(main())
