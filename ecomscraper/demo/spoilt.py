"""Faults in which the page comes whole as HTTP sees it, but with other bytes than it should. Pure."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.bombs import bomb
from ecomscraper.demo.document import Document
from ecomscraper.demo.faults import Fault

_META = '<meta charset="UTF-8">\n'
_NOISE = b"<!-- \xff\xfe \xc3( \x80 -->"


def spoilt(fault: Fault, right: Answer) -> Answer | None:
    """What is answered instead of the right answer, or None if the fault is of another sort."""
    maker = SPOILT.get(fault.kind.name)
    return maker(right, fault) if maker else None


def _recoded(right: Answer, meta: str, charset: str) -> Document:
    """The page with its dashes as characters and not as entities."""
    page = right.document.body.decode().replace("&#8211;", "–").replace(_META, meta, 1)
    return Document((page.encode(charset, "xmlcharrefreplace"),))


def _wrong_charset(right: Answer, fault: Fault) -> Answer:
    page = _recoded(right, _META, "utf-8")
    return replace(right, document=page, content_type="text/html; charset=ISO-8859-1")


def _no_charset(right: Answer, fault: Fault) -> Answer:
    return replace(right, document=_recoded(right, "", "utf-8"), content_type="text/html")


def _legacy_charset(right: Answer, fault: Fault) -> Answer:
    page = _recoded(right, '<meta charset="windows-1252">\n', "cp1252")
    return replace(right, document=page, content_type="text/html; charset=windows-1252")


def _inserted(right: Answer, noise: bytes, tags: tuple[bytes, ...]) -> Answer:
    body = right.document.body
    for tag in tags:
        body = body.replace(tag, noise + tag)
    return replace(right, document=Document((body,)))


def _nul_bytes(right: Answer, fault: Fault) -> Answer:
    return _inserted(right, b"\0", (b"<title>", b"<main", b"<li", b"</body>"))


def _invalid_utf8(right: Answer, fault: Fault) -> Answer:
    return _inserted(right, _NOISE, (b"<title>", b"<main", b"<h2"))


def _binary(right: Answer, fault: Fault) -> Answer:
    noise = random.Random(len(right.document.body)).randbytes(20_000)
    return replace(right, document=Document((b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", noise)))


def _json(right: Answer, fault: Fault) -> Answer:
    text = json.dumps({"error": fault.parameters["error"] or None, "products": [{"id": 1, "title": "Not a page"}]})
    return replace(right, document=Document((text.encode(),)), content_type=str(fault.parameters["content_type"]))


def _no_title(right: Answer, fault: Fault) -> Answer:
    head, _, rest = right.document.body.partition(b"<title>")
    return replace(right, document=Document((head, rest.partition(b"</title>")[2])))


def _empty(right: Answer, fault: Fault) -> Answer:
    return replace(right, document=Document(()), as_is=True)


def _deep(right: Answer, fault: Fault) -> Answer:
    depth = int(fault.parameters["depth"])
    head, main, rest = right.document.body.partition(b"<main")
    inner, end, tail = rest.partition(b"</main>")
    page = Document((head, b"<div>" * depth, main, inner, end, b"</div>" * depth, tail))
    return replace(right, document=page)


def _many_attributes(right: Answer, fault: Fault) -> Answer:
    attributes = "".join(f' a{number}="0"' for number in range(int(fault.parameters["attributes"])))
    head, main, rest = right.document.body.partition(b"<main")
    return replace(right, document=Document((head, main, attributes.encode(), rest)))


def _large(right: Answer, fault: Fault) -> Answer:
    body = right.document.body
    padding = b" " * max(0, int(fault.parameters["bytes"]) - len(body))
    return replace(right, document=Document((body, padding)), as_is=True)


def _packed(right: Answer, body: bytes, encoding: str) -> Answer:
    headers = {**right.headers, "Content-Encoding": encoding}
    return replace(right, document=Document((body,)), headers=headers, as_is=True)


def _broken_gzip(right: Answer, fault: Fault) -> Answer:
    packed = bytearray(right.document.gzipped)
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(byte ^ 0x5A for byte in packed[middle : middle + 64])
    return _packed(right, bytes(packed), "gzip")


def _truncated_gzip(right: Answer, fault: Fault) -> Answer:
    packed = right.document.gzipped
    return _packed(right, packed[: len(packed) // 2], "gzip")


def _bomb(right: Answer, fault: Fault) -> Answer:
    encoding = str(fault.parameters["encoding"])
    return _packed(right, bomb(encoding, int(fault.parameters["bytes"])), encoding)


SPOILT: dict[str, Callable[[Answer, Fault], Answer]] = {
    "wrong_charset": _wrong_charset,
    "no_charset": _no_charset,
    "legacy_charset": _legacy_charset,
    "nul_bytes": _nul_bytes,
    "invalid_utf8": _invalid_utf8,
    "binary": _binary,
    "json": _json,
    "no_title": _no_title,
    "empty": _empty,
    "deep": _deep,
    "many_attributes": _many_attributes,
    "large": _large,
    "broken_gzip": _broken_gzip,
    "truncated_gzip": _truncated_gzip,
    "bomb": _bomb,
}
