"""How fast requests go to the shop now, and why no faster: read from the downloader and the feeder."""

from __future__ import annotations

from math import inf

from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler

from ecomscraper.ledger.crawl import Crawl
from ecomscraper.pace.downloader import Downloader
from ecomscraper.pace.throttle_record import ThrottleRecord
from ecomscraper.progress.snapshot import PaceNow

_FELT_SECONDS = 1.0  # a wait shorter than this is no rest


def pace_now(crawler: Crawler, crawl: Crawl) -> PaceNow:
    """Of the host that has most to do; requests in flight are those of all hosts."""
    downloader = crawler.engine.downloader
    slots: dict[str, Slot] = downloader.slots
    most = min(crawl.feeder.window, crawler.settings.getint("CONCURRENT_REQUESTS"))
    if not slots:
        return PaceNow(0, min(most, crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")), "")
    in_flight = sum(len(slot.transferring) for slot in slots.values())
    rest_seconds = crawl.feeder.rest_seconds()
    most = min(most, sum(_seats(downloader, host, slot) for host, slot in slots.items()))
    host, slot = max(slots.items(), key=lambda item: len(item[1].active))
    if isinstance(downloader, Downloader) and (rest := _rest(downloader, host, slot)):
        return PaceNow(in_flight, most, rest, downloader.pace(host).wait_seconds())
    if in_flight < most and rest_seconds > 0:
        return PaceNow(in_flight, most, f"what is left is tried again, the next in {rest_seconds:.1f} s", rest_seconds)
    if why := _throttled(downloader, host):
        return PaceNow(in_flight, most, why)
    if in_flight >= most:
        return PaceNow(in_flight, most, f"the limit is reached, and {host} takes its time to answer")
    if slot.delay > 0:
        return PaceNow(in_flight, most, f"1 each {slot.delay:.2g} s{_who_set(slot.delay, crawler)}")
    return PaceNow(in_flight, most, "")


def _records(downloader: object, host: str) -> list[ThrottleRecord]:
    if not isinstance(downloader, Downloader) or downloader.throttles is None:
        return []
    return downloader.throttles.of_queue(host)


def _seats(downloader: object, host: str, slot: Slot) -> int:
    """How many requests may be under way to `host`, by all ways that lead there."""
    records = _records(downloader, host)
    return min(slot.concurrency, sum(record.throttle.concurrency for record in records) or slot.concurrency)


def _throttled(downloader: object, host: str) -> str | None:
    """What the throttle of the way that served most says."""
    records = _records(downloader, host)
    return max(records, key=lambda record: record.served).throttle.why if records else None


def _rest(downloader: Downloader, host: str, slot: Slot) -> str | None:
    """Why nothing may be sent to `host` for a while."""
    pace = downloader.pace(host)
    wait = pace.wait_seconds()
    if wait == inf:
        return f"{host} does not answer any more"
    asked = pace.spacing.distances.delay_seconds
    if asked > slot.delay:
        return f"1 each {asked:g} s, as robots.txt asks"
    if wait > max(slot.delay, _FELT_SECONDS):
        return f"{host} refused or failed, and is left alone for {wait:.0f} s more"
    return None


def _who_set(delay: float, crawler: Crawler) -> str:
    if not crawler.settings.getbool("AUTOTHROTTLE_ENABLED") or delay <= crawler.settings.getfloat("DOWNLOAD_DELAY"):
        return ", as limits.delay_seconds says"
    return ": the shop takes its time to answer"
