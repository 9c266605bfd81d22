"""Small bodies that unpack to huge ones. Cheap to make, and valid: only their size is wrong."""

from __future__ import annotations

import zlib
from functools import lru_cache

_BLOCK = b"<p>x</p>" * (128 * 1024)  # 1 MiB of HTML: markup costs a parser more than text


@lru_cache(maxsize=8)
def bomb(encoding: str, size_bytes: int) -> bytes:
    """A body that unpacks to `size_bytes` rounded up to MiB; `encoding` is gzip, br or zstd."""
    blocks = max(1, -(-size_bytes // len(_BLOCK)))
    if encoding == "br":
        return _brotli(blocks)
    return _zstd(blocks) if encoding == "zstd" else _gzip(blocks)


def _gzip(blocks: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = compressor.compress(_BLOCK) + compressor.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(blocks):
        checksum = zlib.crc32(_BLOCK, checksum)
    size = blocks * len(_BLOCK) % 2**32
    header, last = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", b"\x03\x00"
    return header + block * blocks + last + checksum.to_bytes(4, "little") + size.to_bytes(4, "little")


def _brotli(blocks: int) -> bytes:
    import brotli  # type: ignore[import-untyped]

    compressor = brotli.Compressor(quality=1)
    return b"".join((*(compressor.process(_BLOCK) for _ in range(blocks)), compressor.finish()))


def _zstd(blocks: int) -> bytes:
    from backports import zstd

    compressor = zstd.ZstdCompressor(level=1)
    return b"".join((*(compressor.compress(_BLOCK) for _ in range(blocks)), compressor.flush()))
