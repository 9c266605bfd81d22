"""Drafts a profile from the first one or two pages of a listing that nothing is known of. Pure: pages in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ecomscraper.exceptions import ProfileError
from ecomscraper.pages.card_finder import FEWEST_CARDS, find_cards, whole_products
from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import Document
from ecomscraper.pages.links import next_of_page
from ecomscraper.pages.listing import read_listing
from ecomscraper.pages.pager_finder import FoundPager, PageTemplate, find_pager, page_template
from ecomscraper.pages.product_fields import ProductFields
from ecomscraper.pages.total_finder import FoundTotal, find_total
from ecomscraper.sites.draft_text import DraftText, Value
from ecomscraper.sites.loader import list_platforms, profile_from_text
from ecomscraper.sites.profile import SiteProfile

_NAMELESS = "draft"
_TOLD_BY_CARDS = ("name", "url", "price", "currency", "availability")


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile to be looked over by a person."""

    text: str
    """TOML of at most 15 lines."""
    profile: SiteProfile
    products: list[list[ProductFields]]
    """What each of the pages gives by it."""
    missing: list[str]
    """What could not be found, and what follows from it."""


@dataclass(slots=True)
class _Listing:
    """What was found on the pages."""

    pages: Sequence[Document]
    card: str
    cards: int
    platform: str | None = None
    pager: FoundPager | None = None
    total: FoundTotal | None = None
    last_page: int | None = None
    """Where pager and total leave no doubt."""
    missing: list[str] = field(default_factory=list)

    @property
    def first(self) -> Document:
        return self.pages[0]


def next_page(document: Document) -> str | None:
    """The absolute URL of the page after this one of a listing; None where it links none that can be recognised."""
    pager = find_pager(document)
    return pager.next_url if pager else None


def draft_profile(
    pages: Sequence[Document], own: Mapping[str, Value] | None = None, *, platforms: Sequence[str] | None = None
) -> Draft | None:
    """The draft that reads `pages`, the first one or two of a listing; None where the first one shows no cards.

    `own` are values that the user has given, by dotted key. A preset is built on where it reads at least as many
    products as the general rules do; then the draft holds only what the shop has otherwise. `platforms` are the
    presets that are tried, None for all.
    """
    listing = _recognised(pages, list_platforms() if platforms is None else platforms)
    if listing is None:
        return None
    _measure(listing)
    text = DraftText()
    text.set("start", listing.first.url)
    text.set("platform", listing.platform)
    _draft_pagination(text, listing)
    if listing.platform is None:
        text.set("listing.card", listing.card)
    _draft_total(text, listing)
    for key, value in (own or {}).items():
        text.set(key, value)
    profile = _profile(text)
    products = [_products(page, profile) for page in pages]
    _note_fields(text, listing, [product for page in products for product in page])
    if len(products) > 1 and {one.url for one in products[1]} <= {one.url for one in products[0]}:
        listing.missing.append("page 2 shows no other products than page 1: the pager leads nowhere")
    return Draft(str(text), profile, products, listing.missing)


def _recognised(pages: Sequence[Document], platforms: Sequence[str]) -> _Listing | None:
    """By a preset if one gives as many products as what repeats on the page does."""
    found = find_cards(pages[0])
    best = _Listing(pages, found.selector, len(found.products)) if found else None
    most = found.whole if found else FEWEST_CARDS
    presets = [
        (len(profile.listing.card or ""), name, profile) for name, profile in _presets(pages[0].url, platforms).items()
    ]
    for _, name, profile in sorted(presets, key=lambda one: -one[0]):  # the more a selector says, the surer it is
        products = _products(pages[0], profile)
        whole = whole_products(products)
        if profile.listing.card and whole >= most and (best is None or best.platform is None or whole > most):
            best, most = _Listing(pages, profile.listing.card, len(products), name), whole
    return best


