from __future__ import annotations

import asyncio
import gzip
import random
import re
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import pytest_twisted
from scrapy.utils.defer import deferred_from_coro

from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.options import ROBOTS_DISALLOW_ALL, PastEnd, ShopOptions
from ecomscraper.demo.shop import DemoShop

Serve = Callable[..., Any]


def test_every_page_of_the_shop(serve: Serve) -> None:
    shop = serve(small=True)
    assert shop.ask("/").status == 302
    assert shop.ask("/").header("location") == "/ecommerce/"
    first = shop.ask("/ecommerce/page/1/")
    assert (first.status, first.header("location")) == (301, "/ecommerce/")
    assert "Showing 1&ndash;16 of 188 results" in shop.get("/ecommerce/")
    for page in range(2, 13):
        assert f"Page {page} &#8211;" in shop.get(f"/ecommerce/page/{page}/")
    assert "Your cart is empty" in shop.get("/cart/")
    product = next(iter(shop.shop.catalogue))
    assert product.sku in shop.get(product.path)
    sitemap = "http://demo.localhost/sitemap.xml"
    assert shop.get("/robots.txt") == f"User-agent: *\nDisallow:\n\nSitemap: {sitemap}\n"


@pytest.mark.parametrize(
    "path",
    [
        "/ecommerce/page/13/",
        "/ecommerce/page/0/",
        "/ecommerce/page/01/",
        "/ecommerce/page/two/",
        "/ecommerce/page/99999999999999999999/",
        "/product/no-such-product-1/",
        "/elsewhere/",
        "/images/1.jpg",
        "/ecommerce/category/none/",
        "/ecommerce/category/home/page/5/",
        "/ecommerce/load/",
    ],
)
def test_unknown_addresses(serve: Serve, path: str) -> None:
    reply = serve().ask(path)
    assert reply.status == 404
    assert b"<title>Page not found &#8211; demo.localhost</title>" in reply.body


def test_five_overlapping_categories_are_the_whole_shop(serve: Serve) -> None:
    shop, found = serve(small=True), []
    for slug, pages in (("outdoor", 6), ("travel", 6), ("home", 4), ("gifts", 2), ("new-season", 2)):
        path = f"/ecommerce/category/{slug}/"
        alias = shop.ask(f"{path}page/1/")
        assert (alias.status, alias.header("location")) == (301, path)
        for page in range(1, pages + 1):
            found += re.findall(r"post-(\d+)", shop.get(path if page == 1 else f"{path}page/{page}/"))
        assert shop.ask(f"{path}page/{pages + 1}/").status == 404
    assert (len(found), len(set(found))) == (81 + 82 + 62 + 32 + 24, 188)


def test_fragments_end_with_an_empty_one(serve: Serve) -> None:
    shop, found, page = serve(), [], 1
    while fragment := shop.get(f"/ecommerce/load?page={page}"):
        assert fragment.startswith("<li ")
        assert "<html" not in fragment
        assert page < 13
        found += re.findall(r'data-product_id="(\d+)"', fragment)
        page += 1
    assert (page, found) == (13, [str(number) for number in range(1, 189)])
    assert shop.get("/ecommerce/load?page=99") == ""
    assert shop.get("/ecommerce/load") == shop.get("/ecommerce/load?page=1")
    assert 'data-next="/ecommerce/load?page=2"' in shop.get("/ecommerce/scroll/")


@pytest.mark.parametrize("page", ["0", "x", "-1", "²"])
def test_no_fragment(serve: Serve, page: str) -> None:
    assert serve().ask(f"/ecommerce/load?page={quote(page)}").status == 404


def test_version_2(serve: Serve) -> None:
    before, after = serve(small=True), serve(small=True, version=2)
    changes = before.shop.catalogue.changes()
    assert "of 189 results" in after.get("/ecommerce/")
    for product in changes.added:
        assert (before.ask(product.path).status, after.ask(product.path).status) == (404, 200)
    for product in changes.gone:
        assert (before.ask(product.path).status, after.ask(product.path).status) == (200, 404)
    for old, new in changes.prices:
        assert (f"${old.price:,}" in text_of(before, old), f"${new.price:,}" in text_of(after, new)) == (True, True)
    ((old, new),) = changes.availability
    assert ("In stock" in before.get(old.path), "Out of stock" in after.get(new.path)) == (True, True)


def text_of(shop: Any, product: DemoProduct) -> str:
    return re.sub(r"<[^>]+>", "", shop.get(product.path).replace("&#36;", "$"))


def test_queries_make_no_other_page(serve: Serve) -> None:
    shop = serve()
    assert shop.get("/ecommerce/?add-to-cart=7") == shop.get("/ecommerce/")
    assert shop.get("/t/books/ecommerce/?utm_source=x") == shop.get("/t/books/ecommerce/")


@pytest.mark.parametrize("path", ["/ecommerce", "/ecommerce/page/4", "/cart", "/ecommerce/category/home"])
def test_a_missing_slash_is_added(serve: Serve, path: str) -> None:
    reply = serve().ask(path)
    assert (reply.status, reply.header("location")) == (301, f"{path}/")


