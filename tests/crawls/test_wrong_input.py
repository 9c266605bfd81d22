"""What a new user does wrong: one clear message, exit 2 or 6, no traceback, and nothing stored is lost."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_twisted

from ecomscraper.ledger.upgrades import SCHEMA_VERSION

if TYPE_CHECKING:
    from conftest import Run, Shop

pytestmark = pytest.mark.slow

RunScrapy = Callable[..., "subprocess.CompletedProcess[str]"]

ALLOWED_PAGES = "write pages from 1 such as 4, 3-7, 12- (to the end) or -5, with commas between"
ALLOWED_LIMITS = (
    "concurrency, connect_timeout_seconds, delay_seconds, pause_after_requests, pause_seconds, "
    "random_extra_seconds, read_timeout_seconds, throttle, timeout_seconds"
)
URL = "http://demo.localhost/ecommerce/"
START_NEW = "leave it out to start a new one"
ANOTHER = "or set ECOM_DATABASE_URL to another"
EXAMPLE = "write for example sqlite:////path/to/ecomscraper.sqlite3 or postgresql://user:password@host/database"
NEEDS_REASON = "needs robots.reason: why this shop may be crawled against its robots.txt"
FORMATS = "json, jsonlines, jsonl, jl, csv, xml, marshal, pickle, parquet, xlsx"


@dataclass(frozen=True)
class Wrong:
    """One wrong command line and all that it is answered with; `{here}` stands for the working directory."""

    args: tuple[str, ...]
    said: tuple[str, ...]
    code: int = 2
    env: dict[str, str] = field(default_factory=dict)


def wrong(arguments: str, *said: str, **options: Any) -> Wrong:
    return Wrong(tuple(arguments.split()), said, **options)


SITES = [
    wrong(
        "-a site=scrapingcorse",
        'unknown site "scrapingcorse"; did you mean scrapingcourse? `scrapy site list` shows all',
    ),
    wrong("-a site=", 'unknown site "". `scrapy site list` shows all'),
    wrong(
        "-a site=broken",
        "broken.toml: is no TOML: Illegal character '\\n' (at line 1, column 14)",
        env={"ECOM_SITES_DIR": "sites"},
    ),
    wrong(
        "-a site=acme",
        "acme.toml: limits.delay_seconds = -1, must be ≥ 0",
        f"acme.toml: limits.concurency = 4, unknown key; did you mean concurrency? Allowed: {ALLOWED_LIMITS}",
        f"acme.toml: robots.obey = false, {NEEDS_REASON}",
        env={"ECOM_SITES_DIR": "sites"},
    ),
    wrong(
        "-a site=demo",
        'ECOM_SITES_DIR = "nosuch", cannot be read: no such file or directory',
        env={"ECOM_SITES_DIR": "nosuch"},
    ),
    wrong(
        "-a site=demo", 'ECOM_SITES_DIR = "a-file", cannot be read: not a directory', env={"ECOM_SITES_DIR": "a-file"}
    ),
    wrong("-a limits.concurrency=many", '-a: limits.concurrency = "many", must be a whole number'),
    wrong("-a robots.obey=false", f"-a: robots.obey = false, {NEEDS_REASON}"),
]

PAGES = [
    wrong("-a urls=nothere.txt", "-a urls=nothere.txt: does not exist; give a text file with one URL a line"),
    wrong("-a urls=folder", "-a urls=folder: is not a file; give a text file with one URL a line"),
    wrong("-a urls=empty.txt", "empty.txt: there is no URL in it; write one on each line"),
    wrong(
        "-a urls=mixed.txt",
        'mixed.txt:2: "shop.example/laptops" has no scheme; write https://shop.example/laptops',
        'mixed.txt:4: "ftp://shop.example/" has the scheme ftp; must be http or https',
    ),
    wrong("-a url=", "-a url=: is empty; write a URL such as https://shop.example/"),
    wrong(
        "-a url=shop.example/laptops",
        '-a url:1: "shop.example/laptops" has no scheme; write https://shop.example/laptops',
    ),
    wrong(
        "-a url=http://one.example/ -a urls=empty.txt",
        "-a url=… is one URL, -a urls=FILE a list of them: give one of the two",
    ),
    wrong("-a pages=0", f'-a pages=0: "0", there is no page 0; {ALLOWED_PAGES}'),
    wrong("-a pages=7-3", '-a pages=7-3: "7-3" ends before it starts; write 3-7'),
    wrong("-a pages=all", f'-a pages=all: "all" is neither a page nor a range; {ALLOWED_PAGES}'),
    wrong(
        "-a pages=3 -a url=http://demo.localhost/ecommerce/",
        "-a pages=… selects pages of a listing; it does not go with -a url or -a urls",
    ),
    wrong("-a resume=last", "-a resume=last: no crawl of demo is unfinished; leave it out to start a new one"),
    wrong("-a resume=7", "-a resume=7: there is no crawl 7 in this database"),
    wrong("-a resume=yes", "-a resume=yes: give last, or the number of a crawl"),
    wrong("-a retry=all", "-a retry=all opens the failed pages of an earlier crawl; add -a resume=last or ID"),
]

SETTINGS = [
    wrong(
        "-s CONCURRENT_REQUESTS=abc -s DOWNLOAD_DELAY=soon -s RETRY_TIMES=2.5 -s AUTOTHROTTLE_ENABLED=maybe "
        "-s ECOM_PACE_BREAKER_FAILURES=0 -s ECOM_DEMO_PRODUCTS=x -s ECOM_PACE_BREAKER_FAILUERS=3 -s LOG_LEVEL=LOUD",
        "AUTOTHROTTLE_ENABLED = 'maybe', must be True or False",
        "CONCURRENT_REQUESTS = 'abc', must be a whole number",
        "DOWNLOAD_DELAY = 'soon', must be a number",
        "ECOM_DEMO_PRODUCTS = 'x', must be a whole number",
        "ECOM_PACE_BREAKER_FAILURES = '0', must be ≥ 1",
        "RETRY_TIMES = '2.5', must be a whole number",
        "ECOM_PACE_BREAKER_FAILUERS: unknown setting; did you mean ECOM_PACE_BREAKER_FAILURES?",
        "LOG_LEVEL = 'LOUD', must be CRITICAL, ERROR, WARNING, INFO or DEBUG",
    ),
    wrong(
        "-a site=demo", "ECOM_LEDGER_BATCH_PAGES = 'x', must be a whole number", env={"ECOM_LEDGER_BATCH_PAGES": "x"}
    ),
    wrong(
        "-a site=demo",
        'ECOM_LEDGER_BUSY = \'sometimes\', must be "wait" or "refuse"',
        env={"ECOM_LEDGER_BUSY": "sometimes"},
    ),
    wrong(
        "-a site=demo",
        "ECOM_PROXIES_LITS, in the environment: unknown setting; did you mean ECOM_PROXIES_LIST?",
        env={"ECOM_PROXIES_LITS": "mine", "ECOM_SHOP_OF_OTHERS": "1"},
    ),
    wrong(
        "-s TWISTED_REACTOR=twisted.internet.selectreactor.SelectReactor -s ASYNCIO_EVENT_LOOP=nosuch.Loop",
        "TWISTED_REACTOR = 'twisted.internet.selectreactor.SelectReactor', must be "
        "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "ASYNCIO_EVENT_LOOP: nosuch.Loop cannot be loaded: No module named 'nosuch'",
    ),
    wrong(
        "-s ECOM_DEMO_THEME=nosuch",
        "ECOM_DEMO_THEME = 'nosuch', must be one of woocommerce, bootstrap, books, magento, prestashop, shopify, next, "
        "japanese, plain",
    ),
    wrong("-s ECOM_DEMO_VERSION=3", "ECOM_DEMO_VERSION = 3, must be 1 or 2"),
    wrong("-s ECOM_DEMO_VERSION=two", "ECOM_DEMO_VERSION = 'two', must be a whole number"),
    wrong("-s ECOM_DEMO_VERSION=2 -s ECOM_DEMO_PRODUCTS=6", "ECOM_DEMO_PRODUCTS = 6, must be ≥ 7 in version 2"),
    wrong(
        "-s ECOM_PACE_BREAKER_PAUSE_SECONDS=120",
        "ECOM_PACE_…: pauses and patience must be > 0, and the cap no shorter than the pause",
    ),
    wrong(
        '-s ITEM_PIPELINES={"nosuch.Pipeline":300,"ecomscraper.pipelines.store.StorePipeline":900}',
        "ITEM_PIPELINES: nosuch.Pipeline cannot be loaded: No module named 'nosuch'",
    ),
    wrong(
        '-s ITEM_PIPELINES={"ecomscraper.pipelines.clean.CleanPipeline":300} -s EXTENSIONS={} '
        "-s ITEM_PROCESSOR=scrapy.pipelines.ItemPipelineManager",
        *(
            f"{setting} lacks {path}, without which no page ends; -s replaces the whole setting"
            for setting, path in (
                ("ITEM_PROCESSOR", "ecomscraper.pipelines.processor.PageProcessor"),
                ("ITEM_PIPELINES", "ecomscraper.pipelines.store.StorePipeline"),
                ("EXTENSIONS", "ecomscraper.ledger.extension.LedgerExtension"),
                ("EXTENSIONS", "ecomscraper.feeds.exporter.LedgerFeeds"),
                ("EXTENSIONS", "ecomscraper.verdict.extension.VerdictExtension"),
            )
        ),
    ),
    wrong(
        "-s ECOM_PROGRESS=on -s ECOM_LOG_FORMAT=xml -s ECOM_NOTIFY_SECONDS=soon -s ECOM_NOTIFY_WORSE_SHARE=-1",
        "ECOM_NOTIFY_SECONDS = 'soon', must be a number",
        "ECOM_NOTIFY_WORSE_SHARE = '-1', must be ≥ 0",
        "ECOM_LOG_FORMAT = 'xml', must be one of text, json",
        "ECOM_PROGRESS = 'on', must be one of auto, off",
    ),
    wrong(
        "-s ECOM_REPORT=a-file/", "{here}/a-file/report.html: cannot be written: {here}/a-file is not a folder", code=6
    ),
    wrong("-s ECOM_ARCHIVE=perhaps", "ECOM_ARCHIVE = 'perhaps', must be True or False"),
    wrong("-s ECOM_METRICS_PORT=http", "ECOM_METRICS_PORT = 'http', must be a port, which is 0 to 65535"),
    wrong(
        "-s ECOM_NOTIFY=nosuch-command",
        "ECOM_NOTIFY: there is no command nosuch-command; give one, or an address from http:// or https:// on",
    ),
    wrong("--logfile a-file/crawl.log", "LOG_FILE = 'a-file/crawl.log', cannot be written: Not a directory"),
    wrong("--pidfile a-file/crawl.pid", "--pidfile a-file/crawl.pid: cannot be written: Not a directory"),
]

PROXIES = [
    wrong("-a proxies.list=mine", '-a: proxies.list = "mine", ECOM_PROXIES has no list of that name; there are: none'),
    wrong(
        "-a site=behind",
        'sites/behind.toml: proxies.list = "mime", ECOM_PROXIES has no list of that name; did you mean mine?',
        env={"ECOM_SITES_DIR": "sites", "ECOM_PROXIES": '{{"mine": ["a:1"]}}'},
    ),
    wrong(
        "-s ECOM_PROXIES_LIST=mine",
        "ECOM_PROXIES: mine: {here}/nosuch.txt: cannot be read: No such file or directory",
        env={"ECOM_PROXIES": '{{"mine": "{here}/nosuch.txt"}}'},
    ),
    wrong(
        "-a proxies.list=mine",
        "ECOM_PROXIES: mine: {here}/empty.txt: there is no proxy in it, and nothing goes out without one",
        env={"ECOM_PROXIES": '{{"mine": "{here}/empty.txt"}}'},
    ),
    wrong(
        "-a proxies.list=mine",
        "ECOM_PROXIES: mine: there is no proxy in it, and nothing goes out without one",
        env={"ECOM_PROXIES": '{{"mine": []}}'},
    ),
    wrong(
        "-a proxies.list=mine",
        "ECOM_PROXIES: mine: proxies.txt:2: there is no host with a port; "
        "write http://user:password@host:port, or socks5://host:port",
        "ECOM_PROXIES: mine: proxies.txt:3: a proxy is http:// or socks5://, not ftp://",
        env={"ECOM_PROXIES": '{{"mine": "proxies.txt"}}'},
    ),
    wrong(
        "-a proxies.list=mine",
        'ECOM_PROXIES must be a table of lists by name, as in {{"mine": "data/proxies.txt", "gate": ["http://…"]}}',
        env={"ECOM_PROXIES": "http://u:p@proxy.example:1"},
    ),
    wrong(
        "-s ECOM_PROXIES_STICKY=always -s ECOM_PROXIES_EACH_REQUESTS=0",
        "ECOM_PROXIES_EACH_REQUESTS = '0', must be ≥ 1",
        "ECOM_PROXIES_STICKY = 'always', must be one of no, page, crawl",
    ),
    wrong(
        "-a first_request.url=/login",
        '-a: first_request = {{url = "/login"}}, needs identity.keep_cookies = true: without cookies no session lasts',
    ),
]

OUTPUTS = [
    wrong(
        "-O a-file/titles.json", "{here}/a-file/titles.json: cannot be written: {here}/a-file is not a folder", code=6
    ),
    wrong("-O folder.json", "{here}/folder.json: is a folder; give the name of a file in it", code=6),
    wrong(
        "-o titles.json", "-o titles.json: appending would break a json file; use -O to replace it, or .jsonl or .csv"
    ),
    wrong('-s FEEDS={"titles.xyz":{"format":"xyz"}}', f"FEEDS: titles.xyz has the format 'xyz'; there are {FORMATS}"),
    wrong(
        '-s FEEDS={"titles.json":"json"}', 'FEEDS: titles.json has \'json\'; give a table such as {{"format": "json"}}'
    ),
    wrong("-O s3://bucket/titles.json", "s3://bucket/titles.json: nothing writes to s3: missing boto3 library"),
    wrong(
        "-O gopher://host/titles.json",
        "gopher://host/titles.json: nothing writes to gopher; there are file, ftp, ftps, gs, s3, stdout",
    ),
]

DATABASES = [
    wrong(
        "-a site=demo",
        f"{{here}}/old.sqlite3: its schema is version 0, this ecomscraper needs {SCHEMA_VERSION}; move it away, "
        + ANOTHER
        + " database",
        code=6,
        env={"ECOM_DATABASE_URL": "sqlite:///{here}/old.sqlite3"},
    ),
    wrong(
        "-a site=demo",
        f"{{here}}/new.sqlite3: its schema is version 99, this ecomscraper needs {SCHEMA_VERSION}; "
        "upgrade ecomscraper, " + ANOTHER + " database",
        code=6,
        env={"ECOM_DATABASE_URL": "sqlite:///{here}/new.sqlite3"},
    ),
    wrong(
        "-a site=demo",
        "{here}/foreign.sqlite3: its tables were not made by ecomscraper, or by a version before its first release; "
        + "move it away, "
        + ANOTHER,
        code=6,
        env={"ECOM_DATABASE_URL": "sqlite:///{here}/foreign.sqlite3"},
    ),
    wrong(
        "-a site=demo",
        "{here}/a-file: cannot be opened as a database: file is not a database",
        code=6,
        env={"ECOM_DATABASE_URL": "sqlite:///{here}/a-file"},
    ),
    wrong(
        "-a site=demo",
        "{here}/a-file/data.sqlite3: its folder cannot be made: File exists",
        code=6,
        env={"ECOM_DATABASE_URL": "sqlite:///{here}/a-file/data.sqlite3"},
    ),
    wrong(
        "-a site=demo",
        "ECOM_DATABASE_URL = 'data.sqlite3': Could not parse SQLAlchemy URL from given URL string; " + EXAMPLE,
        env={"ECOM_DATABASE_URL": "data.sqlite3"},
    ),
    wrong(
        "-a site=demo",
        "ECOM_DATABASE_URL = 'nosuch://***@host/titles': nothing here speaks nosuch; " + EXAMPLE,
        env={"ECOM_DATABASE_URL": "nosuch://me:secret@host/titles"},
    ),
]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A working directory with whatever the commands above stumble over."""
    (tmp_path / "a-file").write_text("My notes.\n" * 100, encoding="utf-8")
    (tmp_path / "titles.json").write_text('[{"page": 1}]', encoding="utf-8")
    (tmp_path / "empty.txt").write_text("# nothing yet\n\n", encoding="utf-8")
    (tmp_path / "mixed.txt").write_text(
        "http://shop.example/\nshop.example/laptops\n\nftp://shop.example/\nhttp://shop.example/2\n", encoding="utf-8"
    )
    for folder in ("folder", "folder.json", "sites"):
        (tmp_path / folder).mkdir()
    (tmp_path / "sites" / "broken.toml").write_text('start = "http\n', encoding="utf-8")
    (tmp_path / "sites" / "acme.toml").write_text(
        'start = "https://acme.example/"\n[pagination]\npage_url = "?page={page}"\n'
        "[limits]\nconcurency = 4\ndelay_seconds = -1\n[robots]\nobey = false\n",
        encoding="utf-8",
    )
    (tmp_path / "proxies.txt").write_text("# mine\nhttp://u:s3cret@proxy.example\nftp://a:1\n", encoding="utf-8")
    (tmp_path / "sites" / "behind.toml").write_text(
        'start = "https://shop.example/all/"\nplatform = "woocommerce"\n[proxies]\nlist = "mime"\n', encoding="utf-8"
    )
    for name, statements in {
        "old": "CREATE TABLE ecomscraper_schema (version); INSERT INTO ecomscraper_schema VALUES (0)",
        "new": "CREATE TABLE ecomscraper_schema (version); INSERT INTO ecomscraper_schema VALUES (99)",
        "foreign": "CREATE TABLE titles (title); INSERT INTO titles VALUES ('my book')",
    }.items():
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite3")) as database:
            database.executescript(statements)
    return tmp_path


