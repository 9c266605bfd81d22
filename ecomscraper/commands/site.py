"""`scrapy site list | show NAME | check [NAME] | save URL | new URL`: the shops that have a profile, and a new one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand

from ecomscraper.commands.site_check import check_sites
from ecomscraper.commands.site_new import new_site
from ecomscraper.commands.site_save import save_page
from ecomscraper.commands.table import print_table, say
from ecomscraper.exceptions import ArgumentError, EcomscraperError, ProfileError

if TYPE_CHECKING:
    from ecomscraper.sites.loader import LoadedProfile
    from ecomscraper.sites.profile import SiteProfile

_USAGE = "use `scrapy site list`, `show NAME`, `check [NAME]`, `save URL` or `new URL`"
_TAKES = {"overrides": ("show", "save", "new"), "case": ("save",), "output": ("new",), "force": ("save", "new")}
_OPTION = {"overrides": "-a", "case": "--case", "output": "-o", "force": "--force"}


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "list | show NAME [-a key=value ...] | check [NAME] | save URL [-a site=NAME] | new URL [-o FILE]"

    def short_desc(self) -> str:
        return "List, show and check the profiles of shops, save a page as a test, or draft a new profile"

    def long_desc(self) -> str:
        return (
            "list: the shops that have a profile. show: one profile with the origin of each value. check: each profile "
            "against its saved pages, offline. save: keep a page as such a test. new: draft the profile of a shop."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a",
            dest="overrides",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="a value of the profile to override, such as limits.concurrency=2; save: also site=NAME; "
            "new: also platform=NAME, or platform= for none (may be repeated)",
        )
        parser.add_argument("--case", metavar="NAME", help="save: the test's name; by default one made of the URL")
        parser.add_argument(
            "-o",
            "--output",
            metavar="FILE",
            help="new: write the profile to this file, which is in ECOM_SITES_DIR if it is a mere name",
        )
        parser.add_argument("--force", action="store_true", help="save, new: overwrite what is there")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self._check_options(args[:1], opts)
            self.exitcode = self._run(args, opts, _overrides(opts.overrides))
        except EcomscraperError as error:
            say(str(error), file=sys.stderr)
            self.exitcode = error.exit_code

    def _check_options(self, subcommand: Sequence[str], opts: argparse.Namespace) -> None:
        for name, takers in _TAKES.items():
            if getattr(opts, name) and subcommand and subcommand[0] not in takers:
                raise ArgumentError(f"{_OPTION[name]} goes with `scrapy site {' | '.join(takers)}` only")

    def _run(self, args: Sequence[str], opts: argparse.Namespace, overrides: Mapping[str, str]) -> int:
        assert self.settings is not None
        match args:
            case ["list"]:
                self._list()
            case ["list", *_]:
                raise ArgumentError("`scrapy site list` takes no arguments")
            case ["show", name]:
                self._show(name, overrides)
            case ["show", *_]:
                raise ArgumentError("`scrapy site show` takes the name of one site; `scrapy site list` shows all")
            case ["check", *names] if len(names) <= 1:
                return check_sites(names, self.settings)
            case ["check", *_]:
                raise ArgumentError("`scrapy site check` takes the name of one site, or none for all of them")
            case ["save", url]:
                return save_page(url, overrides, self.settings, case=opts.case, force=opts.force)
            case ["new", url]:
                return new_site(url, overrides, self.settings, output=opts.output, force=opts.force)
            case ["save" | "new" as subcommand, *_]:
                raise ArgumentError(f"`scrapy site {subcommand}` takes one URL, such as https://shop.example/all/")
            case [unknown, *_]:
                raise ArgumentError(f'unknown subcommand "{unknown}"; {_USAGE}')
            case _:
                raise ArgumentError(f"no subcommand; {_USAGE}")
        return 0

    def _list(self) -> None:
        """Prints every profile that is right before it raises ProfileError about those that are not."""
        from ecomscraper.sites.loader import list_sites, load_profile

        rows = [("NAME", "START", "PLATFORM", "PAGINATION")]
        problems: list[str] = []
        for name in list_sites(self._sites_dir):
            try:
                profile = load_profile(name, sites_dir=self._sites_dir).profile
            except ProfileError as error:
                problems += error.problems
            else:
                rows.append((name, _start(profile), profile.platform or "-", profile.pagination.strategy))
        print_table(rows)
        if problems:
            raise ProfileError(*problems)

    def _show(self, name: str, overrides: Mapping[str, str]) -> None:
        from ecomscraper.sites.loader import load_profile

        loaded = load_profile(name, sites_dir=self._sites_dir, overrides=overrides)
        print_table([("KEY", "VALUE", "FROM"), *_values(loaded)])

    @property
    def _sites_dir(self) -> Path | None:
        assert self.settings is not None
        directory = self.settings.get("ECOM_SITES_DIR")
        return Path(directory) if directory else None


def _overrides(arguments: Iterable[str]) -> dict[str, str]:
    overrides = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not (key and equals):
            raise ArgumentError(f"-a {argument}: write -a key=value, such as -a limits.concurrency=2")
        overrides[key] = value
    return overrides


def _start(profile: SiteProfile) -> str:
    first, *others = profile.all_starts or ("-",)
    return f"{first} and {len(others)} more" if others else first


def _values(loaded: LoadedProfile) -> Iterator[tuple[str, str, str]]:
    from ecomscraper.sites.problems import shown

    for key, origin in loaded.origins.items():
        value = loaded.value(key)
        if isinstance(value, tuple):  # whole, however long
            yield key, f"[{', '.join(shown(one, key) for one in value)}]", origin
        else:
            yield key, "(not set)" if value is None else shown(value, key), origin
