"""`scrapy workers`: one crawl by several processes of this machine; processes of other machines may join it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ecomscraper.commands.crawl import Command as CrawlCommand
from ecomscraper.commands.one_crawl import INTERRUPTED
from ecomscraper.commands.table import say

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings
    from sqlalchemy import Engine


MOST_WORKERS = 256
OF_THIS_PROCESS = ("resume", "retry")  # arguments that opened the crawl: workers join it as it is


class Command(CrawlCommand):
    def syntax(self) -> str:
        return "<spider> -n NUMBER [options]"

    def short_desc(self) -> str:
        return "Run one crawl by several processes"

    def long_desc(self) -> str:
        return (
            "Start a crawl, or with -a resume=last go on with one, by NUMBER processes that share its pages and the "
            "site's limits; -a crawl=ID adds them to a crawl that runs. All other options are those of `scrapy crawl`."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-n", "--number", type=int, default=2, help="processes (default: %(default)s)")

    def _run(self, args: list[str], opts: argparse.Namespace) -> None:
        from ecomscraper.exceptions import ArgumentError
        from ecomscraper.ledger.database import open_database
        from ecomscraper.ledger.opening import database_url

        assert self.settings is not None
        spider = self._spider(args)
        if not hasattr(spider, "item_class"):
            raise ArgumentError(f"the spider {spider.name} keeps no ledger that workers could share")
        if not 1 <= opts.number <= MOST_WORKERS:
            raise ArgumentError(f"-n {opts.number}: must be from 1 to {MOST_WORKERS}")
        _check_shared(self.settings, opts.number)
        crawl_id = self._opened(spider, opts.spargs)
        engine = open_database(database_url(self.settings))
        try:
            self.exitcode = self._run_crew(engine, crawl_id, args[0], opts)
        finally:
            engine.dispose()

    def _opened(self, spider: type[Any], arguments: dict[str, str]) -> int:
        """The number of the crawl that the workers join."""
        from ecomscraper.ledger.database import open_database
        from ecomscraper.ledger.opening import database_url, open_crawl
        from ecomscraper.workers.joining import crawl_to_join

        crawler = self._checked_crawler(spider, arguments)
        if "crawl" not in arguments:
            opened = open_crawl(spider, arguments, crawler.settings, shared=True)
            opened.close()  # its workers hold the hosts together
            return opened.ledger.crawl_id
        engine = open_database(database_url(crawler.settings))
        try:
            with engine.connect() as connection:
                return int(crawl_to_join(connection, spider.name, arguments).id)
        finally:
            engine.dispose()

    def _run_crew(self, engine: Engine, crawl_id: int, spider: str, opts: argparse.Namespace) -> int:
        from sqlalchemy.exc import DBAPIError

        from ecomscraper.exceptions import StorageError
        from ecomscraper.ledger.database import cause, write
        from ecomscraper.ledger.opening import worker_terms
        from ecomscraper.workers.crew import Crew
        from ecomscraper.workers.rows import bury_process

        assert self.settings is not None
        terms = worker_terms(self.settings)

        def died(pid: int, code: int) -> None:
            try:
                with write(engine) as connection:
                    becomes = f"its {bury_process(connection, crawl_id, pid, terms)} pages are free for the others"
            except DBAPIError as error:  # the others live on, and are to be watched
                becomes = f"its pages are free when its lease ends, for the database cannot be written: {cause(error)}"
            if not crew.was_interrupted:
                say(f"scrapy workers: process {pid} was ended by signal {-code}; {becomes}", file=sys.stderr)

        crew = Crew(died)
        joining = f"scrapy crawl {spider} -a crawl={crawl_id}"
        say(f"scrapy workers: crawl {crawl_id}, {opts.number} processes; `{joining}` joins it", file=sys.stderr)
        codes = crew.run([sys.executable, "-m", "scrapy", *_worker_command(spider, crawl_id, opts)], opts.number)
        try:
            return self._exit_code(engine, crawl_id, spider, codes)
        except DBAPIError as error:
            raise StorageError(
                f"the verdict of crawl {crawl_id} cannot be read: {cause(error)}; "
                f"`scrapy workers {spider} -a resume={crawl_id}` goes on with it"
            ) from error

    def _exit_code(self, engine: Engine, crawl_id: int, spider: str, codes: list[int]) -> int:
        """The crawl's; without a verdict, that of its workers."""
        from ecomscraper.ledger.crawls import crawl_row
        from ecomscraper.workers.rows import living_workers

        with engine.connect() as connection:
            row = crawl_row(connection, crawl_id)
            others = len(living_workers(connection, crawl_id))
        if row.exit_code is not None and row.status != "running":
            return int(row.exit_code)
        if others:
            say(f"scrapy workers: crawl {crawl_id} goes on with {others} other workers", file=sys.stderr)
        else:
            say(
                f"scrapy workers: crawl {crawl_id} has no verdict, for all of its workers are gone; "
                f"`scrapy workers {spider} -a resume={crawl_id}` goes on with it",
                file=sys.stderr,
            )
        return max((code for code in codes if code > 0), default=INTERRUPTED)


def _check_shared(settings: BaseSettings, number: int) -> None:
    from ecomscraper.exceptions import ArgumentError, ConfigurationError
    from ecomscraper.ledger.database import parsed_url
    from ecomscraper.ledger.opening import database_url

    url = parsed_url(database_url(settings))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ConfigurationError("ECOM_DATABASE_URL is a database in memory, which no two processes share")
    if str(settings["ECOM_METRICS_PORT"]) not in ("", "0") and number > 1:
        raise ArgumentError("ECOM_METRICS_PORT: processes of one machine cannot share a port; 0 gives each its own")


def _worker_command(spider: str, crawl_id: int, opts: argparse.Namespace) -> Iterator[str]:
    """What a worker is started with: the options that were typed."""
    yield from ("crawl", spider, "-a", f"crawl={crawl_id}", "-s", "ECOM_PROGRESS=off")
    for name, value in opts.spargs.items():
        if name not in (*OF_THIS_PROCESS, "crawl"):
            yield from ("-a", f"{name}={value}")
    for option, values in (("-s", opts.set), ("-o", opts.output), ("-O", opts.overwrite_output)):
        for value in values or ():
            yield from (option, value)
    for option, value in (("--logfile", opts.logfile), ("-L", opts.loglevel)):
        if value:
            yield from (option, value)
    if opts.nolog:
        yield "--nolog"