def contents(folder: Path) -> dict[str, Any]:
    """What all its files hold; of a database its rows, as opening one alone writes to its file."""
    return {str(path): rows(path) if path.suffix == ".sqlite3" else path.read_bytes() for path in files_in(folder)}


def files_in(folder: Path) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".sqlite3-wal", ".sqlite3-shm")
    ]


def rows(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


@pytest.mark.parametrize(
    "case",
    [*SITES, *PAGES, *SETTINGS, *PROXIES, *OUTPUTS, *DATABASES],
    ids=lambda case: " ".join([*case.args, *map("=".join, case.env.items())])[:60],
)
def test_one_clear_message_and_nothing_lost(case: Wrong, run_scrapy: RunScrapy, desk: Path) -> None:
    before = contents(desk)
    env = {name: value.format(here=desk) for name, value in case.env.items()}

    done = run_scrapy("crawl", "ecommerce", *case.args, env=env)

    assert done.stderr.splitlines() == [f"scrapy crawl: {line.format(here=desk)}" for line in case.said]
    assert (done.returncode, done.stdout) == (case.code, "")
    after = contents(desk)
    assert {path: after[path] for path in before} == before


@pytest.mark.parametrize(
    ("args", "last_line"),
    [
        ("crawl ecommerce -a site", "error: Invalid -a value, use -a NAME=VALUE"),
        ("crawl ecommerce -s CONCURRENT_REQUESTS", "error: Invalid -s value, use -s NAME=VALUE"),
        ("crawl ecommerce --nosuch", "error: unknown option --nosuch"),
        ("crawl", "error: name one spider: scrapy crawl ecommerce"),
        ("crawl ecommerce ecommerce", "error: one spider at a time"),
        ("crawl ecommerc", "scrapy crawl: unknown spider 'ecommerc'; did you mean ecommerce?"),
        ("crawls show 99", "scrapy crawls: there is no crawl 99"),
        (
            "crawls purge",
            "scrapy crawls: purge needs to know what to keep: --keep N, the last crawls of each site, or --days N, "
            "those of the last days, or both; --dry-run shows what would go",
        ),
        ("crawls purge --keep -1", "scrapy crawls: --keep and --days must be ≥ 0"),
        ("crawls reparse", "scrapy crawls: name the crawl to be read again: scrapy crawls reparse ID"),
        ("crawls reparse 99", "scrapy crawls: there is no crawl 99 in this database"),
        ("crawls reparse 99 -o x.json", "scrapy crawls: -o x.json: a reparse writes its rows with -O FILE"),
        ("crawls list -a title=h1", "scrapy crawls: -a and -O belong to `scrapy crawls reparse`, not to list"),
        ("demo --port 99999", "error: argument --port: '99999' is no port, which is 0 to 65535"),
        ("demo --products 0", "scrapy demo: products = 0, must be ≥ 1"),
        ("demo --faults nosuch.toml", "scrapy demo: nosuch.toml: No such file or directory"),
    ],
)
def test_usage_is_told(run_scrapy: RunScrapy, args: str, last_line: str) -> None:
    done = run_scrapy(*args.split())

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].removeprefix("__main__.py: ") == last_line  # python -m scrapy
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("output", "unknown"), [("titles.xyz", "xyz"), ("titles", ""), ("folder", "")])
def test_a_format_that_scrapy_refuses(run_scrapy: RunScrapy, desk: Path, output: str, unknown: str) -> None:
    done = run_scrapy("crawl", "ecommerce", "-O", output)

    assert done.returncode == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith(f"__main__.py: error: Unrecognized output format '{unknown}'. Set a supported one")
    assert "Traceback" not in done.stderr


