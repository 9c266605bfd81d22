"""`scrapy database copy --to URL`: all crawls and results into another database, such as from SQLite to PostgreSQL."""

from __future__ import annotations

import argparse
import sys
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand

from ecomscraper.exceptions import ArgumentError, BusyError, ConfigurationError, EcomscraperError


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "copy --to URL"

    def short_desc(self) -> str:
        return "Copy all crawls and results into another, empty database"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--to", metavar="URL", help="postgresql://user:password@host/database or sqlite:////path/to/file"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            if args != ["copy"] or not opts.to:
                raise ArgumentError("use `scrapy database copy --to postgresql://user:password@host/database`")
            self._copy(opts.to)
        except EcomscraperError as error:
            print(f"scrapy database: {error}", file=sys.stderr)
            self.exitcode = error.exit_code

    def _copy(self, url: str) -> None:
        from pathlib import Path

        from sqlalchemy.exc import DBAPIError

        from ecomscraper.exceptions import StorageError
        from ecomscraper.ledger.copying import copy_database, hosts_in_use
        from ecomscraper.ledger.database import cause, open_database, parsed_url, shown
        from ecomscraper.ledger.locks import host_locks
        from ecomscraper.ledger.opening import database_url

        assert self.settings is not None
        source_url = database_url(self.settings)
        try:
            parsed = parsed_url(url)
        except ConfigurationError as error:
            raise ArgumentError(str(error).replace("ECOM_DATABASE_URL =", "--to", 1)) from error
        if parsed == parsed_url(source_url):
            raise ArgumentError("--to names the database that ECOM_DATABASE_URL names: nothing is to be copied")
        source = open_database(source_url)
        locks = host_locks(source_url, Path(self.settings["ECOM_DATA_DIR"]))
        try:
            hosts = hosts_in_use(source)
            locks.take(hosts, wait=False, holder=lambda host: "a crawl")  # those of dead ones are free
            target = open_database(url)
            try:
                rows = copy_database(source, target, lambda table, count: print(f"{table}: {count} rows"))
            finally:
                target.dispose()
        except BusyError as error:
            raise BusyError(f"{str(error).partition(';')[0]}: copy when it has ended, or stop it") from error
        except DBAPIError as error:
            raise StorageError(f"nothing was copied: {cause(error)}") from error
        finally:
            locks.release()
            source.dispose()
        print(f"copied {rows} rows to {shown(parsed)}; set ECOM_DATABASE_URL to it from now on")
