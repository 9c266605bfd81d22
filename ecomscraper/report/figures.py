"""What a crawl came to, as its report tells it: asked of the database, with a bounded number of rows of anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Table, func, select

from ecomscraper.ledger.tables import answers, crawls, is_failed, pages, products, titles
from ecomscraper.notice.history import earlier_crawls
from ecomscraper.report.chosen import Chosen, chosen_values
from ecomscraper.report.course import Course, course
from ecomscraper.report.prices import Changes, Prices, changes_since, prices
from ecomscraper.verdict.facts import Facts
from ecomscraper.verdict.history import Record, crawl_record
from ecomscraper.verdict.queries import page_figures
from ecomscraper.verdict.reasons import meaning_of
from ecomscraper.verdict.speed import Speed, crawl_speed
from ecomscraper.verdict.verdict import judge

MOST_REASONS = 20
MOST_URLS = 10  # of a reason
MOST_ITEMS = 5  # examples
MOST_LISTINGS = 30
LONGEST_TEXT = 300  # characters of a text that are read

_KINDS: tuple[tuple[str, Table, tuple[str, ...], str], ...] = (
    ("products", products, ("name", "price", "regular_price", "currency", "availability", "sku", "brand", "gtin",
     "image_url", "rating", "review_count", "description", "url"), "key"),
    ("titles", titles, ("title", "name", "site_title", "url", "final_url"), "position"),
    ("answers", answers, ("method", "seconds", "content_type", "json", "text"), "position"),
)  # fmt: skip
_LONG = ("name", "title", "url")
_EXAMPLES = {
    "products": ("name", "price", "currency", "availability", "url"),
    "titles": ("page", "title", "url"),
    "answers": ("position", "method", "seconds", "content_type"),
}


@dataclass(frozen=True, slots=True)
class FailedPage:
    url: str
    detail: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Failure:
    """All pages that failed for one reason, the first of them as examples."""

    reason: str
    meaning: str
    count: int
    examples: tuple[FailedPage, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows that have a field, not empty."""

    name: str
    count: int
    share: float
    example: str


@dataclass(frozen=True, slots=True)
class Items:
    """Rows of one kind."""

    kind: str  # products, titles or answers
    count: int
    coverage: tuple[Coverage, ...]
    columns: tuple[str, ...]
    examples: tuple[tuple[Any, ...], ...]

    @property
    def long_columns(self) -> set[int]:
        """Those whose values are wrapped anywhere and need room."""
        return {at for at, name in enumerate(self.columns) if name in _LONG}


@dataclass(frozen=True, slots=True)
class CrawlFigures:
    """One crawl. `record` is what `scrapy crawls show --json` tells."""

    record: Record
    facts: Facts
    lines: tuple[str, ...]  # the verdict's, without those of failures, one for each reason, and its summary
    failures: tuple[Failure, ...]
    other_reasons: int  # that have no place
    items: tuple[Items, ...]
    listings: tuple[Record, ...]
    course: Course
    speed: Speed
    prices: tuple[Prices, ...]
    changes: Changes | None  # since the last crawl of the same, or since the one it is held against
    chosen: tuple[Chosen, ...]


def crawl_figures(connection: Connection, crawl_id: int | None, *, since: int | None = None) -> CrawlFigures:
    """Of a crawl, the newest where `crawl_id` is None; changes `since` another one, else since the last of the same.

    Raises ArgumentError where there is none.
    """
    record = crawl_record(connection, crawl_id)
    row = connection.execute(select(crawls).where(crawls.c.id == record["id"])).one()
    facts = facts_of(connection, row)
    lines = judge(facts).lines[len(facts.failed) : -1] if row.verdict else ()
    failures = _failures(connection, row.id, record["reasons"])
    items = _items(connection, row.id)
    has_products = any(each.kind == "products" for each in items)
    earlier = since if since is not None else next((each.id for each in earlier_crawls(connection, row)), None)
    return CrawlFigures(
        record=record,
        facts=facts,
        lines=lines,
        failures=failures,
        other_reasons=len(record["reasons"]) - len(failures),
        items=items,
        listings=tuple(sorted(record["listings"], key=_missing, reverse=True)[:MOST_LISTINGS]),
        course=course(connection, row.id),
        speed=crawl_speed(connection, row.id),
        prices=prices(connection, row.id) if has_products else (),
        changes=changes_since(connection, earlier, row.id) if has_products and earlier is not None else None,
        chosen=tuple(chosen_values(row.arguments, row.profile)),
    )


