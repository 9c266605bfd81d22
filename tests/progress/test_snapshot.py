"""The line that tells of a crawl where there is no terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecomscraper.ledger.tally import Tally
from ecomscraper.progress.snapshot import PaceNow, Snapshot, duration, plain_line, reasons

TALLY = Tally(pages=143, stored=94, failed={"timeout": 4, "http_500": 20, "past_the_end": 1}, retried=12, refused=3)
SNAPSHOT = Snapshot(
    spider="products",
    site="shop",
    crawl_id=7,
    tally=TALLY,
    seconds=72.0,
    pages_per_second=9.84,
    seconds_left=2.4,
    grows=False,
    pace=PaceNow(2, 2, "1 each 0.5 s, as limits.delay_seconds says"),
)


def test_the_whole_line() -> None:
    assert plain_line(SNAPSHOT) == (
        "products shop: 118 of 142 pages settled (83 %); 94 stored; 24 failed (http_500 20, timeout 4); 12 retried; "
        "3 refused; 9.8 pages/s; 0:02 to go; 2 of 2 requests in flight: 1 each 0.5 s, as limits.delay_seconds says"
    )


def test_what_is_not_known_is_not_told() -> None:
    beginning = replace(
        SNAPSHOT, tally=Tally(pages=1), seconds_left=None, pages_per_second=0.0, grows=True, pace=PaceNow(0, 8, "")
    )
    assert plain_line(beginning) == (
        "products shop: 0 of 1 known pages settled; 0 stored; 0 failed; 0 retried; 0 refused; 0.0 pages/s; "
        "0 of 8 requests in flight"
    )


def test_many_reasons_are_cut() -> None:
    assert reasons({"a": 5, "b": 4, "c": 3, "d": 2, "e": 1, "f": 1}) == "a 5, b 4, c 3, d 2, 2 more reasons"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3723, "1:02:03"), (180_123, "2 d 2:02:03")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
