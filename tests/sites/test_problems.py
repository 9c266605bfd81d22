"""Whatever is wrong with a profile is told at once: file, key, value, what is allowed."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from ecomscraper.exceptions import ProfileError
from ecomscraper.sites.loader import load_profile
from ecomscraper.sites.problems import shown

ONE, TWO = '"https://shop.example/one/"', '"https://shop.example/two/"'
START = 'start = "https://shop.example/all/"\n'
PAGES = '[pagination]\npage_url = "page/{page}/"\n'
PLATFORMS = sorted(
    file.name.removesuffix(".toml")
    for file in resources.files("ecomscraper.sites.platforms").iterdir()
    if file.name.endswith(".toml")
)
TOP_LEVEL = (
    "api, blocks, cookies, currency, description, expectations, first_request, headers, hosts, identity, limits, "
    "listing, menu, name, pagination, platform, product, proxies, retry, robots, start, starts, title"
)
LIMITS = (
    "concurrency, connect_timeout_seconds, delay_seconds, pause_after_requests, pause_seconds, "
    "random_extra_seconds, read_timeout_seconds, throttle, timeout_seconds"
)
NO_START = (
    'start is missing. Page 1 of the listing, http or https, such as "https://shop.example/all/"; starts names several.'
)
NO_REASON = "needs robots.reason: why this shop may be crawled against its robots.txt"


def problems(directory: Path, text: str, overrides: dict[str, str] | None = None) -> list[str]:
    (directory / "acme.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as raised:
        load_profile("acme", sites_dir=directory, overrides=overrides)
    return list(raised.value.problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[limits]\ndelay_seconds = -1", "limits.delay_seconds = -1, must be ≥ 0"),
        ("[limits]\ndelay_seconds = nan", "limits.delay_seconds = nan, must be a finite number"),
        ("[limits]\ntimeout_seconds = 0.0", "limits.timeout_seconds = 0.0, must be > 0"),
        ("[limits]\nconcurrency = 0", "limits.concurrency = 0, must be ≥ 1"),
        ('[limits]\nconcurrency = "4"', 'limits.concurrency = "4", must be a whole number'),
        ("[limits]\nconcurrency = 4.0", "limits.concurrency = 4.0, must be a whole number"),
        ("[limits]\nconcurrency = true", "limits.concurrency = true, must be a whole number"),
        ('[limits]\ndelay_seconds = "1"', 'limits.delay_seconds = "1", must be a number'),
        ('[limits]\nthrottle = "off"', 'limits.throttle = "off", must be "adaptive", "auto" or "fixed"'),
        (
            "[limits]\ndelay = 1",
            f"limits.delay = 1, unknown key; did you mean delay_seconds? Allowed: {LIMITS}",
        ),
        (
            "[limits]\nxyz = [1, 'a']",
            f'limits.xyz = [1, "a"], unknown key. Allowed: {LIMITS}',
        ),
        (
            "[limit]\nconcurrency = 1",
            f"limit = {{concurrency = 1}}, unknown key; did you mean limits? Allowed: {TOP_LEVEL}",
        ),
        ("[robots]\nobey = false", f"robots.obey = false, {NO_REASON}"),
        ('[robots]\nobey = false\nreason = "  "', f"robots.obey = false, {NO_REASON}"),
        ("[robots]\nobey = 0", "robots.obey = 0, must be true or false"),
        ("[robots]\nobey = false\nreason = 1", "robots.reason = 1, must be a string"),
        (
            '[listing]\ncard = "li..x"',
            "listing.card = \"li..x\", is no CSS selector: Expected ident, got <DELIM '.' at 3>",
        ),
        (
            '[listing]\ncard = "xpath://li["',
            'listing.card = "xpath://li[", is no XPath selector: XPath error: Invalid expression in //li[',
        ),
        (
            '[expectations]\ntotal_pattern = "of ("',
            'expectations.total_pattern = "of (", is no regular expression: '
            "missing ), unterminated subpattern at position 3",
        ),
        (
            '[expectations]\ntotal_pattern = "of \\\\d+"',
            'expectations.total_pattern = "of \\\\d+", must have one group, around the number; it has 0',
        ),
        ("[headers]\nX-Id = 12", "headers.X-Id = 12, must be a string"),
        ('[headers]\nX-Id = "1\\n2"', 'headers.X-Id = "1\\n2", has a line break or a control character in it'),
        (
            '[headers]\n"X Id" = "1"',
            'headers.X Id = "X Id", is no header name: letters, digits and hyphens, as in Accept-Language',
        ),
        (
            '[headers]\nAuthorization = "Basic\\nabc"',
            'headers.Authorization = "***", has a line break or a control character in it',
        ),
    ],
)
def test_one_problem(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, START + PAGES + text) == [f"acme.toml: {problem}"]


@pytest.mark.parametrize(
    ("top", "problem"),
    [
        ('start = "shop.example"', 'start = "shop.example", has no scheme; write https://shop.example'),
        ('start = "ftp://a"', 'start = "ftp://a", has the scheme ftp; must be http or https'),
        (
            'start = "https://me:word@a/"',
            'start = "https://***@a/", carries a user name or password, which the results would show; '
            "set headers.Authorization",
        ),
        ("start = 1", "start = 1, must be a string"),
        (
            'start = ""',
            NO_START,
        ),
        (
            "",
            NO_START,
        ),
        (START + "limits = 3", "limits = 3, must be a table"),
        (START + "headers = 3", "headers = 3, must be a table"),
        (START + 'name = "other"', 'name = "other", must be "acme", as the file is called'),
        (START + 'title = "h1::x"', 'title = "h1::x", is no CSS selector: The pseudo-element ::x is unknown'),
        (
            START + 'platform = "woocomerce"',
            'platform = "woocomerce", unknown platform; did you mean woocommerce? Allowed: ' + ", ".join(PLATFORMS),
        ),
        (START + "platform = 1", "platform = 1, must be a string"),
        (START + '"\\u001b[31m" = 1', f'"\\u001b[31m" = 1, unknown key. Allowed: {TOP_LEVEL}'),
    ],
)
def test_one_problem_at_the_top(tmp_path: Path, top: str, problem: str) -> None:
    assert problems(tmp_path, f"{top}\n{PAGES}") == [f"acme.toml: {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            START + f"starts = [{ONE}]\n" + PAGES,
            f'starts = [{ONE}], stands instead of start = "https://shop.example/all/": keep one of the two; '
            '"" takes one back',
        ),
        ("starts = []\n" + PAGES, NO_START),
        ("starts = 3\n" + PAGES, "starts = 3, must be a list"),
        ('starts = ["/one/"]\n' + PAGES, 'starts.0 = "/one/", has no scheme; write https://one/'),
        (f"starts = [{ONE}, {ONE}]\n" + PAGES, f"starts = [{ONE}, {ONE}], names {ONE} twice"),
        (
            f'starts = [{ONE}]\n[pagination]\nstrategy = "url_list"\n',
            f'starts = [{ONE}], needs listings, which pagination.strategy = "url_list" has none of',
        ),
        (
            f'starts = [{ONE}, {TWO}]\n[pagination]\npage_url = "/all/{{page}}/"\n',
            f'starts = [{ONE}, {TWO}], pagination.page_url = "/all/{{page}}/" leads from {ONE} and {TWO} to the same '
            'page 2: write it relative to both, or set pagination.strategy = "next_link"',
        ),
        (
            f'starts = [{ONE}]\nmenu = "a"\n' + PAGES,
            'menu = "a", finds the listings that starts names: keep one of the two',
        ),
        (
            START + 'menu = "a"\n[pagination]\nstrategy = "sitemap"\n',
            'menu = "a", needs listings of pages, which pagination.strategy = "sitemap" has none of',
        ),
        (START + 'menu = "a["\n' + PAGES, "menu = \"a[\", is no CSS selector: Expected ident or '*', got <EOF at 2>"),
        (
            START + 'menu = "a"\n[pagination]\npage_url = "/all/{page}/"\n',
            'menu = "a", pagination.page_url = "/all/{page}/" leads from "https://shop.example/one/" and '
            '"https://shop.example/two/" to the same page 2: write it relative to both, '
            'or set pagination.strategy = "next_link"',
        ),
    ],
)
def test_one_problem_of_several_listings(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [f"acme.toml: {problem}"]


@pytest.mark.parametrize(
    ("page_url", "problem"),
    [
        ("page/2/", 'must contain {page} once, as in "page/{page}/" or "?page={page}"'),
        ("{page}/{page}/", 'must contain {page} once, as in "page/{page}/" or "?page={page}"'),
        ("https://page{page}.example/", 'must contain {page} once, as in "page/{page}/" or "?page={page}"'),
        ("#page={page}", 'must contain {page} once, as in "page/{page}/" or "?page={page}"'),
        ("ftp://a/{page}", "has the scheme ftp; must be http or https"),
        ("page {page}", "has a space or a control character in it; write %20 for a space"),
    ],
)
def test_a_wrong_page_url(tmp_path: Path, page_url: str, problem: str) -> None:
    text = f'{START}[pagination]\npage_url = "{page_url}"'
    assert problems(tmp_path, text) == [f'acme.toml: pagination.page_url = "{page_url}", {problem}']


def test_all_problems_come_at_once_and_each_names_its_layer(tmp_path: Path) -> None:
    text = (
        'platform = "woocommerce"\n[limits]\ndelay_seconds = -1\n[robots]\nobey = false\n[pagination]\nlast_page = 0\n'
    )
    overrides = {"limits.concurrency": "0", "limits.delay": "1", "robots.reason": "", "listing": "li"}
    assert problems(tmp_path, text, overrides) == [
        f"acme.toml: {NO_START}",
        "acme.toml: pagination.last_page = 0, must be ≥ 1",
        '-a: listing = "li", must be a table',
        "-a: limits.concurrency = 0, must be ≥ 1",
        "acme.toml: limits.delay_seconds = -1, must be ≥ 0",
        f"-a: limits.delay = 1, unknown key; did you mean delay_seconds? Allowed: {LIMITS}",
        f"acme.toml: robots.obey = false, {NO_REASON}",
    ]


@pytest.mark.parametrize("key", ["", ".", "limits.", ".limits", "limits..x", "limits.delay_seconds.x"])
def test_odd_keys_of_overrides_are_problems(tmp_path: Path, key: str) -> None:
    (line,) = problems(tmp_path, START + PAGES, {key: "1"})
    assert line.startswith("-a: ")


@pytest.mark.parametrize(
    ("value", "key", "text"),
    [
        (True, "", "true"),
        (0.5, "", "0.5"),
        ("ü", "", '"ü"'),
        ("\x1b[2J", "", '"\\u001b[2J"'),
        ("http://u:p@shop.example", "", '"http://***@shop.example"'),
        (["a", 1], "", '["a", 1]'),
        ({"a": 1, "Cookie": "session"}, "", '{a = 1, Cookie = "***"}'),
        ("secret", "Authorization", '"***"'),
        ("secret", "headers.X-Api-Key", '"***"'),
        ([1] * 1000, "", "[" + "1, " * 32 + "1,…"),
    ],
)
def test_shown(value: object, key: str, text: str) -> None:
    assert shown(value, key) == text
