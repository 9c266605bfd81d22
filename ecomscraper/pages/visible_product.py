"""The product as a person sees it on its page: what stands near the heading, and not in a card beside it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ecomscraper.pages.availability import read_availability
from ecomscraper.pages.document import Document
from ecomscraper.pages.marked_values import (
    image_of,
    labelled_gtin,
    labelled_sku,
    seen_text,
    shown_availability,
    shown_brand,
    shown_count,
    shown_description,
    shown_gtin,
    shown_rating,
    shown_sku,
    text_pieces,
)
from ecomscraper.pages.marks import Marks, read_marks
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.price import PricePair
from ecomscraper.pages.price_block import TEXT_TAGS, first_price, unmarked_price
from ecomscraper.pages.product_fields import ProductFields, text_of

_ELSEWHERE_TAGS = frozenset({"nav", "footer", "aside", "dialog"})
_ELSEWHERE = re.compile(
    r"(?<!un)related|up-?sell|cross-?sell|recommend|similar|recently|(?:mini|header|side)-?(?:cart|basket)"
    r"|cart-(?:drawer|contents|sidebar|modal|popup|total|notification)|shopping-cart|basket-(?:summary|drawer|total)"
    r"|side-?bar|widget-area|also-?(?:bought|like|viewed)|customers-also|you-may|accessories|frequently"
    r"|(?:^|[\s_-])(?:popup|modal|drawer|carousel-products|recs)(?:$|[\s_-])|site-header|mega-?menu"
    r"|(?:^|\s)(?:breadcrumbs?|footer|widget|reviews?|comments?|bundles?)(?:$|\s)|review-(?:list|item|body)|comment-",
    re.IGNORECASE,
)
_BUY = re.compile(
    r"add to (?:cart|bag|basket|trolley)|buy (?:now|it now)|in den (?:waren|einkaufs)korb|jetzt kaufen"
    r"|ajouter au panier|acheter|añadir (?:al carrito|a la cesta)"
    r"|agregar al carrito|comprar|aggiungi al carrello|acquista|in winkelwagen|toevoegen|do koszyka"
    r"|kup teraz|do košíku|vložit|lägg i (?:varukorg|kundvagn)|legg i handlekurv|læg i kurv"
    r"|lisää (?:ostos)?koriin|sepete ekle|kosárba|adaugă în coș|в корзину|купить|до кошика|カートに入れる"
    r"|加入购物车|加入購物車|장바구니|أضف|הוסף לסל",
    re.IGNORECASE,
)
_BUY_NAMES = re.compile(
    r"add[-_]?to[-_]?(?:cart|bag|basket)|addtocart|buy-?button|product-form__submit|btn-cart", re.IGNORECASE
)
_LOGO = re.compile(r"(?:^|[\s_-])(?:logo|site-?title|site-branding|site-header|masthead)(?:$|[\s_-])", re.IGNORECASE)
_HEADING_OF_SECOND_RANK = "//h2[@itemprop='name' or contains(@class, 'product')][not(ancestor::li)]"
_FEWEST_CARDS = 3
_MOST_PRICES = 20
_MOST_PIECES = 400  # of text in which a label is looked for


_Place = tuple[Any, str, str]


@dataclass(frozen=True, slots=True)
class VisibleProduct:
    """What a person is shown."""

    heading: str | None
    """The page's main heading; None without one."""
    fields: ProductFields
    is_offered: bool
    """There is a button to buy it, words on its stock, or a number of the trade: so it is a product's page."""


def read_visible_product(document: Document, currency: PageCurrency, *, url: str, title: str = "") -> VisibleProduct:
    """Fields are None where nothing stands near the heading; a price among many like it belongs to a card.

    `title` is what the page is called elsewhere: of several headings the one that is part of it is the main one.
    """
    tree = document.tree
    heading = _main_heading(tree, title)
    if heading is None:
        return VisibleProduct(None, ProductFields(), False)
    above = {heading, *heading.iterancestors()}
    marks = read_marks(tree, lambda element: element not in above and _is_elsewhere(element))
    buttons = [one for one in marks.all("button") + marks.all("link") if _is_buy_button(one)]
    holding = {above for one in buttons for above in one.iterancestors()}
    prices = _near(heading, marks.all("price"), above)
    (price, regular), element = first_price(prices[:_MOST_PRICES], currency=currency.stated)
    if not marks.all("price"):
        (price, regular), element = _unmarked(heading, above, holding, currency)
    only_cards = bool(marks.all("price")) and not prices
    area = None if only_cards else _area(heading, above, holding, element)
    name = text_of(seen_text(heading))
    if price is not None:
        price = currency.settled(price)
    sku, gtin = shown_sku(_within(area, marks, "sku")), shown_gtin(_within(area, marks, "gtin"))
    pieces = text_pieces(area)[:_MOST_PIECES] if area is not None and not (sku and gtin) else []
    stock = shown_availability(_within(area, marks, "stock"))
    button = _pressed(one for one in buttons if area is not None and area in one.iterancestors())
    fields = ProductFields(
        name=name,
        price=price.amount or None if price else None,
        regular_price=regular.amount if regular else None,
        currency=price.currency if price else None,
        availability=stock or button,
        sku=sku or labelled_sku(pieces),
        brand=shown_brand(_within(area, marks, "brand")),
        gtin=gtin or labelled_gtin(pieces),
        image_url=image_of(_within(area, marks, "picture"), document.base_url or url),
        rating=shown_rating(_within(area, marks, "rating")),
        review_count=shown_count(_within(area, marks, "count") or _within(area, marks, "rating")),
        description=shown_description(_within(area, marks, "description"), [heading, *marks.all("price")]),
    )
    return VisibleProduct(name, fields, bool(stock or button or fields.sku or fields.gtin))


