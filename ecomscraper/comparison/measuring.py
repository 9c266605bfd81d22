"""Runs approaches, each in a process of its own, and measures what it took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ecomscraper.comparison.catalogue import Approach
from ecomscraper.comparison.target import Target
from ecomscraper.comparison.task import Found

LONGEST_SECONDS = 120  # of one approach
_SHOWN_ERROR = 200


@dataclass(frozen=True)
class Run:
    """What one process took, and what it found; `error` in words where it found nothing."""

    seconds: float  # from the first request on: without the start of Python and the import of libraries
    cpu_seconds: float  # of all its processes
    peak_bytes: int  # of its largest process
    found: list[Found]
    error: str | None = None


@dataclass(frozen=True)
class Measured:
    """An approach with one parser: all pages, and the faulty ones by the way."""

    approach: Approach
    parser: str
    run: Run
    faulty: list[Found] | None  # None: there were none


def measure(chosen: Sequence[Approach], target: Target, folder: Path) -> Iterator[Measured]:
    """Each approach with each of its parsers.

    Faulty pages are fetched once for each module, with its fastest parser.
    """
    pages, faulty = folder / "urls.txt", folder / "faulty.txt"
    pages.write_text("\n".join(target.urls), encoding="utf-8")
    faulty.write_text("\n".join(target.faulty_urls), encoding="utf-8")
    known: dict[str, list[Found]] = {}
    for approach in chosen:
        if target.reset_url and approach.module not in known:
            urllib.request.urlopen(urllib.request.Request(target.reset_url, method="POST"), timeout=10).close()  # noqa: S310
            known[approach.module] = run_alone(approach, approach.parsers[-1], faulty, folder).found
        for parser in approach.parsers:
            run = run_alone(approach, parser, pages, folder)
            yield Measured(approach, parser, run, known.get(approach.module))


def run_alone(approach: Approach, parser: str, urls: Path, folder: Path) -> Run:
    """`approach` in a process of its own, which is ended with all its children after LONGEST_SECONDS."""
    command = [sys.executable, "-m", f"ecomscraper.comparison.{approach.module}", str(urls)]
    options = ["--workers", str(approach.workers), "--parser", parser]
    outputs = folder / "stdout", folder / "stderr"
    began = time.perf_counter()
    with outputs[0].open("wb") as stdout, outputs[1].open("wb") as stderr:
        # In a session of its own, so that its children can be ended with it.
        process = subprocess.Popen(  # noqa: S603  # this project's own
            [*command, *options], cwd=folder, stdout=stdout, stderr=stderr, start_new_session=True
        )
        timer = threading.Timer(LONGEST_SECONDS, _end, [process.pid])
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
            _end(process.pid)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_seconds = usage.ru_utime + usage.ru_stime  # with those of its children that it waited for
    said = outputs[0].read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
    if process.returncode != 0 or not said.startswith("{"):
        return Run(time.perf_counter() - began, cpu_seconds, 0, [], _error(process.returncode, outputs[1]))
    answer = json.loads(said)
    found = [(url, title) for url, title in answer["found"]]
    return Run(answer["seconds"], cpu_seconds - answer["cpu_seconds_before"], answer["peak_bytes"], found)


def _end(session: int) -> None:
    """End whatever is left of a session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)


def _error(returncode: int, stderr: Path) -> str:
    if returncode == -signal.SIGKILL:
        return f"did not end within {LONGEST_SECONDS} s"
    lines = stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return (lines[-1] if lines else f"ended with {returncode}")[:_SHOWN_ERROR]
