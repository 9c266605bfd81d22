from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_twisted

from ecomscraper.demo.fault_kinds import FAULT_KINDS

if TYPE_CHECKING:
    from conftest import Internet

FAST = {"AUTOTHROTTLE_ENABLED": False, "DOWNLOAD_DELAY": 0, "RETRY_TIMES": 0}
FAULTS = ("redirect_offsite", "redirect_file", "redirect_loop", "redirect_page")


@pytest.mark.parametrize("fault", FAULTS)
@pytest_twisted.ensureDeferred
async def test_the_faults_of_the_demo_shop_end_as_its_table_says(crawl, fault: str) -> None:
    crawled = await crawl(settings=FAST, url=f"http://demo.localhost/ecommerce/page/2/?fault={fault}")

    assert [row.reason or "" for row in crawled.pages()] == [FAULT_KINDS[fault].reason]


@pytest_twisted.ensureDeferred
async def test_other_hosts_are_not_even_asked_for_their_robots_txt(crawl, internet: Internet) -> None:
    internet.answers = lambda host, path: (
        internet.redirect("https://other.example/") if path == "/" else internet.page("Shop")
    )

    crawled = await crawl(settings=FAST, url="http://shop.example/")

    assert [(row.reason, row.detail) for row in crawled.pages()] == [
        ("offsite", "redirected to other.example, which is no host of this crawl")
    ]
    assert set(internet.looked_up) == {"shop.example"}


@pytest_twisted.ensureDeferred
async def test_hosts_of_the_profile_are_the_site(crawl, internet: Internet) -> None:
    internet.answers = lambda host, path: (
        internet.page(host) if host == "cdn.example" else internet.redirect("http://cdn.example/page")
    )

    crawled = await crawl(settings=FAST, url="http://shop.example/", hosts='["cdn.example"]')

    assert [row.title for row in crawled.rows()] == ["cdn.example"]


@pytest.mark.parametrize(("hops", "end"), [(3, "stored"), (4, "redirect_loop")])
@pytest_twisted.ensureDeferred
async def test_there_are_so_many_redirects(crawl, internet: Internet, hops: int, end: str) -> None:
    def answer(host: str, path: str) -> bytes:
        number = int(path.strip("/") or 0)
        return internet.page("There") if number == hops else internet.redirect(f"/{number + 1}")

    internet.answers = answer

    crawled = await crawl(
        settings=FAST | {"REDIRECT_MAX_TIMES": 3, "ROBOTSTXT_OBEY": False}, url="http://www.shop.example/"
    )

    assert [row.reason or row.status for row in crawled.pages()] == [end]
    assert internet.connected == {internet.public: 4}


@pytest_twisted.ensureDeferred
async def test_a_long_url_is_not_followed(crawl, internet: Internet) -> None:
    internet.answers = lambda host, path: internet.redirect(f"/{'x' * 200}") if path == "/" else internet.page("Long")
    settings = FAST | {"ROBOTSTXT_OBEY": False, "ECOM_REACH_URL_BYTES": 219}

    refused = await crawl(settings=settings, url="http://shop.example/")
    followed = await crawl(settings=settings | {"ECOM_REACH_URL_BYTES": 220}, url="http://shop.example/")

    assert [row.reason for row in refused.pages()] == ["bad_url"]
    assert [row.title for row in followed.rows()] == ["Long"]
