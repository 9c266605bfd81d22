"""What a crawl came to: is it complete, and if not, what is missing and why. Pure: figures in, words and code out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecomscraper.verdict.facts import Facts, ListingFigures

INTERRUPTED = 130
STORAGE_FAILED = 6
NOTHING_ALLOWED = 5
BLOCKED = 4
INCOMPLETE = 3
BUG = 1
COMPLETE = 0

FORBIDDEN = ("robots", "robots_unreachable")
GAVE_UP = {
    "asked_to_wait": "the shop asked for a longer rest than ECOM_PACE_LONGEST_WAIT_SECONDS allows",
    "site_given_up": "the shop did not answer within ECOM_PACE_BREAKER_PATIENCE_SECONDS",
    "no_session": "the first request, by which the session begins, failed",
    "no_proxies": "no proxy served within ECOM_PROXIES_PATIENCE_SECONDS; `scrapy proxies check` tries each",
}
MOST_NAMED = 5  # listings that are told one by one
REFUSALS = ("blocked", "http_401", "http_403", "http_429")  # the shop would not serve us


@dataclass(frozen=True, slots=True)
class Verdict:
    exit_code: int
    lines: tuple[str, ...]  # for the log; the last one says it all
    facts: Facts

    def as_dict(self) -> dict[str, Any]:
        """For the database and for machines."""
        return {"exit_code": self.exit_code, "summary": self.lines[-1], **asdict(self.facts)}


def judge(facts: Facts) -> Verdict:
    """The verdict on a crawl that ended. Exit codes as documented; the gravest one wins."""
    code = _exit_code(facts)
    return Verdict(code, (*_failure_lines(facts), *_advice(facts, code), _summary(facts, code)), facts)


def total_is_missed(facts: Facts) -> bool:
    """The whole listing was read, the shop says how much it has, and we saw less."""
    return facts.whole_listing and not facts.pending and any(one.is_missed for one in facts.each_listing)


def end_is_unsure(facts: Facts) -> bool:
    """The listing ended by a rule of ours, not by the shop's word, and its total was not reached."""
    return any(one.is_unsure for one in facts.each_listing)


def total_is_passed(facts: Facts) -> bool:
    """We saw more than the shop says it has: pages repeat, or shifted while they were read."""
    return facts.whole_listing and any(one.is_passed for one in facts.each_listing)


def _exit_code(facts: Facts) -> int:
    if facts.finish_reason == "shutdown":
        return INTERRUPTED
    if facts.storage_error or any(feed.error for feed in facts.feeds):
        return STORAGE_FAILED
    if "bug" in facts.failed or facts.finish_reason == "start_error":
        return BUG
    if facts.failed and facts.stored == 0 and set(facts.failed) <= set(FORBIDDEN):
        return NOTHING_ALLOWED
    refused = facts.stored == 0 and facts.failed and set(facts.failed) <= set(REFUSALS)
    if facts.finish_reason in GAVE_UP or "blocked" in facts.failed or refused:
        return BLOCKED
    if facts.failed or facts.pending or not facts.stored or total_is_missed(facts) or end_is_unsure(facts):
        return INCOMPLETE
    return COMPLETE


def _failure_lines(facts: Facts) -> list[str]:
    return [
        f"failed ({reason}): {_count(failed.count, 'page')}, for example {failed.example_url}"
        + (f" ({failed.example_detail})" if failed.example_detail else "")
        for reason, failed in sorted(facts.failed.items(), key=lambda pair: -pair[1].count)
    ]


def _advice(facts: Facts, code: int) -> list[str]:
    lines = [f"{feed.uri} could not be written: {feed.error}" for feed in facts.feeds if feed.error]
    if facts.reparsed_from is not None:
        lines.append(f"read from the answers that crawl {facts.reparsed_from} kept: no request was sent")
    if facts.storage_error:
        lines.append(f"storage failed: {facts.storage_error}")
    if facts.finish_reason in GAVE_UP:
        lines.append(GAVE_UP[facts.finish_reason])
    lines += [
        f"the listing ended ({rule}) with {one.example_url}: {one.example_detail}"
        for rule, one in sorted(facts.endings.items())
    ]
    if any(one.is_unsure and one.declared_total is None for one in facts.each_listing):
        lines.append(
            "the shop does not say how many products it has: with pagination.last_page or expectations.total in its "
            "profile it could be told whether these are all"
        )
    if facts.invalid:
        lines.append(f"{_count(facts.invalid, 'item')} did not validate and were left out")
    if total_is_missed(facts):
        lines += _of_listings([(one, _held(one)) for one in facts.each_listing if one.is_missed])
    if total_is_passed(facts):
        passed = [one for one in facts.each_listing if one.is_passed]
        lines += _of_listings([(one, f"{_held(one)}: some were shown more than once") for one in passed])
    if facts.same_pages:
        lines.append(
            f"{_count(facts.same_pages, 'page')} led onto another page of this crawl, whose products count once"
        )
    if facts.repeated_pages:
        lines.append(f"{_count(facts.repeated_pages, 'page')} showed the same products as another one; they count once")
    if facts.listed_again:
        lines.append(f"{_count(facts.listed_again, 'page')} had been listed before; each has its own row")
    lines += _of_listings([(one, _change(one)) for one in facts.each_listing if one.has_changed])
    if facts.pending:
        lines.append(_way_on(facts))
    if code == NOTHING_ALLOWED:
        could = "could not be read" if "robots_unreachable" in facts.failed else "allows none of the pages asked for"
        lines.append(
            f"robots.txt of {', '.join(facts.hosts)} {could}. If you may read them all "
            'the same, add: -a robots.obey=false -a robots.reason="why you may" (it is logged and kept)'
        )
    return lines


