from __future__ import annotations

import zlib

import brotli
import pytest
from backports import zstd

from ecomscraper.demo.bombs import bomb

MIB = 1024 * 1024
UNPACK = {"gzip": lambda data: zlib.decompress(data, 31), "br": brotli.decompress, "zstd": zstd.decompress}


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize(("asked", "unpacked"), [(1, MIB), (MIB, MIB), (3 * MIB + 1, 4 * MIB)])
def test_bombs_are_valid(encoding: str, asked: int, unpacked: int) -> None:
    data = UNPACK[encoding](bomb(encoding, asked))
    assert len(data) == unpacked
    assert data.count(b"<p>x</p>") == unpacked // 8


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_bombs_are_small(encoding: str) -> None:
    assert len(bomb(encoding, 256 * MIB)) < MIB
