"""`scrapy site check [NAME]`: each profile against its saved pages, without any network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.utils.conf import closest_scrapy_cfg

from ecomscraper.commands.table import say
from ecomscraper.exceptions import ProfileError

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from ecomscraper.sites.profile import SiteProfile
    from ecomscraper.sites.saved_pages import SavedPage

_DIFFERS = 3


def check_sites(names: Sequence[str], settings: BaseSettings) -> int:
    """Prints a line for each saved page of the sites `names` (none: of all), and returns the exit code.

    0: all is as expected; 3: some page is not; 2: some profile is wrong. Raises ProfileError for an unknown name.
    """
    from ecomscraper.sites.loader import list_sites, load_profile
    from ecomscraper.sites.saved_pages import saved_pages

    folders, sites_dir = saved_page_folders(settings), sites_folder(settings)
    results: list[bool] = []
    bare: list[str] = []
    wrong: list[str] = []
    for site in names or list_sites(sites_dir):
        try:
            profile = load_profile(site, sites_dir=sites_dir).profile
        except ProfileError as error:
            if names:
                raise
            wrong += error.problems
            continue
        pages = saved_pages(site, folders)
        results += [_is_as_expected(page, profile) for page in pages]
        if not pages:
            bare.append(site)
    print(_summary(results, bare))
    if wrong:
        say("\n".join(wrong), file=sys.stderr)
        return ProfileError.exit_code
    return 0 if all(results) else _DIFFERS


def saved_page_folders(settings: BaseSettings) -> list[Path]:
    """Where saved pages are looked for; the first one is where they are written."""
    given, sites_dir, cfg = settings.get("ECOM_SAVED_PAGES_DIR"), sites_folder(settings), closest_scrapy_cfg()
    folders = [Path(given)] if given else []
    folders += [sites_dir / "saved_pages"] if sites_dir else []
    return folders + ([Path(cfg).parent / "tests" / "saved_pages"] if cfg else [])


def sites_folder(settings: BaseSettings) -> Path | None:
    """Where the user's own profiles are."""
    directory = settings.get("ECOM_SITES_DIR")
    return Path(directory) if directory else None


def _is_as_expected(page: SavedPage, profile: SiteProfile) -> bool:
    try:
        differences = page.check(profile)
    except ValueError as error:
        say(f"{page.name}: {error}")
        return False
    count = len(differences)
    print(f"{page.name}: {'ok' if not count else '1 difference' if count == 1 else f'{count} differences'}")
    for difference in differences:
        say(f"  {difference}")
    return not differences


def _summary(results: Sequence[bool], bare: Sequence[str]) -> str:
    count, good = len(results), sum(results)
    said = f"{count} saved page{'' if count == 1 else 's'}: {good} as expected, {count - good} not"
    return f"{said}; no saved pages: {', '.join(bare)}" if bare else said
