from __future__ import annotations

import gzip

import pytest

from ecomscraper.pages import sitemap as sitemaps
from ecomscraper.pages.guards import PageRefused
from ecomscraper.pages.sitemap import Sitemap, read_sitemap

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
SHOP = "https://shop.example"
PRODUCTS = f"""<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/main.xsl"?>
<urlset {NS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<!-- made today -->
<url><loc>{SHOP}/p/1?a=1&amp;b=2</loc><image:image><image:loc>{SHOP}/1.jpg</image:loc></image:image></url>
<url><loc>
  {SHOP}/p/2
</loc><lastmod>2025-01-01</lastmod></url>
<url><loc></loc></url><url/><url><loc>javascript:x</loc></url>
</urlset>"""
READ = Sitemap(False, (f"{SHOP}/p/1?a=1&b=2", f"{SHOP}/p/2"))


@pytest.mark.parametrize(
    "body",
    [
        PRODUCTS.encode(),
        b"\xef\xbb\xbf" + PRODUCTS.encode(),
        gzip.compress(PRODUCTS.encode()),
        PRODUCTS.replace(NS, "").encode(),
        f"{SHOP}/p/1?a=1&b=2\r\n{SHOP}/p/2\r\n".encode(),
    ],
    ids=["xml", "byte order mark", "gzip", "no namespace", "text"],
)
def test_the_addresses_of_pages(body: bytes) -> None:
    assert read_sitemap(body) == READ


def test_an_index_names_sitemaps() -> None:
    body = f"<sitemapindex {NS}><sitemap><loc>{SHOP}/a.xml.gz</loc></sitemap></sitemapindex>".encode()
    assert read_sitemap(body) == Sitemap(True, (f"{SHOP}/a.xml.gz",))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_sitemap"),
        (b"<html><body>Sorry</body></html>", "not_sitemap"),
        (b"<?xml version='1.0'?><rss/>", "not_sitemap"),
        (PRODUCTS.encode()[:-20], "not_sitemap"),
        (gzip.compress(PRODUCTS.encode())[:-20], "truncated"),
        (b"\x1f\x8b and no gzip", "not_sitemap"),
        (b"call us at https://shop.example", "not_sitemap"),
    ],
)
def test_what_is_no_whole_sitemap_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(PageRefused) as refused:
        read_sitemap(body)
    assert refused.value.reason == reason


def test_limits_of_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_BYTES", 100)
    with pytest.raises(PageRefused, match="too_large"):
        read_sitemap(gzip.compress(PRODUCTS.encode()))
    monkeypatch.setattr(sitemaps, "MOST_ENTRIES", 1)
    with pytest.raises(PageRefused, match="2 entries"):
        read_sitemap(f"{SHOP}/1\n{SHOP}/2".encode())


def test_entities_are_not_resolved() -> None:
    bomb = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = f'<?xml version="1.0"?>{bomb}<urlset><url><loc>{SHOP}/&f;</loc></url><url><loc>{SHOP}/2</loc></url></urlset>'
    assert all("root" not in url for url in read_sitemap(body.encode()).urls)
