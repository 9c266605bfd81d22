"""Layers, their order and who set what; files of one's own; sites that do not exist."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import ecomscraper
from ecomscraper.exceptions import ProfileError
from ecomscraper.pages.product_fields import FIELDS
from ecomscraper.pagination.numbered import page_url
from ecomscraper.sites.listing_tables import NEXT_LINKS
from ecomscraper.sites.loader import list_sites, load_profile, profile_of_host, profile_without_site

SHORT = 'start = "https://shop.example/all/"\nplatform = "woocommerce"\n'


def write(directory: Path, name: str, text: str) -> Path:
    (directory / f"{name}.toml").write_text(text, encoding="utf-8")
    return directory


def problems(name: str, sites_dir: Path | None = None, overrides: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ProfileError) as raised:
        load_profile(name, sites_dir=sites_dir, overrides=overrides)
    return list(raised.value.problems)


def test_every_layer_beats_the_one_below(tmp_path: Path) -> None:
    write(tmp_path, "demo", "[limits]\nconcurrency = 3\ntimeout_seconds = 9\n[headers]\nDNT = '1'\n")
    overrides = {"limits.timeout_seconds": "7", "headers.Accept-Language": "de"}
    loaded = load_profile("demo", sites_dir=tmp_path, overrides=overrides)
    origins = {key: (loaded.value(key), origin) for key, origin in loaded.origins.items()}
    mine = str(tmp_path / "demo.toml")
    assert origins == {
        "name": ("demo", mine),
        "description": ("The embedded demo shop: runs on this machine, needs no network", "site demo.toml"),
        "start": ("http://demo.localhost/ecommerce/", "site demo.toml"),
        "platform": ("woocommerce", "site demo.toml"),
        "title": (None, "default"),
        "currency": (None, "default"),
        "pagination.strategy": ("numbered", "default"),
        "pagination.page_url": ("page/{page}/", "platform woocommerce"),
        "pagination.last_page": (None, "default"),
        "pagination.pager": ("nav.woocommerce-pagination", "platform woocommerce"),
        "pagination.page_size": (16, "site demo.toml"),
        "pagination.next": (NEXT_LINKS, "default"),
        "pagination.most_pages": (10_000, "default"),
        "pagination.sitemap_urls": (None, "default"),
        "pagination.product_urls": (None, "default"),
        "api.products": ("", "default"),
        **{
            f"api.{name}": (None, "default") for name in ("html", "total", "pages", "next", "product_url", "minor_unit")
        },
        **{f"{table}.{name}": ((), "default") for table in ("product", "api.product") for name in FIELDS},
        "listing.card": ("ul.products > li.product", "platform woocommerce"),
        "limits.concurrency": (3, mine),
        "limits.delay_seconds": (0.0, "site demo.toml"),
        "limits.timeout_seconds": (7.0, "-a"),
        "limits.throttle": ("fixed", "site demo.toml"),
        **{
            f"limits.{name}": (None, "default")
            for name in (
                "connect_timeout_seconds",
                "read_timeout_seconds",
                "random_extra_seconds",
                "pause_after_requests",
                "pause_seconds",
            )
        },
        **{f"retry.{name}": (None, "default") for name in ("times", "base_seconds", "cap_seconds", "also_statuses")},
        "hosts": ((), "default"),
        "menu": (None, "default"),
        "starts": ((), "default"),
        "headers.DNT": ("1", mine),
        "headers.Accept-Language": ("de", "-a"),
        "cookies": ({}, "default"),
        "blocks.selector": (None, "default"),
        "blocks.text": (None, "default"),
        "identity.browser": (None, "default"),
        "identity.keep_cookies": (False, "default"),
        "first_request.url": (None, "default"),
        "first_request.form": ({}, "default"),
        **{
            f"proxies.{name}": (None, "default")
            for name in ("list", "sticky", "each_concurrency", "each_delay_seconds")
        },
        "robots.reason": (None, "default"),
        "robots.obey": (True, "default"),
        "expectations.total": ("p.woocommerce-result-count", "platform woocommerce"),
        "expectations.total_pattern": (None, "default"),
    }


def test_a_site_of_ones_own_needs_two_lines(tmp_path: Path) -> None:
    loaded = load_profile("acme", sites_dir=write(tmp_path, "acme", SHORT))
    assert loaded.profile.name == "acme"
    assert loaded.origins["start"] == str(tmp_path / "acme.toml")
    assert page_url(loaded.profile, 2) == "https://shop.example/all/page/2/"


def test_pages_follow_a_start_that_is_overridden() -> None:
    demo = load_profile("demo", overrides={"start": "http://127.0.0.1:8000/ecommerce/"}).profile
    books = load_profile("books_toscrape", overrides={"start": "http://127.0.0.1:8000/"}).profile
    assert page_url(demo, 4) == "http://127.0.0.1:8000/ecommerce/page/4/"
    assert page_url(books, 4) == "http://127.0.0.1:8000/catalogue/page-4.html"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("limits.delay_seconds", "0.5", 0.5),
        ("limits.delay_seconds", "2", 2.0),
        ("limits.throttle", "auto", "auto"),
        ("limits.throttle", '"auto"', "auto"),
        ("pagination.last_page", "1_000", 1000),
        ("pagination.last_page", "", None),
        ("pagination.pager", "", None),
        ("pagination.pager", "ul.pager a[rel=next]", "ul.pager a[rel=next]"),
        ("platform", "woocommerce", "woocommerce"),
        ("title", "h1", "h1"),
        ("description", "2024-01-01", "2024-01-01"),
        ("headers.X-Id", "12", "12"),
        ("headers.X-Id", '"12"', "12"),
        ("headers.X.Dotted", "a=b", "a=b"),
        ("start", "http://127.0.0.1:8000/?a=b", "http://127.0.0.1:8000/?a=b"),
    ],
)
def test_overrides_are_toml_or_else_text(key: str, text: str, value: object) -> None:
    loaded = load_profile("demo", overrides={key: text})
    assert (loaded.value(key), loaded.origins[key]) == (value, "-a")


def test_robots_may_be_disobeyed_with_a_reason() -> None:
    overrides = {"robots.obey": "false", "robots.reason": "its owner asked us to"}
    robots = load_profile("scrapingcourse", overrides=overrides).profile.robots
    assert (robots.obey, robots.reason) == (False, "its owner asked us to")


@pytest.mark.parametrize("platform", ["", "''"])
def test_a_platform_can_be_taken_back(platform: str) -> None:
    assert problems("demo", overrides={"platform": platform}) == [
        "demo.toml: pagination.page_url is missing. The URL of page 2 and up, with {page} for its number; relative "
        'to start as a link on it would be, such as "page/{page}/" or "?page={page}".'
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dmo", 'unknown site "dmo"; did you mean demo? `scrapy site list` shows all'),
        ("Books-ToScrape", 'unknown site "Books-ToScrape"; did you mean books_toscrape? `scrapy site list` shows all'),
        ("acme", 'unknown site "acme"; did you mean acme2? `scrapy site list` shows all'),
        ("zzz", 'unknown site "zzz". `scrapy site list` shows all'),
        ("../acme2", 'unknown site "../acme2"; did you mean acme2? `scrapy site list` shows all'),
        ("", 'unknown site "". `scrapy site list` shows all'),
        ("platforms/woocommerce", 'unknown site "platforms/woocommerce". `scrapy site list` shows all'),
    ],
)
def test_unknown_sites(tmp_path: Path, name: str, message: str) -> None:
    assert problems(name, write(tmp_path, "acme2", SHORT)) == [message]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes(b'start = "caf\xe9"')
    write(tmp_path, "broken", "[limits]\nconcurrency = \n")
    assert problems("folder", tmp_path) == ["folder.toml: cannot be read: is a directory"]
    assert problems("latin", tmp_path) == ["latin.toml: is not UTF-8: byte 12; save the file as UTF-8"]
    assert problems("broken", tmp_path) == ["broken.toml: is no TOML: Invalid value (at line 2, column 15)"]


def test_a_directory_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / ("no" * 50 + "where")  # a path is of use only whole
    assert problems("demo", missing) == [f'ECOM_SITES_DIR = "{missing}", cannot be read: no such file or directory']


def test_an_editor_may_put_a_byte_order_mark_in_front(tmp_path: Path) -> None:
    assert load_profile("acme", sites_dir=write(tmp_path, "acme", "\ufeff" + SHORT)).profile.name == "acme"


def test_a_file_over_a_shipped_one_is_named_with_its_directory(tmp_path: Path) -> None:
    write(tmp_path, "demo", "[limits]\nconcurrency = 0\n")
    assert problems("demo", tmp_path) == [f"{tmp_path / 'demo.toml'}: limits.concurrency = 0, must be ≥ 1"]


def test_sites_are_listed_by_name(tmp_path: Path) -> None:
    write(write(tmp_path, "acme", SHORT), "demo", "")
    (tmp_path / "notes.txt").touch()
    shipped = [
        "books_toscrape",
        "demo",
        "oxylabs_sandbox",
        "scrapeme",
        "scrapingcourse",
        "web_scraping_dev",
        "webscraper_io",
    ]
    assert list_sites() == shipped
    assert list_sites(tmp_path) == ["acme", *shipped]


@pytest.mark.parametrize("name", list_sites())
def test_every_shipped_profile_loads_and_is_short(name: str) -> None:
    loaded = load_profile(name)
    assert loaded.profile.name == name
    assert loaded.profile.robots.obey
    assert len((Path(ecomscraper.__file__).parent / "sites" / f"{name}.toml").read_text().splitlines()) <= 20


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("demo.localhost", "demo"),
        ("BOOKS.toscrape.com", "books_toscrape"),
        ("127.0.0.1:8000", "acme"),
        ("127.0.0.1", None),
        ("toscrape.com", None),
    ],
)
def test_profile_of_host(tmp_path: Path, host: str, name: str | None) -> None:
    write(tmp_path, "acme", 'start = "http://127.0.0.1:8000/"')
    assert profile_of_host(host, sites_dir=tmp_path) == name


def test_profile_of_host_is_that_of_the_start_in_effect(tmp_path: Path) -> None:
    write(tmp_path, "demo", 'start = "http://127.0.0.1:8000/"')
    assert profile_of_host("demo.localhost", sites_dir=tmp_path) is None
    assert profile_of_host("127.0.0.1:8000", sites_dir=tmp_path) == "demo"


def test_a_site_of_several_listings_is_known_by_the_hosts_of_all(tmp_path: Path) -> None:
    write(tmp_path, "acme", 'starts = ["https://de.shop.example/", "https://fr.shop.example/"]')
    assert profile_of_host("fr.shop.example", sites_dir=tmp_path) == "acme"
    write(tmp_path, "demo", 'start = ""\nstarts = "http://127.0.0.1:8000/"')
    assert profile_of_host("demo.localhost", sites_dir=tmp_path) is None
    assert profile_of_host("127.0.0.1:8000", sites_dir=tmp_path) == "demo"


def test_starts_stand_instead_of_the_start_below(tmp_path: Path) -> None:
    write(tmp_path, "demo", 'start = ""\nstarts = "http://127.0.0.1:8000/one/"')
    profile = load_profile("demo", sites_dir=tmp_path).profile
    assert (profile.start, profile.starts, profile.menu) == ("", ("http://127.0.0.1:8000/one/",), None)
    back = load_profile("demo", sites_dir=tmp_path, overrides={"starts": "", "start": "http://127.0.0.1:8000/"}).profile
    assert back.all_starts == ("http://127.0.0.1:8000/",)


@pytest.mark.parametrize(
    ("hosts", "name"), [(["shop.example"], "shop.example"), (["a.example", "b.example"], "url_list")]
)
def test_a_list_of_urls_without_a_site(hosts: list[str], name: str) -> None:
    loaded = profile_without_site(hosts, overrides={"limits.concurrency": "7"})
    assert (loaded.profile.name, loaded.profile.start, loaded.profile.page_template) == (name, "", "")
    assert loaded.profile.pagination.strategy == "url_list"
    assert (loaded.profile.limits.concurrency, loaded.profile.limits.delay_seconds) == (7, 0.5)
    assert (loaded.origins["limits.concurrency"], loaded.origins["name"]) == ("-a", "default")


@pytest.mark.slow
def test_profiles_are_read_from_a_zipped_package(tmp_path: Path) -> None:
    package = Path(ecomscraper.__file__).parent
    archive = tmp_path / "ecomscraper.egg"
    with zipfile.ZipFile(archive, "w") as egg:
        for file in [*package.rglob("*.py"), *package.rglob("*.toml")]:
            egg.write(file, file.relative_to(package.parent))
    program = (
        "from ecomscraper.sites import loader; print(loader.__file__);"
        "print([loader.load_profile(name).profile.listing.card for name in loader.list_sites()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(archive)}, capture_output=True, text=True
    )
    where, cards = done.stdout.splitlines()
    assert where.startswith(str(archive))
    assert cards == str([load_profile(name).profile.listing.card for name in list_sites()])
