"""`scrapy jobs` and data/scrapyd.conf against a real Scrapyd, with the project as an egg and without one."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.shop import DemoShop

pytestmark = pytest.mark.slow

OnLoop = Callable[[Coroutine[Any, Any, Any]], Any]

LOGIN = {"SCRAPYD_USERNAME": "somebody", "SCRAPYD_PASSWORD": "a secret: one"}
DEADLINE_SECONDS = 90
SERVICES = (
    *("", "jobs", "logs/"),
    *("daemonstatus", "listjobs", "listprojects", "listspiders", "listversions", "status"),
    *("addversion", "cancel", "delproject", "delversion", "schedule"),
)
PROFILE = """
start = "http://127.0.0.1:{port}/ecommerce/"
platform = "woocommerce"

[limits]
concurrency = 2
delay_seconds = 0
throttle = "fixed"
"""


@dataclass
class Node:
    """A Scrapyd that is started and stopped, and `scrapy jobs` for it."""

    python: Path
    folder: Path  # where it runs, with its scrapyd.conf
    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, **variables: str) -> None:
        with (self.folder / "scrapyd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.python, "-m", "scrapyd", "--pidfile="],
                cwd=self.folder,
                env=self.environment | LOGIN | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # jobs of a test that failed

    def jobs(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """`scrapy jobs …` from elsewhere."""
        there = {"SCRAPY_SETTINGS_MODULE": "ecomscraper.settings", "ECOM_JOBS_NODES": self.url}
        return subprocess.run(
            [sys.executable, "-m", "scrapy", "jobs", *arguments],
            cwd=self.folder.parent,
            env=self.environment | {"PYTHONPATH": str(Path(__file__).parents[2])} | there | LOGIN | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def listed(self) -> dict[str, dict[str, Any]]:
        done = self.jobs("list", "--json")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return {job["id"]: job for job in json.loads(done.stdout)}

    def schedule(self, *arguments: str) -> str:
        done = self.jobs("schedule", "ecommerce", *arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        said = re.fullmatch(rf"job (\w+) on {re.escape(self.url)}\n", done.stdout)
        assert said is not None, done.stdout
        return said[1]

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"{what}\n{(self.folder / 'scrapyd.log').read_text()}"
            time.sleep(0.1)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "scrapyd.log").read_text()
        return self.jobs("list").returncode == 0


@pytest.fixture(params=["an egg", "no egg"])
def node(
    request: pytest.FixtureRequest,
    checkout: Callable[[], Path],
    wheel: Path,
    new_python: Callable[..., Path],
    scrapyd_deploy: Path,
    run: Callable[..., str],
    environment: dict[str, str],
    tmp_path: Path,
) -> Iterator[Node]:
    """Scrapyd with the project: beside its scrapy.cfg, or deployed to it. It is not started yet."""
    cloned = checkout()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = cloned / "data"
    if request.param == "an egg":
        folder = tmp_path / "scrapyd"
        folder.mkdir()
        shutil.copy(cloned / "data" / "scrapyd.conf", folder)
    made = Node(new_python(wheel), folder, environment | {"SCRAPYD_HTTP_PORT": str(port)}, port)
    made.start()
    try:
        made.until(lambda: _is_open(port), "Scrapyd does not listen")
        if request.param == "an egg":
            home = tmp_path / "home"
            home.mkdir()
            login = f"username = {LOGIN['SCRAPYD_USERNAME']}\npassword = {LOGIN['SCRAPYD_PASSWORD']}\n"
            (home / ".scrapy.cfg").write_text(f"[deploy:here]\nurl = {made.url}/\nproject = ecomscraper\n{login}")
            answer = run(scrapyd_deploy, "here", "--version", "1", cwd=cloned, HOME=str(home))
            assert json.loads(answer)["status"] == "ok"
        made.until(made.answers, "Scrapyd does not answer")
        yield made
    finally:
        made.stop()


@pytest.fixture
def sites(on_loop: OnLoop, tmp_path: Path) -> Iterator[dict[str, DemoShop]]:
    """Three shops that are served, with profiles in tmp_path/sites."""
    shops = {
        "north": DemoShop(ShopOptions(products=160, small=True)),
        "south": DemoShop(ShopOptions(products=96, small=True)),
        "slow": DemoShop(ShopOptions(products=640, small=True, latency_seconds=0.5)),
    }
    (tmp_path / "sites").mkdir()
    for name, shop in shops.items():
        (tmp_path / "sites" / f"{name}.toml").write_text(PROFILE.format(port=on_loop(shop.start())))
    yield shops
    for shop in shops.values():
        on_loop(shop.stop())


def test_three_sites_of_which_one_is_cancelled_and_resumed_after_a_restart(
    node: Node, sites: dict[str, DemoShop], tmp_path: Path
) -> None:
    _check_that_nothing_answers_without_the_password(node)

    common = ("-s", f"ECOM_SITES_DIR={tmp_path / 'sites'}", "-s", f"ECOM_DATA_DIR={tmp_path / 'data'}")
    outputs = ("-O", f"{tmp_path}/%(site)s-%(crawl)s.json")
    slow = node.schedule("-a", "site=slow", *common, *outputs, "--priority", "5")
    north = node.schedule("-a", "site=north", *common, *outputs, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1")
    south = node.schedule("-a", "site=south", *common, *outputs, "-a", "pages=2-4")
    node.until(lambda: sites["slow"].counts.requests > 10, "the slow shop is not crawled")
    cancelled = node.jobs("cancel", slow)
    assert cancelled.stdout == (
        f"job {slow} on {node.url} ends when its requests in flight have; -a resume=last goes on with it\n"
    )
    node.until(lambda: {job["state"] for job in node.listed().values()} == {"finished"}, "jobs do not end")
    before = node.listed()
    assert set(before) == {slow, north, south}
    assert before[slow]["verdict"].startswith("ecommerce slow: INTERRUPTED: ")
    assert before[north]["verdict"].startswith("ecommerce north: complete: 10 of 10 pages stored; ")
    assert before[south]["verdict"].startswith("ecommerce south: complete: 3 of 3 pages stored; ")
    assert sites["north"].counts.max_in_flight == 1

    node.stop()
    node.start()
    node.until(node.answers, "Scrapyd does not come back")
    assert node.listed() == before

    resumed = node.schedule("-a", "site=slow", "-a", "resume=last", *common, *outputs)
    node.until(lambda: node.listed()[resumed]["state"] == "finished", "the resumed job does not end")
    assert node.listed()[resumed]["verdict"].startswith("ecommerce slow: complete: 40 of 40 pages stored; ")
    assert "Crawl" in node.jobs("log", resumed).stdout
    results = {path.name.partition("-")[0]: _pages(path) for path in tmp_path.glob("*.json")}
    assert results == {"north": list(range(1, 11)), "south": [2, 3, 4], "slow": list(range(1, 41))}


def _check_that_nothing_answers_without_the_password(node: Node) -> None:
    opener = build_opener(ProxyHandler({}))
    for name in SERVICES:
        for body in (None, b"project=ecomscraper"):
            address = f"{node.url}/{name}.json" if name.isalpha() and name != "jobs" else f"{node.url}/{name}"
            with pytest.raises(HTTPError) as refused:
                opener.open(address, body)
            assert refused.value.code == 401, address
            refused.value.close()
    told = node.jobs("list", SCRAPYD_PASSWORD="wrong")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == (
        f"scrapy jobs: {node.url} wants a password: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD as they are there\n"
    )


def test_it_does_not_start_without_a_password(
    checkout: Callable[[], Path], wheel: Path, new_python: Callable[..., Path], environment: dict[str, str]
) -> None:
    folder = checkout() / "data"
    done = subprocess.run(
        [new_python(wheel), "-m", "scrapyd", "--pidfile="],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "scrapyd: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD: without them, anyone could run code here"
    )


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _pages(path: Path) -> list[int]:
    return [row["page"] for row in json.loads(path.read_text(encoding="utf-8"))]
