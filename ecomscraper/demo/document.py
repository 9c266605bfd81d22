"""A page as its parts: what is the same on many pages is compressed once."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

_LEVEL = 1  # the demo shop's processor is the crawl's own
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"


class Boilerplate:
    """Text that many pages share."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()

    @cached_property
    def deflated(self) -> bytes:
        return _deflated(self.data, 6)


@dataclass(frozen=True, eq=False)
class Document:
    """An HTML page in UTF-8."""

    parts: tuple[bytes | Boilerplate, ...]

    @cached_property
    def body(self) -> bytes:
        return b"".join(part.data if isinstance(part, Boilerplate) else part for part in self.parts)

    @cached_property
    def gzipped(self) -> bytes:
        """`body` as one gzip member (RFC 1952)."""
        blocks = (part.deflated if isinstance(part, Boilerplate) else _deflated(part, _LEVEL) for part in self.parts)
        size_and_checksum = zlib.crc32(self.body).to_bytes(4, "little") + len(self.body).to_bytes(4, "little")
        return b"".join((_GZIP_HEADER, *blocks, _LAST_BLOCK, size_and_checksum))


def _deflated(data: bytes, level: int) -> bytes:
    """Raw deflate blocks that end on a byte and refer to nothing outside: they can be put in a row."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH)
