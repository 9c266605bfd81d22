"""Scrapyd's API, as far as crawls as jobs need it: <https://scrapyd.readthedocs.io/en/latest/api.html>."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from ecomscraper.exceptions import ConfigurationError, NodeError

TIMEOUT_SECONDS = 60.0  # the first question for a project starts a process that lists its spiders
TAIL_BYTES = 8192  # of a log, for its last line


@dataclass(frozen=True)
class Login:
    """Who we are to every node. Its repr shows no password."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.username!r}, ***)"

    @property
    def header(self) -> str:
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


@dataclass(frozen=True)
class Job:
    """A crawl that a node has, had, or will have."""

    id: str
    node: str
    project: str
    spider: str
    state: str  # pending, running or finished
    started_at: str | None = None
    ended_at: str | None = None
    log_url: str | None = None  # relative to the node


@dataclass(frozen=True)
class NewJob:
    """What is asked of a node."""

    project: str
    spider: str
    arguments: Mapping[str, str]
    settings: Mapping[str, str]
    priority: float = 0.0


class Node:
    """One Scrapyd. Every method raises NodeError where it does not answer, or says no."""

    def __init__(self, url: str, login: Login | None) -> None:
        self.url = url.rstrip("/")
        self._login = login
        self._opener = build_opener(ProxyHandler({}))  # asked directly, whatever proxies crawls use

    def load(self) -> int:
        """Jobs that run or wait."""
        status = self._ask("daemonstatus.json")
        return int(status["running"]) + int(status["pending"])

    def jobs(self, project: str) -> list[Job]:
        """Pending, running, then finished ones, each in the order in which they came."""
        listed = self._ask(f"listjobs.json?{urlencode({'project': project})}")
        return [
            Job(
                id=str(each["id"]),
                node=self.url,
                project=project,
                spider=str(each["spider"]),
                state=state,
                started_at=each.get("start_time"),
                ended_at=each.get("end_time"),
                log_url=each.get("log_url"),
            )
            for state in ("pending", "running", "finished")
            for each in listed[state]
        ]

    def schedule(self, job: NewJob) -> str:
        """The new job's id."""
        fields: dict[str, str | Sequence[str]] = {
            **job.arguments,
            "project": job.project,
            "spider": job.spider,
            "priority": str(job.priority),
            "setting": [f"{name}={value}" for name, value in job.settings.items()],
        }
        return str(self._ask("schedule.json", fields)["jobid"])

    def cancel(self, job: Job) -> str | None:
        """Take a pending job off the queue, or send a running one the signal of Ctrl-C; what it was, if anything."""
        state: str | None = self._ask("cancel.json", {"project": job.project, "job": job.id})["prevstate"]
        return state

    def log(self, job: Job, *, tail_bytes: int | None = None) -> str:
        """The job's log, or no more than its last `tail_bytes`; "" where it has none yet."""
        path = (job.log_url or _log_path(job)).lstrip("/")
        try:
            # Scrapyd fails where more than the whole file is asked for, so its size is asked first.
            size = int(self._open(path, method="HEAD")[1].get("Content-Length", 0)) if tail_bytes else 0
            from_byte = {"Range": f"bytes={size - tail_bytes}-"} if tail_bytes and size > tail_bytes else {}
            return self._open(path, headers=from_byte)[0].decode("utf-8", "replace")
        except NodeError as error:
            if isinstance(error.__cause__, HTTPError) and error.__cause__.code == 404:
                return ""
            raise

    def last_words(self, job: Job) -> str:
        """What the last line of the job's log says: of one that ended, its verdict."""
        lines = self.log(job, tail_bytes=TAIL_BYTES).splitlines()
        return lines[-1].partition("] ")[2].partition(": ")[2] or lines[-1] if lines else ""

    def _ask(self, service: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> dict[str, Any]:
        body = urlencode(fields, doseq=True).encode() if fields is not None else None
        answered, _ = self._open(service, body)
        try:
            answer: dict[str, Any] = json.loads(answered)
        except ValueError as error:
            raise NodeError(f"{self.url} does not answer as Scrapyd does") from error
        if answer.get("status") != "ok":
            raise NodeError(f"{self.url}: {answer.get('message', 'it says no, and not why')}")
        return answer

    def _open(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, method: str | None = None
    ) -> tuple[bytes, Message]:
        """Body and headers of the answer."""
        url = f"{self.url}/{path}"
        request = Request(url, body, dict(headers or {}), method=method)  # noqa: S310  # `nodes` has seen its scheme
        if self._login is not None:
            request.add_header("Authorization", self._login.header)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return response.read(), response.headers
        except HTTPError as error:
            error.close()
            if error.code == 401:
                raise NodeError(
                    f"{self.url} wants a password: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD as they are there"
                ) from error
            raise NodeError(f"{self.url}: {error.code} {error.reason} to {path.partition('?')[0]}") from error
        except (URLError, HTTPException, OSError) as error:
            raise NodeError(f"{self.url} does not answer: {getattr(error, 'reason', None) or error}") from error


def _log_path(job: Job) -> str:
    return "/".join(("logs", *(quote(part, safe="") for part in (job.project, job.spider, f"{job.id}.log"))))


def nodes(urls: str, login: Login | None) -> list[Node]:
    """The nodes whose URLs stand in `urls`, with commas or white space between. Raises ConfigurationError."""
    found = []
    for url in urls.replace(",", " ").split():
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(f"ECOM_JOBS_NODES: {url} is no URL of a Scrapyd; write http://127.0.0.1:6800")
        if parts.username or parts.password:
            raise ConfigurationError(
                f"ECOM_JOBS_NODES: http://***@{parts.hostname}: leave the login out, "
                "and set SCRAPYD_USERNAME and SCRAPYD_PASSWORD in the environment"
            )
        found.append(Node(url, login))
    if not found:
        raise ConfigurationError("ECOM_JOBS_NODES is empty; write http://127.0.0.1:6800")
    return found


def least_busy(among: Sequence[Node]) -> tuple[Node, list[NodeError]]:
    """The node with the fewest jobs, and why others were passed over. Raises NodeError where none answers."""
    loads: list[tuple[int, Node]] = []
    failed: list[NodeError] = []
    for node in among:
        try:
            loads.append((node.load(), node))
        except NodeError as error:
            failed.append(error)
    if not loads:
        raise NodeError("\n".join(map(str, failed)))
    return min(loads, key=lambda each: each[0])[1], failed
