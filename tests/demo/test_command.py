from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def ready(process: Any) -> tuple[int, str]:
    """The port of a shop that has said its line, and the line."""
    line = process.stdout.readline()
    (port,) = re.findall(r"^Demo shop: http://127\.0\.0\.1:(\d+)/ecommerce/ · ", line)
    return int(port), line


def get(port: int, path: str) -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("GET", path)
    response = client.getresponse()
    body = response.read()
    client.close()
    return response.status, body


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal(start_scrapy: Callable[..., Any], number: signal.Signals) -> None:
    process = start_scrapy("demo", "--port", "0")
    port, line = ready(process)
    assert line.endswith("/ecommerce/ · 188 products on 12 pages · Ctrl-C stops it\n")
    status, body = get(port, "/ecommerce/page/12/")
    assert status == 200
    assert b"Showing 177&ndash;188 of 188 results" in body
    with socket.create_connection(("127.0.0.1", port)) as hung:
        hung.sendall(b"GET /ecommerce/?fault=hang HTTP/1.1\r\nHost: demo.localhost\r\n\r\n")
        while json.loads(get(port, "/_demo/counts")[1])["in_flight"] != 1:
            pass
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=5)
    assert (process.returncode, stdout, stderr) == (0, "", "")


def test_its_options(start_scrapy: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('seed = 4\n[[fault]]\nkind = "banned"\nwhere = "5"\n')
    (tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /cart/\n")
    process = start_scrapy(
        *("demo", "--port", "0", "--small", "--products", "1600000", "--robots", "robots.txt"),
        *("--fault", "status=404@3-4", "--faults", "plan.toml", "--endless", "--grow", "16@1"),
    )
    port, line = ready(process)
    assert "1600000 products on 100000 pages" in line
    assert get(port, "/robots.txt")[1] == b"User-agent: *\nDisallow: /cart/\n"
    assert [get(port, f"/ecommerce/page/{page}/")[0] for page in (3, 4)] == [404, 404]
    assert b"captcha" in get(port, "/ecommerce/page/5/")[1]
    status, body = get(port, "/ecommerce/page/100002/")
    assert (status, len(body) < 15_000) == (200, True)
    assert b"of 1600016 results" in body
    plan = json.loads(get(port, "/_demo/plan")[1])
    assert plan["seed"] == 4
    assert list(plan["pages"]) == [f"/ecommerce/page/{page}/" for page in (3, 4, 5)]


def test_a_port_in_use(run_scrapy: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_scrapy("demo", "--port", str(port))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"scrapy demo: port {port} is in use; choose another, or 0 for a free one\n"


def test_theme_and_version(start_scrapy: Callable[..., Any]) -> None:
    port, line = ready(start_scrapy("demo", "--port", "0", "--theme", "magento", "--version", "2"))
    assert "189 products on 12 pages" in line
    status, body = get(port, "/ecommerce/?p=12")
    assert (status, body.count(b'class="item product product-item"')) == (200, 13)
    status, body = get(port, "/t/plain/ecommerce/?offset=176")
    assert (status, body.count(b"<tr>")) == (200, 14)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--fault", "rest@1%"], "scrapy demo: unknown fault 'rest'; there are status, "),
        (["--fault", "reset"], "scrapy demo: 'reset' says not where"),
        (["--faults", "none.toml"], "scrapy demo: none.toml: No such file or directory"),
        (["--products", "0"], "scrapy demo: products = 0, must be ≥ 1"),
        (["--latency", "-1"], "scrapy demo: latency_seconds = -1.0, must be ≥ 0"),
        (["--latency", "nan"], "scrapy demo: latency_seconds = nan, must be ≥ 0"),
        (["--robots", "none.txt"], "scrapy demo: --robots none.txt: neither allow nor disallow"),
        (["--theme", "none"], "scrapy demo: theme = 'none', must be one of woocommerce, bootstrap, books, "),
        (["--version", "3"], "scrapy demo: version = 3, must be 1 or 2"),
        (["--version", "2", "--products", "6"], "scrapy demo: products = 6, must be ≥ 7 in version 2"),
        (["--robots", "999"], "scrapy demo: robots_status = 999, must be 200 to 599"),
        (["--port", "70000"], "error: argument --port: '70000' is no port"),
        (["--grow", "3"], "error: argument --grow: '3' is not PRODUCTS@PAGES"),
        (["--prots", "1"], "error: unknown argument: --prots 1"),
    ],
)
def test_wrong_arguments(run_scrapy: Callable[..., Any], arguments: list[str], problem: str) -> None:
    ended = run_scrapy("demo", "--port", "0", *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert problem in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_the_list_of_faults(run_scrapy: Callable[..., Any]) -> None:
    ended = run_scrapy("demo", "--list-faults")
    assert ended.returncode == 0
    assert "truncated\n    half the body, shorter than its Content-Length; ends as truncated\n" in ended.stdout


@pytest.mark.campaign
@pytest.mark.parametrize(("arguments", "pages_a_second"), [(["--small"], 3_000), ([], 1_000)])
def test_speed(
    start_scrapy: Callable[..., Any], on_loop: Callable[..., Any], arguments: list[str], pages_a_second: int
) -> None:
    """In a second of the shop's own processor time, which other programs on the machine do not change.

    Pages that were never asked for before, so that nothing is ready, over 8 connections, gzip accepted.
    """
    process = start_scrapy("demo", "--port", "0", "--products", "1600000", *arguments)
    port, _ = ready(process)
    pages = iter(range(2, 20_002))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for page in pages:
            writer.write(
                f"GET /ecommerce/page/{page}/ HTTP/1.1\r\nHost: demo.localhost\r\n"
                "Accept-Encoding: gzip\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            (length,) = re.findall(rb"Content-Length: (\d+)", head)
            await reader.readexactly(int(length))
        writer.close()
        await writer.wait_closed()

    async def clients() -> None:
        await asyncio.gather(*(client() for _ in range(8)))

    before = processor_seconds(process.pid)
    on_loop(clients())
    assert 20_000 / (processor_seconds(process.pid) - before) >= pages_a_second


def processor_seconds(pid: int) -> float:
    """What a process has used, from proc_pid_stat(5): fields 14 and 15, counted after the name in brackets."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
