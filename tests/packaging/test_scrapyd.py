"""The project as Scrapyd runs it: deployed from a clean checkout to a real server, scheduled, and its results read."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import pytest

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.shop import DemoShop

pytestmark = pytest.mark.slow

OnLoop = Callable[[Coroutine[Any, Any, Any]], Any]

PROJECT = "ecomscraper"
DEADLINE_SECONDS = 90
CONFIGURATION = """
[scrapyd]
http_port = {port}
poll_interval = 0.1
max_proc = 4
jobs_to_keep = 100
"""
TARGET = """
[deploy:here]
url = {url}
project = ecomscraper
"""
PROFILE = """
start = "http://127.0.0.1:{port}/ecommerce/"
platform = "woocommerce"

[limits]
concurrency = 8
delay_seconds = 0
throttle = "fixed"
"""


@dataclass
class Scrapyd:
    """A running server. Its working directory is `folder`, where jobs have their `data/` by default."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    asked: int = field(default=0)

    def ask(self, service: str, data: Mapping[str, str | list[str]] | None = None) -> dict[str, Any]:
        """The answer of `schedule.json` and the like: GET, or POST where there are `data`."""
        body = urlencode(data, doseq=True).encode() if data is not None else None
        with build_opener(ProxyHandler({})).open(f"{self.url}{service}", body, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        assert answer["status"] == "ok", answer
        return answer

    def schedule(self, site: str, **settings: str) -> str:
        """Id of the job: a crawl of page titles of `site`."""
        setting = [f"{name}={value}" for name, value in settings.items()]
        job = {"project": PROJECT, "spider": "ecommerce", "site": site, "setting": setting}
        return str(self.ask("schedule.json", job)["jobid"])

    def wait_for(self, *jobs: str) -> None:
        """Until all `jobs` have ended."""
        _until(lambda: self._ended().issuperset(jobs), f"the end of {jobs}", self.log)

    def log(self) -> str:
        return (self.folder / "scrapyd.log").read_text(encoding="utf-8", errors="replace")

    def answers(self) -> bool:
        """Whether it is up. Fails where its process has ended."""
        assert self.process.poll() is None, self.log()
        try:
            return bool(self.ask("daemonstatus.json"))
        except URLError:
            return False

    def _ended(self) -> set[str]:
        return {job["id"] for job in self.ask(f"listjobs.json?project={PROJECT}")["finished"]}


@pytest.fixture(scope="module")
def scrapyd(
    new_python: Callable[[], Path], environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scrapyd]:
    """Scrapyd on loopback, with a folder of its own, run by a Python that has no ecomscraper."""
    folder = tmp_path_factory.mktemp("scrapyd")
    port = _free_port()
    (folder / "scrapyd.conf").write_text(CONFIGURATION.format(port=port))
    with (folder / "scrapyd.log").open("wb") as log:
        process = subprocess.Popen(
            [new_python(), "-m", "scrapyd"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its jobs can be ended together with it
        )
    server = Scrapyd(f"http://127.0.0.1:{port}/", folder, process)
    try:
        _until(server.answers, "Scrapyd", server.log)
        yield server
    finally:
        _end(process)


@pytest.fixture(scope="module")
def deployed(
    scrapyd: Scrapyd,
    checkout: Callable[[], Path],
    scrapyd_deploy: Path,
    run: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Scrapyd:
    """The server with the project on it. Its address stands in a user's configuration: the checkout stays clean."""
    home = tmp_path_factory.mktemp("home")
    (home / ".scrapy.cfg").write_text(TARGET.format(url=scrapyd.url))
    folder = checkout()
    answer = run(scrapyd_deploy, "here", "--version", "1", cwd=folder, HOME=str(home))
    assert json.loads(answer)["status"] == "ok"
    assert run("git", "status", "--porcelain", cwd=folder) == ""
    return scrapyd


@dataclass(frozen=True)
class ServedShop:
    """The demo shop in a thread of its own."""

    shop: DemoShop
    port: int

    @property
    def max_in_flight(self) -> int:
        return self.shop.counts.max_in_flight


@pytest.fixture
def serve(on_loop: OnLoop) -> Iterator[Callable[[ShopOptions], ServedShop]]:
    """`serve(options)`: a shop that other processes can reach until the test ends."""
    shops: list[DemoShop] = []

    def start(options: ShopOptions) -> ServedShop:
        shops.append(DemoShop(options))
        return ServedShop(shops[-1], on_loop(shops[-1].start()))

    yield start
    for shop in shops:
        on_loop(shop.stop())


def test_lists_the_spiders(deployed: Scrapyd) -> None:
    spiders = deployed.ask(f"listspiders.json?project={PROJECT}")["spiders"]

    assert "ecommerce" in spiders


def test_two_sites_with_different_settings(
    deployed: Scrapyd, serve: Callable[[ShopOptions], ServedShop], tmp_path: Path
) -> None:
    north = serve(ShopOptions(products=640, small=True, latency_seconds=0.05))
    south = serve(ShopOptions(products=480, small=True, latency_seconds=0.05))
    for name, shop in (("north", north), ("south", south)):
        (tmp_path / f"{name}.toml").write_text(PROFILE.format(port=shop.port))
    sites_dir = str(tmp_path)

    deployed.wait_for(
        deployed.schedule(
            "north",
            ECOM_SITES_DIR=sites_dir,
            CONCURRENT_REQUESTS="4",
            FEEDS=json.dumps({str(tmp_path / "north.json"): {"format": "json", "overwrite": True}}),
        ),
        deployed.schedule(
            "south",
            ECOM_SITES_DIR=sites_dir,
            CONCURRENT_REQUESTS_PER_DOMAIN="2",
            FEEDS=json.dumps({str(tmp_path / "south.csv"): {"format": "csv"}}),
        ),
    )

    rows = json.loads((tmp_path / "north.json").read_text(encoding="utf-8"))
    assert [row["page"] for row in rows] == list(range(1, 41))
    with (tmp_path / "south.csv").open(encoding="utf-8", newline="") as file:
        assert [row["page"] for row in csv.DictReader(file)] == [str(page) for page in range(1, 31)]
    assert (north.max_in_flight, south.max_in_flight) == (4, 2)
    assert "Process died" not in deployed.log()


def test_crawls_of_one_host_wait_for_each_other(deployed: Scrapyd, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    settings = {"ECOM_DATA_DIR": str(data_dir), "ECOM_LEDGER_BUSY": "wait"}

    deployed.wait_for(
        deployed.schedule("demo", FEEDS=_json_feed(tmp_path / "all.json"), **settings),
        deployed.schedule("demo", FEEDS=_json_feed(tmp_path / "few.json"), ECOM_DEMO_PRODUCTS="48", **settings),
    )

    assert _pages(tmp_path / "all.json") == list(range(1, 13))
    assert _pages(tmp_path / "few.json") == [1, 2, 3]
    first, second = _crawls(data_dir)
    assert (first["exit_code"], second["exit_code"]) == (0, 0)
    assert first["ended_at"] <= second["started_at"]


def test_crawls_of_one_host_with_databases_of_their_own_do_not_wait(deployed: Scrapyd, tmp_path: Path) -> None:
    products = {"shelf": "64", "table": "80"}

    deployed.wait_for(
        *(
            deployed.schedule(
                "demo",
                FEEDS=_json_feed(tmp_path / f"{name}.json"),
                ECOM_DATA_DIR=str(tmp_path / name),
                ECOM_DEMO_PRODUCTS=count,
            )
            for name, count in products.items()
        )
    )

    assert _pages(tmp_path / "shelf.json") == [1, 2, 3, 4]
    assert _pages(tmp_path / "table.json") == [1, 2, 3, 4, 5]
    assert [crawl["exit_code"] for name in products for crawl in _crawls(tmp_path / name)] == [0, 0]


def test_a_crawl_that_cannot_start_says_why(deployed: Scrapyd) -> None:
    deployed.wait_for(deployed.schedule("dmeo"))

    assert 'unknown site "dmeo"; did you mean demo?' in deployed.log()


def _json_feed(path: Path) -> str:
    return json.dumps({str(path): {"format": "json", "overwrite": True}})


def _pages(path: Path) -> list[int]:
    return [row["page"] for row in json.loads(path.read_text(encoding="utf-8"))]


def _crawls(data_dir: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(data_dir / "ecomscraper.sqlite3")) as database:
        database.row_factory = sqlite3.Row
        return database.execute("SELECT * FROM crawls ORDER BY id").fetchall()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _until(condition: Callable[[], bool], what: str, log: Callable[[], str]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}\n{log()}"
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # jobs of a test that failed, and a server that did not end
    process.wait(20)
