"""`scrapy tune` against the demo shop over HTTP."""

from __future__ import annotations

import logging
import re
import subprocess
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.slow

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def tune(run_scrapy: Run, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`tune(shop, *args, limits="…")` tunes a site "acme" whose profile has a comment in each line."""

    def run(shop: Shop, *args: str, limits: str = "") -> subprocess.CompletedProcess[str]:
        profile = f'# my shop\nstart = "{shop.listing()}"  # here\nplatform = "woocommerce"\n{limits}'
        (tmp_path / "acme.toml").write_text(profile, encoding="utf-8")
        own = {"ECOM_SITES_DIR": str(tmp_path)}
        return run_scrapy("tune", "-a", "site=acme", *args, env=own, timeout=150)

    return run


def test_it_prints_the_curve_and_writes_the_limits(demo_shop: Callable[..., Shop], tune: Run, tmp_path: Path) -> None:
    shop = demo_shop("--small", "--products", "960", "--latency", "0.02")
    limits = "[limits]\nconcurrency = 1  # for now\ndelay_seconds = 3\n"

    done = tune(shop, "--max-concurrency", "2", "--write", limits=limits)

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"acme: {shop.listing()}, up to 2 at once"
    assert lines[1].split("  ") == ["at once", "answers/s", "median s", "95 % s", "refused", "failed"]
    assert [line.split()[0] for line in lines[2:4]] == ["1", "2"]
    assert lines[-4:-1] == ["[limits]", "concurrency = 2", "delay_seconds = 0.0"]
    text = (tmp_path / "acme.toml").read_text(encoding="utf-8")
    assert "# my shop\n" in text
    assert "concurrency = 2  # for now\ndelay_seconds = 0.0\n" in text
    counts = shop.counts()
    assert counts["max_in_flight"] == 2
    assert len(counts["targets"]) == 61  # robots.txt, and the 60 pages in turn


def test_the_profiles_limits_are_the_bounds(demo_shop: Callable[..., Shop], tune: Run) -> None:
    shop = demo_shop("--small", "--latency", "0.02")

    done = tune(shop, "--requests", "60", limits="[limits]\nconcurrency = 4\ndelay_seconds = 0.05\n")

    assert done.returncode == 0, done.stderr
    assert "acme: " in done.stdout
    assert ", up to 4 at once, 0.05 s apart\n" in done.stdout
    assert "delay_seconds = 0.05\n" in done.stdout
    assert "--max-concurrency 16 looks beyond them" in done.stdout
    times = [arrival["monotonic_seconds"] for arrival in shop.counts()["arrivals"]]
    assert times[-1] - times[0] >= 0.05 * (len(times) - 1) - 0.02
    assert len(times) <= 61


def test_robots_are_obeyed(demo_shop: Callable[..., Shop], tune: Run) -> None:
    shop = demo_shop("--small", "--robots", "disallow")

    done = tune(shop)

    assert done.returncode == 5
    assert done.stderr.endswith("robots\ntoo little was answered to tell anything\n")
    assert list(shop.counts()["targets"]) == ["/robots.txt"]


@pytest.mark.parametrize(
    ("arguments", "profile", "said"),
    [
        (["-a", "site=nosuch"], "", 'unknown site "nosuch". `scrapy site list` shows all'),
        (["-a", "pages=3"], "", "-a pages=3: write site=…, or start=…, or a dotted key of the profile such as …"),
        (["--write"], "", "--write: name the site with -a site=NAME"),
        (
            ["--write", "-a", "site=acme"],
            'start = "http://127.0.0.1:9/"\nlimits = { concurrency = 1 }\n',
            "acme.toml: Cannot declare … leave out --write, and put the limits into it yourself",
        ),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(
    run_scrapy: Run, tmp_path: Path, arguments: list[str], profile: str, said: str
) -> None:
    (tmp_path / "acme.toml").write_text(profile or 'start = "http://127.0.0.1:9/"\n', encoding="utf-8")

    done = run_scrapy("tune", *arguments, env={"ECOM_SITES_DIR": str(tmp_path)})

    assert done.returncode == 2
    assert re.fullmatch(re.escape(f"scrapy tune: {said}\n").replace("…", ".*"), done.stderr), done.stderr


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["knee", "told", "silent"])
def test_what_the_shop_is_made_of(demo_shop: Callable[..., Shop], tune: Run, tmp_path: Path, kind: str) -> None:
    rate = ("--latency", "0.1", "--rate", "20", "--rate-burst", "20")
    options = {
        "knee": ("--latency", "0.1", "--latency-random", "0.04", "--knee", "8", "--knee-latency", "0.015"),
        "told": rate,
        "silent": (*rate, "--rate-silent"),
    }
    shop = demo_shop("--small", "--products", "3200", *options[kind])
    began = time.monotonic()

    done = tune(shop, "--max-concurrency", "32", "--write")

    assert done.returncode == 0, done.stderr
    logging.getLogger(__name__).info("%s", done.stdout)
    limits = tomllib.loads((tmp_path / "acme.toml").read_text(encoding="utf-8"))["limits"]
    if kind == "knee":
        assert 7 <= limits["concurrency"] <= 9
    else:
        assert 1 / limits["delay_seconds"] <= 20
    counts = shop.counts()
    assert counts["answers"].get("429", 0) < 0.01 * counts["requests"]
    assert time.monotonic() - began < 120
