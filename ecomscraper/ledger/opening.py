"""From the arguments of `-a` to a crawl that may start: plan, database, locks, list of pages."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from sqlalchemy import Engine, Row, select

from ecomscraper.exceptions import ArgumentError, ConfigurationError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.crawls import NewCrawl, begin_crawl, fetched_by, mark_dead, running_crawls
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.known_listings import known_listings, stored_pages
from ecomscraper.ledger.ledger import Ledger
from ecomscraper.ledger.locks import host_locks
from ecomscraper.ledger.resume import (
    check_endpoints,
    check_listings,
    crawl_to_resume,
    reopen_pages,
    restart_crawl,
    unfinished_note,
)
from ecomscraper.ledger.tables import crawls
from ecomscraper.ledger.throttle_rows import learnt_of
from ecomscraper.ledger.writer import WriterLimits
from ecomscraper.pace.throttle_settings import choose_throttle
from ecomscraper.proxies.lists import NONE, proxy_list
from ecomscraper.sites.limits import scrapy_settings
from ecomscraper.sites.secrets import MASK, is_secret, masked
from ecomscraper.spiders.plan import CHANGED_DETAILS, NO_DETAILS, CrawlPlan, plan_crawl

logger = logging.getLogger(__name__)

FROM_THE_ARCHIVE = {
    "DOWNLOADER": "ecomscraper.archive.downloader.ArchiveDownloader",
    "ECOM_THROTTLE": "fixed",
    "AUTOTHROTTLE_ENABLED": False,
}


def crawl_for(spider: type[Any], arguments: Mapping[str, Any], settings: BaseSettings) -> Crawl:
    """The crawl that the command opened before, or one opened now; its site's limits become settings.

    Raises EcomscraperError for whatever makes it impossible to start.
    """
    opened = arguments.get("opened")
    crawl = opened if isinstance(opened, Crawl) else open_crawl(spider, arguments, settings)
    for name, value in scrapy_settings(crawl.profile).items():
        settings.set(name, value, priority="spider")
    if crawl.source is not None:  # whatever the command line says of downloaders and throttles: nobody is asked
        settings.setdict(FROM_THE_ARCHIVE, priority="cmdline")
    choose_throttle(settings)
    _raise_total(settings)
    crawl.feeder.window = 2 * max(settings.getint("CONCURRENT_REQUESTS"), 8)
    return crawl


def open_crawl(spider: type[Any], arguments: Mapping[str, Any], settings: BaseSettings) -> Crawl:
    """Check the arguments, open the database, hold the hosts, write the crawl with its first pages."""
    resumes = "resume" in arguments
    given = settings.get("ECOM_SITES_DIR")
    sites_dir = Path(given) if given else None
    limits, wait = writer_limits(settings), waits(settings)
    plan = None if resumes else plan_of(spider, arguments, sites_dir)  # told before a database is made
    if plan is not None:
        _check_proxies(plan, settings)
    url = database_url(settings)
    engine = open_database(url)
    locks = host_locks(url, Path(settings["ECOM_DATA_DIR"]))
    try:
        resumed = _find(engine, spider, arguments) if resumes else None
        if resumed is not None:
            again = {**resumed.arguments, **arguments}
            _check_secrets(again, resumed.id)
            plan = plan_of(spider, again, sites_dir, hosts=frozenset(resumed.hosts))
            _check_proxies(plan, settings)
            if plan.is_listing:
                check_listings(resumed, plan.profile)
        assert plan is not None
        locks.take(plan.hosts, wait=wait, holder=lambda host: holder(engine, host))
        if resumed is not None and plan.endpoints is not None:
            with engine.connect() as connection:
                check_endpoints(connection, resumed.id, plan.endpoints)
        crawl_id = _begin(engine, spider, plan, settings, resumed)
        with engine.connect() as connection:
            learnt = learnt_of(connection, plan.hosts)
    except BaseException:
        locks.release()
        engine.dispose()
        raise
    _tell_about_robots(plan)
    ledger = Ledger(engine, crawl_id, limits, before_write=locks.keep)
    earlier = earlier_crawl(engine, spider, plan, before=crawl_id)
    is_archived = settings.getbool("ECOM_ARCHIVE")
    if not resumes:
        return Crawl(
            plan,
            ledger,
            locks,
            item_class=spider.item_class,
            follower=plan.follower(),
            earlier=earlier,
            learnt=learnt,
            is_archived=is_archived,
        )
    with engine.connect() as connection:
        known = known_listings(connection, crawl_id, plan.profile.pagination.most_pages)
        stored_before = stored_pages(connection, crawl_id)
    return Crawl(
        plan,
        ledger,
        locks,
        item_class=spider.item_class,
        follower=plan.follower(known),
        stored_before=stored_before,
        earlier=earlier,
        learnt=learnt,
        is_archived=is_archived,
    )


def plan_of(
    spider: type[Any], arguments: Mapping[str, Any], sites_dir: Path | None, hosts: frozenset[str] | None = None
) -> CrawlPlan:
    """The plan of a crawl by `spider`, as `plan_crawl` gives it."""
    names = ("own_arguments", "strategies", "takes_endpoints")
    given = {name: getattr(spider, name) for name in names if hasattr(spider, name)}
    return plan_crawl(arguments, sites_dir, hosts=hosts, **given)


def _check_secrets(arguments: Mapping[str, Any], crawl_id: int) -> None:
    """Raises ArgumentError where the crawl was started with a secret, which is not kept, and is resumed without."""
    if lost := [name for name, value in arguments.items() if value == MASK and is_secret(name)]:
        raise ArgumentError(
            "\n".join(
                f"-a {name}=…: crawl {crawl_id} was started with it, and it is not kept: give it again" for name in lost
            )
        )


def _check_proxies(plan: CrawlPlan, settings: BaseSettings) -> None:
    """Raises ConfigurationError where the list that the profile names is not there, or is wrong."""
    wanted = plan.profile.proxies.list
    is_typed = (settings.getpriority("ECOM_PROXIES_LIST") or 0) > SETTINGS_PRIORITIES["spider"]
    if wanted is not None and wanted != NONE and not is_typed:
        origin = plan.loaded.origins["proxies.list"].removeprefix("site ")
        proxy_list(settings["ECOM_PROXIES"], wanted, f"{origin}: proxies.list")


def earlier_crawl(engine: Engine, spider: type[Any], plan: CrawlPlan, *, before: int) -> int | None:
    """The newest complete crawl of this site that read the products' own pages, of what was fetched before a crawl."""
    if plan.details != CHANGED_DETAILS:
        return None
    query = (
        select(crawls.c.id, crawls.c.arguments)
        .where(
            crawls.c.site == plan.profile.name,
            crawls.c.spider == spider.name,
            crawls.c.exit_code == 0,
            fetched_by < before,
        )
        .order_by(fetched_by.desc(), crawls.c.id.desc())
    )
    with engine.connect() as connection:
        for row in connection.execute(query):
            if row.arguments.get("details", NO_DETAILS) != NO_DETAILS:
                return int(row.id)
    logger.info("No complete crawl with details of %s is known: each product's own page is read", plan.profile.name)
    return None


