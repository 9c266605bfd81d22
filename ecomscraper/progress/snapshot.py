"""A crawl at one moment, and the line that tells it."""

from __future__ import annotations

from dataclasses import dataclass

from ecomscraper.ledger.tally import Tally


@dataclass(frozen=True, slots=True)
class PaceNow:
    """How fast requests are sent, and what keeps them from being faster."""

    in_flight: int  # requests
    most: int  # that may be
    why: str  # "" where nothing holds them back
    rest_seconds: float = 0.0  # until the next one may be sent at all


@dataclass(frozen=True, slots=True)
class Snapshot:
    spider: str
    site: str
    crawl_id: int
    tally: Tally
    seconds: float  # since this run began
    pages_per_second: float  # settled, of late
    seconds_left: float | None
    grows: bool  # pages bring others to light until the end
    pace: PaceNow

    @property
    def total(self) -> str:
        """The number of pages: "142", or "142 known" where there may be more."""
        return f"{self.tally.asked} known" if self.grows else f"{self.tally.asked}"


def plain_line(snapshot: Snapshot) -> str:
    """For a log."""
    tally, failures = snapshot.tally, snapshot.tally.failures
    parts = [
        f"{tally.settled} of {snapshot.total} pages settled{_percent(snapshot)}",
        f"{tally.stored} stored",
        _failed(failures),
        f"{tally.retried} retried",
        f"{tally.refused} refused",
        f"{snapshot.pages_per_second:.1f} pages/s",
    ]
    if snapshot.seconds_left is not None:
        parts.append(f"{duration(snapshot.seconds_left)} to go")
    return f"{snapshot.spider} {snapshot.site}: " + "; ".join([*parts, pace_words(snapshot.pace)])


def pace_words(pace: PaceNow) -> str:
    """ "2 of 2 requests in flight: 1 each 0.50 s (DOWNLOAD_DELAY)"."""
    return f"{pace.in_flight} of {pace.most} requests in flight" + (f": {pace.why}" if pace.why else "")


def reasons(failures: dict[str, int], most: int = 4) -> str:
    """ "http_500 20, timeout 4": the most frequent ones."""
    shown = [f"{reason} {count}" for reason, count in list(failures.items())[:most]]
    return ", ".join(shown) + (f", {len(failures) - most} more reasons" if len(failures) > most else "")


def duration(seconds: float) -> str:
    """ "0:42", "1:02:03", "2 d 1:02:03"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours}:{minutes:02}:{rest:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _percent(snapshot: Snapshot) -> str:
    tally = snapshot.tally
    return "" if snapshot.grows or not tally.asked else f" ({100 * tally.settled // tally.asked} %)"


def _failed(failures: dict[str, int]) -> str:
    return f"{sum(failures.values())} failed" + (f" ({reasons(failures)})" if failures else "")
