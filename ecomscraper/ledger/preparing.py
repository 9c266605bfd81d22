"""What a crawl needs before it is opened, in whichever way: checked arguments, settings as values, its row."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from sqlalchemy import Engine, select

from ecomscraper.exceptions import ArgumentError, ConfigurationError
from ecomscraper.ledger.crawls import NewCrawl, fetched_by, running_crawls
from ecomscraper.ledger.tables import crawls
from ecomscraper.ledger.writer import WriterLimits
from ecomscraper.proxies.lists import NONE, proxy_list
from ecomscraper.sites.secrets import MASK, is_secret, masked
from ecomscraper.spiders.plan import CHANGED_DETAILS, NO_DETAILS, CrawlPlan, plan_crawl

logger = logging.getLogger(__name__)


def plan_of(
    spider: type[Any], arguments: Mapping[str, Any], sites_dir: Path | None, hosts: frozenset[str] | None = None
) -> CrawlPlan:
    """The plan of a crawl by `spider`, as `plan_crawl` gives it."""
    names = ("own_arguments", "strategies", "takes_endpoints")
    given = {name: getattr(spider, name) for name in names if hasattr(spider, name)}
    return plan_crawl(arguments, sites_dir, hosts=hosts, **given)


def check_secrets(arguments: Mapping[str, Any], crawl_id: int) -> None:
    """Raises ArgumentError where the crawl was started with a secret, which is not kept, and is resumed without."""
    if lost := [name for name, value in arguments.items() if value == MASK and is_secret(name)]:
        raise ArgumentError(
            "\n".join(
                f"-a {name}=…: crawl {crawl_id} was started with it, and it is not kept: give it again" for name in lost
            )
        )


def check_proxies(plan: CrawlPlan, settings: BaseSettings) -> None:
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
    shared: bool = False,
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
        shared=shared,
        reparsed_from=reparsed_from,
    )


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
