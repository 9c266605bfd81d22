"""Whether a page was refused by the shop or its protection, whatever its status says, and what shows it.

What this cannot tell:
- a captcha of the shop's own, drawn as an image or in a language that `markers.CHALLENGES` does not have;
- a page like any other with false prices, no products or other people's products in it, made for robots;
- a protection's script in an otherwise empty page when the script is neither inline nor known, or its name is random;
- a listing that shows its first page to whoever is not logged in, without a redirect;
- a block by one empty page or a plain 403, 429 or 503: these are left to their status, or to what a page must give;
- a block page with more than 2000 characters of visible text, or in which the marker comes after the first 16 KiB.
A page of the shop that is a short text on one of these protections, with a marker of its in it, is taken for a block.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ecomscraper.blocks.markers import CAPTCHA_FORMS, CHALLENGES, HEADERS, MARKERS
from ecomscraper.pages.document import Document

_HEAD = 16 * 1024  # bytes in which a marker must stand: 0.1 ms, and a challenge has it in its title or first script
_MOST = 256 * 1024  # bytes that are looked at where there is a marker or a captcha
_MOST_TEXT = 2000  # characters that a challenge says; an article about challenges says more
_BARE_TEXT = 300  # characters of a page with nothing but a captcha
_GONE = frozenset({404, 410})

_UNSEEN = re.compile(
    rb"<((?i:script|style|noscript|template|svg))\b[^<]*+(?:<(?!/(?i:\1)\b)[^<]*+)*+|<!--[^-]*+(?:-(?!->)[^-]*+)*+|<[^>]*+>?"
)
_SPACES = re.compile(rb"\s+")
_FIELD = re.compile(rb"<(?:div|span|button|form|input|select|textarea)\b[^<>]*+")
# What a person fills in for another purpose: to log in, to register, to write to the shop, to search.
_OTHER_INPUT = re.compile(rb"\btype=[\"']?(?:password|email|tel|search)\b")

_LOGIN = re.compile(
    r"/(?:log-?in|sign-?in|sign_in|wp-login\.php|anmelden|einloggen|connexion|iniciar-sesion|accedi|inloggen|logowanie)"
    r"(?:[/.?]|$)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"/(?:captcha|recaptcha|challenge|blocked|bot-?check|are-you-(?:a-)?human|human-?verification|validatecaptcha|sorry"
    r"|access-?denied|distil_r_captcha\.html|cdn-cgi/challenge-platform)(?:[/.?]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BlockEvidence:
    """Why a page counts as blocked."""

    protection: str
    """Who refused: the name of a protection, `captcha`, `login`, `challenge` or `profile`."""
    words: str
    """What was found, for a person."""


@dataclass(frozen=True, slots=True)
class OwnMarker:
    """What a profile says its shop's block pages have: a selector that matches, or a text that stands in the HTML."""

    selector: str | None = None
    text: str | None = None


def block_evidence(
    document: Document,
    body: bytes,
    *,
    status: int,
    headers: Mapping[str, str],
    asked_url: str,
    has_listing_marks: bool,
    own_marker: OwnMarker | None = None,
) -> BlockEvidence | None:
    """What shows that the page is a block; None when nothing does.

    `document` is the parsed `body` with the URL of the last redirect; `headers` have lower-case names.
    `has_listing_marks`: the page shows cards, total or pager of the listing; then only a header or the profile's own
    marker makes it a block. A 404 or 410 never is one.
    """
    if status in _GONE:
        return None
    evidence = _by_own_marker(document, body, own_marker) or _by_header(headers)
    if evidence or has_listing_marks:
        return evidence
    return _by_marker(body) or _by_redirect(asked_url, document.url) or _by_captcha(body)


def _by_own_marker(document: Document, body: bytes, marker: OwnMarker | None) -> BlockEvidence | None:
    if marker and marker.selector and document.count(marker.selector):
        return BlockEvidence("profile", f"the profile's selector {marker.selector} matches")
    if marker and marker.text and marker.text.encode() in body:
        return BlockEvidence("profile", f"the profile's text {marker.text!r} stands in the page")
    return None


def _by_header(headers: Mapping[str, str]) -> BlockEvidence | None:
    for name, value, protection in HEADERS:
        if name in headers and headers[name].lower().startswith(value):
            return BlockEvidence(protection, f"header {name}: {headers[name]}")
    return None


def _by_marker(body: bytes) -> BlockEvidence | None:
    head = body[:_HEAD].lower()
    for protection, pieces in MARKERS:
        if all(piece in head for piece in pieces) and len(_visible_text(body[:_MOST])) <= _MOST_TEXT:
            return BlockEvidence(protection, " and ".join(piece.decode() for piece in pieces))
    return None


def _by_redirect(asked_url: str, url: str) -> BlockEvidence | None:
    """A redirect to where nobody asked to go; a query may name such a place (`?next=/login`), it is none."""
    asked, found = urlsplit(asked_url).path, urlsplit(url).path
    for pattern, kind in ((_CHALLENGE, "challenge"), (_LOGIN, "login")):
        if pattern.search(found) and not pattern.search(asked):
            return BlockEvidence(kind, f"redirected to {found}")
    return None


def _by_captcha(body: bytes) -> BlockEvidence | None:
    """A captcha in a page that says so and has nothing else to offer."""
    if b"captcha" not in body and b"turnstile" not in body:
        return None
    page = body[:_MOST].lower()
    fields = _FIELD.findall(page)
    name = next((name for marker, name in CAPTCHA_FORMS if any(marker in field for field in fields)), None)
    if name is None or any(map(_has_another_purpose, fields)):
        return None
    text = _visible_text(page)
    challenge = next((phrase for phrase in CHALLENGES if phrase in text), None)
    if challenge and len(text) <= _MOST_TEXT:
        return BlockEvidence("captcha", f"{name}, and the page says {challenge.decode()!r}")
    if len(text) <= _BARE_TEXT and page.count(b"<a ") <= 3:
        return BlockEvidence("captcha", f"{name}, and next to nothing else in the page")
    return None


def _has_another_purpose(field: bytes) -> bool:
    if b"captcha" in field:
        return False
    return field.startswith((b"<textarea", b"<select")) or _OTHER_INPUT.search(field) is not None


def _visible_text(page: bytes) -> bytes:
    """The text of the page without tags, scripts and styles, entities as they are."""
    return _SPACES.sub(b" ", _UNSEEN.sub(b" ", page)).strip()
