"""`scrapy site list | show NAME` as Scrapy runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.settings import Settings

from ecomscraper.sites.loader import list_sites

USAGE = "use `scrapy site list`, `show NAME`, `check [NAME]`, `save URL` or `new URL`\n"


def site(*arguments: str) -> int:
    settings = Settings({"COMMANDS_MODULE": "ecomscraper.commands"})
    with pytest.raises(SystemExit) as done:
        execute(["scrapy", "site", *arguments], settings)
    assert isinstance(done.value.code, int)
    return done.value.code


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert site("list") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split() for line in out.splitlines()][:4] == [
        ["NAME", "START", "PLATFORM", "PAGINATION"],
        ["books_toscrape", "https://books.toscrape.com/", "-", "numbered"],
        ["demo", "http://demo.localhost/ecommerce/", "woocommerce", "numbered"],
        ["oxylabs_sandbox", "https://sandbox.oxylabs.io/products", "-", "numbered"],
    ]
    assert len(out.splitlines()) == 1 + len(list_sites())


def test_list_shows_what_is_right_and_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "acme.toml").write_text('start = "https://shop.example/"\nplatform = "woocommerce"\n')
    (tmp_path / "wrong.toml").write_text('start = "https://shop.example/"\nplatform = "woo"\n[listing]\ncard = 1\n')
    assert site("list", "-s", f"ECOM_SITES_DIR={tmp_path}") == 2
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == [
        "NAME",
        "acme",
        "books_toscrape",
        "demo",
        "oxylabs_sandbox",
        "scrapeme",
        "scrapingcourse",
        "web_scraping_dev",
        "webscraper_io",
    ]
    assert err.splitlines()[0].startswith('wrong.toml: platform = "woo", unknown platform')
    assert "wrong.toml: listing.card = 1, must be a string" in err.splitlines()


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert site("show", "demo", "-a", "limits.delay_seconds=0.5", "-a", "headers.Authorization=Basic=abc") == 0
    out, err = capsys.readouterr()
    rows = [line.split(maxsplit=1) for line in out.splitlines()]
    shown = {key: " ".join(rest.split()) for key, rest in rows}
    assert err == ""
    assert len(shown) == 82
    assert shown["KEY"] == "VALUE FROM"
    assert shown["starts"] == "[] default"
    assert shown["name"] == '"demo" site demo.toml'
    assert shown["title"] == "(not set) default"
    assert shown["limits.delay_seconds"] == "0.5 -a"
    assert shown["headers.Authorization"] == '"***" -a'
    assert shown["pagination.page_url"] == '"page/{page}/" platform woocommerce'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], f"no subcommand; {USAGE}"),
        (["frob"], f'unknown subcommand "frob"; {USAGE}'),
        (["list", "demo"], "`scrapy site list` takes no arguments\n"),
        (["list", "-a", "start=http://a"], "-a goes with `scrapy site show | save | new` only\n"),
        (["list", "--force"], "--force goes with `scrapy site save | new` only\n"),
        (["check", "demo", "-o", "x"], "-o goes with `scrapy site new` only\n"),
        (["check", "a", "b"], "`scrapy site check` takes the name of one site, or none for all of them\n"),
        (["check", "dmo"], 'unknown site "dmo"; did you mean demo? `scrapy site list` shows all\n'),
        (["new"], "`scrapy site new` takes one URL, such as https://shop.example/all/\n"),
        (["new", "shop.example"], '"shop.example" has no scheme; write https://shop.example\n'),
        (["new", "http://a/", "-o", "a.txt"], "-o a.txt: a profile's file ends in .toml\n"),
        (["new", "http://a/", "-o", "/no/a"], "-o /no/a: there is no folder /no\n"),
        (
            ["new", "http://a/", "-a", "pages=3"],
            "-a pages=3: write platform=…, or a dotted key of the profile such as limits.delay_seconds=2\n",
        ),
        (["save", "http://a/"], "no site starts on a: name one with -a site=NAME\n"),
        (
            ["save", "http://a/", "-a", "site=demo", "--case", "../b"],
            "--case ../b: must be a folder's name: letters, digits, -, _ and . between them\n",
        ),
        (["show"], "`scrapy site show` takes the name of one site; `scrapy site list` shows all\n"),
        (["show", "demo", "--all"], "`scrapy site show` takes the name of one site; `scrapy site list` shows all\n"),
        (["show", "dmo"], 'unknown site "dmo"; did you mean demo? `scrapy site list` shows all\n'),
        (["show", "demo", "-a", "x"], "-a x: write -a key=value, such as -a limits.concurrency=2\n"),
        (["show", "demo", "-a", "=x"], "-a =x: write -a key=value, such as -a limits.concurrency=2\n"),
        (
            ["show", "demo", "-a", "limits.concurrency=0", "-a", "robots.obey=false"],
            "-a: limits.concurrency = 0, must be ≥ 1\n"
            "-a: robots.obey = false, needs robots.reason: why this shop may be crawled against its robots.txt\n",
        ),
        (
            ["list", "-s", "ECOM_SITES_DIR=/no/where"],
            'ECOM_SITES_DIR = "/no/where", cannot be read: no such file or directory\n',
        ),
    ],
)
def test_wrong_use_ends_with_2_and_one_clear_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site(*arguments) == 2
    assert capsys.readouterr() == ("", message)
