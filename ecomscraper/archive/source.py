"""Which crawl is read again, with which arguments, and from which pages it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.body_rows import has_archive
from ecomscraper.ledger.tables import crawls, pages
from ecomscraper.pagination.page_ref import URL, PageRef
from ecomscraper.sites.secrets import MASK, is_secret

_OF_THE_SOURCE = ("url", "urls", "pages")  # they say which pages: those that were asked for
_OF_A_CRAWL = ("resume", "retry")


def crawl_to_reparse(connection: Connection, crawl_id: int) -> Row[Any]:
    """The crawl to be read again. Raises ArgumentError where there is none, or it is a reparse itself."""
    row = connection.execute(select(crawls).where(crawls.c.id == crawl_id)).one_or_none()
    if row is None:
        raise ArgumentError(f"there is no crawl {crawl_id} in this database")
    if row.reparsed_from is not None:
        raise ArgumentError(
            f"crawl {crawl_id} read crawl {row.reparsed_from} again, and keeps no answers itself: "
            f"scrapy crawls reparse {row.reparsed_from}"
        )
    return row


def check_archive(connection: Connection, source: Row[Any], *, has_rows_as_answered: bool) -> None:
    """Raises ArgumentError where a crawl has nothing that could be read again.

    `has_rows_as_answered`: its spider takes nothing out of answers.
    """
    if has_rows_as_answered:
        raise ArgumentError(
            f"crawl {source.id} is one of the spider {source.spider}, whose rows are the answers as they came: "
            "there is nothing to read again"
        )
    if not has_archive(connection, source.id):
        raise ArgumentError(
            f"crawl {source.id} ({source.spider} {source.site}) kept none of its answers; "
            "with ECOM_ARCHIVE=1 a crawl keeps them, and can be read again"
        )


def arguments_again(source: Row[Any], given: Mapping[str, str]) -> dict[str, str]:
    """Those of the source with those `given` over them. Raises ArgumentError for one that a reparse cannot have."""
    for name in given:
        if name in _OF_THE_SOURCE:
            raise ArgumentError(f"-a {name}={given[name]}: the pages are those of crawl {source.id}; leave it out")
        if name in _OF_A_CRAWL:
            raise ArgumentError(f"-a {name}={given[name]}: belongs to scrapy crawl; a reparse costs no request")
    # A secret was not kept; nothing is sent, so none is needed.
    kept = {name: value for name, value in source.arguments.items() if not (value == MASK and is_secret(name))}
    return {**kept, **given}


def listed_pages(connection: Connection, crawl_id: int) -> Iterator[PageRef]:
    """The list of URLs that a crawl was given: the file that held it need not be there any more."""
    query = (
        select(pages.c.position, pages.c.page, pages.c.url)
        .where(pages.c.crawl_id == crawl_id, pages.c.kind == URL)
        .order_by(pages.c.position)
    )
    for position, page, url in connection.execution_options(yield_per=1000).execute(query):
        yield PageRef(position, page, url, URL)
