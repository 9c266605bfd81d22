"""From a page's bytes to its text."""

from __future__ import annotations

from functools import lru_cache

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

# Those of <https://encoding.spec.whatwg.org/#names-and-labels>, as w3lib and Python call them. Python knows more, as
# EBCDIC: in it a page could show the parser tags that no check of its bytes has seen.
ENCODINGS = frozenset({
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii",
    "iso8859-1", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8",
    "iso8859-10", "iso8859-11", "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16",
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp866", "cp874",
    "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "tis-620",
    "gbk", "gb2312", "gb18030", "big5", "big5hkscs", "euc_jp", "iso2022_jp", "shift_jis", "cp932", "euc_kr", "cp949",
})  # fmt: skip


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page. `content_type` is the header's value.

    Its charset is believed first, unless a byte order mark contradicts it, then `<meta>`, then UTF-8 if it fits,
    then Windows-1252. Never raises.
    """
    encoding, length = _encoding(body, content_type)
    return to_unicode(body[length:], encoding)


def as_utf8(body: bytes, content_type: str = "") -> bytes:
    """The same text in UTF-8. Most bodies are that already: to look takes a tenth of decoding and encoding them."""
    encoding, length = _encoding(body, content_type)
    if encoding == "utf-8" and not length and _is_in(body, encoding):
        return body
    return decode(body, content_type).encode("utf-8", "replace")  # exotic charsets decode to lone surrogates


def _encoding(body: bytes, content_type: str) -> tuple[str, int]:
    """The name, and how many bytes at the start say it."""
    encoding, mark = read_bom(body)
    if encoding is not None and mark is not None:
        return encoding, len(mark)
    if (of_header := _of_header(content_type)) in ENCODINGS:
        return of_header, 0
    if (of_page := html_body_declared_encoding(body)) in ENCODINGS:
        return of_page, 0
    return next((one for one in ("utf-8", "cp1252") if _is_in(body, one)), "utf-8"), 0


_of_header = lru_cache(maxsize=64)(http_content_type_encoding)  # all pages of a shop say the same


def _is_in(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
