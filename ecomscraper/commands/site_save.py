"""`scrapy site save URL`: a page becomes a test of its site's profile."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ecomscraper.commands.site_check import saved_page_folders, sites_folder
from ecomscraper.commands.table import say
from ecomscraper.exceptions import ArgumentError

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from ecomscraper.sites.preview import Preview


def save_page(url: str, arguments: Mapping[str, str], settings: Settings, *, case: str | None, force: bool) -> int:
    """Fetches the page, writes page.html and a draft of expected.json, and returns an exit code of `scrapy crawl`.

    Raises EcomscraperError before anything is fetched where it could not be kept.
    """
    from ecomscraper.commands.setting_values import check_settings
    from ecomscraper.sites.checking import drafted_expectation, read_values
    from ecomscraper.sites.preview import fetch_preview
    from ecomscraper.sites.saved_pages import PAGE, SavedPage, case_of, check_case, check_free, write_page

    check_settings(settings)
    check_url(url)
    check_arguments(arguments, ("site",))
    site = arguments.get("site") or _site_of(url, settings)
    folders = saved_page_folders(settings)
    if not folders:
        raise ArgumentError("no folder for saved pages: run this beside scrapy.cfg, or set ECOM_SAVED_PAGES_DIR")
    name = case or case_of(url)
    check_case(name)
    page = SavedPage(folders[0] / site / name)
    check_free(page, force=force)
    preview = fetch_preview(url, {**arguments, "site": site}, settings)
    if tell_problems(preview) or not preview.pages:
        return preview.exit_code
    fetched = preview.pages[0]
    expected = drafted_expectation(read_values(fetched.document, preview.profile))
    write_page(page, fetched.body, fetched.content_type, expected)
    say(f"saved {page.name}, which gives {_gist(expected)}")
    print(f"look over {page.folder / 'expected.json'}: it says what is read from {PAGE} now, right or wrong")
    return preview.exit_code


def check_url(url: str) -> None:
    """Raises ArgumentError for what cannot be the address of a page."""
    from ecomscraper.pagination.page_ref import quoted, url_problem

    if problem := url_problem(url):
        raise ArgumentError(f"{quoted(url)} {problem}")


def check_arguments(arguments: Mapping[str, str], own: tuple[str, ...] = ()) -> None:
    """Raises ArgumentError for a `-a` that is neither in `own` nor a dotted key of the profile."""
    for name, value in arguments.items():
        if name not in own and "." not in name:
            raise ArgumentError(f"-a {name}={value}: write {''.join(f'{one}=…, or ' for one in own)}a dotted key "
                                "of the profile such as limits.delay_seconds=2")  # fmt: skip


def tell_problems(preview: Preview) -> bool:
    """Prints why pages are missing; whether there was anything to tell."""
    from ecomscraper.verdict.verdict import NOTHING_ALLOWED

    for line in preview.problems:
        say(line, file=sys.stderr)
    if preview.exit_code == NOTHING_ALLOWED:
        print('if you may read it all the same, add: -a robots.obey=false -a robots.reason="why"', file=sys.stderr)
    return bool(preview.problems)


def _site_of(url: str, settings: Settings) -> str:
    from ecomscraper.sites.loader import profile_of_host
    from ecomscraper.spiders.plan import host_of

    site = profile_of_host(host_of(url), sites_dir=sites_folder(settings))
    if site is None:
        raise ArgumentError(f"no site starts on {host_of(url)}: name one with -a site=NAME")
    return site


def _gist(expected: Mapping[str, object]) -> str:
    products, menu = expected.get("products"), expected.get("menu")
    if isinstance(menu, list):
        return f"{len(menu)} listings"
    if isinstance(products, list):
        total = expected["declared_total"]
        return f"{len(products)} products of {'an unknown total' if total is None else total}"
    return "one product" if expected.get("product") else "no product"
