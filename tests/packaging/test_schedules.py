"""The examples in data/schedules and data/container: what they say is well formed, and what they run runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCHEDULES = ROOT / "data" / "schedules"
CONTAINER = ROOT / "data" / "container"
SITE = "books_toscrape"

Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(environment: dict[str, str], tmp_path: Path) -> Shell:
    """`shell("cd … && scrapy …")` in a folder like /srv/ecomscraper, where `.venv/bin/scrapy` is this one.

    The example's shop is the demo shop.
    """
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    script = tmp_path / ".venv" / "bin" / "scrapy"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m scrapy "$@"\n')
    script.chmod(0o755)

    def run(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        here = command.replace("/srv/ecomscraper", str(tmp_path)).replace(SITE, "demo")
        path = f"{script.parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["/bin/sh", "-c", here],
            cwd=tmp_path,
            env=environment | {"PATH": path, "ECOM_DATA_DIR": str(tmp_path / "data")} | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def _pages(path: Path) -> list[int]:
    return [row["page"] for row in json.loads(path.read_text(encoding="utf-8"))]


def _cron_command() -> str:
    lines = (SCHEDULES / "crontab.example").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if line and not line.startswith("#") and not re.match(r"[A-Z_]+=", line)]
    (entry,) = entries
    *fields, command = entry.split(maxsplit=5)
    assert len(fields) == 5
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in fields)
    assert "%" not in command  # cron takes it for the end of the line
    return command


@pytest.mark.slow
def test_the_line_for_cron_crawls_and_is_silent(shell: Shell, tmp_path: Path) -> None:
    done = shell(_cron_command())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert _pages(tmp_path / "data" / "titles.json") == list(range(1, 13))


@pytest.mark.slow
def test_the_line_for_cron_goes_on_with_a_crawl_that_was_not_complete(shell: Shell, tmp_path: Path) -> None:
    timeout_at_first = "-s DOWNLOAD_TIMEOUT=0.001 -s RETRY_TIMES=0"
    command = _cron_command().replace("sleep 3600", "true").replace("{ $c ||", f"{{ $c {timeout_at_first} ||")
    done = shell(command, ECOM_DEMO_LATENCY_SECONDS="0.2")
    assert done.returncode == 0, done.stderr
    assert "0 of 1 page stored; 1 failed" in done.stderr  # to be mailed
    assert _pages(tmp_path / "data" / "titles.json") == list(range(1, 13))


def _unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells upper from lower case
    parser.read_string((SCHEDULES / name).read_text(encoding="utf-8"))
    return parser


@pytest.mark.slow
def test_the_unit_for_systemd_runs_what_it_says(shell: Shell, tmp_path: Path) -> None:
    service, timer = _unit("ecomscraper-crawl@.service"), _unit("ecomscraper-crawl@.timer")
    assert (service["Service"]["Type"], timer["Timer"]["Persistent"]) == ("oneshot", "true")
    done = shell(service["Service"]["ExecStart"].replace("%i", SITE))
    assert done.returncode == 0, done.stderr
    assert _pages(tmp_path / "data" / "demo.json") == list(range(1, 13))


def test_the_units_are_well_formed(tmp_path: Path) -> None:
    """By systemd's own words, where it is there; by their sections, where it is not."""
    names = ("ecomscraper-crawl@.service", "ecomscraper-crawl@.timer")
    assert [_unit(name).sections() for name in names] == [["Unit", "Service", "Install"], ["Unit", "Timer", "Install"]]
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    for name in names:
        text = (SCHEDULES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/srv/ecomscraper/.venv/bin/scrapy", sys.executable))
    units = [str(tmp_path / name.replace("@", f"@{SITE}")) for name in names]
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, timeout=60, check=False)
    said = [line for line in done.stderr.splitlines() if "ecomscraper" in line]  # not of the machine's own units
    assert said == []


@pytest.mark.slow
def test_the_job_for_kubernetes_runs_what_it_says(shell: Shell, tmp_path: Path) -> None:
    job = yaml.safe_load((SCHEDULES / "cronjob.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    spec = job["spec"]
    assert (spec["concurrencyPolicy"], spec["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 0)
    (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in spec["jobTemplate"]["spec"]["template"]["spec"]["volumes"]}
    assert mounts == {"/data", "/tmp"}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes

    done = shell(shlex.join(container["args"]).replace("/data/", f"{tmp_path}/data/"))
    assert done.returncode == 0, done.stderr
    assert _pages(tmp_path / "data" / "titles.json") == list(range(1, 13))


def test_the_services_of_the_composition_fit_together() -> None:
    composition: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text(encoding="utf-8"))
    scrapyd, postgres = (composition["services"][name] for name in ("scrapyd", "postgres"))
    assert all(port.startswith("127.0.0.1:") for port in scrapyd["ports"])
    assert scrapyd["environment"]["SCRAPYD_PASSWORD"].startswith("${SCRAPYD_PASSWORD:?")
    assert scrapyd["environment"]["ECOM_DATABASE_URL"].endswith("@postgres/" + postgres["environment"]["POSTGRES_DB"])
    assert (CONTAINER / scrapyd["build"]["context"]).resolve() == ROOT
    assert (ROOT / scrapyd["build"]["dockerfile"]).is_file()
    used = {volume.partition(":")[0] for service in (scrapyd, postgres) for volume in service["volumes"]}
    assert used == set(composition["volumes"])


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept = (CONTAINER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for line in (CONTAINER / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY") and "--from" not in line:
            for source in [word for word in line.split()[1:-1] if not word.startswith("--")]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in kept
