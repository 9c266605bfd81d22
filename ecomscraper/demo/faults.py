"""Which page misbehaves, how, and for how many tries. Everything is a pure function of a plan and its seed.

A fault is written `KIND[=VALUE][:NAME=VALUE]…`, for example `status=503:first=2:retry_after=1`, and a rule
`FAULT@WHERE`: a share of all pages (`10%`), pages of the listing (`3-7,12`) or a path (`/robots.txt`).
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecomscraper.demo.addresses import is_product_or_later_page, listing_path
from ecomscraper.demo.fault_kinds import FAULT_KINDS, STORED, FaultKind, Parameters, is_transient, reason_of

_SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
_PAGES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LIMITS = {"code": (200, 599), "page": (1, sys.maxsize), "bytes_per_second": (1, 1_000)}
_PAGES_IN_RANGE = 1_000_000  # in one rule: more than that is a slip of the keyboard, and would take memory


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault with all its parameters, for the `first` tries of a page or for all (None)."""

    kind: FaultKind
    parameters: Parameters
    first: int | None = None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Raises ValueError, saying what is allowed, for an unknown kind, parameter or value."""
        head, *rest = text.split(":")
        rest = _rejoined(rest)
        name, _, main = head.partition("=")
        kind = FAULT_KINDS.get(name)
        if kind is None:
            raise ValueError(f"unknown fault {name!r}; there are {', '.join(FAULT_KINDS)}")
        given = dict(_assignment(part) for part in rest)
        if main:
            if not kind.parameters:
                raise ValueError(f"{name} takes no value")
            given[next(iter(kind.parameters))] = main
        return cls.of(kind, given)

    @classmethod
    def of(cls, kind: FaultKind, given: dict[str, Any]) -> Fault:
        """A fault with defaults for what is not given. Raises ValueError like `parse`."""
        first = given.pop("first", None)
        if unknown := given.keys() - kind.parameters.keys():
            allowed = ", ".join(("first", *kind.parameters))
            raise ValueError(f"{kind.name} has no parameter {sorted(unknown)[0]!r}, but {allowed}")
        parameters = {
            name: _converted(kind, name, given.get(name, default), default) for name, default in kind.parameters.items()
        }
        return cls(kind, parameters, None if first is None else _first(first))

    @property
    def reason(self) -> str:
        """Why a page fails that always has this fault; STORED if it does not fail."""
        return reason_of(self.kind, self.parameters)

    @property
    def transient(self) -> bool:
        """Whether another try may mend it."""
        return is_transient(self.kind, self.parameters)

    def ends_as(self, tries: int, timeout_seconds: float) -> str:
        """The reason with which a crawler of so many tries a page and of this timeout ends it, or STORED."""
        if self.kind.name == "slow":
            late = float(self.parameters["seconds"]) >= timeout_seconds
            reason = "timeout" if late else STORED
        else:
            reason = self.reason
        mended = self.transient and self.first is not None and self.first < tries
        return STORED if mended else reason

    def __str__(self) -> str:
        parts = [f"{name}={value}" for name, value in self.parameters.items() if value != ""]
        if self.first is not None:
            parts.append(f"first={self.first}")
        return ":".join((self.kind.name, *parts))


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault and where it applies: `share` (0 to 1) of all pages, or exactly `paths`."""

    fault: Fault
    share: float = 0.0
    paths: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> FaultRule:
        """From `FAULT@WHERE`. Raises ValueError, saying what is allowed."""
        what, at, where = text.rpartition("@")
        if not at:
            raise ValueError(f"{text!r} says not where: FAULT@10%, FAULT@3-7,12 or FAULT@/path/")
        return cls.of(Fault.parse(what), where)

    @classmethod
    def of(cls, fault: Fault, where: str) -> FaultRule:
        """Raises ValueError if `where` is neither a share nor pages nor a path."""
        if match := _SHARE.fullmatch(where):
            return cls(fault, share=_checked_share(float(match[1]) / 100))
        if where.startswith("/"):
            return cls(fault, paths=frozenset({where}))
        if _PAGES.fullmatch(where):
            return cls(fault, paths=frozenset(map(listing_path, _pages(where))))
        raise ValueError(f"{where!r} is neither a share (10%) nor pages (3-7,12) nor a path (/robots.txt)")


