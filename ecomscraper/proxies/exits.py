"""Which exit a request goes by: a proxy, or a session of a gateway."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from string import ascii_lowercase, digits
from typing import Literal

from ecomscraper.proxies.address import Proxy

Sticky = Literal["no", "page", "crawl"]
_SESSION_CHARACTERS = ascii_lowercase + digits
_SESSION_LENGTH = 12
_MOST_PAGES = 1000  # whose failed exits are known; with more than that under way they may meet one again


@dataclass(frozen=True, slots=True)
class Exit:
    """What a request carries while it is under way."""

    label: str
    """The proxy's name on its list."""
    site: str
    """The shop's host, as its limits go by it."""
    proxy: Proxy
    """With the session in its place."""
    session: str = field(default="", repr=False)
    is_kept: bool = True
    """Other requests go by the same exit, so its connection is worth keeping."""


class Sessions:
    """The exits that are kept, and those that failed with a page."""

    def __init__(self, sticky: Sticky, rng: Random) -> None:
        self.sticky = sticky
        self._rng = rng
        self._of_site: dict[str, Exit] = {}
        self._failed: OrderedDict[tuple[str, int], dict[str, float]] = OrderedDict()

    def wanted(self, site: str, last: Exit | None) -> Exit | None:
        """The exit to go by again; `last`: the one of the page before it was redirected."""
        if self.sticky == "crawl":
            return self._of_site.get(site)
        return last if self.sticky == "page" and last is not None and last.site == site else None

    def exit(self, label: str, site: str, proxies: Mapping[str, Proxy], wanted: Exit | None) -> Exit:
        """The exit by the proxy `label`: `wanted` where it is that proxy's, else a new one."""
        if wanted is not None and wanted.label == label:
            return wanted
        proxy, session = proxies[label], ""
        if proxy.is_gateway:
            session = "".join(self._rng.choices(_SESSION_CHARACTERS, k=_SESSION_LENGTH))
            proxy = proxy.in_session(session)
        chosen = Exit(label, site, proxy, session, is_kept=not session or self.sticky == "crawl")
        if self.sticky == "crawl":
            self._of_site[site] = chosen
        return chosen

    def drop(self, used: Exit) -> None:
        """The exit failed: it is not gone by again."""
        if self._of_site.get(used.site) == used:
            del self._of_site[used.site]

    def failed_with(self, site: str, position: int | None) -> Mapping[str, float]:
        """The proxies that failed with a page, and when."""
        return self._failed.get((site, position), {}) if position is not None else {}

    def remember(self, used: Exit, position: int | None, at: float) -> None:
        """The page at `position` failed by this exit."""
        if position is None:
            return
        self._failed.setdefault((used.site, position), {})[used.label] = at
        while len(self._failed) > _MOST_PAGES:
            self._failed.popitem(last=False)

    def forget(self, site: str, position: int | None) -> Mapping[str, float]:
        """The page is settled; the proxies that failed with it."""
        return self._failed.pop((site, position), {}) if position is not None else {}
