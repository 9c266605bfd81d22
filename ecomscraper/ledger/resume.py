"""Going on with an earlier crawl: which one is meant, and which of its pages are opened again."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, exists, func, or_, select, update

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.tables import crawls, is_failed, is_pending, pages
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.plan import DEFAULT_SITE
from ecomscraper.verdict.reasons import is_transient

FIXED_ARGUMENTS = ("site", "url", "urls", "pages")  # they say which pages: a resumed crawl keeps them
LAST = "last"


def crawl_to_resume(connection: Connection, spider: str, arguments: Mapping[str, str]) -> Row[Any]:
    """The crawl that `-a resume=last` or `-a resume=ID` means, its arguments checked against those given.

    Raises ArgumentError where there is none, or where it was started with others.
    """
    which = arguments["resume"]
    if which == LAST:
        return _newest_unfinished(connection, spider, arguments)
    if not which.isdecimal():
        raise ArgumentError(f"-a resume={which}: give last, or the number of a crawl")
    row = connection.execute(select(crawls).where(crawls.c.id == int(which))).one_or_none()
    if row is None:
        raise ArgumentError(f"-a resume={which}: there is no crawl {which} in this database")
    if row.spider != spider:
        raise ArgumentError(f"-a resume={which}: crawl {which} is one of the spider {row.spider}, not of {spider}")
    for name in FIXED_ARGUMENTS:
        if name in arguments and arguments[name] != _started_with(row, name):
            was = _started_with(row, name)
            raise ArgumentError(
                f"-a {name}={arguments[name]}: crawl {which} was started with "
                f"{name}={was}; leave it out, or start a new crawl"
                if was
                else f"-a {name}={arguments[name]}: crawl {which} was started without; leave it out"
            )
    return row


def check_listings(crawl: Row[Any], profile: SiteProfile) -> None:
    """Raises ArgumentError where the profile names listings in another way than when `crawl` was started."""
    was, now = _listings_of(crawl.profile), _listings_of(profile.model_dump(mode="json"))
    if was != now:
        raise ArgumentError(
            f"-a resume={crawl.id}: crawl {crawl.id} was started with {was} in its profile, which has {now} now; "
            "start a new crawl"
        )


def reopen_pages(connection: Connection, crawl_id: int, *, retry_all: bool) -> int:
    """Make failed pages pending again, those whose failure may pass or all of them; their number."""
    failed = (pages.c.crawl_id == crawl_id, is_failed)
    reasons = connection.scalars(select(pages.c.reason).where(*failed).distinct()).all()
    again = [reason for reason in reasons if retry_all or is_transient(reason)]
    result = connection.execute(
        update(pages)
        .where(*failed, pages.c.reason.in_(again))
        .values(
            status="pending",
            reason=None,
            detail=None,
            attempts=0,  # the tries of the earlier run are spent; this one has its own
        )
    )
    return result.rowcount


def restart_crawl(connection: Connection, crawl_id: int, outputs: Collection[str]) -> None:
    """The crawl runs again, in this process."""
    connection.execute(
        update(crawls)
        .where(crawls.c.id == crawl_id)
        .values(
            status="running",
            ended_at=None,
            exit_code=None,
            verdict=None,
            pid=os.getpid(),
            outputs=sorted(outputs),
        )
    )


def unfinished_note(connection: Connection, spider: str, site: str) -> str | None:
    """One line on the newest crawl of this site that was broken off, or None."""
    row = connection.execute(
        _of(spider, site).where(crawls.c.status.in_(("stopped", "broken")), _has_pending()).limit(1)
    ).first()
    if row is None:
        return None
    of_crawl = (pages.c.crawl_id == row.id, is_pending)
    left = connection.scalar(select(func.count()).select_from(pages).where(*of_crawl))
    return (
        f"crawl {row.id} of {site} is unfinished ({left} pages not done); "
        f"-a resume={row.id} would go on with it, this is a new one"
    )


def _newest_unfinished(connection: Connection, spider: str, arguments: Mapping[str, str]) -> Row[Any]:
    lists_urls = "url" in arguments or "urls" in arguments
    site = arguments.get("site") or (None if lists_urls else DEFAULT_SITE)
    query = _of(spider, site).where(or_(crawls.c.exit_code.is_(None), crawls.c.exit_code != 0))
    for row in connection.execute(query):
        if all(arguments[name] == _started_with(row, name) for name in FIXED_ARGUMENTS if name in arguments):
            return row
    what = f"of {site}" if site else "with these URLs"
    raise ArgumentError(f"-a resume=last: no crawl {what} is unfinished; leave it out to start a new one")


def _of(spider: str, site: str | None) -> Any:
    query = select(crawls).where(crawls.c.spider == spider).order_by(crawls.c.id.desc())
    return query if site is None else query.where(crawls.c.site == site)


def _listings_of(profile: Mapping[str, Any]) -> str:
    """Which key names its listings."""
    return "starts" if profile.get("starts") else "menu" if profile.get("menu") else "start"


def _has_pending() -> Any:
    return exists().where(pages.c.crawl_id == crawls.c.id, is_pending)


def _started_with(row: Row[Any], name: str) -> str | None:
    given: str | None = row.arguments.get(name)
    return row.site if name == "site" and given is None else given
