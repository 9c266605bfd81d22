"""A shop that misbehaves in every way it knows: each page ends once, as its fault says."""

from __future__ import annotations

import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ecomscraper.demo.fault_kinds import FAULT_KINDS, STORED
from ecomscraper.demo.faults import Fault

TRIES = 3
TIMEOUT_SECONDS = 2.0
SETTINGS = {
    "RETRY_TIMES": TRIES - 1,
    # Many faults on few pages: no time to wait as one does for a shop, and none to lose patience.
    "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.02,
    "ECOM_PACE_BACKOFF_CAP_SECONDS": 0.05,
    "ECOM_PACE_BUDGET_LEAST": 1_000_000,
    "ECOM_PACE_BREAKER_FAILURES": 1_000_000,
}
ARGUMENTS = (
    *("-a", f"limits.timeout_seconds={TIMEOUT_SECONDS}", "-a", "limits.concurrency=32"),
    *(word for name, value in SETTINGS.items() for word in ("-s", f"{name}={value}")),
)
STATUSES = (400, 401, 403, 404, 407, 408, 410, 418, 425, 429, 451, 500, 501, 502, 503, 504, 520, 522, 526, 530, 599)
TRUNCATIONS = ("truncated", "cut", "cut_chunked", "broken_gzip", "truncated_gzip")

# Half a page that says so in its length is whole to HTTP; only the shop's total tells.
UNSEEN = "short_length"
# A ban ends a page at once, as asking again would confirm it; a resumed crawl tries again.
BAN = "banned"
# Twisted itself sends a request again that ended on a kept connection before a byte of the answer came.
SENT_AGAIN_UNSEEN = ("reset", "close", "half_close")


def lasting_faults() -> Iterator[Fault]:
    """Every kind, with each value that makes a difference."""
    for name in sorted(FAULT_KINDS.keys() - {"status", "bomb", "slow", UNSEEN}):
        yield Fault.parse(name)
    yield from (Fault.parse(f"status={code}") for code in STATUSES)
    yield from (Fault.parse(f"bomb={encoding}") for encoding in ("gzip", "br", "zstd"))
    yield from (Fault.parse(f"slow={seconds}") for seconds in (0.5, 5))
    yield Fault.parse("banned=403")
    yield Fault.parse("json:content_type=text/html")


def passing_faults() -> Iterator[Fault]:
    """Those that another try mends, for one try and for all but the last."""
    for fault in lasting_faults():
        if fault.transient and fault.kind.name != BAN and fault.ends_as(TRIES, TIMEOUT_SECONDS) != STORED:
            yield from (Fault.parse(f"{fault}:first={first}") for first in range(1, TRIES))


def waiting_faults() -> Iterator[Fault]:
    """Refusals that say how long to wait: a second or two for the whole shop."""
    for code in (429, 503):
        yield from (Fault.parse(f"status={code}:retry_after={wait}:first=1") for wait in ("0", "1", "date:1", "soon"))
        yield from (Fault.parse(f"status={code}:rate_limit={style}:first=1") for style in ("ietf", "x"))


def on_pages(first: int, faults: list[Fault]) -> list[str]:
    """Options of the demo shop: one fault a page, from page `first`."""
    return [word for page, fault in enumerate(faults, first) for word in ("--fault", f"{fault}@{page}")]


def on_shares(share: float, faults: list[Fault]) -> list[str]:
    """Options of the demo shop: the same part of `share` of its pages for each fault."""
    return [word for fault in faults for word in ("--fault", f"{fault}@{100 * share / len(faults):.6f}%")]


class Page(NamedTuple):
    """What a page came to. `cards` is of a stored one."""

    number: int
    status: str
    reason: str | None
    title: str | None
    cards: int | None
    same_as: int | None
    attempts: int | None


def ledger(folder: Path) -> list[Page]:
    query = """
        SELECT pages.page, status, reason, title, CASE status WHEN 'stored' THEN cards END, same_as, attempts
        FROM pages LEFT JOIN titles USING (crawl_id, position) ORDER BY position"""
    with closing(sqlite3.connect(folder / "data" / "ecomscraper.sqlite3")) as connection:
        return [Page(*row) for row in connection.execute(query)]


def expected_page(number: int, fault: Fault | None) -> Page:
    """What the shop's table says that a page comes to."""
    if fault is None:
        return Page(number, "stored", None, _title(number), 16, None, 1)
    reason = fault.ends_as(TRIES, TIMEOUT_SECONDS)
    attempts: int | None = 1
    if fault.transient and fault.kind.name != BAN and _reason_of_a_try(fault) != STORED:
        attempts = TRIES if fault.first is None else fault.first + 1
        if fault.kind.name in SENT_AGAIN_UNSEEN:
            attempts = None
    if reason != STORED:
        return Page(number, "failed", reason, None, None, None, attempts)
    same_as = 1 if fault.kind.name == "redirect_page" else None
    title = _title(same_as or number)
    if fault.kind.name == "wrong_charset":  # as a browser shows it, which goes by the header
        title = title.encode().decode("cp1252")
    return Page(number, "stored", None, title, 16, same_as, attempts)


