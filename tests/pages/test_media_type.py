"""What is no HTML page is told from what may be one, by header and by bytes."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.media_type import not_html

PAGE = b"<!doctype html>\n<html><head><title>Shop</title></head><body><p>caf\xc3\xa9</body></html>"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "TEXT/HTML; charset=nonsense",
        "text/html; charset=ISO-8859-1",
        "",
        ";",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "application/xhtml+xml",
        "application/json",
        "image/png",
    ],
)
def test_html_may_be_called_anything(content_type: str) -> None:
    assert not_html(PAGE, content_type) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t",
        b"\0\0",
        b"\xef\xbb\xbf" + PAGE,
        b"\n\n  " + PAGE,
        b"\0\0<html>\0<title>NUL\0 bytes</title>",
        b"<title>\xff\xfe \xc3( \x80</title>",
        "<html><title>Магазин</title>".encode("utf-16"),
        "<html><title>Магазин</title>".encode("utf-16-be"),
        "<title>\u5546\u5e97</title>".encode("shift-jis"),
        "<title>\u5546\u5e97</title>".encode("iso-2022-jp"),
        b"<!-- built \x01 -->" + PAGE,
        b"Warning: mysql_connect() \x02 failed <br>\n" + PAGE,
        b'{"widget": 1}'.replace(b'"', b"'") + PAGE,
        b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"<rss><channel/></rss>",
        b"[Sale] 20 % off everything",
        b"{{ title }}",
        b"plain text, and nothing else",
        b"<custom-shop></custom-shop>",
        b'<pre>{"a": 1}</pre>',
    ],
)
def test_may_be_a_page(body: bytes) -> None:
    assert not_html(body, "text/html") is None


def test_xml_of_another_kind_may_be_a_page() -> None:
    assert not_html(b"<feed/>", "application/atom+xml; charset=utf-8") is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"GIF89a\1\0\1\0", "a GIF image"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP image"),
        (b"\0\0\1\0\1\0\x10\x10", "an icon"),
        (b"ID3\3\0\0\0\0\0\0", "an MP3 file"),
        (b"\xff\xfb\x90\x64", "an MP3 file"),
        (b"OggS\0\2", "an Ogg file"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a sound file"),
        (b"\0\0\0\x18ftypmp42", "a video"),
        (b"\x1a\x45\xdf\xa3\x9f", "a video"),
        (b"wOF2\0\1\0\0", "a font"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "an archive"),
        (b"PK\3\4\x14\0", "an archive"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    ],
)
def test_a_signature_tells(body: bytes, kind: str) -> None:
    evidence = not_html(body + b"<html>", "text/html; charset=utf-8")
    assert evidence is not None
    assert evidence.startswith(f"the body begins like {kind}: ")


def test_a_long_beginning_is_cut() -> None:
    assert not_html(b"%PDF-1.7\n" + b"x" * 99, "") == r"the body begins like a PDF document: %PDF-1.7\nxxxxxxxxxxx…"


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": null, "products": []}',
        b'\xef\xbb\xbf {"a": 1}',
        b'{\n  "html": "<html><title>no</title>"}',
        b"{}",
        b"[]\n",
        b"[1, 2]",
        b"[-1.5e3]",
        b"[null]",
        b'["<html>"]',
        b'[[{"id": 1}]]',
        b')]}\'\n{"a": 1}',
        b'for (;;);{"a": 1}',
        b'{"' + b"long" * 1000 + b'": 1}',
        '{"a": 1}'.encode("utf-16"),
    ],
)
@pytest.mark.parametrize("content_type", ["text/html", "", "application/json"])
def test_json_tells_by_its_bytes(body: bytes, content_type: str) -> None:
    evidence = not_html(body, content_type)
    assert evidence is not None
    assert evidence.startswith("the body is JSON: ")


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text()) | st.lists(st.booleans() | st.text()))
def test_any_json_object_or_array_tells(value: object) -> None:
    assert not_html(json.dumps(value).encode(), "text/html") is not None


@pytest.mark.parametrize(
    ("body", "content_type", "evidence"),
    [
        (b"null", "application/json", "Content-Type is application/json, and no HTML is in sight: null"),
        (b"var a = 1", "Text/JavaScript; x=y", "Content-Type is text/javascript, and no HTML is in sight: var a = 1"),
        (b"a,b\n1,2", "text/csv", r"Content-Type is text/csv, and no HTML is in sight: a,b\n1,2"),
        (b"BM6\x0e", "image/bmp", r"Content-Type is image/bmp, and no HTML is in sight: BM6\x0e"),
        (b"ab\x01c", "text/html", r"the body is binary, with 0x01 at the start: ab\x01c"),
        (b"ab\x0ec", "application/octet-stream", r"the body is binary, with 0x0e at the start: ab\x0ec"),
    ],
)
def test_what_is_left_tells_by_its_type_or_control_bytes(body: bytes, content_type: str, evidence: str) -> None:
    assert not_html(body, content_type) == evidence


def test_noise_is_binary() -> None:
    assert not_html(b"\xee" + random.Random(1).randbytes(5000), "text/html") is not None


@given(st.binary(max_size=200), st.text(max_size=40))
def test_never_raises(body: bytes, content_type: str) -> None:
    assert not_html(body, content_type) != ""
