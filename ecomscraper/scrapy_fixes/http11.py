"""Scrapy's HTTP/1.1 handler, imported in a tenth of the time.

Three of the classes that come with it are deprecated, and Scrapy (2.19.0) gives each the name of the module that made
it: for that it has `inspect` read the source of every module on the stack. In a crawl that took 0.1 of the 0.6 s of its
start. Here the frame says in which module it runs.

It may go when the test of plain Scrapy in `tests/scrapy_fixes/test_http11.py` finds no source read.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType

from scrapy.utils import deprecate


class _Inspect(ModuleType):
    """`inspect`, as far as `deprecate` asks it while classes are made."""

    isclass = staticmethod(inspect.isclass)

    @staticmethod
    def stack() -> list[tuple[FrameType]]:
        here = sys._getframe(1)
        assert here.f_back is not None
        return [(here,), (here.f_back,)]

    @staticmethod
    def getmodule(frame: FrameType) -> ModuleType | None:
        return sys.modules.get(frame.f_globals["__name__"])


@contextmanager
def no_source_read() -> Iterator[None]:
    """While it lasts, Scrapy finds the module of a deprecated class without reading a source."""
    names = vars(deprecate)
    names["inspect"] = _Inspect("inspect")
    try:
        yield
    finally:
        names["inspect"] = inspect


with no_source_read():
    from scrapy.core.downloader.handlers import http11

__all__ = ["http11"]
