"""What PostgreSQL costs: pages a second with the ledger in it, and of the same crawl with the ledger in a SQLite file.

    python tests/benchmarks/postgresql_cost.py postgresql://user:password@host/database [--pages 5000] [--pairs 5]

The crawls stay in the database. Medians of interleaved pairs are compared. Ends with 1 where PostgreSQL's speed is less
than 0.97 of SQLite's.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import sys

from paired_crawls import paired
from shop_process import shop_process
from storage_cost import measured

AIM = 0.97  # the same, but for what two runs of one kind differ


def compare(database: str, pages: int, pairs: int) -> int:
    databases = {"SQLite": "", "PostgreSQL": database}
    with shop_process(pages) as start:
        medians = paired(tuple(databases), pages, pairs, lambda name: measured("ledger", start, pages, databases[name]))
    postgresql, sqlite = medians["PostgreSQL"], medians["SQLite"]
    ratio = postgresql.rate / sqlite.rate
    print(
        f"{pages} pages, medians of {pairs} pairs: {postgresql.rate:.1f} pages/s on PostgreSQL, "
        f"{sqlite.rate:.1f} on SQLite: ratio {ratio:.3f}, aim {AIM}; of our own processor time a page "
        f"{postgresql.cost:.2f} and {sqlite.cost:.2f} ms"
    )
    return 0 if ratio >= AIM else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", metavar="URL")
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    sys.exit(compare(options.database, options.pages, options.pairs))
