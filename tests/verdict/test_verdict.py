"""Exit codes, their precedence, and what a person is told."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from ecomscraper.verdict.facts import Facts, FailedPages, FeedResult, ListingFigures
from ecomscraper.verdict.verdict import GAVE_UP, judge, total_is_missed

COMPLETE = Facts(
    crawl_id=7,
    spider="ecommerce",
    site="shop",
    hosts=("shop.example",),
    database="data/l.sqlite3",
    stored=12,
    pending=0,
    failed={},
    items=12,
    invalid=0,
    seconds=2.0,
    finish_reason="finished",
    whole_listing=True,
    declared_total=188,
    smallest_total=188,
    cards=188,
    feeds=(FeedResult("titles.json", 12),),
)


def failed(**counts: int) -> dict[str, FailedPages]:
    return {
        reason: FailedPages(count, f"http://shop.example/{reason}", f"because {reason}")
        for reason, count in counts.items()
    }


def facts(**changes: Any) -> Facts:
    return replace(COMPLETE, **changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"cards": 190}, 0),  # more than the shop says is no loss
        ({"declared_total": None, "cards": None}, 0),
        ({"whole_listing": False, "cards": 16}, 0),  # a part was asked for
        ({"invalid": 1}, 0),
        ({"failed": failed(http_404=1)}, 3),
        ({"pending": 1}, 3),
        ({"stored": 0}, 3),
        ({"cards": 187}, 3),
        ({"stored": 0, "failed": failed(http_500=3, http_403=1)}, 3),
        ({"failed": failed(http_403=1)}, 3),  # one forbidden page is not a ban
        ({"failed": failed(robots=1)}, 3),
        ({"failed": failed(blocked=1)}, 4),
        ({"stored": 0, "failed": failed(http_403=1, http_429=2)}, 4),
        ({"stored": 0, "failed": failed(http_401=1)}, 4),
        ({"finish_reason": next(iter(GAVE_UP))}, 4),
        ({"stored": 0, "failed": failed(robots=1)}, 5),
        ({"stored": 0, "failed": failed(robots_unreachable=1)}, 5),
        ({"stored": 0, "failed": failed(robots=1, http_404=1)}, 3),
        ({"failed": failed(bug=1)}, 1),
        ({"finish_reason": "start_error"}, 1),
        ({"storage_error": "disk full"}, 6),
        ({"feeds": (FeedResult("a.json", 12), FeedResult("b.json", 3, "disk full"))}, 6),
        ({"finish_reason": "shutdown"}, 130),
    ],
)
def test_the_exit_code(changes: dict[str, Any], code: int) -> None:
    assert judge(facts(**changes)).exit_code == code


GRAVEST_FIRST: tuple[tuple[int, dict[str, Any]], ...] = (
    (130, {"finish_reason": "shutdown"}),
    (6, {"storage_error": "disk full"}),
    (1, {"failed": {"bug": 1}}),
    (5, {"stored": 0, "failed": {"robots": 1}}),
    (4, {"failed": {"blocked": 1}}),
    (3, {"pending": 1}),
)


# A crawl in which robots.txt was all that was met was not blocked as well.
PAIRS = [pair for pair in combinations(GRAVEST_FIRST, 2) if (pair[0][0], pair[1][0]) != (5, 4)]


@pytest.mark.parametrize(("graver", "lighter"), PAIRS)
def test_the_gravest_code_wins(graver: tuple[int, dict[str, Any]], lighter: tuple[int, dict[str, Any]]) -> None:
    both: dict[str, Any] = {**lighter[1], **graver[1]}
    reasons = {**lighter[1].get("failed", {}), **graver[1].get("failed", {})}
    assert judge(facts(**both | {"failed": failed(**reasons)})).exit_code == graver[0]


def test_a_complete_crawl_is_one_line() -> None:
    assert judge(COMPLETE).lines == (
        "ecommerce shop: complete: 12 of 12 pages stored; 0 failed; the shop says 188 products, 188 seen; "
        "2.0 s, 6.0 pages/s; 12 rows in titles.json; crawl 7 in data/l.sqlite3",
    )


def test_failures_come_with_an_example_the_most_frequent_first() -> None:
    verdict = judge(facts(stored=9, pending=2, failed=failed(http_404=1, timeout=3), cards=150))
    assert verdict.lines == (
        "failed (timeout): 3 pages, for example http://shop.example/timeout (because timeout)",
        "failed (http_404): 1 page, for example http://shop.example/http_404 (because http_404)",
        "what is not done is not lost: -a resume=7 goes on with it",
        "ecommerce shop: INCOMPLETE: 9 of 15 pages stored; 4 failed; 2 not done; the shop says 188 products, "
        "150 seen; 2.0 s, 4.5 pages/s; 12 rows in titles.json; crawl 7 in data/l.sqlite3",
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"invalid": 1}, "1 item did not validate and were left out"),
        ({"invalid": 2}, "2 items did not validate and were left out"),
        ({"storage_error": "disk full"}, "storage failed: disk full"),
        ({"feeds": (FeedResult("b.json", 3, "disk full"),)}, "b.json could not be written: disk full"),
        (
            {"smallest_total": 180},
            "the shop's total changed while it was read: 180 to 188; pages may have shifted",
        ),
        (
            {"stored": 0, "failed": failed(robots=1), "hosts": ("a.example", "b.example")},
            "robots.txt of a.example, b.example allows none of the pages asked for. If you may read them all the "
            'same, add: -a robots.obey=false -a robots.reason="why you may" (it is logged and kept)',
        ),
    ],
)
def test_what_a_person_should_know_has_its_line(changes: dict[str, Any], line: str) -> None:
    assert line in judge(facts(**changes)).lines[:-1]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "complete"),
        ({"pending": 1}, "INCOMPLETE"),
        ({"failed": failed(blocked=1)}, "BLOCKED"),
        ({"stored": 0, "failed": failed(robots=1)}, "NOTHING ALLOWED"),
        ({"failed": failed(bug=1)}, "BROKEN by a bug of ours"),
        ({"storage_error": "disk full"}, "STORAGE FAILED"),
        ({"finish_reason": "shutdown"}, "INTERRUPTED"),
    ],
)
def test_each_outcome_has_its_word(changes: dict[str, Any], word: str) -> None:
    assert judge(facts(**changes)).lines[-1].startswith(f"ecommerce shop: {word}: ")


def test_a_crawl_of_no_time_and_no_rows_divides_by_nothing() -> None:
    last = judge(facts(stored=0, items=0, cards=None, declared_total=None, seconds=0.0, feeds=())).lines[-1]
    assert (
        last
        == "ecommerce shop: INCOMPLETE: 0 of 0 pages stored; 0 failed; 0.0 s, 0.0 pages/s; crawl 7 in data/l.sqlite3"
    )


def test_one_is_not_many() -> None:
    last = judge(facts(stored=1, declared_total=1, cards=1, feeds=(FeedResult("t.json", 1),))).lines[-1]
    assert "1 of 1 page stored" in last
    assert "the shop says 1 product, 1 seen" in last
    assert "1 row in t.json" in last


def test_a_feed_that_failed_is_not_said_to_hold_rows() -> None:
    last = judge(facts(feeds=(FeedResult("a.json", 12), FeedResult("b.json", 3, "disk full")))).lines[-1]
    assert "12 rows in a.json" in last
    assert "b.json" not in last


def test_the_total_counts_only_where_all_was_asked_for() -> None:
    assert total_is_missed(facts(cards=187))
    assert not total_is_missed(facts(cards=187, whole_listing=False))
    assert not total_is_missed(facts(cards=None))
    assert not total_is_missed(facts(declared_total=None))


def test_a_verdict_can_be_kept_as_json() -> None:
    verdict = judge(facts(failed=failed(timeout=2)))
    kept = json.loads(json.dumps(verdict.as_dict()))
    assert kept["exit_code"] == 3
    assert kept["summary"] == verdict.lines[-1]
    assert kept["failed"]["timeout"] == {
        "count": 2,
        "example_url": "http://shop.example/timeout",
        "example_detail": "because timeout",
    }
    assert kept["feeds"] == [{"uri": "titles.json", "rows": 12, "error": None}]


@pytest.mark.parametrize(
    ("rule", "changes", "code"),
    [
        ("past_the_end", {"declared_total": None, "cards": 188}, 0),  # the shop's own word
        ("past_the_end", {"cards": 187}, 3),
        *((rule, {}, 0) for rule in ("repeated_page", "soft_404", "page_limit")),
        *((rule, {"cards": 187}, 3) for rule in ("repeated_page", "soft_404", "page_limit")),
        *((rule, {"declared_total": None}, 3) for rule in ("repeated_page", "soft_404", "page_limit")),
        ("repeated_page", {"whole_listing": False, "cards": 40}, 3),
    ],
)
def test_a_listing_that_ended_by_a_rule(rule: str, changes: dict[str, Any], code: int) -> None:
    verdict = judge(facts(endings=failed(**{rule: 1}), **changes))
    assert verdict.exit_code == code
    assert f"the listing ended ({rule}) with http://shop.example/{rule}: because {rule}" in verdict.lines
    unsure = code == 3 and changes.get("declared_total", 188) is None
    assert any("the shop does not say how many products it has" in line for line in verdict.lines) is unsure


def listings(*figures: tuple[int | None, int, int], **of_the_last: Any) -> dict[str, Any]:
    """Changes to facts: listings of (declared total, smallest total, cards) each, and their sums."""
    each = [
        ListingFigures(f"http://shop.example/{number}", declared, smallest, cards)
        for number, (declared, smallest, cards) in enumerate(figures, 1)
    ]
    each[-1] = replace(each[-1], **of_the_last)
    totals = [one.declared_total for one in each if one.declared_total is not None]
    smallest = [one.smallest_total for one in each if one.smallest_total is not None]
    return {
        "listings": tuple(each),
        "declared_total": sum(totals),
        "smallest_total": sum(smallest),
        "cards": sum(one.cards or 0 for one in each),
    }


def test_several_listings_are_complete_where_each_is() -> None:
    verdict = judge(facts(**listings((40, 40, 40), (30, 30, 30))))
    assert verdict.exit_code == 0
    assert len(verdict.lines) == 1
    assert "the shop says 70 products in 2 listings, 70 seen; " in verdict.lines[0]
    assert json.loads(json.dumps(verdict.as_dict()))["listings"][1] == {
        "url": "http://shop.example/2",
        "declared_total": 30,
        "smallest_total": 30,
        "cards": 30,
        "is_end_inferred": False,
    }


def test_what_one_listing_shows_too_much_is_not_what_another_lacks() -> None:
    verdict = judge(facts(**listings((40, 40, 35), (30, 30, 35))))
    assert verdict.exit_code == 3
    assert verdict.lines[:-1] == (
        "http://shop.example/1: the shop says it has 40 products, its pages showed 35",
        "http://shop.example/2: the shop says it has 30 products, its pages showed 35: some were shown more than once",
    )


def test_a_listing_without_a_total_says_nothing_of_the_others() -> None:
    verdict = judge(facts(**listings((40, 40, 40), (None, 0, 30), smallest_total=None)))
    assert verdict.exit_code == 0
    assert "70 products seen in 2 listings, 1 of which say how many they have; " in verdict.lines[-1]


@pytest.mark.parametrize(
    ("figures", "code"),
    [(((40, 40, 40), (30, 30, 30)), 0), (((40, 40, 40), (30, 30, 29)), 3), (((40, 40, 40), (None, 0, 30)), 3)],
)
def test_a_listing_whose_end_is_ours_to_conclude_needs_its_own_total(figures: Any, code: int) -> None:
    changes = listings(*figures, is_end_inferred=True)
    assert judge(facts(endings=failed(page_limit=1), **changes)).exit_code == code


def test_a_total_that_changed_is_told_with_its_listing() -> None:
    verdict = judge(facts(**listings((40, 40, 40), (30, 29, 30))))
    told = "http://shop.example/2: the shop's total changed while it was read: 29 to 30; pages may have shifted"
    assert verdict.lines[:-1] == (told,)


def test_not_every_listing_of_many_is_told() -> None:
    verdict = judge(facts(**listings(*[(40, 40, 39)] * 7)))
    assert len(verdict.lines) == 5 + 1 + 1
    assert verdict.lines[-2] == "and so it is with 2 more listings"


def test_a_reparse_says_what_it_read() -> None:
    verdict = judge(replace(COMPLETE, reparsed_from=3))
    assert verdict.exit_code == 0
    assert verdict.lines[0] == "read from the answers that crawl 3 kept: no request was sent"
    assert verdict.lines[-1].endswith("; crawl 7, reparsed from crawl 3, in data/l.sqlite3")


def test_what_a_reparse_left_undone_is_read_anew() -> None:
    lines = judge(replace(COMPLETE, stored=10, pending=2, reparsed_from=3)).lines
    assert "what is not done costs no request: scrapy crawls reparse 3 reads it all anew" in lines
    assert not any("-a resume" in line for line in lines)
