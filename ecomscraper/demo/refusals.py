"""Faults in which the shop answers something else than the page: errors, bans, redirects. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from ecomscraper.demo.addresses import listing_path
from ecomscraper.demo.answer import Answer, redirect
from ecomscraper.demo.faults import Fault
from ecomscraper.demo.markup import not_found_document, shop_document

OFFSITE = "http://another-shop.invalid/elsewhere/"
FILE = "file:///etc/hostname"
_HOP = "hop=1"


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that is refused: `target` is path and query, `now` is aware."""

    target: str
    now: datetime


def refusal(fault: Fault, asked: Asked) -> Answer | None:
    """What is answered instead of the page, or None if the fault is of another sort."""
    maker = REFUSALS.get(fault.kind.name)
    return maker(fault, asked) if maker else None


def error_answer(code: int, headers: dict[str, str]) -> Answer:
    """An error page of the shop."""
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = "Error"
    page = shop_document(f"{code} {phrase}", f"<h1>{phrase}</h1>\n", body_class="error", small=True)
    return Answer(code, page, headers=headers)


def rate_limit_headers(style: str, limit: int, reset_seconds: str) -> dict[str, str]:
    """What a client is told that has used up its requests; `style` is `ietf` or `x`."""
    prefix = "X-RateLimit-" if style == "x" else "RateLimit-"
    return {f"{prefix}Limit": str(limit), f"{prefix}Remaining": "0", f"{prefix}Reset": reset_seconds}


def _status(fault: Fault, asked: Asked) -> Answer:
    text, style = str(fault.parameters["retry_after"]), str(fault.parameters["rate_limit"])
    kind, _, seconds = text.partition(":")
    headers: dict[str, str] = {}
    if kind == "date":
        headers["Retry-After"] = _http_date(asked.now + timedelta(seconds=float(seconds)))
    elif text:
        headers["Retry-After"] = seconds = text
    if style:
        headers |= rate_limit_headers(style, limit=1, reset_seconds=seconds or "1")
    return error_answer(int(fault.parameters["code"]), headers)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _banned(fault: Fault, asked: Asked) -> Answer:
    form = (
        "<h1>Are you a human?</h1>\n<p>Your browser sends unusual traffic. Please solve the captcha.</p>\n"
        '<form id="challenge-form" class="captcha" method="post">\n'
        '<div class="g-recaptcha" data-sitekey="demo"></div><input name="captcha"><button>Go on</button></form>\n'
    )
    page = shop_document("Are you a human?", form, body_class="challenge", small=True)
    return Answer(int(fault.parameters["code"]), page)


def _soft_404(fault: Fault, asked: Asked) -> Answer:
    return Answer(200, not_found_document())


def _redirect_loop(fault: Fault, asked: Asked) -> Answer:
    """There with `hop=1`, and back without."""
    if asked.target.endswith(_HOP):
        return redirect(302, asked.target[: -len(_HOP) - 1])
    return redirect(302, f"{asked.target}{'&' if '?' in asked.target else '?'}{_HOP}")


def _redirect_offsite(fault: Fault, asked: Asked) -> Answer:
    return redirect(302, OFFSITE)


def _redirect_file(fault: Fault, asked: Asked) -> Answer:
    return redirect(302, FILE)


def _redirect_page(fault: Fault, asked: Asked) -> Answer:
    return redirect(302, listing_path(int(fault.parameters["page"])))


REFUSALS: dict[str, Callable[[Fault, Asked], Answer]] = {
    "status": _status,
    "banned": _banned,
    "soft_404": _soft_404,
    "redirect_loop": _redirect_loop,
    "redirect_offsite": _redirect_offsite,
    "redirect_file": _redirect_file,
    "redirect_page": _redirect_page,
}
