"""What a person types, and what comes out: all proxies dead, and the check of each."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy.cmdline import execute
from scrapy.settings import Settings

pytestmark = pytest.mark.slow
RunScrapy = Callable[..., subprocess.CompletedProcess[str]]


def lists(**named: list[str]) -> dict[str, str]:
    return {"ECOM_PROXIES": json.dumps(named), "PYTHONWARNINGS": "error"}


@pytest.mark.parametrize(
    "settings",
    [
        ("-s", "ECOM_PROXIES_PATIENCE_SECONDS=1", "-s", "ECOM_PROXIES_REST_SECONDS=0.5"),
        pytest.param((), marks=pytest.mark.campaign, id="default settings"),
    ],
)
def test_all_dead(
    settings: tuple[str, ...],
    run_scrapy: RunScrapy,
    demo_shop: Callable[..., Any],
    socks5: Callable[..., Any],
) -> None:
    shop = demo_shop("--products", "64", "--small")
    began = time.monotonic()

    done = run_scrapy(
        *("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-a", "proxies.list=mine", *settings),
        env=lists(mine=["127.0.0.1:9", "socks5://u:p@127.0.0.1:9", "http://u:p@127.0.0.1:9"]),
        timeout=90,
    )

    seconds = time.monotonic() - began
    assert seconds < 60
    assert done.returncode == 4
    lines = [line.partition("WARNING: ")[2] for line in done.stderr.splitlines()]
    assert lines[-3] == "no proxy served within ECOM_PROXIES_PATIENCE_SECONDS; `scrapy proxies check` tries each"
    assert lines[-2] == "what is not done is not lost: -a resume=1 goes on with it"
    assert "0 of 1 page stored; 0 failed; 1 not done" in lines[-1]
    assert shop.counts()["requests"] == 0
    print(f"all dead: code 4 after {seconds:.1f} s")  # noqa: T201  # the record of the campaign

    env = lists(mine=[f"socks5://127.0.0.1:{socks5().port}"])
    assert run_scrapy("crawl", "ecommerce", "-a", "resume=last", env=env).returncode == 0
    assert shop.counts()["requests"] == 5


def rows(table: str) -> list[list[str]]:
    return [line.split(maxsplit=4) for line in table.splitlines()]


def test_check_asks_the_shop_by_each_proxy(
    run_scrapy: RunScrapy,
    demo_shop: Callable[..., Any],
    forward_proxy: Callable[..., list[int]],
    socks5: Callable[..., Any],
    tmp_path: Path,
) -> None:
    shop = demo_shop("--small", "--fault", "banned:first=1@1")
    (tmp_path / "acme.toml").write_text(
        f'start = "{shop.listing()}"\nplatform = "woocommerce"\n[proxies]\nlist = "mine"\n[limits]\nconcurrency = 1\n',
        encoding="utf-8",
    )
    (stranger,) = forward_proxy("--basic-auth", "somebody:else")
    first, second = socks5().port, socks5("u", "p").port
    mine = [f"socks5://127.0.0.1:{first}", f"socks5://u:p@127.0.0.1:{second}", f"127.0.0.1:{stranger}:u:s3cret"]

    done = run_scrapy(
        *("proxies", "check", "--site", "acme"),
        env=lists(mine=mine, other=["127.0.0.1:9"]) | {"ECOM_SITES_DIR": str(tmp_path)},
    )

    assert done.stderr == ""
    assert done.returncode == 3
    found = rows(done.stdout)
    assert found[0] == ["LIST", "PROXY", "WORKS", "SECONDS", "WHAT CAME"]
    assert [tuple(row[:3]) for row in found[1:4]] == [
        ("mine", f"socks5://127.0.0.1:{first}", "no"),
        ("mine", f"socks5://127.0.0.1:{second}", "yes"),
        ("mine", f"http://127.0.0.1:{stranger}", "no"),
    ]
    assert found[1][4].startswith("blocked: ")
    assert found[2][4].startswith("HTTP 200, ")
    assert found[3][4] == "answers 407: it takes no user and password of ours"
    assert done.stdout.splitlines()[-1] == "1 of 3 work"
    assert "s3cret" not in done.stdout


def test_check_without_a_site(run_scrapy: RunScrapy, socks5: Callable[..., Any], serving: Callable[..., Any]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    url = ("-s", f"ECOM_PROXIES_CHECK_URL=http://127.0.0.1:{serving(serve).port}/")
    good = [f"socks5://127.0.0.1:{socks5().port}"]

    assert run_scrapy("proxies", "check", *url, env=lists(mine=good)).returncode == 0
    assert run_scrapy("proxies", "check", *url, env=lists(mine=["127.0.0.1:9"])).returncode == 4


@pytest.mark.parametrize(
    ("typed", "named", "said"),
    [
        ("check", {}, "ECOM_PROXIES has no list; data/proxies.example.txt shows how one is written"),
        ("check --site nosuch", {"mine": ["a:1"]}, 'unknown site "nosuch". `scrapy site list` shows all'),
        ("chekc", {}, "unknown or too many arguments; use `scrapy proxies check [--site NAME]`"),
        ("", {}, "no subcommand; use `scrapy proxies check [--site NAME]`"),
        ("check", {"mine": []}, "ECOM_PROXIES: mine: there is no proxy in it, and nothing goes out without one"),
    ],
)
def test_wrong_commands(typed: str, named: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings({"COMMANDS_MODULE": "ecomscraper.commands", "ECOM_PROXIES": named})

    with pytest.raises(SystemExit) as done:
        execute(["scrapy", "proxies", *typed.split()], settings)

    assert done.value.code == 2
    assert capsys.readouterr() == ("", f"scrapy proxies: {said}\n")
