from __future__ import annotations

import re

import pytest

from ecomscraper.identity.browsers import BROWSERS, Browser, browsers_of, laid_over

SYSTEM_OF_PLATFORM = {"Windows": "Windows NT", "macOS": "Macintosh", "Linux": "X11; Linux"}


@pytest.mark.parametrize("browser", BROWSERS, ids=lambda browser: dict(browser.headers)["User-Agent"])
def test_a_set_says_one_thing(browser: Browser) -> None:
    said = dict(browser.headers)
    agent = said["User-Agent"]
    assert len(said) == len(browser.headers)
    assert set(said["Accept-Encoding"].split(", ")) <= {"gzip", "deflate", "br", "zstd"}  # all that we can read
    if browser.family in ("chrome", "edge"):
        (version,) = re.findall(r"Chrome/(\d+)\.", agent)
        assert f'"Chromium";v="{version}"' in said["sec-ch-ua"]
        brand = "Microsoft Edge" if browser.family == "edge" else "Google Chrome"
        assert f'"{brand}";v="{version}"' in said["sec-ch-ua"]
        assert ("Edg/" in agent) == (browser.family == "edge")
        assert SYSTEM_OF_PLATFORM[said["sec-ch-ua-platform"].strip('"')] in agent
    else:
        assert not [name for name in said if name.startswith("sec-ch-ua")]
        assert "Chrome" not in agent


@pytest.mark.parametrize("browser", BROWSERS, ids=lambda browser: dict(browser.headers)["User-Agent"])
def test_plain_http_gets_no_hints(browser: Browser) -> None:
    assert browser.sent("https") == list(browser.headers)
    plain = dict(browser.sent("http"))
    assert not [name for name in plain if name.lower().startswith("sec-")]
    assert plain["Accept-Encoding"] == "gzip, deflate"
    assert plain["User-Agent"] == dict(browser.headers)["User-Agent"]


def test_families() -> None:
    assert browsers_of("any") == BROWSERS
    assert {browser.family for browser in BROWSERS} == {"chrome", "edge", "firefox", "safari"}
    assert {browser.family for browser in browsers_of("firefox")} == {"firefox"}
    with pytest.raises(ValueError, match="'netscape' is no browser"):
        browsers_of("netscape")


def test_headers_of_ones_own_stay_in_their_place() -> None:
    below = [("User-Agent", "x"), ("Accept-Language", "en"), ("Priority", "u=0")]

    assert laid_over(below, [("accept-language", "de"), ("X-Shop", "1")]) == [
        ("User-Agent", "x"),
        ("Accept-Language", "de"),
        ("Priority", "u=0"),
        ("X-Shop", "1"),
    ]
