"""The HTTP/1.1 handler comes without a source that is read."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT = """
import linecache
read = []
read_lines = linecache.getlines
linecache.getlines = lambda name, *more: (read.append(name), read_lines(name, *more))[1]
{first}
from scrapy.core.downloader.handlers import http11
from scrapy.core.downloader import tls
print(bool(read), tls.METHOD_TLS and tls.ScrapyClientTLSOptions.__module__)
"""
OURS = "import ecomscraper.scrapy_fixes.http11"


@pytest.mark.parametrize(("first", "is_read"), [("", True), (OURS, False)], ids=["plain Scrapy", "ours"])
def test_no_source_is_read(first: str, is_read: bool) -> None:
    program = [sys.executable, "-W", "ignore", "-c", IMPORT.format(first=first)]

    done = subprocess.run(program, capture_output=True, text=True, timeout=60)

    assert done.stderr == ""
    assert done.stdout == f"{is_read} scrapy.core.downloader.tls\n"
