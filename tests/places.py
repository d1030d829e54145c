"""Where things lie: the clone, its lessons and the tests themselves."""

from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
NOTEBOOKS = ROOT / "notebooks"
