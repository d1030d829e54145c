"""Where a learner's answers are kept: in the nearest folder `.cloudlab`."""

import os
from pathlib import Path


def state_folder(start: Path) -> Path:
    """The folder for what is kept: CLOUDLAB_STATE, or the nearest `.cloudlab` from `start` upwards."""
    if named := os.environ.get("CLOUDLAB_STATE"):
        return Path(named)
    for folder in (start, *start.parents):
        if (folder / ".cloudlab").is_dir():
            return folder / ".cloudlab"
    return start / ".cloudlab"
