"""What a crawl is told to do: the arguments of `-a`, checked before anything is fetched."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pagination.endpoints import EndpointFile
from ecomscraper.pagination.following import Follower, KnownListing
from ecomscraper.pagination.listings import Listings, first_pages_of_listings
from ecomscraper.pagination.numbered import PageRange, parse_pages
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.pagination.strategy import first_pages, follower, follower_again
from ecomscraper.pagination.url_list import read_urls
from ecomscraper.sites.listing_tables import Strategy
from ecomscraper.sites.loader import LoadedProfile, load_profile, profile_of_host, profile_without_site
from ecomscraper.sites.profile import SiteProfile

DEFAULT_SITE = "demo"
NO_DETAILS, ALL_DETAILS, CHANGED_DETAILS = "false", "true", "changed"
OWN_ARGUMENTS = ("site", "url", "urls", "pages", "resume", "retry", "crawl")
# Keys of the profile's top level; the others are dotted: limits.concurrency
PROFILE_ARGUMENTS = ("start", "starts", "menu", "platform", "title", "currency", "hosts")


@dataclass(frozen=True)
class CrawlPlan:
    """A checked set of arguments: the site's profile and the pages that are wanted."""

    arguments: Mapping[str, str]
    loaded: LoadedProfile
    pages: PageRange | None  # of a numbered listing; None: all of them
    urls: Path | None
    url: str | None
    hosts: frozenset[str]
    details: str = NO_DETAILS  # which products' own pages are read
    endpoints: EndpointFile | None = None  # of `urls`, where it may say more than URLs
    error: str | None = None  # JSON pointer to the error that an answer may declare

    @property
    def profile(self) -> SiteProfile:
        return self.loaded.profile

    @property
    def is_listing(self) -> bool:
        """Pages are found as the listing is read; not so for a list of URLs."""
        return self.urls is None and self.url is None

    @property
    def whole_listing(self) -> bool:
        """All of the shop's pages are wanted, so its own total can be held against the result."""
        return self.is_listing and self.pages is None

    def seeds(self) -> Iterator[PageRef]:
        """The pages that are known before anything is fetched."""
        if self.endpoints is not None:
            yield from self.endpoints.refs()
        elif self.urls is not None:
            with self.urls.open(encoding="utf-8") as lines:
                yield from read_urls(lines, str(self.urls))
        elif self.url is not None:
            yield from read_urls([self.url], "-a url")
        elif self.profile.has_listings:
            yield from first_pages_of_listings(self.profile)
        else:
            yield from first_pages(self.profile, self.pages)

    def follower(self, known: Mapping[int | None, KnownListing] | None = None) -> Follower | None:
        """What brings the other pages to light; `known`: what a resumed crawl's ledger has of each listing."""
        if not self.is_listing:
            return None
        if self.profile.has_listings:
            return Listings(self.profile, known)
        if known is None:
            return follower(self.profile, self.pages)
        return follower_again(self.profile, self.pages, known[None].pages)


def plan_crawl(
    arguments: Mapping[str, str],
    sites_dir: Path | None,
    *,
    hosts: frozenset[str] | None = None,
    own_arguments: Collection[str] = (),
    strategies: Collection[str] = get_args(Strategy),
    takes_endpoints: bool = False,
) -> CrawlPlan:
    """Raises ArgumentError or ProfileError with all that is wrong, in words for the person who typed it.

    `own_arguments`: those of the spider, beside those of every crawl. `strategies`: those that it can follow.
    `takes_endpoints`: it reads no listing, and its list may say method, headers and body.
    `hosts`: known from an earlier start of the same crawl, whose list of URLs need not be there any more.
    """
    wanted = {name: value for name, value in arguments.items() if not name.startswith("_")}  # Scrapyd adds _job
    _check_names(wanted, own_arguments)
    urls = Path(wanted["urls"]) if "urls" in wanted else None
    url = wanted.get("url")
    if urls is not None and (hosts is None or takes_endpoints):
        _check_file(urls)
    if takes_endpoints and urls is None and url is None:
        raise ArgumentError("give the endpoints with -a urls=FILE, one a line, or -a url=…")
    endpoints = EndpointFile(urls) if urls is not None and takes_endpoints else None
    pages = parse_pages(wanted["pages"]) if "pages" in wanted else None
    if pages is not None and (urls or url):
        raise ArgumentError("-a pages=… selects pages of a listing; it does not go with -a url or -a urls")
    overrides = {name: value for name, value in wanted.items() if "." in name or name in PROFILE_ARGUMENTS}
    if hosts is None and (urls or url):
        hosts = _hosts(urls, url) if endpoints is None else endpoints.hosts
    loaded = _load(wanted.get("site"), hosts if urls or url else None, overrides, sites_dir)
    _check_pages(pages, loaded.profile)
    strategy = loaded.profile.pagination.strategy
    if not (urls or url) and strategy not in strategies:
        raise ArgumentError(
            f'site {loaded.profile.name} has pagination.strategy = "{strategy}", which leads to no pages with a title: '
            "read it with `scrapy crawl products`"
        )
    return CrawlPlan(
        arguments=wanted,
        loaded=loaded,
        pages=pages,
        urls=urls,
        url=url,
        hosts=hosts if hosts is not None else frozenset(map(host_of, loaded.profile.all_starts)),
        details=_details(wanted.get("details", NO_DETAILS)),
        endpoints=endpoints,
        error=_pointer(wanted["error"]) if "error" in wanted else None,
    )


