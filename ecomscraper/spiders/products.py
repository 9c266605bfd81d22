"""The products of a shop: from the cards of its listing, or from each product's own page."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from ecomscraper.items import Bundle, Product, Sighting, product_key
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.ledger.opening import crawl_for
from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pages.product import read_product
from ecomscraper.pages.product_fields import FIELDS, ProductFields
from ecomscraper.pages.sitemap import Sitemap
from ecomscraper.pagination.page_ref import LISTING, PRODUCT, PageRef, own_page_position
from ecomscraper.pagination.session_ids import without_session_id
from ecomscraper.pagination.sitemap import products_in, sitemaps_in
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.answers import fetched_at, stored_answer
from ecomscraper.spiders.plan import CHANGED_DETAILS, NO_DETAILS
from ecomscraper.spiders.reading import OpenPage, PageReader
from ecomscraper.verdict.page import PageProblem, product_page_problem

_values = attrgetter(*FIELDS)


class ProductsSpider(Spider):
    """`scrapy crawl products -a site=NAME [-a details=true] -O products.json`"""

    name = "products"
    item_class = Product
    own_arguments = ("details",)
    crawl: Crawl
    reader: PageReader

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ProductsSpider:
        crawl = crawl_for(cls, kwargs, crawler.settings)
        spider = cls(crawl=crawl, reader=PageReader(crawler, crawl))
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        async for request in self.reader.requests(self.parse, self.give_up):
            yield request

    async def parse(self, response: Response) -> AsyncIterator[Bundle]:
        page = await self.reader.open(response)
        if page is None:
            return
        ref: PendingPage = response.meta["ecom_page"]
        if page.sitemap is not None:
            await self.crawl.settle(self._sitemap_page(response, page.listing, page.sitemap, ref))
            return
        cards = self._cards(page) if ref.kind != PRODUCT else []
        if ref.kind == LISTING or len(cards) > 1:
            bundle = await self._listing_page(response, page, ref, cards)
        else:
            bundle = await self._product_page(response, page, ref)
        if bundle is not None and bundle.items:
            yield bundle
        elif bundle is not None:  # it shows where products are, and gives none itself
            await self.crawl.settle(bundle)

    async def give_up(self, failure: Failure) -> None:
        await self.reader.give_up(failure)

    def _cards(self, page: OpenPage) -> list[ProductFields]:
        if page.products is not None:
            return page.products
        card = self.crawl.profile.listing.card
        selectors = self.crawl.profile.product.selectors
        return read_cards(page.document, card=card, selectors=selectors, base_url=page.document.url) if card else []

    async def _listing_page(
        self, response: Response, page: OpenPage, ref: PendingPage, cards: list[ProductFields]
    ) -> Bundle | None:
        if problem := product_page_problem(page.listing, self.crawl.profile, products=len(cards)):
            await self.reader.fail(response, problem, page.listing)
            return None
        at, profile = fetched_at(response), self.crawl.profile
        shown = [_product(card, ref.page, place, profile, at) for place, card in enumerate(cards, 1)]
        details = self.crawl.plan.details
        bundle = stored_answer(response, shown if details == NO_DETAILS else [], page.listing)
        keys = [product.key for product in shown]
        said = dict(zip(keys, map(card_digest, cards), strict=True))
        bundle.sightings = [Sighting(place, key, said[key]) for place, key in enumerate(keys, 1)]
        if details != NO_DETAILS:
            if details == CHANGED_DETAILS:
                bundle.carried_from, bundle.carried = await self.crawl.unchanged(said)
            own_pages = [
                PageRef(own_page_position(ref.position, product.position), ref.page, product.url, PRODUCT)
                for product, key in zip(shown, keys, strict=True)
                if product.url and key == product.url and key not in bundle.carried
            ]
            bundle.new_pages = lambda: own_pages
        return bundle

    def _sitemap_page(self, response: Response, listing: ListingPage, sitemap: Sitemap, ref: PendingPage) -> Bundle:
        """A sitemap shows products in its order, and nothing of them but their own pages."""
        profile = self.crawl.profile
        found_urls = map(without_session_id, products_in(sitemap, profile))
        urls = [url for url in found_urls if product_key(url) == url]  # longer ones lead to no shop
        bundle = stored_answer(response, [], listing)
        bundle.sightings = [Sighting(place, url) for place, url in enumerate(urls, 1)]
        found = [*sitemaps_in(sitemap, ref.position, profile), *_own_pages(ref, urls)]
        bundle.new_pages = lambda: found
        return bundle

    async def _product_page(self, response: Response, page: OpenPage, ref: PendingPage) -> Bundle | None:
        fields = read_product(page.document, url=response.url, selectors=self.crawl.profile.product.selectors)
        if fields is None:
            problem = PageProblem("no_products", "neither cards nor a product of its own were found")
            await self.reader.fail(response, problem, page.listing)
            return None
        product = _product(fields, ref.page, 1, self.crawl.profile, fetched_at(response))
        product.url = ref.url  # as the listing has it: by it a product is the same in every crawl
        bundle = stored_answer(response, [product], page.listing)
        if ref.kind != PRODUCT:
            bundle.sightings = [Sighting(1, product.key)]
        return bundle


def _own_pages(ref: PendingPage, urls: Iterable[str]) -> Iterator[PageRef]:
    for place, url in enumerate(urls, 1):
        yield PageRef(own_page_position(ref.position, place), ref.page, url, PRODUCT)


def card_digest(card: ProductFields) -> str:
    """What a card says, in short: two cards that say the same have the same."""
    return hashlib.sha256("\x1f".join(map(str, _values(card))).encode()).hexdigest()[:32]


def _product(fields: ProductFields, page: int, place: int, profile: SiteProfile, at: datetime) -> Product:
    product = Product(
        page=page,
        position=place,
        name=fields.name or "",
        price=fields.price,
        regular_price=fields.regular_price,
        currency=fields.currency,
        availability=fields.availability,
        sku=fields.sku,
        brand=fields.brand,
        gtin=fields.gtin,
        image_url=fields.image_url,
        rating=fields.rating,
        review_count=fields.review_count,
        description=fields.description,
        url=without_session_id(fields.url) if fields.url else None,
        fetched_at=at,
        source=dict(fields.source),
    )
    if fields.price is not None and fields.currency is None and profile.currency is not None:
        product.currency, product.source["currency"] = profile.currency, "profile"
    return product