def _find(engine: Engine, spider: type[Any], arguments: Mapping[str, Any]) -> Row[Any]:
    with engine.connect() as connection:
        has_listings = not getattr(spider, "takes_endpoints", False)
        return crawl_to_resume(connection, spider.name, arguments, has_listings=has_listings)


def _begin(engine: Engine, spider: type[Any], plan: CrawlPlan, settings: BaseSettings, resumed: Row[Any] | None) -> int:
    """Write the new crawl, or open the pages of the resumed one again; its id."""
    outputs = [str(uri) for uri in settings.getdict("FEEDS")]
    with write(engine) as connection:
        mark_dead(connection, plan.hosts)
        if resumed is None:
            if note := unfinished_note(connection, spider.name, plan.profile.name):
                logger.info("%s", note)
            return begin_crawl(connection, new_crawl(spider, plan, outputs, hosts=plan.hosts), plan.seeds())
        opened = reopen_pages(connection, resumed.id, retry_all="retry" in plan.arguments)
        restart_crawl(connection, resumed.id, outputs)
        logger.info("Crawl %d goes on; %d failed pages are tried again", resumed.id, opened)
        return int(resumed.id)


def database_url(settings: BaseSettings) -> str:
    """ECOM_DATABASE_URL, or a SQLite file in ECOM_DATA_DIR."""
    given: str = settings.get("ECOM_DATABASE_URL") or ""
    return given or f"sqlite:///{Path(settings['ECOM_DATA_DIR']).resolve() / 'ecomscraper.sqlite3'}"


def _raise_total(settings: BaseSettings) -> None:
    """CONCURRENT_REQUESTS must not stand in the way of a site's limit, unless the user set it."""
    site_limit = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
    settings.set("CONCURRENT_REQUESTS", max(site_limit, settings.getint("CONCURRENT_REQUESTS")), priority="spider")


def waits(settings: BaseSettings) -> bool:
    """Whether to wait for another crawl of the same host. Raises ConfigurationError for another word."""
    value = settings["ECOM_LEDGER_BUSY"]
    if value not in ("wait", "refuse"):
        raise ConfigurationError(f'ECOM_LEDGER_BUSY = {value!r}, must be "wait" or "refuse"')
    return bool(value == "wait")


def holder(engine: Engine, host: str) -> str:
    """Who crawls `host` now, in words."""
    with engine.connect() as connection:
        for row in running_crawls(connection):
            if host in row.hosts:
                return f"crawl {row.id} (site {row.site}, process {row.pid}, since {row.started_at:%H:%M:%S} UTC)"
    return "another process"


def new_crawl(
    spider: type[Any],
    plan: CrawlPlan,
    outputs: list[str],
    *,
    hosts: frozenset[str],
    reparsed_from: int | None = None,
) -> NewCrawl:
    """What is kept of a crawl that begins: its secrets are not."""
    return NewCrawl(
        site=plan.profile.name,
        spider=spider.name,
        arguments=masked(plan.arguments),
        profile=masked(plan.profile.model_dump(mode="json")),
        outputs=outputs,
        hosts=hosts,
        reparsed_from=reparsed_from,
    )


def _tell_about_robots(plan: CrawlPlan) -> None:
    robots = plan.profile.robots
    if not robots.obey:
        logger.warning("robots.txt of %s is not obeyed: %s", ", ".join(sorted(plan.hosts)), robots.reason)


def writer_limits(settings: BaseSettings) -> WriterLimits:
    """Raises ConfigurationError for limits under which nothing is written."""
    limits = WriterLimits(
        batch_pages=settings.getint("ECOM_LEDGER_BATCH_PAGES"),
        batch_seconds=settings.getfloat("ECOM_LEDGER_BATCH_SECONDS"),
        buffer_pages=settings.getint("ECOM_LEDGER_BUFFER_PAGES"),
        patience_seconds=settings.getfloat("ECOM_LEDGER_PATIENCE_SECONDS"),
    )
    if limits.batch_pages < 1 or limits.buffer_pages < 1:
        raise ConfigurationError("ECOM_LEDGER_BATCH_PAGES and ECOM_LEDGER_BUFFER_PAGES must be ≥ 1")
    return limits