def host_of(url: str) -> str:
    """`shop.example` or `127.0.0.1:8000`: what a shop's limits and locks belong to."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def _check_pages(pages: PageRange | None, profile: SiteProfile) -> None:
    if pages is not None and profile.has_listings:
        key = "menu" if profile.menu else "starts"
        raise ArgumentError(
            f"-a pages={pages}: site {profile.name} has several listings, each with pages of its own; "
            f"name one of them, with -a start=URL -a {key}="
        )


def _check_names(arguments: Mapping[str, str], own_arguments: Collection[str]) -> None:
    allowed = (*OWN_ARGUMENTS, *own_arguments, *PROFILE_ARGUMENTS)
    for name in arguments:
        if name in allowed or "." in name:
            continue
        near = difflib.get_close_matches(name, allowed, 1)
        hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(allowed)}"
        raise ArgumentError(
            f"-a {name}={arguments[name]}: unknown argument; {hint} "
            "(a key of the profile is dotted: limits.concurrency=4)"
        )
    if not arguments.get("url", "given").strip():
        raise ArgumentError("-a url=: is empty; write a URL such as https://shop.example/")
    if "url" in arguments and "urls" in arguments:
        raise ArgumentError("-a url=… is one URL, -a urls=FILE a list of them: give one of the two")
    if "retry" in arguments and "resume" not in arguments:
        raise ArgumentError("-a retry=all opens the failed pages of an earlier crawl; add -a resume=last or ID")
    if arguments.get("retry", "all") != "all":
        raise ArgumentError(
            f"-a retry={arguments['retry']}: write all; pages whose failure may pass are tried in any case"
        )


def _details(text: str) -> str:
    if text not in (NO_DETAILS, ALL_DETAILS, CHANGED_DETAILS):
        raise ArgumentError(
            f"-a details={text}: write true for each product's own page, changed for those whose card changed, or false"
        )
    return text


def _pointer(text: str) -> str:
    if not text.startswith("/"):  # "" would point to the whole answer, and each would be an error
        raise ArgumentError(f"-a error={text}: is no JSON pointer to a part of an answer; write it as in /error")
    return text


def _check_file(path: Path) -> None:
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise ArgumentError(f"-a urls={path}: {what}; give a text file with one URL a line")


def _hosts(urls: Path | None, url: str | None) -> frozenset[str]:
    """The hosts of a list of URLs; reads it all once, so that a bad line is told before the first request."""
    if urls is None:
        return frozenset(host_of(ref.url) for ref in read_urls([url or ""], "-a url"))
    try:
        with urls.open(encoding="utf-8") as lines:
            return frozenset(host_of(ref.url) for ref in read_urls(lines, str(urls)))
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"-a urls={urls}: cannot be read as UTF-8 text: {error}") from error


def _load(
    site: str | None, hosts: frozenset[str] | None, overrides: Mapping[str, str], sites_dir: Path | None
) -> LoadedProfile:
    if site is not None:
        return load_profile(site, sites_dir=sites_dir, overrides=overrides)
    if hosts is None:
        return load_profile(DEFAULT_SITE, sites_dir=sites_dir, overrides=overrides)
    if len(hosts) == 1:  # a list on one shop that we know is read within that shop's limits
        known = profile_of_host(next(iter(hosts)), sites_dir=sites_dir)
        if known is not None:
            return load_profile(known, sites_dir=sites_dir, overrides=overrides)
    return profile_without_site(sorted(hosts), overrides=overrides)
