from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from ecomscraper.robots.rules import (
    MAX_AGE_SECONDS,
    MAX_BYTES,
    UNREACHABLE_AGE_SECONDS,
    Access,
    Politeness,
    RequestRate,
    RobotsTxt,
    access,
    newest,
    parsed_part,
    politeness,
    product_token,
    redirect_target,
    robots_url,
)

URL = "https://shop.example/robots.txt"
AGENT = "ecomscraper/1.0"


class ParsedRules:
    def __init__(self, text):
        self.parsed = Protego.parse(text)

    def allowed(self, url, user_agent):
        return self.parsed.can_fetch(url, user_agent)


def read(opens, at=0.0, text=""):
    return RobotsTxt(URL, opens, "as found", at, ParsedRules(text) if opens is Access.BY_RULE else None)


@pytest.mark.parametrize(
    ("statuses", "opens"),
    [
        (range(200, 300), Access.BY_RULE),
        (range(300, 400), Access.EVERYTHING),
        (range(400, 429), Access.EVERYTHING),
        ([429], Access.NOTHING),
        (range(430, 500), Access.EVERYTHING),
        (range(500, 600), Access.NOTHING),
        ([0, 100, 199, 600, 999], Access.NOTHING),
    ],
)
def test_access(statuses, opens):
    assert {access(status) for status in statuses} == {opens}


@pytest.mark.parametrize(
    ("page", "robots"),
    [
        ("https://shop.example/a/b?c#d", "https://shop.example/robots.txt"),
        ("http://shop.example:8080/", "http://shop.example:8080/robots.txt"),
        ("https://user:secret@Shop.Example/a", "https://shop.example/robots.txt"),
        ("http://[::1]:8000/a", "http://[::1]:8000/robots.txt"),
        ("https://shop.example", "https://shop.example/robots.txt"),
    ],
)
def test_robots_url(page, robots):
    assert robots_url(page) == robots


URLS = st.tuples(
    st.sampled_from(["http://", "https://", "HTTP://"]),
    st.sampled_from(["", "user@", "user:80@"]),
    st.sampled_from(["shop.example", "WWW.Shop.example.", "127.0.0.1", "[::1]", "b\u00fccher.example", ""]),
    st.sampled_from(["", ":", ":80", ":8000", ":port"]),
    st.sampled_from(["", "/", "/a/b?c=d#e", "?a/b", "#a/", "//", "/[", "/\na"]),
).map("".join)


@given(URLS)
def test_a_robots_url_is_what_parsing_the_whole_url_finds(page):
    parts = urlsplit(page)
    assert robots_url(page) == f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}/robots.txt"


@pytest.mark.parametrize(
    ("user_agent", "token"),
    [
        ("ecomscraper", "ecomscraper"),
        ("ecomscraper/1.0 (+https://pypi.org/project/x)", "ecomscraper"),
        ("my_shop-bot2/1.0 python/3.11", "my_shop-bot2"),
        ("Mozilla/5.0 (compatible; Foobot/2.1; +http://foo.example/bot)", "Foobot"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"),
        ("", ""),
        ("(nobody)", "(nobody)"),
    ],
)
def test_product_token(user_agent, token):
    assert product_token(user_agent) == token


@pytest.mark.parametrize(
    ("status", "location", "target"),
    [
        (301, "/elsewhere.txt", "https://shop.example/elsewhere.txt"),
        (302, "robots2.txt", "https://shop.example/robots2.txt"),
        (303, "//other.example/robots.txt", "https://other.example/robots.txt"),
        (307, "http://other.example/robots.txt", "http://other.example/robots.txt"),
        (308, " /spaces ", "https://shop.example/spaces"),
        (301, None, None),
        (301, "", None),
        (301, "ftp://shop.example/robots.txt", None),
        (301, "javascript:alert(1)", None),
        (301, "http://", None),
        (301, "http://[::1", None),
        (200, "/elsewhere.txt", None),
        (304, "/elsewhere.txt", None),
        (500, "/elsewhere.txt", None),
    ],
)
def test_redirect_target(status, location, target):
    assert redirect_target(URL, status, location) == target


@given(st.sampled_from([301, 302, 303, 307, 308]), st.text())
def test_any_location_is_an_http_url_or_none(status, location):
    target = redirect_target(URL, status, location)
    assert target is None or target.startswith(("http://", "https://"))


def test_a_file_of_500_kib_is_parsed_whole():
    body = b"Disallow: /cart".ljust(MAX_BYTES, b"x")
    assert parsed_part(body) == body


@pytest.mark.parametrize("end_of_line", [b"\n", b"\r", b"\r\n"])
def test_a_rule_at_500_kib_is_dropped_rather_than_cut(end_of_line):
    start = b"Disallow: /a" + end_of_line
    filler = b"#" * (MAX_BYTES - len(start) - len(b"Disallow: /")) + end_of_line
    body = start + filler + b"Disallow: /cart\n"

    assert parsed_part(body) == start + filler


def test_a_line_of_more_than_500_kib_is_no_rule():
    assert parsed_part(b"Disallow: /".ljust(MAX_BYTES + 1, b"x")) == b""


@given(st.lists(st.sampled_from([b"Disallow: /abc", b"\n", b"\r\n", b"\r", b"x" * 70_000]), max_size=40))
def test_the_parsed_part_is_whole_lines_from_the_start(pieces):
    body = b"".join(pieces)
    part = parsed_part(body)

    assert body.startswith(part)
    assert len(part) <= MAX_BYTES
    assert part == body or not part or part[-1:] in b"\r\n"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("", Politeness()),
        ("Crawl-delay: 10", Politeness(crawl_delay_seconds=10.0)),
        ("crawl-delay: 0.5", Politeness(crawl_delay_seconds=0.5)),
        ("Crawl-delay: 10 # seconds", Politeness(crawl_delay_seconds=10.0)),
        ("Crawl-delay: 0", Politeness()),
        ("Crawl-delay: -1", Politeness()),
        ("Crawl-delay: inf", Politeness()),
        ("Crawl-delay: nan", Politeness()),
        ("Crawl-delay: soon", Politeness()),
        ("Crawl-delay:", Politeness()),
        ("Request-rate: 1/5", Politeness(request_rate=RequestRate(1, 5.0))),
        ("Request-rate: 3/10s", Politeness(request_rate=RequestRate(3, 10.0))),
        ("Request-rate: 100/24h", Politeness(request_rate=RequestRate(100, 86_400.0))),
        ("Request-rate: 30/1m 0900-1700", Politeness(request_rate=RequestRate(30, 60.0))),
        ("Request-rate: 0/10", Politeness()),
        ("Request-rate: 1/0", Politeness()),
        ("Request-rate: often", Politeness()),
        ("Crawl-delay: 2\nRequest-rate: 1/5", Politeness(2.0, RequestRate(1, 5.0))),
        ("Crawl-delay: 2\n\nUser-agent: ecomscraper\nCrawl-delay: 3", Politeness(3.0)),
        ("Crawl-delay: 2\n\nUser-agent: ecomscraper\nDisallow: /a", Politeness()),
        ("Crawl-delay: 2\n\nUser-agent: other\nCrawl-delay: 3", Politeness(2.0)),
    ],
)
def test_politeness(lines, wanted):
    assert politeness(f"User-agent: *\n{lines}\n".encode(), AGENT) == wanted


