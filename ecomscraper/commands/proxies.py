"""`scrapy proxies check [--site NAME]`: tries each proxy of the lists, and prints what came of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand

from ecomscraper.commands.table import print_table
from ecomscraper.exceptions import ArgumentError, EcomscraperError

USAGE = "use `scrapy proxies check [--site NAME]`"
_SOME_FAIL, _NONE_WORKS = 3, 4


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "check [--site NAME]"

    def short_desc(self) -> str:
        return "Try each proxy of ECOM_PROXIES, and print what came of it"

    def long_desc(self) -> str:
        return (
            "check: asks for ECOM_PROXIES_CHECK_URL by each proxy of each list; with --site for that shop's first "
            "page, as robots.txt allows it and within its limits, by the list that its profile names. Exit code 0 "
            "where all of them work, 3 where some do, 4 where none does."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--site", metavar="NAME", help="the shop that is to be reached")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self.exitcode = self._run(args, opts.site)
        except EcomscraperError as error:
            for line in str(error).splitlines():
                print(f"scrapy proxies: {line}", file=sys.stderr)
            self.exitcode = error.exit_code

    def _run(self, args: Sequence[str], site: str | None) -> int:
        from ecomscraper.commands.setting_values import check_settings
        from ecomscraper.proxies.check import check_proxies
        from ecomscraper.proxies.lists import NONE, list_names, proxy_list
        from ecomscraper.sites.loader import load_profile

        assert self.settings is not None
        settings = self.settings
        if list(args) != ["check"]:
            raise ArgumentError(f"{'unknown or too many arguments' if args else 'no subcommand'}; {USAGE}")
        check_settings(settings)
        sites_dir = Path(settings["ECOM_SITES_DIR"]) if settings["ECOM_SITES_DIR"] else None
        profile = load_profile(site, sites_dir=sites_dir).profile if site is not None else None
        named = (profile.proxies.list if profile else None) or settings["ECOM_PROXIES_LIST"] or NONE
        names = [named] if profile and named != NONE else list_names(settings["ECOM_PROXIES"])
        if not names:
            raise ArgumentError("ECOM_PROXIES has no list; data/proxies.example.txt shows how one is written")
        lists = [proxy_list(settings["ECOM_PROXIES"], name, "proxies.list") for name in names]
        if profile and named == NONE:
            print(f"{site} goes out directly; all lists are tried")
        results = check_proxies(lists, settings, profile)
        print_table(
            [
                ("LIST", "PROXY", "WORKS", "SECONDS", "WHAT CAME"),
                *(
                    (each.list, each.label, "yes" if each.works else "no", f"{each.seconds:.2f}", each.words)
                    for each in results
                ),
            ]
        )
        working = sum(each.works for each in results)
        print(f"{working} of {len(results)} work")
        return 0 if working == len(results) else _SOME_FAIL if working else _NONE_WORKS