def _main_heading(tree: Any, title: str) -> Any:
    """The h1 of the product; the shop's own name is often one, too."""
    headings = [one for one in tree.iter("h1") if seen_text(one)]
    named = [one for one in headings if "name" in (one.get("itemprop") or "").split()]
    places = {one: title.casefold().find(seen_text(one).casefold()) for one in headings}
    called = sorted((one for one in headings if places[one] >= 0), key=lambda one: places[one])
    outside = [one for one in headings if not _is_in_page_header(one)]
    if headings:
        return (named or [one for one in called if one in outside] or outside or called or headings)[0]
    return next((one for one in tree.xpath(_HEADING_OF_SECOND_RANK) if seen_text(one)), None)


def _is_in_page_header(heading: Any) -> bool:
    above = [heading, *heading.iterancestors()]
    return any(one.tag == "nav" or _LOGO.search(f"{one.get('class') or ''} {one.get('id') or ''}") for one in above[:4])


def _is_elsewhere(element: Any) -> bool:
    if element.tag in _ELSEWHERE_TAGS:
        return element.tag != "aside" or next(element.iter("button", "form"), None) is None  # some buy boxes are asides
    words = f"{element.get('class') or ''} {element.get('id') or ''}"
    return len(words) > 1 and element.tag != "body" and _ELSEWHERE.search(words) is not None


def _near(heading: Any, prices: list[Any], above: set[Any]) -> list[Any]:
    """The prices that share the innermost element with the heading, those of cards left out."""
    meeting = {
        price: next(one for one in price.iterancestors() if one in above) for price in prices if price not in above
    }
    alike: dict[_Place, set[Any]] = defaultdict(set)
    places = {price: list(_places(price, shared)) for price, shared in meeting.items()}
    for price in meeting:
        for child, place in places[price]:
            alike[place].add(child)
    cards = {place for place, children in alike.items() if _are_cards(children)}
    own = [
        price for price in meeting if not any(place in cards or _links_away(child) for child, place in places[price])
    ]
    depth = {ancestor: level for level, ancestor in enumerate(heading.iterancestors())}
    return sorted(own, key=lambda price: depth.get(meeting[price], 0))


def _places(price: Any, shared: Any) -> Iterator[tuple[Any, _Place]]:
    """(element, its parent and kind) from the price up to what it shares with the heading."""
    child = price
    for ancestor in price.iterancestors():
        yield child, (ancestor, child.tag, (child.get("class") or "").split(" ")[0])
        if ancestor is shared:
            return
        child = ancestor


def _links_away(element: Any) -> bool:
    return element.tag == "a" and not (element.get("href") or "#").startswith("#")


def _are_cards(children: set[Any]) -> bool:
    """Whether elements of one kind with a price in each are cards: there are three, and they link somewhere."""
    return len(children) >= _FEWEST_CARDS and any(next(one.iter("a"), None) is not None for one in children)


def _unmarked(heading: Any, above: set[Any], holding: set[Any], currency: PageCurrency) -> tuple[PricePair, Any]:
    """A price without any mark, below the heading and near a button to buy."""
    around = next((one for one in heading.iterancestors() if one in holding), None)
    if around is None or around.tag in {"body", "html"}:
        return PricePair(None, None), None
    elements = list(around.iter(*TEXT_TAGS, heading.tag))
    below = elements[elements.index(heading) + 1 :]
    seen = (one for one in below if not any(_is_elsewhere(a) for a in [one, *one.iterancestors()] if a not in above))
    return unmarked_price(seen, currency=currency.stated)


def _area(heading: Any, above: set[Any], holding: set[Any], price: Any) -> Any:
    """The innermost element around heading, price and the button to buy; None where there is neither of these."""
    if price is None:
        return next((one for one in heading.iterancestors() if one in holding), None)
    area = next(one for one in price.iterancestors() if one in above)
    around = [area, *area.iterancestors()]
    inner = [one for one in around if one.tag not in {"body", "html"}]
    return next((one for one in inner if one in holding or one.tag == "main"), inner[-1] if inner else area)


def _within(area: Any, marks: Marks, kind: str) -> list[Any]:
    if area is None:
        return []
    return [one for one in marks.all(kind) if one is area or any(above is area for above in one.iterancestors())]


def _is_buy_button(element: Any) -> bool:
    if element.tag == "a" and not element.get("class"):
        return False
    words = " ".join(element.get(name) or "" for name in ("class", "id", "name", "data-button-action", "data-testid"))
    return bool(_BUY_NAMES.search(words) or _BUY.search(element.get("value") or seen_text(element)))


def _pressed(buttons: Iterable[Any]) -> str | None:
    """What the first button says; one that can be pressed and does not say otherwise means InStock."""
    button = next(iter(buttons), None)
    if button is None:
        return None
    term = read_availability(button.get("value") or seen_text(button))
    if "disabled" in button.attrib or "disabled" in (button.get("class") or "").split():
        return term if term != "InStock" else None
    return term or "InStock"