def test_a_port_for_metrics_in_use(run_scrapy: RunScrapy, demo_shop: Callable[..., Shop]) -> None:
    port = demo_shop("--small").host.partition(":")[2]

    done = run_scrapy("crawl", "ecommerce", "-s", f"ECOM_METRICS_PORT={port}")

    assert done.stderr == (
        f"scrapy crawl: ECOM_METRICS_PORT = {port}, cannot be used: Address already in use; "
        "each crawl needs a port of its own\n"
    )
    assert done.returncode == 2


def test_a_port_in_use(run_scrapy: RunScrapy, demo_shop: Callable[..., Shop]) -> None:
    port = demo_shop("--small").host.partition(":")[2]

    done = run_scrapy("demo", "--port", port)

    assert done.stderr == f"scrapy demo: port {port} is in use; choose another, or 0 for a free one\n"
    assert (done.returncode, done.stdout) == (2, "")


@pytest_twisted.ensureDeferred
async def test_resume_with_other_arguments(crawl: Callable[..., Any], run_scrapy: RunScrapy, tmp_path: Path) -> None:
    await crawl(pages="13-14")  # the listing ends at 12
    before = rows(tmp_path / "data" / "ecomscraper.sqlite3")

    for arguments, said in (
        (
            ("resume=1", "pages=3"),
            "-a pages=3: crawl 1 was started with pages=13-14; leave it out, or start a new crawl",
        ),
        (("resume=1", f"url={URL}"), f"-a url={URL}: crawl 1 was started without; leave it out"),
        (
            ("resume=last", "site=books_toscrape"),
            "-a resume=last: no crawl of books_toscrape is unfinished; " + START_NEW,
        ),
        (("resume=last", "pages=3"), "-a resume=last: no crawl of demo is unfinished; " + START_NEW),
        (
            ("resume=last", "retry=some"),
            "-a retry=some: write all; pages whose failure may pass are tried in any case",
        ),
    ):
        done = run_scrapy("crawl", "ecommerce", *(part for arg in arguments for part in ("-a", arg)))
        assert (done.returncode, done.stderr) == (2, f"scrapy crawl: {said}\n")

    assert rows(tmp_path / "data" / "ecomscraper.sqlite3") == before


