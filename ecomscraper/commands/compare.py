"""`scrapy compare`: the same pages by every approach that tutorials name, side by side."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand

from ecomscraper.commands.table import print_table
from ecomscraper.exceptions import ArgumentError, EcomscraperError

if TYPE_CHECKING:
    from ecomscraper.comparison.catalogue import Approach
    from ecomscraper.comparison.rows import Row
    from ecomscraper.comparison.target import Target

DIFFERENT = 3  # exit code where an approach failed, or found other titles
BUSY = 0.5  # load a processor
PAGES, OWN_PAGES, MOST_OWN_PAGES = 100, 20, 100


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Fetch the same pages by every approach that tutorials name, side by side"

    def long_desc(self) -> str:
        return (
            "Fetch the same pages by requests, threads, processes, asyncio and frameworks, each in a process of its "
            "own, with the parser that it usually comes with and with the fastest one. By default pages of a demo "
            "shop on this machine, which answers after 50 ms: about three minutes. Needs pip install -e '.[compare]'."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        group = parser.add_argument_group("Comparison")
        group.add_argument("--pages", type=_count, metavar="N", help=f"default {PAGES}, with --urls {OWN_PAGES}")
        group.add_argument("--workers", type=_count, default=10, metavar="N", help="requests at once, default 10")
        group.add_argument("--latency", type=_seconds, default=0.05, metavar="S", help="of the demo shop, default 0.05")
        group.add_argument(
            "--urls", metavar="FILE", help="your own pages: fetched once, one a second, and served from this machine"
        )
        group.add_argument("--only", metavar="NAMES", help="approaches, with commas between; --list names them")
        group.add_argument("--list", action="store_true", help="say which approaches there are, and end")
        group.add_argument("--plot", metavar="FILE", help="where to draw the figures, such as compare.svg")
        group.add_argument("--json", metavar="FILE", help="where to write the figures")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            if args:
                raise ArgumentError(f"unknown argument: {' '.join(args)}")
            self.exitcode = _compare(opts)
        except EcomscraperError as error:
            for line in str(error).splitlines():
                print(f"scrapy compare: {line}", file=sys.stderr)
            self.exitcode = error.exit_code
        except KeyboardInterrupt:
            self.exitcode = 130


def _compare(opts: argparse.Namespace) -> int:
    import tempfile
    from pathlib import Path

    from ecomscraper.comparison.catalogue import approaches
    from ecomscraper.comparison.measuring import measure
    from ecomscraper.comparison.rows import rows
    from ecomscraper.comparison.target import project_folder

    pages = opts.pages or (OWN_PAGES if opts.urls else PAGES)
    if opts.urls and pages > MOST_OWN_PAGES:
        raise ArgumentError(f"--pages {pages}: of somebody's pages at most {MOST_OWN_PAGES} are fetched")
    known = approaches(opts.workers, pages)
    if opts.list:
        print_table([["NAME", "APPROACH"], *([each.module, each.name] for each in known)])
        return 0
    chosen = _chosen(known, opts.only)
    there = [each for each in chosen if not each.missing]
    if not there:
        raise ArgumentError("\n".join(map(_absence, chosen)))
    with tempfile.TemporaryDirectory(prefix="compare-") as name:
        folder = Path(name)
        project_folder(folder)
        with _target(opts, folder, pages) as target:
            _warn_of_load()
            measured = list(_told(measure(there, target, folder), sum(len(each.parsers) for each in there)))
            found = rows(measured, target)
    _print(found, [each for each in chosen if each.missing], target)
    _write(found, target, opts)
    return DIFFERENT if any(row.problem for row in found) else 0


def _warn_of_load() -> None:
    """Other programs' work shows in every figure."""
    import os

    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load > BUSY * processors:
        print(f"this machine is busy (load {load:.1f} on {processors} processors): expect noise", file=sys.stderr)


@contextmanager
def _target(opts: argparse.Namespace, folder: Any, pages: int) -> Iterator[Target]:
    from pathlib import Path

    from ecomscraper.comparison.target import demo_shop, own_pages

    if opts.urls:
        with own_pages(folder, Path(opts.urls), pages) as target:
            yield target
    else:
        with demo_shop(folder, pages, opts.latency) as target:
            yield target


def _chosen(known: Sequence[Approach], only: str | None) -> list[Approach]:
    import difflib

    if not only:
        return list(known)
    names = [name.strip() for name in only.split(",")]
    modules = sorted({each.module for each in known})
    for name in names:
        if name not in modules:
            near = difflib.get_close_matches(name, modules, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(modules)}"
            raise ArgumentError(f"--only {name}: unknown approach; {hint}")
    return [each for each in known if each.module in names]


def _told(measured: Iterator[Any], number: int) -> Iterator[Any]:
    """Each of `measured`, told as it comes."""
    for count, each in enumerate(measured, 1):
        took = each.run.error or f"{each.run.seconds:.2f} s"
        print(f"{count} of {number}: {each.approach.name}, {each.parser}: {took}", file=sys.stderr, flush=True)
        yield each


def _print(found: Sequence[Row], absent: Sequence[Approach], target: Target) -> None:
    from ecomscraper.comparison.report import HEAD, advice, cells

    sound = [row for row in found if row.problem is None]
    print_table([HEAD, *map(cells, sound)])
    for row in found:
        if row.problem is not None:
            print(f"{row.name}, {row.parser}: {row.problem}")
    for each in absent:
        print(_absence(each))
    if sound:
        print(
            f"\n{target.words}; all rows with the same {sound[0].pages} titles. EXPECTED is pages × latency ÷ workers;"
        )
        print(
            "SPEED-UP is over one after the other with that parser, else with BeautifulSoup; PEAK MB is of one process."
        )
    if lines := advice(found):
        print("\nWhen to use which:")
    for line in lines:
        print(f"- {line}")


def _absence(approach: Approach) -> str:
    return f"{approach.name}: not installed ({', '.join(approach.missing)}); pip install -e '.[compare]' brings it"


def _write(found: Sequence[Row], target: Target, opts: argparse.Namespace) -> None:
    import json
    from dataclasses import asdict
    from pathlib import Path

    from ecomscraper.comparison.plot import plot

    figures = json.dumps([asdict(row) for row in found], indent=1)
    for name, text in ((opts.plot, plot(found, target.words)), (opts.json, figures)):
        try:
            if name:
                Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise ArgumentError(f"{name}: cannot be written: {error.strerror}") from error


def _seconds(text: str) -> float:
    try:
        if 0 <= (seconds := float(text)) <= 10:
            return seconds
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 10")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 10000")
    return int(text)
