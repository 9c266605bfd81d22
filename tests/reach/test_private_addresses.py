"""No spelling, redirect or answer of a name server leads a crawl to an address that nobody named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest_twisted

if TYPE_CHECKING:
    from conftest import Internet

# {port} is the trap's: whatever of these is taken for loopback would be seen by a listener.
SPELLINGS = [
    # loopback and "this host", as numbers
    "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/", "http://2130706433:{port}/",
    "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0x7f.1:{port}/", "http://0177.0.0.1:{port}/",
    "http://0177.1:{port}/", "http://017700000001:{port}/", "http://0X7F.0X0.0.1:{port}/", "http://127.0.0.1.:{port}/",
    "http://00000177.0.0.1:{port}/", "http://127.1.:{port}/", "http://127.0.0.2:{port}/", "http://127.255.255.254:{port}/",
    "http://0.0.0.0:{port}/", "http://0:{port}/", "http://0x0:{port}/", "http://0.0:{port}/", "http://0000:{port}/",
    "http://010.0.0.1:{port}/", "http://256.256.256.256:{port}/", "http://127.0.0.1.1:{port}/",
    # IPv6, and IPv4 within it
    "http://[::1]:{port}/", "http://[::]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[0000::0001]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://[::FFFF:7F00:1]:{port}/", "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/", "http://[64:ff9b:1::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/", "http://[::1%25lo]:{port}/", "http://[fe80::1%25lo]:{port}/",
    "http://[fe80::1%lo]:{port}/", "http://[fe80::1]:{port}/", "http://[fec0::1]:{port}/", "http://[fc00::1]:{port}/",
    "http://[ff02::1]:{port}/", "http://[::1:{port}/",
    # metadata, private networks, the rest
    "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/", "http://[fd00:ec2::254]/",
    "http://[::ffff:169.254.169.254]/", "http://168.63.129.16/", "http://100.100.100.200/", "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/", "http://192.168.1.1:{port}/", "http://198.18.0.1/", "http://192.0.2.1/",
    "http://224.0.0.1/", "http://255.255.255.255/",
    # names
    "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/", "http://sub.localhost:{port}/",
    "http://trap:{port}/", "http://trap.lan:{port}/", "http://metadata.google.internal/", "http://trap.example:{port}/",
    "http://TRAP.example.:{port}/", "http://127.0.0.1.nip.io:{port}/",
    # who is the host?
    "http://shop.example@127.0.0.1:{port}/", "http://shop.example:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@shop.example/", "http://127.0.0.1:{port}?@shop.example/",
    "http://127.0.0.1:{port}\\@shop.example/", "http://shop.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@shop.example:{port}/", "http://127.0.0.1:{port}:80/", "//127.0.0.1:{port}/",
    "///127.0.0.1:{port}/", "\\\\127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "http:127.0.0.1:{port}/",
    # letters
    "HTTP://127.0.0.1:{port}/", "hTtP://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", " http://127.0.0.1:{port}/ ",
    "http://１２７.０.０.１:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/", "http://ⓛocalhost:{port}/",
    "http://127%2e0%2e0%2e1:{port}/", "http://%31%32%37.0.0.1:{port}/", "http://127.0.0.1\t:{port}/",
    # other schemes
    "file:///etc/hostname", "FILE:///etc/hostname", "file://127.0.0.1/etc/hostname", "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_x", "data:text/html,<title>x</title>", "javascript:alert(1)", "view-source:http://127.0.0.1/",
    "s3://bucket/key", "unix:/run/docker.sock",
]  # fmt: skip
LOOPBACK_NAMES = ("localhost", "localhost.", "sub.localhost", "trap", "trap.lan", "trap.example", "trap.example.",
                  "127.0.0.1.nip.io", "metadata.google.internal")  # fmt: skip
FAST = {"AUTOTHROTTLE_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "DOWNLOAD_DELAY": 0, "RETRY_TIMES": 0,
        "ECOM_PACE_BREAKER_FAILURES": 1000}  # fmt: skip


def urls_file(folder: Path, urls: list[str]) -> str:
    file = folder / "urls.txt"
    file.write_text("\n".join(urls), encoding="utf-8")
    return str(file)


def answer_of_the_c_library(internet: Internet) -> None:
    """Names and numbers that a resolver takes for loopback."""
    numbers = [spelling.partition("//")[2].partition(":")[0] for spelling in SPELLINGS[:24]]
    internet.addresses |= {name: [["127.0.0.1"]] for name in (*LOOPBACK_NAMES, *numbers)}


@pytest_twisted.ensureDeferred
async def test_no_redirect_leads_there(crawl, internet: Internet, tmp_path: Path) -> None:
    answer_of_the_c_library(internet)
    targets = [spelling.format(port=internet.port) for spelling in SPELLINGS]
    assert len(targets) == 101
    internet.answers = lambda host, path: (
        internet.redirect(targets[int(path.strip("/"))])
        if path.strip("/").isdecimal()
        else b"HTTP/1.1 404 No\r\nConnection: close\r\n\r\n"
    )
    urls = urls_file(tmp_path, [f"http://shop.example/{number}/" for number in range(len(targets))])

    crawled = await crawl(settings=FAST, urls=urls)

    reasons = {target: row.reason for target, row in zip(targets, crawled.pages(), strict=True)}
    relative = {
        target for target in targets if target.startswith(("\\", "http:///", "http:1", "http://shop.example\\"))
    }
    others = {target: reason for target, reason in reasons.items() if reason not in ("offsite", "bad_url")}
    assert others == dict.fromkeys(relative, "http_404")
    assert (internet.trapped, set(internet.connected)) == (0, {internet.public})


@pytest_twisted.ensureDeferred
async def test_no_robots_txt_leads_there(crawl, internet: Internet, tmp_path: Path) -> None:
    """robots.txt may lie on any host, so these are refused at the connection, not before."""
    answer_of_the_c_library(internet)
    targets = [spelling.format(port=internet.port) for spelling in SPELLINGS if spelling.lower().startswith("http")]
    assert len(targets) >= 60
    internet.answers = lambda host, path: (
        internet.redirect(targets[int(host[1:].partition(".")[0])])
        if path == "/robots.txt" and host[0] == "h"
        else internet.page("Shop")
    )
    urls = urls_file(tmp_path, [f"http://h{number}.example/" for number in range(len(targets))])

    crawled = await crawl(settings=FAST, urls=urls)

    ends = [row.reason or row.status for row in crawled.pages()]
    assert set(ends) <= {"robots_unreachable", "stored"}  # stored where the target is a path of the same host
    assert ends.count("robots_unreachable") >= 60
    assert (internet.trapped, set(internet.connected)) == (0, {internet.public})


@pytest_twisted.ensureDeferred
async def test_no_name_server_leads_there(crawl, internet: Internet, tmp_path: Path) -> None:
    private = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "::ffff:127.0.0.1", "fd00::1"]
    internet.addresses = {f"s{number}.example": [[address]] for number, address in enumerate(private)}
    urls = urls_file(tmp_path, [f"http://{host}:{internet.port}/" for host in internet.addresses])

    crawled = await crawl(settings=FAST | {"ROBOTSTXT_OBEY": False}, urls=urls)

    pages = crawled.pages()
    assert [(row.reason, row.attempts) for row in pages] == [("forbidden_address", 1)] * len(private)
    assert pages[0].detail == (f"s0.example:{internet.port} is at 127.0.0.1, a loopback address, and nobody named that")
    assert (internet.trapped, internet.connected) == (0, {})


@pytest_twisted.ensureDeferred
async def test_a_name_server_that_changes_its_answer_leads_nowhere(crawl, internet: Internet, tmp_path: Path) -> None:
    internet.addresses = {
        "rebinding.example": [[internet.public], ["127.0.0.1"]],
        "back.example": [[internet.public], ["127.0.0.1"], [internet.public]],
        "both.example": [["127.0.0.1", internet.public]],
    }
    internet.answers = lambda host, path: internet.page("Shop")
    hosts = [f"{host}:{internet.port}" for host in internet.addresses]
    urls = urls_file(tmp_path, [f"http://{host}/{page}" for host in hosts for page in (1, 2)])
    one_by_one = {"CONCURRENT_REQUESTS_PER_DOMAIN": 1}

    crawled = await crawl(settings=FAST | one_by_one, urls=urls)

    ends = [row.reason or row.status for row in crawled.pages()]
    assert ends == ["forbidden_address", "forbidden_address", "forbidden_address", "stored", "stored", "stored"]
    # Each connection has one look-up of its own, for robots.txt and two pages: what was checked is what was connected.
    assert internet.looked_up == dict.fromkeys(internet.addresses, 3)
    assert internet.connected == {internet.public: 1 + 2 + 3}
    assert internet.trapped == 0


@pytest_twisted.ensureDeferred
async def test_what_is_named_is_reached(crawl, internet: Internet, tmp_path: Path) -> None:
    internet.addresses = {
        "127.0.0.1": [["127.0.0.1"]],
        "localhost": [["127.0.0.1"]],
        "intranet.example": [["127.0.0.1"]],
    }
    hosts = [f"{host}:{internet.port}" for host in internet.addresses]
    urls = urls_file(tmp_path, [f"http://{host}/" for host in hosts])

    crawled = await crawl(settings=FAST | {"ECOM_REACH_PRIVATE_HOSTS": hosts[2]}, urls=urls)

    assert [row.title for row in crawled.rows()] == ["Secrets"] * 3
    assert internet.trapped == 6  # robots.txt and page of each
