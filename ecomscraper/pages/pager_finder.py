"""Finds the pager of a listing on a page that nothing is known of: the next page, numbered pages, the last one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

from ecomscraper.pages.document import Document, collapse
from ecomscraper.pages.element_selectors import selector_of
from ecomscraper.pages.page_words import page_numbers
from ecomscraper.pages.short_text import short_text

_PAGE = "page|seite|pages?|página|pagina|strona|stránka|sidan?|side|sivu|sayfa|oldal|страница|сторінка"
_NEXT_WORDS = re.compile(
    rf"(?:(?:go to |to )?(?:the |zur |zum )?(?:{_PAGE})?\s*(?:next|older|weiter|nächste[rs]?|vor|suivante?s?"
    r"|siguientes?|próxim[oa]s?|proxima|avanti|successiv[oae]|seguente|volgende|następn[ae]|dalej|další|ďalšia|naslednja|sljedeća"
    r"|nästa|neste|næste|seuraava|sonraki|következő|următoarea|следующая|следващ[аи]|далее|вперед|вперёд|наступна|далі"
    rf"|επόμενη|التالي|הבא|tiếp|berikutnya|selanjutnya)(?:.{{0,3}}(?:{_PAGE}))?"
    r"|次(?:の(?:ページ|\d+件))?へ?|다음(?: 페이지)?|下一[页頁]|下[页頁]|ถัดไป)\W*",
    re.IGNORECASE,
)
_NEXT_SIGNS = frozenset({"›", "»", "→", ">", ">>", "❯", "⟩", "▶", "►"})
_NEXT_CLASS = re.compile(r"(?:^|[\s_-])next(?:$|[\s_-])", re.IGNORECASE)
_NO_PAGER = re.compile(r"slick|swiper|carousel|slider|slide|gallery|owl-", re.IGNORECASE)
_PAGER = re.compile(r"pag(?:er|ination|inator|ing|e-?numbers|e-?list|es-items|es(?:$|\s))", re.IGNORECASE)
_LONGEST_TEXT = 40  # characters of a link in a pager
_LONGEST_PAGER = 2000
_MOST_LEVELS = 5


@dataclass(frozen=True, slots=True)
class FoundPager:
    """What a page of a listing says of the others."""

    next_url: str | None
    """Absolute; of the page after this one."""
    next_selector: str | None
    """Matches the link to it."""
    urls: Mapping[int, str]
    """Absolute URL of each page that is linked by its number."""
    selector: str | None
    """Matches the element around it all."""
    last_page: int | None
    """The last page, where that is certain: "page 1 of 12", or numbers with a gap on the way to the last one."""
    largest: int | None
    """The largest number in the pager."""


@dataclass(frozen=True, slots=True)
class PageTemplate:
    """How pages are addressed."""

    page_url: str
    """Holds `{page}`, or `{offset}` for the number of products on the pages before; relative to the first page."""
    page_size: int | None
    """Products on a page, where the addresses tell."""

    def url(self, start: str, page: int) -> str:
        """The absolute URL of a page from 2 on."""
        offset = (page - 1) * (self.page_size or 0)
        return urljoin(start, self.page_url.replace("{page}", str(page)).replace("{offset}", str(offset)))


def find_pager(document: Document) -> FoundPager | None:
    """None where the page links no other page of a listing."""
    links = [link for link in document.tree.iter("a") if link.get("href") and not _is_elsewhere(link)]
    numbered = _numbered_links(links)
    following = _next_link(document, links)
    urls = {number: _url(link, document) for number, link in numbered.items()}
    if 2 not in urls and 1 not in urls:  # links with numbers that are no pages: how many are shown, years
        numbered, urls = {}, {}
    if following is None and not numbered:
        return None
    around = _around(list(numbered.values()), following)
    numbers = _numbers_in(around) if around is not None else []
    return FoundPager(
        next_url=_url(following, document) if following is not None else urls.get(2) if 1 not in urls else None,
        next_selector=_next_selector(following, document) if following is not None else None,
        urls=urls,
        selector=_selector(around, document) if around is not None else None,
        last_page=_certain_last(around, sorted(numbers)) if around is not None else None,
        largest=max(numbers, default=None),
    )


def page_template(urls: Mapping[int, str], start: str) -> PageTemplate | None:
    """The template by which all of `urls`, page number → absolute URL, are made; None where there is none.

    It takes pages 2 and 3, or page 2 alone where its number stands in one place only. `start` is the first page.
    """
    others = {number: url for number, url in urls.items() if number >= 2}
    if 2 not in others:
        return None
    for template in _templates(others[2], others.get(3), start):
        if all(template.url(start, number) == url for number, url in others.items()):
            return template
    return None


def _templates(second: str, third: str | None, start: str) -> list[PageTemplate]:
    parts = re.split(r"(\d+)", second)
    others = re.split(r"(\d+)", third) if third is not None else None
    if others is not None and len(others) != len(parts):
        return []
    places = [
        place
        for place, part in enumerate(parts)
        if (part != others[place] if others is not None else place % 2 and part == "2")
    ]
    if len(places) != 1 or places[0] % 2 == 0 or "{" in second or "}" in second:
        return []
    place = places[0]
    number, step = int(parts[place]), int(others[place]) - int(parts[place]) if others is not None else 1

    def template(name: str, size: int | None) -> PageTemplate:
        return PageTemplate(_relative("".join([*parts[:place], name, *parts[place + 1 :]]), start), size)

    if number == 2 and step == 1:
        return [template("{page}", None)]
    return [template("{offset}", number)] if number == step > 1 else []


def _relative(url: str, start: str) -> str:
    """`url` as short as a link on `start` may be."""
    there, here = urlsplit(url), urlsplit(start)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        return url
    query = f"?{there.query}" if there.query else ""
    folder = here.path.rpartition("/")[0] + "/"
    if there.path == here.path and query:
        return query
    path = there.path.removeprefix(folder) if there.path.startswith(folder) else there.path
    short = (path if path and ":" not in path.partition("/")[0] else there.path) + query
    return short if urljoin(start, short) == url else url


def _numbered_links(links: list[Any]) -> dict[int, Any]:
    """The first link for each number of a page."""
    found: dict[int, Any] = {}
    for link in links:
        numbers = page_numbers(short_text(link, _LONGEST_TEXT))
        if len(numbers) == 1 and numbers[0] > 0 and not link.get("href").startswith(("#", "javascript:", "tel:")):
            found.setdefault(numbers[0], link)
    return found


def _next_link(document: Document, links: list[Any]) -> Any:
    """By its relation, its class, what it says: the first link that leads elsewhere."""
    heads = [one for one in document.tree.iter("link") if one.get("href")]
    for says in (_by_relation, _by_class, _by_words):
        for link in [*links, *heads]:
            if says(link) and _url(link, document).partition("#")[0] not in {"", document.url.partition("#")[0]}:
                return link
    return None


def _by_relation(link: Any) -> bool:
    return "next" in (link.get("rel") or "").lower().split()


def _by_class(link: Any) -> bool:
    around = link.getparent()
    own = _NEXT_CLASS.search(link.get("class") or "")
    return bool(own or (around is not None and len(around) == 1 and _NEXT_CLASS.search(around.get("class") or "")))


def _by_words(link: Any) -> bool:
    texts = (short_text(link, _LONGEST_TEXT), link.get("aria-label") or "", link.get("title") or "")
    short = [text.strip() for text in texts if 0 < len(text) <= _LONGEST_TEXT]
    if any(text in _NEXT_SIGNS for text in short):
        return _pager_around(link) is not None
    return any(_NEXT_WORDS.fullmatch(text) for text in short)


def _next_selector(link: Any, document: Document) -> str | None:
    def leads_there(matched: list[Any]) -> bool:
        return len({_url(one, document) for one in matched}) == 1

    if _by_relation(link):
        return f'{link.tag}[rel~="next"]'
    attributes = [name for name in ("aria-label", "title") if _NEXT_WORDS.fullmatch((link.get(name) or "").strip())]
    return selector_of([link], document, leads_there, attributes=attributes)


def _around(numbered: list[Any], following: Any) -> Any:
    """The innermost element that holds two page numbers, or the next link within something that is called a pager."""
    if len(numbered) > 1:
        wanted = set(numbered)
        for above in numbered[0].iterancestors():
            if above.tag in {"body", "html"}:
                return None
            if len(wanted.intersection(above.iter("a"))) > 1:
                return above
    link = numbered[0] if numbered else following
    return _pager_around(link) if link.tag == "a" else None


def _pager_around(link: Any) -> Any:
    for level, above in enumerate(link.iterancestors()):
        if level == _MOST_LEVELS or above.tag in {"body", "html", "main"}:
            return None
        words = f"{above.get('class') or ''} {above.get('id') or ''}"
        if above.tag == "nav" or (above.tag != "li" and _PAGER.search(words)):
            return above
    return None


def _selector(around: Any, document: Document) -> str | None:
    """Matches what says the same only: a pager is often printed above and below the cards."""
    said = short_text(around, _LONGEST_PAGER)
    return selector_of(
        [around], document, lambda matched: all(short_text(one, _LONGEST_PAGER) == said for one in matched)
    )


def _numbers_in(around: Any) -> list[int]:
    texts = [collapse(str(text)) for text in around.xpath(".//text()[normalize-space()]")]
    return sorted({number for text in texts for number in page_numbers(text) if number > 0})


def _certain_last(around: Any, numbers: list[int]) -> int | None:
    """The last number where a text says "1 of 12", or where numbers are left out on the way to it."""
    for text in around.xpath(".//text()[normalize-space()]"):
        said = page_numbers(collapse(str(text)))
        if len(said) == 2 and said[1] >= said[0]:
            return said[1]
    has_gap = any(after - before > 1 for before, after in pairwise(numbers))
    return numbers[-1] if has_gap else None


def _is_elsewhere(link: Any) -> bool:
    around = link.getparent()
    words = f"{link.get('class') or ''} {around.get('class') or '' if around is not None else ''}"
    return _NO_PAGER.search(words) is not None


def _url(link: Any, document: Document) -> str:
    try:
        url = urljoin(document.base_url, collapse(link.get("href")))
        return url if urlsplit(url).scheme in {"http", "https"} else ""
    except ValueError:
        return ""
