"""An answer comes out as it went in, and takes little room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.archive.packing import packed, unpacked

NAMES = st.binary(min_size=1, max_size=20).filter(lambda name: not name.lower().startswith(b"set-cookie"))


@given(st.dictionaries(NAMES, st.lists(st.binary(max_size=30), max_size=3), max_size=5), st.binary(max_size=5_000))
def test_any_answer_comes_back_byte_by_byte(headers: dict[bytes, list[bytes]], body: bytes) -> None:
    answer = packed(headers, body)

    assert unpacked(answer.body) == body
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    assert pairs == [(name, value) for name, values in headers.items() for value in values]


def test_what_repeats_itself_is_packed_small() -> None:
    page = b"".join(
        b'<li class="product"><h2>Product %d</h2><span class="price">9.99</span></li>' % n for n in range(500)
    )
    assert len(packed({}, page).body) < len(page) / 10


def test_the_keys_of_a_session_are_not_kept() -> None:
    headers = {b"Set-Cookie": [b"session=secret"], b"SET-COOKIE2": [b"more"], b"Link": [b"<a>", b"<b>"]}
    assert packed(headers, b"").headers == [["Link", "<a>"], ["Link", "<b>"]]