def word_of(exit_code: int) -> str:
    """What a crawl came to, in a word or two: "complete"."""
    return _WORD_OF.get(exit_code, f"exit code {exit_code}")


def pages_per_second(stored: int, stored_before: int, seconds: float | None) -> float:
    """Of one run: what it stored itself. 0 where nothing is known of its length."""
    return (stored - stored_before) / seconds if seconds else 0.0


def _summary(facts: Facts, code: int) -> str:
    if facts.storage_error and not facts.pages:
        known = f"its pages cannot be counted now; {facts.seconds:.1f} s; {_where(facts)}"
        return f"{facts.spider} {facts.site}: {_WORD_OF[code]}: {known}"
    parts = [
        f"{facts.stored} of {_count(facts.pages, 'page')} stored",
        f"{facts.failures} failed",
    ]
    if facts.pending:
        parts.append(f"{facts.pending} not done")
    parts += _shown(facts)
    rate = pages_per_second(facts.stored, facts.stored_before, facts.seconds)
    parts.append(f"{facts.seconds:.1f} s, {rate:.1f} pages/s")
    for feed in facts.feeds:
        if not feed.error:
            parts.append(f"{_count(feed.rows, 'row')} in {feed.uri}" if feed.rows else f"{feed.uri} left as it was")
    parts.append(_where(facts))
    return f"{facts.spider} {facts.site}: {_WORD_OF[code]}: " + "; ".join(parts)


def _way_on(facts: Facts) -> str:
    if facts.reparsed_from is not None:
        return f"what is not done costs no request: scrapy crawls reparse {facts.reparsed_from} reads it all anew"
    return f"what is not done is not lost: -a resume={facts.crawl_id} goes on with it"


def _where(facts: Facts) -> str:
    source = "" if facts.reparsed_from is None else f", reparsed from crawl {facts.reparsed_from},"
    return f"crawl {facts.crawl_id}{source} in {facts.database}"


def _shown(facts: Facts) -> list[str]:
    """How many products there are, as far as the shop says."""
    if facts.listings:
        telling = sum(one.declared_total is not None for one in facts.listings)
        where = f"in {_count(len(facts.listings), 'listing')}"
        if telling == len(facts.listings):
            return [f"the shop says {_count(facts.declared_total or 0, 'product')} {where}, {facts.cards or 0} seen"]
        return [f"{_count(facts.cards or 0, 'product')} seen {where}, {telling} of which say how many they have"]
    if facts.declared_total is None:
        return []
    seen = f", {facts.cards} seen" if facts.whole_listing else ""
    return [f"the shop says {_count(facts.declared_total, 'product')}{seen}"]


def _held(one: ListingFigures) -> str:
    return f"the shop says it has {one.declared_total} products, its pages showed {one.cards}"


def _change(one: ListingFigures) -> str:
    return (
        f"the shop's total changed while it was read: {one.smallest_total} to {one.declared_total}; "
        "pages may have shifted"
    )


def _of_listings(said: Sequence[tuple[ListingFigures, str]]) -> list[str]:
    """A line each, with the listing where there are several, for the first of them."""
    lines = [f"{one.url}: {words}" if one.url else words for one, words in said[:MOST_NAMED]]
    if len(said) > MOST_NAMED:
        lines.append(f"and so it is with {_count(len(said) - MOST_NAMED, 'more listing')}")
    return lines


_WORD_OF = {
    COMPLETE: "complete",
    BUG: "BROKEN by a bug of ours",
    INCOMPLETE: "INCOMPLETE",
    BLOCKED: "BLOCKED",
    NOTHING_ALLOWED: "NOTHING ALLOWED",
    STORAGE_FAILED: "STORAGE FAILED",
    INTERRUPTED: "INTERRUPTED",
}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