def _reason_of_a_try(fault: Fault) -> str:
    return fault.ends_as(1, TIMEOUT_SECONDS)


def _title(number: int) -> str:
    page = f"Page {number} – " if number > 1 else ""
    return f"Demo Shop for Scrapers – {page}demo.localhost"


def check_page_by_page(shop: Any, folder: Path, pages: int) -> Counter[str]:
    """Hold each page against the shop's plan. How many pages had each fault."""
    matches = {re.fullmatch(r"/ecommerce/page/(\d+)/", path): entry["fault"] for path, entry in shop.plan().items()}
    plan = {int(match[1]): Fault.parse(text) for match, text in matches.items() if match is not None}
    found = ledger(folder)
    assert [page.number for page in found] == list(range(1, pages + 1))
    wrong = []
    for page in found:
        expected = expected_page(page.number, plan.get(page.number))
        if expected.attempts is None:
            page = page._replace(attempts=None)
        if page != expected:
            wrong.append(f"{plan.get(page.number)}: {page}, expected {expected}")
    assert not wrong, f"{len(wrong)} pages:\n" + "\n".join(wrong[:50])
    return Counter(str(fault) for fault in plan.values())


@pytest.mark.slow
def test_every_fault_ends_as_it_should(demo_shop: Any, start_crawl: Any, tmp_path: Path) -> None:
    pages = 300
    faults = [*lasting_faults(), *passing_faults(), *waiting_faults()]
    assert 0.25 < len(faults) / pages < 0.5
    shop = demo_shop("--small", "--products", str(16 * pages), *on_pages(2, faults))
    patient = ("-a", f"limits.timeout_seconds={2 * TIMEOUT_SECONDS}")  # beside other tests 8 MiB take their time
    run = start_crawl(shop, *ARGUMENTS, *patient)
    assert run.end(timeout=120) == 4, run.log
    assert check_page_by_page(shop, tmp_path, pages) == Counter(map(str, faults))
    assert "Traceback" not in run.log


@pytest.mark.campaign
def test_ten_thousand_pages_of_which_three_in_ten_misbehave(demo_shop: Any, start_crawl: Any, tmp_path: Path) -> None:
    pages = 10_000
    faults, waits = [*lasting_faults(), *passing_faults()], list(waiting_faults())
    shop = demo_shop(
        *("--small", "--products", str(16 * pages), "--seed", "20261120"),
        *on_pages(2, waits),
        *on_shares(0.3, faults),
    )
    began = time.monotonic()
    run = start_crawl(shop, *ARGUMENTS)
    assert run.end(timeout=900) == 4, run.log[-10_000:]  # what it may take is checked last
    seconds = time.monotonic() - began
    counted = check_page_by_page(shop, tmp_path, pages)
    assert counted.keys() == set(map(str, [*faults, *waits]))
    assert 0.29 * pages < counted.total() < 0.31 * pages + len(waits)
    assert "Traceback" not in run.log
    assert seconds < 240


@pytest.mark.slow
def test_what_breaks_off_fails_or_is_fetched_again_and_never_gives_less(
    demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    lasting = [Fault.parse(name) for name in TRUNCATIONS]
    passing = [Fault.parse(f"{name}:first=1") for name in TRUNCATIONS]
    shop = demo_shop("--products", str(16 * 20), *on_pages(2, lasting), *on_pages(12, passing))
    run = start_crawl(shop, *ARGUMENTS, "-O", "titles.json")
    assert run.end() == 3, run.log
    found = ledger(tmp_path)
    assert {page.number: (page.reason, page.attempts) for page in found if page.status == "failed"} == dict.fromkeys(
        range(2, 7), ("truncated", TRIES)
    )
    assert {page.number: page.attempts for page in found if page.status == "stored"} == {
        page: 2 if 12 <= page <= 16 else 1 for page in (1, *range(7, 21))
    }
    assert {page.cards for page in found if page.status == "stored"} == {16}
    assert "failed (truncated): 5 pages" in run.log
    assert "15 of 20 pages stored; 5 failed; the shop says 320 products, 240 seen" in run.last_line


@pytest.mark.slow
def test_half_a_page_that_is_whole_to_http_is_told_by_the_total(demo_shop: Any, start_crawl: Any) -> None:
    shop = demo_shop("--fault", f"{UNSEEN}@5")
    run = start_crawl(shop)
    assert run.end() == 3, run.log
    assert "the shop says it has 188 products, its pages showed 182" in run.log
