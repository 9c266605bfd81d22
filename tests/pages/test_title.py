"""The title as a browser shows it, and its parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.document import collapse, parse_document
from ecomscraper.pages.title import TitleParts, page_title, split_title


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Shop</title>", "Shop"),
        ("<title>\n\t  Laptops  and\r\n more </title>", "Laptops and more"),
        ("<title>Caf&eacute; &#8211; Page 4 &#8211; A&amp;B</title>", "Café – Page 4 – A&B"),
        ("<title>&amp;#8211;</title>", "&#8211;"),
        ("<title>Fish\u00a0&nbsp;chips</title>", "Fish\u00a0\u00a0chips"),
        ("<title>a &lt;b&gt; <i>c</i></title>", "a <b> <i>c</i>"),
        ("<title>first</title><title>second</title>", "first"),
        ("<title></title><title>second</title>", ""),
        ("<svg><title>bag</title></svg><title>Shop</title>", "Shop"),
        ("<svg><g><title>bag</title></g></svg><p>no title</p>", ""),
        ("<SVG><TITLE>bag</TITLE></SVG><TITLE>Shop</TITLE>", "Shop"),
        ("<!-- <title>no</title> --><title>Shop</title>", "Shop"),
        ("<script>'<title>no</title>'</script><title>Shop</title>", "Shop"),
        ("<template><title>no</title></template><title>Shop</title>", "Shop"),
        ("<noscript><title>no</title></noscript><title>Shop</title>", "Shop"),
        ("<body><p>text<title>late</title>", "late"),
        ("<p title='no'>text", ""),
        ("", ""),
    ],
)
def test_page_title(html: str, title: str) -> None:
    assert page_title(parse_document(html.encode())) == title


@pytest.mark.parametrize(
    ("selector", "title"),
    [("h1", "All laptops"), ("meta[property='og:title']::attr(content)", "From og"), ("h2", "")],
)
def test_page_title_by_a_selector(selector: str, title: str) -> None:
    html = b'<title>Shop</title><meta property="og:title" content=" From og "><h1>All\n laptops</h1>'
    assert page_title(parse_document(html), selector) == title


@pytest.mark.parametrize(
    ("title", "name", "site_title"),
    [
        ("Ecommerce Test – Acme.com", "Ecommerce Test", "Acme.com"),
        ("Ecommerce Test – Page 4 – Acme.com", "Ecommerce Test", "Acme.com"),
        ("All products | Books to Scrape - Sandbox", "All products", "Books to Scrape - Sandbox"),
        ("Laptops - Seite 4 von 12 | Acme", "Laptops", "Acme"),
        ("Laptops (Página 4) - Acme", "Laptops", "Acme"),
        ("Laptops, page 4 sur 12 — Acme", "Laptops", "Acme"),
        ("Laptops Strona 4 · Acme", "Laptops", "Acme"),
        ("Page 4 | Laptops | Acme", "Laptops", "Acme"),
        ("Laptops | Acme | Page 4", "Laptops", "Acme"),
        ("Laptops | Acme – Sida 4", "Laptops", "Acme"),
        ("笔记本电脑_第4页 - 商店", "笔记本电脑", "商店"),
        ("ノートパソコン｜4ページ目｜店", "ノートパソコン", "店"),
        ("Laptops « Acme", "Laptops", "Acme"),
        ("Laptops » Acme", "Laptops", "Acme"),
        ("Laptops › Gaming › Acme", "Laptops › Gaming", "Acme"),
        ("Laptops|Acme", "Laptops", "Acme"),
        ("Laptops : Acme", "Laptops", "Acme"),
        ("Home – Laptops – Acme", "Home – Laptops", "Acme"),
        ("T-Shirt 5–7 years - Acme", "T-Shirt 5–7 years", "Acme"),
        ("Le livre « Le Petit Prince » – Acme", "Le livre « Le Petit Prince »", "Acme"),
        ("« Le Petit Prince »", "« Le Petit Prince »", ""),
        ("« Le Petit – Prince »", "« Le Petit – Prince »", ""),
        ("‹ Le Petit – Prince › – Acme", "‹ Le Petit – Prince ›", "Acme"),
        ("Star Wars: A New Hope", "Star Wars: A New Hope", ""),
        ("Laptops: Page 4", "Laptops", ""),
        ("Wi-Fi", "Wi-Fi", ""),
        ("Batteries AA (4)", "Batteries AA (4)", ""),
        ("Laptops – ", "Laptops", ""),
        (" – Acme", "Acme", ""),
        ("Laptops – – Acme", "Laptops", "Acme"),
        ("Laptops – Page 4", "Laptops", ""),
        ("Page 4", "Page 4", ""),
        ("Page 4 – Page 5", "Page 4 – Page 5", ""),
        ("–", "–", ""),
        ("|", "|", ""),
        ("", "", ""),
    ],
)
def test_split_title(title: str, name: str, site_title: str) -> None:
    assert split_title(title) == TitleParts(name, site_title)


WORDS = ["Laptops", "Acme", "A-B", "Page 4", "page 4 of 12", "第4页", "(4)", ",", "(", " ", "\n", "\u00a0"]
SEPARATORS = [" – ", " - ", "|", " | ", " « ", " » ", " › ", " : ", ": ", "·", " · "]
PIECES = st.sampled_from(WORDS) | st.sampled_from(SEPARATORS) | st.text(max_size=3)
TITLES = st.lists(PIECES, max_size=9).map("".join)


@given(TITLES)
def test_white_space_makes_no_difference(title: str) -> None:
    assert split_title(f"\n {title}\t".replace(" ", " \r\n ")) == split_title(collapse(title))


@given(TITLES)
def test_a_title_that_says_something_has_a_name(title: str) -> None:
    assert bool(split_title(title).name) == bool(collapse(title))


@given(TITLES)
def test_splitting_again_what_was_joined_changes_nothing(title: str) -> None:
    parts = split_title(title)
    if parts.site_title:
        assert split_title(f"{parts.name} | {parts.site_title}") == parts
