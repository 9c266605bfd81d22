"""What PostgreSQL costs: pages a second with the ledger in it, and of the same crawl with the ledger in a SQLite file.

    python tests/benchmarks/postgresql_cost.py postgresql://user:password@host/database [--pages 5000] [--pairs 5]

Each crawl has a process of its own, and the shop one for all; the crawls stay in the database. Pairs are interleaved,
medians are compared. Ends with 1 where PostgreSQL's speed is less than 0.97 of SQLite's.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import statistics
import sys

from shop_process import shop_process
from storage_cost import measured

AIM = 0.97  # the same, but for what two runs of one kind differ


def compare(database: str, pages: int, pairs: int) -> int:
    databases = {"SQLite": "", "PostgreSQL": database}
    rates: dict[str, list[float]] = {name: [] for name in databases}
    costs: dict[str, list[float]] = {name: [] for name in databases}
    with shop_process(pages) as start:
        for pair in range(pairs):
            for name in sorted(databases, reverse=pair % 2 == 1):
                figures = measured("ledger", start, pages, databases[name])
                rates[name].append(pages / figures["seconds"])
                costs[name].append(1000 * figures["processor_seconds"] / pages)
                print(f"pair {pair + 1} {name:>10}: {rates[name][-1]:6.1f} pages/s, {costs[name][-1]:.2f} ms")
    rate = {name: statistics.median(values) for name, values in rates.items()}
    cost = {name: statistics.median(values) for name, values in costs.items()}
    ratio = rate["PostgreSQL"] / rate["SQLite"]
    print(
        f"{pages} pages, medians of {pairs} pairs: {rate['PostgreSQL']:.1f} pages/s on PostgreSQL, "
        f"{rate['SQLite']:.1f} on SQLite: ratio {ratio:.3f}, aim {AIM}; of our own processor time a page "
        f"{cost['PostgreSQL']:.2f} and {cost['SQLite']:.2f} ms"
    )
    return 0 if ratio >= AIM else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", metavar="URL")
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    sys.exit(compare(options.database, options.pages, options.pairs))
