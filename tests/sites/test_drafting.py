"""Profiles drafted from the demo shop's pages in all its looks, by presets and by general rules alone."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.storefront import Storefront
from ecomscraper.demo.themes.theme import DEFAULT, THEMES
from ecomscraper.pages.document import Document, parse_document
from ecomscraper.sites.drafting import Draft, draft_profile, next_page
from ecomscraper.sites.loader import profile_from_text

HOST = "http://demo.localhost"
GENERAL = {
    "woocommerce": ("page/{page}/", "ul.page-numbers", "li.product", "p#result-count"),
    "bootstrap": ("?page={page}", "ul.pagination", "div.card", "p#count"),
    "books": ("page-{page}.html", "ul.pager", "article.product_pod", "form.form-horizontal"),
    "magento": ("?p={page}", "ul.pages-items", "li.product", "p.toolbar-amount"),
    "prestashop": ("?page={page}", "ul.page-list", "article.product-miniature", "div.total-products > p"),
    "shopify": ("?page={page}", "ul.pagination__list", "li.grid__item", "span#ProductCount"),
    "next": (
        "?page={page}",
        'nav[class*="Pagination_root__"]',
        'article[class*="ProductCard_card__"]',
        'p[class*="Listing_count__"]',
    ),
    "japanese": ("?pageno={page}", "ul.ec-pager", "li.ec-shelfGrid__item", "div.ec-searchnavRole__counter"),
}
"""Theme → page_url, pager, card and total as the general rules find them."""
PRESETS = {
    "woocommerce": "woocommerce",
    "bootstrap": "bootstrap_cards",
    "magento": "magento",
    "prestashop": "prestashop",
    "shopify": "shopify_theme",
    "japanese": "ec_cube",
}


def start(theme: str) -> str:
    return f"{HOST}/ecommerce/" if theme == DEFAULT else f"{HOST}/t/{theme}/ecommerce/"


def fetched(url: str, products: int = 188) -> Document:
    parts = urlsplit(url)
    answer = Storefront(ShopOptions(products=products)).answer(parts.path, query=parts.query)
    assert answer.status == 200
    return parse_document(answer.document.body, url=url)


def two_pages(theme: str) -> list[Document]:
    first = fetched(start(theme))
    following = next_page(first)
    assert following is not None
    return [first, fetched(following)]


def drafted(theme: str, platforms: list[str] | None = None) -> Draft:
    draft = draft_profile(two_pages(theme), platforms=platforms)
    assert draft is not None
    return draft


def test_every_theme_is_held_to() -> None:
    assert {*GENERAL, "plain"} == set(THEMES)


@pytest.mark.parametrize("theme", GENERAL)
def test_general_rules_find_all_that_a_crawl_needs(theme: str) -> None:
    draft = drafted(theme, platforms=[])
    profile = draft.profile

    found = (profile.pagination.page_url, profile.pagination.pager, profile.listing.card, profile.expectations.total)
    assert found == GENERAL[theme]
    assert (profile.pagination.strategy, profile.pagination.page_size) == ("numbered", 16)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("platforms", [None, []], ids=["presets", "general"])
def test_draft_is_a_short_profile_that_reads_the_pages(theme: str, platforms: list[str] | None) -> None:
    draft = drafted(theme, platforms)

    assert draft.text.count("\n") <= 15
    assert profile_from_text("draft", draft.text).profile == draft.profile
    names = [product.name for page in draft.products for product in page]
    catalogue = list(Storefront(ShopOptions()).catalogue())[:32]
    assert names == [product.name for product in catalogue]
    currencies = {product.currency for page in draft.products for product in page}
    assert currencies == {None if theme == "bootstrap" else THEMES[theme].currency}


@pytest.mark.parametrize("theme", THEMES)
def test_platform_is_recognised(theme: str) -> None:
    assert drafted(theme).profile.platform == PRESETS.get(theme)


def test_draft_on_a_preset_holds_what_the_preset_does_not() -> None:
    assert drafted("bootstrap").text == (
        "# product.currency = \"xpath:string('USD')\"  # the sign is shared by several: name the shop's\n"
        f'start = "{HOST}/t/bootstrap/ecommerce/"\n'
        'platform = "bootstrap_cards"\n\n[pagination]\npage_size = 16\n\n[expectations]\ntotal = "p#count"\n'
    )


def test_listing_without_numbers_is_followed_link_by_link() -> None:
    draft = drafted("plain")

    assert draft.text == (
        f'start = "{HOST}/t/plain/ecommerce/"\n\n'
        '[pagination]\nstrategy = "next_link"  # no page tells which one is the last\n\n'
        '[listing]\ncard = "tbody > tr"\n'
    )
    assert draft.missing == [
        "no page tells how many pages there are: the listing ends where no next page is linked",
        "no total is printed: completeness cannot be checked",
        "no card tells the availability: -a details=true reads it on each product's own page",
    ]


def test_what_no_card_tells_is_said_with_what_to_do() -> None:
    assert drafted("bootstrap").missing == [
        "no card tells the currency: name it in the line that begins with # product.currency",
        "no card tells the availability: -a details=true reads it on each product's own page",
    ]


def test_listing_that_grows_has_no_pager() -> None:
    draft = draft_profile([fetched(f"{HOST}/ecommerce/scroll/")])

    assert draft is not None
    assert draft.profile.pagination.strategy == "next_link"
    assert draft.missing == [
        "no pager was found: only this page of 16 cards will be read",
        "no total is printed: completeness cannot be checked",
    ]


def test_total_without_a_pager_is_no_success() -> None:
    body = "".join(f"<li class=item><a href=/{n}>Thing</a> <b class=price>€{n}</b></li>" for n in range(1, 5))
    page = parse_document(f"<ul>{body}</ul><p class=count>60 products</p>".encode(), url="https://shop.example/")
    draft = draft_profile([page])

    assert draft is not None
    assert draft.missing[0] == (
        "no pager was found, and it prints a total of 60: only this page of 4 cards will be read"
    )


def test_second_page_that_repeats_the_first_is_told() -> None:
    first = fetched(start("books"))
    again = parse_document(
        Storefront(ShopOptions()).answer("/t/books/ecommerce/").document.body,
        url=urljoin(first.url, "page-2.html"),
    )
    draft = draft_profile([first, again])

    assert draft is not None
    assert "page 2 shows no other products than page 1: the pager leads nowhere" in draft.missing


def test_page_without_cards_gives_no_draft() -> None:
    product = fetched(f"{HOST}/product/coastal-cashmere-apron-1/")

    assert draft_profile([product]) is None


def test_values_of_the_user_are_kept() -> None:
    draft = draft_profile(two_pages("next"), {"robots.obey": False, "robots.reason": "a shop of my own"}, platforms=[])

    assert draft is not None
    assert draft.profile.robots.obey is False
    assert draft.text.endswith('[robots]\nobey = false\nreason = "a shop of my own"\n')
    assert draft.text.count("\n") <= 15