def test_it_can_be_reached_as_a_proxy(serve: Serve) -> None:
    shop = serve(small=True)
    reply = shop.ask("http://demo.localhost/ecommerce/page/4/?x=1")
    assert reply.status == 200
    assert b"Page 4 &#8211;" in reply.body
    assert shop.shop.counts.target("/ecommerce/page/4/?x=1").requests == 1


@pytest.mark.parametrize("small", [False, True])
def test_gzip_for_those_who_accept_it(serve: Serve, small: bool) -> None:
    shop = serve(small=small)
    plain = shop.ask("/ecommerce/page/4/")
    packed = shop.ask("/ecommerce/page/4/", "Accept-Encoding: gzip, br")
    assert plain.header("content-encoding") is None
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.header("content-length")) == len(packed.body) < len(plain.body) / 4


def test_other_methods(serve: Serve) -> None:
    shop = serve()
    head = shop.ask("/ecommerce/", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert shop.ask("/ecommerce/", method="DELETE").status == 405


@pytest.mark.parametrize(("status", "text"), [(200, ROBOTS_DISALLOW_ALL), (503, ""), (404, "")])
def test_robots(serve: Serve, status: int, text: str) -> None:
    reply = serve(robots=text, robots_status=status).ask("/robots.txt")
    assert (reply.status, reply.body.decode()) == (status, text)
    assert reply.header("content-type") == "text/plain; charset=UTF-8"


@pytest.mark.parametrize(
    ("past_end", "status", "shown", "has_next"),
    [
        (PastEnd.NOT_FOUND, 404, [], False),
        (PastEnd.SOFT_404, 200, [], False),
        (PastEnd.REPEAT, 200, list(range(177, 189)), False),
        (PastEnd.ENDLESS, 200, list(range(17, 33)), True),
    ],
)
def test_past_the_end(serve: Serve, past_end: PastEnd, status: int, shown: list[int], has_next: bool) -> None:
    reply = serve(small=True, past_end=past_end).ask("/ecommerce/page/14/")
    assert reply.status == status
    assert [int(number) for number in re.findall(rb"post-(\d+)", reply.body)] == shown
    assert (b'class="next page-numbers" href="/ecommerce/page/15/"' in reply.body) == has_next


def test_an_endless_listing_has_no_last_page(serve: Serve) -> None:
    assert 'class="next page-numbers" href="/ecommerce/page/13/"' in serve(past_end=PastEnd.ENDLESS).get(
        "/ecommerce/page/12/"
    )


def test_products_are_added_while_it_is_read(serve: Serve) -> None:
    shop = serve(small=True, grow_products=3, grow_after_requests=2)
    assert "of 188 results" in shop.get("/ecommerce/")
    assert "of 188 results" in shop.get("/ecommerce/page/2/")
    assert shop.ask("/cart/").status == 200
    third = shop.get("/ecommerce/page/3/")
    assert "of 191 results" in third
    assert re.findall(r"post-(\d+)", third) == [str(number) for number in range(30, 46)]
    shop.ask("/_demo/reset", method="POST")
    assert "of 188 results" in shop.get("/ecommerce/page/3/")


def test_counts(serve: Serve) -> None:
    shop = serve(small=True)
    before, monotonic = time.time(), time.monotonic()
    targets = ["/ecommerce/", "/ecommerce/page/2/", "/ecommerce/page/2/", "/nothing/?a=1"]
    for target in targets:
        shop.ask(target, "X-Number: 7")
    counts = shop.asked()
    assert (counts["requests"], counts["in_flight"], counts["max_in_flight"]) == (4, 0, 1)
    assert counts["answers"] == {"200": 3, "404": 1}
    assert counts["targets"] == {
        "/ecommerce/": {"requests": 1, "answers": {"200": 1}},
        "/ecommerce/page/2/": {"requests": 2, "answers": {"200": 2}},
        "/nothing/?a=1": {"requests": 1, "answers": {"404": 1}},
    }
    assert [arrival["target"] for arrival in counts["arrivals"]] == targets
    walls = [before, *(arrival["wall_seconds"] for arrival in counts["arrivals"]), time.time()]
    monotonics = [monotonic, *(arrival["monotonic_seconds"] for arrival in counts["arrivals"])]
    assert walls == sorted(walls)
    assert monotonics == sorted(monotonics)
    assert [seen["headers"]["X-Number"] for seen in counts["headers"]] == ["7"] * 4
    assert shop.ask("/_demo/reset", method="POST").status == 204
    counts = shop.asked()
    assert (counts["requests"], counts["targets"], counts["arrivals"], counts["headers"]) == (0, {}, [], [])
    assert shop.ask("/_demo/else").status == 404


def test_max_in_flight_is_exact(serve: Serve) -> None:
    shop = serve(small=True)
    held = [shop.send("/ecommerce/?fault=hang") for _ in range(7)]
    assert shop.asked_when(in_flight=7)["max_in_flight"] == 7
    for connection in held[:4]:
        connection.close()
    shop.asked_when(in_flight=3)
    shop.send("/ecommerce/?fault=hang")
    counts = shop.asked_when(in_flight=4)
    assert counts["max_in_flight"] == 7
    assert counts["targets"]["/ecommerce/?fault=hang"] == {"requests": 8, "answers": {"none": 4}}


def test_kept_alive_connections_count_one_at_a_time(serve: Serve) -> None:
    shop = serve()
    connection = shop.connect()
    for _ in range(50):
        connection.sendall(b"GET /ecommerce/ HTTP/1.1\r\nHost: demo.localhost\r\n\r\n")
        head, _, body = connection.recv(1 << 20).partition(b"\r\n\r\n")
        (length,) = re.findall(rb"Content-Length: (\d+)", head)
        while len(body) < int(length):
            body += connection.recv(1 << 20)
    counts = shop.asked()
    assert (counts["requests"], counts["max_in_flight"]) == (50, 1)


def elapsed_seconds(shop: Any, target: str = "/ecommerce/") -> float:
    started = time.monotonic()
    assert shop.ask(target).status == 200
    return time.monotonic() - started


def test_latency(serve: Serve) -> None:
    assert elapsed_seconds(serve(small=True, latency_seconds=0.2)) >= 0.2


def test_random_latency_is_that_of_the_seed(serve: Serve) -> None:
    rng = random.Random(3)
    shop = serve(small=True, seed=3, latency_random_seconds=0.3)
    for _ in range(4):
        assert elapsed_seconds(shop) >= rng.uniform(0, 0.3)


def test_latency_has_a_knee(serve: Serve) -> None:
    shop = serve(small=True, knee_in_flight=1, knee_seconds=0.2)
    held = shop.send("/ecommerce/?fault=hang")
    shop.asked_when(in_flight=1)
    assert elapsed_seconds(shop) >= 0.2
    held.close()


def test_rate_bucket(serve: Serve) -> None:
    shop = serve(small=True, rate_per_second=0.001, rate_burst=3)
    replies = [shop.ask("/ecommerce/") for _ in range(5)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    assert 0 < int(replies[-1].header("retry-after")) <= 1000
    assert replies[-1].header("ratelimit-remaining") == "0"
    shop.ask("/_demo/reset", method="POST")
    assert shop.ask("/ecommerce/").status == 200


def test_a_silent_rate_bucket(serve: Serve) -> None:
    shop = serve(small=True, rate_per_second=0.001, rate_burst=1, rate_told=False)
    shop.ask("/ecommerce/")

    refused = shop.ask("/ecommerce/")
    assert refused.status == 429
    assert [name for name in ("retry-after", "ratelimit-limit", "ratelimit-reset") if refused.header(name)] == []


@pytest.mark.clock
def test_half_the_capacity_after_some_requests(serve: Serve) -> None:
    shop = serve(small=True, knee_in_flight=2, knee_seconds=0.1, halved_after_requests=2)
    held = shop.send("/ecommerce/?fault=hang")
    shop.asked_when(in_flight=1)

    assert elapsed_seconds(shop) < 0.15  # two at once: its knee
    assert elapsed_seconds(shop) >= 0.2  # two at once, the knee at one, and twice as long for what is beyond it
    held.close()


def ended(connection: socket.socket) -> bool:
    """Reads to the end, which is an error if it does not come."""
    try:
        while connection.recv(1 << 20):
            pass
    except ConnectionResetError:
        return True
    return True


def test_a_stopped_shop_has_closed_everything(serve: Serve) -> None:
    shop = serve(small=True)
    held = [shop.send(f"/ecommerce/?fault={kind}") for kind in ("hang", "stalled", "endless", "half_close")]
    idle = shop.connect()
    shop.asked_when(in_flight=4)
    transports = [connection.transport for connection in shop.shop._http.connections]
    started = time.monotonic()
    shop.stop()
    assert time.monotonic() - started < 10
    assert len(transports) >= 5
    assert {transport.get_write_buffer_size() for transport in transports} == {0}
    for connection in (*held, idle):
        assert ended(connection)
    assert shop.shop.counts.in_flight == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", shop.port))
    shop.stop()


def test_a_port_in_use(serve: Serve, on_loop: Callable[..., Any]) -> None:
    shop = serve()
    with pytest.raises(OSError, match="in use"):
        on_loop(DemoShop().start(port=shop.port))


@pytest_twisted.ensureDeferred
async def test_it_runs_on_the_loop_of_the_reactor() -> None:
    shop = DemoShop(ShopOptions(small=True))

    async def first_line() -> bytes:
        port = await shop.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /ecommerce/ HTTP/1.1\r\nHost: demo.localhost\r\n\r\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        await shop.stop()
        return line

    assert await deferred_from_coro(first_line()) == b"HTTP/1.1 200 OK\r\n"
