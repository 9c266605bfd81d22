"""What settled and postponed pages change in the table `pages`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update

from ecomscraper.ledger.tables import pages
from ecomscraper.ledger.tally import Gain
from ecomscraper.verdict.reasons import is_refusal

if TYPE_CHECKING:
    from ecomscraper.items import Bundle
    from ecomscraper.ledger.ledger import PageFailure, Postponement

_OF_THE_ANSWER = (
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


def _answer_row(settlement: Bundle | PageFailure) -> dict[str, Any]:
    row = {f"b_{name}": getattr(settlement, name) for name in _OF_THE_ANSWER}
    return {"b_position": settlement.position, **row}


def stored_row(bundle: Bundle) -> dict[str, Any]:
    return {
        **_answer_row(bundle),
        "b_reason": bundle.ending.reason if bundle.ending else None,
        "b_detail": bundle.ending.detail if bundle.ending else None,
        "b_items": len(bundle.items),
        "b_refused": 0,
        "b_same_as": None,
        "url": bundle.url,
    }


def failed_row(failure: PageFailure) -> dict[str, Any]:
    return {
        **_answer_row(failure),
        "b_reason": failure.reason,
        "b_detail": failure.detail or None,
        "b_items": 0,
        "b_refused": int(is_refusal(failure.reason)),
        "b_same_as": None,
    }


def postponed_row(postponement: Postponement) -> dict[str, Any]:
    row = {f"b_{name}": value for name, value in asdict(postponement).items()}
    return row | {"b_refused": int(is_refusal(postponement.reason))}


def settle_pages(crawl_id: int, status: str) -> Any:
    names = (*_OF_THE_ANSWER, "reason", "detail", "items", "same_as")
    return (
        update(pages)
        .where(pages.c.crawl_id == crawl_id, pages.c.position == bindparam("b_position"))
        .values(
            status=status,
            due_at=None,
            refusals=pages.c.refusals + bindparam("b_refused"),
            **{name: bindparam(f"b_{name}") for name in names},
        )
    )


def postpone_pages(crawl_id: int) -> Any:
    names = ("due_at", "reason", "detail", "attempts")
    return (
        update(pages)
        .where(pages.c.crawl_id == crawl_id, pages.c.position == bindparam("b_position"))
        .values(
            refusals=pages.c.refusals + bindparam("b_refused"),
            **{name: bindparam(f"b_{name}") for name in names},
        )
    )


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
