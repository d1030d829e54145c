"""What a usual run takes a sample of, and a nightly run (`python3 -m cloudlab test --nightly`) takes in full.

A test that uses this carries the mark `sampled`, so that it belongs to both runs.
"""

import os

NIGHTLY = "CLOUDLAB_NIGHTLY" in os.environ


def some(things, most: int = 1) -> list:
    """The first of `things`, at most so many; by night all."""
    return list(things) if NIGHTLY else list(things)[:most]
