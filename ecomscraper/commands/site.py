"""`scrapy site list | show NAME`: the shops that have a profile, and what a profile says."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand

from ecomscraper.commands.table import print_table
from ecomscraper.exceptions import ArgumentError, ConfigurationError, ProfileError

if TYPE_CHECKING:
    from ecomscraper.sites.loader import LoadedProfile

_USAGE = "use `scrapy site list` or `scrapy site show NAME`"


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "list | show NAME [-a key=value ...]"

    def short_desc(self) -> str:
        return "List the shops that have a profile, or show one with the origin of each value"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a",
            dest="overrides",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="show: a value of the profile to override, such as limits.concurrency=2 (may be repeated)",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self._run(args, _overrides(opts.overrides))
        except ConfigurationError as error:
            print(error, file=sys.stderr)
            self.exitcode = error.exit_code

    def _run(self, args: Sequence[str], overrides: Mapping[str, str]) -> None:
        match args:
            case ["list"] if not overrides:
                self._list()
            case ["list", *_]:
                raise ArgumentError("`scrapy site list` takes no arguments")
            case ["show", name]:
                self._show(name, overrides)
            case ["show", *_]:
                raise ArgumentError("`scrapy site show` takes the name of one site; `scrapy site list` shows all")
            case [unknown, *_]:
                raise ArgumentError(f'unknown subcommand "{unknown}"; {_USAGE}')
            case _:
                raise ArgumentError(f"no subcommand; {_USAGE}")

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
                rows.append((name, profile.start, profile.platform or "-", profile.pagination.strategy))
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


def _values(loaded: LoadedProfile) -> Iterator[tuple[str, str, str]]:
    from ecomscraper.sites.problems import shown

    for key, origin in loaded.origins.items():
        value = loaded.value(key)
        yield key, "(not set)" if value is None else shown(value, key), origin
