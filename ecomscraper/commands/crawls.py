"""`scrapy crawls list | show [ID] | failures [ID]`: what happened, from the database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand

from ecomscraper.commands.table import print_table
from ecomscraper.exceptions import ArgumentError, EcomscraperError

USAGE = "use `scrapy crawls list`, `scrapy crawls show [ID]` or `scrapy crawls failures [ID]`"
MOST_ROWS = 100  # of a table on a terminal; --json and --csv give all
LISTED = (
    "id",
    "site",
    "spider",
    "status",
    "exit_code",
    "pages",
    "stored",
    "failed",
    "pending",
    "started_at",
    "seconds",
)
FAILURE = ("position", "reason", "attempts", "url", "detail")


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "list | show [ID] | failures [ID] [--json | --csv]"

    def short_desc(self) -> str:
        return "Tell what earlier crawls came to, from the database"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", dest="form", action="store_const", const="json", help="for machines")
        form.add_argument("--csv", dest="form", action="store_const", const="csv", help="for spreadsheets")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self._run(args, opts.form)
        except EcomscraperError as error:
            print(f"scrapy crawls: {error}", file=sys.stderr)
            self.exitcode = error.exit_code
        except BrokenPipeError:  # `| head` has seen enough
            sys.stderr.close()

    def _run(self, args: Sequence[str], form: str | None) -> None:
        from ecomscraper.ledger.database import open_database
        from ecomscraper.ledger.opening import database_url
        from ecomscraper.verdict.history import crawl_record, crawl_records, failure_records

        match args:
            case ["list"]:
                wanted, number = "list", None
            case [("show" | "failures") as wanted]:
                number = None
            case [("show" | "failures") as wanted, text] if text.isdecimal():
                number = int(text)
            case [("show" | "failures"), text]:
                raise ArgumentError(f"{text!r} is no number of a crawl; `scrapy crawls list` shows them")
            case _:
                raise ArgumentError(f"{'unknown or too many arguments' if args else 'no subcommand'}; {USAGE}")
        assert self.settings is not None
        engine = open_database(database_url(self.settings))
        try:
            with engine.connect() as connection:
                if wanted == "list":
                    _print_records(crawl_records(connection), form, LISTED)
                elif wanted == "show":
                    _print_record(crawl_record(connection, number), form)
                else:
                    crawl_id = crawl_record(connection, number)["id"]
                    _print_records(failure_records(connection, crawl_id), form, FAILURE)
        finally:
            engine.dispose()


def _print_records(records: Iterable[dict[str, Any]], form: str | None, columns: Sequence[str]) -> None:
    import csv
    import json

    from ecomscraper.feeds.spreadsheet import safe_cell

    if form == "json":
        print(json.dumps(list(records), ensure_ascii=False, indent=1))
        return
    rows = list(records)
    if form == "csv":
        writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else list(columns))
        writer.writeheader()
        writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)
        return
    print_table(
        [[name.upper() for name in columns], *([_cell(row[name]) for name in columns] for row in rows[:MOST_ROWS])]
    )
    if len(rows) > MOST_ROWS:
        print(f"… and {len(rows) - MOST_ROWS} more: --json or --csv gives all")


def _print_record(record: dict[str, Any], form: str | None) -> None:
    if form is not None:
        flat = record if form == "json" else {name: _cell(value) for name, value in record.items()}
        _print_records([flat], form, list(record))
        return
    print_table([[name, _cell(value)] for name, value in record.items()])


def _cell(value: Any) -> str:
    """A value on one line, without what could forge another line or colour the terminal."""
    import json

    from ecomscraper.pipelines.clean import clean_text

    if value is None or value in ({}, []):
        return "-"
    if isinstance(value, float):
        return f"{value:.1f}"
    return clean_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
