"""How shops write "page 4 of 12", in many languages."""

from __future__ import annotations

import re
from functools import lru_cache

from ecomscraper.pages.integers import read_integers

_PAGE = (
    r"page|pagina|página|pàgina|pág\.?|pag\.?|seite|strona|strana|stránka|stran|stranica|sida|side|sivu|oldal|sayfa"
    r"|trang|halaman|puslapis|lapa|lehekülg|страница|стр\.?|сторінка|σελίδα|ページ|페이지|صفحة|صفحه|עמוד|หน้า"
)
_PAGE_AFTER = r"oldal|sayfa|puslapis|lapa|lehekülg|страница|ページ目?|페이지|쪽"
_OF = r"/|of|von|van|sur|de|di|da|din|z|ze|av|af|od|iz|из|от|із|з|από|trên|dari"
_NUMBER = r"\d[\d.,]*"
_COUNT = rf"{_NUMBER}\s*(?:{_OF})\s*{_NUMBER}"
_CHINESE = rf"第\s*{_NUMBER}\s*(?:页|頁|ページ)(?:\s*[/,，]?\s*共\s*{_NUMBER}\s*[页頁])?"
_WESTERN = (
    rf"(?:{_PAGE})\s*:?\s*(?:\#|n[°º])?\s*(?:{_COUNT}|{_NUMBER})"
    rf"|{_NUMBER}\s*(?:{_PAGE_AFTER})(?:\s*/\s*{_NUMBER}\s*(?:{_PAGE_AFTER}))?"
)
_LABEL = rf"(?:{_WESTERN}|{_CHINESE})"

_DIGIT = re.compile(r"\d")
_LONGEST = 1000  # characters; more is no title and no pager, and would take quadratic time
_IN_PAGER = re.compile(rf"{_LABEL}|{_COUNT}|{_NUMBER}", re.IGNORECASE)
_WITHIN_PAGER = re.compile(rf"(?<!\w)(?:{_PAGE})\s*:?\s*{_COUNT}", re.IGNORECASE)
_ALONE = re.compile(rf"[(\[]?\s*{_LABEL}\s*[)\]]?", re.IGNORECASE)
_AT_END = re.compile(rf"(?:\s*[(\[]\s*{_LABEL}\s*[)\]]|[\s,:]+(?:{_WESTERN})|[\s,:_]*{_CHINESE})\s*$", re.IGNORECASE)
_AT_START = re.compile(rf"^\s*{_LABEL}\s*[:,]\s+(?=\S)", re.IGNORECASE)


def without_page_number(text: str) -> str:
    """`text` without the words that say which page it is; "" when it says nothing else.

    A bare "(4)" stays: it may count pieces as well as pages. So does a text of more than 1000 characters.

    >>> without_page_number("Laptops (Seite 4 von 12)")
    'Laptops'
    """
    while len(text) <= _LONGEST and _DIGIT.search(text):  # no label is without one, and most parts of titles are
        shorter = "" if _ALONE.fullmatch(text.strip()) else _AT_START.sub("", _AT_END.sub("", text))
        if shorter == text:
            break
        text = shorter
    return text


def page_numbers(text: str) -> list[int]:
    """The page numbers in a piece of a pager: "12", "Page 1 of 50", "1 / 50"; none in any other text."""
    return list(_page_numbers(text)) if len(text) <= _LONGEST else []


@lru_cache(maxsize=1024)  # the pagers of a listing say nearly the same on each of its pages
def _page_numbers(text: str) -> tuple[int, ...]:
    found = _IN_PAGER.fullmatch(text) or _WITHIN_PAGER.search(text)
    return tuple(read_integers(found[0])) if found else ()
