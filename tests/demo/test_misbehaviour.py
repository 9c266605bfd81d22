"""Every fault as a client sees it that hides nothing."""

from __future__ import annotations

import gzip
import json
import re
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from parsel import Selector

from ecomscraper.demo.fault_kinds import FAULT_KINDS
from ecomscraper.demo.faults import Fault, FaultPlan, FaultRule
from ecomscraper.demo.refusals import REFUSALS
from ecomscraper.demo.spoilt import SPOILT
from ecomscraper.demo.wire import misbehaviour

PAGE = "/ecommerce/page/4/"
TITLE = "<title>Demo Shop for Scrapers &#8211; Page 4 &#8211; demo.localhost</title>"
Serve = Callable[..., Any]


@pytest.fixture
def shop(serve: Serve) -> Any:
    return serve()


@pytest.fixture
def whole(shop: Any) -> bytes:
    """The body of the page without a fault."""
    body: bytes = shop.ask(PAGE).body
    return body


def test_every_kind_is_made_somewhere_and_only_once() -> None:
    on_the_wire = [kind for kind in FAULT_KINDS if misbehaviour(Fault.parse(kind))]
    assert sorted([*REFUSALS, *SPOILT, *on_the_wire, "slow"]) == sorted(FAULT_KINDS)


def faulty(shop: Any, fault: str, **options: Any) -> Any:
    return shop.ask(f"{PAGE}?fault={fault}", **options)


# ---- the shop refuses or is late ----


@pytest.mark.parametrize("code", [403, 404, 429, 500, 503, 521, 599])
def test_status(shop: Any, code: int) -> None:
    reply = faulty(shop, f"status={code}")
    assert (reply.status, reply.header("retry-after")) == (code, None)
    assert f"<title>{code} ".encode() in reply.body


@pytest.mark.parametrize("value", ["0", "2", "soon"])
def test_retry_after(shop: Any, value: str) -> None:
    assert faulty(shop, f"status=429:retry_after={value}").header("retry-after") == value


def test_retry_after_as_a_date(shop: Any) -> None:
    reply = faulty(shop, "status=503:retry_after=date:30")
    ahead = parsedate_to_datetime(reply.header("retry-after")) - datetime.now(UTC)
    assert timedelta(seconds=20) < ahead < timedelta(seconds=31)


@pytest.mark.parametrize(("style", "prefix"), [("ietf", "RateLimit-"), ("x", "X-RateLimit-")])
def test_rate_limit_headers(shop: Any, style: str, prefix: str) -> None:
    reply = faulty(shop, f"status=429:retry_after=3:rate_limit={style}")
    values = [reply.header(f"{prefix}{name}") for name in ("Limit", "Remaining", "Reset")]
    assert values == ["1", "0", "3"]


@pytest.mark.parametrize("code", [200, 403])
def test_banned(shop: Any, code: int) -> None:
    reply = faulty(shop, f"banned={code}")
    assert reply.status == code
    assert b"captcha" in reply.body
    assert b"ul.products" not in reply.body


def test_slow(shop: Any, whole: bytes) -> None:
    started = time.monotonic()
    assert faulty(shop, "slow=0.3").body == whole
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("kind", ["hang", "stalled", "half_close"])
def test_what_waits_for_ever_ends_when_the_client_leaves(shop: Any, kind: str) -> None:
    connection = shop.send(f"{PAGE}?fault={kind}")
    shop.asked_when(in_flight=1)
    connection.close()
    assert shop.asked_when(in_flight=0)["answers"] == {"none": 1}


@pytest.mark.parametrize("kind", ["hang", "stalled"])
def test_what_waits_for_ever_is_bounded(shop: Any, kind: str) -> None:
    assert faulty(shop, f"{kind}=0.1").ending == "reset"


def test_hang(shop: Any) -> None:
    reply = faulty(shop, "hang", silence=0.2)
    assert (reply.raw, reply.ending) == (b"", "silent")


# ---- the connection breaks ----


@pytest.mark.parametrize(("kind", "ending"), [("reset", "reset"), ("close", "closed")])
def test_no_answer(shop: Any, kind: str, ending: str) -> None:
    reply = faulty(shop, kind)
    assert (reply.raw, reply.ending) == (b"", ending)


def test_half_close(shop: Any) -> None:
    connection = shop.send(f"{PAGE}?fault=half_close")
    assert connection.recv(1) == b""
    connection.sendall(b"GET / HTTP/1.1\r\nHost: demo.localhost\r\n\r\n")  # the shop still listens
    assert shop.asked_when(in_flight=1)["answers"] == {}
    connection.close()
    assert shop.asked_when(in_flight=0)["answers"] == {"none": 1}


def test_reset_in_the_body(shop: Any, whole: bytes) -> None:
    reply = faulty(shop, "reset_body")
    assert int(reply.header("content-length")) == len(whole)
    assert whole.startswith(reply.body)
    assert reply.ending == "reset"


def test_closed_in_the_headers(shop: Any) -> None:
    reply = faulty(shop, "close_headers")
    assert (reply.raw, reply.ending) == (b"HTTP/1.1 200 OK\r\nContent-Type: text/ht", "closed")