def facts_of(connection: Connection, row: Any) -> Facts:
    """What the verdict rests on; of a crawl without one what its pages add up to now."""
    if row.verdict:
        return TypeAdapter(Facts).validate_python(row.verdict)
    return Facts(
        crawl_id=row.id,
        spider=row.spider,
        site=row.site,
        hosts=tuple(row.hosts),
        database="",
        seconds=0.0,
        finish_reason=row.status,
        whole_listing=False,
        reparsed_from=row.reparsed_from,
        **page_figures(connection, row.id)._asdict(),
    )


def _missing(listing: Mapping[str, Any]) -> tuple[int, int]:
    """How much a listing lacks: failed pages, and products below what it declares."""
    return listing["failed"], (listing["declared_total"] or 0) - (listing["cards"] or 0)


def _failures(connection: Connection, crawl_id: int, reasons: Mapping[str, int]) -> tuple[Failure, ...]:
    found = []
    for reason, count in list(reasons.items())[:MOST_REASONS]:
        query = (
            select(_cut(pages.c.url), _cut(func.coalesce(pages.c.detail, "")), pages.c.attempts)
            .where(pages.c.crawl_id == crawl_id, is_failed, pages.c.reason == reason)
            .order_by(pages.c.position)
            .limit(MOST_URLS)
        )
        examples = tuple(FailedPage(*row) for row in connection.execute(query))
        found.append(Failure(reason, meaning_of(reason), count, examples))
    return tuple(found)


def _items(connection: Connection, crawl_id: int) -> tuple[Items, ...]:
    """The kinds of rows that the crawl has."""
    found = []
    for kind, table, names, key in _KINDS:
        of_crawl = table.c.crawl_id == crawl_id
        counts = [func.count(_filled(table.c[name])) for name in names]
        total, *having = connection.execute(select(func.count(), *counts).where(of_crawl)).one()
        if not total:
            continue
        coverage = [
            Coverage(name, count, count / total, _example(connection, table, name, crawl_id) if count else "")
            for name, count in zip(names, having, strict=True)
        ]
        columns = _EXAMPLES[kind]
        shown = select(*(_cut_text(table.c[name]) for name in columns)).where(of_crawl).order_by(table.c[key])
        examples = tuple(tuple(row) for row in connection.execute(shown.limit(MOST_ITEMS)))
        found.append(Items(kind, total, tuple(coverage), columns, examples))
    return tuple(found)


def _example(connection: Connection, table: Table, name: str, crawl_id: int) -> str:
    column = table.c[name]
    query = select(_cut_text(column)).where(table.c.crawl_id == crawl_id, _filled(column).is_not(None)).limit(1)
    value = connection.scalar(query)
    return "" if value is None else str(value)


def _filled(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """NULL for an empty text, too."""
    return func.nullif(column, "") if _is_text(column) else column


def _cut_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return _cut(column) if _is_text(column) else column


def _is_text(column: ColumnElement[Any]) -> bool:
    return column.type.python_type is str


def _cut(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.substr(column, 1, LONGEST_TEXT)


def differences(one: Sequence[Chosen], other: Sequence[Chosen]) -> list[tuple[str, str, str]]:
    """(key, value in `one`, value in `other`) where they differ; "" where there is none."""
    ours, theirs = ({each.key: each.value for each in chosen} for chosen in (one, other))
    keys = sorted({*ours, *theirs})
    return [(key, ours.get(key, ""), theirs.get(key, "")) for key in keys if ours.get(key) != theirs.get(key)]
