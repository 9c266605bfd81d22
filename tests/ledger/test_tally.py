"""The tally says after each commit what the database says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, Engine

from ecomscraper.ledger.database import write
from ecomscraper.ledger.ledger import Ledger, PageFailure, Postponement
from ecomscraper.ledger.resume import reopen_pages
from ecomscraper.ledger.tally import BODY_BYTES, Gain, Tally, tally_of

LATER = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=1)


@pytest.fixture
def ledger(engine: Engine, limits, new_crawl) -> Iterator[Ledger]:
    """Of a crawl with pages 1 to 9, committed two at a time."""
    opened = Ledger(engine, new_crawl(engine, 9), limits(batch_pages=2))
    yield opened
    opened.close()


def test_pages_of_every_fate(ledger: Ledger, engine: Engine, bundle, refs, on_loop) -> None:
    compared: list[tuple[Tally | None, Tally]] = []

    def compare(connection: Connection) -> None:
        compared.append((ledger.tally, tally_of(connection, ledger.crawl_id)))

    async def run() -> None:
        assert ledger.tally is None
        await ledger.count()
        ledger.watch(after_commit=compare)
        await ledger.settle(bundle(1, reveals=refs(10, 11), size_bytes=BODY_BYTES[0], invalid=2))
        await ledger.settle(bundle(2, size_bytes=BODY_BYTES[0] + 1))
        await ledger.settle(Postponement(3, LATER, "http_503", "503", attempts=1))
        await ledger.settle(Postponement(4, LATER, None, "over budget", attempts=0))
        await ledger.settle(Postponement(3, LATER, "timeout", "slow", attempts=2))
        await ledger.read(lambda _: None)  # a page that is given out again was read from the database
        await ledger.settle(bundle(3, attempts=3, size_bytes=BODY_BYTES[-1] + 1))
        await ledger.settle(PageFailure(5, "http_403", size_bytes=100, invalid=7))
        await ledger.settle(PageFailure(6, "offsite", attempts=0))
        await ledger.settle(PageFailure(7, "past_the_end", size_bytes=0))
        await ledger.read(lambda _: None)

    on_loop(run())

    assert len(compared) >= 5
    assert [counted for counted, _ in compared] == [asked for _, asked in compared]
    tally = ledger.tally
    assert tally is not None
    assert tally == Tally(
        pages=11,
        stored=3,
        failed={"http_403": 1, "offsite": 1, "past_the_end": 1},
        retried=2,
        refused=2,
        items=3,
        invalid=2,
        bodies=(3, 1, 0, 0, 0, 0, 1),
        body_bytes=2 * BODY_BYTES[0] + 1 + BODY_BYTES[-1] + 1 + 100,
    )
    assert (tally.asked, tally.settled, list(tally.failures)) == (10, 5, ["http_403", "offsite"])


def test_counting_begins_where_a_resumed_crawl_stands(ledger: Ledger, engine: Engine, bundle, on_loop) -> None:
    async def settle(*settlements: object) -> None:
        for settlement in settlements:
            await ledger.settle(settlement)  # type: ignore[arg-type]
        await ledger.read(lambda _: None)

    on_loop(settle(bundle(1), PageFailure(2, "http_503", attempts=5), PageFailure(3, "http_404")))
    with write(engine) as connection:
        assert reopen_pages(connection, ledger.crawl_id, retry_all=False) == 1
    on_loop(ledger.count())

    assert ledger.tally == Tally(
        pages=9, stored=1, failed={"http_404": 1}, items=1, bodies=(1, 0, 0, 0, 0, 0, 0), body_bytes=1000
    )


def test_a_gain_is_added_once_however_it_is_cut() -> None:
    rng = Random(7)
    gains = [Gain(stored=1, failed={rng.choice("ab"): 1}, bodies=[rng.randrange(10**7)]) for _ in range(200)]
    whole = Tally().plus(
        Gain(
            stored=200,
            failed={reason: sum(gain.failed.get(reason, 0) for gain in gains) for reason in "ab"},
            bodies=[size for gain in gains for size in gain.bodies],
        )
    )

    bit_by_bit = Tally()
    for gain in gains:
        bit_by_bit = bit_by_bit.plus(gain)

    assert bit_by_bit == whole
    assert sum(whole.bodies) == 200