def test_a_byte_order_mark_hides_no_group():
    assert politeness(b"\xef\xbb\xbfUser-agent: *\nCrawl-delay: 4\n", AGENT) == Politeness(4.0)


@given(st.binary(max_size=400), st.sampled_from([b"Crawl-delay: ", b"Request-rate: ", b""]))
def test_any_file_gives_sane_wishes(garbage, directive):
    wanted = politeness(b"User-agent: *\n" + directive + garbage, AGENT)

    assert 0 <= wanted.spacing_seconds < float("inf")
    assert wanted.crawl_delay_seconds is None or wanted.crawl_delay_seconds > 0
    assert wanted.request_rate is None or wanted.request_rate.requests > 0


@pytest.mark.parametrize(
    ("wishes", "spacing_seconds"),
    [
        (Politeness(), 0),
        (Politeness(3.0), 3.0),
        (Politeness(None, RequestRate(4, 10.0)), 2.5),
        (Politeness(3.0, RequestRate(4, 10.0)), 3.0),
        (Politeness(1.0, RequestRate(4, 10.0)), 2.5),
    ],
)
def test_the_slower_wish_counts(wishes, spacing_seconds):
    assert wishes.spacing_seconds == spacing_seconds


@pytest.mark.parametrize("opens", [Access.BY_RULE, Access.EVERYTHING])
def test_an_answer_is_fresh_for_a_day(opens):
    assert read(opens, at=5.0).is_fresh(5.0 + MAX_AGE_SECONDS - 1)
    assert not read(opens, at=5.0).is_fresh(5.0 + MAX_AGE_SECONDS)


def test_no_answer_is_fresh_for_a_minute():
    assert read(Access.NOTHING, at=5.0).is_fresh(5.0 + UNREACHABLE_AGE_SECONDS - 1)
    assert not read(Access.NOTHING, at=5.0).is_fresh(5.0 + UNREACHABLE_AGE_SECONDS)


@pytest.mark.parametrize("old", [Access.BY_RULE, Access.EVERYTHING])
def test_what_was_known_holds_while_it_cannot_be_read(old):
    known = read(old, at=0.0)
    now = 100_000.0

    kept = newest(known, read(Access.NOTHING, at=now))

    assert (kept.access, kept.rules) == (known.access, known.rules)
    assert kept.is_fresh(now + UNREACHABLE_AGE_SECONDS - 1)
    assert not kept.is_fresh(now + UNREACHABLE_AGE_SECONDS)


@pytest.mark.parametrize("old", [None, read(Access.NOTHING), read(Access.EVERYTHING), read(Access.BY_RULE)])
@pytest.mark.parametrize("opens", [Access.BY_RULE, Access.EVERYTHING])
def test_an_answer_takes_the_place_of_what_was_known(old, opens):
    new = read(opens, at=7.0)
    assert newest(old, new) is new


def test_refusals_say_why():
    closed = read(Access.BY_RULE, text="User-agent: *\nDisallow: /cart\n")

    assert closed.refusal("https://shop.example/a", AGENT) is None
    assert str(closed.refusal("https://shop.example/cart", AGENT)) == (
        "https://shop.example/robots.txt does not allow 'ecomscraper/1.0' to fetch this URL: https://shop.example/cart"
    )
    assert str(read(Access.NOTHING).refusal("https://shop.example/a", AGENT)) == (
        "https://shop.example/robots.txt could not be read (as found), so nothing may be fetched: https://shop.example/a"
    )
    assert read(Access.EVERYTHING).refusal("https://shop.example/cart", AGENT) is None
