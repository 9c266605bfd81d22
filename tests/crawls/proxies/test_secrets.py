"""Passwords of proxies, headers, cookies, forms and databases: sent to whom they are for, and found nowhere else."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import urllib.request
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from scrapy import signals
from scrapy.crawler import Crawler

from ecomscraper.exceptions import ArgumentError
from ecomscraper.metrics.extension import MetricsExtension
from ecomscraper.settings import EXTENSIONS

pytestmark = pytest.mark.slow

CANARIES = ("can4ry-user", "can4ry-pass", "can4ry-header", "can4ry-cookie", "can4ry-form", "can4ry-db")
ENCODED = b64encode(b"can4ry-user:can4ry-pass")[:24]
RunScrapy = Callable[..., subprocess.CompletedProcess[str]]
SECRETS = (
    *("-a", "headers.X-Shop-Id=can4ry-header", "-a", "headers.Authorization=Bearer can4ry-header"),
    *("-a", "cookies.session=can4ry-cookie", "-a", "identity.keep_cookies=true"),
    *("-a", "first_request.url=/_demo/reset", "-a", "first_request.form.password=can4ry-form"),
)


def found_in(folder: Path) -> list[str]:
    """Each file below `folder` with a canary in it, and which one."""
    return [
        f"{path.name}: {canary}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for canary in (*CANARIES, ENCODED.decode())
        if canary.encode() in path.read_bytes()
    ]


def test_no_secret_is_found_anywhere(
    run_scrapy: RunScrapy,
    demo_shop: Callable[..., Any],
    forward_proxy: Callable[..., list[int]],
    socks5: Callable[..., Any],
    tmp_path: Path,
) -> None:
    shop = demo_shop("--products", "160", "--small", "--fault", "status=404@3", "--fault", "banned@4")
    (known,) = forward_proxy("--basic-auth", "can4ry-user:can4ry-pass")
    (stranger,) = forward_proxy("--basic-auth", "somebody:else")
    listed = tmp_path / "elsewhere" / "proxies.txt"
    listed.parent.mkdir()
    listed.write_text(
        f"http://can4ry-user:can4ry-pass@127.0.0.1:{known}\n"
        f"http://can4ry-user:can4ry-pass@127.0.0.1:{stranger}\n"
        f"socks5://can4ry-user:can4ry-pass@127.0.0.1:{socks5('can4ry-user', 'can4ry-pass').port}\n"
        f"socks5://can4ry-user:can4ry-pass@127.0.0.1:{socks5('another', 'one').port}\n"
        "http://can4ry-user:can4ry-pass@127.0.0.1:9\n"
        "http://can4ry-user-{session}:can4ry-pass@127.0.0.1:9\n",
        encoding="utf-8",
    )
    desk = tmp_path / "desk"
    desk.mkdir()

    done = run_scrapy(
        *("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-O", "titles.json", "--logfile", "crawl.log"),
        *("-L", "DEBUG", "-s", "STATS_DUMP=True", "-s", "RETRY_TIMES=1"),
        *("-a", "limits.delay_seconds=0", "-a", "proxies.list=mine", *SECRETS),
        cwd=desk,
        env={
            "ECOM_PROXIES": f'{{"mine": "{listed}"}}',
            "ECOM_DATA_DIR": str(desk / "data"),
            "ECOM_REPORT": "1",
            "PYTHONWARNINGS": "error",
        },
        timeout=120,
    )

    assert done.returncode == 4  # one page is refused everywhere
    log = (desk / "crawl.log").read_text(encoding="utf-8")
    assert "The session began with" in log
    for port in (known, stranger):
        assert f"ecom/proxies/requests/http://127.0.0.1:{port}" in log
    assert re.search(r"http://127.0.0.1:9 rests for [0-9]+ s at 127.0.0.1: takes no connection", log)
    headers = next(each["headers"] for each in shop.counts()["headers"] if each["target"].startswith("/ecommerce"))
    assert headers["X-Shop-Id"] == "can4ry-header"
    assert headers["Cookie"] == "session=can4ry-cookie"
    (report,) = (desk / "data" / "reports").iterdir()
    assert "headers.X-Shop-Id" in report.read_text(encoding="utf-8")
    assert found_in(desk) == []
    assert [canary for canary in CANARIES if canary in done.stdout + done.stderr] == []
    assert "Warning" not in log + done.stderr


class MetricsReader:
    """Reads the metrics when the crawl closes, as Prometheus would have a moment before."""

    def __init__(self, crawler: Crawler) -> None:
        self.read = ""
        self._crawler = crawler
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MetricsReader:
        return cls(crawler)

    async def spider_closed(self) -> None:
        await self._crawler.spider.crawl.ledger.read(lambda _: None)  # type: ignore[union-attr]  # all is committed
        extension = self._crawler.get_extension(MetricsExtension)
        assert extension is not None
        assert extension.address is not None
        with await asyncio.to_thread(urllib.request.urlopen, extension.address, timeout=20) as answer:
            self.read = answer.read().decode()


@pytest_twisted.ensureDeferred
async def test_no_secret_is_in_the_metrics(
    crawl: Callable[..., Awaitable[Any]], demo_shop: Callable[..., Any], forward_proxy: Callable[..., list[int]]
) -> None:
    shop = demo_shop("--products", "64", "--small", "--fault", "status=404@3")
    (known,) = forward_proxy("--basic-auth", "can4ry-user:can4ry-pass")
    proxies = {
        "mine": [f"http://can4ry-user:can4ry-pass@127.0.0.1:{known}", "http://can4ry-user:can4ry-pass@127.0.0.1:9"]
    }
    settings = {
        "ECOM_PROXIES": json.dumps(proxies),
        "ECOM_METRICS_PORT": "0",
        "EXTENSIONS": EXTENSIONS | {MetricsReader: 90},
    }
    secrets = {"proxies.list": "mine", "headers.X-Shop-Id": "can4ry-header", "cookies.session": "can4ry-cookie"}

    crawled = await crawl(
        settings=settings, start=f"{shop.listing()}?token=can4ry-url", **{"limits.delay_seconds": "0"}, **secrets
    )

    reader = crawled.crawler.get_extension(MetricsReader)
    assert 'reason="http_404"' in reader.read
    assert [canary for canary in (*CANARIES, "can4ry-url", ENCODED.decode()) if canary in reader.read] == []


def test_a_database_that_cannot_be_reached_is_named_without_its_password(run_scrapy: RunScrapy) -> None:
    url = "nosuch://can4ry-user:can4ry-db@host/data"

    done = run_scrapy("crawl", "ecommerce", env={"ECOM_DATABASE_URL": url})

    assert done.returncode in (2, 6)
    assert len(done.stderr.splitlines()) == 1
    assert [canary for canary in CANARIES if canary in done.stdout + done.stderr] == []


@pytest_twisted.ensureDeferred
async def test_a_secret_is_given_again_to_a_crawl_that_goes_on(
    crawl: Callable[..., Awaitable[Any]], demo_shop: Callable[..., Any], tmp_path: Path
) -> None:
    shop = demo_shop("--products", "32", "--small", "--fault", "status=503:first=1@2")
    secret = {"headers.X-Shop-Id": "can4ry-header"}
    settings = {"RETRY_TIMES": 0}
    arguments = {"start": shop.listing(), "limits.delay_seconds": "0"}
    assert (await crawl(settings=settings, **arguments, **secret)).verdict.exit_code == 3

    with pytest.raises(ArgumentError) as refused:
        await crawl(resume="1")
    assert str(refused.value) == (
        "-a headers.X-Shop-Id=…: crawl 1 was started with it, and it is not kept: give it again"
    )

    assert (await crawl(settings=settings, resume="1", **secret)).verdict.exit_code == 0
    assert found_in(tmp_path) == []
