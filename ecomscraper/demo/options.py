"""What a demo shop is asked to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.faults import FaultPlan
from ecomscraper.demo.themes.theme import DEFAULT, THEMES

ROBOTS_ALLOW_ALL = "User-agent: *\nDisallow:\n\nSitemap: {origin}/sitemap.xml\n"
ROBOTS_DISALLOW_ALL = "User-agent: *\nDisallow: /\n"


class PastEnd(StrEnum):
    """What pages beyond the last one answer."""

    NOT_FOUND = "404"
    SOFT_404 = "soft-404"
    """Status 200 with the text of a 404."""
    REPEAT = "repeat"
    """Status 200 with the products of the last page again."""
    ENDLESS = "endless"
    """Status 200 with products from the start again, and always a link to a next page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOptions:
    """Raises ValueError, naming the option, for a value that makes no sense."""

    products: int = 188
    seed: int = 1
    small: bool = False
    """Pages of about 12 kB without filler, for speed; otherwise 75 to 115 kB."""
    latency_seconds: float = 0.0
    """Waited before each answer."""
    latency_random_seconds: float = 0.0
    """Waited on top: evenly spread between 0 and this."""
    theme: str = DEFAULT
    """The look of the shop at its root, one of THEMES; the others are below `/t/<theme>/` all the same."""
    version: int = 1
    """2 is the same shop some time later, see `Catalogue.changes`."""
    robots: str = ROBOTS_ALLOW_ALL
    """The text of robots.txt, in which "{origin}" stands for scheme and host."""
    robots_status: int = 200
    past_end: PastEnd = PastEnd.NOT_FOUND
    faults: FaultPlan = field(default_factory=FaultPlan)
    knee_in_flight: int = 0
    """Beyond so many requests in flight each further one makes all of them slower; 0 is never."""
    knee_seconds: float = 0.05
    """Waited on top for each request in flight beyond the knee."""
    rate_per_second: float = 0.0
    """More requests than this answer 429 with Retry-After; 0 is no limit."""
    rate_burst: int = 10
    """So many may come at once before the rate counts."""
    rate_told: bool = True
    """Whether the 429 says by headers how long to wait."""
    halved_after_requests: int = 0
    """After so many requests knee and rate are half as high; 0 is never."""
    grow_products: int = 0
    """So many products are added in front of the listing …"""
    grow_after_requests: int = 0
    """… after this many answers to listing pages."""
    arrivals_kept: int = 10_000
    """How many of the latest arrivals the shop remembers."""
    targets_kept: int = 20_000
    """How many targets (path and query) the shop counts one by one; the rest it counts together."""

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if not least <= value < float("inf"):
                raise ValueError(f"{name} = {value}, must be ≥ {least}")
        if self.theme not in THEMES:
            raise ValueError(f"theme = {self.theme!r}, must be one of {', '.join(THEMES)}")
        Catalogue(self.products, self.seed, version=self.version)  # it says what it cannot be
        if not 200 <= self.robots_status <= 599:
            raise ValueError(f"robots_status = {self.robots_status}, must be 200 to 599")


_LEAST = {
    "products": 1,
    "latency_seconds": 0,
    "latency_random_seconds": 0,
    "knee_in_flight": 0,
    "knee_seconds": 0,
    "rate_per_second": 0,
    "rate_burst": 1,
    "halved_after_requests": 0,
    "grow_products": 0,
    "grow_after_requests": 0,
    "arrivals_kept": 0,
    "targets_kept": 0,
}
