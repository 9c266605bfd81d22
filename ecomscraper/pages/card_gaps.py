"""A card of which all is known but what stands in its gaps: most of what it says is told from these alone.

For each thing that a card says there are places to be asked, the best first, and the first that answers decides. Where
the first place is a gap, and what stands there is an answer, the rest of the card has no say. Else the gaps are filled
into the tree, and that is read as any card is, by the `CardReader`.
"""

from __future__ import annotations

import html as entities
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecomscraper.pages.card_layout import CardLayout
from ecomscraper.pages.card_values import CardReader, may_lead_to_product, of_own_classes, shown_stock
from ecomscraper.pages.marked_values import IMAGE_ATTRIBUTES, SILENT_TAGS, is_whole, picture_at, seen
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.price import PricePair
from ecomscraper.pages.price_block import TAIL, TEXT, Place, PriceBlock, first_pair
from ecomscraper.pages.product_fields import sku_of, text_of, url_of

_MOST_STOCKS = 256


class GappedCard:
    """The tree of a card, with gaps, and which of them is the first place to ask for what.

    Gaps are counted from 0. None is for what is no gap, or is not there at all.
    """

    def __init__(self, layout: CardLayout, places: Sequence[Place | None]) -> None:
        """`places` are those of the gaps; None where nobody is interested in one."""
        self.layout = layout
        self._places = places
        self._filled_with: Sequence[str | None] = [None] * len(places)
        numbers = {place: number for number, place in enumerate(places) if place is not None}
        self.own_classes = numbers.get((layout.card, "class"))
        self.link = _number(_first_link(layout), numbers)
        self.name = _text_in(layout.names[0], numbers) if layout.names else None
        """The gaps that are the text of the name."""
        self.image = _number(_first_image(layout), numbers)
        self.sku = _number(next(iter(layout.sku_places), None), numbers)
        self.prices = _prices(layout.prices, numbers)
        """What of each price is in which gap."""
        self.stock = _stock(layout, numbers)
        """All gaps on which depends what the card says of stock, but for its own classes."""
        self.stocks: dict[tuple[str, ...], str | None] = {}
        """What it says of stock with what in these gaps, as far as it is known."""

    def filled(self, gaps: Sequence[str]) -> CardLayout:
        """The tree with these texts in its gaps, good until this is called again."""
        if self._filled_with is gaps:
            return self.layout
        filled_with, self._filled_with = self._filled_with, [None] * len(gaps)
        for place, gap, before in zip(self._places, gaps, filled_with, strict=True):
            if gap != before and place is not None:
                element, name = place
                if name is TEXT:
                    element.text = plain(gap)
                elif name is TAIL:
                    element.tail = plain(gap)
                else:
                    element.set(name, plain(gap))
        self._filled_with = gaps
        return self.layout


class GapReader(CardReader):
    """Reads one card from what stands in the gaps."""

    __slots__ = ("_form", "_gaps")

    def __init__(self, form: GappedCard, gaps: Sequence[str], currency: PageCurrency, base: str) -> None:
        super().__init__(form.layout, currency, base)
        self._form = form
        self._gaps = gaps

    @property
    def card(self) -> CardLayout:
        return self._form.filled(self._gaps)

    def _at(self, number: int | None) -> str | None:
        return None if number is None else plain(self._gaps[number])

    def url(self) -> str | None:
        href = self._at(self._form.link)
        return url_of(href, self._base) if may_lead_to_product(href) else super().url()

    def name(self) -> str | None:
        if numbers := self._form.name:
            name = text_of(seen("".join([plain(self._gaps[number]) for number in numbers])))
            if is_whole(name):
                return name
        return super().name()

    def prices(self) -> PricePair:
        said = [
            (block.said_by([self._at(number) for number in numbers], self._currency.stated), block.element)
            for block, numbers in self._form.prices
        ]
        pair, _ = first_pair(said)
        return super().prices() if pair.price is None else pair

    def availability(self) -> str | None:
        form = self._form
        classes = self._layout.card.get("class") if form.own_classes is None else self._at(form.own_classes)
        if classes and (term := of_own_classes(classes)):
            return term
        if form.stock is None:
            return super().availability()
        said = tuple([self._gaps[number] for number in form.stock])
        if said not in form.stocks:
            if len(form.stocks) >= _MOST_STOCKS:
                form.stocks.clear()
            form.stocks[said] = shown_stock(self.card)
        return form.stocks[said]

    def sku(self) -> str | None:
        if (stated := self._at(self._form.sku)) and (sku := sku_of(stated)):
            return sku
        return super().sku() if self._layout.sku_places or self._layout.marks.all("sku") else None

    def image_url(self) -> str | None:
        if (address := self._at(self._form.image)) and (url := picture_at(address, self._base)):
            return url
        return super().image_url() if self._layout.pictures else None


def plain(text: str) -> str:
    """The text that is written so in HTML."""
    return entities.unescape(text) if "&" in text else text


def _number(place: Place | None, numbers: Mapping[Place, int]) -> int | None:
    return None if place is None else numbers.get(place)


def _first_link(card: CardLayout) -> Place | None:
    links = [one for of_name in card.links_of_names for one in of_name] + card.product_links + card.links
    return next(((one, "href") for one in links if "href" in one.attrib), None)


def _first_image(card: CardLayout) -> Place | None:
    return next(((one, name) for one in card.pictures[:1] for name in IMAGE_ATTRIBUTES if name in one.attrib), None)


def _text_in(element: Any, numbers: Mapping[Place, int]) -> list[int] | None:
    """The gaps that together are all its text; None where it says something else, too."""
    if element.tag in SILENT_TAGS:
        return None
    inner = list(element.iter())
    places = [(one, TEXT) for one in inner if one.text and isinstance(one.tag, str)]
    places += [(one, TAIL) for one in inner[1:] if one.tail]
    return sorted(numbers[place] for place in places) if all(place in numbers for place in places) else None


def _prices(blocks: Iterable[PriceBlock], numbers: Mapping[Place, int]) -> list[tuple[PriceBlock, list[int | None]]]:
    """None of them where one says something that is in no gap."""
    found = []
    for block in blocks:
        for element, name in block.places:
            if (element, name) not in numbers and (name in {TEXT, TAIL} or name in element.attrib):
                return []
        found.append((block, [numbers.get(place) for place in block.places]))
    return found


def _stock(card: CardLayout, numbers: Mapping[Place, int]) -> list[int] | None:
    """None where these would be all gaps of the card."""
    asked = [*card.marks.all("stock"), *card.badges]
    if card.card in asked:
        return None
    inner = {one for element in asked for one in element.iter()}  # what hides it from around it is no gap
    return [number for (element, _), number in numbers.items() if element in inner]
