"""Settings that cannot work, told all at once before anything is fetched.

Scrapy reads each one somewhere on its way, and ends in a traceback there, or goes on without what it names.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

# A setting of ours ends with its unit, which says what numbers it takes.
_WHOLE = re.compile(r"ECOM_\w+_(PAGES|PRODUCTS|REQUESTS|FAILURES|LEAST|BYTES|VERSION)")
_ANY = re.compile(r"ECOM_\w+_(SECONDS|SHARE)")
_YES_OR_NO = re.compile(r"\w+_ENABLED|ECOM_ARCHIVE|ECOM_DEMO_SMALL")

_ANY_OF_SCRAPY = ("DOWNLOAD_DELAY", "DOWNLOAD_TIMEOUT", "DNS_TIMEOUT")  # its defaults are whole, its values need not be
_LEAST = {
    "CONCURRENT_ITEMS": 1,
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_MAXSIZE": 0,
    "DOWNLOAD_TIMEOUT": 0.001,
    "RETRY_TIMES": 0,
    "ECOM_DEMO_PRODUCTS": 1,
    "ECOM_DEMO_VERSION": 1,
    "ECOM_LEDGER_BATCH_PAGES": 1,
    "ECOM_LEDGER_BUFFER_PAGES": 1,
    "ECOM_PACE_BREAKER_FAILURES": 1,
    "ECOM_PROXIES_EACH_REQUESTS": 1,
    "ECOM_PROXIES_REST_SECONDS": 0.1,
    "ECOM_REACH_URL_BYTES": 1,
    "ECOM_TIMEOUT_CONNECT_SECONDS": 0.001,
    "ECOM_TIMEOUT_READ_SECONDS": 0.001,
}
_OF_THE_DEMO = "ECOM_DEMO_{}"
_CHOICES = {
    "ECOM_ENGINE": ("fast", "scrapy"),
    "ECOM_ENGINE_CLIENT": ("curl", "twisted"),
    "ECOM_LOG_FORMAT": ("text", "json"),
    "ECOM_PROGRESS": ("auto", "off"),
    "ECOM_PROXIES_STICKY": ("no", "page", "crawl"),
}
ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


def check_settings(settings: BaseSettings) -> None:
    """Raises ConfigurationError with a line for each setting to mend."""
    wrong_values = list(_wrong_values(settings))
    is_told = any(line.startswith(_OF_THE_DEMO.format("")) for line in wrong_values)
    wrong_demo = [] if is_told else _wrong_demo(settings)
    wrong_words = [*_wrong_choices(settings), *_wrong_throttle(settings), *_unknown(settings), *_wrong_log(settings)]
    _refuse([*wrong_values, *wrong_demo, *wrong_words, *_wrong_loop(settings)])


def check_components(settings: BaseSettings) -> None:
    """Raises ConfigurationError for each component that cannot be loaded or made. They need the reactor to be there.

    Warns of ours that a typed setting leaves out.
    """
    from ecomscraper.commands.components import missing_components, warn_of_replaced

    _refuse([*missing_components(settings), *_wrong_pace(settings), *_wrong_proxies(settings)])
    warn_of_replaced(settings)


def check_feed_options(crawler: Crawler) -> None:
    """Raises ArgumentError for a format or a storage that is not there: Scrapy would crawl, and write nothing."""
    from ecomscraper.exceptions import ArgumentError

    formats = _in_use(crawler, "FEED_EXPORTERS")
    for uri, options in crawler.settings.getdict("FEEDS").items():
        if not isinstance(options, Mapping):
            raise ArgumentError(f'FEEDS: {uri} has {options!r}; give a table such as {{"format": "json"}}')
        name = options.get("format", Path(str(uri)).suffix.removeprefix("."))
        if name not in formats:
            raise ArgumentError(f"FEEDS: {uri} has the format {name!r}; there are {', '.join(formats)}")
        _check_storage(str(uri), options, crawler)


def _check_storage(uri: str, options: Mapping[str, Any], crawler: Crawler) -> None:
    from scrapy.exceptions import NotConfigured
    from scrapy.utils.misc import build_from_crawler, load_object

    from ecomscraper.exceptions import ArgumentError

    storages = _in_use(crawler, "FEED_STORAGES")
    scheme = urlsplit(uri).scheme
    if scheme not in storages:
        raise ArgumentError(f"{uri}: nothing writes to {scheme}; there are {', '.join(filter(None, storages))}")
    try:
        build_from_crawler(load_object(storages[scheme]), crawler, uri, feed_options=dict(options))
    except (NotConfigured, ImportError) as error:
        raise ArgumentError(f"{uri}: nothing writes to {scheme}: {error}") from error


def _in_use(crawler: Crawler, setting: str) -> dict[str, Any]:
    return {name: path for name, path in crawler.settings.getwithbase(setting).items() if path is not None}


def _refuse(problems: Iterable[str]) -> None:
    from ecomscraper.exceptions import ConfigurationError

    if text := "\n".join(problems):
        raise ConfigurationError(text)


def _wrong_values(settings: BaseSettings) -> Iterator[str]:
    from scrapy.settings import default_settings

    for name in sorted(settings):
        default = getattr(default_settings, name, None)
        if settings[name] is None:
            continue
        if isinstance(default, bool) or _YES_OR_NO.fullmatch(name):
            problem = _problem(settings.getbool, name, "True or False")
        elif isinstance(default, float) or name in _ANY_OF_SCRAPY or _ANY.fullmatch(name):
            problem = _problem(settings.getfloat, name, "a number")
        elif isinstance(default, int) or _WHOLE.fullmatch(name):
            problem = _problem(settings.getint, name, "a whole number")
        else:
            continue
        if problem:
            yield f"{name} = {settings[name]!r}, must be {problem}"


def _wrong_throttle(settings: BaseSettings) -> Iterator[str]:
    from ecomscraper.exceptions import ConfigurationError
    from ecomscraper.pace.throttle_settings import chosen_throttle

    if settings["ECOM_THROTTLE"] is None or _problem(settings.getbool, "AUTOTHROTTLE_ENABLED", "") is not None:
        return  # not our settings, or told already
    try:
        chosen_throttle(settings)
    except ConfigurationError as error:
        yield str(error)


def _wrong_choices(settings: BaseSettings) -> Iterator[str]:
    for name, choices in _CHOICES.items():
        if settings[name] is not None and settings[name] not in choices:
            yield f"{name} = {settings[name]!r}, must be one of {', '.join(choices)}"


def _wrong_loop(settings: BaseSettings) -> Iterator[str]:
    from scrapy.utils.misc import load_object

    if settings["TWISTED_REACTOR"] != ASYNCIO_REACTOR:
        yield f"TWISTED_REACTOR = {settings['TWISTED_REACTOR']!r}, must be {ASYNCIO_REACTOR}"
    if path := settings["ASYNCIO_EVENT_LOOP"]:
        try:
            load_object(path)
        except (ImportError, NameError, TypeError, ValueError) as error:
            yield f"ASYNCIO_EVENT_LOOP: {path} cannot be loaded: {error}"


def _problem(value: Callable[[str], float], name: str, wanted: str) -> str | None:
    """What the setting must be, where it is not."""
    least = _LEAST.get(name, 0 if name.startswith("ECOM_") else None)
    try:
        found = value(name)
    except (TypeError, ValueError):
        return wanted
    return None if least is None or found >= least else f"≥ {least}"


def _unknown(settings: BaseSettings) -> Iterator[str]:
    """Settings of ours that were typed wrong: Scrapy would take them, and nobody would read them."""
    from scrapy.settings import SETTINGS_PRIORITIES

    from ecomscraper import settings as ours

    known = [name for name in vars(ours) if name.startswith("ECOM_")]
    for name in settings:
        typed = settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]
        if typed and name.startswith("ECOM_") and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "ecomscraper/settings.py lists them all"
            yield f"{name}: unknown setting; {hint}"
    for name in sorted(set(ours.in_environment).difference(known)):
        # Others' variables may begin like ours: only what nearly is one of ours was typed wrong.
        for meant in difflib.get_close_matches(name, known, 1, cutoff=0.9):
            yield f"{name}, in the environment: unknown setting; did you mean {meant}?"


def _wrong_pace(settings: BaseSettings) -> Iterator[str]:
    """What only shows when settings are held against each other; the downloader would find it at the first request."""
    import random
    import time

    from ecomscraper.pace.pace_settings import distances, pace_limits
    from ecomscraper.pace.site_pace import SitePace

    try:
        SitePace(pace_limits(settings), distances(settings), clock=time.monotonic, wall=time.time, rng=random.Random())
    except ValueError as error:
        yield f"ECOM_PACE_…: {error}"


def _wrong_proxies(settings: BaseSettings) -> Iterator[str]:
    from ecomscraper.exceptions import ConfigurationError
    from ecomscraper.proxies.middleware import wanted_list

    try:
        wanted_list(settings)
    except ConfigurationError as error:
        yield str(error)


def _wrong_demo(settings: BaseSettings) -> Iterator[str]:
    """What the embedded shop itself cannot be; it would be a traceback."""
    from ecomscraper.demo.middleware import shop_options

    if settings["ECOM_DEMO_THEME"] is None:  # not our settings: then there is no such shop either
        return
    try:
        shop_options(settings)
    except ValueError as error:
        option, _, problem = str(error).partition(" ")
        yield f"{_OF_THE_DEMO.format(option.upper())} {problem}"


def _wrong_log(settings: BaseSettings) -> Iterator[str]:
    level: Any = settings["LOG_LEVEL"]
    levels = logging.getLevelNamesMapping()
    if isinstance(level, str) and level not in levels:
        yield f"LOG_LEVEL = {level!r}, must be CRITICAL, ERROR, WARNING, INFO or DEBUG"
    if settings["LOG_FILE"]:
        try:
            with Path(settings["LOG_FILE"]).open("a"):
                pass
        except OSError as error:
            yield f"LOG_FILE = {settings['LOG_FILE']!r}, cannot be written: {error.strerror}"
