"""How shops write the number of a page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.page_words import _ALONE, _AT_END, _AT_START, page_numbers, without_page_number

LABELS = [
    "Page 4", "page 4", "PAGE 4", "Page: 4", "Page #4", "Page 4 of 12", "Page 4/12", "Page 4 / 12", "Page 1,234",
    "Seite 4", "Seite 4 von 12", "page 4 sur 12", "Página 4", "Pagina 4", "Página 4 de 12", "Pagina 4 di 12",
    "Pagina 4 van 12", "Pàgina 4", "Pág. 4", "Strona 4", "Strona 4 z 12", "Strana 4", "Sida 4", "Sida 4 av 12",
    "Side 4 af 12", "Sivu 4", "4. oldal", "Sayfa 4", "4 puslapis", "Страница 4", "Страница 4 из 12", "стр. 4",
    "Сторінка 4", "Σελίδα 4", "ページ 4", "4ページ", "4ページ目", "4 ページ", "第4页", "第 4 页", "第4頁", "第4ページ",
    "第4页 / 共12页", "페이지 4", "4페이지", "Trang 4", "Halaman 4", "صفحة 4", "עמוד 4", "หน้า 4",
]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_a_page_label(label: str) -> None:
    assert without_page_number(label) == ""
    assert without_page_number(f"({label})") == ""
    assert without_page_number(f"Laptops ({label})") == "Laptops"
    assert without_page_number(f"Laptops, {label}") == "Laptops"
    assert without_page_number(f"{label}: Laptops") == "Laptops"


@pytest.mark.parametrize(
    "text",
    [
        "", "Laptops", "Laptops (4)", "4", "4/12", "Front page", "Page", "Pages 4", "Homepage 4", "Onpage4",
        "Page four",
        "Page 4 of Laptops", "Set of 4 of 12", "Top 4", "iPhone 4", "Sidewinder 4", "Seitenschneider 4",
    ],
)  # fmt: skip
def test_what_numbers_no_page_stays(text: str) -> None:
    assert without_page_number(text) == text


@given(st.lists(st.sampled_from(LABELS) | st.text(max_size=6), max_size=4).map(" ".join))
def test_without_a_digit_there_is_no_label(text: str) -> None:
    without = re.sub(r"\d", "", text)

    assert not any(label.search(without) for label in (_AT_START, _AT_END))
    assert not _ALONE.fullmatch(without.strip())


def test_several_labels_go_one_after_the_other() -> None:
    assert without_page_number("Laptops Page 3 Page 4") == "Laptops"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12", [12]), ("1,234", [1234]), ("Page 1 of 50", [1, 50]), ("1 / 50", [1, 50]), ("1 of 50", [1, 50]),
        ("Seite 1 von 50", [1, 50]), ("Page 1 of 50 (1000 items)", [1, 50]), ("第4页", [4]),
        ("next", []), ("Show 48 per page", []), ("…", []), ("", []), ("1000 results", []), ("homepage 4 of 12", []),
    ],
)  # fmt: skip
def test_page_numbers_of_a_piece_of_a_pager(text: str, numbers: list[int]) -> None:
    assert page_numbers(text) == numbers


@pytest.mark.parametrize("unit", [",", "Page 1 ", "(", " ", "\u00a0", "1,11", "第", "4"])
def test_a_megabyte_of_anything_is_left_alone(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert without_page_number(text) == text
    assert page_numbers(text) == []
