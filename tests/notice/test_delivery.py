"""A document reaches a command or a hook, or it is told why not."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.notice.delivery import NotDelivered, check_target, deliver, shown

DOCUMENT = {"why": ["it ended BLOCKED"], "title": "Café \x1b[31m\n"}


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_a_command_gets_it_on_standard_input(tmp_path: Path) -> None:
    deliver(
        python(f"import sys; open({str(tmp_path / 'got')!r}, 'wb').write(sys.stdin.buffer.read())"),
        DOCUMENT,
        seconds=20,
    )
    assert json.loads((tmp_path / "got").read_bytes()) == DOCUMENT


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit('no mail server')", "it ended with 1: no mail server"),
        ("import sys; sys.exit(7)", "it ended with 7"),
        ("import threading; threading.Event().wait()", "it took longer than 0.5 s"),
    ],
)
def test_a_command_that_fails(code: str, why: str) -> None:
    with pytest.raises(NotDelivered) as caught:
        deliver(python(code), DOCUMENT, seconds=0.5 if "longer" in why else 20)
    assert str(caught.value) == why


class Hook:
    """Answers with each of `statuses` in turn, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.got: list[tuple[str, Any]] = []
        left = list(statuses)
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((self.headers["Content-Type"], json.loads(body)))
                self.send_response(left.pop(0) if left else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/s3cret"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hooks() -> Iterator[list[Hook]]:
    made: list[Hook] = []
    yield made
    for hook in made:
        hook.close()


def test_a_hook_gets_it_by_post(hooks: list[Hook]) -> None:
    hooks.append(Hook())
    deliver(hooks[0].url, DOCUMENT, seconds=20)
    assert hooks[0].got == [("application/json", DOCUMENT)]


def test_a_hook_that_is_busy_is_tried_again(hooks: list[Hook]) -> None:
    hooks.append(Hook(503, 429))
    pauses: list[float] = []
    deliver(hooks[0].url, DOCUMENT, seconds=20, sleep=pauses.append)
    assert len(hooks[0].got) == 3
    assert pauses == [1, 2]


@pytest.mark.parametrize(
    ("statuses", "tries", "why"), [((404,), 1, "it answered 404"), ((500,) * 9, 3, "it answered 500")]
)
def test_a_hook_that_refuses(hooks: list[Hook], statuses: tuple[int, ...], tries: int, why: str) -> None:
    hooks.append(Hook(*statuses))
    with pytest.raises(NotDelivered) as caught:
        deliver(hooks[0].url, DOCUMENT, seconds=20, sleep=lambda _: None)
    assert (str(caught.value), len(hooks[0].got)) == (why, tries)


def test_nobody_there(hooks: list[Hook]) -> None:
    hooks.append(Hook())
    url = hooks[0].url
    hooks.pop().close()
    with pytest.raises(NotDelivered) as caught:
        deliver(url, DOCUMENT, seconds=20, sleep=lambda _: None)
    assert "Connection refused" in str(caught.value)
    assert "s3cret" not in str(caught.value) + shown(url)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nosuch-command --token s3cret", "ECOM_NOTIFY: there is no command nosuch-command; give one, or"),
        ("   ", "ECOM_NOTIFY: there is no command ''; give one, or"),
        ("echo 'half", "ECOM_NOTIFY: No closing quotation; it is a command, or the address of a hook"),
        ("https:///hooks/s3cret", "ECOM_NOTIFY = ?: the address has no host"),
    ],
)
def test_what_can_reach_nobody_is_told_before(target: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_target(target)
    assert str(caught.value).startswith(said)
    assert "s3cret" not in str(caught.value)


def test_what_may_reach_somebody_passes() -> None:
    for target in (python("pass"), "https://hooks.example/s3cret", "HTTP://127.0.0.1:8000/"):
        check_target(target)
    assert shown("https://user:pw@hooks.example/s3cret") == "hooks.example"
    assert shown("mail -s s3cret") == "mail"
