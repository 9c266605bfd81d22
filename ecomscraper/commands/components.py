"""The components that a setting names: which cannot be loaded, and which of ours a typed setting leaves out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_TABLES = ("ITEM_PIPELINES", "EXTENSIONS", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES")
_COMPONENTS = ("ITEM_PROCESSOR", *_TABLES)
_NEEDED = (
    ("ITEM_PROCESSOR", "ecomscraper.pipelines.processor.PageProcessor"),
    ("ITEM_PIPELINES", "ecomscraper.pipelines.store.StorePipeline"),
    ("EXTENSIONS", "ecomscraper.ledger.extension.LedgerExtension"),
    ("EXTENSIONS", "ecomscraper.feeds.exporter.LedgerFeeds"),
    ("EXTENSIONS", "ecomscraper.verdict.extension.VerdictExtension"),
)


def missing_components(settings: BaseSettings) -> Iterator[str]:
    """A line for each that cannot be loaded, or that no crawl can do without."""
    from scrapy.utils.misc import load_object

    found: dict[str, list[Any]] = {}
    for setting in _COMPONENTS:
        found[setting] = []
        for path in _paths(settings, setting):
            try:
                found[setting].append(load_object(path))
            except (ImportError, NameError, ValueError) as error:
                yield f"{setting}: {path} cannot be loaded: {error}"
    for setting, path in _NEEDED:
        if not _holds(found[setting], path):
            yield f"{setting} lacks {path}, without which no page ends; -s replaces the whole setting"


def warn_of_replaced(settings: BaseSettings) -> None:
    """Say which of ours a table leaves out without naming them: whoever adds one of their own rarely means that."""
    from scrapy.utils.misc import load_object

    from ecomscraper import settings as ours

    for setting in _TABLES:
        named, own = settings.getdict(setting), getattr(ours, setting, {})
        left_out = [path for path, order in own.items() if order is not None and path not in named]
        loaded = [load_object(path) for path in _paths(settings, setting)] if left_out else []
        if lacking := [path for path in left_out if not _holds(loaded, path)]:
            logger.warning(
                "%s replaces the whole table, and leaves out %s; add them, or give them None if that is meant",
                setting,
                ", ".join(lacking),
            )


def _paths(settings: BaseSettings, setting: str) -> list[Any]:
    if setting == "ITEM_PROCESSOR":  # the only one that is no table
        return [settings[setting]]
    return [path for path, order in settings.getdict(setting).items() if order is not None]


def _holds(components: list[Any], path: str) -> bool:
    """Whether the class at `path`, or one that is made of it, is among them."""
    from scrapy.utils.misc import load_object

    wanted = load_object(path)
    return any(isinstance(one, type) and issubclass(one, wanted) for one in components)
