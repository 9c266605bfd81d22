"""Prints the table: `python -m ecomscraper.laboratory [--held-out] [--processes 2] [NAME …]`."""

from __future__ import annotations

import argparse
import sys

from ecomscraper.laboratory.scenarios import HELD_OUT, SCENARIOS
from ecomscraper.laboratory.table import as_markdown, measured


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser("python -m ecomscraper.laboratory", description="Laws on simulated shops.")
    parser.add_argument("--held-out", action="store_true", help="other knees, buckets, noises and changes")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of the shops' names; all without")
    options = parser.parse_args(arguments)
    scenarios = HELD_OUT if options.held_out else SCENARIOS
    chosen = [each for each in scenarios if not options.names or any(name in each.name for name in options.names)]
    for line in as_markdown(measured(chosen, options.processes)):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
