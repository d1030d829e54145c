"""The door of the course: `python3 -m cloudlab`.

This file and `__init__.py` keep to words that old Pythons can read, so that an old one gets a sentence
instead of a syntax error. Everything else may use Python 3.11.
"""

import sys


def main():
    """Check the Python, then hand over to `cloudlab.shell.cli`; returns the exit code."""
    if sys.version_info < (3, 11):
        sys.exit(
            "cloudlab needs Python 3.11 or newer, but this is Python %d.%d: "
            "start it with a newer one, for example `python3.12 -m cloudlab`." % sys.version_info[:2]
        )
    from cloudlab.shell import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