@pytest.fixture
def busy(demo_shop: Callable[..., Shop], start_crawl: Callable[..., Run]) -> tuple[Shop, Run]:
    """A shop, and a crawl of it into titles.json that is under way and would take twenty seconds more."""
    shop = demo_shop("--products", "6400", "--small", "--latency", "0.05")
    run = start_crawl(shop, "-a", "limits.concurrency=1", "-O", "titles.json")
    assert run.when_asked(shop, 3)
    return shop, run


def stop(run: Run) -> str:
    """End a crawl that is not hurt by anything; its last line."""
    assert run.process.poll() is None
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 130
    return run.last_line


def test_a_second_crawl_of_a_host_is_refused(busy: tuple[Shop, Run], run_scrapy: RunScrapy) -> None:
    shop, first = busy

    done = run_scrapy("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-O", "other.json")

    assert done.returncode == 2
    assert re.fullmatch(
        rf"scrapy crawl: {shop.host} is being crawled by crawl 1 \(site demo, process {first.process.pid}, "
        r"since \d\d:\d\d:\d\d UTC\); wait for its end, or set ECOM_LEDGER_BUSY=wait to start when it is done\n",
        done.stderr,
    )
    assert " of 400 pages stored; 0 failed; " in stop(first)
    assert shop.counts()["max_in_flight"] == 1