class FaultPlan:
    """All faults of a shop. A rule for a path goes before one for a share; of two, the first one counts.

    Shares are drawn from listing pages, product pages and endpoints of products by a hash of seed and path; the shares
    of one plan never meet on a page. They spare the first pages of listings, without which a crawl knows no other page,
    and with them all pages of the themes that number theirs in the query.
    """

    def __init__(self, rules: tuple[FaultRule, ...] = (), seed: int = 1) -> None:
        _checked_share(sum(rule.share for rule in rules))
        self.rules = rules
        self.seed = seed
        self._by_path = {path: rule.fault for rule in reversed(rules) for path in rule.paths}
        self._shares = [rule for rule in rules if rule.share]

    def __bool__(self) -> bool:
        return bool(self.rules)

    def fault_of(self, path: str) -> Fault | None:
        """The fault of this path (without query), or None."""
        if fault := self._by_path.get(path):
            return fault
        if self._shares and is_product_or_later_page(path):
            return self._drawn(path)
        return None

    def of_listing(self, pages: int) -> Iterator[tuple[str, Fault]]:
        """(path, fault) of each listing page from 1 to `pages` that has one."""
        for page in range(1, pages + 1):
            path = listing_path(page)
            if fault := self.fault_of(path):
                yield path, fault

    def as_json(self, pages: int) -> dict[str, Any]:
        """Plain values: the faults of listing pages 1 to `pages` and of the paths that rules name."""
        named = {path: self._by_path[path] for path in sorted(self._by_path)}
        return {
            "seed": self.seed,
            "pages": {
                path: {
                    "fault": str(fault),
                    "kind": fault.kind.name,
                    "parameters": fault.parameters,
                    "first": fault.first,
                    "transient": fault.transient,
                    "reason": fault.reason,
                }
                for path, fault in (named | dict(self.of_listing(pages))).items()
            },
        }

    def _drawn(self, path: str) -> Fault | None:
        digest = hashlib.blake2b(f"{self.seed} {path}".encode(), digest_size=8).digest()
        draw = int.from_bytes(digest, "big") / 2**64
        for rule in self._shares:
            if draw < rule.share:
                return rule.fault
            draw -= rule.share
        return None


def _rejoined(parts: list[str]) -> list[str]:
    """Parts without `=` belong to the value before them: `retry_after=date:2`."""
    joined: list[str] = []
    for part in parts:
        if "=" in part or not joined:
            joined.append(part)
        else:
            joined[-1] += f":{part}"
    return joined


def _assignment(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        raise ValueError(f"{part!r} is not NAME=VALUE")
    return name, value


def _converted(kind: FaultKind, name: str, value: Any, default: str | int | float) -> str | int | float:
    wanted = type(default)
    try:
        converted = wanted(value)
    except (TypeError, ValueError):
        raise ValueError(f"{kind.name}: {name} = {value!r} is not of type {wanted.__name__}") from None
    if problem := _problem(name, converted):
        raise ValueError(f"{kind.name}: {name} = {value!r}, must be {problem}")
    return converted


def _problem(name: str, value: str | int | float) -> str:
    """What the value of a parameter must be, if it is not."""
    if isinstance(value, str):
        if name == "encoding" and value not in ("gzip", "br", "zstd"):
            return "gzip, br or zstd"
        if name == "rate_limit" and value not in ("", "ietf", "x"):
            return "ietf or x"
        if name == "retry_after" and value.startswith("date:") and not _NUMBER.fullmatch(value[5:]):
            return "date:SECONDS"
        return ""
    low, high = _LIMITS.get(name, (0, sys.maxsize))
    return "" if low <= value <= high else f"{low} to {high}"


def _first(value: Any) -> int:
    try:
        first = int(value)
    except (TypeError, ValueError):
        first = 0
    if first < 1:
        raise ValueError(f"first = {value!r}, must be a number of tries ≥ 1")
    return first


def _checked_share(share: float) -> float:
    if not 0 <= share <= 1 + 1e-9:
        raise ValueError(f"shares of {share:.0%}, must be between 0 % and 100 % together")
    return share


def _pages(text: str) -> Iterator[int]:
    for part in text.split(","):
        low, _, high = part.partition("-")
        first, last = int(low), int(high or low)
        if not 1 <= first <= last < first + _PAGES_IN_RANGE:
            raise ValueError(f"pages {part!r}: from 1, the smaller number first")
        yield from range(first, last + 1)
