"""Pages a second: this project with everything on, and the same pages by other approaches.

    python tests/benchmarks/speed.py [--pages 1000] [--rounds 5] [--only ecomscraper,Scrapy]

It takes `pip install -e '.[compare,fast]'`, and a quarter of an hour on a machine of its own.

The server has core 1, each client in turn core 0, a process of its own for each measurement; rounds go through all
approaches, so that a busy moment hits them all. Of each the median is told: pages a second, and pages a second of its
processor time, which other programs on the machine do not spoil. The results must be the same; this project reads all
that a card shows even where three values are asked for.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

from shop_process import environment, page_server
from speed_approaches import APPROACHES, Results
from speed_cards import What, told

SERVER_CORE, CLIENT_CORE = 1, 0
ON_ITS_CORE = ("--core", str(SERVER_CORE))
SLOW = {"tutorial": 0.15}  # share of the pages, as it takes ten times as long
OWN = "ecomscraper"
LATENCY_SECONDS, LATENCY_CONCURRENCY = 0.05, 64
START_UP_SECONDS = 0.5  # more than Scrapy's
AIMS = {  # at least so many times as fast
    What.TITLES: {"Scrapy": 3.0, "tutorial": 20.0, "Crawlee": 2.5, "aiohttp + parsel": 1.0},
    What.PRICES: {"Scrapy": 3.5, "aiohttp + parsel": 1.0},
    What.CARDS: {"Scrapy": 3.5, "aiohttp + parsel": 1.0},
}
TITLE = {
    What.TITLES: "titles",
    What.PRICES: "titles; name, price and URL of 16 products",
    What.CARDS: "titles; all that 16 cards show",
}


class Figures(NamedTuple):
    """Of one measurement, or the medians of several."""

    rate: float  # pages a second
    processor_rate: float  # pages a second of processor time
    digest: str  # of what was read


def measure_once(name: str, start: str, pages: int, what: What, concurrency: int) -> None:
    """One measurement in this process; prints its figures."""
    read, took = APPROACHES[name](start, pages, what, concurrency)
    digest = _digest(read, what) if read else ""
    print(json.dumps({**vars(took), "digest": digest, "pages": len(read)}))


def _digest(read: Results, what: What) -> str:
    """The same for the same titles, or the same products."""
    shown = {page: list(map(told, cards)) if what.fields else title for page, (title, cards) in sorted(read.items())}
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:12]


def measured(name: str, start: str, pages: int, what: What, concurrency: int) -> Figures:
    command = [
        "taskset", "-c", str(CLIENT_CORE), sys.executable, __file__,
        "--measure", name, start, str(pages), what, str(concurrency),
    ]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment())
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    said = json.loads(done.stdout.splitlines()[-1])
    if said["digest"]:
        assert said["pages"] == pages, f"{name} read {said['pages']} pages"
    return Figures(pages / said["seconds"], pages / said["processor_seconds"], said["digest"])


def compare(names: list[str], pages: int, rounds: int, concurrency: int, what: What) -> dict[str, Figures]:
    """The medians of each approach. Ends the program where two of them read different things."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    with page_server(pages, *ON_ITS_CORE) as start:
        few = [(name, round(pages * SLOW.get(name, 1))) for name in names]
        for _ in range(rounds):
            for name, share in few:
                found[name].append(measured(name, start, share, what, concurrency))
    digests = {name: {each.digest for each in found[name]} - {""} for name, share in few if share == pages}
    if len(set().union(*digests.values())) > 1:
        raise SystemExit(f"the results differ: {digests}")
    return {
        name: Figures(
            statistics.median(each.rate for each in figures),
            statistics.median(each.processor_rate for each in figures),
            figures[0].digest,
        )
        for name, figures in found.items()
    }


def latency(pages: int, rounds: int) -> bool:
    """Whether waiting costs next to nothing: pages a second where each answer takes 50 ms, beside what is possible."""
    waiting = ("--latency", str(LATENCY_SECONDS))
    with page_server(pages, *ON_ITS_CORE) as quick, page_server(pages, *ON_ITS_CORE, *waiting) as slow:
        rates = [
            [measured(OWN, start, pages, What.TITLES, LATENCY_CONCURRENCY).rate for start in (quick, slow)]
            for _ in range(rounds)  # in turn, as the machine is not always as fast
        ]
    without, with_it = (statistics.median(found) for found in zip(*rates, strict=True))
    limit = min(LATENCY_CONCURRENCY / LATENCY_SECONDS, without)
    print(f"\n50 ms latency, {LATENCY_CONCURRENCY} at once: {with_it:.0f} pages/s of {limit:.0f} possible, aim 90 %")
    return with_it >= 0.9 * limit


def start_up(rounds: int) -> bool:
    """Whether a crawl of one page takes at most half a second more than Scrapy's, from the shell and back."""
    seconds: dict[str, list[float]] = {OWN: [], "Scrapy": []}
    with page_server(1, *ON_ITS_CORE) as start:
        for _ in range(rounds):
            for name, found in seconds.items():
                began = time.perf_counter()
                measured(name, start, 1, What.TITLES, 1)
                found.append(time.perf_counter() - began)
    own, plain = (statistics.median(found) for found in seconds.values())
    print(f"\none page, from the shell and back: {own:.2f} s, Scrapy {plain:.2f} s, aim {START_UP_SECONDS} s more")
    return own - plain <= START_UP_SECONDS


def tell(medians: dict[str, Figures], what: What) -> bool:
    """Prints a table; whether every aim is reached."""
    own = medians.get(OWN)
    print(f"\n{TITLE[what]}\n{'':24} pages/s   of processor time   {OWN} is  aim")
    reached = True
    for name, figures in medians.items():
        line = f"{name:24} {figures.rate:7.0f}   {figures.processor_rate:17.0f}"
        if own is not None and name not in (OWN, "server alone"):
            times, of_processor = own.rate / figures.rate, own.processor_rate / figures.processor_rate
            line += f"   {times:.2f} × ({of_processor:.2f} ×)"
            if aim := AIMS[what].get(name):
                line += f"  {aim:g}"
                reached = reached and times >= aim
        print(line, flush=True)
    return reached


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--only", default=",".join(APPROACHES), help="names, with commas between them")
    parser.add_argument("--of", default="titles,prices,cards,latency,start-up")
    parser.add_argument("--measure", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, start, *numbers = options.measure
        pages, what, concurrency = numbers
        measure_once(name, start, int(pages), What(what), int(concurrency))
        sys.exit()
    chosen = options.only.split(",")
    results = [
        tell(compare(chosen, options.pages, options.rounds, options.concurrency, what), what)
        for what in What
        if what in options.of.split(",")
    ]
    if "latency" in options.of.split(","):
        results.append(latency(options.pages, options.rounds))
    if "start-up" in options.of.split(","):
        results.append(start_up(options.rounds))
    sys.exit(0 if all(results) else 1)
