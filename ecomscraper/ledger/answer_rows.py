"""What endpoints answered: one row each, also for those that failed, with whatever is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, select

from ecomscraper.items import Answer
from ecomscraper.ledger.many_rows import insert_rows
from ecomscraper.ledger.settled import SettledPages
from ecomscraper.ledger.tables import answers, pages

NAMES = ("position", "method", "seconds", "content_type", "json", "text")
READ_AHEAD = 50  # endpoints read from the database at once: an answer may have megabytes


def insert_answers(
    connection: Connection, crawl_id: int, stored: Iterable[Any] = (), failed: Iterable[Any] = ()
) -> None:
    """Write what pages do not say themselves: of the items of `stored`, and of what is kept of the pages `failed`."""
    rows = [{"crawl_id": crawl_id, "repeatable": None, **_row(each)} for each in stored if isinstance(each, Answer)]
    for failure in failed:
        repeatable = failure.repeatable
        rows += [{"crawl_id": crawl_id, "repeatable": repeatable, **_row(each)} for each in failure.kept]
    insert_rows(connection, answers, rows)


def _row(answer: Answer) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in NAMES}


def settled_answers(connection: Connection, crawl_id: int, after: int, *, to_the_end: bool = False) -> SettledPages:
    """The rows of the settled endpoints behind position `after`, up to the first pending one.

    `to_the_end`: those that are pending still will not be asked any more, so they are passed over.
    """
    on_page = and_(answers.c.crawl_id == pages.c.crawl_id, answers.c.position == pages.c.position)
    query = (
        select(
            pages.c.status.label("page_status"),
            pages.c.position,
            answers.c.method,
            pages.c.url,
            pages.c.final_url,
            pages.c.http_status,
            answers.c.seconds,
            pages.c.size_bytes,
            answers.c.content_type,
            answers.c.json,
            answers.c.text,
            pages.c.reason,
            pages.c.detail,
            pages.c.attempts,
            pages.c.fetched_at,
        )
        .select_from(pages.outerjoin(answers, on_page))
        .where(pages.c.crawl_id == crawl_id, pages.c.position > after)
        .order_by(pages.c.position)
        .limit(READ_AHEAD)
    )
    rows: Sequence[Any] = connection.execute(query).all()
    items: list[Any] = []
    for page_status, position, *values in rows:
        if page_status != "pending":
            items.append(Answer(position, *values))
        elif not to_the_end:
            return SettledPages(items, after, more=False)
        after = position
    return SettledPages(items, after, more=len(rows) == READ_AHEAD)
