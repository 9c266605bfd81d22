"""Stats without a warning on the watch.

Scrapy's collector looks at each use of each of its attributes, to warn of an argument that it has given up: 3 µs a
count instead of 0.4, fifteen times a page.
"""

from __future__ import annotations

from scrapy.statscollectors import MemoryStatsCollector


class QuickStats(MemoryStatsCollector):
    """Takes the place of Scrapy's collector after that was made, with all it has counted."""

    __getattribute__ = object.__getattribute__
