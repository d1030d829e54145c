"""The command: `python -m benchmarks [--quick] [names…]`."""

import argparse
import sys

from benchmarks import sidebyside
from benchmarks.table import machine, versions

FULL, QUICK = 200_000, 10_000


def requests(quick: bool) -> str:
    """Side by side on W1 and W2."""
    return sidebyside.report(QUICK if quick else FULL)


MEASURES = {"requests": requests}


def main(arguments: list[str]) -> None:
    """Run the named measures, or all, and print each as soon as it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure cloudlab beside others."
    )
    parser.add_argument("names", nargs="*", help=f"what to measure: {', '.join(MEASURES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small sizes: a first look, no judgement")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in MEASURES:
            parser.error(f"names has {name!r}, but each must be one of {', '.join(MEASURES)}.")
    print(f"{machine()}; {versions()}", flush=True)
    for name in options.names or MEASURES:
        print(f"\n### {name}\n\n{MEASURES[name](options.quick)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