def _measure(listing: _Listing) -> None:
    """Find pager and total, which vouch for each other."""
    listing.pager = pager = find_pager(listing.first)
    known = 1 if pager is None else pager.last_page or pager.largest
    find = partial(find_total, listing.first, card=listing.card, cards=listing.cards)
    listing.total = find(last_page=known) or find(last_page=None)
    if pager is None:
        return
    by_total = -(-listing.total.value // listing.cards) if listing.total else 0
    listing.last_page = pager.last_page or (by_total if by_total >= (pager.largest or 2) else None)


def _presets(start: str, platforms: Sequence[str]) -> dict[str, SiteProfile]:
    """Each preset that reads pages of HTML, as a profile of this shop."""
    presets = {}
    for name in platforms:
        text = DraftText(values={"start": start, "platform": name})
        try:
            profile = profile_from_text(_NAMELESS, str(text)).profile
        except ProfileError:  # one that needs more than a start
            continue
        if profile.pagination.strategy in ("numbered", "next_link"):
            presets[name] = profile
    return presets


def _profile(text: DraftText) -> SiteProfile:
    """The profile as far as it is drafted; what a strategy requires and is not known yet is filled in."""
    values = dict(text.values)
    if "pagination.page_url" not in values and "platform" not in values:
        values.setdefault("pagination.strategy", "next_link")
    return profile_from_text(_NAMELESS, str(DraftText(values=values))).profile


def _products(page: Document, profile: SiteProfile) -> list[ProductFields]:
    card = profile.listing.card
    if card is None:
        return []
    return read_cards(page, card=card, selectors=profile.product.selectors, base_url=page.url)


def _draft_pagination(text: DraftText, listing: _Listing) -> None:
    if listing.pager is None:
        text.set("pagination.strategy", "next_link", "no pager was found")
        said = f", and it prints a total of {listing.total.value}" if listing.total else ""
        listing.missing.append(f"no pager was found{said}: only this page of {listing.cards} cards will be read")
        return
    template = page_template(_page_urls(listing), listing.first.url)
    if template is not None and listing.last_page is not None:
        _draft_numbers(text, listing, listing.pager, template)
    else:
        _draft_next_link(text, listing, listing.pager, template)


def _page_urls(listing: _Listing) -> dict[int, str]:
    """Page number → URL: what links are numbered with, and where "next" leads from the pages that were read."""
    urls: dict[int, str] = {}
    for number, pager in enumerate([listing.pager, *map(find_pager, listing.pages[1:])], 1):
        if pager is not None:
            urls = {**pager.urls, **urls}
            if pager.next_url:
                urls.setdefault(number + 1, pager.next_url)
    return urls


def _draft_numbers(text: DraftText, listing: _Listing, pager: FoundPager, template: PageTemplate) -> None:
    preset = _profile(text) if listing.platform else None
    numbered = preset is not None and preset.pagination.strategy == "numbered"
    if preset is None or not numbered or _second_page(preset) != template.url(listing.first.url, 2):
        text.set("pagination.page_url", template.page_url)
    if preset is None or read_listing(listing.first, preset).last_page != (pager.last_page or pager.largest):
        text.set("pagination.pager", pager.selector)
    text.set("pagination.page_size", listing.cards)


def _second_page(profile: SiteProfile) -> str:
    size = profile.pagination.page_size or 0
    return profile.page_template.replace("{page}", "2").replace("{offset}", str(size))


def _draft_next_link(text: DraftText, listing: _Listing, pager: FoundPager, template: PageTemplate | None) -> None:
    why = "the pager does not number all pages" if template is None else "no page tells which one is the last"
    text.set("pagination.strategy", "next_link", why)
    profile = _profile(text)
    if next_of_page(listing.first, profile.pagination.next) != pager.next_url:
        text.set("pagination.next", pager.next_selector)
        if pager.next_selector is None:
            listing.missing.append("no selector for the link to the next page was found: only the first page is read")
            return
    profile = _profile(text)
    if next_of_page(listing.first, profile.pagination.next) is None:
        listing.missing.append("the first page links no next one: only the first page is read")
    elif listing.last_page is None:
        listing.missing.append("no page tells how many pages there are: the listing ends where no next page is linked")


def _draft_total(text: DraftText, listing: _Listing) -> None:
    """Where all pages print the same total."""
    profile = _profile(text)
    if _declared(listing.pages, profile) is not None:
        return
    if listing.total is not None:
        trial = DraftText(values={**text.values, "expectations.total": listing.total.selector})
        if _declared(listing.pages, _profile(trial)) == listing.total.value:
            text.set("expectations.total", listing.total.selector)
            return
    if profile.expectations.total:
        text.set("expectations.total", "", "the platform's finds nothing")
    listing.missing.append("no total is printed: completeness cannot be checked")


def _declared(pages: Sequence[Document], profile: SiteProfile) -> int | None:
    totals = {read_listing(page, profile).declared_total for page in pages}
    return totals.pop() if len(totals) == 1 else None


def _note_fields(text: DraftText, listing: _Listing, products: Sequence[ProductFields]) -> None:
    """What the cards do not tell."""
    count = len(products)
    for name in _TOLD_BY_CARDS:
        without = sum(getattr(product, name) is None for product in products)
        if name == "currency":
            without = sum(product.currency is None and product.price is not None for product in products)
        if not without:
            continue
        what = "no card tells" if without == count else f"{without} of {count} cards do not tell"
        if name == "currency":
            text.comments.append(
                "product.currency = \"xpath:string('USD')\"  # the sign is shared by several: name the shop's"
            )
        how = _REMEDIES.get(name, f"say where with product.{name}, or add -a details=true")
        listing.missing.append(f"{what} the {name}: {how}")


_REMEDIES = {
    "currency": "name it in the line that begins with # product.currency",
    "price": "say where with product.price, unless these have none",
    "availability": "-a details=true reads it on each product's own page",
}
