"""No query that runs for each page of a crawl may look at all of its pages: a shop has a hundred thousand of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, event

from ecomscraper.items import Product
from ecomscraper.ledger.body_rows import kept_page
from ecomscraper.ledger.database import write
from ecomscraper.ledger.fresh_products import NOT_OF_THIS_PLACE
from ecomscraper.ledger.ledger import add_pages, next_due, pending_pages
from ecomscraper.ledger.results import settled_pages
from ecomscraper.ledger.tables import pages, sightings
from ecomscraper.pagination.page_ref import LISTING_ROOM, PRODUCT, PageRef, own_page_position

ALL_PAGES_OF_A_CRAWL = re.compile(r"SCAN pages|USING PRIMARY KEY \(crawl_id=\?\)")


def selects(engine: Engine, work: Any) -> list[tuple[str, Any]]:
    """The queries that `work(connection)` makes."""
    found: list[tuple[str, Any]] = []

    def keep(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    with write(engine) as connection:
        work(connection)
    event.remove(engine, "before_cursor_execute", keep)
    return found


def test_what_runs_for_each_page_takes_an_index(engine: Engine, new_crawl: Any) -> None:
    crawl_id = new_crawl(engine, 0)
    listing = [PageRef(LISTING_ROOM + page, page, f"http://shop.example/{page}", listing=1) for page in (1, 2)]
    own = PageRef(own_page_position(LISTING_ROOM + 1, 1), 1, "http://shop.example/p/1", PRODUCT)

    def work(connection: Connection) -> None:
        add_pages(connection, crawl_id, listing)
        row = {"crawl_id": crawl_id, "position": listing[0].position, "place": 1, "key": own.url}
        connection.execute(sightings.insert(), row)
        connection.execute(pages.update().where(pages.c.position < own.position).values(status="stored"))
        add_pages(connection, crawl_id, [own])
        pending_pages(connection, crawl_id, 10)
        next_due(connection, crawl_id, datetime(2026, 1, 1, tzinfo=UTC))
        settled_pages(connection, crawl_id, 0, Product)
        settled_pages(connection, crawl_id, 0, Product, to_the_end=True)
        kept_page(connection, crawl_id, own.url, own.position)
        connection.execute(NOT_OF_THIS_PLACE, {"crawl": crawl_id, "after": 0, "last": own.position})

    made = selects(engine, work)
    assert len(made) >= 9
    with engine.connect() as connection:
        for statement, parameters in made:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = [row[-1] for row in plan]
            assert not [step for step in steps if ALL_PAGES_OF_A_CRAWL.search(step)], (statement, steps)
