"""Whether an answer is an HTML page at all, by what it says of itself and by its first bytes.

The signatures are those of the WHATWG's MIME Sniffing standard (<https://mimesniff.spec.whatwg.org/>, sections 6
and 7), and those of office documents. Unlike a browser it believes bytes that look like HTML more than a false
Content-Type.
"""

from __future__ import annotations

import re

_HEAD = 1445  # bytes that are looked at: the standard's "resource header"
_SHOWN = 20

# Section 7.1, and more of the tags that a page or a part of one begins with.
_TAGS = rb"html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|link|main|section|ul|span|svg"
_MARKUP = re.compile(rb"[\t\n\f\r ]*<(?:!doctype\s|!--|\?xml|(?:%b)[\s/>])" % _TAGS, re.IGNORECASE)
_PAGE_TAG = re.compile(rb"<(?:html|head|body|title|meta)[\s/>]", re.IGNORECASE)
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BINARY = re.compile(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # section 3, "binary data byte", without NUL

_SIGNATURES = tuple(
    (re.compile(signature, re.DOTALL), kind)
    for signature, kind in (
        # section 6.1, images
        (rb"\x89PNG\r\n\x1a\n", "a PNG image"),
        (rb"\xff\xd8\xff", "a JPEG image"),
        (rb"GIF8[79]a", "a GIF image"),
        (rb"RIFF.{4}WEBPVP", "a WebP image"),
        (rb"\x00\x00[\x01\x02]\x00", "an icon"),
        # section 6.2, audio and video
        (rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]", "an MP3 file"),
        (rb"OggS\x00", "an Ogg file"),
        (rb"MThd\x00\x00\x00\x06", "a MIDI file"),
        (rb"RIFF.{4}WAVE|FORM.{4}AIFF", "a sound file"),
        (rb"RIFF.{4}AVI |\x1a\x45\xdf\xa3|.{4}ftyp", "a video"),
        # section 6.3, fonts
        (rb"wOF[F2]|OTTO|ttcf|\x00\x01\x00\x00", "a font"),
        # section 6.4, archives, and more of them
        (
            rb"\x1f\x8b\x08|PK\x03\x04|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x28\xb5\x2f\xfd|BZh[1-9]1AY|\xfd7zXZ\x00",
            "an archive",
        ),
        # section 7.1
        (rb"%PDF-", "a PDF document"),
        (rb"%!PS-Adobe-", "a PostScript document"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    )
)
_STRING = rb'"(?:[^"\\]|\\.)*+"?+'
_JSON = (
    re.compile(  # an object with a key, an array of values, either may be empty; perhaps after a guard against <script>
        rb"(?:\)\]\}'|for\s*\(;;\);|while\s*\(1\);)?+\s*"
        rb"(?:\{\s*(?:%b\s*(?::|\Z)|\}\s*\Z)|\[\s*(?:[\[{\"\]]|-?\d[\d.eE+-]*+\s*[],]|(?:true|false|null)\s*[],]))"
        % _STRING,
        re.DOTALL,
    )
)
_PAGE_TYPES = frozenset({"text/html", "application/xml", "text/xml"})  # and all that end in +xml
_VAGUE_TYPES = frozenset(
    {"", "text/plain", "application/octet-stream", "application/unknown", "unknown/unknown", "*/*"}
)


def binary_kind(body: bytes) -> str | None:
    """What the body is, in words, where it is no text at all: "a PNG image", "binary"; None for text, or for nothing.

    UTF-16 and UTF-32 are text only with their byte order mark.
    """
    for signature, kind in _SIGNATURES:
        if signature.match(body):
            return kind
    head = body[:_HEAD]
    if head.startswith(_BYTE_ORDER_MARKS):
        return None
    return "binary" if b"\0" in head or _BINARY.search(head) else None


def not_html(body: bytes, content_type: str) -> str | None:
    """Why the answer is no HTML page, in words; None when it may be one.

    An empty body gives None, and so do XML and text that nothing says more of. `content_type` is the header's value,
    "" where there is none.
    """
    for signature, kind in _SIGNATURES:
        if signature.match(body):
            return f"the body begins like {kind}: {_shown(body)}"
    text = _as_ascii(body[:_HEAD])
    if not text.strip() or _MARKUP.match(text):
        return None
    if _JSON.match(text):
        return f"the body is JSON: {_shown(text)}"
    if _PAGE_TAG.search(text):
        return None
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in _PAGE_TYPES | _VAGUE_TYPES and not media_type.endswith("+xml"):
        return f"Content-Type is {media_type}, and no HTML is in sight: {_shown(text)}"
    if binary := _BINARY.search(text):
        return f"the body is binary, with 0x{binary[0].hex()} at the start: {_shown(text)}"
    return None


def _as_ascii(head: bytes) -> bytes:
    """`head` without byte order mark and NUL bytes: so the ASCII characters of UTF-16 are readable, too."""
    for mark in _BYTE_ORDER_MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"")


def _shown(body: bytes) -> str:
    return ascii(body[:_SHOWN])[2:-1] + ("…" if len(body) > _SHOWN else "")
