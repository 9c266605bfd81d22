"""Nodes that are busy, idle, closed, down, or something else than Scrapyd; and logs of any length."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ecomscraper.exceptions import ConfigurationError, NodeError
from ecomscraper.jobs.scrapyd_api import Job, Login, NewJob, Node, least_busy, nodes

LOGIN = Login("somebody", "a secret: one")
LOG = "".join(f"2026-03-01 12:00:{second:02} [scrapy.core.engine] INFO: line {second}: so\n" for second in range(60))


@pytest.fixture
def server() -> Iterator[Callable[..., Node]]:
    """`server({"daemonstatus.json": (200, "…")})`: a node that answers so, and wants the login; it notes the rest."""
    running: list[ThreadingHTTPServer] = []

    def start(answers: dict[str, tuple[int, str]], login: Login | None = LOGIN) -> Any:
        asked: list[tuple[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = "Basic " + base64.b64encode(b"somebody:a secret: one").decode()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                asked.append((self.path, body))
                status, text = answers.get(self.path.partition("?")[0].lstrip("/"), (404, "nothing"))
                if self.headers.get("Authorization") != wanted:
                    status, text = 401, "Unauthorized"
                content = text.encode()
                if given := self.headers.get("Range"):
                    status, content = 206, content[int(given.removeprefix("bytes=").removesuffix("-")) :]
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_POST = do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                """Nothing on the screen."""

        running.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=running[-1].serve_forever).start()
        node: Any = Node(f"http://127.0.0.1:{running[-1].server_port}/", login)
        node.asked = asked
        return node

    yield start
    for each in running:
        each.shutdown()
        each.server_close()


def status(running: int, pending: int) -> dict[str, tuple[int, str]]:
    return {"daemonstatus.json": (200, json.dumps({"status": "ok", "running": running, "pending": pending}))}


def test_the_least_busy_node_is_chosen_and_those_that_are_down_are_told(server: Callable[..., Node]) -> None:
    busy, idle, idle_too = server(status(1, 2)), server(status(2, 0)), server(status(0, 2))
    down = Node("http://127.0.0.1:1", LOGIN)
    chosen, failed = least_busy([down, busy, idle, idle_too])
    assert chosen is idle
    assert [str(error) for error in failed] == ["http://127.0.0.1:1 does not answer: [Errno 111] Connection refused"]
    with pytest.raises(NodeError, match="does not answer"):
        least_busy([down])


def test_a_job_is_asked_for_with_all_that_belongs_to_it(server: Callable[..., Any]) -> None:
    node = server({"schedule.json": (200, '{"status": "ok", "jobid": "abc"}')})
    job = NewJob("ecomscraper", "products", {"site": "a&b"}, {"FEEDS": '{"x": 1}', "LOG_LEVEL": "INFO"}, priority=2.5)
    assert node.schedule(job) == "abc"
    assert node.asked == [
        (
            "/schedule.json",
            "site=a%26b&project=ecomscraper&spider=products&priority=2.5"
            "&setting=FEEDS%3D%7B%22x%22%3A+1%7D&setting=LOG_LEVEL%3DINFO",
        )
    ]


@pytest.mark.parametrize(
    ("answers", "login", "said"),
    [
        (status(0, 0), None, "wants a password: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD as they are there"),
        (status(0, 0), Login("somebody", "else"), "wants a password"),
        ({"daemonstatus.json": (200, "<html>hello")}, LOGIN, "does not answer as Scrapyd does"),
        ({"daemonstatus.json": (200, '{"status": "error", "message": "no room"}')}, LOGIN, ": no room"),
        ({"daemonstatus.json": (502, "")}, LOGIN, ": 502 Bad Gateway to daemonstatus.json"),
        ({}, LOGIN, ": 404 Not Found to daemonstatus.json"),
    ],
)
def test_what_is_wrong_with_a_node_is_told_without_the_password(
    server: Callable[..., Node], answers: dict[str, tuple[int, str]], login: Login | None, said: str
) -> None:
    node = server(answers, login)
    with pytest.raises(NodeError) as refused:
        node.load()
    assert str(refused.value).startswith(node.url)
    assert said in str(refused.value)
    assert "secret" not in repr(login)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (LOG, "line 59: so"),
        (LOG * 10, "line 59: so"),  # longer than what is asked for
        ("Traceback\nKeyError: 'x'\n", "KeyError: 'x'"),
        ("", ""),
        (None, ""),
    ],
)
def test_the_last_words_of_a_log(server: Callable[..., Node], log: str | None, words: str) -> None:
    node = server({} if log is None else {"logs/p/s/abc.log": (200, log)})
    assert node.last_words(Job("abc", node.url, "p", "s", "finished")) == words


def test_nodes_are_named_with_commas_or_white_space() -> None:
    found = nodes("http://a.example:6800, https://b.example/scrapyd/\nhttp://[::1]:1", None)
    assert [node.url for node in found] == ["http://a.example:6800", "https://b.example/scrapyd", "http://[::1]:1"]


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ("", "ECOM_JOBS_NODES is empty; write http://127.0.0.1:6800"),
        ("localhost:6800", "ECOM_JOBS_NODES: localhost:6800 is no URL of a Scrapyd; write http://127.0.0.1:6800"),
        ("file:///etc/passwd", "ECOM_JOBS_NODES: file:///etc/passwd is no URL of a Scrapyd"),
        (
            "http://me:secret@host:6800",
            "ECOM_JOBS_NODES: http://***@host: leave the login out, and set SCRAPYD_USERNAME",
        ),
    ],
)
def test_nodes_that_are_none_are_refused(urls: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        nodes(urls, None)
    assert str(refused.value).startswith(said)
    assert "secret" not in str(refused.value)
