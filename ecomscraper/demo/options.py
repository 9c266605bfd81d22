"""What a demo shop is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ROBOTS_ALLOW_ALL = "User-agent: *\nDisallow:\n"
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
    robots: str = ROBOTS_ALLOW_ALL
    """The text of robots.txt."""
    robots_status: int = 200
    past_end: PastEnd = PastEnd.NOT_FOUND
    arrivals_kept: int = 10_000
    """How many of the latest arrivals and their headers the shop remembers."""

    def __post_init__(self) -> None:
        for name, least in (
            ("products", 1),
            ("latency_seconds", 0),
            ("latency_random_seconds", 0),
            ("arrivals_kept", 0),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}, must be ≥ {least}")
        if not 200 <= self.robots_status <= 599:
            raise ValueError(f"robots_status = {self.robots_status}, must be 200 to 599")
