from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pagination.session_ids import page_key, without_session_id

SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("url", "without"),
    [
        (f"{SHOP}/all?page=2", f"{SHOP}/all?page=2"),
        (f"{SHOP}/all?PHPSESSID=ab12", f"{SHOP}/all"),
        (f"{SHOP}/all?page=2&osCsid=ab12&sort=new", f"{SHOP}/all?page=2&sort=new"),
        (f"{SHOP}/all;jsessionid=4A.node1?page=2", f"{SHOP}/all?page=2"),
        (f"{SHOP}/all;jsessionid=4A/shoes", f"{SHOP}/all/shoes"),
        (f"{SHOP}/all?CFID=12&CFTOKEN=34&p=1", f"{SHOP}/all?p=1"),
        (f"{SHOP}/all?___SID=U#more", f"{SHOP}/all#more"),
        (f"{SHOP}/all?sid=4", f"{SHOP}/all?sid=4"),  # the fourth shelf
        (f"{SHOP}/all?sid=0123456789abcdef0123456789abcdef", f"{SHOP}/all"),
        (f"{SHOP}/sidecar?side=1", f"{SHOP}/sidecar?side=1"),
        (f"{SHOP}/all?q=%26a%3Db&x", f"{SHOP}/all?q=%26a%3Db&x"),
    ],
)
def test_session_ids_go_and_all_else_stays(url: str, without: str) -> None:
    assert without_session_id(url) == without


def test_a_fragment_makes_no_other_page() -> None:
    assert page_key(f"{SHOP}/all?zenid=9&page=2#p7") == page_key(f"{SHOP}/all?page=2")
    assert page_key(f"{SHOP}/all?page=2") != page_key(f"{SHOP}/all?page=3")


@given(st.text(alphabet="abs?&=;#/sid1", max_size=60))
def test_it_takes_any_text_and_is_done_at_once(text: str) -> None:
    once = without_session_id(f"{SHOP}/{text}")
    assert without_session_id(once) == once
    assert once.startswith(SHOP)
