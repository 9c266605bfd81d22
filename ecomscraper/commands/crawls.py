"""`scrapy crawls list | show | failures | changes | report | reparse | purge`: what happened, from the database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand

from ecomscraper.commands.crawls_purge import check_purge, purge_crawls
from ecomscraper.commands.crawls_reparse import add_reparse_options, check_reparse_options, reparse_crawl
from ecomscraper.commands.crawls_report import check_report_options, report_crawl
from ecomscraper.commands.table import print_table, say
from ecomscraper.exceptions import ArgumentError, EcomscraperError

if TYPE_CHECKING:
    from sqlalchemy import Connection

USAGE = (
    "use `scrapy crawls list`, `show [ID]`, `failures [ID]`, `changes --site NAME`, `report [ID]`, `reparse ID` or "
    "`purge --keep N`"
)
CHANGE = ("change", "name", "before", "after", "currency", "key")
PURGE, REPORT, REPARSE = "purge", "report", "reparse"
MOST_ROWS = 100  # of a table on a terminal; --json and --csv give all
LISTED = ("id", "site", "spider", "verdict", "pages", "stored", "failed", "pending", "items", "started_at", "seconds",
          "pages_per_second", "reparsed_from")  # fmt: skip
FLEET = ("site", "spider", "id", "started_at", "verdict", "pages", "failed", "items", "seconds", "pages_per_second",
         "trend", "ended")  # fmt: skip
HEADS = {"id": "crawl", "started_at": "started (UTC)", "pages_per_second": "pages/s", "ended": "exit codes",
         "reparsed_from": "reparse of"}  # fmt: skip
LISTING = ("listing", "pages", "stored", "failed", "declared_total", "cards", "url")
FAILURE = ("position", "reason", "attempts", "url", "detail")


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return (
            "list [--all | --site NAME] | show [ID] | failures [ID] | changes --site NAME [--json | --csv] "
            "| report [ID] [-o FILE] [--against ID] | reparse ID [-a NAME=VALUE] [-O FILE] "
            "| purge [--keep N] [--days N] [--site NAME] [--dry-run]"
        )

    def short_desc(self) -> str:
        return "Tell what earlier crawls came to, from the database"

    def long_desc(self) -> str:
        return (
            "list: each site with its last crawl, its speed over the last ones and how they ended (exit codes, the "
            "newest last); --all, or --site NAME: each crawl. show and failures: one crawl, the last one where no ID "
            "is given. changes: what is new, gone or at another price. report: one crawl as an HTML file with plots, "
            "or two side by side. reparse: read the kept answers of a crawl (ECOM_ARCHIVE) again, with the profile as "
            "it is now, into a new crawl, without a request. purge: delete the crawls that neither --keep nor --days "
            "keeps; the last complete one of each site and spider stays, and so does one that runs."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--site", metavar="NAME", help="list, purge: its crawls only; changes: its last two complete ones"
        )
        parser.add_argument("--all", action="store_true", help="list: each crawl, the newest first")
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="report: write it there, not below reports in ECOM_DATA_DIR"
        )
        parser.add_argument("--against", type=int, metavar="ID", help="report: another crawl, to stand beside it")
        parser.add_argument("--keep", type=int, metavar="N", help="purge: keep the last N of each site and spider")
        parser.add_argument("--days", type=float, metavar="N", help="purge: keep those that began in the last N days")
        parser.add_argument("--dry-run", action="store_true", help="purge: say what would go, and keep it")
        add_reparse_options(parser)
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", dest="form", action="store_const", const="json", help="for machines")
        form.add_argument("--csv", dest="form", action="store_const", const="csv", help="for spreadsheets")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self._run(args, opts)
        except EcomscraperError as error:
            for line in str(error).splitlines():
                say(f"scrapy crawls: {line}", file=sys.stderr)
            self.exitcode = error.exit_code
        except BrokenPipeError:  # `| head` has seen enough
            sys.stderr.close()

    def _run(self, args: Sequence[str], opts: argparse.Namespace) -> None:
        from ecomscraper.ledger.database import open_database
        from ecomscraper.ledger.opening import database_url

        assert self.settings is not None
        wanted, numbers = _parsed(args, opts.site)
        check_reparse_options(wanted, opts, reparses=wanted == REPARSE)
        if wanted == REPARSE:
            self.exitcode = reparse_crawl(self.settings, numbers[0], opts)
            return
        if wanted == PURGE:
            check_purge(opts)
        if wanted == REPORT:
            check_report_options()
        elif opts.output is not None or opts.against is not None:
            raise ArgumentError("-o and --against belong to `scrapy crawls report`")
        engine = open_database(database_url(self.settings))
        try:
            if wanted == PURGE:
                purge_crawls(engine, opts)
                return
            with engine.connect() as connection:
                if wanted == REPORT:
                    data_dir = Path(self.settings["ECOM_DATA_DIR"])
                    crawl_id = numbers[0] if numbers else None
                    report_crawl(connection, crawl_id, against=opts.against, output=opts.output, data_dir=data_dir)
                    return
                _print(connection, wanted, numbers, opts)
        finally:
            engine.dispose()


def _parsed(args: Sequence[str], site: str | None) -> tuple[str, list[int]]:
    """The subcommand and the numbers of crawls that it names."""
    wanted, *texts = args or [""]
    most = {"list": 0, "show": 1, "failures": 1, "changes": 2, REPORT: 1, REPARSE: 1, PURGE: 0}.get(wanted)
    if most is None or len(texts) > most:
        raise ArgumentError(f"{'unknown or too many arguments' if args else 'no subcommand'}; {USAGE}")
    for text in texts:
        if not text.isdecimal():
            raise ArgumentError(f"{text!r} is no number of a crawl; `scrapy crawls list` shows them")
    if wanted == REPARSE and not texts:
        raise ArgumentError("name the crawl to be read again: scrapy crawls reparse ID")
    if wanted == "changes" and (len(texts) == 1 or bool(texts) == (site is not None)):
        raise ArgumentError("changes compares the last two crawls of --site NAME, or two crawls by their numbers")
    return wanted, [int(text) for text in texts]


def _print(connection: Connection, wanted: str, numbers: list[int], opts: argparse.Namespace) -> None:
    from ecomscraper.verdict.changes import changes, two_crawls
    from ecomscraper.verdict.fleet import fleet_records
    from ecomscraper.verdict.history import crawl_record, crawl_records, failure_records

    if wanted == "list" and (opts.all or opts.site is not None):
        _print_records(crawl_records(connection, opts.site), opts.form, LISTED)
    elif wanted == "list":
        records = fleet_records(connection)
        _print_records(records if opts.form == "json" else map(_with_trend, records), opts.form, FLEET)
    elif wanted == "show":
        _print_record(crawl_record(connection, numbers[0] if numbers else None), opts.form)
    elif wanted == "failures":
        crawl_id = crawl_record(connection, numbers[0] if numbers else None)["id"]
        _print_records(failure_records(connection, crawl_id), opts.form, FAILURE)
    else:
        before, after = numbers or two_crawls(connection, opts.site)
        for number in (before, after):
            crawl_record(connection, number)  # tells where there is none
        _print_records((each._asdict() for each in changes(connection, before, after)), opts.form, CHANGE)


def _with_trend(record: dict[str, Any]) -> dict[str, Any]:
    """For a table: the speeds of the last crawls as a line, and how they ended."""
    from ecomscraper.verdict.fleet import exit_codes, sparkline

    trend = record["trend"]
    return {**record, "trend": sparkline([each["pages_per_second"] for each in trend]), "ended": exit_codes(trend)}


def _print_records(records: Iterable[dict[str, Any]], form: str | None, columns: Sequence[str]) -> None:
    import csv

    from ecomscraper.feeds.spreadsheet import safe_cell
    from ecomscraper.logs.harmless import harmless, harmless_json

    if form == "json":
        print(harmless_json(list(records)))
        return
    rows = list(records)
    if form == "csv":
        writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else list(columns))
        writer.writeheader()
        writer.writerows(
            {name: safe_cell(harmless(value) if isinstance(value, str) else value) for name, value in row.items()}
            for row in rows
        )
        return
    if not rows:
        say("there is nothing to list")
        return
    print_table(
        [
            [HEADS.get(name, name).upper() for name in columns],
            *([_cell(row[name], name) for name in columns] for row in rows[:MOST_ROWS]),
        ]
    )
    if len(rows) > MOST_ROWS:
        print(f"… and {len(rows) - MOST_ROWS} more: --json or --csv gives all")


def _print_record(record: dict[str, Any], form: str | None) -> None:
    if form is not None:
        flat = record if form == "json" else {name: _cell(value) for name, value in record.items()}
        _print_records([flat], form, list(record))
        return
    listings = record["listings"]
    print_table([[name, _cell(value)] for name, value in record.items() if name != "listings"])
    if listings:
        print()
        _print_records(listings, None, LISTING)


def _cell(value: Any, name: str = "") -> str:
    import json

    if value is None or value in ({}, []):
        return "-"
    if name == "started_at":
        return str(value)[:16].replace("T", " ")
    if isinstance(value, float):
        return f"{value:.1f}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
