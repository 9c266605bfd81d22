"""An event loop of one's choice without another one that is left open.

To see whether the wanted loop is there already, Scrapy (2.19.0) asks asyncio for the current one; asyncio makes one for
that, and nobody closes it: with warnings shown, `python -X dev -m scrapy crawl …` ends in a ResourceWarning about it.
Where the wanted one is there before Scrapy asks, no other is made.

It may go when the test of plain Scrapy in `tests/scrapy_fixes/test_event_loop.py` finds it mended.
"""

from __future__ import annotations

import asyncio

from scrapy.utils.misc import load_object


def set_event_loop(path: str) -> None:
    """Make a loop of the class at the import path `path` this thread's own."""
    asyncio.set_event_loop(load_object(path)())
