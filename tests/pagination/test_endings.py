"""Random listings, followed to their end: it always comes, the rule says its name, nothing shown is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import INFERRED, PAGE_LIMIT, PAST_THE_END, REPEATED_PAGE, Ending, Trail, Visit
from ecomscraper.pagination.following import Follower, KnownPages, Outcome, SettledPage
from ecomscraper.pagination.session_ids import page_key
from ecomscraper.pagination.strategy import first_pages, follower, follower_again
from ecomscraper.sites.profile import SiteProfile

START = "https://shop.example/all"
MOST_PAGES = 12


@dataclass(frozen=True)
class Shown:
    """One page of a shop: its products, and where its next link leads."""

    products: tuple[int, ...]
    next_url: str | None = None


Shop = Callable[[str], Shown | None]  # None: 404


@dataclass
class Ledger:
    """What a crawl has written down."""

    pending: dict[int, str]
    stored: dict[int, Shown] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    ending: Ending | None = None
    requests: list[str] = field(default_factory=list)

    @property
    def known(self) -> KnownPages:
        last = max([*self.pending, *(visit.position for visit in self.visits)])
        return KnownPages(last, max(self.stored, default=None), ListingPage("", None, None, None), self.visits)

    @property
    def products(self) -> set[int]:
        return {product for page in self.stored.values() for product in page.products}


def said(page: Shown) -> ListingPage:
    return ListingPage("", None, None, len(page.products), page.next_url, str(page.products))


def profile(strategy: str) -> SiteProfile:
    pagination = {"strategy": strategy, "page_url": "?page={page}", "most_pages": MOST_PAGES}
    return SiteProfile.model_validate({"name": "acme", "start": START, "pagination": pagination})


def crawl(shop: Shop, strategy: str, kills: frozenset[int] = frozenset()) -> Ledger:
    """Read `shop` as a crawl does. Behind each request in `kills` it starts again from what its ledger has."""
    site = profile(strategy)
    ledger = Ledger({ref.position: ref.url for ref in first_pages(site, None)})
    finder = follower(site, None)
    assert finder is not None
    while ledger.pending:
        assert len(ledger.requests) <= MOST_PAGES + 1
        position = min(ledger.pending)
        url = ledger.pending[position]
        ledger.requests.append(url)
        if len(ledger.requests) - 1 in kills:  # after the answer, before it was written
            finder = follower_again(site, None, ledger.known)
            assert finder is not None
            kills -= {len(ledger.requests) - 1}
            ledger.requests.pop()
            continue
        settle(ledger, finder, position, url, shop(url))
    return ledger


def settle(ledger: Ledger, finder: Follower, position: int, url: str, page: Shown | None) -> None:
    del ledger.pending[position]
    listing = ListingPage("", None, None, None) if page is None else said(page)
    if page is None:
        ending, outcome = finder.ending_of(position, "http_404", listing), Outcome.HOPELESS
    else:
        ending, outcome = finder.repeats(position, listing), Outcome.STORED
        if not page.products:
            ending, outcome = ending or finder.ending_of(position, "no_cards", listing), Outcome.FAILED
    if ending is not None:
        ledger.ending, outcome = ending, Outcome.ENDED
    if outcome is Outcome.STORED and page is not None:
        ledger.stored[position] = page
    settled = SettledPage(position, (url,), listing, outcome)
    ledger.visits.append(settled.visit)
    step = finder.revealed_by(settled)
    ledger.ending = step.ending or ledger.ending
    for ref in step.pages() if step.pages else ():
        assert ref.position not in ledger.stored
        ledger.pending[ref.position] = ref.url


SESSIONS = st.sampled_from(["", "&PHPSESSID=1f", "&osCsid=77", "&sid=0123456789abcdef01"])
PRODUCTS = st.lists(st.integers(0, 5), max_size=3).map(tuple)
LINKS = st.one_of(st.none(), st.integers(1, 6))
PAGES = st.lists(st.tuples(PRODUCTS, LINKS, SESSIONS), min_size=1, max_size=6)
KILLS = st.frozensets(st.integers(0, 12), max_size=4)


def address(page: int, session: str = "") -> str:
    return START if page == 1 and not session else f"{START}?page={page}{session}"


def tangled(pages: list[tuple[tuple[int, ...], int | None, str]]) -> Shop:
    """A shop whose next links lead anywhere: on, back, to the page itself, nowhere; session ids come and go."""

    def shop(url: str) -> Shown | None:
        number = int(page_key(url).partition("page=")[2] or 1)
        if number > len(pages):
            return None
        products, target, session = pages[number - 1]
        return Shown(products, None if target is None else address(target, session))

    return shop


@given(PAGES, KILLS)
@settings(max_examples=300)
def test_tangled_links_come_to_an_end_and_lose_nothing(
    pages: list[tuple[tuple[int, ...], int | None, str]], kills: frozenset[int]
) -> None:
    shop = tangled(pages)
    ledger = crawl(shop, "next_link", kills)

    assert ledger.products == {product for url in ledger.requests for product in (shop(url) or Shown(())).products}
    assert len({page_key(url) for url in ledger.requests}) == len(ledger.requests)
    assert ledger.ending is None or ledger.ending.reason in INFERRED
    assert crawl(shop, "next_link") == ledger  # a kill makes no difference


@given(st.integers(1, 9), st.integers(1, 3), KILLS)
def test_a_chain_is_read_to_its_end(pages: int, size: int, kills: frozenset[int]) -> None:
    def shop(url: str) -> Shown:
        number = int(page_key(url).partition("page=")[2] or 1)
        products = tuple(range(number * size, number * size + size))
        return Shown(products, address(number + 1, f"&PHPSESSID={number}") if number < pages else None)

    ledger = crawl(shop, "next_link", kills)

    assert sorted(ledger.stored) == list(range(1, pages + 1))
    assert ledger.products == set(range(size, (pages + 1) * size))
    assert ledger.ending is None


@given(st.integers(1, 9), st.sampled_from(["404", "empty", "last again", "from the start"]), KILLS)
def test_numbers_are_tried_until_the_listing_ends(pages: int, behind: str, kills: frozenset[int]) -> None:
    def shop(url: str) -> Shown | None:
        number = int(url.partition("page=")[2] or 1)
        if number > pages:
            if behind in ("404", "empty"):
                return None if behind == "404" else Shown(())
            number = pages if behind == "last again" else (number - 1) % pages + 1
        return Shown((number,))

    ledger = crawl(shop, "numbered", kills)

    assert ledger.products == set(range(1, pages + 1))
    assert ledger.ending is not None
    assert ledger.ending.reason == (PAST_THE_END if behind in ("404", "empty") else REPEATED_PAGE)
    assert len(ledger.requests) == pages + 1


@given(st.sampled_from(["numbered", "next_link"]), KILLS)
def test_a_listing_without_end_ends_at_the_limit(strategy: str, kills: frozenset[int]) -> None:
    def shop(url: str) -> Shown:
        number = int(url.partition("page=")[2] or 1)
        return Shown((number,), address(number + 1))

    ledger = crawl(shop, strategy, kills)

    assert ledger.products == set(range(1, MOST_PAGES + 1))
    assert ledger.ending is not None
    assert ledger.ending.reason == PAGE_LIMIT


def test_a_trail_remembers_the_first_of_two_pages() -> None:
    trail = Trail(9, [Visit(1, (START,), "a"), Visit(4, (f"{START}?page=4", START), "a")])
    assert trail.repeated(5, "a") == (REPEATED_PAGE, "it shows the same products as page 1")
    assert trail.repeated(1, "a") is None
    assert trail.repeated(5, None) is None
    assert trail.leads_back(START, 5) == (REPEATED_PAGE, "its next link leads back to page 1")
    assert trail.leads_back(f"{START}?page=5", 4) is None
