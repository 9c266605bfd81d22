"""The throttle against fixed numbers and AutoThrottle, over HTTP: a table of pages a second.

    python tests/benchmarks/throttle_rivals.py [--rounds 1] [SHOP …]

Each crawl has a process and a database of its own, and each shop one for all its crawls. Where a rival is limited by
refusals it keeps the waits that the shop asks for, as every crawl does. Ours begins with nothing known; then the same
crawl again, with what the first one learnt: its refusals, and its goodput from the third second on. Ends with 1 where
ours has less than 0.85 of the best fixed number's pages a second, or a second crawl more than a third of the refusals.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shop_process import environment, shop_process

AIM = 0.85
WARM_SECONDS = 2.0  # in which a second crawl is to be as fast as the first one became
MOST = 32  # limits.concurrency of ours and of AutoThrottle
KNEE = ("--latency", "0.1", "--latency-random", "0.04", "--knee", "8", "--knee-latency", "0.015")
BUCKET = ("--latency", "0.1", "--rate", "20", "--rate-burst", "20")


@dataclass(frozen=True)
class Shop:
    name: str
    pages: int
    options: tuple[str, ...]
    fixed: tuple[int, ...]  # the rivals: requests at once
    auto: tuple[int, ...]  # … and AUTOTHROTTLE_TARGET_CONCURRENCY


SHOPS = (
    Shop("12 pages", 12, KNEE, (8, 12, 16), (4, 16)),
    Shop("knee at 8", 1200, KNEE, (4, 8, 12, 16, 32), (4, 8, 16)),
    Shop("knee at 8, halved half way", 1200, (*KNEE, "--halve-after", "600"), (4, 8, 12, 16, 32), (4, 8, 16)),
    Shop("20 a second", 600, BUCKET, (1, 2, 3, 8), (1, 4)),
    Shop("20 a second, silent", 600, (*BUCKET, "--rate-silent"), (1, 2, 3, 8), (1, 4)),
)


@dataclass(frozen=True)
class Result:
    pages_per_second: float  # from the first request to the last answer
    refused_share: float
    refused: int
    late_goodput: float  # pages a second after WARM_SECONDS; 0 where there were hardly any


def crawl(start: str, data: str, *settings: str) -> Result:
    """One crawl in a process of its own, with its database in `data`."""
    _post(start, "reset")
    told = ("-a", f"start={start}", "-s", f"ECOM_DATA_DIR={data}", "-s", "LOG_LEVEL=ERROR")
    command = [sys.executable, "-m", "scrapy", "crawl", "ecommerce", *told, "-a", "limits.delay_seconds=0", *settings]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads(_get(start, "counts"))
    arrivals = sorted(arrival["wall_seconds"] for arrival in counts["arrivals"])
    with closing(sqlite3.connect(Path(data) / "ecomscraper.sqlite3")) as database:
        query = "SELECT fetched_at FROM pages WHERE crawl_id = (SELECT max(id) FROM crawls) AND status = 'stored'"
        stored = sorted(datetime.fromisoformat(at).timestamp() for (at,) in database.execute(query))
    refused = counts["answers"].get("429", 0)
    late = [at for at in stored if at > arrivals[0] + WARM_SECONDS]
    return Result(
        pages_per_second=len(stored) / (stored[-1] - arrivals[0]),
        refused_share=refused / len(arrivals),
        refused=refused,
        late_goodput=(len(late) - 1) / (late[-1] - late[0]) if len(late) > 20 else 0.0,
    )


def once(start: str, *settings: str) -> Result:
    with tempfile.TemporaryDirectory() as data:
        return crawl(start, data, *settings)


def fixed(number: int) -> tuple[str, ...]:
    return ("-a", f"limits.concurrency={number}", "-a", "limits.throttle=fixed")


def auto(target: int) -> tuple[str, ...]:
    most = ("-a", f"limits.concurrency={MOST}", "-s", "AUTOTHROTTLE_ENABLED=True")
    return (*most, "-s", f"AUTOTHROTTLE_TARGET_CONCURRENCY={target}")


ADAPTIVE = ("-a", f"limits.concurrency={MOST}", "-a", "limits.throttle=adaptive")


def compare(shop: Shop, rounds: int) -> bool:
    """Prints the shop's lines; whether ours keeps what it promises."""
    with shop_process(shop.pages, *shop.options) as start:
        best, best_number = _best(start, {str(number): fixed(number) for number in shop.fixed}, rounds)
        auto_best, auto_target = _best(start, {str(target): auto(target) for target in shop.auto}, rounds)
        ours, again = [], []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as data:
                ours.append(crawl(start, data, *ADAPTIVE))
                again.append(crawl(start, data, *ADAPTIVE))
    speed = statistics.median(each.pages_per_second for each in ours)
    refused = [sum(each.refused for each in results) for results in (ours, again)]
    late = [statistics.median(each.late_goodput for each in results) for results in (ours, again)]
    print(
        f"| {shop.name} | {best.pages_per_second:.1f}/s ({best_number}) | "
        f"{auto_best.pages_per_second:.1f}/s ({auto_target}, {auto_best.refused_share:.0%} refused) | "
        f"{speed:.1f}/s | {speed / best.pages_per_second:.2f} | "
        f"{statistics.median(each.refused_share for each in ours):.2%} | "
        f"{statistics.median(each.pages_per_second for each in again) / best.pages_per_second:.2f} | "
        f"{late[0]:.1f} → {late[1]:.1f} | {refused[0]} → {refused[1]} |",
        flush=True,
    )
    return speed >= AIM * best.pages_per_second and refused[1] * 3 <= refused[0]


def _best(start: str, rivals: dict[str, tuple[str, ...]], rounds: int) -> tuple[Result, str]:
    """The fastest rival's middle result, and its name."""
    results: dict[str, Result] = {}
    for name, settings in rivals.items():
        found = sorted((once(start, *settings) for _ in range(rounds)), key=lambda each: each.pages_per_second)
        results[name] = found[len(found) // 2]
    best = max(results, key=lambda name: results[name].pages_per_second)
    return results[best], best


def _get(start: str, what: str) -> bytes:
    with urllib.request.urlopen(start.replace("/ecommerce/", f"/_demo/{what}"), timeout=30) as answer:
        content: bytes = answer.read()
        return content


def _post(start: str, what: str) -> None:
    request = urllib.request.Request(start.replace("/ecommerce/", f"/_demo/{what}"), method="POST")
    urllib.request.urlopen(request, timeout=30).close()


def main(names: Sequence[str], rounds: int) -> int:
    print(
        "| shop | best fixed | best AutoThrottle | ours | of the best | refused | second crawl, of the best | "
        "after 2 s, first → second | refusals, first → second |"
    )
    print("|---|" + "---:|" * 8)
    chosen = [shop for shop in SHOPS if not names or any(name in shop.name for name in names)]
    kept = [compare(shop, rounds) for shop in chosen]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="SHOP", help="parts of the shops' names; all without")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    sys.exit(main(options.names, options.rounds))
