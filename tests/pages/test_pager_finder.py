"""The pager of a page that nothing is known of, and the template that its links are made by."""

from __future__ import annotations

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.pager_finder import FoundPager, PageTemplate, find_pager, page_template

URL = "https://shop.example/all/"


def pager(body: str) -> FoundPager | None:
    return find_pager(parse_document(f"<body><main>{body}</main></body>".encode(), url=URL))


def numbers(*pages: int) -> str:
    return "".join(f'<li><a href="?page={page}">{page}</a></li>' for page in pages)


def test_numbers_with_a_gap_tell_the_last_page() -> None:
    found = pager(f'<ul class="pages"><li>1</li>{numbers(2, 3)}<li>…</li>{numbers(12)}</ul>')

    assert found == FoundPager(
        next_url=f"{URL}?page=2",
        next_selector=None,
        urls={2: f"{URL}?page=2", 3: f"{URL}?page=3", 12: f"{URL}?page=12"},
        selector="ul.pages",
        last_page=12,
        largest=12,
    )


def test_numbers_without_a_gap_may_go_on() -> None:
    found = pager(f"<nav>1 {numbers(2, 3, 4)}</nav>")

    assert found is not None
    assert (found.last_page, found.largest, found.selector) == (None, 4, "main > nav")


def test_words_tell_the_last_page() -> None:
    found = pager('<ul class="pager"><li>Page 1 of 50</li><li class="next"><a href="page-2.html">next</a></li></ul>')

    assert found is not None
    assert (found.next_url, found.next_selector) == (f"{URL}page-2.html", "li.next > a")
    assert (found.urls, found.selector, found.last_page) == ({}, "ul.pager", 50)


@pytest.mark.parametrize(
    ("link", "selector"),
    [
        ('<a rel="nofollow next" href="?o=2">2</a>', 'a[rel~="next"]'),
        ('<a class="action next" href="?o=2"><i></i></a>', "a.next"),
        ('<a aria-label="Nächste Seite" href="?o=2"></a>', 'a[aria-label="Nächste Seite"]'),
        ('<a title="Page suivante" href="?o=2"><i></i></a>', 'a[title="Page suivante"]'),
        ('<a class="fwd" href="?o=2">次のページへ</a>', "a.fwd"),
        ('<a class="fwd" href="?o=2">Следующая</a>', "a.fwd"),
        ('<nav class="pagination"><a href="?o=2">›</a></nav>', "nav.pagination > a"),
    ],
)
def test_next_link_in_its_many_forms(link: str, selector: str) -> None:
    found = pager(link)

    assert found is not None
    assert (found.next_url, found.next_selector) == (f"{URL}?o=2", selector)


@pytest.mark.parametrize(
    "body",
    [
        "",
        '<a href="/p/1">Next generation console</a>',
        '<a href="/p/1">›</a>',
        '<a class="slick-next" href="/p/1">Next</a>',
        '<a rel="next" href="#">Next</a>',
        '<p>Show <a href="?limit=24">24</a> <a href="?limit=48">48</a></p>',
        '<a href="/2024/">2024</a>',
    ],
)
def test_other_links_are_no_pager(body: str) -> None:
    assert pager(body) is None


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ({2: "page/2/", 3: "page/3/"}, PageTemplate("page/{page}/", None)),
        ({2: "?page=2", 3: "?page=3", 12: "?page=12"}, PageTemplate("?page={page}", None)),
        ({2: "page-2.html"}, PageTemplate("page-{page}.html", None)),
        ({2: "?o=16", 3: "?o=32"}, PageTemplate("?o={offset}", 16)),
        ({2: "/list/2?x=5"}, PageTemplate("/list/{page}?x=5", None)),
        ({2: "?cat=2&page=2", 3: "?cat=2&page=3"}, PageTemplate("?cat=2&page={page}", None)),
    ],
)
def test_template_of_links(urls: dict[int, str], expected: PageTemplate) -> None:
    assert page_template({number: _absolute(url) for number, url in urls.items()}, URL) == expected


@pytest.mark.parametrize(
    "urls",
    [
        {3: "?page=3"},
        {2: "?cat=2&page=2"},
        {2: "?page=1", 3: "?page=2"},
        {2: "?page=2", 3: "?page=3", 4: "?page=5"},
        {2: "?after=x8f2", 3: "?after=q77k"},
        {2: "?page=02", 3: "?page=03"},
    ],
    ids=["page 2 is not known", "two places", "from zero", "one does not fit", "cursor", "padded"],
)
def test_no_template_where_it_would_be_a_guess(urls: dict[int, str]) -> None:
    assert page_template({number: _absolute(url) for number, url in urls.items()}, URL) is None


def _absolute(url: str) -> str:
    return f"https://shop.example{url}" if url.startswith("/") else URL + url
