"""From the arguments of `-a` to a crawl that may start: plan, database, locks, list of pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings
from sqlalchemy import Engine, Row

from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.crawls import begin_crawl, mark_dead
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.known_listings import known_listings, stored_pages
from ecomscraper.ledger.ledger import Ledger
from ecomscraper.ledger.locks import host_locks
from ecomscraper.ledger.preparing import (
    check_proxies,
    check_secrets,
    earlier_crawl,
    holder,
    new_crawl,
    plan_of,
    waits,
    writer_limits,
)
from ecomscraper.ledger.resume import (
    check_endpoints,
    check_listings,
    crawl_to_resume,
    reopen_pages,
    restart_crawl,
    unfinished_note,
)
from ecomscraper.ledger.throttle_rows import learnt_of
from ecomscraper.pace.throttle_settings import choose_throttle
from ecomscraper.proxies.lists import NONE
from ecomscraper.sites.limits import scrapy_settings
from ecomscraper.spiders.plan import CrawlPlan
from ecomscraper.workers.joining import crawl_to_join
from ecomscraper.workers.rows import Terms, join
from ecomscraper.workers.worker import Worker

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
    if crawl.worker is not None:
        crawl.worker.terms = worker_terms(settings)
    crawl.feeder.window = 2 * max(settings.getint("CONCURRENT_REQUESTS"), 8)
    return crawl


def open_crawl(
    spider: type[Any], arguments: Mapping[str, Any], settings: BaseSettings, *, shared: bool = False
) -> Crawl:
    """Check the arguments, open the database, hold the hosts, write the crawl with its first pages.

    `shared`: workers may join it. With `-a crawl=ID` this process is one.
    """
    if "crawl" in arguments:
        return _join(spider, arguments, settings)
    resumes = "resume" in arguments
    given = settings.get("ECOM_SITES_DIR")
    sites_dir = Path(given) if given else None
    limits, wait = writer_limits(settings), waits(settings)
    plan = None if resumes else plan_of(spider, arguments, sites_dir)  # told before a database is made
    if plan is not None:
        check_proxies(plan, settings)
    url = database_url(settings)
    engine = open_database(url)
    locks = host_locks(url, Path(settings["ECOM_DATA_DIR"]))
    try:
        resumed = _find(engine, spider, arguments) if resumes else None
        if resumed is not None:
            again = {**resumed.arguments, **arguments}
            check_secrets(again, resumed.id)
            plan = plan_of(spider, again, sites_dir, hosts=frozenset(resumed.hosts))
            check_proxies(plan, settings)
            if plan.is_listing:
                check_listings(resumed, plan.profile)
        assert plan is not None
        locks.take(plan.hosts, wait=wait, holder=lambda host: holder(engine, host))
        if resumed is not None and plan.endpoints is not None:
            with engine.connect() as connection:
                check_endpoints(connection, resumed.id, plan.endpoints)
        crawl_id = _begin(engine, spider, plan, settings, resumed, shared=shared)
        with engine.connect() as connection:
            learnt = learnt_of(connection, plan.hosts)
    except BaseException:
        locks.release()
        engine.dispose()
        raise
    _tell_about_robots(plan)
    ledger = Ledger(engine, crawl_id, limits, before_write=locks.keep)
    known, stored_before = None, 0
    if resumes:
        with engine.connect() as connection:
            known = known_listings(connection, crawl_id, plan.profile.pagination.most_pages)
            stored_before = stored_pages(connection, crawl_id)
    is_archived = settings.getbool("ECOM_ARCHIVE")
    return Crawl(
        plan,
        ledger,
        locks,
        item_class=spider.item_class,
        follower=plan.follower(known),
        stored_before=stored_before,
        earlier=earlier_crawl(engine, spider, plan, before=crawl_id),
        learnt=learnt,
        is_archived=is_archived,
    )


def _join(spider: type[Any], arguments: Mapping[str, Any], settings: BaseSettings) -> Crawl:
    """Become a worker of the crawl that `-a crawl=ID` names."""
    limits, url, given = writer_limits(settings), database_url(settings), settings.get("ECOM_SITES_DIR")
    engine = open_database(url)
    locks = host_locks(url, Path(settings["ECOM_DATA_DIR"]))
    try:
        with engine.connect() as connection:
            row = crawl_to_join(connection, spider.name, arguments)
        again = {**row.arguments, **arguments}
        check_secrets(again, row.id)
        plan = plan_of(spider, again, Path(given) if given else None, hosts=frozenset(row.hosts))
        check_proxies(plan, settings)
        locks.take(plan.hosts, wait=False, holder=lambda host: holder(engine, host), shared=True)
        if plan.endpoints is not None:
            with engine.connect() as connection:
                check_endpoints(connection, row.id, plan.endpoints)
        terms, joined_at = worker_terms(settings), time.monotonic()
        with write(engine) as connection:
            crawl_to_join(connection, spider.name, arguments)  # it may have ended while we looked
            worker = Worker(row.id, join(connection, row.id, terms.lease_seconds), terms, joined_at)
    except BaseException:
        locks.release()
        engine.dispose()
        raise
    ledger = Ledger(engine, row.id, limits, before_write=locks.keep, worker=worker)
    earlier = earlier_crawl(engine, spider, plan, before=row.id)
    return Crawl(
        plan,
        ledger,
        locks,
        item_class=spider.item_class,
        follower=None,
        earlier=earlier,
        is_archived=settings.getbool("ECOM_ARCHIVE"),
        worker=worker,
    )


def worker_terms(settings: BaseSettings) -> Terms:
    """What holds for a worker: requests that were sent in the first half of its lease end in the second."""
    has_proxies = (settings["ECOM_PROXIES_LIST"] or NONE) != NONE
    return Terms(
        lease_seconds=max(settings.getfloat("ECOM_WORKERS_LEASE_SECONDS"), 2 * settings.getfloat("DOWNLOAD_TIMEOUT")),
        limit=min(settings.getint("CONCURRENT_REQUESTS"), settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")),
        most_workers=settings.getint("ECOM_PROXIES_EACH_REQUESTS") if has_proxies else None,
    )


def _find(engine: Engine, spider: type[Any], arguments: Mapping[str, Any]) -> Row[Any]:
    with engine.connect() as connection:
        has_listings = not getattr(spider, "takes_endpoints", False)
        return crawl_to_resume(connection, spider.name, arguments, has_listings=has_listings)


def _begin(
    engine: Engine,
    spider: type[Any],
    plan: CrawlPlan,
    settings: BaseSettings,
    resumed: Row[Any] | None,
    *,
    shared: bool,
) -> int:
    """Write the new crawl, or open the pages of the resumed one again; its id."""
    outputs = [str(uri) for uri in settings.getdict("FEEDS")]
    with write(engine) as connection:
        mark_dead(connection, plan.hosts)
        if resumed is None:
            if note := unfinished_note(connection, spider.name, plan.profile.name):
                logger.info("%s", note)
            new = new_crawl(spider, plan, outputs, hosts=plan.hosts, shared=shared)
            return begin_crawl(connection, new, plan.seeds())
        opened = reopen_pages(connection, resumed.id, retry_all="retry" in plan.arguments)
        restart_crawl(connection, resumed.id, outputs, shared=shared)
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


def _tell_about_robots(plan: CrawlPlan) -> None:
    robots = plan.profile.robots
    if not robots.obey:
        logger.warning("robots.txt of %s is not obeyed: %s", ", ".join(sorted(plan.hosts)), robots.reason)
