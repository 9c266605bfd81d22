"""Going on with an earlier crawl: which one is meant, and which of its pages are opened again."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, or_, select, update

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.tables import answers, bodies, crawls, is_failed, is_pending, pages, workers
from ecomscraper.pace.repeatable import NOT_PROCESSED
from ecomscraper.pagination.endpoints import EndpointFile
from ecomscraper.pagination.page_ref import quoted
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.plan import DEFAULT_SITE
from ecomscraper.verdict.reasons import is_transient

FIXED_ARGUMENTS = ("site", "url", "urls", "pages")  # they say which pages: a resumed crawl keeps them
LAST = "last"


def crawl_to_resume(
    connection: Connection, spider: str, arguments: Mapping[str, str], *, has_listings: bool = True
) -> Row[Any]:
    """The crawl that `-a resume=last` or `-a resume=ID` means, its arguments checked against those given.

    Raises ArgumentError where there is none, or where it was started with others.
    """
    which = arguments["resume"]
    if which == LAST:
        return _newest_unfinished(connection, spider, arguments, has_listings=has_listings)
    if not which.isdecimal():
        raise ArgumentError(f"-a resume={which}: give last, or the number of a crawl")
    row = connection.execute(select(crawls).where(crawls.c.id == int(which))).one_or_none()
    if row is None:
        raise ArgumentError(f"-a resume={which}: there is no crawl {which} in this database")
    if row.reparsed_from is not None:
        raise ArgumentError(
            f"-a resume={which}: crawl {which} read crawl {row.reparsed_from} again, which costs no request: "
            f"scrapy crawls reparse {row.reparsed_from} does it anew"
        )
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
    failed = [pages.c.crawl_id == crawl_id, is_failed]
    reasons = connection.scalars(select(pages.c.reason).where(*failed).distinct()).all()
    again = [reason for reason in reasons if retry_all or is_transient(reason)]
    failed.append(pages.c.reason.in_(again))
    if not retry_all:
        failed.append(or_(pages.c.reason.in_(NOT_PROCESSED), ~_must_not_be_repeated()))
    result = connection.execute(
        update(pages)
        .where(*failed)
        .values(
            status="pending",
            reason=None,
            detail=None,
            attempts=0,  # the tries of the earlier run are spent; this one has its own
            refusals=0,
        )
    )
    # What their last tries answered goes: the next ones have rows of their own.
    opened = select(pages.c.position).where(pages.c.crawl_id == crawl_id, is_pending)
    for table in (answers, bodies):
        connection.execute(delete(table).where(table.c.crawl_id == crawl_id, table.c.position.in_(opened)))
    return result.rowcount


def check_endpoints(connection: Connection, crawl_id: int, endpoints: EndpointFile) -> None:
    """A resumed crawl reads its list again. Raises ArgumentError where it is not the one that the crawl began with."""
    query = select(pages.c.position, pages.c.url).where(pages.c.crawl_id == crawl_id).order_by(pages.c.position)
    for then, now in zip_longest(connection.execute(query), endpoints.refs()):
        if then is None or now is None or then.url != now.url:
            position = (then or now).position
            was, is_ = (quoted(each.url) if each else "not there" for each in (then, now))
            raise ArgumentError(
                f"-a urls={endpoints.path}: endpoint {position} was {was} when crawl {crawl_id} began, and is {is_}: "
                "give the same list, or start a new crawl"
            )


def restart_crawl(connection: Connection, crawl_id: int, outputs: Collection[str], *, shared: bool = False) -> None:
    """The crawl runs again, in this process, or `shared` among workers that join it."""
    connection.execute(delete(workers).where(workers.c.crawl_id == crawl_id))  # of its last run: none of them lives
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
            shared=shared,
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


def _newest_unfinished(
    connection: Connection, spider: str, arguments: Mapping[str, str], *, has_listings: bool
) -> Row[Any]:
    lists_urls = "url" in arguments or "urls" in arguments or not has_listings
    site = arguments.get("site") or (None if lists_urls else DEFAULT_SITE)
    query = _of(spider, site).where(or_(crawls.c.exit_code.is_(None), crawls.c.exit_code != 0))
    for row in connection.execute(query):
        if all(arguments[name] == _started_with(row, name) for name in FIXED_ARGUMENTS if name in arguments):
            return row
    what = f"of {site}" if site else "with these URLs"
    raise ArgumentError(f"-a resume=last: no crawl {what} is unfinished; leave it out to start a new one")


def _of(spider: str, site: str | None) -> Any:
    fetched = (crawls.c.spider == spider, crawls.c.reparsed_from.is_(None))
    query = select(crawls).where(*fetched).order_by(crawls.c.id.desc())
    return query if site is None else query.where(crawls.c.site == site)


def _listings_of(profile: Mapping[str, Any]) -> str:
    """Which key names its listings."""
    return "starts" if profile.get("starts") else "menu" if profile.get("menu") else "start"


def _has_pending() -> Any:
    return exists().where(pages.c.crawl_id == crawls.c.id, is_pending)


def _must_not_be_repeated() -> Any:
    """A request that may have done its work although it failed, and would do it again."""
    return exists().where(
        answers.c.crawl_id == pages.c.crawl_id, answers.c.position == pages.c.position, ~answers.c.repeatable
    )


def _started_with(row: Row[Any], name: str) -> str | None:
    given: str | None = row.arguments.get(name)
    return row.site if name == "site" and given is None else given
