"""`scrapy tune -a site=NAME`: finds the limits that serve a site best, and writes them into its profile when asked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from ecomscraper.commands.site_check import sites_folder
from ecomscraper.commands.site_save import check_arguments
from ecomscraper.exceptions import ArgumentError, EcomscraperError

if TYPE_CHECKING:
    from ecomscraper.pace.tuning import Advice, Step
    from ecomscraper.pace.tuning_crawl import Tuned
    from ecomscraper.sites.profile import SiteProfile

REQUESTS = 1000
_HEAD = ("at once", "answers/s", "median s", "95 % s", "refused", "failed")
_INCOMPLETE, _BLOCKED = 3, 4


class Command(ScrapyCommand):
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "-a site=NAME [--max-concurrency N] [--write]"

    def short_desc(self) -> str:
        return "Find the limits that serve a site best"

    def long_desc(self) -> str:
        return (
            "Ask a site for pages of its listing with more and more at once, until more bring nothing or are refused, "
            "and print what each number gave. robots.txt and the profile's limits are kept."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a",
            dest="arguments",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="site=NAME, start=URL, or a value of the profile to override (may be repeated)",
        )
        parser.add_argument(
            "--max-concurrency",
            type=_whole,
            metavar="N",
            help="look up to N at once, without the profile's delay; else its limits are the bounds",
        )
        parser.add_argument(
            "--requests", type=_whole, default=REQUESTS, metavar="N", help=f"at most, default {REQUESTS}"
        )
        parser.add_argument("--write", action="store_true", help="write the limits into the profile in ECOM_SITES_DIR")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError(f"unknown argument {args[0]}: name the site with -a site=NAME")
        try:
            self.exitcode = self._run(opts)
        except EcomscraperError as error:
            for line in str(error).splitlines():
                print(f"scrapy tune: {line}", file=sys.stderr)
            self.exitcode = error.exit_code

    def _run(self, opts: argparse.Namespace) -> int:
        from ecomscraper.commands.setting_values import check_settings
        from ecomscraper.pace.tuning_crawl import tune_site

        assert self.settings is not None
        check_settings(self.settings)
        arguments = _pairs(opts.arguments)
        check_arguments(arguments, ("site", "start"))
        target = _target(arguments, sites_folder(self.settings)) if opts.write else None
        if opts.max_concurrency:
            arguments |= {"limits.concurrency": str(opts.max_concurrency), "limits.delay_seconds": "0"}

        def tell_start(profile: SiteProfile) -> None:
            limits = profile.limits
            delay = f", {limits.delay_seconds:g} s apart" if limits.delay_seconds else ""
            print(f"{profile.name}: {profile.start}, up to {limits.concurrency} at once{delay}")
            _tell(_HEAD)

        tuned = tune_site(arguments, self.settings, opts.requests, tell_start, _tell_step)
        advice = tuned.advice
        if advice is None:
            return _tell_nothing(tuned)
        _tell_advice(advice, tuned, bounded=not opts.max_concurrency)
        if target is not None:
            _write(target, advice)
            print(f"written to {target}")
        return 0


def _tell(cells: tuple[str, ...]) -> None:
    print("  ".join(cell.rjust(len(name)) for cell, name in zip(cells, _HEAD, strict=True)), flush=True)


def _tell_step(step: Step) -> None:
    latencies = [f"{step.latency_seconds(share):.3f}" for share in (0.5, 0.95)] if step.latencies else ["-", "-"]
    rate = f"{step.per_second:.1f}" if step.per_second else "-"
    _tell((str(step.at_once), rate, *latencies, str(step.refused), str(step.failed)))


def _tell_advice(advice: Advice, tuned: Tuned, *, bounded: bool) -> None:
    assert tuned.tuning is not None
    print(f"\n{tuned.tuning.sent_in_all} requests; {tuned.tuning.why}")
    print(f"{advice.why}\n\n[limits]")
    for name, number in _numbers(advice).items():
        print(f"{name} = {number!r}")
    if bounded:
        print("\nthe profile's limits were the bounds; --max-concurrency 16 looks beyond them")


def _tell_nothing(tuned: Tuned) -> int:
    for line in tuned.problems:
        print(line, file=sys.stderr)
    if tuned.tuning is not None and tuned.tuning.was_refused:
        print("refused before anything could be measured", file=sys.stderr)
        return _BLOCKED
    print("too little was answered to tell anything", file=sys.stderr)
    return tuned.exit_code or _INCOMPLETE


def _numbers(advice: Advice) -> dict[str, float]:
    return {"concurrency": advice.concurrency, "delay_seconds": advice.delay_seconds}


def _target(arguments: Mapping[str, str], sites: Path | None) -> Path:
    """The user's profile. Raises ArgumentError where there is no place for one."""
    if "site" not in arguments:
        raise ArgumentError("--write: name the site with -a site=NAME")
    if sites is None:
        raise ArgumentError("--write: set ECOM_SITES_DIR to the folder of your profiles; shipped ones stay as they are")
    target = sites / f"{arguments['site']}.toml"
    _changed(target, {"concurrency": 1, "delay_seconds": 0.0})
    return target


def _write(target: Path, advice: Advice) -> None:
    """Raises EcomscraperError where the profile cannot be written."""
    from ecomscraper.exceptions import StorageError

    try:
        target.write_text(_changed(target, _numbers(advice)), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{target}: cannot be written: {error.strerror}") from error


def _changed(target: Path, numbers: Mapping[str, float]) -> str:
    """The profile's text with these limits. Raises EcomscraperError where that is beyond us."""
    from ecomscraper.exceptions import ProfileError
    from ecomscraper.sites.toml_edit import with_numbers

    try:
        return with_numbers(target.read_text(encoding="utf-8") if target.exists() else "", "limits", numbers)
    except OSError as error:
        raise ProfileError(f"{target}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ProfileError(f"{target.name}: {error}; leave out --write, and put the limits into it yourself") from error


def _pairs(arguments: list[str]) -> dict[str, str]:
    pairs = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not (key and equals):
            raise ArgumentError(f"-a {argument}: write -a key=value, such as -a site=NAME")
        pairs[key] = value
    return pairs


def _whole(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)
