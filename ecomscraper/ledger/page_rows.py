"""What settled and postponed pages change in the table `pages`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from ecomscraper.ledger.many_rows import Row
from ecomscraper.ledger.tally import Gain
from ecomscraper.verdict.reasons import is_refusal

if TYPE_CHECKING:
    from ecomscraper.items import Bundle
    from ecomscraper.ledger.ledger import PageFailure, Postponement

OF_THE_ANSWER = (
    "attempts",
    "http_status",
    "final_url",
    "fetched_at",
    "size_bytes",
    "declared_total",
    "last_page",
    "cards",
    "fingerprint",
    "invalid",
)
"""What a page's row has of its answer; bundles and failures call it the same."""

COUNTED = ("refusals",)
"""What a row below has one more of: it is added to what the page has."""


def stored_row(crawl_id: int, bundle: Bundle, same_as: int | None) -> Row:
    return {
        **_settled_row(crawl_id, bundle, "stored"),
        "reason": bundle.ending.reason if bundle.ending else None,
        "detail": bundle.ending.detail if bundle.ending else None,
        "items": len(bundle.items),
        "refusals": 0,
        "same_as": same_as,
    }


def failed_row(crawl_id: int, failure: PageFailure) -> Row:
    return {
        **_settled_row(crawl_id, failure, "failed"),
        "reason": failure.reason,
        "detail": failure.detail or None,
        "items": 0,
        "refusals": int(is_refusal(failure.reason)),
        "same_as": None,
    }


def postponed_row(crawl_id: int, postponement: Postponement) -> Row:
    return {"crawl_id": crawl_id, **asdict(postponement), "refusals": int(is_refusal(postponement.reason))}


def _settled_row(crawl_id: int, settlement: Bundle | PageFailure, status: str) -> Row:
    answer = {name: getattr(settlement, name) for name in OF_THE_ANSWER}
    return {"crawl_id": crawl_id, "position": settlement.position, "status": status, "due_at": None, **answer}


def gain_of(
    bundles: Sequence[Bundle], failures: Sequence[PageFailure], postponed: Sequence[Postponement], new_pages: int
) -> Gain:
    """What a batch adds to the tally."""
    reasons = [*(failure.reason for failure in failures), *(each.reason for each in postponed)]
    sizes = [*(bundle.size_bytes for bundle in bundles), *(failure.size_bytes for failure in failures)]
    return Gain(
        pages=new_pages,
        stored=len(bundles),
        failed=Counter(failure.reason for failure in failures),
        retried=sum(each.reason is not None for each in postponed),
        refused=sum(is_refusal(reason) for reason in reasons),
        items=sum(len(bundle.items) for bundle in bundles),
        invalid=sum(bundle.invalid for bundle in bundles),
        bodies=[size for size in sizes if size is not None],
    )
