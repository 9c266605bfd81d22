"""Every page of the corpus is judged rightly, with its evidence: known protections, and honest pages like theirs."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecomscraper.blocks.evidence import OwnMarker, block_evidence
from ecomscraper.demo.faults import Fault
from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.refusals import Asked, refusal
from ecomscraper.demo.storefront import Storefront
from ecomscraper.pages.document import parse_document

CASES = sorted((Path(__file__).parent / "pages").iterdir())
URL = "https://shop.example/c/lamps"


def evidence_in(body: bytes, *, has_listing_marks: bool = False) -> dict[str, str] | None:
    found = block_evidence(
        parse_document(body, url=URL),
        body,
        status=200,
        headers={},
        asked_url=URL,
        has_listing_marks=has_listing_marks,
    )
    return asdict(found) if found else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict_and_evidence(case: Path) -> None:
    body = (case / "page.html").read_bytes()
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    evidence = block_evidence(
        parse_document(body, url=expected["url"]),
        body,
        status=expected["status"],
        headers=expected["headers"],
        asked_url=expected["asked_url"],
        has_listing_marks=expected["has_listing_marks"],
        own_marker=OwnMarker(**expected["own_marker"]) if expected["own_marker"] else None,
    )
    assert (asdict(evidence) if evidence else None) == expected["evidence"]


def test_the_corpus_has_both_kinds() -> None:
    verdicts = [json.loads((case / "expected.json").read_text())["evidence"] for case in CASES]
    assert len(verdicts) >= 60
    assert min(verdicts.count(None), len(verdicts) - verdicts.count(None)) >= 30


def test_the_demo_shops_ban_is_noticed_and_its_pages_are_not() -> None:
    banned = refusal(Fault.parse("banned"), Asked("/ecommerce/", datetime(2026, 1, 1, tzinfo=UTC)))
    assert banned is not None
    expected = {"protection": "captcha", "words": "reCAPTCHA, and the page says 'are you a human'"}
    assert evidence_in(banned.document.body) == expected
    shop = Storefront(ShopOptions())
    for path in ("/ecommerce/", "/ecommerce/page/4/", "/cart/", "/nowhere/"):
        assert evidence_in(shop.answer(path).document.body) is None


def test_a_captcha_is_noticed_behind_a_long_head() -> None:
    page = b"<style>%b</style><p>Are you a robot?</p><div class=g-recaptcha></div>" % (b".a{}" * 40_000)
    assert evidence_in(page) == {"protection": "captcha", "words": "reCAPTCHA, and the page says 'are you a robot'"}
    assert evidence_in(page, has_listing_marks=True) is None


@pytest.mark.parametrize(
    "page",
    [
        b"<div class=captcha " * 4000,
        b"<input captcha type=" * 4000,
        b"<script>captcha-delivery.com/" * 4000,
        b"captcha-delivery.com/" + b"<!--" * 20_000,
        b"captcha-delivery.com/" + b"<" * 70_000,
        b"captcha-delivery.com/" + b"<script" * 10_000,
    ],
    ids=lambda page: repr(page)[:30],
)
def test_hostile_pages_take_no_time(page: bytes) -> None:
    """Going back over what was read would take minutes."""
    start = time.process_time()
    evidence_in(page)
    assert time.process_time() - start < 0.5
