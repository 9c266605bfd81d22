"""Gives each request of a crawl its proxy, and learns from what came back.

A layer over `rotating_proxies`, whose middleware would hand on passwords to the log, multiply a site's limits by the
number of proxies, bury a proxy for a 404, and go on without any where the list is empty. The proxy is chosen by the
downloader at the moment a request is sent, so that no choice is out of date.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Self

from rotating_proxies.middlewares import RotatingProxyMiddleware
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.settings import BaseSettings

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.pace.shares import Share
from ecomscraper.proxies.address import labels
from ecomscraper.proxies.exits import Exit, Sessions
from ecomscraper.proxies.lists import NONE, ProxyList, proxy_list
from ecomscraper.proxies.outcomes import ProxyFailed, ShopUnreached
from ecomscraper.proxies.rotation import STRIKES, STRIKES_OF_A_GATEWAY, Rotation, RotationLimits
from ecomscraper.verdict.failures import reason_of

logger = logging.getLogger(__name__)

EXIT = "ecom_exit"  # request meta: the Exit it goes by
CONNECT_TO = "ecom_connect_to"  # request meta: host:port where the shop is found, whatever its name
list_changed = object()
"""Signal: there are other proxies now; whoever waits for one may look again."""
_MAY_BE_THE_SHOPS = ("timeout", "connection_refused", "connection_lost", "bad_response", "truncated", "tls")
_MAY_BE_THE_PROXYS = (502, 504)
_WATCH_SECONDS = 2
_TELL_SECONDS = 30.0


class ProxyMiddleware(RotatingProxyMiddleware):  # type: ignore[misc]  # the package has no types
    """At 745, after the demo shop's. Settings: `ECOM_PROXIES…`.

    Stats: `ecom/proxies/requests/<label>`, `ecom/proxies/failed`, `ecom/proxies/blocked`, `ecom/proxies/rests`.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        wanted = wanted_list(settings)
        if wanted is None:
            raise NotConfigured  # without words: Scrapy would warn of them, and most crawls go out directly
        self.list = wanted
        self.labelled = labels(wanted.proxies)
        self.reanimate_interval = _WATCH_SECONDS
        self.logstats_interval = _TELL_SECONDS
        self._crawler = crawler
        self._limits = rotation_limits(settings)
        self._rng = random.Random()
        self._sessions = Sessions(settings["ECOM_PROXIES_STICKY"], self._rng)
        self._sites: dict[str, Rotation] = {}
        self._share: Share | None = None
        self._told = ""
        logger.info("Everything goes out by %d proxies of the list %s", len(self.labelled), wanted.name)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.engine_started, signals.engine_started)
        crawler.signals.connect(middleware.engine_stopped, signals.engine_stopped)
        return middleware

    def process_request(self, request: Request) -> None:
        """Leave the proxy to the downloader; what a copy brings of its last try, or the environment names, is none."""
        without_proxy(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """A proxy that did not reach the shop may say so as a gateway: that is no rest, but a smaller share."""
        used = request.meta.get(EXIT)
        if isinstance(used, Exit) and response.status in _MAY_BE_THE_PROXYS:
            self._rotation(used.site).unserved(used.label)
        elif _position(request) is None and response.status < HTTPStatus.BAD_REQUEST:
            self.served(request)  # no page, and nobody else looks whether it is what it should be
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Hold it against the proxy, where it is its failure or may be."""
        used = request.meta.get(EXIT)
        if not isinstance(used, Exit):
            return
        rotation = self._rotation(used.site)
        if isinstance(exception, ProxyFailed):
            rests = rotation.failed(used.label)
        elif isinstance(exception, ShopUnreached) or reason_of(exception) in _MAY_BE_THE_SHOPS:
            rests = rotation.struck(used.label)
        else:
            return
        self._sessions.remember(used, _position(request), time.monotonic())
        self._count_failure(used, "failed", str(exception) or type(exception).__name__, rests=rests)

    def take(self, request: Request, site: str, is_open: Callable[[str], bool]) -> bool:
        """Give the request an exit that `is_open`, for it goes out now; False where it has to wait."""
        last = request.meta.get(EXIT)
        wanted = self._sessions.wanted(site, last if isinstance(last, Exit) else None)
        failed = self._sessions.failed_with(site, _position(request))
        if wanted is not None and wanted.label in failed and self._sessions.sticky != "crawl":
            wanted = None
        label = self._rotation(site).take(failed, wanted.label if wanted else None, is_open)
        if label is None:
            return False
        request.meta[EXIT] = self._sessions.exit(label, site, self.labelled, wanted)
        request.meta["proxy"] = label
        self._crawler.stats.inc_value(f"ecom/proxies/requests/{label}")
        return True

    def wait_seconds(self, site: str) -> float:
        """Seconds until a request to the site may have an exit; 0: when one ends; `inf`: there is none left."""
        return self._rotation(site).wait_seconds()

    def ended(self, request: Request, seconds: float | None) -> None:
        """The request is under way no more; `seconds` until its answer, None where there was none."""
        used = request.meta.get(EXIT)
        if isinstance(used, Exit):
            self._rotation(used.site).ended(used.label, seconds)

    def served(self, request: Request) -> None:
        """The answer was a page of the shop."""
        used = request.meta.get(EXIT)
        if isinstance(used, Exit):
            self._rotation(used.site).served(used.label)
            self._sessions.forget(used.site, _position(request))

    def blocked(self, request: Request, words: str, *, is_sure: bool) -> None:
        """The shop refused to serve by this exit. Without an evidence but its status a single page means nothing."""
        used = request.meta.get(EXIT)
        if not isinstance(used, Exit):
            return
        rotation = self._rotation(used.site)
        self._sessions.drop(used)
        self._sessions.remember(used, _position(request), time.monotonic())
        if used.session:
            rests = rotation.struck(used.label, STRIKES_OF_A_GATEWAY)
        else:
            rests = rotation.failed(used.label) if is_sure else rotation.struck(used.label, STRIKES)
        self._count_failure(used, "blocked", words, rests=rests)

    def given_up(self, request: Request) -> None:
        """The page is refused by every exit; where others were served meanwhile it is the page's own fault."""
        used = request.meta.get(EXIT)
        if not isinstance(used, Exit):
            return
        rotation = self._rotation(used.site)
        failed = self._sessions.forget(used.site, _position(request))
        if failed and rotation.served_at > min(failed.values()):
            for label in failed:
                rotation.acquit(label)

    @property
    def most_in_flight(self) -> int:
        """To one site by one proxy."""
        return max((rotation.most_in_flight for rotation in self._sites.values()), default=0)

    def take_share(self, share: Share) -> None:
        """This process is one of several workers: it keeps to its part of each proxy's limits."""
        self._share = share
        for rotation in self._sites.values():
            rotation.share = share

    def reanimate_proxies(self) -> None:
        """Take up a file that was changed. The package calls it at times; what is rested wakes when it is looked at."""
        try:
            if not self.list.changed():
                return
        except ConfigurationError as error:
            logger.warning("%s; the proxies from before stay in use", error)
            return
        self.labelled = labels(self.list.proxies, self.labelled)
        for rotation in self._sites.values():
            rotation.update(self.labelled, self._gateways())
        self._crawler.signals.send_catch_log(list_changed)
        logger.info("The list %s was changed: %d proxies", self.list.name, len(self.labelled))

    def log_stats(self) -> None:
        """Say how many rest, where that is news."""
        said = "; ".join(
            f"{len(rotation.dead)} of {len(rotation.proxies)} proxies rest for {site}"
            for site, rotation in self._sites.items()
            if rotation.dead
        )
        if said and said != self._told:
            logger.info("%s", said)
        self._told = said

    def _rotation(self, site: str) -> Rotation:
        if site not in self._sites:
            self._sites[site] = Rotation(
                self.labelled, self._limits, clock=time.monotonic, rng=self._rng, gateways=self._gateways()
            )
            self._sites[site].share = self._share
        return self._sites[site]

    def _gateways(self) -> list[str]:
        return [label for label, proxy in self.labelled.items() if proxy.is_gateway]

    def _count_failure(self, used: Exit, event: str, words: str, *, rests: bool) -> None:
        self._crawler.stats.inc_value(f"ecom/proxies/{event}")
        said = words.removeprefix(used.proxy.address).lstrip(": ")
        if rests:
            self._sessions.drop(used)
            self._crawler.stats.inc_value("ecom/proxies/rests")
            seconds = self._rotation(used.site).proxies[used.label].backoff_time
            logger.info("%s rests for %.0f s at %s: %s", used.label, seconds, used.site, said)
        else:
            logger.debug("%s %s at %s: %s", used.label, event, used.site, said)


def wanted_list(settings: BaseSettings) -> ProxyList | None:
    """The list by which a crawl with these settings goes out, or None. Raises ConfigurationError as `proxy_list`."""
    name = settings["ECOM_PROXIES_LIST"] or NONE
    return None if name == NONE else proxy_list(settings["ECOM_PROXIES"], name, "ECOM_PROXIES_LIST")


def rotation_limits(settings: BaseSettings) -> RotationLimits:
    """How much each proxy is used, and how patient we are with it."""
    return RotationLimits(
        most_requests=settings.getint("ECOM_PROXIES_EACH_REQUESTS"),
        delay_seconds=settings.getfloat("ECOM_PROXIES_EACH_DELAY_SECONDS"),
        rest_seconds=settings.getfloat("ECOM_PROXIES_REST_SECONDS"),
        rest_cap_seconds=settings.getfloat("ECOM_PROXIES_REST_CAP_SECONDS"),
        patience_seconds=settings.getfloat("ECOM_PROXIES_PATIENCE_SECONDS"),
    )


def proxies_of(crawler: Crawler) -> ProxyMiddleware | None:
    """The proxies of the crawl that runs; None where it goes out directly."""
    return crawler.get_downloader_middleware(ProxyMiddleware)


def without_proxy(request: Request) -> None:
    """Take away what stands in the proxy's place; the embedded demo shop is reached at its port, by whatever proxy."""
    place = request.meta["proxy"] if request.meta.pop("ecom_demo", False) else None
    request.meta[CONNECT_TO] = place and str(place).removeprefix("http://")
    request.meta["proxy"] = None


def _position(request: Request) -> int | None:
    page = request.meta.get("ecom_page")
    return page.position if isinstance(page, PendingPage) else None