def test_a_second_crawl_into_an_output_is_refused(
    busy: tuple[Shop, Run], run_scrapy: RunScrapy, tmp_path: Path
) -> None:
    _, first = busy

    done = run_scrapy("crawl", "ecommerce", "-O", "titles.json")

    assert (done.returncode, done.stderr) == (
        2,
        f"scrapy crawl: {tmp_path / 'titles.json'}: another crawl is writing it; "
        "wait for its end or give another output\n",
    )
    assert re.search(r": (\d+) of 400 pages stored; .*; \1 rows in titles\.json;", stop(first))


def wait_behind(first: tuple[Shop, Run], start_scrapy: Callable[..., Any]) -> Any:
    """A second crawl of the same host, once it says that it waits."""
    shop, _ = first
    second = start_scrapy("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-s", "ECOM_LEDGER_BUSY=wait")
    said = next(line for line in iter(second.stderr.readline, "") if "is being crawled" in line)
    assert re.search(rf"INFO: {shop.host} is being crawled by crawl 1 \(.*\); waiting for its end\n", said)
    return second


def test_a_second_crawl_waits_when_told_to(
    busy: tuple[Shop, Run], start_scrapy: Callable[..., Any], tmp_path: Path
) -> None:
    shop, first = busy
    second = wait_behind(busy, start_scrapy)
    assert shop.counts()["max_in_flight"] == 1

    stop(first)

    _, log = second.communicate(timeout=60)
    assert second.returncode == 0, log
    assert "complete: 400 of 400 pages stored; 0 failed; " in log
    assert "INFO: crawl 1 of demo is unfinished (" in log
    with closing(sqlite3.connect(tmp_path / "data" / "ecomscraper.sqlite3")) as database:
        ended, started = database.execute(
            "SELECT (SELECT ended_at FROM crawls WHERE id = 1), (SELECT started_at FROM crawls WHERE id = 2)"
        ).fetchone()
    assert ended <= started


def test_who_waits_can_be_stopped(busy: tuple[Shop, Run], start_scrapy: Callable[..., Any]) -> None:
    second = wait_behind(busy, start_scrapy)

    second.send_signal(signal.SIGINT)

    assert second.communicate(timeout=30) == ("", "")
    assert second.returncode == 130
    assert " of 400 pages stored; 0 failed; " in stop(busy[1])
