"""The types of a profile's values: each says what is wrong with a value, and what to write."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urljoin, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ecomscraper.pages.document import check_selector
from ecomscraper.pages.json_pointer import check_pointer
from ecomscraper.pages.product_selectors import check_place
from ecomscraper.pagination.page_ref import url_problem

PAGE, OFFSET, CURSOR = "{page}", "{offset}", "{cursor}"
PAGE_SIZE = "{page_size}"
HEADER = "header:"

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token: RFC 9110, 5.6.2
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")  # RFC 6265, 4.1.1
_FIELD = re.compile(r"\{([^{}]*)\}")


class Table(BaseModel):
    """A table of a profile: strict types, no unknown keys, never changed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def _checked_selector(selector: str) -> str:
    check_selector(selector)
    return selector


def _checked_url(url: str) -> str:
    # "" is put in by the tables where a strategy needs no URL; from a file it counts as missing.
    if url and (problem := url_problem(url)):
        raise ValueError(problem)
    return url


def _checked_page_url(template: str) -> str:
    if not template:
        return template
    url = urljoin("http://any.invalid/", template)
    parts = urlsplit(url)
    numbers = (PAGE, OFFSET, CURSOR)
    if not sum(map(template.count, numbers)) == sum(map((parts.path + parts.query).count, numbers)) == 1:
        raise ValueError('must contain {page} once, as in "page/{page}/" or "?page={page}"')
    for place in (PAGE, OFFSET, CURSOR, PAGE_SIZE):
        url = url.replace(place, "2")
    if unknown := _FIELD.search(url):
        raise ValueError(f"holds {unknown[0]}, which is none of {{page}}, {{offset}}, {{cursor}}, {{page_size}}")
    if problem := url_problem(url):
        raise ValueError(problem)
    return template


def _checked_number_pattern(pattern: str) -> str:
    groups = _checked_pattern(pattern).groups
    if groups != 1:
        raise ValueError(f"must have one group, around the number; it has {groups}")
    return pattern


def _checked_url_pattern(pattern: str) -> str:
    _checked_pattern(pattern)
    return pattern


def _checked_pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error


def _checked_host(host: str) -> str:
    if not _HOST_NAME.fullmatch(host):
        raise ValueError('is no host name: write it without scheme and path, as in "cdn.shop.example"')
    return host.lower()


def checked_header_name(name: str) -> str:
    """Raises ValueError where `name` is none."""
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("is no header name: letters, digits and hyphens, as in Accept-Language")
    return name


def checked_header_value(value: str) -> str:
    """Raises ValueError where a header cannot hold `value`."""
    if not value.replace("\t", " ").isprintable():
        raise ValueError("has a line break or a control character in it")
    return value


def _checked_cookie_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("is no cookie's name: letters, digits, hyphens and the like, without a space")
    return name


def _checked_cookie_value(value: str) -> str:
    if not _COOKIE_VALUE.fullmatch(value):
        raise ValueError(
            "has a character in it that no cookie may have: a space, a comma, a semicolon, quotation marks"
        )
    return value


def _checked_place(place: str) -> str:
    check_place(place)
    return place


def _checked_pointer(pointer: str) -> str:
    check_pointer(pointer)
    return pointer


def _checked_answer_place(place: str) -> str:
    if place.startswith(HEADER):
        checked_header_name(place.removeprefix(HEADER))
    else:
        check_pointer(place)
    return place


def _checked_product_url(template: str) -> str:
    pointers = _FIELD.findall(template)
    if not pointers:
        raise ValueError('must contain a JSON pointer in braces, as in "/products/{/handle}"')
    for pointer in pointers:
        check_pointer(pointer)
    return template


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_list_or_none(value: object) -> object:
    """A list of one may be written without brackets; "" is an empty one."""
    return [] if _none_if_blank(value) is None else _as_list(value)


# "" takes back what a layer below has set: TOML has no null.
Emptied = BeforeValidator(_none_if_blank)
Selector = Annotated[str, AfterValidator(_checked_selector)]
Url = Annotated[str, AfterValidator(_checked_url)]
Urls = Annotated[tuple[Url, ...], BeforeValidator(_as_list_or_none), Field(strict=False)]
PageUrl = Annotated[str, AfterValidator(_checked_page_url)]
ProductUrl = Annotated[str, AfterValidator(_checked_product_url)]
Pattern = Annotated[str, AfterValidator(_checked_number_pattern)]
UrlPattern = Annotated[str, AfterValidator(_checked_url_pattern)]
HostName = Annotated[str, AfterValidator(_checked_host)]
HeaderName = Annotated[str, AfterValidator(checked_header_name)]
HeaderValue = Annotated[str, AfterValidator(checked_header_value)]
CookieName = Annotated[str, AfterValidator(_checked_cookie_name)]
CookieValue = Annotated[str, AfterValidator(_checked_cookie_value)]
Pointer = Annotated[str, AfterValidator(_checked_pointer)]
AnswerPlace = Annotated[str, AfterValidator(_checked_answer_place)]
Places = Annotated[
    tuple[Annotated[str, AfterValidator(_checked_place)], ...], BeforeValidator(_as_list), Field(strict=False)
]
Pointers = Annotated[tuple[Pointer, ...], BeforeValidator(_as_list), Field(strict=False)]
