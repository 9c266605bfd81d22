"""The headers that browsers send with a page that a person types into them, whole and in their order. Pure.

A set is one browser on one system: its User-Agent, what it accepts and its client hints say the same. Over plain HTTP
browsers send no client hints, no Sec-Fetch-… and offer no newer compressions; so do these. They age: a profile's own
headers go over them. What they do not change: the order of the TLS greeting, HTTP/1.1, and that header names begin
with capitals, by all of which a protection tells a program from a browser.
"""

from __future__ import annotations

from typing import NamedTuple

_NEEDS_TLS = ("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-")
_OLD_ENCODINGS = "gzip, deflate"


class Browser(NamedTuple):
    """`family` is "chrome", "edge", "firefox" or "safari"."""

    family: str
    headers: tuple[tuple[str, str], ...]

    def sent(self, scheme: str) -> list[tuple[str, str]]:
        """What it sends with a page over `scheme`, in its order."""
        if scheme == "https":
            return list(self.headers)
        plain = [(name, value) for name, value in self.headers if not name.lower().startswith(_NEEDS_TLS)]
        return [(name, _OLD_ENCODINGS if name == "Accept-Encoding" else value) for name, value in plain]


def _chromium(family: str, platform: str, system: str, hints: str, version: str, suffix: str = "") -> Browser:
    return Browser(
        family,
        (
            ("sec-ch-ua", hints),
            ("sec-ch-ua-mobile", "?0"),
            ("sec-ch-ua-platform", f'"{platform}"'),
            ("Upgrade-Insecure-Requests", "1"),
            (
                "User-Agent",
                f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) "
                f"Chrome/{version}.0.0.0 Safari/537.36{suffix}",
            ),
            (
                "Accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
                "application/signed-exchange;v=b3;q=0.7",
            ),
            ("Sec-Fetch-Site", "none"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-User", "?1"),
            ("Sec-Fetch-Dest", "document"),
            ("Accept-Encoding", "gzip, deflate, br, zstd"),
            ("Accept-Language", "en-US,en;q=0.9"),
        ),
    )


def _firefox(system: str, version: str) -> Browser:
    return Browser(
        "firefox",
        (
            ("User-Agent", f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"),
            ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("Accept-Language", "en-US,en;q=0.5"),
            ("Accept-Encoding", "gzip, deflate, br, zstd"),
            ("Upgrade-Insecure-Requests", "1"),
            ("Sec-Fetch-Dest", "document"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Site", "none"),
            ("Sec-Fetch-User", "?1"),
            ("Priority", "u=0, i"),
        ),
    )


_WINDOWS = "Windows NT 10.0; Win64; x64"
_MAC = "Macintosh; Intel Mac OS X 10_15_7"
_LINUX = "X11; Linux x86_64"
_CHROME_131 = '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"'
_CHROME_136 = '"Chromium";v="136", "Google Chrome";v="136", "Not.A/Brand";v="99"'
_EDGE_131 = '"Microsoft Edge";v="131", "Chromium";v="131", "Not_A Brand";v="24"'

BROWSERS = (
    _chromium("chrome", "Windows", _WINDOWS, _CHROME_136, "136"),
    _chromium("chrome", "macOS", _MAC, _CHROME_136, "136"),
    _chromium("chrome", "Linux", _LINUX, _CHROME_136, "136"),
    _chromium("chrome", "Windows", _WINDOWS, _CHROME_131, "131"),
    _chromium("chrome", "macOS", _MAC, _CHROME_131, "131"),
    _chromium("edge", "Windows", _WINDOWS, _EDGE_131, "131", " Edg/131.0.0.0"),
    _firefox(_WINDOWS, "133"),
    _firefox("Macintosh; Intel Mac OS X 10.15", "133"),
    _firefox(_LINUX, "133"),
    Browser(
        "safari",
        (
            ("Sec-Fetch-Dest", "document"),
            (
                "User-Agent",
                f"Mozilla/5.0 ({_MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
            ),
            ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("Sec-Fetch-Site", "none"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Accept-Language", "en-US,en;q=0.9"),
            ("Priority", "u=0, i"),
            ("Accept-Encoding", "gzip, deflate, br"),
        ),
    ),
)


def browsers_of(family: str) -> tuple[Browser, ...]:
    """Those of a family, or all of them for "any". Raises ValueError for a family that is not known."""
    found = tuple(browser for browser in BROWSERS if family in ("any", browser.family))
    if not found:
        raise ValueError(f"{family!r} is no browser that is known here")
    return found


def laid_over(below: list[tuple[str, str]], above: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers `below` with the values of `above`: in place where the name is there, at the end where it is not."""
    values = {name.lower(): (name, value) for name, value in above}
    merged = [(name, values.pop(name.lower(), (name, value))[1]) for name, value in below]
    return [*merged, *values.values()]
