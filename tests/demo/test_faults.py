from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.demo.fault_kinds import FAULT_KINDS, STORED
from ecomscraper.demo.faults import Fault, FaultPlan, FaultRule


def plan(*rules: str, seed: int = 1) -> FaultPlan:
    return FaultPlan(tuple(map(FaultRule.parse, rules)), seed)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("status", "status:code=503"),
        ("status=404", "status:code=404"),
        ("status=429:retry_after=2:first=3", "status:code=429:retry_after=2:first=3"),
        ("status:retry_after=date:2", "status:code=503:retry_after=date:2"),
        ("status=429:rate_limit=x", "status:code=429:rate_limit=x"),
        ("slow=0.5", "slow:seconds=0.5"),
        ("reset:first=1", "reset:first=1"),
        ("bomb=br:bytes=1000", "bomb:encoding=br:bytes=1000"),
    ],
)
def test_faults_are_read_and_written(text: str, whole: str) -> None:
    fault = Fault.parse(text)
    assert str(fault) == whole
    assert Fault.parse(whole) == fault


@pytest.mark.parametrize("kind", FAULT_KINDS)
def test_every_kind_is_read_and_written(kind: str) -> None:
    assert Fault.parse(str(Fault.parse(kind))) == Fault.parse(kind)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rest", "unknown fault 'rest'; there are status, banned"),
        ("", "unknown fault ''"),
        ("reset=3", "reset takes no value"),
        ("reset:often", "'often' is not NAME=VALUE"),
        ("slow:minutes=1", "slow has no parameter 'minutes', but first, seconds"),
        ("slow=late", "slow: seconds = 'late' is not of type float"),
        ("slow=-1", "slow: seconds = '-1', must be 0 to"),
        ("slow=nan", "slow: seconds = 'nan', must be 0 to"),
        ("status=99", "status: code = '99', must be 200 to 599"),
        ("status:rate_limit=y", "status: rate_limit = 'y', must be ietf or x"),
        ("status:retry_after=date:soon", "status: retry_after = 'date:soon', must be date:SECONDS"),
        ("bomb=rar", "bomb: encoding = 'rar', must be gzip, br or zstd"),
        ("redirect_page=0", "redirect_page: page = '0', must be 1 to"),
        ("reset:first=0", "first = '0', must be a number of tries ≥ 1"),
    ],
)
def test_wrong_faults(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        Fault.parse(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("reset", "'reset' says not where"),
        ("reset@", "'' is neither a share"),
        ("reset@everywhere", "'everywhere' is neither a share"),
        ("reset@101%", "shares of 101%"),
        ("reset@7-3", "pages '7-3'"),
        ("reset@0", "pages '0'"),
        ("reset@1-99999999", "pages '1-99999999'"),
    ],
)
def test_wrong_rules(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        FaultRule.parse(text)


def test_shares_are_one_hundred_percent_together() -> None:
    assert plan("reset@60%", "cut@40%")
    with pytest.raises(ValueError, match="shares of 110%"):
        plan("reset@60%", "cut@50%")


def test_rules_for_paths_go_first() -> None:
    faults = plan("cut@100%", "reset@3-4,12", "hang@/robots.txt", "close@4")
    kinds = {path: fault.kind.name for path, fault in faults.of_listing(12)}
    assert [kinds[f"/ecommerce/page/{page}/"] for page in (2, 3, 4, 11, 12)] == [
        "cut",
        "reset",
        "reset",
        "cut",
        "reset",
    ]
    robots = faults.fault_of("/robots.txt")
    assert robots is not None
    assert robots.kind.name == "hang"


def test_shares_spare_what_is_no_page() -> None:
    faults = plan("reset@100%")
    drawn = ("/ecommerce/category/home/page/2/", "/t/books/ecommerce/page-3.html", "/t/shopify/products/x-1")
    spared = ("/ecommerce/category/home/", "/t/books/ecommerce/page-1.html", "/t/magento/ecommerce/", "/products.json")
    assert all(faults.fault_of(path) for path in drawn)
    assert not any(faults.fault_of(path) for path in spared)
    for path in ("/", "/robots.txt", "/cart/", "/ecommerce/", "/ecommerce/page/1/", "/elsewhere/"):
        assert faults.fault_of(path) is None
    for path in ("/ecommerce/page/2/", "/product/quiet-nylon-short-2/"):
        assert faults.fault_of(path) is not None
    first = plan("reset@1").fault_of("/ecommerce/")
    assert first is not None


def test_shares_are_what_they_say() -> None:
    faults = plan("reset@10%", "status=503:first=2@20%", seed=5)
    kinds = Counter(fault.kind.name for _, fault in faults.of_listing(20_000))
    assert abs(kinds["reset"] - 2_000) < 150
    assert abs(kinds["status"] - 4_000) < 200


def test_a_plan_is_a_function_of_its_seed() -> None:
    def pages(seed: int) -> list[str]:
        return [path for path, _ in plan("reset@30%", seed=seed).of_listing(200)]

    assert pages(1) == pages(1)
    assert pages(1) != pages(2)


@given(st.floats(0, 100), st.integers(2, 10**9))
def test_a_larger_share_keeps_the_pages_of_a_smaller_one(percent: float, page: int) -> None:
    path = f"/ecommerce/page/{page}/"
    smaller = FaultPlan((FaultRule(Fault.parse("reset"), share=percent / 200),))
    larger = FaultPlan((FaultRule(Fault.parse("reset"), share=percent / 100),))
    assert smaller.fault_of(path) is None or larger.fault_of(path) is not None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("status=503", "http_503"),
        ("status=503:first=2", STORED),
        ("status=503:first=3", "http_503"),
        ("status=404:first=2", "http_404"),
        ("slow=1.5", STORED),
        ("slow=2.5", "timeout"),
        ("slow=2.5:first=1", STORED),
        ("reset:first=2", STORED),
        ("reset", "connection_lost"),
        ("endless:first=1", "too_large"),
        ("no_length", STORED),
    ],
)
def test_how_a_crawler_of_three_tries_and_two_seconds_ends(fault: str, reason: str) -> None:
    assert Fault.parse(fault).ends_as(tries=3, timeout_seconds=2) == reason


def test_the_plan_as_json() -> None:
    assert plan("status=503:first=2@3", "hang@/robots.txt", seed=9).as_json(pages=12) == {
        "seed": 9,
        "pages": {
            "/ecommerce/page/3/": {
                "fault": "status:code=503:first=2",
                "kind": "status",
                "parameters": {"code": 503, "retry_after": "", "rate_limit": ""},
                "first": 2,
                "transient": True,
                "reason": "http_503",
            },
            "/robots.txt": {
                "fault": "hang:seconds=600.0",
                "kind": "hang",
                "parameters": {"seconds": 600.0},
                "first": None,
                "transient": True,
                "reason": "timeout",
            },
        },
    }