# ---- the body is not what its frame says ----


@pytest.mark.parametrize(
    ("kind", "declared", "sent"),
    [
        ("truncated", 1.0, 0.5),
        ("short_length", 0.5, 1.0),
        ("cut", None, 0.5),
        ("no_length", None, 1.0),
    ],
)
def test_lengths(shop: Any, whole: bytes, kind: str, declared: float | None, sent: float) -> None:
    reply = faulty(shop, kind)
    length = reply.header("content-length")
    assert length == (None if declared is None else str(int(len(whole) * declared)))
    assert reply.body == whole[: int(len(whole) * sent)]
    assert (reply.status, reply.ending, reply.header("transfer-encoding")) == (200, "closed", None)


def test_cut_chunks(shop: Any, whole: bytes) -> None:
    reply = faulty(shop, "cut_chunked")
    size, _, chunk = reply.body.partition(b"\r\n")
    assert reply.header("transfer-encoding") == "chunked"
    assert (chunk, int(size, 16)) == (whole[: len(whole) // 2] + b"\r\n", len(whole) // 2)
    assert reply.ending == "closed"


def test_bad_length(shop: Any) -> None:
    assert faulty(shop, "bad_length").header("content-length") == "twelve"


def test_garbage(shop: Any) -> None:
    reply = faulty(shop, "garbage")
    assert not reply.raw.startswith(b"HTTP/")
    assert (len(reply.raw), reply.ending) == (2_004, "closed")


def test_stalled(shop: Any, whole: bytes) -> None:
    reply = faulty(shop, "stalled", silence=0.2)
    assert (reply.body, reply.ending) == (whole[: len(whole) // 2], "silent")
    assert int(reply.header("content-length")) == len(whole)


def test_drip(shop: Any, whole: bytes) -> None:
    started = time.monotonic()
    reply = faulty(shop, "drip=100", at_most=150)
    assert whole.startswith(reply.body)
    assert 5 < len(reply.body) < 100
    assert time.monotonic() - started >= (len(reply.body) - 1) / 100


# ---- too much ----


def test_endless_body(shop: Any, whole: bytes) -> None:
    reply = faulty(shop, "endless", at_most=20_000_000)
    assert reply.header("content-length") is None
    assert reply.body.startswith(whole[: len(whole) // 2] + b"<p>and more</p>")
    assert len(reply.raw) >= 20_000_000
    assert shop.asked_when(in_flight=0)["answers"] == {"200": 1, "none": 1}


def test_endless_headers(shop: Any) -> None:
    reply = faulty(shop, "endless_headers", at_most=20_000_000)
    assert b"\r\n\r\n" not in reply.raw
    assert len(reply.raw) >= 20_000_000


@pytest.mark.parametrize("kind", ["endless", "endless_headers"])
def test_endless_is_bounded(shop: Any, kind: str) -> None:
    reply = faulty(shop, f"{kind}:bytes=2000000")
    assert reply.ending == "reset"
    assert len(reply.raw) < 2_200_000


def test_endless_to_a_client_that_does_not_read_takes_no_memory(shop: Any) -> None:
    connection = shop.send(f"{PAGE}?fault=endless")
    connection.recv(1000)
    shop.asked_when(in_flight=1)
    open_ones = [protocol.transport for protocol in shop.shop._http.connections if protocol.transport is not None]
    (waiting,) = filter(None, (transport.get_write_buffer_size() for transport in open_ones))
    assert waiting < 1_000_000


def test_large(shop: Any, whole: bytes) -> None:
    reply = shop.ask(f"{PAGE}?fault=large=9000000", "Accept-Encoding: gzip")
    assert reply.header("content-encoding") is None
    assert int(reply.header("content-length")) == len(reply.body) == 9_000_000
    assert reply.body.rstrip() == whole.rstrip()


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_bomb(shop: Any, encoding: str) -> None:
    reply = faulty(shop, f"bomb={encoding}:bytes=20000000")
    assert reply.header("content-encoding") == encoding
    assert len(reply.body) < 100_000


def test_deep(shop: Any, whole: bytes) -> None:
    body = faulty(shop, "deep=5000").body
    assert body.count(b"<div>") == whole.count(b"<div>") + 5_000
    assert body.count(b"</div>") == whole.count(b"</div>") + 5_000
    assert TITLE.encode() in body


def test_many_attributes(shop: Any) -> None:
    body = faulty(shop, "many_attributes").body.decode()
    assert 'a49999="0"' in re.findall(r"<main[^>]*>", body)[0]
    assert TITLE in body


# ---- the bytes are not what they are said to be ----


def test_broken_gzip(shop: Any) -> None:
    reply = faulty(shop, "broken_gzip")
    assert reply.header("content-encoding") == "gzip"
    with pytest.raises((zlib.error, gzip.BadGzipFile)):
        gzip.decompress(reply.body)


def test_truncated_gzip(shop: Any, whole: bytes) -> None:
    reply = faulty(shop, "truncated_gzip")
    assert int(reply.header("content-length")) == len(reply.body)
    with pytest.raises(EOFError):
        gzip.decompress(reply.body)
    partial = zlib.decompressobj(31).decompress(reply.body)
    assert whole.startswith(partial)
    assert TITLE.encode() in partial


@pytest.mark.parametrize(
    ("kind", "content_type", "encoding", "meta"),
    [
        ("wrong_charset", "text/html; charset=ISO-8859-1", "utf-8", "UTF-8"),
        ("no_charset", "text/html", "utf-8", None),
        ("legacy_charset", "text/html; charset=windows-1252", "cp1252", "windows-1252"),
    ],
)
def test_charsets(shop: Any, kind: str, content_type: str, encoding: str, meta: str | None) -> None:
    reply = faulty(shop, kind)
    assert reply.header("content-type") == content_type
    page = reply.body.decode(encoding)
    assert "<title>Demo Shop for Scrapers – Page 4 – demo.localhost</title>" in page
    assert Selector(page).css("meta::attr(charset)").get() == meta
    assert "®" in page


def test_nul_bytes(shop: Any, whole: bytes) -> None:
    body = faulty(shop, "nul_bytes").body
    assert b"\0<title>" in body
    assert body.replace(b"\0", b"") == whole


def test_invalid_utf8(shop: Any) -> None:
    body = faulty(shop, "invalid_utf8").body
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert TITLE in body.decode(errors="replace")


def test_binary(shop: Any) -> None:
    reply = faulty(shop, "binary")
    assert reply.header("content-type").startswith("text/html")
    assert reply.body.startswith(b"\x89PNG")
    assert b"<title" not in reply.body


@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_json(shop: Any, content_type: str) -> None:
    reply = faulty(shop, f"json={content_type}")
    assert reply.header("content-type") == content_type
    assert "products" in json.loads(reply.body)


# ---- the page is not the page ----


def test_no_title(shop: Any, whole: bytes) -> None:
    body = faulty(shop, "no_title").body
    assert body == whole.replace(TITLE.encode(), b"")
    assert b"<title>" in body  # those of the icons


def test_empty(shop: Any) -> None:
    reply = shop.ask(f"{PAGE}?fault=empty", "Accept-Encoding: gzip")
    assert (reply.status, reply.body, reply.header("content-length")) == (200, b"", "0")


def test_soft_404(shop: Any) -> None:
    reply = faulty(shop, "soft_404")
    assert reply.status == 200
    assert b"<title>Page not found" in reply.body


@pytest.mark.parametrize(
    ("fault", "location"),
    [
        ("redirect_offsite", "http://another-shop.invalid/elsewhere/"),
        ("redirect_file", "file:///etc/hostname"),
        ("redirect_page", "/ecommerce/"),
        ("redirect_page=7", "/ecommerce/page/7/"),
    ],
)
def test_redirects(shop: Any, fault: str, location: str) -> None:
    reply = faulty(shop, fault)
    assert (reply.status, reply.header("location")) == (302, location)


def test_redirect_loop(serve: Serve) -> None:
    shop = serve(faults=FaultPlan((FaultRule.parse("redirect_loop@4"),)))
    assert shop.ask(PAGE).header("location") == f"{PAGE}?hop=1"
    assert shop.ask(f"{PAGE}?hop=1").header("location") == PAGE
    switched = f"{PAGE}?fault=redirect_loop"
    assert shop.ask(switched).header("location") == f"{switched}&hop=1"
    assert shop.ask(f"{switched}&hop=1").header("location") == switched


# ---- plans ----


def test_the_first_tries_of_each_page(serve: Serve) -> None:
    shop = serve(faults=FaultPlan((FaultRule.parse("status=503:first=2@3-4"),)))
    for page in (3, 4):
        assert [shop.ask(f"/ecommerce/page/{page}/").status for _ in range(4)] == [503, 503, 200, 200]
    assert shop.ask("/ecommerce/page/5/").status == 200
    assert shop.asked()["targets"]["/ecommerce/page/3/"]["answers"] == {"503": 2, "200": 2}
    shop.ask("/_demo/reset", method="POST")
    assert shop.ask("/ecommerce/page/3/").status == 503


def test_the_first_tries_of_a_switch(shop: Any) -> None:
    assert [faulty(shop, "status=500:first=1").status for _ in range(3)] == [500, 200, 200]


def test_a_wrong_switch(shop: Any) -> None:
    reply = faulty(shop, "rest")
    assert reply.status == 400
    assert reply.body.startswith(b"unknown fault 'rest'; there are")


def test_the_plan_is_what_happens(serve: Serve) -> None:
    plan = FaultPlan((FaultRule.parse("status=503@20%"), FaultRule.parse("status=404@20%")), seed=3)
    shop = serve(small=True, products=200 * 16, faults=plan)
    faults = shop.plan()["pages"]
    assert 60 < len(faults) < 100
    for page in range(2, 201):
        path = f"/ecommerce/page/{page}/"
        status = faults[path]["parameters"]["code"] if path in faults else 200
        assert shop.ask(path).status == status
