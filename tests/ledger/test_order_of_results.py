"""In whatever order pages settle, their results are read in the order of the pages.

Apart from the other tests of results: pytest-twisted runs one function of Hypothesis with one set of parameters only.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from ecomscraper.items import Title
from ecomscraper.ledger.database import write
from ecomscraper.ledger.ledger import Ledger, PageFailure
from ecomscraper.ledger.results import settled_pages


@given(order=st.permutations(range(1, 9)), failed=st.sets(st.integers(1, 8)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_settling_gives_the_order_of_the_pages(
    order: list[int], failed: set[int], engine: Engine, new_crawl, bundle, limits
) -> None:
    crawl_id = new_crawl(engine, 8)
    ledger = Ledger(engine, crawl_id, limits())
    read: list[int] = []
    position = 0
    for count, settled in enumerate(order, 1):
        with write(engine) as connection:
            ledger._apply(connection, [PageFailure(settled, "timeout") if settled in failed else bundle(settled)])
        with engine.connect() as connection:
            found = settled_pages(connection, crawl_id, position, Title)
        position = found.position
        read += [item.page for item in found.items]
        done = set(order[:count])
        unbroken = next(number for number in range(1, 10) if number not in done) - 1
        assert position == unbroken
        assert read == [number for number in range(1, unbroken + 1) if number not in failed]
