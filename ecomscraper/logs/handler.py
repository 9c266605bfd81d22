"""The log handler of `scrapy crawl`: Scrapy's own, with a formatter that lets nothing forge a line."""

from __future__ import annotations

import logging

from scrapy.settings import Settings
from scrapy.utils.log import _get_handler

from ecomscraper.logs.formatters import JSON, HarmlessFormatter, JsonFormatter

_installed: logging.Handler | None = None


def install_handler(settings: Settings) -> None:
    """Put it on the root logger, in place of Scrapy's and of an earlier one of ours.

    Scrapy makes a handler for the process and one for each crawler, and has no setting for their formatter: so it is
    told to make none. Does nothing where LOG_INSTALL_ROOT_HANDLER is off: somebody has a handler of their own.
    """
    global _installed
    if _installed is not None:
        logging.root.removeHandler(_installed)
        _installed.close()
    elif not settings.getbool("LOG_INSTALL_ROOT_HANDLER"):
        return
    handler = _get_handler(settings)
    as_json = settings["ECOM_LOG_FORMAT"] == JSON
    handler.setFormatter(JsonFormatter() if as_json else HarmlessFormatter(handler.formatter or logging.Formatter()))
    logging.root.setLevel(logging.NOTSET)
    logging.root.addHandler(handler)
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    _installed = handler
