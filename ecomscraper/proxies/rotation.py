"""The proxies of a list as one site sees them: which of them serve, which rest, and whether any is left.

`rotating_proxies.Proxies` keeps their states: unchecked, good, or dead until a time that is farther away after each
failure in a row. Ours is the rest: its own draw is even however slow or bad a proxy is, it tells proxies apart by host
and port only, and it marks all of them as unchecked when none is left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import inf
from random import Random

from rotating_proxies.expire import Proxies, ProxyState

from ecomscraper.pace.backoff import ceiling_seconds
from ecomscraper.pace.shares import Share
from ecomscraper.proxies.turns import Turns

STRIKES = 2  # failures in a row that may be the shop's, until one that served before has to rest
STRIKES_OF_A_GATEWAY = 5  # it has many exits, and one that is banned says little of the others
_SOON_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class RotationLimits:
    """How much one proxy is used for one site, and how patient we are with it."""

    most_requests: int  # in flight by one proxy
    delay_seconds: float  # between two requests by one proxy
    rest_seconds: float  # the first rest at most; each failure after a rest doubles it …
    rest_cap_seconds: float  # … up to this
    patience_seconds: float  # without any that serves, until there are none left


class Rotation(Proxies):  # type: ignore[misc]  # the package has no types
    """Ask `take()` before a request, and tell its outcome. Proxies go by their labels, which show no password.

    `clock` gives seconds, monotonic.
    """

    def __init__(
        self,
        labels: Iterable[str],
        limits: RotationLimits,
        *,
        clock: Callable[[], float],
        rng: Random,
        gateways: Collection[str] = (),
    ) -> None:
        super().__init__([], backoff=self._rest_seconds)
        self._limits = limits
        self.share: Share | None = None  # of a worker: its part of what one proxy is used
        self._clock = clock
        self._rng = rng
        self._turns = Turns(rng)
        self._failed: set[str] = set()  # since any of them served
        self.served_at = clock()
        self._failed_at = -inf
        self._all_failed_at = inf
        self.update(labels, gateways)

    def update(self, labels: Iterable[str], gateways: Collection[str] = ()) -> None:
        """The list as it is now. `gateways`: those with many exits, so that no limit of one proxy holds."""
        self._gateways = frozenset(gateways)
        wanted = set(labels)
        for label in set(self.proxies) - wanted:
            for group in (self.proxies, self._turns.standings):
                del group[label]
            for state in (self.unchecked, self.good, self.dead, self._failed):
                state.discard(label)
        for label in sorted(wanted - set(self.proxies)):
            self.proxies[label] = ProxyState()
            self.unchecked.add(label)
            self._turns.join(label)
            self._all_failed_at = inf

    def take(
        self,
        avoid: Collection[str] = (),
        wanted: str | None = None,
        is_open: Callable[[str], bool] = lambda _label: True,
    ) -> str | None:
        """The proxy for a request that goes out now; None where it has to wait.

        `avoid`: those that failed with the same page, unless there are no others. `wanted`: the one that it went by
        before, for as long as that serves. `is_open`: whether the shop's pace lets one go by that proxy.
        """
        self._wake()
        serving = self.good | self.unchecked
        if wanted is not None and wanted in serving:
            if not (self._is_free(wanted) and is_open(wanted)):
                return None
            self._turns.take(wanted, self._clock())
            return wanted
        fresh = serving - set(avoid)
        free = [label for label in sorted(fresh or serving) if self._is_free(label) and is_open(label)]
        return self._turns.choose(free, self._clock()) if free else None

    def wait_seconds(self) -> float:
        """Seconds until `take()` may give one again; 0: when a request ends; `inf`: none is left."""
        self._wake()
        now = self._clock()
        standings = self._turns.standings
        serving = self.good | self.unchecked
        pauses = [self._free_at(label) - now for label in serving]
        if any(standings[label].in_flight for label in self.proxies):
            return max(min((pause for pause in pauses if pause > 0), default=0.0), 0.0)
        if self._is_lost():
            return inf
        moments = pauses + [self.proxies[label].next_check - now for label in self.dead]
        if self._failed_at > self._all_failed_at:
            moments.append(self.served_at + self._limits.patience_seconds - now)
        return max(min(moments, default=_SOON_SECONDS), _SOON_SECONDS)

    def ended(self, label: str, seconds: float | None) -> None:
        """A request is under way no more; `seconds` until its answer, None where none came."""
        if (standing := self._turns.standings.get(label)) is not None:
            standing.in_flight -= 1
            if seconds is not None:
                standing.answered(seconds)

    def served(self, label: str) -> None:
        """A page was what it should be."""
        self.served_at = self._clock()
        self._failed.clear()
        self._all_failed_at = inf
        if label not in self.proxies:
            return
        standing = self._turns.standings[label]
        standing.strikes, standing.proven = 0, True
        standing.ended(served=True)
        if label not in self.dead:  # a page that was asked for before says nothing against the rest
            self.mark_good(label)

    def unserved(self, label: str) -> None:
        """An answer that was no page, by whose fault cannot be said."""
        if label in self.proxies:
            self._turns.standings[label].ended(served=False)

    def struck(self, label: str, strikes: int = STRIKES) -> bool:
        """A failure that may be the shop's: whether the proxy rests for it, as it does after `strikes` in a row.

        One that never served rests after the first, unless it is a gateway.
        """
        if label not in self.proxies:
            return False
        standing = self._turns.standings[label]
        standing.strikes += 1
        if standing.strikes < strikes and (standing.proven or strikes > STRIKES):
            standing.ended(served=False)
            return False
        return self.failed(label)

    def failed(self, label: str) -> bool:
        """A failure that is the proxy's own, or a page by which the shop refuses it: whether it rests for it."""
        if label not in self.proxies:
            return False
        now = self._clock()
        self._failed_at = now
        self._failed.add(label)
        if self._failed >= set(self.proxies):
            self._all_failed_at = min(self._all_failed_at, now)
        standing = self._turns.standings[label]
        standing.strikes, standing.proven = 0, False
        standing.ended(served=False)
        if label in self.dead:  # what was under way when it was sent to rest
            return False
        self.mark_dead(label, _time=now)
        return True

    def acquit(self, label: str) -> None:
        """It rests for a page that is refused by whatever proxy, while others are served: it was the page."""
        if label in self.dead:
            self.dead.remove(label)
            self.unchecked.add(label)
            self.proxies[label].failed_attempts = 0
            self._turns.standings[label].success = 1.0

    @property
    def most_in_flight(self) -> int:
        """By the proxy that has most, of those that a limit holds for."""
        standings = self._turns.standings.items()
        return max((each.in_flight for label, each in standings if label not in self._gateways), default=0)

    def _is_free(self, label: str) -> bool:
        standing = self._turns.standings[label]
        most: float = self._limits.most_requests if self.share is None else self.share.of(self._limits.most_requests)
        if label in self._gateways:
            most = inf
        if self.proxies[label].failed_attempts:  # one that comes back from a rest is tried by one request
            most = min(1, most)
        return standing.in_flight < most and self._free_at(label) <= self._clock()

    def _free_at(self, label: str) -> float:
        if label in self._gateways:
            return -inf
        stretch = self.share.stretch if self.share else 1.0
        return self._turns.standings[label].used_at + self._limits.delay_seconds * stretch

    def _is_lost(self) -> bool:
        """All of them failed, were looked at again, and failed again, for as long as we are patient."""
        waited = self._clock() - self.served_at
        return self._failed_at > self._all_failed_at and waited >= self._limits.patience_seconds

    def _wake(self) -> None:
        resting = set(self.dead)
        self.reanimate(_time=self._clock())
        for label in resting - self.dead:
            self._turns.join(label)

    def _rest_seconds(self, failures_before: int) -> float:
        limits = self._limits
        return ceiling_seconds(failures_before + 1, limits.rest_seconds, limits.rest_cap_seconds) * self._rng.uniform(
            0.5, 1.0
        )
